#include "media/assemble.h"
#include "media/bytes.h"
#include "media/h264.h"
#include "media/vp9.h"

enum { STAP_A = 24, FU_A = 28, FU_START = 0x80, FU_END = 0x40 };

void assemble_init(struct assemble *a, enum codec codec)
{
    *a = (struct assemble){.codec = codec};
    buf_init(&a->picture, ASSEMBLE_BYTES_MAX);
}

void assemble_done(struct assemble *a)
{
    buf_done(&a->picture);
}

static void picture_begin(struct assemble *a, uint32_t stamp)
{
    buf_clear(&a->picture);
    a->stamp = stamp;
    a->has_stamp = true;
    a->is_key = a->is_broken = a->is_in_pieces = false;
}

/* -- payloads: false is what cannot be at this place -- */

static bool vp8_add(struct assemble *a, const uint8_t *payload, size_t bytes)
{
    struct vp8 v;
    bool is_first = a->picture.bytes == 0;
    if (vp8_parse(payload, bytes, &v) != OK || is_first != v.is_start) return false;
    if (is_first) a->is_key = v.is_key;
    buf_add(&a->picture, payload + v.descriptor_bytes, bytes - v.descriptor_bytes);
    return true;
}

/* Of spatial layers each begins with B; the first alone begins the picture. */
static bool vp9_add(struct assemble *a, const uint8_t *payload, size_t bytes)
{
    struct vp9 v;
    bool is_first = a->picture.bytes == 0;
    if (vp9_parse(payload, bytes, &v) != OK || (is_first && !v.is_start)) return false;
    if (is_first) a->is_key = v.is_key;
    buf_add(&a->picture, payload + v.descriptor_bytes, bytes - v.descriptor_bytes);
    return true;
}

static void nal_begin(struct assemble *a, uint8_t head)
{
    const uint8_t start[] = {0, 0, 0, 1, head};
    buf_add(&a->picture, start, sizeof start);
}

static bool stap_add(struct assemble *a, const uint8_t *payload, size_t bytes)
{
    for (size_t n = 1; n + 2 < bytes;) { /* h264_parse has looked at the lengths */
        size_t nal = bytes_get16(payload + n);
        nal_begin(a, payload[n + 2]);
        buf_add(&a->picture, payload + n + 3, nal - 1);
        n += 2 + nal;
    }
    return !a->is_in_pieces;
}

static bool piece_add(struct assemble *a, const uint8_t *payload, size_t bytes)
{
    bool is_start = payload[1] & FU_START;
    if (is_start == a->is_in_pieces) return false;
    if (is_start) nal_begin(a, (uint8_t)((payload[0] & 0xe0) | (payload[1] & 31)));
    buf_add(&a->picture, payload + 2, bytes - 2);
    a->is_in_pieces = !(payload[1] & FU_END);
    return true;
}

static bool h264_add(struct assemble *a, const uint8_t *payload, size_t bytes)
{
    struct h264 h;
    if (h264_parse(payload, bytes, &h) != OK) return false;
    a->is_key |= h.is_key;
    uint8_t type = payload[0] & 31;
    if (type == STAP_A) return stap_add(a, payload, bytes);
    if (type == FU_A) return piece_add(a, payload, bytes);
    nal_begin(a, payload[0]);
    buf_add(&a->picture, payload + 1, bytes - 1);
    return !a->is_in_pieces;
}

static bool payload_add(struct assemble *a, const uint8_t *payload, size_t bytes)
{
    bool is_good = false;
    if (a->codec == CODEC_VP8) is_good = vp8_add(a, payload, bytes);
    if (a->codec == CODEC_VP9) is_good = vp9_add(a, payload, bytes);
    if (a->codec == CODEC_H264) is_good = h264_add(a, payload, bytes);
    return is_good && !a->picture.err;
}

bool assemble_payload(struct assemble *a, const uint8_t *payload, size_t bytes, uint32_t stamp,
                      bool is_marked, bool is_after_gap, struct assemble_unit *ret_unit)
{
    bool is_cut = a->has_stamp && a->stamp != stamp; /* the one before has not ended */
    bool is_new = !a->has_stamp || is_cut;
    if (is_after_gap || is_cut) a->is_running = false;
    if (is_new)
        picture_begin(a, stamp);
    else if (is_after_gap)
        a->is_broken = true;
    if (!a->is_broken) a->is_broken = !payload_add(a, payload, bytes);
    if (!is_marked) return false;
    a->has_stamp = false;
    bool is_whole = !a->is_broken && !a->is_in_pieces && a->picture.bytes > 0;
    a->is_running = is_whole && (a->is_key || a->is_running);
    if (!a->is_running) return false;
    *ret_unit = (struct assemble_unit){(const uint8_t *)a->picture.at, a->picture.bytes, stamp, a->is_key};
    return true;
}
