#include "desk/epidemic_contact.h"
#include "base/zone.h"
#include "desk/chart_write.h"
#include "desk/epidemic_officer.h"
#include "desk/moves.h"
#include "records/records.h"
#include "records/search.h"
#include "scheduler/terms.h"
#include <stdio.h>

enum { BODY_MAX = 64 * 1024 };

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

/* Since when the days are counted: who came into a room after the case was never together with it. */
static struct instant watched_until(const struct tx *tx, const struct epidemic_case *of, struct instant last)
{
    return instant_add(last.ms ? last : tx->now, of->illness->watch_days * DAY_MS);
}

static enum err make_task(struct tx *tx, struct record_reader *server, const struct epidemic_case *of,
                          struct str patient, const struct contact *c)
{
    struct json_out o;
    struct buf text;
    struct str body;
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
    json_put_instant(&o, "end", watched_until(tx, of, c->last));
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

static enum err read_watch(struct record_reader *server, struct epidemic_contact *c)
{
    struct chart_item *item = &c->item;
    struct instant *looks = arena_alloc(server->arena, CONTACT_WATCH_LOOKS_MAX * sizeof *looks);
    uint32_t all = tape_get(&item->tape, 0, STR("output")), n = 0, at;
    if (!looks) return ERR_NOMEM;
    for (;
         all != TAPE_NONE && n < CONTACT_WATCH_LOOKS_MAX && (at = tape_at(&item->tape, all, n)) != TAPE_NONE;
         n++)
        looks[n] = chart_instant(server, chart_text(server, item, at, "valueDateTime"));
    if (n) c->looked = looks[n - 1];
    struct instant made = chart_instant(server, chart_text(server, item, 0, "authoredOn"));
    c->watch = (struct contact_watch){made, c->until, looks, n};
    return OK;
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
    struct str status = chart_text(server, &item, 0, "status");
    ret->is_over = str_is_text(status, "completed") || str_is_text(status, "cancelled");
    return read_watch(server, ret);
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

/* Another illness is watched for another time. */
static enum err watch_for(struct tx *tx, struct record_reader *server, const struct epidemic_case *of,
                          const struct epidemic_contact *c)
{
    struct json_out o;
    struct buf steps;
    struct str text;
    struct instant until = watched_until(tx, of, c->last.ms ? c->last : c->watch.made);
    if (c->is_over || until.ms / 1000 == c->until.ms / 1000) return OK;
    buf_init(&steps, BODY_MAX);
    json_out_init(&o, &steps);
    json_open_array(&o, NULL);
    chart_put_step(&o, "replace", "/restriction/period/end");
    json_put_instant(&o, "value", until);
    json_close(&o);
    json_close_array(&o);
    enum err err = chart_take(server, &steps, &text);
    return err ? err : chart_write_steps(tx, server, &c->item.head, 0, text, NULL, NULL);
}

/* Those who have their Task already are left out: their Patients' rows. Who was cleared is found anew. */
static enum err known(struct tx *tx, struct record_reader *server, const struct epidemic_case *of,
                      int64_t **ret, uint32_t *ret_n)
{
    enum err err = epidemic_contact_rows(tx, server, of->item.head.id, ret, ret_n);
    for (uint32_t i = 0; i < *ret_n && !err; i++) {
        struct epidemic_contact c;
        err = epidemic_contact_read(tx, server, (*ret)[i], &c);
        if (!err) err = watch_for(tx, server, of, &c);
        (*ret)[i] = err || str_is_text(c.outcome, "cleared") ? 0 : c.item.head.patient;
        if (err == ERR_NOT_FOUND) err = OK;
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

static enum err make_tasks(struct tx *tx, struct moves *m, struct record_reader *server,
                           const struct epidemic_limits *limits, const struct epidemic_case *c,
                           const struct contact_case *one, struct instant midnight, uint32_t *ret_made)
{
    struct contact_ask ask = {m->stays,        m->stay_count,   one,      1,
                              moves_people(m), moves_places(m), midnight, limits->room_after_min * MINUTE_MS};
    struct contact *found = NULL;
    int64_t *rows;
    uint32_t n = 0, known_count = 0;
    enum err err = known(tx, server, c, &rows, &known_count);
    if (!err) err = contact_find(m->house.server.arena, &ask, &found, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        uint32_t officer = moves_officer(m, found[i].person);
        if (officer < m->officer_count) {
            err = epidemic_officer_note(tx, server, c->item.head.row, m->officers[officer], &found[i]);
            continue;
        }
        const struct dwelling_person *p = &m->house.people[found[i].person];
        if (p->cell == DWELLING_NONE || is_among(rows, known_count, p->row))
            continue; /* gone: nobody to look at */
        err = make_task(tx, server, c, p->id, &found[i]);
        if (!err) (*ret_made)++;
    }
    return err;
}

enum err epidemic_trace(struct tx *tx, struct record_reader *server, const struct epidemic_limits *limits,
                        const struct epidemic_case *c, uint32_t *ret_made)
{
    struct moves m;
    struct instant midnight;
    struct contact_case one = window_of(server, c, 0, tx->now, &midnight);
    *ret_made = 0;
    if (one.from.ms >= one.until.ms) return OK; /* isolated before it could be passed on */
    enum err err = moves_read(tx, server->records, midnight, tx->now, &m);
    one.person = err ? DWELLING_NONE : dwelling_person_of(&m.house, c->item.head.patient);
    if (one.person != DWELLING_NONE) err = make_tasks(tx, &m, server, limits, c, &one, midnight, ret_made);
    moves_done(&m);
    return err;
}

/* -- looked at -- */

bool epidemic_outcome_is(struct str outcome)
{
    return str_is_text(outcome, "well") || str_is_text(outcome, "ill") || str_is_text(outcome, "gone");
}

static void put_look(struct json_out *o, const struct tx *tx, const struct epidemic_contact *c,
                     const char *outcome)
{
    chart_put_step(o, "add", c->watch.look_count ? "/output/-" : "/output");
    if (c->watch.look_count)
        json_open(o, "value");
    else
        json_open_array(o, "value"), json_open(o, NULL);
    chart_put_code(o, "type", CONTACT_SYSTEM, outcome, NULL);
    json_put_instant(o, "valueDateTime", tx->now);
    json_close(o);
    if (!c->watch.look_count) json_close_array(o);
    json_close(o);
}

/* outcome: a text of this file's, or one that epidemic_outcome_is knows. */
static enum err put_down(struct tx *tx, struct record_reader *server, struct epidemic_contact *c,
                         const char *outcome, const char *status, bool is_look)
{
    struct json_out o;
    struct buf steps;
    struct str text;
    buf_init(&steps, BODY_MAX);
    json_out_init(&o, &steps);
    json_open_array(&o, NULL);
    chart_put_step(&o, "replace", "/status");
    json_put_text(&o, "value", status);
    json_close(&o);
    chart_put_step(&o, "add", "/businessStatus");
    chart_put_code(&o, "value", CONTACT_SYSTEM, outcome, NULL);
    json_close(&o);
    chart_put_step(&o, "add", "/lastModified");
    json_put_instant(&o, "value", tx->now);
    json_close(&o);
    if (is_look) put_look(&o, tx, c, outcome);
    json_close_array(&o);
    enum err err = chart_take(server, &steps, &text);
    if (!err) err = chart_write_steps(tx, server, &c->item.head, 0, text, NULL, NULL);
    return err ? err : epidemic_contact_read(tx, server, c->item.head.row, c);
}

enum err epidemic_contact_look(struct tx *tx, struct record_reader *server, struct epidemic_contact *c,
                               struct str outcome)
{
    char code[8];
    if (c->is_over) return ERR_DENIED;
    bool is_well = str_is_text(outcome, "well");
    bool is_over = !is_well || contact_watch_ends(records_zone(server->records), &c->watch, tx->now);
    snprintf(code, sizeof code, "%.*s", (int)outcome.bytes, outcome.at);
    return put_down(tx, server, c, code, is_over ? "completed" : "in-progress",
                    !str_is_text(outcome, "gone"));
}

enum err epidemic_contacts_clear(struct tx *tx, struct record_reader *server, const struct epidemic_case *of,
                                 uint32_t *ret_n)
{
    int64_t *rows;
    uint32_t n = 0;
    *ret_n = 0;
    enum err err = epidemic_contact_rows(tx, server, of->item.head.id, &rows, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        struct epidemic_contact c;
        err = epidemic_contact_read(tx, server, rows[i], &c);
        if (err == ERR_NOT_FOUND) err = OK, c.is_over = true;
        if (err || c.is_over) continue;
        err = put_down(tx, server, &c, "cleared", "cancelled", false);
        *ret_n += !err;
    }
    return err ? err : epidemic_officer_drop(tx, of->item.head.row);
}
