#include "records/glass.h"
#include "records/person.h"

enum err glass_break(struct tx *tx, const struct guard *guard, struct str account, const char *role,
                     int64_t patient, struct str reason, int64_t *ret_id, struct instant *ret_ends)
{
    struct stmt *s;
    if (!guard_may_break(guard)) return ERR_DENIED;
    if (guard_is_broken(guard, patient)) return ERR_EXISTS;
    enum err err = db_stmt(
        tx->db,
        "INSERT INTO glass (account, role, patient, reason, starts, ends) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        &s);
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_text(s, 2, role);
    stmt_int(s, 3, patient);
    stmt_str(s, 4, reason);
    stmt_int(s, 5, tx->now.ms);
    stmt_int(s, 6, tx->now.ms + GUARD_BREAK_MS);
    err = stmt_run(s);
    if (err) return err;
    *ret_id = db_last_rowid(tx->db);
    ret_ends->ms = tx->now.ms + GUARD_BREAK_MS;
    return OK;
}

static enum err may_review(struct tx *tx, int64_t id, struct str by)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT account = ?2 FROM glass WHERE id = ?1 AND reviewed IS NULL", &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_str(s, 2, by);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err && stmt_get_int(s, 0)) err = ERR_DENIED;
    stmt_done(s);
    return err;
}

enum err glass_review(struct tx *tx, int64_t id, struct str by, const struct glass_verdict *verdict)
{
    struct stmt *s;
    enum err err = may_review(tx, id, by);
    if (!err)
        err = db_stmt(
            tx->db,
            "UPDATE glass SET reviewed = ?2, reviewed_by = ?3, verdict = ?4, remark = ?5, is_told = ?6"
            " WHERE id = ?1",
            &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_int(s, 2, tx->now.ms);
    stmt_str(s, 3, by);
    stmt_text(s, 4, verdict->is_justified ? "justified" : "unjustified");
    stmt_str(s, 5, verdict->remark);
    stmt_int(s, 6, verdict->is_told);
    return stmt_run(s);
}

static void put_text(struct stmt *s, int at, struct json_out *to, const char *key)
{
    if (stmt_is_null(s, at))
        json_put_null(to, key);
    else
        json_put_str(to, key, stmt_get_str(s, at));
}

static void put_glass(struct stmt *s, struct json_out *to)
{
    json_open(to, NULL);
    json_put_int(to, "id", stmt_get_int(s, 0));
    json_put_instant(to, "at", stmt_get_instant(s, 1));
    json_put_instant(to, "ends", stmt_get_instant(s, 2));
    person_put(s, 3, to, "account");
    json_put_str(to, "role", stmt_get_str(s, 5));
    put_text(s, 6, to, "patient");
    json_put_str(to, "reason", stmt_get_str(s, 7));
    json_put_instant(to, "reviewed", stmt_get_instant(s, 8));
    person_put(s, 9, to, "reviewed_by");
    put_text(s, 11, to, "verdict");
    put_text(s, 12, to, "remark");
    json_put_bool(to, "told", stmt_get_int(s, 13) != 0);
    json_close(to);
}

enum err glass_list(struct tx *tx, bool open_only, int64_t before, struct json_out *to, int64_t *ret_next)
{
    struct stmt *s;
    bool row;
    int64_t n = 0, last = 0, next = 0;
    enum err err = db_stmt(
        tx->db,
        "SELECT g.id, g.starts, g.ends, a.id, a.display, g.role, r.id, g.reason, g.reviewed, b.id, b.display,"
        " g.verdict, g.remark, g.is_told FROM glass g JOIN account a ON a.id = g.account"
        " LEFT JOIN account b ON b.id = g.reviewed_by LEFT JOIN record r ON r.row = g.patient"
        " WHERE g.id < ?1 AND (?2 = 0 OR g.reviewed IS NULL) ORDER BY g.id DESC LIMIT ?3",
        &s);
    if (err) return err;
    stmt_int(s, 1, before ? before : INT64_MAX);
    stmt_int(s, 2, open_only);
    stmt_int(s, 3, GLASS_PAGE + 1);
    while (!(err = stmt_step(s, &row)) && row) {
        if (n++ == GLASS_PAGE) {
            next = last;
            break;
        }
        last = stmt_get_int(s, 0);
        put_glass(s, to);
    }
    stmt_done(s);
    if (!err) *ret_next = next;
    return err;
}

enum err glass_one(struct tx *tx, struct arena *arena, int64_t id, struct json_out *to,
                   struct glass_span *ret)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(
        tx->db,
        "SELECT g.id, g.starts, g.ends, a.id, a.display, g.role, r.id, g.reason, g.reviewed, b.id, b.display,"
        " g.verdict, g.remark, g.is_told, g.patient FROM glass g JOIN account a ON a.id = g.account"
        " LEFT JOIN account b ON b.id = g.reviewed_by LEFT JOIN record r ON r.row = g.patient"
        " WHERE g.id = ?1",
        &s);
    if (err) return err;
    stmt_int(s, 1, id);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) {
        struct str account = stmt_get_str(s, 3);
        const char *copy = arena_text(arena, account.at, account.bytes);
        if (!copy) err = ERR_NOMEM;
        *ret = (struct glass_span){
            {copy, account.bytes}, stmt_get_int(s, 14), stmt_get_instant(s, 1), stmt_get_instant(s, 2)};
        put_glass(s, to);
    }
    stmt_done(s);
    return err;
}

enum err glass_told(struct tx *tx, struct arena *arena, int64_t id, struct glass_told *ret)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(
        tx->db, "SELECT reviewed, CASE WHEN is_told = 1 THEN reason END FROM glass WHERE id = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, id);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) {
        struct str reason = stmt_get_str(s, 1);
        const char *copy = stmt_is_null(s, 1) ? NULL : arena_text(arena, reason.at, reason.bytes);
        if (!copy && !stmt_is_null(s, 1)) err = ERR_NOMEM;
        *ret = (struct glass_told){!stmt_is_null(s, 0), {copy, copy ? reason.bytes : 0}};
    }
    stmt_done(s);
    return err;
}

enum err glass_own(struct tx *tx, struct str account, struct json_out *to)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT r.id, g.ends FROM glass g JOIN record r ON r.row = g.patient"
                           " WHERE g.account = ?1 AND g.ends > ?2 ORDER BY g.ends",
                           &s);
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_int(s, 2, tx->now.ms);
    while (!(err = stmt_step(s, &row)) && row) {
        json_open(to, NULL);
        json_put_str(to, "patient", stmt_get_str(s, 0));
        json_put_instant(to, "ends", stmt_get_instant(s, 1));
        json_close(to);
    }
    stmt_done(s);
    return err;
}
