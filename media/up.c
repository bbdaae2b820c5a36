#include "media/up.h"
#include "base/mem.h"
#include "media/down.h"
#include "media/peer.h"
#include "media/red.h"
#include "media/room.h"
#include "media/router.h"

enum {
    NACKS_A_TURN = 128,
    KEPT_MS = 2000,
    SOUND_LATE_MS = 300,     /* sound that is missing for longer is not waited for, */
    SOUND_TRIP_MOST_MS = 200 /* and where an answer would take as long, not asked for */
};

static struct up_layer *layer_new(struct up *up, unsigned index, struct str rid)
{
    struct up_layer *l = mem_zalloc(sizeof *l);
    if (!l) return NULL;
    l->cache = cache_new();
    if (!l->cache) {
        mem_free(l);
        return NULL;
    }
    l->up = up;
    l->index = (uint8_t)index;
    ASSERT(rid.bytes <= sizeof l->rid_text);
    if (rid.bytes) memcpy(l->rid_text, rid.at, rid.bytes);
    l->rid = (struct str){l->rid_text, rid.bytes};
    nack_init(&l->nack);
    reception_init(&l->reception, up->clock_hz);
    return l;
}

struct up *up_new(struct peer *peer, uint32_t id, struct str mid, enum sdp_kind kind, enum codec codec,
                  uint32_t clock_hz, const struct str *rids, unsigned rid_count)
{
    struct up *up = mem_zalloc(sizeof *up);
    if (!up) return NULL;
    ASSERT(mid.bytes <= sizeof up->mid_text && rid_count <= UP_LAYERS_MAX);
    up->peer = peer;
    up->id = id;
    if (mid.bytes) memcpy(up->mid_text, mid.at, mid.bytes);
    up->mid = (struct str){up->mid_text, mid.bytes};
    up->kind = kind;
    up->codec = codec;
    up->clock_hz = clock_hz;
    list_init(&up->downs);
    list_init(&up->in_waiting);
    for (unsigned i = 0; i < (rid_count ? rid_count : 1); i++) {
        up->layers[i] = layer_new(up, i, rid_count ? rids[i] : STR(""));
        if (!up->layers[i]) {
            up_free(up);
            return NULL;
        }
        up->layer_count++;
    }
    return up;
}

void up_free(struct up *up)
{
    if (!up) return;
    ASSERT(list_is_empty(&up->downs));
    list_remove(&up->in_waiting);
    for (unsigned i = 0; i < up->waiting_count; i++)
        packet_unref(up->waiting[i].packet);
    for (unsigned i = 0; i < up->layer_count; i++) {
        cache_free(up->layers[i]->cache);
        mem_free(up->layers[i]);
    }
    mem_free(up);
}

void up_format_keep(struct up *up, struct str format)
{
    size_t bytes = format.bytes <= sizeof up->format_text ? format.bytes : 0;
    if (bytes) memcpy(up->format_text, format.at, bytes);
    up->format = (struct str){up->format_text, bytes};
}

bool up_is_silent(const struct up *up)
{
    return up->is_muted || peer_is_cut_off(up->peer);
}

void up_forget(struct up *up)
{
    for (unsigned i = 0; i < up->layer_count; i++) {
        struct up_layer *l = up->layers[i];
        l->cache->has_key = false;
        if (up->kind == SDP_AUDIO) nack_forget(&l->nack);
    }
}

void up_silence(struct up *up)
{
    list_each (item, after, &up->downs) {
        struct down *d = list_of(item, struct down, in_up);
        if (d->up == up) down_stop(d);
    }
}

/* The same for all who watch, so it is done once. */
void up_extensions_find(const struct up *up, const struct packet *p, struct up_extensions *ret)
{
    static const uint32_t carried = 1u << EXT_AUDIO_LEVEL | 1u << EXT_DEPENDENCY | 1u << EXT_CONTENT_TYPE |
                                    1u << EXT_ABS_CAPTURE_TIME | 1u << EXT_COLOR_SPACE |
                                    1u << EXT_VIDEO_TIMING | 1u << EXT_ORIENTATION | 1u << EXT_PLAYOUT_DELAY;
    const struct ext_map *map = peer_extensions(up->peer);
    struct str value;
    uint8_t id;
    ret->count = 0;
    for (uint16_t at = 0; ret->count < UP_EXTENSIONS_MAX && rtp_next_extension(&p->rtp, &at, &id, &value);) {
        uint8_t kind = map->kind_of[id];
        if (carried >> kind & 1 && value.bytes <= UINT8_MAX)
            ret->at[ret->count++] =
                (struct up_extension){kind, (uint8_t)value.bytes, (const uint8_t *)value.at};
    }
}

static void rates_note(struct up_layer *l, const struct packet *p)
{
    uint8_t sid = p->frame.sid < UP_SIDS_MAX ? p->frame.sid : UP_SIDS_MAX - 1;
    uint8_t tid = p->frame.tid < UP_TIDS_MAX ? p->frame.tid : UP_TIDS_MAX - 1;
    rate_add(&l->rate, p->rtp.bytes, p->arrived);
    if (!codec_is_video(p->codec)) return;
    rate_add(&l->rates[sid][tid], p->rtp.bytes, p->arrived);
    if (p->frame.is_start && sid == 0) rate_add(&l->pictures[tid], 1, p->arrived);
    if (p->frame.is_key && p->frame.is_start && sid == 0) l->sid_most = l->tid_most = 0;
    if (sid > l->sid_most) l->sid_most = sid;
    if (tid > l->tid_most) l->tid_most = tid;
    if (p->frame.width) {
        l->width = p->frame.width;
        l->height = p->frame.height;
    }
}

void up_forward(struct up *up)
{
    struct up_extensions extensions[UP_WAITING_MAX];
    for (unsigned i = 0; i < up->waiting_count; i++)
        up_extensions_find(up, up->waiting[i].packet, &extensions[i]);
    list_each (item, after, &up->downs) {
        struct down *d = list_of(item, struct down, in_up);
        d->peer->outlet->together(d->peer->transport, up->waiting_count);
        for (unsigned i = 0; i < up->waiting_count; i++)
            down_packet(d, up->waiting[i].layer, up->waiting[i].packet, &extensions[i]);
    }
    for (unsigned i = 0; i < up->waiting_count; i++)
        packet_unref(up->waiting[i].packet);
    up->waiting_count = 0;
    list_remove(&up->in_waiting);
}

static void forward(struct up_layer *l, struct packet *p)
{
    struct up *up = l->up;
    if (up_is_silent(up) || list_is_empty(&up->downs)) return;
    up->waiting[up->waiting_count++] = (struct up_waiting){l, packet_ref(p)};
    bool waits = up->waiting_count < UP_WAITING_MAX && router_gather(up->peer->room->router, &up->in_waiting);
    if (!waits) up_forward(up);
}

/* A packet of padding alone: it has a number that subscribers must not miss, those who come later neither. */
static void padding(struct up_layer *l, struct packet *p)
{
    up_forward(l->up);
    p->frame = (struct frame){0};
    cache_put(l->cache, p);
    list_each (item, after, &l->up->downs)
        down_skip(list_of(item, struct down, in_up), l, p);
}

static void key_frame_note(struct up_layer *l, const struct packet *p)
{
    if (!codec_is_video(p->codec) || !cache_begins(l->cache, p)) return;
    keyframe_seen(&l->keyframe);
    nack_key_frame(&l->nack, p->rtp.seq);
}

/* How a packet came: by RED it was lost on the way, and reports say so: the sender's own protection lives on them. */
enum way { WAY_FIRST, WAY_RTX, WAY_RED };

/* False: it was here already. */
static bool arrival_note(struct up_layer *l, const struct packet *p, enum way way)
{
    struct up *up = l->up;
    enum nack_news news = nack_packet(&l->nack, p->rtp.seq, p->arrived);
    if (news == NACK_DUPLICATE) return false;
    if (l->nack.count) peer_is_due(up->peer, 0);
    l->has_arrived = true;
    l->arrived = p->arrived;
    int64_t trip_ms = nack_take_trip_ms(&l->nack);
    if (way == WAY_RED) {
        l->recovered++;
        return true;
    }
    if (news == NACK_RECOVERED) peer_note_round_trip(up->peer, TRIP_ANSWERED, trip_ms * 1000);
    if (way == WAY_RTX || news == NACK_RECOVERED)
        reception_recovered(&l->reception, p->rtp.bytes);
    else
        reception_packet(&l->reception, p->rtp.seq, p->rtp.timestamp, p->rtp.bytes, p->arrived_us);
    if (nack_take_key_want(&l->nack) && codec_is_video(up->codec)) up_ask_key(l, NULL, p->arrived);
    return true;
}

static void take(struct up_layer *l, struct packet *p, const struct ext_values *values, enum way way)
{
    struct up *up = l->up;
    if (!arrival_note(l, p, way)) return;
    p->codec = up->codec;
    enum err err = frame_read(up->codec, &p->rtp, values, &l->dependency, &p->frame);
    if (err == ERR_NOT_FOUND) {
        padding(l, p);
        return;
    }
    if (err) {
        l->refused++;
        return;
    }
    if (up->kind == SDP_AUDIO && ext_has(values, EXT_AUDIO_LEVEL))
        level_note(&up->level, values->level, values->is_voice, p->arrived);
    rates_note(l, p);
    cache_put(l->cache, p);
    key_frame_note(l, p);
    forward(l, p);
}

/* The packet that went so many before p, from the block of the past that p carries. */
static void block_take(struct up_layer *l, const struct packet *p, const struct red_block *b, unsigned before)
{
    static const struct ext_values none;
    uint16_t seq = (uint16_t)(p->rtp.seq - before);
    uint32_t timestamp = p->rtp.timestamp - b->offset;
    const struct packet *older = cache_get(l->cache, (uint16_t)(seq - 1));
    if (b->bytes == 0 || b->offset == 0 || b->payload_type != l->up->payload_type) return;
    if (!nack_is_missing(&l->nack, seq)) return;
    /* Between two packets there may be silence, but no packet is older than the one before it. */
    if (older && seq_ahead32(timestamp, older->rtp.timestamp) <= 0) return;
    struct packet *made = packet_new(p->pool);
    if (!made) return;
    struct rtp_head h = {
        .payload_type = b->payload_type, .seq = seq, .timestamp = timestamp, .ssrc = p->rtp.ssrc};
    uint8_t *at = packet_data(made);
    size_t head = rtp_write(&h, false, at, RTP_HEADER_BYTES_MAX);
    memcpy(at + head, b->at, b->bytes);
    made->arrived = p->arrived;
    made->arrived_us = p->arrived_us;
    if (rtp_parse(at, head + b->bytes, &made->rtp) == OK) take(l, made, &none, WAY_RED);
    packet_unref(made);
}

/* Of RED what was lost is taken first, in its order; then the packet is what it would have been without. False: it is malformed. */
static bool red_open(struct up_layer *l, struct packet *p)
{
    struct red red;
    if (red_parse(rtp_payload(&p->rtp), p->rtp.payload_bytes, &red) != OK) return false;
    const struct red_block *newest = &red.blocks[red.count - 1];
    if (newest->payload_type != l->up->payload_type || newest->bytes == 0) return false;
    bool may_tell = p->rtp.ssrc == l->ssrc && l->nack.is_started;
    for (unsigned i = 0; may_tell && i + 1 < red.count; i++)
        block_take(l, p, &red.blocks[i], red.count - 1 - i);
    rtp_cut_payload(&p->rtp, (uint16_t)(newest->at - rtp_payload(&p->rtp)));
    rtp_set_payload_type(&p->rtp, l->up->payload_type);
    return true;
}

void up_packet(struct up_layer *l, struct packet *p, const struct ext_values *values, bool is_rtx)
{
    bool is_red = l->up->red_payload_type && p->rtp.payload_type == l->up->red_payload_type;
    if (is_red && !red_open(l, p))
        l->refused++;
    else
        take(l, p, values, is_rtx ? WAY_RTX : WAY_FIRST);
}

void up_layer_restart(struct up_layer *l)
{
    up_forward(l->up);
    nack_init(&l->nack);
    reception_init(&l->reception, l->up->clock_hz);
    l->source = (struct stamp_source){0};
    l->dependency = (struct dependency_structure){0};
    cache_clear(l->cache);
    list_each (item, after, &l->up->downs) {
        struct down *d = list_of(item, struct down, in_up);
        if (d->up != l->up) continue;
        if (d->layer == l->index || (d->is_catching && d->catch_layer == l->index)) down_stop(d);
    }
}

void up_ask_key(struct up_layer *l, struct keyframe_asker *asker, struct tick now)
{
    if (!codec_is_video(l->up->codec) || !l->has_ssrc) return;
    if (l->up->is_made) { /* who makes it looks (media/legs) */
        l->keyframe.is_wanted = true;
        return;
    }
    if (keyframe_ask(&l->keyframe, asker, now)) peer_request_key(l->up->peer, l);
    peer_is_due(l->up->peer, 0); /* until it comes */
}

static void layer_turn(struct up_layer *l, struct tick now)
{
    uint16_t seqs[NACKS_A_TURN];
    if (!l->has_ssrc) return;
    if (l->keyframe.is_wanted && keyframe_due(&l->keyframe, now) && up_layer_is_live(l, now))
        peer_request_key(l->up->peer, l);
    bool is_sound = l->up->kind == SDP_AUDIO;
    int64_t trip_ms = peer_round_trip_ms(l->up->peer);
    if (is_sound) nack_expire(&l->nack, now, SOUND_LATE_MS);
    if (l->nack.count == 0 || (is_sound && trip_ms > SOUND_TRIP_MOST_MS)) return;
    unsigned count = nack_due(&l->nack, now, trip_ms, seqs, NACKS_A_TURN);
    if (count && l->up->feedback & SDP_NACK) peer_request_packets(l->up->peer, l, seqs, count);
}

void up_turn(struct up *up, struct tick now)
{
    for (unsigned i = 0; i < up->layer_count; i++)
        layer_turn(up->layers[i], now);
}

static bool layer_is_waiting(const struct up_layer *l)
{
    return l->nack.count > 0 || l->keyframe.is_wanted;
}

bool up_is_waiting(const struct up *up)
{
    for (unsigned i = 0; i < up->layer_count; i++)
        if (layer_is_waiting(up->layers[i])) return true;
    return false;
}

unsigned up_layer_pictures(const struct up_layer *l, unsigned tid, struct tick now)
{
    unsigned sum = 0;
    for (unsigned t = 0; t <= tid; t++)
        sum += rate_bps(&l->pictures[t], now);
    return sum / 8;
}

uint32_t up_layer_bps(const struct up_layer *l, unsigned sid, unsigned tid, struct tick now)
{
    uint32_t sum = 0;
    for (unsigned s = 0; s <= sid; s++)
        for (unsigned t = 0; t <= tid; t++) {
            uint32_t bps = rate_bps(&l->rates[s][t], now), steady = l->steady[s][t];
            sum += steady && steady < bps ? steady : bps;
        }
    return sum;
}

static void steady_note(struct up_layer *l, struct tick now)
{
    for (unsigned s = 0; s <= l->sid_most; s++)
        for (unsigned t = 0; t <= l->tid_most; t++) {
            uint64_t bps = rate_bps(&l->rates[s][t], now), before = l->steady[s][t];
            l->steady[s][t] = (uint32_t)(before ? (before * 7 + bps) / 8 : bps);
        }
}

void up_trim(struct up *up, struct tick now)
{
    for (unsigned i = 0; i < up->layer_count; i++) {
        cache_trim(up->layers[i]->cache, (struct tick){now.ms - KEPT_MS}, now);
        steady_note(up->layers[i], now);
    }
}

struct up_layer *up_layer_best(const struct up *up, struct tick now)
{
    struct up_layer *best = NULL;
    for (unsigned i = 0; i < up->layer_count; i++) {
        struct up_layer *l = up->layers[i];
        if (!up_layer_is_live(l, now)) continue;
        if (!best || (uint32_t)l->width * l->height >= (uint32_t)best->width * best->height) best = l;
    }
    return best;
}
