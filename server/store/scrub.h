/* scrub: verifies every page of a database's main file, a few at a time, while the store serves.
 *
 * Owned by one thread, with a connection of its own. It reads the file past SQLite's cache; a page that a
 * checkpoint is writing at that moment is read again. Pages not yet checkpointed are verified as they stand in
 * the main file (older, but whole). The caller decides the rate: steps, and pauses between them. */
#ifndef STORE_SCRUB_H
#define STORE_SCRUB_H
#include "base/err.h"
#include "store/db.h"

struct scrub {
    struct db *db;
    int64_t next, pages; /* the page to check next (from 1); pages of the file when last looked */
    int64_t checked, bad;
    int64_t first_bad; /* its page number; 0: none */
};

void scrub_init(struct scrub *s, struct db *db);
/* Checks up to pages_max pages. *ret_more false: all are checked. A bad page is counted, not returned as an error;
 * ERR_IO: the file cannot be read at all. */
enum err scrub_step(struct scrub *s, int pages_max, bool *ret_more) MUST_USE;

#endif
