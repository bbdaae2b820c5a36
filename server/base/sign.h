/* sign: signatures by a person's key, by OpenSSL: ECDSA on P-256 with SHA-256 (FIPS 186-5), or SM2 with SM3 (GB/T 32918, 32905; the
 * signer's id is the standard's default, 1234567812345678). Signatures are DER, keys PKCS #8 and PEM, so that the openssl command
 * checks them (docs/PROTOCOL). Pure; any thread. Secrets are the caller's to wipe. */
#ifndef BASE_SIGN_H
#define BASE_SIGN_H
#include "base/err.h"
#include "base/str.h"

enum sign_algorithm { SIGN_ECDSA, SIGN_SM2, SIGN_ALGORITHMS };

#define SIGN_SECRET_BYTES_MAX 256
#define SIGN_PUBLIC_TEXT 256
#define SIGN_VALUE_BYTES_MAX 80

const char *sign_name(enum sign_algorithm a); /* "ecdsa-p256-sha256", "sm2-sm3" */
bool sign_from_name(struct str name, enum sign_algorithm *ret);

enum err sign_key_new(enum sign_algorithm a, uint8_t ret_secret[SIGN_SECRET_BYTES_MAX],
                      size_t *ret_secret_bytes, char ret_public[SIGN_PUBLIC_TEXT]) MUST_USE;
/* ERR_CORRUPT: the secret is no key of this algorithm. */
enum err sign_make(enum sign_algorithm a, struct str secret, struct str message,
                   uint8_t ret_value[SIGN_VALUE_BYTES_MAX], size_t *ret_value_bytes) MUST_USE;
/* public is PEM. ERR_CORRUPT: it is no key of this algorithm. */
enum err sign_check(enum sign_algorithm a, struct str public, struct str message, struct str value,
                    bool *ret_is) MUST_USE;

#endif
