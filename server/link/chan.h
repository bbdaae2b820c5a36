/* chan: one end of the link, a non-blocking SOCK_SEQPACKET socket of which each datagram is one message, with
 * at most one file descriptor beside it (SCM_RIGHTS: recordings). Owned by one thread; never blocks: what the
 * socket does not take waits in a queue of stated length, and when that is full, chan_send says ERR_BUSY and
 * the caller decides.
 *
 * Descriptors: chan_new takes the socket, chan_send takes the passed descriptor in any case (also when it
 * fails), chan_take hands the received one over. A datagram with more than one descriptor, or a cut one, is
 * refused and all it carried is closed. */
#ifndef LINK_CHAN_H
#define LINK_CHAN_H
#include "link/msg.h"

struct chan;

/* NULL: out of memory; the socket is then closed. peer: the side at the other end. */
struct chan *chan_new(int socket_fd, enum link_side peer, uint32_t queue_max) MUST_USE;
void chan_free(struct chan *c); /* closes the socket and what waited */
int chan_fd(const struct chan *c);

/* Sends, or queues behind what waits. fd: -1, or a descriptor to pass. ERR_BUSY: queue full; ERR_NOMEM;
 * ERR_CLOSED, ERR_IO. */
enum err chan_send(struct chan *c, const struct link_msg *m, int fd) MUST_USE;
/* Sends what waits, as far as the socket takes it. */
enum err chan_flush(struct chan *c) MUST_USE;
bool chan_has_waiting(const struct chan *c); /* then poll for POLLOUT too and call chan_flush */

/* The next message. ERR_BUSY: none there; ERR_CLOSED: the peer is gone; ERR_BAD_INPUT, ERR_UNSUPPORTED: as
 * link_msg_decode says, and the link is not to be used any more. A descriptor where ret_fd is NULL counts as
 * bad input. */
enum err chan_take(struct chan *c, struct link_msg *ret_msg, int *ret_fd) MUST_USE;

/* A connected pair, close-on-exec and non-blocking. */
enum err chan_pair(int ret_fds[2]) MUST_USE;

#endif
