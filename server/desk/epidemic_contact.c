#include "desk/epidemic_contact.h"
#include "base/zone.h"
#include "desk/chart_write.h"
#include "records/records.h"
#include "records/search.h"
#include "scheduler/terms.h"
#include <stdio.h>

enum { TASKS_MAX = 4000, PEOPLE_MAX = DWELLING_STAYS_MAX, STAYS_MAX = 40000, BODY_MAX = 64 * 1024 };

static enum err rows_of(struct tx *tx, struct record_reader *who, const char *query, uint32_t most,
                        int64_t **ret, uint32_t *ret_n)
{
    struct record_fault fault = {0};
    int64_t *rows = query ? arena_alloc(who->arena, most * sizeof *rows) : NULL;
    if (!rows) return ERR_NOMEM;
    *ret = rows, *ret_n = 0;
    enum err err =
        search_rows(tx, who, fhir_resource_of(STR("Task")), str_of(query), rows, most, ret_n, &fault);
    return !err && fault.status ? ERR_BAD_INPUT : err;
}

/* -- where people were -- */

struct moves {
    struct tx *tx;
    struct records *records;
    struct record_reader *server; /* the house's */
    struct dwelling house;
    struct contact_stay *stays;
    uint32_t stay_count;
    struct str *escorts; /* places after those of the house */
    uint32_t escort_count;
    struct instant until;
};

static void add(struct moves *m, uint32_t person, uint32_t place, enum contact_kind kind, struct instant from,
                struct instant until)
{
    if (until.ms == 0 || until.ms > m->until.ms) until = m->until;
    if (person == DWELLING_NONE || place == DWELLING_NONE || from.ms >= until.ms ||
        m->stay_count == STAYS_MAX)
        return;
    m->stays[m->stay_count++] = (struct contact_stay){person, place, kind, from, until};
}

static uint32_t escort_place(struct moves *m, struct str owner)
{
    uint32_t i = 0;
    if (!owner.bytes) return DWELLING_NONE;
    while (i < m->escort_count && !str_is(m->escorts[i], owner))
        i++;
    if (i == TASKS_MAX) return DWELLING_NONE;
    if (i == m->escort_count) m->escorts[m->escort_count++] = owner;
    return m->house.place_count + i;
}

/* An errand that was carried out: in the escort's hands and in the room for as long as it was planned. */
static void add_errand(struct moves *m, const struct chart_item *task)
{
    static const char *const done[] = {"in-progress", "completed"};
    struct str status = chart_text(m->server, task, 0, "status");
    struct instant from = chart_instant(m->server, chart_text(m->server, task, 0, "executionPeriod.start"));
    struct instant until = chart_instant(m->server, chart_text(m->server, task, 0, "executionPeriod.end"));
    uint32_t person = dwelling_person_of(&m->house, task->head.patient);
    bool is_done = false;
    for (size_t i = 0; i < COUNT_OF(done); i++)
        is_done |= str_is_text(status, done[i]);
    if (!is_done || from.ms == 0 || until.ms == 0) return;
    add(m, person, escort_place(m, chart_text(m->server, task, 0, "owner.reference")), CONTACT_ESCORT, from,
        until);
    add(m, person, dwelling_place_of(&m->house, chart_text(m->server, task, 0, "location.reference")),
        CONTACT_ROOM, from, until);
}

static enum err read_errands(struct moves *m, struct instant since)
{
    char from[INSTANT_TEXT_BYTES];
    int64_t *rows;
    uint32_t n;
    instant_text(since, from);
    enum err err = rows_of(m->tx, m->server,
                           arena_printf(m->server->arena, "code=" SICKCALL_TASK "|escort&period=ge%s", from),
                           TASKS_MAX, &rows, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        struct record_head head;
        struct chart_item item;
        err = record_head_at(m->tx, m->server->arena, rows[i], &head);
        if (!err) err = chart_one(m->tx, m->server, "Task", head.id, &item);
        if (!err) add_errand(m, &item);
        if (err == ERR_NOT_FOUND) err = OK;
    }
    return err;
}

static enum err read_moves(struct moves *m, struct instant since)
{
    enum err err = dwelling_read(m->tx, m->records, since, &m->house);
    m->server = &m->house.server;
    if (err) return err;
    m->stays = arena_alloc(m->server->arena, STAYS_MAX * sizeof *m->stays);
    m->escorts = arena_alloc(m->server->arena, TASKS_MAX * sizeof *m->escorts);
    if (!m->stays || !m->escorts) return ERR_NOMEM;
    for (uint32_t i = 0; i < m->house.stay_count && !err; i++) {
        const struct dwelling_stay *s = &m->house.stays[i];
        add(m, s->person, s->place,
            m->house.places[s->place].kind == DWELLING_ROOM ? CONTACT_ROOM : CONTACT_CELL, s->from, s->until);
    }
    return err ? err : read_errands(m, since);
}

/* -- Tasks -- */

static void put_count(struct json_out *o, const char *url, int64_t n)
{
    json_open(o, NULL);
    json_put_text(o, "url", url);
    json_put_int(o, "valueInteger", n);
    json_close(o);
}

static void put_facts(struct json_out *o, const struct contact *c)
{
    json_open_array(o, "extension");
    json_open(o, NULL);
    json_open_array(o, "extension");
    for (int k = 0; k < CONTACT_KINDS; k++)
        if (c->ms[k]) put_count(o, contact_kind_text((enum contact_kind)k), c->ms[k] / MINUTE_MS);
    if (c->gap_ms >= 0) put_count(o, "gap", c->gap_ms / MINUTE_MS);
    put_count(o, "days", c->days);
    chart_put_moment(o, "first", c->first);
    chart_put_moment(o, "last", c->last);
    json_close_array(o);
    json_put_text(o, "url", CONTACT_URL);
    json_close(o);
    json_close_array(o);
}

static enum err make_task(struct tx *tx, struct record_reader *server, const struct epidemic_case *of,
                          struct str patient, const struct contact *c)
{
    struct json_out o;
    struct buf text;
    struct str body;
    struct instant last = c->last.ms ? c->last : tx->now;
    const char *flag =
        arena_printf(server->arena, "Flag/%.*s", (int)of->item.head.id.bytes, of->item.head.id.at);
    const char *whom = arena_printf(server->arena, "Patient/%.*s", (int)patient.bytes, patient.at);
    if (!flag || !whom) return ERR_NOMEM;
    buf_init(&text, BODY_MAX);
    json_out_init(&o, &text);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "Task");
    json_put_text(&o, "status", "requested");
    json_put_text(&o, "intent", "order");
    chart_put_code(&o, "code", SICKCALL_TASK, CONTACT_TASK, NULL);
    chart_put_reference(&o, "focus", str_of(flag));
    chart_put_reference(&o, "for", str_of(whom));
    json_put_instant(&o, "authoredOn", tx->now);
    json_put_instant(&o, "lastModified", tx->now);
    json_open(&o, "restriction");
    json_open(&o, "period");
    json_put_instant(&o, "end", instant_add(last, of->illness->watch_days * DAY_MS));
    json_close(&o);
    json_close(&o);
    put_facts(&o, c);
    json_close(&o);
    enum err err = chart_take(server, &text, &body);
    return err ? err : chart_write(tx, server, fhir_resource_of(STR("Task")), STR(""), 0, body, NULL, NULL);
}

static int64_t part_of(struct record_reader *server, const struct chart_item *item, const char *name,
                       int64_t none)
{
    int64_t n = none;
    uint32_t at = tape_extension(&item->tape, tape_extension(&item->tape, 0, CONTACT_URL), name);
    if (at != TAPE_NONE) (void)str_to_i64(chart_text(server, item, at, "valueInteger"), &n);
    return n;
}

enum err epidemic_contact_read(struct tx *tx, struct record_reader *server, int64_t row,
                               struct epidemic_contact *ret)
{
    struct record_head head;
    struct chart_item item;
    enum err err = record_head_at(tx, server->arena, row, &head);
    if (!err && (head.is_deleted || head.resource != fhir_resource_of(STR("Task")))) err = ERR_NOT_FOUND;
    if (!err) err = chart_one(tx, server, "Task", head.id, &item);
    if (err) return err;
    uint32_t led = tape_extension(&item.tape, 0, CONTACT_URL);
    if (led == TAPE_NONE) return ERR_NOT_FOUND;
    *ret = (struct epidemic_contact){.item = item, .gap_min = part_of(server, &item, "gap", -1)};
    for (int k = 0; k < CONTACT_KINDS; k++)
        ret->minutes[k] = part_of(server, &item, contact_kind_text((enum contact_kind)k), 0);
    ret->days = part_of(server, &item, "days", 0);
    ret->patient = chart_text(server, &item, 0, "for.reference");
    ret->of = chart_text(server, &item, 0, "focus.reference");
    uint32_t last = tape_extension(&item.tape, led, "last");
    if (last != TAPE_NONE) ret->last = chart_instant(server, chart_text(server, &item, last, "valueInstant"));
    ret->until = chart_instant(server, chart_text(server, &item, 0, "restriction.period.end"));
    ret->outcome = chart_text(server, &item, 0, "businessStatus.coding.code");
    if (ret->outcome.bytes) ret->looked = chart_instant(server, chart_text(server, &item, 0, "lastModified"));
    ret->is_over = str_is_text(chart_text(server, &item, 0, "status"), "completed");
    return OK;
}

enum err epidemic_contact_rows(struct tx *tx, struct record_reader *who, struct str of, int64_t **ret_rows,
                               uint32_t *ret_n)
{
    static const char all[] =
        "code=" SICKCALL_TASK "|" CONTACT_TASK "&status=requested,in-progress&_sort=authored-on";
    const char *query =
        of.bytes ? arena_printf(who->arena, "code=" SICKCALL_TASK "|" CONTACT_TASK "&focus=Flag/%.*s",
                                (int)of.bytes, of.at)
                 : all;
    return rows_of(tx, who, query, CONTACT_LIST_MAX, ret_rows, ret_n);
}

/* Those who have their Task already are left out: their Patients' rows. */
static enum err known(struct tx *tx, struct record_reader *server, const struct epidemic_case *c,
                      int64_t **ret, uint32_t *ret_n)
{
    enum err err = epidemic_contact_rows(tx, server, c->item.head.id, ret, ret_n);
    for (uint32_t i = 0; i < *ret_n && !err; i++) {
        struct record_head head;
        err = record_head_at(tx, server->arena, (*ret)[i], &head);
        (*ret)[i] = err ? 0 : head.patient;
    }
    return err;
}

static bool is_among(const int64_t *rows, uint32_t n, int64_t row)
{
    for (uint32_t i = 0; i < n; i++)
        if (rows[i] == row) return true;
    return false;
}

static struct contact_case window_of(const struct record_reader *server, const struct epidemic_case *c,
                                     uint32_t person, struct instant now, struct instant *ret_midnight)
{
    const struct zone *zone = records_zone(server->records);
    struct contact_case w = {person, instant_add(c->onset, -c->illness->before_days * DAY_MS),
                             c->isolated.ms ? c->isolated : now};
    if (w.from.ms < w.until.ms - (CONTACT_DAYS_MAX - 2) * DAY_MS)
        w.from = instant_add(w.until, -(CONTACT_DAYS_MAX - 2) * DAY_MS);
    *ret_midnight = zone_instant(zone, wall_of(zone_date(zone, w.from), 0), NULL);
    return w;
}

static enum err make_tasks(struct moves *m, struct record_reader *server,
                           const struct epidemic_limits *limits, const struct epidemic_case *c,
                           const struct contact_case *one, struct instant midnight, uint32_t *ret_made)
{
    struct contact_ask ask = {m->stays,
                              m->stay_count,
                              one,
                              1,
                              m->house.person_count,
                              m->house.place_count + m->escort_count,
                              midnight,
                              limits->room_after_min * MINUTE_MS};
    struct contact *found = NULL;
    int64_t *rows;
    uint32_t n = 0, known_count = 0;
    enum err err = known(m->tx, server, c, &rows, &known_count);
    if (!err) err = contact_find(m->server->arena, &ask, &found, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        const struct dwelling_person *p = &m->house.people[found[i].person];
        if (p->cell == DWELLING_NONE || is_among(rows, known_count, p->row))
            continue; /* gone: nobody to look at */
        err = make_task(m->tx, server, c, p->id, &found[i]);
        if (!err) (*ret_made)++;
    }
    return err;
}

enum err epidemic_trace(struct tx *tx, struct record_reader *server, const struct epidemic_limits *limits,
                        const struct epidemic_case *c, uint32_t *ret_made)
{
    struct moves m = {.tx = tx, .records = server->records, .until = tx->now};
    struct instant midnight;
    struct contact_case one = window_of(server, c, 0, tx->now, &midnight);
    *ret_made = 0;
    if (one.from.ms >= one.until.ms) return OK; /* isolated before it could be passed on */
    enum err err = read_moves(&m, midnight);
    one.person = err ? DWELLING_NONE : dwelling_person_of(&m.house, c->item.head.patient);
    if (one.person != DWELLING_NONE) err = make_tasks(&m, server, limits, c, &one, midnight, ret_made);
    dwelling_done(&m.house);
    return err;
}

/* -- looked at -- */

bool epidemic_outcome_is(struct str outcome)
{
    return str_is_text(outcome, "well") || str_is_text(outcome, "ill") || str_is_text(outcome, "gone");
}

enum err epidemic_contact_look(struct tx *tx, struct record_reader *server, struct epidemic_contact *c,
                               struct str outcome)
{
    struct json_out o;
    struct buf steps;
    struct str text;
    if (c->is_over) return ERR_DENIED;
    bool is_over = !str_is_text(outcome, "well") || tx->now.ms >= c->until.ms;
    char code[8];
    snprintf(code, sizeof code, "%.*s", (int)outcome.bytes, outcome.at);
    buf_init(&steps, BODY_MAX);
    json_out_init(&o, &steps);
    json_open_array(&o, NULL);
    chart_put_step(&o, "replace", "/status");
    json_put_text(&o, "value", is_over ? "completed" : "in-progress");
    json_close(&o);
    chart_put_step(&o, "add", "/businessStatus");
    chart_put_code(&o, "value", CONTACT_SYSTEM, code, NULL);
    json_close(&o);
    chart_put_step(&o, "add", "/lastModified");
    json_put_instant(&o, "value", tx->now);
    json_close(&o);
    json_close_array(&o);
    enum err err = chart_take(server, &steps, &text);
    if (!err) err = chart_write_steps(tx, server, &c->item.head, 0, text, NULL, NULL);
    return err ? err : epidemic_contact_read(tx, server, c->item.head.row, c);
}
