#include "media/pace.h"
#include "media/peer.h"
#include "media/still.h"

enum {
    PROBE_AFTER_US = 50000,
    PAD_BYTES_MOST = 2400, /* that may have been left over */
    PAD_PACKETS_A_TURN = 16,
    TURN_MOST_US = 100000,
    PACE_LEAST_BPS = 1000000,
    PACE_UNKNOWN_BPS = 2500000,
    PACE_FIRST_US = 10000,
    PACE_TURN_MOST_US = 50000
};

/* What comes meanwhile of the streams that are being caught up with: a slower pace would never reach them. */
static uint64_t caught_bps(const struct peer *p, struct tick now)
{
    uint64_t bps = 0;
    list_each (item, after, &p->downs) {
        const struct down *d = list_of(item, struct down, in_peer);
        if (d->is_catching) bps += down_caught_bps(d, now);
    }
    return bps;
}

/* The same as it is just now: what is usual of a stream that has just begun is less than it is, and a pace of that would never reach it. */
static uint64_t coming_bps(const struct peer *p, struct tick now)
{
    uint64_t bps = 0;
    list_each (item, after, &p->downs) {
        const struct down *d = list_of(item, struct down, in_peer);
        if (d->is_catching) bps += rate_bps(&d->up->layers[d->catch_layer]->rate, now);
    }
    return bps;
}

static uint64_t sound_bps(const struct peer *p, struct tick now)
{
    uint64_t bps = 0;
    list_each (item, after, &p->downs) {
        const struct down *d = list_of(item, struct down, in_peer);
        if (!codec_is_video(d->up->codec)) bps += rate_bps(&d->rate, now);
    }
    return bps;
}

/* A way on which nothing goes tells nothing of itself: one small packet of padding each twentieth of a second keeps its feedback coming, and
 * what is held back for its estimate can come again. */
void pace_probe(struct peer *p, int64_t now_us)
{
    if (!p->has_twcc || now_us - estimate_sent_us(p->estimate) < PROBE_AFTER_US) return;
    list_each (item, after, &p->downs) {
        struct down *d = list_of(item, struct down, in_peer);
        if (d->held == LINK_HELD_RATE && down_probe(d, now_us)) return;
    }
}

/* Of what goes, once more; where nothing goes, of nothing. */
static bool pad_one(struct peer *p, int64_t now_us)
{
    list_each (item, after, &p->downs)
        if (down_pad(list_of(item, struct down, in_peer), now_us)) return true;
    list_each (item, after, &p->downs) {
        struct down *d = list_of(item, struct down, in_peer);
        if (d->held == LINK_HELD_RATE && down_probe(d, now_us)) return true;
    }
    return false;
}

/* Up to what is estimated, where more is wanted: an estimate that nothing bears out would be a guess. */
void pace_pad(struct peer *p, int64_t now_us)
{
    int64_t bps = p->has_twcc ? estimate_pad_bps(p->estimate, now_us) : 0, passed_us = now_us - p->pad_us;
    p->pad_us = now_us;
    if (bps == 0 || passed_us > TURN_MOST_US) {
        p->pad_bytes_left = 0;
        return;
    }
    p->pad_bytes_left += bps * passed_us / 8000000;
    if (p->pad_bytes_left > PAD_BYTES_MOST) p->pad_bytes_left = PAD_BYTES_MOST;
    if (p->pad_bytes_left < -2 * PAD_BYTES_MOST) p->pad_bytes_left = -2 * PAD_BYTES_MOST;
    for (int i = 0; i < PAD_PACKETS_A_TURN && p->pad_bytes_left > 0 && pad_one(p, now_us); i++) {
    }
}

/* How fast what is kept, and what comes in a burst, leaves (media/down: CATCHING): all at once it would fill the queues on the
 * way, and the sound behind them would wait. What nobody has tried may be 2.5 times what is thought of it. */
static uint64_t pace_bps(const struct peer *p, int64_t now_us)
{
    struct tick now = {now_us / 1000};
    uint64_t bps = estimate_bps(p->estimate, now_us), least = caught_bps(p, now), sound = sound_bps(p, now);
    if (bps && !estimate_is_untried(p->estimate)) {
        bps = bps * 9 / 10 > sound ? bps * 9 / 10 - sound : 0;
        least = least * 9 / 8;
    } else {
        bps = bps ? bps * 5 / 2 : PACE_UNKNOWN_BPS;
        if (bps < PACE_LEAST_BPS) bps = PACE_LEAST_BPS;
        least = coming_bps(p, now) * 3 / 2;
    }
    return bps < least ? least : bps;
}

void pace_caught(struct peer *p, int64_t now_us)
{
    bool is_catching = false;
    list_each (item, after, &p->downs)
        is_catching |= list_of(item, struct down, in_peer)->is_catching;
    if (!is_catching) { /* what was not needed is not saved up */
        p->pace_us = p->pace_bytes_left = 0;
        return;
    }
    if (p->pace_us == 0) p->pace_us = now_us - PACE_FIRST_US;
    uint64_t bps = pace_bps(p, now_us);
    int64_t passed_us = now_us - p->pace_us;
    if (passed_us > PACE_TURN_MOST_US) passed_us = PACE_TURN_MOST_US;
    p->pace_us = now_us;
    p->pace_bytes_left += (int64_t)bps * passed_us / 8000000;
    if (p->pace_bytes_left > (int64_t)bps * PACE_TURN_MOST_US / 8000000)
        p->pace_bytes_left = (int64_t)bps * PACE_TURN_MOST_US / 8000000;
    list_each (item, after, &p->downs)
        down_pump(list_of(item, struct down, in_peer), &p->pace_bytes_left, now_us);
}

void pace_stills(struct peer *p, int64_t now_us)
{
    list_each (item, after, &p->downs) {
        struct down *d = list_of(item, struct down, in_peer);
        if (d->still) still_turn(d, now_us);
    }
}
