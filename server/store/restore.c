/* restore: a base and the generations of the log that follow it become a store again (docs/decisions: backup by
 * sealed WAL). Everything is made under the temporary name and gets its real one last, so that a restore that was
 * interrupted leaves no store that could be taken for whole. */
#include "base/log.h"
#include "base/mem.h"
#include "store/anchor.h"
#include "store/audit_chain.h"
#include "store/db_open.h"
#include "store/fact.h"
#include "store/folder.h"
#include "store/keyfile.h"
#include "store/mirror.h"
#include "store/store.h"
#include "store/target.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { BLOCK = 1 << 20 };

struct restore {
    const char *key_path;
    struct file_path target, base_dir;
    struct target_base base;
    struct folder folder;
    struct vault *vault;
    struct audit_report report;
    store_progress *progress;
    void *ctx;
    int64_t done, of; /* bytes */
    char *why;
};

static void told(struct restore *r, int64_t bytes)
{
    r->done += bytes;
    if (r->progress) r->progress(r->ctx, r->done, r->of);
}

static enum err fail(struct restore *r, enum err err, const char *what)
{
    if (err && !r->why[0]) snprintf(r->why, 256, "%.180s: %s.", what, err_text(err));
    return err;
}

static void told_file(void *ctx, int64_t bytes)
{
    told(ctx, bytes);
}

/* -- which base -- */

/* `from` is a target, or the folder of one base in it. */
static enum err find_base(struct restore *r, const char *from)
{
    struct target_base *newest = &r->base;
    size_t n = 0;
    enum err err = target_base_read(from, newest);
    if (!err) {
        struct file_path up;
        snprintf(r->base_dir.at, sizeof r->base_dir.at, "%s", from);
        err = file_path(from, "../..", &up);
        r->target = up;
        return err;
    }
    snprintf(r->target.at, sizeof r->target.at, "%s", from);
    err = target_bases(from, newest, 1, &n);
    if (!err && n == 0) err = ERR_NOT_FOUND;
    if (err) return fail(r, err, "There is no whole base in the backup");
    struct file_path bases;
    err = file_path(from, "bases", &bases);
    return err ? err : file_path(bases.at, newest->base.name, &r->base_dir);
}

static enum err load_keys(struct restore *r)
{
    struct keyfile *keys = NULL;
    bool is_there = false;
    char why[256] = "";
    enum err err = keyfile_read(r->key_path, r->folder.dir.at, &keys, why);
    if (err) {
        snprintf(r->why, 256, "The backup is sealed with the key %s. %.180s", r->base.base.key_name, why);
        return err == ERR_NOT_FOUND ? ERR_KEY : err;
    }
    for (size_t i = 0; i < keyfile_count(keys); i++)
        is_there |= strcmp(keyfile_at(keys, i)->name, r->base.base.key_name) == 0;
    if (!is_there) {
        snprintf(r->why, 256, "The backup is sealed with the key %s, which %.180s does not hold.",
                 r->base.base.key_name, r->key_path);
        err = ERR_KEY;
    }
    if (!err) err = vault_new(&r->vault);
    if (!err) err = keyfile_load(keys, r->vault);
    keyfile_free(keys);
    return err;
}

/* -- copying -- */

static enum err copy_blocks(struct restore *r, int from, int to, int64_t bytes, struct digest *digest)
{
    char *block = mem_alloc(BLOCK);
    enum err err = block ? OK : ERR_NOMEM;
    for (int64_t at = 0; !err && at < bytes;) {
        size_t n = bytes - at < BLOCK ? (size_t)(bytes - at) : BLOCK;
        err = file_read_at(from, block, n, at);
        if (!err) err = file_write_at(to, block, n, at);
        if (!err) digest_add(digest, block, n);
        at += (int64_t)n;
        told(r, (int64_t)n);
    }
    mem_free(block);
    return err;
}

static enum err copy_file(struct restore *r, const char *from_path, const char *to_path, int64_t bytes,
                          struct digest_value *ret_sha)
{
    struct digest *digest = digest_new();
    int from = open(from_path, O_RDONLY | O_CLOEXEC);
    int to = open(to_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    enum err err = !digest ? ERR_NOMEM : from >= 0 && to >= 0 ? OK : err_from_errno(errno);
    if (!err) err = copy_blocks(r, from, to, bytes, digest);
    if (!err) *ret_sha = digest_end(digest);
    if (from >= 0) close(from);
    if (to >= 0 && close(to) != 0 && !err) err = err_from_errno(errno);
    digest_free(digest);
    return err;
}

static enum err copy_base(struct restore *r)
{
    struct file_path from;
    struct digest_value sha;
    enum err err = file_path(r->base_dir.at, "yunqiao.db", &from);
    if (!err && file_bytes(from.at) != r->base.base.bytes) err = ERR_CORRUPT;
    if (!err) err = copy_file(r, from.at, r->folder.next.at, r->base.base.bytes, &sha);
    if (!err && memcmp(sha.at, r->base.sha.at, sizeof sha.at) != 0) err = ERR_CORRUPT;
    return fail(r, err, "The base is not what its manifest says");
}

/* -- replaying -- */

/* The generation is put beside the main file as its log, and SQLite does what it does after a crash. */
static enum err replay(struct restore *r, int64_t gen, int64_t bytes)
{
    struct file_path from;
    struct digest_value sha;
    struct db *db = NULL;
    enum err err = target_generation_path(r->target.at, gen, ".wal", &from);
    if (!err) err = copy_file(r, from.at, r->folder.next_wal.at, bytes, &sha);
    if (!err) err = db_open(r->vault, r->folder.next.at, DB_WRITE, &db);
    if (!err) err = db_checkpoint(db, DB_CHECKPOINT_TRUNCATE, NULL);
    db_close(db);
    return err;
}

static enum err replay_one(struct restore *r, int64_t gen, bool *ret_is_last)
{
    char what[96];
    int64_t bytes = target_generation_bytes(r->target.at, gen);
    int64_t least = gen == r->base.gen ? r->base.gen_bytes : 1;
    *ret_is_last = bytes == 0;
    snprintf(what, sizeof what, "Generation %06" PRId64 " of the log is damaged", gen);
    if (bytes < least) return gen == r->base.gen ? fail(r, ERR_CORRUPT, what) : OK;
    if (bytes == 0) return OK;
    enum err err = target_generation_check(r->target.at, gen);
    *ret_is_last = err == ERR_NOT_FOUND; /* it was still being written */
    if (*ret_is_last) err = OK;
    if (*ret_is_last && target_generation_bytes(r->target.at, gen + 1) > 0) err = ERR_CORRUPT;
    if (!err) err = replay(r, gen, bytes);
    return fail(r, err, what);
}

static enum err replay_all(struct restore *r)
{
    bool is_last = false;
    enum err err = OK;
    for (int64_t gen = r->base.gen; !err && !is_last; gen++)
        err = replay_one(r, gen, &is_last);
    return err;
}

static int64_t bytes_to_do(struct restore *r)
{
    int64_t bytes = r->base.base.bytes + mirror_bytes(r->target.at), more;
    for (int64_t gen = r->base.gen; (more = target_generation_bytes(r->target.at, gen)) > 0; gen++)
        bytes += more;
    return bytes;
}

/* -- the chain, and its new epoch -- */

static enum err verify(struct restore *r, struct db *db)
{
    struct file_path anchor;
    uint8_t pinned[32];
    struct anchor_signer signer;
    enum err err = file_path(r->target.at, "audit.anchor", &anchor);
    if (!err) err = audit_verify(db, anchor.at, &r->report, NULL, NULL);
    if (!err) err = fact_signer(db, &signer);
    if (!err && target_pinned_key(r->target.at, pinned) == OK &&
        memcmp(pinned, signer.key, sizeof pinned) != 0)
        err = ERR_CORRUPT;
    mem_wipe(&signer, sizeof signer);
    enum audit_damage d = r->report.damage;
    if (!err && (d == AUDIT_EDITED || d == AUDIT_MISSING || d == AUDIT_ORDER)) {
        snprintf(r->why, 256, "The audit chain of this backup is damaged (%s at %" PRId64 ").",
                 audit_damage_text(d), r->report.seq);
        err = ERR_CORRUPT;
    }
    return fail(r, err, "The restored audit chain does not verify");
}

static enum err epoch_put(struct db *db, int64_t epoch)
{
    enum err err = db_begin(db);
    if (err) return err;
    err = fact_put_int(db, "epoch", epoch);
    if (!err) return db_commit(db);
    db_rollback(db);
    return err;
}

static enum err anchor_put(struct restore *r, struct db *db, int64_t epoch)
{
    struct anchor_signer signer;
    char line[ANCHOR_LINE_BYTES];
    struct audit_head head = r->report.head;
    head.epoch = epoch;
    head.at = clock_now();
    enum err err = fact_signer(db, &signer);
    if (err) return err;
    size_t n = anchor_sign(&signer, &head, line);
    mem_wipe(&signer, sizeof signer);
    return anchor_file_make(r->folder.anchor.at, line, n);
}

static enum err finish(struct restore *r)
{
    struct db *db;
    int64_t epoch = 0;
    enum err err = db_open(r->vault, r->folder.next.at, DB_WRITE, &db);
    if (err) return fail(r, err, "The restored store does not open");
    err = verify(r, db);
    if (!err) err = fact_get_int(db, "epoch", &epoch);
    if (!err) err = epoch_put(db, epoch + 1);
    if (!err) err = db_checkpoint(db, DB_CHECKPOINT_TRUNCATE, NULL);
    if (!err) err = anchor_put(r, db, epoch + 1);
    if (!err) r->report.head.epoch = epoch + 1; /* the same rows, anchored anew */
    db_close(db);
    if (!err) err = file_remove(r->folder.next_wal.at);
    if (!err) err = file_sync(r->folder.next.at);
    if (!err) err = file_rename(r->folder.next.at, r->folder.db.at);
    return fail(r, err, "The restored store cannot be finished");
}

static void undo(struct restore *r)
{
    struct file_path lock;
    (void)!file_remove(r->folder.next.at);
    (void)!file_remove(r->folder.next_wal.at);
    (void)!file_remove(r->folder.anchor.at);
    if (file_path(r->folder.dir.at, "lock", &lock) == OK) (void)!file_remove(lock.at);
}

static enum err fill(struct restore *r)
{
    enum err err = load_keys(r);
    r->of = err ? 0 : bytes_to_do(r);
    if (!err) err = copy_base(r);
    if (!err) err = replay_all(r);
    if (!err)
        err =
            fail(r, mirror_back(r->target.at, r->folder.dir.at, told_file, r), "The files cannot be copied");
    if (!err) err = finish(r);
    vault_free(r->vault);
    return err;
}

enum err store_restore(const char *from, const char *dir, const char *key_path, struct audit_report *ret,
                       store_progress *progress, void *ctx, char ret_why[256])
{
    struct restore r = {.key_path = key_path, .progress = progress, .ctx = ctx, .why = ret_why};
    bool is_empty = false;
    ret_why[0] = 0;
    enum err err = find_base(&r, from);
    if (!err) err = file_dir_is_empty(dir, &is_empty);
    if (!err && !is_empty) {
        snprintf(ret_why, 256, "%.200s is not empty.", dir);
        err = ERR_EXISTS;
    }
    if (!err) err = folder_open(dir, true, &r.folder, ret_why);
    if (err) return fail(&r, err, "The restore cannot begin");
    err = fill(&r);
    if (err) undo(&r);
    folder_close(&r.folder);
    if (err) return fail(&r, err, "The restore failed");
    log_info("store", "restored", LOG_T("base", r.base.base.name), LOG_I("seq", r.report.head.seq),
             LOG_I("anchor", r.report.anchor.seq), LOG_T("damage", audit_damage_text(r.report.damage)));
    ret_why[0] = 0;
    *ret = r.report;
    return OK;
}
