/* account: a person's way in: name, display name, staff number (one account a person), roles, password hash, second factor.
 * Accounts are never deleted, as the trail names them. find and list on a reader or the desk; the rest on the desk.
 *
 * Refusals by a rule come back as ERR_DENIED or ERR_EXISTS with *ret_code set to PROTOCOL's word: "name_taken",
 * "staff_number_taken", "roles_exclude", "last_admin". */
#ifndef AUTH_ACCOUNT_H
#define AUTH_ACCOUNT_H
#include "auth/role.h"
#include "auth/totp.h"
#include "base/arena.h"
#include "base/json.h"
#include "store/store.h"

#define ACCOUNT_ID_TEXT 37
#define ACCOUNT_NAME_MAX 40
#define ACCOUNT_DISPLAY_CHARS_MAX 60
#define ACCOUNT_STAFF_NUMBER_MAX 32

/* Strings live in the arena it was read into. */
struct account {
    struct str id, name, display, staff_number, password, last_from;
    struct role_set roles;
    struct instant created, disabled, password_at, last_login; /* 0: not */
    struct instant locked_until;                               /* 0: open */
    int64_t failed;                                            /* wrong tries since the last login */
    bool password_given;               /* by somebody else; to be changed at the next login */
    struct str totp_secret, totp_next; /* empty: not set up; not being set up anew */
    int64_t totp_step;
};

/* [a-z0-9][a-z0-9._-]{1,39}; what is typed at a login is folded to lower case first. */
bool account_name_is(struct str name);
bool account_display_is(struct str display); /* 1 to 60 characters, none of them control characters */
bool account_staff_number_is(struct str staff_number); /* [A-Za-z0-9-]{1,32} */

enum err account_find(struct tx *tx, struct arena *arena, struct str id,
                      struct account *ret) MUST_USE; /* ERR_NOT_FOUND */
enum err account_find_name(struct tx *tx, struct arena *arena, struct str name, struct account *ret) MUST_USE;
/* By the staff's or detainee's number, small letters as large ones. */
enum err account_find_number(struct tx *tx, struct arena *arena, struct str number,
                             struct account *ret) MUST_USE;

struct account_start {
    struct str name, display, staff_number;
    struct role_set roles; /* at least one */
    struct str password;   /* the hash; given by somebody else */
};
enum err account_add(struct tx *tx, const struct account_start *start, char ret_id[ACCOUNT_ID_TEXT],
                     const char **ret_code) MUST_USE;
enum err account_set_roles(struct tx *tx, const struct account *account, struct role_set roles,
                           const char **ret_code) MUST_USE;
enum err account_disable(struct tx *tx, const struct account *account, const char **ret_code) MUST_USE;
enum err account_enable(struct tx *tx, struct str id) MUST_USE;
enum err account_set_password(struct tx *tx, struct str id, struct str hash, bool given) MUST_USE;
/* The same password under new costs. */
enum err account_refresh_hash(struct tx *tx, struct str id, struct str old_hash, struct str hash) MUST_USE;
enum err account_set_totp(struct tx *tx, struct str id, const uint8_t secret[TOTP_SECRET_BYTES],
                          int64_t step) MUST_USE;
enum err account_set_totp_next(struct tx *tx, struct str id,
                               const uint8_t secret[TOTP_SECRET_BYTES]) MUST_USE;
enum err account_clear_totp(struct tx *tx, struct str id) MUST_USE;
enum err account_used_totp(struct tx *tx, struct str id, int64_t step) MUST_USE;
enum err account_note_login(struct tx *tx, struct str id, struct str from) MUST_USE;
enum err account_count(struct tx *tx, int64_t *ret_n) MUST_USE;

/* A security admin's view of one, as an object under key (NULL: in an array). */
void account_write(struct json_out *to, const char *key, const struct account *account);
/* "roles": [...] and "world". */
void account_write_roles(struct json_out *to, struct role_set roles);
void account_write_world(struct json_out *to, struct role_set roles);

struct account_query {
    struct str text;  /* part of name, display name or staff number; empty: any */
    enum role role;   /* ROLE_COUNT: any */
    struct str state; /* "active", "disabled", "locked" or empty */
    struct str after; /* the name after which to go on */
    int limit;
};
/* Objects into an open array, by name. ret_next: where to go on, empty at the end. */
enum err account_list(struct tx *tx, struct arena *arena, const struct account_query *query,
                      struct json_out *to, char ret_next[ACCOUNT_NAME_MAX + 1], int64_t *ret_n) MUST_USE;

#endif
