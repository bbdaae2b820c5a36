/* grant_watch: a grant that ends by itself ends what stands open under it (rule 8): the person's browsers are told `grant_ended`, the
 * person is taken out of the consultation's room and out of its call. Looked for each second by a job of its own on the desk; what
 * ended while the server was down is looked for once more at the start.
 *
 * The main thread makes it and steps it. leave is for the desk, data for any thread. */
#ifndef DESK_GRANT_WATCH_H
#define DESK_GRANT_WATCH_H
#include "desk/watch.h"
#include "records/grant.h"

#define GRANT_WATCH_MOST 256 /* that end within a second */

struct grant_watch {
    struct watch watch; /* first */
    struct instant since, until;
    struct grant_end ends[GRANT_WATCH_MOST];
    uint32_t count;
};

void grant_watch_init(struct grant_watch *w, struct site *site);
void grant_watch_step(struct grant_watch *w); /* does nothing while the turn before is under way */
/* Out of the room's members; not to be one is no error. */
enum err grant_watch_leave(struct tx *tx, const struct grant_end *end) MUST_USE;
/* {"id","encounter","patient","at"} of the notice, in the arena; NULL: no memory. */
const char *grant_watch_data(struct arena *arena, const struct grant_end *end, struct instant at);

#endif
