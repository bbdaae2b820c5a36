/* msg: every message between yunqiaod ("server") and yunqiao-media ("worker"), as a struct and as bytes.
 * Pure; any thread.
 *
 * One message is one SOCK_SEQPACKET datagram. All integers are little-endian and unsigned unless said
 * otherwise, fields follow each other without gaps, and a message is exactly as long as its type says:
 *
 *      0       1       2       3       4       5       6       7       8
 *      +-------+-------+-------+-------+-------+-------+-------+-------+----- - -
 *      |  'Y'  |  'q'  |     type      |          body_bytes           | body
 *      +-------+-------+-------+-------+-------+-------+-------+-------+----- - -
 *
 *   HELLO   worker  | version 2 | index 2 | pid 4 | landlock 1 |
 *                   landlock: the ABI that the kernel offers, 0: none
 *   CONFIG  server  | version 2 | index 2 | bind 19 | announce 19 | rooms_max 4 | peers_max 4 |
 *                   | buffer_bytes 4 | stats_ms 4 |
 *   READY   worker  | bound 19 | no_new_privileges 1 | seccomp 1 | landlock 1 |
 *                   what the sandbox really holds
 *   PING    server  | tick_ms 8 |   the server's own monotonic count; the worker gives it back unread
 *   PONG    worker  | tick_ms 8 |
 *   STATS   worker  | rss_bytes 8 | cpu_ms 8 | rooms 4 | peers 4 | packets_in 8 | packets_out 8 |
 *                   | bytes_in 8 | bytes_out 8 | packets_dropped 8 |   counts since the worker's start
 *   DRAIN   server  | wait_ms 4 |   take no new room; end with the last one, at the latest after wait_ms
 *   BYE     either  | reason 2 |    the last message of a side
 *
 * where an address of 19 bytes is  | family 1 | bytes 16 | port 2 |  (link/address.h).
 *
 * Handshake: HELLO -> CONFIG -> READY. The head and HELLO's first field never change, so that any two
 * versions understand each other well enough to part: a server that reads another version answers
 * BYE(version), and so does a worker.
 *
 * Our own processes count as strangers: a message that is too short, too long, of an unknown type, from the
 * wrong side, or with a value out of its range is refused as a whole (ERR_BAD_INPUT). */
#ifndef LINK_MSG_H
#define LINK_MSG_H
#include "base/err.h"
#include "link/address.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LINK_VERSION = 1,
    LINK_HEAD_BYTES = 8,
    LINK_BYTES_MAX = 32768, /* of one message with its head: room for session descriptions */
    LINK_INDEX_MAX = 63,    /* workers are numbered 0 … 63 */
};

enum link_type {
    LINK_HELLO = 1,
    LINK_CONFIG,
    LINK_READY,
    LINK_PING,
    LINK_PONG,
    LINK_STATS,
    LINK_DRAIN,
    LINK_BYE,
    LINK_TYPES /* one past the last */
};

enum link_side { LINK_SERVER, LINK_WORKER };

enum link_reason {
    LINK_BYE_DRAINED = 1,    /* as asked */
    LINK_BYE_VERSION,        /* the other side speaks another version */
    LINK_BYE_BAD_MESSAGE,    /* the other side sent what cannot be */
    LINK_BYE_PORT_TAKEN,     /* CONFIG's bind address is in use */
    LINK_BYE_ADDRESS_ABSENT, /* … or is no address of this machine, or may not be bound */
    LINK_BYE_SANDBOX,        /* the sandbox could not be closed */
    LINK_BYE_INTERNAL,       /* memory or descriptors ran out */
    LINK_REASONS             /* one past the last */
};

struct link_hello {
    uint16_t version, index;
    uint32_t pid;
    uint8_t landlock;
};
struct link_config {
    uint16_t version, index;
    struct link_address bind;     /* family 4 or 6 */
    struct link_address announce; /* family 0: announce what is bound; port 0: the bound port */
    uint32_t rooms_max, peers_max;
    uint32_t buffer_bytes; /* of the media socket, each way; the kernel may give less */
    uint32_t stats_ms;
};
struct link_ready {
    struct link_address bound;
    bool no_new_privileges, seccomp;
    uint8_t landlock;
};
struct link_ping {
    uint64_t tick_ms;
};
struct link_stats {
    uint64_t rss_bytes, cpu_ms;
    uint32_t rooms, peers;
    uint64_t packets_in, packets_out, bytes_in, bytes_out, packets_dropped;
};
struct link_drain {
    uint32_t wait_ms;
};
struct link_bye {
    uint16_t reason; /* enum link_reason */
};

struct link_msg {
    enum link_type type;
    union {
        struct link_hello hello;
        struct link_config config;
        struct link_ready ready;
        struct link_ping ping, pong;
        struct link_stats stats;
        struct link_drain drain;
        struct link_bye bye;
    };
};

/* Writes m and returns its length with the head. A value out of its range is a bug of the sender and stops
 * the process. */
size_t link_msg_encode(const struct link_msg *m, uint8_t ret_bytes[LINK_BYTES_MAX]);
/* from: the side whose bytes these are. ERR_BAD_INPUT; a HELLO or CONFIG whose version is not ours:
 * ERR_UNSUPPORTED. */
enum err link_msg_decode(const void *bytes, size_t bytes_n, enum link_side from,
                         struct link_msg *ret_msg) MUST_USE;
/* Short names for the log and the system admin's screen; never NULL. */
const char *link_type_text(enum link_type type);
const char *link_reason_text(uint16_t reason);

#endif
