/* recovery: ten codes for the day the second factor is lost. 50 random bits each; the store keeps a keyed hash; each is good once.
 * On the desk, inside a job's transaction. */
#ifndef AUTH_RECOVERY_H
#define AUTH_RECOVERY_H
#include "store/store.h"

#define RECOVERY_CODES 10
#define RECOVERY_TEXT 12 /* xxxxx-xxxxx */

/* Voids the old ones. */
enum err recovery_new(struct tx *tx, struct str account,
                      char ret_codes[RECOVERY_CODES][RECOVERY_TEXT]) MUST_USE;
/* Uses one up; ERR_NOT_FOUND: no such code, or used before. Case and the dash do not matter. */
enum err recovery_use(struct tx *tx, struct str account, struct str code) MUST_USE;
enum err recovery_left(struct tx *tx, struct str account, int64_t *ret_left) MUST_USE;
enum err recovery_end_all(struct tx *tx, struct str account) MUST_USE;
bool recovery_is_like(struct str code); /* has the shape of one */

#endif
