/* sockets: all the doors of a worker: its UDP port, ICE-TCP on the same number, TURN over TLS where that is
 * set, for all workers of the site (media/relay); it is the wire of the transports and brings them what arrives. Opened before the sandbox closes; owned
 * by the loop's thread.
 *
 * Announced is, first, the address that the settings name; without one, the address that is bound, or, when
 * none certain is, those of the machine's interfaces. */
#ifndef MEDIA_SOCKETS_H
#define MEDIA_SOCKETS_H
#include "media/transport.h"
#include "media/turn.h"

struct sockets;

struct sockets_settings {
    struct link_address bind;
    struct link_address announce; /* family 0: none; port 0: the bound one */
    struct link_address turn;     /* family 0: none */
    uint32_t buffer_bytes, peers_max;
    uint16_t workers;           /* of the site: with TURN, this one is the first of so many; 0: one */
    const uint8_t *turn_secret; /* TURN_SECRET_BYTES; NULL: a fresh one */
    struct pool *packets;       /* outlives it */
};
struct sockets_counts {
    uint64_t packets_in, packets_out, bytes_in, bytes_out, packets_dropped;
    uint32_t tcp, tls; /* connections */
};

/* Errors as udp_open has them. A port of 0 is chosen by the kernel, for UDP and TCP alike. */
enum err sockets_open(struct loop *loop, const struct sockets_settings *settings,
                      struct sockets **ret_sockets) MUST_USE;
/* The transports must be gone; NULL allowed. */
void sockets_close(struct sockets *s);
struct wire *sockets_wire(struct sockets *s);
/* From now on what arrives goes to them; adds the candidates. ERR_LIMIT, ERR_IO. */
enum err sockets_attach(struct sockets *s, struct transports *ts) MUST_USE;
struct link_address sockets_bound(const struct sockets *s);
struct link_address sockets_turn_bound(const struct sockets *s); /* family 0: no TURN here */
struct sockets_counts sockets_counts(const struct sockets *s);
void sockets_set_segments(struct sockets *s, bool may);
/* For TURN over TLS, PEM. ERR_UNSUPPORTED: there is none here; ERR_BAD_INPUT, ERR_NOMEM. */
enum err sockets_certificate(struct sockets *s, struct str chain, struct str key) MUST_USE;
/* Credentials of TURN for lifetime_s from now. ERR_UNSUPPORTED: there is none here. */
enum err sockets_turn_grant(struct sockets *s, uint32_t lifetime_s,
                            char ret_username[TURN_USERNAME_BYTES_MAX + 1],
                            char ret_password[TURN_PASSWORD_BYTES_MAX + 1]) MUST_USE;

#endif
