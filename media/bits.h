/* bits: a reader of bits, the first is the highest of the first byte. What is read behind the end is zero and
 * is_over says so, so that a parser checks once. Embedded; one thread. */
#ifndef MEDIA_BITS_H
#define MEDIA_BITS_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bits {
    const uint8_t *at;
    size_t bits, read;
    bool is_over;
};

static inline struct bits bits_of(const void *at, size_t bytes)
{
    return (struct bits){(const uint8_t *)at, bytes * 8, 0, false};
}
static inline uint32_t bits_get(struct bits *b, unsigned count) /* at most 32 */
{
    uint32_t n = 0;
    if (count > b->bits - b->read) {
        b->is_over = true;
        b->read = b->bits;
        return 0;
    }
    for (unsigned i = 0; i < count; i++, b->read++)
        n = n << 1 | (b->at[b->read / 8] >> (7 - b->read % 8) & 1u);
    return n;
}
static inline bool bits_flag(struct bits *b)
{
    return bits_get(b, 1) != 0;
}
/* ns(n) of the AV1 specification §4.10.7: a number below n in as few bits as do. */
static inline uint32_t bits_below(struct bits *b, uint32_t n)
{
    unsigned width = 0;
    for (uint32_t x = n; x; x >>= 1)
        width++;
    uint32_t spare = (1u << width) - n, v = width > 1 ? bits_get(b, width - 1) : 0;
    if (width == 0 || v < spare) return v;
    return (v << 1) - spare + bits_get(b, 1);
}

#endif
