#include "tests/lab/stage.h"
#include <stdarg.h>
#include <stdio.h>

struct stage stage;
bool stage_gathers;

/* -- the carrier -- */

static uint8_t *reserve(void *transport)
{
    struct stage_transport *t = transport;
    return t->is_connected ? t->room : NULL;
}

static void sent(struct stage_transport *t, bool is_rtcp, bool is_video, size_t bytes)
{
    const struct stage_sent s = {t->id, is_rtcp, is_video, t->room, bytes, stage.now_us};
    if (is_rtcp)
        t->sent_rtcp++;
    else
        t->sent++;
    if (stage.on_sent) stage.on_sent(&s);
}

static enum err send_packet(void *transport, bool is_video, size_t header_bytes, size_t prefix_bytes,
                            const uint8_t *body, size_t body_bytes)
{
    struct stage_transport *t = transport;
    ASSERT(t->is_connected);
    size_t head = header_bytes + prefix_bytes;
    ASSERT(header_bytes >= RTP_HEADER_BYTES && head <= OUTLET_HEAD_BYTES_MAX);
    if (t->is_clogged || head + body_bytes > RTP_BYTES_MAX) return ERR_LIMIT;
    if (body_bytes) memcpy(t->room + head, body, body_bytes);
    sent(t, false, is_video, head + body_bytes);
    return OK;
}

static enum err send_rtcp(void *transport, const uint8_t *at, size_t bytes)
{
    struct stage_transport *t = transport;
    if (!t->is_connected) return ERR_CLOSED;
    ASSERT(bytes <= RTCP_BYTES_MAX && rtcp_parse(at, bytes) == OK);
    memcpy(t->room, at, bytes);
    sent(t, true, false, bytes);
    return OK;
}

static void credentials(struct stage_transport *t)
{
    snprintf(t->ufrag, sizeof t->ufrag, "u%03u%04u", t->id % 1000, t->restarts % 10000);
    snprintf(t->password, sizeof t->password, "passwordpasswo%05u%05u", t->id % 100000, t->restarts % 100000);
}

static enum err open_one(void *context, struct peer *peer, void **ret_transport)
{
    (void)context;
    if (stage.refuses_transports) return ERR_NOMEM;
    for (int i = 0; i < STAGE_TRANSPORTS; i++) {
        struct stage_transport *t = &stage.transports[i];
        if (t->id) continue;
        *t = (struct stage_transport){.peer = peer, .id = peer->id};
        credentials(t);
        *ret_transport = t;
        return OK;
    }
    return ERR_LIMIT;
}

static void close_one(void *transport)
{
    struct stage_transport *t = transport;
    ASSERT(t->id != 0);
    t->id = 0;
}

static struct str ufrag(void *transport)
{
    return str_of(((struct stage_transport *)transport)->ufrag);
}
static struct str password(void *transport)
{
    return str_of(((struct stage_transport *)transport)->password);
}

static enum err begin(void *transport, enum dtls_role role, enum dtls_profiles profiles,
                      const uint8_t fingerprint[DTLS_FINGERPRINT_BYTES])
{
    struct stage_transport *t = transport;
    (void)profiles;
    if (t->begins && (t->role != role || memcmp(t->fingerprint, fingerprint, sizeof t->fingerprint) != 0))
        return ERR_UNSUPPORTED;
    t->begins++;
    t->role = role;
    memcpy(t->fingerprint, fingerprint, sizeof t->fingerprint);
    return OK;
}

static enum err restart(void *transport)
{
    struct stage_transport *t = transport;
    if (stage.refuses_restarts) return ERR_NOMEM;
    t->restarts++;
    credentials(t);
    return OK;
}

static void fingerprint(void *context, uint8_t ret_fingerprint[DTLS_FINGERPRINT_BYTES])
{
    (void)context;
    memset(ret_fingerprint, 0xfb, DTLS_FINGERPRINT_BYTES);
}

static unsigned candidates(void *context, struct sdp_candidate *ret_candidates, unsigned max)
{
    (void)context;
    ASSERT(max > 0);
    ret_candidates[0] = (struct sdp_candidate){
        .foundation = STR("1"), .component = 1, .priority = 2130706431, .address = {4, {192, 0, 2, 1}, 8443}};
    return 1;
}

/* -- the server -- */

static void told(void *owner, const struct link_msg *m)
{
    (void)owner;
    if (m->type == LINK_PEER_ANSWER) {
        const struct link_answer *a = &m->peer_answer;
        stage.status = a->status;
        snprintf(stage.answer, sizeof stage.answer, "%.*s", (int)a->sdp.bytes, a->sdp.at ? a->sdp.at : "");
        snprintf(stage.why, sizeof stage.why, "%.*s", (int)a->why.bytes, a->why.at ? a->why.at : "");
    }
    unsigned n = stage.told_count++;
    if (n >= STAGE_TOLD_MAX) return;
    stage.told[n] = *m;
    if (m->type == LINK_TRACK_ADDED) {
        struct str *mid = &stage.told[n].track_added.mid;
        ASSERT(mid->bytes <= sizeof stage.mids[n]);
        if (mid->bytes) memcpy(stage.mids[n], mid->at, mid->bytes);
        mid->at = stage.mids[n];
    }
}

void stage_forget(void)
{
    stage.told_count = 0;
}

const struct link_msg *stage_told(enum link_type type, unsigned n)
{
    unsigned kept = stage.told_count < STAGE_TOLD_MAX ? stage.told_count : STAGE_TOLD_MAX;
    for (unsigned i = 0; i < kept; i++)
        if (stage.told[i].type == type && n-- == 0) return &stage.told[i];
    return NULL;
}

static void together(void *transport, unsigned packets)
{
    (void)transport, (void)packets;
}

enum err stage_open(uint32_t packets)
{
    memset(&stage, 0, sizeof stage);
    stage.now_us = 1000000000;
    stage.packet_count = packets;
    stage.packets = packet_pool_new(packets);
    if (!stage.packets) return ERR_NOMEM;
    const struct router_settings settings = {
        .carrier = {.outlet = {reserve, send_packet, send_rtcp, together},
                    .open = open_one,
                    .close = close_one,
                    .ufrag = ufrag,
                    .password = password,
                    .begin = begin,
                    .restart = restart,
                    .fingerprint = fingerprint,
                    .candidates = candidates},
        .rooms_max = 8,
        .peers_max = STAGE_TRANSPORTS,
        .gathers = stage_gathers,
        .tell = told,
        .now_us = stage.now_us,
        .wall = {1767225600000},
    };
    stage.router = router_new(&settings);
    if (!stage.router) return ERR_NOMEM;
    stage_take(&(struct link_msg){.type = LINK_ROOM_OPEN, .room_open = {1}});
    return router_rooms(stage.router) == 1 ? OK : ERR_NOMEM;
}

void stage_close(void)
{
    router_free(stage.router);
    stage.router = NULL;
    for (int i = 0; i < STAGE_TRANSPORTS; i++)
        ASSERT(stage.transports[i].id == 0);
    if (stage.packets) ASSERT(pool_left(stage.packets) == stage.packet_count);
    if (stage.packets) pool_free(stage.packets);
    stage.packets = NULL;
}

void stage_take(const struct link_msg *m)
{
    ASSERT(router_take(stage.router, m, stage.now_us));
}

uint8_t stage_offer(uint32_t peer, uint32_t participant, enum link_peer_kind kind, const char *sdp,
                    const struct link_binds *binds)
{
    static struct link_msg m;
    m = (struct link_msg){.type = LINK_PEER_OFFER};
    m.peer_offer = (struct link_offer){.room = 1,
                                       .participant = participant,
                                       .peer = peer,
                                       .request = ++stage.request,
                                       .kind = (uint8_t)kind,
                                       .sdp = str_of(sdp)};
    if (binds) m.peer_offer.binds = *binds;
    stage.status = 0;
    stage_take(&m);
    return stage.status;
}

struct stage_transport *stage_transport(uint32_t peer)
{
    for (int i = 0; i < STAGE_TRANSPORTS; i++)
        if (stage.transports[i].id == peer) return &stage.transports[i];
    return NULL;
}

void stage_connect(uint32_t peer)
{
    struct stage_transport *t = stage_transport(peer);
    ASSERT(t != NULL);
    t->is_connected = true;
    router_state(t->peer, LINK_CONNECTED, stage.now_us);
}

void stage_run(int64_t ms)
{
    for (int64_t until_us = stage.now_us + ms * 1000; stage.now_us < until_us;) {
        stage.now_us += STAGE_TURN_US;
        router_turn(stage.router, stage.now_us);
    }
}

void stage_rtp(uint32_t peer, const uint8_t *at, size_t bytes)
{
    struct stage_transport *t = stage_transport(peer);
    struct packet *p = t ? packet_new(stage.packets) : NULL;
    if (!p) return;
    ASSERT(bytes <= RTP_BYTES_MAX);
    if (bytes) memcpy(packet_data(p), at, bytes);
    p->arrived_us = stage.now_us;
    p->arrived.ms = stage.now_us / 1000;
    if (rtp_parse(packet_data(p), bytes, &p->rtp) == OK) peer_packet(t->peer, p);
    packet_unref(p);
}

void stage_rtcp(uint32_t peer, const uint8_t *at, size_t bytes)
{
    struct stage_transport *t = stage_transport(peer);
    if (t) peer_rtcp(t->peer, at, bytes, stage.now_us);
}

void stage_remb(uint32_t peer, uint32_t ssrc, uint64_t bps)
{
    uint8_t at[64];
    struct rtcp_out o;
    rtcp_start(&o, at, sizeof at);
    rtcp_add_rr(&o, 77, NULL, 0);
    rtcp_add_remb(&o, 77, bps, &ssrc, 1);
    stage_rtcp(peer, at, rtcp_end(&o));
}

/* -- offers -- */

static char offer[STAGE_OFFER_BYTES_MAX];
static size_t offer_bytes;
static unsigned offer_sections;
static char offer_ufrag[32];

static void PRINTF_LIKE(1, 2) add(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(offer + offer_bytes, sizeof offer - offer_bytes, format, args);
    va_end(args);
    ASSERT(n >= 0 && (size_t)n < sizeof offer - offer_bytes);
    offer_bytes += (size_t)n;
}

void stage_offer_begin(unsigned sections, const char *name)
{
    offer_bytes = 0;
    offer_sections = 0;
    snprintf(offer_ufrag, sizeof offer_ufrag, "%s", name);
    add("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE");
    for (unsigned i = 0; i < sections; i++)
        add(" %u", i);
    add("\r\n");
}

static void transport_add(const char *direction, unsigned traits)
{
    add("c=IN IP4 0.0.0.0\r\na=mid:%u\r\na=%s\r\na=ice-ufrag:%s\r\na=ice-pwd:0123456789abcdef01234567\r\n",
        offer_sections, direction, offer_ufrag);
    add("a=fingerprint:sha-256 ");
    for (int i = 0; i < DTLS_FINGERPRINT_BYTES; i++)
        add("%s%02X", i ? ":" : "", i);
    add("\r\na=setup:actpass\r\na=rtcp-mux\r\na=rtcp-rsize\r\n");
    if (traits & STAGE_MIXED) add("a=extmap-allow-mixed\r\n");
    if (traits & STAGE_RCVR_RTT) add("a=rtcp-xr:rcvr-rtt=all\r\n");
    add("a=extmap:%d %s\r\n", STAGE_EXT_MID, ext_uri(EXT_MID));
    if (traits & STAGE_TWCC) add("a=extmap:%d %s\r\n", STAGE_EXT_TRANSPORT_SEQ, ext_uri(EXT_TRANSPORT_SEQ));
    add("a=extmap:%d %s\r\n", STAGE_EXT_ABS_SEND_TIME, ext_uri(EXT_ABS_SEND_TIME));
    offer_sections++;
}

void stage_offer_audio(const char *direction, unsigned traits)
{
    add("m=audio 9 UDP/TLS/RTP/SAVPF %d%s\r\n", STAGE_TYPE_OPUS, traits & STAGE_RED ? " 63" : "");
    transport_add(direction, traits);
    add("a=extmap:%d %s\r\n", STAGE_EXT_LEVEL, ext_uri(EXT_AUDIO_LEVEL));
    add("a=rtpmap:111 opus/48000/2\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n");
    if (traits & STAGE_TWCC) add("a=rtcp-fb:111 transport-cc\r\n");
    if (traits & STAGE_NACK) add("a=rtcp-fb:111 nack\r\n");
    if (traits & STAGE_RED) add("a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\n");
}

static void format_add(int type, const char *name, const char *fmtp, unsigned traits)
{
    add("a=rtpmap:%d %s/90000\r\n", type, name);
    if (fmtp[0]) add("a=fmtp:%d %s\r\n", type, fmtp);
    if (traits & STAGE_TWCC) add("a=rtcp-fb:%d transport-cc\r\n", type);
    if (traits & STAGE_REMB) add("a=rtcp-fb:%d goog-remb\r\n", type);
    if (traits & STAGE_NACK) add("a=rtcp-fb:%d nack\r\n", type);
    if (traits & STAGE_PLI) add("a=rtcp-fb:%d nack pli\r\n", type);
    if (traits & STAGE_FIR) add("a=rtcp-fb:%d ccm fir\r\n", type);
    if (traits & STAGE_RTX) add("a=rtpmap:%d rtx/90000\r\na=fmtp:%d apt=%d\r\n", type + 1, type + 1, type);
}

static const struct {
    unsigned bit;
    int type;
    const char *name, *fmtp;
} formats[] = {
    {STAGE_VP9_FIRST, STAGE_TYPE_VP9, "VP9", "profile-id=0"},
    {STAGE_AV1_FIRST, STAGE_TYPE_AV1, "AV1", "level-idx=5;profile=0;tier=0"},
    {STAGE_VP8, STAGE_TYPE_VP8, "VP8", ""},
    {STAGE_VP9, STAGE_TYPE_VP9, "VP9", "profile-id=0"},
    {STAGE_H264, STAGE_TYPE_H264, "H264",
     "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"},
    {STAGE_H264, STAGE_TYPE_H264_MAIN, "H264",
     "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=4d001f"},
    {STAGE_H264, STAGE_TYPE_H264_HIGH, "H264",
     "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=64001f"},
    {STAGE_AV1, STAGE_TYPE_AV1, "AV1", "level-idx=5;profile=0;tier=0"},
};

void stage_offer_video(const char *direction, unsigned codecs, unsigned traits, const char *rids)
{
    if (codecs & STAGE_VP9_FIRST) codecs &= ~(unsigned)STAGE_VP9;
    if (codecs & STAGE_AV1_FIRST) codecs &= ~(unsigned)STAGE_AV1;
    add("m=video 9 UDP/TLS/RTP/SAVPF");
    for (size_t i = 0; i < COUNT_OF(formats); i++)
        if (codecs & formats[i].bit) {
            add(" %d", formats[i].type);
            if (traits & STAGE_RTX) add(" %d", formats[i].type + 1);
        }
    add("\r\n");
    transport_add(direction, traits);
    add("a=extmap:%d %s\r\n", STAGE_EXT_DEPENDENCY, ext_uri(EXT_DEPENDENCY));
    for (size_t i = 0; i < COUNT_OF(formats); i++)
        if (codecs & formats[i].bit) format_add(formats[i].type, formats[i].name, formats[i].fmtp, traits);
    if (!rids[0]) return;
    add("a=extmap:%d %s\r\na=extmap:%d %s\r\n", STAGE_EXT_RID, ext_uri(EXT_RID), STAGE_EXT_REPAIRED_RID,
        ext_uri(EXT_REPAIRED_RID));
    struct str rest = str_of(rids);
    while (rest.bytes) {
        struct str rid = str_cut(&rest, ';');
        add("a=rid:%.*s send\r\n", (int)rid.bytes, rid.at);
    }
    add("a=simulcast:send %s\r\n", rids);
}

const char *stage_offer_text(void)
{
    return offer;
}
