/* ship_own: what the parts of the shipper share: ship (passes and the thread), ship_mark (what the desk says, DIR/shipping), ship_line (whether
 * the target goes on with our line). server/store/ship*.c only. */
#ifndef STORE_SHIP_OWN_H
#define STORE_SHIP_OWN_H
#include "store/mirror.h"
#include "store/ship.h"
#include <stdatomic.h>

#define SHIP_BLOCK_BYTES (256 * 1024)

/* What the desk says and the shipper asks; under `lock`. */
struct ship_mark {
    uint8_t line[TARGET_LINE_BYTES];
    int64_t gen;
    uint8_t generation[16];
    bool has_generation; /* false: the log is empty, the next commit begins gen */
    bool is_closing;     /* the log may begin anew any moment: take the rest from its parts */
    int64_t end;
    char anchor[ANCHOR_LINE_BYTES];
    size_t anchor_bytes;
};

struct ship {
    struct store *store;
    atomic_bool has_target; /* set once more by ship_use_target, from the chore's thread */
    bool knows_target;      /* it was ours before: when it is empty now, its mount is missing */
    pthread_mutex_t lock;
    bool is_on;       /* DIR/shipping stands: parts are kept */
    bool is_verified; /* the target continues this line, and has what we think it has */
    struct ship_mark mark;
    int64_t shipped_gen, shipped_end;
    int64_t since_ms; /* tick of the oldest commit not shipped; 0: none */
    bool wants_base;
    int64_t base_tick_ms, base_bytes, bytes_since_base, base_again_ms;
    enum err err;
    struct instant segment_at, anchor_at;

    pthread_mutex_t pass; /* one pass at a time; guards what follows */
    int64_t open_gen;     /* the lowest generation that has no .end */
    int64_t line_first;
    bool was_joined; /* since we started: what the target has was compared once */
    int64_t anchor_due_ms, look_due_ms;
    struct mirror mirror;
    char *block;

    pthread_t thread;
    pthread_cond_t wake; /* with lock */
    bool is_running, is_ending, is_hurried;
};

/* -- ship_mark.c -- */
struct ship_mark ship_mark_now(struct ship *p);
bool ship_mark_is_still(
    struct ship *p, const struct ship_mark *m); /* is what was just read from the log of this generation? */
/* Reads DIR/shipping: is the line that it tells of kept up, and for which target? */
enum err ship_mark_open(struct ship *p, const struct db_log *log) MUST_USE;
/* A new line, and a new base with it; the desk does not close the log meanwhile. */
enum err ship_mark_begin(struct ship *p, const struct target_line *line) MUST_USE;

/* -- ship_line.c; with the pass's lock -- */
/* The target has our line, or gets it. ERR_NOT_FOUND: its mount is missing; ERR_DENIED: it is another site's; ERR_BUSY: once more. */
enum err ship_join(struct ship *p) MUST_USE;
void ship_verified(struct ship *p, bool is_so);

/* -- ship.c -- */
void ship_has(struct ship *p, int64_t gen, int64_t end); /* the target, of this generation */
enum err ship_parts(struct ship *p,
                    const uint8_t line[TARGET_LINE_BYTES]) MUST_USE; /* with the pass's lock */

#endif
