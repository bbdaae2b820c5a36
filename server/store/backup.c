#include "store/backup.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "store/desk.h"
#include "store/mirror.h"
#include "store/ship.h"
#include "store/target.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { BLOCK = 1 << 20 };

struct base {
    struct store *store;
    struct chore_work *work;
    const char *target;
    bool is_shipped; /* of the line that the shipper keeps up */
    struct file_path dir, next;
    struct target_base manifest;
    struct db_log log; /* when checkpoints were held */
    char anchor[ANCHOR_LINE_BYTES];
    size_t anchor_bytes;
};

/* -- holding the main file still -- */

struct held {
    struct db_log log;
    char anchor[ANCHOR_LINE_BYTES];
    size_t anchor_bytes;
    int64_t seq;
    char key_name[VAULT_KEY_NAME_BYTES];
};

static enum err held_look(struct desk *d, void *ctx)
{
    struct held *held = ctx;
    if (!desk_db(d)) return ERR_CLOSED;
    held->anchor_bytes = desk_anchor(d, held->anchor);
    held->seq = desk_head(d).seq;
    snprintf(held->key_name, sizeof held->key_name, "%s", db_key_name(desk_db(d)));
    return db_log(desk_db(d), &held->log);
}

/* From here on nothing writes the main file: the chore thread is ours, and the desk has seen the hold. */
static enum err hold(struct store *s, struct held *ret)
{
    atomic_fetch_add(&s->holds, 1);
    enum err err = desk_call(s->desk, held_look, ret);
    if (err) atomic_fetch_sub(&s->holds, 1);
    return err;
}

static void let_go(struct store *s)
{
    atomic_fetch_sub(&s->holds, 1);
}

/* -- copying -- */

static enum err copy_blocks(struct base *b, int from, int to, int64_t bytes, struct digest *digest)
{
    char *block = mem_alloc(BLOCK);
    enum err err = block ? OK : ERR_NOMEM;
    for (int64_t at = 0; !err && at < bytes;) {
        size_t n = bytes - at < BLOCK ? (size_t)(bytes - at) : BLOCK;
        err = file_read_at(from, block, n, at);
        if (!err) err = file_write_at(to, block, n, at);
        if (!err && digest) digest_add(digest, block, n);
        at += (int64_t)n;
        chore_progress(b->work, at, bytes);
        if (!err && atomic_load(&b->store->is_stopping)) err = ERR_CLOSED;
    }
    if (!err && fsync(to) != 0) err = err_from_errno(errno);
    mem_free(block);
    return err;
}

static enum err copy_file(struct base *b, const char *from_path, const char *to_path, int64_t bytes,
                          struct digest *digest)
{
    int from = open(from_path, O_RDONLY | O_CLOEXEC);
    int to = open(to_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    enum err err = from >= 0 && to >= 0 ? OK : err_from_errno(errno);
    if (!err) err = copy_blocks(b, from, to, bytes, digest);
    if (from >= 0) close(from);
    if (to >= 0 && close(to) != 0 && !err) err = err_from_errno(errno);
    return err;
}

static enum err copy_main(struct base *b)
{
    struct file_path to;
    struct digest *digest = digest_new();
    enum err err = digest ? file_path(b->next.at, "yunqiao.db", &to) : ERR_NOMEM;
    b->manifest.base.bytes = file_bytes(b->store->folder.db.at);
    if (!err) err = copy_file(b, b->store->folder.db.at, to.at, b->manifest.base.bytes, digest);
    if (!err) b->manifest.sha = digest_end(digest);
    digest_free(digest);
    return err;
}

/* -- the log that belongs to it -- */

/* The main file may hold anything that was in the log when it was held; so the target must have all of that. */
static enum err log_by_shipper(struct base *b)
{
    int64_t gen, bytes;
    enum err err = ship_pass(b->store->ship);
    if (err) return err;
    ship_shipped(b->store->ship, &gen, &bytes);
    if (bytes < b->log.end) return ERR_BUSY;
    b->manifest.gen = gen;
    b->manifest.gen_bytes = b->log.end;
    return OK;
}

static enum err log_by_itself(struct base *b)
{
    struct file_path path;
    struct target_line line = {0};
    struct mirror mirror = {{0}};
    int64_t last, ended;
    enum err err = mirror_out(&mirror, b->store->folder.dir.at, b->target);
    if (!err) err = target_generations(b->target, &last, &ended);
    if (err) return err;
    b->manifest.gen = (last > ended ? last : ended) + 2;
    b->manifest.gen_bytes = b->log.end;
    if (b->log.end > 0) {
        err = target_generation_path(b->target, b->manifest.gen, ".wal", &path);
        if (!err) err = copy_file(b, b->store->folder.wal.at, path.at, b->log.end, NULL);
        if (!err) err = target_generation_end(b->target, b->manifest.gen, b->log.end);
    }
    memcpy(line.site, b->store->signer.site, sizeof line.site);
    rnd_bytes(line.line, sizeof line.line);
    line.first = b->manifest.gen;
    if (!err) err = target_line_write(b->target, &line);
    if (!err) err = target_anchor_put(b->target, b->anchor, b->anchor_bytes);
    if (!err) err = target_anchor_append(b->target, clock_now(), b->anchor, b->anchor_bytes);
    return err;
}

/* -- the whole -- */

/* Another site's target, or a target whose key is not ours, is left alone. */
static enum err target_prepare(struct base *b)
{
    struct target_line line;
    enum err err = target_line_read(b->target, &line);
    if (!err && memcmp(line.site, b->store->signer.site, sizeof line.site) != 0) return ERR_DENIED;
    if (err == ERR_NOT_FOUND) {
        memset(&line, 0, sizeof line);
        memcpy(line.site, b->store->signer.site, sizeof line.site);
        rnd_bytes(line.line, sizeof line.line);
        line.first = 1;
        err = file_make_dir(b->target);
        if (!err) err = target_line_write(b->target, &line);
    }
    return err ? err : target_pin_key(b->target, b->store->signer.key);
}

static enum err name_at(struct base *b, struct instant made)
{
    struct file_path bases;
    char at[INSTANT_TEXT_BYTES], part[80];
    b->manifest.base.made = made;
    instant_text(made, at);
    snprintf(b->manifest.base.name, sizeof b->manifest.base.name, "%.4s%.2s%.2sT%.2s%.2s%.2s.%.3sZ", at,
             at + 5, at + 8, at + 11, at + 14, at + 17, at + 20);
    snprintf(part, sizeof part, "%s+making", b->manifest.base.name);
    enum err err = file_path(b->target, "bases", &bases);
    if (!err) err = file_path(bases.at, b->manifest.base.name, &b->dir);
    if (!err) err = file_path(bases.at, part, &b->next);
    return err;
}

/* Named by its instant; two within a millisecond are a millisecond apart. */
static enum err name_it(struct base *b)
{
    struct instant made = clock_now();
    enum err err = name_at(b, made);
    while (!err && file_bytes(b->dir.at) >= 0) {
        made.ms++;
        err = name_at(b, made);
    }
    return err;
}

static enum err fill(struct base *b)
{
    struct held held;
    enum err err = file_make_dir(b->next.at);
    if (!err) err = hold(b->store, &held);
    if (err) return err;
    b->log = held.log;
    b->manifest.base.seq = held.seq;
    memcpy(b->anchor, held.anchor, held.anchor_bytes);
    b->anchor_bytes = held.anchor_bytes;
    snprintf(b->manifest.base.key_name, sizeof b->manifest.base.key_name, "%s", held.key_name);
    memcpy(b->manifest.site, b->store->signer.site, sizeof b->manifest.site);
    err = copy_main(b);
    if (!err) err = b->is_shipped ? log_by_shipper(b) : log_by_itself(b);
    let_go(b->store);
    if (!err) err = target_base_write(b->next.at, &b->manifest);
    return err ? err : file_rename(b->next.at, b->dir.at);
}

static const char *explain(enum err err)
{
    switch ((int)err) {
    case ERR_NOT_FOUND:
        return "There is no such target, or it is not the one it was: is it mounted?";
    case ERR_DENIED:
        return "The target holds another site's backup, or may not be written.";
    case ERR_DISK_FULL:
        return "The target is full.";
    case ERR_CLOSED:
        return "The store is closing.";
    default:
        return err_text(err);
    }
}

static enum err base_make(struct base *b)
{
    enum err err = b->is_shipped ? ship_pass(b->store->ship) : target_prepare(b);
    if (!err) err = name_it(b);
    if (err) return err;
    err = fill(b);
    if (err) {
        (void)!file_remove_dir(b->next.at); /* the first error is the one to tell */
        return err;
    }
    log_info("store", "backup_base_made", LOG_T("name", b->manifest.base.name),
             LOG_I("bytes", b->manifest.base.bytes), LOG_I("seq", b->manifest.base.seq),
             LOG_T("key", b->manifest.base.key_name));
    return OK;
}

enum err backup_work(struct store *s, struct chore_work *w)
{
    bool is_own = !w->target || strcmp(w->target, s->target.at) == 0;
    struct base b = {
        .store = s, .work = w, .target = is_own ? s->target.at : w->target, .is_shipped = is_own && s->ship};
    if (b.is_shipped) ship_use_target(s->ship);
    enum err err = b.target[0] ? base_make(&b) : ERR_NOT_FOUND;
    if (b.is_shipped && err) ship_base_failed(s->ship);
    if (b.is_shipped && !err) ship_base_was_made(s->ship, b.manifest.base.made, b.manifest.base.bytes);
    if (!err && target_prune(b.target) != OK) log_warn("store", "backup_not_pruned");
    if (err && w->why) snprintf(w->why, 256, "%s", explain(err));
    return err;
}
