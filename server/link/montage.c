#include "link/montage.h"
#include <string.h>

static const char magic[8] = {'Y', 'Q', 'M', 'O', 'N', 'T', '1', '\n'};
enum { FIXED_BYTES = sizeof magic + CIPHER_KEY_BYTES + RECORDING_ID_BYTES + 4 + 1 + MONTAGE_VISIT_BYTES };

static void put(uint8_t **to, const void *at, size_t bytes)
{
    memcpy(*to, at, bytes);
    *to += bytes;
}

size_t montage_order_put(const struct montage_order *o, uint8_t ret[MONTAGE_ORDER_BYTES_MAX])
{
    ASSERT(o->count > 0 && o->count <= MONTAGE_FILES_MAX && memchr(o->visit, 0, sizeof o->visit));
    uint8_t *to = ret;
    uint32_t zone = (uint32_t)o->zone_s;
    put(&to, magic, sizeof magic);
    put(&to, o->key, sizeof o->key);
    put(&to, o->id, sizeof o->id);
    for (int shift = 24; shift >= 0; shift -= 8)
        *to++ = (uint8_t)(zone >> shift);
    *to++ = (uint8_t)o->count;
    put(&to, o->visit, sizeof o->visit);
    for (unsigned i = 0; i < o->count; i++) {
        put(&to, o->files[i].id, RECORDING_ID_BYTES);
        *to++ = o->files[i].is_device;
    }
    return (size_t)(to - ret);
}

static void take(const uint8_t **from, void *ret, size_t bytes)
{
    memcpy(ret, *from, bytes);
    *from += bytes;
}

enum err montage_order_read(const uint8_t *at, size_t bytes, struct montage_order *ret)
{
    struct montage_order o = {0};
    const uint8_t *from = at + sizeof magic;
    if (bytes < FIXED_BYTES || memcmp(at, magic, sizeof magic) != 0) return ERR_BAD_INPUT;
    take(&from, o.key, sizeof o.key);
    take(&from, o.id, sizeof o.id);
    uint32_t zone = (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
    o.zone_s = (int32_t)zone;
    o.count = from[4];
    from += 5;
    take(&from, o.visit, sizeof o.visit);
    bool is_good = o.count > 0 && o.count <= MONTAGE_FILES_MAX && memchr(o.visit, 0, sizeof o.visit) &&
                   o.zone_s > -86400 && o.zone_s < 86400 &&
                   bytes == FIXED_BYTES + (size_t)o.count * (RECORDING_ID_BYTES + 1);
    if (!is_good) return ERR_BAD_INPUT;
    for (unsigned i = 0; i < o.count; i++) {
        take(&from, o.files[i].id, RECORDING_ID_BYTES);
        if (*from > 1) return ERR_BAD_INPUT;
        o.files[i].is_device = *from++ == 1;
    }
    *ret = o;
    return OK;
}
