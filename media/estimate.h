/* estimate: how many bits a second the way to one peer carries, as far as its own feedback tells: transport-wide feedback
 * (media/twcc), or the peer's own estimate (REMB), and its reports of loss. Enough to choose layers by; pacing
 * and probing are not done here.
 *
 * REMB is believed for five seconds. Where there is neither feedback nor a fresh REMB, reports of loss move the last figure:
 * below 2 % up by 8 % a second, above 10 % down by half of the loss; a peer that never told any figure has none until
 * it loses much.
 *
 * Three signs are read from transport-wide feedback: the rate that arrives, loss, and the queue that stands: how much longer even
 * the quickest packet of a tenth of a second was under way than the quickest of the last seconds. (A picture is a burst,
 * and waits for itself; that is no queue.)
 *
 *   queue > 80 ms, or > 40 ms and growing,  down to 0.85 of what arrived lately (of itself, where less was wanted than is
 *   or packets late by 120 ms on average    estimated: a stumble); to 0.95 where it was padding that filled it, as that ends
 *   queue > 20 ms, nearly all is sent       that is the width: it settles at what arrived lately
 *   queue > 200 ms                          half of it is given out (estimate_bps) until the queue is gone
 *   loss 8 % above what is usual here       down to 0.85 of what arrives, and by no more than three tenths at once: a streak
 *                                           may be the air's. When the loss does not care, it is not the rate's, and
 *                                           becomes what is usual here, as what is lost of the first packets is
 *   else                                    up: twice a second until the first time down; then 40 % a second, but 12 %
 *                                           where it was too much the last time (0.7 to 1.15 of that); as far as
 *                                           somebody wants it, and not beyond 1.5 of what arrives where that can be shown
 *
 * What arrives is counted up by the usual loss, and by what lost feedback would have told (decision 0048).
 *
 * What nobody sends shows nothing, so that the sender pads to what is estimated while more is wanted (estimate_pad_bps), by packets
 * repeated; not in the two seconds after a way down. What arrives is counted by the receiver's clock over a fifth of a
 * second: a way that has become narrow is known at once.
 *
 * Embedded; one thread; times are the caller's monotonic microseconds. */
#ifndef MEDIA_ESTIMATE_H
#define MEDIA_ESTIMATE_H
#include "media/rate.h"
#include "media/twcc.h"

enum {
    ESTIMATE_KEPT = 2048, /* packets under way, a power of two */
    ESTIMATE_FIRST_BPS = 300000,
    ESTIMATE_LEAST_BPS = 30000,
    ESTIMATE_MOST_BPS = 50000000,
    ESTIMATE_REMB_US = 5000000
};

struct estimate {
    bool has_feedback, has_remb, is_starting;
    uint16_t next_seq, told_seq; /* told: the first that no feedback has told of */
    uint32_t bps, remb_bps, report_bps, wanted_bps;
    uint32_t carried_bps; /* when it was last too much */
    bool is_padded;       /* what is estimated is also sent, if the way is calm */
    bool is_padding;      /* it was, the last time */
    /* of the last fifth of a second */
    uint32_t lately_bps, lately_bytes;
    int64_t lately_us; /* the receiver's clock; 0: nothing yet */
    struct rate arrived;
    int64_t remb_us, report_us, turned_us, cut_us, loss_cut_us;
    /* one-way delays, from an unknown zero */
    int64_t base_us, base_next_us, base_since_us;
    bool has_base;
    int32_t late_us;                                     /* on average, of the last packets */
    int32_t queue_us, queue_before_us, least_us;         /* least_us: of the present tenth */
    int64_t least_since_us;                              /* the receiver's clock */
    uint32_t loss_16, slow_16, usual_16, loss_at_cut_16; /* of 65536; slow: over four times as many packets */
    uint32_t slow_count;
    uint32_t air_16; /* loss while no queue stood */
    struct estimate_sent {
        int64_t sent_us;
        uint16_t seq, bytes;
        bool is_open;
    } * sent; /* ESTIMATE_KEPT of them, when there is to be feedback: most peers need none */
};

void estimate_init(struct estimate *e);
void estimate_done(struct estimate *e);
/* There is to be transport-wide feedback. Without memory for it nothing is ever known. */
void estimate_open(struct estimate *e);
/* A packet goes out: its transport-wide number. */
uint16_t estimate_sent(struct estimate *e, uint16_t bytes, int64_t now_us);
/* Feedback that rtcp_next found; malformed feedback changes nothing. */
void estimate_feedback(struct estimate *e, const struct rtcp *feedback, int64_t now_us);
void estimate_remb(struct estimate *e, uint64_t bps, int64_t now_us);
/* The peer reports loss, while so much was sent. */
void estimate_report(struct estimate *e, unsigned lost_of_256, uint32_t sent_bps, int64_t now_us);
/* What all that is watched would take: the estimate does not grow far beyond it. */
static inline void estimate_want(struct estimate *e, uint32_t bps)
{
    e->wanted_bps = bps;
}
/* 0: nothing is known. */
uint32_t estimate_bps(const struct estimate *e, int64_t now_us);
/* What is to go a second in all, so that the estimate may grow; 0: nothing is to be shown. */
uint32_t estimate_pad_bps(struct estimate *e, int64_t now_us);
/* Nothing has spoken against more yet: a try is worth more than the figure. */
static inline bool estimate_is_untried(const struct estimate *e)
{
    return e->is_starting;
}
/* When the last packet went with a number of ours; 0: none yet. */
static inline int64_t estimate_sent_us(const struct estimate *e)
{
    return e->sent ? e->sent[(uint16_t)(e->next_seq - 1) % ESTIMATE_KEPT].sent_us : 0;
}
static inline unsigned estimate_loss(const struct estimate *e) /* of 1000, smoothed */
{
    return e->loss_16 * 1000 / 65536;
}
/* What is lost though the way is not full; of 1000, smoothed. */
static inline unsigned estimate_loss_of_air(const struct estimate *e)
{
    return e->air_16 * 1000 / 65536;
}

#endif
