/* assertion: what a device that knows people by their face says of who stands before a terminal: a compact JWS (RFC 7515 §7.1) by ES256
 * (RFC 7518 §3.4), signed with the key that the security admin enrolled for that terminal (auth/terminal; decision 0257).
 *
 *   BASE64URL(header) "." BASE64URL(payload) "." BASE64URL(r | s)
 *   header    {"alg": "ES256", "kid": hex SHA-256 of the key's DER, "typ"?: "JWT"}       no crit
 *   payload   {"aud": the terminal's id, "sub": the detainee's number, "nonce": 16 to 128 characters, "iat", "exp"}
 *
 * Good for a minute at most, at that terminal, once. Other claims mean nothing to us (RFC 7519 §4). Reading is pure, but for the arena; any
 * thread. keep and take on the desk. */
#ifndef AUTH_ASSERTION_H
#define AUTH_ASSERTION_H
#include "auth/account.h"
#include "auth/terminal.h"

#define ASSERTION_BYTES_MAX 2048
#define ASSERTION_LIFE_S 60 /* from iat to exp */
#define ASSERTION_SKEW_S 30 /* so far may the device's clock be ahead */
#define ASSERTION_NONCE_LEAST 16
#define ASSERTION_NONCE_MOST 128

enum assertion_no {
    ASSERTION_YES,
    ASSERTION_NO_FORM,      /* no compact JWS by ES256 with these members */
    ASSERTION_NO_KEY,       /* the terminal has no device, or another */
    ASSERTION_NO_SIGNATURE, /* not signed by that key, or changed since */
    ASSERTION_NO_AUDIENCE,  /* for another terminal */
    ASSERTION_NO_TIME,      /* over, from the future, or meant for longer than a minute */
    ASSERTION_NOS
};
struct assertion {
    struct str number, nonce; /* in the arena */
    struct instant ends;
};
/* A verdict in *ret_no; *ret is filled when it is YES. Errors: ERR_NOMEM, and those of the signature's check. */
enum err assertion_read(struct arena *arena, struct str text, const struct terminal *terminal,
                        struct instant now, struct assertion *ret, enum assertion_no *ret_no) MUST_USE;

/* Waits to be taken by its terminal. ERR_EXISTS: its nonce was used there before. */
enum err assertion_keep(struct tx *tx, const struct terminal *terminal, struct str account,
                        const struct assertion *a) MUST_USE;
/* The account of the newest that waits at this terminal; that one, and all that waited before it, are used up. ERR_NOT_FOUND: none. */
enum err assertion_take(struct tx *tx, struct str terminal, char ret_account[ACCOUNT_ID_TEXT]) MUST_USE;

#endif
