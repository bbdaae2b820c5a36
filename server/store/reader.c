#include "store/reader.h"
#include "base/mem.h"
#include "store/desk.h"

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

static enum err run(struct db *db, struct job *job)
{
    struct tx tx = {.db = db, .now = clock_now(), .may_write = false};
    enum err err = db_begin(db);
    if (err) return err;
    job->err = job->run(job, &tx);
    db_rollback(db);
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

void reader_do(struct store *s, struct db **db, struct job *job)
{
    pthread_rwlock_rdlock(&s->gate);
    enum err err = *db ? OK : store_connect(s, DB_READ, db);
    if (!err) err = run(*db, job);
    pthread_rwlock_unlock(&s->gate);
    if (!err && job->audit)
        pass_on(s, job);
    else
        finish(s, job, err ? err : job->err);
}

static void *reader_main(void *ctx)
{
    struct reader *me = ctx;
    struct store *s = me->all->store;
    struct box_item *item;
    store_thread_is_ours();
    while ((item = box_take(me->all->box, 1, -1)) != NULL) {
        struct job *job = (struct job *)item;
        if (store_gave_up(s))
            finish(s, job, ERR_CLOSED);
        else
            reader_do(s, &me->db, job);
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
