/* Joining the target: has it our line, and all of it that we think it has? Else a new line begins, with a new base. */
#include "base/log.h"
#include "base/rnd.h"
#include "store/ship_own.h"
#include "store/ship_part.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

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
    struct ship_mark m = ship_mark_now(p);
    *ret_is_ours = memcmp(line.line, m.line, sizeof line.line) == 0;
    p->open_gen = p->line_first = line.first;
    return OK;
}

/* What the target has of the generation in the log must be how the log begins. */
static enum err compare_live(struct ship *p, const struct ship_mark *m, int64_t bytes, bool *ret_same)
{
    struct file_path path;
    char *half = p->block + SHIP_BLOCK_BYTES / 2;
    enum err err = target_generation_path(p->store->target.at, m->gen, ".wal", &path);
    if (err) return err;
    int there = open(path.at, O_RDONLY | O_CLOEXEC),
        here = open(p->store->folder.wal.at, O_RDONLY | O_CLOEXEC);
    if (there < 0 || here < 0) err = err_from_errno(errno);
    *ret_same = bytes <= m->end;
    for (int64_t at = 0; !err && at < bytes && *ret_same;) {
        size_t n = bytes - at < SHIP_BLOCK_BYTES / 2 ? (size_t)(bytes - at) : SHIP_BLOCK_BYTES / 2;
        err = file_read_at(there, p->block, n, at);
        if (!err) err = file_read_at(here, half, n, at);
        *ret_same = !err && memcmp(p->block, half, n) == 0;
        at += (int64_t)n;
    }
    if (there >= 0) close(there);
    if (here >= 0) close(here);
    return err;
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
    struct ship_mark m = ship_mark_now(p);
    ship_shipped(p, &gen, &shipped_bytes);
    if (ended >= p->open_gen) p->open_gen = ended + 1;
    int64_t bytes = target_generation_bytes(target, m.gen);
    *ret_fits = last <= m.gen && p->open_gen <= m.gen + 1 && bytes >= shipped_bytes;
    if (!*ret_fits || p->was_joined) return OK;
    if (bytes > 0 && m.end > 0 && !m.is_closing) err = compare_live(p, &m, bytes, ret_fits);
    if (!ship_mark_is_still(p, &m)) return ERR_BUSY; /* the log began anew while we looked */
    if (err || !*ret_fits) return err;
    p->was_joined = true;
    ship_has(p, m.gen, bytes);
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
    err = ship_parts(p, old.line);
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
    if (!err) err = ship_mark_begin(p, &line);
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

void ship_verified(struct ship *p, bool is_so)
{
    pthread_mutex_lock(&p->lock);
    p->is_verified = is_so && p->is_on;
    pthread_mutex_unlock(&p->lock);
}

enum err ship_join(struct ship *p)
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
    if (!err) ship_verified(p, true);
    return err;
}
