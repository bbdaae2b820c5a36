#include "media/webm_read.h"
#include "base/buf.h"
#include "base/mem.h"
#include "media/bytes.h"

enum {
    EBML = 0x1A45DFA3,
    SEGMENT = 0x18538067,
    INFO = 0x1549A966,
    DATE_UTC = 0x4461,
    TRACKS = 0x1654AE6B,
    TRACK_ENTRY = 0xAE,
    CODEC_ID = 0x86,
    CLUSTER = 0x1F43B675,
    TIMESTAMP = 0xE7,
    SIMPLE_BLOCK = 0xA3
};
enum { BLOCK_HEAD_BYTES = 4, BLOCK_IS_KEY = 0x80, ELEMENT_HEAD_MAX = 12 };
#define YEAR_2001_MS 978307200000LL

struct webm_reader {
    struct webm_source source;
    struct webm_seen seen;
    struct buf head, block;
    int64_t at; /* in the film: the next element */
    int64_t cluster_ms;
};

struct element {
    uint32_t id;
    uint64_t bytes;
    size_t head;
    bool is_endless;
};

/* An id and a length (RFC 8794 §4, §5); false: it is cut off, or none. */
static bool element_read(const uint8_t *at, size_t bytes, struct element *ret)
{
    size_t id_bytes = 1, size_bytes = 1;
    if (bytes == 0) return false;
    while (id_bytes <= 4 && !(at[0] & 0x80 >> (id_bytes - 1)))
        id_bytes++;
    if (id_bytes > 4 || bytes < id_bytes + 1) return false;
    const uint8_t *size = at + id_bytes;
    while (size_bytes <= 8 && !(size[0] & 0x80 >> (size_bytes - 1)))
        size_bytes++;
    if (size_bytes > 8 || bytes < id_bytes + size_bytes) return false;
    *ret = (struct element){.head = id_bytes + size_bytes};
    for (size_t i = 0; i < id_bytes; i++)
        ret->id = ret->id << 8 | at[i];
    ret->bytes = size[0] & ((0x80u >> (size_bytes - 1)) - 1);
    for (size_t i = 1; i < size_bytes; i++)
        ret->bytes = ret->bytes << 8 | size[i];
    ret->is_endless = ret->bytes == (1ULL << 7 * size_bytes) - 1;
    return true;
}

static enum codec codec_named(const char *at, size_t bytes)
{
    static const struct {
        const char *name;
        enum codec codec;
    } known[] = {
        {"V_VP8", CODEC_VP8}, {"V_VP9", CODEC_VP9}, {"V_MPEG4/ISO/AVC", CODEC_H264}, {"A_OPUS", CODEC_OPUS}};
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (bytes == strlen(known[i].name) && memcmp(at, known[i].name, bytes) == 0) return known[i].codec;
    return CODEC_NONE;
}

/* What stands in the head, level by level. False: an element reaches beyond its own. */
static bool head_walk(struct webm_reader *r, const uint8_t *at, size_t bytes)
{
    struct element e;
    for (size_t from = 0; from < bytes; from += e.head + (size_t)e.bytes) {
        if (!element_read(at + from, bytes - from, &e)) return false;
        const uint8_t *body = at + from + e.head;
        size_t left = bytes - from - e.head;
        if (e.id == SEGMENT) return head_walk(r, body, left); /* to the file's end */
        if (e.bytes > left) return false;
        if ((e.id == INFO || e.id == TRACKS || e.id == TRACK_ENTRY) && !head_walk(r, body, (size_t)e.bytes))
            return false;
        if (e.id == DATE_UTC && e.bytes == 8)
            r->seen.started.ms = YEAR_2001_MS + (int64_t)bytes_get64(body) / 1000000;
        if (e.id != CODEC_ID) continue;
        enum codec codec = codec_named((const char *)body, (size_t)e.bytes);
        if (codec == CODEC_OPUS) r->seen.sound = codec;
        if (codec_is_video(codec)) r->seen.picture = codec;
    }
    return true;
}

static enum err fill(struct webm_reader *r, struct buf *to, int64_t from, size_t bytes, size_t *ret_n)
{
    buf_clear(to);
    char *at = buf_reserve(to, bytes);
    if (!at) return to->err;
    enum err err = r->source.get(r->source.ctx, from, at, bytes, ret_n);
    if (!err) to->bytes = *ret_n;
    return err;
}

enum err webm_read_new(const struct webm_source *source, struct webm_reader **ret, struct webm_seen *ret_seen)
{
    size_t n = 0;
    struct webm_reader *r = mem_zalloc(sizeof *r);
    if (!r) return ERR_NOMEM;
    r->source = *source;
    buf_init(&r->head, WEBM_HEAD_BYTES);
    buf_init(&r->block, WEBM_CLUSTER_BYTES_MAX);
    enum err err = fill(r, &r->head, 0, WEBM_HEAD_BYTES, &n);
    if (!err && n < WEBM_HEAD_BYTES) err = ERR_BAD_INPUT;
    if (!err && !head_walk(r, (const uint8_t *)r->head.at, n)) err = ERR_BAD_INPUT;
    if (!err && !r->seen.picture && !r->seen.sound) err = ERR_BAD_INPUT;
    if (err) {
        webm_read_free(r);
        return err;
    }
    r->at = WEBM_HEAD_BYTES;
    *ret_seen = r->seen;
    *ret = r;
    return OK;
}

void webm_read_free(struct webm_reader *r)
{
    if (!r) return;
    buf_done(&r->head);
    buf_done(&r->block);
    mem_free(r);
}

/* The lengths before NAL units become start codes, which are as long. */
static bool starts_put(uint8_t *at, size_t bytes)
{
    static const uint8_t start[] = {0, 0, 0, 1};
    for (size_t from = 0; from < bytes;) {
        if (bytes - from < sizeof start) return false;
        uint32_t n = (uint32_t)at[from] << 24 | (uint32_t)at[from + 1] << 16 | (uint32_t)at[from + 2] << 8 |
                     at[from + 3];
        if (n > bytes - from - sizeof start) return false;
        memcpy(at + from, start, sizeof start);
        from += sizeof start + n;
    }
    return true;
}

static enum err block_read(struct webm_reader *r, const struct element *e, struct webm_block *ret)
{
    size_t n = 0;
    if (e->bytes < BLOCK_HEAD_BYTES || e->bytes > WEBM_CLUSTER_BYTES_MAX) return ERR_BAD_INPUT;
    enum err err = fill(r, &r->block, r->at + (int64_t)e->head, (size_t)e->bytes, &n);
    if (err) return err;
    uint8_t *at = (uint8_t *)r->block.at;
    if (n < e->bytes || (at[0] != (0x80 | WEBM_PICTURE) && at[0] != (0x80 | WEBM_SOUND)))
        return ERR_BAD_INPUT;
    *ret = (struct webm_block){.track = (enum webm_track)(at[0] & 0x7f),
                               .at_ms = r->cluster_ms + (int16_t)(at[1] << 8 | at[2]),
                               .is_key = at[3] & BLOCK_IS_KEY,
                               .at = at + BLOCK_HEAD_BYTES,
                               .bytes = n - BLOCK_HEAD_BYTES};
    enum codec codec = ret->track == WEBM_PICTURE ? r->seen.picture : r->seen.sound;
    if (codec == CODEC_NONE) return ERR_BAD_INPUT; /* a track that the head does not name */
    bool is_avc = codec == CODEC_H264;
    return !is_avc || starts_put(at + BLOCK_HEAD_BYTES, ret->bytes) ? OK : ERR_BAD_INPUT;
}

enum err webm_read_next(struct webm_reader *r, struct webm_block *ret)
{
    uint8_t head[ELEMENT_HEAD_MAX + 8];
    struct element e;
    size_t n;
    for (;;) {
        enum err err = r->source.get(r->source.ctx, r->at, head, sizeof head, &n);
        if (err || n == 0) return err ? err : ERR_NOT_FOUND;
        if (!element_read(head, n, &e) || e.is_endless) return ERR_BAD_INPUT;
        if (e.id == CLUSTER) {
            r->at += (int64_t)e.head; /* into it */
            continue;
        }
        if (e.id == TIMESTAMP) {
            if (e.bytes > 8 || e.head + e.bytes > n) return ERR_BAD_INPUT;
            r->cluster_ms = 0;
            for (size_t i = 0; i < e.bytes; i++)
                r->cluster_ms = r->cluster_ms << 8 | head[e.head + i];
        }
        err = e.id == SIMPLE_BLOCK ? block_read(r, &e, ret) : OK;
        if (err || e.bytes > (uint64_t)WEBM_MS_MAX << 10) return err ? err : ERR_BAD_INPUT;
        r->at += (int64_t)(e.head + e.bytes);
        if (e.id == SIMPLE_BLOCK) return OK;
    }
}
