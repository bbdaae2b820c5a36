#include "store/reader.h"
#include "base/mem.h"
#include "store/desk.h"
#include <sys/prctl.h>

enum { READ_BATCH_MAX = 16, READ_BATCH_US = 1000, IDLE_MS = 2000 };

struct reader {
    struct readers *all;
    pthread_t thread;
    struct db *db;
};

struct readers {
    struct store *store;
    struct box *box;
    int count, running;
    struct reader at[];
};

enum err readers_new(struct store *s, struct readers **ret_readers)
{
    ASSERT(s->settings.readers > 0 && s->settings.readers <= 256);
    size_t n = (size_t)s->settings.readers;
    struct readers *r = mem_zalloc(sizeof *r + n * sizeof r->at[0]);
    if (!r) return ERR_NOMEM;
    r->store = s;
    r->count = s->settings.readers;
    for (size_t i = 0; i < n; i++)
        r->at[i].all = r;
    r->box = box_new(s->settings.queue_max > 0 ? (uint32_t)s->settings.queue_max : 1);
    if (!r->box) {
        mem_free(r);
        return ERR_NOMEM;
    }
    *ret_readers = r;
    return OK;
}

void readers_free(struct readers *r)
{
    if (!r) return;
    ASSERT(r->running == 0);
    readers_disconnect(r);
    box_free(r->box);
    mem_free(r);
}

void readers_disconnect(struct readers *r)
{
    for (int i = 0; i < r->count; i++) {
        db_close(r->at[i].db);
        r->at[i].db = NULL;
    }
}

/* Runs jobs of the list in one transaction until it ends or has lasted long enough: a commit since the last one makes SQLite forget all
 * pages that the connection holds, so that several answers share what is read again. Whoever waits was posted before it begins, and
 * sees all that was committed before. *rest is the first job not run. */
static enum err run_some(struct db *db, struct job *first, struct job **rest)
{
    struct tx tx = {.db = db, .now = clock_now(), .may_write = false};
    int64_t until = clock_tick_us() + READ_BATCH_US;
    struct job *job = first;
    enum err err = db_begin(db);
    if (err) { /* nobody ran: all of them are refused */
        *rest = NULL;
        return err;
    }
    do {
        job->err = job->run(job, &tx);
        job = (struct job *)job->item.next;
    } while (job && clock_tick_us() < until);
    db_rollback(db);
    *rest = job;
    return OK;
}

static void finish(struct store *s, struct job *job, enum err err)
{
    atomic_fetch_sub(&s->reads, 1);
    job->done(job, err);
}

/* The answer of a read with a trace goes with the desk's commit. store_read bounds how many are on their way, so
 * the desk's box takes them all. */
static void pass_on(struct store *s, struct job *job)
{
    job->way = JOB_TRACE;
    if (!s->settings.threads) {
        job->item.next = NULL;
        desk_do(s->desk, job);
    } else if (desk_post_always(s->desk, job) != OK) {
        finish(s, job, ERR_CLOSED);
    }
}

static void answer_some(struct store *s, struct job *first, const struct job *rest, enum err err)
{
    for (struct job *job = first, *next; job != rest; job = next) {
        next = (struct job *)job->item.next;
        if (!err && job->audit)
            pass_on(s, job);
        else
            finish(s, job, err ? err : job->err);
    }
}

static enum err connect_one(struct store *s, struct db **db)
{
    enum err err = store_connect(s, DB_READ, db);
    return err ? err : db_share_pages(*db);
}

void reader_do(struct store *s, struct db **db, struct job *first)
{
    for (struct job *rest; first; first = rest) {
        rest = NULL;
        pthread_rwlock_rdlock(&s->gate);
        enum err err = *db ? OK : connect_one(s, db);
        if (!err) err = run_some(*db, first, &rest);
        pthread_rwlock_unlock(&s->gate);
        answer_some(s, first, rest, err);
    }
}

/* A fair part of what waits. A connection that nobody asked for a while gives its pages back, which wipes them: among them may be
 * some whose content was deleted since (rule 31). */
static struct job *take(struct reader *me)
{
    struct readers *r = me->all;
    struct box_item *list = box_take(r->box, 1, IDLE_MS);
    if (!list) {
        pthread_rwlock_rdlock(&r->store->gate);
        if (me->db) db_forget_pages(me->db);
        pthread_rwlock_unlock(&r->store->gate);
        list = box_take(r->box, 1, -1);
    }
    uint32_t more = box_count(r->box) / (uint32_t)r->count;
    if (more > READ_BATCH_MAX - 1) more = READ_BATCH_MAX - 1;
    if (list && more) list->next = box_take(r->box, more, 0);
    return (struct job *)list;
}

static void *reader_main(void *ctx)
{
    struct reader *me = ctx;
    struct store *s = me->all->store;
    store_thread_is_ours();
    (void)prctl(PR_SET_NAME, "reader");
    for (struct job *first; (first = take(me)) != NULL;) {
        if (store_gave_up(s))
            answer_some(s, first, NULL, ERR_CLOSED);
        else
            reader_do(s, &me->db, first);
    }
    return NULL;
}

enum err readers_start(struct readers *r)
{
    for (int i = 0; i < r->count; i++) {
        int rc = pthread_create(&r->at[i].thread, NULL, reader_main, &r->at[i]);
        if (rc) return err_from_errno(rc);
        r->running++;
    }
    return OK;
}

void readers_stop(struct readers *r)
{
    if (!r) return;
    box_close(r->box);
    while (r->running > 0)
        pthread_join(r->at[--r->running].thread, NULL);
}

enum err readers_post(struct readers *r, struct job *job)
{
    return box_put(r->box, &job->item);
}

uint32_t readers_count(const struct readers *r)
{
    return box_count(r->box);
}
