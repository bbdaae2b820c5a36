/* turn: a TURN server (RFC 8656) whose relay exists only in the worker: the only peers it relays to are the
 * worker itself and, where a site has several, the other workers of this machine, so that a hospital that lets nothing out but TLS on port 443 still reaches its call, and
 * nobody can reach anything else through us. No relay port is opened; a relayed address is one of ours with a
 * number for a port, under which ICE knows the path (enum ice_way ICE_RELAY).
 *
 *   client ── TLS ──> | Allocate, Refresh, CreatePermission, ChannelBind | answered here
 *                     | Send indication, ChannelData |  for one of our addresses: handed to the worker
 *          <── TLS ── | Data indication, ChannelData |  what the worker sends to the relayed address
 *
 * Pure: bytes and the time go in, bytes come out. Credentials are long-term ones that we hand out with the
 * call (RFC 8489 §9.2): the user name says until when it is good and to whom it was given, the password is
 * its HMAC under a secret of this process, so nothing is stored for them. Nonces are made the same way and go
 * stale after an hour.
 *
 *   allocation \ what   Allocate   Refresh   Refresh 0   permission, channel   time
 *   none                ACTIVE     437       437         437                   –
 *   ACTIVE              437 (*)    ACTIVE    none        ACTIVE                none
 *   (*) the same transaction once more: the same answer
 *
 * Embedded per worker (struct turn) and per connection (struct turn_client); one thread. */
#ifndef MEDIA_TURN_H
#define MEDIA_TURN_H
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "link/address.h"
#include "media/stun.h"

enum {
    TURN_SECRET_BYTES = 32,
    TURN_ADDRESSES_MAX = 8, /* of ours */
    TURN_CHANNELS_MAX = 8,  /* of one allocation */
    TURN_LIFETIME_S = 600,
    TURN_LIFETIME_MAX_S = 3600,
    TURN_PERMISSION_S = 300,
    TURN_CHANNEL_S = 600,
    TURN_NONCE_S = 3600,
    TURN_USERNAME_BYTES_MAX = 96,
    TURN_PASSWORD_BYTES_MAX = 48,
    TURN_NONCE_BYTES = 48,
    TURN_ANSWER_BYTES_MAX = 512,
    TURN_WRAP_BYTES = 48, /* before a datagram that goes to the client: the longest header */
    TURN_PORT_FIRST = 49152,
    TURN_PORTS = 16384
};

struct turn {
    uint8_t secret[TURN_SECRET_BYTES];
    struct str realm; /* text of the owner */
    uint16_t
        workers; /* of this site, this one the first: each of our addresses is theirs too, with the ports that follow */
    unsigned address_count;
    struct link_address
        addresses[TURN_ADDRESSES_MAX]; /* where the worker takes datagrams, as it announces them */
    uint32_t allocations, allocations_max;
    uint16_t next_port;
    uint8_t ports[TURN_PORTS / 8]; /* a bit a relayed port that is in use */
};
/* secret NULL: a fresh one. */
void turn_init(struct turn *t, struct str realm, uint32_t allocations_max, uint16_t workers,
               const uint8_t secret[TURN_SECRET_BYTES]);
/* ERR_LIMIT: too many. */
enum err turn_add_address(struct turn *t, const struct link_address *a) MUST_USE;
/* Whose address it is: the n-th worker's after this one; -1: nobody's. */
int turn_worker_of(const struct turn *t, const struct link_address *a);
/* "EXPIRY:WHO", good until then. who: characters of a token, for the log of whoever looks. ERR_LIMIT: too
 * long. */
enum err turn_credentials(const struct turn *t, struct str who, struct instant until,
                          char ret_username[TURN_USERNAME_BYTES_MAX + 1],
                          char ret_password[TURN_PASSWORD_BYTES_MAX + 1]) MUST_USE;

struct turn_channel {
    uint16_t number; /* 0: none */
    struct link_address peer;
    struct tick until;
};
struct turn_client {
    struct turn *turn;
    struct link_address remote; /* the client's end of the connection */
    bool is_active;
    struct link_address relayed;
    struct tick until;
    char username[TURN_USERNAME_BYTES_MAX];
    size_t username_bytes;
    uint8_t transaction[STUN_TRANSACTION_BYTES]; /* of the Allocate that made it */
    struct tick permitted[TURN_ADDRESSES_MAX];   /* until when, for each of our addresses' hosts */
    struct turn_channel channels[TURN_CHANNELS_MAX];
};
void turn_client_init(struct turn_client *c, struct turn *t, const struct link_address *remote);
void turn_client_done(struct turn_client *c); /* gives the relayed address back */

struct turn_result {
    size_t answer_bytes; /* to the client; 0: nothing */
    const uint8_t *data; /* for the worker, from c->relayed; NULL: none */
    size_t data_bytes;
    struct link_address to; /* which of ours it went to */
    bool has_ended;         /* the allocation is gone: so are its paths */
};
/* A frame from the client (media/tcp_frame). answer has TURN_ANSWER_BYTES_MAX. ERR_BAD_INPUT: neither STUN
 * nor ChannelData: close. ERR_NOMEM. now and wall are the same moment of two clocks. */
enum err turn_take(struct turn_client *c, const uint8_t *at, size_t bytes, struct tick now,
                   struct instant wall, uint8_t *answer, struct turn_result *ret_result) MUST_USE;
/* Makes a frame for the client of a datagram that the worker sends from one of its addresses. The datagram
 * stands at at + TURN_WRAP_BYTES, with three bytes of room behind it; the frame begins at *ret_at.
 * ERR_DENIED: no allocation, or no permission for that address. */
enum err turn_wrap(struct turn_client *c, const struct link_address *from, uint8_t *at, size_t bytes,
                   struct tick now, uint8_t **ret_at, size_t *ret_bytes) MUST_USE;
/* True: the allocation has expired just now. */
bool turn_client_turn(struct turn_client *c, struct tick now);

#endif
