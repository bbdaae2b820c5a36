/* zone: what the wall clock shows at an instant, and which instant a wall-clock time means, by the system's
 * time zone data (TZif: RFC 8536, version 4 of RFC 9636). Pure: the caller reads the file and passes its
 * bytes. A struct zone is immutable after zone_parse, owned by who parsed it, and may be read by any thread.
 *
 * A TZif file is strangers' bytes: every count and index is checked, and what the RFC forbids is refused
 * (ERR_BAD_INPUT). Also refused: version 1 alone and leap seconds (ERR_UNSUPPORTED), a version above 4
 * (ERR_NEWER), more than ZONE_BYTES_MAX (ERR_LIMIT).
 *
 *   | TZif v1 header | v1 data (skipped) | TZif v2 header | times types offsets names ... | \n TZ string \n |
 *
 * After the last transition of the table the POSIX TZ string rules for ever (zone_rule.h).
 *
 * Wall to instant follows RFC 5545 §3.3.5: a time that occurs twice (clock set back) means the first; a time
 * that never occurs (clock set forward) is read with the offset before the gap, so 02:30 in a gap of one hour
 * at 02:00 is the instant that shows 03:30. */
#ifndef BASE_ZONE_H
#define BASE_ZONE_H
#include "base/clock.h"
#include "base/date.h"
#include "base/err.h"
#include <stddef.h>

#define ZONE_BYTES_MAX 65536
#define ZONE_NAME_BYTES 16 /* an abbreviation ("CST", "+0330") with its NUL */

struct zone;

/* A time on the wall: seconds since 1970-01-01T00:00:00 as that wall counts. Not an instant. */
struct wall {
    int64_t s;
};
enum zone_fit { ZONE_ONCE, ZONE_TWICE, ZONE_NEVER };

struct zone_offset {
    int32_t s; /* to add to UTC */
    bool is_dst;
    char name[ZONE_NAME_BYTES];
};
struct zone_change {
    struct instant at;
    struct zone_offset before, after;
};

enum err zone_parse(const void *tzif, size_t bytes, struct zone **ret_zone) MUST_USE;
void zone_free(struct zone *z); /* NULL allowed */

struct zone_offset zone_offset(const struct zone *z, struct instant at);
struct wall zone_wall(const struct zone *z, struct instant at); /* whole seconds, cut */
/* ret_fit may be NULL. */
struct instant zone_instant(const struct zone *z, struct wall w, enum zone_fit *ret_fit);
/* The first change of the offset strictly after `after`; false when there is none any more. */
bool zone_next_change(const struct zone *z, struct instant after, struct zone_change *ret_change);

static inline struct wall wall_of(struct date d, int32_t second_of_day)
{
    return (struct wall){(int64_t)d.days * 86400 + second_of_day};
}
static inline struct date wall_date(struct wall w)
{
    return (struct date){(int32_t)((w.s >= 0 ? w.s : w.s - 86399) / 86400)};
}
static inline int32_t wall_second(struct wall w) /* of its day, 0 to 86399 */
{
    return (int32_t)(w.s - (int64_t)wall_date(w).days * 86400);
}
static inline struct date zone_date(const struct zone *z, struct instant at)
{
    return wall_date(zone_wall(z, at));
}

#endif
