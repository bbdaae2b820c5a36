/* What goes once more: what a subscriber asks for, what is told twice where much is lost (media/protect), and padding that is of use. */
#include "media/down_own.h"
#include "media/still.h"

enum {
    PAD_BACK = 4,       /* of the packets last sent, where to begin again */
    PAD_BACK_MOST = 32, /* further behind there is no more use */
    RESEND_LEAST_MS = 15,
    REPEAT_AFTER_MS = 20, /* what takes the first must not take the second too */
    OWED_AFTER_MS = 100   /* beyond a round trip: feedback comes each twentieth to tenth of a second */
};

static void repeat_add(struct down *d, uint16_t seq, uint8_t more, int64_t now_us)
{
    if (d->repeat_count == DOWN_REPEATS_MAX) return; /* a burst like that is no picture of a thin way */
    int64_t due_ms = now_us / 1000 + REPEAT_AFTER_MS;
    d->repeats[(d->repeat_next + d->repeat_count++) % DOWN_REPEATS_MAX] =
        (struct down_repeat){seq, (uint16_t)due_ms, more};
    peer_is_due(d->peer, due_ms);
}

static void owed_wait(struct down *d, const struct owed_packet *packet, int64_t now_us)
{
    int64_t due_ms = now_us / 1000 + peer_round_trip_ms(d->peer) + OWED_AFTER_MS;
    owed_add(d->peer->owed, packet, due_ms);
    peer_is_due(d->peer, due_ms);
}

/* Without key frames and the base layer nothing else can be shown; a codec without layers is all base. Where little goes all of it is
 * needed, and what all the rest leans on goes once more. */
void down_repeat_note(struct down *d, const struct packet *p, uint16_t seq, int64_t now_us)
{
    const struct frame *f = &p->frame;
    bool is_base = f->is_key || !f->has_layers || (f->sid == 0 && f->tid == 0),
         is_thin = protect_is_thin(&d->peer->protect);
    if (!down_is_video(d) || !d->rtx_payload_type || !protect_repeats(&d->peer->protect)) return;
    if (!is_base && !is_thin) return;
    repeat_add(d, seq, is_base && is_thin ? 1 : 0, now_us);
    if (!d->peer->owed) return;
    if (f->is_key && f->is_start) owed_forget(d->peer->owed, d->ssrc);
    owed_wait(d, &(struct owed_packet){d->ssrc, seq, 0}, now_us);
}

/* Asked for again before the first answer can have arrived: once is enough. */
static bool resend_is_new(struct down *d, uint16_t seq, int64_t now_ms)
{
    struct down_resent *r = &d->resends[seq % d->resends_kept];
    int64_t wait_ms =
        peer_round_trip_ms(d->peer) * 3 / 4; /* who asks again after one must not be thought too early */
    if (wait_ms < RESEND_LEAST_MS) wait_ms = RESEND_LEAST_MS;
    if (r->is_known && r->seq == seq && (int64_t)((uint32_t)now_ms - r->ms) < wait_ms) return false;
    *r = (struct down_resent){seq, true, (uint32_t)now_ms};
    return true;
}

/* The packet that went under this number; NULL: it cannot go again. */
static const struct packet *sent_find(const struct down *d, uint16_t seq, uint8_t *ret_origin)
{
    uint16_t in;
    if (!d->rtx_payload_type || !seqmap_find(&d->seqmap, seq, ret_origin, &in)) return NULL;
    if ((*ret_origin | 1) != down_origin(d, true)) return NULL;
    if (d->still) return down_is_shut(d) ? NULL : still_find(d->still, d->epoch, in);
    if (!d->is_running || down_is_silent(d)) return NULL;
    return cache_get(d->up->layers[d->layer]->cache, in);
}

static void send_again(struct down *d, const struct packet *p, uint16_t seq, uint8_t origin, int64_t now_us)
{
    struct up_extensions e;
    struct down_cut c;
    if (!down_cut_payload(d, p, &c)) return;
    memmove(c.prefix + 2, c.prefix, c.prefix_bytes);
    bytes_put16(c.prefix, seq); /* RFC 4588 §4 */
    up_extensions_find(d->up, p, &e);
    struct peer_out out = {.payload_type = d->rtx_payload_type,
                           .is_marked = origin & 1,
                           .seq = d->rtx_seq++,
                           .timestamp = p->rtp.timestamp + d->stamp.offset,
                           .ssrc = d->rtx_ssrc,
                           .owed_ssrc = d->ssrc,
                           .owed_seq = seq,
                           .mid = d->mid_told < DOWN_MID_TOLD_MAX ? d->mid : STR(""),
                           .extensions = &e,
                           .prefix = c.prefix,
                           .prefix_bytes = (uint8_t)(c.prefix_bytes + 2),
                           .body = c.body,
                           .body_bytes = c.body_bytes,
                           .is_video = down_is_video(d)};
    peer_send(d->peer, &out, now_us);
    d->resent++;
}

void down_resend(struct down *d, uint16_t seq, int64_t now_us)
{
    uint8_t origin;
    const struct packet *p = sent_find(d, seq, &origin);
    if (!p || !resend_is_new(d, seq, now_us / 1000)) return;
    if (!peer_may_resend(d->peer, p->rtp.bytes, p->frame.is_key, true, now_us)) return;
    send_again(d, p, seq, origin, now_us);
    if (down_is_video(d) && protect_repeats(&d->peer->protect)) repeat_add(d, seq, 0, now_us);
}

bool down_repeat(struct down *d, int64_t now_us)
{
    uint8_t origin;
    while (d->repeat_count && seq_ahead(d->repeats[d->repeat_next].due_ms, (uint16_t)(now_us / 1000)) <= 0) {
        uint16_t seq = d->repeats[d->repeat_next].seq;
        uint8_t more = d->repeats[d->repeat_next].more;
        const struct packet *p = sent_find(d, seq, &origin);
        d->repeat_next = (uint8_t)((d->repeat_next + 1) % DOWN_REPEATS_MAX);
        d->repeat_count--;
        if (!p || !peer_may_resend(d->peer, p->rtp.bytes, p->frame.is_key, false, now_us)) continue;
        send_again(d, p, seq, origin, now_us);
        d->repeated++;
        if (more) repeat_add(d, seq, (uint8_t)(more - 1), now_us);
    }
    return d->repeat_count > 0;
}

/* What stands against it now may not do so in a round trip. */
static void owed_bring(struct down *d, struct owed_packet *o, int64_t now_us)
{
    uint8_t origin;
    const struct packet *p = sent_find(d, o->seq, &origin);
    if (!p || o->times++ == OWED_TIMES_MAX) return;
    if (resend_is_new(d, o->seq, now_us / 1000) &&
        peer_may_resend(d->peer, p->rtp.bytes, p->frame.is_key, true, now_us)) {
        send_again(d, p, o->seq, origin, now_us);
        d->brought++;
    }
    owed_wait(d, o, now_us);
}

bool down_owed(struct peer *p, int64_t now_us)
{
    struct owed_packet o;
    if (!p->owed) return false;
    int left = p->narrow.is ? 1 : OWED_MAX; /* a still at once would stand before the sound */
    while (left-- && owed_take(p->owed, now_us / 1000, &o)) {
        struct down *d = peer_down_by_ssrc(p, o.ssrc);
        if (d && down_is_video(d) && protect_repeats(&p->protect)) owed_bring(d, &o, now_us);
    }
    return p->owed->count > 0;
}

/* One after another of the newest, so that where there is room for all, all go twice. */
size_t down_pad(struct down *d, int64_t now_us)
{
    uint16_t newest = (uint16_t)d->seqmap.out_newest, behind = (uint16_t)(newest - d->pad_seq);
    uint8_t origin;
    if (!down_is_video(d) || d->packets_sum == 0 || d->is_catching) return 0;
    if (behind == 0 || behind > PAD_BACK_MOST) d->pad_seq = (uint16_t)(newest - PAD_BACK);
    d->pad_seq++;
    const struct packet *p = sent_find(d, d->pad_seq, &origin);
    if (!p) return 0;
    send_again(d, p, d->pad_seq, origin, now_us);
    return p->rtp.bytes;
}
