#include "tests/lab/source.h"
#include "base/rnd.h"
#include "tests/lab/stage.h"

void source_init(struct source *s, uint32_t peer, enum codec codec, const char *mid, uint32_t ssrc)
{
    static const uint8_t types[CODEC_COUNT] = {[CODEC_OPUS] = STAGE_TYPE_OPUS,
                                               [CODEC_VP8] = STAGE_TYPE_VP8,
                                               [CODEC_VP9] = STAGE_TYPE_VP9,
                                               [CODEC_H264] = STAGE_TYPE_H264,
                                               [CODEC_AV1] = STAGE_TYPE_AV1};
    *s = (struct source){.peer = peer,
                         .codec = codec,
                         .mid = mid,
                         .payload_type = types[codec],
                         .layer_count = 1,
                         .sids = 1,
                         .tids = 1,
                         .is_long_id = true,
                         .level = 127,
                         .clock_hz = codec == CODEC_OPUS ? 48000 : 90000};
    if (codec_is_video(codec)) s->rtx_payload_type = (uint8_t)(types[codec] + 1);
    for (unsigned i = 0; i < SOURCE_LAYERS_MAX; i++) {
        struct source_layer *l = &s->layers[i];
        l->ssrc = ssrc + 2 * i;
        l->rtx_ssrc = ssrc + 2 * i + 1;
        l->seq = (uint16_t)rnd_u64();
        l->rtx_seq = (uint16_t)rnd_u64();
        l->stamp_offset = (uint32_t)rnd_u64();
        l->picture_id = (uint16_t)(rnd_u64() & 0x7fff);
        l->tl0 = (uint8_t)rnd_u64();
        l->key_index = rnd_u64() & 31;
    }
}

/* -- payloads -- */

static size_t mark_write(const struct source_mark *m, uint8_t *at)
{
    const uint8_t head[] = {'Y', 'q', m->layer, m->sid, m->tid, m->is_key, m->index, m->count};
    memcpy(at, head, sizeof head);
    bytes_put32(at + 8, m->picture);
    bytes_put32(at + 12, m->refers_to);
    return SOURCE_MARK_BYTES;
}

bool source_mark_read(enum codec codec, const struct rtp *r, struct source_mark *ret_mark)
{
    const uint8_t *at = rtp_payload(r);
    (void)codec; /* no descriptor is longer than this */
    for (size_t i = 0; i + SOURCE_MARK_BYTES <= r->payload_bytes && i < 48; i++) {
        const uint8_t *m = at + i;
        if (m[0] != 'Y' || m[1] != 'q' || m[2] >= SOURCE_LAYERS_MAX || m[6] >= m[7]) continue;
        *ret_mark =
            (struct source_mark){m[2], m[3], m[4], m[5], m[6], m[7], bytes_get32(m + 8), bytes_get32(m + 12)};
        return true;
    }
    return false;
}

static bool is_sync(const struct source_layer *l, const struct source_mark *m)
{
    return m->tid > 0 && m->refers_to == l->latest[0];
}

static size_t vp8_head(const struct source *s, const struct source_layer *l, const struct source_mark *m,
                       uint8_t *at)
{
    unsigned width = 320u << m->layer, height = 180u << m->layer;
    const uint8_t key[] = {0x10,
                           0,
                           0,
                           0x9d,
                           0x01,
                           0x2a,
                           (uint8_t)width,
                           (uint8_t)(width >> 8),
                           (uint8_t)height,
                           (uint8_t)(height >> 8)};
    size_t n = 0;
    at[n++] = (uint8_t)(0x80 | (m->index == 0 ? 0x10 : 0));
    at[n++] = 0xf0;
    if (s->is_long_id) at[n++] = (uint8_t)(0x80 | l->picture_id >> 8);
    at[n++] = s->is_long_id ? (uint8_t)l->picture_id : l->picture_id & 0x7f;
    at[n++] = l->tl0;
    at[n++] = (uint8_t)(m->tid << 6 | (is_sync(l, m) ? 0x20 : 0) | (l->key_index & 31));
    if (m->index == 0 && m->is_key) {
        memcpy(at + n, key, sizeof key);
        n += sizeof key;
    } else {
        at[n++] = m->index == 0 ? 0x11 : 0x55;
    }
    return n;
}

static size_t vp9_head(const struct source *s, const struct source_layer *l, const struct source_mark *m,
                       uint8_t *at)
{
    size_t n = 0;
    bool has_structure = m->is_key && m->sid == 0 && m->index == 0;
    at[n++] = (uint8_t)(0xa0 | (m->is_key ? 0 : 0x40) | (m->index == 0 ? 0x08 : 0) |
                        (m->index + 1 == m->count ? 0x04 : 0) | (has_structure ? 0x02 : 0));
    at[n++] = (uint8_t)(0x80 | l->picture_id >> 8);
    at[n++] = (uint8_t)l->picture_id;
    at[n++] = (uint8_t)(m->tid << 5 | (is_sync(l, m) ? 0x10 : 0) | m->sid << 1 | (m->sid > 0 ? 1 : 0));
    at[n++] = l->tl0;
    if (!has_structure) return n;
    at[n++] = (uint8_t)((s->sids - 1) << 5 | 0x10);
    for (unsigned i = 0; i < s->sids; i++) {
        bytes_put16(at + n, (uint16_t)(320 << i));
        bytes_put16(at + n + 2, (uint16_t)(180 << i));
        n += 4;
    }
    return n;
}

/* A key frame: SPS and PPS together in the first packet, then the slice in pieces. */
static size_t h264_head(const struct source_mark *m, uint8_t *at)
{
    static const uint8_t parameters[] = {24,   0,    10,   0x67, 0x42, 0xe0, 0x1f,
                                         0x8c, 0x8d, 0x40, 0x50, 0x1e, 0xd0, 0};
    bool is_pieces = m->count > (m->is_key ? 2 : 1);
    unsigned first = m->is_key ? 1 : 0;
    uint8_t type = m->is_key ? 5 : 1;
    if (m->is_key && m->index == 0) {
        memcpy(at, parameters, sizeof parameters - 1);
        size_t n = sizeof parameters - 1;
        bytes_put16(at + n, 1 + SOURCE_MARK_BYTES + SOURCE_BODY_BYTES); /* the PPS, with what follows */
        at[n + 2] = 0x68;
        return n + 3;
    }
    if (!is_pieces) {
        at[0] = (uint8_t)(0x60 | type);
        return 1;
    }
    at[0] = 0x60 | 28;
    at[1] = (uint8_t)((m->index == first ? 0x80 : 0) | (m->index + 1 == m->count ? 0x40 : 0) | type);
    return 2;
}

static size_t av1_head(const struct source_mark *m, uint8_t *at)
{
    bool is_first = m->index == 0;
    at[0] = (uint8_t)((is_first ? 0 : 0x80) | (m->index + 1 == m->count ? 0 : 0x40) | 0x10 |
                      (is_first && m->is_key ? 0x08 : 0));
    at[1] = is_first ? 6 << 3 : 0x33;
    return 2;
}

static size_t payload_head(const struct source *s, const struct source_layer *l, const struct source_mark *m,
                           uint8_t *at)
{
    switch (s->codec) {
    case CODEC_VP8:
        return vp8_head(s, l, m, at);
    case CODEC_VP9:
        return vp9_head(s, l, m, at);
    case CODEC_H264:
        return h264_head(m, at);
    case CODEC_AV1:
        return av1_head(m, at);
    case CODEC_NONE:
    case CODEC_OPUS:
    case CODEC_COUNT:
    default:
        return 0;
    }
}

/* -- packets -- */

static void extensions_add(struct source *s, unsigned layer, bool is_rtx, struct rtp_head *h,
                           uint8_t room[64])
{
    static const uint8_t unknown[20];
    if (!s->tells_ssrc_only) {
        const char *rid = s->rids[layer];
        rtp_head_add(h, STAGE_EXT_MID, s->mid, strlen(s->mid));
        if (rid) rtp_head_add(h, is_rtx ? STAGE_EXT_REPAIRED_RID : STAGE_EXT_RID, rid, strlen(rid));
    }
    if (s->has_twcc) {
        bytes_put16(room, (*s->transport_seq)++);
        rtp_head_add(h, STAGE_EXT_TRANSPORT_SEQ, room, 2);
    }
    if (s->codec == CODEC_OPUS) {
        room[2] = s->level;
        rtp_head_add(h, STAGE_EXT_LEVEL, room + 2, 1);
    }
    if (s->is_mixed) rtp_head_add(h, 200, unknown, sizeof unknown); /* makes it a two-byte header */
}

static void packet_send(struct source *s, unsigned layer, bool is_marked, uint32_t stamp,
                        const uint8_t *payload, size_t bytes)
{
    struct source_layer *l = &s->layers[layer];
    struct source_kept *k = &l->kept[l->seq % SOURCE_KEPT];
    struct rtp_head h = {.is_marked = is_marked,
                         .payload_type = s->payload_type,
                         .seq = l->seq,
                         .timestamp = stamp,
                         .ssrc = l->ssrc};
    uint8_t room[64];
    extensions_add(s, layer, false, &h, room);
    size_t head = rtp_write(&h, true, k->at, sizeof k->at);
    ASSERT(head && head + bytes <= sizeof k->at);
    if (bytes) memcpy(k->at + head, payload, bytes);
    k->seq = l->seq++;
    k->bytes = (uint16_t)(head + bytes);
    k->payload_at = (uint16_t)head;
    k->is_kept = true;
    l->packets++;
    l->octets += (uint32_t)bytes;
    s->send(s->owner, s->peer, false, k->at, k->bytes);
}

static uint32_t stamp_of(const struct source *s, unsigned layer, int64_t now_us)
{
    return s->layers[layer].stamp_offset + (uint32_t)(now_us * s->clock_hz / 1000000);
}

static void frame_send(struct source *s, unsigned layer, struct source_mark m, bool is_last, int64_t now_us)
{
    uint8_t at[SOURCE_MARK_BYTES + SOURCE_BODY_BYTES + 64] = {0};
    for (unsigned i = 0; i < m.count; i++) {
        m.index = (uint8_t)i;
        size_t n = payload_head(s, &s->layers[layer], &m, at);
        n += mark_write(&m, at + n);
        memset(at + n, 0x5a, SOURCE_BODY_BYTES);
        packet_send(s, layer, is_last && i + 1 == m.count, stamp_of(s, layer, now_us), at,
                    n + SOURCE_BODY_BYTES);
    }
}

/* L1T3: 0 2 1 2; L1T2: 0 1. The first 2 refers to 0, the second to 1. */
static unsigned tid_next(const struct source *s, struct source_layer *l)
{
    static const uint8_t three[] = {0, 2, 1, 2};
    unsigned step = l->step++;
    return s->tids >= 3 ? three[step % 4] : s->tids == 2 ? step % 2 : 0;
}

void source_picture(struct source *s, unsigned layer, bool is_key, unsigned packets, int64_t now_us)
{
    struct source_layer *l = &s->layers[layer];
    if (l->is_off) return;
    is_key |= l->wants_key || l->picture == 0;
    if (is_key) l->step = 0;
    unsigned tid = tid_next(s, l);
    l->picture++;
    l->picture_id = (l->picture_id + 1) & 0x7fff;
    l->tl0 = (uint8_t)(l->tl0 + (tid == 0));
    if (is_key) {
        l->key_index = (l->key_index + 1) & 31;
        l->wants_key = false;
        l->keys_sent++;
    }
    uint32_t refers_to = is_key ? 0 : l->latest[tid ? tid - 1 : 0];
    for (unsigned sid = 0; sid < s->sids; sid++)
        frame_send(s, layer,
                   (struct source_mark){(uint8_t)layer, (uint8_t)sid, (uint8_t)tid, is_key, 0,
                                        (uint8_t)packets, l->picture, refers_to},
                   sid + 1 == s->sids, now_us);
    for (unsigned t = tid; t < COUNT_OF(l->latest); t++)
        l->latest[t] = l->picture;
}

void source_sound(struct source *s, int64_t now_us)
{
    uint8_t at[SOURCE_SOUND_BYTES_MAX] = {0};
    size_t bytes = s->sound_bytes ? s->sound_bytes : SOURCE_MARK_BYTES + 20;
    struct source_layer *l = &s->layers[0];
    ASSERT(bytes <= sizeof at);
    l->picture++;
    (void)mark_write(&(struct source_mark){.is_key = 1, .count = 1, .picture = l->picture}, at);
    packet_send(s, 0, false, stamp_of(s, 0, now_us), at, bytes);
}

void source_padding(struct source *s, unsigned layer, int64_t now_us)
{
    struct source_layer *l = &s->layers[layer];
    struct rtp_head h = {.is_padded = true,
                         .payload_type = s->payload_type,
                         .seq = l->seq,
                         .timestamp = stamp_of(s, layer, now_us),
                         .ssrc = l->ssrc};
    uint8_t at[400] = {0}, room[64];
    extensions_add(s, layer, false, &h, room);
    size_t head = rtp_write(&h, true, at, sizeof at);
    at[head + 99] = 100;
    struct source_kept *k = &l->kept[l->seq % SOURCE_KEPT];
    *k = (struct source_kept){.seq = l->seq++, .bytes = (uint16_t)(head + 100), .payload_at = (uint16_t)head};
    memcpy(k->at, at, head + 100);
    k->is_kept = true;
    s->send(s->owner, s->peer, false, at, head + 100);
}

void source_report(struct source *s, uint64_t ntp, int64_t now_us)
{
    uint8_t at[256];
    for (unsigned i = 0; i < s->layer_count; i++) {
        const struct source_layer *l = &s->layers[i];
        const struct rtcp_sender sender = {ntp, stamp_of(s, i, now_us), l->packets, l->octets};
        struct rtcp_out o;
        if (l->packets == 0) continue;
        rtcp_start(&o, at, sizeof at);
        rtcp_add_sr(&o, l->ssrc, &sender, NULL, 0);
        rtcp_add_cname(&o, l->ssrc, STR("source"));
        s->send(s->owner, s->peer, true, at, rtcp_end(&o));
    }
}

/* -- what is asked for -- */

static void resend(struct source *s, unsigned layer, uint16_t seq)
{
    struct source_layer *l = &s->layers[layer];
    const struct source_kept *k = &l->kept[seq % SOURCE_KEPT];
    uint8_t at[500], room[64];
    l->nacks_heard++;
    if (!k->is_kept || k->seq != seq) return;
    if (s->rtx_payload_type == 0) {
        s->send(s->owner, s->peer, false, k->at, k->bytes);
        return;
    }
    struct rtp_head h = {.is_marked = k->at[1] & 0x80,
                         .is_padded = k->at[0] & 0x20,
                         .payload_type = s->rtx_payload_type,
                         .seq = l->rtx_seq++,
                         .timestamp = bytes_get32(k->at + 4),
                         .ssrc = l->rtx_ssrc};
    extensions_add(s, layer, true, &h, room);
    size_t head = rtp_write(&h, true, at, sizeof at), body = (size_t)(k->bytes - k->payload_at);
    ASSERT(head && head + 2 + body <= sizeof at);
    bytes_put16(at + head, seq);
    memcpy(at + head + 2, k->at + k->payload_at, body);
    s->send(s->owner, s->peer, false, at, head + 2 + body);
}

static int layer_of(const struct source *s, uint32_t ssrc)
{
    for (unsigned i = 0; i < s->layer_count; i++)
        if (s->layers[i].ssrc == ssrc) return (int)i;
    return -1;
}

static void key_wanted(struct source *s, uint32_t ssrc)
{
    int layer = layer_of(s, ssrc);
    if (layer < 0) return;
    s->layers[layer].wants_key = true;
    s->layers[layer].keys_asked++;
}

void source_rtcp(struct source *s, const uint8_t *at, size_t bytes)
{
    struct rtcp r;
    ASSERT(rtcp_parse(at, bytes) == OK);
    for (size_t offset = 0; rtcp_next(at, bytes, &offset, &r);) {
        struct rtcp_nack_walk walk = {0};
        uint16_t seq;
        uint32_t ssrc;
        uint8_t number;
        size_t n = 0;
        int layer = layer_of(s, r.media_ssrc);
        if (r.kind == RTCP_NACK && layer >= 0)
            while (rtcp_next_nack(&r, &walk, &seq))
                resend(s, (unsigned)layer, seq);
        if (r.kind == RTCP_PLI) key_wanted(s, r.media_ssrc);
        if (r.kind == RTCP_FIR)
            while (rtcp_next_fir(&r, &n, &ssrc, &number))
                key_wanted(s, ssrc);
    }
}
