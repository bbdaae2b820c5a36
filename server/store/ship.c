#include "base/log.h"
#include "base/mem.h"
#include "store/ship_own.h"
#include "store/ship_part.h"
#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS, LOOK_MS = 30000, AGAIN_MS = 60000 };
/* A restore replays what was shipped since the base; beyond this a new base is worth its bytes. */
#define REPLAY_BYTES_MIN (256LL << 20)

enum err ship_new(struct store *s, const struct db_log *log, const char *anchor, size_t bytes,
                  struct ship **ret_ship)
{
    bool has_target = s->target.at[0] != 0;
    struct ship *p = mem_zalloc(sizeof *p);
    if (!p) return ERR_NOMEM;
    p->store = s;
    p->has_target = has_target;
    p->block = mem_alloc(SHIP_BLOCK_BYTES);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&p->lock, NULL);
    pthread_mutex_init(&p->pass, NULL);
    pthread_cond_init(&p->wake, &attr);
    pthread_condattr_destroy(&attr);
    enum err err = p->block ? ship_mark_open(p, log) : ERR_NOMEM;
    memcpy(p->mark.anchor, anchor, bytes);
    p->mark.anchor_bytes = bytes;
    if (err || (!has_target && !p->is_on)) {
        ship_free(p);
        p = NULL;
    }
    if (!err) *ret_ship = p;
    return err;
}

void ship_free(struct ship *p)
{
    if (!p) return;
    ASSERT(!p->is_running);
    pthread_mutex_destroy(&p->lock);
    pthread_mutex_destroy(&p->pass);
    pthread_cond_destroy(&p->wake);
    mem_free(p->block);
    mem_free(p);
}

/* -- a pass -- */

void ship_has(struct ship *p, int64_t gen, int64_t end)
{
    pthread_mutex_lock(&p->lock);
    int64_t before = gen == p->shipped_gen ? p->shipped_end : 0;
    if (end > before) {
        p->bytes_since_base += end - before;
        p->shipped_end = end;
    }
    p->shipped_gen = gen;
    pthread_mutex_unlock(&p->lock);
}

static enum err generation_open(const char *target, int64_t gen, int *ret_fd)
{
    struct file_path path;
    enum err err = target_generation_path(target, gen, ".wal", &path);
    if (err) return err;
    bool is_new = file_bytes(path.at) < 0;
    int fd = open(path.at, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) return err_from_errno(errno);
    err = is_new ? file_sync_parent(path.at) : OK;
    if (err)
        close(fd);
    else
        *ret_fd = fd;
    return err;
}

static enum err generation_close(int fd, enum err err)
{
    if (!err && fdatasync(fd) != 0) err = err_from_errno(errno);
    if (close(fd) != 0 && !err) err = err_from_errno(errno);
    return err;
}

static enum err generation_end(struct ship *p)
{
    const char *target = p->store->target.at;
    int64_t bytes = target_generation_bytes(target, p->open_gen);
    enum err err = bytes > 0 ? target_generation_end(target, p->open_gen, bytes) : ERR_CORRUPT;
    if (!err) p->open_gen++;
    return err;
}

static enum err part_ship(struct ship *p, const struct ship_part *part)
{
    struct file_path path;
    const char *target = p->store->target.at;
    int from, to;
    if (part->from > target_generation_bytes(target, part->gen))
        return ERR_CORRUPT; /* bytes between are missing */
    enum err err = file_path(p->store->folder.dir.at, part->name, &path);
    if (err) return err;
    from = open(path.at, O_RDONLY | O_CLOEXEC);
    if (from < 0) return err_from_errno(errno);
    err = generation_open(target, part->gen, &to);
    for (int64_t at = part->from; !err && at < part->to;) {
        size_t n = part->to - at < SHIP_BLOCK_BYTES ? (size_t)(part->to - at) : SHIP_BLOCK_BYTES;
        err = file_read_at(from, p->block, n, at - part->from);
        if (!err) err = file_write_at(to, p->block, n, at);
        at += (int64_t)n;
        if (err || at >= part->to) err = generation_close(to, err);
    }
    close(from);
    return err;
}

/* Generations are brought to their end in order; a part of a later one says that all of the earlier is there. */
enum err ship_parts(struct ship *p, const uint8_t line[TARGET_LINE_BYTES])
{
    struct ship_part part;
    enum err err;
    while (!(err = ship_part_first(&p->store->folder, line, &part))) {
        if (part.gen > p->open_gen) {
            err = generation_end(p);
        } else {
            if (part.gen == p->open_gen) err = part_ship(p, &part);
            if (!err && part.gen == p->open_gen) ship_has(p, part.gen, part.to);
            if (!err) err = ship_part_remove(&p->store->folder, &part);
        }
        if (err) return err;
    }
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum err live_copy(struct ship *p, const struct ship_mark *m, int wal, int to, int64_t *at)
{
    while (*at < m->end) {
        size_t n = m->end - *at < SHIP_BLOCK_BYTES ? (size_t)(m->end - *at) : SHIP_BLOCK_BYTES;
        enum err err = file_read_at(wal, p->block, n, *at);
        if (!ship_mark_is_still(p, m)) return ERR_BUSY; /* once more: the rest is in a part now */
        if (!err) err = file_write_at(to, p->block, n, *at);
        if (err) return err;
        *at += (int64_t)n;
    }
    return OK;
}

static enum err live_ship(struct ship *p, const struct ship_mark *m)
{
    int to, wal;
    pthread_mutex_lock(&p->lock);
    int64_t at = p->shipped_gen == m->gen ? p->shipped_end : 0;
    pthread_mutex_unlock(&p->lock);
    if (m->is_closing || at >= m->end) return OK;
    wal = open(p->store->folder.wal.at, O_RDONLY | O_CLOEXEC);
    if (wal < 0) return err_from_errno(errno);
    enum err err = generation_open(p->store->target.at, m->gen, &to);
    if (!err) {
        err = live_copy(p, m, wal, to, &at);
        err = generation_close(to, err);
    }
    close(wal);
    if (!err) ship_has(p, m->gen, at);
    return err;
}

static enum err anchors_ship(struct ship *p, const struct ship_mark *m)
{
    const char *target = p->store->target.at;
    int64_t now = clock_tick_us() / 1000;
    if (!m->anchor_bytes) return OK;
    enum err err = target_anchor_put(target, m->anchor, m->anchor_bytes);
    if (err || now < p->anchor_due_ms) return err;
    err = target_anchor_append(target, clock_now(), m->anchor, m->anchor_bytes);
    if (err) return err;
    p->anchor_due_ms = now + HOUR_MS;
    pthread_mutex_lock(&p->lock);
    p->anchor_at = clock_now();
    pthread_mutex_unlock(&p->lock);
    return OK;
}

static bool is_all_there(struct ship *p, const struct ship_mark *m)
{
    pthread_mutex_lock(&p->lock);
    bool is_all = p->is_verified && (m->end == 0 || (p->shipped_gen == m->gen && p->shipped_end >= m->end)) &&
                  p->open_gen == m->gen;
    pthread_mutex_unlock(&p->lock);
    return is_all;
}

static enum err pass_once(struct ship *p)
{
    int64_t now = clock_tick_us() / 1000;
    struct ship_mark m = ship_mark_now(p);
    if (is_all_there(p, &m) && now < p->look_due_ms && now < p->anchor_due_ms) return OK;
    if (now >= p->look_due_ms) {
        ship_verified(p, false); /* is the target still there, and still ours? */
        p->look_due_ms = now + LOOK_MS;
    }
    enum err err = ship_join(p);
    if (err) return err;
    m = ship_mark_now(p); /* files first: what m speaks of is whole by now */
    err = mirror_out(&p->mirror, p->store->folder.dir.at, p->store->target.at);
    if (!err) err = ship_parts(p, m.line);
    while (!err && p->open_gen < m.gen)
        err = generation_end(p);
    if (!err) err = live_ship(p, &m);
    if (!err) err = anchors_ship(p, &m);
    return err;
}

static enum err pass_locked(struct ship *p)
{
    enum { TRIES = 5 };
    enum err err = ERR_BUSY;
    pthread_mutex_lock(&p->lock);
    int64_t since = p->since_ms;
    p->since_ms = 0;
    pthread_mutex_unlock(&p->lock);
    for (int i = 0; i < TRIES && err == ERR_BUSY; i++)
        err = pass_once(p);
    if (err == ERR_CORRUPT && ship_break(p, false) == OK)
        log_error("store", "backup_line_broken", LOG_E(err));
    pthread_mutex_lock(&p->lock);
    if (err) {
        if (since) p->since_ms = since;
        p->is_verified = false;
    } else {
        p->segment_at = clock_now();
    }
    bool is_news = err != p->err;
    p->err = err;
    pthread_mutex_unlock(&p->lock);
    if (is_news && err) log_error("store", "backup_failed", LOG_E(err), LOG_T("target", p->store->target.at));
    if (is_news && !err) log_info("store", "backup_works_again", LOG_T("target", p->store->target.at));
    return err;
}

void ship_use_target(struct ship *p)
{
    if (p->has_target) return; /* the thread is at work on it */
    ASSERT(!p->is_running);
    p->has_target = true;
}

enum err ship_pass(struct ship *p)
{
    if (!p || !p->has_target) return ERR_NOT_FOUND;
    pthread_mutex_lock(&p->pass);
    enum err err = pass_locked(p);
    pthread_mutex_unlock(&p->pass);
    return err;
}

/* -- the thread -- */

static void *ship_main(void *ctx)
{
    struct ship *p = ctx;
    bool is_ending = false;
    store_thread_is_ours();
    while (!is_ending) {
        (void)!ship_pass(p); /* told in the log and in the state */
        int64_t us = clock_tick_us() + SHIP_MS * 1000;
        struct timespec until = {.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000};
        pthread_mutex_lock(&p->lock);
        if (!p->is_ending && !p->is_hurried) (void)pthread_cond_timedwait(&p->wake, &p->lock, &until);
        is_ending = p->is_ending;
        p->is_hurried = false;
        pthread_mutex_unlock(&p->lock);
    }
    return NULL;
}

enum err ship_start(struct ship *p)
{
    if (!p || !p->has_target) return OK;
    int rc = pthread_create(&p->thread, NULL, ship_main, p);
    if (rc) return err_from_errno(rc);
    p->is_running = true;
    return OK;
}

void ship_stop(struct ship *p)
{
    if (!p || !p->is_running) return;
    pthread_mutex_lock(&p->lock);
    p->is_ending = true;
    pthread_cond_signal(&p->wake);
    pthread_mutex_unlock(&p->lock);
    pthread_join(p->thread, NULL);
    p->is_running = false;
}

/* -- questions -- */

void ship_shipped(struct ship *p, int64_t *ret_gen, int64_t *ret_bytes)
{
    pthread_mutex_lock(&p->lock);
    *ret_gen = p->mark.gen;
    *ret_bytes = p->shipped_gen == p->mark.gen ? p->shipped_end : 0;
    pthread_mutex_unlock(&p->lock);
}

size_t ship_anchor(struct ship *p, char ret_line[ANCHOR_LINE_BYTES])
{
    struct ship_mark m = ship_mark_now(p);
    memcpy(ret_line, m.anchor, m.anchor_bytes);
    return m.anchor_bytes;
}

bool ship_base_is_due(struct ship *p)
{
    if (!p || !p->has_target) return false;
    int64_t now = clock_tick_us() / 1000;
    pthread_mutex_lock(&p->lock);
    int64_t replay = 2 * p->base_bytes > REPLAY_BYTES_MIN ? 2 * p->base_bytes : REPLAY_BYTES_MIN;
    bool is_due = p->wants_base || now - p->base_tick_ms >= DAY_MS || p->bytes_since_base > replay;
    is_due = is_due && p->is_verified && now >= p->base_again_ms;
    pthread_mutex_unlock(&p->lock);
    return is_due;
}

void ship_base_was_made(struct ship *p, struct instant at, int64_t bytes)
{
    int64_t age = clock_now().ms - at.ms;
    pthread_mutex_lock(&p->lock);
    p->wants_base = false;
    p->base_bytes = bytes;
    p->bytes_since_base = 0;
    p->base_tick_ms = clock_tick_us() / 1000 - (age > 0 ? age : 0);
    pthread_mutex_unlock(&p->lock);
}

void ship_base_failed(struct ship *p)
{
    pthread_mutex_lock(&p->lock);
    p->base_again_ms = clock_tick_us() / 1000 + AGAIN_MS;
    pthread_mutex_unlock(&p->lock);
}

void ship_state(struct ship *p, struct store_state *ret)
{
    ret->backup = BACKUP_OFF;
    if (!p || !p->has_target) return;
    int64_t now = clock_tick_us() / 1000;
    pthread_mutex_lock(&p->lock);
    ret->backup_behind_ms = p->since_ms ? now - p->since_ms : 0;
    ret->backup = p->err ? BACKUP_FAILED : ret->backup_behind_ms > SHIP_LATE_MS ? BACKUP_LATE : BACKUP_OK;
    ret->backup_segment = p->segment_at;
    ret->backup_anchor = p->anchor_at;
    ret->backup_err = p->err;
    pthread_mutex_unlock(&p->lock);
}
