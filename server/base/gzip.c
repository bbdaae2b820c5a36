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

enum err gzip_add(struct str plain, struct buf *to)
{
    z_stream z = {.zalloc = take, .zfree = give};
    if (plain.bytes > UINT32_MAX / 2) return ERR_LIMIT;
    if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, WINDOW_BITS + AS_GZIP, MEMORY, Z_DEFAULT_STRATEGY) != Z_OK)
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

/* -- piece by piece -- */

struct deflater {
    z_stream z;
};

struct deflater *deflater_new(void)
{
    struct deflater *d = mem_zalloc(sizeof *d);
    if (!d) return NULL;
    d->z.zalloc = take, d->z.zfree = give;
    if (deflateInit2(&d->z, Z_BEST_SPEED, Z_DEFLATED, -WINDOW_BITS, MEMORY, Z_DEFAULT_STRATEGY) == Z_OK)
        return d;
    mem_free(d);
    return NULL;
}

void deflater_free(struct deflater *d)
{
    if (!d) return;
    deflateEnd(&d->z);
    mem_free(d);
}

enum err deflater_add(struct deflater *d, struct str plain, bool is_last, struct buf *to)
{
    uint8_t out[16384];
    if (plain.bytes > UINT32_MAX / 2) return ERR_LIMIT;
    d->z.next_in = (Bytef *)(uintptr_t)plain.at;
    d->z.avail_in = (uInt)plain.bytes;
    do {
        d->z.next_out = out;
        d->z.avail_out = sizeof out;
        if (deflate(&d->z, is_last ? Z_FINISH : Z_NO_FLUSH) == Z_STREAM_ERROR) return ERR_NOMEM;
        buf_add(to, out, sizeof out - d->z.avail_out);
    } while (d->z.avail_out == 0 && !to->err);
    if (is_last) deflateReset(&d->z);
    return to->err;
}

uint32_t gzip_crc(uint32_t before, struct str plain)
{
    return (uint32_t)crc32_z(before, (const Bytef *)(const void *)plain.at, plain.bytes);
}
