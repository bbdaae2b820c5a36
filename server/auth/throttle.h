/* throttle: wrong login tries counted by address, in memory, so that one address cannot try many accounts. Own lock; any
 * thread. Bounded: when full, the address longest quiet is forgotten. An IPv6 address counts with its /64, which is what
 * one household or host holds. A restart forgets all; the accounts' own lockouts (auth/lockout) are in the store. */
#ifndef AUTH_THROTTLE_H
#define AUTH_THROTTLE_H
#include "base/clock.h"
#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>

#define THROTTLE_TRIES 30                   /* wrong tries … */
#define THROTTLE_WINDOW_MS (15 * 60 * 1000) /* … within so long close the door for as long */
#define THROTTLE_FROM_TEXT 50

struct throttle;

struct throttle *throttle_new(uint32_t addresses_max) MUST_USE;
void throttle_free(struct throttle *t);
/* 0: may try; else the milliseconds until it may. */
int64_t throttle_wait_ms(struct throttle *t, const char *from);
void throttle_fail(struct throttle *t, const char *from); /* a wrong try; without memory it is not counted */
bool throttle_clear(struct throttle *t,
                    const char *from); /* false: it was not there; takes throttle_list's text too */

struct throttle_entry {
    char from[THROTTLE_FROM_TEXT]; /* an address, or an IPv6 prefix as 2001:db8::/64 */
    int failed;
    struct instant until; /* 0: still free to try */
};
/* Addresses with wrong tries, worst first; returns how many were written. */
uint32_t throttle_list(struct throttle *t, struct throttle_entry *ret, uint32_t entries_max);

#endif
