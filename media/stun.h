/* stun: one STUN message, read and written (RFC 8489; attributes of ICE, RFC 8445 §16.1, and TURN, RFC 8656
 * §18).
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |0 0| method, with the class  |     bytes after the header      |
 *   |   | in bits 4 and 8         |     (a multiple of four)        |
 *   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
 *   |                  magic cookie 0x2112A442                      |
 *   |                  transaction id, 96 bits                      |
 *   +---------------------------------------------------------------+
 *   | attribute: type (16), bytes (16), value, 0-3 bytes of padding | ...
 *
 * A struct stun is a view: its texts and data point into the message, which must outlive it. struct stun_out
 * writes into the caller's buffer. Both are embedded; any thread, no memory is taken. The messages come from
 * strangers: what does not fit the RFC is refused whole (ERR_BAD_INPUT), a message with a wrong FINGERPRINT
 * is none.
 *
 * MESSAGE-INTEGRITY is HMAC-SHA1, as ICE has it. MESSAGE-INTEGRITY-SHA256 is passed over: every peer of ours
 * sends the SHA1 one too, and to prefer the other would add a second way into the same door. */
#ifndef MEDIA_STUN_H
#define MEDIA_STUN_H
#include "base/err.h"
#include "base/str.h"
#include "link/address.h"

#define STUN_COOKIE 0x2112A442u
enum {
    STUN_HEADER_BYTES = 20,
    STUN_TRANSACTION_BYTES = 12,
    STUN_INTEGRITY_BYTES = 20,
    STUN_ATTRIBUTES_MAX = 32,     /* more is no message of anybody's */
    STUN_SIGNED_BYTES_MAX = 1500, /* a longer message is never authenticated */
    STUN_UNKNOWN_MAX = 8,
    STUN_LONG_TERM_KEY_BYTES = 16
};

enum stun_class { STUN_REQUEST = 0, STUN_INDICATION = 1, STUN_SUCCESS = 2, STUN_FAILURE = 3 };
enum stun_method {
    STUN_BINDING = 0x001,
    STUN_ALLOCATE = 0x003,
    STUN_REFRESH = 0x004,
    STUN_SEND = 0x006,
    STUN_DATA = 0x007,
    STUN_CREATE_PERMISSION = 0x008,
    STUN_CHANNEL_BIND = 0x009
};
enum stun_attribute {
    STUN_AT_MAPPED_ADDRESS = 0x0001,
    STUN_AT_USERNAME = 0x0006,
    STUN_AT_INTEGRITY = 0x0008,
    STUN_AT_ERROR_CODE = 0x0009,
    STUN_AT_UNKNOWN_ATTRIBUTES = 0x000A,
    STUN_AT_CHANNEL_NUMBER = 0x000C,
    STUN_AT_LIFETIME = 0x000D,
    STUN_AT_XOR_PEER_ADDRESS = 0x0012,
    STUN_AT_DATA = 0x0013,
    STUN_AT_REALM = 0x0014,
    STUN_AT_NONCE = 0x0015,
    STUN_AT_XOR_RELAYED_ADDRESS = 0x0016,
    STUN_AT_REQUESTED_ADDRESS_FAMILY = 0x0017,
    STUN_AT_EVEN_PORT = 0x0018,
    STUN_AT_REQUESTED_TRANSPORT = 0x0019,
    STUN_AT_DONT_FRAGMENT = 0x001A,
    STUN_AT_INTEGRITY_SHA256 = 0x001C,
    STUN_AT_XOR_MAPPED_ADDRESS = 0x0020,
    STUN_AT_RESERVATION_TOKEN = 0x0022,
    STUN_AT_PRIORITY = 0x0024,
    STUN_AT_USE_CANDIDATE = 0x0025,
    STUN_AT_SOFTWARE = 0x8022,
    STUN_AT_FINGERPRINT = 0x8028,
    STUN_AT_ICE_CONTROLLED = 0x8029,
    STUN_AT_ICE_CONTROLLING = 0x802A,
    STUN_AT_NOMINATION = 0xC001, /* Chromium's renomination count */
    STUN_AT_NETWORK_INFO = 0xC057
};

struct stun {
    const uint8_t *at;
    size_t bytes;
    enum stun_class class;
    uint16_t method;
    uint8_t transaction[STUN_TRANSACTION_BYTES];

    bool has_username, has_realm, has_nonce, has_data, has_fingerprint;
    struct str username, realm, nonce, data, software;

    struct link_address mapped; /* XOR-MAPPED-ADDRESS, else MAPPED-ADDRESS; family 0: none */
    struct link_address xor_peer, xor_relayed;
    bool is_peer_repeated; /* CreatePermission may name several; xor_peer is the first (stun_next_peer) */

    bool has_priority, use_candidate, has_controlling, has_controlled, has_nomination;
    uint32_t priority, nomination;
    uint64_t tie_breaker;

    bool has_lifetime, has_channel, has_transport, has_family, has_even_port, has_reservation,
        has_dont_fragment;
    uint32_t lifetime_s;
    uint16_t channel;
    uint8_t transport; /* an IP protocol number */
    uint8_t family;    /* as on the wire: 1 is IPv4, 2 is IPv6 */

    uint16_t error_code; /* 0: none */
    struct str error_reason;

    size_t integrity_at; /* where MESSAGE-INTEGRITY begins; 0: there is none */
    uint16_t unknown[STUN_UNKNOWN_MAX];
    uint8_t unknown_count; /* of the attributes that a reader must understand: answer 420 */
};

/* Could these bytes be STUN? By the first byte (0-3, RFC 7983: methods end at 0xff), the length and the
 * cookie. */
bool stun_is(const uint8_t *at, size_t bytes);
enum err stun_parse(const uint8_t *at, size_t bytes, struct stun *ret_stun) MUST_USE;
/* The MESSAGE-INTEGRITY is there and made with this key (constant time). */
bool stun_is_signed(const struct stun *s, struct str key);
/* The next XOR-PEER-ADDRESS after *at (start with 0); false at the end. */
bool stun_next_peer(const struct stun *s, size_t *at, struct link_address *ret_peer);
/* MD5(username ":" realm ":" password), the key of long-term credentials (RFC 8489 §9.2.2). */
enum err stun_long_term_key(struct str username, struct str realm, struct str password,
                            uint8_t ret_key[STUN_LONG_TERM_KEY_BYTES]) MUST_USE;
/* "evtj:h6vY": what stands before and after the first colon. False: no colon, or an empty half. */
bool stun_username_split(struct str username, struct str *ret_ours, struct str *ret_theirs);

struct stun_out {
    uint8_t *at;
    size_t bytes, room;
    bool is_failed; /* no room, or the digest failed: stun_end returns 0 */
};

void stun_start(struct stun_out *o, void *at, size_t room, enum stun_class class, uint16_t method,
                const uint8_t transaction[STUN_TRANSACTION_BYTES]);
/* The answer to a request: its method and transaction. */
void stun_start_answer(struct stun_out *o, void *at, size_t room, enum stun_class class,
                       const struct stun *to);
void stun_add(struct stun_out *o, uint16_t type, const void *value, size_t bytes);
void stun_add_str(struct stun_out *o, uint16_t type, struct str value);
void stun_add_u32(struct stun_out *o, uint16_t type, uint32_t value);
void stun_add_u64(struct stun_out *o, uint16_t type, uint64_t value);
void stun_add_address(struct stun_out *o, uint16_t type, const struct link_address *a); /* an XOR one */
/* 300-699, with the RFC's words for it. */
void stun_add_error(struct stun_out *o, uint16_t code);
void stun_add_unknown(struct stun_out *o, const struct stun *to);
void stun_add_integrity(struct stun_out *o, struct str key);
void stun_add_fingerprint(struct stun_out *o); /* last of all */
size_t stun_end(const struct stun_out *o);     /* the message's bytes; 0: failed */

#endif
