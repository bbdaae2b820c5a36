#include "media/codec_msg.h"
#include "media/bytes.h"

/* What each type says beside its id; all else must be 0. */
enum {
    SAYS_CODEC = 1,
    SAYS_FLAGS = 2,
    SAYS_STATUS = 4,
    SAYS_STAMP = 8,
    SAYS_N = 16,
    SAYS_SIZE = 32,
    SAYS_BODY = 64,
    MAY_BODY = 128 /* or none */
};

static const struct {
    enum ring_side to;
    unsigned says;
} types[CODEC_MSG_TYPES] = {
    [CODEC_OPEN] = {RING_CHILD, SAYS_CODEC | SAYS_N | SAYS_STAMP | SAYS_SIZE},
    [CODEC_PACKET] = {RING_CHILD, SAYS_FLAGS | SAYS_STAMP | SAYS_N | SAYS_BODY},
    [CODEC_STILL] = {RING_CHILD, SAYS_N},
    [CODEC_CLOSE] = {RING_CHILD, 0},
    [CODEC_PART] = {RING_WORKER, SAYS_N | SAYS_BODY},
    [CODEC_DONE] = {RING_WORKER, SAYS_STATUS | SAYS_STAMP | SAYS_N | SAYS_SIZE},
    [CODEC_LEG] = {RING_CHILD, SAYS_BODY},
    [CODEC_KEY] = {RING_CHILD, 0},
    [CODEC_MIXED] = {RING_WORKER, SAYS_STAMP | MAY_BODY},
    [CODEC_COMPOSED] = {RING_WORKER, SAYS_STAMP | SAYS_FLAGS | SAYS_BODY},
    [CODEC_FILM] = {RING_CHILD, SAYS_BODY},
    [CODEC_FILM_TRACK] = {RING_CHILD, SAYS_CODEC | SAYS_N},
    [CODEC_FILM_PACKET] = {RING_CHILD, SAYS_CODEC | SAYS_FLAGS | SAYS_STAMP | SAYS_N | SAYS_BODY},
    [CODEC_FILM_REPORT] = {RING_CHILD, SAYS_CODEC | SAYS_STAMP | SAYS_N | SAYS_BODY},
    [CODEC_FILM_HOLD] = {RING_CHILD, SAYS_STATUS},
    [CODEC_FILM_END] = {RING_CHILD, 0},
    [CODEC_FILM_PART] = {RING_WORKER, SAYS_STAMP | SAYS_N | SAYS_BODY},
    [CODEC_FILM_DONE] = {RING_WORKER, SAYS_STAMP | SAYS_N | SAYS_BODY},
    [CODEC_FILM_GONE] = {RING_WORKER, 0},
};

/* Of pictures nothing but the codec is said; of sound whose it is. */
static bool is_open_fit(const struct codec_msg *m)
{
    if (m->codec == CODEC_OPUS) return m->n != 0 && m->width < CODEC_LANES_MAX && m->height == 0;
    return codec_is_video((enum codec)m->codec) && !m->n && !m->stamp && !m->width && !m->height;
}

static bool is_fit(const struct codec_msg *m)
{
    if (m->type == 0 || m->type >= CODEC_MSG_TYPES || m->id == 0) return false;
    unsigned says = types[m->type].says;
    bool is_quiet = (says & SAYS_CODEC || !m->codec) && (says & SAYS_FLAGS || !m->flags) &&
                    (says & SAYS_STATUS || !m->status) && (says & SAYS_STAMP || !m->stamp) &&
                    (says & SAYS_N || !m->n) && (says & SAYS_SIZE || !(m->width | m->height)) &&
                    (says & MAY_BODY || (says & SAYS_BODY) / SAYS_BODY == (m->body_bytes > 0));
    bool is_known = m->codec < CODEC_COUNT && m->flags <= (CODEC_MARKED | CODEC_GAP) &&
                    m->status < CODEC_STATUSES && m->body_bytes <= CODEC_BODY_BYTES_MAX;
    if (m->type == CODEC_OPEN) is_known &= is_open_fit(m);
    if (m->type == CODEC_FILM) is_known &= m->body_bytes == CODEC_FILM_BYTES + 8;
    if (m->type == CODEC_FILM_DONE) is_known &= m->body_bytes == CODEC_FILM_BYTES;
    if (m->type == CODEC_FILM_TRACK) is_known &= m->n == 1 || m->n == 2;
    if (m->type == CODEC_FILM_REPORT) is_known &= m->body_bytes == 8;
    if (m->type == CODEC_FILM_HOLD) is_known &= m->status < RECORDING_WHYS;
    if (m->type == CODEC_DONE) is_known &= m->status != 0 && (m->status == CODEC_MADE) == (m->n > 0);
    if (m->type == CODEC_PART || m->type == CODEC_DONE) is_known &= m->n <= CODEC_STILL_BYTES_MAX;
    if (m->type == CODEC_PACKET) is_known &= m->n <= UINT16_MAX;
    return is_quiet && is_known && (m->type != CODEC_STILL || m->n != 0);
}

enum err codec_msg_put(struct ring *r, const struct codec_msg *m)
{
    uint8_t head[CODEC_HEAD_BYTES] = {m->type, m->codec, m->flags, m->status};
    struct ring_piece pieces[] = {{head, sizeof head}, {m->body, m->body_bytes}};
    ASSERT(is_fit(m));
    bytes_put32(head + 4, m->id);
    bytes_put32(head + 8, m->stamp);
    bytes_put32(head + 12, m->n);
    bytes_put16(head + 16, m->width);
    bytes_put16(head + 18, m->height);
    return ring_put(r, pieces, m->body_bytes ? 2 : 1);
}

enum err codec_msg_read(const uint8_t *bytes, size_t n, enum ring_side to, struct codec_msg *ret_msg)
{
    if (n < CODEC_HEAD_BYTES) return ERR_BAD_INPUT;
    struct codec_msg m = {.type = bytes[0],
                          .codec = bytes[1],
                          .flags = bytes[2],
                          .status = bytes[3],
                          .id = bytes_get32(bytes + 4),
                          .stamp = bytes_get32(bytes + 8),
                          .n = bytes_get32(bytes + 12),
                          .width = bytes_get16(bytes + 16),
                          .height = bytes_get16(bytes + 18),
                          .body = bytes + CODEC_HEAD_BYTES,
                          .body_bytes = n - CODEC_HEAD_BYTES};
    if (!is_fit(&m) || types[m.type].to != to) return ERR_BAD_INPUT;
    *ret_msg = m;
    return OK;
}
