#include "scheduler/epidemic.h"
#include "scheduler/state_table.h"
#include "scheduler/terms.h"

const struct epidemic_limits epidemic_limits_default = {2, 24, 3, 378, 30};

struct cell {
    enum epidemic_no no;
    enum epidemic_state next;
};
#define TO(state)                                                                                            \
    {                                                                                                        \
        EPIDEMIC_YES, EPIDEMIC_##state                                                                       \
    }
#define NO(reason)                                                                                           \
    {                                                                                                        \
        EPIDEMIC_NO_##reason, EPIDEMIC_SUSPECTED                                                             \
    }
/* clang-format off */
static const struct cell table[EPIDEMIC_STATES][EPIDEMIC_VERBS] = {
    [EPIDEMIC_SUSPECTED] = {
        [EPIDEMIC_DO_ISOLATE] = TO(ISOLATED),  [EPIDEMIC_DO_CONFIRM] = TO(CONFIRMED),
        [EPIDEMIC_DO_EXCLUDE] = TO(EXCLUDED),  [EPIDEMIC_DO_RELEASE] = NO(OPEN),
        [EPIDEMIC_DO_LEAVE] = TO(RELEASED)},
    [EPIDEMIC_ISOLATED] = {
        [EPIDEMIC_DO_ISOLATE] = NO(ISOLATED),  [EPIDEMIC_DO_CONFIRM] = TO(CONFIRMED),
        [EPIDEMIC_DO_EXCLUDE] = TO(EXCLUDED),  [EPIDEMIC_DO_RELEASE] = NO(OPEN),
        [EPIDEMIC_DO_LEAVE] = TO(RELEASED)},
    [EPIDEMIC_CONFIRMED] = { /* isolated only now; and a test may have been wrong */
        [EPIDEMIC_DO_ISOLATE] = TO(CONFIRMED), [EPIDEMIC_DO_CONFIRM] = NO(CONFIRMED),
        [EPIDEMIC_DO_EXCLUDE] = TO(EXCLUDED),  [EPIDEMIC_DO_RELEASE] = TO(RELEASED),
        [EPIDEMIC_DO_LEAVE] = TO(RELEASED)},
    [EPIDEMIC_EXCLUDED] = {
        [EPIDEMIC_DO_ISOLATE] = NO(EXCLUDED),  [EPIDEMIC_DO_CONFIRM] = TO(CONFIRMED),
        [EPIDEMIC_DO_EXCLUDE] = NO(EXCLUDED),  [EPIDEMIC_DO_RELEASE] = TO(RELEASED),
        [EPIDEMIC_DO_LEAVE] = TO(RELEASED)},
    [EPIDEMIC_RELEASED] = {
        [EPIDEMIC_DO_ISOLATE] = NO(OVER),      [EPIDEMIC_DO_CONFIRM] = NO(OVER),
        [EPIDEMIC_DO_EXCLUDE] = NO(OVER),      [EPIDEMIC_DO_RELEASE] = NO(OVER),
        [EPIDEMIC_DO_LEAVE] = NO(OVER)},
};
/* clang-format on */
static const char *const states[EPIDEMIC_STATES] = {"suspected", "isolated", "confirmed", "excluded",
                                                    "released"};
static const char *const verbs[EPIDEMIC_VERBS] = {"isolate", "confirm", "exclude", "release", "leave"};
static const char *const nos[EPIDEMIC_NOS] = {"yes",
                                              "isolated already",
                                              "confirmed already",
                                              "excluded already",
                                              "neither confirmed nor excluded yet",
                                              "the criterion is not met yet",
                                              "over"};

enum epidemic_no epidemic_decide(enum epidemic_state from, enum epidemic_verb verb, bool is_met,
                                 enum epidemic_state *ret_to)
{
    ASSERT(from < EPIDEMIC_STATES && verb < EPIDEMIC_VERBS);
    const struct cell *c = &table[from][verb];
    if (c->no) return c->no;
    if (verb == EPIDEMIC_DO_RELEASE && from != EPIDEMIC_EXCLUDED && !is_met) return EPIDEMIC_NO_CRITERION;
    *ret_to = c->next;
    return EPIDEMIC_YES;
}

const char *epidemic_state_text(enum epidemic_state s)
{
    ASSERT(s < EPIDEMIC_STATES);
    return states[s];
}

bool epidemic_state_from(struct str text, enum epidemic_state *ret)
{
    for (int i = 0; i < EPIDEMIC_STATES; i++)
        if (str_is_text(text, states[i])) return *ret = (enum epidemic_state)i, true;
    return false;
}

bool epidemic_verb_from(struct str text, enum epidemic_verb *ret)
{
    for (int i = 0; i < EPIDEMIC_VERBS; i++)
        if (str_is_text(text, verbs[i])) return *ret = (enum epidemic_verb)i, true;
    return false;
}

const char *epidemic_no_text(enum epidemic_no n)
{
    ASSERT(n < EPIDEMIC_NOS);
    return nos[n];
}

bool epidemic_is_apart(enum epidemic_state s, struct instant isolated)
{
    return s == EPIDEMIC_ISOLATED || (isolated.ms && (s == EPIDEMIC_CONFIRMED || s == EPIDEMIC_EXCLUDED));
}

static void write_cell(const struct state_table *t, int s, int v, struct buf *to)
{
    state_table_step(t, (int)table[s][v].no, (int)table[s][v].next, to);
}

void epidemic_table_write(struct buf *to)
{
    static const struct state_table t = {states, verbs, nos, EPIDEMIC_RELEASED, EPIDEMIC_VERBS, write_cell};
    state_table_write(&t, to);
    buf_add_char(to, '\n');
}

/* -- illnesses -- */

const char *epidemic_class_text(enum epidemic_class c)
{
    static const char *const names[] = {"", "A", "B", "C"};
    return names[c];
}

struct instant epidemic_report_by(const struct epidemic_limits *l, const struct epidemic_illness *i,
                                  struct instant found)
{
    if (i->class == EPIDEMIC_UNLISTED) return (struct instant){0};
    bool is_fast = i->class == EPIDEMIC_A || i->is_as_a;
    return instant_add(found, (is_fast ? l->report_a_h : l->report_h) * HOUR_MS);
}

bool epidemic_is_met(const struct epidemic_illness *i, const struct epidemic_course *c, struct instant now,
                     struct instant *ret_from)
{
    *ret_from = instant_add(c->onset, i->apart_days * DAY_MS);
    bool is_well = c->well_since.ms && now.ms >= c->well_since.ms + i->well_h * HOUR_MS;
    return now.ms >= ret_from->ms && is_well && c->negatives >= i->negatives;
}

/* -- counts -- */

const char *epidemic_sign_text(enum epidemic_sign s)
{
    static const char *const names[EPIDEMIC_SIGNS] = {"fever", "breath", "bowel", "rash", "test"};
    ASSERT(s < EPIDEMIC_SIGNS);
    return names[s];
}

void epidemic_suppress(int64_t *counts, size_t n, int64_t *ret_sum)
{
    int64_t sum = 0;
    bool is_hidden = false;
    for (size_t i = 0; i < n; i++) {
        sum += counts[i];
        if (counts[i] >= EPIDEMIC_SHOWN_MIN) continue;
        counts[i] = EPIDEMIC_HIDDEN;
        is_hidden = true;
    }
    if (ret_sum) *ret_sum = is_hidden || sum < EPIDEMIC_SHOWN_MIN ? EPIDEMIC_HIDDEN : sum;
}
