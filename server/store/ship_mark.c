/* What the desk says of the log (ship.h), and DIR/shipping, which keeps it over a restart. */
#include "base/log.h"
#include "store/ship_own.h"
#include "store/ship_part.h"
#include "store/words.h"
#include <inttypes.h>
#include <stdio.h>

struct ship_mark ship_mark_now(struct ship *p)
{
    pthread_mutex_lock(&p->lock);
    struct ship_mark m = p->mark;
    pthread_mutex_unlock(&p->lock);
    return m;
}

bool ship_mark_is_still(struct ship *p, const struct ship_mark *m)
{
    struct ship_mark now = ship_mark_now(p);
    return now.gen == m->gen && !now.is_closing;
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

static enum err shipping_write(struct ship *p, const struct ship_mark *m, bool is_closed)
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
    struct ship_mark *m = &p->mark;
    bool is_same = log->end > 0 && memcmp(log->generation, h->generation, sizeof h->generation) == 0;
    bool was_empty = memcmp(unknown, h->generation, sizeof unknown) == 0;
    if (!is_same && !was_empty && !h->closed) return false;
    *m = (struct ship_mark){.gen = is_same || was_empty ? h->gen : h->gen + 1, .end = log->end};
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

enum err ship_mark_open(struct ship *p, const struct db_log *log)
{
    struct shipping h;
    struct store *s = p->store;
    bool has_target = p->has_target;
    enum err err = shipping_read(p, &h);
    bool is_read = !err, is_same = is_read && (!has_target || strcmp(h.target, s->target.at) == 0);
    if (is_same && h.gen > 0) p->is_on = place(p, &h, log);
    if (is_same && !has_target) s->target = target_of(&h);
    p->knows_target = is_same;
    if (err == ERR_NOT_FOUND || err == ERR_CORRUPT || err == ERR_LIMIT) err = OK; /* a new line */
    if (!err && is_same && h.gen > 0 && !p->is_on) err = ship_break(p, false);
    if (!err && is_read && !is_same) err = file_remove(s->folder.shipping.at);
    return err;
}

enum err ship_mark_begin(struct ship *p, const struct target_line *line)
{
    pthread_mutex_lock(&p->lock);
    memcpy(p->mark.line, line->line, sizeof line->line);
    p->mark.gen = line->first;
    p->mark.is_closing = false;
    enum err err = shipping_write(p, &p->mark, false);
    p->is_on = !err;
    p->wants_base = true;
    p->shipped_gen = p->shipped_end = 0;
    pthread_mutex_unlock(&p->lock);
    return err;
}

/* -- the desk's side -- */

static enum err break_locked(struct ship *p)
{
    p->is_on = p->is_verified = false;
    p->wants_base = true;
    p->mark.is_closing = false;
    const struct ship_mark no_line = {.gen = 0};
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
    struct ship_mark *m = &p->mark;
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
    struct ship_mark *m = &p->mark;
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
    struct ship_mark m = p->mark;
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
