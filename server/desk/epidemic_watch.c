#include "desk/epidemic_watch.h"
#include "base/zone.h"
#include "desk/dwelling.h"
#include "desk/intake_form.h"
#include "desk/schedule_own.h"
#include "records/records.h"
#include "records/search.h"
#include "scheduler/terms.h"
#include <stdio.h>

enum { LOOK_MAX = 500, FIRST_MAX = 4000 };

bool epidemic_sign_from(struct str text, enum epidemic_sign *ret)
{
    for (int i = 0; i < EPIDEMIC_SIGNS; i++)
        if (str_is_text(text, epidemic_sign_text((enum epidemic_sign)i)))
            return *ret = (enum epidemic_sign)i, true;
    return false;
}

/* -- what a record shows -- */

/* "37.9" as 379; false: no number that a temperature could be. */
static bool tenths(struct str text, int64_t *ret)
{
    struct str rest = text, whole = str_cut(&rest, '.');
    int64_t n, tenth = 0;
    if (whole.bytes == 0 || whole.bytes > 3 || !str_to_i64(whole, &n)) return false;
    if (rest.bytes && (rest.at[0] < '0' || rest.at[0] > '9')) return false;
    if (rest.bytes) tenth = rest.at[0] - '0';
    *ret = n * 10 + tenth;
    return true;
}

static bool has_coding(struct record_reader *server, const struct chart_item *item, const char *path,
                       const char *code)
{
    uint32_t all = tape_get(&item->tape, chart_node(item, 0, path), STR("coding")), at;
    for (uint32_t i = 0; all != TAPE_NONE && (at = tape_at(&item->tape, all, i)) != TAPE_NONE; i++)
        if (str_is_text(chart_text(server, item, at, "code"), code)) return true;
    return false;
}

static uint32_t signs_of_observation(struct record_reader *server, const struct epidemic_limits *l,
                                     const struct chart_item *item, struct instant *ret_at)
{
    int64_t value;
    if (str_is_text(chart_text(server, item, 0, "status"), "entered-in-error")) return 0;
    *ret_at = chart_instant(server, chart_text(server, item, 0, "effectiveDateTime"));
    if (ret_at->ms == 0) *ret_at = item->head.updated;
    if (has_coding(server, item, "code", "8310-5"))
        return tenths(chart_text(server, item, 0, "valueQuantity.value"), &value) && value >= l->fever_tenths
                   ? 1u << EPIDEMIC_FEVER
                   : 0;
    if (!has_coding(server, item, "category", "laboratory")) return 0;
    bool is_positive = has_coding(server, item, "interpretation", "POS") ||
                       has_coding(server, item, "interpretation", "DET") ||
                       has_coding(server, item, "valueCodeableConcept", "10828004");
    return is_positive ? 1u << EPIDEMIC_TEST : 0;
}

/* What was answered at an intake, as it stands: an answer that is put right is counted no more. */
static uint32_t signs_of_intake(struct record_reader *server, const struct chart_item *form)
{
    static const struct {
        const char *link;
        enum epidemic_sign sign;
    } all[] = {
        {"infect.fever", EPIDEMIC_FEVER}, {"infect.cough", EPIDEMIC_BREATH}, {"infect.rash", EPIDEMIC_RASH}};
    uint32_t signs = 0;
    if (!led_has(form->head.resource, &form->tape, LED_INTAKE)) return 0;
    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (str_is_text(intake_form_answer(server, form, all[i].link), "yes")) signs |= 1u << all[i].sign;
    return signs;
}

static enum err signs_of(struct schedule *s, const struct epidemic_limits *l, const struct record_head *head,
                         uint32_t *ret, struct instant *ret_at)
{
    struct chart_item item;
    struct sickcall call;
    *ret = 0;
    if (head->is_deleted || head->patient == 0) return OK;
    if (head->resource == fhir_resource_of(STR("Observation"))) {
        enum err err = chart_one(s->tx, &s->server, "Observation", head->id, &item);
        if (!err) *ret = signs_of_observation(&s->server, l, &item, ret_at);
        return err == ERR_NOT_FOUND ? OK : err;
    }
    if (head->resource == fhir_resource_of(STR("QuestionnaireResponse"))) {
        enum err err = chart_one(s->tx, &s->server, "QuestionnaireResponse", head->id, &item);
        if (!err) *ret = signs_of_intake(&s->server, &item);
        if (!err) *ret_at = chart_instant(&s->server, chart_text(&s->server, &item, 0, "authored"));
        return err == ERR_NOT_FOUND ? OK : err;
    }
    if (head->resource != fhir_resource_of(STR("Task"))) return OK;
    enum err err = sickcall_read_row(s->tx, &s->server, head->row, &call);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    if (call.state == SICK_DRAFT || call.state == SICK_WITHDRAWN) return OK;
    *ret = epidemic_signs_in(call.words) | (str_is_text(call.place, "breath") ? 1u << EPIDEMIC_BREATH : 0);
    *ret_at = call.asked;
    return OK;
}

/* -- noting it -- */

struct looking {
    struct schedule *s;
    const struct epidemic_limits *limits;
    struct dwelling house; /* read when it is first needed */
    bool has_house;
    struct epidemic_raised *raised;
};

static int64_t day_of(const struct record_reader *server, struct instant at)
{
    return zone_date(records_zone(server->records), at).days;
}

static enum err block_of(struct looking *l, const struct record_head *head, struct instant at,
                         struct str *ret)
{
    struct schedule *s = l->s;
    enum err err = OK;
    if (!l->has_house)
        err = dwelling_read(s->tx, s->server.records, instant_add(s->tx->now, -EPIDEMIC_DAYS * DAY_MS),
                            &l->house);
    if (err) return err;
    l->has_house = true;
    uint32_t cell = dwelling_cell_at(&l->house, dwelling_person_of(&l->house, head->patient), at);
    *ret = cell == DWELLING_NONE ? (struct str){"", 0} : l->house.places[cell].block;
    return OK;
}

static enum err forget(struct tx *tx, int64_t record)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, "DELETE FROM epidemic_sign WHERE record = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, record);
    return stmt_run(q);
}

static enum err keep(struct tx *tx, int64_t record, enum epidemic_sign sign, struct str block, int64_t day)
{
    struct stmt *q;
    enum err err =
        db_stmt(tx->db, "INSERT INTO epidemic_sign (record, sign, block, day) VALUES (?1, ?2, ?3, ?4)", &q);
    if (err) return err;
    stmt_int(q, 1, record);
    stmt_int(q, 2, sign);
    stmt_str(q, 3, block);
    stmt_int(q, 4, day);
    return stmt_run(q);
}

static enum err people_with(struct tx *tx, enum epidemic_sign sign, struct str block, int64_t day,
                            int64_t *ret)
{
    struct stmt *q;
    bool row;
    enum err err =
        db_stmt(tx->db,
                "SELECT count(DISTINCT r.patient) FROM epidemic_sign s JOIN record r ON r.row = s.record"
                " WHERE s.sign = ?1 AND s.block = ?2 AND s.day = ?3",
                &q);
    if (err) return err;
    stmt_int(q, 1, sign);
    stmt_str(q, 2, block);
    stmt_int(q, 3, day);
    err = stmt_step(q, &row);
    if (!err) *ret = stmt_get_int(q, 0);
    stmt_done(q);
    return err;
}

static enum err stands(struct tx *tx, enum epidemic_sign sign, struct str block, int64_t day, bool *ret)
{
    struct stmt *q;
    enum err err =
        db_stmt(tx->db, "SELECT 1 FROM epidemic_alarm WHERE block = ?1 AND sign = ?2 AND day = ?3", &q);
    if (err) return err;
    stmt_str(q, 1, block);
    stmt_int(q, 2, sign);
    stmt_int(q, 3, day);
    err = stmt_step(q, ret);
    stmt_done(q);
    return err;
}

static enum err put_alarm(struct tx *tx, enum epidemic_sign sign, struct str block, int64_t day,
                          int64_t people)
{
    struct stmt *q;
    enum err err =
        db_stmt(tx->db,
                "INSERT INTO epidemic_alarm (block, sign, day, people, at, seen) VALUES (?1, ?2, ?3, ?4, "
                "?5, 0) ON CONFLICT DO UPDATE SET people = ?4",
                &q);
    if (err) return err;
    stmt_str(q, 1, block);
    stmt_int(q, 2, sign);
    stmt_int(q, 3, day);
    stmt_int(q, 4, people);
    stmt_instant(q, 5, tx->now);
    return stmt_run(q);
}

/* The line is crossed: told once; how many there are by now is kept true. What is past is no alarm any more. */
static enum err judge(struct looking *l, enum epidemic_sign sign, struct str block, int64_t day)
{
    struct schedule *s = l->s;
    int64_t people = 0;
    bool is_known = false;
    if (!block.bytes || day < day_of(&s->server, s->tx->now) - 1) return OK;
    enum err err = people_with(s->tx, sign, block, day, &people);
    if (err || people < l->limits->alarm_people) return err;
    err = stands(s->tx, sign, block, day, &is_known);
    if (!err) err = put_alarm(s->tx, sign, block, day, people);
    if (err || is_known) return err;
    struct epidemic_raised *r = arena_zalloc(s->server.arena, sizeof *r);
    const char *name = arena_text(s->server.arena, block.at, block.bytes);
    if (!r || !name) return ERR_NOMEM;
    *r = (struct epidemic_raised){l->raised, name, sign, people};
    l->raised = r;
    err = schedule_tell(s, NULL, "nurse", "epidemic_alarm", "{}");
    return err ? err : schedule_tell(s, NULL, "clinic-doctor", "epidemic_alarm", "{}");
}

static enum err look_at_case(struct schedule *s, const struct record_head *head)
{
    struct epidemic_case c;
    enum err err = epidemic_read_row(s->tx, &s->server, head->row, &c);
    if (err == ERR_NOT_FOUND || err == ERR_CORRUPT) return OK;
    return err ? err : epidemic_note(s->tx, &c);
}

static enum err look_at(struct looking *l, int64_t record, int64_t seq)
{
    struct schedule *s = l->s;
    struct record_head head;
    struct instant at = {0};
    struct str block = {"", 0};
    uint32_t signs = 0;
    enum err err = record_head_at(s->tx, s->server.arena, record, &head);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    if (seq && head.seq != seq) return OK; /* a later version waits for its own turn */
    if (head.resource == fhir_resource_of(STR("Flag"))) return look_at_case(s, &head);
    err = signs_of(s, l->limits, &head, &signs, &at);
    if (err == ERR_BAD_INPUT || err == ERR_DENIED || err == ERR_CORRUPT) return OK; /* it stops no other */
    if (!err) err = forget(s->tx, record);
    if (!err && signs) err = block_of(l, &head, at, &block);
    for (int i = 0; i < EPIDEMIC_SIGNS && signs && !err; i++) {
        if (!(signs & 1u << i)) continue;
        err = keep(s->tx, record, (enum epidemic_sign)i, block, day_of(&s->server, at));
        if (!err) err = judge(l, (enum epidemic_sign)i, block, day_of(&s->server, at));
    }
    return err;
}

/* -- what was written -- */

static enum err seen(struct tx *tx, int64_t *ret_seen, int64_t *ret_last)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT ifnull((SELECT seq FROM epidemic_seen), -1), (SELECT ifnull(max(seq), 0) "
                           "FROM record_version)",
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
    enum err err = db_stmt(tx->db, "INSERT OR REPLACE INTO epidemic_seen (one, seq) VALUES (1, ?1)", &q);
    if (err) return err;
    stmt_int(q, 1, seq);
    return stmt_run(q);
}

enum err epidemic_watch_waits(struct tx *tx, bool *ret)
{
    int64_t was, last;
    enum err err = seen(tx, &was, &last);
    *ret = !err && was < last;
    return err;
}

/* The first time: the last days, by searches; from then on what is written. */
static enum err look_first(struct looking *l)
{
    struct schedule *s = l->s;
    static const struct {
        const char *type, *query; /* the query's end: since when, or nothing of cases */
    } all[] = {{"Flag", "_lastUpdated=ge1970-01-01"},
               {"Observation", "code=8310-5&date=ge"},
               {"Observation", "category=laboratory&date=ge"},
               {"QuestionnaireResponse", "authored=ge"},
               {"Task", "code=" SICKCALL_TASK "|sick-call&authored-on=ge"}};
    int64_t *rows = arena_alloc(s->server.arena, FIRST_MAX * sizeof *rows);
    char since[INSTANT_TEXT_BYTES];
    enum err err = rows ? OK : ERR_NOMEM;
    instant_text(instant_add(s->tx->now, -EPIDEMIC_DAYS * DAY_MS), since);
    for (size_t i = 0; i < COUNT_OF(all) && !err; i++) {
        struct record_fault fault = {0};
        uint32_t n = 0;
        const char *query = arena_printf(s->server.arena, "%s%s", all[i].query, i ? since : "");
        err = query ? search_rows(s->tx, &s->server, fhir_resource_of(str_of(all[i].type)), str_of(query),
                                  rows, FIRST_MAX, &n, &fault)
                    : ERR_NOMEM;
        if (!err && fault.status) err = ERR_BAD_INPUT;
        for (uint32_t k = 0; k < n && !err; k++)
            err = look_at(l, rows[k], 0);
    }
    return err;
}

static enum err look_on(struct looking *l, int64_t from, bool *ret_more)
{
    struct stmt *q;
    bool row;
    int64_t seqs[LOOK_MAX], records[LOOK_MAX];
    uint32_t n = 0;
    enum err err = db_stmt(
        l->s->tx->db, "SELECT seq, record FROM record_version WHERE seq > ?1 ORDER BY seq LIMIT 500", &q);
    if (err) return err;
    stmt_int(q, 1, from);
    while (n < LOOK_MAX && !(err = stmt_step(q, &row)) && row)
        seqs[n] = stmt_get_int(q, 0), records[n++] = stmt_get_int(q, 1);
    stmt_done(q);
    for (uint32_t i = 0; i < n && !err; i++)
        err = look_at(l, records[i], seqs[i]);
    *ret_more = n == LOOK_MAX;
    return err || n == 0 ? err : see(l->s->tx, seqs[n - 1]);
}

enum err epidemic_watch_turn(struct schedule *s, const struct epidemic_limits *limits,
                             struct epidemic_raised **ret_raised, bool *ret_more)
{
    struct looking l = {.s = s, .limits = limits};
    int64_t was, last;
    *ret_raised = NULL, *ret_more = false;
    enum err err = seen(s->tx, &was, &last);
    if (err || was >= last) return err;
    if (was < 0) {
        err = look_first(&l);
        if (!err) err = see(s->tx, last);
    } else {
        err = look_on(&l, was, ret_more);
    }
    *ret_raised = l.raised;
    dwelling_done(&l.house);
    return err;
}

/* -- lists -- */

static void put_day(struct json_out *o, int64_t days)
{
    char text[INSTANT_TEXT_BYTES];
    instant_text((struct instant){days * DAY_MS}, text); /* a date, read as if it were UTC */
    json_put_str(o, "day", (struct str){text, 10});
}

static void put_row(struct json_out *o, struct stmt *q)
{
    json_put_str(o, "block", stmt_get_str(q, 0));
    json_put_text(o, "sign", epidemic_sign_text((enum epidemic_sign)stmt_get_int(q, 1)));
    put_day(o, stmt_get_int(q, 2));
    json_put_int(o, "people", stmt_get_int(q, 3));
}

enum err epidemic_write_counts(struct tx *tx, const struct record_reader *server, struct json_out *to)
{
    struct stmt *q;
    bool row;
    int64_t from = day_of(server, tx->now) - EPIDEMIC_DAYS + 1;
    enum err err = db_stmt(tx->db,
                           "SELECT s.block, s.sign, s.day, count(DISTINCT r.patient) FROM epidemic_sign s"
                           " JOIN record r ON r.row = s.record WHERE s.day >= ?1 GROUP BY s.block, s.sign, "
                           "s.day ORDER BY 3, 1, 2",
                           &q);
    if (err) return err;
    stmt_int(q, 1, from);
    json_open_array(to, "counts");
    while (!(err = stmt_step(q, &row)) && row) {
        json_open(to, NULL);
        put_row(to, q);
        json_close(to);
    }
    json_close_array(to);
    stmt_done(q);
    if (!err)
        err = db_stmt(tx->db,
                      "SELECT block, sign, day, people, at FROM epidemic_alarm WHERE seen = 0 AND day >= ?1"
                      " ORDER BY at DESC",
                      &q);
    if (err) return err;
    stmt_int(q, 1, from);
    json_open_array(to, "alarms");
    while (!(err = stmt_step(q, &row)) && row) {
        json_open(to, NULL);
        put_row(to, q);
        json_put_instant(to, "at", stmt_get_instant(q, 4));
        json_close(to);
    }
    json_close_array(to);
    stmt_done(q);
    return err;
}

enum err epidemic_alarm_seen(struct tx *tx, struct str block, enum epidemic_sign sign)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db,
                           "UPDATE epidemic_alarm SET seen = ?3 WHERE block = ?1 AND sign = ?2 AND seen = 0"
                           " RETURNING 1",
                           &q);
    if (err) return err;
    stmt_str(q, 1, block);
    stmt_int(q, 2, sign);
    stmt_instant(q, 3, tx->now);
    err = stmt_step(q, &row);
    bool is_there = !err && row;
    while (!err && row)
        err = stmt_step(q, &row);
    stmt_done(q);
    return err ? err : is_there ? OK : ERR_NOT_FOUND;
}
