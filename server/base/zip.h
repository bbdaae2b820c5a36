/* zip: an archive written piece by piece to whoever takes it (PKWARE APPNOTE 6.3.9): deflated entries whose sizes stand behind them, names
 * in UTF-8, no ZIP64: at most ZIP_ENTRIES_MAX entries and 2 GiB. Any thread; one archive belongs to one at a time. */
#ifndef BASE_ZIP_H
#define BASE_ZIP_H
#include "base/buf.h"
#include "base/clock.h"

#define ZIP_ENTRIES_MAX 16

typedef enum err zip_take(void *ctx, struct str bytes);
struct zip {
    zip_take *take;
    void *ctx;
    struct deflater *deflater;
    uint64_t written;
    uint32_t date; /* DOS: date in the upper half, time in the lower */
    struct {
        const char *name; /* the caller's, until zip_end */
        uint32_t crc, packed, plain, offset;
    } entries[ZIP_ENTRIES_MAX];
    uint32_t count;
    bool is_open; /* an entry is being written */
};

/* ERR_NOMEM. zip_done gives it all back. */
enum err zip_init(struct zip *z, zip_take *take, void *ctx, struct instant at, int zone_offset_min) MUST_USE;
void zip_done(struct zip *z);
/* An entry from its beginning to its end; ERR_LIMIT, ERR_NOMEM, or what take says. */
enum err zip_open(struct zip *z, const char *name) MUST_USE;
enum err zip_write(struct zip *z, struct str bytes) MUST_USE;
enum err zip_close(struct zip *z) MUST_USE;
enum err zip_add(struct zip *z, const char *name, struct str bytes) MUST_USE; /* all three */
enum err zip_end(struct zip *z) MUST_USE; /* the directory; nothing is added after it */

#endif
