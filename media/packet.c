#include "media/packet.h"

_Static_assert(sizeof(struct packet) <= 2048, "a packet is a slab of two kilobytes");

struct pool *packet_pool_new(uint32_t packets)
{
    return pool_new(sizeof(struct packet), packets);
}

struct packet *packet_new(struct pool *pool)
{
    struct packet *p = pool_take(pool);
    if (!p) return NULL;
    p->pool = pool;
    p->refs = 1;
    p->codec = CODEC_NONE;
    p->frame = (struct frame){0};
    return p;
}

struct packet *packet_ref(struct packet *p)
{
    ASSERT(p->refs > 0);
    p->refs++;
    return p;
}

void packet_unref(struct packet *p)
{
    if (!p) return;
    ASSERT(p->refs > 0);
    if (--p->refs == 0) pool_give(p->pool, p);
}
