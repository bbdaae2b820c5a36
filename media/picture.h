/* picture: a decoded one, and its way into a file. Planes of eight bits, 4:2:0 or 4:4:4, as decoders give them; views of the decoder's
 * memory, good until its next call. */
#ifndef MEDIA_PICTURE_H
#define MEDIA_PICTURE_H
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PICTURE_SIDE_MAX = 8192 };

enum picture_matrix { PICTURE_BT601, PICTURE_BT709, PICTURE_BT2020 };
struct picture {
    uint16_t width, height;
    const uint8_t *plane[3]; /* Y, Cb, Cr */
    size_t stride[3];
    bool is_halved_x, is_halved_y; /* Cb and Cr, in that direction */
    bool is_full_range;
    enum picture_matrix matrix;
};

/* One line as R, G, B. Chroma lies between the samples of Y and is interpolated: what an eye looks at is no staircase. */
void picture_line(const struct picture *p, unsigned y, uint8_t *ret_rgb);

struct picture_sink { /* takes the file piece by piece; not OK ends it, and is what picture_png returns */
    enum err (*put)(void *ctx, const uint8_t *bytes, size_t n);
    void *ctx;
};
/* As a PNG, without loss. ERR_NOMEM, or the sink's. */
enum err picture_png(const struct picture *p, const struct picture_sink *to) MUST_USE;

#endif
