/* What events add up to, in whatever order they come. */
#include "registry/stay.h"
#include "tests/unit/check.h"

static const struct str cells[] = {{"3-07", 4}, {"3-08", 4}, {"4-01", 4}};

static struct event of(enum event_kind kind, int64_t at, const char *control, int cell)
{
    struct event e = {.kind = kind,
                      .control = str_of(control),
                      .at = {at},
                      .recorded = {at},
                      .number = STR("77"),
                      .stay = STR("S1"),
                      .family = STR("淳于")};
    if (cell >= 0) {
        e.where = WHERE_CELL;
        e.block = STR("B");
        e.cell = cells[cell];
    }
    return e;
}

static struct stays fold(struct arena *a, const struct event *events, size_t n)
{
    struct stays s;
    CHECK_OK(stays_fold(a, events, n, &s));
    return s;
}

static struct arena *room(void)
{
    struct arena *a = arena_new(1 << 22);
    CHECK(a != NULL);
    return a;
}

TEST(a_stay_has_a_period_for_each_cell)
{
    struct arena *a = room();
    struct event e[] = {of(EVENT_ADMIT, 100, "1", 0), of(EVENT_TRANSFER, 200, "2", 1),
                        of(EVENT_UPDATE, 250, "3", -1), of(EVENT_TRANSFER, 300, "4", 0),
                        of(EVENT_DISCHARGE, 400, "5", -1)};
    e[4].end = END_RELEASED;
    struct stays s = fold(a, e, COUNT_OF(e));
    CHECK_INT(s.count, 1);
    CHECK_INT(s.stays[0].state, STAY_ENDED);
    CHECK_INT(s.stays[0].how, END_RELEASED);
    CHECK_INT(s.stays[0].period_count, 3);
    CHECK_INT(s.stays[0].periods[1].start.ms, 200);
    CHECK_INT(s.stays[0].periods[1].end.ms, 300);
    CHECK_STR(s.stays[0].periods[2].cell, "3-07");
    CHECK_INT(s.stays[0].periods[2].end.ms, 400);
    CHECK(!s.stays[0].periods[2].is_open);
    arena_free(a);
}

TEST(what_is_taken_back_never_was)
{
    struct arena *a = room();
    struct event e[] = {of(EVENT_ADMIT, 100, "1", 0), of(EVENT_TRANSFER, 200, "2", 1),
                        of(EVENT_CANCEL_TRANSFER, 210, "3", -1), of(EVENT_DISCHARGE, 300, "4", -1),
                        of(EVENT_CANCEL_DISCHARGE, 310, "5", -1)};
    struct stays s = fold(a, e, COUNT_OF(e));
    CHECK_INT(s.stays[0].state, STAY_OPEN);
    CHECK_INT(s.stays[0].period_count, 1);
    CHECK(s.stays[0].periods[0].is_open);
    struct event late[] = {of(EVENT_CANCEL_TRANSFER, 50, "0", -1), of(EVENT_ADMIT, 100, "1", 0),
                           of(EVENT_TRANSFER, 200, "2", 1)};
    CHECK_INT(fold(a, late, COUNT_OF(late)).stays[0].period_count,
              2); /* before it there was nothing to take back */
    struct event gone[] = {of(EVENT_ADMIT, 100, "1", 0), of(EVENT_CANCEL_ADMIT, 150, "2", -1),
                           of(EVENT_TRANSFER, 160, "3", 1)};
    s = fold(a, gone, COUNT_OF(gone));
    CHECK_INT(s.count, 1);
    CHECK_INT(s.stays[0].state, STAY_CANCELLED);
    CHECK_INT(s.idle, 1);
    arena_free(a);
}

TEST(who_comes_again_has_another_stay_of_the_same_number)
{
    struct arena *a = room();
    struct event e[] = {of(EVENT_ADMIT, 100, "1", 0), of(EVENT_DISCHARGE, 200, "2", -1),
                        of(EVENT_ADMIT, 500, "3", 2)};
    struct stays s = fold(a, e, COUNT_OF(e));
    CHECK_INT(s.count, 2);
    CHECK_INT(s.stays[1].ordinal, 1);
    CHECK_INT(s.stays[1].state, STAY_OPEN);
    arena_free(a);
}

TEST(a_transfer_without_its_admission_opens_a_stay_that_says_so)
{
    struct arena *a = room();
    struct event e[] = {of(EVENT_TRANSFER, 200, "2", 1), of(EVENT_ADMIT, 100, "1", 0)};
    struct stays s = fold(a, e, 1);
    CHECK(s.stays[0].is_implied);
    CHECK_INT(s.stays[0].start.ms, 200);
    s = fold(a, e, 2);
    CHECK(!s.stays[0].is_implied);
    CHECK_INT(s.stays[0].start.ms, 100);
    arena_free(a);
}

TEST(two_moves_at_one_instant_are_one_and_the_same_place_is_no_move)
{
    struct arena *a = room();
    struct event e[] = {of(EVENT_ADMIT, 100, "1", 0), of(EVENT_TRANSFER, 200, "2", 1),
                        of(EVENT_TRANSFER, 200, "3", 2), of(EVENT_TRANSFER, 300, "4", 2)};
    struct stays s = fold(a, e, COUNT_OF(e));
    CHECK_INT(s.stays[0].period_count, 2);
    CHECK_STR(s.stays[0].periods[1].cell, "4-01");
    arena_free(a);
}

TEST(the_person_is_who_was_written_down_last)
{
    struct event e[] = {of(EVENT_ADMIT, 100, "1", 0), of(EVENT_UPDATE, 300, "3", -1),
                        of(EVENT_UPDATE, 200, "2", -1)};
    struct person_said p;
    e[1].family = (struct str){0};
    e[1].sex = SEX_MALE;
    e[2].family = STR("淳");
    e[2].given = STR("于鹭");
    person_fold(e, 3, &p);
    CHECK_STR(p.family, "淳");
    CHECK_STR(p.given, "于鹭");
    CHECK_INT(p.sex, SEX_MALE);
    CHECK(!p.has_birth);
}

/* -- any set in any order -- */

static bool are_equal(const struct stays *a, const struct stays *b)
{
    if (a->count != b->count || a->idle != b->idle) return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct stay *x = &a->stays[i], *y = &b->stays[i];
        if (x->state != y->state || x->start.ms != y->start.ms || x->end.ms != y->end.ms ||
            x->how != y->how || x->is_implied != y->is_implied || x->is_announced != y->is_announced ||
            x->period_count != y->period_count)
            return false;
        for (size_t p = 0; p < x->period_count; p++)
            if (x->periods[p].start.ms != y->periods[p].start.ms ||
                x->periods[p].end.ms != y->periods[p].end.ms ||
                x->periods[p].is_open != y->periods[p].is_open ||
                !str_is(x->periods[p].cell, y->periods[p].cell))
                return false;
    }
    return true;
}

static uint32_t below(uint32_t *state, uint32_t n)
{
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % n;
}

/* What holds of every stay. */
static void check_whole(const struct stays *s)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct stay *x = &s->stays[i];
        CHECK_INT(x->ordinal, i);
        CHECK(x->state == STAY_OPEN || x->end.ms >= x->start.ms);
        CHECK(i + 1 == s->count || x->state != STAY_OPEN);
        for (size_t p = 0; p < x->period_count; p++) {
            const struct stay_period *q = &x->periods[p];
            CHECK(q->is_open == (x->state == STAY_OPEN && p + 1 == x->period_count));
            CHECK(q->is_open || q->end.ms >= q->start.ms);
            CHECK(p == 0 || x->periods[p - 1].end.ms == q->start.ms);
        }
    }
}

TEST(any_events_in_any_order_and_any_number_of_times_add_up_to_the_same)
{
    static char controls[24][4];
    uint32_t seed = 7;
    for (long round = 0; round < check_count(3000, 300000); round++) {
        struct arena *a = room();
        struct event in[24], twice[48];
        size_t n = 1 + below(&seed, 24), m = 0;
        for (size_t i = 0; i < n; i++) {
            snprintf(controls[i], sizeof controls[i], "%02zu", i);
            enum event_kind kind = (enum event_kind)below(&seed, EVENT_MERGE);
            bool is_placed = kind == EVENT_ADMIT || kind == EVENT_TRANSFER;
            in[i] =
                of(kind, (int64_t)below(&seed, 12) * 10, controls[i], is_placed ? (int)below(&seed, 3) : -1);
        }
        for (size_t i = 0; i < n; i++) {
            twice[m++] = in[i];
            if (below(&seed, 2)) twice[m++] = in[i];
        }
        for (size_t i = m - 1; i > 0; i--) {
            size_t j = below(&seed, (uint32_t)i + 1);
            struct event t = twice[i];
            twice[i] = twice[j];
            twice[j] = t;
        }
        struct stays once = fold(a, in, n), again = fold(a, twice, m);
        check_whole(&once);
        if (!are_equal(&once, &again)) check_fail(__FILE__, __LINE__, "round %ld differs", round);
        arena_free(a);
    }
}

SWEEP(events_are_folded)
{
    struct arena *a = arena_new(1 << 16);
    struct event e[] = {of(EVENT_ADMIT, 100, "1", 0), of(EVENT_TRANSFER, 200, "2", 1)};
    struct stays s;
    if (!a) return ERR_NOMEM;
    enum err err = stays_fold(a, e, COUNT_OF(e), &s);
    arena_free(a);
    return err;
}
