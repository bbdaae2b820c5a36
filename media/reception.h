/* reception: what the receiver of one stream knows of its loss, jitter and clock, for its reports (RFC 3550
 * §6.4.1, appendices A.1, A.3, A.8). Embedded; one thread; times are the caller's monotonic microseconds. */
#ifndef MEDIA_RECEPTION_H
#define MEDIA_RECEPTION_H
#include "media/rtcp.h"
#include <stdbool.h>

struct reception {
    bool is_started, has_sr;
    uint32_t clock_hz;
    int64_t first, highest; /* unwrapped */
    uint64_t packets, bytes;
    uint64_t packets_reported, expected_reported;
    uint32_t jitter_16; /* sixteenths of the RTP clock's unit */
    uint32_t timestamp;
    int64_t arrived_us;
    uint64_t sr_ntp;
    uint32_t sr_timestamp;
    int64_t sr_us;
};

void reception_init(struct reception *r, uint32_t clock_hz);
/* Not for retransmissions: they would look like jitter. */
void reception_packet(struct reception *r, uint16_t seq, uint32_t timestamp, uint64_t bytes, int64_t now_us);
/* A packet that came by retransmission: it is not lost any more. */
void reception_recovered(struct reception *r, uint64_t bytes);
void reception_sr(struct reception *r, const struct rtcp_sender *sr, int64_t now_us);
/* The report, and what follows counts from here. False: nothing came yet. */
bool reception_report(struct reception *r, uint32_t ssrc, int64_t now_us, struct rtcp_report *ret_report);
int64_t reception_lost(const struct reception *r); /* so far; duplicates make it smaller */
static inline uint32_t reception_jitter(const struct reception *r)
{
    return r->jitter_16 >> 4;
}

#endif
