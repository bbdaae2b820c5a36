/* token: a program's bearer token (yqt_…): 32 random bytes shown once, the store keeps their hash; it carries its account's roles,
 * never more, and always ends. list on a reader; the rest on the desk. */
#ifndef AUTH_TOKEN_H
#define AUTH_TOKEN_H
#include "base/json.h"
#include "store/store.h"

#define TOKEN_PREFIX "yqt_"
#define TOKEN_TEXT (4 + STR_BASE64_BYTES(32))
#define TOKEN_ID_TEXT 37
#define TOKEN_TTL_LEAST_S 60
#define TOKEN_TTL_MOST_S 31536000
#define TOKEN_LABEL_BYTES_MAX 120

struct token_made {
    char text[TOKEN_TEXT];
    char id[TOKEN_ID_TEXT];
    struct instant ends;
};
enum err token_new(struct tx *tx, struct str account, struct str label, int64_t ttl_s,
                   struct token_made *ret) MUST_USE;
/* ERR_NOT_FOUND: no such token. ret_account gets whose it was. */
enum err token_revoke(struct tx *tx, struct str id, char ret_account[TOKEN_ID_TEXT]) MUST_USE;
enum err token_end_all(struct tx *tx, struct str account, int64_t *ret_ended) MUST_USE;
enum err token_touch(struct tx *tx, struct str id, struct instant used) MUST_USE;
/* One account's, or everybody's by 50 from the id after `after`; objects into an open array. ret_next is the last id when there
 * may be more, else empty. */
enum err token_list_own(struct tx *tx, struct str account, struct json_out *to) MUST_USE;
enum err token_list(struct tx *tx, struct str after, struct json_out *to,
                    char ret_next[TOKEN_ID_TEXT]) MUST_USE;

#endif
