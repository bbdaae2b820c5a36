/* joint: the first hour that everyone has. Finds when a meeting of several roles can be ("any ophthalmologist
 * and any neurosurgeon, the clinic doctor, a room, the camera, an escort, the detainee, 40 minutes, within five
 * days"), ranks what it finds, and where nothing fits says what stands in the way and the least change that
 * would help. Free time comes in as bitmaps (grid.h); the search never looks at rows.
 *
 * A start fits when it is in the window and on the alignment, and each role has as many resources as it needs
 * free from `before` steps ahead of the meeting until `after` steps behind it, nobody in two seats. Of all ways
 * to seat a start the cheapest is taken, and starts are ranked by cost, then by time:
 *
 *   cost = minutes of wait x wait + minutes beyond the target x late                      (of the start)
 *        + for each seat: stranger (if not known to the patient, though somebody is)
 *                         + minutes booked already x load + penalty x penalty             (of who sits in it)
 *
 * Proposals do not overlap one another, so that ten of them are ten real choices and not one hour ten times.
 * Because the cost of a seat is of the resource alone, the cheapest seating is a least basis of a transversal
 * matroid: taking resources by rising cost, each if the seats can be rearranged for it, is exact.
 *
 * The search goes through the window in chunks of a week and stops when no later start can be cheap enough.
 *
 * A struct joint is the workspace that searches share, so that they allocate nothing after the first. One
 * thread at a time; an ask and all it points to belong to the caller. */
#ifndef SCHEDULER_JOINT_H
#define SCHEDULER_JOINT_H
#include "scheduler/grid.h"
#include "scheduler/terms.h"

#define JOINT_ROLES_MAX 16
#define JOINT_SEATS_MAX 16
#define JOINT_RESOURCES_MAX 4096
#define JOINT_PROPOSALS_MAX 20
#define JOINT_CHANGES_MAX 16
#define JOINT_STEPS_MAX GRID_DAY_STEPS /* of a duration, and of before and after */

enum joint_tie {
    JOINT_NO_TIE,  /* continuity does not matter here: a room, or nobody is known yet */
    JOINT_KNOWN,   /* has seen this patient before */
    JOINT_STRANGER /* has not, while another of the role has */
};
struct joint_resource {
    struct resource_id id; /* each once */
    const uint64_t *free;  /* grid_words(grid->steps) words */
    uint32_t load_min;     /* booked already in the period that fairness looks at */
    uint32_t penalty;      /* what else speaks against it */
    enum joint_tie tie;
};
struct joint_role {
    uint16_t key;           /* the caller's word for it */
    uint16_t before, after; /* steps */
    uint8_t need;           /* how many of it, at least 1 */
    bool may_drop;          /* it can be done without, if it must */
    uint16_t among_count, others_count;
    const uint16_t *among;  /* who may fill it: places in ask->resources, each once; one alone is "named" */
    const uint16_t *others; /* who else could, though not asked for; none of `among` */
};
struct joint_weights {
    uint32_t wait, late, stranger, load, penalty;
};
struct joint_ask {
    const struct grid *grid;
    const struct joint_resource *resources;
    const struct joint_role *roles;
    uint16_t resource_count;
    uint8_t role_count;
    uint8_t proposals_max;
    uint16_t duration, duration_least; /* steps; duration_least 0: it cannot be shorter */
    uint16_t align;                    /* starts are multiples of this from the grid's origin */
    uint32_t first, last;              /* the meeting lies in these steps, [first, last) */
    uint32_t extend_to;                /* how far the window could be extended, at least last */
    int64_t now, target; /* steps, may lie before the grid: wait counts from now, late from target */
    bool is_around; /* wait counts both ways: now is the wanted time, and the nearest start is the best */
    struct joint_weights weights;
};

/* Why a proposal stands behind the one before it: the part of the cost that grew most. */
enum joint_why {
    JOINT_FIRST,
    JOINT_WAITS,
    JOINT_LATE,
    JOINT_STRANGERS,
    JOINT_LOADED,
    JOINT_PENALIZED,
    JOINT_EQUAL
};

struct joint_seat {
    uint8_t role;
    uint16_t resource;
};
struct joint_proposal {
    uint32_t start;
    uint8_t seat_count, stranger_count;
    struct joint_seat seats[JOINT_SEATS_MAX]; /* by role, then by resource */
    uint32_t wait_min, late_min;
    uint64_t load_min; /* of all seats */
    int64_t wait_cost, late_cost, stranger_cost, load_cost, penalty_cost, cost;
    enum joint_why why;
};
struct joint_answer {
    uint8_t count;
    struct joint_proposal proposals[JOINT_PROPOSALS_MAX];
};

enum joint_state {
    JOINT_CAN,     /* by itself it has a start in the window */
    JOINT_NOBODY,  /* fewer resources than it needs */
    JOINT_NO_TIME, /* none of them is free so long */
    JOINT_TOO_FEW  /* never so many of them at once */
};
struct joint_obstacle {
    enum joint_state state;
    uint8_t most; /* so many of it are free at one start, at best (up to 15) */
    uint32_t
        against;   /* the roles (as bits) with which it has no start in common, though each has one alone */
    bool is_alone; /* all the others have a start in common: only this role is in the way */
};
/* One change, or two of which one is the longer window. */
struct joint_change {
    uint16_t extend_days;   /* 0: not */
    uint16_t shorter_steps; /* 0: not */
    int8_t drop_role;       /* -1: none */
    int8_t other_role;      /* -1: none; else somebody of its `others` is taken: */
    uint16_t other_resource;
    uint32_t start; /* the first start that it opens */
    uint32_t burden;
};
/* Another resource is the lightest change; then minutes; then days; then to do without a role. */
#define JOINT_BURDEN_OTHER 10
#define JOINT_BURDEN_STEP 4
#define JOINT_BURDEN_DAY 30
#define JOINT_BURDEN_DROP 400

struct joint_block {
    struct joint_obstacle roles[JOINT_ROLES_MAX];
    bool is_twice; /* each start that all roles have would need somebody in two seats */
    uint8_t change_count;
    struct joint_change changes[JOINT_CHANGES_MAX]; /* lightest first */
};

struct joint;
struct joint *joint_new(void) MUST_USE;
void joint_free(struct joint *j);
/* No proposal is no error. ERR_BAD_INPUT: an ask that breaks what is said above. ERR_NOMEM. */
enum err joint_find(struct joint *j, const struct joint_ask *ask, struct joint_answer *ret_answer) MUST_USE;
/* For an ask that found nothing. */
enum err joint_explain(struct joint *j, const struct joint_ask *ask, struct joint_block *ret_block) MUST_USE;

#endif
