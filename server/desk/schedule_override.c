/* Time for an emergency, and what it displaces. Whatever loses its place is told and repaired in the same transaction. */
#include "desk/chart.h"
#include "desk/chart_write.h"
#include "desk/engagement.h"
#include "desk/schedule_own.h"

struct overriding {
    struct schedule *s;
    struct seek_ask *asked;
    struct override_claim *claims;
    uint32_t count;
    struct override_answer found;
};

/* What an appointment is that others keep: R4 Appointment.appointmentType, system urn:yunqiao:engagement. */
static enum override_kind engagement(struct schedule *s, const struct chart_item *item)
{
    static const struct {
        const char *code;
        enum override_kind kind;
    } codes[] = {{"court", OVERRIDE_COURT},
                 {"lawyer", OVERRIDE_LAWYER},
                 {"interrogation", OVERRIDE_INTERROGATION},
                 {"meal", OVERRIDE_MEAL},
                 {"count", OVERRIDE_COUNT}};
    struct str code = chart_text(&s->server, item, 0, "appointmentType.coding.code");
    for (size_t i = 0; i < COUNT_OF(codes); i++)
        if (str_is_text(code, codes[i].code)) return codes[i].kind;
    return OVERRIDE_FIXED;
}

static enum err weigh(struct schedule *s, int64_t appointment, struct override_claim *to)
{
    struct booking *b = arena_zalloc(s->server.arena, sizeof *b);
    struct chart_item item;
    struct record_head head;
    if (!b) return ERR_NOMEM;
    to->id = (uint64_t)appointment;
    enum err err = booking_read_row(s->tx, &s->server, appointment, b);
    if (!err) {
        bool is_under_way = b->appt.state == APPT_CHECKED_IN || b->appt.state == APPT_ARRIVED;
        to->kind = is_under_way ? OVERRIDE_FIXED : OVERRIDE_BOOKING;
        to->triage = b->appt.triage;
        return OK;
    }
    if (err != ERR_NOT_FOUND) return err;
    err = record_head_at(s->tx, s->server.arena, appointment, &head);
    if (!err) err = chart_one(s->tx, &s->server, "Appointment", head.id, &item);
    to->kind = err ? OVERRIDE_FIXED : engagement(s, &item);
    to->has_order = !err && engagement_is_ordered(&s->server, &item);
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum err gather(struct overriding *o, const struct claim *claims, uint32_t count)
{
    enum err err = OK;
    o->claims = arena_zalloc(o->s->server.arena, (count + 1) * sizeof *o->claims);
    if (!o->claims) return ERR_NOMEM;
    for (uint32_t i = 0; i < count && !err; i++) {
        struct override_claim *to = &o->claims[o->count];
        for (uint16_t r = 0; r < o->asked->ask.resource_count; r++)
            if (o->asked->ask.resources[r].id.n == (uint64_t)claims[i].resource) to->resource = r;
        to->span = (struct span){claims[i].from, claims[i].until};
        /* Claims of one appointment are weighed once. */
        uint32_t k = 0;
        while (k < o->count && o->claims[k].id != (uint64_t)claims[i].appointment)
            k++;
        if (k < o->count)
            to->id = o->claims[k].id, to->kind = o->claims[k].kind, to->triage = o->claims[k].triage,
            to->has_order = o->claims[k].has_order;
        else
            err = weigh(o->s, claims[i].appointment, to);
        o->count++;
    }
    return err;
}

/* An engagement of the detainee's that yields: it goes back to who made it, to be given another time. */
static enum err set_aside(struct schedule *s, int64_t appointment)
{
    enum err err =
        schedule_patch(s, appointment, "[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"waitlist\"}]");
    return err ? err : schedule_tell(s, NULL, "duty-command", "engagement_displaced", "{}");
}

static enum err displace(struct schedule *s, int64_t appointment, struct str *ret_id)
{
    struct schedule_answer *answer = arena_zalloc(s->server.arena, sizeof *answer);
    struct booking *b = arena_zalloc(s->server.arena, sizeof *b);
    *ret_id = (struct str){0};
    if (!answer || !b) return ERR_NOMEM;
    enum err err = booking_read_row(s->tx, &s->server, appointment, b);
    if (err == ERR_NOT_FOUND) return set_aside(s, appointment);
    if (err) return err;
    struct appt_event e = {.verb = APPT_DO_DISPLACE,
                           .version = b->appt.version,
                           .now = s->tx->now,
                           .reason = APPT_EMERGENCY_FIRST,
                           .until = schedule_repair_by(b->appt.triage, b->appt.span.from, s->tx->now)};
    err = schedule_apply(s, b, &e, answer);
    if (!err && answer->refusal != SCHEDULE_DONE) err = ERR_DENIED;
    if (!err && b->appt.state == APPT_DISPLACED) *ret_id = b->head.id;
    return err;
}

static enum err displace_all(struct overriding *o, struct str *ret_ids, uint32_t *ret_n)
{
    enum err err = OK;
    *ret_n = 0;
    for (uint16_t i = 0; i < o->found.displaced_count && !err; i++) {
        uint64_t id = o->claims[o->found.displaced[i]].id;
        bool is_again = false;
        for (uint16_t k = 0; k < i; k++)
            is_again |= o->claims[o->found.displaced[k]].id == id;
        if (!is_again) err = displace(o->s, (int64_t)id, &ret_ids[(*ret_n)++]);
    }
    return err;
}

static void start_of(const struct overriding *o, const struct seek *seek, int64_t request,
                     struct schedule_start *to)
{
    const struct joint_proposal *p = &o->found.proposal;
    *to = (struct schedule_start){
        .patient = seek->patient, .request = request, .triage = TRIAGE_EMERGENCY, .asks = true};
    to->span.from = grid_instant(&o->asked->grid, p->start);
    to->span.until = instant_add(to->span.from, seek->minutes * MINUTE_MS);
    for (uint8_t i = 0; i < p->seat_count; i++) {
        const struct seek_need *need = &o->asked->needs[p->seats[i].role];
        if (need->need.kind == AGENDA_PATIENT) continue;
        to->seats[to->seat_count++] =
            (struct schedule_seat){need->need, (int64_t)o->asked->ask.resources[p->seats[i].resource].id.n};
    }
}

static enum err repair_all(struct schedule *s, const struct str *ids, uint32_t n)
{
    struct schedule_answer *answer = arena_zalloc(s->server.arena, sizeof *answer);
    enum err err = answer ? OK : ERR_NOMEM;
    for (uint32_t i = 0; i < n && !err; i++) {
        if (ids[i].bytes) {
            err = schedule_repair(s, ids[i], answer);
            if (!err && answer->refusal == SCHEDULE_TAKEN) err = ERR_EXISTS; /* half of it is written */
        }
    }
    return err;
}

/* The engagements that keep the emergency from being placed, until the command orders otherwise. */
static enum err name_unordered(struct overriding *o, struct str *ret_ids, uint32_t *ret_n)
{
    enum err err = OK;
    for (uint16_t i = 0; i < o->found.displaced_count && !err; i++) {
        const struct override_claim *c = &o->claims[o->found.displaced[i]];
        struct record_head head;
        if (override_may(c->kind, c->triage, c->has_order)) continue;
        err = record_head_at(o->s->tx, o->s->server.arena, (int64_t)c->id, &head);
        if (!err) ret_ids[(*ret_n)++] = head.id;
    }
    return err;
}

enum err schedule_override(struct schedule *s, const struct seek *seek, int64_t request,
                           struct schedule_answer *ret, struct str *ret_ids, uint32_t *ret_displaced)
{
    struct overriding o = {.s = s};
    struct claim *claims;
    uint32_t count;
    struct schedule_start *start = arena_zalloc(s->server.arena, sizeof *start);
    *ret = (struct schedule_answer){0};
    *ret_displaced = 0;
    if (!start) return ERR_NOMEM;
    enum err err = seek_ask(s->tx, &s->server, s->view, seek, true, &o.asked, &claims, &count);
    if (!err) err = gather(&o, claims, count);
    if (!err) err = override_find(s->joint, &o.asked->ask, o.claims, o.count, &o.found);
    if (err == ERR_LIMIT) return ret->refusal = SCHEDULE_NOTHING, OK;
    if (err) return err;
    if (o.found.way == OVERRIDE_IMPOSSIBLE) return ret->refusal = SCHEDULE_NOTHING, OK;
    if (o.found.way == OVERRIDE_NEEDS_ORDER) {
        ret->refusal = SCHEDULE_ORDER;
        return name_unordered(&o, ret_ids, ret_displaced);
    }
    err = displace_all(&o, ret_ids, ret_displaced);
    if (err) return err;
    start_of(&o, seek, request, start);
    err = schedule_start(s, start, ret);
    if (err || ret->refusal != SCHEDULE_DONE) return err;
    return repair_all(s, ret_ids, *ret_displaced);
}
