#include "store/desk.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/audit_chain.h"
#include "store/await.h"
#include "store/checkpoint.h"
#include "store/fact.h"
#include "store/migrate_run.h"
#include "store/ship.h"
#include <inttypes.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <time.h>

enum { FEW = 16 }; /* jobs of a commit */

struct desk {
    struct store *store;
    struct db *db;
    struct audit_chain chain;
    struct anchor_file anchor;
    struct audit_head anchored; /* what the file says, unless is_torn */
    char line[ANCHOR_LINE_BYTES];
    size_t line_bytes;
    bool is_torn; /* the last write of the anchor failed: it is made anew before anything else is written */
    enum err anchor_err;
    struct checkpoint checkpoint;
    struct box *box;
    pthread_t thread;
    bool is_running;
    int64_t commit_us, batch_jobs; /* of the last batch */
    bool (*between)(struct desk *d, void *ctx);
    void *between_ctx;
};

struct db *desk_db(struct desk *d)
{
    return d->db;
}

struct store *desk_store(struct desk *d)
{
    return d->store;
}

size_t desk_anchor(struct desk *d, char ret_line[ANCHOR_LINE_BYTES])
{
    memcpy(ret_line, d->line, d->line_bytes);
    return d->line_bytes;
}

struct audit_head desk_head(struct desk *d)
{
    return d->chain.head;
}

/* -- the anchor -- */

static void sign(struct desk *d, const struct audit_head *head)
{
    d->anchored = *head;
    d->anchored.at = clock_now();
    d->line_bytes = anchor_sign(&d->store->signer, &d->anchored, d->line);
}

/* A file whose sync has failed once is not trusted again (the kernel may call the next sync good): a new one takes
 * its place, with the head as it stands. */
static enum err anchor_make_anew(struct desk *d)
{
    const char *path = d->store->folder.anchor.at;
    sign(d, &d->chain.head);
    enum err err = anchor_file_make(path, d->line, d->line_bytes);
    anchor_file_close(&d->anchor);
    if (!err) err = anchor_file_open(&d->anchor, path);
    d->is_torn = err != OK;
    return err;
}

/* Called by the connection when the log of a commit is synced, before anybody can see the commit: if the anchor
 * cannot be written, the commit is taken back. So an anchor is never ahead of the log, no answer goes without its
 * anchor, and what was refused is not kept. */
static bool anchor_commit(void *ctx)
{
    struct desk *d = ctx;
    if (d->chain.head.seq == d->anchored.seq && d->chain.head.epoch == d->anchored.epoch) return true;
    sign(d, &d->chain.head);
    d->anchor_err = anchor_file_write(&d->anchor, d->line, d->line_bytes);
    d->is_torn = d->anchor_err != OK;
    return !d->is_torn;
}

static enum err refuse(char ret_why[256], const char *why)
{
    snprintf(ret_why, 256, "%s", why);
    return ERR_CORRUPT;
}

/* The chain must hold what the anchor says. Rows after it are a crash's between commit and anchor. */
static enum err anchor_fits(struct desk *d, const struct anchor *a, char ret_why[256])
{
    const struct audit_head *head = &d->chain.head;
    struct audit_head at = {0};
    if (!anchor_is_of(a, &d->store->signer))
        return refuse(ret_why,
                      "The audit anchor is of another site, or signed with a key that is not this store's.");
    if (a->head.seq > head->seq || a->head.epoch > head->epoch) {
        snprintf(ret_why, 256,
                 "The audit chain ends at %" PRId64 " (epoch %" PRId64 ") but was anchored at %" PRId64
                 " (epoch %" PRId64
                 "): an older copy was put back, or the log was cut. Restore from the backup.",
                 head->seq, head->epoch, a->head.seq, a->head.epoch);
        return ERR_CORRUPT;
    }
    if (a->head.seq == 0) return OK;
    enum err err = audit_chain_at(d->db, a->head.seq, &at);
    if (err && err != ERR_NOT_FOUND) return err;
    if (err || memcmp(at.hash.at, a->head.hash.at, sizeof at.hash.at) != 0)
        return refuse(ret_why, "The audit chain is not the one that was anchored. Restore from the backup.");
    if (a->head.seq < head->seq) log_info("store", "anchor_behind", LOG_I("rows", head->seq - a->head.seq));
    return OK;
}

static enum err anchor_check(struct desk *d, char ret_why[256])
{
    struct anchor a;
    enum err err = anchor_read(d->store->folder.anchor.at, &a, NULL);
    if (!err) return anchor_fits(d, &a, ret_why);
    if (d->chain.head.seq == 0 && (err == ERR_NOT_FOUND || err == ERR_CORRUPT))
        return OK; /* nothing was anchored */
    if (err == ERR_NOT_FOUND)
        return refuse(ret_why,
                      "The audit anchor (audit.anchor) is missing. Put it back, or restore from the backup.");
    if (err == ERR_CORRUPT)
        return refuse(ret_why,
                      "The audit anchor (audit.anchor) is damaged or forged. Restore from the backup.");
    snprintf(ret_why, 256, "The audit anchor cannot be read: %s.", err_text(err));
    return err;
}

/* Whoever puts back the whole folder puts back its anchor: the one in the backup target is of the newest that was shipped (rule 24). A
 * target that is away says nothing; one of an epoch before ours is from before a restore, which said aloud what it lost. */
static enum err elsewhere_check(struct desk *d, char ret_why[256])
{
    struct anchor a;
    struct file_path path;
    const char *target = d->store->settings.backup_target;
    if (!target || file_path(target, "audit.anchor", &path) != OK || anchor_read(path.at, &a, NULL) != OK ||
        !anchor_is_of(&a, &d->store->signer) || a.head.epoch < d->chain.head.epoch)
        return OK;
    return anchor_fits(d, &a, ret_why);
}

/* -- a batch -- */

static bool all_fit(const struct audit_row *row)
{
    for (; row; row = row->next)
        if (!audit_row_fits(row)) return false;
    return true;
}

static struct str cut_to(struct str s, size_t bytes)
{
    return s.bytes > bytes ? (struct str){s.at, bytes} : s;
}

/* A row too long to keep is a defect of its maker: the job fails, and the trace says so without the detail. */
static enum err append_cut(struct desk *d, struct instant now, const struct audit_row *row)
{
    char detail[64];
    snprintf(detail, sizeof detail, "{\"detail_bytes\":%zu}", row->detail.bytes);
    struct audit_row cut = {.actor = cut_to(row->actor, AUDIT_TEXT_BYTES_MAX),
                            .role = cut_to(row->role, AUDIT_TEXT_BYTES_MAX),
                            .from = cut_to(row->from, AUDIT_TEXT_BYTES_MAX),
                            .action = cut_to(row->action, AUDIT_TEXT_BYTES_MAX),
                            .target = cut_to(row->target, AUDIT_TEXT_BYTES_MAX),
                            .detail = str_of(detail),
                            .outcome = AUDIT_FAILED};
    return audit_chain_append(&d->chain, d->db, now, &cut);
}

static enum err append(struct desk *d, const struct job *job, struct instant now)
{
    enum err err = OK;
    for (const struct audit_row *row = job->audit; row && !err; row = row->next)
        err = audit_row_fits(row) ? audit_chain_append(&d->chain, d->db, now, row) : append_cut(d, now, row);
    return err;
}

/* Runs one job inside its savepoint. An error here is the whole batch's: SQLite gave the transaction up, or a trace
 * cannot be kept. */
static enum err run_one(struct desk *d, struct job *job, struct instant now)
{
    struct tx tx = {.db = d->db, .now = now, .may_write = true};
    enum err err = OK;
    if (job->way == JOB_WRITE) {
        err = db_save(d->db);
        if (err) return err;
        job->err = job->run(job, &tx);
        if (!db_in_transaction(d->db)) return job->err ? job->err : ERR_IO;
        if (!job->err && !all_fit(job->audit)) job->err = ERR_LIMIT;
        err = job->err ? db_save_undo(d->db) : db_save_keep(d->db);
    }
    return err ? err : append(d, job, now);
}

static void tally_commit(struct desk *d, enum err err, int64_t jobs, int64_t us, const struct db_log *log)
{
    struct store_tally *t = &d->store->tally;
    pthread_mutex_lock(&t->lock);
    bool was_full = t->is_disk_full;
    t->is_disk_full = err == ERR_DISK_FULL;
    if (!err) {
        t->commits += jobs > 0;
        t->jobs += jobs;
        t->last_commit_us = us;
        t->wal_bytes = log->end;
        t->head = d->chain.head;
        t->anchor = d->anchored;
    }
    pthread_mutex_unlock(&t->lock);
    if (err == ERR_DISK_FULL && !was_full)
        log_error("store", "disk_full", LOG_I("jobs_refused", jobs));
    else if (err && err != ERR_DISK_FULL)
        log_error("store", "commit_failed", LOG_E(err), LOG_I("jobs", jobs));
    if (!err && was_full) log_info("store", "disk_has_room_again", LOG_I("jobs", jobs));
}

static enum err begin(struct desk *d)
{
    if (!d->db) return ERR_CLOSED;
    enum err err = d->is_torn ? anchor_make_anew(d) : OK;
    return err ? err : db_begin(d->db);
}

static enum err end_batch(struct desk *d)
{
    struct tx tx = {.db = d->db, .now = clock_now(), .may_write = true};
    store_hook *hook = atomic_load(&d->store->before_commit);
    return hook ? hook(&tx) : OK;
}

static enum err commit(struct desk *d)
{
    d->anchor_err = OK;
    enum err err = db_commit(d->db);
    return d->anchor_err ? d->anchor_err : err;
}

/* Runs jobs of the list until it ends, the batch has lasted long enough, or the transaction is lost; *rest is the
 * first job not run. */
static enum err run_some(struct desk *d, struct job *first, struct job **rest, int64_t *ret_n)
{
    struct instant now = clock_now();
    int64_t since = clock_tick_us(), n = 0;
    struct job *job = first;
    enum err err = begin(d);
    if (err) { /* nobody ran: all of them are refused */
        *rest = NULL;
        return err;
    }
    do {
        err = run_one(d, job, now);
        job = (struct job *)job->item.next;
        n++;
    } while (!err && job && job->way != JOB_CALL && clock_tick_us() - since < DESK_BATCH_US);
    *rest = job;
    *ret_n = n;
    return err;
}

static void answer(struct desk *d, struct job *job, enum err err)
{
    if (job->way == JOB_TRACE) atomic_fetch_sub(&d->store->reads, 1);
    job->done(job, err);
}

static bool has_write(const struct job *first, const struct job *rest)
{
    for (const struct job *job = first; job != rest; job = (const struct job *)job->item.next)
        if (job->way == JOB_WRITE) return true;
    return false;
}

static struct job *batch(struct desk *d, struct job *first)
{
    struct audit_head before = d->chain.head;
    struct db_log log = {.end = 0};
    struct job *rest = NULL;
    int64_t n = 0, since = clock_tick_us();
    enum err err = run_some(d, first, &rest, &n);
    if (!err) err = end_batch(d);
    if (!err)
        err = commit(d);
    else if (d->db)
        db_rollback(d->db);
    if (err) audit_chain_back(&d->chain, &before);
    d->commit_us = clock_tick_us() - since;
    d->batch_jobs = n;
    if (!err && db_log(d->db, &log) != OK) log.end = 0; /* the next commit tells */
    tally_commit(d, err, n, d->commit_us, &log);
    if (!err) ship_note(d->store->ship, &log, d->line, d->line_bytes);
    if (has_write(first, rest)) atomic_fetch_add(&d->store->renewals, 1);
    for (struct job *job = first, *next; job != rest; job = next) {
        next = (struct job *)job->item.next;
        answer(d, job, err ? err : job->err);
    }
    if (!err) checkpoint_turn(&d->checkpoint, d->db, &log);
    return rest;
}

static struct job *refuse_all(struct desk *d, struct job *first, enum err err)
{
    for (struct job *job = first, *next; job; job = next) {
        next = (struct job *)job->item.next;
        answer(d, job, err);
    }
    return NULL;
}

void desk_do(struct desk *d, struct job *first)
{
    for (struct job *job = first, *next; job;) {
        if (store_gave_up(d->store)) {
            job = refuse_all(d, job, ERR_CLOSED);
        } else if (job->way == JOB_CALL) {
            next = (struct job *)job->item.next;
            enum err err = job->run(job, NULL);
            atomic_fetch_add(&d->store->renewals, 1);
            job->done(job, err);
            job = next;
        } else {
            job = batch(d, job);
        }
    }
}

/* Jobs that would share the next commit if it waited for them: whoever was answered by the last one is about to ask again, a few
 * microseconds apart; and while there are few, what readers are answering hands its trace over in a moment. */
static bool are_more_near(struct desk *d)
{
    int64_t here = (int64_t)box_count(d->box) + 1;
    return here < d->batch_jobs || (here < FEW && here < atomic_load(&d->store->reads));
}

/* No longer than an eighth of what a commit takes: it makes one batch of what would be a small one and then the rest. Each look costs the
 * processor as much as two traces: where the disk is slow, it looks less often. */
static void let_gather(struct desk *d)
{
    int64_t most_us = d->commit_us / 8, until = clock_tick_us() + most_us;
    struct timespec pause = {.tv_nsec = 1000 * (most_us / 8 < 20 ? 20 : most_us / 8)};
    while (are_more_near(d) && clock_tick_us() < until)
        (void)nanosleep(&pause, NULL);
}

static struct box_item *take(struct desk *d)
{
    struct box_item *list = box_take(d->box, 1, d->between ? 0 : -1);
    if (!list || ((struct job *)list)->way == JOB_CALL) return list;
    let_gather(d);
    list->next = box_take(d->box, DESK_BATCH_MAX - 1, 0);
    return list;
}

static void *desk_main(void *ctx)
{
    struct desk *d = ctx;
    store_thread_is_ours();
    (void)prctl(PR_SET_NAME, "desk");
    for (;;) {
        struct box_item *list = take(d);
        if (!list && !d->between) return NULL; /* closed, and nothing waits */
        if (list) desk_do(d, (struct job *)list);
        if (d->between && !d->between(d, d->between_ctx)) d->between = NULL;
    }
}

/* -- calls from other threads -- */

struct call {
    struct job job; /* first */
    struct desk *desk;
    enum err (*f)(struct desk *d, void *ctx);
    void *ctx;
    struct await *over;
};

static enum err call_run(struct job *job, struct tx *tx)
{
    struct call *call = (struct call *)job;
    ASSERT(tx == NULL);
    return call->f(call->desk, call->ctx);
}

static void call_done(struct job *job, enum err err)
{
    await_end(((struct call *)job)->over, err);
}

enum err desk_call(struct desk *d, enum err (*f)(struct desk *d, void *ctx), void *ctx)
{
    if (!d->is_running) return f(d, ctx);
    struct await over;
    struct call call = {.job = {.run = call_run, .done = call_done, .way = JOB_CALL},
                        .desk = d,
                        .f = f,
                        .ctx = ctx,
                        .over = &over};
    await_init(&over);
    enum err err = desk_post_always(d, &call.job);
    if (!err) return await_wait(&over);
    await_drop(&over);
    return err;
}

enum err desk_post(struct desk *d, struct job *job)
{
    return box_put(d->box, &job->item);
}

enum err desk_post_always(struct desk *d, struct job *job)
{
    return box_put_always(d->box, &job->item);
}

uint32_t desk_count(const struct desk *d)
{
    return box_count(d->box);
}

/* -- life -- */

enum err desk_connect(struct desk *d)
{
    enum err err = store_connect(d->store, DB_WRITE, &d->db);
    if (err) return err;
    db_on_commit(d->db, anchor_commit, d);
    struct store_tally *t = &d->store->tally;
    pthread_mutex_lock(&t->lock);
    snprintf(t->key_name, sizeof t->key_name, "%s", db_key_name(d->db));
    pthread_mutex_unlock(&t->lock);
    checkpoint_init(&d->checkpoint, d->store);
    return OK;
}

void desk_disconnect(struct desk *d)
{
    checkpoint_done(&d->checkpoint);
    db_close(d->db);
    d->db = NULL;
}

enum err desk_fold_log(struct desk *d)
{
    struct db_log log;
    checkpoint_done(&d->checkpoint);
    enum err err = db_log(d->db, &log);
    if (!err) err = ship_close_log(d->store->ship, &log);
    if (!err) err = db_checkpoint(d->db, DB_CHECKPOINT_TRUNCATE, NULL);
    if (err) ship_log_goes_on(d->store->ship);
    return err;
}

enum err desk_checkpoint_done(struct desk *d, void *ctx)
{
    (void)ctx;
    if (d->db) checkpoint_finish(&d->checkpoint, d->db);
    return OK;
}

void desk_between(struct desk *d, bool (*turn)(struct desk *d, void *ctx), void *ctx)
{
    ASSERT(!d->between || !turn);
    d->between = turn;
    d->between_ctx = ctx;
}

void desk_turn_until_done(struct desk *d)
{
    while (d->between && d->between(d, d->between_ctx))
        continue;
    d->between = NULL;
}

enum err desk_first_anchor(struct db *db, const char *path)
{
    struct anchor_signer signer;
    char line[ANCHOR_LINE_BYTES];
    enum err err = fact_signer(db, &signer);
    if (err) return err;
    struct audit_head head = {.epoch = 1, .hash = audit_genesis(signer.site), .at = clock_now()};
    size_t n = anchor_sign(&signer, &head, line);
    mem_wipe(&signer, sizeof signer);
    return anchor_file_make(path, line, n);
}

static enum err load(struct desk *d, char ret_why[256])
{
    int64_t epoch;
    enum err err = fact_signer(d->db, &d->store->signer);
    if (!err) err = fact_get_int(d->db, "epoch", &epoch);
    if (!err) err = audit_chain_load(&d->chain, d->db, d->store->signer.site, epoch);
    if (err) snprintf(ret_why, 256, "The audit chain cannot be read: %s.", err_text(err));
    if (!err) err = anchor_check(d, ret_why);
    return err ? err : elsewhere_check(d, ret_why);
}

/* A fresh anchor at each start: in the file that is there, so that a full disk does not bar the way. */
static enum err anchor_at_start(struct desk *d)
{
    if (anchor_file_open(&d->anchor, d->store->folder.anchor.at) != OK) return anchor_make_anew(d);
    sign(d, &d->chain.head);
    return anchor_file_write(&d->anchor, d->line, d->line_bytes);
}

static enum err renew(struct desk *d, char ret_why[256])
{
    enum err err = anchor_at_start(d);
    if (err) {
        snprintf(ret_why, 256, "The audit anchor cannot be written: %s.", err_text(err));
        return err;
    }
    struct db_log log = {.end = 0};
    err = db_log(d->db, &log);
    tally_commit(d, err, 0, 0, &log);
    return err;
}

enum err desk_new(struct store *s, struct desk **ret_desk, char ret_why[256])
{
    struct desk *d = mem_zalloc(sizeof *d);
    if (!d) return ERR_NOMEM;
    d->store = s;
    d->anchor.fd = -1;
    d->box = box_new(s->settings.queue_max > 0 ? (uint32_t)s->settings.queue_max : 1);
    enum err err = d->box ? desk_connect(d) : ERR_NOMEM;
    if (err) snprintf(ret_why, 256, "The store cannot be opened: %s.", err_text(err));
    if (!err) err = migrate_run(d->db, s->settings.migrations, clock_now(), &s->schema, ret_why);
    if (!err) err = load(d, ret_why);
    if (!err) err = renew(d, ret_why);
    if (err) {
        desk_free(d);
        return err;
    }
    *ret_desk = d;
    return OK;
}

void desk_free(struct desk *d)
{
    if (!d) return;
    ASSERT(!d->is_running);
    if (d->db) desk_disconnect(d);
    anchor_file_close(&d->anchor);
    audit_chain_done(&d->chain);
    box_free(d->box);
    mem_free(d);
}

enum err desk_start(struct desk *d)
{
    int rc = pthread_create(&d->thread, NULL, desk_main, d);
    if (rc) return err_from_errno(rc);
    d->is_running = true;
    return OK;
}

void desk_stop(struct desk *d)
{
    if (!d->is_running) return;
    box_close(d->box);
    pthread_join(d->thread, NULL);
    d->is_running = false;
}
