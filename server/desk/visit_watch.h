/* visit_watch: a consultation whose call is lost is interrupted, and goes on when both sides are back: looked for each second by a job of its
 * own on the desk. One side alone is taken for a loss after a while, as who is let in needs a moment to come, and after a start everybody does.
 *
 * The main thread makes it and steps it. */
#ifndef DESK_VISIT_WATCH_H
#define DESK_VISIT_WATCH_H
#include "desk/site.h"

#define VISIT_WATCH_MOST 64        /* calls at once */
#define VISIT_WATCH_ALONE_MS 15000 /* one side alone for so long: interrupted */

struct visit_watch_alone { /* since when only one side, or nobody, has been there */
    int64_t encounter;
    struct instant since;
};
struct visit_watch {
    struct job job; /* first */
    struct site *site;
    struct arena *arena; /* of the turn under way */
    struct visit_watch_alone alone[VISIT_WATCH_MOST];
    uint32_t alone_count;
    const char *told[VISIT_WATCH_MOST]; /* what the clinic's browsers are told */
    uint32_t told_count;
    _Atomic bool is_out;
};

void visit_watch_init(struct visit_watch *w, struct site *site);
void visit_watch_step(struct visit_watch *w); /* does nothing while the turn before is under way */

#endif
