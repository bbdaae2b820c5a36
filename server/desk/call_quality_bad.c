#include "desk/call_quality_bad.h"
#include "auth/account.h"
#include "desk/room.h"
#include "scheduler/terms.h"

static const char bad_sql[] = "CREATE INDEX call_quality_by_minute ON call_quality (minute);"
                              "CREATE TABLE call_quality_bad ("
                              " visit TEXT NOT NULL,"
                              " who TEXT NOT NULL,"
                              " is_source INTEGER NOT NULL CHECK (is_source IN (0, 1)),"
                              " since INTEGER NOT NULL,"
                              " last INTEGER NOT NULL,"
                              " minutes INTEGER NOT NULL CHECK (minutes > 0),"
                              " PRIMARY KEY (visit, is_source, who)"
                              ") STRICT, WITHOUT ROWID;"
                              "CREATE INDEX call_quality_bad_by_last ON call_quality_bad (last);";

const struct migration call_quality_bad_migrations[] = {
    {781, "lines of consultations that stayed bad", bad_sql},
    {0, NULL, NULL},
};

/* As call_quality_grade has it. */
#define IS_BAD "(lost * 2 >= looks OR (lost + poor) * 4 >= looks)"

static enum err note(struct tx *tx)
{
    struct stmt *q;
    enum err err = db_stmt(
        tx->db,
        "INSERT INTO call_quality_bad (visit, is_source, who, since, last, minutes)"
        " SELECT visit, is_source, who, min(minute), max(minute), count(DISTINCT minute) FROM call_quality"
        " WHERE minute >= ?1 AND " IS_BAD " GROUP BY visit, is_source, who"
        " HAVING count(DISTINCT minute) >= ?2"
        " ON CONFLICT (visit, is_source, who) DO UPDATE SET last = excluded.last,"
        " minutes = (SELECT count(DISTINCT minute) FROM call_quality q WHERE q.visit = excluded.visit"
        " AND q.is_source = excluded.is_source AND q.who = excluded.who"
        " AND q.minute >= call_quality_bad.since AND " IS_BAD ")"
        " WHERE excluded.last > call_quality_bad.last",
        &q);
    if (err) return err;
    stmt_int(q, 1, tx->now.ms - tx->now.ms % ROOM_MINUTE_MS - LINE_BAD_OF * ROOM_MINUTE_MS);
    stmt_int(q, 2, LINE_BAD_LEAST);
    return stmt_run(q);
}

enum err line_bad_note(struct tx *tx, int64_t *ret_lately)
{
    struct stmt *q;
    bool row;
    enum err err = note(tx);
    if (!err) err = db_stmt(tx->db, "SELECT count(*) FROM call_quality_bad WHERE last >= ?1", &q);
    if (err) return err;
    stmt_int(q, 1, tx->now.ms - HOUR_MS);
    err = stmt_step(q, &row);
    if (!err) *ret_lately = stmt_get_int(q, 0);
    stmt_done(q);
    return err;
}

enum err line_bad_find(struct tx *tx, struct str visit, bool is_source, struct str who, struct line_bad *ret)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT since, last, minutes FROM call_quality_bad WHERE visit = ?1"
                           " AND is_source = ?2 AND who = ?3",
                           &q);
    if (err) return err;
    stmt_str(q, 1, visit);
    stmt_int(q, 2, is_source);
    stmt_str(q, 3, who);
    err = stmt_step(q, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) *ret = (struct line_bad){stmt_get_instant(q, 0), stmt_get_instant(q, 1), stmt_get_int(q, 2)};
    stmt_done(q);
    return err;
}

/* Whose network it is: who keeps the lines needs no name. */
static enum err side_of(struct tx *tx, struct arena *arena, struct str who, const char **ret)
{
    struct account account;
    enum err err = account_find(tx, arena, who, &account);
    if (err && err != ERR_NOT_FOUND) return err;
    bool is_outside = !err && role_set_has(account.roles, ROLE_SPECIALIST) &&
                      !role_set_has(account.roles, ROLE_CLINIC_DOCTOR);
    *ret = is_outside ? "outside" : "clinic";
    return OK;
}

static enum err put_line(struct tx *tx, struct arena *arena, struct stmt *q, struct json_out *to)
{
    const char *side = "device";
    struct str who = stmt_get_str(q, 1);
    enum err err = stmt_get_int(q, 0) ? OK : side_of(tx, arena, who, &side);
    json_open(to, NULL);
    json_put_text(to, "side", side);
    json_put_instant(to, "since", stmt_get_instant(q, 2));
    json_put_instant(to, "last", stmt_get_instant(q, 3));
    json_put_int(to, "minutes", stmt_get_int(q, 4));
    json_close(to);
    return err;
}

enum err line_bad_write(struct tx *tx, struct arena *arena, struct instant since, struct json_out *to)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT is_source, who, since, last, minutes FROM call_quality_bad"
                           " WHERE last >= ?1 ORDER BY last DESC LIMIT ?2",
                           &q);
    if (err) return err;
    stmt_int(q, 1, since.ms);
    stmt_int(q, 2, LINE_BAD_LIST_MAX);
    json_open_array(to, "lines");
    while (!(err = stmt_step(q, &row)) && row)
        if ((err = put_line(tx, arena, q, to))) break;
    json_close_array(to);
    stmt_done(q);
    return err;
}
