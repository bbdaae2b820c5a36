/* frugal: whether the way to one peer carries too little for several people's sound and pictures side by side, so that one mix of all serves
 * him better (media/legs): below FRUGAL_WAY_BPS for FRUGAL_AFTER_MS, with at least FRUGAL_SOURCES to mix; until more than
 * FRUGAL_WAY_OVER_BPS has been carried for FRUGAL_BACK_MS, or so little is left to mix. Embedded in a down peer; one thread. */
#ifndef MEDIA_FRUGAL_H
#define MEDIA_FRUGAL_H
#include "base/clock.h"

enum {
    FRUGAL_AFTER_MS = 4000,
    FRUGAL_BACK_MS = 8000,
    FRUGAL_SOURCES = 3, /* with one person alone there is nothing to put together */
    FRUGAL_WAY_BPS = 250000,
    FRUGAL_WAY_OVER_BPS = 400000
};
struct frugal {
    bool is;
    bool is_turning; /* what is measured says the other, since */
    struct tick since;
};
/* way_bps: what is carried; INT64_MAX: it is not known, or nothing has spoken against it. sources: sounds and pictures that would come. */
void frugal_turn(struct frugal *f, int64_t way_bps, unsigned sources, struct tick now);

#endif
