/* packet: a datagram in a pooled buffer, counted by those who keep it. Made on arrival, decrypted in place,
 * then never changed: all who watch are served from the one clear copy. One thread.
 *
 *   | headroom 64 | datagram ≤ 1,500 | tailroom 48 |    room to grow a header or a frame in place */
#ifndef MEDIA_PACKET_H
#define MEDIA_PACKET_H
#include "base/clock.h"
#include "base/pool.h"
#include "media/frame.h"

enum { PACKET_HEADROOM_BYTES = 64, PACKET_TAILROOM_BYTES = 48 };
struct packet {
    struct pool *pool;
    uint32_t refs;
    struct tick arrived;
    int64_t arrived_us;
    struct rtp rtp;     /* points into bytes */
    enum codec codec;   /* CODEC_NONE: not read */
    struct frame frame; /* of video */
    uint8_t bytes[PACKET_HEADROOM_BYTES + RTP_BYTES_MAX + PACKET_TAILROOM_BYTES];
};

struct pool *
packet_pool_new(uint32_t packets) MUST_USE;            /* NULL: out of memory; pool_free when all are back */
struct packet *packet_new(struct pool *pool) MUST_USE; /* one reference, yours; NULL: all are out */
struct packet *packet_ref(struct packet *p);
void packet_unref(struct packet *p); /* NULL allowed */
static inline uint8_t *packet_data(struct packet *p)
{
    return p->bytes + PACKET_HEADROOM_BYTES;
}

#endif
