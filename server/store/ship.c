#include "store/ship.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "store/mirror.h"
#include "store/ship_part.h"
#include "store/words.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { BLOCK = 256 * 1024, HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS, LOOK_MS = 30000, AGAIN_MS = 60000 };
/* A restore replays what was shipped since the base; beyond this a new base is worth its bytes. */
#define REPLAY_BYTES_MIN (256LL << 20)

/* What the desk says and the shipper asks; under `lock`. */
struct mark {
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
    struct mark mark;
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

static struct mark mark_now(struct ship *p)
{
    pthread_mutex_lock(&p->lock);
    struct mark m = p->mark;
    pthread_mutex_unlock(&p->lock);
    return m;
}

/* -- DIR/shipping -- */

struct shipping {
    uint8_t line[TARGET_LINE_BYTES];
    int64_t gen, closed, end;
    uint8_t generation[16];
    char target[FILE_PATH_BYTES];
};

static enum err shipping_read(struct ship *p, struct shipping *ret)
{
    char text[FILE_PATH_BYTES + 256];
    size_t bytes;
    struct shipping h;
    enum err err = file_read_text(p->store->folder.shipping.at, text, sizeof text, &bytes);
    if (err) return err;
    struct words w = words_of((struct str){text, bytes}, "yunqiao-shipping 1");
    words_hex(&w, "line", h.line, sizeof h.line);
    words_int(&w, "gen", &h.gen);
    words_hex(&w, "generation", h.generation, sizeof h.generation);
    words_int(&w, "closed", &h.closed);
    words_int(&w, "end", &h.end);
    words_rest(&w, "target", h.target, sizeof h.target);
    if (!words_end(&w) || h.closed > 1) return ERR_CORRUPT;
    *ret = h;
    return OK;
}

static enum err shipping_write(struct ship *p, const struct mark *m, bool is_closed)
{
    char text[FILE_PATH_BYTES + 256], line[2 * TARGET_LINE_BYTES + 1], generation[33];
    str_hex(m->line, sizeof m->line, line);
    str_hex(m->generation, sizeof m->generation, generation);
    int n = snprintf(text, sizeof text,
                     "yunqiao-shipping 1 line=%s gen=%" PRId64 " generation=%s closed=%d end=%" PRId64
                     " target=%s\n",
                     line, m->gen, generation, is_closed, m->end, p->store->target.at);
    ASSERT(n > 0 && n < (int)sizeof text);
    return file_replace(p->store->folder.shipping.at, text, (size_t)n);
}

/* Which generation stands in the log now? False: nobody can tell, a new line is due. */
static bool place(struct ship *p, const struct shipping *h, const struct db_log *log)
{
    static const uint8_t unknown[16];
    struct mark *m = &p->mark;
    bool is_same = log->end > 0 && memcmp(log->generation, h->generation, sizeof h->generation) == 0;
    bool was_empty = memcmp(unknown, h->generation, sizeof unknown) == 0;
    if (!is_same && !was_empty && !h->closed) return false;
    *m = (struct mark){.gen = is_same || was_empty ? h->gen : h->gen + 1, .end = log->end};
    m->has_generation = log->end > 0;
    memcpy(m->generation, log->generation, sizeof m->generation);
    memcpy(m->line, h->line, sizeof m->line);
    return true;
}

static struct file_path target_of(const struct shipping *h)
{
    struct file_path path;
    memcpy(path.at, h->target, sizeof path.at);
    return path;
}

enum err ship_new(struct store *s, const struct db_log *log, const char *anchor, size_t bytes,
                  struct ship **ret_ship)
{
    struct shipping h;
    bool has_target = s->target.at[0] != 0;
    struct ship *p = mem_zalloc(sizeof *p);
    if (!p) return ERR_NOMEM;
    p->store = s;
    p->has_target = has_target;
    p->block = mem_alloc(BLOCK);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_mutex_init(&p->lock, NULL);
    pthread_mutex_init(&p->pass, NULL);
    pthread_cond_init(&p->wake, &attr);
    pthread_condattr_destroy(&attr);
    enum err err = p->block ? shipping_read(p, &h) : ERR_NOMEM;
    bool is_read = !err, is_same = is_read && (!has_target || strcmp(h.target, s->target.at) == 0);
    if (is_same && h.gen > 0) p->is_on = place(p, &h, log);
    if (is_same && !has_target) s->target = target_of(&h);
    p->knows_target = is_same;
    if (err == ERR_NOT_FOUND || err == ERR_CORRUPT || err == ERR_LIMIT) err = OK; /* a new line */
    if (!err && is_same && h.gen > 0 && !p->is_on) err = ship_break(p, false);
    if (!err && is_read && !is_same) err = file_remove(s->folder.shipping.at);
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

/* -- the desk's side -- */

static enum err break_locked(struct ship *p)
{
    p->is_on = p->is_verified = false;
    p->wants_base = true;
    p->mark.is_closing = false;
    const struct mark no_line = {.gen = 0};
    if (shipping_write(p, &no_line, false) == OK) return OK;
    enum err err = file_remove(p->store->folder.shipping.at);
    if (!err) err = file_sync_dir(p->store->folder.dir.at);
    return err;
}

enum err ship_break(struct ship *p, bool log_is_gone)
{
    if (!p) return OK;
    pthread_mutex_lock(&p->lock);
    enum err err = break_locked(p);
    if (log_is_gone) {
        p->mark.has_generation = false;
        p->mark.end = 0;
        memset(p->mark.generation, 0, sizeof p->mark.generation);
    }
    pthread_mutex_unlock(&p->lock);
    return err;
}

/* The first commit of a generation. */
static void note_generation(struct ship *p, const struct db_log *log)
{
    struct mark *m = &p->mark;
    if (m->has_generation && m->is_closing)
        m->gen++;
    else if (m->has_generation && p->is_on) {
        log_warn("store", "log_began_anew_unasked", LOG_I("generation", m->gen));
        (void)!break_locked(p);
    }
    m->has_generation = true;
    m->is_closing = false;
    memcpy(m->generation, log->generation, sizeof m->generation);
}

/* Unless the target fails: then it is tried again when its time comes. */
static void hurry(struct ship *p)
{
    if (p->is_hurried || p->err) return;
    p->is_hurried = true;
    pthread_cond_signal(&p->wake);
}

void ship_note(struct ship *p, const struct db_log *log, const char *anchor, size_t bytes)
{
    if (!p || log->end == 0) return;
    pthread_mutex_lock(&p->lock);
    struct mark *m = &p->mark;
    bool is_same = m->has_generation && memcmp(m->generation, log->generation, sizeof m->generation) == 0;
    if (!is_same) note_generation(p, log);
    m->end = log->end;
    memcpy(m->anchor, anchor, bytes);
    m->anchor_bytes = bytes;
    if (p->since_ms == 0) p->since_ms = clock_tick_us() / 1000;
    if (m->end - (p->shipped_gen == m->gen ? p->shipped_end : 0) > SHIP_AT_ONCE_BYTES) hurry(p);
    pthread_mutex_unlock(&p->lock);
}

enum err ship_close_log(struct ship *p, const struct db_log *log)
{
    if (!p || log->end == 0) return OK;
    pthread_mutex_lock(&p->lock);
    struct mark m = p->mark;
    int64_t from = p->shipped_gen == m.gen ? p->shipped_end : 0;
    bool is_on = p->is_on;
    pthread_mutex_unlock(&p->lock);
    if (!is_on) return OK;
    m.end = log->end;
    enum err err = OK;
    if (from < m.end) err = ship_part_keep(&p->store->folder, m.line, m.gen, from, m.end);
    if (!err) err = shipping_write(p, &m, true);
    if (err == ERR_LIMIT || (err && log->end >= SHIP_PARTS_BYTES_MAX)) {
        log_error("store", "backup_line_broken", LOG_E(err), LOG_I("generation", m.gen));
        return ship_break(p, true);
    }
    if (err) return err;
    pthread_mutex_lock(&p->lock);
    p->mark.is_closing = true;
    p->mark.end = m.end;
    hurry(p);
    pthread_mutex_unlock(&p->lock);
    return OK;
}

void ship_log_goes_on(struct ship *p)
{
    if (!p) return;
    pthread_mutex_lock(&p->lock);
    p->mark.is_closing = false;
    pthread_mutex_unlock(&p->lock);
}

/* -- joining the target -- */

static void shipped(struct ship *p, int64_t gen, int64_t end);
static enum err parts_ship(struct ship *p, const uint8_t line[TARGET_LINE_BYTES]);

static void ask_for_base(struct ship *p)
{
    pthread_mutex_lock(&p->lock);
    p->wants_base = true;
    pthread_mutex_unlock(&p->lock);
}

static enum err line_check(struct ship *p, const char *target, bool *ret_is_ours)
{
    struct target_line line;
    enum err err = target_line_read(target, &line);
    *ret_is_ours = false;
    if (err) return err;
    if (memcmp(line.site, p->store->signer.site, sizeof line.site) != 0)
        return ERR_DENIED; /* another site's */
    struct mark m = mark_now(p);
    *ret_is_ours = memcmp(line.line, m.line, sizeof line.line) == 0;
    p->open_gen = p->line_first = line.first;
    return OK;
}

/* What the target has of the generation in the log must be how the log begins. */
static enum err compare_live(struct ship *p, const struct mark *m, int64_t bytes, bool *ret_same)
{
    struct file_path path;
    char *half = p->block + BLOCK / 2;
    enum err err = target_generation_path(p->store->target.at, m->gen, ".wal", &path);
    if (err) return err;
    int there = open(path.at, O_RDONLY | O_CLOEXEC),
        here = open(p->store->folder.wal.at, O_RDONLY | O_CLOEXEC);
    if (there < 0 || here < 0) err = err_from_errno(errno);
    *ret_same = bytes <= m->end;
    for (int64_t at = 0; !err && at < bytes && *ret_same;) {
        size_t n = bytes - at < BLOCK / 2 ? (size_t)(bytes - at) : BLOCK / 2;
        err = file_read_at(there, p->block, n, at);
        if (!err) err = file_read_at(here, half, n, at);
        *ret_same = !err && memcmp(p->block, half, n) == 0;
        at += (int64_t)n;
    }
    if (there >= 0) close(there);
    if (here >= 0) close(here);
    return err;
}

/* Is what was just read from the log still of generation m? */
static bool is_still(struct ship *p, const struct mark *m)
{
    struct mark now = mark_now(p);
    return now.gen == m->gen && !now.is_closing;
}

/* When was the last base of this line made? */
static enum err base_look(struct ship *p, const char *target)
{
    struct target_base b;
    size_t n = 0;
    enum err err = target_bases(target, &b, 1, &n);
    if (err) return err;
    if (n && b.gen >= p->line_first)
        ship_base_was_made(p, b.base.made, b.base.bytes);
    else
        ask_for_base(p);
    return OK;
}

static enum err line_resume(struct ship *p, const char *target, bool *ret_fits)
{
    int64_t last, ended, gen, shipped_bytes;
    enum err err = target_generations(target, &last, &ended);
    if (err) return err;
    struct mark m = mark_now(p);
    ship_shipped(p, &gen, &shipped_bytes);
    if (ended >= p->open_gen) p->open_gen = ended + 1;
    int64_t bytes = target_generation_bytes(target, m.gen);
    *ret_fits = last <= m.gen && p->open_gen <= m.gen + 1 && bytes >= shipped_bytes;
    if (!*ret_fits || p->was_joined) return OK;
    if (bytes > 0 && m.end > 0 && !m.is_closing) err = compare_live(p, &m, bytes, ret_fits);
    if (!is_still(p, &m)) return ERR_BUSY; /* the log began anew while we looked */
    if (err || !*ret_fits) return err;
    p->was_joined = true;
    shipped(p, m.gen, bytes);
    return base_look(p, target);
}

/* What was put aside for the line that ends is shipped first, if the target still has that line. */
static enum err line_finish(struct ship *p, const char *target)
{
    int64_t last, ended;
    struct target_line old;
    enum err err = target_line_read(target, &old);
    if (err) return err == ERR_NOT_FOUND || err == ERR_CORRUPT ? OK : err;
    err = target_generations(target, &last, &ended);
    if (err) return err;
    p->open_gen = ended >= old.first ? ended + 1 : old.first;
    err = parts_ship(p, old.line);
    return err == ERR_CORRUPT ? OK : err; /* no use any more */
}

static enum err line_begin(struct ship *p, const char *target)
{
    int64_t last, ended;
    struct target_line line;
    enum err err = line_finish(p, target);
    if (!err) err = target_generations(target, &last, &ended);
    if (err) return err;
    if (ended > last) last = ended;
    line.first = last > 0 ? last + 2 : 1;
    memcpy(line.site, p->store->signer.site, sizeof line.site);
    rnd_bytes(line.line, sizeof line.line);
    err = target_line_write(target, &line);
    if (!err) err = ship_parts_drop(&p->store->folder);
    pthread_mutex_lock(&p->lock); /* the desk must not close the log meanwhile */
    if (!err) {
        memcpy(p->mark.line, line.line, sizeof line.line);
        p->mark.gen = line.first;
        p->mark.is_closing = false;
        err = shipping_write(p, &p->mark, false);
        p->is_on = !err;
        p->wants_base = true;
        p->shipped_gen = p->shipped_end = 0;
    }
    pthread_mutex_unlock(&p->lock);
    p->open_gen = p->line_first = line.first;
    p->mirror = (struct mirror){{0}};
    p->was_joined = p->knows_target = true;
    if (!err) log_info("store", "backup_line_begun", LOG_I("generation", line.first));
    return err;
}

static bool is_on(struct ship *p)
{
    pthread_mutex_lock(&p->lock);
    bool on = p->is_on;
    pthread_mutex_unlock(&p->lock);
    return on;
}

static bool is_verified(struct ship *p)
{
    pthread_mutex_lock(&p->lock);
    bool verified = p->is_verified;
    pthread_mutex_unlock(&p->lock);
    return verified;
}

static void verified(struct ship *p, bool is_so)
{
    pthread_mutex_lock(&p->lock);
    p->is_verified = is_so && p->is_on;
    pthread_mutex_unlock(&p->lock);
}

static enum err join(struct ship *p)
{
    const char *target = p->store->target.at;
    bool is_ours = false, fits = false;
    if (is_verified(p)) return OK;
    enum err err = line_check(p, target, &is_ours);
    if (err == ERR_NOT_FOUND && p->knows_target) return err; /* its mount is missing */
    if (err && err != ERR_NOT_FOUND) return err;
    err = target_pin_key(target, p->store->signer.key);
    if (!err && is_on(p) && is_ours) err = line_resume(p, target, &fits);
    if (!err && !fits) {
        err = ship_break(p, false);
        if (!err) err = line_begin(p, target);
    }
    if (!err) verified(p, true);
    return err;
}

/* -- a pass -- */

static void shipped(struct ship *p, int64_t gen, int64_t end)
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
        size_t n = part->to - at < BLOCK ? (size_t)(part->to - at) : BLOCK;
        err = file_read_at(from, p->block, n, at - part->from);
        if (!err) err = file_write_at(to, p->block, n, at);
        at += (int64_t)n;
        if (err || at >= part->to) err = generation_close(to, err);
    }
    close(from);
    return err;
}

/* Generations are brought to their end in order; a part of a later one says that all of the earlier is there. */
static enum err parts_ship(struct ship *p, const uint8_t line[TARGET_LINE_BYTES])
{
    struct ship_part part;
    enum err err;
    while (!(err = ship_part_first(&p->store->folder, line, &part))) {
        if (part.gen > p->open_gen) {
            err = generation_end(p);
        } else {
            if (part.gen == p->open_gen) err = part_ship(p, &part);
            if (!err && part.gen == p->open_gen) shipped(p, part.gen, part.to);
            if (!err) err = ship_part_remove(&p->store->folder, &part);
        }
        if (err) return err;
    }
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum err live_copy(struct ship *p, const struct mark *m, int wal, int to, int64_t *at)
{
    while (*at < m->end) {
        size_t n = m->end - *at < BLOCK ? (size_t)(m->end - *at) : BLOCK;
        enum err err = file_read_at(wal, p->block, n, *at);
        if (!is_still(p, m)) return ERR_BUSY; /* once more: the rest is in a part now */
        if (!err) err = file_write_at(to, p->block, n, *at);
        if (err) return err;
        *at += (int64_t)n;
    }
    return OK;
}

static enum err live_ship(struct ship *p, const struct mark *m)
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
    if (!err) shipped(p, m->gen, at);
    return err;
}

static enum err anchors_ship(struct ship *p, const struct mark *m)
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

static bool is_all_there(struct ship *p, const struct mark *m)
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
    struct mark m = mark_now(p);
    if (is_all_there(p, &m) && now < p->look_due_ms && now < p->anchor_due_ms) return OK;
    if (now >= p->look_due_ms) {
        verified(p, false); /* is the target still there, and still ours? */
        p->look_due_ms = now + LOOK_MS;
    }
    enum err err = join(p);
    if (err) return err;
    m = mark_now(p); /* files first: what m speaks of is whole by now */
    err = mirror_out(&p->mirror, p->store->folder.dir.at, p->store->target.at);
    if (!err) err = parts_ship(p, m.line);
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
    struct mark m = mark_now(p);
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
