#include "store/chore.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/await.h"
#include "store/backup.h"
#include "store/checkpoint.h"
#include "store/desk.h"
#include "store/ship.h"
#include "store/verify.h"
#include <errno.h>
#include <time.h>

enum { LOOK_MS = 1000 }; /* how often it looks what has fallen due */

struct chore {
    struct store *store;
    pthread_t thread;
    bool is_running;
    pthread_mutex_t lock; /* the asks and the list */
    pthread_cond_t asked;
    struct chore_work *first, **last;
    bool wants_scrub, wants_base, is_ending;
    atomic_bool wants_checkpoint;
    struct db *db; /* for checkpoints; this thread's */
    int64_t scrub_due_ms;
};

enum err chore_new(struct store *s, struct chore **ret_chore)
{
    struct chore *c = mem_zalloc(sizeof *c);
    if (!c) return ERR_NOMEM;
    c->store = s;
    c->last = &c->first;
    c->scrub_due_ms = clock_tick().ms + s->settings.scrub_interval_ms;
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&c->lock, NULL);
    pthread_cond_init(&c->asked, &attr);
    pthread_condattr_destroy(&attr);
    *ret_chore = c;
    return OK;
}

void chore_free(struct chore *c)
{
    if (!c) return;
    ASSERT(!c->is_running && !c->first);
    pthread_mutex_destroy(&c->lock);
    pthread_cond_destroy(&c->asked);
    mem_free(c);
}

/* -- checkpoints -- */

static enum err passive(struct chore *c)
{
    struct store *s = c->store;
    pthread_rwlock_rdlock(&s->gate);
    enum err err = c->db ? OK : store_connect(s, DB_WRITE, &c->db);
    if (!err) db_sync_in_steps(c->db);
    if (!err) err = db_checkpoint(c->db, DB_CHECKPOINT_PASSIVE, NULL);
    pthread_rwlock_unlock(&s->gate);
    return err;
}

static void checkpoint_do(struct chore *c)
{
    if (!atomic_exchange(&c->wants_checkpoint, false)) return;
    enum err err = passive(c);
    if (err && err != ERR_BUSY) log_warn("store", "checkpoint_failed", LOG_E(err));
    (void)!desk_call(c->store->desk, desk_checkpoint_done, NULL); /* ERR_CLOSED: the closing folds the log */
}

bool chore_ask_checkpoint(struct chore *c)
{
    pthread_mutex_lock(&c->lock);
    bool is_ending = c->is_ending;
    atomic_store(&c->wants_checkpoint, !is_ending);
    pthread_cond_signal(&c->asked);
    pthread_mutex_unlock(&c->lock);
    return !is_ending;
}

enum err chore_breathe(struct store *s)
{
    if (atomic_load(&s->is_stopping)) return ERR_CLOSED;
    if (s->chore && atomic_load(&s->holds) == 0) checkpoint_do(s->chore);
    return OK;
}

/* -- what is asked and what falls due -- */

void chore_progress(const struct chore_work *w, int64_t done, int64_t of)
{
    if (w->progress) w->progress(w->ctx, done, of);
}

enum err chore_do(struct store *s, struct chore_work *w)
{
    struct chore *c = s->chore;
    struct await over;
    if (!c) return w->run(s, w);
    await_init(&over);
    w->next = NULL;
    w->over = &over;
    pthread_mutex_lock(&c->lock);
    bool is_ending = c->is_ending;
    if (!is_ending) {
        *c->last = w;
        c->last = &w->next;
        pthread_cond_signal(&c->asked);
    }
    pthread_mutex_unlock(&c->lock);
    if (!is_ending) return await_wait(&over);
    await_drop(&over);
    return ERR_CLOSED;
}

static void ask(struct chore *c, bool *what)
{
    pthread_mutex_lock(&c->lock);
    *what = true;
    pthread_cond_signal(&c->asked);
    pthread_mutex_unlock(&c->lock);
}

void chore_ask_scrub(struct chore *c)
{
    ask(c, &c->wants_scrub);
}

void chore_ask_base(struct chore *c)
{
    ask(c, &c->wants_base);
}

static void wait_a_little(struct chore *c)
{
    struct timespec until;
    int64_t us = clock_tick_us() + LOOK_MS * 1000;
    until = (struct timespec){.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    if (!c->first && !c->wants_scrub && !c->wants_base && !c->is_ending && !atomic_load(&c->wants_checkpoint))
        (void)pthread_cond_timedwait(&c->asked, &c->lock, &until);
}

struct asked {
    struct chore_work *work;
    bool scrub, base, is_ending;
};

static struct asked next(struct chore *c)
{
    pthread_mutex_lock(&c->lock);
    wait_a_little(c);
    struct asked a = {c->first, c->wants_scrub, c->wants_base, c->is_ending};
    if (c->first) {
        c->first = c->first->next;
        if (!c->first) c->last = &c->first;
    }
    c->wants_scrub = c->wants_base = false;
    pthread_mutex_unlock(&c->lock);
    return a;
}

static bool scrub_is_due(struct chore *c)
{
    int64_t interval = c->store->settings.scrub_interval_ms, now = clock_tick().ms;
    if (interval <= 0 || now < c->scrub_due_ms) return false;
    c->scrub_due_ms = now + interval;
    return true;
}

static void do_by_itself(struct chore *c, enum err (*run)(struct store *s, struct chore_work *w),
                         const char *what)
{
    char why[256] = "";
    struct chore_work w = {.why = why};
    enum err err = run(c->store, &w);
    if (err && err != ERR_CLOSED) log_error("store", what, LOG_E(err), LOG_T("why", why));
}

static void *chore_main(void *ctx)
{
    struct chore *c = ctx;
    store_thread_is_ours();
    for (;;) {
        struct asked a = next(c);
        checkpoint_do(c);
        if (a.work) await_end(a.work->over, a.is_ending ? ERR_CLOSED : a.work->run(c->store, a.work));
        if (a.is_ending && !a.work) return NULL;
        if (a.is_ending) continue;
        if (a.scrub || scrub_is_due(c)) do_by_itself(c, scrub_work, "scrub_failed");
        if (a.base || ship_base_is_due(c->store->ship)) do_by_itself(c, backup_work, "backup_base_failed");
    }
}

enum err chore_start(struct chore *c)
{
    int rc = pthread_create(&c->thread, NULL, chore_main, c);
    if (rc) return err_from_errno(rc);
    c->is_running = true;
    return OK;
}

void chore_disconnect(struct chore *c)
{
    db_close(c->db);
    c->db = NULL;
}

void chore_stop(struct chore *c)
{
    if (!c || !c->is_running) return;
    pthread_mutex_lock(&c->lock);
    c->is_ending = true;
    pthread_cond_signal(&c->asked);
    pthread_mutex_unlock(&c->lock);
    pthread_join(c->thread, NULL);
    c->is_running = false;
    chore_disconnect(c);
}
