/* secret: 32 random bytes for one labelled purpose that outlive every rotation of the master key: kept as a fact, wrapped under a key
 * derived from the active master key, and wrapped anew by a rotation before it is reported done.
 *
 *   fact "secret.LABEL" = name of the master key, 16 bytes with its NULs | box of the 32 bytes (base/cipher), bound to the label
 *
 * A store that opens with a retired key (a rotation that did not come to its end) wraps its secrets anew when they are asked for. */
#ifndef STORE_SECRET_H
#define STORE_SECRET_H
#include "store/store.h"

#define SECRET_BYTES 32

/* Made when first asked for. Not on the desk or a reader. ERR_KEY: none of the keys at hand opens it. The caller wipes it. */
enum err store_secret(struct store *s, const char *label, uint8_t ret_secret[SECRET_BYTES]) MUST_USE;

#endif
