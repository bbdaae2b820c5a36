/* compose: what several people and sources show, as one small picture, encoded by VP8 (libvpx, realtime) for a way that carries little.
 *
 *   one             two to four
 *   +-----------+   +--------+--+    the first, which matters most, has three quarters of the width; the others stand beside it, from the
 *   |           |   |        |2 |    top. Each keeps its proportions; what is left is black
 *   |     1     |   |   1    |3 |
 *   +-----------+   +--------+--+
 *
 * Owner: the codec child; one thread. Memory is taken by composer_new and by libvpx there. What comes in was decoded here. */
#ifndef MEDIA_COMPOSE_H
#define MEDIA_COMPOSE_H
#include "base/err.h"
#include "media/picture.h"
#include <stddef.h>

enum {
    COMPOSE_PICTURES_MAX = 4,
    COMPOSE_SIDE_MAX = 1280,
    COMPOSE_LEAST_BPS = 20000,
    COMPOSE_MOST_BPS = 1500000
};

struct composer;
/* Even sizes, 16 … COMPOSE_SIDE_MAX. ERR_NOMEM: memory, or libvpx does not want to. */
enum err composer_new(uint16_t width, uint16_t height, struct composer **ret) MUST_USE;
void composer_free(struct composer *c);               /* NULL allowed */
void composer_rate(struct composer *c, uint32_t bps); /* brought within its bounds */
/* Burnt in below the pictures (media/caption), from the next on; NULL: none. The caller's until then. */
void composer_caption(struct composer *c, const char *words);

struct composed {
    const uint8_t *at; /* the composer's, until the next; bytes 0: left out, as the last took too much */
    size_t bytes;
    bool is_key;
};
/* pictures: NULL where there is none yet. now_us: never less than before. ERR_IO: libvpx failed. */
enum err composer_make(struct composer *c, const struct picture *const *pictures, unsigned count, bool is_key,
                       int64_t now_us, struct composed *ret) MUST_USE;
/* The composed picture as it was encoded last, for those who look at it (tests). */
void composer_look(const struct composer *c, struct picture *ret);

#endif
