#include "net/limit.h"
#include "base/mem.h"
#include "base/rnd.h"
#include <netinet/in.h>
#include <string.h>

void limit_settings_default(struct limit_settings *s)
{
    *s = (struct limit_settings){.connections_max = 4096,
                                 .per_address_max = 512,
                                 .head_ms = 10000,
                                 .body_ms = 10000,
                                 .idle_ms = 75000,
                                 .write_ms = 20000};
}

struct limit_key limit_key_of(const struct sockaddr *address)
{
    struct limit_key key = {0};
    if (address->sa_family == AF_INET) {
        key.at[10] = key.at[11] = 0xff;
        memcpy(key.at + 12, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    } else if (address->sa_family == AF_INET6) {
        const struct in6_addr *a = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
        memcpy(key.at, a, IN6_IS_ADDR_V4MAPPED(a) ? 16 : 8);
    }
    return key;
}

struct slot {
    struct limit_key key;
    int64_t count; /* 0: free */
};

struct limit {
    int64_t total, total_max, per_address_max;
    uint64_t seed;
    size_t mask;
    struct slot slots[];
};

struct limit *limit_new(int64_t connections_max, int64_t per_address_max)
{
    size_t n = 16;
    while (n < (size_t)connections_max * 2)
        n *= 2;
    struct limit *l = mem_zalloc(sizeof *l + n * sizeof l->slots[0]);
    if (!l) return NULL;
    l->total_max = connections_max;
    l->per_address_max = per_address_max;
    l->seed = rnd_u64();
    l->mask = n - 1;
    return l;
}

void limit_free(struct limit *l)
{
    mem_free(l);
}

/* A seeded multiply-and-fold: an asker who may choose addresses cannot choose collisions, and the table is never more
 * than half full. */
static size_t home_of(const struct limit *l, struct limit_key key)
{
    uint64_t a, b;
    memcpy(&a, key.at, 8);
    memcpy(&b, key.at + 8, 8);
    unsigned __int128 wide = (unsigned __int128)(a ^ l->seed) * ((b ^ (l->seed >> 7)) | 1);
    uint64_t h = (uint64_t)wide ^ (uint64_t)(wide >> 64);
    h *= 0x9e3779b97f4a7c15u;
    return (size_t)(h >> 20) & l->mask;
}

/* The slot of the key, or the free one where it would go. */
static size_t slot_of(const struct limit *l, struct limit_key key)
{
    size_t i = home_of(l, key);
    while (l->slots[i].count > 0 && memcmp(&l->slots[i].key, &key, sizeof key) != 0)
        i = (i + 1) & l->mask;
    return i;
}

bool limit_may_enter(const struct limit *l, struct limit_key key)
{
    return l->total < l->total_max && l->slots[slot_of(l, key)].count < l->per_address_max;
}

void limit_enter(struct limit *l, struct limit_key key)
{
    ASSERT(l->total < l->total_max);
    struct slot *s = &l->slots[slot_of(l, key)];
    s->key = key;
    s->count++;
    l->total++;
}

/* Linear probing without tombstones: those behind the freed slot move up if they may. */
static void close_gap(struct limit *l, size_t gap)
{
    for (size_t i = (gap + 1) & l->mask; l->slots[i].count > 0; i = (i + 1) & l->mask) {
        size_t home = home_of(l, l->slots[i].key);
        bool stays = gap <= i ? gap < home && home <= i : gap < home || home <= i;
        if (stays) continue;
        l->slots[gap] = l->slots[i];
        l->slots[i].count = 0;
        gap = i;
    }
}

void limit_leave(struct limit *l, struct limit_key key)
{
    size_t at = slot_of(l, key);
    ASSERT(l->slots[at].count > 0);
    ASSERT(l->total > 0);
    l->total--;
    if (--l->slots[at].count == 0) close_gap(l, at);
}

int64_t limit_total(const struct limit *l)
{
    return l->total;
}

int64_t limit_of(const struct limit *l, struct limit_key key)
{
    return l->slots[slot_of(l, key)].count;
}

bool limit_flood_frame(struct limit_flood *f, struct tick now)
{
    if (f->frames == 0 || now.ms - f->second.ms >= 1000) {
        f->second = now;
        f->frames = 0;
    }
    return ++f->frames <= LIMIT_FRAMES_S;
}

struct tick limit_body_end(const struct limit_settings *s, struct tick now, uint64_t body_bytes)
{
    return (struct tick){now.ms + s->body_ms + (int64_t)(body_bytes / LIMIT_BODY_BYTES_S) * 1000};
}
