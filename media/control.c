#include "media/control.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "link/chan.h"
#include "media/carry.h"
#include "media/codec_link.h"
#include "media/endpoint.h"
#include "media/grab.h"
#include "media/legs.h"
#include "media/sockets.h"
#include "media/stats.h"
#include "media/tap.h"
#include "media/udp.h"
#include <sys/epoll.h>
#include <unistd.h>

enum {
    QUEUE_MAX = 1024, /* a room's worth of tracks may be told at once */
    MESSAGES_A_TURN = 32,
    PACKETS = 32768, /* of two kilobytes, touched only as they are needed */
    HANDSHAKES_MAX = 64,
    ENDPOINT_DSCP = 46 /* EF: sound */
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
    struct router *router;
    struct codec_link *codec;
    struct grabs *grabs;
    struct legs *legs;
    struct taps *taps;
    struct udp *endpoint_udp; /* NULL: this site has no room system */
    struct endpoint *endpoint;
    struct stats stats;
    struct timer stats_timer, drain_timer, turn_timer, grab_timer, legs_timer, tap_timer, endpoint_timer;
    struct loop_hook forward_hook; /* before that of the transports, which sends it */
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
                                   .rooms = router_rooms(c->router),
                                   .peers = router_peers(c->router),
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

/* What the router says. Figures may be lost to a server that is slow to read; an answer or a track that it never hears of would leave
 * it with another room than ours, so that ends us, and the room is made again. */
static void on_tell(void *owner, const struct link_msg *m)
{
    struct control *c = owner;
    if (c->state == ENDED || (m->type == LINK_QUALITY && chan_has_waiting(c->chan))) return;
    if (tell(c, m) == OK || c->state == ENDED) return;
    log_error("control", "unsaid", LOG_T("message", link_type_text(m->type)));
    end(c, false);
}

static void on_turn(struct timer *t)
{
    struct control *c = list_of(t, struct control, turn_timer);
    router_turn(c->router, clock_tick_us()); /* on_turn_end sets it again */
}

/* -- the codec child, and stills -- */

/* A still is megabytes: it waits in the child while the server has not taken what went before. */
static bool on_may_hear(void *owner)
{
    struct control *c = owner;
    return c->state != ENDED && !chan_has_waiting(c->chan);
}

static void on_codec_ask(void *owner)
{
    on_tell(owner, &(struct link_msg){.type = LINK_CODEC_ASK});
}

static void on_codec_heard(void *owner, const struct codec_msg *m)
{
    struct control *c = owner;
    if (m->type == CODEC_MIXED || m->type == CODEC_COMPOSED)
        legs_heard(c->legs, m, clock_tick_us());
    else if (taps_is_ours(m))
        taps_heard(c->taps, m, clock_tick_us());
    else
        grabs_heard(c->grabs, m, clock_tick_us());
}

static void on_codec_moved(void *owner, bool is_open)
{
    struct control *c = owner;
    (void)is_open;
    if (c->state != ENDED) grabs_moved(c->grabs, clock_tick_us());
    if (c->state != ENDED) legs_moved(c->legs, clock_tick_us());
    if (c->state != ENDED) taps_moved(c->taps, clock_tick_us());
}

static void grabs_arm(struct control *c)
{
    if (!grabs_has(c->grabs))
        wheel_clear(&c->grab_timer);
    else if (!c->grab_timer.is_set)
        loop_set(c->loop, &c->grab_timer, GRAB_TURN_MS);
}

static void on_grabs(struct timer *t)
{
    struct control *c = list_of(t, struct control, grab_timer);
    codec_link_hear(c->codec); /* what had to wait, may go meanwhile */
    if (c->state != ENDED) grabs_turn(c->grabs, clock_tick_us());
    if (c->state != ENDED) grabs_arm(c);
}

static void on_still_ask(struct control *c, const struct link_still_ask *ask)
{
    grabs_ask(c->grabs, ask, clock_tick_us());
    if (c->state != ENDED) grabs_arm(c);
}

static void legs_arm(struct control *c)
{
    if (!legs_has(c->legs))
        wheel_clear(&c->legs_timer);
    else if (!c->legs_timer.is_set)
        loop_set(c->loop, &c->legs_timer, LEGS_TURN_MS);
}

static void on_legs(struct timer *t)
{
    struct control *c = list_of(t, struct control, legs_timer);
    codec_link_hear(c->codec);
    if (c->state != ENDED) legs_turn(c->legs, clock_tick_us());
    if (c->state != ENDED) legs_arm(c);
}

static void on_leg_wish(void *owner, uint32_t peer, uint8_t why)
{
    struct control *c = owner;
    if (c->state == ENDED) return;
    legs_wish(c->legs, peer, why);
    legs_arm(c);
}

static void taps_arm(struct control *c)
{
    if (!taps_has(c->taps))
        wheel_clear(&c->tap_timer);
    else if (!c->tap_timer.is_set)
        loop_set(c->loop, &c->tap_timer, TAP_TURN_MS);
}

static void on_taps(struct timer *t)
{
    struct control *c = list_of(t, struct control, tap_timer);
    codec_link_hear(c->codec);
    if (c->state != ENDED) taps_turn(c->taps, clock_tick_us());
    if (c->state != ENDED) taps_arm(c);
}

static void on_film(struct control *c, const struct link_msg *m)
{
    if (m->type == LINK_FILM_SET)
        taps_set(c->taps, &m->film_set, clock_tick_us());
    else
        taps_end(c->taps, m->film_end.film, clock_tick_us());
    if (c->state != ENDED) taps_arm(c);
}

/* -- a room system -- */

static void on_endpoint_packet(void *owner, const struct link_address *from, const struct link_address *to,
                               struct packet *p, size_t bytes)
{
    struct control *c = owner;
    (void)to;
    if (c->endpoint && c->state != ENDED) endpoint_take(c->endpoint, from, p, bytes, clock_tick_us());
}

static void on_endpoint_send(void *owner, const struct link_address *to, uint8_t *at, size_t bytes)
{
    struct control *c = owner;
    struct wire_datagram d = {
        .to = {ICE_UDP, 0, *to}, .dscp = ENDPOINT_DSCP, .bytes = (uint16_t)bytes, .at = at};
    udp_send(c->endpoint_udp, &d, 1);
}

static void on_endpoint_turn(struct timer *t)
{
    struct control *c = list_of(t, struct control, endpoint_timer);
    endpoint_turn(c->endpoint, clock_tick_us());
    if (c->state != ENDED) loop_set(c->loop, t, ENDPOINT_TURN_MS);
}

static void on_endpoint(struct control *c, const struct link_endpoint *l)
{
    if (!c->endpoint) { /* there is none: it is gone at once */
        on_tell(c, &(struct link_msg){.type = LINK_PEER_STATE, .peer_state = {l->peer, LINK_GONE}});
        return;
    }
    endpoint_enter(c->endpoint, l, clock_tick_us());
    if (c->state == ENDED) return;
    legs_arm(c);
    if (!c->endpoint_timer.is_set) loop_set(c->loop, &c->endpoint_timer, ENDPOINT_TURN_MS);
}

static enum err endpoint_open(struct control *c)
{
    const struct link_config *config = &c->config;
    struct endpoint_settings settings = {.router = c->router,
                                         .legs = c->legs,
                                         .from = config->endpoint_from,
                                         .payload_type = config->endpoint_type,
                                         .keys = config->endpoint_keys,
                                         .send = on_endpoint_send,
                                         .owner = c};
    if (!config->endpoint.family) return OK;
    enum err err = udp_open(c->loop, &config->endpoint, config->buffer_bytes, c->packets, on_endpoint_packet,
                            c, &c->endpoint_udp);
    return err ? err : endpoint_new(&settings, &c->endpoint);
}

static void on_codec_give(struct control *c, const struct link_codec_give *give, int fd)
{
    if (codec_link_give(c->codec, give->part, fd) != OK) bye(c, LINK_BYE_BAD_MESSAGE);
}

static enum err codec_open(struct control *c)
{
    struct codec_link_settings codec = {c, on_codec_ask, on_may_hear, on_codec_heard, on_codec_moved};
    c->codec = codec_link_new(c->loop, &codec);
    struct grabs_settings grabs = {c->router, c->codec, on_tell, c};
    struct legs_settings legs = {c->router, c->codec, c->packets, on_tell, c};
    if (c->codec) c->grabs = grabs_new(&grabs);
    if (c->grabs) c->legs = legs_new(&legs);
    if (c->legs) router_wishes_to(c->router, on_leg_wish);
    struct taps_settings taps = {c->router, c->codec, on_tell, c};
    if (c->legs) c->taps = taps_new(&taps);
    return c->taps ? OK : ERR_NOMEM;
}

/* Wakes for what is due and for nothing else: an idle call costs little, and a forwarder's caches stay its own. */
static void turn_arm(struct control *c)
{
    int64_t due_ms = router_due_ms(c->router), now_ms = loop_now(c->loop).ms;
    if (due_ms == INT64_MAX) {
        wheel_clear(&c->turn_timer);
        return;
    }
    if (due_ms <= now_ms) due_ms = now_ms + 1;
    due_ms = (due_ms + ROUTER_TURN_MS - 1) / ROUTER_TURN_MS * ROUTER_TURN_MS;
    if (!c->turn_timer.is_set || c->turn_timer.at.ms != due_ms)
        loop_set(c->loop, &c->turn_timer, due_ms - now_ms);
}

static void on_turn_end(struct loop_hook *hook)
{
    struct control *c = list_of(hook, struct control, forward_hook);
    if (!c->router) return;
    router_forward(c->router);
    if (c->state != ENDED) turn_arm(c);
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
    uint8_t secret[TURN_SECRET_BYTES];
    size_t secret_bytes = 0;
    bool has_secret = str_from_base64url(config->turn_secret, secret, sizeof secret, &secret_bytes) &&
                      secret_bytes == sizeof secret;
    struct sockets_settings sockets = {.bind = config->bind,
                                       .announce = config->announce,
                                       .turn = config->turn,
                                       .workers = config->workers,
                                       .turn_secret = has_secret ? secret : NULL,
                                       .buffer_bytes = config->buffer_bytes,
                                       .peers_max = config->peers_max,
                                       .packets = c->packets};
    enum err err = sockets_open(c->loop, &sockets, &c->sockets);
    mem_wipe(secret, sizeof secret);
    c->config.turn_secret = (struct str){0}; /* it stood in the message */
    if (err) return err;
    struct transports_settings transports = {.transports_max = config->peers_max,
                                             .handshakes_max = HANDSHAKES_MAX,
                                             .packets = c->packets,
                                             .wire = sockets_wire(c->sockets)};
    err = transports_new(c->loop, &transports, &c->transports);
    if (!err) err = sockets_attach(c->sockets, c->transports);
    if (err) return err;
    struct router_settings router = {.carrier = carry_over(c->transports),
                                     .rooms_max = config->rooms_max,
                                     .peers_max = config->peers_max,
                                     .gathers = true,
                                     .tell = on_tell,
                                     .owner = c,
                                     .now_us = clock_tick_us(),
                                     .wall = clock_now()};
    c->router = router_new(&router);
    err = c->router ? codec_open(c) : ERR_NOMEM;
    if (!err) err = endpoint_open(c);
    c->config.endpoint_keys = (struct str){0}; /* they stood in the message */
    return err;
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

static void on_drain(struct control *c, const struct link_drain *drain)
{
    c->state = DRAINING;
    loop_set(c->loop, &c->drain_timer, router_rooms(c->router) > 0 ? (int64_t)drain->wait_ms : 0);
}

/* A draining worker takes no new room, and goes with the last one. */
static void on_media(struct control *c, const struct link_msg *m)
{
    if (c->state == DRAINING && m->type == LINK_ROOM_OPEN) return;
    if (!router_take(c->router, m, clock_tick_us())) {
        bye(c, LINK_BYE_BAD_MESSAGE);
        return;
    }
    if (c->state == ENDED) return;
    if (c->state == DRAINING && router_rooms(c->router) == 0) loop_set(c->loop, &c->drain_timer, 0);
}

/* fd: what came beside it, or -1; one message alone brings any. */
static void on_message(struct control *c, const struct link_msg *m, int fd)
{
    bool is_serving = c->state == SERVING || c->state == DRAINING;
    if ((m->type == LINK_CODEC_GIVE) != (fd >= 0) || (fd >= 0 && !is_serving)) {
        if (fd >= 0) close(fd);
        bye(c, LINK_BYE_BAD_MESSAGE);
    } else if (m->type == LINK_CODEC_GIVE)
        on_codec_give(c, &m->codec_give, fd);
    else if (m->type == LINK_CODEC_GONE && is_serving)
        codec_link_gone(c->codec);
    else if (m->type == LINK_STILL_ASK && is_serving)
        on_still_ask(c, &m->still_ask);
    else if ((m->type == LINK_FILM_SET || m->type == LINK_FILM_END) && is_serving)
        on_film(c, m);
    else if (m->type == LINK_ENDPOINT && is_serving)
        on_endpoint(c, &m->endpoint);
    else if (m->type == LINK_CONFIG && c->state == GREETING)
        on_config(c, &m->config);
    else if (m->type == LINK_PING && is_serving)
        on_ping(c, &m->ping);
    else if (m->type == LINK_DRAIN && (c->state == SERVING || c->state == DRAINING))
        on_drain(c, &m->drain);
    else if (m->type == LINK_CERTIFICATE && is_serving)
        on_certificate(c, &m->certificate);
    else if (m->type == LINK_ICE_ASK && is_serving)
        on_ice_ask(c, &m->ice_ask);
    else if (m->type == LINK_BYE)
        end(c, m->bye.reason == LINK_BYE_DRAINED);
    else if (is_serving)
        on_media(c, m);
    else
        bye(c, LINK_BYE_BAD_MESSAGE);
}

static void on_ready(struct watch *watch, uint32_t events)
{
    struct control *c = list_of(watch, struct control, watch);
    if (events & EPOLLOUT) flush(c);
    if (events & EPOLLOUT && c->state != ENDED && c->codec) codec_link_hear(c->codec);
    for (int i = 0; i < MESSAGES_A_TURN && c->state != ENDED; i++) {
        struct link_msg m;
        int fd = -1;
        enum err err = chan_take(c->chan, &m, &fd);
        if (err == ERR_BUSY) return;
        if (err == OK)
            on_message(c, &m, fd);
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
    timer_init(&c->turn_timer, on_turn);
    timer_init(&c->grab_timer, on_grabs);
    timer_init(&c->legs_timer, on_legs);
    timer_init(&c->tap_timer, on_taps);
    timer_init(&c->endpoint_timer, on_endpoint_turn);
    c->forward_hook.run = on_turn_end;
    loop_hook_add(loop, &c->forward_hook);
    c->chan = chan_new(settings->link_fd, LINK_SERVER, QUEUE_MAX);
    if (!c->chan) {
        loop_hook_remove(&c->forward_hook);
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
    wheel_clear(&c->turn_timer);
    wheel_clear(&c->grab_timer);
    wheel_clear(&c->legs_timer);
    wheel_clear(&c->tap_timer);
    wheel_clear(&c->endpoint_timer);
    loop_hook_remove(&c->forward_hook);
    loop_unwatch(c->loop, &c->watch);
    endpoint_free(c->endpoint);
    grabs_free(c->grabs);
    legs_free(c->legs);
    taps_free(c->taps);
    codec_link_free(c->codec);
    router_free(c->router);
    chan_free(c->chan);
    transports_free(c->transports);
    udp_close(c->endpoint_udp);
    sockets_close(c->sockets);
    pool_free(c->packets);
    stats_done(&c->stats);
    mem_free(c);
}

bool control_ended_well(const struct control *c)
{
    return c->ended_well;
}
