/* frugal: whether the way to one peer carries too little for what is watched, so that something made for it alone serves it better (media/legs):
 * one mix of several people's sound and pictures, or a smaller picture of a source that nobody can tell to make less of it. It is so once less
 * than `under_bps` has been carried for FRUGAL_AFTER_MS, until more than `over_bps` has been for FRUGAL_BACK_MS. Embedded in a down peer;
 * one thread. */
#ifndef MEDIA_FRUGAL_H
#define MEDIA_FRUGAL_H
#include "base/clock.h"

enum {
    FRUGAL_AFTER_MS = 4000,
    FRUGAL_BACK_MS = 8000,
    FRUGAL_SOURCES = 3, /* so many are better put together; of one person alone there is nothing to */
    FRUGAL_WAY_BPS = 250000,
    FRUGAL_WAY_OVER_BPS = 400000,
    FRUGAL_SOUND_BPS = 52000,     /* Opus of 32,000 with its headers, each 20 ms */
    FRUGAL_LONE_OVER_PERCENT = 50 /* more than what a source takes at least: it is forwarded again */
};
struct frugal {
    bool is;
    bool is_turning; /* what is measured says the other, since */
    struct tick since;
};
/* What is watched: sounds and pictures that would come, and what they take at least of which some cannot be made smaller by who publishes;
 * 0: all can. */
struct frugal_watch {
    unsigned sources;
    int64_t least_bps;
};
struct frugal_bounds {
    int64_t under_bps, over_bps; /* 0: never */
};
struct frugal_bounds frugal_bounds(const struct frugal_watch *w);
/* way_bps: what is carried; INT64_MAX: it is not known, or nothing has spoken against it. */
void frugal_turn(struct frugal *f, int64_t way_bps, struct frugal_bounds bounds, struct tick now);

#endif
