/* buf: bytes that grow up to a stated maximum. Embedded (buf_init / buf_done); one thread at a time.
 * A failed append (memory, or the maximum) is remembered in err and every later append does nothing, so that
 * a writer may append many times and check once. */
#ifndef BASE_BUF_H
#define BASE_BUF_H
#include "base/err.h"
#include "base/str.h"
#include <stdarg.h>

struct buf {
    char *at;
    size_t bytes, room, bytes_max;
    enum err err;
};

void buf_init(struct buf *b, size_t bytes_max);
void buf_done(struct buf *b); /* frees; wiped before */
void buf_clear(struct buf *b);
void buf_add(struct buf *b, const void *from, size_t bytes);
void buf_add_str(struct buf *b, struct str s);
void buf_add_text(struct buf *b, const char *text);
void buf_add_char(struct buf *b, char c);
/* For HTML and XML: between tags, and in attributes of double quotes. */
void buf_add_escaped(struct buf *b, const char *text);
void buf_add_u64(struct buf *b, uint64_t n);
void buf_add_i64(struct buf *b, int64_t n);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);
/* Makes room for bytes more and returns where they go (the caller adds to b->bytes), or NULL. */
char *buf_reserve(struct buf *b, size_t bytes);
static inline struct str buf_str(const struct buf *b)
{
    return (struct str){b->at, b->bytes};
}

#endif
