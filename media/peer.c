#include "media/peer.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "media/allocate.h"
#include "media/room.h"
#include <stdio.h>

enum {
    ROUND_TRIP_GUESS_MS = 100,
    ROUND_TRIP_MOST_US = 10000000,
    RESEND_SLOT_MS = 100,
    TAG_BYTES = 16,               /* of SRTP */
    OVERHEAD_BYTES = 32,          /* that and the header's extensions, about: a narrow way feels them */
    RESEND_UNKNOWN_BPS = 2000000, /* what may go a second again, when no estimate is known */
};

/* What only one direction needs: most peers of a large room send nothing. */
static bool up_tables_make(struct peer *p)
{
    p->streams = mem_zalloc(PEER_SSRC_SLOTS * sizeof *p->streams);
    p->arrivals = mem_alloc(sizeof *p->arrivals);
    if (p->arrivals) twcc_recv_init(p->arrivals);
    return p->streams && p->arrivals;
}

static bool down_tables_make(struct peer *p)
{
    p->estimate = mem_alloc(sizeof *p->estimate);
    if (p->estimate) estimate_init(p->estimate);
    return p->estimate != NULL;
}

struct peer *peer_new(struct room *room, uint32_t id, uint32_t participant, uint8_t kind,
                      const struct outlet *outlet, void *transport)
{
    struct peer *p = mem_zalloc(sizeof *p);
    if (!p) return NULL;
    p->room = room;
    p->id = id;
    p->participant = participant;
    p->kind = kind;
    p->state = LINK_CONNECTING;
    p->outlet = outlet;
    p->transport = transport;
    p->ssrc = (uint32_t)rnd_below(UINT32_MAX) | 1;
    snprintf(p->cname, sizeof p->cname, "peer-%u", id);
    list_init(&p->in_room);
    list_init(&p->downs);
    ext_map_init(&p->extensions);
    if (peer_is_up(p) ? up_tables_make(p) : down_tables_make(p)) return p;
    peer_free(p);
    return NULL;
}

void peer_free(struct peer *p)
{
    if (!p) return;
    while (p->up_count)
        peer_remove_up(p, p->ups[p->up_count - 1]);
    list_each (item, after, &p->downs)
        peer_remove_down(p, list_of(item, struct down, in_peer));
    list_remove(&p->in_room);
    mem_free(p->arrivals);
    if (p->estimate) estimate_done(p->estimate);
    mem_free(p->estimate);
    mem_free(p->owed);
    mem_free(p->streams);
    mem_free(p);
}

void peer_note_round_trip(struct peer *p, enum peer_trip how, int64_t trip_us)
{
    if (trip_us < 0 || trip_us > ROUND_TRIP_MOST_US || how < p->trip) return;
    if (trip_us == 0) trip_us = 1;
    bool is_first = p->round_trip_us == 0 || how > p->trip;
    p->round_trip_us = is_first ? trip_us : (p->round_trip_us * 7 + trip_us) / 8;
    if (p->round_trip_us == 0) p->round_trip_us = 1;
    p->trip = (uint8_t)how;
}

/* What is not known of one way is known of the other that the same participant has: both end at one computer. */
int64_t peer_round_trip_us(const struct peer *p)
{
    if (p->round_trip_us || !p->room) return p->round_trip_us;
    list_each (item, after, &p->room->peers) {
        const struct peer *other = list_of(item, struct peer, in_room);
        if (other->participant == p->participant && other->round_trip_us) return other->round_trip_us;
    }
    return 0;
}

int64_t peer_round_trip_ms(const struct peer *p)
{
    int64_t us = peer_round_trip_us(p);
    return us ? us / 1000 : ROUND_TRIP_GUESS_MS;
}

/* SSRCs are the peer's choice, so the start of the walk is mixed with a secret of the worker's process: our own. */
static unsigned slot_of(const struct peer *p, uint32_t ssrc)
{
    return (unsigned)(((uint64_t)(ssrc ^ p->ssrc) * 0x9e3779b97f4a7c15u) >> 56) % PEER_SSRC_SLOTS;
}

static struct peer_stream *stream_find(struct peer *p, uint32_t ssrc)
{
    for (unsigned i = slot_of(p, ssrc); p->streams[i].is_used; i = (i + 1) % PEER_SSRC_SLOTS)
        if (p->streams[i].ssrc == ssrc) return &p->streams[i];
    return NULL;
}

static void stream_put(struct peer *p, const struct peer_stream *s)
{
    unsigned i = slot_of(p, s->ssrc);
    while (p->streams[i].is_used)
        i = (i + 1) % PEER_SSRC_SLOTS;
    p->streams[i] = *s;
    p->stream_count++;
}

/* Builds the table again without those of the layer (all: without any that its track has). */
static void streams_remove(struct peer *p, const struct up *up, const struct up_layer *layer, bool is_rtx)
{
    struct peer_stream kept[PEER_SSRCS_MAX];
    unsigned count = 0;
    for (unsigned i = 0; i < PEER_SSRC_SLOTS; i++) {
        const struct peer_stream *s = &p->streams[i];
        bool goes = s->is_used && (layer ? s->layer == layer && s->is_rtx == is_rtx : s->layer->up == up);
        if (s->is_used && !goes) kept[count++] = *s;
    }
    memset(p->streams, 0, PEER_SSRC_SLOTS * sizeof *p->streams);
    p->stream_count = 0;
    for (unsigned i = 0; i < count; i++)
        stream_put(p, &kept[i]);
}

bool peer_add_stream(struct peer *p, uint32_t ssrc, struct up_layer *layer, bool is_rtx)
{
    bool had = is_rtx ? layer->has_rtx_ssrc : layer->has_ssrc;
    const struct peer_stream *known = stream_find(p, ssrc);
    if (known) return known->layer == layer && known->is_rtx == is_rtx;
    if (had) streams_remove(p, NULL, layer, is_rtx);
    if (p->stream_count >= PEER_SSRCS_MAX) return false;
    stream_put(p, &(struct peer_stream){ssrc, true, is_rtx, layer});
    if (is_rtx) {
        layer->rtx_ssrc = ssrc;
        layer->has_rtx_ssrc = true;
        return true;
    }
    if (had) up_layer_restart(layer);
    layer->ssrc = ssrc;
    layer->has_ssrc = true;
    return true;
}

void peer_add_up(struct peer *p, struct up *up)
{
    ASSERT(p->up_count < PEER_UPS_MAX);
    p->ups[p->up_count++] = up;
}

void peer_remove_up(struct peer *p, struct up *up)
{
    list_each (item, after, &up->downs) {
        struct down *d = list_of(item, struct down, in_up);
        peer_remove_down(d->peer, d);
    }
    streams_remove(p, up, NULL, false);
    for (unsigned i = 0; i < p->up_count; i++)
        if (p->ups[i] == up) p->ups[i] = p->ups[--p->up_count];
    up_free(up);
}

/* There are few, and only RTCP asks: a table for each viewer would be of 2 kB. */
struct down *peer_down_by_ssrc(const struct peer *p, uint32_t ssrc)
{
    list_each (item, after, &p->downs) {
        struct down *d = list_of(item, struct down, in_peer);
        if (d->ssrc == ssrc || d->rtx_ssrc == ssrc) return d;
    }
    return NULL;
}

void peer_add_down(struct peer *p, struct down *d)
{
    ASSERT(p->down_count < PEER_DOWNS_MAX && !peer_down_by_ssrc(p, d->ssrc) &&
           !peer_down_by_ssrc(p, d->rtx_ssrc));
    list_add_last(&d->home->downs, &d->in_up);
    list_add_last(&p->downs, &d->in_peer);
    p->down_count++;
}

void peer_remove_down(struct peer *p, struct down *d)
{
    down_free(d);
    p->down_count--;
}

struct up *peer_up_by_mid(const struct peer *p, struct str mid)
{
    for (unsigned i = 0; i < p->up_count; i++)
        if (str_is(p->ups[i]->mid, mid)) return p->ups[i];
    return NULL;
}

struct down *peer_down_by_mid(const struct peer *p, struct str mid)
{
    list_each (item, after, &p->downs) {
        struct down *d = list_of(item, struct down, in_peer);
        if (str_is(d->mid, mid)) return d;
    }
    return NULL;
}

struct down *peer_down_by_track(const struct peer *p, uint32_t track)
{
    list_each (item, after, &p->downs) {
        struct down *d = list_of(item, struct down, in_peer);
        if (d->home->id == track) return d;
    }
    return NULL;
}

static struct up_layer *layer_by_rid(const struct up *up, struct str rid)
{
    for (unsigned i = 0; i < up->layer_count; i++)
        if (str_is(up->layers[i]->rid, rid)) return up->layers[i];
    return NULL;
}

/* RFC 9143 §9.2: by mid; else by the payload type, if it is one track's alone. */
static struct up *up_of(const struct peer *p, const struct rtp *r, const struct ext_values *v)
{
    struct up *found = NULL;
    if (ext_has(v, EXT_MID)) return peer_up_by_mid(p, v->mid);
    for (unsigned i = 0; i < p->up_count; i++) {
        struct up *up = p->ups[i];
        uint8_t type = r->payload_type;
        bool is_its = type == up->payload_type || (up->rtx_payload_type && type == up->rtx_payload_type) ||
                      (up->red_payload_type && type == up->red_payload_type);
        if (is_its && found) return NULL;
        if (is_its) found = up;
    }
    return found;
}

/* An SSRC that is new: whose is it? */
static struct peer_stream *stream_discover(struct peer *p, const struct rtp *r, const struct ext_values *v)
{
    struct up *up = up_of(p, r, v);
    if (!up) return NULL;
    bool is_rtx = up->rtx_payload_type && r->payload_type == up->rtx_payload_type;
    enum ext_kind kind = is_rtx ? EXT_REPAIRED_RID : EXT_RID;
    struct up_layer *layer = NULL;
    if (ext_has(v, kind))
        layer = layer_by_rid(up, is_rtx ? v->repaired_rid : v->rid);
    else if (up->layer_count == 1)
        layer = up->layers[0];
    if (!layer || !peer_add_stream(p, r->ssrc, layer, is_rtx)) return NULL;
    return stream_find(p, r->ssrc);
}

static bool payload_type_is(const struct up *up, const struct peer_stream *s, uint8_t type)
{
    if (s->is_rtx) return up->rtx_payload_type && type == up->rtx_payload_type;
    return type == up->payload_type || (up->red_payload_type && type == up->red_payload_type);
}

void peer_packet(struct peer *p, struct packet *packet)
{
    struct ext_values values;
    struct rtp *r = &packet->rtp;
    p->packets_in++;
    rate_add(&p->rate_up, r->bytes, packet->arrived);
    if (!peer_is_up(p)) return;
    ext_read(&p->extensions, r, &values);
    if (p->has_twcc && ext_has(&values, EXT_TRANSPORT_SEQ))
        twcc_recv_note(p->arrivals, values.transport_seq, packet->arrived_us);
    if (p->has_twcc) peer_is_due(p, p->twcc_ms);
    const struct peer_stream *s = stream_find(p, r->ssrc);
    if (!s) s = stream_discover(p, r, &values);
    if (!s || !payload_type_is(s->layer->up, s, r->payload_type)) {
        p->unknown++;
        return;
    }
    p->twcc_ssrc = s->layer->ssrc;
    if (s->is_rtx) {
        /* Before the first packet of its stream there is nothing that could have been lost. */
        if (!s->layer->has_ssrc || rtp_unwrap_rtx(r, s->layer->ssrc, s->layer->up->payload_type) != OK)
            return;
    }
    up_packet(s->layer, packet, &values, s->is_rtx);
}

/* Our own elements first, then the publisher's that this peer knows. */
static size_t header_write(struct peer *p, const struct peer_out *out, int64_t now_us, uint8_t *at)
{
    const uint8_t *id = p->extensions.id_of;
    uint8_t number[2], time[3];
    struct rtp_head h = {.is_marked = out->is_marked,
                         .is_padded = out->is_padding,
                         .payload_type = out->payload_type,
                         .seq = out->seq,
                         .timestamp = out->timestamp,
                         .ssrc = out->ssrc};
    if (id[EXT_TRANSPORT_SEQ]) {
        uint16_t bytes = (uint16_t)(RTP_HEADER_BYTES + out->prefix_bytes + out->body_bytes + OVERHEAD_BYTES);
        uint16_t n = estimate_sent(p->estimate, bytes, now_us);
        if (p->owed) owed_sent(p->owed, n, out->owed_ssrc, out->owed_seq);
        bytes_put16(number, n);
        rtp_head_add(&h, id[EXT_TRANSPORT_SEQ], number, sizeof number);
    }
    if (id[EXT_ABS_SEND_TIME] &&
        !p->has_twcc) { /* whose feedback is by numbers needs no times: four bytes less */
        bytes_put24(time, ext_abs_send_time((uint64_t)now_us));
        rtp_head_add(&h, id[EXT_ABS_SEND_TIME], time, sizeof time);
    }
    if (id[EXT_MID] && out->mid.bytes) rtp_head_add(&h, id[EXT_MID], out->mid.at, out->mid.bytes);
    for (unsigned i = 0; i < out->extensions->count; i++) {
        const struct up_extension *e = &out->extensions->at[i];
        bool is_spared = e->kind == EXT_AUDIO_LEVEL && p->narrow.is; /* a speaker is told otherwise too */
        if (id[e->kind] && !is_spared) rtp_head_add(&h, id[e->kind], e->at, e->bytes);
    }
    return rtp_write(&h, p->is_mixed, at, OUTLET_HEAD_BYTES_MAX - out->prefix_bytes);
}

void peer_send(struct peer *p, const struct peer_out *out, int64_t now_us)
{
    uint8_t *at = p->outlet->reserve(p->transport);
    if (!at) return;
    size_t header_bytes = header_write(p, out, now_us, at);
    if (header_bytes == 0) return;
    if (out->prefix_bytes) memcpy(at + header_bytes, out->prefix, out->prefix_bytes);
    if (p->outlet->send(p->transport, out->is_video, header_bytes, out->prefix_bytes, out->body,
                        out->body_bytes) != OK)
        return;
    p->packets_out++;
    p->pad_bytes_left -= (int64_t)(header_bytes + out->prefix_bytes + out->body_bytes + TAG_BYTES);
    rate_add(&p->rate_down, (uint32_t)(header_bytes + out->prefix_bytes + out->body_bytes),
             (struct tick){now_us / 1000});
}

/* Half of what the way carries may be answers to who asks, and half repetition unasked, which takes nothing from those (decision 0362); key
 * frames come before thrift. */
bool peer_may_resend(struct peer *p, size_t bytes, bool is_key, bool is_asked, int64_t now_us)
{
    int64_t slot = now_us / 1000 / RESEND_SLOT_MS;
    uint64_t *left = is_asked ? &p->resend_bytes_left : &p->repeat_bytes_left;
    if (slot != p->resend_slot) {
        uint32_t bps = estimate_bps(p->estimate, now_us);
        uint64_t all = (bps ? bps / 2 : RESEND_UNKNOWN_BPS) / 8 * RESEND_SLOT_MS / 1000;
        p->resend_slot = slot;
        p->resend_bytes_left = p->repeat_bytes_left = all < 4 * RTP_BYTES_MAX ? 4 * RTP_BYTES_MAX : all;
    }
    if (is_key) return true;
    if (bytes > *left) return false;
    *left -= bytes;
    return true;
}

void peer_set_due(struct peer *p, int64_t at_ms)
{
    p->due_ms = at_ms;
    if (p->room) room_is_due(p->room, at_ms);
}

bool peer_set_state(struct peer *p, enum link_peer_state state, int64_t now_us)
{
    if (p->state == state) return false;
    bool was_connected = peer_is_connected(p);
    p->state = (uint8_t)state;
    peer_is_due(p, 0);
    if (peer_is_connected(p) && !was_connected)
        list_each (item, after, &p->downs)
            down_start(list_of(item, struct down, in_peer), now_us);
    return true;
}
