/* joint_own: the workspace behind joint.h. Private to joint. */
#ifndef SCHEDULER_JOINT_OWN_H
#define SCHEDULER_JOINT_OWN_H
#include "scheduler/joint.h"

#define JOINT_CHUNK_WORDS 32 /* 2048 steps: a week and two hours */

struct joint_room {
    char *at;
    size_t bytes, used;
};
struct joint_rank {
    int64_t cost;
    uint64_t id;
    uint16_t resource;
};
/* One role's resources by rising cost. */
struct joint_list {
    const struct joint_role *role;
    const struct joint_rank **who;
    uint32_t *slot; /* where the starts of each are kept, for the chunk at hand */
    uint16_t count;
    uint16_t used;   /* in this chunk: as many as it took to cover what can be covered */
    uint32_t length; /* steps: before, meeting, after */
};
struct joint {
    struct joint_room tables, starts, block;
    const struct joint_ask *ask;
    struct joint_list lists[JOINT_ROLES_MAX]; /* as in the ask */
    uint8_t order[JOINT_ROLES_MAX];           /* the narrowest first */
    struct joint_rank *ranks;                 /* all that may fill a seat, by rising cost */
    uint32_t rank_count;
    uint16_t *roles_of;  /* for each resource, its roles as bits */
    bool is_shared;      /* somebody may fill more than one role */
    int64_t seats_least; /* no seating costs less */
    uint64_t *slots;
    uint32_t *slot_chunk, slot_count, slot_words;
    uint64_t *fits;      /* of the whole grid: starts that may fit */
    uint64_t *exact;     /* starts whose cost is known, not only bounded from below */
    int64_t *cost;       /* of each start that fits */
    int64_t *word_least; /* of each 64 of them */
    uint32_t words_done_from, words_done_until;
};

static inline int64_t joint_seat_cost(const struct joint_weights *w, const struct joint_resource *r)
{
    return (r->tie == JOINT_STRANGER ? (int64_t)w->stranger : 0) + (int64_t)r->load_min * w->load +
           (int64_t)r->penalty * w->penalty;
}
static inline int64_t joint_wait_min(const struct joint_ask *a, uint32_t start)
{
    if (start > a->now) return (start - a->now) * GRID_STEP_MIN;
    return a->is_around ? (a->now - start) * GRID_STEP_MIN : 0;
}
static inline int64_t joint_late_min(const struct joint_ask *a, uint32_t start)
{
    return start > a->target ? (start - a->target) * GRID_STEP_MIN : 0;
}
static inline int64_t joint_start_cost(const struct joint_ask *a, uint32_t start)
{
    return joint_wait_min(a, start) * a->weights.wait + joint_late_min(a, start) * a->weights.late;
}

/* Makes the room at least so large, empty; ERR_NOMEM. */
enum err joint_room_open(struct joint_room *r, size_t bytes) MUST_USE;
/* Memory from an open room, zeroed; more than it was opened for is a bug. */
void *joint_room_take(struct joint_room *r, size_t bytes);
#define JOINT_ROOM(bytes) (((bytes) + 63) / 64 * 64)

bool joint_is_right(const struct joint_ask *ask);
/* The cheapest seating of a start into ret_seats, by role and resource; false when there is none. */
bool joint_seat(const struct joint *j, uint32_t start, struct joint_seat ret_seats[JOINT_SEATS_MAX],
                uint8_t *ret_count, int64_t *ret_cost);

#endif
