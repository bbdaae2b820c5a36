/* cache: the last packets of one incoming stream, by sequence number, for those who missed one; and where the last key
 * frame begins among them, for those who come now. Packets of padding alone are kept too: they have numbers. Holds
 * references to pooled packets; the caller says how old is too old, and the sizes are bounds of their own.
 *
 *   oldest … key (the last key frame's first packet) … newest      holes: not come yet, or lost
 *
 * Owner: the up track; one thread. */
#ifndef MEDIA_CACHE_H
#define MEDIA_CACHE_H
#include "media/packet.h"

enum { CACHE_PACKETS = 1024, CACHE_KEY_BYTES_MAX = 1 << 20, CACHE_KEY_MS_MAX = 2000 };

struct cache {
    int64_t newest, oldest; /* sequence numbers, unwrapped; nothing is kept outside */
    bool is_started;
    struct packet *packets[CACHE_PACKETS];

    bool has_key;
    int64_t key;
    uint32_t key_stamp, key_bytes; /* bytes: of it and of all that followed */
    struct tick key_began;
};

struct cache *cache_new(void) MUST_USE; /* NULL: out of memory */
void cache_free(struct cache *c);       /* NULL allowed; gives the packets back */
void cache_clear(struct cache *c);
/* Takes a reference of its own. The packet's frame tells whether a key frame begins. */
void cache_put(struct cache *c, struct packet *p);
/* NULL: not here (any more). The reference stays the cache's. */
struct packet *cache_get(const struct cache *c, uint16_t seq);
/* By its number without wraps. */
struct packet *cache_at(const struct cache *c, int64_t seq);
int64_t cache_seq(const struct cache *c, uint16_t seq); /* unwrapped, nearest to the newest */
/* Gives back what arrived before this, and an old key frame. */
void cache_trim(struct cache *c, struct tick before, struct tick now);
/* Where the last key frame begins; false: there is none, it is old, or too much followed. */
bool cache_key(const struct cache *c, struct tick now, int64_t *ret_seq);
/* Whether a packet that begins a key frame is the first of its frame: of H.264, where parameter sets are packets of their
 * own, one may be missing before it, and without them nothing can be decoded. */
bool cache_begins(const struct cache *c, const struct packet *p);

#endif
