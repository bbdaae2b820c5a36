#include "media/still.h"
#include "base/mem.h"
#include "media/down_own.h"

enum { ASK_AGAIN_MS = 1000, BURST_BYTES = 1300 };

struct still {
    struct packet *packets[STILL_PACKETS_MAX]; /* of one picture, in order */
    unsigned count, next;
    uint8_t epoch; /* of the down, for these */
    uint32_t bps;
    int64_t key, bytes_left; /* key: where the last began, as its layer's cache counts */
    uint8_t layer;
    bool has_key, was_asked;
    int64_t turned_us, began_ms, asked_ms;
};

static void packets_drop(struct still *s)
{
    for (unsigned i = 0; i < s->count; i++)
        packet_unref(s->packets[i]);
    s->count = s->next = 0;
}

void still_free(struct still *s)
{
    if (!s) return;
    packets_drop(s);
    mem_free(s);
}

void still_allow(struct down *d, uint32_t bps, int64_t now_us)
{
    if (!still_is_allowed(bps)) {
        still_free(d->still);
        d->still = NULL;
        return;
    }
    if (!d->still) d->still = mem_zalloc(sizeof *d->still);
    if (!d->still) return; /* no picture, as before */
    if (d->still->bps == 0) d->still->turned_us = now_us;
    d->still->bps = bps;
}

/* -- which picture -- */

/* Of a picture whose spatial layers come together, the lowest is the still. */
static bool is_part(const struct packet *p)
{
    return p->rtp.payload_bytes > 0 && p->frame.sid == 0;
}

/* The picture that begins there, with a reference to each of its packets; false: not all of it is here (yet), or it is too much. */
static bool picture_take(struct still *s, const struct cache *c, int64_t key)
{
    uint32_t stamp = cache_at(c, key)->rtp.timestamp;
    bool is_whole = false;
    packets_drop(s);
    for (int64_t seq = key; seq <= c->newest && !is_whole; seq++) {
        struct packet *p = cache_at(c, seq);
        is_whole = p && p->rtp.timestamp != stamp;
        if (is_whole) break;
        if (!p || (is_part(p) && s->count == STILL_PACKETS_MAX)) break;
        if (is_part(p)) s->packets[s->count++] = packet_ref(p);
        is_whole = p->rtp.is_marked;
    }
    if (!is_whole) packets_drop(s);
    return is_whole && s->count > 0;
}

/* What it costs the way: twice as much where key frames go twice (media/protect). */
static unsigned cost_of(const struct down *d, const struct packet *p)
{
    return (p->rtp.bytes + PEER_OVERHEAD_BYTES) * (protect_repeats(&d->peer->protect) ? 2u : 1u);
}

static int64_t cost_of_all(const struct down *d)
{
    int64_t bytes = 0;
    for (unsigned i = 0; i < d->still->count; i++)
        bytes += cost_of(d, d->still->packets[i]);
    return bytes;
}

/* A key frame newer than the last that went. */
static bool picture_find(struct down *d, struct up_layer *l, struct tick now)
{
    struct still *s = d->still;
    int64_t key;
    if (!cache_key(l->cache, now, &key)) return false;
    if (s->has_key && s->layer == l->index && key <= s->key) return false;
    if (!picture_take(s, l->cache, key)) return false;
    s->has_key = true;
    s->layer = l->index;
    s->key = key;
    return true;
}

/* It goes on from what has gone, as another source does; its time is when all of it will be there. */
static void picture_begin(struct down *d, int64_t now_us)
{
    static const struct stamp_source alone; /* by time that passes, whatever reports say */
    struct still *s = d->still;
    const struct packet *first = s->packets[0];
    int64_t there_us = now_us + cost_of_all(d) * 8 * 1000000 / s->bps;
    d->layer = s->layer;
    d->epoch++;
    d->mid_told = 0;
    d->is_running = d->is_catching = false;
    seqmap_switch(&d->seqmap);
    if (d->vp8) vp8_out_switch(d->vp8);
    stamp_switch(&d->stamp, &alone, first->rtp.timestamp, there_us);
    (void)stamp_map(&d->stamp, &alone, first->rtp.timestamp, there_us);
    s->epoch = d->epoch;
    s->began_ms = now_us / 1000;
    s->was_asked = false;
}

static void packet_send(struct down *d, const struct packet *p, bool is_last, int64_t now_us)
{
    struct up_extensions e;
    struct down_cut c;
    uint16_t seq;
    if (seqmap_forward(&d->seqmap, down_origin(d, is_last), p->rtp.seq, &seq) != OK ||
        !down_cut_payload(d, p, &c))
        return;
    struct down_going g = {seq, p->rtp.timestamp + d->stamp.offset, is_last};
    up_extensions_find(d->up, p, &e);
    down_put(d, &c, &g, &e, now_us);
    down_repeat_note(d, p, seq, now_us);
}

/* -- by the clock -- */

static void allowance_grow(struct still *s, int64_t now_us)
{
    s->bytes_left += (int64_t)s->bps * (now_us - s->turned_us) / 8000000;
    s->turned_us = now_us;
    if (s->bytes_left > BURST_BYTES) s->bytes_left = BURST_BYTES;
}

static void picture_want(struct down *d, struct up_layer *l, struct tick now)
{
    struct still *s = d->still;
    if (s->was_asked && now.ms - s->asked_ms < ASK_AGAIN_MS) return;
    s->was_asked = true;
    s->asked_ms = now.ms;
    up_ask_key(l, NULL, now);
}

void still_turn(struct down *d, int64_t now_us)
{
    struct still *s = d->still;
    struct tick now = {now_us / 1000};
    struct up_layer *l = d->up->layers[d->still_layer];
    if (!s) return;
    if (down_is_shut(d) || d->held == LINK_NOT_HELD) {
        still_allow(d, 0, now_us);
        return;
    }
    allowance_grow(s, now_us);
    if (s->next == s->count) { /* what went stays for those who missed it, until there is another */
        if (s->began_ms && now.ms - s->began_ms < STILL_EVERY_MS) return;
        if (!picture_find(d, l, now)) {
            picture_want(d, l, now);
            return;
        }
        picture_begin(d, now_us);
    }
    while (s->next < s->count && s->bytes_left > 0) {
        const struct packet *p = s->packets[s->next++];
        s->bytes_left -= cost_of(d, p);
        packet_send(d, p, s->next == s->count, now_us);
    }
}

bool still_is_open(const struct still *s)
{
    return s && s->next > 0 && s->next < s->count;
}

const struct packet *still_find(const struct still *s, uint8_t epoch, uint16_t in)
{
    for (unsigned i = 0; s && s->epoch == epoch && i < s->next; i++)
        if (s->packets[i]->rtp.seq == in) return s->packets[i];
    return NULL;
}
