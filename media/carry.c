#include "media/carry.h"
#include "base/clock.h"

static uint8_t *reserve(void *transport)
{
    return transport_reserve(transport);
}

static enum err send_packet(void *transport, bool is_video, size_t header_bytes, size_t prefix_bytes,
                            const uint8_t *body, size_t body_bytes)
{
    return transport_send(transport, is_video ? TRANSPORT_VIDEO : TRANSPORT_AUDIO, header_bytes, prefix_bytes,
                          body, body_bytes);
}

static enum err send_rtcp(void *transport, const uint8_t *at, size_t bytes)
{
    return transport_send_rtcp(transport, at, bytes);
}

static void together(void *transport, unsigned packets)
{
    transport_together(transport, packets);
}

static void on_rtp(void *owner, struct packet *p)
{
    peer_packet(owner, p);
}

static void on_rtcp(void *owner, const uint8_t *at, size_t bytes, int64_t arrived_us)
{
    peer_rtcp(owner, at, bytes, arrived_us);
}

static void on_state(void *owner, enum transport_state state)
{
    static const enum link_peer_state told[] = {[TRANSPORT_CONNECTING] = LINK_CONNECTING,
                                                [TRANSPORT_CONNECTED] = LINK_CONNECTED,
                                                [TRANSPORT_INTERRUPTED] = LINK_INTERRUPTED,
                                                [TRANSPORT_GONE] = LINK_GONE};
    router_state(owner, told[state], clock_tick_us());
}

static enum err open_one(void *context, struct peer *peer, void **ret_transport)
{
    static const struct transport_events events = {on_rtp, on_rtcp, on_state};
    struct transport *t = NULL;
    enum err err = transport_new(context, &events, peer, &t);
    if (err == OK) *ret_transport = t;
    return err;
}

static void close_one(void *transport)
{
    transport_free(transport);
}

static struct str ufrag(void *transport)
{
    return transport_ufrag(transport);
}

static struct str password(void *transport)
{
    return transport_password(transport);
}

static enum err begin(void *transport, enum dtls_role role, enum dtls_profiles profiles,
                      const uint8_t fingerprint[DTLS_FINGERPRINT_BYTES])
{
    return transport_begin(transport, role, profiles, fingerprint);
}

static enum err restart(void *transport)
{
    return transport_restart(transport);
}

static void fingerprint(void *context, uint8_t ret_fingerprint[DTLS_FINGERPRINT_BYTES])
{
    transports_fingerprint(context, ret_fingerprint);
}

static unsigned candidates(void *context, struct sdp_candidate *ret_candidates, unsigned max)
{
    struct sdp_candidate all[TRANSPORT_CANDIDATES_MAX];
    unsigned n = transports_candidates(context, all);
    if (n > max) n = max;
    for (unsigned i = 0; i < n; i++)
        ret_candidates[i] = all[i];
    return n;
}

struct carrier carry_over(struct transports *ts)
{
    return (struct carrier){.context = ts,
                            .outlet = {reserve, send_packet, send_rtcp, together},
                            .open = open_one,
                            .close = close_one,
                            .ufrag = ufrag,
                            .password = password,
                            .begin = begin,
                            .restart = restart,
                            .fingerprint = fingerprint,
                            .candidates = candidates};
}
