#include "desk/epidemic_tell.h"
#include "desk/whom.h"

enum { TOLD_MAX = 100 };

bool epidemic_reason_is(struct str reason)
{
    static const char *const reasons[] = {"cellmates", "officers", "transport", "law"};
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (str_is_text(reason, reasons[i])) return true;
    return false;
}

static enum err is_command(struct tx *tx, struct str account, bool *ret)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db,
                           "SELECT 1 FROM account JOIN account_role ON account_role.account = account.id"
                           " WHERE account.id = ?1 AND role = 'duty-command' AND disabled IS NULL",
                           &q);
    if (err) return err;
    stmt_str(q, 1, account);
    err = stmt_step(q, ret);
    stmt_done(q);
    return err;
}

static enum err is_told(struct tx *tx, int64_t record, struct str account, bool *ret)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, "SELECT 1 FROM epidemic_told WHERE record = ?1 AND account = ?2", &q);
    if (err) return err;
    stmt_int(q, 1, record);
    stmt_str(q, 2, account);
    err = stmt_step(q, ret);
    stmt_done(q);
    return err;
}

enum err epidemic_tell(struct tx *tx, struct arena *arena, const struct epidemic_case *c, struct str account,
                       struct str reason, struct str by_name)
{
    struct stmt *q;
    bool is = false, told = false;
    (void)arena;
    enum err err = is_command(tx, account, &is);
    if (!err && !is) err = ERR_NOT_FOUND;
    if (!err) err = is_told(tx, c->item.head.row, account, &told);
    if (!err && told) err = ERR_EXISTS;
    if (!err)
        err = db_stmt(
            tx->db,
            "INSERT INTO epidemic_told (record, account, reason, by_name, at) VALUES (?1, ?2, ?3, ?4, ?5)",
            &q);
    if (err) return err;
    stmt_int(q, 1, c->item.head.row);
    stmt_str(q, 2, account);
    stmt_str(q, 3, reason);
    stmt_str(q, 4, by_name);
    stmt_instant(q, 5, tx->now);
    return stmt_run(q);
}

struct told {
    int64_t record;
    const char *reason, *by;
    struct instant at;
};

static enum err read_told(struct tx *tx, struct arena *arena, struct str account, struct told *to,
                          uint32_t *ret_n)
{
    struct stmt *q;
    bool row;
    uint32_t n = 0;
    enum err err = db_stmt(
        tx->db, "SELECT record, reason, by_name, at FROM epidemic_told WHERE account = ?1 ORDER BY id DESC",
        &q);
    if (err) return err;
    stmt_str(q, 1, account);
    while (n < TOLD_MAX && !(err = stmt_step(q, &row)) && row) {
        struct str reason = stmt_get_str(q, 1), by = stmt_get_str(q, 2);
        to[n] = (struct told){stmt_get_int(q, 0), arena_text(arena, reason.at, reason.bytes),
                              arena_text(arena, by.at, by.bytes), stmt_get_instant(q, 3)};
        if (!to[n].reason || !to[n].by) err = ERR_NOMEM;
        if (err) break;
        n++;
    }
    stmt_done(q);
    *ret_n = n;
    return err;
}

enum err epidemic_write_told(struct tx *tx, struct record_reader *server, struct str account,
                             struct json_out *to)
{
    struct told all[TOLD_MAX];
    uint32_t n = 0;
    enum err err = read_told(tx, server->arena, account, all, &n);
    json_open_array(to, "told");
    for (uint32_t i = 0; i < n && !err; i++) {
        struct epidemic_case c;
        struct whom whom;
        err = epidemic_read_row(tx, server, all[i].record, &c);
        if (err == ERR_NOT_FOUND || (!err && c.ended.ms)) {
            err = OK;
            continue;
        }
        if (!err) err = whom_of(tx, server, c.patient, &whom);
        if (err) break;
        json_open(to, NULL);
        json_put_str(to, "name", whom.name);
        json_put_str(to, "number", whom.number);
        json_put_str(to, "cell", whom.cell.at ? whom.cell : (struct str){"", 0});
        json_put_text(to, "illness", c.illness->zh);
        json_put_text(to, "illness_en", c.illness->en);
        json_put_text(to, "reason", all[i].reason);
        json_put_text(to, "by", all[i].by);
        json_put_instant(to, "at", all[i].at);
        json_close(to);
    }
    json_close_array(to);
    return err;
}

enum err epidemic_write_commands(struct tx *tx, struct json_out *to)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(
        tx->db,
        "SELECT account.id, display FROM account JOIN account_role ON account_role.account = account.id"
        " WHERE role = 'duty-command' AND disabled IS NULL ORDER BY display LIMIT 100",
        &q);
    if (err) return err;
    json_open_array(to, "commands");
    while (!(err = stmt_step(q, &row)) && row) {
        json_open(to, NULL);
        json_put_str(to, "id", stmt_get_str(q, 0));
        json_put_str(to, "name", stmt_get_str(q, 1));
        json_close(to);
    }
    json_close_array(to);
    stmt_done(q);
    return err;
}
