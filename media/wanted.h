/* wanted: how many of a track's simulcast layers, from the lowest on, somebody watches or would if his way carried them: as large as the
 * largest tile that shows it. Who publishes is told (call.layer) and need not make the others. More is told at once, less after a while, as
 * tiles change; the lowest is always wanted, so that who comes sees something. Of a browser's tracks only: a WHIP client cannot be told.
 * One thread, its peer's. */
#ifndef MEDIA_WANTED_H
#define MEDIA_WANTED_H
#include "base/clock.h"

struct up;

enum { WANTED_LESS_MS = 5000 };
struct wanted {
    uint8_t told;                   /* 0: nothing yet; the first is all */
    bool is_less;                   /* than told, since */
    struct tick since, whole_until; /* whole: all layers, whoever watches (media/grab) */
};
void wanted_turn(struct up *up, struct tick now);
void wanted_whole(struct up *up, struct tick now, struct tick until);

#endif
