/* world: small random asks for the joint search, all memory inside the struct. */
#ifndef TESTS_SCHEDULER_WORLD_H
#define TESTS_SCHEDULER_WORLD_H
#include "scheduler/joint.h"

enum { WORLD_RESOURCES = 10, WORLD_STEPS = 5000, WORLD_WORDS = WORLD_STEPS / 64 + 1 };

struct world {
    struct grid grid;
    uint64_t free[WORLD_RESOURCES][WORLD_WORDS];
    struct joint_resource resources[WORLD_RESOURCES];
    struct joint_role roles[4];
    uint16_t among[4][WORLD_RESOURCES], others[4][WORLD_RESOURCES];
    struct joint_ask ask;
};

/* From base/rnd: seed that for a repeatable world. */
void world_make(struct world *w);

#endif
