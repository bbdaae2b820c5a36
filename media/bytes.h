/* bytes: numbers in network order, read and written at any address. Any thread; nothing can fail: the caller
 * has checked the length. */
#ifndef MEDIA_BYTES_H
#define MEDIA_BYTES_H
#include <stdint.h>
#include <string.h>

static inline uint16_t bytes_get16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}
static inline uint32_t bytes_get24(const uint8_t *at)
{
    return (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
}
static inline uint32_t bytes_get32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}
static inline uint64_t bytes_get64(const uint8_t *at)
{
    return (uint64_t)bytes_get32(at) << 32 | bytes_get32(at + 4);
}
static inline void bytes_put16(uint8_t *at, uint16_t n)
{
    at[0] = (uint8_t)(n >> 8);
    at[1] = (uint8_t)n;
}
static inline void bytes_put24(uint8_t *at, uint32_t n)
{
    at[0] = (uint8_t)(n >> 16);
    at[1] = (uint8_t)(n >> 8);
    at[2] = (uint8_t)n;
}
static inline void bytes_put32(uint8_t *at, uint32_t n)
{
    bytes_put16(at, (uint16_t)(n >> 16));
    bytes_put16(at + 2, (uint16_t)n);
}
static inline void bytes_put64(uint8_t *at, uint64_t n)
{
    bytes_put32(at, (uint32_t)(n >> 32));
    bytes_put32(at + 4, (uint32_t)n);
}

#endif
