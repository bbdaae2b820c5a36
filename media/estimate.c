#include "media/estimate.h"

enum {
    BASE_WINDOW_US = 5000000, /* the quickest packet of the last one or two of these is the base */
    QUEUE_FULL_US = 80000,
    QUEUE_GROWS_US = 40000,
    CUT_EVERY_US = 300000,
    LOSS_CUT_EVERY_US = 1000000,
    LOSS_MUCH_16 = 65536 * 8 / 100,
    CUTS_APART_US = 3000000,
    LEAP_US = 10000000,
    REPORT_EVERY_US = 900000
};

void estimate_init(struct estimate *e)
{
    *e = (struct estimate){.is_starting = true, .bps = ESTIMATE_FIRST_BPS, .wanted_bps = ESTIMATE_FIRST_BPS};
}

uint16_t estimate_sent(struct estimate *e, uint16_t bytes, int64_t now_us)
{
    uint16_t seq = e->next_seq++;
    e->sent[seq % ESTIMATE_KEPT] = (struct estimate_sent){now_us, seq, bytes, true};
    return seq;
}

/* The shortest delay seen lately. Clocks drift, so that it is forgotten after a while. */
static void base_note(struct estimate *e, int64_t delay_us, int64_t now_us)
{
    bool is_leap = e->has_base && (delay_us - e->base_us > LEAP_US || e->base_us - delay_us > LEAP_US);
    if (!e->has_base || is_leap) {
        e->has_base = true;
        e->base_us = e->base_next_us = delay_us;
        e->base_since_us = now_us;
        e->queue_us = e->queue_before_us = 0;
        return;
    }
    if (now_us - e->base_since_us > BASE_WINDOW_US) {
        e->base_us = e->base_next_us;
        e->base_next_us = delay_us;
        e->base_since_us = now_us;
    }
    if (delay_us < e->base_next_us) e->base_next_us = delay_us;
    if (delay_us < e->base_us) e->base_us = delay_us;
}

static void arrival_note(struct estimate *e, const struct twcc_status *s, int64_t now_us)
{
    struct estimate_sent *sent = &e->sent[s->seq % ESTIMATE_KEPT];
    if (!sent->is_open || sent->seq != s->seq) return;
    if (s->is_received) {
        base_note(e, s->at_us - sent->sent_us, now_us);
        int64_t queue_us = s->at_us - sent->sent_us - e->base_us;
        e->queue_us += (int32_t)((queue_us - e->queue_us) / 16);
        rate_add(&e->arrived, sent->bytes, (struct tick){now_us / 1000});
    }
    /* One that is told lost may still be told received by the next feedback: it stays open then. */
    sent->is_open = !s->is_received;
    e->loss_16 += s->is_received ? 0u : 65536u / 64;
    e->loss_16 -= e->loss_16 / 64;
}

static void cut(struct estimate *e, uint32_t arrived_bps, int64_t now_us)
{
    /* What arrives shows what is carried only where so much was sent. */
    uint32_t from = arrived_bps >= e->bps / 2 ? arrived_bps : e->bps;
    uint32_t to = (uint32_t)((uint64_t)from * 85 / 100);
    if (e->cut_us == 0 || now_us - e->cut_us > CUTS_APART_US) e->carried_bps = e->bps;
    if (to < e->bps) e->bps = to;
    if (e->bps < ESTIMATE_LEAST_BPS) e->bps = ESTIMATE_LEAST_BPS;
    e->is_starting = false;
    e->cut_us = now_us;
}

/* True: the loss has been dealt with, and nothing is to grow now. */
static bool loss_answer(struct estimate *e, uint32_t arrived_bps, int64_t now_us)
{
    if (e->loss_16 < e->usual_16) e->usual_16 = e->loss_16;
    if (e->loss_16 < e->usual_16 + LOSS_MUCH_16) return false;
    if (now_us - e->loss_cut_us < LOSS_CUT_EVERY_US) return true;
    bool is_lasting = e->loss_cut_us && now_us - e->loss_cut_us < 4 * LOSS_CUT_EVERY_US &&
                      e->loss_16 * 5 >= e->loss_at_cut_16 * 4;
    if (is_lasting) {
        e->usual_16 = e->loss_16;
        return false;
    }
    e->loss_cut_us = now_us;
    e->loss_at_cut_16 = e->loss_16;
    cut(e, arrived_bps, now_us);
    return true;
}

static void grow(struct estimate *e, uint32_t arrived_bps, int64_t passed_us)
{
    uint64_t most = (uint64_t)e->wanted_bps * 13 / 10, by_arrival = (uint64_t)arrived_bps * 3 / 2;
    if (by_arrival > most) most = by_arrival;
    if (most > ESTIMATE_MOST_BPS) most = ESTIMATE_MOST_BPS;
    if (passed_us > 200000) passed_us = 200000;
    bool is_known = e->bps < (uint64_t)e->carried_bps * 7 / 10;
    uint64_t percent_us = (uint64_t)passed_us * (e->is_starting ? 100 : is_known ? 40 : 8);
    uint64_t to = e->bps + (uint64_t)e->bps * percent_us / 100 / 1000000;
    if (to > most) to = most > e->bps ? most : e->bps;
    e->bps = (uint32_t)to;
}

void estimate_feedback(struct estimate *e, const struct rtcp *feedback, int64_t now_us)
{
    struct twcc t;
    struct twcc_status status;
    if (twcc_parse(feedback, &t) != OK) return;
    while (twcc_next(&t, &status))
        arrival_note(e, &status, now_us);
    uint32_t arrived_bps = rate_bps(&e->arrived, (struct tick){now_us / 1000});
    int64_t passed_us = e->has_feedback ? now_us - e->turned_us : 0;
    bool is_growing = e->queue_us > e->queue_before_us;
    e->has_feedback = true;
    e->turned_us = now_us;
    e->queue_before_us = e->queue_us;
    if (e->queue_us > QUEUE_FULL_US || (e->queue_us > QUEUE_GROWS_US && is_growing)) {
        if (now_us - e->cut_us >= CUT_EVERY_US) cut(e, arrived_bps, now_us);
        return;
    }
    if (loss_answer(e, arrived_bps, now_us)) return;
    if (e->queue_us < QUEUE_GROWS_US / 2) grow(e, arrived_bps, passed_us);
}

void estimate_remb(struct estimate *e, uint64_t bps, int64_t now_us)
{
    e->has_remb = true;
    e->remb_bps = bps > ESTIMATE_MOST_BPS ? ESTIMATE_MOST_BPS : (uint32_t)bps;
    e->report_bps = e->remb_bps; /* what is known when no more comes */
    e->remb_us = now_us;
}

static bool remb_is_fresh(const struct estimate *e, int64_t now_us)
{
    return e->has_remb && now_us - e->remb_us < ESTIMATE_REMB_US;
}

void estimate_report(struct estimate *e, unsigned lost_of_256, uint32_t sent_bps, int64_t now_us)
{
    if (e->has_feedback || remb_is_fresh(e, now_us)) return;
    if (now_us - e->report_us < REPORT_EVERY_US) return;
    bool is_much = lost_of_256 > 256 / 10, is_little = lost_of_256 < 256 * 2 / 100;
    if (e->report_bps == 0 && is_much) e->report_bps = sent_bps;
    e->report_us = now_us;
    if (e->report_bps == 0) return;
    uint64_t bps = e->report_bps, most = (uint64_t)e->wanted_bps * 13 / 10;
    if (is_much) bps = bps * (512 - lost_of_256) / 512;
    if (is_little && bps < most) bps = bps * 108 / 100 < most ? bps * 108 / 100 : most;
    e->report_bps = bps < ESTIMATE_LEAST_BPS ? ESTIMATE_LEAST_BPS : (uint32_t)bps;
}

uint32_t estimate_bps(const struct estimate *e, int64_t now_us)
{
    if (e->has_feedback) return e->bps;
    return remb_is_fresh(e, now_us) ? e->remb_bps : e->report_bps;
}
