/* brute: the joint search told again as slowly and plainly as it can be, to compare with scheduler/joint.h: step
 * by step, every way to fill every seat, no bitmaps beyond asking for one bit, no bounds, no chunks. */
#ifndef TESTS_SCHEDULER_BRUTE_H
#define TESTS_SCHEDULER_BRUTE_H
#include "scheduler/joint.h"

struct brute_pick {
    uint32_t start;
    int64_t cost;
    uint8_t seats;
    uint16_t who[JOINT_SEATS_MAX]; /* resources, by place in the ask */
};
struct brute_answer {
    uint8_t count;
    struct brute_pick picks[JOINT_PROPOSALS_MAX];
};

void brute_find(const struct joint_ask *ask, struct brute_answer *ret_answer);
/* Whether the resource is free for the role at this start. */
bool brute_can(const struct joint_ask *ask, const struct joint_role *role, uint16_t resource, uint32_t start);
/* In the window, on the alignment. */
bool brute_is_start(const struct joint_ask *ask, uint32_t start);
/* A proposal seats everybody whom the ask wants, free and once only. */
bool brute_is_sound(const struct joint_ask *ask, const struct joint_proposal *p);

#endif
