#include "base/zip.h"
#include "base/gzip.h"
#include <string.h>
#include <time.h>

enum {
    DEFLATED = 8,
    NEEDS_2_0 = 20,
    IS_UTF8 = 0x800,
    SIZES_BEHIND = 8,
    BYTES_MAX = 0x7fffffff,
    PIECE = 1 << 20
};

static void put(struct buf *to, uint32_t n, int bytes)
{
    for (int i = 0; i < bytes; i++)
        buf_add_char(to, (char)(n >> (8 * i)));
}

static enum err give(struct zip *z, struct buf *bytes)
{
    enum err err = bytes->err;
    if (!err && z->written + bytes->bytes > BYTES_MAX) err = ERR_LIMIT;
    if (!err && bytes->bytes) err = z->take(z->ctx, buf_str(bytes));
    if (!err) z->written += bytes->bytes;
    buf_done(bytes);
    return err;
}

enum err zip_init(struct zip *z, zip_take *take, void *ctx, struct instant at, int zone_offset_min)
{
    time_t local = (time_t)(at.ms / 1000) + zone_offset_min * 60;
    struct tm tm;
    gmtime_r(&local, &tm);
    uint32_t day = (uint32_t)((tm.tm_year - 80) << 9 | (tm.tm_mon + 1) << 5 | tm.tm_mday);
    uint32_t time = (uint32_t)(tm.tm_hour << 11 | tm.tm_min << 5 | tm.tm_sec / 2);
    *z = (struct zip){.take = take, .ctx = ctx, .deflater = deflater_new(), .date = day << 16 | time};
    return z->deflater ? OK : ERR_NOMEM;
}

void zip_done(struct zip *z)
{
    deflater_free(z->deflater);
    z->deflater = NULL;
}

/* What stands before an entry and in the directory alike (4.3.7, 4.3.12): from "version needed" to "extra field length". Before it, crc and
 * sizes are not known yet. */
static void put_entry(const struct zip *z, uint32_t i, bool is_before, struct buf *to)
{
    put(to, NEEDS_2_0, 2);
    put(to, IS_UTF8 | SIZES_BEHIND, 2);
    put(to, DEFLATED, 2);
    put(to, z->date & 0xffff, 2);
    put(to, z->date >> 16, 2);
    put(to, is_before ? 0 : z->entries[i].crc, 4);
    put(to, is_before ? 0 : z->entries[i].packed, 4);
    put(to, is_before ? 0 : z->entries[i].plain, 4);
    put(to, (uint32_t)strlen(z->entries[i].name), 2);
    put(to, 0, 2);
}

enum err zip_open(struct zip *z, const char *name)
{
    struct buf head;
    if (z->count == ZIP_ENTRIES_MAX) return ERR_LIMIT;
    uint32_t i = z->count++;
    z->entries[i].name = name;
    z->entries[i].crc = z->entries[i].packed = z->entries[i].plain = 0;
    z->entries[i].offset = (uint32_t)z->written;
    z->is_open = true;
    buf_init(&head, 1024);
    put(&head, 0x04034b50, 4);
    put_entry(z, i, true, &head);
    buf_add_text(&head, name);
    return give(z, &head);
}

static enum err squeeze(struct zip *z, struct str bytes, bool is_last)
{
    struct buf packed;
    uint64_t before = z->written;
    buf_init(&packed, 2 * PIECE);
    enum err err = deflater_add(z->deflater, bytes, is_last, &packed);
    if (err)
        buf_done(&packed);
    else
        err = give(z, &packed);
    z->entries[z->count - 1].packed += (uint32_t)(z->written - before);
    return err;
}

enum err zip_write(struct zip *z, struct str bytes)
{
    enum err err = OK;
    while (bytes.bytes && !err) {
        struct str piece = {bytes.at, bytes.bytes < PIECE ? bytes.bytes : PIECE};
        if (z->entries[z->count - 1].plain + (uint64_t)piece.bytes > BYTES_MAX) return ERR_LIMIT;
        z->entries[z->count - 1].plain += (uint32_t)piece.bytes;
        z->entries[z->count - 1].crc = gzip_crc(z->entries[z->count - 1].crc, piece);
        err = squeeze(z, piece, false);
        bytes.at += piece.bytes, bytes.bytes -= piece.bytes;
    }
    return err;
}

enum err zip_close(struct zip *z)
{
    struct buf tail;
    uint32_t i = z->count - 1;
    enum err err = squeeze(z, STR(""), true);
    z->is_open = false;
    if (err) return err;
    buf_init(&tail, 64);
    put(&tail, 0x08074b50, 4); /* 4.3.9 */
    put(&tail, z->entries[i].crc, 4);
    put(&tail, z->entries[i].packed, 4);
    put(&tail, z->entries[i].plain, 4);
    return give(z, &tail);
}

enum err zip_add(struct zip *z, const char *name, struct str bytes)
{
    enum err err = zip_open(z, name);
    if (!err) err = zip_write(z, bytes);
    return err ? err : zip_close(z);
}

enum err zip_end(struct zip *z)
{
    struct buf to;
    uint32_t start = (uint32_t)z->written;
    buf_init(&to, 1 << 16);
    for (uint32_t i = 0; i < z->count; i++) {
        put(&to, 0x02014b50, 4);
        put(&to, NEEDS_2_0, 2);
        put_entry(z, i, false, &to);
        put(&to, 0, 2); /* comment */
        put(&to, 0, 2); /* disk */
        put(&to, 0, 2); /* internal attributes */
        put(&to, 0, 4); /* external attributes */
        put(&to, z->entries[i].offset, 4);
        buf_add_text(&to, z->entries[i].name);
    }
    uint32_t bytes = (uint32_t)to.bytes;
    put(&to, 0x06054b50, 4);
    put(&to, 0, 4); /* this disk, the directory's disk */
    put(&to, z->count, 2);
    put(&to, z->count, 2);
    put(&to, bytes, 4);
    put(&to, start, 4);
    put(&to, 0, 2); /* comment */
    return give(z, &to);
}
