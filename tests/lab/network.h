/* network: what a bad network does to datagrams one way, as pure arithmetic: it is told the time and the size and
 * says when copies come out. The same seed gives the same network. Embedded; one thread.
 *
 *   --> loss (each for itself, or in bursts: Gilbert and Elliott's two states) --> rate and its queue --> delay,
 *       jitter (in order) --> now and then one that overtakes, or comes twice -->
 *
 *   spec: "loss=5,burst=2/30,delay=50,jitter=20,reorder=1,duplicate=1,rate=500,queue=200" or "good"
 *         loss, reorder, duplicate: per cent;   burst=ENTER/LEAVE: per cent a packet, all is lost inside
 *         delay, jitter, queue: ms;             rate: kbit/s, 0: none;   queue: what may wait for it, then it is dropped */
#ifndef TESTS_LAB_NETWORK_H
#define TESTS_LAB_NETWORK_H
#include "base/err.h"
#include "base/str.h"
#include <stdint.h>

enum { NETWORK_COPIES_MAX = 2 };
struct network_terms {
    double loss, burst_enter, burst_leave, reorder, duplicate; /* 0 … 1 */
    int64_t delay_us, jitter_us, queue_us, rate_bps;
};
struct network {
    struct network_terms terms;
    uint64_t random;
    bool is_in_burst;
    int64_t free_us; /* when the last bit of what was taken has left */
    int64_t last_us; /* when the last in order comes out */
    uint64_t taken, lost, queue_dropped;
};

void network_init(struct network *n, uint64_t seed);
/* ERR_BAD_INPUT: no such word, or a value out of its range; *ret_terms is untouched. */
enum err network_terms_read(struct str spec, struct network_terms *ret_terms) MUST_USE;
/* From now on; what is under way stays as it was promised. */
void network_set(struct network *n, const struct network_terms *terms);
/* How many copies come out, and when. */
unsigned network_pass(struct network *n, int64_t now_us, size_t bytes, int64_t ret_at_us[NETWORK_COPIES_MAX]);

#endif
