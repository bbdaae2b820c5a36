/* nack: which packets of one incoming stream are missing, and when each is to be asked for (again). Embedded;
 * one thread; times are the caller's monotonic milliseconds.
 *
 * A gap is asked for once three newer packets have come or ten milliseconds have passed (reordering is no
 * loss), then again after 1.2 round trips, a little longer each time: a lost retransmission is noticed by
 * time, for every packet. It is given up when a key frame makes it obsolete, or after ten tries, and a key frame is
 * wanted then. More missing than can be listed means that the picture is gone: the list is emptied and a key frame
 * wanted.
 *
 * Where a tenth and more is missing the way loses whatever goes over it, the requests too, and asking is eager: a
 * third of a round trip after the other, for two and a half seconds: as long as a browser keeps what it sent, as a key
 * frame over such a way takes longer than one more answer. What is still missing after two round trips, which is
 * little, is asked for each 15 ms. A browser answers once in what it thinks a
 * round trip is, and leaves the rest (decisions 0362, 0377). A sender of whom the same answer comes three times and more
 * answers each request: it is asked as on any way. */
#ifndef MEDIA_NACK_H
#define MEDIA_NACK_H
#include "base/clock.h"
#include "base/err.h"
#include "media/seq.h"

enum {
    NACK_LIST_MAX = 512,
    NACK_TRIES_MAX = 10,
    NACK_REORDER = 3,
    NACK_REORDER_MS = 10,
    NACK_LEAP = 3000,
    NACK_EAGER_LEAST_MS = 20,
    NACK_EAGER_MOST_MS = 50,
    NACK_EAGER_AGE_MS = 2500,
    NACK_LATE_EVERY_MS = 15,
    NACK_ANSWERED = 32
};

enum nack_news { NACK_NEW, NACK_RECOVERED, NACK_DUPLICATE, NACK_RESTART };

struct nack {
    bool is_started, wants_key;
    bool answers_all; /* the sender answers each request, so that more of them fill the way */
    int64_t newest;
    uint32_t count;
    uint32_t missing_16; /* of 65536, of the last hundred or so: what did not come in its turn */
    uint32_t extra_16;   /* the same of answers, of the last thirty or so: what was here twice already */
    unsigned answered_next;
    struct nack_answered { /* what has come of what was asked for, the last of it */
        int64_t seq;
        bool came_again;
    } answered[NACK_ANSWERED];
    uint64_t asked, recovered, given_up; /* sums, for the stats */
    int64_t trip_ms; /* from the one request to its answer; < 0: asked more than once, or taken */
    struct nack_item {
        int64_t seq;
        struct tick noticed, asked;
        uint8_t tries;
    } items[NACK_LIST_MAX]; /* ascending */
};

void nack_init(struct nack *n);
/* A packet came, first or retransmitted. NACK_DUPLICATE: it was here already, or was given up. NACK_RESTART:
 * a leap so far that the sender must have begun anew. */
enum nack_news nack_packet(struct nack *n, uint16_t seq, struct tick now);
/* It has not come yet, and is not given up. False before anything came. */
bool nack_is_missing(const struct nack *n, uint16_t seq);
/* Nothing that is missing is waited for any more. */
void nack_forget(struct nack *n);
/* What has been missing for longer is of no use any more: sound that was due. */
void nack_expire(struct nack *n, struct tick now, int64_t age_ms);
/* Decoding begins anew with this packet: nothing before it is needed. */
void nack_key_frame(struct nack *n, uint16_t seq);
/* What is to be asked for now, ascending; counts as asked. */
unsigned nack_due(struct nack *n, struct tick now, int64_t round_trip_ms, uint16_t *ret_seqs,
                  unsigned seqs_max);
/* How long until nack_due has something; < 0: nothing is missing. */
int64_t nack_wait_ms(const struct nack *n, struct tick now, int64_t round_trip_ms);
/* The round trip that the last recovered packet shows (once); < 0: none. */
int64_t nack_take_trip_ms(struct nack *n);
/* A key frame must be asked for (once). */
bool nack_take_key_want(struct nack *n);

#endif
