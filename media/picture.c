#include "media/picture.h"

/* ITU-T H.273: R = Y + r·Cr, G = Y - gb·Cb - gr·Cr, B = Y + b·Cb, of 65536. */
struct weights {
    int32_t y, r, gb, gr, b, dark;
};
static const struct {
    int32_t r, gb, gr, b;
} matrices[] = {
    [PICTURE_BT601] = {91881, 22553, 46802, 116130},
    [PICTURE_BT709] = {103206, 12276, 30679, 121609},
    [PICTURE_BT2020] = {96639, 10784, 37444, 123299},
};

/* Limited range: Y has 219 steps from 16, Cb and Cr 224 (BT.601 §2.5.3). */
static struct weights weights_of(const struct picture *p)
{
    struct weights w = {.y = 65536,
                        .r = matrices[p->matrix].r,
                        .gb = matrices[p->matrix].gb,
                        .gr = matrices[p->matrix].gr,
                        .b = matrices[p->matrix].b};
    if (p->is_full_range) return w;
    int32_t *const chroma[] = {&w.r, &w.gb, &w.gr, &w.b};
    for (size_t i = 0; i < COUNT_OF(chroma); i++)
        *chroma[i] = (int32_t)((int64_t)*chroma[i] * 255 / 224);
    w.y = 65536 * 255 / 219;
    w.dark = 16;
    return w;
}

static uint8_t clip(int32_t n)
{
    n = (n + 32768) >> 16;
    return n < 0 ? 0 : n > 255 ? 255 : (uint8_t)n;
}

/* Of a halved direction: the nearer sample counts three times, the farther once. */
static unsigned farther_of(unsigned at, unsigned near, unsigned count)
{
    if (at & 1) return near + 1 < count ? near + 1 : near;
    return near > 0 ? near - 1 : near;
}

/* Sixteen times the value there. */
static int32_t chroma_at(const struct picture *p, int plane, unsigned x, unsigned y)
{
    unsigned wide = p->is_halved_x ? (p->width + 1u) / 2 : p->width,
             high = p->is_halved_y ? (p->height + 1u) / 2 : p->height;
    unsigned near_x = p->is_halved_x ? x / 2 : x, near_y = p->is_halved_y ? y / 2 : y;
    unsigned far_x = p->is_halved_x ? farther_of(x, near_x, wide) : near_x,
             far_y = p->is_halved_y ? farther_of(y, near_y, high) : near_y;
    const uint8_t *near = p->plane[plane] + near_y * p->stride[plane],
                  *far = p->plane[plane] + far_y * p->stride[plane];
    return 3 * (3 * near[near_x] + near[far_x]) + 3 * far[near_x] + far[far_x];
}

void picture_line(const struct picture *p, unsigned y, uint8_t *ret_rgb)
{
    struct weights w = weights_of(p);
    const uint8_t *luma = p->plane[0] + y * p->stride[0];
    for (unsigned x = 0; x < p->width; x++, ret_rgb += 3) {
        int32_t bright = (luma[x] - w.dark) * w.y;
        int64_t cb = chroma_at(p, 1, x, y) - 16 * 128, cr = chroma_at(p, 2, x, y) - 16 * 128;
        ret_rgb[0] = clip((int32_t)(bright + w.r * cr / 16));
        ret_rgb[1] = clip((int32_t)(bright - (w.gb * cb + w.gr * cr) / 16));
        ret_rgb[2] = clip((int32_t)(bright + w.b * cb / 16));
    }
}
