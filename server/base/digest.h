/* digest: SHA-256, HMAC-SHA-256, HKDF (RFC 5869) by OpenSSL; SHA-1 for what others ask for and we trust nothing to. Any thread; a struct digest belongs to one. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H
#include "base/err.h"
#include "base/str.h"
#include <stdint.h>

#define DIGEST_BYTES 32
struct digest_value {
    uint8_t at[DIGEST_BYTES];
};

struct digest;                            /* streaming */
struct digest *digest_new(void) MUST_USE; /* NULL: out of memory */
void digest_free(struct digest *d);
void digest_start(struct digest *d); /* begin (again); a new one is begun already */
void digest_add(struct digest *d, const void *from, size_t bytes);
struct digest_value digest_end(struct digest *d); /* and digest_start */

struct digest_value digest_of(const void *from, size_t bytes);
struct digest_value digest_hmac(const void *key, size_t key_bytes, const void *from, size_t bytes);
/* Derives bytes (<= 255 * 32) from a key for one labelled purpose; label and salt enter as HKDF info and
 * salt. */
void digest_derive(const void *key, size_t key_bytes, const void *salt, size_t salt_bytes, const char *label,
                   void *ret_bytes, size_t bytes);

#define DIGEST_SHA1_BYTES 20
void digest_sha1(const void *from, size_t bytes, uint8_t ret[DIGEST_SHA1_BYTES]);

#endif
