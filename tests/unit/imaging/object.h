/* object: DICOM files made for tests, element by element, in a buffer. */
#ifndef TESTS_IMAGING_OBJECT_H
#define TESTS_IMAGING_OBJECT_H
#include "base/buf.h"
#include "imaging/dicom.h"

#define EXPLICIT "1.2.840.10008.1.2.1"
#define IMPLICIT "1.2.840.10008.1.2"
#define BIG "1.2.840.10008.1.2.2"
#define RLE "1.2.840.10008.1.2.5"

static inline void put_u16(struct buf *b, uint32_t n, bool is_big)
{
    buf_add_char(b, (char)(is_big ? n >> 8 : n));
    buf_add_char(b, (char)(is_big ? n : n >> 8));
}
static inline void put_u32(struct buf *b, uint32_t n, bool is_big)
{
    put_u16(b, is_big ? n >> 16 : n, is_big);
    put_u16(b, is_big ? n : n >> 16, is_big);
}
/* vr NULL: implicit. */
static inline void put_head(struct buf *b, uint32_t tag, const char *vr, uint32_t bytes, bool is_big)
{
    put_u16(b, tag >> 16, is_big);
    put_u16(b, tag & 0xffff, is_big);
    bool is_long = vr && (!strcmp(vr, "OB") || !strcmp(vr, "OW") || !strcmp(vr, "SQ") || !strcmp(vr, "UN"));
    if (vr) buf_add_text(b, vr);
    if (is_long) put_u16(b, 0, is_big);
    if (!vr || is_long)
        put_u32(b, bytes, is_big);
    else
        put_u16(b, bytes, is_big);
}
static inline void put(struct buf *b, uint32_t tag, const char *vr, const void *value, size_t bytes,
                       bool is_big)
{
    put_head(b, tag, vr, (uint32_t)(bytes + bytes % 2), is_big);
    buf_add(b, value, bytes);
    if (bytes % 2) buf_add_char(b, vr && strcmp(vr, "UI") != 0 ? ' ' : 0);
}
static inline void put_number(struct buf *b, uint32_t tag, const char *vr, uint32_t n, bool is_big)
{
    put_head(b, tag, vr, 2, is_big);
    put_u16(b, n, is_big);
}
static inline void object_begin(struct buf *b, const char *syntax)
{
    static const char zeroes[128];
    buf_init(b, 1 << 20);
    buf_add(b, zeroes, sizeof zeroes);
    buf_add_text(b, "DICM");
    put(b, 0x00020002, "UI", "1.2.3", 5, false);
    put(b, 0x00020003, "UI", "1.2.3.4", 7, false);
    put(b, 0x00020010, "UI", syntax, strlen(syntax), false);
}
static inline enum err object_read(void *ctx, int64_t offset, void *to, size_t bytes)
{
    const struct buf *b = ctx;
    ASSERT(offset >= 0 && (size_t)offset + bytes <= b->bytes);
    memcpy(to, b->at + offset, bytes);
    return OK;
}
static inline struct source object_source(struct buf *b)
{
    return (struct source){object_read, b, (int64_t)b->bytes};
}

#endif
