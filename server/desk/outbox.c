#include "desk/outbox.h"
#include "base/log.h"
#include "base/mem.h"
#include "mail/dispatch.h"
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { ARENA_MAX = 64 << 20, TURN_MS = 1000 };

struct outbox {
    struct site *site;
    struct outbox_settings settings;
    unsigned ways; /* a bit each */
    pthread_t thread;
    bool is_started;
    int stop_fd;
    _Atomic int64_t stuck, lost; /* any thread reads */
};

/* -- jobs at the desk -- */

struct errand_of {  /* one job, on the thread's stack: it waits for it */
    struct job job; /* first */
    struct outbox *o;
    enum err (*f)(struct errand_of *e, struct schedule *s);
    struct arena *arena;
    struct outbox_post post;
    int64_t number;
    struct receipt receipt;
    struct outbox_counts counts;
    bool has_more;
};

static enum err run(struct job *job, struct tx *tx)
{
    struct errand_of *e = (struct errand_of *)(void *)job;
    struct schedule s = {.tx = tx,
                         .server = {.records = e->o->site->records,
                                    .arena = e->arena,
                                    .zone_offset_min = RECORD_ZONE_OFFSET_MIN}};
    enum err err = agenda_view(e->o->site->agenda, tx, e->o->site->records, &s.view);
    if (err) return err;
    err = e->f(e, &s);
    agenda_view_free(s.view);
    return err;
}

static void done(struct job *job, enum err err)
{
    (void)job, (void)err;
}

static enum err at_desk(struct errand_of *e, struct outbox *o,
                        enum err (*f)(struct errand_of *e, struct schedule *s))
{
    e->job = (struct job){.run = run, .done = done};
    e->o = o, e->f = f;
    enum err err = store_run(o->site->store, &e->job);
    if (err && err != ERR_CLOSED) log_error("outbox", "not_written", LOG_E(err));
    return err;
}

static enum err do_recover(struct errand_of *e, struct schedule *s)
{
    return outbox_recover(s->tx, &e->receipt);
}
static enum err do_fill(struct errand_of *e, struct schedule *s)
{
    enum err err = outbox_fill(s, e->o->ways, &e->has_more);
    return err ? err : outbox_count(s->tx, &e->counts);
}
static enum err do_take(struct errand_of *e, struct schedule *s)
{
    return outbox_take(s, &e->o->settings, e->o->site->settings.zone, &e->post, &e->has_more);
}
static enum err do_settle(struct errand_of *e, struct schedule *s)
{
    return outbox_settle(s->tx, e->number, &e->receipt);
}
static enum err do_forget(struct errand_of *e, struct schedule *s)
{
    (void)e;
    return outbox_forget(s->tx);
}

/* -- the thread -- */

static bool is_stopped(struct outbox *o, int wait_ms)
{
    struct pollfd p = {o->stop_fd, POLLIN, 0};
    return poll(&p, 1, wait_ms) > 0;
}

/* What the site says of itself while its courier cannot be sent out: once in a while, not each second. */
static void settle(struct outbox *o, struct errand_of *e, enum err err)
{
    if (err) {
        log_error("outbox", "courier_not_sent", LOG_E(err));
        e->receipt = (struct receipt){.end = RECEIPT_LATER};
        snprintf(e->receipt.why, sizeof e->receipt.why, "courier");
    }
    e->number = e->post.number;
    log_info("outbox", "carried", LOG_T("way", parcel_way_text(e->post.parcel.way)),
             LOG_I("end", e->receipt.end), LOG_I("code", e->receipt.code));
    (void)at_desk(e, o, do_settle); /* else it stands as sending, and the receipt is read at the next start */
}

/* One round: what is new becomes posts, and the next one is carried. False: wait a moment. */
static bool turn(struct outbox *o, int receipts)
{
    struct errand_of e = {.arena = arena_new(ARENA_MAX)};
    bool has_more = false, is_out = false;
    if (!e.arena) return false;
    if (at_desk(&e, o, do_fill) == OK) {
        has_more = e.has_more;
        atomic_store(&o->stuck, e.counts.stuck);
        atomic_store(&o->lost, e.counts.lost);
        enum err err = at_desk(&e, o, do_take);
        has_more |= !err && e.has_more;
        is_out = !err && e.post.number != 0;
    }
    if (is_out) {
        enum err err = dispatch(o->settings.program, receipts, o->stop_fd, &e.post.parcel, &e.receipt);
        if (err != ERR_CLOSED) settle(o, &e, err);
    }
    arena_free(e.arena);
    return has_more;
}

static void *work(void *arg)
{
    struct outbox *o = arg;
    struct errand_of e = {0};
    int receipts = -1;
    enum err err;
    /* The one before may still be out: its receipt is waited for. */
    while ((err = receipt_open(o->settings.receipts, 0, &receipts)) != OK && !is_stopped(o, TURN_MS / 4))
        if (err != ERR_BUSY) log_error("outbox", "no_receipts", LOG_E(err));
    if (err) return NULL;
    err = receipt_read(receipts, &e.receipt);
    if (!err) err = at_desk(&e, o, do_recover);
    if (err) log_error("outbox", "not_recovered", LOG_E(err));
    while (!err && !is_stopped(o, 0))
        if (!turn(o, receipts) && is_stopped(o, TURN_MS)) break;
    close(receipts);
    return NULL;
}

/* -- beginning and ending -- */

struct outbox *outbox_new(struct site *site, struct outbox_settings *settings)
{
    struct outbox *o = mem_zalloc(sizeof *o);
    if (!o) return NULL;
    o->site = site;
    o->settings = *settings;
    mem_wipe(settings, sizeof *settings);
    o->stop_fd = eventfd(0, EFD_CLOEXEC);
    for (int i = 0; i < PARCEL_WAYS; i++)
        if (o->settings.ways[i].url[0]) o->ways |= 1u << i;
    if (o->stop_fd >= 0) return o;
    outbox_free(o);
    return NULL;
}

struct outbox_counts outbox_counts(struct outbox *o)
{
    return (struct outbox_counts){atomic_load(&o->stuck), atomic_load(&o->lost)};
}

enum err outbox_start(struct outbox *o)
{
    struct errand_of e = {0};
    if (o->ways == 0) return at_desk(&e, o, do_forget);
    if (pthread_create(&o->thread, NULL, work, o) != 0) return ERR_NOMEM;
    o->is_started = true;
    return OK;
}

void outbox_stop(struct outbox *o)
{
    if (!o || !o->is_started) return;
    uint64_t one = 1;
    if (write(o->stop_fd, &one, sizeof one) < 0) log_error("outbox", "not_stopped");
    pthread_join(o->thread, NULL);
    o->is_started = false;
}

void outbox_free(struct outbox *o)
{
    if (!o) return;
    outbox_stop(o);
    if (o->stop_fd >= 0) close(o->stop_fd);
    for (int i = 0; i < PARCEL_WAYS; i++)
        mem_free(o->settings.ways[i].trust);
    mem_wipe_free(o, sizeof *o);
}
