/* A specialist at once: rung one after the other until one answers (docs/PROTOCOL §14). */
#include "api/agenda_parts.h"
#include "api/api.h"
#include "api/handlers.h"
#include "desk/ring.h"

enum { MINUTES = 30 };

static bool is_pager(struct request *r)
{
    return agenda_knows(r, RULE_PAGE, false);
}

static uint8_t place_of(const struct ring *ring, int64_t person)
{
    uint8_t i = 0;
    while (i < ring->call.count && ring->call.people[i].n != (uint64_t)person)
        i++;
    return i;
}

/* Of one who has been rung. */
static const char *standing(const struct ring *ring, uint8_t i)
{
    const struct oncall *c = &ring->call;
    if (c->state == ONCALL_ANSWERED && c->answered_by.n == c->people[i].n) return "answered";
    if (c->declined[i]) return "declined";
    if (c->state == ONCALL_RINGING && i == c->at) return "ringing";
    return ring_has_rung(ring, i) ? "rung" : "waiting";
}

static void put_people(struct agenda_job *job, const struct ring *ring, struct json_out *o)
{
    json_open_array(o, "people");
    for (uint8_t i = 0; i < ring->call.count; i++) {
        const struct agenda_resource *e =
            agenda_find(job->s.view, (int64_t)ring->call.people[i].n, AGENDA_SPECIALIST);
        if (!e) continue;
        json_open(o, NULL);
        json_put_text(o, "reference",
                      arena_printf(job->s.server.arena, "%.*s/%.*s", (int)e->type.bytes, e->type.at,
                                   (int)e->id.bytes, e->id.at));
        json_put_str(o, "name", e->name);
        json_put_str(o, "place", e->place);
        json_put_text(o, "state", standing(ring, i));
        json_close(o);
    }
    json_close_array(o);
}

static enum err put_booking(struct agenda_job *job, const struct ring *ring, struct json_out *o)
{
    struct record_head head;
    struct str room;
    if (ring->appointment == 0) return OK;
    enum err err = record_head_at(job->s.tx, job->s.server.arena, ring->appointment, &head);
    if (!err) err = schedule_room_of(&job->s, ring->appointment, &room);
    if (err) return err == ERR_NOT_FOUND ? OK : err;
    json_put_str(o, "booking", head.id);
    if (room.bytes) json_put_str(o, "room", room);
    return OK;
}

/* Who rings sees who is rung; who is rung sees who rings. Nobody's patient stands here. */
static enum err put_ring(struct request *r, struct agenda_job *job, const struct ring *ring,
                         struct json_out *o, const char *key)
{
    uint8_t own = place_of(ring, job->s.practitioner);
    const struct agenda_resource *by = agenda_find(job->s.view, ring->practitioner, AGENDA_KINDS);
    bool is_ringing = ring->call.state == ONCALL_RINGING, is_answer = standing(ring, own)[0] == 'a';
    enum err err = OK;
    json_open(o, key);
    json_put_str(o, "id", ring->id);
    json_put_text(o, "state", oncall_state_text(ring->call.state));
    json_put_str(o, "need", ring->need);
    json_put_int(o, "minutes", ring->minutes);
    json_put_instant(o, "made", ring->made);
    json_put_int(o, "round", ring->call.round);
    json_put_instant(o, "ends",
                     is_ringing ? instant_add(ring->rung_at, oncall_default.ring_ms) : (struct instant){0});
    if (by) json_put_str(o, "by", by->name);
    if (by) json_put_str(o, "clinic", by->place);
    if (own < ring->call.count) json_put_text(o, "mine", standing(ring, own));
    if (is_pager(r)) {
        json_put_int(o, "displaced", ring->displaced);
        put_people(job, ring, o);
    }
    if (is_pager(r) || (own < ring->call.count && is_answer)) err = put_booking(job, ring, o);
    json_close(o);
    return err;
}

/* -- looking -- */

static enum err look_all(struct request *r, struct agenda_job *job)
{
    int64_t numbers[RING_LIST_MAX];
    uint32_t n = 0;
    struct json_out o;
    enum err err = OK;
    if (is_pager(r) || job->s.practitioner)
        err = ring_list(&job->s, is_pager(r) ? 0 : job->s.practitioner, numbers, &n);
    if (err) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "rings");
    for (uint32_t i = 0; i < n && !err; i++) {
        struct ring ring;
        err = ring_at(&job->s, numbers[i], &ring);
        if (!err) err = put_ring(r, job, &ring, &o, NULL);
    }
    json_close_array(&o);
    json_close(&o);
    return err;
}

enum err rings_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, look_all);
}

static enum err find(struct request *r, struct agenda_job *job, struct ring *ret)
{
    enum err err = ring_read(&job->s, r->captures[0], ret);
    if (err && err != ERR_NOT_FOUND) return err;
    bool may = !err && (is_pager(r) || ring_has_rung(ret, place_of(ret, job->s.practitioner)));
    return may ? OK : answer_fault(r, 404, "not_found", NULL);
}

static enum err look_one(struct request *r, struct agenda_job *job)
{
    struct ring ring;
    struct json_out o;
    enum err err = find(r, job, &ring);
    if (err || r->fault.status) return err;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    err = put_ring(r, job, &ring, &o, "ring");
    json_close(&o);
    return err;
}

enum err ring_look(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, look_one);
}

/* -- doing -- */

static enum err answer(struct request *r, struct agenda_job *job, int status, const struct ring *ring,
                       const struct str *ids)
{
    struct json_out o;
    const char *target = arena_printf(r->arena, "ring/%.*s", (int)ring->id.bytes, ring->id.at);
    const char *detail = arena_printf(r->arena, "{\"state\":\"%s\"}", oncall_state_text(ring->call.state));
    enum err err = target && detail ? request_audit(r, r->route->audit, target, AUDIT_OK, detail) : ERR_NOMEM;
    if (!err) err = fhir_origin(r, job->s.tx, &job->s.server);
    if (!err) err = agenda_tell(r, job);
    if (err) return err;
    answer_json(r, status, &o);
    json_open(&o, NULL);
    err = put_ring(r, job, ring, &o, "ring");
    if (!err && is_pager(r)) err = agenda_write_displaced(r, job, &o, ids, ids ? ring->displaced : 0);
    json_close(&o);
    return err;
}

static enum err begin(struct request *r, struct agenda_job *job)
{
    struct ring_start start = {.minutes = MINUTES};
    struct ring ring;
    struct str need;
    int64_t minutes = MINUTES;
    if (!agenda_may_do(r, RULE_PAGE, false, true)) return OK;
    if (!request_only(r, (const char *const[]){"patient", "request", "need", "minutes", NULL}) ||
        !request_text(r, "need", 80, &need))
        return OK;
    if (json_get(r->json, "minutes") && !request_int(r, "minutes", 5, RING_MINUTES_MAX, &minutes)) return OK;
    if (!booking_need_from(r->arena, need, &start.need) || start.need.kind != AGENDA_SPECIALIST)
        return answer_fault(r, 400, "bad_field", "need");
    if (job->s.practitioner == 0) return answer_fault(r, 403, "booking_role", NULL);
    enum err err = agenda_reference(r, job->s.tx, "patient", "Patient", &start.patient);
    if (!err && !r->fault.status)
        err = agenda_reference(r, job->s.tx, "request", "ServiceRequest", &start.request);
    if (err || r->fault.status) return err;
    if (start.patient == 0) return answer_fault(r, 400, "missing_field", "patient");
    start.minutes = (uint16_t)minutes;
    err = ring_begin(&job->s, request_site(r)->started.ms, &start, &ring);
    return err ? err : answer(r, job, 201, &ring, NULL);
}

enum err ring_begin_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, begin);
}

static enum err refuse(struct request *r, enum oncall_no no)
{
    static const char *const codes[ONCALL_NOS] = {[ONCALL_YES] = NULL,
                                                  [ONCALL_NO_TAKEN] = "ring_taken",
                                                  [ONCALL_NO_OVER] = "ring_over",
                                                  [ONCALL_NO_UNRUNG] = "ring_not_rung",
                                                  [ONCALL_NO_EARLY] = "ring_over"};
    return answer_fault(r, 409, codes[no], NULL);
}

/* Whose word it is: the own, or that of somebody reached by telephone. */
static enum err who_of(struct request *r, struct agenda_job *job, int64_t *ret)
{
    struct str text;
    *ret = job->s.practitioner;
    if (!request_only(r, (const char *const[]){"person", NULL}) ||
        !request_text_optional(r, "person", 100, &text) || text.bytes == 0)
        return OK;
    const struct agenda_resource *who = agenda_find_reference(job->s.view, text, AGENDA_SPECIALIST);
    if (!who) return answer_fault(r, 400, "bad_field", "person");
    *ret = who->row;
    if (who->row != job->s.practitioner) (void)agenda_may_do(r, RULE_ANSWER_FOR, false, true);
    return OK;
}

static enum err happen(struct request *r, struct agenda_job *job)
{
    static const struct {
        const char *name;
        enum oncall_verb verb;
    } verbs[] = {{"answer", ONCALL_DO_ANSWER}, {"decline", ONCALL_DO_DECLINE}, {"cancel", ONCALL_DO_CANCEL}};
    struct schedule_answer *booked = arena_zalloc(r->arena, sizeof *booked);
    struct str *ids = arena_zalloc(r->arena, OVERRIDE_DISPLACED_MAX * sizeof *ids);
    struct ring ring;
    enum oncall_no no;
    int64_t person = 0;
    size_t v = 0;
    if (!booked || !ids) return ERR_NOMEM;
    while (v < COUNT_OF(verbs) && !str_is_text(r->captures[1], verbs[v].name))
        v++;
    if (v == COUNT_OF(verbs)) return answer_fault(r, 404, "not_found", NULL);
    enum err err = find(r, job, &ring);
    if (!err && !r->fault.status) err = who_of(r, job, &person);
    if (err || r->fault.status) return err;
    if (verbs[v].verb == ONCALL_DO_CANCEL && !agenda_may_do(r, RULE_PAGE, false, true)) return OK;
    err = ring_happen(&job->s, request_site(r)->started.ms, &ring, verbs[v].verb, person, &no, booked, ids);
    if (err || no != ONCALL_YES) return err ? err : refuse(r, no);
    if (booked->refusal != SCHEDULE_DONE) {
        err = agenda_answer(r, job, 200, booked); /* its fault */
        return err ? err : ERR_DENIED;            /* what is written of it is taken back */
    }
    return answer(r, job, 200, &ring, ids);
}

enum err ring_happen_write(struct request *r, struct tx *tx)
{
    return agenda_with(r, tx, happen);
}
