/* wire: what leaves the worker, handed over in batches by the transports to whoever has sockets
 * (media/sockets) or to a test. Pure declarations; one thread.
 *
 *   | headroom 64 | datagram | tailroom 32 |   each stands so, that a frame of TCP or TURN is grown in place */
#ifndef MEDIA_WIRE_H
#define MEDIA_WIRE_H
#include "media/ice.h"

enum { WIRE_HEADROOM_BYTES = 64, WIRE_TAILROOM_BYTES = 32, WIRE_BYTES_MAX = 1500 };

struct wire_datagram {
    struct ice_path to;
    struct link_address from; /* which of our addresses; family 0: the kernel chooses */
    uint8_t dscp;             /* six bits; 0: best effort */
    uint16_t bytes;
    uint8_t *at;
};

struct wire {
    /* Sends or drops; nothing of it is needed afterwards. What goes to one path stands together, so that
     * datagrams of one size may leave as one (UDP GSO). */
    void (*send)(struct wire *w, const struct wire_datagram *datagrams, unsigned count);
};

#endif
