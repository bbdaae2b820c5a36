/* udp: the worker's one media socket. Owned by the loop's thread. udp_open comes before the sandbox closes,
 * as no socket can be made after it. What arrives is read in batches straight into pooled packets; what leaves
 * goes in batches too, and three or more datagrams of one size to one peer go as one (UDP_SEGMENT): that is
 * four times cheaper. Where the kernel refuses that once, it is left off.
 *
 * A socket bound to "[::]" serves IPv4 too; its IPv4 peers are addresses of family 4 everywhere. One bound to
 * no certain address tells which of the machine's a datagram came to, and answers leave by that one. */
#ifndef MEDIA_UDP_H
#define MEDIA_UDP_H
#include "link/address.h"
#include "media/loop.h"
#include "media/packet.h"
#include "media/wire.h"

struct udp;

struct udp_counts {
    uint64_t packets_in, bytes_in, packets_out, bytes_out;
    uint64_t packets_dropped; /* both ways: no buffer, too long, or the kernel had no room */
    uint64_t segmented;       /* datagrams that left as part of a larger one */
};
/* The datagram stands at packet_data(p); whoever keeps it takes a reference. to: family 0 when unknown. */
typedef void udp_take(void *owner, const struct link_address *from, const struct link_address *to,
                      struct packet *p, size_t bytes);

/* buffer_bytes is asked for each way; the kernel may give less. packets outlives it. ERR_EXISTS: the port is
 * taken; ERR_NOT_FOUND: no address of this machine; ERR_DENIED: not ours to bind; ERR_NOMEM, ERR_IO. */
enum err udp_open(struct loop *loop, const struct link_address *bind, uint32_t buffer_bytes,
                  struct pool *packets, udp_take *take, void *owner, struct udp **ret_udp) MUST_USE;
void udp_close(struct udp *u); /* NULL allowed */
struct link_address udp_bound(const struct udp *u);
struct udp_counts udp_counts(const struct udp *u);
/* Sends or drops. */
void udp_send(struct udp *u, const struct wire_datagram *datagrams, unsigned count);
void udp_set_segments(struct udp *u, bool may); /* tests and benches: without UDP_SEGMENT */

#endif
