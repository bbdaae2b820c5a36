/* trail: reading the audit chain as the privacy officer does: newest first, filtered, with the names behind the ids. On a reader.
 * The rows themselves belong to store/audit; here they are only joined with accounts. */
#ifndef AUTH_TRAIL_H
#define AUTH_TRAIL_H
#include "base/json.h"
#include "store/store.h"

#define TRAIL_PAGE 50

struct trail_query {
    struct str actor;        /* an account's id or name; empty: any */
    struct str action;       /* "login", or "account." for all that begin so; empty: any */
    int outcome;             /* enum audit_outcome; -1: any */
    struct instant from, to; /* 0: open */
    int64_t before;          /* a sequence number; 0: from the newest */
};
/* Objects into an open array, at most TRAIL_PAGE. ret_next: the `before` of the next page, 0 at the end. */
enum err trail_list(struct tx *tx, const struct trail_query *query, struct json_out *to, int64_t *ret_next,
                    int64_t *ret_n) MUST_USE;
bool trail_outcome_from(struct str name, int *ret_outcome);

#endif
