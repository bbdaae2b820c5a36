#include "media/avc.h"

enum { NAL_SPS = 7, NAL_PPS = 8 };

/* A start code: two zeros or more, and a one. */
static bool find_code(const uint8_t *at, size_t bytes, size_t from, size_t *ret_at, size_t *ret_behind)
{
    for (size_t i = from; i + 3 <= bytes; i++) {
        if (at[i] || at[i + 1] || at[i + 2] != 1) continue;
        *ret_behind = i + 3;
        while (i > from && !at[i - 1])
            i--;
        *ret_at = i;
        return true;
    }
    return false;
}

bool avc_next(const uint8_t *at, size_t bytes, size_t *from, const uint8_t **ret_nal, size_t *ret_bytes)
{
    size_t code, begin, end, behind;
    while (find_code(at, bytes, *from, &code, &begin)) {
        if (!find_code(at, bytes, begin, &end, &behind)) end = bytes;
        *from = end;
        if (end == begin) continue;
        *ret_nal = at + begin;
        *ret_bytes = end - begin;
        return true;
    }
    return false;
}

static void add_u16(struct buf *to, size_t n)
{
    const uint8_t at[2] = {(uint8_t)(n >> 8), (uint8_t)n};
    buf_add(to, at, sizeof at);
}

enum err avc_configuration(const uint8_t *at, size_t bytes, struct buf *to)
{
    const uint8_t *nal, *sps = NULL, *pps = NULL;
    size_t n, sps_bytes = 0, pps_bytes = 0;
    for (size_t from = 0; avc_next(at, bytes, &from, &nal, &n);) {
        if ((nal[0] & 31) == NAL_SPS && !sps) sps = nal, sps_bytes = n;
        if ((nal[0] & 31) == NAL_PPS && !pps) pps = nal, pps_bytes = n;
    }
    if (!sps || !pps || sps_bytes < 4 || sps_bytes > 0xffff || pps_bytes > 0xffff) return ERR_BAD_INPUT;
    const uint8_t head[] = {1, sps[1], sps[2], sps[3], 0xff /* lengths of four bytes */, 0xe1 /* one SPS */};
    buf_add(to, head, sizeof head);
    add_u16(to, sps_bytes);
    buf_add(to, sps, sps_bytes);
    buf_add_char(to, 1);
    add_u16(to, pps_bytes);
    buf_add(to, pps, pps_bytes);
    return to->err;
}

void avc_with_lengths(const uint8_t *at, size_t bytes, struct buf *to)
{
    const uint8_t *nal;
    size_t n;
    for (size_t from = 0; avc_next(at, bytes, &from, &nal, &n);) {
        add_u16(to, n >> 16);
        add_u16(to, n & 0xffff);
        buf_add(to, nal, n);
    }
}
