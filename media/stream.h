/* stream: datagrams that come in TCP: ICE-TCP's passive side (RFC 6544, frames of RFC 4571) on the media port,
 * and TURN over TLS, which ends here (media/turn). Opened before the sandbox closes; connections are taken in
 * after it. Owned by the loop's thread.
 *
 *   ICE    path {ICE_TCP, connection, the peer}         TURN   path {ICE_RELAY, connection, relayed address}
 *
 * A connection that has been silent for half a minute is closed (a live one is checked every few seconds). What
 * a peer does not take waits, up to STREAM_QUEUE_BYTES; then datagrams are dropped, as a network would. */
#ifndef MEDIA_STREAM_H
#define MEDIA_STREAM_H
#include "media/loop.h"
#include "media/packet.h"
#include "media/tcp_frame.h"
#include "media/turn.h"
#include "media/wire.h"

enum { STREAM_QUEUE_BYTES = 131072, STREAM_SILENCE_MS = 30000, STREAM_CONNECTIONS_MAX = 512 };

struct stream;

struct stream_settings {
    struct link_address bind;
    enum tcp_frame_kind kind;
    struct pool *packets; /* outlives it */
    struct turn *turn;    /* of TURN; outlives it */
    /* A datagram of a path at packet_data(p); whoever keeps it takes a reference. */
    void (*take)(void *owner, const struct ice_path *path, const struct link_address *to, struct packet *p,
                 size_t bytes);
    void (*gone)(void *owner, const struct ice_path *path);
    /* Of TURN: a datagram for `to`. False: it is for this worker, and comes by take. */
    bool (*elsewhere)(void *owner, const struct ice_path *path, const struct link_address *to,
                      const uint8_t *at, size_t bytes);
    void *owner;
};
struct stream_counts {
    uint64_t packets_in, bytes_in, packets_out, bytes_out, packets_dropped;
    uint32_t connections;
};

/* Errors as udp_open has them. */
enum err stream_open(struct loop *loop, const struct stream_settings *settings,
                     struct stream **ret_stream) MUST_USE;
void stream_close(struct stream *s); /* NULL allowed; says gone of nothing */
struct link_address stream_bound(const struct stream *s);
struct stream_counts stream_counts(const struct stream *s);
/* TURN only: the certificate chain and key, PEM, for the connections to come. Without one they are closed at
 * once. ERR_BAD_INPUT: no such pair; the old one stays. ERR_NOMEM. */
enum err stream_certificate(struct stream *s, struct str chain, struct str key) MUST_USE;
/* Sends or drops; the path's way and connection are this stream's. stream_flush makes it leave. */
void stream_send(struct stream *s, const struct wire_datagram *d);
void stream_flush(struct stream *s);

#endif
