#include "media/reception.h"
#include "media/seq.h"

enum { LEAP = 3000 };

void reception_init(struct reception *r, uint32_t clock_hz)
{
    *r = (struct reception){.clock_hz = clock_hz};
}

static void restart(struct reception *r, uint16_t seq)
{
    r->first = r->highest = (int64_t)seq + 65536;
    r->packets_reported = r->expected_reported = r->packets = 0;
}

/* A.8: the difference of two packets' transit times, smoothed by a sixteenth. */
static void jitter_note(struct reception *r, uint32_t timestamp, int64_t now_us)
{
    int64_t passed = (now_us - r->arrived_us) * r->clock_hz / 1000000;
    int64_t change = passed - seq_ahead32(timestamp, r->timestamp);
    if (change < 0) change = -change;
    if (change > (int64_t)r->clock_hz * 10) return; /* a clock that was set, not a network */
    r->jitter_16 += (uint32_t)change - ((r->jitter_16 + 8) >> 4);
}

void reception_packet(struct reception *r, uint16_t seq, uint32_t timestamp, uint64_t bytes, int64_t now_us)
{
    int64_t whole = seq_unwrap(r->highest, seq);
    if (!r->is_started || whole > r->highest + LEAP || whole < r->highest - LEAP) {
        restart(r, seq);
    } else {
        if (whole > r->highest) r->highest = whole;
        if (timestamp != r->timestamp)
            jitter_note(r, timestamp, now_us); /* a frame's packets come in one burst */
    }
    r->is_started = true;
    r->timestamp = timestamp;
    r->arrived_us = now_us;
    r->packets++;
    r->bytes += bytes;
}

void reception_recovered(struct reception *r, uint64_t bytes)
{
    r->packets++;
    r->bytes += bytes;
}

void reception_sr(struct reception *r, const struct rtcp_sender *sr, int64_t now_us)
{
    r->has_sr = true;
    r->sr_ntp = sr->ntp;
    r->sr_timestamp = sr->timestamp;
    r->sr_us = now_us;
}

int64_t reception_lost(const struct reception *r)
{
    return r->is_started ? r->highest - r->first + 1 - (int64_t)r->packets : 0;
}

bool reception_report(struct reception *r, uint32_t ssrc, int64_t now_us, struct rtcp_report *ret_report)
{
    if (!r->is_started) return false;
    uint64_t expected = (uint64_t)(r->highest - r->first + 1);
    int64_t expected_now = (int64_t)(expected - r->expected_reported);
    int64_t lost_now = expected_now - (int64_t)(r->packets - r->packets_reported);
    int64_t lost = reception_lost(r), since = now_us - r->sr_us;
    r->expected_reported = expected;
    r->packets_reported = r->packets;
    struct rtcp_report report = {.ssrc = ssrc};
    int64_t fraction = expected_now > 0 && lost_now > 0 ? lost_now * 256 / expected_now : 0;
    report.fraction_lost = (uint8_t)(fraction > 255 ? 255 : fraction);
    report.lost = (int32_t)(lost > 0x7fffff ? 0x7fffff : lost < -0x800000 ? -0x800000 : lost);
    report.highest_seq = (uint32_t)(r->highest - 65536);
    report.jitter = reception_jitter(r);
    if (r->has_sr) {
        report.last_sr = rtcp_ntp_middle(r->sr_ntp);
        report.since_sr = (uint32_t)((since << 16) / 1000000);
    }
    *ret_report = report;
    return true;
}
