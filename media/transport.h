/* transport: one peer connection's way through the net: ICE, DTLS and SRTP, without sockets. Datagrams go in
 * with the path they came on, what is in clear comes out by callbacks; clear packets go in, protected ones
 * leave in batches by the wire.
 *
 *   sockets --transports_take--> demux by first byte (RFC 7983)
 *      0-3      STUN     answered; an authenticated check makes its path known to its transport
 *      20-31    DTLS     only of known paths
 *      128-191  SRTP     only of known paths: verified, decrypted in place in its pooled buffer --> rtp, rtcp
 *      others, and all of unknown paths: dropped and counted
 *
 *   transport_reserve, header written there, transport_send --encrypted out of place--> batch --> wire
 *
 *   state \ what    keys and a path   8 s quiet, path lost   check again   25 s quiet, DTLS failed or closed
 *   CONNECTING      CONNECTED         –                      –             GONE
 *   CONNECTED       –                 INTERRUPTED            –             GONE
 *   INTERRUPTED     –                 –                      CONNECTED     GONE
 *   GONE            nothing is taken or sent; its owner frees it
 *
 * The batch leaves when it is full and at the end of each turn of the loop, by itself.
 *
 * Owner: transports, the worker; a transport, the peer that made it. One thread. Nothing is allocated per
 * packet. */
#ifndef MEDIA_TRANSPORT_H
#define MEDIA_TRANSPORT_H
#include "media/dtls.h"
#include "media/loop.h"
#include "media/packet.h"
#include "media/sdp.h"
#include "media/wire.h"

enum {
    TRANSPORT_HEAD_BYTES_MAX = 256, /* of what transport_reserve gives: an RTP header and a prefix */
    TRANSPORT_SSRCS_IN_MAX = 64,    /* of one peer, at a time */
    TRANSPORT_SSRCS_OUT_MAX = 512,  /* of one peer, in its whole life */
    TRANSPORT_CANDIDATES_MAX = 24
};
enum transport_state { TRANSPORT_CONNECTING, TRANSPORT_CONNECTED, TRANSPORT_INTERRUPTED, TRANSPORT_GONE };
enum transport_class { TRANSPORT_AUDIO, TRANSPORT_VIDEO, TRANSPORT_CONTROL, TRANSPORT_CLASSES }; /* DSCP */

struct transports;
struct transport;

struct transport_events {
    /* p->rtp is read, p->arrived and arrived_us are set; packet_ref keeps it. The transport must not be freed
     * in here, nor in rtcp. */
    void (*rtp)(void *owner, struct packet *p);
    void (*rtcp)(void *owner, const uint8_t *at, size_t bytes, int64_t arrived_us); /* a compound packet */
    /* It has changed; on GONE, and any time here, transport_free is allowed. Never called from within
     * transport_new, _begin, _restart, _close or _free. */
    void (*state)(void *owner, enum transport_state state);
};

struct transports_settings {
    uint32_t transports_max, handshakes_max;
    struct pool *packets; /* the owner's; outlives it */
    struct wire *wire;
};
struct transports_counts {
    uint64_t packets_out, bytes_out;
    uint64_t dropped_unknown, dropped_bad,
        dropped_late; /* no known path; not to be verified or read; no room */
};

/* ERR_NOMEM, ERR_UNSUPPORTED (OpenSSL). Before the sandbox closes. */
enum err transports_new(struct loop *loop, const struct transports_settings *settings,
                        struct transports **ret_transports) MUST_USE;
void transports_free(struct transports *ts); /* all transports must be gone; NULL allowed */
void transports_fingerprint(const struct transports *ts, uint8_t ret_fingerprint[DTLS_FINGERPRINT_BYTES]);
/* What is announced in every description: media/sockets adds; the order is the preference. ERR_LIMIT. */
enum err transports_add_candidate(struct transports *ts, const struct link_address *address,
                                  enum ice_way way) MUST_USE;
unsigned transports_candidates(const struct transports *ts,
                               struct sdp_candidate ret_candidates[TRANSPORT_CANDIDATES_MAX]);
uint32_t transports_count(const struct transports *ts);
struct transports_counts transports_counts(const struct transports *ts);
/* A datagram that stands at packet_data(p), from a path; to: the address of ours that it came to (family 0:
 * unknown). The reference stays the caller's. */
void transports_take(struct transports *ts, const struct ice_path *path, const struct link_address *to,
                     struct packet *p, size_t bytes);
/* The connection or the relay under a path has closed. */
void transports_path_gone(struct transports *ts, const struct ice_path *path);
void transports_flush(struct transports *ts);

/* With fresh ICE credentials, for the description. ERR_LIMIT: too many; ERR_NOMEM. */
enum err transport_new(struct transports *ts, const struct transport_events *events, void *owner,
                       struct transport **ret_transport) MUST_USE;
/* Says good-bye to the peer, if it was up. NULL allowed. */
void transport_free(struct transport *t);
struct str transport_ufrag(const struct transport *t); /* of the latest restart */
struct str transport_password(const struct transport *t);
/* What the peer's description says of DTLS; checks and hellos that came before it wait or are repeated. Once:
 * later calls must say the same, or it is ERR_UNSUPPORTED. ERR_NOMEM. */
enum err transport_begin(struct transport *t, enum dtls_role role, enum dtls_profiles profiles,
                         const uint8_t peer_fingerprint[DTLS_FINGERPRINT_BYTES]) MUST_USE;
/* An ICE restart: new credentials; the old ones go on until the new ones are in use. ERR_NOMEM. */
enum err transport_restart(struct transport *t) MUST_USE;
enum transport_state transport_state(const struct transport *t);
/* The path that media takes; false: none. */
bool transport_path(const struct transport *t, struct ice_path *ret_path);
enum srtp_profile transport_profile(const struct transport *t); /* NONE before the keys are there */

/* Room for TRANSPORT_HEAD_BYTES_MAX of header and prefix, where the datagram is going to stand. NULL: not
 * connected. Another reserve, or anything but the send that follows, gives it up. */
uint8_t *transport_reserve(struct transport *t) MUST_USE;
/* What was reserved, as srtp_out_rtp has it; the body is read now and not needed afterwards. Its errors;
 * after one nothing is sent. */
enum err transport_send(struct transport *t, enum transport_class class, size_t header_bytes,
                        size_t prefix_bytes, const uint8_t *body, size_t body_bytes) MUST_USE;
/* So many packets of one transport follow: where they do not fit into what is left of the batch, it leaves first, so that they are not
 * parted. */
void transport_together(struct transport *t, unsigned packets);
/* A compound packet in clear, copied. ERR_LIMIT: longer than a datagram; ERR_CLOSED: not connected. */
enum err transport_send_rtcp(struct transport *t, const uint8_t *at, size_t bytes) MUST_USE;

#endif
