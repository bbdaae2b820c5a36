#include "store/store.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/await.h"
#include "store/backup.h"
#include "store/chore.h"
#include "store/desk.h"
#include "store/inside.h"
#include "store/migrate_run.h"
#include "store/reader.h"
#include "store/rotate.h"
#include "store/secret_own.h"
#include "store/ship.h"
#include "store/target.h"
#include "store/vault_cache.h"
#include "store/verify.h"
#include <inttypes.h>
#include <stdio.h>
#include <sys/statvfs.h>

static _Thread_local bool thread_is_ours;

void store_thread_is_ours(void)
{
    thread_is_ours = true;
}

enum err store_connect(struct store *s, enum db_mode mode, struct db **ret_db)
{
    return db_open(s->vault, s->folder.db.at, mode, ret_db);
}

bool store_gave_up(struct store *s)
{
    int64_t at = atomic_load(&s->give_up_us);
    return at != 0 && clock_tick_us() >= at;
}

/* -- opening -- */

static enum err keep_path(const char *from, struct file_path *to)
{
    int n = snprintf(to->at, sizeof to->at, "%s", from ? from : "");
    return n >= 0 && (size_t)n < sizeof to->at ? OK : ERR_LIMIT;
}

static enum err keys_make(struct store *s, char ret_why[256])
{
    enum err err = keyfile_new(&s->keys);
    if (err) return err;
    return keyfile_write(s->keys, s->key_path.at, s->folder.dir.at, true, ret_why);
}

/* A key is made only together with a store: a store whose key is absent must not get another one. */
static enum err keys_open(struct store *s, bool is_new_store, char ret_why[256])
{
    enum err err;
    if (is_new_store && file_bytes(s->key_path.at) < 0)
        err = keys_make(s, ret_why);
    else
        err = keyfile_read(s->key_path.at, s->folder.dir.at, &s->keys, ret_why);
    if (!err) err = vault_new(&s->vault);
    if (!err) err = keyfile_load(s->keys, s->vault);
    return err == ERR_NOT_FOUND ? ERR_KEY : err;
}

/* What a lost store left behind must not be built upon: the chain would begin anew under the old anchor. */
static enum err check_remains(struct store *s, char ret_why[256])
{
    struct anchor a;
    bool has_log = file_bytes(s->folder.wal.at) > 0;
    enum err err = anchor_read(s->folder.anchor.at, &a, NULL);
    if (!has_log && (err || a.head.seq == 0)) return OK;
    snprintf(ret_why, 256, "%.120s holds %s of a store whose yunqiao.db is gone. Restore from the backup.",
             s->folder.dir.at, has_log ? "the log" : "the audit anchor");
    return ERR_CORRUPT;
}

/* Made whole under its temporary name, its anchor first, and then given its name: a crash leaves no half store. */
static enum err make_store(struct store *s, char ret_why[256])
{
    struct db *db = NULL;
    enum err err = check_remains(s, ret_why);
    if (err) return err;
    snprintf(ret_why, 256, "The store cannot be made in %.160s.", s->folder.dir.at);
    err = file_remove(s->folder.anchor.at);
    if (!err) err = db_open(s->vault, s->folder.next.at, DB_CREATE, &db);
    if (!err) err = migrate_run(db, s->settings.migrations, clock_now(), &s->schema, ret_why);
    if (!err) err = desk_first_anchor(db, s->folder.anchor.at);
    if (!err) err = db_checkpoint(db, DB_CHECKPOINT_TRUNCATE, NULL);
    db_close(db);
    if (!err) err = file_remove(s->folder.next_wal.at);
    if (!err) err = file_sync(s->folder.next.at);
    if (!err) err = file_rename(s->folder.next.at, s->folder.db.at);
    if (!err) log_info("store", "made", LOG_T("key", keyfile_at(s->keys, 0)->name));
    return err;
}

static enum err files_open(struct store *s, char ret_why[256])
{
    enum err err = folder_open(s->settings.dir, s->settings.create, &s->folder, ret_why);
    if (err) return err;
    s->settings.dir = s->folder.dir.at;
    bool is_new = file_bytes(s->folder.db.at) < 0;
    err = keys_open(s, is_new, ret_why);
    if (!err) err = file_remove(s->folder.next.at);
    if (!err) err = file_remove(s->folder.next_wal.at);
    if (!err && is_new) err = make_store(s, ret_why);
    return err;
}

static enum err ship_open(struct store *s)
{
    struct db_log log;
    char anchor[ANCHOR_LINE_BYTES];
    enum err err = db_log(desk_db(s->desk), &log);
    size_t n = desk_anchor(s->desk, anchor);
    return err ? err : ship_new(s, &log, anchor, n, &s->ship);
}

static enum err parts_open(struct store *s, char ret_why[256])
{
    enum err err = desk_new(s, &s->desk, ret_why);
    if (err) return err;
    err = ship_open(s);
    if (!err && s->settings.threads && s->settings.readers > 0) err = readers_new(s, &s->readers);
    if (!err && s->settings.threads) err = chore_new(s, &s->chore);
    if (!err && s->settings.threads) err = desk_start(s->desk);
    if (!err && s->readers) err = readers_start(s->readers);
    if (!err && s->chore) err = chore_start(s->chore);
    if (!err && s->settings.threads) err = ship_start(s->ship);
    return err;
}

static enum err settings_keep(struct store *s, const struct store_settings *from)
{
    s->settings = *from;
    enum err err = keep_path(from->key_path, &s->key_path);
    if (!err) err = keep_path(from->backup_target, &s->target);
    s->settings.key_path = s->key_path.at;
    s->settings.backup_target = from->backup_target && *from->backup_target ? s->target.at : NULL;
    return err;
}

static struct store *store_bare(void)
{
    struct store *s = mem_zalloc(sizeof *s);
    if (!s) return NULL;
    pthread_rwlockattr_t attr;
    pthread_rwlockattr_init(&attr);
    pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
    pthread_rwlock_init(&s->gate, &attr);
    pthread_rwlockattr_destroy(&attr);
    pthread_mutex_init(&s->tally.lock, NULL);
    s->folder.lock_fd = -1;
    return s;
}

static void store_free(struct store *s)
{
    chore_free(s->chore);
    readers_free(s->readers);
    db_close(s->reader);
    desk_free(s->desk);
    ship_free(s->ship);
    vault_free(s->vault);
    keyfile_free(s->keys);
    folder_close(&s->folder);
    mem_wipe(&s->signer, sizeof s->signer);
    pthread_rwlock_destroy(&s->gate);
    pthread_mutex_destroy(&s->tally.lock);
    mem_free(s);
}

static void threads_stop(struct store *s)
{
    atomic_store(&s->is_stopping, true);
    chore_stop(s->chore);
    readers_stop(s->readers);
    if (s->desk) desk_stop(s->desk);
    ship_stop(s->ship);
}

enum err store_open(const struct store_settings *settings, struct store **ret_store, char ret_why[256])
{
    struct store *s = store_bare();
    ret_why[0] = 0;
    enum err err = s ? settings_keep(s, settings) : ERR_NOMEM;
    if (!err) err = files_open(s, ret_why);
    if (!err) err = parts_open(s, ret_why);
    if (err) {
        if (s) threads_stop(s);
        if (s) store_free(s);
        if (!ret_why[0]) snprintf(ret_why, 256, "The store cannot be opened: %s.", err_text(err));
        return err;
    }
    log_info("store", "opened", LOG_I("schema", s->schema), LOG_I("seq", s->tally.head.seq),
             LOG_I("epoch", s->tally.head.epoch), LOG_T("key", s->tally.key_name));
    *ret_store = s;
    return OK;
}

enum { FORGET_MS = 8000 }; /* a page that nobody asked for so long */

/* -- closing -- */

/* The last commits go to the target while there is patience, and the log goes into the main file. */
static void leave(struct store *s)
{
    if (!s->desk || !desk_db(s->desk)) return;
    if (!store_gave_up(s)) (void)!ship_pass(s->ship); /* told in the log; what is missing is kept in DIR */
    enum err err = desk_fold_log(s->desk);
    if (err) log_warn("store", "log_not_folded", LOG_E(err)); /* the next start reads it */
}

void store_close(struct store *s, int wait_ms)
{
    if (!s) return;
    int64_t give_up = clock_tick_us() + (int64_t)(wait_ms > 0 ? wait_ms : 0) * 1000;
    atomic_store(&s->give_up_us, give_up);
    threads_stop(s);
    leave(s);
    log_info("store", "closed", LOG_I("seq", s->tally.head.seq));
    store_free(s);
}

/* -- jobs -- */

static enum err count_busy(struct store *s, enum err err)
{
    if (err == ERR_BUSY) atomic_fetch_add_explicit(&s->refused_busy, 1, memory_order_relaxed);
    return err;
}

enum err store_write(struct store *s, struct job *job)
{
    job->way = JOB_WRITE;
    job->err = OK;
    if (s->settings.threads) return count_busy(s, desk_post(s->desk, job));
    job->item.next = NULL;
    desk_do(s->desk, job);
    return OK;
}

void store_before_commit(struct store *s, store_hook *hook)
{
    atomic_store(&s->before_commit, hook);
}

/* Reads that wait, run, or wait for the desk to keep their trace are bounded together. */
enum err store_read(struct store *s, struct job *job)
{
    job->way = JOB_READ;
    job->err = OK;
    int64_t reads_max = s->settings.queue_max > 0 ? s->settings.queue_max : 1;
    if (atomic_fetch_add(&s->reads, 1) >= reads_max) {
        atomic_fetch_sub(&s->reads, 1);
        return count_busy(s, ERR_BUSY);
    }
    if (!s->readers) {
        job->item.next = NULL;
        reader_do(s, &s->reader, job);
        return OK;
    }
    enum err err = readers_post(s->readers, job);
    if (err) atomic_fetch_sub(&s->reads, 1);
    return count_busy(s, err);
}

struct run_job {
    struct job job; /* first */
    struct job *of; /* the caller's */
    struct await over;
};

static enum err run_run(struct job *job, struct tx *tx)
{
    struct run_job *r = (struct run_job *)job;
    enum err err = r->of->run(r->of, tx);
    r->job.audit = r->of->audit;
    return err;
}

static void run_done(struct job *job, enum err err)
{
    await_end(&((struct run_job *)job)->over, err);
}

static enum err run_and_wait(struct store *s, struct job *job, enum err (*post)(struct store *, struct job *))
{
    struct run_job r = {
        .job = {.run = run_run, .done = run_done, .audit = job->audit, .is_apart = job->is_apart}, .of = job};
    ASSERT(!thread_is_ours);
    await_init(&r.over);
    enum err err = post(s, &r.job);
    if (!err) return await_wait(&r.over);
    await_drop(&r.over);
    return err;
}

enum err store_run(struct store *s, struct job *job)
{
    return run_and_wait(s, job, store_write);
}

enum err store_run_read(struct store *s, struct job *job)
{
    return run_and_wait(s, job, store_read);
}

/* -- operations -- */

enum err store_backup(struct store *s, const char *target, store_progress *progress, void *ctx,
                      char ret_why[256])
{
    struct chore_work w = {
        .run = backup_work, .progress = progress, .ctx = ctx, .why = ret_why, .target = target};
    ret_why[0] = 0;
    return chore_do(s, &w);
}

enum err store_rotate_key(struct store *s, store_progress *progress, void *ctx, char ret_why[256])
{
    struct chore_work w = {.run = rotate_work, .progress = progress, .ctx = ctx, .why = ret_why};
    ret_why[0] = 0;
    enum err err = chore_do(s, &w);
    return err ? err : secrets_rewrap(s);
}

enum err store_scrub(struct store *s, store_progress *progress, void *ctx, int64_t *ret_bad_pages)
{
    struct chore_work w = {.run = scrub_work, .progress = progress, .ctx = ctx};
    enum err err = chore_do(s, &w);
    if (!err) *ret_bad_pages = w.count;
    return err;
}

enum err store_verify_audit(struct store *s, struct audit_report *ret, store_progress *progress, void *ctx)
{
    struct audit_report report;
    struct chore_work w = {.run = verify_work, .progress = progress, .ctx = ctx, .report = &report};
    enum err err = chore_do(s, &w);
    if (!err) *ret = report;
    return err;
}

void store_forget_unused(struct store *s)
{
    vault_cache_age(s->vault->cache, FORGET_MS);
}

enum err store_ask_scrub(struct store *s)
{
    if (!s->chore) return ERR_UNSUPPORTED;
    chore_ask_scrub(s->chore);
    return OK;
}

enum err store_ask_backup(struct store *s)
{
    if (!s->settings.backup_target) return ERR_NOT_FOUND;
    if (!s->chore) return ERR_UNSUPPORTED;
    chore_ask_base(s->chore);
    return OK;
}

/* -- questions -- */

void store_state(struct store *s, struct store_state *ret)
{
    struct statvfs fs;
    struct store_state st = {.schema = s->schema, .readers = s->readers ? s->settings.readers : 0};
    struct store_tally *t = &s->tally;
    int64_t bytes = file_bytes(s->folder.db.at);
    st.bytes = bytes > 0 ? bytes : 0;
    if (statvfs(s->folder.dir.at, &fs) == 0) st.free_bytes = (int64_t)fs.f_bavail * (int64_t)fs.f_frsize;
    st.queue = (int)desk_count(s->desk) + (s->readers ? (int)readers_count(s->readers) : 0);
    st.refused_busy = atomic_load_explicit(&s->refused_busy, memory_order_relaxed);
    pthread_mutex_lock(&t->lock);
    st.commits = t->commits;
    st.jobs = t->jobs;
    st.last_commit_us = t->last_commit_us;
    st.wal_bytes = t->wal_bytes;
    st.head = t->head;
    st.anchor = t->anchor;
    st.disk_full = t->is_disk_full;
    st.scrub = t->scrub;
    st.scrub_last = t->scrub_last;
    st.scrub_pages = t->scrub_pages;
    st.scrub_bad = t->scrub_bad;
    memcpy(st.key_name, t->key_name, sizeof st.key_name);
    pthread_mutex_unlock(&t->lock);
    ship_state(s->ship, &st);
    *ret = st;
}

enum err store_bases(struct store *s, struct store_base *ret, size_t bases_max, size_t *ret_n)
{
    size_t n = 0;
    if (!s->settings.backup_target) return ERR_NOT_FOUND;
    struct target_base *all = mem_zalloc((bases_max ? bases_max : 1) * sizeof *all);
    if (!all) return ERR_NOMEM;
    enum err err = target_bases(s->settings.backup_target, all, bases_max, &n);
    for (size_t i = 0; i < n && !err; i++)
        ret[i] = all[i].base;
    mem_free(all);
    if (!err) *ret_n = n;
    return err;
}

void store_derive(struct store *s, const char *label, uint8_t ret_key[32])
{
    pthread_mutex_lock(&s->tally.lock);
    const struct keyfile_key *key = keyfile_at(s->keys, 0);
    digest_derive(key->key, sizeof key->key, NULL, 0, label, ret_key, 32);
    pthread_mutex_unlock(&s->tally.lock);
}
