/* call_quality_bad: lines of consultations that stayed bad: of five whole minutes three or more were poor or lost, either way (desk/call_quality). Noted once
 * a line and call, and carried on while it stays so. Noted on the desk, read on a reader or the desk. */
#ifndef DESK_CALL_QUALITY_BAD_H
#define DESK_CALL_QUALITY_BAD_H
#include "base/arena.h"
#include "base/json.h"
#include "store/store.h"

enum { LINE_BAD_OF = 5, LINE_BAD_LEAST = 3, LINE_BAD_LIST_MAX = 100 };

extern const struct migration call_quality_bad_migrations[]; /* 781 - 784 */

struct line_bad {
    struct instant since, last; /* beginnings of its first and its newest bad minute */
    int64_t minutes;            /* bad ones */
};
/* What stands of the last minutes; *ret_lately: lines that were bad in the last hour. */
enum err line_bad_note(struct tx *tx, int64_t *ret_lately) MUST_USE;
/* who: an account; of a device its name in the room. ERR_NOT_FOUND: it did not stay bad. */
enum err line_bad_find(struct tx *tx, struct str visit, bool is_source, struct str who,
                       struct line_bad *ret) MUST_USE;
/* The member "lines": since that instant, the newest first, and of whom it was (clinic, outside, device) without a name or a visit. */
enum err line_bad_write(struct tx *tx, struct arena *arena, struct instant since,
                        struct json_out *to) MUST_USE;

#endif
