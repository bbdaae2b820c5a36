#include "tests/scheduler/world.h"
#include "base/rnd.h"

static uint32_t below(uint64_t n)
{
    return (uint32_t)rnd_below(n);
}

/* Long and short stretches of free time; how dense differs from world to world, so that some find a lot and
 * some nothing. */
static void make_free(struct world *w, uint64_t *free, uint32_t busy_most)
{
    bits_clear(free, WORLD_WORDS);
    for (uint32_t at = below(busy_most); at < w->grid.steps;) {
        uint32_t until = at + 1 + below(below(3) ? 12 : 60);
        if (until > w->grid.steps) until = w->grid.steps;
        bits_set_span(free, at, until);
        at = until + 1 + below(busy_most);
    }
}

static void make_role(struct world *w, uint8_t r)
{
    struct joint_role *role = &w->roles[r];
    uint32_t chance = 2 + below(4);
    *role = (struct joint_role){.key = r,
                                .before = below(3) ? 0 : (uint16_t)below(5),
                                .after = below(3) ? 0 : (uint16_t)below(5),
                                .need = (uint8_t)(1 + (below(4) == 0) + (below(12) == 0)),
                                .may_drop = below(2),
                                .among = w->among[r],
                                .others = w->others[r]};
    for (uint16_t i = 0; i < w->ask.resource_count; i++) {
        if (below(chance) == 0)
            w->among[r][role->among_count++] = i;
        else if (below(4) == 0)
            w->others[r][role->others_count++] = i;
    }
}

void world_make(struct world *w)
{
    static const uint32_t weights[] = {0, 1, 1, 5, 300};
    bool is_long = below(25) == 0;
    uint32_t busy_most = is_long ? 400 : 5 + below(40);
    *w = (struct world){.grid = {{0}, is_long ? 2100 + below(WORLD_STEPS - 2100) : 30 + below(500)}};
    struct joint_ask *a = &w->ask;
    uint32_t steps = w->grid.steps;
    *a = (struct joint_ask){.grid = &w->grid,
                            .resources = w->resources,
                            .roles = w->roles,
                            .resource_count = (uint16_t)(2 + below(WORLD_RESOURCES - 1)),
                            .role_count = (uint8_t)(1 + below(4)),
                            .proposals_max = (uint8_t)(1 + below(6)),
                            .duration = (uint16_t)(1 + below(12)),
                            .align = (uint16_t)(1 + below(4)),
                            .now = (int64_t)below(steps) - steps / 2,
                            .target = (int64_t)below(2 * steps) - steps / 2};
    a->duration_least = below(2) ? (uint16_t)below(a->duration + 1u) : 0;
    a->is_around = below(4) == 0;
    a->first = below(steps / 2);
    a->last = a->first + below(steps - a->first + 1);
    a->extend_to = a->last + below(steps - a->last + 1);
    a->weights = (struct joint_weights){weights[below(5)], weights[below(5)], weights[below(5)],
                                        weights[below(5)], weights[below(5)]};
    for (uint16_t i = 0; i < a->resource_count; i++) {
        make_free(w, w->free[i], busy_most);
        w->resources[i] = (struct joint_resource){.id = {100 + (i * 7u) % 10},
                                                  .free = w->free[i],
                                                  .load_min = below(4) * 30,
                                                  .penalty = below(5) ? 0 : below(50),
                                                  .tie = (enum joint_tie)below(3)};
    }
    for (uint8_t r = 0; r < a->role_count; r++)
        make_role(w, r);
}
