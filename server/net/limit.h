/* limit: how much one address, one connection and all together may take, decided without I/O on times that are handed in.
 * Addresses are IPv4, or the /64 of IPv6 (a host has a whole one). Embedded or owned by the net; net thread. */
#ifndef NET_LIMIT_H
#define NET_LIMIT_H
#include "base/clock.h"
#include "base/err.h"
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct limit_settings {
    int64_t connections_max; /* all together */
    int64_t per_address_max; /* connections of one address */
    int64_t
        head_ms; /* from the connection (or the last answer's end + idle_ms) to a whole head, TLS included */
    int64_t body_ms;  /* a body's time beside what its length earns at LIMIT_BODY_BYTES_S */
    int64_t idle_ms;  /* between two requests of one connection */
    int64_t write_ms; /* without any progress of an answer */
};
#define LIMIT_BODY_BYTES_S 1024
#define LIMIT_HEAD_BYTES 8192   /* a request's head; more: 431 */
#define LIMIT_PATH_BYTES 2048   /* more: 414 */
#define LIMIT_BODY_BYTES 65536  /* where the route says nothing */
#define LIMIT_FRAMES_S 50       /* WebSocket frames in a second; more: 4429 */
#define LIMIT_FRAME_BYTES 65536 /* one message: room for a session description */
#define LIMIT_PART_BYTES 16384  /* of it, what is taken from the connection at once */

void limit_settings_default(struct limit_settings *s);

struct limit_key {
    uint8_t at[16];
};
struct limit_key limit_key_of(const struct sockaddr *address);

/* Counts connections by address in an open hash that holds connections_max entries, made once. */
struct limit;
struct limit *limit_new(int64_t connections_max, int64_t per_address_max) MUST_USE;
void limit_free(struct limit *l);
bool limit_may_enter(const struct limit *l, struct limit_key key);
void limit_enter(struct limit *l, struct limit_key key); /* only after limit_may_enter */
void limit_leave(struct limit *l, struct limit_key key);
int64_t limit_total(const struct limit *l);
int64_t limit_of(const struct limit *l, struct limit_key key);

/* Frames of one WebSocket: at most LIMIT_FRAMES_S in any second that starts with a frame. */
struct limit_flood {
    struct tick second;
    int frames;
};
bool limit_flood_frame(struct limit_flood *f, struct tick now); /* false: one too many */

/* When a body of this length must have arrived whole. */
struct tick limit_body_end(const struct limit_settings *s, struct tick now, uint64_t body_bytes);

#endif
