#include "base/buf.h"
#include "base/mem.h"
#include <stdio.h>

void buf_init(struct buf *b, size_t bytes_max)
{
    *b = (struct buf){.bytes_max = bytes_max};
}

void buf_done(struct buf *b)
{
    mem_wipe_free(b->at, b->room); /* all of it: buf_clear may have shortened it */
    buf_init(b, b->bytes_max);
}

void buf_clear(struct buf *b)
{
    b->bytes = 0;
    b->err = OK;
}

char *buf_reserve(struct buf *b, size_t bytes)
{
    if (b->err) return NULL;
    if (bytes > b->bytes_max - b->bytes) {
        b->err = ERR_LIMIT;
        return NULL;
    }
    if (bytes > b->room - b->bytes) {
        size_t room = b->room ? b->room * 2 : 256;
        while (room < b->bytes + bytes)
            room *= 2;
        if (room > b->bytes_max) room = b->bytes_max;
        char *at = mem_alloc(room); /* not resized in place: the old bytes are wiped, as they may be secret */
        if (!at) {
            b->err = ERR_NOMEM;
            return NULL;
        }
        if (b->bytes) memcpy(at, b->at, b->bytes);
        mem_wipe_free(b->at, b->room);
        b->at = at;
        b->room = room;
    }
    return b->at + b->bytes;
}

void buf_add(struct buf *b, const void *from, size_t bytes)
{
    char *at = bytes ? buf_reserve(b, bytes) : NULL;
    if (!at) return;
    memcpy(at, from, bytes);
    b->bytes += bytes;
}

void buf_add_str(struct buf *b, struct str s)
{
    buf_add(b, s.at, s.bytes);
}

void buf_add_text(struct buf *b, const char *text)
{
    buf_add(b, text, strlen(text));
}

void buf_add_char(struct buf *b, char c)
{
    buf_add(b, &c, 1);
}

void buf_add_escaped(struct buf *b, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '<':
            buf_add_text(b, "&lt;");
            break;
        case '>':
            buf_add_text(b, "&gt;");
            break;
        case '&':
            buf_add_text(b, "&amp;");
            break;
        case '"':
            buf_add_text(b, "&quot;");
            break;
        case '\'':
            buf_add_text(b, "&#39;");
            break;
        default:
            buf_add_char(b, *text);
        }
    }
}

void buf_add_u64(struct buf *b, uint64_t n)
{
    char digits[20];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + n % 10);
    while (n /= 10);
    buf_add(b, digits + at, sizeof digits - at);
}

void buf_add_i64(struct buf *b, int64_t n)
{
    if (n < 0) buf_add_char(b, '-');
    buf_add_u64(b, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ASSERT(n >= 0);
    char *at = buf_reserve(b, (size_t)n + 1); /* vsnprintf ends with a NUL that is not kept */
    if (at) {
        vsnprintf(at, (size_t)n + 1, format, again);
        b->bytes += (size_t)n;
    }
    va_end(again);
}
