/* Random sequences of events on a small clinic: a desk as simple as can be decides with the core, keeps the plan, the
 * due heap and the waiting list, and after every event it is told from scratch, without the plan, whether
 *
 *   somebody is in two places at once                (never)
 *   a request is in exactly one place: on the list, carried by one live appointment, or closed
 *   every step is one of the printed table, and the version rises by one
 *   a holder has no more holds than the policy says
 *
 * The clock goes forward, and sometimes jumps. At the end time runs out: everything lapses or is fulfilled, no time is
 * taken any more, and no request is lost. */
#include "base/rnd.h"
#include "scheduler/appt_table.h"
#include "scheduler/hold.h"
#include "tests/unit/check.h"

enum { RESOURCES = 6, REQUESTS = 5, APPTS = 64, EVENTS = 100, HOLDERS = 2 };
enum place { ON_LIST, CARRIED, CLOSED };

struct clinic {
    struct instant now;
    struct plan *plan;
    struct due *due;
    struct appt appts[APPTS];
    uint32_t appt_count;
    enum place requests[REQUESTS + 1]; /* by id, from 1 */
};

static long steps_seen[APPT_STATES][APPT_VERBS], ends[APPT_STATES], refused[APPT_NOS], taken;

static uint32_t below(uint64_t n)
{
    return (uint32_t)rnd_below(n);
}

static bool meets(const struct plan_claim *a, uint8_t a_count, const struct plan_claim *b, uint8_t b_count)
{
    for (uint8_t i = 0; i < a_count; i++)
        for (uint8_t k = 0; k < b_count; k++)
            if (a[i].resource.n == b[k].resource.n && span_meets(a[i].span, b[k].span)) return true;
    return false;
}

/* Told from the appointments alone. */
static void nobody_is_in_two_places(const struct clinic *c, const struct appt *changed)
{
    struct plan_claim mine[APPT_SEATS_MAX], theirs[APPT_SEATS_MAX];
    uint8_t count = appt_claims(changed, mine);
    for (uint32_t i = 0; i < c->appt_count; i++)
        if (c->appts[i].id.n != changed->id.n)
            CHECK(!meets(mine, count, theirs, appt_claims(&c->appts[i], theirs)));
}

static void no_request_is_lost(const struct clinic *c)
{
    for (uint64_t r = 1; r <= REQUESTS; r++) {
        int carriers = 0;
        for (uint32_t i = 0; i < c->appt_count; i++)
            carriers += c->appts[i].request.n == r && !appt_is_over(c->appts[i].state);
        CHECK_INT(carriers, c->requests[r] == CARRIED);
    }
}

static void holders_are_bounded(const struct clinic *c)
{
    int holds[HOLDERS] = {0};
    for (uint32_t i = 0; i < c->appt_count; i++)
        if (c->appts[i].state == APPT_HELD) holds[c->appts[i].holder]++;
    for (int h = 0; h < HOLDERS; h++)
        CHECK(holds[h] <= hold_default.holder_max);
}

static void step_is_of_the_table(const struct appt *before, const struct appt_change *change)
{
    const struct appt_cell *cell = appt_cell(change->step.from, change->step.verb);
    CHECK(change->step.from == before->state && change->step.to == change->after.state);
    CHECK(cell->no == APPT_YES && (change->step.to == cell->next || change->step.to == cell->done));
    CHECK(change->after.id.n == before->id.n && change->after.request.n == before->request.n);
    CHECK(change->after.version == before->version + 1 && change->after.sequence >= before->sequence);
    steps_seen[change->step.from][change->step.verb]++;
}

static enum appt_no do_event(struct clinic *c, struct appt *a, struct appt_event e);

/* Holds that are over make way before anybody else takes their time. */
static bool is_way_free(struct clinic *c, const struct plan_claim *claims, uint8_t count, struct appt_id self)
{
    for (uint8_t i = 0; i < count; i++) {
        struct plan_claim met[APPTS];
        uint32_t n = plan_meets(c->plan, claims[i].resource, claims[i].span, self, met, APPTS);
        for (uint32_t k = 0; k < n; k++) {
            if (!met[k].expires.ms || hold_is_live(met[k].expires, c->now)) return false;
            struct appt *other = &c->appts[met[k].appt.n - 1];
            CHECK_INT(do_event(c, other, (struct appt_event){.verb = APPT_DO_LAPSE}), APPT_YES);
            CHECK_INT(other->state, APPT_EXPIRED);
        }
    }
    return true;
}

static void follow(struct clinic *c, const struct appt *before, const struct appt_change *change)
{
    const struct appt *a = &change->after;
    int fates = 0;
    for (uint8_t i = 0; i < change->action_count; i++) {
        const struct appt_action *action = &change->actions[i];
        if (action->act == APPT_REQUEUE || action->act == APPT_CLOSE_REQUEST) {
            CHECK_INT(c->requests[a->request.n], CARRIED);
            c->requests[a->request.n] = action->act == APPT_REQUEUE ? ON_LIST : CLOSED;
            fates++;
        } else if (action->act == APPT_WAKE) {
            CHECK_OK(due_add(c->due, &(struct due_entry){action->at, action->due, a->version, a->id.n}));
        } else if (action->act == APPT_FREE) {
            CHECK(appt_seat_of(before, action->resource) && action->span.from.ms < action->span.until.ms);
        } else if (action->act == APPT_INVITE) {
            CHECK_INT(appt_seat_of(a, action->resource)->answer, APPT_ASKED);
        }
    }
    CHECK_INT(fates, appt_is_over(a->state) && a->request.n != 0);
}

static enum appt_no do_event(struct clinic *c, struct appt *a, struct appt_event e)
{
    static struct appt_change change; /* large; copied before any recursion */
    struct plan_claim before[APPT_SEATS_MAX], after[APPT_SEATS_MAX];
    if (!e.version) e.version = a->version;
    e.now = c->now;
    enum appt_no no = appt_decide(a, &e, &change);
    refused[no]++;
    if (no) return no;
    step_is_of_the_table(a, &change);
    uint8_t before_count = appt_claims(a, before), after_count = appt_claims(&change.after, after);
    struct appt_change mine = change;
    if (!is_way_free(c, after, after_count, a->id)) {
        taken++;
        return APPT_NO_FORM; /* as the store's exclusion would */
    }
    CHECK_OK(plan_reserve(c->plan, after, after_count));
    for (uint8_t i = 0; i < before_count; i++)
        CHECK_INT(plan_drop(c->plan, before[i].resource, a->id), 1);
    follow(c, a, &mine);
    appt_apply(a, &mine);
    plan_put(c->plan, after, after_count);
    nobody_is_in_two_places(c, a);
    return APPT_YES;
}

static struct instant soon(const struct clinic *c, uint32_t minutes)
{
    return instant_add(c->now, (int64_t)(1 + below(minutes)) * MINUTE_MS);
}

static struct span random_span(const struct clinic *c)
{
    struct instant from = instant_add(c->now, (int64_t)below(60) * 10 * MINUTE_MS - 30 * MINUTE_MS);
    return (struct span){from, instant_add(from, (int64_t)(1 + below(4)) * 10 * MINUTE_MS)};
}

static uint8_t random_seats(struct appt_seat *seats)
{
    uint8_t count = 0;
    for (uint64_t r = 1; r <= RESOURCES; r++)
        if (below(3) == 0)
            seats[count++] = (struct appt_seat){{r},
                                                (uint16_t)r,
                                                (uint16_t)(below(3) * 5),
                                                (uint16_t)(below(3) * 5),
                                                r <= 4 ? APPT_UNASKED : APPT_NOT_NEEDED,
                                                r <= 5};
    return count;
}

static void propose(struct clinic *c)
{
    struct appt_seat seats[RESOURCES];
    uint8_t count = random_seats(seats);
    struct request_id request = {below(REQUESTS + 1)}; /* 0: a booking of its own */
    struct appt *a = &c->appts[c->appt_count];
    if (c->appt_count == APPTS || (request.n && c->requests[request.n] != ON_LIST)) return;
    if (appt_propose((struct appt_id){c->appt_count + 1u}, request, (enum triage)below(TRIAGES),
                     below(HOLDERS), random_span(c), seats, count, a))
        return;
    c->appt_count++;
    if (request.n) c->requests[request.n] = CARRIED;
}

static uint32_t holds_of(const struct clinic *c, uint64_t holder)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->appt_count; i++)
        n += c->appts[i].state == APPT_HELD && c->appts[i].holder == holder;
    return n;
}

/* Mostly what the state allows and rarely its end, so that many come far; else anything. */
static enum appt_verb random_verb(enum appt_state s)
{
    enum appt_verb v = (enum appt_verb)below(APPT_VERBS);
    for (int tries = 0; tries < 40 && below(8); tries++) {
        bool is_end = v == APPT_DO_CANCEL || v == APPT_DO_DISPLACE || v == APPT_DO_NOSHOW;
        if (appt_cell(s, v)->no == APPT_YES && (!is_end || below(12) == 0)) break;
        v = (enum appt_verb)below(APPT_VERBS);
    }
    return v;
}

static void random_event(struct clinic *c)
{
    if (c->appt_count == 0) return;
    struct appt *a = &c->appts[below(4) ? c->appt_count - 1 - below(c->appt_count < 4 ? c->appt_count : 4)
                                        : below(c->appt_count)];
    struct appt_seat seats[RESOURCES];
    struct appt_event e = {.verb = random_verb(a->state),
                           .until = soon(c, 90),
                           .seat = {1 + below(RESOURCES + 1)},
                           .side = (enum appt_side)below(APPT_SIDES),
                           .reason = (enum appt_reason)below(APPT_REASONS),
                           .span = below(3) ? a->span : random_span(c),
                           .seats = seats,
                           .is_agreed = below(4) == 0};
    e.seat_count = random_seats(seats);
    if (below(3) && a->seat_count) e.seat = a->seats[below(a->seat_count)].resource;
    if (below(3) == 0) { /* the same people, as a move mostly has */
        e.seat_count = a->seat_count;
        for (uint8_t i = 0; i < a->seat_count; i++) {
            seats[i] = a->seats[i];
            if (seats[i].answer != APPT_NOT_NEEDED) seats[i].answer = APPT_UNASKED;
        }
    }
    if (below(12) == 0) e.version = 1 + below(9);
    if (below(30) == 0) e.until.ms = 0;
    if (e.verb == APPT_DO_HOLD &&
        hold_begin(&hold_default, holds_of(c, a->holder), c->now, &e.until) != HOLD_MAY)
        return;
    if (e.verb == APPT_DO_EXTEND &&
        hold_extend(&hold_default, a->until, a->extended, c->now, &e.until) != HOLD_MAY)
        return;
    (void)do_event(c, a, e);
}

/* An emergency takes a resource: all that meet its time lose their place. */
static void emergency(struct clinic *c)
{
    struct plan_claim met[APPTS];
    uint32_t n = plan_meets(c->plan, (struct resource_id){1 + below(RESOURCES)}, random_span(c),
                            (struct appt_id){0}, met, APPTS);
    for (uint32_t i = 0; i < n; i++) {
        struct appt *a = &c->appts[met[i].appt.n - 1];
        enum appt_state was = a->state;
        enum appt_no no =
            do_event(c, a,
                     (struct appt_event){
                         .verb = APPT_DO_DISPLACE, .until = soon(c, 60), .reason = APPT_EMERGENCY_FIRST});
        CHECK_INT(no, was == APPT_ARRIVED ? APPT_NO_UNDER_WAY : APPT_YES);
    }
}

static void pass_time(struct clinic *c)
{
    struct due_entry e;
    c->now.ms += (int64_t)below(20 * MINUTE_MS);
    if (below(40) == 0) c->now.ms += (int64_t)below(6 * HOUR_MS) - 3 * HOUR_MS;
    while (due_take(c->due, c->now, &e)) {
        struct appt *a = &c->appts[e.id - 1];
        enum appt_no no = do_event(c, a, (struct appt_event){.verb = APPT_DO_LAPSE, .until = soon(c, 60)});
        CHECK(no == APPT_YES || no == APPT_NO_EARLY || no == APPT_NO_UNTIMED || no == APPT_NO_OVER);
    }
}

/* The clock runs until nothing waits; who is booked then comes or does not. */
static void run_out(struct clinic *c)
{
    struct instant next;
    while (due_next(c->due, &next)) {
        if (next.ms > c->now.ms) c->now = next;
        pass_time(c);
    }
    c->now.ms += 2 * DAY_MS;
    for (uint32_t i = 0; i < c->appt_count; i++) {
        struct appt *a = &c->appts[i];
        struct appt_event noshow = {.verb = APPT_DO_NOSHOW, .side = APPT_CUSTODY, .reason = APPT_NO_ESCORT};
        struct appt_event cancel = {.verb = APPT_DO_CANCEL, .side = APPT_CLINIC, .reason = APPT_WRONG_TIME};
        CHECK_INT(appt_is_forgotten(a, c->now),
                  a->state == APPT_BOOKED || a->state == APPT_CHECKED_IN || a->state == APPT_ARRIVED);
        if (a->state == APPT_ARRIVED || (a->state == APPT_BOOKED && below(2))) {
            if (a->state == APPT_BOOKED)
                CHECK_INT(do_event(c, a, (struct appt_event){.verb = APPT_DO_ARRIVE}), APPT_YES);
            CHECK_INT(do_event(c, a, (struct appt_event){.verb = APPT_DO_FULFIL}), APPT_YES);
        } else if (a->state == APPT_BOOKED || a->state == APPT_CHECKED_IN)
            CHECK_INT(do_event(c, a, noshow), APPT_YES);
        else if (a->state == APPT_PROPOSED)
            CHECK_INT(do_event(c, a, cancel), APPT_YES);
        CHECK(appt_is_over(a->state));
        ends[a->state]++;
    }
    CHECK_INT(plan_count(c->plan), 0);
    no_request_is_lost(c);
    for (uint64_t r = 1; r <= REQUESTS; r++)
        CHECK(c->requests[r] != CARRIED);
}

static void one_sequence(void)
{
    static struct clinic c;
    c.now = (struct instant){1000 * DAY_MS};
    c.appt_count = 0;
    memset(c.requests, 0, sizeof c.requests);
    c.plan = plan_new(APPTS * APPT_SEATS_MAX);
    c.due = due_new(10000);
    CHECK(c.plan && c.due);
    for (int i = 0; i < EVENTS; i++) {
        uint32_t kind = below(20);
        if (kind < 3)
            propose(&c);
        else if (kind < 5)
            pass_time(&c);
        else if (kind == 5 && below(4) == 0)
            emergency(&c);
        else
            random_event(&c);
        no_request_is_lost(&c);
        holders_are_bounded(&c);
    }
    run_out(&c);
    due_free(c.due);
    plan_free(c.plan);
}

TEST(no_sequence_of_events_books_twice_or_loses_a_request)
{
    long sequences = check_count(10000, 1000000), steps = 0, pairs = 0;
    rnd_seed(5);
    for (long i = 0; i < sequences; i++)
        one_sequence();
    for (int s = 0; s < APPT_STATES; s++)
        for (int v = 0; v < APPT_VERBS; v++) {
            bool goes = appt_cell((enum appt_state)s, (enum appt_verb)v)->no == APPT_YES;
            steps += steps_seen[s][v];
            pairs += steps_seen[s][v] > 0;
            CHECK(goes == (steps_seen[s][v] > 0)); /* every pair of the table that goes has gone */
        }
    for (int n = 1; n < APPT_NOS; n++)
        CHECK(refused[n] > 0); /* and every reason has been given */
    for (int s = APPT_FULFILLED; s < APPT_STATES; s++)
        CHECK(ends[s] > 0);
    printf("figure sequences n=%ld steps=%ld pairs=%ld refused-as-taken=%ld fulfilled=%ld noshow=%ld "
           "cancelled=%ld expired=%ld\n",
           sequences, steps, pairs, taken, ends[APPT_FULFILLED], ends[APPT_NOSHOW], ends[APPT_CANCELLED],
           ends[APPT_EXPIRED]);
    rnd_seed(0);
}
