#include "media/vp9.h"
#include "media/bytes.h"
#include <string.h>

enum { I = 0x80, P = 0x40, L = 0x20, F = 0x10, B = 0x08, E = 0x04, V = 0x02, Z = 0x01, P_DIFFS_MAX = 3 };

struct cursor {
    const uint8_t *at;
    size_t bytes, n;
    bool is_over;
};

static uint8_t next(struct cursor *c)
{
    if (c->n < c->bytes) return c->at[c->n++];
    c->is_over = true;
    return 0;
}

static uint16_t next16(struct cursor *c)
{
    uint8_t high = next(c);
    return (uint16_t)(high << 8 | next(c));
}

static void layers_read(struct cursor *c, struct vp9 *v)
{
    uint8_t layers = next(c);
    v->has_layers = true;
    v->tid = layers >> 5;
    v->is_switch_up = layers & 0x10;
    v->sid = layers >> 1 & 7;
    v->is_inter_layer = layers & 1;
    if (!v->is_flexible) v->tl0 = next(c);
}

/* | N_S | Y | G |, then sizes, then | N_G | and N_G × | TID | U | R | with R references each. */
static void structure_read(struct cursor *c, struct vp9 *v)
{
    uint8_t head = next(c);
    v->spatial_count = (uint8_t)((head >> 5) + 1);
    v->has_sizes = head & 0x10;
    for (unsigned i = 0; v->has_sizes && i < v->spatial_count; i++) {
        v->width[i] = next16(c);
        v->height[i] = next16(c);
    }
    unsigned pictures = head & 0x08 ? next(c) : 0;
    for (unsigned i = 0; i < pictures && !c->is_over; i++) {
        unsigned references = next(c) >> 2 & 3;
        while (references--)
            (void)next(c);
    }
}

enum err vp9_parse(const uint8_t *payload, size_t bytes, struct vp9 *ret_vp9)
{
    struct cursor c = {payload, bytes, 0, false};
    struct vp9 v = {0};
    uint8_t flags = next(&c);
    v.is_inter = flags & P;
    v.is_flexible = flags & F;
    v.is_start = flags & B;
    v.is_end = flags & E;
    v.is_unreferenced = flags & Z;
    if (flags & I) {
        uint8_t id = next(&c);
        v.has_picture_id = true;
        v.is_long = id & 0x80;
        v.picture_id = v.is_long ? (uint16_t)((id & 0x7f) << 8 | next(&c)) : id;
    }
    if (flags & L) layers_read(&c, &v);
    if (v.is_inter && v.is_flexible) {
        int diffs = 0;
        while (next(&c) & 1 && !c.is_over)
            if (++diffs == P_DIFFS_MAX) return ERR_BAD_INPUT;
    }
    if (flags & V) structure_read(&c, &v);
    if (c.is_over || c.n > UINT8_MAX) return ERR_BAD_INPUT;
    v.descriptor_bytes = (uint8_t)c.n;
    v.is_key = v.is_start && !v.is_inter && v.sid == 0 && !v.is_inter_layer;
    *ret_vp9 = v;
    return OK;
}

/* |10|profile 00|0|0 key|show|errors| 49 83 42 |color space 3|range 1|width - 1: 16|height - 1: 16| */
void vp9_key_size(const uint8_t *frame, size_t bytes, uint16_t *ret_width, uint16_t *ret_height)
{
    static const uint8_t sync[] = {0x49, 0x83, 0x42};
    enum { SRGB = 7 };
    if (bytes < 9 || (frame[0] & 0xfc) != 0x80 || memcmp(frame + 1, sync, sizeof sync) != 0) return;
    if (frame[4] >> 5 == SRGB) return;
    uint32_t width = ((frame[4] & 15u) << 12 | (uint32_t)frame[5] << 4 | frame[6] >> 4) + 1;
    uint32_t height = ((frame[6] & 15u) << 12 | (uint32_t)frame[7] << 4 | frame[8] >> 4) + 1;
    if (width > UINT16_MAX || height > UINT16_MAX) return;
    *ret_width = (uint16_t)width;
    *ret_height = (uint16_t)height;
}
