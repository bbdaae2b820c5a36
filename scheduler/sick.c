#include "scheduler/sick.h"
#include "scheduler/state_table.h"

const struct sick_limits sick_limits_default = {24, 48, 72};

/* What a verb does in a state; where two states stand, the second is reached by what has been triaged before. */
struct cell {
    enum sick_no no;
    enum sick_state next, other;
};
#define TO(state)                                                                                            \
    {                                                                                                        \
        SICK_YES, SICK_##state, SICK_##state                                                                 \
    }
#define NO(reason)                                                                                           \
    {                                                                                                        \
        SICK_NO_##reason, SICK_DRAFT, SICK_DRAFT                                                             \
    }
/* clang-format off */
static const struct cell table[SICK_STATES][SICK_VERBS] = {
    [SICK_DRAFT] = {
        [SICK_DO_SUBMIT] = TO(SUBMITTED),    [SICK_DO_RECEIVE] = NO(UNSENT),  [SICK_DO_TRIAGE] = NO(UNSENT),
        [SICK_DO_SCHEDULE] = NO(UNSENT),     [SICK_DO_CALL_OFF] = NO(UNSENT), [SICK_DO_ANSWER] = NO(UNSENT),
        [SICK_DO_LINK] = NO(UNSENT),         [SICK_DO_PART] = NO(UNSENT),     [SICK_DO_SEE] = NO(UNSENT),
        [SICK_DO_CLOSE] = NO(UNSENT),        [SICK_DO_WITHDRAW] = TO(WITHDRAWN)},
    [SICK_SUBMITTED] = {
        [SICK_DO_SUBMIT] = NO(SENT),         [SICK_DO_RECEIVE] = TO(RECEIVED),    [SICK_DO_TRIAGE] = NO(UNRECEIVED),
        [SICK_DO_SCHEDULE] = NO(UNRECEIVED), [SICK_DO_CALL_OFF] = NO(UNRECEIVED), [SICK_DO_ANSWER] = NO(UNRECEIVED),
        [SICK_DO_LINK] = NO(UNRECEIVED),     [SICK_DO_PART] = NO(UNRECEIVED),     [SICK_DO_SEE] = NO(UNRECEIVED),
        [SICK_DO_CLOSE] = NO(UNRECEIVED),    [SICK_DO_WITHDRAW] = TO(WITHDRAWN)},
    [SICK_RECEIVED] = {
        [SICK_DO_SUBMIT] = NO(SENT),         [SICK_DO_RECEIVE] = NO(SENT),     [SICK_DO_TRIAGE] = TO(TRIAGED),
        [SICK_DO_SCHEDULE] = NO(UNTRIAGED),  [SICK_DO_CALL_OFF] = NO(VISIT),   [SICK_DO_ANSWER] = NO(UNTRIAGED),
        [SICK_DO_LINK] = TO(DUPLICATE),      [SICK_DO_PART] = NO(UNLINKED),    [SICK_DO_SEE] = NO(VISIT),
        [SICK_DO_CLOSE] = NO(UNSEEN),        [SICK_DO_WITHDRAW] = TO(WITHDRAWN)},
    [SICK_TRIAGED] = {
        [SICK_DO_SUBMIT] = NO(SENT),         [SICK_DO_RECEIVE] = NO(SENT),     [SICK_DO_TRIAGE] = TO(TRIAGED),
        [SICK_DO_SCHEDULE] = TO(SCHEDULED),  [SICK_DO_CALL_OFF] = NO(VISIT),   [SICK_DO_ANSWER] = TO(ANSWERED),
        [SICK_DO_LINK] = TO(DUPLICATE),      [SICK_DO_PART] = NO(UNLINKED),    [SICK_DO_SEE] = NO(VISIT),
        [SICK_DO_CLOSE] = NO(UNSEEN),        [SICK_DO_WITHDRAW] = TO(WITHDRAWN)},
    [SICK_SCHEDULED] = {
        [SICK_DO_SUBMIT] = NO(SENT),         [SICK_DO_RECEIVE] = NO(SENT),     [SICK_DO_TRIAGE] = TO(SCHEDULED),
        [SICK_DO_SCHEDULE] = NO(HAS_VISIT),  [SICK_DO_CALL_OFF] = TO(TRIAGED), [SICK_DO_ANSWER] = NO(HAS_VISIT),
        [SICK_DO_LINK] = NO(HAS_VISIT),      [SICK_DO_PART] = NO(UNLINKED),    [SICK_DO_SEE] = TO(SEEN),
        [SICK_DO_CLOSE] = NO(UNSEEN),        [SICK_DO_WITHDRAW] = TO(WITHDRAWN)},
    [SICK_ANSWERED] = {
        [SICK_DO_SUBMIT] = NO(SENT),         [SICK_DO_RECEIVE] = NO(SENT),     [SICK_DO_TRIAGE] = TO(TRIAGED),
        [SICK_DO_SCHEDULE] = TO(SCHEDULED),  [SICK_DO_CALL_OFF] = NO(VISIT),   [SICK_DO_ANSWER] = NO(ANSWERED),
        [SICK_DO_LINK] = NO(ANSWERED),       [SICK_DO_PART] = NO(UNLINKED),    [SICK_DO_SEE] = NO(VISIT),
        [SICK_DO_CLOSE] = TO(CLOSED),        [SICK_DO_WITHDRAW] = TO(WITHDRAWN)},
    [SICK_DUPLICATE] = {
        [SICK_DO_SUBMIT] = NO(SENT),         [SICK_DO_RECEIVE] = NO(SENT),     [SICK_DO_TRIAGE] = NO(LINKED),
        [SICK_DO_SCHEDULE] = NO(LINKED),     [SICK_DO_CALL_OFF] = NO(LINKED),  [SICK_DO_ANSWER] = NO(LINKED),
        [SICK_DO_LINK] = NO(LINKED),         [SICK_DO_PART] = {SICK_YES, SICK_RECEIVED, SICK_TRIAGED},
        [SICK_DO_SEE] = TO(SEEN),            [SICK_DO_CLOSE] = TO(CLOSED),     [SICK_DO_WITHDRAW] = TO(WITHDRAWN)},
    [SICK_SEEN] = {
        [SICK_DO_SUBMIT] = NO(SENT),         [SICK_DO_RECEIVE] = NO(SENT),     [SICK_DO_TRIAGE] = NO(SEEN),
        [SICK_DO_SCHEDULE] = NO(SEEN),       [SICK_DO_CALL_OFF] = NO(SEEN),    [SICK_DO_ANSWER] = NO(SEEN),
        [SICK_DO_LINK] = NO(SEEN),           [SICK_DO_PART] = NO(SEEN),        [SICK_DO_SEE] = NO(SEEN),
        [SICK_DO_CLOSE] = TO(CLOSED),        [SICK_DO_WITHDRAW] = NO(SEEN)},
};
/* clang-format on */
static const char *const states[SICK_STATES] = {"draft",    "submitted", "received", "triaged", "scheduled",
                                                "answered", "duplicate", "seen",     "closed",  "withdrawn"};
static const char *const verbs[SICK_VERBS] = {"submit", "receive", "triage", "schedule", "call off", "answer",
                                              "link",   "part",    "see",    "close",    "withdraw"};
static const char *const nos[SICK_NOS] = {"yes",
                                          "sent already",
                                          "not sent yet",
                                          "not received yet",
                                          "not triaged yet",
                                          "no visit stands",
                                          "a visit stands",
                                          "it is linked",
                                          "it is not linked",
                                          "not seen yet",
                                          "seen already",
                                          "answered already",
                                          "over"};

enum sick_no sick_decide(enum sick_state from, enum sick_verb verb, bool is_triaged, enum sick_state *ret_to)
{
    ASSERT(from < SICK_STATES && verb < SICK_VERBS);
    if (sick_is_over(from)) return SICK_NO_OVER;
    const struct cell *c = &table[from][verb];
    if (!c->no) *ret_to = is_triaged ? c->other : c->next;
    return c->no;
}

const char *sick_state_text(enum sick_state s)
{
    ASSERT(s < SICK_STATES);
    return states[s];
}

bool sick_state_from(struct str text, enum sick_state *ret)
{
    for (int i = 0; i < SICK_STATES; i++)
        if (str_is_text(text, states[i])) return *ret = (enum sick_state)i, true;
    return false;
}

const char *sick_no_text(enum sick_no n)
{
    ASSERT(n < SICK_NOS);
    return nos[n];
}

static void write_cell(const struct state_table *t, int s, int v, struct buf *to)
{
    const struct cell *c = &table[s][v];
    state_table_step(t, (int)c->no, (int)c->next, to);
    if (!c->no && c->other != c->next) buf_printf(to, " or **%s**", states[c->other]);
}

void sick_table_write(struct buf *to)
{
    static const struct state_table t = {states, verbs, nos, SICK_CLOSED, SICK_VERBS, write_cell};
    state_table_write(&t, to);
    buf_add_char(to, '\n');
}

/* -- clocks -- */

struct instant sick_triage_by(const struct sick_limits *l, struct instant received)
{
    return instant_add(received, l->triage_h * HOUR_MS);
}

/* Saturday or Sunday there, at some moment of [from, until). */
static bool holds_weekend(const struct zone *zone, struct instant from, struct instant until)
{
    struct date last = zone_date(zone, instant_add(until, -1));
    for (struct date d = zone_date(zone, from); d.days <= last.days; d.days++) {
        enum weekday day = date_weekday(d);
        if (day == SATURDAY || day == SUNDAY) return true;
    }
    return false;
}

struct instant sick_seen_by(const struct sick_limits *l, const struct zone *zone, struct instant received)
{
    struct instant by = instant_add(received, l->seen_h * HOUR_MS);
    if (l->weekend_h > l->seen_h && holds_weekend(zone, received, by))
        by = instant_add(received, l->weekend_h * HOUR_MS);
    return by;
}

enum sick_clock sick_clock(const struct sick_limits *l, const struct zone *zone, const struct sick_facts *f,
                           struct instant *ret_due)
{
    /* From when it was said: an emergency is seen within a quarter of an hour, what is for today within eight hours, soon within a day. */
    static const int64_t within_min[TRIAGES] = {15, 8 * 60, 24 * 60, 0};
    if (f->state == SICK_RECEIVED) return *ret_due = sick_triage_by(l, f->received), SICK_CLOCK_TRIAGE;
    if ((f->state != SICK_TRIAGED && f->state != SICK_SCHEDULED) || f->is_before_us) return SICK_CLOCK_NONE;
    ASSERT(f->triage < TRIAGES);
    struct instant by = sick_seen_by(l, zone, f->received);
    if (within_min[f->triage]) {
        struct instant own = instant_add(f->triage_since, within_min[f->triage] * MINUTE_MS);
        if (own.ms < by.ms) by = own;
    }
    *ret_due = by;
    return SICK_CLOCK_SEEN;
}
