#include "desk/chart_write.h"
#include "desk/escalate_own.h"
#include "desk/schedule_own.h"
#include "desk/sickcall.h"
#include "records/search.h"
#include <stdio.h>

enum { LOOK_MAX = 500, TELL_MAX = 16, FIRST_MAX = 1000 };

const struct escalate_limits escalate_limits_default = {{24, 48, 72},       8, 15, 24, {60, 24, 14, 365},
                                                        {2, 24, 3, 378, 30}};

static const char work_sql[] =
    /* open work that has an hour; next: when the next step is told, 0: all were. author: account */
    "CREATE TABLE work_due (record INTEGER PRIMARY KEY, kind INTEGER NOT NULL, due INTEGER NOT NULL, told "
    "INTEGER NOT NULL,"
    " next INTEGER NOT NULL, author TEXT NOT NULL) STRICT;"
    "CREATE INDEX work_due_by_next ON work_due (next) WHERE next > 0;"
    "CREATE INDEX work_due_by_kind ON work_due (kind, due);"
    /* how far the versions were looked at */
    "CREATE TABLE work_seen (one INTEGER PRIMARY KEY, seq INTEGER NOT NULL) STRICT;";
static const char result_sql[] = "CREATE TABLE result_seen (record INTEGER PRIMARY KEY, version INTEGER NOT "
                                 "NULL, at INTEGER NOT NULL, task INTEGER NOT NULL)"
                                 " STRICT;";
const struct migration escalate_migrations[] = {
    {372, "work that has an hour", work_sql},
    {373, "results that were acknowledged", result_sql},
    {0, NULL, NULL},
};

/* Contacts that are open already have an hour too: all that is open is looked at once more. */
const struct migration escalate_late_migrations[] = {
    {761, "contacts are work that has an hour", "DELETE FROM work_seen;"},
    {0, NULL, NULL},
};

/* -- what was written -- */

static enum err seen(struct tx *tx, int64_t *ret_seen, int64_t *ret_last)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(
        tx->db,
        "SELECT ifnull((SELECT seq FROM work_seen), -1), (SELECT ifnull(max(seq), 0) FROM record_version)",
        &q);
    if (!err) err = stmt_step(q, &row);
    if (err) return err;
    *ret_seen = stmt_get_int(q, 0), *ret_last = stmt_get_int(q, 1);
    stmt_done(q);
    return OK;
}

static enum err see(struct tx *tx, int64_t seq)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, "INSERT OR REPLACE INTO work_seen (one, seq) VALUES (1, ?1)", &q);
    if (err) return err;
    stmt_int(q, 1, seq);
    return stmt_run(q);
}

static enum err next_tell(struct tx *tx, struct instant *ret)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT min(next) FROM work_due WHERE next > 0", &q);
    if (!err) err = stmt_step(q, &row);
    if (err) return err;
    *ret = stmt_get_instant(q, 0);
    stmt_done(q);
    return OK;
}

enum err escalate_waits(struct tx *tx, bool *ret)
{
    int64_t was, last;
    struct instant next = {0};
    enum err err = seen(tx, &was, &last);
    if (!err) err = next_tell(tx, &next);
    *ret = !err && (was < last || (next.ms && next.ms <= tx->now.ms));
    return err;
}

enum err escalate_forget(struct tx *tx, int64_t record)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, "DELETE FROM work_due WHERE record = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, record);
    return stmt_run(q);
}

/* The same work at the same hour goes on from the step that it had. */
static enum err note(struct tx *tx, int64_t record, const struct escalate_due *d)
{
    struct stmt *q;
    if (!d->is_open) return escalate_forget(tx, record);
    enum err err =
        db_stmt(tx->db,
                "INSERT INTO work_due (record, kind, due, told, next, author) VALUES (?1, ?2, ?3, 0, ?4, ?5)"
                " ON CONFLICT (record) DO UPDATE SET kind = ?2, due = ?3, told = 0, next = ?4, author = ?5"
                " WHERE kind <> ?2 OR due <> ?3",
                &q);
    if (err) return err;
    stmt_int(q, 1, record);
    stmt_int(q, 2, d->kind);
    stmt_instant(q, 3, d->due);
    stmt_instant(q, 4, escalate_at(d->kind, 0, d->due));
    stmt_str(q, 5, d->author);
    return stmt_run(q);
}

static enum err look_at(struct schedule *s, const struct escalate_limits *limits, int64_t record, int64_t seq,
                        bool *ret_results)
{
    struct record_head head;
    struct escalate_due due;
    int64_t row;
    enum err err = record_head_at(s->tx, s->server.arena, record, &head);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    if (seq && head.seq != seq) return OK; /* a later version waits for its own turn */
    err = escalate_judge(s, limits, &head, &row, &due);
    if (err == ERR_BAD_INPUT || err == ERR_DENIED || err == ERR_CORRUPT)
        return OK; /* unreadable: it stops no other */
    if (err || row == 0) return err;
    *ret_results |= due.is_open && due.kind == ESCALATE_RESULT;
    return note(s->tx, row, &due);
}

/* The first time: what is open now, by searches; from then on what is written. */
static enum err look_first(struct schedule *s, const struct escalate_limits *limits, bool *ret_results)
{
    static const struct {
        const char *type, *query;
    } all[] = {{"Task",
                "code=sick-call,follow-up,intake,concern,contact&status=received,accepted,ready,requested,in-"
                "progress,on-hold"},
               {"Composition", "type=11488-4&status=preliminary"},
               {"ServiceRequest", "category=transfer&status=draft,active"},
               {"DiagnosticReport", "status=final,amended,corrected&_sort=-_lastUpdated"},
               {"Observation", "category=laboratory&status=final,amended,corrected&_sort=-_lastUpdated"}};
    int64_t *rows = arena_alloc(s->server.arena, FIRST_MAX * sizeof *rows);
    enum err err = rows ? OK : ERR_NOMEM;
    for (size_t i = 0; i < COUNT_OF(all) && !err; i++) {
        struct record_fault fault = {0};
        uint32_t n = 0;
        err = search_rows(s->tx, &s->server, fhir_resource_of(str_of(all[i].type)), str_of(all[i].query),
                          rows, FIRST_MAX, &n, &fault);
        if (!err && fault.status) err = ERR_BAD_INPUT;
        for (uint32_t k = 0; k < n && !err; k++)
            err = look_at(s, limits, rows[k], 0, ret_results);
    }
    return err;
}

static enum err look_on(struct schedule *s, const struct escalate_limits *limits, int64_t from,
                        bool *ret_results, bool *ret_more)
{
    struct stmt *q;
    bool row;
    int64_t seqs[LOOK_MAX], records[LOOK_MAX];
    uint32_t n = 0;
    enum err err =
        db_stmt(s->tx->db, "SELECT seq, record FROM record_version WHERE seq > ?1 ORDER BY seq LIMIT ?2", &q);
    if (err) return err;
    stmt_int(q, 1, from);
    stmt_int(q, 2, LOOK_MAX);
    while (n < LOOK_MAX && !(err = stmt_step(q, &row)) && row)
        seqs[n] = stmt_get_int(q, 0), records[n++] = stmt_get_int(q, 1);
    stmt_done(q);
    for (uint32_t i = 0; i < n && !err; i++)
        err = look_at(s, limits, records[i], seqs[i], ret_results);
    *ret_more = n == LOOK_MAX;
    return err || n == 0 ? err : see(s->tx, seqs[n - 1]);
}

static enum err look(struct schedule *s, const struct escalate_limits *limits, bool *ret_more)
{
    int64_t was, last;
    bool results = false;
    enum err err = seen(s->tx, &was, &last);
    if (err || was >= last) return err;
    if (was < 0) {
        err = look_first(s, limits, &results);
        if (!err) err = see(s->tx, last);
    } else {
        err = look_on(s, limits, was, &results, ret_more);
    }
    return err || !results ? err : schedule_tell(s, NULL, "clinic-doctor", "results_changed", "{}");
}

/* -- what is late -- */

static void row_from(struct stmt *q, struct escalate_row *ret)
{
    *ret = (struct escalate_row){stmt_get_int(q, 0), (enum escalate_kind)stmt_get_int(q, 1),
                                 stmt_get_instant(q, 2), (uint8_t)stmt_get_int(q, 3)};
}

static enum err tell_whom(struct schedule *s, enum escalate_to to, const char *author)
{
    if (to == ESCALATE_AUTHOR) return author[0] ? schedule_tell(s, author, NULL, "work_overdue", "{}") : OK;
    return schedule_tell(s, NULL, escalate_to_text(to),
                         to == ESCALATE_COMMAND ? "clinic_alarm" : "work_overdue", "{}");
}

static enum err keep_told(struct tx *tx, const struct escalate_row *r)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, "UPDATE work_due SET told = ?2, next = ?3 WHERE record = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, r->record);
    stmt_int(q, 2, r->told);
    stmt_int(q, 3, r->told < escalate_steps(r->kind) ? escalate_at(r->kind, r->told, r->due).ms : 0);
    return stmt_run(q);
}

/* Steps whose time has come, each once, however late this runs. */
static enum err tell_one(struct schedule *s, struct escalate_row *r, const char *author,
                         struct escalate_told **told)
{
    struct record_head head;
    enum err err = record_head_at(s->tx, s->server.arena, r->record, &head);
    if (err == ERR_NOT_FOUND || (!err && head.is_deleted)) return escalate_forget(s->tx, r->record);
    while (!err && r->told < escalate_steps(r->kind) &&
           escalate_at(r->kind, r->told, r->due).ms <= s->tx->now.ms) {
        struct escalate_told *t = arena_zalloc(s->server.arena, sizeof *t);
        if (!t) return ERR_NOMEM;
        *t = (struct escalate_told){*told, r->kind, escalate_whom(r->kind, r->told), head};
        *told = t;
        err = tell_whom(s, t->to, author);
        r->told++;
    }
    return err ? err : keep_told(s->tx, r);
}

static enum err tell(struct schedule *s, struct escalate_told **ret_told, bool *ret_more)
{
    struct escalate_row rows[TELL_MAX];
    const char *authors[TELL_MAX];
    struct stmt *q;
    bool row;
    uint32_t n = 0;
    enum err err = db_stmt(s->tx->db,
                           "SELECT record, kind, due, told, author FROM work_due WHERE next > 0 AND next <= "
                           "?1 ORDER BY next LIMIT ?2",
                           &q);
    if (err) return err;
    stmt_instant(q, 1, s->tx->now);
    stmt_int(q, 2, TELL_MAX);
    while (n < TELL_MAX && !(err = stmt_step(q, &row)) && row) {
        struct str author = stmt_get_str(q, 4);
        row_from(q, &rows[n]);
        if (!(authors[n] = arena_text(s->server.arena, author.at, author.bytes))) err = ERR_NOMEM;
        if (err) break;
        n++;
    }
    stmt_done(q);
    for (uint32_t i = 0; i < n && !err; i++)
        err = tell_one(s, &rows[i], authors[i], ret_told);
    *ret_more |= n == TELL_MAX;
    return err;
}

enum err escalate_turn(struct schedule *s, const struct escalate_limits *limits,
                       struct escalate_told **ret_told, bool *ret_more)
{
    *ret_told = NULL, *ret_more = false;
    enum err err = look(s, limits, ret_more);
    return err ? err : tell(s, ret_told, ret_more);
}

/* -- lists -- */

/* `to`: the nth step of the kind is for it. */
static bool was_told(const struct escalate_row *r, enum escalate_to to)
{
    for (uint8_t n = 0; n < r->told && n < escalate_steps(r->kind); n++)
        if (escalate_whom(r->kind, n) == to) return true;
    return false;
}

enum err escalate_late(struct tx *tx, enum escalate_to to, struct str account,
                       struct escalate_row ret[ESCALATE_LIST_MAX], uint32_t *ret_n)
{
    struct stmt *q;
    bool row;
    uint32_t n = 0;
    enum err err = db_stmt(
        tx->db, "SELECT record, kind, due, told, author FROM work_due WHERE told > 0 ORDER BY due", &q);
    if (err) return err;
    while (n < ESCALATE_LIST_MAX && !(err = stmt_step(q, &row)) && row) {
        row_from(q, &ret[n]);
        n += was_told(&ret[n], to) && (to != ESCALATE_AUTHOR || str_is(stmt_get_str(q, 4), account));
    }
    stmt_done(q);
    *ret_n = n;
    return err;
}

enum err escalate_of(struct tx *tx, enum escalate_kind kind, struct escalate_row ret[ESCALATE_LIST_MAX],
                     uint32_t *ret_n)
{
    struct stmt *q;
    bool row;
    uint32_t n = 0;
    enum err err = db_stmt(
        tx->db, "SELECT record, kind, due, told FROM work_due WHERE kind = ?1 ORDER BY due LIMIT ?2", &q);
    if (err) return err;
    stmt_int(q, 1, kind);
    stmt_int(q, 2, ESCALATE_LIST_MAX);
    while (n < ESCALATE_LIST_MAX && !(err = stmt_step(q, &row)) && row)
        row_from(q, &ret[n++]);
    stmt_done(q);
    *ret_n = n;
    return err;
}

enum err escalate_alarm(struct tx *tx, enum escalate_alarm of, struct instant *ret_since)
{
    struct escalate_row rows[ESCALATE_LIST_MAX];
    uint32_t n = 0;
    *ret_since = (struct instant){0};
    enum err err = escalate_late(tx, ESCALATE_COMMAND, (struct str){"", 0}, rows, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        if ((rows[i].kind == ESCALATE_EMERGENCY) != (of == ESCALATE_ALARM_EMERGENCY)) continue;
        struct instant told =
            escalate_at(rows[i].kind, (uint8_t)(escalate_steps(rows[i].kind) - 1), rows[i].due);
        if (ret_since->ms == 0 || told.ms < ret_since->ms) *ret_since = told;
    }
    return err;
}

/* -- results -- */

enum err escalate_is_seen(struct tx *tx, const struct record_head *result, bool *ret)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, "SELECT 1 FROM result_seen WHERE record = ?1 AND version = ?2", &q);
    if (err) return err;
    stmt_int(q, 1, result->row);
    stmt_int(q, 2, result->version);
    err = stmt_step(q, ret);
    stmt_done(q);
    return err;
}

static enum err waits(struct tx *tx, int64_t record, bool *ret)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, "SELECT 1 FROM work_due WHERE record = ?1 AND kind = ?2", &q);
    if (err) return err;
    stmt_int(q, 1, record);
    stmt_int(q, 2, ESCALATE_RESULT);
    err = stmt_step(q, ret);
    stmt_done(q);
    return err;
}

static void put_reference(struct json_out *o, const char *key, struct str reference, struct str display)
{
    json_open(o, key);
    if (reference.bytes) json_put_str(o, "reference", reference);
    if (display.bytes) json_put_str(o, "display", display);
    json_close(o);
}

static enum err write_task(struct tx *tx, struct record_reader *server, const struct record_head *result,
                           struct str by, struct str by_name, struct record_head *ret)
{
    enum { BODY_MAX = 8192 };
    struct record_head patient;
    struct json_out o;
    struct buf text;
    struct str body, type = fhir_name(fhir_types[fhir_resources[result->resource].type].name);
    enum err err = record_head_at(tx, server->arena, result->patient, &patient);
    if (err) return err;
    char *focus = arena_printf(server->arena, "%.*s/%.*s", (int)type.bytes, type.at, (int)result->id.bytes,
                               result->id.at);
    char *whom = arena_printf(server->arena, "Patient/%.*s", (int)patient.id.bytes, patient.id.at);
    char *version = arena_printf(server->arena, "%lld", (long long)result->version);
    if (!focus || !whom || !version) return ERR_NOMEM;
    buf_init(&text, BODY_MAX);
    json_out_init(&o, &text);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "Task");
    json_put_text(&o, "status", "completed");
    json_put_text(&o, "intent", "order");
    json_open(&o, "code");
    json_open_array(&o, "coding");
    json_open(&o, NULL);
    json_put_text(&o, "system", SICKCALL_TASK);
    json_put_text(&o, "code", "result-acknowledged");
    json_close(&o);
    json_close_array(&o);
    json_close(&o);
    put_reference(&o, "focus", str_of(focus), (struct str){"", 0});
    put_reference(&o, "for", str_of(whom), (struct str){"", 0});
    json_put_instant(&o, "authoredOn", tx->now);
    json_put_instant(&o, "lastModified", tx->now);
    put_reference(&o, "owner", by, by_name);
    json_open_array(&o, "input");
    json_open(&o, NULL);
    json_open(&o, "type");
    json_put_text(&o, "text", "version");
    json_close(&o);
    json_put_text(&o, "valueString", version);
    json_close(&o);
    json_close_array(&o);
    json_close(&o);
    err = chart_take(server, &text, &body);
    return err ? err
               : chart_write(tx, server, fhir_resource_of(STR("Task")), (struct str){"", 0}, 0, body, ret,
                             NULL);
}

enum err escalate_acknowledge(struct tx *tx, struct record_reader *server, const struct record_head *result,
                              struct str by, struct str by_name, struct record_head *ret)
{
    struct stmt *q;
    bool is_seen, is_waited_for;
    enum err err = escalate_is_seen(tx, result, &is_seen);
    if (!err) err = waits(tx, result->row, &is_waited_for);
    if (err || is_seen || !is_waited_for) return err ? err : is_seen ? ERR_EXISTS : ERR_NOT_FOUND;
    err = write_task(tx, server, result, by, by_name, ret);
    if (!err) err = escalate_forget(tx, result->row);
    if (!err)
        err = db_stmt(
            tx->db, "INSERT OR REPLACE INTO result_seen (record, version, at, task) VALUES (?1, ?2, ?3, ?4)",
            &q);
    if (err) return err;
    stmt_int(q, 1, result->row);
    stmt_int(q, 2, result->version);
    stmt_instant(q, 3, tx->now);
    stmt_int(q, 4, ret->row);
    return stmt_run(q);
}
