/* What the child made, as packets under tracks that the peer has. */
#include "media/legs_own.h"
#include "media/still.h"

enum { PIECE_BYTES = 1100, KEPT_MS = 2000, SOUND_TYPE = 111, PICTURE_TYPE = 96, DESCRIPTOR_BYTES = 6 };

bool made_open(struct made *m, struct peer *p, enum codec codec)
{
    bool is_sound = codec == CODEC_OPUS;
    if (m->up) return true;
    *m = (struct made){.up = up_new(p, 0, STR(""), is_sound ? SDP_AUDIO : SDP_VIDEO, codec,
                                    is_sound ? 48000 : 90000, NULL, 0)};
    if (!m->up) return false;
    m->up->is_made = true;
    m->up->feedback = SDP_NACK | SDP_NACK_PLI;
    m->up->layers[0]->has_ssrc = true;
    return true;
}

void made_close(struct made *m)
{
    up_free(m->up);
    *m = (struct made){0};
}

static bool is_kind(const struct made *m, const struct down *d)
{
    return codec_is_video(d->home->codec) == codec_is_video(m->up->codec);
}

struct down *made_carrier(const struct made *m, const struct peer *p)
{
    struct down *d = m->carrier ? peer_down_by_track(p, m->carrier) : NULL;
    return d && !d->is_paused && d->home->codec == m->up->codec ? d : NULL;
}

static void down_restore(struct down *d, int64_t now_us)
{
    bool was_mixed_in = d->is_mixed_in;
    d->is_mixed_in = false;
    if (d->up != d->home) {
        down_source(d, d->home, now_us);
    } else if (was_mixed_in) {
        d->held = LINK_NOT_HELD;
        down_start(d, now_us);
    }
}

void made_undo(struct made *m, struct peer *p, int64_t now_us)
{
    if (!m->up) return;
    m->is_on = false;
    m->carrier = 0;
    cache_clear(m->up->layers[0]->cache); /* what was made before is not what begins next */
    list_each (item, after, &p->downs) {
        struct down *d = list_of(item, struct down, in_peer);
        if (is_kind(m, d)) down_restore(d, now_us);
    }
}

static void down_mix_in(struct down *d, int64_t now_us)
{
    if (d->up != d->home) down_source(d, d->home, now_us);
    if (d->is_mixed_in) return;
    down_stop(d);
    still_allow(d, 0, now_us);
    d->is_mixed_in = true;
    d->held = LINK_HELD_MIX;
}

void made_apply(struct made *m, struct peer *p, int64_t now_us)
{
    struct down *carrier = made_carrier(m, p);
    if (!m->is_on) return;
    if (!carrier) {
        made_undo(m, p, now_us);
        return;
    }
    list_each (item, after, &p->downs) {
        struct down *d = list_of(item, struct down, in_peer);
        if (is_kind(m, d) && d != carrier) down_mix_in(d, now_us);
    }
    carrier->is_mixed_in = false;
    if (carrier->up != m->up) down_source(carrier, m->up, now_us);
}

/* As up.c does with a packet that came. */
static void packet_take(struct made *m, struct packet *k, struct down *carrier, int64_t now_us)
{
    static const struct ext_values no_values;
    static const struct up_extensions no_extensions;
    struct up_layer *l = m->up->layers[0];
    k->arrived_us = now_us;
    k->arrived = (struct tick){now_us / 1000};
    k->codec = m->up->codec;
    if (frame_read(m->up->codec, &k->rtp, &no_values, &l->dependency, &k->frame) != OK) return;
    l->has_arrived = true;
    l->arrived = k->arrived;
    rate_add(&l->rate, k->rtp.bytes, k->arrived);
    if (codec_is_video(k->codec)) {
        rate_add(&l->rates[0][0], k->rtp.bytes, k->arrived);
        if (k->frame.is_start) rate_add(&l->pictures[0], 1, k->arrived);
    }
    if (k->frame.width) {
        l->width = k->frame.width;
        l->height = k->frame.height;
    }
    cache_put(l->cache, k);
    if (codec_is_video(k->codec) && cache_begins(l->cache, k)) keyframe_seen(&l->keyframe);
    if (carrier && carrier->up == m->up) down_packet(carrier, l, k, &no_extensions);
}

struct piece {
    uint32_t stamp;
    bool is_marked;
    const uint8_t *head, *body; /* head: a descriptor, or none */
    size_t head_bytes, body_bytes;
};

static void piece_put(struct legs *l, struct made *m, struct down *carrier, const struct piece *piece,
                      int64_t now_us)
{
    bool is_video = codec_is_video(m->up->codec);
    struct packet *k = packet_new(l->settings.packets);
    if (!k) return;
    struct rtp_head h = {.is_marked = piece->is_marked,
                         .payload_type = is_video ? PICTURE_TYPE : SOUND_TYPE,
                         .seq = ++m->seq,
                         .timestamp = piece->stamp,
                         .ssrc = m->up->peer->id};
    uint8_t *at = packet_data(k);
    size_t head = rtp_write(&h, false, at, RTP_HEADER_BYTES_MAX);
    if (piece->head_bytes) memcpy(at + head, piece->head, piece->head_bytes);
    memcpy(at + head + piece->head_bytes, piece->body, piece->body_bytes);
    if (rtp_parse(at, head + piece->head_bytes + piece->body_bytes, &k->rtp) == OK)
        packet_take(m, k, carrier, now_us);
    packet_unref(k);
}

void made_sound_put(struct legs *l, struct leg *leg, struct peer *p, const struct codec_msg *m,
                    int64_t now_us)
{
    struct made *s = &leg->sound;
    struct piece piece = {.stamp = m->stamp, .body = m->body, .body_bytes = m->body_bytes};
    if (m->body_bytes == 0 || m->body_bytes > PIECE_BYTES) return;
    piece_put(l, s, made_carrier(s, p), &piece, now_us);
}

/* As a publisher of one temporal layer cuts it (media/vp8 draws the descriptor). */
void made_picture_put(struct legs *l, struct leg *leg, struct peer *p, const struct codec_msg *m,
                      int64_t now_us)
{
    struct made *v = &leg->picture;
    struct down *carrier = made_carrier(v, p);
    v->picture_id = (uint16_t)((v->picture_id + 1) & 0x7fff);
    v->tl0++;
    if (m->flags & CODEC_MARKED) v->key_index = (uint8_t)((v->key_index + 1) & 0x1f);
    uint8_t head[DESCRIPTOR_BYTES] = {
        0x80, 0xf0, (uint8_t)(0x80 | v->picture_id >> 8), (uint8_t)v->picture_id, v->tl0, v->key_index};
    for (size_t at = 0; at < m->body_bytes; at += PIECE_BYTES) {
        size_t some = m->body_bytes - at < PIECE_BYTES ? m->body_bytes - at : PIECE_BYTES;
        struct piece piece = {.stamp = m->stamp,
                              .is_marked = at + some == m->body_bytes,
                              .head = head,
                              .head_bytes = sizeof head,
                              .body = m->body + at,
                              .body_bytes = some};
        head[0] = at == 0 ? 0x90 : 0x80;
        piece_put(l, v, carrier, &piece, now_us);
    }
}

void made_turn(struct made *m, int64_t now_us)
{
    struct tick now = {now_us / 1000};
    if (m->up) cache_trim(m->up->layers[0]->cache, (struct tick){now.ms - KEPT_MS}, now);
}
