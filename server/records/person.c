#include "records/person.h"
#include "base/arena.h"

enum err person_find(struct tx *tx, struct str account, struct person *ret)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT record, is_patient, cleared FROM person WHERE account = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, account);
    err = stmt_step(s, &row);
    if (err) return err;
    *ret = (struct person){0};
    if (row && stmt_get_int(s, 1))
        ret->patient = stmt_get_int(s, 0);
    else if (row)
        ret->practitioner = stmt_get_int(s, 0);
    if (row) ret->cleared = (uint32_t)stmt_get_int(s, 2);
    stmt_done(s);
    return OK;
}

enum err person_account(struct tx *tx, struct arena *arena, int64_t row, struct str *ret_account)
{
    struct stmt *s;
    bool found;
    enum err err = db_stmt(tx->db, "SELECT account FROM person WHERE record = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, row);
    err = stmt_step(s, &found);
    if (!err && !found) err = ERR_NOT_FOUND;
    if (!err) {
        struct str account = stmt_get_str(s, 0);
        const char *copy = arena_text(arena, account.at, account.bytes);
        if (copy)
            *ret_account = (struct str){copy, account.bytes};
        else
            err = ERR_NOMEM;
    }
    stmt_done(s);
    return err;
}

void person_put(struct stmt *s, int at, struct json_out *to, const char *key)
{
    if (stmt_is_null(s, at)) {
        json_put_null(to, key);
        return;
    }
    json_open(to, key);
    json_put_str(to, "id", stmt_get_str(s, at));
    json_put_str(to, "display", stmt_get_str(s, at + 1));
    json_close(to);
}

enum err person_bind(struct tx *tx, struct str account, int64_t row, bool is_patient, uint32_t cleared)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db,
                           "INSERT INTO person (account, record, is_patient, cleared) VALUES (?1, ?2, ?3, ?4)"
                           " ON CONFLICT (account) DO UPDATE SET record = ?2, is_patient = ?3, cleared = ?4",
                           &s);
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_int(s, 2, row);
    stmt_int(s, 3, is_patient);
    stmt_int(s, 4, cleared);
    return stmt_run(s);
}
