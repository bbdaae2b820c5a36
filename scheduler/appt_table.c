#include "scheduler/appt_table.h"
#include "scheduler/state_table.h"

#define GO(state)                                                                                            \
    {                                                                                                        \
        APPT_YES, APPT_##state, APPT_##state                                                                 \
    }
#define GO_OR(state, all)                                                                                    \
    {                                                                                                        \
        APPT_YES, APPT_##state, APPT_##all                                                                   \
    }
#define NO(reason)                                                                                           \
    {                                                                                                        \
        APPT_NO_##reason, APPT_STATES, APPT_STATES                                                           \
    }

/* clang-format off */
static const struct appt_cell table[APPT_STATES][APPT_VERBS] = {
    [APPT_PROPOSED] = {
        [APPT_DO_HOLD] = GO(HELD),                 [APPT_DO_EXTEND] = NO(NOT_HELD),
        [APPT_DO_ASK] = NO(NOT_HELD),              [APPT_DO_ACCEPT] = NO(NOT_ASKED),
        [APPT_DO_DECLINE] = NO(NOT_ASKED),         [APPT_DO_LAPSE] = NO(UNTIMED),
        [APPT_DO_REPAIR] = NO(WHOLE),              [APPT_DO_MOVE] = NO(NOT_HELD),
        [APPT_DO_DISPLACE] = NO(NOT_HELD),         [APPT_DO_CANCEL] = GO(CANCELLED),
        [APPT_DO_CHECK_IN] = NO(NOT_BOOKED),       [APPT_DO_ARRIVE] = NO(NOT_BOOKED),
        [APPT_DO_NOSHOW] = NO(NOT_BOOKED),         [APPT_DO_FULFIL] = NO(NOT_BOOKED)},
    [APPT_HELD] = {
        [APPT_DO_HOLD] = NO(HELD_ALREADY),         [APPT_DO_EXTEND] = GO(HELD),
        [APPT_DO_ASK] = GO_OR(PENDING, BOOKED),    [APPT_DO_ACCEPT] = NO(NOT_ASKED),
        [APPT_DO_DECLINE] = NO(NOT_ASKED),         [APPT_DO_LAPSE] = GO(EXPIRED),
        [APPT_DO_REPAIR] = NO(WHOLE),              [APPT_DO_MOVE] = NO(NOT_ASKED),
        [APPT_DO_DISPLACE] = GO(EXPIRED),          [APPT_DO_CANCEL] = GO(CANCELLED),
        [APPT_DO_CHECK_IN] = NO(NOT_BOOKED),       [APPT_DO_ARRIVE] = NO(NOT_BOOKED),
        [APPT_DO_NOSHOW] = NO(NOT_BOOKED),         [APPT_DO_FULFIL] = NO(NOT_BOOKED)},
    [APPT_PENDING] = {
        [APPT_DO_HOLD] = NO(ASKED_ALREADY),        [APPT_DO_EXTEND] = NO(ASKED_ALREADY),
        [APPT_DO_ASK] = NO(ASKED_ALREADY),         [APPT_DO_ACCEPT] = GO_OR(PENDING, BOOKED),
        [APPT_DO_DECLINE] = GO(DECLINED),          [APPT_DO_LAPSE] = GO(DECLINED),
        [APPT_DO_REPAIR] = NO(WHOLE),              [APPT_DO_MOVE] = GO_OR(PENDING, BOOKED),
        [APPT_DO_DISPLACE] = GO(DISPLACED),        [APPT_DO_CANCEL] = GO(CANCELLED),
        [APPT_DO_CHECK_IN] = NO(NOT_BOOKED),       [APPT_DO_ARRIVE] = NO(NOT_BOOKED),
        [APPT_DO_NOSHOW] = NO(NOT_BOOKED),         [APPT_DO_FULFIL] = NO(NOT_BOOKED)},
    [APPT_BOOKED] = {
        [APPT_DO_HOLD] = NO(ASKED_ALREADY),        [APPT_DO_EXTEND] = NO(ASKED_ALREADY),
        [APPT_DO_ASK] = NO(ASKED_ALREADY),         [APPT_DO_ACCEPT] = NO(SAID),
        [APPT_DO_DECLINE] = GO(DECLINED),          [APPT_DO_LAPSE] = NO(UNTIMED),
        [APPT_DO_REPAIR] = NO(WHOLE),              [APPT_DO_MOVE] = GO_OR(PENDING, BOOKED),
        [APPT_DO_DISPLACE] = GO(DISPLACED),        [APPT_DO_CANCEL] = GO(CANCELLED),
        [APPT_DO_CHECK_IN] = GO(CHECKED_IN),       [APPT_DO_ARRIVE] = GO(ARRIVED),
        [APPT_DO_NOSHOW] = GO(NOSHOW),             [APPT_DO_FULFIL] = NO(NOT_ARRIVED)},
    [APPT_CHECKED_IN] = {
        [APPT_DO_HOLD] = NO(ASKED_ALREADY),        [APPT_DO_EXTEND] = NO(ASKED_ALREADY),
        [APPT_DO_ASK] = NO(ASKED_ALREADY),         [APPT_DO_ACCEPT] = NO(SAID),
        [APPT_DO_DECLINE] = GO(DECLINED),          [APPT_DO_LAPSE] = NO(UNTIMED),
        [APPT_DO_REPAIR] = NO(WHOLE),              [APPT_DO_MOVE] = NO(UNDER_WAY),
        [APPT_DO_DISPLACE] = GO(DISPLACED),        [APPT_DO_CANCEL] = GO(CANCELLED),
        [APPT_DO_CHECK_IN] = NO(UNDER_WAY),        [APPT_DO_ARRIVE] = GO(ARRIVED),
        [APPT_DO_NOSHOW] = GO(NOSHOW),             [APPT_DO_FULFIL] = NO(NOT_ARRIVED)},
    [APPT_ARRIVED] = {
        [APPT_DO_HOLD] = NO(UNDER_WAY),            [APPT_DO_EXTEND] = NO(UNDER_WAY),
        [APPT_DO_ASK] = NO(UNDER_WAY),             [APPT_DO_ACCEPT] = NO(UNDER_WAY),
        [APPT_DO_DECLINE] = NO(UNDER_WAY),         [APPT_DO_LAPSE] = NO(UNTIMED),
        [APPT_DO_REPAIR] = NO(WHOLE),              [APPT_DO_MOVE] = NO(UNDER_WAY),
        [APPT_DO_DISPLACE] = NO(UNDER_WAY),        [APPT_DO_CANCEL] = GO(CANCELLED),
        [APPT_DO_CHECK_IN] = NO(UNDER_WAY),        [APPT_DO_ARRIVE] = NO(UNDER_WAY),
        [APPT_DO_NOSHOW] = GO(NOSHOW),             [APPT_DO_FULFIL] = GO(FULFILLED)},
    [APPT_DECLINED] = {
        [APPT_DO_HOLD] = NO(REPAIR_FIRST),         [APPT_DO_EXTEND] = NO(REPAIR_FIRST),
        [APPT_DO_ASK] = NO(REPAIR_FIRST),          [APPT_DO_ACCEPT] = GO(DECLINED),
        [APPT_DO_DECLINE] = GO(DECLINED),          [APPT_DO_LAPSE] = GO(EXPIRED),
        [APPT_DO_REPAIR] = GO_OR(PENDING, BOOKED), [APPT_DO_MOVE] = NO(REPAIR_FIRST),
        [APPT_DO_DISPLACE] = GO(DISPLACED),        [APPT_DO_CANCEL] = GO(CANCELLED),
        [APPT_DO_CHECK_IN] = NO(REPAIR_FIRST),     [APPT_DO_ARRIVE] = NO(REPAIR_FIRST),
        [APPT_DO_NOSHOW] = NO(REPAIR_FIRST),       [APPT_DO_FULFIL] = NO(REPAIR_FIRST)},
    [APPT_DISPLACED] = {
        [APPT_DO_HOLD] = NO(REPAIR_FIRST),         [APPT_DO_EXTEND] = NO(REPAIR_FIRST),
        [APPT_DO_ASK] = NO(REPAIR_FIRST),          [APPT_DO_ACCEPT] = NO(REPAIR_FIRST),
        [APPT_DO_DECLINE] = NO(REPAIR_FIRST),      [APPT_DO_LAPSE] = GO(EXPIRED),
        [APPT_DO_REPAIR] = GO_OR(PENDING, BOOKED), [APPT_DO_MOVE] = NO(REPAIR_FIRST),
        [APPT_DO_DISPLACE] = NO(REPAIR_FIRST),     [APPT_DO_CANCEL] = GO(CANCELLED),
        [APPT_DO_CHECK_IN] = NO(REPAIR_FIRST),     [APPT_DO_ARRIVE] = NO(REPAIR_FIRST),
        [APPT_DO_NOSHOW] = NO(REPAIR_FIRST),       [APPT_DO_FULFIL] = NO(REPAIR_FIRST)},
#define OVER {                                                                                               \
        [APPT_DO_HOLD] = NO(OVER),                 [APPT_DO_EXTEND] = NO(OVER),                              \
        [APPT_DO_ASK] = NO(OVER),                  [APPT_DO_ACCEPT] = NO(OVER),                              \
        [APPT_DO_DECLINE] = NO(OVER),              [APPT_DO_LAPSE] = NO(OVER),                               \
        [APPT_DO_REPAIR] = NO(OVER),               [APPT_DO_MOVE] = NO(OVER),                                \
        [APPT_DO_DISPLACE] = NO(OVER),             [APPT_DO_CANCEL] = NO(OVER),                              \
        [APPT_DO_CHECK_IN] = NO(OVER),             [APPT_DO_ARRIVE] = NO(OVER),                              \
        [APPT_DO_NOSHOW] = NO(OVER),               [APPT_DO_FULFIL] = NO(OVER)}
    [APPT_FULFILLED] = OVER,
    [APPT_NOSHOW] = OVER,
    [APPT_CANCELLED] = OVER,
    [APPT_EXPIRED] = OVER,
};
static const char *const states[APPT_STATES] = {
    "proposed", "held", "pending", "booked", "checked-in", "arrived",
    "declined", "displaced", "fulfilled", "noshow", "cancelled", "expired"};
static const char *const verbs[APPT_VERBS] = {
    "hold", "extend", "ask", "accept", "decline", "lapse", "repair",
    "move", "displace", "cancel", "check in", "arrive", "no show", "fulfil"};
static const char *const nos[APPT_NOS] = {
    [APPT_YES] = "yes",
    [APPT_NO_NOT_HELD] = "not held yet",
    [APPT_NO_HELD_ALREADY] = "held already",
    [APPT_NO_NOT_ASKED] = "nobody has been asked yet",
    [APPT_NO_ASKED_ALREADY] = "asked already",
    [APPT_NO_NOT_BOOKED] = "not booked yet",
    [APPT_NO_NOT_ARRIVED] = "the patient has not arrived",
    [APPT_NO_UNDER_WAY] = "under way",
    [APPT_NO_REPAIR_FIRST] = "to be repaired first",
    [APPT_NO_WHOLE] = "nothing to repair",
    [APPT_NO_UNTIMED] = "nothing of it ends by time",
    [APPT_NO_OVER] = "over",
    [APPT_NO_STALE] = "it has changed meanwhile",
    [APPT_NO_SEAT] = "no such seat, or its answer is not asked for",
    [APPT_NO_SAID] = "said already",
    [APPT_NO_LATE] = "too late",
    [APPT_NO_EARLY] = "too early",
    [APPT_NO_FORM] = "cannot be meant"};
static const char *const sides[APPT_SIDES] = {"none", "clinic", "hospital", "custody", "detainee", "technical"};
static const char *const reasons[APPT_REASONS] = {
    [APPT_NO_REASON] = "none",               [APPT_ILL] = "ill",
    [APPT_OTHER_DUTY] = "other-duty",        [APPT_NO_ANSWER] = "no-answer",
    [APPT_EMERGENCY_FIRST] = "emergency-first", [APPT_COURT] = "court",
    [APPT_NO_ESCORT] = "no-escort",          [APPT_LOCKDOWN] = "lockdown",
    [APPT_DEVICE] = "device",                [APPT_NETWORK] = "network",
    [APPT_WRONG_TIME] = "wrong-time",        [APPT_CARE_REFUSED] = "care-refused",
    [APPT_NEED_GONE] = "need-gone",          [APPT_LEFT] = "left"};
/* clang-format on */

const struct appt_cell *appt_cell(enum appt_state s, enum appt_verb v)
{
    ASSERT(s < APPT_STATES && v < APPT_VERBS);
    return &table[s][v];
}

const char *appt_state_text(enum appt_state s)
{
    ASSERT(s < APPT_STATES);
    return states[s];
}

const char *appt_verb_text(enum appt_verb v)
{
    ASSERT(v < APPT_VERBS);
    return verbs[v];
}

const char *appt_no_text(enum appt_no n)
{
    ASSERT(n < APPT_NOS);
    return nos[n];
}

const char *appt_side_text(enum appt_side s)
{
    ASSERT(s < APPT_SIDES);
    return sides[s];
}

const char *appt_reason_text(enum appt_reason r)
{
    ASSERT(r < APPT_REASONS);
    return reasons[r];
}

static void write_cell(const struct state_table *t, int s, int v, struct buf *to)
{
    const struct appt_cell *c = &table[s][v];
    state_table_step(t, (int)c->no, (int)c->next, to);
    if (c->no == APPT_YES && c->done != c->next) buf_printf(to, " or **%s**", states[c->done]);
}

/* Events down, states across; the four ends refuse everything and are one sentence. */
void appt_table_write(struct buf *to)
{
    static const struct state_table t = {states, verbs, nos, APPT_FULFILLED, APPT_VERBS, write_cell};
    state_table_write(&t, to);
    buf_add_text(to, "\n\nIn");
    for (int s = APPT_FULFILLED; s < APPT_STATES; s++)
        buf_printf(to, "%s **%s**",
                   s == APPT_FULFILLED    ? ""
                   : s + 1 == APPT_STATES ? " and"
                                          : ",",
                   states[s]);
    buf_add_text(to, " every event is refused: over.\n");
}
