/* endpoint: a room system (a conference device, or a gateway to one) that speaks plain RTP and no WebRTC: Opus, over a UDP port of its own.
 * There is one in a site, and it is in one room at a time: it gives its sound to the room, and gets that of all others there, mixed (N-1).
 *
 *   device --> its address? --> verified, decrypted --> peer --> all others
 *   device <-- encrypted <-- 20 ms of the mix <-- media/legs
 *
 * It is encrypted by keys that the operator has given to both (SRTP with AES_CM_128_HMAC_SHA1_80, as RFC 4568 names it); in clear by the
 * operator's word alone, on a private network. Nothing is read but what comes from the address that is set; of several ports there, the
 * one that a packet was verified from last; in clear the first, until it has been quiet for ENDPOINT_QUIET_MS. RTCP is neither read nor
 * sent: what is lost is concealed, not asked for.
 *
 * Owner: control; one thread. Without sockets: packets come by endpoint_take and leave by settings.send. */
#ifndef MEDIA_ENDPOINT_H
#define MEDIA_ENDPOINT_H
#include "media/legs.h"

enum { ENDPOINT_KEY_BYTES = 30, ENDPOINT_QUIET_MS = 8000, ENDPOINT_TURN_MS = 500 };

struct endpoint;
struct endpoint_settings {
    struct router *router;
    struct legs *legs;        /* both outlive it */
    struct link_address from; /* the device's; port 0: any there */
    uint8_t payload_type;     /* of Opus, both ways */
    struct str keys; /* by which it encrypts, then by which we do, ENDPOINT_KEY_BYTES each; empty: in clear */
    /* Sends or drops; the bytes are not needed afterwards. */
    void (*send)(void *owner, const struct link_address *to, uint8_t *at, size_t bytes);
    void *owner;
};
/* ERR_BAD_INPUT: keys of another length; ERR_NOMEM. */
enum err endpoint_new(const struct endpoint_settings *settings, struct endpoint **ret_endpoint) MUST_USE;
void endpoint_free(struct endpoint *e); /* NULL allowed; before the legs */
/* Into a room, under a participant; out of the one it was in. Where that cannot be, the peer is said to be GONE. */
void endpoint_enter(struct endpoint *e, const struct link_endpoint *l, int64_t now_us);
/* A datagram that stands at packet_data(p); anybody's, of any bytes. */
void endpoint_take(struct endpoint *e, const struct link_address *from, struct packet *p, size_t bytes,
                   int64_t now_us);
/* Each ENDPOINT_TURN_MS: whether it is heard of. */
void endpoint_turn(struct endpoint *e, int64_t now_us);

struct endpoint_counts {
    uint64_t packets_in, packets_out;
    uint64_t refused; /* from elsewhere, no RTP, or not to be verified */
};
struct endpoint_counts endpoint_counts(const struct endpoint *e);

#endif
