/* narrow: whether the way to one peer carries too little for what is usually sent, so that who publishes should make something smaller of it
 * (media/wanted, decision 0053): less than a lowest layer for each picture beside the sound, or, without pictures, not even the sound.
 * It is so after two seconds, and not before there is more than what was made smaller leaves free. Embedded in a down peer; one thread. */
#ifndef MEDIA_NARROW_H
#define MEDIA_NARROW_H
#include "base/clock.h"

enum {
    NARROW_AFTER_MS = 2000,
    WIDE_AFTER_MS = 5000,
    NARROW_WAY_BPS =
        120000, /* of all: where more is carried, what sound takes is its past, for what is lost */
    NARROW_WAY_OVER_BPS = 160000,
    NARROW_PICTURE_BPS = 48000,      /* left for each picture: below this it is narrow */
    NARROW_PICTURE_OVER_BPS = 80000, /* and above this no more: the sound grows by 16,000 then */
    NARROW_SOUND_OVER_BPS = 32000    /* left beside all sound, where there are no pictures */
};
struct narrow {
    bool is;
    bool is_turning; /* what is measured says the other, since */
    struct tick since;
};
/* way_bps: what is carried; INT64_MAX: it is not known, or nothing has spoken against it. left_bps: what sound leaves of that, for so many pictures. */
void narrow_turn(struct narrow *n, int64_t way_bps, int64_t left_bps, unsigned pictures, struct tick now);

#endif
