/* Streams in any order, three bytes a step: what seqmap gives out is given once and found again, and nack,
 * cache, twcc and reception keep their bounds. */
#include "base/mem.h"
#include "media/cache.h"
#include "media/nack.h"
#include "media/reception.h"
#include "media/seqmap.h"
#include "media/twcc.h"
#include "tests/fuzz/fuzz.h"

struct all {
    struct seqmap map;
    struct nack nack;
    struct twcc_recv twcc;
    struct reception reception;
    struct cache *cache;
    struct pool *pool;
    int64_t now_ms;
};

static void map_step(struct all *a, uint8_t op, uint16_t seq)
{
    uint16_t out, in;
    uint8_t source;
    if (op % 8 == 0) seqmap_switch(&a->map);
    if (op % 8 == 1) (void)seqmap_drop(&a->map, seq, &out);
    if (op % 8 == 2) (void)seqmap_own(&a->map);
    if (op % 8 < 3) return;
    if (seqmap_forward(&a->map, op, seq, &out) != OK) return;
    ASSERT(seqmap_find(&a->map, out, &source, &in) && source == op && in == seq);
}

static void feedback_step(struct all *a)
{
    uint8_t at[1200];
    uint16_t due[64];
    struct rtcp_out o;
    struct rtcp_report report;
    unsigned count = nack_due(&a->nack, (struct tick){a->now_ms}, 30, due, COUNT_OF(due));
    for (unsigned i = 1; i < count; i++)
        ASSERT(seq_is_newer(due[i], due[i - 1]));
    rtcp_start(&o, at, sizeof at);
    if (count) ASSERT(rtcp_add_nack(&o, 1, 2, due, count) > 0);
    while (twcc_recv_write(&a->twcc, &o, 1, 2)) {
        ASSERT(rtcp_parse(at, rtcp_end(&o)) == OK);
        rtcp_start(&o, at, sizeof at);
    }
    (void)reception_report(&a->reception, 1, a->now_ms * 1000, &report);
}

static void step(struct all *a, uint8_t op, uint16_t seq)
{
    a->now_ms += op & 31;
    map_step(a, op >> 5, seq);
    if (nack_packet(&a->nack, seq, (struct tick){a->now_ms}) == NACK_NEW && op & 1)
        nack_key_frame(&a->nack, seq);
    ASSERT(a->nack.count <= NACK_LIST_MAX);
    twcc_recv_note(&a->twcc, seq, a->now_ms * 1000);
    reception_packet(&a->reception, seq, seq * 90u, 100, a->now_ms * 1000);
    struct packet *p = packet_new(a->pool);
    if (!p) return;
    p->rtp = (struct rtp){.seq = seq, .timestamp = seq / 4u, .bytes = 1200};
    p->codec = CODEC_VP8;
    p->frame = (struct frame){.is_start = true, .is_key = op % 16 == 0};
    p->arrived = (struct tick){a->now_ms};
    cache_put(a->cache, p);
    packet_unref(p);
    ASSERT(cache_get(a->cache, seq) == p || a->cache->packets[seq % CACHE_PACKETS] == NULL || p->refs <= 1);
    if (op % 32 == 7) cache_trim(a->cache, (struct tick){a->now_ms - 100}, (struct tick){a->now_ms});
    if (op % 8 == 5) feedback_step(a);
}

/* Made once, before anything is counted: 5 MiB anew for each input left eight inputs a second. */
static struct pool *pool;
__attribute__((constructor)) static void make_pool(void)
{
    pool = packet_pool_new(2500);
    ASSERT(pool != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct all *a = mem_zalloc(sizeof *a);
    if (!a) return 0;
    a->pool = pool;
    a->cache = cache_new();
    if (!a->pool || !a->cache || seqmap_init(&a->map, SEQMAP_KEPT_MAX, 0) != OK) goto out;
    nack_init(&a->nack);
    twcc_recv_init(&a->twcc);
    reception_init(&a->reception, 90000);
    for (size_t i = 0; i + 2 < n && i < 9000; i += 3)
        step(a, bytes[i], (uint16_t)(bytes[i + 1] << 8 | bytes[i + 2]));
    cache_free(a->cache);
    a->cache = NULL;
    ASSERT(pool_left(a->pool) == 2500);
out:
    seqmap_done(&a->map);
    cache_free(a->cache);
    mem_free(a);
    return 0;
}
