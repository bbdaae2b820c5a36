/* film_watch: recordings that are past the time the site keeps them are noted, each with a row of the trail, and the privacy officer is told that some are:
 * two people decide about their end (film_keep), the clock ends none. A job of its own on the desk. The main thread makes it and steps it. */
#ifndef DESK_FILM_WATCH_H
#define DESK_FILM_WATCH_H
#include "desk/film_keep.h"
#include "desk/watch.h"

enum { FILM_LOOK_MAX = 32 };

struct film_watch {
    struct watch watch; /* first */
    struct film_due due[FILM_LOOK_MAX];
    struct audit_row rows[FILM_LOOK_MAX];
    uint32_t n;
};

void film_watch_init(struct film_watch *w, struct site *site);
void film_watch_step(struct film_watch *w); /* does nothing while the turn before is under way */

#endif
