/* The peer's RTCP: what it tells us, and what we tell it. */
#include "base/mem.h"
#include "media/allocate.h"
#include "media/pace.h"
#include "media/peer.h"
#include "media/room.h"

enum {
    TWCC_EVERY_MS = 50,
    TWCC_COPIED_EVERY_MS = 100,
    TWCC_NARROW_EVERY_MS =
        200, /* where little comes: twenty packets a second would be a fifth of 64 kbit/s the other way */
    TWCC_NARROW_BPS = 80000,
    REPORT_EVERY_MS = 1000,
    ALLOCATE_EVERY_MS = 200,
    TRIM_EVERY_MS = 500,
    FEEDBACK_PACKETS_MAX = 4,
    LOSS_MUCH = 100, /* of 1000 */
    LOSS_VERY_MUCH = 200,
    HASTE_MOST_US = 60000, /* queues are told by how round trips change: less than what makes one */
    HASTE_MS = 5000,
    REMB_FIRST_BPS = 1000000,
    REMB_LEAST_BPS = 100000,
    REMB_MOST_BPS = 20000000
};

static void reports_take(struct peer *p, const struct rtcp *r, int64_t now_us)
{
    unsigned loss_sum = 0, loss_count = 0;
    for (unsigned i = 0; i < r->count; i++) {
        struct rtcp_report report;
        rtcp_report(r, i, &report);
        struct down *d = peer_down_by_ssrc(p, report.ssrc);
        if (!d || report.ssrc != d->ssrc) continue;
        d->fraction_lost = report.fraction_lost;
        peer_note_round_trip(p, TRIP_REPORTED, down_round_trip_us(d, &report, now_us));
        loss_sum += report.fraction_lost;
        loss_count++;
    }
    if (loss_count == 0) return;
    p->loss_down = (p->loss_down + loss_sum / loss_count * 1000 / 256) / 2;
    estimate_report(p->estimate, loss_sum / loss_count, rate_bps(&p->rate_down, (struct tick){now_us / 1000}),
                    now_us);
}

static struct up_layer *layer_of(const struct peer *p, uint32_t ssrc)
{
    for (unsigned i = 0; i < p->up_count; i++)
        for (unsigned j = 0; j < p->ups[i]->layer_count; j++) {
            struct up_layer *l = p->ups[i]->layers[j];
            if (l->has_ssrc && l->ssrc == ssrc) return l;
        }
    return NULL;
}

static void sender_take(struct peer *p, const struct rtcp *r, int64_t now_us)
{
    struct rtcp_sender sender;
    struct up_layer *l = layer_of(p, r->ssrc);
    if (!l) return;
    rtcp_sender(r, &sender);
    reception_sr(&l->reception, &sender, now_us);
    stamp_report(&l->source, sender.ntp, sender.timestamp);
}

static void nack_take(struct peer *p, const struct rtcp *r, int64_t now_us)
{
    struct rtcp_nack_walk walk = {0};
    struct down *d = peer_down_by_ssrc(p, r->media_ssrc);
    uint16_t seq;
    if (!d || r->media_ssrc != d->ssrc) return;
    while (rtcp_next_nack(r, &walk, &seq))
        down_resend(d, seq, now_us);
}

static void key_take(struct peer *p, uint32_t ssrc, int64_t now_us)
{
    struct down *d = peer_down_by_ssrc(p, ssrc);
    if (d && ssrc == d->ssrc) down_ask_key(d, (struct tick){now_us / 1000});
}

static void fir_take(struct peer *p, const struct rtcp *r, int64_t now_us)
{
    uint32_t ssrc;
    uint8_t number;
    for (size_t at = 0; rtcp_next_fir(r, &at, &ssrc, &number);)
        key_take(p, ssrc, now_us);
}

static void xr_take(struct peer *p, const struct rtcp *r, int64_t now_us)
{
    struct rtcp_xr block;
    for (size_t at = 0; rtcp_next_xr(r, &at, &block);) {
        if (block.kind == RTCP_XR_RRTR) {
            p->rrtr_ntp = block.ntp;
            p->rrtr_us = now_us;
            p->peer_ssrc = r->ssrc;
        }
        for (unsigned i = 0; block.kind == RTCP_XR_DLRR && i < block.count; i++) {
            uint32_t ssrc, last, since;
            rtcp_dlrr(&block, i, &ssrc, &last, &since);
            if (ssrc == p->ssrc)
                peer_note_round_trip(
                    p, TRIP_REPORTED,
                    rtcp_round_trip_us(rtcp_ntp_middle(room_ntp(p->room, now_us)), last, since));
        }
    }
}

static void bye_take(struct peer *p, const struct rtcp *r)
{
    for (unsigned i = 0; i < r->count; i++) {
        struct up_layer *l = layer_of(p, rtcp_bye_ssrc(r, i));
        if (l) l->has_arrived = false; /* until it comes again */
    }
}

static void feedback_take(struct peer *p, const struct rtcp *r, int64_t now_us)
{
    if (!p->estimate) return;
    if (r->kind == RTCP_REMB) {
        estimate_remb(p->estimate, rtcp_remb_bps(r), now_us);
        return;
    }
    estimate_feedback(p->estimate, r, now_us);
    if (p->owed) owed_feedback(p->owed, r);
}

void peer_rtcp(struct peer *p, const uint8_t *at, size_t bytes, int64_t now_us)
{
    struct rtcp r;
    if (rtcp_parse(at, bytes) != OK) return;
    for (size_t offset = 0; rtcp_next(at, bytes, &offset, &r);) {
        switch (r.kind) {
        case RTCP_SR:
            sender_take(p, &r, now_us);
            reports_take(p, &r, now_us);
            break;
        case RTCP_RR:
            reports_take(p, &r, now_us);
            break;
        case RTCP_NACK:
            nack_take(p, &r, now_us);
            break;
        case RTCP_PLI:
            key_take(p, r.media_ssrc, now_us);
            break;
        case RTCP_FIR:
            fir_take(p, &r, now_us);
            break;
        case RTCP_TWCC:
        case RTCP_REMB:
            feedback_take(p, &r, now_us);
            break;
        case RTCP_XR:
            xr_take(p, &r, now_us);
            break;
        case RTCP_BYE:
            bye_take(p, &r);
            break;
        case RTCP_SDES:
        case RTCP_OTHER:
        default:
            break;
        }
    }
}

/* Feedback packets stand behind an empty report, as compound RTCP has to begin with one: not all negotiate reduced
 * size. */
static void start(struct peer *p, struct rtcp_out *o, uint8_t *at, size_t room)
{
    rtcp_start(o, at, room);
    rtcp_add_rr(o, p->ssrc, NULL, 0);
}

static void finish(struct peer *p, struct rtcp_out *o)
{
    size_t bytes = rtcp_end(o);
    if (bytes && p->outlet->send_rtcp(p->transport, o->at, bytes) == OK) p->packets_out++;
}

enum { OUT_BYTES = 1180 };

void peer_request_key(struct peer *p, struct up_layer *l)
{
    uint8_t bytes[OUT_BYTES];
    struct rtcp_out o;
    if (!peer_is_connected(p)) return;
    start(p, &o, bytes, sizeof bytes);
    if (l->up->feedback & SDP_NACK_PLI)
        rtcp_add_pli(&o, p->ssrc, l->ssrc);
    else if (l->up->feedback & SDP_CCM_FIR)
        rtcp_add_fir(&o, p->ssrc, l->ssrc, l->fir_number++);
    else
        return; /* a fixed distance between key frames (FFmpeg): it will come */
    finish(p, &o);
    if (p->loss_up >= LOSS_MUCH)
        finish(p, &o); /* each that is lost costs a round trip and more; it asks for nothing new */
}

void peer_request_packets(struct peer *p, struct up_layer *l, const uint16_t *seqs, unsigned count)
{
    uint8_t bytes[OUT_BYTES];
    struct rtcp_out o;
    start(p, &o, bytes, sizeof bytes);
    (void)rtcp_add_nack(&o, p->ssrc, l->ssrc, seqs, count); /* what does not fit is asked for next time */
    finish(p, &o); /* where much is lost it is asked for soon again (media/nack) */
}

/* A browser sends no more than one and a half times what it is told arrives. Where feedback is lost as packets are, that is less than it sends now, and so on
 * down to its least (decision 0371): on such a way feedback goes so often that hardly any is lost. */
static unsigned twcc_copies(const struct peer *p)
{
    return p->loss_up >= LOSS_VERY_MUCH ? 4 : p->loss_up >= LOSS_MUCH ? 2 : 1;
}

static void twcc_tell(struct peer *p)
{
    uint8_t bytes[OUT_BYTES];
    for (int i = 0; i < FEEDBACK_PACKETS_MAX && twcc_recv_has(p->arrivals); i++) {
        struct rtcp_out o;
        start(p, &o, bytes, sizeof bytes);
        if (!twcc_recv_write(p->arrivals, &o, p->ssrc, p->twcc_ssrc)) return;
        for (unsigned copies = twcc_copies(p); copies > 0; copies--)
            finish(p, &o);
    }
}

/* What loss there was since the last time, and what to tell a sender that knows only REMB: more while all arrives,
 * less when much is lost. */
static void remb_next(struct peer *p, unsigned lost_of_256, struct tick now)
{
    uint32_t coming = rate_bps(&p->rate_up, now);
    if (p->remb_bps == 0) p->remb_bps = REMB_FIRST_BPS;
    if (lost_of_256 > 26)
        p->remb_bps = p->remb_bps * (512 - lost_of_256) / 512;
    else if (lost_of_256 < 6 && coming > p->remb_bps / 3)
        p->remb_bps = p->remb_bps * 108 / 100;
    if (p->remb_bps < REMB_LEAST_BPS) p->remb_bps = REMB_LEAST_BPS;
    if (p->remb_bps > REMB_MOST_BPS) p->remb_bps = REMB_MOST_BPS;
}

/* A browser answers a request for a packet once in a round trip, as our reports tell it. Where answers are lost as well it is told of a shorter one, and
 * answers twice (decision 0377): for a while, so that what it is told does not swing. */
static void hasten(const struct peer *p, struct rtcp_report *report, int64_t now_ms)
{
    int64_t half_us = peer_round_trip_us(p) / 2;
    if (now_ms >= p->hasty_ms || !report->last_sr) return;
    report->since_sr += (uint32_t)(((half_us < HASTE_MOST_US ? half_us : HASTE_MOST_US) << 16) / 1000000);
}

static void receiver_report(struct peer *p, int64_t now_us)
{
    uint8_t bytes[OUT_BYTES];
    struct rtcp_report reports[RTCP_REPORTS_MAX];
    uint32_t ssrcs[RTCP_REPORTS_MAX];
    struct rtcp_out o;
    unsigned count = 0, lost_most = 0;
    struct tick now = {now_us / 1000};
    for (unsigned i = 0; i < p->up_count; i++)
        for (unsigned j = 0; j < p->ups[i]->layer_count && count < RTCP_REPORTS_MAX; j++) {
            struct up_layer *l = p->ups[i]->layers[j];
            if (!l->has_ssrc || !up_layer_is_live(l, now)) continue;
            if (!reception_report(&l->reception, l->ssrc, now_us, &reports[count])) continue;
            hasten(p, &reports[count], now.ms);
            if (reports[count].fraction_lost > lost_most) lost_most = reports[count].fraction_lost;
            ssrcs[count++] = l->ssrc;
        }
    p->loss_up = lost_most * 1000 / 256;
    if (p->loss_up >= LOSS_MUCH) p->hasty_ms = now.ms + HASTE_MS;
    rtcp_start(&o, bytes, sizeof bytes);
    rtcp_add_rr(&o, p->ssrc, reports, count);
    rtcp_add_cname(&o, p->ssrc, str_of(p->cname));
    if (p->has_rcvr_rtt) rtcp_add_rrtr(&o, p->ssrc, room_ntp(p->room, now_us));
    if (p->has_remb && !p->has_twcc && count) {
        remb_next(p, lost_most, now);
        rtcp_add_remb(&o, p->ssrc, p->remb_bps, ssrcs, count < 8 ? count : 8);
    }
    finish(p, &o);
}

static void sender_reports(struct peer *p, int64_t now_us)
{
    uint64_t ntp = room_ntp(p->room, now_us);
    list_each (item, after, &p->downs) {
        struct down *d = list_of(item, struct down, in_peer);
        uint8_t bytes[OUT_BYTES];
        struct rtcp_sender sender;
        struct rtcp_out o;
        if (!down_report(d, now_us, ntp, &sender)) continue;
        rtcp_start(&o, bytes, sizeof bytes);
        rtcp_add_sr(&o, d->ssrc, &sender, NULL, 0);
        rtcp_add_cname(&o, d->ssrc, str_of(d->home->peer->cname));
        if (p->rrtr_ntp) {
            uint32_t since = (uint32_t)(((now_us - p->rrtr_us) << 16) / 1000000);
            rtcp_add_dlrr(&o, d->ssrc, p->peer_ssrc, rtcp_ntp_middle(p->rrtr_ntp), since);
        }
        finish(p, &o);
    }
}

static bool is_due(int64_t *at_ms, int64_t now_ms, int64_t every_ms)
{
    if (now_ms < *at_ms) return false;
    *at_ms += every_ms; /* turns are on a grid: what is a little late this time does not move the next */
    if (*at_ms <= now_ms) *at_ms = now_ms + every_ms;
    return true;
}

static int64_t twcc_every_ms(const struct peer *p, struct tick now)
{
    if (rate_bps(&p->rate_up, now) < TWCC_NARROW_BPS) return TWCC_NARROW_EVERY_MS;
    return twcc_copies(p) > 1 ? TWCC_COPIED_EVERY_MS : TWCC_EVERY_MS;
}

static void up_peer_turn(struct peer *p, int64_t now_us)
{
    struct tick now = {now_us / 1000};
    bool trims = is_due(&p->trim_ms, now.ms, TRIM_EVERY_MS);
    for (unsigned i = 0; i < p->up_count; i++) {
        up_turn(p->ups[i], now);
        if (trims) up_trim(p->ups[i], now);
        if (trims) wanted_turn(p->ups[i], now);
    }
    if (p->has_twcc && twcc_recv_has(p->arrivals) && is_due(&p->twcc_ms, now.ms, twcc_every_ms(p, now)))
        twcc_tell(p);
    if (is_due(&p->report_ms, now.ms, REPORT_EVERY_MS)) receiver_report(p, now_us);
    p->due_ms = p->trim_ms < p->report_ms ? p->trim_ms : p->report_ms;
    if (p->has_twcc && twcc_recv_has(p->arrivals)) peer_is_due(p, p->twcc_ms);
    for (unsigned i = 0; i < p->up_count; i++)
        if (up_is_waiting(p->ups[i])) p->due_ms = 0;
}

/* Loss as transport-wide feedback tells it, of each packet at once; else as reports do. */
static void protect(struct peer *p, int64_t now_us)
{
    struct tick now = {now_us / 1000};
    unsigned loss = p->estimate->has_feedback ? estimate_loss_of_air(p->estimate) : p->loss_down;
    uint32_t sound_bps = 0;
    list_each (item, after, &p->downs) {
        const struct down *d = list_of(item, struct down, in_peer);
        if (!codec_is_video(d->up->codec) && d->is_running)
            sound_bps += rate_bps(&d->up->layers[d->layer]->rate, now);
    }
    protect_turn(&p->protect, loss, estimate_bps(p->estimate, now_us), sound_bps, now.ms);
    if (protect_repeats(&p->protect) && p->has_twcc && !p->owed)
        p->owed = mem_zalloc(sizeof *p->owed); /* without memory all goes twice, and no more */
}

static bool down_again(struct down *d, int64_t now_us)
{
    return codec_is_video(d->up->codec) ? down_repeat(d, now_us) : down_hush(d, now_us);
}

void peer_turn(struct peer *p, int64_t now_us)
{
    int64_t now_ms = now_us / 1000;
    if (!peer_is_connected(p)) return;
    if (peer_is_up(p)) {
        up_peer_turn(p, now_us);
        return;
    }
    if (is_due(&p->allocate_ms, now_ms, ALLOCATE_EVERY_MS)) {
        protect(p, now_us);
        allocate(p, now_us);
    }
    pace_caught(p, now_us);
    bool repeats = false;
    list_each (item, after, &p->downs)
        repeats |= down_again(list_of(item, struct down, in_peer), now_us);
    repeats |= down_owed(p, now_us);
    pace_stills(p, now_us);
    pace_probe(p, now_us);
    pace_pad(p, now_us);
    if (is_due(&p->report_ms, now_ms, REPORT_EVERY_MS)) sender_reports(p, now_us);
    p->due_ms = p->allocate_ms < p->report_ms ? p->allocate_ms : p->report_ms;
    if (repeats || (p->has_twcc && p->estimate->is_padded)) p->due_ms = 0;
    list_each (item, after, &p->downs) {
        const struct down *d = list_of(item, struct down, in_peer);
        if (d->is_catching || d->still || (p->has_twcc && d->held == LINK_HELD_RATE)) p->due_ms = 0;
    }
}

static void shown_tell(const struct down *d, struct tick now, struct link_shown *s)
{
    const struct up_layer *l = d->up->layers[d->is_running ? d->layer : d->target];
    *s = (struct link_shown){.track = d->home->id, .held = d->held, .width = l->width, .height = l->height};
    s->sid = (uint8_t)(d->up->layer_count > 1 ? d->layer : d->sid < l->sid_most ? d->sid : l->sid_most);
    s->tid = d->tid < l->tid_most ? d->tid : l->tid_most;
    s->bps = rate_bps(&d->rate, now);
    if (d->is_paused)
        s->held = LINK_HELD_PAUSED;
    else if (peer_is_cut_off(d->peer) || peer_is_cut_off(d->home->peer))
        s->held = LINK_HELD_PRIVATE;
    else if (!d->is_mixed_in && (d->up->is_muted || !up_layer_is_live(l, now)))
        s->held = LINK_HELD_SOURCE;
}

void peer_quality(struct peer *p, int64_t now_us, struct link_quality *ret_quality)
{
    struct tick now = {now_us / 1000};
    struct link_quality q = {.peer = p->id, .rtt_ms = (uint32_t)((peer_round_trip_us(p) + 999) / 1000)};
    q.loss_up = (uint16_t)(p->loss_up > 1000 ? 1000 : p->loss_up);
    q.loss_down = (uint16_t)(p->loss_down > 1000 ? 1000 : p->loss_down);
    q.bps_up = rate_bps(&p->rate_up, now);
    q.bps_down = rate_bps(&p->rate_down, now);
    q.bps_estimate = p->estimate ? estimate_bps(p->estimate, now_us) : 0;
    list_each (item, after, &p->downs)
        if (q.count < LINK_BINDS_MAX)
            shown_tell(list_of(item, struct down, in_peer), now, &q.shown[q.count++]);
    *ret_quality = q;
}
