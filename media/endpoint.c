#include "media/endpoint.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "media/srtp.h"

enum {
    DATAGRAM_BYTES_MAX = 1500,
    BODY_BYTES_MAX = 1200,
    SSRCS_MAX = 8,           /* of the device, at a time */
    FIRST_SEQ_MOST = 1 << 15 /* RFC 3711 §3.3.1 */
};

struct endpoint {
    struct endpoint_settings settings;
    struct srtp_in *in; /* NULL: in clear */
    struct srtp_out *out;
    uint32_t peer;          /* 0: in no room */
    struct link_address at; /* where it is; family 0: it was not heard of yet */
    int64_t heard_us;
    uint32_t ssrc; /* ours */
    uint16_t seq;
    bool was_silent; /* the next packet begins anew */
    struct endpoint_counts counts;
};

/* -- a peer's outlet: reports go nowhere -- */

static uint8_t *no_room(void *transport)
{
    (void)transport;
    return NULL;
}
static enum err no_send(void *transport, bool is_video, size_t header_bytes, size_t prefix_bytes,
                        const uint8_t *body, size_t body_bytes)
{
    (void)transport, (void)is_video, (void)header_bytes, (void)prefix_bytes, (void)body, (void)body_bytes;
    return ERR_CLOSED;
}
static enum err no_rtcp(void *transport, const uint8_t *at, size_t bytes)
{
    (void)transport, (void)at, (void)bytes;
    return ERR_CLOSED;
}
static void nothing_together(void *transport, unsigned packets)
{
    (void)transport, (void)packets;
}
static const struct outlet outlet = {no_room, no_send, no_rtcp, nothing_together};

/* -- making -- */

static enum err keys_take(struct endpoint *e, struct str keys)
{
    struct srtp_keys in, out;
    const uint8_t *at = (const uint8_t *)keys.at;
    if (keys.bytes == 0) return OK;
    if (keys.bytes != 2 * ENDPOINT_KEY_BYTES) return ERR_BAD_INPUT;
    enum err err = srtp_keys_derive(SRTP_PROFILE_CM_SHA1_80, at, ENDPOINT_KEY_BYTES, &in);
    if (!err)
        err = srtp_keys_derive(SRTP_PROFILE_CM_SHA1_80, at + ENDPOINT_KEY_BYTES, ENDPOINT_KEY_BYTES, &out);
    if (!err) err = srtp_in_new(&in, SSRCS_MAX, &e->in);
    if (!err) err = srtp_out_new(&out, 1, &e->out);
    mem_wipe(&in, sizeof in);
    mem_wipe(&out, sizeof out);
    return err;
}

enum err endpoint_new(const struct endpoint_settings *settings, struct endpoint **ret_endpoint)
{
    struct endpoint *e = mem_zalloc(sizeof *e);
    if (!e) return ERR_NOMEM;
    e->settings = *settings;
    e->settings.keys = (struct str){0}; /* the caller's */
    e->ssrc = (uint32_t)rnd_below(UINT32_MAX - 1) + 1;
    e->seq = (uint16_t)rnd_below(FIRST_SEQ_MOST);
    e->was_silent = true;
    if (settings->from.port) e->at = settings->from;
    enum err err = keys_take(e, settings->keys);
    if (err) {
        endpoint_free(e);
        return err;
    }
    *ret_endpoint = e;
    return OK;
}

void endpoint_free(struct endpoint *e)
{
    if (!e) return;
    srtp_in_free(e->in);
    srtp_out_free(e->out);
    mem_free(e);
}

/* -- what it hears -- */

/* 20 ms of the mix. */
static void on_mixed(void *owner, const struct codec_msg *m)
{
    struct endpoint *e = owner;
    uint8_t at[DATAGRAM_BYTES_MAX];
    if (!e->at.family || m->body_bytes == 0 || m->body_bytes > BODY_BYTES_MAX) {
        e->was_silent = true;
        return;
    }
    struct rtp_head h = {.is_marked = e->was_silent,
                         .payload_type = e->settings.payload_type,
                         .seq = e->seq++,
                         .timestamp = m->stamp,
                         .ssrc = e->ssrc};
    size_t head = rtp_write(&h, false, at, RTP_HEADER_BYTES_MAX), bytes = head + m->body_bytes;
    e->was_silent = false;
    if (e->out) {
        if (srtp_out_rtp(e->out, at, sizeof at, head, 0, m->body, m->body_bytes, &bytes) != OK) return;
    } else {
        memcpy(at + head, m->body, m->body_bytes);
    }
    e->counts.packets_out++;
    e->settings.send(e->settings.owner, &e->at, at, bytes);
}

/* -- rooms -- */

void endpoint_enter(struct endpoint *e, const struct link_endpoint *l, int64_t now_us)
{
    struct peer *before = e->peer ? router_peer(e->settings.router, e->peer) : NULL;
    if (before) router_state(before, LINK_GONE, now_us);
    e->peer = 0;
    struct peer *p = router_endpoint(e->settings.router, l, &outlet, e->settings.payload_type);
    if (!p) {
        router_tell(e->settings.router,
                    &(struct link_msg){.type = LINK_PEER_STATE, .peer_state = {l->peer, LINK_GONE}});
        return;
    }
    e->peer = p->id;
    e->heard_us = now_us;
    legs_feed_to(e->settings.legs, p->id, on_mixed, e);
}

void endpoint_turn(struct endpoint *e, int64_t now_us)
{
    struct peer *p = e->peer ? router_peer(e->settings.router, e->peer) : NULL;
    if (!p) e->peer = 0;
    if (p && p->state == LINK_CONNECTED && now_us - e->heard_us > ENDPOINT_QUIET_MS * 1000ll)
        router_state(p, LINK_INTERRUPTED, now_us);
}

/* -- what it says -- */

static bool is_its(const struct endpoint *e, const struct link_address *from, int64_t now_us)
{
    const struct link_address *its = &e->settings.from;
    struct link_address a = *from, b = *its;
    a.port = b.port = 0;
    if (!link_address_is_same(&a, &b)) return false;
    if (its->port) return its->port == from->port;
    bool is_quiet = !e->at.family || now_us - e->heard_us > ENDPOINT_QUIET_MS * 1000ll;
    return e->in || is_quiet || e->at.port == from->port;
}

static bool is_rtp(const uint8_t *at, size_t bytes)
{
    bool is_rtcp = bytes > 1 && at[1] >= 192 && at[1] <= 223; /* RFC 5761 §4 */
    return bytes >= RTP_HEADER_BYTES && at[0] >> 6 == 2 && !is_rtcp;
}

void endpoint_take(struct endpoint *e, const struct link_address *from, struct packet *p, size_t bytes,
                   int64_t now_us)
{
    uint8_t *at = packet_data(p);
    struct peer *peer = e->peer ? router_peer(e->settings.router, e->peer) : NULL;
    if (!is_its(e, from, now_us) || !is_rtp(at, bytes) ||
        (e->in ? srtp_in_rtp(e->in, at, bytes, &p->rtp) : rtp_parse(at, bytes, &p->rtp)) != OK) {
        e->counts.refused++;
        return;
    }
    e->at = *from;
    e->heard_us = now_us;
    if (!peer) return; /* nobody has called it */
    e->counts.packets_in++;
    p->arrived_us = now_us;
    p->arrived = (struct tick){now_us / 1000};
    if (peer->state != LINK_CONNECTED) router_state(peer, LINK_CONNECTED, now_us);
    peer_packet(peer, p);
}

struct endpoint_counts endpoint_counts(const struct endpoint *e)
{
    return e->counts;
}
