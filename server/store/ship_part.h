/* ship_part: bytes of the log kept aside in DIR until the backup target has them: a file
 * DIR/wal-<line>-<generation>-<from>-<to>.part each, sealed as the log is. Durable when made. Desk thread makes
 * them, the shipper reads and removes them; server/store only. */
#ifndef STORE_SHIP_PART_H
#define STORE_SHIP_PART_H
#include "store/folder.h"
#include "store/target.h"

struct ship_part {
    char name[96];
    int64_t gen, from, to;
};

/* Copies [from, to) of the log. ERR_LIMIT: more than SHIP_PARTS_BYTES_MAX would be kept. */
enum err ship_part_keep(const struct folder *f, const uint8_t line[TARGET_LINE_BYTES], int64_t gen,
                        int64_t from, int64_t to) MUST_USE;
/* The part of this line that is due first (lowest generation, then place). ERR_NOT_FOUND: none is left. */
enum err ship_part_first(const struct folder *f, const uint8_t line[TARGET_LINE_BYTES],
                         struct ship_part *ret) MUST_USE;
enum err ship_part_remove(const struct folder *f, const struct ship_part *part) MUST_USE;
enum err ship_parts_drop(const struct folder *f) MUST_USE; /* all of them, and what a crash left half made */

#endif
