/* checkpoint: keeps the log short without stopping the desk for long. Embedded in the desk; desk thread.
 *
 * SQLite starts the log anew at the first write after everything in it has been copied to the main file and no
 * reader needs it. That moment must be ours, as the shipper needs the log's bytes until then. So a connection
 * of its own, the pin, holds a snapshot in the log: as long as it does, nobody's checkpoint can go past it and
 * no write can start the log anew. When the log has grown, the pin moves to its end and the chore thread copies
 * (beside the running commits) what lies before it; again, while much was written meanwhile. Then the desk
 * closes the log: it gives the shipper what is missing, lets the pin go, copies the small rest, and the next commit
 * begins a new log. Where commits come faster than they can be copied, each is followed by a short wait (docs/decisions/0167). */
#ifndef STORE_CHECKPOINT_H
#define STORE_CHECKPOINT_H
#include "store/db_open.h"

#define CHECKPOINT_BYTES (32LL << 20)     /* the log's length, unless the settings say another */
#define CHECKPOINT_SOFT 2                 /* times that: the desk lets the chore thread catch up */
#define CHECKPOINT_HARD 6                 /* times that: it copies by itself, whatever it takes */
#define CHECKPOINT_REST_BYTES (1LL << 20) /* what the desk copies itself: a few milliseconds */

struct store;
struct checkpoint {
    struct store *store;
    struct db *pin;
    bool is_pinned, is_asked; /* asked: the chore thread is at it */
    int64_t bytes;            /* the log's length at which to begin */
    int64_t next_at;          /* the log's length at which to begin again */
    int64_t pinned_end;       /* how far the chore thread copies */
    int rounds;               /* it has copied for this log */
};

void checkpoint_init(struct checkpoint *c, struct store *s);
void checkpoint_done(struct checkpoint *c); /* lets the pin go and closes it */
/* After each commit: does, or has done, what is due. */
void checkpoint_turn(struct checkpoint *c, struct db *db, const struct db_log *log);
/* The chore thread has done its half. */
void checkpoint_finish(struct checkpoint *c, struct db *db);

#endif
