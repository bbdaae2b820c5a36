#include "base/mem.h"
#include "base/rnd.h"
#include "media/down_own.h"
#include "media/peer.h"
#include "media/still.h"

enum {
    JOIN_BYTES_MAX = 200 << 10, /* of a kept key frame with what followed it */
    PACED_BELOW = 4,            /* times the stream's rate */
    PROBE_BYTES = 100,
    AUDIO_KEPT = 128 /* numbers: two seconds and more */
};

struct down *down_new(struct peer *peer, struct up *up, struct str mid)
{
    struct down *d = mem_zalloc(sizeof *d);
    if (!d) return NULL;
    ASSERT(mid.bytes <= sizeof d->mid_text);
    d->peer = peer;
    d->home = d->up = up;
    list_init(&d->in_peer);
    list_init(&d->in_up);
    if (mid.bytes) memcpy(d->mid_text, mid.at, mid.bytes);
    d->mid = (struct str){d->mid_text, mid.bytes};
    uint32_t kept = codec_is_video(up->codec) ? SEQMAP_KEPT_MAX : AUDIO_KEPT;
    d->resends_kept = kept / 4;
    d->resends = mem_zalloc(d->resends_kept * sizeof *d->resends);
    if (up->codec == CODEC_VP8) d->vp8 = mem_alloc(sizeof *d->vp8);
    bool lacks_vp8 = up->codec == CODEC_VP8 && !d->vp8;
    if (lacks_vp8 || !d->resends || seqmap_init(&d->seqmap, kept, (uint16_t)rnd_below(1 << 15)) != OK) {
        down_free(d);
        return NULL;
    }
    stamp_init(&d->stamp, up->clock_hz, (uint32_t)rnd_below(UINT32_MAX));
    if (d->vp8) vp8_out_init(d->vp8);
    d->rtx_seq = (uint16_t)rnd_below(1 << 15);
    d->target_tid = UP_TIDS_MAX - 1;
    d->target_sid = UP_SIDS_MAX - 1;
    return d;
}

void down_free(struct down *d)
{
    if (!d) return;
    list_remove(&d->in_up);
    list_remove(&d->in_peer);
    seqmap_done(&d->seqmap);
    still_free(d->still);
    mem_free(d->vp8);
    mem_free(d->resends);
    mem_free(d);
}

void down_count(struct down *d, size_t bytes, int64_t now_us)
{
    d->packets++;
    d->packets_sum++;
    d->octets += (uint32_t)bytes;
    rate_add(&d->rate, (uint32_t)bytes + PEER_OVERHEAD_BYTES, (struct tick){now_us / 1000});
}

bool down_is_shut(const struct down *d)
{
    return d->is_paused || up_is_silent(d->up) || peer_is_cut_off(d->peer) || !peer_is_connected(d->peer);
}

bool down_is_silent(const struct down *d)
{
    return d->held != LINK_NOT_HELD || down_is_shut(d);
}

/* What has gone so far ends; the next packet is another source's, or comes after a pause. */
static void switch_begin(struct down *d, const struct up_layer *l, const struct packet *p)
{
    d->layer = l->index;
    d->first = cache_seq(l->cache, p->rtp.seq);
    d->epoch++;
    seqmap_switch(&d->seqmap);
    if (d->vp8) vp8_out_switch(d->vp8);
    stamp_switch(&d->stamp, &l->source, p->rtp.timestamp, p->arrived_us);
    d->is_catching &= l->index == d->catch_layer;
    d->sid = d->target_sid;
    d->tid = d->target_tid;
    d->since = INT64_MIN;
    d->is_running = true;
    d->mid_told = 0;
}

/* Layers inside the stream: from this packet on. Those that come late are judged by what held when their picture began,
 * so that none goes out in part. */
static void layers_set(struct down *d, const struct packet *p, uint8_t sid, uint8_t tid)
{
    if (sid == d->sid && tid == d->tid) return;
    d->before_sid = d->sid;
    d->before_tid = d->tid;
    d->since = seq_unwrap(d->seqmap.in_newest, p->rtp.seq);
    d->sid = sid;
    d->tid = tid;
}

static bool is_begin(const struct up_layer *l, const struct packet *p)
{
    return cache_begins(l->cache, p);
}

/* A key frame whose first packet came late: what followed it is here already. */
static void catch_rest(struct down *d, const struct up_layer *l, const struct packet *p)
{
    int64_t next = cache_seq(l->cache, p->rtp.seq) + 1;
    d->is_catching = next <= l->cache->newest;
    d->catch_layer = l->index;
    d->catch_next = next;
}

/* A key frame of what goes out: more spatial layers may come with it. Late: some of their packets have been left out already. */
static void key_frame_take(struct down *d, const struct up_layer *l, const struct packet *p)
{
    if (l->index == d->target && is_begin(l, p) && seqmap_is_newest(&d->seqmap, p->rtp.seq))
        layers_set(d, p, d->target_sid, d->tid);
}

/* Whether the packet is of what goes out now; a key frame of what is to go out makes it so. */
static bool layer_is_mine(struct down *d, const struct up_layer *l, const struct packet *p)
{
    if (!down_is_video(d)) {
        if (!d->is_running) switch_begin(d, l, p);
        return true;
    }
    if (d->is_running && l->index == d->layer) {
        key_frame_take(d, l, p);
        return true;
    }
    if (l->index != d->target || !is_begin(l, p)) return false;
    switch_begin(d, l, p);
    catch_rest(d, l, p);
    return true;
}

/* On a narrow way each picture is a burst that sound would wait behind. */
static bool is_paced_narrow(const struct down *d, const struct up_layer *l, const struct packet *p)
{
    return d->peer->narrow.is && d->is_running && l->index == d->layer &&
           seqmap_is_newest(&d->seqmap, p->rtp.seq);
}

/* A key frame as it comes is several times what the way carries in its moment: where that is not much more than the stream, it
 * leaves as what is caught up with does, or the queue that it makes would pass for a way that is full (decision 0048). */
static bool is_paced(struct down *d, const struct up_layer *l, const struct packet *p)
{
    uint64_t way_bps = estimate_bps(d->peer->estimate, p->arrived_us);
    if (!down_is_video(d) || d->is_catching) return false;
    if (is_paced_narrow(d, l, p)) return true;
    if (l->index != d->target || !is_begin(l, p)) return false;
    if (d->is_running && l->index == d->layer && !seqmap_is_newest(&d->seqmap, p->rtp.seq)) return false;
    return way_bps && way_bps < (uint64_t)rate_bps(&l->rate, p->arrived) * PACED_BELOW;
}

static void pace_begin(struct down *d, const struct up_layer *l, const struct packet *p)
{
    d->is_running &= d->layer == l->index;
    d->is_catching = true;
    d->catch_layer = l->index;
    d->catch_next = cache_seq(l->cache, p->rtp.seq);
    peer_is_due(d->peer, 0);
}

static bool is_dropped(struct down *d, const struct packet *p)
{
    const struct frame *f = &p->frame;
    int64_t seq = seq_unwrap(d->seqmap.in_newest, p->rtp.seq);
    if (!f->has_layers) return false;
    if (d->seqmap.is_started && !d->seqmap.is_switching && seq < d->since)
        return f->tid > d->before_tid || f->sid > d->before_sid;
    if (f->is_start && seqmap_is_newest(&d->seqmap, p->rtp.seq)) {
        uint8_t sid = d->sid, tid = d->tid;
        if (f->tid == 0 && tid > d->target_tid) tid = d->target_tid;
        if (f->sid == 0 && f->tid > tid && f->tid <= d->target_tid && f->is_switch_up) tid = f->tid;
        if (f->sid == 0 && sid > d->target_sid) sid = d->target_sid;
        layers_set(d, p, sid, tid);
    }
    return f->tid > d->tid || f->sid > d->sid;
}

static void padding_send(struct down *d, uint16_t seq, uint32_t timestamp, uint8_t bytes, int64_t now_us)
{
    static const struct up_extensions none;
    uint8_t padding[UINT8_MAX] = {0};
    padding[bytes - 1] = bytes; /* RFC 3550 §5.1 */
    struct peer_out out = {.payload_type = d->payload_type,
                           .is_padding = true,
                           .seq = seq,
                           .timestamp = timestamp,
                           .ssrc = d->ssrc,
                           .extensions = &none,
                           .body = padding,
                           .body_bytes = bytes,
                           .is_video = down_is_video(d)};
    peer_send(d->peer, &out, now_us);
}

static void drop(struct down *d, const struct up_layer *l, const struct packet *p, int64_t now_us)
{
    uint16_t seq;
    if (seqmap_drop(&d->seqmap, p->rtp.seq, &seq)) /* nobody is to wait for it */
        padding_send(d, seq, stamp_map(&d->stamp, &l->source, p->rtp.timestamp, p->arrived_us), 1, now_us);
    if (p->codec == CODEC_VP8 && p->rtp.payload_bytes) vp8_out_drop(d->vp8, &p->frame.vp8);
}

bool down_cut_payload(struct down *d, const struct packet *p, struct down_cut *c)
{
    *c = (struct down_cut){
        .payload_type = d->payload_type, .body = rtp_payload(&p->rtp), .body_bytes = p->rtp.payload_bytes};
    if (p->codec != CODEC_VP8) return true;
    if (vp8_out_forward(d->vp8, &p->frame.vp8, c->body, c->prefix) != OK) return false;
    c->prefix_bytes = p->frame.vp8.descriptor_bytes;
    c->body += c->prefix_bytes;
    c->body_bytes -= c->prefix_bytes;
    return true;
}

static bool is_marked(const struct down *d, const struct packet *p)
{
    /* The last layer that goes out ends the picture. */
    return p->rtp.is_marked || (p->frame.has_layers && p->frame.is_end && d->sid == p->frame.sid &&
                                d->sid < UP_SIDS_MAX - 1 && p->codec != CODEC_VP8);
}

uint8_t down_origin(const struct down *d, bool is_marked_then)
{
    return (uint8_t)(d->epoch << 1 | (is_marked_then ? 1 : 0));
}

void down_put(struct down *d, const struct down_cut *c, const struct down_going *g,
              const struct up_extensions *e, int64_t now_us)
{
    struct peer_out out = {.payload_type = c->payload_type,
                           .is_marked = g->is_marked,
                           .seq = g->seq,
                           .timestamp = g->timestamp,
                           .ssrc = d->ssrc,
                           .owed_ssrc = down_is_video(d) ? d->ssrc : 0,
                           .owed_seq = g->seq,
                           .mid = d->mid_told < DOWN_MID_TOLD_MAX ? d->mid : STR(""),
                           .extensions = e,
                           .prefix = c->prefix,
                           .prefix_bytes = c->prefix_bytes,
                           .body = c->body,
                           .body_bytes = c->body_bytes,
                           .is_video = down_is_video(d)};
    d->mid_told++;
    peer_send(d->peer, &out, now_us);
    down_count(d, c->prefix_bytes + c->body_bytes, now_us);
}

/* A packet of the layer that goes out. */
static void forward(struct down *d, const struct up_layer *l, const struct packet *p,
                    const struct up_extensions *e, int64_t now_us)
{
    uint8_t with_past[DOWN_PAST_ROOM];
    struct down_cut c;
    uint16_t seq;
    if (p->rtp.payload_bytes == 0 || is_dropped(d, p)) {
        drop(d, l, p, now_us);
        return;
    }
    bool marked = is_marked(d, p);
    if (seqmap_forward(&d->seqmap, down_origin(d, marked), p->rtp.seq, &seq) != OK ||
        !down_cut_payload(d, p, &c))
        return;
    down_past_add(d, l, p, &c, with_past);
    struct down_going g = {seq, stamp_map(&d->stamp, &l->source, p->rtp.timestamp, p->arrived_us), marked};
    down_put(d, &c, &g, e, now_us);
    if (down_is_video(d))
        down_repeat_note(d, p, seq, now_us);
    else
        down_hush_note(d, p, now_us);
}

/* While it catches up, what comes waits its turn in the cache, but for what fills a gap behind. */
static bool waits(const struct down *d, const struct up_layer *l, uint16_t seq)
{
    if (!d->is_catching || l->index != d->catch_layer) return false;
    return !d->is_running || cache_seq(l->cache, seq) >= d->catch_next;
}

void down_packet(struct down *d, const struct up_layer *l, struct packet *p, const struct up_extensions *e)
{
    if (l->up != d->up) return; /* home's, of which there is a mix */
    if (down_is_silent(d))
        down_stop(d);
    else if (is_paced(d, l, p))
        pace_begin(d, l, p);
    else if (!waits(d, l, p->rtp.seq) && layer_is_mine(d, l, p))
        forward(d, l, p, e, p->arrived_us);
}

void down_skip(struct down *d, const struct up_layer *l, const struct packet *p)
{
    if (l->up == d->up && d->is_running && d->layer == l->index && !down_is_silent(d) &&
        !waits(d, l, p->rtp.seq))
        drop(d, l, p, p->arrived_us);
}

void down_stop(struct down *d)
{
    d->is_running = d->is_catching = false;
}

void down_source(struct down *d, struct up *up, int64_t now_us)
{
    ASSERT(up->codec == d->home->codec);
    down_stop(d);
    still_allow(d, 0, now_us);
    d->up = up;
    d->layer = d->target = d->catch_layer = d->still_layer = 0;
    d->target_sid = UP_SIDS_MAX - 1;
    d->target_tid = UP_TIDS_MAX - 1;
    d->held = LINK_NOT_HELD;
    down_start(d, now_us);
}

/* Another key frame has come, or what was to go next is here no more. False: there is nothing to go on with. */
static bool catch_again(struct down *d, const struct up_layer *l, struct tick now)
{
    int64_t key;
    bool has_key = cache_key(l->cache, now, &key);
    const struct packet *next = cache_at(l->cache, d->catch_next),
                        *before = cache_at(l->cache, d->catch_next - 1);
    bool is_inside = next && before && next->rtp.timestamp == before->rtp.timestamp; /* of a frame */
    if (has_key && key > d->catch_next && !is_inside) {
        d->is_running = false;
        d->catch_next = key;
    }
    return l->cache->is_started && d->catch_next >= l->cache->oldest;
}

static void catch_one(struct down *d, const struct up_layer *l, const struct packet *p, int64_t now_us)
{
    struct up_extensions e;
    if (!d->is_running)
        switch_begin(d, l, p); /* it is the key frame's first */
    else
        key_frame_take(d, l, p);
    up_extensions_find(d->up, p, &e);
    forward(d, l, p, &e, now_us);
}

void down_pump(struct down *d, int64_t *bytes_left, int64_t now_us)
{
    struct tick now = {now_us / 1000};
    if (!d->is_catching) return;
    if (down_is_silent(d)) {
        down_stop(d);
        return;
    }
    const struct up_layer *l = d->up->layers[d->catch_layer];
    if (!catch_again(d, l, now)) {
        down_stop(d);
        down_ask_key(d, now);
        return;
    }
    while (d->catch_next <= l->cache->newest && *bytes_left > 0) {
        const struct packet *p = cache_at(l->cache, d->catch_next++);
        if (!p) continue;
        uint64_t sent = d->packets_sum;
        catch_one(d, l, p, now_us);
        if (d->packets_sum > sent) *bytes_left -= p->rtp.bytes;
    }
    d->is_catching = d->catch_next <= l->cache->newest;
}

uint32_t down_caught_bps(const struct down *d, struct tick now)
{
    const struct up_layer *l = d->up->layers[d->catch_layer];
    return up_layer_bps(l, d->target_sid < l->sid_most ? d->target_sid : l->sid_most,
                        d->target_tid < l->tid_most ? d->target_tid : l->tid_most, now);
}

bool down_probe(struct down *d, int64_t now_us)
{
    bool may = down_is_video(d) && d->packets_sum > 0 && !d->is_paused && !peer_is_cut_off(d->peer) &&
               !still_is_open(d->still);
    if (may) padding_send(d, seqmap_own(&d->seqmap), d->stamp.newest, PROBE_BYTES, now_us);
    return may;
}

/* The kept key frame with all that followed: a picture at once, and the source is left in peace. */
static bool catch_begin(struct down *d, const struct up_layer *l, struct tick now)
{
    int64_t key;
    bool can_ask = d->up->feedback & (SDP_NACK_PLI | SDP_CCM_FIR);
    if (!cache_key(l->cache, now, &key)) return false;
    if (can_ask && l->cache->key_bytes > JOIN_BYTES_MAX) return false;
    d->is_catching = true;
    d->catch_layer = l->index;
    d->catch_next = key;
    peer_is_due(d->peer, 0);
    return true;
}

void down_start(struct down *d, int64_t now_us)
{
    struct tick now = {now_us / 1000};
    if (d->is_running || down_is_silent(d) || !down_is_video(d)) return;
    if (d->is_catching && d->catch_layer == d->target) return;
    d->is_catching = false;
    if (!catch_begin(d, d->up->layers[d->target], now)) down_ask_key(d, now);
}

void down_retarget(struct down *d, int64_t now_us)
{
    struct tick now = {now_us / 1000};
    if (!down_is_video(d) || down_is_silent(d)) return;
    if (!d->is_running) {
        down_start(d, now_us);
        return;
    }
    const struct up_layer *l = d->up->layers[d->layer];
    bool waits_for_key = d->target != d->layer || (d->target_sid > d->sid && d->sid < l->sid_most);
    if (waits_for_key) up_ask_key(d->up->layers[d->target], NULL, now);
}

void down_ask_key(struct down *d, struct tick now)
{
    if (!down_is_video(d) || down_is_silent(d)) return;
    struct up_layer *l = d->up->layers[d->is_running ? d->layer : d->target];
    up_ask_key(l, &d->asker, now);
}

/* The publisher's clock goes on to the subscriber, so that what belongs together (lips and voice) stays so. */
bool down_report(struct down *d, int64_t now_us, uint64_t ntp_now, struct rtcp_sender *ret_report)
{
    if (!d->is_running || d->packets_sum == 0) return false;
    const struct up_layer *l = d->up->layers[d->layer];
    const struct reception *r = &l->reception;
    *ret_report = (struct rtcp_sender){.packets = d->packets, .octets = d->octets};
    if (r->has_sr) {
        int64_t since_us = now_us - r->sr_us;
        ret_report->ntp = r->sr_ntp + (((uint64_t)since_us << 32) / 1000000u);
        ret_report->timestamp =
            r->sr_timestamp + d->stamp.offset + (uint32_t)(since_us * d->up->clock_hz / 1000000);
    } else {
        int64_t since_us = now_us - d->stamp.newest_us;
        ret_report->ntp = ntp_now;
        ret_report->timestamp = d->stamp.newest + (uint32_t)(since_us * d->up->clock_hz / 1000000);
    }
    d->report_middle = rtcp_ntp_middle(ret_report->ntp);
    d->report_us = now_us;
    return true;
}

int64_t down_round_trip_us(const struct down *d, const struct rtcp_report *r, int64_t now_us)
{
    if (r->last_sr == 0 || r->last_sr != d->report_middle) return -1;
    int64_t trip_us = now_us - d->report_us - ((int64_t)r->since_sr * 1000000 >> 16);
    return trip_us < 0 ? 0 : trip_us;
}
