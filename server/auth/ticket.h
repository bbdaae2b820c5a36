/* ticket: what links the steps of a login: 24 random bytes known to one browser for five minutes; the store keeps their hash.
 * It opens nothing but the next step, and is used up by it. find on the desk or a reader; the rest on the desk. */
#ifndef AUTH_TICKET_H
#define AUTH_TICKET_H
#include "auth/totp.h"
#include "store/store.h"

#define TICKET_PREFIX "tkt_"
#define TICKET_TEXT (4 + STR_BASE64_BYTES(24))
#define TICKET_TTL_MS (5 * 60 * 1000)

enum ticket_next { TICKET_PASSWORD, TICKET_TOTP, TICKET_ENROL };
const char *ticket_next_name(enum ticket_next next); /* "password", "totp", "enrol" */

struct ticket {
    char account[37];
    enum ticket_next next;
    bool has_secret; /* shown, not confirmed yet */
    uint8_t secret[TOTP_SECRET_BYTES];
};

enum err ticket_new(struct tx *tx, struct str account, enum ticket_next next,
                    char ret_text[TICKET_TEXT]) MUST_USE;
/* ERR_NOT_FOUND: unknown, used up, too old, or for another step. */
enum err ticket_find(struct tx *tx, struct str text, enum ticket_next next, struct ticket *ret) MUST_USE;
enum err ticket_keep_secret(struct tx *tx, struct str text, const uint8_t secret[TOTP_SECRET_BYTES]) MUST_USE;
/* Uses it up; ERR_NOT_FOUND: somebody else did. */
enum err ticket_use(struct tx *tx, struct str text) MUST_USE;
enum err ticket_end_all(struct tx *tx, struct str account) MUST_USE;

#endif
