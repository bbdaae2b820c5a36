/* twcc: transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01): what arrived when, told
 * by the receiver of a transport to its sender. Without it Chromium's video sinks to 5 pictures a second.
 *
 *   behind the two SSRCs of an RTPFB packet with format 15:
 *   | base sequence number (16)   | statuses that follow (16)     |
 *   | reference time (24, 64 ms)              | feedback count (8)|
 *   | chunk (16) | chunk | …
 *      run:       |0| S(2) | length (13)    |    S: 0 lost, 1 small delta, 2 large delta
 *      14 × 1 bit |1|0| S × 14              |
 *       7 × 2 bit |1|1| S S × 7             |
 *   | delta (8 when small, 16 signed when large; 250 µs; since the one before, or the reference) | …
 *
 * struct twcc_recv remembers what arrived on one transport and writes feedback; struct twcc walks feedback
 * that a receiver sent us. Embedded, one thread; times are monotonic microseconds of the caller. */
#ifndef MEDIA_TWCC_H
#define MEDIA_TWCC_H
#include "media/rtcp.h"
#include "media/seq.h"

enum {
    TWCC_WINDOW = 2048,      /* arrivals remembered, a power of two */
    TWCC_STATUSES_MAX = 400, /* in one packet that we write: 400 large deltas make 916 bytes */
    TWCC_LATE_MAX = 400      /* one that is further behind what has been told stays lost */
};

struct twcc_recv {
    bool is_started;
    uint8_t feedback_count;
    int64_t next;                    /* the first that no feedback has told of, unwrapped */
    int64_t newest;                  /* the highest that arrived */
    uint32_t untold;                 /* arrivals since the last feedback */
    int64_t arrived_us[TWCC_WINDOW]; /* by seq % TWCC_WINDOW */
    int64_t seq_at[TWCC_WINDOW];     /* whose it is; -1: nobody's */
};
void twcc_recv_init(struct twcc_recv *t);
void twcc_recv_note(struct twcc_recv *t, uint16_t seq, int64_t now_us);
/* Something is to be told. */
static inline bool twcc_recv_has(const struct twcc_recv *t)
{
    return t->untold > 0;
}
/* Adds one packet of feedback; false: nothing to tell, or it does not fit (o->is_failed). Again until false.
 * */
bool twcc_recv_write(struct twcc_recv *t, struct rtcp_out *o, uint32_t ssrc, uint32_t media_ssrc);

struct twcc {
    const uint8_t *chunk, *delta, *end;
    uint16_t seq, left;
    int64_t at_us;
    uint16_t symbols, symbols_left; /* of the chunk that is walked */
    uint8_t symbol_bits;            /* 0: a run */
    uint8_t feedback_count;
};
struct twcc_status {
    uint16_t seq;
    bool is_received;
    int64_t at_us; /* the receiver's clock, from an unknown zero; the reference time wraps each 12 days */
};
/* Checks all of it, then stands before the first status. ERR_BAD_INPUT: it does not add up. */
enum err twcc_parse(const struct rtcp *feedback, struct twcc *ret_twcc) MUST_USE;
bool twcc_next(struct twcc *t, struct twcc_status *ret_status);

#endif
