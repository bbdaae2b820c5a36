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

/* One place for a courier, with its receipt file.
 *
 *   shut -> free   its file is ours, and what the one before left is settled
 *   free -> out    a courier is out
 *   out  -> back   it has ended; its receipt is not settled yet
 *   back -> free   settled; only now may the next one write into the file */
enum lane_state { LANE_SHUT, LANE_FREE, LANE_OUT, LANE_BACK };
struct lane {
    enum lane_state state;
    int receipts; /* -1: another still has it */
    int64_t number;
    struct outbox_post post; /* taken and not yet sent out; its parcel lies in the turn's arena */
    struct dispatch courier;
    struct receipt receipt;
};

struct outbox {
    struct site *site;
    struct outbox_settings settings;
    unsigned ways; /* a bit each */
    struct lane lanes[OUTBOX_LANES];
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
    int lane;
    struct outbox_counts counts;
    bool has_more;
};

static enum err run(struct job *job, struct tx *tx)
{
    struct errand_of *e = (struct errand_of *)(void *)job;
    struct schedule s = {.tx = tx, .server = {.records = e->o->site->records, .arena = e->arena}};
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
    return outbox_recover(s->tx, e->lane, &e->o->lanes[e->lane].receipt);
}
static enum err do_settle(struct errand_of *e, struct schedule *s)
{
    return outbox_settle(s->tx, e->o->lanes[e->lane].number, &e->o->lanes[e->lane].receipt);
}
static enum err do_forget(struct errand_of *e, struct schedule *s)
{
    (void)e;
    return outbox_forget(s->tx);
}

/* What is new becomes posts, and each lane that is free takes one. */
static enum err do_take(struct errand_of *e, struct schedule *s)
{
    struct outbox *o = e->o;
    enum err err = outbox_fill(s, o->ways, &e->has_more);
    for (int i = 0; i < OUTBOX_LANES && !err; i++) {
        struct lane *l = &o->lanes[i];
        bool has_more = true;
        l->post.number = 0;
        while (l->state == LANE_FREE && !err && has_more && !l->post.number)
            err = outbox_take(s, &o->settings, o->site->settings.zone, i, &l->post, &has_more);
    }
    return err ? err : outbox_count(s->tx, &e->counts);
}

/* -- lanes -- */

/* The one before may still be out in it: its receipt is waited for, by this lane alone. */
static void lane_open(struct outbox *o, int i)
{
    struct lane *l = &o->lanes[i];
    struct errand_of e = {.lane = i};
    char path[sizeof o->settings.receipts + 8];
    snprintf(path, sizeof path, i ? "%s.%d" : "%s", o->settings.receipts, i);
    enum err err = l->receipts < 0 ? receipt_open(path, 0, &l->receipts) : OK;
    if (err == ERR_BUSY) return;
    if (!err) err = receipt_read(l->receipts, &l->receipt);
    if (!err) err = at_desk(&e, o, do_recover);
    if (!err)
        l->state = LANE_FREE;
    else if (err != ERR_CLOSED)
        log_error("outbox", "not_recovered", LOG_E(err));
}

/* What the site says of itself while its courier cannot be sent out: once in a while, not each second. */
static void lane_failed(struct lane *l, enum err err)
{
    log_error("outbox", "courier_not_sent", LOG_E(err));
    l->receipt = (struct receipt){.end = RECEIPT_LATER};
    snprintf(l->receipt.why, sizeof l->receipt.why, "courier");
    l->state = LANE_BACK;
}

static void lane_send(struct outbox *o, struct lane *l)
{
    l->number = l->post.number;
    l->post.number = 0;
    enum err err = dispatch_begin(o->settings.program, l->receipts, &l->post.parcel, &l->courier);
    if (err)
        lane_failed(l, err);
    else
        l->state = LANE_OUT;
}

static void lane_take_back(struct lane *l, int i)
{
    enum err err = dispatch_end(&l->courier, l->receipts, &l->receipt);
    /* What cannot be read may have arrived. */
    if (err) l->receipt = (struct receipt){.end = RECEIPT_ENDING};
    log_info("outbox", "carried", LOG_T("way", parcel_way_text((enum parcel_way)(i / OUTBOX_LANES_EACH))),
             LOG_I("end", l->receipt.end), LOG_I("code", l->receipt.code));
    l->state = LANE_BACK;
}

/* Not settled, it stands as sending and the lane stays shut to others: again at the next turn, or at the next start. */
static void lane_settle(struct outbox *o, int i)
{
    struct errand_of e = {.lane = i};
    if (at_desk(&e, o, do_settle) == OK) o->lanes[i].state = LANE_FREE;
}

static void take_back(struct outbox *o)
{
    struct pollfd p;
    for (int i = 0; i < OUTBOX_LANES; i++) {
        struct lane *l = &o->lanes[i];
        p = (struct pollfd){l->courier.fd, POLLIN, 0};
        if (l->state == LANE_OUT && (poll(&p, 1, 0) > 0 || clock_tick().ms >= l->courier.end.ms))
            lane_take_back(l, i);
        if (l->state == LANE_BACK) lane_settle(o, i);
    }
}

/* -- the thread -- */

/* Until a courier has ended, we are to end, or the time is over. True: we are to end. */
static bool wait_for(struct outbox *o, bool stops, int64_t wait_ms)
{
    struct pollfd p[1 + OUTBOX_LANES] = {{stops ? o->stop_fd : -1, POLLIN, 0}};
    nfds_t n = 1;
    for (int i = 0; i < OUTBOX_LANES; i++)
        if (o->lanes[i].state == LANE_OUT) p[n++] = (struct pollfd){o->lanes[i].courier.fd, POLLIN, 0};
    return poll(p, n, (int)(wait_ms > 0 ? wait_ms : 0)) > 0 && p[0].revents;
}

/* One round; false: nothing more to do just now. */
static bool turn(struct outbox *o)
{
    struct errand_of e = {.arena = arena_new(ARENA_MAX)};
    if (!e.arena) return false;
    for (int i = 0; i < OUTBOX_LANES; i++)
        if (o->lanes[i].state == LANE_SHUT) lane_open(o, i);
    take_back(o);
    if (at_desk(&e, o, do_take) == OK) {
        atomic_store(&o->stuck, e.counts.stuck);
        atomic_store(&o->lost, e.counts.lost);
        for (int i = 0; i < OUTBOX_LANES; i++)
            if (o->lanes[i].post.number) lane_send(o, &o->lanes[i]);
    }
    arena_free(e.arena);
    return e.has_more;
}

/* A moment for those that are out, so that they need not be left alone. */
static void end(struct outbox *o)
{
    struct tick last = {clock_tick().ms + DISPATCH_LAST_MS};
    bool is_out = true;
    while (is_out && clock_tick().ms < last.ms) {
        take_back(o);
        is_out = false;
        for (int i = 0; i < OUTBOX_LANES; i++)
            is_out |= o->lanes[i].state == LANE_OUT;
        if (is_out) (void)wait_for(o, false, last.ms - clock_tick().ms);
    }
    for (int i = 0; i < OUTBOX_LANES; i++) {
        if (o->lanes[i].state == LANE_OUT) dispatch_leave(&o->lanes[i].courier);
        if (o->lanes[i].receipts >= 0) close(o->lanes[i].receipts);
        o->lanes[i] = (struct lane){.receipts = -1};
    }
}

static void *work(void *arg)
{
    struct outbox *o = arg;
    bool has_more = true;
    while (!wait_for(o, true, has_more ? 0 : TURN_MS))
        has_more = turn(o);
    end(o);
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
    for (int i = 0; i < OUTBOX_LANES; i++)
        o->lanes[i].receipts = -1;
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
