/* allocate: which layers a down peer gets, for the bits that its way carries. Audio always. Then each video its
 * lowest layer, the pinned first; then, in the same order, as much more as fits and as its tile can show. What
 * was made less comes back only after a while and with something to spare, so that pictures do not flap. Until a way has
 * once been found too narrow, its most important picture is tried whatever the estimate says (decision 0040). One
 * thread. */
#ifndef MEDIA_ALLOCATE_H
#define MEDIA_ALLOCATE_H
#include "media/peer.h"

/* AGAIN: from nothing to something. */
enum { ALLOCATE_BACK_MS = 5000, ALLOCATE_AGAIN_MS = 2000, ALLOCATE_SPARE_PERCENT = 15 };

void allocate(struct peer *p, int64_t now_us);

#endif
