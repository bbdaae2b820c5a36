/* lockout: wrong tries by name, in the store: password, code and recovery code count alike (rule 27), and only a whole login
 * clears them. Five wrong ones close the account for 15 minutes, the next five for 30, doubling up to a day. A name that nobody
 * has is counted and closed the same way, so that the answer tells nothing; of those the store keeps a bounded number.
 * look on a reader or the desk; the rest on the desk. */
#ifndef AUTH_LOCKOUT_H
#define AUTH_LOCKOUT_H
#include "base/json.h"
#include "store/store.h"

#define LOCKOUT_TRIES 5
#define LOCKOUT_FIRST_MS ((int64_t)15 * 60 * 1000)
#define LOCKOUT_LONGEST_MS ((int64_t)24 * 60 * 60 * 1000)
#define LOCKOUT_STRANGERS_MAX 10000

struct lockout {
    int64_t failed;       /* since the last login */
    int left;             /* tries before it closes */
    struct instant until; /* closed till then; 0: open */
};

enum err lockout_look(struct tx *tx, struct str name, struct lockout *ret) MUST_USE;
/* Counts a wrong try; account is empty when nobody has the name. ret->until is set when it is closed now. */
enum err lockout_fail(struct tx *tx, struct str name, struct str account, struct lockout *ret) MUST_USE;
enum err lockout_clear(struct tx *tx, struct str name) MUST_USE;
/* Accounts with wrong tries, worst first, at most 200: objects into an open array. */
enum err lockout_list(struct tx *tx, struct json_out *to) MUST_USE;

#endif
