/* seqmap: the sequence numbers of one subscriber's stream, and which of the publisher's packets each stands
 * for. What is left out leaves no gap, what was lost on the way in keeps its number free, a change of source
 * goes on with the next number, and packets of our own (padding) take numbers in between. Remembers the last
 * `kept` of both sides, for retransmissions: four bytes each, as every viewer has one. Embedded, one thread.
 *
 *   in    10  11  (12 lost)  13   14 dropped   15      ours = theirs - offset; a drop adds one to offset
 *   out    7   8   (9)       10                11
 *
 * Every number of the last `kept` has its slot, so that a slot needs no number of its own. */
#ifndef MEDIA_SEQMAP_H
#define MEDIA_SEQMAP_H
#include "base/err.h"
#include "media/seq.h"

enum {
    SEQMAP_KEPT_MAX = 512
}; /* a power of two, as all that is kept: two seconds of a large picture, as long as packets are kept */

struct seqmap {
    bool is_started, is_switching;
    uint32_t kept;
    int64_t in_newest, offset; /* unwrapped; ours = theirs - offset from the newest on */
    int64_t out_newest;
    struct seqmap_in {
        uint16_t out;
        uint8_t state;
    } * ins;
    struct seqmap_out {
        uint16_t in;
        uint8_t source, state;
    } * outs;
};

/* kept: a power of two; first: of ours; below 2^15 (media/srtp). ERR_NOMEM. */
enum err seqmap_init(struct seqmap *m, uint32_t kept, uint16_t first) MUST_USE;
void seqmap_done(struct seqmap *m); /* one that is zero, too */
/* The next packet forwarded is another source's. Until then nothing is dropped from it. */
void seqmap_switch(struct seqmap *m);
/* ERR_DENIED: it was dropped, or comes from before the switch; ERR_LIMIT: too old to know. */
enum err seqmap_forward(struct seqmap *m, uint8_t source, uint16_t in, uint16_t *ret_out) MUST_USE;
/* True: it is late, its number was kept free for it and is ours to fill: nothing else will come under it. */
bool seqmap_drop(struct seqmap *m, uint16_t in, uint16_t *ret_out);
/* Newer than all that came of the source. */
bool seqmap_is_newest(const struct seqmap *m, uint16_t in);
/* A number for a packet of our own. */
uint16_t seqmap_own(struct seqmap *m);
/* What the subscriber misses. False: a packet of our own, one that never went, or too old to know. */
bool seqmap_find(const struct seqmap *m, uint16_t out, uint8_t *ret_source, uint16_t *ret_in);

#endif
