/* wheel: timers in milliseconds, added, removed and found in O(1), with no allocation. Embedded
 * (wheel_init), the timers too; neither owns the other. Pure: it reads no clock; the caller says what time
 * it is. One thread.
 *
 * Eleven levels of 64 slots. A timer lies at the level of the highest group of six bits in which its time
 * differs from the wheel's, in the slot which that group names:
 *
 *      now    ...0000 001011 110100
 *      timer  ...0000 001110 000001      level 1, slot 001110: it comes down to level 0, where a slot is one
 *                     ^^^^^^             millisecond, when the time gets there
 *
 * So the lowest slot of the lowest level that holds anything is always the next, and nothing wraps. */
#ifndef MEDIA_WHEEL_H
#define MEDIA_WHEEL_H
#include "base/clock.h"
#include "base/list.h"
#include <stdbool.h>
#include <stdint.h>

enum { WHEEL_LEVELS = 11, WHEEL_SLOTS = 64 };

struct timer {
    struct list in;
    struct tick at;
    void (*fire)(struct timer *t); /* may set and clear any timer, this one too */
    bool is_set;
};

struct wheel {
    struct tick now;
    uint64_t filled[WHEEL_LEVELS]; /* a bit for each slot; may stay on for a slot emptied since */
    struct list slots[WHEEL_LEVELS][WHEEL_SLOTS];
    struct list due;    /* set for a time that has passed: the next wheel_run */
    struct list firing; /* taken out, about to fire */
};

void timer_init(struct timer *t, void (*fire)(struct timer *t));
void wheel_init(struct wheel *w, struct tick now);
/* Sets (again) for a time; one that has passed fires at the next wheel_run, never from here. */
void wheel_set(struct wheel *w, struct timer *t, struct tick at);
void wheel_clear(struct timer *t); /* harmless when it is not set */
/* Fires what is due at now, in the order of time. A now before the last one counts as the last one. */
void wheel_run(struct wheel *w, struct tick now);
/* When wheel_run must be called next, at the latest (a little early at times: it then only sorts). False: no
 * timer is set. */
bool wheel_next(struct wheel *w, struct tick *ret_at);

#endif
