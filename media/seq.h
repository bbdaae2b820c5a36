/* seq: numbers that wrap (RTP sequence numbers, 16 bits; RFC 1982). Any thread, no failures. */
#ifndef MEDIA_SEQ_H
#define MEDIA_SEQ_H
#include <stdbool.h>
#include <stdint.h>

/* How far a is ahead of b, negative when it is behind; half the ring away counts as behind. */
static inline int seq_ahead(uint16_t a, uint16_t b)
{
    return (int16_t)(uint16_t)(a - b);
}
static inline bool seq_is_newer(uint16_t a, uint16_t b)
{
    return seq_ahead(a, b) > 0;
}
static inline int32_t seq_ahead32(uint32_t a, uint32_t b)
{
    return (int32_t)(a - b);
}
/* The count without wraps that ends in the 16 bits of seq and lies nearest to near. */
static inline int64_t seq_unwrap(int64_t near, uint16_t seq)
{
    return near + seq_ahead(seq, (uint16_t)near);
}

#endif
