#include "base/gzip.h"
#include "base/mem.h"
#include <zlib.h>

/* zlib's memory is ours too: counted, and made to fail by the tests. */
static void *take(void *ctx, unsigned n, unsigned bytes)
{
    (void)ctx;
    return mem_zalloc((size_t)n * bytes);
}

static void give(void *ctx, void *p)
{
    (void)ctx;
    mem_free(p);
}

enum { WINDOW_BITS = 15, AS_GZIP = 16, MEMORY = 8 };

static enum err squeeze(struct str plain, int window_bits, struct buf *to)
{
    z_stream z = {.zalloc = take, .zfree = give};
    if (plain.bytes > UINT32_MAX / 2) return ERR_LIMIT;
    if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, window_bits, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
        return ERR_NOMEM;
    size_t most = deflateBound(&z, plain.bytes);
    char *room = buf_reserve(to, most);
    enum err err = room ? OK : to->err;
    if (!err) {
        z.next_in = (Bytef *)(uintptr_t)plain.at;
        z.avail_in = (uInt)plain.bytes;
        z.next_out = (Bytef *)room;
        z.avail_out = (uInt)most;
        if (deflate(&z, Z_FINISH) != Z_STREAM_END) err = ERR_NOMEM;
        if (!err) to->bytes += z.total_out;
    }
    deflateEnd(&z);
    return err;
}

enum err gzip_add(struct str plain, struct buf *to)
{
    return squeeze(plain, WINDOW_BITS + AS_GZIP, to);
}

enum err deflate_add(struct str plain, struct buf *to)
{
    return squeeze(plain, -WINDOW_BITS, to);
}

uint32_t gzip_crc(struct str plain)
{
    uLong crc = crc32(0, NULL, 0);
    return (uint32_t)crc32_z(crc, (const Bytef *)(const void *)plain.at, plain.bytes);
}
