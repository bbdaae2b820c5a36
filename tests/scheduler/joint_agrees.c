/* The bitmap search against the brute one: the same starts, costs and people, in the same order; and where
 * nothing fits, the same obstacles, and changes that truly help and are no larger than need be. */
#include "base/rnd.h"
#include "tests/scheduler/brute.h"
#include "tests/scheduler/world.h"
#include "tests/unit/check.h"

static bool is_behind(const struct joint_ask *a, uint16_t x, uint16_t y)
{
    int64_t cost[2];
    uint16_t who[2] = {x, y};
    for (int i = 0; i < 2; i++) {
        const struct joint_resource *r = &a->resources[who[i]];
        cost[i] = (r->tie == JOINT_STRANGER ? (int64_t)a->weights.stranger : 0) +
                  (int64_t)r->load_min * a->weights.load + (int64_t)r->penalty * a->weights.penalty;
    }
    return cost[0] != cost[1] ? cost[0] > cost[1] : a->resources[x].id.n > a->resources[y].id.n;
}

static void picks_agree(const struct joint_ask *a, const struct joint_proposal *p, const struct brute_pick *b)
{
    uint16_t who[JOINT_SEATS_MAX];
    CHECK_INT(p->start, b->start);
    CHECK_INT(p->cost, b->cost);
    CHECK_INT(p->seat_count, b->seats);
    CHECK(brute_is_sound(a, p));
    for (uint8_t i = 0; i < p->seat_count; i++) {
        uint8_t at = i;
        for (; at > 0 && is_behind(a, who[at - 1], p->seats[i].resource); at--)
            who[at] = who[at - 1];
        who[at] = p->seats[i].resource;
    }
    for (uint8_t i = 0; i < b->seats; i++)
        CHECK_INT(who[i], b->who[i]);
}

static void reason_is_right(const struct joint_proposal *before, const struct joint_proposal *p)
{
    const int64_t grew[] = {[JOINT_FIRST] = 0,
                            [JOINT_WAITS] = p->wait_cost - before->wait_cost,
                            [JOINT_LATE] = p->late_cost - before->late_cost,
                            [JOINT_STRANGERS] = p->stranger_cost - before->stranger_cost,
                            [JOINT_LOADED] = p->load_cost - before->load_cost,
                            [JOINT_PENALIZED] = p->penalty_cost - before->penalty_cost,
                            [JOINT_EQUAL] = 0};
    CHECK(p->why != JOINT_FIRST);
    for (size_t i = 0; i < COUNT_OF(grew); i++)
        CHECK(grew[p->why] >= grew[i]);
    CHECK_INT(p->why == JOINT_EQUAL, grew[p->why] == 0);
}

static uint8_t count_can(const struct joint_ask *a, uint8_t r, uint32_t start)
{
    uint8_t count = 0;
    for (uint16_t i = 0; i < a->roles[r].among_count; i++)
        count = (uint8_t)(count + brute_can(a, &a->roles[r], a->roles[r].among[i], start));
    return count;
}

/* Whether the roles (as bits) all have enough people at some start, each role looked at alone. */
static bool do_meet(const struct joint_ask *a, uint32_t roles)
{
    for (uint32_t s = 0; s < a->grid->steps; s++) {
        bool all = brute_is_start(a, s);
        for (uint8_t r = 0; r < a->role_count && all; r++)
            if (roles >> r & 1) all = count_can(a, r, s) >= a->roles[r].need;
        if (all) return true;
    }
    return false;
}

static void obstacles_agree(const struct joint_ask *a, const struct joint_block *b)
{
    uint32_t all = (1u << a->role_count) - 1;
    CHECK_INT(b->is_twice, do_meet(a, all));
    for (uint8_t r = 0; r < a->role_count; r++) {
        uint8_t most = 0;
        for (uint32_t s = 0; s < a->grid->steps; s++) {
            uint8_t count = brute_is_start(a, s) ? count_can(a, r, s) : 0;
            if (count > most) most = count;
        }
        const struct joint_obstacle *o = &b->roles[r];
        CHECK_INT(o->most, most);
        CHECK_INT(o->state, a->roles[r].among_count < a->roles[r].need ? JOINT_NOBODY
                            : most == 0                                ? JOINT_NO_TIME
                            : most < a->roles[r].need                  ? JOINT_TOO_FEW
                                                                       : JOINT_CAN);
        CHECK_INT(o->is_alone, !b->is_twice && do_meet(a, all & ~(1u << r)));
        for (uint8_t other = 0; other < a->role_count; other++) {
            bool alone = do_meet(a, 1u << r) && do_meet(a, 1u << other);
            CHECK_INT(o->against >> other & 1, other != r && alone && !do_meet(a, 1u << r | 1u << other));
        }
    }
}

static bool does_help(const struct joint_ask *a, const struct joint_change *c, uint32_t *ret_start)
{
    struct joint_ask ask = *a;
    struct joint_role roles[JOINT_ROLES_MAX];
    uint16_t among[JOINT_RESOURCES_MAX];
    struct brute_answer found;
    memcpy(roles, a->roles, a->role_count * sizeof *roles);
    ask.roles = roles;
    ask.duration = (uint16_t)(ask.duration - c->shorter_steps);
    ask.last += (uint32_t)c->extend_days * GRID_DAY_STEPS;
    if (ask.last > a->extend_to) ask.last = a->extend_to;
    if (c->other_role >= 0) {
        struct joint_role *role = &roles[c->other_role];
        memcpy(among, role->among, role->among_count * sizeof *among);
        among[role->among_count] = c->other_resource;
        role->among = among;
        role->among_count++;
    }
    if (c->drop_role >= 0) {
        ask.role_count--;
        memmove(&roles[c->drop_role], &roles[c->drop_role + 1],
                (ask.role_count - (size_t)c->drop_role) * sizeof *roles);
    }
    ask.weights = (struct joint_weights){.wait = 1};
    ask.now = 0;
    ask.is_around = false;
    ask.proposals_max = 1;
    brute_find(&ask, &found);
    *ret_start = found.count ? found.picks[0].start : 0;
    return found.count > 0;
}

/* With more than one seat of the role a change may take two others; then one alone needs not help. */
static void change_helps(const struct joint_ask *a, const struct joint_change *c)
{
    uint32_t start;
    struct joint_change less = *c;
    if (c->other_role < 0 || a->roles[c->other_role].need == 1) {
        CHECK(does_help(a, c, &start));
        CHECK_INT(start, c->start);
    }
    if (c->drop_role < 0 && c->other_role < 0 && c->shorter_steps) {
        less.shorter_steps--;
        if (c->extend_days) less.extend_days = 400;
        CHECK(!does_help(a, &less, &start));
    } else if (c->extend_days && (c->other_role < 0 || a->roles[c->other_role].need == 1)) {
        less.extend_days--;
        CHECK(!does_help(a, &less, &start));
    }
}

/* What one change alone could do is not left out. */
static void nothing_is_missed(const struct joint_ask *a, const struct joint_block *b)
{
    bool extends = false, shortens = false;
    uint32_t drops = 0, others = 0, start;
    for (uint8_t i = 0; i < b->change_count; i++) {
        const struct joint_change *c = &b->changes[i];
        extends |= c->extend_days != 0;
        shortens |= c->shorter_steps != 0;
        if (c->drop_role >= 0) drops |= 1u << c->drop_role;
        if (c->other_role >= 0) others |= 1u << c->other_role;
    }
    struct joint_change c = {.drop_role = -1, .other_role = -1};
    if (a->duration_least) {
        c.shorter_steps = (uint16_t)(a->duration - a->duration_least);
        CHECK(!does_help(a, &c, &start) || shortens || !c.shorter_steps);
    }
    c = (struct joint_change){.extend_days = 400, .drop_role = -1, .other_role = -1};
    if (a->extend_to > a->last && does_help(a, &c, &start)) CHECK(extends);
    for (uint8_t r = 0; r < a->role_count && a->role_count > 1; r++) {
        c = (struct joint_change){.drop_role = (int8_t)r, .other_role = -1};
        if (a->roles[r].may_drop && does_help(a, &c, &start)) CHECK(drops >> r & 1);
        for (uint16_t i = 0; i < a->roles[r].others_count; i++) {
            c = (struct joint_change){
                .drop_role = -1, .other_role = (int8_t)r, .other_resource = a->roles[r].others[i]};
            if (does_help(a, &c, &start)) CHECK(others >> r & 1);
        }
    }
}

static void world_agrees(struct joint *j, const struct joint_ask *a, long counts[2])
{
    struct joint_answer answer;
    struct brute_answer brute;
    CHECK_OK(joint_find(j, a, &answer));
    brute_find(a, &brute);
    CHECK_INT(answer.count, brute.count);
    for (uint8_t i = 0; i < answer.count; i++) {
        picks_agree(a, &answer.proposals[i], &brute.picks[i]);
        if (i > 0) reason_is_right(&answer.proposals[i - 1], &answer.proposals[i]);
    }
    counts[answer.count > 0]++;
    if (answer.count) return;
    struct joint_block block;
    CHECK_OK(joint_explain(j, a, &block));
    obstacles_agree(a, &block);
    for (uint8_t i = 0; i < block.change_count; i++) {
        change_helps(a, &block.changes[i]);
        CHECK(i == 0 || block.changes[i - 1].burden <= block.changes[i].burden);
    }
    nothing_is_missed(a, &block);
}

TEST(the_bitmap_search_and_the_brute_one_agree_on_small_worlds)
{
    static struct world w;
    struct joint *j = joint_new();
    long worlds = check_count(1000, 100000), counts[2] = {0};
    CHECK(j);
    rnd_seed(20261123);
    for (long i = 0; i < worlds; i++) {
        world_make(&w);
        world_agrees(j, &w.ask, counts);
    }
    printf("figure joint-agrees worlds=%ld found=%ld blocked=%ld\n", worlds, counts[1], counts[0]);
    CHECK(counts[0] > worlds / 10 && counts[1] > worlds / 10);
    joint_free(j);
    rnd_seed(0);
}
