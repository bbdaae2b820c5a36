/* bind: a socket that listens, and what is said where it cannot. Any thread. */
#ifndef NET_BIND_H
#define NET_BIND_H
#include "link/address.h"

/* ERR_EXISTS: the port is taken; ERR_DENIED: it may not be bound; ERR_NOT_FOUND: no address of this machine; ERR_IO. The socket is the caller's;
 * *ret_port is what the kernel chose for port 0. ret_why: a sentence for the operator. */
enum err bind_listener(const struct link_address *address, int *ret_fd, uint16_t *ret_port,
                       char ret_why[256]) MUST_USE;

#endif
