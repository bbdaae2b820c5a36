#include "base/rnd.h"
#include "scheduler/override.h"
#include "scheduler/repair.h"
#include "scheduler/series.h"
#include "tests/scheduler/brute.h"
#include "tests/scheduler/world.h"
#include "tests/unit/scheduler/tz.h"

enum { OPH_A, OPH_B, NEURO_A, NEURO_B, ROOM, COUNT, DAYS = 40, WORDS = DAYS * GRID_DAY_STEPS / 64 };
#define HOUR 12

/* Forty days from midnight in Shanghai on Monday 2 March 2026; all work from eight to six. */
struct ward {
    struct grid grid;
    uint64_t free[COUNT][WORDS];
    struct joint_resource resources[COUNT];
    struct joint_role roles[3];
    struct joint_ask ask;
};
static const uint16_t ophs[] = {OPH_A, OPH_B}, neuros[] = {NEURO_A, NEURO_B}, rooms[] = {ROOM};

static struct ward *ward(void)
{
    static struct ward w;
    w = (struct ward){.grid = {at("2026-03-02T00:00:00+08:00"), DAYS * GRID_DAY_STEPS},
                      .roles = {{.need = 1, .among = ophs, .among_count = 2},
                                {.need = 1, .among = neuros, .among_count = 2},
                                {.need = 1, .among = rooms, .among_count = 1}}};
    for (uint16_t i = 0; i < COUNT; i++) {
        for (uint32_t day = 0; day < DAYS; day++)
            bits_set_span(w.free[i], day * GRID_DAY_STEPS + 8 * HOUR, day * GRID_DAY_STEPS + 18 * HOUR);
        w.resources[i] = (struct joint_resource){.id = {1u + i}, .free = w.free[i]};
    }
    w.ask = (struct joint_ask){.grid = &w.grid,
                               .resources = w.resources,
                               .roles = w.roles,
                               .resource_count = COUNT,
                               .role_count = 3,
                               .proposals_max = 5,
                               .duration = 8,
                               .align = 3,
                               .last = 5 * GRID_DAY_STEPS,
                               .extend_to = 5 * GRID_DAY_STEPS,
                               .weights = {1, 1, 100, 1, 1}};
    return &w;
}

static uint16_t seat(const struct joint_proposal *p, uint8_t role)
{
    for (uint8_t i = 0; i < p->seat_count; i++)
        if (p->seats[i].role == role) return p->seats[i].resource;
    return UINT16_MAX;
}

TEST(a_gap_is_filled_at_the_same_time_and_the_same_people_stay)
{
    struct ward *w = ward();
    struct joint *j = joint_new();
    struct repair_answer a;
    static const struct repair_seat seats[] = {{0, OPH_B, true}, {1, NEURO_A, false}, {2, ROOM, true}};
    CHECK(j);
    CHECK_OK(repair_find(j, &w->ask, seats, 3, 10 * HOUR, true, &a));
    CHECK_INT(a.way, REPAIR_SAME_TIME);
    CHECK_INT(a.found.count, 1);
    CHECK_INT(a.found.proposals[0].start, 10 * HOUR);
    CHECK_INT(seat(&a.found.proposals[0], 0), OPH_B);
    CHECK_INT(seat(&a.found.proposals[0], 1), NEURO_B);
    bits_clear_span(w->free[NEURO_B], 10 * HOUR, 11 * HOUR); /* then another time, the first that B has */
    CHECK_OK(repair_find(j, &w->ask, seats, 3, 10 * HOUR, true, &a));
    CHECK_INT(a.way, REPAIR_SAME_PEOPLE);
    CHECK_INT(a.found.proposals[0].start, 8 * HOUR);
    CHECK_INT(seat(&a.found.proposals[0], 0), OPH_B);
    bits_clear(w->free[OPH_B], WORDS);
    CHECK_OK(repair_find(j, &w->ask, seats, 3, 10 * HOUR, true, &a));
    CHECK_INT(a.way, REPAIR_ANY);
    CHECK_INT(seat(&a.found.proposals[0], 0), OPH_A);
    bits_clear(w->free[ROOM], WORDS);
    CHECK_OK(repair_find(j, &w->ask, seats, 3, 10 * HOUR, false, &a));
    CHECK_INT(a.way, REPAIR_NOTHING);
    static const struct repair_seat twice[] = {{0, OPH_B, true}, {0, OPH_A, false}},
                                    absent[] = {{3, OPH_B, true}};
    CHECK_ERR(repair_find(j, &w->ask, twice, 2, 10 * HOUR, true, &a), ERR_BAD_INPUT);
    CHECK_ERR(repair_find(j, &w->ask, absent, 1, 10 * HOUR, true, &a), ERR_BAD_INPUT);
    joint_free(j);
}

/* Whatever the world: the kept stay in the first two ways, at the same time in the first, and it is sound. */
TEST(a_repair_is_sound_in_random_worlds)
{
    static struct world w;
    struct joint *j = joint_new();
    long ways[4] = {0};
    CHECK(j);
    rnd_seed(14);
    for (long turn = 0; turn < check_count(800, 50000); turn++) {
        struct joint_answer found;
        struct repair_answer a;
        struct repair_seat seats[JOINT_SEATS_MAX];
        do {
            world_make(&w);
            CHECK_OK(joint_find(j, &w.ask, &found));
        } while (found.count == 0);
        const struct joint_proposal *p = &found.proposals[0];
        for (uint8_t i = 0; i < p->seat_count; i++)
            seats[i] = (struct repair_seat){p->seats[i].role, p->seats[i].resource, rnd_below(3) != 0};
        for (int i = 0; i < 4; i++) { /* meanwhile others have booked */
            uint32_t from = (uint32_t)rnd_below(w.grid.steps);
            bits_clear_span(w.free[rnd_below(w.ask.resource_count)], from,
                            from + 20 < w.grid.steps ? from + 20 : w.grid.steps);
        }
        CHECK_OK(repair_find(j, &w.ask, seats, p->seat_count, p->start, rnd_below(4) != 0, &a));
        ways[a.way]++;
        for (uint8_t i = 0; i < a.found.count; i++) {
            const struct joint_proposal *r = &a.found.proposals[i];
            CHECK(brute_is_sound(&w.ask, r));
            CHECK(a.way != REPAIR_SAME_TIME || r->start == p->start);
            for (uint8_t s = 0; s < p->seat_count; s++) {
                bool sits = false;
                for (uint8_t k = 0; k < r->seat_count; k++)
                    sits |= r->seats[k].role == seats[s].role && r->seats[k].resource == seats[s].resource;
                if (seats[s].is_kept) CHECK(sits || a.way == REPAIR_ANY);
                if (!seats[s].is_kept && a.way == REPAIR_SAME_TIME) CHECK(!sits);
            }
        }
        CHECK_INT(a.found.count == 0, a.way == REPAIR_NOTHING);
    }
    CHECK(ways[0] && ways[1] && ways[2] && ways[3]);
    joint_free(j);
    rnd_seed(0);
}

TEST(follow_ups_come_every_fortnight_on_worked_days_with_the_same_people)
{
    struct ward *w = ward();
    struct zone *z = tz_open("Asia/Shanghai");
    struct calendar c = {0};
    struct joint *j = joint_new();
    struct series_occurrence o[4];
    char why[CALENDAR_WHY_BYTES];
    CHECK(j);
    CHECK_OK(calendar_parse(STR("2026-03-18 holiday test\n"), &c, why));
    struct series s = {.first = date_of(2026, 3, 4),
                       .unit = SERIES_WEEKS,
                       .every = 2,
                       .count = 4,
                       .tolerance_days = 2,
                       .at_min = 600};
    w->resources[OPH_A].load_min = 50; /* the first takes B, who stays, though A is free of load later */
    bits_clear_span(w->free[ROOM], 16 * GRID_DAY_STEPS, 18 * GRID_DAY_STEPS);
    CHECK_OK(series_find(j, &w->ask, &s, z, &c, o));
    CHECK_INT(o[0].found, SERIES_FOUND);
    CHECK_INT(o[0].proposal.start, 2 * GRID_DAY_STEPS + 10 * HOUR);
    CHECK_INT(seat(&o[0].proposal, 0), OPH_B);
    CHECK_INT(o[0].proposal.stranger_count, 0);
    CHECK_INT(o[1].due.days, date_of(2026, 3, 18).days);
    CHECK_INT(o[1].found, SERIES_FOUND); /* the 18th is a holiday, the 19th has no room: the 17th */
    CHECK_INT(o[1].proposal.start, 15 * GRID_DAY_STEPS + 10 * HOUR);
    CHECK_INT(seat(&o[1].proposal, 0), OPH_B);
    CHECK_INT(o[2].proposal.start, 30 * GRID_DAY_STEPS + 10 * HOUR);
    CHECK_INT(o[3].found, SERIES_BEYOND);
    bits_clear_span(w->free[ROOM], 28 * GRID_DAY_STEPS, 33 * GRID_DAY_STEPS);
    CHECK_OK(series_find(j, &w->ask, &s, z, &c, o));
    CHECK_INT(o[2].found, SERIES_NO_TIME);
    CHECK_INT(o[2].first, 28 * GRID_DAY_STEPS);
    CHECK_INT(o[2].last, 33 * GRID_DAY_STEPS);
    s.unit = SERIES_MONTHS, s.every = 1, s.first = date_of(2026, 3, 31), s.count = 2, s.tolerance_days = 0,
    s.any_day = true;
    CHECK_INT(series_due(&s, 1).days, date_of(2026, 4, 30).days);
    CHECK_OK(series_find(j, &w->ask, &s, z, &c, o));
    CHECK_INT(o[0].found, SERIES_NO_TIME);
    s.tolerance_days = 14;
    CHECK_ERR(series_find(j, &w->ask, &s, z, &c, o), ERR_BAD_INPUT);
    s.tolerance_days = 0, s.count = 0;
    CHECK_ERR(series_find(j, &w->ask, &s, z, &c, o), ERR_BAD_INPUT);
    joint_free(j);
    calendar_done(&c);
    zone_free(z);
}

static struct override_claim claim(uint16_t resource, uint32_t from_h, uint32_t until_h,
                                   enum override_kind kind, enum triage t, uint64_t id)
{
    struct instant day = at("2026-03-02T00:00:00+08:00");
    return (struct override_claim){
        resource, {instant_add(day, from_h * HOUR_MS), instant_add(day, until_h * HOUR_MS)}, kind, t, false,
        id};
}

TEST(an_emergency_displaces_the_least_and_names_it)
{
    struct ward *w = ward();
    struct joint *j = joint_new();
    struct override_answer a;
    CHECK(j);
    w->ask.now = w->ask.first = 9 * HOUR, w->ask.target = 9 * HOUR + 2;
    w->ask.last = 18 * HOUR;
    struct override_claim claims[] = {claim(OPH_A, 8, 18, OVERRIDE_BOOKING, TRIAGE_URGENT, 1),
                                      claim(OPH_B, 8, 18, OVERRIDE_BOOKING, TRIAGE_ROUTINE, 2),
                                      claim(NEURO_A, 8, 18, OVERRIDE_BOOKING, TRIAGE_EMERGENCY, 3),
                                      claim(NEURO_B, 8, 10, OVERRIDE_MEAL, TRIAGE_ROUTINE, 4),
                                      claim(ROOM, 12, 14, OVERRIDE_BOOKING, TRIAGE_ROUTINE, 2)};
    CHECK_OK(override_find(j, &w->ask, claims, 5, &a));
    CHECK_INT(a.way, OVERRIDE_DISPLACES);
    CHECK_INT(a.proposal.start, 9 * HOUR);
    CHECK_INT(seat(&a.proposal, 0), OPH_B);
    CHECK_INT(seat(&a.proposal, 1), NEURO_B);
    CHECK_INT(a.displaced_count, 3); /* booking 2 with its room at noon, and the meal */
    CHECK_INT(claims[a.displaced[0]].id, 2);
    CHECK_INT(claims[a.displaced[1]].id, 4);
    CHECK_INT(claims[a.displaced[2]].resource, ROOM);
    claims[3].kind = OVERRIDE_COURT;
    CHECK_OK(override_find(j, &w->ask, claims, 5, &a));
    CHECK_INT(a.way, OVERRIDE_DISPLACES);
    CHECK_INT(a.proposal.start, 10 * HOUR); /* court is let be */
    claims[3].span.until = claims[2].span.until;
    CHECK_OK(override_find(j, &w->ask, claims, 5, &a));
    CHECK_INT(a.way, OVERRIDE_NEEDS_ORDER);
    CHECK_INT(a.proposal.start, 9 * HOUR);
    claims[1].has_order = true; /* an order for another is none for this */
    CHECK_OK(override_find(j, &w->ask, claims, 5, &a));
    CHECK_INT(a.way, OVERRIDE_NEEDS_ORDER);
    claims[3].has_order = true;
    CHECK_OK(override_find(j, &w->ask, claims, 5, &a));
    CHECK_INT(a.way, OVERRIDE_DISPLACES);
    claims[3].kind = OVERRIDE_FIXED;
    CHECK_OK(override_find(j, &w->ask, claims, 5, &a));
    CHECK_INT(a.way, OVERRIDE_IMPOSSIBLE);
    CHECK_OK(override_find(j, &w->ask, claims, 0, &a));
    CHECK_INT(a.way, OVERRIDE_NOTHING_DISPLACED);
    CHECK_INT(a.displaced_count, 0);
    claims[0].resource = COUNT;
    CHECK_ERR(override_find(j, &w->ask, claims, 1, &a), ERR_BAD_INPUT);
    joint_free(j);
}

TEST(what_may_be_displaced_is_what_the_header_says)
{
    for (int order = 0; order < 2; order++) {
        for (int t = 0; t < TRIAGES; t++)
            CHECK_INT(override_may(OVERRIDE_BOOKING, (enum triage)t, order), t != TRIAGE_EMERGENCY);
        CHECK(override_may(OVERRIDE_MEAL, 0, order) && override_may(OVERRIDE_COUNT, 0, order) &&
              override_may(OVERRIDE_INTERROGATION, 0, order));
        CHECK_INT(override_may(OVERRIDE_COURT, 0, order), order);
        CHECK_INT(override_may(OVERRIDE_LAWYER, 0, order), order);
        CHECK(!override_may(OVERRIDE_FIXED, 0, order));
    }
}

/* Random hours and claims: the earliest by brute force, nothing displaced that may not be, all of it named. */
TEST(an_override_is_sound_and_earliest_in_random_worlds)
{
    static struct world w;
    struct joint *j = joint_new();
    long ways[4] = {0};
    CHECK(j);
    rnd_seed(15);
    for (long turn = 0; turn < check_count(800, 50000); turn++) {
        struct override_claim claims[12];
        struct override_answer a;
        struct brute_answer b;
        world_make(&w);
        uint32_t count = (uint32_t)rnd_below(COUNT_OF(claims) + 1), words = grid_words(w.grid.steps);
        for (uint32_t i = 0; i < count; i++) {
            int64_t from = (int64_t)rnd_below(w.grid.steps) * GRID_STEP_MS;
            claims[i] =
                (struct override_claim){(uint16_t)rnd_below(w.ask.resource_count),
                                        {{from}, {from + (int64_t)(1 + rnd_below(60)) * GRID_STEP_MS}},
                                        (enum override_kind)rnd_below(OVERRIDE_KINDS),
                                        (enum triage)rnd_below(TRIAGES),
                                        rnd_below(2),
                                        1 + rnd_below(8)};
        }
        CHECK_OK(override_find(j, &w.ask, claims, count, &a));
        ways[a.way]++;
        for (uint32_t i = 0; i < count; i++) /* what never yields, for brute force */
            if (!override_may(claims[i].kind, claims[i].triage,
                              claims[i].has_order || a.way == OVERRIDE_NEEDS_ORDER))
                grid_mark_busy(&w.grid, w.free[claims[i].resource], claims[i].span.from,
                               claims[i].span.until);
        w.ask.weights = (struct joint_weights){.wait = 1};
        w.ask.is_around = false;
        w.ask.proposals_max = 1;
        brute_find(&w.ask, &b);
        CHECK_INT(b.count == 0, a.way == OVERRIDE_IMPOSSIBLE);
        if (a.way == OVERRIDE_IMPOSSIBLE) continue;
        CHECK(brute_is_sound(&w.ask, &a.proposal));
        if (a.way != OVERRIDE_NOTHING_DISPLACED) CHECK_INT(a.proposal.start, b.picks[0].start);
        for (uint32_t i = 0; i < count; i++) {
            bool meets = false, named = false, kin = false;
            for (uint8_t s = 0; s < a.proposal.seat_count; s++) {
                const struct joint_role *role = &w.ask.roles[a.proposal.seats[s].role];
                struct span taken = {
                    grid_instant(&w.grid, (int64_t)a.proposal.start - role->before),
                    grid_instant(&w.grid, (int64_t)a.proposal.start + w.ask.duration + role->after)};
                meets |=
                    a.proposal.seats[s].resource == claims[i].resource && span_meets(taken, claims[i].span);
            }
            for (uint16_t k = 0; k < a.displaced_count; k++) {
                named |= a.displaced[k] == i;
                kin |= claims[a.displaced[k]].id == claims[i].id &&
                       claims[a.displaced[k]].kind == claims[i].kind;
            }
            CHECK(!meets || named);
            CHECK_INT(kin, named);
            CHECK(!meets || a.way != OVERRIDE_NOTHING_DISPLACED);
        }
        bits_clear(w.free[0], words);
    }
    CHECK(ways[0] && ways[1] && ways[2] && ways[3]);
    joint_free(j);
    rnd_seed(0);
}

SWEEP(a_repair_a_series_and_an_override_are_found)
{
    static const struct repair_seat seats[] = {{0, OPH_B, true}, {1, NEURO_A, false}, {2, ROOM, true}};
    struct override_claim claims[] = {claim(ROOM, 8, 18, OVERRIDE_BOOKING, TRIAGE_ROUTINE, 1)};
    struct ward *w = ward();
    struct repair_answer repaired;
    struct series_occurrence o[2];
    struct override_answer a;
    struct calendar c = {0};
    struct series s = {
        .first = date_of(2026, 3, 4), .unit = SERIES_WEEKS, .every = 1, .count = 2, .at_min = 600};
    struct zone *z = NULL;
    uint8_t bytes[4096];
    FILE *f = fopen("/usr/share/zoneinfo/Asia/Shanghai", "rb");
    if (!f) return OK;
    size_t n = fread(bytes, 1, sizeof bytes, f);
    fclose(f);
    struct joint *j = joint_new();
    enum err err = j ? zone_parse(bytes, n, &z) : ERR_NOMEM;
    if (!err) err = repair_find(j, &w->ask, seats, 3, 10 * HOUR, true, &repaired);
    if (!err) err = series_find(j, &w->ask, &s, z, &c, o);
    if (!err) err = override_find(j, &w->ask, claims, 1, &a);
    if (!err)
        CHECK(repaired.way == REPAIR_SAME_TIME && o[1].found == SERIES_FOUND && a.way == OVERRIDE_DISPLACES);
    joint_free(j);
    zone_free(z);
    return err;
}
