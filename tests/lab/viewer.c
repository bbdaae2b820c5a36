#include "tests/lab/viewer.h"
#include "base/mem.h"
#include "media/sdp.h"
#include "media/seq.h"
#include <stdarg.h>
#include <stdio.h>

enum { ASK_FIRST_US = 30000, ASK_AGAIN_US = 80000, REPORT_US = 1000000, EARLIER = 300 };

static void PRINTF_LIKE(2, 3) fault(struct viewer *v, const char *format, ...)
{
    va_list args;
    if (v->fault) return; /* the first tells most */
    va_start(args, format);
    vsnprintf(v->fault_text, sizeof v->fault_text, format, args);
    va_end(args);
    v->fault = v->fault_text;
}

bool viewer_init(struct viewer *v, uint32_t peer, enum codec codec, const char *sdp, const char *mid)
{
    struct arena *arena = arena_new(1 << 20);
    struct sdp *s;
    struct sdp_fault why;
    *v = (struct viewer){.peer = peer, .codec = codec};
    ASSERT(arena && sdp_parse(str_of(sdp), arena, &s, &why) == OK);
    const struct sdp_media *m = sdp_find_mid(s, str_of(mid));
    bool is_found = m && m->ssrc_count > 0 && m->codec_count > 0;
    if (is_found) {
        v->ssrc = m->ssrcs[0].ssrc;
        const struct sdp_codec *rtx = sdp_rtx_of(m, m->codecs[0].payload_type);
        if (rtx) v->rtx_payload_type = rtx->payload_type;
        if (m->group_count) v->rtx_ssrc = m->groups[0].ssrcs[1];
    }
    arena_free(arena);
    return is_found;
}

static uint32_t fingerprint_of(const uint8_t *at, size_t bytes)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < bytes; i++)
        h = (h ^ at[i]) * 16777619u;
    return h;
}

static struct viewer_packet *packet_at(struct viewer *v, int64_t seq)
{
    ASSERT(seq - v->first >= 0 && seq - v->first < VIEWER_PACKETS_MAX);
    return &v->packets[seq - v->first];
}

static void packet_put(struct viewer *v, const struct rtp *r, bool is_resent, int64_t now_us)
{
    if (!v->is_started) {
        v->is_started = true;
        v->began = v->newest = (int64_t)r->seq + 65536;
        v->first = v->began - EARLIER;
        v->first_us = now_us;
    }
    int64_t seq = seq_unwrap(v->newest, r->seq);
    if (seq < v->first) {
        if (!is_resent) fault(v, "number %u is before the first", r->seq);
        return;
    }
    struct viewer_packet *p = packet_at(v, seq);
    uint32_t fingerprint = fingerprint_of(rtp_payload(r), r->payload_bytes);
    if (p->is_here) {
        v->repeated++;
        if (p->fingerprint != fingerprint || p->timestamp != r->timestamp || p->is_marked != r->is_marked)
            fault(v, "number %u stands for two packets", r->seq);
        return;
    }
    *p = (struct viewer_packet){.is_here = true,
                                .is_marked = r->is_marked,
                                .is_padding = r->payload_bytes == 0,
                                .is_resent = is_resent,
                                .timestamp = r->timestamp,
                                .fingerprint = fingerprint,
                                .at_us = now_us};
    p->has_mark = source_mark_read(v->codec, r, &p->mark);
    if (v->codec == CODEC_VP8 && r->payload_bytes &&
        vp8_parse(rtp_payload(r), r->payload_bytes, &p->vp8) != OK)
        fault(v, "number %u has no descriptor", r->seq);
    if (seq > v->newest) v->newest = seq;
    if (seq < v->began) v->began = seq;
    v->count++;
    v->resent += is_resent;
}

void viewer_rtp(struct viewer *v, const uint8_t *at, size_t bytes, int64_t now_us)
{
    uint8_t copy[RTP_BYTES_MAX];
    struct rtp r;
    memcpy(copy, at, bytes);
    if (rtp_parse(copy, bytes, &r) != OK) {
        fault(v, "a packet is none");
        return;
    }
    if (r.ssrc == v->ssrc) {
        packet_put(v, &r, false, now_us);
    } else if (r.ssrc == v->rtx_ssrc && v->rtx_ssrc) {
        if (r.payload_type != v->rtx_payload_type) fault(v, "a retransmission of another type");
        if (rtp_unwrap_rtx(&r, v->ssrc, 96) == OK) packet_put(v, &r, true, now_us);
    }
}

void viewer_rtcp(struct viewer *v, const uint8_t *at, size_t bytes, int64_t now_us)
{
    struct rtcp r;
    struct rtcp_sender s;
    for (size_t offset = 0; rtcp_next(at, bytes, &offset, &r);) {
        if (r.kind != RTCP_SR || r.ssrc != v->ssrc) continue;
        rtcp_sender(&r, &s);
        v->sr_middle = rtcp_ntp_middle(s.ntp);
        v->sr_us = now_us;
    }
}

static void out(struct viewer *v, struct rtcp_out *o)
{
    size_t bytes = rtcp_end(o);
    ASSERT(bytes > 0);
    v->send(v->owner, v->peer, true, o->at, bytes);
}

void viewer_ask_key(struct viewer *v)
{
    uint8_t at[64];
    struct rtcp_out o;
    rtcp_start(&o, at, sizeof at);
    rtcp_add_rr(&o, 77, NULL, 0);
    rtcp_add_pli(&o, 77, v->ssrc);
    out(v, &o);
    v->keys_asked++;
}

static void missing_ask(struct viewer *v, int64_t now_us)
{
    uint16_t seqs[64];
    unsigned count = 0;
    uint8_t at[400];
    struct rtcp_out o;
    int64_t from = v->newest - 900 > v->began ? v->newest - 900 : v->began;
    for (int64_t seq = from; seq < v->newest && count < COUNT_OF(seqs); seq++)
        if (!packet_at(v, seq)->is_here) seqs[count++] = (uint16_t)seq;
    if (count == 0) return;
    v->asked_us = now_us;
    rtcp_start(&o, at, sizeof at);
    rtcp_add_rr(&o, 77, NULL, 0);
    v->nacks_sent += rtcp_add_nack(&o, 77, v->ssrc, seqs, count);
    out(v, &o);
}

static void report(struct viewer *v, int64_t now_us)
{
    uint8_t at[200];
    struct rtcp_out o;
    struct rtcp_report r = {.ssrc = v->ssrc, .highest_seq = (uint32_t)v->newest};
    if (v->sr_middle) {
        r.last_sr = v->sr_middle;
        r.since_sr = (uint32_t)(((now_us - v->sr_us) << 16) / 1000000);
    }
    v->reported_us = now_us;
    rtcp_start(&o, at, sizeof at);
    rtcp_add_rr(&o, 77, &r, 1);
    out(v, &o);
}

void viewer_turn(struct viewer *v, int64_t now_us)
{
    if (!v->is_started || !v->asks) return;
    if (now_us - v->asked_us >= ASK_AGAIN_US) missing_ask(v, now_us);
    if (now_us - v->reported_us >= REPORT_US) report(v, now_us);
}

/* -- walking -- */

struct walk {
    struct viewer *v;
    struct viewer_sum *sum;
    bool is_broken; /* by a gap, until a key frame */
    bool has_stamp, has_id, was_stamped, was_marked;
    bool may_skip; /* an id was kept for a frame that came too late */
    uint32_t stamp;
    uint16_t id;
    uint8_t tl0;
    /* of the layer that is shown: which pictures were decoded lately */
    uint8_t layer;
    uint32_t decoded[4][256];
    /* the frame that is being gathered */
    bool is_open;
    struct source_mark mark;
    unsigned have;
};

static bool was_decoded(const struct walk *w, unsigned sid, uint32_t picture)
{
    return w->decoded[sid & 3][picture % 256] == picture;
}

static void frame_judge(struct walk *w)
{
    const struct source_mark *m = &w->mark;
    w->is_open = false;
    if (w->have != m->count) {
        if (!w->is_broken) fault(w->v, "picture %u has %u of %u packets", m->picture, w->have, m->count);
        return;
    }
    bool is_key = m->is_key && m->sid == 0;
    if (is_key) {
        memset(w->decoded, 0, sizeof w->decoded);
        w->layer = m->layer;
        w->is_broken = false;
        w->sum->keys++;
    }
    bool has_all = is_key || (m->layer == w->layer && (m->is_key || was_decoded(w, m->sid, m->refers_to)) &&
                              (m->sid == 0 || was_decoded(w, m->sid - 1u, m->picture)));
    if (!has_all && !w->is_broken)
        fault(w->v, "picture %u of layer %u.%u.%u refers to %u, which never came", m->picture, m->layer,
              m->sid, m->tid, m->refers_to);
    if (!has_all) {
        w->sum->broken++;
        return;
    }
    w->decoded[m->sid & 3][m->picture % 256] = m->picture;
    w->sum->frames++;
    w->sum->of_layer[m->layer % SOURCE_LAYERS_MAX]++;
    w->sum->of_sid[m->sid & 3]++;
    w->sum->of_tid[m->tid & 3]++;
    w->sum->last_picture = m->picture;
    w->sum->last_layer = m->layer;
}

static void stamp_judge(struct walk *w, const struct viewer_packet *p, bool is_new_picture)
{
    int32_t ahead = seq_ahead32(p->timestamp, w->stamp);
    if (w->has_stamp && is_new_picture && ahead <= 0)
        fault(w->v, "the clock stands at picture %u (%d)", p->mark.picture, ahead);
    if (w->has_stamp && !is_new_picture && ahead != 0)
        fault(w->v, "picture %u has two times", p->mark.picture);
    if (w->has_stamp && ahead > 10 * 90000) fault(w->v, "the clock leaps by %d", ahead);
    w->has_stamp = true;
    w->stamp = p->timestamp;
}

static void vp8_judge(struct walk *w, const struct viewer_packet *p, bool is_new, bool may_skip)
{
    const struct vp8 *d = &p->vp8;
    unsigned size = d->is_long ? 1 << 15 : 1 << 7;
    unsigned step = (unsigned)(d->picture_id - w->id) % size, tl0_step = (uint8_t)(d->tl0 - w->tl0);
    if (w->has_id) {
        if (!is_new && step != 0) fault(w->v, "picture %u has two ids", p->mark.picture);
        if (is_new && (may_skip ? step == 0 || step > size / 2 : step != 1))
            fault(w->v, "the id goes from %u to %u at picture %u", w->id, d->picture_id, p->mark.picture);
        unsigned want = is_new && d->tid == 0 ? 1 : 0;
        if (may_skip ? tl0_step > 128 : tl0_step != want)
            fault(w->v, "TL0PICIDX goes from %u to %u at picture %u (tid %u)", w->tl0, d->tl0,
                  p->mark.picture, d->tid);
    }
    w->has_id = true;
    w->id = d->picture_id;
    w->tl0 = d->tl0;
}

static void packet_judge(struct walk *w, const struct viewer_packet *p, bool after_gap)
{
    const struct source_mark *m = &p->mark;
    if (!p->has_mark) {
        fault(w->v, "a packet that nobody sent");
        return;
    }
    bool is_same_picture = w->was_stamped && m->picture == w->mark.picture && m->layer == w->mark.layer;
    /* A key frame that is kept may be shown again, after a pause. */
    if ((!w->is_open || m->index == 0) && m->is_key && p->timestamp != w->stamp) is_same_picture = false;
    /* A key frame that begins may cut off the end of what was shown before it. */
    bool is_cut = m->is_key && !is_same_picture;
    if (is_cut) {
        w->is_open = false;
        w->was_marked = true;
    }
    bool is_same = w->is_open && is_same_picture && m->sid == w->mark.sid;
    if (w->is_open && !is_same) frame_judge(w);
    if (!is_same) {
        if (m->index != 0 && !after_gap && !w->is_broken)
            fault(w->v, "picture %u begins with its packet %u", m->picture, m->index);
        w->is_open = true;
        w->have = 0;
    }
    stamp_judge(w, p, !is_same_picture);
    if (!is_same_picture && w->was_stamped && !w->was_marked && !after_gap)
        fault(w->v, "no marker ends the picture before %u", m->picture);
    if (p->is_marked && m->index + 1 != m->count) fault(w->v, "a marker inside picture %u", m->picture);
    w->was_stamped = true;
    w->was_marked = p->is_marked;
    if (w->v->codec == CODEC_VP8) vp8_judge(w, p, !is_same_picture, after_gap || w->is_broken || w->may_skip);
    w->may_skip = false;
    w->mark = *m;
    w->have++;
    if (w->have == m->count) frame_judge(w);
}

void viewer_walk(struct viewer *v, bool may_have_gaps, struct viewer_sum *ret_sum)
{
    static struct walk w;
    *ret_sum = (struct viewer_sum){0};
    w = (struct walk){.v = v, .sum = ret_sum, .is_broken = may_have_gaps}; /* its first packets may be lost */
    bool after_gap = false;
    for (int64_t seq = v->began; v->is_started && seq <= v->newest; seq++) {
        const struct viewer_packet *p = packet_at(v, seq);
        if (!p->is_here) {
            if (!after_gap) ret_sum->gaps++;
            if (!may_have_gaps) fault(v, "number %u never came", (unsigned)(seq & 0xffff));
            after_gap = w.is_broken = true;
            if (w.is_open) frame_judge(&w);
            w.have = 0;
            continue;
        }
        if (p->is_padding) { /* in place of what came too late to be of use */
            w.is_open = false;
            w.was_marked = w.may_skip = true;
            continue;
        }
        if (v->codec == CODEC_OPUS) {
            if (w.has_stamp && seq_ahead32(p->timestamp, w.stamp) <= 0) fault(v, "sound goes back in time");
            w.has_stamp = true;
            w.stamp = p->timestamp;
            ret_sum->frames++;
            ret_sum->last_picture = p->mark.picture;
        } else {
            packet_judge(&w, p, after_gap);
        }
        after_gap = false;
    }
    if (w.is_open && w.have == w.mark.count) frame_judge(&w);
}
