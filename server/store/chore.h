/* chore: the store's own thread for long work, one piece at a time: bases of the backup, scrub, verification of the
 * chain, key rotation; and between their steps, the concurrent half of checkpoints (store/checkpoint.h).
 *
 * Owned by struct store. server/store only. Any thread may ask; chore_breathe is for the work itself. */
#ifndef STORE_CHORE_H
#define STORE_CHORE_H
#include "store/inside.h"

struct chore;

struct chore_work {
    struct chore_work *next; /* the chore's */
    enum err (*run)(struct store *s, struct chore_work *w);
    store_progress *progress; /* may be NULL */
    void *ctx;
    char *why;          /* 256 bytes, or NULL */
    struct await *over; /* the chore's */
    /* What it is about, by kind of work. */
    const char *target;
    struct audit_report *report;
    int64_t count;
};

enum err chore_new(struct store *s, struct chore **ret_chore) MUST_USE;
void chore_free(struct chore *c); /* NULL allowed; stopped */
enum err chore_start(struct chore *c) MUST_USE;
void chore_stop(struct chore *c); /* work under way ends with ERR_CLOSED */

/* Has it done on the chore thread and waits; without threads: here and now. ERR_CLOSED, ERR_NOMEM … */
enum err chore_do(struct store *s, struct chore_work *w) MUST_USE;
void chore_ask_scrub(struct chore *c);
void chore_ask_base(struct chore *c);
bool chore_ask_checkpoint(struct chore *c); /* false: it is ending */

/* Closes its connection: while the gate is closed, or after it has stopped. */
void chore_disconnect(struct chore *c);
/* Between the steps of long work: does what cannot wait. ERR_CLOSED: stop, the store is closing. */
enum err chore_breathe(struct store *s) MUST_USE;
void chore_progress(const struct chore_work *w, int64_t done, int64_t of);

#endif
