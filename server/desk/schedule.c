#include "desk/schedule_own.h"
#include "desk/visit.h"
#include <string.h>

/* -- seats -- */

static bool is_asked(const struct schedule *s, enum agenda_kind kind, int64_t resource)
{
    bool answers = kind == AGENDA_SPECIALIST || kind == AGENDA_INTERPRETER || kind == AGENDA_DOCTOR;
    return answers && (s->practitioner == 0 || resource != s->practitioner);
}

static uint16_t need_place(struct booking *b, const struct booking_need *need)
{
    for (uint8_t i = 0; i < b->need_count; i++)
        if (b->needs[i].kind == need->kind && str_is(b->needs[i].what, need->what)) return i;
    b->needs[b->need_count] = *need;
    return b->need_count++;
}

static enum err seat_one(struct schedule *s, const struct schedule_start *start, uint8_t i, int64_t except,
                         struct booking *b, struct schedule_answer *ret)
{
    bool is_patient = i == start->seat_count;
    static const struct booking_need patient = {AGENDA_PATIENT, {"", 0}};
    const struct booking_need *need = is_patient ? &patient : &start->seats[i].need;
    int64_t row = is_patient ? start->patient : start->seats[i].resource;
    ret->who = is_patient ? NULL : agenda_find(s->view, row, need->kind);
    if (!is_patient && (!ret->who || !agenda_may(ret->who, start->span.until) ||
                        (need->what.bytes && !str_is(need->what, ret->who->what))))
        return ret->refusal = SCHEDULE_UNSUITED, OK;
    enum err err = seek_may(s->tx, s->view, ret->who, row, start->span, except, &ret->bar);
    if (err) return err;
    if (ret->bar == ROSTER_BOOKED) return ret->refusal = SCHEDULE_TAKEN, OK;
    if (ret->bar != ROSTER_MAY && start->triage != TRIAGE_EMERGENCY)
        return ret->refusal = SCHEDULE_BARRED, OK;
    uint8_t at = b->appt.seat_count++;
    b->appt.seats[at] =
        (struct appt_seat){.resource = {(uint64_t)row},
                           .role = need_place(b, need),
                           .before_min = ret->who ? ret->who->roster.before_min : 0,
                           .after_min = ret->who ? ret->who->roster.after_min : 0,
                           .answer = is_asked(s, need->kind, row) ? APPT_UNASKED : APPT_NOT_NEEDED,
                           .is_told = is_patient || agenda_kind_is_person(need->kind)};
    b->names[at] = ret->who ? ret->who->name : (struct str){0};
    b->references[at] = (struct str){0};
    return OK;
}

/* Into an empty list of seats; needs that are there already are used again. */
static enum err seat_all(struct schedule *s, const struct schedule_start *start, int64_t except,
                         struct booking *b, struct schedule_answer *ret)
{
    enum err err = OK;
    uint8_t count = (uint8_t)(start->seat_count + (start->patient != 0));
    b->appt.seat_count = 0;
    ret->refusal = SCHEDULE_DONE;
    for (uint8_t i = 0; i < count && !err && ret->refusal == SCHEDULE_DONE; i++)
        err = seat_one(s, start, i, except, b, ret);
    b->patient = start->patient;
    return err;
}

/* -- beginning -- */

static enum err decide(struct booking *b, const struct appt_event *e, struct appt_change *change,
                       struct schedule_answer *ret)
{
    ret->no = appt_decide(&b->appt, e, change);
    if (ret->no == APPT_YES)
        appt_apply(&b->appt, change);
    else
        ret->refusal = SCHEDULE_NO;
    return OK;
}

static enum err begin(struct schedule *s, const struct schedule_start *start, struct booking *b,
                      struct schedule_answer *ret)
{
    struct appt seated = b->appt;
    struct appt_change *changes = arena_zalloc(s->server.arena, 2 * sizeof *changes);
    struct appt_event hold = {.verb = APPT_DO_HOLD, .now = s->tx->now},
                      ask = {.verb = APPT_DO_ASK, .now = s->tx->now};
    struct instant until;
    uint32_t holds = 0;
    if (!changes) return ERR_NOMEM;
    enum err err = schedule_count_holds(s, booking_holder(b->holder), &holds);
    if (err) return err;
    ret->hold = hold_begin(&hold_default, start->asks || start->is_offer ? 0 : holds, s->tx->now, &until);
    if (ret->hold != HOLD_MAY) return ret->refusal = SCHEDULE_HOLDS, OK;
    ret->no = appt_propose((struct appt_id){1}, (struct request_id){(uint64_t)start->request}, start->triage,
                           booking_holder(b->holder), start->span, seated.seats, seated.seat_count, &b->appt);
    if (ret->no != APPT_YES) return ret->refusal = SCHEDULE_NO, OK;
    hold.version = b->appt.version;
    hold.until = start->is_offer ? instant_add(s->tx->now, 2 * HOUR_MS) : until;
    err = decide(b, &hold, &changes[0], ret);
    if (!err && ret->refusal == SCHEDULE_DONE && start->asks) {
        ask.version = b->appt.version;
        ask.until = schedule_answers_by(start->triage, start->span.from, s->tx->now);
        err = decide(b, &ask, &changes[1], ret);
    }
    if (err || ret->refusal != SCHEDULE_DONE) return err;
    if (b->appt.state == APPT_BOOKED) b->booked_at = s->tx->now;
    err = booking_write(s->tx, &s->server, b);
    if (err == ERR_EXISTS) return ret->refusal = SCHEDULE_TAKEN, OK;
    for (int i = 0; i < 2 && !err; i++)
        if (changes[i].after.id.n) err = schedule_after(s, b, b, &changes[i]);
    return err ? err : schedule_note_due(s, b);
}

/* A request of ours is placed once the patient has consented to it and the doctor has sent it. */
static enum err is_asked_for(struct schedule *s, int64_t request, bool *ret)
{
    struct visit *v = arena_zalloc(s->server.arena, sizeof *v);
    *ret = true;
    if (!v) return ERR_NOMEM;
    if (request == 0) return OK;
    enum err err = visit_of_request(s->tx, &s->server, request, v);
    if (!err) *ret = v->state == VISIT_ACTIVE || v->state == VISIT_MORE_INFO;
    return err == ERR_NOT_FOUND ? OK : err;
}

enum err schedule_start(struct schedule *s, const struct schedule_start *start, struct schedule_answer *ret)
{
    bool is_there;
    *ret = (struct schedule_answer){0};
    enum err asked = is_asked_for(s, start->request, &is_there);
    if (asked) return asked;
    if (!is_there) return ret->refusal = SCHEDULE_UNASKED, OK;
    struct booking *b = &ret->booking;
    b->created = s->tx->now;
    b->holder = s->account;
    enum err err = seat_all(s, start, 0, b, ret);
    return err || ret->refusal != SCHEDULE_DONE ? err : begin(s, start, b, ret);
}

/* -- events -- */

enum err schedule_apply(struct schedule *s, struct booking *b, const struct appt_event *e,
                        struct schedule_answer *ret)
{
    struct appt_change *change = arena_zalloc(s->server.arena, sizeof *change);
    struct booking *before = arena_copy(s->server.arena, b, sizeof *b);
    if (!change || !before) return ERR_NOMEM;
    ret->refusal = SCHEDULE_DONE;
    enum err err = booking_change(s->tx, &s->server, b, e, &ret->no, change);
    if (err == ERR_EXISTS) return ret->refusal = SCHEDULE_TAKEN, OK;
    if (!err && ret->no != APPT_YES) return ret->refusal = SCHEDULE_NO, OK;
    if (!err) err = schedule_after(s, before, b, change);
    if (!err) err = schedule_note_due(s, b);
    for (uint8_t i = 0; !err && i < change->action_count; i++)
        if (change->actions[i].act == APPT_FREE) {
            err = schedule_offer(s, e->verb == APPT_DO_MOVE ? change->step.before : change->actions[i].span);
            break; /* one stretch, though several get it back */
        }
    return err;
}

static enum err set_until(struct schedule *s, const struct booking *b, struct appt_event *e,
                          struct schedule_answer *ret)
{
    const struct appt *a = &b->appt;
    if (e->verb == APPT_DO_EXTEND) {
        ret->hold = hold_extend(&hold_default, a->until, a->extended, s->tx->now, &e->until);
        if (ret->hold != HOLD_MAY && a->state == APPT_HELD) ret->refusal = SCHEDULE_HOLDS;
    } else if (e->verb == APPT_DO_ASK || e->verb == APPT_DO_MOVE || e->verb == APPT_DO_REPAIR) {
        e->until = schedule_answers_by(a->triage, e->span.from.ms ? e->span.from : a->span.from, s->tx->now);
    } else if (e->verb == APPT_DO_DECLINE || e->verb == APPT_DO_DISPLACE || e->verb == APPT_DO_LAPSE) {
        e->until = schedule_repair_by(a->triage, a->span.from, s->tx->now);
    }
    return OK;
}

/* After so many the next best is a person's to find; left alone it lapses, and the request waits again. */
enum { REPAIRS_MAX = 5 };

bool schedule_wants_repair(const struct booking *b)
{
    return b->appt.state == APPT_DECLINED || b->appt.state == APPT_DISPLACED;
}

enum err schedule_event(struct schedule *s, struct str id, struct appt_event *event,
                        struct schedule_answer *ret)
{
    *ret = (struct schedule_answer){0};
    enum err err = booking_read(s->tx, &s->server, id, &ret->booking);
    if (err) return err;
    event->now = s->tx->now;
    if (event->version == 0) event->version = ret->booking.appt.version;
    err = set_until(s, &ret->booking, event, ret);
    if (err || ret->refusal != SCHEDULE_DONE) return err;
    err = schedule_apply(s, &ret->booking, event, ret);
    bool is_due = schedule_wants_repair(&ret->booking) && ret->booking.appt.moved < REPAIRS_MAX;
    if (err || ret->refusal != SCHEDULE_DONE || !is_due) return err;
    struct schedule_answer repaired; /* nothing found: who schedules is told, and it lapses by itself */
    err = schedule_repair(s, ret->booking.head.id, &repaired);
    if (!err && repaired.refusal == SCHEDULE_TAKEN) err = ERR_EXISTS; /* half of it is written */
    if (!err && repaired.refusal == SCHEDULE_DONE) ret->booking = repaired.booking;
    return err;
}

enum err schedule_reseat(struct schedule *s, struct booking *b, enum appt_verb verb, uint32_t version,
                         const struct schedule_start *to, struct schedule_answer *ret)
{
    struct booking seated = *b;
    enum err err = seat_all(s, to, b->head.row, &seated, ret);
    if (err || ret->refusal != SCHEDULE_DONE) return err;
    struct appt_event e = {.verb = verb,
                           .version = version ? version : b->appt.version,
                           .now = s->tx->now,
                           .span = to->span,
                           .seats = seated.appt.seats,
                           .seat_count = seated.appt.seat_count};
    struct booking changed = *b; /* its seats name needs by their places, and so do the new ones */
    memcpy(changed.needs, seated.needs, sizeof changed.needs);
    changed.need_count = seated.need_count;
    err = set_until(s, b, &e, ret);
    if (!err) err = schedule_apply(s, &changed, &e, ret);
    if (!err && ret->refusal == SCHEDULE_DONE) *b = changed;
    return err;
}

enum err schedule_move(struct schedule *s, struct str id, uint32_t version, const struct schedule_start *to,
                       struct schedule_answer *ret)
{
    struct schedule_start there = *to;
    *ret = (struct schedule_answer){0};
    enum err err = booking_read(s->tx, &s->server, id, &ret->booking);
    if (err) return err;
    there.patient = ret->booking.patient;
    there.triage = ret->booking.appt.triage;
    if (version != ret->booking.appt.version) {
        ret->no = APPT_NO_STALE;
        return ret->refusal = SCHEDULE_NO, OK;
    }
    enum appt_verb verb = schedule_wants_repair(&ret->booking) ? APPT_DO_REPAIR : APPT_DO_MOVE;
    return schedule_reseat(s, &ret->booking, verb, version, &there, ret);
}
