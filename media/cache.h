/* cache: the last packets of one incoming stream, by sequence number, for those who missed one; and the last
 * key frame with what followed it, for those who come now. Holds references to pooled packets; the caller
 * says how old is too old, and the sizes are bounds of their own. Owner: the up track; one thread. */
#ifndef MEDIA_CACHE_H
#define MEDIA_CACHE_H
#include "media/packet.h"

enum {
    CACHE_PACKETS = 1024,
    CACHE_KEY_PACKETS_MAX = 1024,
    CACHE_KEY_BYTES_MAX = 1 << 20,
    CACHE_KEY_MS_MAX = 2000
};

struct cache {
    int64_t newest, oldest; /* sequence numbers, unwrapped; nothing is kept outside */
    bool is_started;
    struct packet *packets[CACHE_PACKETS];

    struct packet *key[CACHE_KEY_PACKETS_MAX]; /* by arrival, since the last key frame began */
    uint32_t key_count, key_bytes;
    struct tick key_began;
};

struct cache *cache_new(void) MUST_USE; /* NULL: out of memory */
void cache_free(struct cache *c);       /* NULL allowed; gives the packets back */
void cache_clear(struct cache *c);
/* Takes a reference of its own. The packet's frame tells whether a key frame begins. */
void cache_put(struct cache *c, struct packet *p);
/* NULL: not here (any more). The reference stays the cache's. */
struct packet *cache_get(const struct cache *c, uint16_t seq);
/* Gives back what arrived before this, and an old key frame. */
void cache_trim(struct cache *c, struct tick before, struct tick now);
/* The packets from the last key frame on, as they came; 0: there is none, or too much followed. */
uint32_t cache_key_frame(const struct cache *c, struct tick now, struct packet *const **ret_packets);

#endif
