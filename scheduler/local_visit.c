#include "scheduler/local_visit.h"
#include "scheduler/state_table.h"

struct cell {
    enum local_visit_no no;
    enum local_visit_state next;
};
#define TO(state)                                                                                            \
    {                                                                                                        \
        LOCAL_VISIT_YES, LOCAL_VISIT_##state                                                                 \
    }
#define NO(reason)                                                                                           \
    {                                                                                                        \
        LOCAL_VISIT_NO_##reason, LOCAL_VISIT_PLANNED                                                         \
    }
/* clang-format off */
static const struct cell table[LOCAL_VISIT_FINISHED][LOCAL_VISIT_VERBS] = {
    [LOCAL_VISIT_PLANNED] = {
        [LOCAL_VISIT_DO_ARRIVE] = TO(ARRIVED), [LOCAL_VISIT_DO_PREPARE] = TO(TRIAGED), [LOCAL_VISIT_DO_BEGIN] = TO(BEGUN),
        [LOCAL_VISIT_DO_FINISH] = NO(UNBEGUN), [LOCAL_VISIT_DO_CANCEL] = TO(CANCELLED)},
    [LOCAL_VISIT_ARRIVED] = {
        [LOCAL_VISIT_DO_ARRIVE] = NO(DONE),    [LOCAL_VISIT_DO_PREPARE] = TO(TRIAGED), [LOCAL_VISIT_DO_BEGIN] = TO(BEGUN),
        [LOCAL_VISIT_DO_FINISH] = NO(UNBEGUN), [LOCAL_VISIT_DO_CANCEL] = TO(CANCELLED)},
    [LOCAL_VISIT_TRIAGED] = {
        [LOCAL_VISIT_DO_ARRIVE] = NO(DONE),    [LOCAL_VISIT_DO_PREPARE] = NO(DONE),    [LOCAL_VISIT_DO_BEGIN] = TO(BEGUN),
        [LOCAL_VISIT_DO_FINISH] = NO(UNBEGUN), [LOCAL_VISIT_DO_CANCEL] = TO(CANCELLED)},
    [LOCAL_VISIT_BEGUN] = {
        [LOCAL_VISIT_DO_ARRIVE] = NO(DONE),    [LOCAL_VISIT_DO_PREPARE] = NO(DONE),    [LOCAL_VISIT_DO_BEGIN] = NO(DONE),
        [LOCAL_VISIT_DO_FINISH] = TO(FINISHED), [LOCAL_VISIT_DO_CANCEL] = NO(BEGUN)},
};
/* clang-format on */
static const char *const states[LOCAL_VISIT_STATES] = {"planned",     "arrived",  "triaged",
                                                       "in-progress", "finished", "cancelled"};
static const char *const verbs[LOCAL_VISIT_VERBS] = {"arrive", "prepare", "begin", "finish", "cancel"};
static const char *const nos[LOCAL_VISIT_NOS] = {"yes", "done already", "not begun yet", "it has begun",
                                                 "over"};

enum local_visit_no local_visit_decide(enum local_visit_state from, enum local_visit_verb verb,
                                       enum local_visit_state *ret_to)
{
    ASSERT(from < LOCAL_VISIT_STATES && verb < LOCAL_VISIT_VERBS);
    if (from >= LOCAL_VISIT_FINISHED) return LOCAL_VISIT_NO_OVER;
    if (!table[from][verb].no) *ret_to = table[from][verb].next;
    return table[from][verb].no;
}

const char *local_visit_state_text(enum local_visit_state s)
{
    ASSERT(s < LOCAL_VISIT_STATES);
    return states[s];
}

bool local_visit_state_from(struct str status, enum local_visit_state *ret)
{
    for (int i = 0; i < LOCAL_VISIT_STATES; i++)
        if (str_is_text(status, states[i])) return *ret = (enum local_visit_state)i, true;
    return false;
}

bool local_visit_verb_from(struct str text, enum local_visit_verb *ret)
{
    for (int i = 0; i < LOCAL_VISIT_VERBS; i++)
        if (str_is_text(text, verbs[i])) return *ret = (enum local_visit_verb)i, true;
    return false;
}

static void write_cell(const struct state_table *t, int s, int v, struct buf *to)
{
    state_table_step(t, (int)table[s][v].no, (int)table[s][v].next, to);
}

void local_visit_table_write(struct buf *to)
{
    static const struct state_table t = {states,    verbs, nos, LOCAL_VISIT_FINISHED, LOCAL_VISIT_VERBS,
                                         write_cell};
    state_table_write(&t, to);
    buf_add_char(to, '\n');
}
