#include "media/cache.h"
#include "base/mem.h"

struct cache *cache_new(void)
{
    return mem_zalloc(sizeof(struct cache));
}

static struct packet **slot_of(struct cache *c, int64_t seq)
{
    return &c->packets[(uint64_t)seq % CACHE_PACKETS];
}

static void slot_empty(struct cache *c, int64_t seq)
{
    struct packet **slot = slot_of(c, seq);
    packet_unref(*slot);
    *slot = NULL;
}

static void packets_clear(struct cache *c)
{
    for (int64_t i = 0; i < CACHE_PACKETS; i++)
        slot_empty(c, i);
}

void cache_free(struct cache *c)
{
    if (!c) return;
    cache_clear(c);
    mem_free(c);
}

void cache_clear(struct cache *c)
{
    packets_clear(c);
    c->is_started = c->has_key = false;
}

bool cache_begins(const struct cache *c, const struct packet *p)
{
    if (!p->frame.is_start || !p->frame.is_key || p->frame.sid != 0) return false;
    if (p->codec != CODEC_H264 || p->frame.has_parameters) return true;
    const struct packet *before = cache_get(c, (uint16_t)(p->rtp.seq - 1));
    return before && before->rtp.timestamp != p->rtp.timestamp;
}

static void key_put(struct cache *c, const struct packet *p, int64_t seq)
{
    if (cache_begins(c, p)) {
        bool is_same = c->has_key && c->key_stamp == p->rtp.timestamp;
        if (c->has_key && seq < c->key && !is_same) return; /* late, and of an older one */
        if (is_same && seq > c->key) seq = c->key;
        c->has_key = true;
        c->key = seq;
        if (!is_same) {
            c->key_stamp = p->rtp.timestamp;
            c->key_began = p->arrived;
            c->key_bytes = 0;
        }
    }
    if (c->has_key && seq >= c->key) c->key_bytes += p->rtp.bytes;
}

void cache_put(struct cache *c, struct packet *p)
{
    if (!c->is_started) {
        c->is_started = true;
        c->newest = (int64_t)p->rtp.seq + 65536;
        c->oldest = c->newest;
    }
    int64_t seq = seq_unwrap(c->newest, p->rtp.seq);
    if (seq <= c->newest - CACHE_PACKETS) return;
    if (seq >= c->newest + CACHE_PACKETS) { /* a leap: nothing of before is of use */
        packets_clear(c);
        c->has_key = false;
        c->oldest = seq;
    } else {
        for (int64_t gone = c->newest + 1; gone <= seq; gone++)
            slot_empty(c, gone);
    }
    if (seq > c->newest) c->newest = seq;
    if (c->oldest <= c->newest - CACHE_PACKETS) c->oldest = c->newest - CACHE_PACKETS + 1;
    if (seq < c->oldest) c->oldest = seq;
    slot_empty(c, seq);
    *slot_of(c, seq) = packet_ref(p);
    if (codec_is_video(p->codec)) key_put(c, p, seq);
}

struct packet *cache_at(const struct cache *c, int64_t seq)
{
    if (!c->is_started || seq > c->newest || seq < c->oldest) return NULL;
    return c->packets[(uint64_t)seq % CACHE_PACKETS];
}

int64_t cache_seq(const struct cache *c, uint16_t seq)
{
    return seq_unwrap(c->newest, seq);
}

struct packet *cache_get(const struct cache *c, uint16_t seq)
{
    return cache_at(c, cache_seq(c, seq));
}

void cache_trim(struct cache *c, struct tick before, struct tick now)
{
    for (; c->is_started && c->oldest <= c->newest; c->oldest++) {
        struct packet *p = *slot_of(c, c->oldest);
        if (p && p->arrived.ms >= before.ms) break;
        slot_empty(c, c->oldest);
    }
    if (c->has_key && now.ms - c->key_began.ms > CACHE_KEY_MS_MAX) c->has_key = false;
}

bool cache_key(const struct cache *c, struct tick now, int64_t *ret_seq)
{
    bool is_good = c->has_key && now.ms - c->key_began.ms <= CACHE_KEY_MS_MAX &&
                   c->key_bytes <= CACHE_KEY_BYTES_MAX && cache_at(c, c->key);
    if (is_good) *ret_seq = c->key;
    return is_good;
}
