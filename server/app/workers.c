#include "app/workers.h"
#include "app/workers_own.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rnd.h"
#include <errno.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    QUEUE_MAX = 4096,
    OUT_MAX = 16384,      /* parcels of all workers */
    MESSAGES_A_STEP = 64, /* of one worker: a talkative one does not keep the others waiting */
    LEAVE_MS = 1000,      /* from a worker's BYE to its exit */
    TURN_SECRET_BYTES = 32,
    REAP_MS = 20, /* between looks at a killed process without a pidfd */
};

static uint32_t otherwise(uint32_t n, uint32_t usual)
{
    return n ? n : usual;
}

static void settings_complete(struct workers_settings *s)
{
    ASSERT(s->count > 0 && s->count <= WORKERS_MAX);
    ASSERT(s->media.family != 0 && s->media.port + s->count - 1 <= UINT16_MAX);
    ASSERT(s->announce.port == 0 || s->announce.port + s->count - 1 <= UINT16_MAX);
    s->start_ms = otherwise(s->start_ms, 5000);
    s->ping_ms = otherwise(s->ping_ms, 1000);
    s->pong_ms = otherwise(s->pong_ms, 3000);
    s->backoff_ms = otherwise(s->backoff_ms, 200);
    s->backoff_max_ms = otherwise(s->backoff_max_ms, 10000);
    s->life_ms = otherwise(s->life_ms, 60000);
}

struct workers *workers_new(const struct workers_settings *settings, const struct workers_spawner *spawner)
{
    struct workers *w = mem_zalloc(sizeof *w);
    if (!w) return NULL;
    w->settings = *settings;
    w->spawner = *spawner;
    rnd_token("", TURN_SECRET_BYTES, w->turn_secret);
    settings_complete(&w->settings);
    w->out = box_new(OUT_MAX);
    w->wake_fd = w->out ? eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) : -1;
    if (w->wake_fd < 0) {
        if (w->out) box_free(w->out);
        mem_free(w);
        return NULL;
    }
    pthread_mutex_init(&w->lock, NULL);
    for (int i = 0; i < w->settings.count; i++) {
        w->each[i] = (struct worker){
            .index = i, .phase = PHASE_OFF, .exit_fd = -1, .since = clock_now(), .codec = {.exit_fd = -1}};
        worker_publish(w, &w->each[i]);
    }
    return w;
}

/* -- one worker: how it moves -- */

static void phase_set(struct worker *k, enum worker_phase phase, struct tick now, int64_t deadline_ms)
{
    static const bool reachable[PHASES][PHASES] = {
        [PHASE_OFF] = {[PHASE_GREETING] = true, [PHASE_OFF] = true},
        [PHASE_GREETING] =
            {[PHASE_CONFIGURED] = true, [PHASE_LEAVING] = true, [PHASE_DYING] = true, [PHASE_OFF] = true},
        [PHASE_CONFIGURED] =
            {[PHASE_UP] = true, [PHASE_LEAVING] = true, [PHASE_DYING] = true, [PHASE_OFF] = true},
        [PHASE_UP] =
            {[PHASE_DRAINING] = true, [PHASE_LEAVING] = true, [PHASE_DYING] = true, [PHASE_OFF] = true},
        [PHASE_DRAINING] = {[PHASE_LEAVING] = true, [PHASE_DYING] = true, [PHASE_OFF] = true},
        [PHASE_LEAVING] = {[PHASE_DYING] = true, [PHASE_OFF] = true},
        [PHASE_DYING] = {[PHASE_OFF] = true},
    };
    ASSERT(reachable[k->phase][phase]);
    k->phase = phase;
    k->deadline = (struct tick){now.ms + deadline_ms};
    k->since = clock_now();
}

static void tell_moved(struct workers *w, struct worker *k, bool is_up)
{
    if (k->is_told_up == is_up) return;
    k->is_told_up = is_up;
    if (w->settings.moved) w->settings.moved(w->settings.ctx, k->index, is_up);
}

static void link_close(struct worker *k)
{
    chan_free(k->chan);
    k->chan = NULL;
}

/* Its process has lost our trust, or our patience. */
static void worker_kill(struct workers *w, struct worker *k, struct tick now, const char *why)
{
    if (k->phase == PHASE_DYING) return;
    k->why = why;
    link_close(k);
    tell_moved(w, k, false);
    w->spawner.kill(w->spawner.context, k->pid);
    phase_set(k, PHASE_DYING, now, REAP_MS);
}

static void exit_text(const struct worker *k, int status, char *ret_text, size_t bytes)
{
    bool is_signal = WIFSIGNALED(status);
    snprintf(ret_text, bytes, "%s %d%s%s", is_signal ? "signal" : "exit",
             is_signal ? WTERMSIG(status) : WEXITSTATUS(status), k->why ? ", " : "", k->why ? k->why : "");
}

/* At once the first time; then doubled, each a quarter more or less, so that workers that fell together do
 * not rise together. */
int64_t worker_backoff_ms(const struct workers *w, int *deaths)
{
    int64_t wait_ms = w->settings.backoff_ms, most = w->settings.backoff_max_ms;
    if (*deaths < INT32_MAX) ++*deaths;
    if (*deaths == 1) return 0;
    for (int i = 2; i < *deaths && wait_ms < most; i++)
        wait_ms *= 2;
    if (wait_ms > most) wait_ms = most;
    wait_ms = wait_ms * (750 + (int64_t)rnd_below(501)) / 1000;
    return wait_ms > most ? most : wait_ms;
}

static void worker_forget_process(struct worker *k)
{
    link_close(k);
    if (k->exit_fd >= 0) close(k->exit_fd);
    k->exit_fd = -1;
    k->pid = 0;
    k->stats = (struct link_stats){0};
    k->ready = (struct link_ready){0};
}

static void worker_rest(struct workers *w, struct worker *k, struct tick now)
{
    tell_moved(w, k, false);
    int64_t wait_ms = k->is_restarting ? 0 : worker_backoff_ms(w, &k->deaths);
    k->is_restarting = false;
    phase_set(k, PHASE_OFF, now, wait_ms);
    if (!w->is_draining)
        log_info("workers", "backoff", LOG_I("index", k->index), LOG_I("wait_ms", wait_ms),
                 LOG_I("deaths", k->deaths));
}

static void worker_ended(struct workers *w, struct worker *k, struct tick now, int status)
{
    exit_text(k, status, k->last_exit, sizeof k->last_exit);
    bool is_as_asked = w->is_draining && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    log_at(is_as_asked ? LOG_INFO : LOG_WARN, "workers", "ended", LOG_I("index", k->index),
           LOG_I("pid", k->pid), LOG_T("how", k->last_exit));
    if (k->was_up && now.ms - k->up_at.ms >= w->settings.life_ms) k->deaths = 0;
    worker_forget_process(k);
    worker_rest(w, k, now);
}

static bool worker_reap(struct workers *w, struct worker *k, struct tick now)
{
    int status;
    if (!w->spawner.reap(w->spawner.context, k->pid, &status)) return false;
    worker_ended(w, k, now, status);
    return true;
}

static void worker_spawn(struct workers *w, struct worker *k, struct tick now)
{
    struct worker_process p = {0, -1, -1};
    k->why = NULL;
    k->bye = 0;
    k->was_up = false;
    enum err err = w->spawner.spawn(w->spawner.context, k->index, &p);
    if (err != OK) {
        snprintf(k->last_exit, sizeof k->last_exit, "not started: %s", err_text(err));
        log_error("workers", "not_started", LOG_I("index", k->index), LOG_E(err));
        worker_rest(w, k, now);
        return;
    }
    k->pid = p.pid;
    k->exit_fd = p.exit_fd;
    if (k->has_started) {
        k->restarts++;
        metric_add(&workers_metric_restarts, 1);
    }
    k->has_started = true;
    phase_set(k, PHASE_GREETING, now, w->settings.start_ms);
    k->chan = chan_new(p.link_fd, LINK_WORKER, QUEUE_MAX);
    if (!k->chan) worker_kill(w, k, now, "out of memory");
}

/* -- one worker: what it says -- */

static void worker_send(struct workers *w, struct worker *k, struct tick now, const struct link_msg *m)
{
    enum err err = chan_send(k->chan, m, -1);
    if (err == OK || err == ERR_BUSY) return; /* one that does not read misses its PONG and falls over that */
    if (err != ERR_CLOSED) log_warn("workers", "send_failed", LOG_I("index", k->index), LOG_E(err));
    worker_kill(w, k, now, "link failed");
}

static struct link_config worker_config(const struct workers *w, const struct worker *k)
{
    struct link_config c = {.version = LINK_VERSION,
                            .index = (uint16_t)k->index,
                            .bind = w->settings.media,
                            .announce = w->settings.announce,
                            .workers = (uint16_t)w->settings.count,
                            .rooms_max = w->settings.rooms_max,
                            .peers_max = w->settings.peers_max,
                            .buffer_bytes = w->settings.buffer_bytes,
                            .stats_ms = w->settings.ping_ms};
    if (c.bind.port) c.bind.port = (uint16_t)(c.bind.port + k->index);
    /* One door for all: hospitals let nothing out but 443. */
    if (k->index == 0 && w->settings.turn.family) {
        c.turn = w->settings.turn;
        c.turn_secret = str_of(w->turn_secret);
    }
    c.endpoint = w->settings.endpoint;
    c.endpoint_from = w->settings.endpoint_from;
    c.endpoint_type = w->settings.endpoint_type;
    if (w->settings.has_endpoint_keys)
        c.endpoint_keys =
            (struct str){(const char *)w->settings.endpoint_keys, sizeof w->settings.endpoint_keys};
    if (c.announce.port) c.announce.port = (uint16_t)(c.announce.port + k->index);
    return c;
}

static bool on_hello(struct workers *w, struct worker *k, struct tick now, const struct link_hello *hello)
{
    if (k->phase != PHASE_GREETING || hello->index != k->index || hello->pid != (uint32_t)k->pid)
        return false;
    struct link_msg m = {.type = LINK_CONFIG, .config = worker_config(w, k)};
    k->phase = PHASE_CONFIGURED; /* the deadline stays: it is for the whole handshake */
    worker_send(w, k, now, &m);
    return true;
}

static bool on_ready(struct workers *w, struct worker *k, struct tick now, const struct link_ready *ready)
{
    struct link_address asked = worker_config(w, k).bind;
    if (k->phase != PHASE_CONFIGURED) return false;
    if (asked.port == 0) asked.port = ready->bound.port;
    if (!link_address_is_same(&asked, &ready->bound)) return false;
    k->ready = *ready;
    k->was_up = true;
    k->up_at = now;
    k->is_waiting = false;
    k->pinged = k->ponged = (struct tick){now.ms - w->settings.ping_ms};
    phase_set(k, PHASE_UP, now, 0);
    log_info("workers", "up", LOG_I("index", k->index), LOG_I("pid", k->pid),
             LOG_U("port", ready->bound.port), LOG_I("seccomp", ready->seccomp),
             LOG_I("landlock", ready->landlock));
    if (!ready->seccomp || !ready->no_new_privileges || ready->landlock == 0)
        log_warn("workers", "sandbox_partial", LOG_I("index", k->index), LOG_I("seccomp", ready->seccomp),
                 LOG_I("landlock", ready->landlock));
    tell_moved(w, k, true);
    return true;
}

/* A PONG answers a PING that went out and has not been answered, or is made up. */
static bool on_pong(struct worker *k, const struct link_ping *pong)
{
    int64_t ms = (int64_t)pong->tick_ms;
    if (!k->is_waiting || ms <= k->ponged.ms || ms > k->pinged.ms) return false;
    k->ponged = (struct tick){ms};
    k->is_waiting = ms != k->pinged.ms;
    k->waiting_since = k->pinged;
    return true;
}

static bool on_stats(struct worker *k, const struct link_stats *stats)
{
    const struct link_stats *old = &k->stats;
    if (k->phase != PHASE_UP && k->phase != PHASE_DRAINING) return false;
    if (stats->packets_in < old->packets_in || stats->packets_out < old->packets_out ||
        stats->bytes_in < old->bytes_in || stats->bytes_out < old->bytes_out ||
        stats->packets_dropped < old->packets_dropped)
        return false; /* counts do not run backwards */
    workers_count_media(old, stats);
    k->stats = *stats;
    return true;
}

static bool on_bye(struct worker *k, struct tick now, const struct link_bye *bye)
{
    if (k->phase == PHASE_LEAVING) return false;
    k->bye = bye->reason;
    k->why = bye->reason == LINK_BYE_DRAINED ? NULL : link_reason_text(bye->reason);
    phase_set(k, PHASE_LEAVING, now, LEAVE_MS);
    return true;
}

/* What it says of rooms, in a phase in which it has any. */
static bool on_rooms(struct workers *w, struct worker *k, const struct link_msg *m)
{
    if (k->phase != PHASE_UP && k->phase != PHASE_DRAINING) return false;
    if (w->settings.heard) w->settings.heard(w->settings.ctx, k->index, m);
    return true;
}

static bool on_message(struct workers *w, struct worker *k, struct tick now, const struct link_msg *m)
{
    switch ((int)m->type) {
    case LINK_HELLO:
        return on_hello(w, k, now, &m->hello);
    case LINK_READY:
        return on_ready(w, k, now, &m->ready);
    case LINK_PONG:
        return on_pong(k, &m->pong);
    case LINK_STATS:
        return on_stats(k, &m->stats);
    case LINK_BYE:
        return on_bye(k, now, &m->bye);
    case LINK_CODEC_ASK:
        codec_asked(w, k, now);
        return true;
    default:
        return on_rooms(w, k, m); /* link_msg_decode lets nothing through that is not a worker's */
    }
}

static void on_link_error(struct workers *w, struct worker *k, struct tick now, enum err err)
{
    if (err == ERR_UNSUPPORTED) {
        struct link_msg m = {.type = LINK_BYE, .bye = {LINK_BYE_VERSION}};
        if (chan_send(k->chan, &m, -1) != OK) log_debug("workers", "bye_unsent"); /* a courtesy only */
        worker_kill(w, k, now, "other version");
    } else if (err == ERR_BAD_INPUT) {
        log_error("workers", "bad_message", LOG_I("index", k->index), LOG_I("pid", k->pid));
        worker_kill(w, k, now, "bad message");
    } else if (k->phase == PHASE_LEAVING) {
        link_close(k); /* as announced; the exit is awaited until the deadline */
    } else {
        worker_kill(w, k, now, k->why); /* the end of the link is the end of the worker */
    }
}

static void worker_read(struct workers *w, struct worker *k, struct tick now)
{
    for (int i = 0; i < MESSAGES_A_STEP && k->chan; i++) {
        struct link_msg m;
        enum err err = chan_take(k->chan, &m, NULL);
        if (err == ERR_BUSY) break;
        if (err == OK && !on_message(w, k, now, &m)) err = ERR_BAD_INPUT;
        if (err != OK) on_link_error(w, k, now, err);
    }
    enum err err = k->chan ? chan_flush(k->chan) : OK;
    if (err != OK) on_link_error(w, k, now, err);
}

/* -- time -- */

static void worker_ping(struct workers *w, struct worker *k, struct tick now)
{
    struct link_msg m = {.type = LINK_PING, .ping = {(uint64_t)now.ms}};
    k->pinged = now;
    if (!k->is_waiting) k->waiting_since = now;
    k->is_waiting = true;
    worker_send(w, k, now, &m);
}

static void worker_watch_pulse(struct workers *w, struct worker *k, struct tick now)
{
    if (k->is_waiting && now.ms - k->waiting_since.ms >= w->settings.pong_ms)
        worker_kill(w, k, now, "no pong");
    else if (now.ms - k->pinged.ms >= w->settings.ping_ms)
        worker_ping(w, k, now);
}

static void worker_time(struct workers *w, struct worker *k, struct tick now)
{
    bool is_late = now.ms >= k->deadline.ms;
    switch (k->phase) {
    case PHASE_OFF:
        if (is_late && !w->is_draining) worker_spawn(w, k, now);
        break;
    case PHASE_GREETING:
    case PHASE_CONFIGURED:
        if (is_late) worker_kill(w, k, now, "no answer at start");
        break;
    case PHASE_UP:
        worker_watch_pulse(w, k, now);
        break;
    case PHASE_DRAINING:
        if (is_late) worker_kill(w, k, now, "drained too slowly");
        break;
    case PHASE_LEAVING:
        if (is_late) worker_kill(w, k, now, k->why);
        break;
    case PHASE_DYING:
        k->deadline = (struct tick){now.ms + REAP_MS};
        break;
    case PHASES:
        ASSERT(k->phase != PHASES);
    }
}

static void worker_restart_if_asked(struct workers *w, struct worker *k, struct tick now)
{
    if (!atomic_exchange(&w->restart_asked[k->index], false) || w->is_draining) return;
    if (k->pid)
        worker_kill(w, k, now, "restart asked for");
    else
        k->deadline = now;
    k->is_restarting = k->pid != 0;
}

/* A room that missed a word would be another there than here: a worker that does not take it is ended, and its rooms move. */
static void send_parcel(struct workers *w, struct parcel *p, struct tick now)
{
    static struct link_msg m; /* the owner's */
    struct worker *k = &w->each[p->worker];
    if (k->phase == PHASE_UP || k->phase == PHASE_DRAINING) {
        parcel_open(p, &m);
        enum err err = chan_send(k->chan, &m, -1);
        if (err) {
            log_warn("workers", "send_failed", LOG_I("index", k->index), LOG_E(err));
            worker_kill(w, k, now, "link failed");
        }
    }
    parcel_free(p);
}

static void send_parcels(struct workers *w, struct tick now)
{
    for (struct box_item *next, *i = box_take(w->out, OUT_MAX, 0); i; i = next) {
        next = i->next;
        send_parcel(w, (struct parcel *)(void *)i, now);
    }
}

void workers_step(struct workers *w, struct tick now)
{
    uint64_t wakes;
    while (read(w->wake_fd, &wakes, sizeof wakes) == (ssize_t)sizeof wakes) {
    }
    send_parcels(w, now);
    for (int i = 0; i < w->settings.count; i++) {
        struct worker *k = &w->each[i];
        worker_read(w, k, now);
        if (k->pid) (void)worker_reap(w, k, now);
        codec_step(w, k, now);
        worker_restart_if_asked(w, k, now);
        worker_time(w, k, now);
        worker_publish(w, k);
    }
    workers_publish_gauges(w);
}

static int64_t worker_own_due_ms(const struct workers *w, const struct worker *k)
{
    if (k->phase == PHASE_OFF) return w->is_draining ? INT64_MAX : k->deadline.ms;
    if (k->phase == PHASE_DYING) return k->exit_fd < 0 ? k->deadline.ms : INT64_MAX;
    if (k->phase != PHASE_UP) return k->deadline.ms;
    int64_t ping = k->pinged.ms + w->settings.ping_ms;
    int64_t pong = k->is_waiting ? k->waiting_since.ms + w->settings.pong_ms : INT64_MAX;
    return ping < pong ? ping : pong;
}

static int64_t worker_due_ms(const struct workers *w, const struct worker *k)
{
    int64_t own = worker_own_due_ms(w, k), codec = codec_due_ms(k);
    return own < codec ? own : codec;
}

int workers_wait_ms(const struct workers *w, struct tick now)
{
    int64_t due = INT64_MAX;
    for (int i = 0; i < w->settings.count; i++) {
        int64_t one = worker_due_ms(w, &w->each[i]);
        if (one < due) due = one;
    }
    if (due == INT64_MAX) return -1;
    if (due <= now.ms) return 0;
    return due - now.ms > INT32_MAX ? INT32_MAX : (int)(due - now.ms);
}

int workers_fds(const struct workers *w, struct pollfd ret_fds[WORKERS_FDS_MAX])
{
    int n = 0;
    ret_fds[n++] = (struct pollfd){w->wake_fd, POLLIN, 0};
    for (int i = 0; i < w->settings.count; i++) {
        const struct worker *k = &w->each[i];
        short events = k->chan && chan_has_waiting(k->chan) ? POLLIN | POLLOUT : POLLIN;
        if (k->chan) ret_fds[n++] = (struct pollfd){chan_fd(k->chan), events, 0};
        if (k->exit_fd >= 0) ret_fds[n++] = (struct pollfd){k->exit_fd, POLLIN, 0};
        if (k->codec.exit_fd >= 0) ret_fds[n++] = (struct pollfd){k->codec.exit_fd, POLLIN, 0};
    }
    return n;
}

static void worker_drain(struct workers *w, struct worker *k, struct tick now, uint32_t wait_ms)
{
    struct link_msg m = {.type = LINK_DRAIN, .drain = {wait_ms}};
    if (k->phase == PHASE_UP) {
        phase_set(k, PHASE_DRAINING, now, wait_ms);
        worker_send(w, k, now, &m);
    } else if (k->phase == PHASE_GREETING || k->phase == PHASE_CONFIGURED) {
        worker_kill(w, k, now, "going down"); /* nothing of it is in use */
    }
    worker_publish(w, k);
}

void workers_drain(struct workers *w, struct tick now, uint32_t wait_ms)
{
    if (w->is_draining) return;
    w->is_draining = true;
    for (int i = 0; i < w->settings.count; i++)
        worker_drain(w, &w->each[i], now, wait_ms);
}

bool workers_are_gone(const struct workers *w)
{
    if (!w->is_draining) return false;
    for (int i = 0; i < w->settings.count; i++)
        if (w->each[i].pid || w->each[i].codec.pid) return false;
    return true;
}

static void process_end(const struct workers *w, pid_t pid, int exit_fd)
{
    struct pollfd ended = {exit_fd, POLLIN, 0};
    int status;
    if (pid) w->spawner.kill(w->spawner.context, pid);
    while (pid && !w->spawner.reap(w->spawner.context, pid, &status))
        (void)poll(&ended, 1, REAP_MS);
}

void workers_free(struct workers *w)
{
    if (!w) return;
    for (int i = 0; i < w->settings.count; i++) {
        struct worker *k = &w->each[i];
        process_end(w, k->pid, k->exit_fd);
        process_end(w, k->codec.pid, k->codec.exit_fd);
        if (k->codec.exit_fd >= 0) close(k->codec.exit_fd);
        worker_forget_process(k);
    }
    for (struct box_item *next, *i = box_take(w->out, OUT_MAX, 0); i; i = next) {
        next = i->next;
        parcel_free((struct parcel *)(void *)i);
    }
    box_free(w->out);
    close(w->wake_fd);
    pthread_mutex_destroy(&w->lock);
    mem_free(w);
}

static bool wake(struct workers *w)
{
    static const uint64_t one = 1;
    return write(w->wake_fd, &one, sizeof one) == (ssize_t)sizeof one || errno == EAGAIN;
}

void workers_send(struct workers *w, int index, const struct link_msg *m)
{
    ASSERT(index >= 0 && index < w->settings.count);
    struct parcel *p = parcel_new(index, LINK_SERVER, m);
    if (p && box_put(w->out, &p->item) == OK) {
        (void)wake(w);
        return;
    }
    parcel_free(p);
    log_error("workers", "message_lost", LOG_I("index", index), LOG_T("type", link_type_text(m->type)));
    (void)workers_restart(w, index); /* it knows less than it should */
}

bool workers_restart(struct workers *w, int index)
{
    if (index < 0 || index >= w->settings.count || w->is_draining) return false;
    atomic_store(&w->restart_asked[index], true);
    return wake(w);
}
