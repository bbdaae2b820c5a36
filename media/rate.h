/* rate: bits a second over the last second or so, counted in slots of a tenth. Embedded; one thread; times are the
 * caller's monotonic milliseconds. */
#ifndef MEDIA_RATE_H
#define MEDIA_RATE_H
#include "base/clock.h"
#include <stdint.h>

enum { RATE_SLOTS = 10, RATE_SLOT_MS = 100 };
struct rate {
    int64_t slot; /* the newest, in slots since the clock's zero */
    int64_t began;
    uint32_t bytes[RATE_SLOTS];
};

static inline void rate_advance(struct rate *r, int64_t slot)
{
    if (r->began == 0 || slot - r->slot >= RATE_SLOTS) {
        *r = (struct rate){.slot = slot, .began = slot};
        return;
    }
    while (r->slot < slot)
        r->bytes[++r->slot % RATE_SLOTS] = 0;
}
static inline void rate_add(struct rate *r, uint32_t bytes, struct tick now)
{
    rate_advance(r, now.ms / RATE_SLOT_MS);
    r->bytes[r->slot % RATE_SLOTS] += bytes;
}
/* 0 after a second of silence. Of a stream that has just begun: over the time since then. */
static inline uint32_t rate_bps(const struct rate *r, struct tick now)
{
    int64_t slot = now.ms / RATE_SLOT_MS, span = slot - r->began + 1;
    uint64_t sum = 0;
    if (r->began == 0) return 0;
    for (int64_t i = slot - RATE_SLOTS + 1; i <= r->slot; i++)
        if (i > r->slot - RATE_SLOTS) sum += r->bytes[(uint64_t)i % RATE_SLOTS];
    if (span > RATE_SLOTS) span = RATE_SLOTS;
    if (span < 3) span = 3; /* a burst at the start is no rate yet */
    sum = sum * 8 * 1000 / (uint64_t)(span * RATE_SLOT_MS);
    return sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
}

#endif
