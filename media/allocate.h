/* allocate: which layers a down peer gets, for the bits that its way carries. Audio always. Then each video its
 * lowest layer, the pinned first; then, in the same order, as much more as fits and as its tile can show. What
 * was made less comes back only after a while and with something to spare, so that pictures do not flap. Until a way has
 * once been found too narrow, its most important picture is tried whatever the estimate says (decision 0040). What finds no room even
 * so is shown as single pictures (media/still). One thread. */
#ifndef MEDIA_ALLOCATE_H
#define MEDIA_ALLOCATE_H
#include "media/peer.h"

/* BACK: until more comes again; AGAIN: from nothing to something; both twice as long for each time that it did not last PROVEN. */
enum {
    ALLOCATE_BACK_MS = 5000,
    ALLOCATE_AGAIN_MS = 2000,
    ALLOCATE_SHORT_MS = 1000, /* where much is lost: for so long the lowest layer goes on that does not fit */
    ALLOCATE_PROVEN_MS = 10000,
    ALLOCATE_FAILURES_MAX = 3,
    ALLOCATE_SPARE_PERCENT = 10,
    ALLOCATE_SPARE_STILL_PERCENT = 40, /* instead of single pictures, of which something is seen meanwhile */
    ALLOCATE_SLACK_PERCENT = 10,
    ALLOCATE_SLACK_NARROW_PERCENT = 40, /* where an estimate swings by what one picture is */
    ALLOCATE_STILLS_PERCENT = 85,       /* of what nothing else takes */
    ALLOCATE_STILL_MOST_BPS = 100000
};

void allocate(struct peer *p, int64_t now_us);

#endif
