/* The router as a whole: what its peers send, in clear, and what the server says, as one script of bytes; transports are the
 * test's own (tests/lab/stage). Steps, each begun by a byte:
 *
 *   time | offers in known shapes, and of raw text | counter-offers and their answers | fragments | states of transports
 *   | packets and RTCP in known shapes, and raw | watch, mute, private, close, rooms
 *
 * What leaves is well-formed, goes only to who is connected and not cut off, and has SSRCs that were described; every request gets
 * its one answer; all memory and all packets come back. */
#include "base/rnd.h"
#include "tests/fuzz/fuzz.h"
#include "tests/lab/stage.h"

enum { PEERS = 6, PACKETS = 256, TEXT_MAX = 4000, STEPS_MAX = 600 };

struct script {
    const uint8_t *at;
    size_t n, p;
};

static uint8_t next(struct script *s)
{
    return s->p < s->n ? s->at[s->p++] : 0;
}
static uint16_t next16(struct script *s)
{
    uint8_t high = next(s);
    return (uint16_t)(high << 8 | next(s));
}
/* So many of the bytes that follow, or what is left of them. */
static size_t take(struct script *s, uint8_t *to, size_t bytes)
{
    if (bytes > s->n - s->p) bytes = s->n - s->p;
    if (bytes) memcpy(to, s->at + s->p, bytes);
    s->p += bytes;
    return bytes;
}

static uint32_t peer_of(struct script *s)
{
    return 10 + next(s) % PEERS;
}
/* The first three publish. */
static enum link_peer_kind kind_of(uint32_t peer)
{
    static const enum link_peer_kind kinds[PEERS] = {LINK_UP,   LINK_UP,   LINK_WHIP,
                                                     LINK_DOWN, LINK_DOWN, LINK_WHEP};
    return kinds[peer - 10];
}

static void on_sent(const struct stage_sent *s)
{
    uint8_t copy[RTP_BYTES_MAX];
    struct rtp r;
    if (s->is_rtcp) return; /* the stage has looked */
    const struct peer *p = stage_transport(s->peer)->peer;
    memcpy(copy, s->at, s->bytes);
    ASSERT(rtp_parse(copy, s->bytes, &r) == OK);
    const struct down *d = peer_down_by_ssrc(p, r.ssrc);
    ASSERT(!peer_is_up(p) && !peer_is_cut_off(p) && d && !peer_is_cut_off(d->up->peer));
    ASSERT(r.ssrc == d->ssrc || r.payload_type == d->rtx_payload_type);
    bool is_padding = r.payload_bytes == 0;
    ASSERT(is_padding || (!d->up->is_muted && !d->is_paused));
}

static void offer(struct script *s)
{
    static const char *const rids[] = {"", "q;h", "q;h;f", "1"};
    uint32_t peer = peer_of(s);
    enum link_peer_kind kind = kind_of(peer);
    bool is_up = kind == LINK_UP || kind == LINK_WHIP;
    uint8_t shape = next(s), codecs = next(s);
    unsigned traits = next16(s) & 511, sections = 1 + shape % 3;
    struct link_binds binds = {0};
    char ufrag[16] = "abcd0";
    ufrag[4] = (char)('0' + (shape >> 5));
    stage_offer_begin(sections, ufrag);
    for (unsigned i = 0; i < sections; i++) {
        const char *way = is_up ? "sendonly" : "recvonly";
        if (i == 0 && !(shape & 8))
            stage_offer_audio(way, traits);
        else
            stage_offer_video(way, codecs & 63 ? codecs & 63 : STAGE_VP8, traits,
                              is_up ? rids[shape >> 3 & 3] : "");
        binds.at[binds.count++] = (struct link_bind){1 + (codecs >> 6) + i, STR("")};
    }
    unsigned before = stage.told_count;
    ASSERT(stage_offer(peer, peer, kind, stage_offer_text(), is_up ? NULL : &binds) != 0);
    ASSERT(stage.told_count > before);
}

static void offer_raw(struct script *s)
{
    static char text[TEXT_MAX + 1];
    uint32_t peer = peer_of(s);
    size_t bytes = take(s, (uint8_t *)text, next16(s) % TEXT_MAX);
    text[bytes] = 0;
    if (bytes == 0) return;
    ASSERT(stage_offer(peer, peer, kind_of(peer), text, NULL) != 0);
}

static void counter(struct script *s)
{
    static struct link_msg m;
    m = (struct link_msg){.type = LINK_PEER_COUNTER};
    m.peer_counter =
        (struct link_counter){.room = 1, .participant = 15, .peer = 15, .request = ++stage.request};
    m.peer_counter.binds.count = next(s) % 3;
    for (unsigned i = 0; i < m.peer_counter.binds.count; i++)
        m.peer_counter.binds.at[i] = (struct link_bind){next(s) % 8u, STR("")};
    stage_take(&m);
}

/* Our own offer, said back with its directions turned, and a byte of it changed. */
static void accepted(struct script *s)
{
    static char text[sizeof stage.answer];
    size_t n = strlen(stage.answer);
    memcpy(text, stage.answer, n + 1);
    for (char *at = text; (at = strstr(at, "a=sendonly")) != NULL; at++)
        memcpy(at, "a=recvonly", 10);
    for (char *at = text; (at = strstr(at, "setup:actpass")) != NULL; at++)
        memcpy(at, "setup:passive", 13);
    uint16_t at = next16(s);
    uint8_t byte = next(s);
    if (n && byte) text[at % n] = (char)byte;
    struct link_msg m = {.type = LINK_PEER_ACCEPT, .peer_accept = {15, ++stage.request, str_of(text)}};
    if (n) stage_take(&m);
}

static void patch(struct script *s)
{
    static uint8_t text[400];
    struct link_msg m = {.type = LINK_PEER_PATCH};
    uint32_t peer = peer_of(s);
    size_t bytes = take(s, text, next(s));
    m.peer_patch =
        (struct link_patch){peer, ++stage.request, next(s) & 1,
                            bytes ? (struct str){(const char *)text, bytes}
                                  : STR("a=ice-ufrag:abcde\r\na=ice-pwd:0123456789abcdef01234567\r\n")};
    stage_take(&m);
}

static void state(struct script *s)
{
    struct stage_transport *t = stage_transport(peer_of(s));
    uint8_t what = next(s);
    if (!t) return;
    t->is_connected = what % 4 != 3;
    t->is_clogged = what & 16;
    router_state(t->peer,
                 what % 4 == 3   ? LINK_GONE
                 : what % 4 == 2 ? LINK_INTERRUPTED
                                 : LINK_CONNECTED,
                 stage.now_us);
}

static void packet(struct script *s)
{
    static const uint8_t types[] = {111, 63, 96, 97, 98, 99, 102, 103, 45, 46, 104, 127};
    static const char *const rids[] = {NULL, "q", "h", "f", "1"};
    uint8_t at[RTP_BYTES_MAX], number[2], level;
    uint32_t peer = peer_of(s);
    uint8_t shape = next(s), more = next(s);
    struct rtp_head h = {.is_marked = shape & 1,
                         .is_padded = more >= 0xf0,
                         .payload_type = types[more % COUNT_OF(types)],
                         .seq = next16(s),
                         .timestamp = (uint32_t)(stage.now_us / 11) + (shape & 2 ? next(s) : 0u),
                         .ssrc = 0x1000u + (shape >> 2 & 7)};
    const char *rid = rids[(shape >> 5) % COUNT_OF(rids)], mid[2] = {(char)('0' + (more >> 4 & 3)), 0};
    if (!(more & 0x40)) rtp_head_add(&h, STAGE_EXT_MID, mid, 1);
    if (rid) rtp_head_add(&h, STAGE_EXT_RID, rid, 1);
    if (rid) rtp_head_add(&h, STAGE_EXT_REPAIRED_RID, rid, 1);
    bytes_put16(number, h.seq);
    rtp_head_add(&h, STAGE_EXT_TRANSPORT_SEQ, number, 2);
    level = shape;
    rtp_head_add(&h, STAGE_EXT_LEVEL, &level, 1);
    size_t head = rtp_write(&h, true, at, sizeof at);
    size_t bytes = take(s, at + head, next(s));
    stage_rtp(peer, at, head + bytes);
}

static void packet_raw(struct script *s, bool is_rtcp)
{
    uint8_t at[600];
    uint32_t peer = peer_of(s);
    size_t bytes = take(s, at, next(s) * 2u);
    if (is_rtcp)
        stage_rtcp(peer, at, bytes);
    else
        stage_rtp(peer, at, bytes);
}

/* The SSRC that a peer may well mean: of a track that goes to it, or ours. */
static uint32_t ssrc_of(uint32_t peer, uint8_t which)
{
    const struct stage_transport *t = stage_transport(peer);
    if (t && !list_is_empty(&t->peer->downs)) {
        const struct down *d = list_of(t->peer->downs.next, struct down, in_peer);
        return which & 1 ? d->rtx_ssrc : d->ssrc;
    }
    return which & 1 && t ? t->peer->ssrc : 0x1000u + (which >> 1 & 7);
}

static void rtcp(struct script *s)
{
    uint8_t at[400];
    struct rtcp_out o;
    uint32_t peer = peer_of(s);
    uint8_t what = next(s);
    uint32_t ssrc = ssrc_of(peer, next(s));
    uint16_t seq = next16(s), seqs[] = {seq, (uint16_t)(seq + 1), (uint16_t)(seq + 18)};
    struct rtcp_report report = {.ssrc = ssrc, .fraction_lost = next(s), .last_sr = next16(s)};
    struct rtcp_sender sender = {(uint64_t)next16(s) << 40, next16(s), 1, 1};
    rtcp_start(&o, at, sizeof at);
    rtcp_add_rr(&o, 77, &report, 1);
    if (what & 1) (void)rtcp_add_nack(&o, 77, ssrc, seqs, COUNT_OF(seqs));
    if (what & 2) rtcp_add_pli(&o, 77, ssrc);
    if (what & 4) rtcp_add_fir(&o, 77, ssrc, seq & 255);
    if (what & 8) rtcp_add_remb(&o, 77, (uint64_t)seq << 6, &ssrc, 1);
    if (what & 16) rtcp_add_sr(&o, ssrc, &sender, NULL, 0);
    if (what & 32) rtcp_add_rrtr(&o, 77, sender.ntp);
    if (what & 64) rtcp_add_dlrr(&o, 77, ssrc, report.last_sr, seq);
    if (what & 128) rtcp_add_bye(&o, &ssrc, 1);
    stage_rtcp(peer, at, rtcp_end(&o));
}

static void say(struct script *s)
{
    uint8_t what = next(s), flag = next(s);
    uint32_t peer = peer_of(s), track = 1 + flag % 8u;
    struct link_msg m = {.type = LINK_PEER_CLOSE, .peer_close = {peer}};
    if (what % 8 < 3) {
        m.type = LINK_TRACK_WATCH;
        m.track_watch = (struct link_watch){peer, track, flag & 128, what >> 4, 0, (uint16_t)(flag * 8)};
    } else if (what % 8 == 3) {
        m = (struct link_msg){.type = LINK_TRACK_MUTE, .track_mute = {track, flag & 128}};
    } else if (what % 8 == 4) {
        m = (struct link_msg){.type = LINK_ROOM_PRIVATE, .room_private = {1, flag & 1, {peer}}};
    } else if (what % 8 == 5) {
        m = (struct link_msg){.type = flag & 1 ? LINK_ROOM_CLOSE : LINK_ROOM_OPEN,
                              .room_open = {1 + (flag >> 7)}};
    }
    stage_take(&m);
}

static void step(struct script *s)
{
    switch (next(s) % 16) {
    case 0:
    case 1:
        stage_run((next(s) & 63) * 10);
        break;
    case 2:
    case 3:
        offer(s);
        break;
    case 4:
        offer_raw(s);
        break;
    case 5:
        counter(s);
        break;
    case 6:
        accepted(s);
        break;
    case 7:
        patch(s);
        break;
    case 8:
        state(s);
        break;
    case 9:
        packet_raw(s, false);
        break;
    case 10:
        packet_raw(s, true);
        break;
    case 11:
        rtcp(s);
        break;
    case 12:
        say(s);
        break;
    default:
        packet(s);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct script s = {bytes, n, 0};
    stage_gathers = n % 2;
    if (stage_open(PACKETS) == OK) {
        stage.on_sent = on_sent;
        for (int i = 0; i < STEPS_MAX && s.p < s.n; i++)
            step(&s);
    }
    stage_close();
    return 0;
}
