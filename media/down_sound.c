/* Sound on a way that loses: its past goes along (RED), and a silence is told more than once (decision 0047). */
#include "media/down_own.h"
#include "media/red.h"

enum { SOUND_MS = 20, HUSH_TOLD = 2, HUSH_BYTES_MAX = 2 };

/* Of sound that went before p in this run, the block that RED can carry beside it. */
static bool past_block(const struct down *d, const struct up_layer *l, const struct packet *p,
                       unsigned distance, struct red_block *ret_block)
{
    int64_t seq = cache_seq(l->cache, p->rtp.seq) - distance;
    const struct packet *past = seq >= d->first ? cache_at(l->cache, seq) : NULL;
    uint32_t offset = past ? p->rtp.timestamp - past->rtp.timestamp : 0;
    if (offset == 0 || offset > RED_OFFSET_MAX || past->codec != CODEC_OPUS) return false;
    if (past->rtp.payload_bytes == 0 || past->rtp.payload_bytes > RED_BLOCK_BYTES_MAX) return false;
    *ret_block = (struct red_block){d->payload_type, (uint16_t)offset, past->rtp.payload_bytes,
                                    rtp_payload(&past->rtp)};
    return true;
}

void down_past_add(const struct down *d, const struct up_layer *l, const struct packet *p, struct down_cut *c,
                   uint8_t room[DOWN_PAST_ROOM])
{
    struct red red = {0};
    size_t bytes = c->body_bytes;
    if (p->codec != CODEC_OPUS || !d->red_payload_type) return;
    for (unsigned distance = d->peer->protect.distance; distance > 0; distance--)
        red.count += past_block(d, l, p, distance, &red.blocks[red.count]);
    if (red.count == 0) return;
    red.blocks[red.count++] = (struct red_block){d->payload_type, 0, (uint16_t)bytes, c->body};
    bytes = red_write(&red, room, DOWN_PAST_ROOM);
    if (bytes == 0) return;
    c->payload_type = d->red_payload_type;
    c->body = room;
    c->body_bytes = bytes;
}

/* Opus' DTX: a packet of one or two bytes, then none for 400 ms. Where it is lost, a decoder would make sound up for as long. */
void down_hush_note(struct down *d, const struct packet *p, int64_t now_us)
{
    bool is_hush = p->codec == CODEC_OPUS && p->rtp.payload_bytes <= HUSH_BYTES_MAX && d->red_payload_type &&
                   d->peer->protect.distance;
    d->hush_left = is_hush ? HUSH_TOLD : 0;
    if (!is_hush) return;
    d->hush_seq = p->rtp.seq;
    d->hush_ms = now_us / 1000 + SOUND_MS;
    peer_is_due(d->peer, d->hush_ms);
}

/* A frame of nothing under a number of ours, with the packet that began the silence in its past. */
static void hush_send(struct down *d, const struct packet *p, unsigned sounds, int64_t now_us)
{
    static const struct up_extensions none;
    uint32_t later = sounds * SOUND_MS * d->up->clock_hz / 1000;
    uint8_t toc = rtp_payload(&p->rtp)[0] & 0xfc /* one frame (RFC 6716 §3.1) */, room[DOWN_PAST_ROOM];
    struct red red = {
        .count = 2,
        .blocks = {{d->payload_type, (uint16_t)later, p->rtp.payload_bytes, rtp_payload(&p->rtp)},
                   {d->payload_type, 0, sizeof toc, &toc}}};
    struct peer_out out = {.payload_type = d->red_payload_type,
                           .seq = seqmap_own(&d->seqmap),
                           .timestamp = p->rtp.timestamp + d->stamp.offset + later,
                           .ssrc = d->ssrc,
                           .extensions = &none,
                           .body = room,
                           .body_bytes = red_write(&red, room, sizeof room)};
    peer_send(d->peer, &out, now_us);
    down_count(d, out.body_bytes, now_us);
}

bool down_hush(struct down *d, int64_t now_us)
{
    if (!d->hush_left || now_us / 1000 < d->hush_ms) return d->hush_left > 0;
    const struct cache *c = d->up->layers[d->layer]->cache;
    const struct packet *p = cache_get(c, d->hush_seq);
    bool is_silence = p && d->is_running && !down_is_silent(d) && cache_seq(c, d->hush_seq) == c->newest;
    if (!is_silence) {
        d->hush_left = 0;
        return false;
    }
    d->hush_left--;
    d->hush_ms += SOUND_MS;
    hush_send(d, p, HUSH_TOLD - d->hush_left, now_us);
    return d->hush_left > 0;
}
