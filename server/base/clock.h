/* clock: the only place that asks for the time. struct instant is the wall clock (UTC, ms since 1970), struct
 * tick a monotonic count; mixing them does not compile. Any thread. Tests put a fake clock in place of both.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H
#include "base/str.h"
#include <stdbool.h>
#include <stdint.h>

struct instant {
    int64_t ms;
};
struct tick {
    int64_t ms;
};

struct instant clock_now(void);
struct tick clock_tick(void);
int64_t clock_tick_us(void); /* monotonic microseconds, for measuring; never faked */

/* From now on both clocks stand at the given values and move only by clock_fake_advance. Tests only. */
void clock_fake(struct instant now, struct tick tick);
void clock_fake_advance(int64_t ms);
void clock_fake_jump(int64_t ms); /* the wall clock alone, as a correction does */
void clock_real(void);

#define INSTANT_TEXT_BYTES 25
/* "2026-11-23T07:24:07.031Z" (RFC 3339); years 0000-9999. */
void instant_text(struct instant at, char ret_text[INSTANT_TEXT_BYTES]);
/* Accepts a fraction of 1-9 digits (cut to ms) and any offset; false when malformed, no such day, or
 * outside the years 0000-9999 in UTC. */
bool instant_from_text(struct str text, struct instant *ret_at);

#endif
