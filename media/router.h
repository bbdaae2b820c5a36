/* router: all rooms, peers and tracks of this worker, and what the server's messages do to them. What there is to tell
 * goes up through one function. The transports under the peers are reached by struct carrier, so that tests can
 * put their own in their place.
 *
 * Owner: control; one thread. Maxima: rooms, peers, tracks a peer; what is beyond is refused (LINK_FULL). */
#ifndef MEDIA_ROUTER_H
#define MEDIA_ROUTER_H
#include "link/msg.h"
#include "media/dtls.h"
#include "media/peer.h"
#include "media/room.h"

enum { ROUTER_TURN_MS = 10 };

struct router;

/* What makes transports; all get context. The transport's events go to router_packet and so on. */
struct carrier {
    void *context;
    struct outlet outlet;
    enum err (*open)(void *context, struct peer *peer, void **ret_transport);
    void (*close)(void *transport); /* not from within router_packet and router_rtcp */
    struct str (*ufrag)(void *transport);
    struct str (*password)(void *transport);
    /* ERR_UNSUPPORTED: the peer's certificate or role has changed. */
    enum err (*begin)(void *transport, enum dtls_role role, enum dtls_profiles profiles,
                      const uint8_t fingerprint[DTLS_FINGERPRINT_BYTES]);
    enum err (*restart)(void *transport);
    void (*fingerprint)(void *context, uint8_t ret_fingerprint[DTLS_FINGERPRINT_BYTES]);
    unsigned (*candidates)(void *context, struct sdp_candidate *ret_candidates, unsigned max);
};
enum { CARRIER_CANDIDATES_MAX = 24 };

struct router_settings {
    struct carrier carrier;
    uint32_t rooms_max, peers_max;
    bool gathers;                                        /* packets wait for router_forward */
    void (*tell)(void *owner, const struct link_msg *m); /* must not call back */
    void *owner;
    int64_t now_us; /* monotonic, at the same moment as wall */
    struct instant wall;
};

struct router *router_new(const struct router_settings *settings) MUST_USE; /* NULL: out of memory */
void router_free(struct router *r);
/* Does what a message of the server says; one that is none of ours (false) does nothing. */
bool router_take(struct router *r, const struct link_msg *m, int64_t now_us);
/* At the first multiple of ROUTER_TURN_MS from router_due_ms on; oftener does no harm. */
void router_turn(struct router *r, int64_t now_us);
int64_t
router_due_ms(const struct router *r); /* monotonic; INT64_MAX: nothing is to be done; may have passed */
/* Sends on what has come since the last time. One subscriber after another gets all of it, so that a picture's packets leave as one
 * (media/udp) and what belongs to one is touched once. At the end of each turn of the loop; by itself before anything
 * else is done here. */
void router_forward(struct router *r);
uint32_t router_rooms(const struct router *r);
uint32_t router_peers(const struct router *r);

/* From the transport of a peer. */
void router_state(struct peer *p, enum link_peer_state state, int64_t now_us); /* GONE: p is freed */

/* For rooms, peers and media/deal. */
bool router_gather(struct router *r, struct list *in_waiting); /* of a track; false: it is to go at once */
void router_is_due(struct router *r, int64_t at_ms);
void router_tell(struct router *r, const struct link_msg *m);
uint64_t router_ntp(const struct router *r, int64_t now_us);
const struct carrier *router_carrier(const struct router *r);
struct peer *router_peer(const struct router *r, uint32_t id); /* NULL: none */
/* Who hears that a leg is wished for a down peer, or not any more (enum link_leg_why); nobody at first. Must not call back. */
void router_wishes_to(struct router *r, void (*leg_wish)(void *owner, uint32_t peer, uint8_t why));
void router_leg_wish(struct router *r, struct peer *p, uint8_t why);
/* A peer that comes by no transport of ours (media/endpoint), and gives sound under this payload type; the router's like any other. NULL: no
 * such room, or no place. */
struct peer *router_endpoint(struct router *r, const struct link_endpoint *l, const struct outlet *outlet,
                             uint8_t payload_type);
struct up *router_track(const struct router *r, uint32_t id); /* NULL: none */
uint32_t router_next_track(struct router *r);
/* Makes a track known under its number, before it is anybody's. False: memory; up is freed. */
bool router_know_track(struct router *r, struct up *up);
void router_forget_track(struct router *r, struct up *up); /* and frees it */
void router_add_track(struct router *r, struct up *up);    /* to its peer, and tells of it */
void router_remove_track(struct router *r, struct up *up); /* frees it */

#endif
