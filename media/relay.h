/* relay: the way from TURN over TLS to the other workers of this machine. Port 443 is one, workers are several: the first worker
 * ends TLS and TURN for all of them, and passes on what is for another by UDP, from a socket for each client, so that the
 * other sees a path of its own (media/ice) and answers there.
 *
 *   client == TLS ==> worker 0 --[a socket of the client's]--> worker k's media port
 *
 * It sends to the media ports of this site's workers and nowhere else: who may be named is media/turn's to say. All sockets
 * are made by relay_open, as none can be made once the sandbox has closed. Owned by the loop's thread. */
#ifndef MEDIA_RELAY_H
#define MEDIA_RELAY_H
#include "media/ice.h"
#include "media/loop.h"
#include "media/wire.h"

enum { RELAY_CLIENTS_MAX = 192 }; /* of each family, at a time */

struct relay;
struct relay_settings {
    struct link_address bound; /* ours; the other workers' differ by the port alone */
    bool is_named; /* what is announced is a name for us elsewhere, and no address of this machine */
    /* What a worker answers: d->to is the client's path, d->from the address that the client knows the worker by. */
    void (*answer)(void *owner, const struct wire_datagram *d);
    void *owner;
};

/* ERR_IO: no sockets; ERR_NOMEM. */
enum err relay_open(struct loop *loop, const struct relay_settings *settings,
                    struct relay **ret_relay) MUST_USE;
void relay_close(struct relay *r); /* NULL allowed */
/* Sends to the n-th worker after this one, which the client knows as `to`, or drops. */
void relay_send(struct relay *r, const struct ice_path *client, const struct link_address *to, uint16_t n,
                const uint8_t *at, size_t bytes);
/* The client is gone: its socket is the next one's. */
void relay_path_gone(struct relay *r, const struct ice_path *client);

#endif
