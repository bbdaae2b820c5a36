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

static void key_clear(struct cache *c)
{
    for (uint32_t i = 0; i < c->key_count; i++)
        packet_unref(c->key[i]);
    c->key_count = c->key_bytes = 0;
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
    key_clear(c);
    packets_clear(c);
    c->is_started = false;
}

static void key_put(struct cache *c, struct packet *p)
{
    bool begins = p->frame.is_start && p->frame.is_key && p->frame.sid == 0;
    /* Parameter sets and slices of one key frame are packets of their own (H.264): the frame has one
     * timestamp. */
    bool goes_on = c->key_count && c->key[0]->rtp.timestamp == p->rtp.timestamp;
    if (begins && !goes_on) {
        key_clear(c);
        c->key_began = p->arrived;
    } else if (c->key_count == 0) {
        return;
    }
    bool is_full = c->key_count == CACHE_KEY_PACKETS_MAX || c->key_bytes + p->rtp.bytes > CACHE_KEY_BYTES_MAX;
    if (is_full || p->arrived.ms - c->key_began.ms > CACHE_KEY_MS_MAX) {
        key_clear(c);
        return;
    }
    c->key[c->key_count++] = packet_ref(p);
    c->key_bytes += p->rtp.bytes;
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
    if (codec_is_video(p->codec)) key_put(c, p);
}

struct packet *cache_get(const struct cache *c, uint16_t seq)
{
    if (!c->is_started) return NULL;
    int64_t whole = seq_unwrap(c->newest, seq);
    if (whole > c->newest || whole < c->oldest) return NULL;
    return c->packets[(uint64_t)whole % CACHE_PACKETS];
}

void cache_trim(struct cache *c, struct tick before, struct tick now)
{
    for (; c->is_started && c->oldest <= c->newest; c->oldest++) {
        struct packet *p = *slot_of(c, c->oldest);
        if (p && p->arrived.ms >= before.ms) break;
        slot_empty(c, c->oldest);
    }
    if (c->key_count && now.ms - c->key_began.ms > CACHE_KEY_MS_MAX) key_clear(c);
}

uint32_t cache_key_frame(const struct cache *c, struct tick now, struct packet *const **ret_packets)
{
    if (c->key_count == 0 || now.ms - c->key_began.ms > CACHE_KEY_MS_MAX) return 0;
    *ret_packets = c->key;
    return c->key_count;
}
