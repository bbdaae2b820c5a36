/* farewell: what is left of a DTLS 1.2 connection once SRTP has its keys and OpenSSL's forty kilobytes of it are gone: enough to hear the
 * peer's good-bye, and to say ours. Only for AES-GCM (RFC 5288); of what else comes there is nothing to be answered.
 *
 *   | type 21 | version FE FD | epoch 1 | number (48) | length 26 | nonce (64) | level, description, encrypted (2) | tag (16) |
 *     RFC 6347 §4.1; authenticated: epoch, number, type, version, 2 (RFC 5246 §6.2.3.3)
 *
 * Embedded in a dtls session; one thread. The keys are wiped by farewell_done. */
#ifndef MEDIA_FAREWELL_H
#define MEDIA_FAREWELL_H
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ssl_st;

enum { FAREWELL_BYTES = 39, FAREWELL_KEY_BYTES_MAX = 32, FAREWELL_IV_BYTES = 4 };

struct farewell_keys {
    uint8_t key[FAREWELL_KEY_BYTES_MAX], iv[FAREWELL_IV_BYTES];
};
struct farewell {
    struct farewell_keys in, out;
    uint8_t key_bytes; /* 16 or 32 */
};

/* From a connection whose handshake has ended. ERR_UNSUPPORTED: another cipher; ERR_NOMEM. */
enum err farewell_init(struct farewell *f, const struct ssl_st *ssl, bool is_client) MUST_USE;
void farewell_done(struct farewell *f);
/* Whether a datagram holds the peer's close_notify or a fatal alert that verifies. Any bytes. */
bool farewell_is(const struct farewell *f, const uint8_t *at, size_t bytes);
/* Our close_notify, once in a connection's life. ERR_NOMEM. */
enum err farewell_write(const struct farewell *f, uint8_t ret_datagram[FAREWELL_BYTES]) MUST_USE;

#endif
