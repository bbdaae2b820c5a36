/* demo_day: what the registry of an invented centre writes down in a day: who is held there at midnight, who comes, moves, goes to court or hospital
 * and back, leaves, what was written in error and taken back, and who turns out to have two numbers. Nobody in it is real. The cells are the
 * demo's (desk/demo).
 *
 * Pure: the same seed, day and people give the same events, to the byte, with the same control numbers; so a day that is told again changes
 * nothing. One thread. */
#ifndef DESK_DEMO_DAY_H
#define DESK_DEMO_DAY_H
#include "base/arena.h"
#include "registry/event.h"

#define DEMO_DAY_PEOPLE_MAX 10000

struct demo_day {
    uint64_t seed; /* 0 … 999: a centre with numbers of its own */
    struct date day;
    int people; /* 1 … DEMO_DAY_PEOPLE_MAX */
};
/* In the order in which they were written down; in the arena. ERR_BAD_INPUT: out of those bounds; ERR_NOMEM. */
enum err demo_day_events(const struct demo_day *how, struct arena *arena, struct event **ret,
                         size_t *ret_n) MUST_USE;

#endif
