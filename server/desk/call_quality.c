#include "desk/call_quality.h"
#include "auth/account.h"
#include "desk/call_quality_bad.h"

static const char table_sql[] =
    "CREATE TABLE call_quality ("
    " visit TEXT NOT NULL," /* the Encounter's id */
    " who TEXT NOT NULL,"   /* an account; of a device its name in the room */
    " is_source INTEGER NOT NULL CHECK (is_source IN (0, 1)),"
    " is_up INTEGER NOT NULL CHECK (is_up IN (0, 1)),"
    " minute INTEGER NOT NULL,"
    " looks INTEGER NOT NULL, good INTEGER NOT NULL, fair INTEGER NOT NULL, poor INTEGER NOT NULL,"
    " lost INTEGER NOT NULL, loss_sum INTEGER NOT NULL, loss_worst INTEGER NOT NULL,"
    " rtt_worst INTEGER NOT NULL, kbps_sum INTEGER NOT NULL,"
    " PRIMARY KEY (visit, is_source, who, is_up, minute)"
    ") STRICT, WITHOUT ROWID;";

const struct migration call_quality_migrations[] = {
    {710, "how each line of a consultation was, minute by minute", table_sql},
    {0, NULL, NULL},
};

enum err call_quality_add(struct tx *tx, const struct room_line_minute *line)
{
    struct stmt *s;
    const struct room_minute *m = &line->minute;
    bool is_source = line->source[0] != '\0';
    enum err err = db_stmt(
        tx->db,
        "INSERT INTO call_quality (visit, is_source, who, is_up, minute, looks, good, fair, poor, lost,"
        " loss_sum, loss_worst, rtt_worst, kbps_sum)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
        " ON CONFLICT (visit, is_source, who, is_up, minute) DO UPDATE SET looks = looks + excluded.looks,"
        " good = good + excluded.good, fair = fair + excluded.fair, poor = poor + excluded.poor,"
        " lost = lost + excluded.lost, loss_sum = loss_sum + excluded.loss_sum,"
        " loss_worst = max(loss_worst, excluded.loss_worst), rtt_worst = max(rtt_worst, excluded.rtt_worst),"
        " kbps_sum = kbps_sum + excluded.kbps_sum",
        &s);
    if (err) return err;
    stmt_str(s, 1, str_of(line->visit));
    stmt_int(s, 2, is_source);
    stmt_str(s, 3, str_of(is_source ? line->source : line->account));
    stmt_int(s, 4, line->is_up);
    stmt_instant(s, 5, line->at);
    stmt_int(s, 6, m->looks);
    for (int g = 0; g < CALL_GRADES; g++)
        stmt_int(s, 7 + g, m->grades[g]);
    stmt_int(s, 11, m->loss_sum);
    stmt_int(s, 12, m->loss_worst);
    stmt_int(s, 13, m->rtt_worst_ms);
    stmt_int(s, 14, m->kbps_sum);
    return stmt_run(s);
}

enum call_grade call_quality_grade(const struct room_minute *m)
{
    uint32_t worse = m->grades[CALL_LOST];
    if (worse * 2 >= m->looks) return CALL_LOST;
    worse += m->grades[CALL_POOR];
    if (worse * 4 >= m->looks) return CALL_POOR;
    worse += m->grades[CALL_FAIR];
    return worse * 4 >= m->looks ? CALL_FAIR : CALL_GOOD;
}

/* -- telling -- */

struct row {
    struct str who;
    bool is_source, is_up;
    struct instant at;
    struct room_minute minute;
};

/* The columns of the SELECT below. */
static struct row row_of(struct stmt *s)
{
    struct row r = {.is_source = stmt_get_int(s, 0) != 0,
                    .who = stmt_get_str(s, 1),
                    .is_up = stmt_get_int(s, 2) != 0,
                    .at = {stmt_get_int(s, 3)}};
    r.minute.looks = (uint32_t)stmt_get_int(s, 4);
    for (int g = 0; g < CALL_GRADES; g++)
        r.minute.grades[g] = (uint32_t)stmt_get_int(s, 5 + g);
    r.minute.loss_sum = (uint32_t)stmt_get_int(s, 9);
    r.minute.loss_worst = (uint32_t)stmt_get_int(s, 10);
    r.minute.rtt_worst_ms = (uint32_t)stmt_get_int(s, 11);
    r.minute.kbps_sum = (uint32_t)stmt_get_int(s, 12);
    return r;
}

static enum err read_rows(struct tx *tx, struct arena *arena, struct str visit, struct row **ret,
                          size_t *ret_n)
{
    struct stmt *s;
    bool more = true;
    size_t n = 0, room = 64;
    struct row *rows = arena_alloc(arena, room * sizeof *rows);
    enum err err = db_stmt(tx->db,
                           "SELECT is_source, who, is_up, minute, looks, good, fair, poor, lost, loss_sum,"
                           " loss_worst, rtt_worst, kbps_sum FROM call_quality WHERE visit = ?1"
                           " ORDER BY is_source, who, is_up DESC, minute",
                           &s);
    if (err) return err;
    if (!rows) err = ERR_NOMEM;
    stmt_str(s, 1, visit);
    while (!err) {
        err = stmt_step(s, &more);
        if (err || !more) break;
        if (n == room) {
            struct row *wider = arena_alloc(arena, 2 * room * sizeof *rows);
            if (!wider) {
                err = ERR_NOMEM;
                break;
            }
            memcpy(wider, rows, n * sizeof *rows);
            rows = wider;
            room *= 2;
        }
        struct row r = row_of(s);
        r.who = n && str_is(r.who, rows[n - 1].who)
                    ? rows[n - 1].who
                    : (struct str){arena_text(arena, r.who.at, r.who.bytes), r.who.bytes};
        if (!r.who.at) err = ERR_NOMEM;
        rows[n] = r;
        n += !err;
    }
    stmt_done(s);
    *ret = rows;
    *ret_n = n;
    return err;
}

static bool is_one_line(const struct row *a, const struct row *b)
{
    return a->is_source == b->is_source && str_is(a->who, b->who);
}

static void put_minute(struct json_out *o, const struct row *r)
{
    const struct room_minute *m = &r->minute;
    uint32_t there = m->looks - m->grades[CALL_LOST];
    json_open(o, NULL);
    json_put_instant(o, "at", r->at);
    json_put_text(o, "grade", call_grade_text(call_quality_grade(m)));
    json_put_int(o, "loss", there ? m->loss_sum / there : 0);
    json_put_int(o, "loss_worst", m->loss_worst);
    json_put_int(o, "rtt_ms", m->rtt_worst_ms);
    json_put_int(o, "kbps", there ? m->kbps_sum / there : 0);
    json_close(o);
}

static void put_way(struct json_out *o, const char *key, const struct row *rows, size_t n, bool is_up)
{
    size_t told = 0;
    json_open_array(o, key);
    for (size_t i = 0; i < n; i++)
        if (rows[i].is_up == is_up && told++ < CALL_QUALITY_MINUTES_MAX) put_minute(o, &rows[i]);
    json_close_array(o);
}

/* Of 1,000 looks at both ways. */
static void put_shares(struct json_out *o, const struct row *rows, size_t n)
{
    uint64_t looks = 0, grades[CALL_GRADES] = {0};
    for (size_t i = 0; i < n; i++) {
        looks += rows[i].minute.looks;
        for (int g = 0; g < CALL_GRADES; g++)
            grades[g] += rows[i].minute.grades[g];
    }
    json_open(o, "share");
    for (int g = 0; g < CALL_GRADES; g++)
        json_put_int(o, call_grade_text((enum call_grade)g), looks ? (int64_t)(grades[g] * 1000 / looks) : 0);
    json_close(o);
}

static enum err put_stayed(struct tx *tx, struct str visit, const struct row *line, struct json_out *o)
{
    struct line_bad bad;
    enum err err = line_bad_find(tx, visit, line->is_source, line->who, &bad);
    if (err) {
        json_put_null(o, "stayed_bad");
        return err == ERR_NOT_FOUND ? OK : err;
    }
    json_open(o, "stayed_bad");
    json_put_instant(o, "since", bad.since);
    json_put_instant(o, "last", bad.last);
    json_put_int(o, "minutes", bad.minutes);
    json_close(o);
    return OK;
}

static enum err put_line(struct tx *tx, struct arena *arena, struct str visit, struct json_out *o,
                         const struct row *rows, size_t n)
{
    struct account account;
    struct str name = rows->who;
    if (!rows->is_source) {
        enum err err = account_find(tx, arena, rows->who, &account);
        if (err && err != ERR_NOT_FOUND) return err;
        if (!err) name = account.display;
    }
    json_open(o, NULL);
    json_put_text(o, "kind", rows->is_source ? "source" : "person");
    json_put_str(o, "name", name);
    put_shares(o, rows, n);
    put_way(o, "up", rows, n, true);
    put_way(o, "down", rows, n, false);
    enum err err = put_stayed(tx, visit, rows, o);
    json_close(o);
    return err;
}

enum err call_quality_write(struct tx *tx, struct arena *arena, struct str visit, struct json_out *to)
{
    struct row *rows;
    size_t n = 0;
    enum err err = read_rows(tx, arena, visit, &rows, &n);
    json_open_array(to, "lines");
    for (size_t from = 0, end; from < n && !err; from = end) {
        for (end = from + 1; end < n && is_one_line(&rows[from], &rows[end]); end++)
            ;
        err = put_line(tx, arena, visit, to, rows + from, end - from);
    }
    json_close_array(to);
    return err;
}
