/* owed: which packets of pictures somebody who watches over a bad way has not got yet, as far as transport-wide feedback (media/twcc) tells. A request
 * for what is missing is lost as easily as the packet was; what no feedback tells of as arrived goes again without one, a few times.
 *
 *   a packet goes (owed_add) -> each copy of it has its transport-wide number (owed_sent) -> feedback names one of them: it has arrived
 *                            -> its time is over and no feedback did: owed_take
 *
 * Feedback that is lost makes a packet go once too often: that is its price (decision 0370). Only of a peer that loses so much that
 * things go twice (media/protect). One thread; times are the caller's monotonic milliseconds. */
#ifndef MEDIA_OWED_H
#define MEDIA_OWED_H
#include "base/clock.h"
#include "media/rtcp.h"

enum {
    OWED_MAX = 128,   /* packets that wait: more are no picture of a thin way */
    OWED_SENT = 1024, /* numbers remembered, a power of two */
    OWED_TIMES_MAX = 5
};

struct owed_packet {
    uint32_t ssrc; /* of its stream, and its number there */
    uint16_t seq;
    uint8_t times; /* how often it has gone again for this */
};
struct owed {
    unsigned first, count; /* oldest first */
    struct owed_item {
        struct owed_packet packet;
        bool has_arrived;
        int64_t due_ms;
    } items[OWED_MAX];
    struct owed_number {
        uint32_t ssrc; /* 0: nothing that is waited for */
        uint16_t number, seq;
    } numbers[OWED_SENT]; /* by number % OWED_SENT */
};

/* It has gone, and is waited for until then. Times are to rise from one to the next; where there is no room it is not waited for. */
void owed_add(struct owed *o, const struct owed_packet *packet, int64_t due_ms);
/* It goes under that transport-wide number, first or again. */
void owed_sent(struct owed *o, uint16_t number, uint32_t ssrc, uint16_t seq);
/* Feedback that rtcp_next found; malformed feedback changes nothing. */
void owed_feedback(struct owed *o, const struct rtcp *feedback);
/* The next whose time is over and that has not arrived; it is waited for no more. False: none. */
bool owed_take(struct owed *o, int64_t now_ms, struct owed_packet *ret_packet);
/* Nothing of that stream is waited for any more: it begins anew. */
void owed_forget(struct owed *o, uint32_t ssrc);

#endif
