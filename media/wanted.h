/* wanted: how many of a track's simulcast layers, from the lowest on, somebody watches or would if his way carried them: as large as the
 * largest tile that shows it. Who publishes is told (call.layer) and need not make the others. More is told at once, less after a while, as
 * tiles change; the lowest is always wanted, so that who comes sees something.
 *
 * And whether it is to be thin (media/narrow, decision 0053): of sound, as somebody's way is narrow who hears it; of a picture, as somebody's
 * is who sees it, and nobody whose way is wider has to do with its lowest layer.
 *
 * Of a browser's tracks only: a WHIP client cannot be told (decision 0096). One thread, its peer's. */
#ifndef MEDIA_WANTED_H
#define MEDIA_WANTED_H
#include "base/clock.h"

struct up;

enum { WANTED_LESS_MS = 5000 };
struct wanted {
    uint8_t told;                   /* 0: nothing yet; the first is all */
    bool is_thin;                   /* as told */
    bool is_less;                   /* than told, since */
    struct tick since, whole_until; /* whole: all layers, whoever watches (media/grab) */
};
void wanted_turn(struct up *up, struct tick now);
void wanted_whole(struct up *up, struct tick now, struct tick until);

#endif
