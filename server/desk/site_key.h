/* site_key: the key by which the site itself vouches for what it hands out: that these are the keys of these people, and that these pages were
 * drawn from what they signed (desk/opinion_bundle). One an algorithm, made when first asked for on the desk, sealed as every page of the
 * store is. Its public half is for everybody: who verifies compares its fingerprint with the one that the site tells. */
#ifndef DESK_SITE_KEY_H
#define DESK_SITE_KEY_H
#include "base/digest.h"
#include "base/sign.h"
#include "store/store.h"

extern const struct migration site_key_migrations[]; /* 436; ends with number 0 */

struct site_key {
    enum sign_algorithm algorithm;
    uint8_t secret[SIGN_SECRET_BYTES_MAX]; /* wiped by who has it */
    size_t secret_bytes;
    char public[SIGN_PUBLIC_TEXT];
};
/* On a reader or the desk. ERR_NOT_FOUND: not made yet. */
enum err site_key_find(struct tx *tx, enum sign_algorithm algorithm, struct site_key *ret) MUST_USE;
/* On the desk. */
enum err site_key_make(struct tx *tx, enum sign_algorithm algorithm, struct site_key *ret) MUST_USE;

/* SHA-256 over the PEM's base64, decoded (the SubjectPublicKeyInfo), in hex: what
 *   openssl pkey -pubin -in key.pem -outform DER | sha256sum
 * prints. ERR_BAD_INPUT: no PEM. */
#define SITE_KEY_FINGERPRINT_BYTES 65
enum err site_key_fingerprint(struct str public, char ret[SITE_KEY_FINGERPRINT_BYTES]) MUST_USE;

#endif
