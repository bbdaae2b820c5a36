#include "store/checkpoint.h"
#include "base/log.h"
#include "store/chore.h"
#include "store/inside.h"
#include "store/ship.h"
#include <time.h>

enum { TRIES = 10, TRY_US = 1000, ROUNDS_MAX = 12, CATCH_UP_US = 10000 };

void checkpoint_init(struct checkpoint *c, struct store *s)
{
    int64_t bytes = s->settings.log_bytes > 0 ? s->settings.log_bytes : CHECKPOINT_BYTES;
    *c = (struct checkpoint){.store = s, .bytes = bytes, .next_at = bytes};
}

static void let_go(struct checkpoint *c)
{
    if (c->is_pinned) db_rollback(c->pin);
    c->is_pinned = false;
}

void checkpoint_done(struct checkpoint *c)
{
    let_go(c);
    db_close(c->pin);
    c->pin = NULL;
}

/* Without a pin the log may start anew under the shipper; the ship then sees a break and asks for a new base, so a
 * failure here costs work, not truth. */
static void pin(struct checkpoint *c)
{
    enum err err = OK;
    if (!c->pin) err = store_connect(c->store, DB_READ, &c->pin);
    if (!err) err = db_begin(c->pin);
    c->is_pinned = !err;
    if (err) log_warn("store", "log_not_pinned", LOG_E(err));
}

/* New readers need the log no more once all of it is in the main file; the older ones end within their jobs: what a
 * reader keeps (reader.c) it gives up at its next job, or when none comes at once. */
static enum err restart(struct db *db)
{
    enum err err = db_checkpoint(db, DB_CHECKPOINT_RESTART, NULL);
    for (int i = 0; err == ERR_BUSY && i < TRIES; i++) {
        struct timespec pause = {.tv_nsec = TRY_US * 1000};
        (void)nanosleep(&pause, NULL);
        err = db_checkpoint(db, DB_CHECKPOINT_RESTART, NULL);
    }
    return err;
}

static void close_log(struct checkpoint *c, struct db *db, const struct db_log *log)
{
    c->next_at = log->end + c->bytes / 4;
    c->rounds = 0;
    if (atomic_load(&c->store->holds) > 0) return;
    enum err err = ship_close_log(c->store->ship, log);
    if (!err) {
        let_go(c);
        atomic_fetch_add(&c->store->renewals, 1);
        err = restart(db);
        if (err) ship_log_goes_on(c->store->ship);
    }
    if (!err) c->next_at = c->bytes;
    if (err && err != ERR_BUSY)
        log_warn("store", "checkpoint_failed", LOG_E(err), LOG_I("wal_bytes", log->end));
}

/* The desk is the only writer, so nothing begins anew between letting go and pinning. */
static void ask(struct checkpoint *c, const struct db_log *log)
{
    let_go(c);
    atomic_fetch_add(&c->store->renewals, 1); /* readers move on to its end as well */
    pin(c);
    c->pinned_end = log->end;
    c->rounds++;
    c->is_asked = chore_ask_checkpoint(c->store->chore);
}

/* Commits come faster than the disk takes their pages to the main file: each waits a little before the next, longer the farther they are ahead. To
 * copy all that at once would be one wait of seconds instead. */
static void let_catch_up(const struct checkpoint *c, int64_t end)
{
    int64_t ahead = end - CHECKPOINT_SOFT * c->bytes;
    if (ahead <= 0) return;
    struct timespec pause = {.tv_nsec = 1000 * (CATCH_UP_US * ahead / c->bytes)};
    (void)nanosleep(&pause, NULL);
}

void checkpoint_turn(struct checkpoint *c, struct db *db, const struct db_log *log)
{
    if (!c->is_pinned && log->end > 0) pin(c);
    if (log->end < c->next_at) return;
    if (!c->store->chore || log->end >= CHECKPOINT_HARD * c->bytes) {
        close_log(c, db, log);
        return;
    }
    if (!c->is_asked && atomic_load(&c->store->holds) == 0) ask(c, log);
    if (c->is_asked) let_catch_up(c, log->end);
}

void checkpoint_finish(struct checkpoint *c, struct db *db)
{
    struct db_log log;
    c->is_asked = false;
    if (db_log(db, &log) != OK) return;
    if (log.end - c->pinned_end > CHECKPOINT_REST_BYTES && c->rounds < ROUNDS_MAX)
        ask(c, &log);
    else
        close_log(c, db, &log);
}
