/* desk: the one writer. Takes all jobs that wait (at most DESK_BATCH_MAX, and DESK_BATCH_US of running), runs each in
 * a savepoint of one transaction, appends the audit rows, commits once, writes the signed anchor, and only then
 * lets the answers go (rule 25).
 *
 * Owned by struct store. desk_post from any thread; the rest on the desk thread, or before it was started and
 * after it ended. server/store only. */
#ifndef STORE_DESK_H
#define STORE_DESK_H
#include "store/inside.h"

#define DESK_BATCH_MAX 512
#define DESK_BATCH_US 20000

/* Opens the writing connection, loads the chain and compares it with the anchor, which it then renews. ERR_CORRUPT:
 * they do not fit each other; ret_why says how. */
enum err desk_new(struct store *s, struct desk **ret_desk, char ret_why[256]) MUST_USE;
/* For a store just made: the anchor of its empty chain. */
enum err desk_first_anchor(struct db *db, const char *path) MUST_USE;
void desk_free(struct desk *d); /* NULL allowed; the thread has ended */
enum err desk_start(struct desk *d) MUST_USE;
void desk_stop(struct desk *d); /* refuses new jobs, does those that wait, ends the thread */

enum err desk_post(struct desk *d, struct job *job) MUST_USE;        /* ERR_BUSY, ERR_CLOSED */
enum err desk_post_always(struct desk *d, struct job *job) MUST_USE; /* ERR_CLOSED */
uint32_t desk_count(const struct desk *d);                           /* jobs waiting */
void desk_do(struct desk *d, struct job *first); /* without a thread: a list of jobs, at once */
/* Runs f on the desk thread between two commits, and waits for it. ERR_CLOSED. */
enum err desk_call(struct desk *d, enum err (*f)(struct desk *d, void *ctx), void *ctx) MUST_USE;

/* -- on the desk thread -- */
struct db *desk_db(struct desk *d);
struct store *desk_store(struct desk *d);
/* The anchor as it stands in DIR; its length. */
size_t desk_anchor(struct desk *d, char ret_line[ANCHOR_LINE_BYTES]);
struct audit_head desk_head(struct desk *d);
/* The connection is closed before the store's file is changed for another, and opened after. */
void desk_disconnect(struct desk *d);
enum err desk_connect(struct desk *d) MUST_USE;
/* Puts all of the log into the main file and cuts it to nothing. The log's bytes are kept for the shipper before. */
enum err desk_fold_log(struct desk *d) MUST_USE;
/* For desk_call: the chore thread has done its half of a checkpoint. */
enum err desk_checkpoint_done(struct desk *d, void *ctx);
/* Called between commits while it is set; returns false when it wants no more turns. */
void desk_between(struct desk *d, bool (*turn)(struct desk *d, void *ctx), void *ctx);
void desk_turn_until_done(struct desk *d); /* without a thread: gives it all its turns */

#endif
