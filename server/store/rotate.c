#include "store/rotate.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/desk.h"
#include "store/reader.h"
#include "store/ship.h"
#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { PAGES_A_STEP = 128, BREATHE_MS = 50 };

struct rotation {
    struct store *store;
    struct db *to;
    struct db_copy *copy;
    pthread_mutex_t lock; /* what follows: the desk says, the chore thread reads */
    pthread_cond_t changed;
    bool is_over;
    enum err err;
    int64_t done, of;
};

/* -- on the desk -- */

static void over(struct rotation *r, enum err err)
{
    pthread_mutex_lock(&r->lock);
    r->is_over = true;
    r->err = err;
    pthread_cond_signal(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

static void forget(struct rotation *r)
{
    db_copy_free(r->copy);
    db_close(r->to);
    r->copy = NULL;
    r->to = NULL;
    (void)!file_remove(r->store->folder.next.at); /* or the next start removes it */
    (void)!file_remove(r->store->folder.next_wal.at);
}

/* The new file, whole and durable, under its temporary name. */
static enum err finish_copy(struct rotation *r)
{
    int64_t left, total;
    enum err err = db_copy_step(r->copy, -1, &left, &total);
    if (!err && left > 0) err = ERR_BUSY;
    db_copy_free(r->copy);
    r->copy = NULL;
    if (!err) err = db_checkpoint(r->to, DB_CHECKPOINT_TRUNCATE, NULL);
    db_close(r->to);
    r->to = NULL;
    if (!err) err = file_remove(r->store->folder.next_wal.at);
    if (!err) err = file_sync(r->store->folder.next.at);
    return err;
}

/* The gate is closed: no connection but the desk's is open. */
static enum err swap(struct rotation *r, struct desk *d)
{
    struct folder *f = &r->store->folder;
    if (r->store->readers) readers_disconnect(r->store->readers);
    if (r->store->chore) chore_disconnect(r->store->chore);
    enum err err = desk_fold_log(d);
    if (!err) err = finish_copy(r);
    if (!err) err = ship_break(r->store->ship, true);
    if (err) return err;
    desk_disconnect(d);
    err = file_remove(f->wal.at); /* empty; the new file gets a log of its own */
    if (!err) err = file_rename(f->next.at, f->db.at);
    enum err again = desk_connect(d);
    if (again) log_error("store", "not_open_after_rotation", LOG_E(again));
    return err ? err : again;
}

static bool turn(struct desk *d, void *ctx)
{
    struct rotation *r = ctx;
    struct store *s = desk_store(d);
    int64_t left = 0, total = 0;
    enum err err =
        atomic_load(&s->is_stopping) ? ERR_CLOSED : db_copy_step(r->copy, PAGES_A_STEP, &left, &total);
    if (err == ERR_BUSY) return true;
    pthread_mutex_lock(&r->lock);
    r->done = total - left;
    r->of = total;
    pthread_mutex_unlock(&r->lock);
    if (!err && left > PAGES_A_STEP) return true;
    if (!err) {
        pthread_rwlock_wrlock(&s->gate);
        err = swap(r, d);
        pthread_rwlock_unlock(&s->gate);
    }
    if (err) forget(r);
    over(r, err);
    return false;
}

static enum err begin(struct desk *d, void *ctx)
{
    struct rotation *r = ctx;
    if (!desk_db(d)) return ERR_CLOSED;
    enum err err = db_open(r->store->vault, r->store->folder.next.at, DB_CREATE, &r->to);
    if (!err) err = db_copy_new(desk_db(d), r->to, &r->copy);
    if (err)
        forget(r);
    else
        desk_between(d, turn, r);
    return err;
}

/* -- on the chore thread -- */

static void breathe(struct rotation *r)
{
    int64_t us = clock_tick_us() + BREATHE_MS * 1000;
    struct timespec until = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
    if (r->store->chore && chore_breathe(r->store) != OK) until = (struct timespec){0};
    pthread_mutex_lock(&r->lock);
    if (!r->is_over) (void)pthread_cond_timedwait(&r->changed, &r->lock, &until);
    pthread_mutex_unlock(&r->lock);
}

static bool is_over(struct rotation *r, const struct chore_work *w)
{
    pthread_mutex_lock(&r->lock);
    bool ended = r->is_over;
    int64_t done = r->done, of = r->of;
    pthread_mutex_unlock(&r->lock);
    if (of > 0) chore_progress(w, done, of);
    return ended;
}

static enum err copy_and_swap(struct store *s, struct chore_work *w)
{
    struct rotation r = {.store = s};
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&r.lock, NULL);
    pthread_cond_init(&r.changed, &attr);
    pthread_condattr_destroy(&attr);
    enum err err = desk_call(s->desk, begin, &r);
    if (!err && !s->chore) desk_turn_until_done(s->desk);
    while (!err && !is_over(&r, w))
        breathe(&r);
    if (!err) err = r.err;
    pthread_mutex_destroy(&r.lock);
    pthread_cond_destroy(&r.changed);
    return err;
}

/* Was the active key made by a rotation that did not come to its end? Then it will do for this one. */
static bool is_fresh(struct store *s, const struct keyfile *keys)
{
    pthread_mutex_lock(&s->tally.lock);
    bool is_same = strcmp(keyfile_at(keys, 0)->name, s->tally.key_name) == 0;
    pthread_mutex_unlock(&s->tally.lock);
    return !is_same;
}

/* Read anew from the disk, so that a key file that somebody changed is not overwritten with what we remember. */
static enum err new_key(struct store *s, char ret_why[256])
{
    struct keyfile *keys = NULL;
    enum err err = keyfile_read(s->key_path.at, s->folder.dir.at, &keys, ret_why);
    if (!err && !is_fresh(s, keys)) {
        err = keyfile_renew(keys);
        if (err == ERR_LIMIT)
            snprintf(ret_why, 256, "The key file is full of retired keys; remove the oldest.");
    }
    if (!err) err = keyfile_write(keys, s->key_path.at, s->folder.dir.at, false, ret_why);
    if (!err) err = keyfile_load(keys, s->vault);
    if (err) {
        keyfile_free(keys);
        return err;
    }
    pthread_mutex_lock(&s->tally.lock);
    struct keyfile *old = s->keys;
    s->keys = keys;
    pthread_mutex_unlock(&s->tally.lock);
    keyfile_free(old);
    return OK;
}

enum err rotate_work(struct store *s, struct chore_work *w)
{
    char why[256] = "";
    int64_t since = clock_tick_us();
    db_close(s->reader);
    s->reader = NULL;
    enum err err = new_key(s, why);
    if (!err) err = copy_and_swap(s, w);
    if (err && w->why) snprintf(w->why, 256, "%s", why[0] ? why : err_text(err));
    if (err) return err;
    log_info("store", "key_rotated", LOG_T("key", keyfile_at(s->keys, 0)->name),
             LOG_I("ms", (clock_tick_us() - since) / 1000));
    return OK;
}
