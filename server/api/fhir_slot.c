/* Free time as R4 Schedule and Slot: computed when it is asked for, from the same hours and claims as a joint search, and never stored
 * (decision 0153). A Schedule of ours has an id that begins with "hours-"; any other Schedule or Slot is a record like the rest. */
#include "api/agenda_parts.h"
#include "api/api.h"
#include "api/fhir.h"
#include "api/handlers.h"
#include "records/claim.h"
#include "records/primitive.h"
#include "records/records.h"
#include "records/search.h"
#include "scheduler/grid.h"
#include <stdio.h>

#define HOURS_SYSTEM "urn:yunqiao:hours" /* Schedule.identifier; its value is the actor's reference */

enum { SLOT_DAYS = 7, SLOT_DAYS_MAX = 35, SLOTS_MAX = 1000, CLAIMS_MAX = 4096, HORIZON_DAYS = 180 };

/* -- whose -- */

static const char *kind_of(const struct agenda_resource *e)
{
    return e->role_id.bytes ? "role" : str_is_text(e->type, "Location") ? "room" : "device";
}

/* "hours-role-demo-wenzhiyuan-role"; "" for an id that would be too long for it. */
static const char *id_of(struct request *r, const struct agenda_resource *e)
{
    struct str id = e->role_id.bytes ? e->role_id : e->id;
    const char *text = arena_printf(r->arena, "hours-%s-%.*s", kind_of(e), (int)id.bytes, id.at);
    return text && strlen(text) <= RECORD_ID_BYTES_MAX ? text : "";
}

static bool may_see(struct request *r, const struct agenda_job *job, const struct agenda_resource *e)
{
    bool is_own = job->s.practitioner && e->row == job->s.practitioner;
    return agenda_knows(r, RULE_FIND, false) || (is_own && agenda_knows(r, RULE_EDIT_ROSTER, true));
}

/* NULL: none of that id that this asker may see. */
static const struct agenda_resource *named(struct request *r, const struct agenda_job *job, struct str id)
{
    for (uint32_t i = 0; i < job->s.view->count; i++) {
        const struct agenda_resource *e = &job->s.view->at[i];
        if (!e->is_suspended && may_see(r, job, e) && str_is_text(id, id_of(r, e))) return e;
    }
    return NULL;
}

static bool is_ours(struct str id)
{
    return id.bytes > 6 && memcmp(id.at, "hours-", 6) == 0;
}

static const char *reference_of(struct request *r, const struct agenda_resource *e)
{
    return arena_printf(r->arena, "%.*s/%.*s", (int)e->type.bytes, e->type.at, (int)e->id.bytes, e->id.at);
}

/* -- Schedule -- */

static void put_reference(struct json_out *o, const char *reference, struct str name)
{
    json_open(o, NULL);
    json_put_text(o, "reference", reference);
    if (name.bytes) json_put_str(o, "display", name);
    json_close(o);
}

static void put_specialty(struct json_out *o, const struct agenda_resource *e)
{
    if (e->kind != AGENDA_SPECIALIST || !e->what.bytes) return;
    json_open_array(o, "specialty");
    json_open(o, NULL);
    json_open_array(o, "coding");
    json_open(o, NULL);
    json_put_text(o, "system", "urn:yunqiao:department");
    json_put_str(o, "code", e->what);
    json_close(o);
    json_close_array(o);
    json_close(o);
    json_close_array(o);
}

static void put_schedule(struct request *r, const struct agenda_job *job, struct json_out *o, const char *key,
                         const struct agenda_resource *e)
{
    struct instant now = job->s.tx->now;
    int days = e->roster.horizon_days ? e->roster.horizon_days : HORIZON_DAYS;
    json_open(o, key);
    json_put_text(o, "resourceType", "Schedule");
    json_put_text(o, "id", id_of(r, e));
    json_open_array(o, "identifier");
    json_open(o, NULL);
    json_put_text(o, "system", HOURS_SYSTEM);
    json_put_text(o, "value", reference_of(r, e));
    json_close(o);
    json_close_array(o);
    json_put_bool(o, "active", true);
    put_specialty(o, e);
    json_open_array(o, "actor");
    put_reference(o, reference_of(r, e), e->name);
    if (e->role_id.bytes)
        put_reference(o,
                      arena_printf(r->arena, "PractitionerRole/%.*s", (int)e->role_id.bytes, e->role_id.at),
                      (struct str){"", 0});
    json_close_array(o);
    json_open(o, "planningHorizon");
    json_put_instant(o, "start", now);
    json_put_instant(o, "end", instant_add(now, days * DAY_MS));
    json_close(o);
    json_close(o);
}

static void begin_fhir(struct request *r, struct json_out *o)
{
    answer_json(r, 200, o);
    r->answer.content_type = "application/fhir+json; charset=utf-8";
    json_open(o, NULL);
}

static enum err schedules(struct request *r, struct agenda_job *job)
{
    struct str value = request_query(r, "identifier");
    struct json_out o;
    uint32_t n = 0;
    (void)str_cut(&value, '|');
    begin_fhir(r, &o);
    json_put_text(&o, "resourceType", "Bundle");
    json_put_text(&o, "type", "searchset");
    json_open_array(&o, "entry");
    for (uint32_t i = 0; i < job->s.view->count; i++) {
        const struct agenda_resource *e = &job->s.view->at[i];
        if (e->is_suspended || !may_see(r, job, e) || !*id_of(r, e) ||
            (value.bytes && !str_is_text(value, reference_of(r, e))))
            continue;
        n++;
        json_open(&o, NULL);
        put_schedule(r, job, &o, "resource", e);
        json_open(&o, "search");
        json_put_text(&o, "mode", "match");
        json_close(&o);
        json_close(&o);
    }
    json_close_array(&o);
    json_put_int(&o, "total", n);
    json_close(&o);
    return request_audit(r, r->route->audit, NULL, AUDIT_OK, NULL);
}

enum err fhir_schedules_look(struct request *r, struct tx *tx)
{
    struct str value = request_query(r, "identifier"), system = str_cut(&value, '|');
    bool is_about_hours = str_is_text(system, HOURS_SYSTEM) && request_site(r)->agenda;
    return is_about_hours ? agenda_with(r, tx, schedules) : fhir_look(r, tx);
}

static enum err schedule(struct request *r, struct agenda_job *job)
{
    const struct agenda_resource *e = named(r, job, r->captures[0]);
    struct json_out o;
    if (!e) return fhir_look(r, job->s.tx); /* as for one that is not there */
    answer_json(r, 200, &o);
    r->answer.content_type = "application/fhir+json; charset=utf-8";
    put_schedule(r, job, &o, NULL, e);
    return request_audit(r, r->route->audit, id_of(r, e), AUDIT_OK, NULL);
}

enum err fhir_schedule_look(struct request *r, struct tx *tx)
{
    return is_ours(r->captures[0]) && request_site(r)->agenda ? agenda_with(r, tx, schedule)
                                                              : fhir_look(r, tx);
}

/* -- Slot -- */

struct slot_ask {
    const struct zone *zone; /* of dates that name none */
    struct span window;
    bool wants_free, wants_busy;
    uint32_t most;
};

/* start=ge…, start=lt…; a date counts from its beginning. */
static bool read_start(struct slot_ask *ask, struct str value)
{
    struct instant from, to;
    if (value.bytes < 6 ||
        !primitive_span((struct str){value.at + 2, value.bytes - 2}, ask->zone, &from, &to))
        return false;
    if (memcmp(value.at, "ge", 2) == 0)
        ask->window.from = from;
    else if (memcmp(value.at, "gt", 2) == 0)
        ask->window.from = to;
    else if (memcmp(value.at, "lt", 2) == 0)
        ask->window.until = from;
    else if (memcmp(value.at, "le", 2) == 0)
        ask->window.until = to;
    else
        return false;
    return true;
}

static bool read_status(struct slot_ask *ask, struct str value)
{
    ask->wants_free = ask->wants_busy = false;
    while (value.bytes) {
        struct str one = str_cut(&value, ',');
        if (str_is_text(one, "free"))
            ask->wants_free = true;
        else if (str_is_text(one, "busy"))
            ask->wants_busy = true;
        else
            return false;
    }
    return ask->wants_free || ask->wants_busy;
}

static bool read_pair(struct slot_ask *ask, const struct query_pair *p)
{
    uint64_t n;
    if (str_is_text(p->name, "schedule") || str_is_text(p->name, "_format") ||
        str_is_text(p->name, "_pretty"))
        return true;
    if (str_is_text(p->name, "start")) return read_start(ask, p->value);
    if (str_is_text(p->name, "status")) return read_status(ask, p->value);
    if (!str_is_text(p->name, "_count") || !str_to_u64(p->value, &n) || n == 0) return false;
    if (n < ask->most) ask->most = (uint32_t)n;
    return true;
}

static bool read_slots(struct request *r, struct instant now, struct slot_ask *ask)
{
    struct query_pair *pairs;
    size_t n;
    *ask = (struct slot_ask){.zone = records_zone(request_site(r)->records),
                             .window.from = now,
                             .wants_free = true,
                             .most = SLOTS_MAX};
    if (search_pairs(r->arena, r->query, &pairs, &n))
        return answer_fault(r, 400, "bad_field", "query"), false;
    for (size_t i = 0; i < n; i++)
        if (!read_pair(ask, &pairs[i]))
            return answer_fault(r, 400, "bad_field",
                                arena_text(r->arena, pairs[i].name.at, pairs[i].name.bytes)),
                   false;
    if (ask->window.from.ms < now.ms) ask->window.from = now;
    if (ask->window.until.ms == 0) ask->window.until = instant_add(ask->window.from, SLOT_DAYS * DAY_MS);
    if (ask->window.until.ms > ask->window.from.ms &&
        ask->window.until.ms - ask->window.from.ms <= SLOT_DAYS_MAX * DAY_MS)
        return true;
    return answer_fault(r, 400, "bad_field", "start"), false;
}

static void put_slot(struct json_out *o, const char *schedule, const char *status, struct span span)
{
    json_open(o, NULL);
    json_open(o, "resource");
    json_put_text(o, "resourceType", "Slot");
    json_open(o, "schedule");
    json_put_text(o, "reference", schedule);
    json_close(o);
    json_put_text(o, "status", status);
    json_put_instant(o, "start", span.from);
    json_put_instant(o, "end", span.until);
    json_close(o);
    json_open(o, "search");
    json_put_text(o, "mode", "match");
    json_close(o);
    json_close(o);
}

struct slots {
    const char *schedule;
    const struct slot_ask *ask;
    struct json_out *o;
    uint32_t n;
};

static void put_free(struct slots *s, const struct grid *g, const uint64_t *bits)
{
    uint32_t at = 0;
    while ((at = bits_next_set(bits, g->steps, at)) < g->steps && s->n < s->ask->most) {
        uint32_t end = bits_next_clear(bits, g->steps, at);
        put_slot(s->o, s->schedule, "free", (struct span){grid_instant(g, at), grid_instant(g, end)});
        s->n++;
        at = end;
    }
}

/* What is free, as roster_may would say of each step: hours, leave, notice, limits, and what is taken with the rest around it. */
static enum err compute(struct request *r, struct agenda_job *job, const struct agenda_resource *e,
                        struct slots *s)
{
    struct grid g;
    struct roster hours = e->roster;
    struct claim *claims = arena_alloc(r->arena, CLAIMS_MAX * sizeof *claims);
    struct span *taken = arena_alloc(r->arena, CLAIMS_MAX * sizeof *taken);
    uint32_t n = 0;
    enum err err = grid_of(s->ask->window.from, s->ask->window.until, &g);
    uint64_t *bits = err ? NULL : arena_zalloc(r->arena, grid_words(g.steps) * sizeof *bits);
    if (!claims || !taken || (!err && !bits)) return ERR_NOMEM;
    if (!err)
        err = claim_of(job->s.tx, e->row, instant_add(s->ask->window.from, -DAY_MS),
                       instant_add(s->ask->window.until, DAY_MS), claims, CLAIMS_MAX, &n);
    if (err) return err;
    for (uint32_t i = 0; i < n; i++)
        taken[i] = (struct span){instant_add(claims[i].from, -(int64_t)hours.after_min * MINUTE_MS),
                                 instant_add(claims[i].until, hours.before_min * MINUTE_MS)};
    hours.bookings = taken, hours.booking_count = n;
    hours.before_min = hours.after_min = 0;
    roster_free(&hours, &g, job->s.tx->now, GRID_STEP_MIN, bits);
    if (s->ask->wants_free) put_free(s, &g, bits);
    for (uint32_t i = 0; i < n && s->ask->wants_busy && s->n < s->ask->most; i++)
        if (claims[i].until.ms > s->ask->window.from.ms && claims[i].from.ms < s->ask->window.until.ms)
            put_slot(s->o, s->schedule, "busy", (struct span){claims[i].from, claims[i].until}), s->n++;
    return OK;
}

static struct str asked_schedule(struct request *r)
{
    struct str id = request_query(r, "schedule");
    if (id.bytes > 9 && memcmp(id.at, "Schedule/", 9) == 0) id = (struct str){id.at + 9, id.bytes - 9};
    return id;
}

static enum err slots(struct request *r, struct agenda_job *job)
{
    struct slot_ask ask;
    struct json_out o;
    const struct agenda_resource *e = named(r, job, asked_schedule(r));
    if (!e) return fhir_look(r, job->s.tx); /* nothing is found */
    if (!read_slots(r, job->s.tx->now, &ask)) return OK;
    struct slots s = {.schedule = arena_printf(r->arena, "Schedule/%s", id_of(r, e)), .ask = &ask, .o = &o};
    if (!s.schedule) return ERR_NOMEM;
    begin_fhir(r, &o);
    json_put_text(&o, "resourceType", "Bundle");
    json_put_text(&o, "type", "searchset");
    json_open_array(&o, "entry");
    enum err err = compute(r, job, e, &s);
    json_close_array(&o);
    if (s.n < ask.most) json_put_int(&o, "total", s.n); /* else there may be more, later */
    json_close(&o);
    return err ? err : request_audit(r, r->route->audit, s.schedule, AUDIT_OK, NULL);
}

enum err fhir_slots_look(struct request *r, struct tx *tx)
{
    return is_ours(asked_schedule(r)) && request_site(r)->agenda ? agenda_with(r, tx, slots)
                                                                 : fhir_look(r, tx);
}
