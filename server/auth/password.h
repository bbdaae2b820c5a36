/* password: argon2id by libsodium (RFC 9106; rule 27), what a password must be, and one-time passwords. Hashing takes tens of
 * milliseconds and argon2_mib of memory a run: only on an errand thread (or the operator's command). Pure otherwise.
 * Errors: ERR_NOMEM. */
#ifndef AUTH_PASSWORD_H
#define AUTH_PASSWORD_H
#include "base/err.h"
#include "base/str.h"

#define PASSWORD_HASH_TEXT 128
#define PASSWORD_BYTES_MAX 256
#define PASSWORD_ONE_TIME_TEXT 21 /* abcd-efgh-ijkl-mnop + NUL, and one to spare */
#define PASSWORD_ARGON2_MIB 64    /* unless the site says otherwise */

enum err password_hash(struct str password, int64_t argon2_mib, char ret_hash[PASSWORD_HASH_TEXT]) MUST_USE;
/* *ret_is whether it fits. For a name that nobody has, pass an empty hash: it costs the same and never fits. */
enum err password_check(struct str hash, struct str password, int64_t argon2_mib, bool *ret_is) MUST_USE;
/* The hash was made with other costs than these: to be made anew at the next login. */
bool password_is_dated(struct str hash, int64_t argon2_mib);

/* NULL: strong enough; else a code ("short", "name", "common", "plain", "long"; "pin" for a detainee's). Whose it is: name and
 * staff number may not be part of it. is_pin: six digits or more are enough (a detainee at a terminal). */
const char *password_weakness(struct str password, struct str name, struct str staff_number, bool is_pin);
/* 80 random bits in groups easy to read out; passes password_weakness. */
void password_one_time(char ret_text[PASSWORD_ONE_TIME_TEXT]);
void password_one_time_pin(char ret_text[PASSWORD_ONE_TIME_TEXT]); /* eight digits */

#endif
