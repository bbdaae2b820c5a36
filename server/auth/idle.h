/* idle: when each session was last used, exactly, in memory; the store's copy follows in steps of half a minute, so that a read
 * costs no write. Own lock; any thread. Bounded: when full, entries that idled out are dropped, and what does not fit
 * is written through (idle_touch says so each time). */
#ifndef AUTH_IDLE_H
#define AUTH_IDLE_H
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include <stdbool.h>
#include <stdint.h>

#define IDLE_STEP_MS (30 * 1000)

struct idle;

struct idle *idle_new(uint32_t sessions_max) MUST_USE;
void idle_free(struct idle *i);
/* The later of `stored` and what memory knows; i may be NULL. */
struct instant idle_seen(struct idle *i, struct str session, struct instant stored);
/* Used now. True: the store's copy is due; the caller writes it. */
bool idle_touch(struct idle *i, struct str session, struct instant stored, struct instant now);
void idle_forget(struct idle *i, struct str session);

#endif
