/* consequence_watch: the clock's job for desk/consequence: a few patients a turn, in one transaction. Whose turn fails is put off for a minute, and
 * stops nobody else. The main thread makes it and steps it, a few times a second. */
#ifndef DESK_CONSEQUENCE_WATCH_H
#define DESK_CONSEQUENCE_WATCH_H
#include "desk/watch.h"

struct schedule_news;
struct schedule_leave;
struct consequence_watch {
    struct watch watch; /* first */
    int64_t patient;    /* the last of the turn under way; 0: nobody */
    int64_t failed;     /* of the turn before, to be put off; 0: nobody */
    struct schedule_news *news;
    struct schedule_leave *leaves;
};

void consequence_watch_init(struct consequence_watch *w, struct site *site);
void consequence_watch_step(
    struct consequence_watch *w); /* does nothing while the turn before is under way */

#endif
