/* What spreads, as the clinic sees it (docs/PROTOCOL, epidemics): cases, counts by block and day, contacts, places. */
#include "api/api.h"
#include "api/clinic_parts.h"
#include "api/epidemic_parts.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "desk/dwelling.h"
#include "desk/epidemic_contact.h"
#include "desk/epidemic_officer.h"
#include "desk/epidemic_tell.h"
#include "desk/epidemic_watch.h"
#include "desk/whom.h"
#include "records/records.h"
#include "scheduler/terms.h"

enum { ENDED_DAYS = 21 /* a case that is over is still shown for so long */, READ_BYTES_MAX = 128 << 20 };

const struct epidemic_limits *epidemic_parts_limits(struct request *r)
{
    const struct epidemic_limits *set = &request_site(r)->settings.clinic.epidemic;
    return set->report_h ? set : &epidemic_limits_default;
}

/* -- one case -- */

enum err epidemic_parts_put(struct request *r, struct tx *tx, struct json_out *o, const char *key,
                            const struct epidemic_case *c)
{
    struct record_reader server = clinic_server(r);
    struct whom whom;
    struct instant from;
    bool may_end = epidemic_may_end(c, tx->now, &from);
    enum err err = whom_of(tx, &server, c->patient, &whom);
    if (err) return err;
    json_open(o, key);
    json_put_str(o, "id", c->item.head.id);
    json_put_text(o, "state", epidemic_state_text(c->state));
    json_put_text(o, "illness", c->illness->code);
    json_put_text(o, "class", epidemic_class_text(c->illness->class));
    whom_put(o, &whom);
    json_put_instant(o, "onset", c->onset);
    json_put_instant(o, "found", c->found);
    json_put_instant(o, "isolated", c->isolated);
    json_put_instant(o, "settled", c->settled);
    json_put_instant(o, "well", c->well);
    json_put_int(o, "negatives", c->negatives);
    json_put_str(o, "place", clinic_text(c->place));
    json_put_bool(o, "apart", epidemic_is_apart(c->state, c->isolated));
    json_put_instant(o, "until", from);
    json_put_bool(o, "may_end", may_end || c->state == EPIDEMIC_EXCLUDED);
    json_put_instant(o, "due", epidemic_due(epidemic_parts_limits(r), c));
    json_put_instant(o, "since", c->said);
    json_put_instant(o, "reported", c->reported);
    json_put_str(o, "number", clinic_text(c->number));
    json_put_instant(o, "ended", c->ended);
    json_put_str(o, "by", clinic_text(c->by));
    json_put_str(o, "was", clinic_text(c->was));
    json_put_str(o, "left", clinic_text(c->left));
    json_close(o);
    return OK;
}

enum err epidemic_parts_answer(struct request *r, struct tx *tx, int status, const struct epidemic_case *c,
                               int64_t made)
{
    struct json_out o;
    answer_json(r, status, &o);
    json_open(&o, NULL);
    enum err err = epidemic_parts_put(r, tx, &o, "case", c);
    if (made >= 0) json_put_int(&o, "made", made);
    json_close(&o);
    return err;
}

enum err epidemic_parts_find(struct request *r, struct tx *tx, struct epidemic_case *ret)
{
    struct record_reader who, server = clinic_server(r);
    struct record_head head;
    enum err err = record_parts_reader(r, tx, &who);
    if (!err) err = record_parts_find(r, tx, &who, STR("Flag"), r->captures[0], &head);
    if (err || r->fault.status) return err;
    err = epidemic_read(tx, &server, head.id, ret);
    return err == ERR_NOT_FOUND ? answer_fault(r, 404, "not_found", NULL) : err;
}

enum err epidemic_parts_done(struct request *r, struct tx *tx, struct record_reader *server,
                             const struct record_head *head, const char *detail)
{
    static const char *const roles[] = {"nurse", "clinic-doctor", "duty-command"};
    const char *target = record_parts_target(r, head);
    if (!target || !detail) return ERR_NOMEM;
    enum err err = request_about(r, head->patient);
    if (!err) err = request_audit(r, r->route->audit, target, AUDIT_OK, detail);
    if (!err) err = fhir_origin(r, tx, server);
    for (size_t i = 0; i < COUNT_OF(roles) && !err; i++)
        err = request_notify(
            r, &(struct site_notice){
                   .role = roles[i], .kind = i < 2 ? "epidemic_changed" : "isolation_changed", .data = "{}"});
    return err;
}

enum err epidemic_parts_refuse(struct request *r, enum epidemic_no no)
{
    return answer_fault(r, 409,
                        no == EPIDEMIC_NO_CRITERION ? "epidemic_criterion"
                        : no == EPIDEMIC_NO_OPEN    ? "epidemic_open"
                                                    : "epidemic_state",
                        NULL);
}

/* -- all of it -- */

static enum err put_cases(struct request *r, struct tx *tx, struct record_reader *who, struct json_out *o)
{
    struct record_reader server = {.records = who->records, .arena = who->arena};
    int64_t *rows = arena_alloc(who->arena, EPIDEMIC_LIST_MAX * sizeof *rows);
    uint32_t n = 0;
    enum err err = rows ? epidemic_rows(tx, instant_add(tx->now, -ENDED_DAYS * DAY_MS), rows, &n) : ERR_NOMEM;
    json_open_array(o, "cases");
    for (uint32_t i = 0; i < n && !err; i++) {
        struct epidemic_case c;
        err = epidemic_read_row(tx, &server, rows[i], &c);
        if (!err && !guard_may_see(who->guard, &c.item.head)) continue;
        if (!err) err = record_traced(who, &c.item.head);
        if (!err) err = epidemic_parts_put(r, tx, o, NULL, &c);
        if (err == ERR_NOT_FOUND) err = OK;
    }
    json_close_array(o);
    return err;
}

static void put_contact(struct json_out *o, const struct zone *zone, struct instant now,
                        const struct epidemic_contact *c, const struct whom *whom)
{
    struct contact_watch_days days = contact_watch_days(zone, &c->watch, now);
    struct str of = c->of;
    (void)str_cut(&of, '/');
    json_open(o, NULL);
    json_put_str(o, "id", c->item.head.id);
    json_put_str(o, "of", of);
    whom_put(o, whom);
    for (int k = 0; k < CONTACT_KINDS; k++)
        json_put_int(o, contact_kind_text((enum contact_kind)k), c->minutes[k]);
    if (c->gap_min >= 0)
        json_put_int(o, "gap", c->gap_min);
    else
        json_put_null(o, "gap");
    json_put_int(o, "days", c->days);
    json_put_instant(o, "last", c->last);
    json_put_instant(o, "until", c->until);
    json_put_instant(o, "looked", c->looked);
    json_put_str(o, "outcome", clinic_text(c->outcome));
    json_put_instant(o, "due", contact_watch_by(zone, &c->watch));
    json_put_int(o, "day", days.day);
    json_put_int(o, "of_days", days.days);
    json_put_int(o, "missed", days.missed);
    json_put_bool(o, "today", days.is_seen_today);
    json_close(o);
}

static enum err put_contacts(struct tx *tx, struct record_reader *who, struct json_out *o)
{
    struct record_reader server = {.records = who->records, .arena = who->arena};
    int64_t *rows;
    uint32_t n = 0;
    enum err err = epidemic_contact_rows(tx, who, (struct str){"", 0}, &rows, &n);
    json_open_array(o, "contacts");
    for (uint32_t i = 0; i < n && !err; i++) {
        struct epidemic_contact c;
        struct whom whom;
        err = epidemic_contact_read(tx, &server, rows[i], &c);
        if (!err) err = record_traced(who, &c.item.head);
        if (!err) err = whom_of(tx, &server, c.patient, &whom);
        if (!err) put_contact(o, records_zone(server.records), tx->now, &c, &whom);
        if (err == ERR_NOT_FOUND) err = OK;
    }
    json_close_array(o);
    return err;
}

/* The Location tree: blocks by their cells, rooms beside them, and how many live where. */
static enum err put_places(struct request *r, struct tx *tx, struct json_out *o)
{
    struct record_reader server = clinic_server(r);
    struct dwelling h;
    enum err err = dwelling_read(tx, server.records, tx->now, &h);
    uint32_t *people = err ? NULL : arena_zalloc(r->arena, (h.place_count + 1) * sizeof *people);
    if (!people) {
        dwelling_done(&h);
        return err ? err : ERR_NOMEM;
    }
    for (uint32_t i = 0; i < h.person_count; i++)
        if (h.people[i].cell != DWELLING_NONE) people[h.people[i].cell]++;
    json_open_array(o, "places");
    for (uint32_t i = 0; i < h.place_count; i++) {
        const struct dwelling_place *p = &h.places[i];
        if (p->kind == DWELLING_OTHER) continue;
        json_open(o, NULL);
        json_put_str(o, "id", p->id);
        json_put_str(o, "name", clinic_text(p->name));
        json_put_text(o, "kind", p->kind == DWELLING_CELL ? "cell" : "room");
        json_put_str(o, "block", clinic_text(p->block));
        json_put_str(o, "block_name", clinic_text(p->block_name));
        json_put_bool(o, "isolation", p->is_isolation);
        json_put_int(o, "people", people[i]);
        json_close(o);
    }
    json_close_array(o);
    dwelling_done(&h);
    return OK;
}

static void put_illnesses(struct json_out *o)
{
    const struct epidemic_illness *one;
    json_open_array(o, "illnesses");
    for (size_t i = 0; (one = epidemic_illness_at(i)); i++) {
        json_open(o, NULL);
        json_put_text(o, "code", one->code);
        json_put_text(o, "zh", one->zh);
        json_put_text(o, "en", one->en);
        json_put_text(o, "class", epidemic_class_text(one->class));
        json_put_int(o, "apart_days", one->apart_days);
        json_put_int(o, "well_h", one->well_h);
        json_put_int(o, "negatives", one->negatives);
        json_close(o);
    }
    json_close_array(o);
}

enum err epidemic_look(struct request *r, struct tx *tx)
{
    struct record_reader who, server = clinic_server(r);
    struct json_out o;
    enum err err = record_parts_reader(r, tx, &who);
    if (err) return err;
    /* Hundreds of contacts, each with its record and its person's: a request's arena would not hold them. */
    struct arena *own = arena_new(READ_BYTES_MAX);
    if (!own) return ERR_NOMEM;
    who.arena = own;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    err = put_cases(r, tx, &who, &o);
    if (!err) err = put_contacts(tx, &who, &o);
    if (!err) {
        struct record_reader all = {.records = who.records, .arena = own};
        err = epidemic_write_officers(tx, &all, &o);
    }
    if (!err) err = put_places(r, tx, &o);
    if (!err) err = epidemic_write_counts(tx, &server, &o);
    if (!err && role_set_has(r->who.roles, ROLE_CLINIC_DOCTOR)) err = epidemic_write_commands(tx, &o);
    put_illnesses(&o);
    json_put_int(&o, "alarm_people", epidemic_parts_limits(r)->alarm_people);
    json_close(&o);
    if (!err) err = request_trace(r, &who, r->route->audit, NULL, "");
    arena_free(own);
    return err;
}
