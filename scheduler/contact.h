/* contact: who was where a case was while it could pass its illness on, for how long and on how many days: computed from stays in cells,
 * rides with an escort and visits to rooms, never asked of anybody. Values; any thread.
 *
 *   case     .......[=========== could pass it on ===========)......
 *   cell A   ---case-------------|        overlap: 3 h 20 min, 2 days
 *   cell A        ---contact-----------|
 *   room 2              case --|  gap  |-- contact               who comes into a room soon after the case is one too
 *
 * Times are half open, [from, until). Stays of one person in one place that overlap or touch are one stay, so that what a registry said twice
 * counts once. Minutes in two places at once (a cell that somebody is still booked in while with an escort) count in both: rather one
 * contact too many. */
#ifndef SCHEDULER_CONTACT_H
#define SCHEDULER_CONTACT_H
#include "base/arena.h"
#include "base/clock.h"

enum contact_kind { CONTACT_CELL, CONTACT_ESCORT, CONTACT_ROOM, CONTACT_KINDS };
const char *contact_kind_text(enum contact_kind kind); /* "cell" */

struct contact_stay {
    uint32_t person, place; /* the caller's numbers, from 0; a place is of one kind */
    enum contact_kind kind;
    struct instant from, until;
};
struct contact_case {
    uint32_t person;
    struct instant from, until; /* while it can be passed on */
};
#define CONTACT_DAYS_MAX 128 /* of a case, counted from midnight */
struct contact_ask {
    const struct contact_stay *stays;
    uint32_t stay_count;
    const struct contact_case *cases;
    uint32_t case_count;
    uint32_t people, places; /* how many there are */
    struct instant midnight; /* the site's, on or before the first day of any case; days are of 24 hours */
    int64_t after_ms;        /* a room is dangerous for so long after the case has left it; 0: it is not */
};
struct contact {
    uint32_t of, person; /* of: place of the case in the list */
    int64_t ms[CONTACT_KINDS];
    int64_t gap_ms; /* the shortest between the case's leaving a room and this one's coming; -1: none */
    struct instant first, last; /* when they were together first, and until when last */
    uint16_t days;              /* on which they were together, or came after each other */
};
/* In the arena, by case, the longest together first. A case is no contact of itself. ERR_NOMEM; ERR_BAD_INPUT: a case that leaves
 * [midnight, midnight + CONTACT_DAYS_MAX), or a number that is too high. */
enum err contact_find(struct arena *arena, const struct contact_ask *ask, struct contact **ret,
                      uint32_t *ret_n) MUST_USE;
int64_t contact_ms(const struct contact *c); /* in all places */

#endif
