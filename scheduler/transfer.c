#include "scheduler/transfer.h"
#include "scheduler/state_table.h"
#include "scheduler/terms.h"

/* What a verb does in a state; by_emergency: where an emergency goes all the same. */
struct cell {
    enum transfer_no no;
    enum transfer_state next;
    bool by_emergency;
};
#define TO(state)                                                                                            \
    {                                                                                                        \
        TRANSFER_YES, TRANSFER_##state, false                                                                \
    }
#define NO(reason)                                                                                           \
    {                                                                                                        \
        TRANSFER_NO_##reason, TRANSFER_NEEDED, false                                                         \
    }
#define RUSH(reason)                                                                                         \
    {                                                                                                        \
        TRANSFER_NO_##reason, TRANSFER_DEPARTED, true                                                        \
    }
/* What an emergency left out is made up for wherever the patient is by then: approve and arrange leave the state as it is. */
/* clang-format off */
static const struct cell table[TRANSFER_REFUSED][TRANSFER_VERBS] = {
    [TRANSFER_NEEDED] = {
        [TRANSFER_DO_APPROVE] = TO(APPROVED),     [TRANSFER_DO_ARRANGE] = TO(ARRANGED),  [TRANSFER_DO_FAIL] = TO(NEEDED),
        [TRANSFER_DO_DEPART] = RUSH(NEITHER),     [TRANSFER_DO_ARRIVE] = NO(STAYING),    [TRANSFER_DO_ADMIT] = NO(STAYING),
        [TRANSFER_DO_RETURN] = NO(STAYING),       [TRANSFER_DO_REFUSE] = TO(REFUSED),    [TRANSFER_DO_CALL_OFF] = TO(CALLED_OFF)},
    [TRANSFER_APPROVED] = {
        [TRANSFER_DO_APPROVE] = NO(APPROVED),     [TRANSFER_DO_ARRANGE] = TO(READY),     [TRANSFER_DO_FAIL] = TO(APPROVED),
        [TRANSFER_DO_DEPART] = RUSH(UNARRANGED),  [TRANSFER_DO_ARRIVE] = NO(STAYING),    [TRANSFER_DO_ADMIT] = NO(STAYING),
        [TRANSFER_DO_RETURN] = NO(STAYING),       [TRANSFER_DO_REFUSE] = TO(REFUSED),    [TRANSFER_DO_CALL_OFF] = TO(CALLED_OFF)},
    [TRANSFER_ARRANGED] = {
        [TRANSFER_DO_APPROVE] = TO(READY),        [TRANSFER_DO_ARRANGE] = TO(ARRANGED),  [TRANSFER_DO_FAIL] = TO(NEEDED),
        [TRANSFER_DO_DEPART] = RUSH(UNAPPROVED),  [TRANSFER_DO_ARRIVE] = NO(STAYING),    [TRANSFER_DO_ADMIT] = NO(STAYING),
        [TRANSFER_DO_RETURN] = NO(STAYING),       [TRANSFER_DO_REFUSE] = TO(REFUSED),    [TRANSFER_DO_CALL_OFF] = TO(CALLED_OFF)},
    [TRANSFER_READY] = {
        [TRANSFER_DO_APPROVE] = NO(APPROVED),     [TRANSFER_DO_ARRANGE] = TO(READY),     [TRANSFER_DO_FAIL] = TO(APPROVED),
        [TRANSFER_DO_DEPART] = TO(DEPARTED),      [TRANSFER_DO_ARRIVE] = NO(STAYING),    [TRANSFER_DO_ADMIT] = NO(STAYING),
        [TRANSFER_DO_RETURN] = NO(STAYING),       [TRANSFER_DO_REFUSE] = TO(REFUSED),    [TRANSFER_DO_CALL_OFF] = TO(CALLED_OFF)},
    [TRANSFER_DEPARTED] = {
        [TRANSFER_DO_APPROVE] = TO(DEPARTED),   [TRANSFER_DO_ARRANGE] = TO(DEPARTED), [TRANSFER_DO_FAIL] = NO(ON_WAY),
        [TRANSFER_DO_DEPART] = NO(ON_WAY),        [TRANSFER_DO_ARRIVE] = TO(AT_HOSPITAL), [TRANSFER_DO_ADMIT] = TO(ADMITTED),
        [TRANSFER_DO_RETURN] = TO(RETURNED),      [TRANSFER_DO_REFUSE] = NO(ON_WAY),      [TRANSFER_DO_CALL_OFF] = NO(ON_WAY)},
    [TRANSFER_AT_HOSPITAL] = {
        [TRANSFER_DO_APPROVE] = TO(AT_HOSPITAL), [TRANSFER_DO_ARRANGE] = TO(AT_HOSPITAL), [TRANSFER_DO_FAIL] = NO(THERE),
        [TRANSFER_DO_DEPART] = NO(THERE),          [TRANSFER_DO_ARRIVE] = NO(THERE),     [TRANSFER_DO_ADMIT] = TO(ADMITTED),
        [TRANSFER_DO_RETURN] = TO(RETURNED),       [TRANSFER_DO_REFUSE] = NO(THERE),     [TRANSFER_DO_CALL_OFF] = NO(THERE)},
    [TRANSFER_ADMITTED] = {
        [TRANSFER_DO_APPROVE] = TO(ADMITTED),    [TRANSFER_DO_ARRANGE] = TO(ADMITTED), [TRANSFER_DO_FAIL] = NO(THERE),
        [TRANSFER_DO_DEPART] = NO(THERE),          [TRANSFER_DO_ARRIVE] = NO(THERE),     [TRANSFER_DO_ADMIT] = NO(THERE),
        [TRANSFER_DO_RETURN] = TO(RETURNED),       [TRANSFER_DO_REFUSE] = NO(THERE),     [TRANSFER_DO_CALL_OFF] = NO(THERE)},
    [TRANSFER_RETURNED] = {
        [TRANSFER_DO_APPROVE] = TO(RETURNED),    [TRANSFER_DO_ARRANGE] = NO(BACK),     [TRANSFER_DO_FAIL] = NO(BACK),
        [TRANSFER_DO_DEPART] = NO(BACK),           [TRANSFER_DO_ARRIVE] = NO(BACK),      [TRANSFER_DO_ADMIT] = NO(BACK),
        [TRANSFER_DO_RETURN] = NO(BACK),           [TRANSFER_DO_REFUSE] = NO(BACK),      [TRANSFER_DO_CALL_OFF] = NO(BACK)},
};
/* clang-format on */
static const char *const states[TRANSFER_STATES] = {"needed",   "approved",    "arranged", "ready",
                                                    "departed", "at-hospital", "admitted", "returned",
                                                    "refused",  "called-off"};
static const char *const verbs[TRANSFER_VERBS] = {"approve", "arrange", "fail",   "depart",  "arrive",
                                                  "admit",   "return",  "refuse", "call-off"};
static const char *const nos[TRANSFER_NOS] = {"yes",
                                              "approved already",
                                              "not approved",
                                              "not arranged",
                                              "neither approved nor arranged",
                                              "they have not left",
                                              "they are on the way",
                                              "they are there",
                                              "they are back",
                                              "over",
                                              "the patient has not been asked"};

enum transfer_no transfer_decide(const struct transfer_facts *f, enum transfer_verb verb,
                                 enum transfer_state *ret_to)
{
    ASSERT(f->state < TRANSFER_STATES && verb < TRANSFER_VERBS);
    if (f->state >= TRANSFER_REFUSED) return TRANSFER_NO_OVER;
    const struct cell *c = &table[f->state][verb];
    if (c->no && !(c->by_emergency && f->is_emergency)) return c->no;
    if (verb == TRANSFER_DO_APPROVE && f->is_approved) return TRANSFER_NO_APPROVED;
    *ret_to = c->next;
    return TRANSFER_YES;
}

const char *transfer_state_text(enum transfer_state s)
{
    ASSERT(s < TRANSFER_STATES);
    return states[s];
}

bool transfer_state_from(struct str text, enum transfer_state *ret)
{
    for (int i = 0; i < TRANSFER_STATES; i++)
        if (str_is_text(text, states[i])) return *ret = (enum transfer_state)i, true;
    return false;
}

bool transfer_verb_from(struct str text, enum transfer_verb *ret)
{
    for (int i = 0; i < TRANSFER_VERBS; i++)
        if (str_is_text(text, verbs[i])) return *ret = (enum transfer_verb)i, true;
    return false;
}

const char *transfer_no_text(enum transfer_no n)
{
    ASSERT(n < TRANSFER_NOS);
    return nos[n];
}

bool transfer_is_over(const struct transfer_facts *f)
{
    return f->state >= TRANSFER_REFUSED || (f->state == TRANSFER_RETURNED && f->is_approved);
}

struct instant transfer_approve_by(const struct transfer_facts *f, struct instant asked,
                                   struct instant leaves)
{
    return f->is_emergency || leaves.ms < asked.ms ? instant_add(asked, TRANSFER_FORM_MIN * MINUTE_MS)
                                                   : leaves;
}

static void write_cell(const struct state_table *t, int s, int v, struct buf *to)
{
    const struct cell *c = &table[s][v];
    state_table_step(t, (int)c->no, (int)c->next, to);
    if (c->no && c->by_emergency) buf_printf(to, "; an emergency **%s**", states[c->next]);
}

void transfer_table_write(struct buf *to)
{
    static const struct state_table t = {states, verbs, nos, TRANSFER_REFUSED, TRANSFER_VERBS, write_cell};
    state_table_write(&t, to);
    buf_add_char(to, '\n');
}
