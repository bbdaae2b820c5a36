/* repair: the next best when somebody declined or a place was lost, the same people kept. Three attempts, of
 * which the first that finds something is the answer:
 *
 *   REPAIR_SAME_TIME    the same time; everybody who can stays, only the gaps are filled by others
 *   REPAIR_SAME_PEOPLE  another time; everybody who was kept stays
 *   REPAIR_ANY          another time, whoever fits
 *
 * Who declined is not asked again for the same time, and for another time only when nobody cheaper is there
 * (their penalty is the caller's to set). Pure; the workspace is joint's. */
#ifndef SCHEDULER_REPAIR_H
#define SCHEDULER_REPAIR_H
#include "scheduler/joint.h"

enum repair_way { REPAIR_SAME_TIME, REPAIR_SAME_PEOPLE, REPAIR_ANY, REPAIR_NOTHING };

struct repair_seat {
    uint8_t role;      /* of the ask */
    uint16_t resource; /* of the ask */
    bool is_kept;      /* false: declined, or lost */
};
struct repair_answer {
    enum repair_way way;
    struct joint_answer found; /* roles and resources are those of the ask */
};

/* The ask is the one that a new search would use; its bitmaps must not count the appointment itself as busy.
 * `start` is where the meeting is now, as a step; is_same_time false leaves the first attempt out (it lost its
 * time as such). ERR_BAD_INPUT as joint_find, and for seats that the ask has not. */
enum err repair_find(struct joint *j, const struct joint_ask *ask, const struct repair_seat *seats,
                     uint8_t seat_count, uint32_t start, bool is_same_time,
                     struct repair_answer *ret_answer) MUST_USE;

#endif
