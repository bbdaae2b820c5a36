/* release_watch: results that have been final for so many hours are released to their patients by the clock (workflow, step 15), unless a doctor
 * holds them back or a label of secrecy does. A job of its own on the desk, each few seconds. The main thread makes it and steps it. */
#ifndef DESK_RELEASE_WATCH_H
#define DESK_RELEASE_WATCH_H
#include "desk/watch.h"
#include "records/release.h"

struct release_watch {
    struct watch watch; /* first */
    struct record_head heads[RELEASE_LOOK_MAX];
    struct audit_row rows[RELEASE_LOOK_MAX];
};

void release_watch_init(struct release_watch *w, struct site *site);
void release_watch_step(struct release_watch *w); /* does nothing while the turn before is under way */

#endif
