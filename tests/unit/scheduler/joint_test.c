#include "base/rnd.h"
#include "scheduler/joint.h"
#include "tests/scheduler/brute.h"
#include "tests/scheduler/world.h"
#include "tests/unit/check.h"

/* One day from midnight: an ophthalmologist in the morning, another all day, a neurosurgeon from ten to twelve
 * and from two to five, a doctor, two rooms. */
enum { OPH_A, OPH_B, NEURO, DOCTOR, ROOM_A, ROOM_B, COUNT, WORDS = 9 };
#define HOUR 12

struct clinic {
    struct grid grid;
    uint64_t free[COUNT][WORDS];
    struct joint_resource resources[COUNT];
    struct joint_role roles[4];
    struct joint_ask ask;
};
static const uint16_t ophs[] = {OPH_A, OPH_B}, neuros[] = {NEURO}, doctors[] = {DOCTOR}, room_a[] = {ROOM_A},
                      room_b[] = {ROOM_B};

static void open_hours(struct clinic *c, int who, uint32_t from_h, uint32_t until_h)
{
    bits_set_span(c->free[who], from_h * HOUR, until_h * HOUR);
}

static struct clinic clinic(void)
{
    struct clinic c = {
        .grid = {{0}, 2 * GRID_DAY_STEPS},
        .roles =
            {{.key = 1, .need = 1, .among = ophs, .among_count = 2},
             {.key = 2, .need = 1, .among = neuros, .among_count = 1},
             {.key = 3, .need = 1, .among = doctors, .among_count = 1, .may_drop = true},
             {.key = 4, .need = 1, .among = room_a, .among_count = 1, .others = room_b, .others_count = 1}},
        .ask = {.resource_count = COUNT,
                .role_count = 4,
                .proposals_max = 3,
                .duration = 8,
                .align = 3,
                .last = GRID_DAY_STEPS,
                .extend_to = GRID_DAY_STEPS,
                .target = 12 * HOUR,
                .weights = {1, 10, 120, 1, 1}}};
    open_hours(&c, OPH_A, 8, 12), open_hours(&c, OPH_B, 8, 18);
    open_hours(&c, NEURO, 10, 12), open_hours(&c, NEURO, 14, 17);
    open_hours(&c, DOCTOR, 8, 17), open_hours(&c, ROOM_A, 9, 18), open_hours(&c, ROOM_B, 9, 18);
    return c;
}

static const struct joint_ask *ask_of(struct clinic *c)
{
    for (uint16_t i = 0; i < COUNT; i++) {
        c->resources[i].id.n = 10u + i;
        c->resources[i].free = c->free[i];
    }
    c->ask.grid = &c->grid;
    c->ask.resources = c->resources;
    c->ask.roles = c->roles;
    return &c->ask;
}

static uint16_t seat(const struct joint_proposal *p, uint8_t role)
{
    for (uint8_t i = 0; i < p->seat_count; i++)
        if (p->seats[i].role == role) return p->seats[i].resource;
    return UINT16_MAX;
}

TEST(the_first_hour_that_everyone_has_comes_first_and_the_next_does_not_overlap_it)
{
    struct clinic c = clinic();
    struct joint *j = joint_new();
    struct joint_answer a;
    CHECK(j);
    CHECK_OK(joint_find(j, ask_of(&c), &a));
    CHECK_INT(a.count, 3);
    CHECK_INT(a.proposals[0].start, 10 * HOUR);
    CHECK_INT(a.proposals[0].why, JOINT_FIRST);
    CHECK_INT(a.proposals[0].wait_min, 600);
    CHECK_INT(a.proposals[0].late_min, 0);
    CHECK_INT(a.proposals[1].start, 10 * HOUR + 9); /* 40 minutes on, at the next quarter */
    CHECK_INT(a.proposals[1].why, JOINT_WAITS);
    CHECK_INT(a.proposals[2].start, 14 * HOUR);
    CHECK_INT(a.proposals[2].late_min, 120);
    CHECK_INT(a.proposals[2].why, JOINT_LATE);
    joint_free(j);
}

TEST(who_knows_the_patient_is_worth_waiting_for_and_the_less_booked_is_taken_of_equals)
{
    struct clinic c = clinic();
    struct joint *j = joint_new();
    struct joint_answer a;
    CHECK(j);
    bits_clear_span(c.free[OPH_B], 10 * HOUR, 11 * HOUR + 3); /* not before 11:15 */
    c.resources[OPH_A].tie = JOINT_STRANGER;
    c.resources[OPH_B].tie = JOINT_KNOWN;
    CHECK_OK(joint_find(j, ask_of(&c), &a));
    CHECK_INT(a.proposals[0].start, 11 * HOUR + 3); /* 75 minutes cost less than 120 for a stranger */
    CHECK_INT(seat(&a.proposals[0], 0), OPH_B);
    CHECK_INT(a.proposals[1].start, 10 * HOUR);
    CHECK_INT(a.proposals[1].why, JOINT_STRANGERS);
    CHECK_INT(a.proposals[1].stranger_count, 1);
    c.ask.weights.stranger = 60;
    CHECK_OK(joint_find(j, ask_of(&c), &a));
    CHECK_INT(a.proposals[0].start, 10 * HOUR);

    c = clinic();
    c.resources[OPH_A].load_min = 30;
    CHECK_OK(joint_find(j, ask_of(&c), &a));
    CHECK_INT(seat(&a.proposals[0], 0), OPH_B);
    c.resources[OPH_B].load_min = 31;
    CHECK_OK(joint_find(j, ask_of(&c), &a));
    CHECK_INT(seat(&a.proposals[0], 0), OPH_A);
    joint_free(j);
}

TEST(a_better_hour_in_a_later_week_is_found_and_is_the_last_word)
{
    enum { WEEKS = 8, STEPS = WEEKS * 7 * GRID_DAY_STEPS };
    static uint64_t free_of[2][STEPS / 64];
    static const uint16_t both[] = {0, 1};
    struct grid grid = {{0}, STEPS};
    struct joint_resource people[] = {{.id = {1}, .free = free_of[0], .tie = JOINT_STRANGER},
                                      {.id = {2}, .free = free_of[1], .tie = JOINT_KNOWN}};
    struct joint_role role = {.need = 1, .among = both, .among_count = 2};
    struct joint_ask ask = {.grid = &grid,
                            .resources = people,
                            .roles = &role,
                            .resource_count = 2,
                            .role_count = 1,
                            .proposals_max = 2,
                            .duration = 8,
                            .align = 3,
                            .last = STEPS,
                            .extend_to = STEPS,
                            .weights = {.wait = 1, .stranger = 30 * 24 * 60}};
    struct joint *j = joint_new();
    struct joint_answer a;
    CHECK(j);
    memset(free_of, 0, sizeof free_of);
    for (uint32_t day = 0; day < 3; day++)
        bits_set_span(free_of[0], day * GRID_DAY_STEPS + 96, day * GRID_DAY_STEPS + 104);
    bits_set_span(free_of[1], 28 * GRID_DAY_STEPS + 96, 28 * GRID_DAY_STEPS + 104);
    CHECK_OK(joint_find(j, &ask, &a));
    CHECK_INT(a.count, 2);
    CHECK_INT(a.proposals[0].start, 28 * GRID_DAY_STEPS + 96); /* four weeks for who is known, not five */
    CHECK_INT(a.proposals[1].start, 96);
    ask.weights.stranger = 27 * 24 * 60;
    CHECK_OK(joint_find(j, &ask, &a));
    CHECK_INT(a.proposals[0].start, 96);
    CHECK_INT(a.proposals[1].start, GRID_DAY_STEPS + 96);
    joint_free(j);
}

TEST(time_before_and_after_binds_only_the_role_that_needs_it)
{
    struct clinic c = clinic();
    struct joint *j = joint_new();
    struct joint_answer a;
    CHECK(j);
    c.roles[1].before = 6;
    CHECK_OK(joint_find(j, ask_of(&c), &a));
    CHECK_INT(a.proposals[0].start, 10 * HOUR + 6);
    c.roles[1].after = HOUR - 2; /* from 10:30 on they are bound until 12:00 */
    CHECK_OK(joint_find(j, ask_of(&c), &a));
    CHECK_INT(a.proposals[0].start, 10 * HOUR + 6);
    c.roles[1].after = HOUR - 1;
    CHECK_OK(joint_find(j, ask_of(&c), &a));
    CHECK_INT(a.proposals[0].start, 14 * HOUR + 6);
    joint_free(j);
}

TEST(nobody_sits_in_two_seats)
{
    static const uint16_t both[] = {OPH_A, OPH_B}, one[] = {OPH_A};
    struct clinic c = clinic();
    struct joint *j = joint_new();
    struct joint_answer a;
    struct joint_block b;
    CHECK(j);
    c.roles[0] = (struct joint_role){.need = 1, .among = both, .among_count = 2};
    c.roles[1] = (struct joint_role){.need = 1, .among = one, .among_count = 1};
    c.ask.role_count = 2;
    c.resources[OPH_B].load_min = 500; /* A is cheaper, but is the only one for the second role */
    CHECK_OK(joint_find(j, ask_of(&c), &a));
    CHECK_INT(a.proposals[0].start, 8 * HOUR);
    CHECK_INT(seat(&a.proposals[0], 0), OPH_B);
    CHECK_INT(seat(&a.proposals[0], 1), OPH_A);
    c.roles[0].among_count = 1;
    CHECK_OK(joint_find(j, ask_of(&c), &a));
    CHECK_INT(a.count, 0);
    CHECK_OK(joint_explain(j, ask_of(&c), &b));
    CHECK(b.is_twice && !b.roles[0].is_alone);
    CHECK_INT(b.change_count, 0);
    joint_free(j);
}

TEST(a_room_that_is_taken_is_the_obstacle_and_another_room_the_lightest_change)
{
    struct clinic c = clinic();
    struct joint *j = joint_new();
    struct joint_answer a;
    struct joint_block b;
    CHECK(j);
    bits_clear_span(c.free[ROOM_A], 9 * HOUR, 17 * HOUR);
    open_hours(&c, NEURO, 34, 36), open_hours(&c, DOCTOR, 32, 40), open_hours(&c, OPH_A, 32, 40),
        open_hours(&c, ROOM_A, 32, 40);
    c.ask.extend_to = 2 * GRID_DAY_STEPS;
    c.ask.duration_least = 4;
    CHECK_OK(joint_find(j, ask_of(&c), &a));
    CHECK_INT(a.count, 0);
    CHECK_OK(joint_explain(j, ask_of(&c), &b));
    CHECK_INT(b.roles[3].state, JOINT_CAN); /* from five to six, when the others are gone */
    CHECK_INT(b.roles[3].against, 1u << 1 | 1u << 2);
    CHECK(b.roles[3].is_alone && !b.roles[0].is_alone && !b.is_twice);
    CHECK_INT(b.change_count, 2);
    CHECK_INT(b.changes[0].other_role, 3);
    CHECK_INT(b.changes[0].other_resource, ROOM_B);
    CHECK_INT(b.changes[0].start, 10 * HOUR);
    CHECK_INT(b.changes[1].extend_days, 1);
    CHECK_INT(b.changes[1].start, 34 * HOUR);
    joint_free(j);
}

TEST(ten_minutes_less_may_be_all_it_takes)
{
    struct clinic c = clinic();
    struct joint *j = joint_new();
    struct joint_answer a;
    struct joint_block b;
    CHECK(j);
    bits_clear(c.free[NEURO], WORDS);
    bits_set_span(c.free[NEURO], 10 * HOUR, 10 * HOUR + 6);
    c.ask.duration_least = 4;
    CHECK_OK(joint_find(j, ask_of(&c), &a));
    CHECK_INT(a.count, 0);
    CHECK_OK(joint_explain(j, ask_of(&c), &b));
    CHECK_INT(b.roles[1].state, JOINT_NO_TIME);
    CHECK_INT(b.change_count, 1);
    CHECK_INT(b.changes[0].shorter_steps, 2);
    CHECK_INT(b.changes[0].burden, 2 * JOINT_BURDEN_STEP);
    joint_free(j);
}

TEST(two_changes_are_named_when_none_helps_alone)
{
    struct clinic c = clinic();
    struct joint *j = joint_new();
    struct joint_block b;
    CHECK(j);
    bits_clear(c.free[NEURO], WORDS), bits_clear(c.free[ROOM_A], WORDS);
    open_hours(&c, NEURO, 34, 36), open_hours(&c, DOCTOR, 32, 40), open_hours(&c, OPH_A, 32, 40),
        open_hours(&c, ROOM_B, 32, 40);
    c.ask.extend_to = 2 * GRID_DAY_STEPS;
    CHECK_OK(joint_explain(j, ask_of(&c), &b));
    CHECK_INT(b.change_count, 1);
    CHECK_INT(b.changes[0].extend_days, 1);
    CHECK_INT(b.changes[0].other_role, 3);
    joint_free(j);
}

TEST(an_ask_that_cannot_be_meant_is_refused)
{
    static const uint16_t twice[] = {OPH_A, OPH_A}, absent[] = {COUNT};
    struct clinic c = clinic();
    struct joint *j = joint_new();
    struct joint_answer a;
    struct joint_block b;
    CHECK(j);
    CHECK_OK(joint_find(j, ask_of(&c), &a));
#define REFUSED(change)                                                                                      \
    c = clinic();                                                                                            \
    change;                                                                                                  \
    CHECK_ERR(joint_find(j, ask_of(&c), &a), ERR_BAD_INPUT)
    REFUSED(c.ask.role_count = 0);
    REFUSED(c.ask.role_count = JOINT_ROLES_MAX + 1);
    REFUSED(c.ask.duration = 0);
    REFUSED(c.ask.duration = JOINT_STEPS_MAX + 1);
    REFUSED(c.ask.duration_least = 9);
    REFUSED(c.ask.align = 0);
    REFUSED(c.ask.first = GRID_DAY_STEPS + 1);
    REFUSED(c.ask.extend_to = GRID_DAY_STEPS - 1);
    REFUSED(c.ask.extend_to = 2 * GRID_DAY_STEPS + 1);
    REFUSED(c.ask.proposals_max = 0);
    REFUSED(c.ask.proposals_max = JOINT_PROPOSALS_MAX + 1);
    REFUSED(c.ask.resource_count = JOINT_RESOURCES_MAX + 1);
    REFUSED(c.roles[0].need = 0);
    REFUSED(c.roles[0].need = 14); /* 17 seats */
    REFUSED(c.roles[0].before = JOINT_STEPS_MAX + 1);
    REFUSED(c.roles[0].among = twice);
    REFUSED(c.roles[1].among = absent);
    REFUSED(c.roles[3].others = absent);
    CHECK_ERR(joint_explain(j, ask_of(&c), &b), ERR_BAD_INPUT);
    c = clinic();
    c.roles[1].among_count = 0; /* nobody at all is an answer, not an error */
    CHECK_OK(joint_find(j, ask_of(&c), &a));
    CHECK_INT(a.count, 0);
    CHECK_OK(joint_explain(j, ask_of(&c), &b));
    CHECK_INT(b.roles[1].state, JOINT_NOBODY);
    joint_free(j);
}

TEST(a_workspace_serves_asks_of_all_sizes_in_any_order)
{
    static struct world w;
    struct joint *j = joint_new();
    CHECK(j);
    rnd_seed(77);
    for (int i = 0; i < 150; i++) {
        struct joint_answer a;
        struct brute_answer b;
        world_make(&w);
        CHECK_OK(joint_find(j, &w.ask, &a));
        brute_find(&w.ask, &b);
        CHECK_INT(a.count, b.count);
        for (uint8_t k = 0; k < a.count; k++) {
            CHECK_INT(a.proposals[k].start, b.picks[k].start);
            CHECK_INT(a.proposals[k].cost, b.picks[k].cost);
            CHECK(brute_is_sound(&w.ask, &a.proposals[k]));
        }
    }
    joint_free(j);
    rnd_seed(0);
}

SWEEP(an_hour_is_found_and_a_block_explained)
{
    struct clinic c = clinic();
    struct joint_answer a;
    struct joint_block b;
    struct joint *j = joint_new();
    enum err err = j ? joint_find(j, ask_of(&c), &a) : ERR_NOMEM;
    if (!err) {
        CHECK_INT(a.count, 3);
        bits_clear(c.free[ROOM_A], WORDS);
        err = joint_explain(j, ask_of(&c), &b);
    }
    if (!err) CHECK_INT(b.changes[0].other_resource, ROOM_B);
    joint_free(j);
    return err;
}
