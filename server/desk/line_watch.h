/* line_watch: lines of calls that stay bad are noted (desk/call_quality_bad), and how many were so in the last hour stands in the site, for its health and so for
 * the system admin. A job of its own on the desk. The main thread makes it and steps it. */
#ifndef DESK_LINE_WATCH_H
#define DESK_LINE_WATCH_H
#include "desk/watch.h"

struct line_watch {
    struct watch watch; /* first */
    int64_t lately;
};

void line_watch_init(struct line_watch *w, struct site *site);
void line_watch_step(struct line_watch *w); /* does nothing while the turn before is under way */

#endif
