/* draft: unfinished text that outlives reload, crash and log-out: the account's own, read by nobody else, at most 100 an account,
 * kept 30 days after the last change. get on a reader; the rest on the desk. */
#ifndef AUTH_DRAFT_H
#define AUTH_DRAFT_H
#include "base/arena.h"
#include "store/store.h"

#define DRAFT_KEY_MAX 100
#define DRAFT_BYTES_MAX (32 * 1024)
#define DRAFTS_MAX 100
#define DRAFT_DAYS 30

bool draft_key_is(struct str key); /* [a-z0-9./-]{1,100} */
enum err draft_get(struct tx *tx, struct arena *arena, struct str account, struct str key,
                   struct str *ret_text, struct instant *ret_saved) MUST_USE; /* ERR_NOT_FOUND */
enum err draft_put(struct tx *tx, struct str account, struct str key,
                   struct str text) MUST_USE;                                      /* ERR_LIMIT: 100 */
enum err draft_delete(struct tx *tx, struct str account, struct str key) MUST_USE; /* ERR_NOT_FOUND */

#endif
