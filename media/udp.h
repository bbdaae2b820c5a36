/* udp: the worker's one media socket. Owned by the loop's thread. udp_open comes before the sandbox closes,
 * as no socket can be made after it. It takes whatever arrives, in batches, and counts
 * it; a packet that belongs to no peer is dropped. */
#ifndef MEDIA_UDP_H
#define MEDIA_UDP_H
#include "link/address.h"
#include "media/loop.h"

struct udp;

struct udp_counts {
    uint64_t packets_in, bytes_in, packets_out, bytes_out, packets_dropped;
};

/* ERR_EXISTS: the port is taken; ERR_NOT_FOUND: no address of this machine; ERR_DENIED: not ours to bind;
 * ERR_NOMEM, ERR_IO. buffer_bytes is asked for each way; the kernel may give less. */
enum err udp_open(struct loop *loop, const struct link_address *bind, uint32_t buffer_bytes,
                  struct udp **ret_udp) MUST_USE;
void udp_close(struct udp *u); /* NULL allowed */
struct link_address udp_bound(const struct udp *u);
struct udp_counts udp_counts(const struct udp *u);

#endif
