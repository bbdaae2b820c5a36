/* checkpoint: keeps the log short without stopping the desk for long. Embedded in the desk; desk thread.
 *
 * SQLite starts the log anew at the first write after everything in it has been copied to the main file and no
 * reader needs it. That moment must be ours, as the shipper needs the log's bytes until then. So a connection
 * of its own, the pin, holds a snapshot in the log: as long as it does, nobody's checkpoint can go past it and
 * no write can start the log anew. When the log has grown, the pin moves to its end, the chore thread copies
 * (beside the running commits) what lies before it, and the desk then closes the log: it gives the shipper what
 * is missing, lets the pin go, copies the small rest, and the next commit begins a new log. */
#ifndef STORE_CHECKPOINT_H
#define STORE_CHECKPOINT_H
#include "store/db_open.h"

#define CHECKPOINT_SOFT_BYTES (4 << 20)
#define CHECKPOINT_HARD_BYTES (64 << 20)

struct store;
struct checkpoint {
    struct store *store;
    struct db *pin;
    bool is_pinned, is_asked; /* asked: the chore thread is at it */
    int64_t next_at;          /* the log's length at which to begin again */
};

void checkpoint_init(struct checkpoint *c, struct store *s);
void checkpoint_done(struct checkpoint *c); /* lets the pin go and closes it */
/* After each commit: does, or has done, what is due. */
void checkpoint_turn(struct checkpoint *c, struct db *db, const struct db_log *log);
/* The chore thread has done its half. */
void checkpoint_finish(struct checkpoint *c, struct db *db);

#endif
