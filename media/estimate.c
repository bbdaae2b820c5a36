#include "media/estimate.h"
#include "base/mem.h"
#include "media/seq.h"

enum {
    BASE_WINDOW_US = 5000000, /* the quickest packet of the last one or two of these is the base */
    QUEUE_FULL_US = 80000,
    LATE_US = 120000,
    QUEUE_GROWS_US = 40000,
    DRAIN_US = 200000,
    CUT_EVERY_US = 300000,
    LOSS_CUT_EVERY_US = 1000000,
    SLOW_COUNT = 256,
    FIRST_COUNT = 200, /* packets: what is lost of them is usual here */
    LOSS_MUCH_16 = 65536 * 8 / 100,
    LOSS_CUT_LEAST_PERCENT = 70,
    LATELY_US = 200000,
    STANDING_US = 100000,
    PAD_AFTER_CUT_US = 2000000,
    LEAP_US = 10000000,
    REPORT_EVERY_US = 900000
};

void estimate_init(struct estimate *e)
{
    *e = (struct estimate){.is_starting = true, .bps = ESTIMATE_FIRST_BPS, .wanted_bps = ESTIMATE_FIRST_BPS};
}

void estimate_open(struct estimate *e)
{
    if (!e->sent) e->sent = mem_zalloc(ESTIMATE_KEPT * sizeof *e->sent);
}

void estimate_done(struct estimate *e)
{
    mem_free(e->sent);
    e->sent = NULL;
}

uint16_t estimate_sent(struct estimate *e, uint16_t bytes, int64_t now_us)
{
    uint16_t seq = e->next_seq++;
    if (e->sent) e->sent[seq % ESTIMATE_KEPT] = (struct estimate_sent){now_us, seq, bytes, true};
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
        e->queue_us = e->queue_before_us = e->late_us = 0;
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

static void queue_note(struct estimate *e, int64_t at_us, int64_t queue_us)
{
    int64_t passed_us = at_us - e->least_since_us;
    int32_t q = queue_us > LEAP_US ? LEAP_US : (int32_t)queue_us;
    if (passed_us < 0 || passed_us >= STANDING_US) {
        e->queue_before_us = e->queue_us;
        if (passed_us > 0 && e->least_since_us) e->queue_us = e->least_us;
        e->least_us = q;
        e->least_since_us = at_us;
    }
    e->late_us += (q - e->late_us) / 16;
    if (q < e->least_us) e->least_us = q;
    if (q < e->queue_us) e->queue_us = q;
}

static void lately_note(struct estimate *e, int64_t at_us, uint16_t bytes)
{
    int64_t passed_us = at_us - e->lately_us;
    if (e->lately_us == 0 || passed_us < 0 || passed_us > 4 * LATELY_US) {
        e->lately_bps = e->lately_bytes = 0;
        e->lately_us = at_us;
    } else if (passed_us >= LATELY_US) {
        e->lately_bps = (uint32_t)((uint64_t)e->lately_bytes * 8000000 / (uint64_t)passed_us);
        e->lately_bytes = 0;
        e->lately_us = at_us;
    }
    e->lately_bytes += bytes;
}

static bool is_calm(const struct estimate *e)
{
    return e->queue_us < QUEUE_GROWS_US / 2 && e->late_us < LATE_US / 2;
}

static void arrival_note(struct estimate *e, const struct twcc_status *s, int64_t now_us)
{
    struct estimate_sent *sent = e->sent ? &e->sent[s->seq % ESTIMATE_KEPT] : NULL;
    if (!sent || !sent->is_open || sent->seq != s->seq) return;
    if (s->is_received) {
        base_note(e, s->at_us - sent->sent_us, now_us);
        queue_note(e, s->at_us, s->at_us - sent->sent_us - e->base_us);
        rate_add(&e->arrived, sent->bytes, (struct tick){now_us / 1000});
        lately_note(e, s->at_us, sent->bytes);
    }
    /* One that is told lost may still be told received by the next feedback: it stays open then. */
    sent->is_open = !s->is_received;
    e->loss_16 += s->is_received ? 0u : 65536u / 64;
    e->loss_16 -= e->loss_16 / 64;
    if (e->slow_count < SLOW_COUNT) e->slow_count++;
    e->slow_16 -= e->slow_16 / e->slow_count;
    e->slow_16 += s->is_received ? 0u : 65536u / e->slow_count;
    if (!is_calm(e)) return; /* what a full queue loses is no fault of the air */
    e->air_16 += s->is_received ? 0u : 65536u / 64;
    e->air_16 -= e->air_16 / 64;
}

/* What was sent when so much arrived, where a part is always lost. */
static uint32_t as_sent(const struct estimate *e, uint32_t arrived_bps)
{
    uint32_t lost = e->usual_16 < 65536 / 2 ? e->usual_16 : 65536 / 2;
    return (uint32_t)((uint64_t)arrived_bps * 65536 / (65536 - lost));
}

/* Feedback that was lost itself tells of nothing between: so much of it will have come as usually does. */
static void gap_note(struct estimate *e, uint16_t from, int64_t now_us)
{
    uint32_t bytes = 0;
    int ahead = e->has_feedback && e->sent ? seq_ahead(from, e->told_seq) : 0;
    for (int i = 0; i < ahead && ahead < ESTIMATE_KEPT / 2; i++) {
        struct estimate_sent *sent = &e->sent[(uint16_t)(e->told_seq + i) % ESTIMATE_KEPT];
        if (sent->is_open && sent->seq == (uint16_t)(e->told_seq + i)) bytes += sent->bytes;
    }
    bytes = (uint32_t)((uint64_t)bytes * (65536 - e->usual_16) / 65536);
    if (bytes) rate_add(&e->arrived, bytes, (struct tick){now_us / 1000});
    e->lately_bytes += bytes;
}

/* is_queue: by what waits; else by what is lost, of which a streak may be the air's: not by all of it at once. */
static void cut(struct estimate *e, uint32_t arrived_bps, bool is_queue, int64_t now_us)
{
    /* While a queue stands, what arrived lately is what the way carries; it shows it only where so much was sent: not in
     * a stumble of a moment while less than is estimated was wanted. */
    arrived_bps = as_sent(e, e->lately_bps ? e->lately_bps : arrived_bps);
    bool is_enough = e->is_padded || e->queue_us > DRAIN_US || e->late_us > LATE_US;
    uint32_t from = is_enough && arrived_bps >= e->bps / 4 ? arrived_bps : e->bps;
    uint32_t to = (uint32_t)((uint64_t)from * (e->is_padding ? 95 : 85) / 100);
    uint32_t least = (uint32_t)((uint64_t)e->bps * LOSS_CUT_LEAST_PERCENT / 100);
    if (!is_queue && to < least) to = least;
    e->carried_bps = from;
    if (to < e->bps) e->bps = to;
    if (e->bps < ESTIMATE_LEAST_BPS) e->bps = ESTIMATE_LEAST_BPS;
    e->is_starting = e->is_padding = false;
    e->cut_us = now_us;
}

/* True: the loss has been dealt with, and nothing is to grow now. */
static bool loss_answer(struct estimate *e, uint32_t arrived_bps, int64_t now_us)
{
    if (e->slow_count < FIRST_COUNT) e->usual_16 = e->slow_16;
    if (e->slow_16 < e->usual_16) e->usual_16 -= (e->usual_16 - e->slow_16) / 32;
    if (e->slow_16 < e->usual_16 + LOSS_MUCH_16) return false;
    if (now_us - e->loss_cut_us < LOSS_CUT_EVERY_US) return true;
    bool is_lasting = e->loss_cut_us && now_us - e->loss_cut_us < 4 * LOSS_CUT_EVERY_US &&
                      e->slow_16 * 5 >= e->loss_at_cut_16 * 4;
    if (is_lasting) {
        e->usual_16 = e->slow_16;
        return false;
    }
    e->loss_cut_us = now_us;
    e->loss_at_cut_16 = e->slow_16;
    cut(e, arrived_bps, false, now_us);
    return true;
}

static void grow(struct estimate *e, uint32_t arrived_bps, int64_t passed_us)
{
    uint64_t most = (uint64_t)e->wanted_bps * 13 / 10, by_arrival = (uint64_t)as_sent(e, arrived_bps) * 3 / 2;
    if (e->is_padded ? by_arrival < most : by_arrival > most) most = by_arrival;
    if (most > ESTIMATE_MOST_BPS) most = ESTIMATE_MOST_BPS;
    if (passed_us > 200000) passed_us = 200000;
    bool was_too_much = (uint64_t)e->bps * 10 > (uint64_t)e->carried_bps * 7 &&
                        (!e->is_padded || (uint64_t)e->bps * 20 < (uint64_t)e->carried_bps * 23);
    uint64_t percent_us = (uint64_t)passed_us * (e->is_starting ? 100 : was_too_much ? 12 : 40);
    uint64_t to = e->bps + (uint64_t)e->bps * percent_us / 100 / 1000000;
    if (to > most) to = most > e->bps ? most : e->bps;
    e->bps = (uint32_t)to;
}

/* A short queue stands behind nearly as much as is estimated: that is the width, and no reason to cut. */
static void settle(struct estimate *e)
{
    uint32_t lately_bps = as_sent(e, e->lately_bps);
    uint64_t most = (uint64_t)lately_bps * 21 / 20;
    if (e->queue_us < QUEUE_GROWS_US / 2 || (uint64_t)lately_bps * 4 < (uint64_t)e->bps * 3) return;
    e->carried_bps = lately_bps;
    e->is_starting = false;
    if (e->bps > most) e->bps = (uint32_t)most;
}

void estimate_feedback(struct estimate *e, const struct rtcp *feedback, int64_t now_us)
{
    struct twcc t;
    struct twcc_status status;
    if (twcc_parse(feedback, &t) != OK) return;
    gap_note(e, t.seq, now_us);
    for (e->told_seq = t.seq; twcc_next(&t, &status); e->told_seq = (uint16_t)(status.seq + 1))
        arrival_note(e, &status, now_us);
    uint32_t arrived_bps = rate_bps(&e->arrived, (struct tick){now_us / 1000});
    int64_t passed_us = e->has_feedback ? now_us - e->turned_us : 0;
    bool is_growing = e->queue_us > e->queue_before_us;
    e->has_feedback = true;
    e->turned_us = now_us;
    if (e->late_us > LATE_US || e->queue_us > QUEUE_FULL_US || (e->queue_us > QUEUE_GROWS_US && is_growing)) {
        if (now_us - e->cut_us >= CUT_EVERY_US) cut(e, arrived_bps, true, now_us);
        return;
    }
    if (loss_answer(e, arrived_bps, now_us)) return;
    settle(e);
    if (is_calm(e)) grow(e, arrived_bps, passed_us);
}

uint32_t estimate_pad_bps(struct estimate *e, int64_t now_us)
{
    uint32_t most = (uint32_t)((uint64_t)e->wanted_bps * 11 / 10);
    bool is_calm =
        e->queue_us < QUEUE_GROWS_US / 2 && (e->cut_us == 0 || now_us - e->cut_us > PAD_AFTER_CUT_US);
    e->is_padded = e->has_feedback && e->bps < most;
    e->is_padding = e->is_padded && is_calm;
    return e->is_padding ? e->bps : 0;
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

/* What stands in a long queue has to go first: half of what the way carries is left to it. */
static uint32_t drained(const struct estimate *e)
{
    return e->queue_us > DRAIN_US ? e->bps / 2 : 0;
}

uint32_t estimate_bps(const struct estimate *e, int64_t now_us)
{
    if (e->has_feedback) return e->bps - drained(e);
    return remb_is_fresh(e, now_us) ? e->remb_bps : e->report_bps;
}
