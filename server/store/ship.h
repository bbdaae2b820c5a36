/* ship: takes the log's committed bytes to the backup target, at least every SHIP_MS, and the signed anchors with
 * them (rules 24 and 32). What it copies is sealed already; serving never waits for the target.
 *
 * The log is reused: its generations follow each other in one file. Before the desk lets a new one begin, what the
 * target has not got yet is put aside in DIR (wal-*.part, ship_close_log), so a slow or absent target delays nobody
 * and no commit is lost to it. DIR/shipping says which generation stands where:
 *
 *   yunqiao-shipping 1 line=<hex> gen=17 generation=<32 hex> closed=0|1 end=4194336 target=/mnt/backup
 *
 * closed=1: the generation was whole at `end` when the line was written; another one found in the log is number 18.
 * When the numbers cannot be trusted (parts beyond PARTS_BYTES_MAX, another target, keys rotated, a log lost), the
 * line is broken: gen=0 then, and a new line begins with a gap in the numbers and a new base. A target that was ours
 * and is empty now is taken for a mount that is missing: nothing is written there until it is back, or until the
 * operator removes DIR/shipping.
 *
 * Owned by struct store. ship_note, ship_close_log, ship_log_goes_on: desk thread. ship_pass: any one thread at a
 * time (a lock sees to it). All functions allow NULL: nothing is shipped. server/store only. */
#ifndef STORE_SHIP_H
#define STORE_SHIP_H
#include "store/inside.h"
#include "store/target.h"

#define SHIP_MS 1000
#define SHIP_LATE_MS 5000
#define SHIP_AT_ONCE_BYTES (8LL << 20) /* so much waiting is shipped before its time */
#define SHIP_PARTS_BYTES_MAX (1LL << 30)

struct ship;

/* Reads DIR/shipping; the anchor is the line that stands in DIR. *ret_ship NULL when there is no target and no line to
 * keep up. */
enum err ship_new(struct store *s, const struct db_log *log, const char *anchor, size_t bytes,
                  struct ship **ret_ship) MUST_USE;
void ship_free(struct ship *p);
enum err ship_start(struct ship *p) MUST_USE;
void ship_stop(struct ship *p);

/* A commit is durable; the log is so long, this is its anchor. */
void ship_note(struct ship *p, const struct db_log *log, const char *anchor, size_t bytes);
/* The log is about to begin anew: keeps what the target lacks. An error: do not let it begin. */
enum err ship_close_log(struct ship *p, const struct db_log *log) MUST_USE;
void ship_log_goes_on(struct ship *p); /* it did not begin anew after all */
/* The line ends here: what follows has nothing to do with what was shipped. log_is_gone: the log that stands now will
 * not be continued either. */
enum err ship_break(struct ship *p, bool log_is_gone) MUST_USE;

/* The line was kept up for a target that the settings do not name now; somebody asks for a backup there. */
void ship_use_target(struct ship *p);
/* Ships all there is now. ERR_NOT_FOUND: no target; or why it failed. */
enum err ship_pass(struct ship *p) MUST_USE;
/* The generation being written, and how much of it the target has. */
void ship_shipped(struct ship *p, int64_t *ret_gen, int64_t *ret_bytes);
/* Anchor line of what was shipped last, with its line feed. */
size_t ship_anchor(struct ship *p, char ret_line[ANCHOR_LINE_BYTES]);

bool ship_base_is_due(struct ship *p);
void ship_base_was_made(struct ship *p, struct instant at, int64_t bytes);
void ship_base_failed(struct ship *p); /* tried again after a while */

void ship_state(struct ship *p, struct store_state *ret); /* its backup fields */

#endif
