/* body: writing a resource compactly as it is stored and served: resourceType, id and meta first, then the rest in its own order,
 * numbers and texts as they were written. Pure. */
#ifndef RECORDS_BODY_H
#define RECORDS_BODY_H
#include "base/buf.h"
#include "base/clock.h"
#include "records/tape.h"

struct body_stamp {
    struct str id;
    int64_t version;
    struct instant updated;
    /* What stands for the text value of this name; at NULL: the text itself. rewrite NULL: none does. */
    struct str (*rewrite)(void *ctx, struct str name, struct str text);
    void *ctx;
};
void body_write(const struct tape *tape, uint32_t node, const struct body_stamp *stamp, struct buf *to);
/* The value without blanks between its parts. */
void body_write_plain(const struct tape *tape, uint32_t node, struct buf *to);

#endif
