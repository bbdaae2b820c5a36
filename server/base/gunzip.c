#include "base/gunzip.h"
#include "base/mem.h"
#include <zlib.h>

enum { PART = 256 * 1024, GZIP_ONLY = 16 + MAX_WBITS };

bool gunzip_is(struct str bytes)
{
    return bytes.bytes > 2 && (uint8_t)bytes.at[0] == 0x1f && (uint8_t)bytes.at[1] == 0x8b;
}

static void *take(void *ctx, unsigned n, unsigned bytes)
{
    (void)ctx;
    return mem_zalloc((size_t)n * bytes);
}

static void give(void *ctx, void *at)
{
    (void)ctx;
    mem_free(at);
}

enum err gunzip(struct str from, struct buf *to)
{
    z_stream z = {.zalloc = take, .zfree = give};
    int code = inflateInit2(&z, GZIP_ONLY);
    if (code != Z_OK) return ERR_NOMEM;
    if (from.bytes > UINT32_MAX) from.bytes = 0;
    z.next_in = (Bytef *)(uintptr_t)from.at;
    z.avail_in = (unsigned)from.bytes;
    enum err err = OK;
    for (;;) {
        char *at = buf_reserve(to, PART);
        if (!at) {
            err = to->err ? to->err : ERR_LIMIT;
            break;
        }
        z.next_out = (Bytef *)at;
        z.avail_out = PART;
        code = inflate(&z, Z_NO_FLUSH);
        to->bytes += PART - z.avail_out;
        if (code == Z_STREAM_END && z.avail_in == 0) break;
        if (code == Z_STREAM_END) code = inflateReset(&z);
        if (code == Z_MEM_ERROR) err = ERR_NOMEM;
        if (code != Z_OK && !err) err = ERR_BAD_INPUT;
        if (err) break;
    }
    inflateEnd(&z);
    return err;
}
