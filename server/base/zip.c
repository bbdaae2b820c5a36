#include "base/zip.h"
#include "base/gzip.h"
#include <string.h>
#include <time.h>

enum { DEFLATED = 8, NEEDS_2_0 = 20, IS_UTF8 = 0x800, BYTES_MAX = 0x7fffffff };

static void put(struct buf *to, uint32_t n, int bytes)
{
    for (int i = 0; i < bytes; i++)
        buf_add_char(to, (char)(n >> (8 * i)));
}

void zip_init(struct zip *z, struct buf *to, struct instant at, int zone_offset_min)
{
    time_t local = (time_t)(at.ms / 1000) + zone_offset_min * 60;
    struct tm tm;
    gmtime_r(&local, &tm);
    uint32_t day = (uint32_t)((tm.tm_year - 80) << 9 | (tm.tm_mon + 1) << 5 | tm.tm_mday);
    uint32_t time = (uint32_t)(tm.tm_hour << 11 | tm.tm_min << 5 | tm.tm_sec / 2);
    *z = (struct zip){.to = to, .date = day << 16 | time};
}

/* What stands before an entry and in the directory alike (4.3.7, 4.3.12): from "version needed" to "extra field length". */
static void put_entry(const struct zip *z, uint32_t i, struct buf *to)
{
    put(to, NEEDS_2_0, 2);
    put(to, IS_UTF8, 2);
    put(to, DEFLATED, 2);
    put(to, z->date & 0xffff, 2);
    put(to, z->date >> 16, 2);
    put(to, z->entries[i].crc, 4);
    put(to, z->entries[i].packed, 4);
    put(to, z->entries[i].plain, 4);
    put(to, (uint32_t)strlen(z->entries[i].name), 2);
    put(to, 0, 2);
}

enum err zip_add(struct zip *z, const char *name, struct str bytes)
{
    struct buf packed;
    if (z->count == ZIP_ENTRIES_MAX || bytes.bytes > BYTES_MAX || z->to->bytes > BYTES_MAX) return ERR_LIMIT;
    buf_init(&packed, BYTES_MAX);
    enum err err = deflate_add(bytes, &packed);
    if (!err) {
        uint32_t i = z->count++;
        z->entries[i].name = name;
        z->entries[i].crc = gzip_crc(bytes);
        z->entries[i].packed = (uint32_t)packed.bytes;
        z->entries[i].plain = (uint32_t)bytes.bytes;
        z->entries[i].offset = (uint32_t)z->to->bytes;
        put(z->to, 0x04034b50, 4);
        put_entry(z, i, z->to);
        buf_add_text(z->to, name);
        buf_add_str(z->to, buf_str(&packed));
    }
    buf_done(&packed);
    return err ? err : z->to->err;
}

enum err zip_end(struct zip *z)
{
    uint32_t start = (uint32_t)z->to->bytes;
    for (uint32_t i = 0; i < z->count; i++) {
        put(z->to, 0x02014b50, 4);
        put(z->to, NEEDS_2_0, 2);
        put_entry(z, i, z->to);
        put(z->to, 0, 2); /* comment */
        put(z->to, 0, 2); /* disk */
        put(z->to, 0, 2); /* internal attributes */
        put(z->to, 0, 4); /* external attributes */
        put(z->to, z->entries[i].offset, 4);
        buf_add_text(z->to, z->entries[i].name);
    }
    uint32_t bytes = (uint32_t)z->to->bytes - start;
    put(z->to, 0x06054b50, 4);
    put(z->to, 0, 4); /* this disk, the directory's disk */
    put(z->to, z->count, 2);
    put(z->to, z->count, 2);
    put(z->to, bytes, 4);
    put(z->to, start, 4);
    put(z->to, 0, 2); /* comment */
    return z->to->err;
}
