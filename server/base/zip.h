/* zip: a small archive written into one buf (PKWARE APPNOTE 6.3.9): deflated entries, names in UTF-8, no ZIP64: at most ZIP_ENTRIES_MAX
 * entries and 4 GiB. Any thread; one archive belongs to one. */
#ifndef BASE_ZIP_H
#define BASE_ZIP_H
#include "base/buf.h"
#include "base/clock.h"

#define ZIP_ENTRIES_MAX 16

struct zip {
    struct buf *to;
    uint32_t date; /* DOS: date in the upper half, time in the lower */
    struct {
        const char *name; /* the caller's, until zip_end */
        uint32_t crc, packed, plain, offset;
    } entries[ZIP_ENTRIES_MAX];
    uint32_t count;
};

void zip_init(struct zip *z, struct buf *to, struct instant at, int zone_offset_min);
enum err zip_add(struct zip *z, const char *name, struct str bytes) MUST_USE; /* ERR_LIMIT, ERR_NOMEM */
enum err zip_end(struct zip *z) MUST_USE; /* the directory; nothing is added after it */

#endif
