#include "store/reader.h"
#include "base/mem.h"
#include "store/desk.h"
#include <sys/prctl.h>

enum { READ_BATCH_MAX = 16, READ_BATCH_US = 1000, IDLE_MS = 2000 };
/* A snapshot with jobs to do, and without; how often is looked whether it may be kept. */
enum { KEEP_US = 1000000, KEEP_IDLE_US = 50000, LOOK_MS = 3 };

/* Every traced answer is a commit, and SQLite forgets all pages of a connection once another has committed. But when only traces were
 * committed, nothing that a job apart from the trail (struct job) reads has changed: such jobs go on with the snapshot there is. */
struct reader {
    struct readers *all; /* NULL: without a thread */
    pthread_t thread;
    struct db *db;
    bool is_kept;       /* its snapshot is open */
    int64_t renewals;   /* of the store, as the snapshot was taken */
    int64_t kept_until; /* clock_tick_us */
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
        r->at[i].is_kept = false;
    }
}

/* -- the snapshot -- */

static void let_go(struct reader *me)
{
    if (me->is_kept) db_rollback(me->db);
    me->is_kept = false;
}

static bool are_apart(const struct job *first)
{
    for (; first; first = (const struct job *)first->item.next)
        if (!first->is_apart) return false;
    return true;
}

static bool is_good(const struct reader *me, struct store *s)
{
    return me->is_kept && me->renewals == atomic_load(&s->renewals) && clock_tick_us() < me->kept_until &&
           db_in_transaction(me->db);
}

/* Whoever waits was posted before this: what was answered before then had raised the count by then. The count is read before the
 * snapshot is taken, so that what comes between counts as new. */
static enum err renew(struct reader *me, struct store *s, bool is_apart)
{
    int64_t renewals = atomic_load(&s->renewals);
    if (is_apart && is_good(me, s)) return OK;
    let_go(me);
    enum err err = db_begin(me->db);
    if (err) return err;
    me->is_kept = true;
    me->renewals = renewals;
    me->kept_until = clock_tick_us() + KEEP_US;
    return OK;
}

/* What fails before any job has run is never what one of them asked: SQLite's plain "error" (a transaction that a rollback without memory
 * left open, say) would be told as a bad request. */
static enum err own(enum err err)
{
    return err == ERR_BAD_INPUT || err == ERR_NOT_FOUND || err == ERR_EXISTS || err == ERR_DENIED ? ERR_IO
                                                                                                  : err;
}

/* Runs jobs of the list in one transaction until it ends or has lasted long enough, so that several answers share what is read. *rest is
 * the first job not run. */
static enum err run_some(struct reader *me, struct store *s, struct job *first, struct job **rest)
{
    bool is_apart = are_apart(first);
    struct tx tx = {.db = me->db, .now = clock_now(), .may_write = false, .misses_traces = is_apart};
    int64_t until = clock_tick_us() + READ_BATCH_US;
    struct job *job = first;
    enum err err = renew(me, s, is_apart);
    if (err) { /* nobody ran: all of them are refused */
        *rest = NULL;
        return err;
    }
    do {
        job->err = job->run(job, &tx);
        job = (struct job *)job->item.next;
    } while (job && clock_tick_us() < until);
    if (!me->all) let_go(me);
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

static void forget(struct reader *me)
{
    db_close(me->db);
    me->db = NULL;
    me->is_kept = false;
}

static void do_some(struct reader *me, struct store *s, struct job *first)
{
    for (struct job *rest; first; first = rest) {
        rest = NULL;
        pthread_rwlock_rdlock(&s->gate);
        enum err err = me->db ? OK : connect_one(s, &me->db);
        if (!err) err = run_some(me, s, first, &rest);
        if (err) forget(me); /* the next comes to a new connection */
        pthread_rwlock_unlock(&s->gate);
        answer_some(s, first, rest, own(err));
    }
}

void reader_do(struct store *s, struct db **db, struct job *first)
{
    struct reader me = {.db = *db};
    do_some(&me, s, first);
    *db = me.db;
}

/* Nobody asks at the moment: the log may have to begin anew. Nobody asked for a while: the connection gives its pages back, which wipes
 * them, as among them may be some whose content was deleted since (rule 31). */
static void rest(struct reader *me, bool is_long)
{
    pthread_rwlock_rdlock(&me->all->store->gate);
    let_go(me);
    if (me->db && is_long) db_forget_pages(me->db);
    pthread_rwlock_unlock(&me->all->store->gate);
}

/* Under the gate: a rotation closes the connections of readers that wait. */
static bool may_keep(struct reader *me)
{
    struct store *s = me->all->store;
    pthread_rwlock_rdlock(&s->gate);
    bool is = is_good(me, s);
    pthread_rwlock_unlock(&s->gate);
    return is;
}

static struct box_item *wait_for_one(struct reader *me)
{
    struct box *box = me->all->box;
    struct box_item *list = NULL;
    int64_t until = clock_tick_us() + KEEP_IDLE_US;
    while (!list && may_keep(me) && clock_tick_us() < until)
        list = box_take(box, 1, LOOK_MS);
    if (list) return list;
    rest(me, false);
    list = box_take(box, 1, IDLE_MS);
    if (list) return list;
    rest(me, true);
    return box_take(box, 1, -1);
}

/* A fair part of what waits. */
static struct job *take(struct reader *me)
{
    struct readers *r = me->all;
    struct box_item *list = wait_for_one(me);
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
            do_some(me, s, first);
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
