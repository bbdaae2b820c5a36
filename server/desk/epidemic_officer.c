#include "desk/epidemic_officer.h"
#include "records/person.h"
#include "records/search.h"
#include "scheduler/terms.h"

enum { OFFICERS_MAX = 500 };

static const char officer_sql[] = /* spoken: NULL: not yet */
    "CREATE TABLE epidemic_officer (record INTEGER NOT NULL, officer TEXT NOT NULL, account TEXT NOT NULL,"
    " minutes INTEGER NOT NULL, days INTEGER NOT NULL, last INTEGER NOT NULL, spoken INTEGER, by_name TEXT,"
    " PRIMARY KEY (record, officer)) STRICT, WITHOUT ROWID;";
const struct migration epidemic_officer_migrations[] = {
    {760, "officers who had a case in hand", officer_sql},
    {0, NULL, NULL},
};

static enum err account_of(struct tx *tx, struct arena *arena, struct str officer, struct str *ret)
{
    struct record_head head;
    *ret = (struct str){"", 0};
    enum err err = record_head_find(tx, arena, fhir_resource_of(STR("Practitioner")), officer, &head);
    if (!err) err = person_account(tx, arena, head.row, ret);
    return err == ERR_NOT_FOUND ? OK : err;
}

enum err epidemic_officer_note(struct tx *tx, struct record_reader *server, int64_t record,
                               struct str reference, const struct contact *c)
{
    struct stmt *q;
    struct str officer = reference, account, type = str_cut(&officer, '/');
    if (!str_is_text(type, "Practitioner")) return OK;
    enum err err = account_of(tx, server->arena, officer, &account);
    if (!err)
        err = db_stmt(
            tx->db,
            "INSERT INTO epidemic_officer (record, officer, account, minutes, days, last)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (record, officer) DO UPDATE SET account = ?3,"
            " minutes = ?4, days = ?5, last = ?6, spoken = CASE WHEN ?6 > last THEN NULL ELSE spoken END,"
            " by_name = CASE WHEN ?6 > last THEN NULL ELSE by_name END",
            &q);
    if (err) return err;
    stmt_int(q, 1, record);
    stmt_str(q, 2, officer);
    stmt_str(q, 3, account);
    stmt_int(q, 4, contact_ms(c) / MINUTE_MS);
    stmt_int(q, 5, c->days);
    stmt_int(q, 6, c->last.ms);
    return stmt_run(q);
}

enum err epidemic_officer_spoken(struct tx *tx, int64_t record, struct str officer, struct str by_name)
{
    struct stmt *q;
    bool row;
    enum err err =
        db_stmt(tx->db, "SELECT spoken FROM epidemic_officer WHERE record = ?1 AND officer = ?2", &q);
    if (err) return err;
    stmt_int(q, 1, record);
    stmt_str(q, 2, officer);
    err = stmt_step(q, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err && !stmt_is_null(q, 0)) err = ERR_EXISTS;
    stmt_done(q);
    if (!err)
        err = db_stmt(
            tx->db,
            "UPDATE epidemic_officer SET spoken = ?3, by_name = ?4 WHERE record = ?1 AND officer = ?2", &q);
    if (err) return err;
    stmt_int(q, 1, record);
    stmt_str(q, 2, officer);
    stmt_instant(q, 3, tx->now);
    stmt_str(q, 4, by_name);
    return stmt_run(q);
}

enum err epidemic_officer_drop(struct tx *tx, int64_t record)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, "DELETE FROM epidemic_officer WHERE record = ?1 AND spoken IS NULL", &q);
    if (err) return err;
    stmt_int(q, 1, record);
    return stmt_run(q);
}

/* -- listing -- */

struct row {
    int64_t record, minutes, days;
    struct instant last, spoken;
    struct str officer, account, name, by;
};

static enum err copy(struct arena *arena, struct stmt *q, int column, struct str *ret)
{
    struct str from = stmt_is_null(q, column) ? (struct str){"", 0} : stmt_get_str(q, column);
    const char *text = arena_text(arena, from.at, from.bytes);
    *ret = (struct str){text, from.bytes};
    return text ? OK : ERR_NOMEM;
}

static enum err read_rows(struct tx *tx, struct arena *arena, struct row *to, uint32_t *ret_n)
{
    struct stmt *q;
    bool is_row;
    uint32_t n = 0;
    enum err err = db_stmt(tx->db,
                           "SELECT o.record, o.minutes, o.days, o.last, o.spoken, o.officer, o.account,"
                           " account.display, o.by_name FROM epidemic_officer o JOIN epidemic_case c"
                           " ON c.record = o.record LEFT JOIN account ON account.id = o.account"
                           " WHERE c.ended = 0 OR o.spoken IS NULL"
                           " ORDER BY o.spoken IS NOT NULL, o.minutes DESC LIMIT 500",
                           &q);
    if (err) return err;
    while (n < OFFICERS_MAX && !(err = stmt_step(q, &is_row)) && is_row) {
        struct row *r = &to[n++];
        *r = (struct row){stmt_get_int(q, 0),
                          stmt_get_int(q, 1),
                          stmt_get_int(q, 2),
                          stmt_get_instant(q, 3),
                          stmt_get_instant(q, 4),
                          {0},
                          {0},
                          {0},
                          {0}};
        struct str *const texts[] = {&r->officer, &r->account, &r->name, &r->by};
        for (int i = 0; i < 4 && !err; i++)
            err = copy(arena, q, 5 + i, texts[i]);
        if (err) break;
    }
    stmt_done(q);
    *ret_n = n;
    return err;
}

/* Who has no account has a name in the record still. */
static enum err name_of(struct tx *tx, struct record_reader *server, struct row *r)
{
    struct chart_item item;
    if (r->name.bytes) return OK;
    enum err err = chart_one(tx, server, "Practitioner", r->officer, &item);
    if (!err) r->name = chart_text(server, &item, 0, "name.text");
    return err == ERR_NOT_FOUND ? OK : err;
}

enum err epidemic_write_officers(struct tx *tx, struct record_reader *server, struct json_out *to)
{
    struct row *rows = arena_zalloc(server->arena, OFFICERS_MAX * sizeof *rows);
    uint32_t n = 0;
    enum err err = rows ? read_rows(tx, server->arena, rows, &n) : ERR_NOMEM;
    json_open_array(to, "officers");
    for (uint32_t i = 0; i < n && !err; i++) {
        struct record_head of;
        err = record_head_at(tx, server->arena, rows[i].record, &of);
        if (!err) err = name_of(tx, server, &rows[i]);
        if (err) break;
        json_open(to, NULL);
        json_put_str(to, "of", of.id);
        json_put_str(to, "id", rows[i].officer);
        json_put_str(to, "account", rows[i].account);
        json_put_str(to, "name", rows[i].name.at ? rows[i].name : (struct str){"", 0});
        json_put_int(to, "minutes", rows[i].minutes);
        json_put_int(to, "days", rows[i].days);
        json_put_instant(to, "last", rows[i].last);
        json_put_instant(to, "spoken", rows[i].spoken);
        json_put_str(to, "by", rows[i].by);
        json_close(to);
    }
    json_close_array(to);
    return err;
}
