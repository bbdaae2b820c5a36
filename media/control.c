#include "media/control.h"
#include "base/log.h"
#include "base/mem.h"
#include "link/chan.h"
#include "media/sockets.h"
#include "media/stats.h"
#include <sys/epoll.h>
#include <unistd.h>

enum {
    QUEUE_MAX = 64,
    MESSAGES_A_TURN = 32,
    PACKETS = 32768, /* of two kilobytes, touched only as they are needed */
    HANDSHAKES_MAX = 64,
};

enum state { GREETING, SERVING, DRAINING, ENDED };

struct control {
    struct loop *loop;
    struct control_settings settings;
    struct chan *chan;
    struct watch watch;
    enum state state;
    bool ended_well;
    struct link_config config;
    struct pool *packets;
    struct sockets *sockets;
    struct transports *transports;
    struct stats stats;
    struct timer stats_timer, drain_timer;
};

static void end(struct control *c, bool is_well)
{
    c->state = ENDED;
    c->ended_well = is_well;
    loop_stop(c->loop);
}

static void flush(struct control *c)
{
    enum err err = chan_flush(c->chan);
    if (err == OK)
        err = loop_watch_change(c->loop, &c->watch, EPOLLIN | (chan_has_waiting(c->chan) ? EPOLLOUT : 0u));
    if (err != OK && c->state != ENDED) {
        log_error("control", "link_failed", LOG_E(err));
        end(c, err == ERR_CLOSED);
    }
}

static enum err tell(struct control *c, const struct link_msg *m)
{
    enum err err = chan_send(c->chan, m, -1);
    flush(c);
    return err;
}

/* The last word; the server reads it, or is gone. */
static void bye(struct control *c, enum link_reason reason)
{
    if (c->state == ENDED) return;
    struct link_msg m = {.type = LINK_BYE, .bye = {(uint16_t)reason}};
    if (reason != LINK_BYE_DRAINED)
        log_error("control", "bye", LOG_T("reason", link_reason_text((uint16_t)reason)));
    if (tell(c, &m) != OK) log_warn("control", "bye_unsent", LOG_U("reason", reason));
    end(c, reason == LINK_BYE_DRAINED);
}

static void on_stats(struct timer *t)
{
    struct control *c = list_of(t, struct control, stats_timer);
    struct sockets_counts n = sockets_counts(c->sockets);
    struct transports_counts refused = transports_counts(c->transports);
    struct link_msg m = {.type = LINK_STATS,
                         .stats = {.rss_bytes = stats_rss_bytes(&c->stats),
                                   .cpu_ms = stats_cpu_ms(),
                                   .packets_in = n.packets_in,
                                   .packets_out = n.packets_out,
                                   .bytes_in = n.bytes_in,
                                   .bytes_out = n.bytes_out,
                                   .packets_dropped = n.packets_dropped + refused.dropped_unknown +
                                                      refused.dropped_bad + refused.dropped_late}};
    /* A server that does not read loses figures, nothing else. */
    if (!chan_has_waiting(c->chan) && tell(c, &m) != OK && c->state != ENDED)
        log_warn("control", "stats_unsent");
    if (c->state != ENDED) loop_set(c->loop, t, c->config.stats_ms);
}

static void on_drained(struct timer *t)
{
    bye(list_of(t, struct control, drain_timer), LINK_BYE_DRAINED);
}

static enum link_reason reason_of_bind(enum err err)
{
    switch ((int)err) {
    case ERR_EXISTS:
        return LINK_BYE_PORT_TAKEN;
    case ERR_NOT_FOUND:
    case ERR_DENIED:
        return LINK_BYE_ADDRESS_ABSENT;
    default:
        return LINK_BYE_INTERNAL;
    }
}

/* Everything that takes rights which the sandbox then takes away. */
static enum err media_open(struct control *c)
{
    const struct link_config *config = &c->config;
    c->packets = packet_pool_new(PACKETS);
    if (!c->packets) return ERR_NOMEM;
    struct sockets_settings sockets = {.bind = config->bind,
                                       .announce = config->announce,
                                       .turn = config->turn,
                                       .buffer_bytes = config->buffer_bytes,
                                       .peers_max = config->peers_max,
                                       .packets = c->packets};
    enum err err = sockets_open(c->loop, &sockets, &c->sockets);
    if (err) return err;
    struct transports_settings transports = {.transports_max = config->peers_max,
                                             .handshakes_max = HANDSHAKES_MAX,
                                             .packets = c->packets,
                                             .wire = sockets_wire(c->sockets)};
    err = transports_new(c->loop, &transports, &c->transports);
    return err ? err : sockets_attach(c->sockets, c->transports);
}

static void on_config(struct control *c, const struct link_config *config)
{
    struct sandbox_state sandbox = {0};
    if (config->index != c->settings.index) {
        bye(c, LINK_BYE_BAD_MESSAGE);
        return;
    }
    c->config = *config;
    enum err err = media_open(c);
    if (err != OK) {
        bye(c, reason_of_bind(err));
        return;
    }
    stats_init(&c->stats);
    if (c->settings.enter_sandbox && c->settings.enter_sandbox(&sandbox) != OK) {
        bye(c, LINK_BYE_SANDBOX);
        return;
    }
    struct link_msg ready = {.type = LINK_READY,
                             .ready = {sockets_bound(c->sockets), sandbox.no_new_privileges, sandbox.seccomp,
                                       (uint8_t)sandbox.landlock_abi}};
    c->state = SERVING;
    if (tell(c, &ready) != OK) {
        end(c, false);
        return;
    }
    loop_set(c->loop, &c->stats_timer, config->stats_ms);
}

static void on_ping(struct control *c, const struct link_ping *ping)
{
    struct link_msg pong = {.type = LINK_PONG, .pong = *ping};
    if (tell(c, &pong) == ERR_BUSY) log_warn("control", "pong_unsent");
}

static void on_certificate(struct control *c, const struct link_certificate *m)
{
    enum err err = sockets_certificate(c->sockets, m->chain, m->key);
    if (err) log_error("control", "certificate_refused", LOG_E(err));
}

static void on_ice_ask(struct control *c, const struct link_ice_ask *ask)
{
    char username[TURN_USERNAME_BYTES_MAX + 1] = "", password[TURN_PASSWORD_BYTES_MAX + 1] = "";
    struct link_msg m = {.type = LINK_ICE_GRANT, .ice_grant = {.request = ask->request}};
    if (sockets_turn_grant(c->sockets, ask->lifetime_s, username, password) == OK) {
        m.ice_grant.username = str_of(username);
        m.ice_grant.password = str_of(password);
    }
    if (tell(c, &m) == ERR_BUSY) log_warn("control", "grant_unsent");
    mem_wipe(password, sizeof password);
}

/* There is no room yet whose end would have to be awaited. */
static void on_drain(struct control *c)
{
    c->state = DRAINING;
    loop_set(c->loop, &c->drain_timer, 0);
}

static void on_message(struct control *c, const struct link_msg *m)
{
    bool is_serving = c->state == SERVING || c->state == DRAINING;
    if (m->type == LINK_CONFIG && c->state == GREETING)
        on_config(c, &m->config);
    else if (m->type == LINK_PING && is_serving)
        on_ping(c, &m->ping);
    else if (m->type == LINK_DRAIN && (c->state == SERVING || c->state == DRAINING))
        on_drain(c);
    else if (m->type == LINK_CERTIFICATE && is_serving)
        on_certificate(c, &m->certificate);
    else if (m->type == LINK_ICE_ASK && is_serving)
        on_ice_ask(c, &m->ice_ask);
    else if (m->type == LINK_BYE)
        end(c, m->bye.reason == LINK_BYE_DRAINED);
    else
        bye(c, LINK_BYE_BAD_MESSAGE);
}

static void on_ready(struct watch *watch, uint32_t events)
{
    struct control *c = list_of(watch, struct control, watch);
    if (events & EPOLLOUT) flush(c);
    for (int i = 0; i < MESSAGES_A_TURN && c->state != ENDED; i++) {
        struct link_msg m;
        enum err err = chan_take(c->chan, &m, NULL);
        if (err == ERR_BUSY) return;
        if (err == OK)
            on_message(c, &m);
        else if (err == ERR_UNSUPPORTED)
            bye(c, LINK_BYE_VERSION);
        else if (err == ERR_BAD_INPUT)
            bye(c, LINK_BYE_BAD_MESSAGE);
        else
            end(c, err == ERR_CLOSED);
    }
}

struct control *control_new(struct loop *loop, const struct control_settings *settings)
{
    struct control *c = mem_zalloc(sizeof *c);
    if (!c) {
        close(settings->link_fd);
        return NULL;
    }
    c->loop = loop;
    c->settings = *settings;
    c->stats.statm_fd = -1;
    c->watch = (struct watch){settings->link_fd, EPOLLIN, on_ready};
    timer_init(&c->stats_timer, on_stats);
    timer_init(&c->drain_timer, on_drained);
    c->chan = chan_new(settings->link_fd, LINK_SERVER, QUEUE_MAX);
    if (!c->chan) {
        mem_free(c);
        return NULL;
    }
    struct link_msg hello = {
        .type = LINK_HELLO,
        .hello = {LINK_VERSION, settings->index, (uint32_t)getpid(), (uint8_t)sandbox_landlock_abi()}};
    if (loop_watch(loop, &c->watch) != OK || tell(c, &hello) != OK) {
        control_free(c);
        return NULL;
    }
    return c;
}

void control_free(struct control *c)
{
    if (!c) return;
    wheel_clear(&c->stats_timer);
    wheel_clear(&c->drain_timer);
    loop_unwatch(c->loop, &c->watch);
    chan_free(c->chan);
    transports_free(c->transports);
    sockets_close(c->sockets);
    pool_free(c->packets);
    stats_done(&c->stats);
    mem_free(c);
}

bool control_ended_well(const struct control *c)
{
    return c->ended_well;
}
