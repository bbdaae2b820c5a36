#include "scheduler/appt.h"
#include "scheduler/appt_own.h"
#include "scheduler/appt_table.h"
#include <string.h>

/* Who comes this much too early has mistaken the day. */
#define EARLY_MS (12 * HOUR_MS)

bool appt_is_over(enum appt_state s)
{
    return s >= APPT_FULFILLED;
}

bool appt_takes_time(enum appt_state s)
{
    return s == APPT_HELD || s == APPT_PENDING || appt_is_firm(s) || s == APPT_DECLINED;
}

bool appt_is_forgotten(const struct appt *a, struct instant now)
{
    return appt_is_firm(a->state) && now.ms >= a->span.until.ms + HOUR_MS;
}

const struct appt_seat *appt_seat_of(const struct appt *a, struct resource_id resource)
{
    for (uint8_t i = 0; i < a->seat_count; i++)
        if (a->seats[i].resource.n == resource.n) return &a->seats[i];
    return NULL;
}

uint8_t appt_claims(const struct appt *a, struct plan_claim ret_claims[APPT_SEATS_MAX])
{
    uint8_t count = 0;
    if (!appt_takes_time(a->state)) return 0;
    for (uint8_t i = 0; i < a->seat_count; i++) {
        const struct appt_seat *s = &a->seats[i];
        if (s->answer == APPT_REFUSED) continue;
        ret_claims[count++] =
            (struct plan_claim){.resource = s->resource,
                                .appt = a->id,
                                .span = {instant_add(a->span.from, -s->before_min * MINUTE_MS),
                                         instant_add(a->span.until, s->after_min * MINUTE_MS)},
                                .expires = a->state == APPT_HELD ? a->until : (struct instant){0}};
    }
    return count;
}

static bool are_seats(const struct appt_seat *seats, uint8_t count)
{
    if (count < 1 || count > APPT_SEATS_MAX) return false;
    for (uint8_t i = 0; i < count; i++) {
        if (seats[i].resource.n == 0 || seats[i].answer > APPT_UNASKED) return false;
        for (uint8_t k = 0; k < i; k++)
            if (seats[k].resource.n == seats[i].resource.n) return false;
    }
    return true;
}

enum appt_no appt_propose(struct appt_id id, struct request_id request, enum triage triage, uint64_t holder,
                          struct span span, const struct appt_seat *seats, uint8_t seat_count,
                          struct appt *ret_appt)
{
    if (!id.n || span.from.ms >= span.until.ms || triage >= TRIAGES || !are_seats(seats, seat_count))
        return APPT_NO_FORM;
    struct appt a = {.id = id,
                     .request = request,
                     .version = 1,
                     .triage = triage,
                     .span = span,
                     .holder = holder,
                     .seat_count = seat_count};
    memcpy(a.seats, seats, seat_count * sizeof *seats);
    *ret_appt = a;
    return APPT_YES;
}

static bool is_same_span(struct span a, struct span b)
{
    return a.from.ms == b.from.ms && a.until.ms == b.until.ms;
}

static bool is_open(const struct appt *a)
{
    for (uint8_t i = 0; i < a->seat_count; i++)
        if (a->seats[i].answer == APPT_UNASKED || a->seats[i].answer == APPT_ASKED) return true;
    return false;
}

/* ---- what each event does to the seats and the times of *a, or why it cannot ------------------------------ */

static enum appt_no hold(struct appt *a, const struct appt_event *e)
{
    if (e->until.ms <= e->now.ms) return APPT_NO_FORM;
    if (a->span.until.ms <= e->now.ms) return APPT_NO_LATE;
    a->until = e->until;
    return APPT_YES;
}

static enum appt_no extend(struct appt *a, const struct appt_event *e)
{
    if (e->now.ms >= a->until.ms) return APPT_NO_LATE;
    if (e->until.ms < a->until.ms) return APPT_NO_FORM;
    a->until = e->until;
    a->extended++;
    return APPT_YES;
}

static enum appt_no ask(struct appt *a, const struct appt_event *e)
{
    if (e->now.ms >= a->until.ms) return APPT_NO_LATE;
    for (uint8_t i = 0; i < a->seat_count; i++)
        if (a->seats[i].answer == APPT_UNASKED) a->seats[i].answer = APPT_ASKED;
    if (is_open(a) && e->until.ms <= e->now.ms) return APPT_NO_FORM;
    a->until = e->until;
    return APPT_YES;
}

static enum appt_no answer(struct appt *a, const struct appt_event *e)
{
    bool accepts = e->verb == APPT_DO_ACCEPT;
    struct appt_seat *seat = NULL;
    for (uint8_t i = 0; i < a->seat_count; i++)
        if (a->seats[i].resource.n == e->seat.n) seat = &a->seats[i];
    /* An escort is not asked, and may all the same turn out not to be there. */
    bool is_lost = !accepts && e->side == APPT_CUSTODY && e->reason == APPT_NO_ESCORT;
    if (!seat || (seat->answer == APPT_NOT_NEEDED && !is_lost)) return APPT_NO_SEAT;
    if (seat->answer == (accepts ? APPT_ACCEPTED : APPT_REFUSED)) return APPT_NO_SAID;
    if (e->now.ms >= a->span.until.ms || (a->until.ms && e->now.ms >= a->until.ms)) return APPT_NO_LATE;
    if (seat->answer == APPT_REFUSED) return APPT_NO_LATE; /* a replacement is being sought */
    if (!accepts && e->reason == APPT_NO_REASON) return APPT_NO_FORM;
    if (!accepts && a->state != APPT_DECLINED) {
        if (e->until.ms <= e->now.ms) return APPT_NO_FORM;
        a->until = e->until;
    }
    if (!accepts) a->reason = e->reason;
    seat->answer = accepts ? APPT_ACCEPTED : APPT_REFUSED;
    return APPT_YES;
}

/* Who has not answered in time has declined, so that the search for a replacement begins. */
static enum appt_no lapse(struct appt *a, const struct appt_event *e)
{
    if (e->now.ms < a->until.ms) return APPT_NO_EARLY;
    if (a->state != APPT_PENDING) return APPT_YES;
    if (e->until.ms <= e->now.ms) return APPT_NO_FORM;
    for (uint8_t i = 0; i < a->seat_count; i++)
        if (a->seats[i].answer == APPT_ASKED) a->seats[i].answer = APPT_REFUSED;
    a->reason = APPT_NO_ANSWER;
    a->until = e->until;
    return APPT_YES;
}

/* An answer holds for the time it was given for: who said yes to ten o'clock is asked again for eleven. Who was not asked for that time, as
 * he put himself there, is not asked for the same time when somebody else is exchanged. */
static bool holds(const struct appt_seat *was)
{
    return was->answer == APPT_ACCEPTED || was->answer == APPT_NOT_NEEDED;
}

static enum appt_no reseat(struct appt *a, const struct appt_event *e)
{
    const struct appt old = *a;
    bool same_time = is_same_span(e->span, a->span), changed = !same_time || e->seat_count != a->seat_count;
    if (a->until.ms && a->state != APPT_PENDING && e->now.ms >= a->until.ms) return APPT_NO_LATE;
    if (e->span.from.ms >= e->span.until.ms || !are_seats(e->seats, e->seat_count)) return APPT_NO_FORM;
    if (e->span.until.ms <= e->now.ms) return APPT_NO_LATE;
    a->span = e->span;
    a->seat_count = e->seat_count;
    memcpy(a->seats, e->seats, e->seat_count * sizeof *e->seats);
    for (uint8_t i = 0; i < a->seat_count; i++) {
        struct appt_seat *seat = &a->seats[i];
        const struct appt_seat *was = appt_seat_of(&old, seat->resource);
        changed |= !was || was->before_min != seat->before_min || was->after_min != seat->after_min;
        if (seat->answer == APPT_NOT_NEEDED) continue;
        if (was && same_time && was->answer == APPT_REFUSED)
            return APPT_NO_FORM; /* has said no to just this */
        bool agreed = e->is_agreed || (was && same_time && holds(was));
        seat->answer = agreed ? APPT_ACCEPTED : APPT_ASKED;
    }
    if (!changed || (is_open(a) && e->until.ms <= e->now.ms)) return APPT_NO_FORM;
    a->until = e->until;
    a->moved++;
    return APPT_YES;
}

static enum appt_no displace(struct appt *a, const struct appt_event *e)
{
    if (e->reason == APPT_NO_REASON) return APPT_NO_FORM;
    if (a->state != APPT_HELD && e->until.ms <= e->now.ms) return APPT_NO_FORM;
    a->reason = e->reason;
    a->until = e->until;
    return APPT_YES;
}

static enum appt_no end(struct appt *a, const struct appt_event *e)
{
    bool noshow = e->verb == APPT_DO_NOSHOW;
    if (e->side <= APPT_NO_SIDE || e->side >= APPT_SIDES || e->reason <= APPT_NO_REASON ||
        e->reason >= APPT_REASONS)
        return APPT_NO_FORM;
    if (noshow && e->now.ms < a->span.from.ms) return APPT_NO_EARLY;
    if (noshow && a->state == APPT_ARRIVED && (e->side == APPT_DETAINEE || e->side == APPT_CUSTODY))
        return APPT_NO_FORM; /* the patient is there */
    a->side = e->side;
    a->reason = e->reason;
    return APPT_YES;
}

static enum appt_no come(struct appt *a, const struct appt_event *e)
{
    return e->now.ms < a->span.from.ms - EARLY_MS ? APPT_NO_EARLY : APPT_YES;
}

static enum appt_no change(struct appt *a, const struct appt_event *e)
{
    switch (e->verb) {
    case APPT_DO_HOLD:
        return hold(a, e);
    case APPT_DO_EXTEND:
        return extend(a, e);
    case APPT_DO_ASK:
        return ask(a, e);
    case APPT_DO_ACCEPT:
    case APPT_DO_DECLINE:
        return answer(a, e);
    case APPT_DO_LAPSE:
        return lapse(a, e);
    case APPT_DO_REPAIR:
    case APPT_DO_MOVE:
        return reseat(a, e);
    case APPT_DO_DISPLACE:
        return displace(a, e);
    case APPT_DO_CANCEL:
    case APPT_DO_NOSHOW:
        return end(a, e);
    case APPT_DO_CHECK_IN:
    case APPT_DO_ARRIVE:
        return come(a, e);
    case APPT_DO_FULFIL:
        return APPT_YES;
    case APPT_VERBS:
        break;
    }
    return APPT_NO_FORM;
}

/* ---- deciding --------------------------------------------------------------------------------------------- */

static void settle(struct appt *a, const struct appt_cell *cell, const struct appt_event *e)
{
    bool had_been_seen = a->state != APPT_PROPOSED && a->state != APPT_HELD;
    a->state = is_open(a) ? cell->next : cell->done;
    if (a->state != APPT_HELD && a->state != APPT_PENDING && a->state != APPT_DECLINED &&
        a->state != APPT_DISPLACED)
        a->until.ms = 0;
    a->version++;
    if (had_been_seen &&
        (e->verb == APPT_DO_MOVE || e->verb == APPT_DO_REPAIR || e->verb == APPT_DO_DISPLACE ||
         e->verb == APPT_DO_CANCEL || a->state == APPT_EXPIRED))
        a->sequence++;
}

/* A wake-up carries no promise of a version: it comes for whatever runs now, and its time says whether it may. */
static bool is_stale(const struct appt *a, const struct appt_event *e)
{
    return e->verb != APPT_DO_LAPSE && e->version != a->version;
}

enum appt_no appt_decide(const struct appt *a, const struct appt_event *e, struct appt_change *ret_change)
{
    struct appt after = *a;
    if (e->verb >= APPT_VERBS || e->reason >= APPT_REASONS) return APPT_NO_FORM;
    if (is_stale(a, e)) return APPT_NO_STALE;
    const struct appt_cell *cell = appt_cell(a->state, e->verb);
    enum appt_no no = cell->no ? cell->no : change(&after, e);
    if (no) return no;
    settle(&after, cell, e);
    *ret_change = (struct appt_change){.after = after,
                                       .step = {.version = after.version,
                                                .verb = e->verb,
                                                .from = a->state,
                                                .to = after.state,
                                                .at = e->now,
                                                .before = a->span,
                                                .after = after.span,
                                                .seat = e->seat,
                                                .side = e->side,
                                                .reason = e->reason}};
    appt_add_actions(a, e->now, ret_change);
    return APPT_YES;
}

void appt_apply(struct appt *a, const struct appt_change *c)
{
    ASSERT(a->id.n == c->after.id.n && a->version + 1 == c->after.version);
    *a = c->after;
}
