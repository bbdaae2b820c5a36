#include "scheduler/intake.h"
#include "scheduler/state_table.h"
#include "scheduler/terms.h"

const struct intake_limits intake_limits_default = {60, 24, 14, 365};

struct cell {
    enum intake_no no;
    enum intake_state next;
};
#define TO(state)                                                                                            \
    {                                                                                                        \
        INTAKE_YES, INTAKE_##state                                                                           \
    }
#define NO(reason)                                                                                           \
    {                                                                                                        \
        INTAKE_NO_##reason, INTAKE_DUE                                                                       \
    }
/* clang-format off */
static const struct cell table[INTAKE_ENDED][INTAKE_VERBS] = {
    [INTAKE_DUE] = {
        [INTAKE_DO_BEGIN] = TO(BEGUN),       [INTAKE_DO_SAVE] = NO(UNBEGUN),     [INTAKE_DO_HAND] = NO(UNBEGUN),
        [INTAKE_DO_SIGN] = NO(UNBEGUN),      [INTAKE_DO_HOUSE] = NO(UNSIGNED),   [INTAKE_DO_ASSESS] = NO(UNSIGNED),
        [INTAKE_DO_REVIEW] = NO(UNASSESSED), [INTAKE_DO_END] = TO(ENDED),        [INTAKE_DO_CANCEL] = TO(CANCELLED),
        [INTAKE_DO_RESTORE] = NO(STANDS)},
    [INTAKE_BEGUN] = {
        [INTAKE_DO_BEGIN] = NO(BEGUN),       [INTAKE_DO_SAVE] = TO(BEGUN),       [INTAKE_DO_HAND] = TO(HANDED),
        [INTAKE_DO_SIGN] = TO(SCREENED),     [INTAKE_DO_HOUSE] = NO(UNSIGNED),   [INTAKE_DO_ASSESS] = NO(UNSIGNED),
        [INTAKE_DO_REVIEW] = NO(UNASSESSED), [INTAKE_DO_END] = TO(ENDED),        [INTAKE_DO_CANCEL] = TO(CANCELLED),
        [INTAKE_DO_RESTORE] = NO(STANDS)},
    [INTAKE_HANDED] = {
        [INTAKE_DO_BEGIN] = NO(BEGUN),       [INTAKE_DO_SAVE] = TO(HANDED),      [INTAKE_DO_HAND] = NO(HANDED),
        [INTAKE_DO_SIGN] = TO(SCREENED),     [INTAKE_DO_HOUSE] = NO(UNSIGNED),   [INTAKE_DO_ASSESS] = NO(UNSIGNED),
        [INTAKE_DO_REVIEW] = NO(UNASSESSED), [INTAKE_DO_END] = TO(ENDED),        [INTAKE_DO_CANCEL] = TO(CANCELLED),
        [INTAKE_DO_RESTORE] = NO(STANDS)},
    [INTAKE_SCREENED] = {
        [INTAKE_DO_BEGIN] = NO(SIGNED),      [INTAKE_DO_SAVE] = NO(SIGNED),      [INTAKE_DO_HAND] = NO(SIGNED),
        [INTAKE_DO_SIGN] = NO(SIGNED),       [INTAKE_DO_HOUSE] = TO(SCREENED),   [INTAKE_DO_ASSESS] = TO(ASSESSED),
        [INTAKE_DO_REVIEW] = NO(UNASSESSED), [INTAKE_DO_END] = TO(ENDED),        [INTAKE_DO_CANCEL] = TO(CANCELLED),
        [INTAKE_DO_RESTORE] = NO(STANDS)},
    [INTAKE_ASSESSED] = {
        [INTAKE_DO_BEGIN] = NO(SIGNED),      [INTAKE_DO_SAVE] = NO(SIGNED),      [INTAKE_DO_HAND] = NO(SIGNED),
        [INTAKE_DO_SIGN] = NO(SIGNED),       [INTAKE_DO_HOUSE] = TO(ASSESSED),   [INTAKE_DO_ASSESS] = NO(ASSESSED),
        [INTAKE_DO_REVIEW] = TO(ASSESSED),   [INTAKE_DO_END] = TO(ENDED),        [INTAKE_DO_CANCEL] = TO(CANCELLED),
        [INTAKE_DO_RESTORE] = NO(STANDS)},
};
/* clang-format on */
static const char *const states[INTAKE_STATES] = {"due",      "in-progress", "handed",   "completed",
                                                  "assessed", "ended",       "cancelled"};
static const char *const verbs[INTAKE_VERBS] = {"begin",  "save",   "hand", "sign",   "house",
                                                "assess", "review", "end",  "cancel", "restore"};
static const char *const nos[INTAKE_NOS] = {"yes",
                                            "not begun yet",
                                            "begun already",
                                            "handed already",
                                            "not signed yet",
                                            "signed already",
                                            "not assessed yet",
                                            "assessed already",
                                            "it stands",
                                            "over"};
static const char *const fitnesses[INTAKE_FITNESSES] = {"", "fit", "fit-with-conditions", "unfit"};
static const char *const housings[INTAKE_HOUSINGS] = {
    "", "normal", "lower-bunk", "single", "observation", "isolation", "hospital", "not-accepted"};

/* Where it had come to before it ended. */
static enum intake_state reached(const struct intake_facts *f)
{
    if (f->assessed.ms) return INTAKE_ASSESSED;
    if (f->signed_at.ms) return INTAKE_SCREENED;
    return f->begun.ms ? INTAKE_BEGUN : INTAKE_DUE;
}

enum intake_no intake_decide(const struct intake_facts *f, enum intake_verb verb, enum intake_state *ret_to)
{
    ASSERT(f->state < INTAKE_STATES && verb < INTAKE_VERBS);
    if (intake_is_over(f->state)) {
        if (verb != INTAKE_DO_RESTORE) return INTAKE_NO_OVER;
        *ret_to = reached(f);
        return INTAKE_YES;
    }
    const struct cell *c = &table[f->state][verb];
    if (!c->no) *ret_to = c->next;
    return c->no;
}

bool intake_fits(enum intake_fitness fitness, enum intake_housing housing)
{
    bool is_away = housing == INTAKE_HOSPITAL || housing == INTAKE_NOT_ACCEPTED;
    if (fitness == INTAKE_UNSAID || housing == INTAKE_HOUSING_NONE) return false;
    if (fitness == INTAKE_UNFIT) return is_away;
    return fitness == INTAKE_FIT ? housing == INTAKE_NORMAL : !is_away;
}

const char *intake_state_text(enum intake_state s)
{
    ASSERT(s < INTAKE_STATES);
    return states[s];
}

bool intake_state_from(struct str text, enum intake_state *ret)
{
    for (int i = 0; i < INTAKE_STATES; i++)
        if (str_is_text(text, states[i])) return *ret = (enum intake_state)i, true;
    return false;
}

const char *intake_no_text(enum intake_no n)
{
    ASSERT(n < INTAKE_NOS);
    return nos[n];
}

const char *intake_fitness_text(enum intake_fitness f)
{
    ASSERT(f < INTAKE_FITNESSES);
    return fitnesses[f];
}

bool intake_fitness_from(struct str text, enum intake_fitness *ret)
{
    for (int i = 1; i < INTAKE_FITNESSES; i++)
        if (str_is_text(text, fitnesses[i])) return *ret = (enum intake_fitness)i, true;
    return false;
}

const char *intake_housing_text(enum intake_housing h)
{
    ASSERT(h < INTAKE_HOUSINGS);
    return housings[h];
}

bool intake_housing_from(struct str text, enum intake_housing *ret)
{
    for (int i = 1; i < INTAKE_HOUSINGS; i++)
        if (str_is_text(text, housings[i])) return *ret = (enum intake_housing)i, true;
    return false;
}

static void write_cell(const struct state_table *t, int s, int v, struct buf *to)
{
    state_table_step(t, (int)table[s][v].no, (int)table[s][v].next, to);
}

void intake_table_write(struct buf *to)
{
    static const struct state_table t = {states, verbs, nos, INTAKE_ENDED, INTAKE_VERBS, write_cell};
    state_table_write(&t, to);
    buf_add_char(to, '\n');
}

/* -- clocks -- */

/* The end of the day that lies so many days after the one of `from`. */
static struct instant end_of_day(const struct zone *zone, struct instant from, int32_t days)
{
    return zone_instant(zone, wall_of(date_add(zone_date(zone, from), days + 1), 0), NULL);
}

enum intake_clock intake_clock(const struct intake_limits *l, const struct zone *zone,
                               const struct intake_facts *f, struct instant *ret_due)
{
    switch (f->state) {
    case INTAKE_DUE:
        return *ret_due = instant_add(f->arrived, l->start_min * MINUTE_MS), INTAKE_CLOCK_START;
    case INTAKE_BEGUN:
    case INTAKE_HANDED:
        return *ret_due = instant_add(f->arrived, l->look_h * HOUR_MS), INTAKE_CLOCK_LOOK;
    case INTAKE_SCREENED:
        return *ret_due = end_of_day(zone, f->arrived, l->assess_days - 1), INTAKE_CLOCK_ASSESSMENT;
    case INTAKE_ASSESSED:
        return *ret_due = end_of_day(zone, f->assessed, l->review_days), INTAKE_CLOCK_REVIEW;
    case INTAKE_ENDED:
    case INTAKE_CANCELLED:
    case INTAKE_STATES:
        break;
    }
    return INTAKE_CLOCK_NONE;
}

const char *intake_clock_text(enum intake_clock c)
{
    static const char *const clocks[INTAKE_CLOCKS] = {NULL, "start", "look", "assessment", "review"};
    ASSERT(c < INTAKE_CLOCKS);
    return clocks[c];
}
