/* srtp_keys: the protection profiles that DTLS-SRTP can agree on (RFC 5764 §4.1.2, RFC 7714 §14.2) and the
 * session keys that each derives from its master key (RFC 3711 §4.3, with the AES-256 function of RFC 6188 §3
 * for long keys; the key derivation rate is 0, so all SSRCs of a direction share one set). Any thread. Keys
 * are wiped by their owner. */
#ifndef MEDIA_SRTP_KEYS_H
#define MEDIA_SRTP_KEYS_H
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbered as on the wire of the use_srtp extension. */
enum srtp_profile {
    SRTP_PROFILE_NONE = 0,
    SRTP_PROFILE_CM_SHA1_80 = 1,
    SRTP_PROFILE_CM_SHA1_32 = 2,
    SRTP_PROFILE_GCM_128 = 7,
    SRTP_PROFILE_GCM_256 = 8
};
enum {
    SRTP_KEYS_KEY_BYTES_MAX = 32,
    SRTP_KEYS_SALT_BYTES_MAX = 14,
    SRTP_KEYS_MASTER_BYTES_MAX = 32 + 14,
    SRTP_KEYS_AUTH_BYTES = 20
};

struct srtp_shape {
    const char *name; /* as OpenSSL and RFC 5764 have it */
    uint8_t key_bytes, salt_bytes, rtp_tag_bytes, rtcp_tag_bytes;
    bool is_aead;
};
const struct srtp_shape *srtp_shape(enum srtp_profile profile); /* NULL: unknown */

struct srtp_session {
    uint8_t key[SRTP_KEYS_KEY_BYTES_MAX], salt[SRTP_KEYS_SALT_BYTES_MAX], auth[SRTP_KEYS_AUTH_BYTES];
};
struct srtp_keys {
    enum srtp_profile profile;
    struct srtp_session rtp, rtcp;
};
/* master: the key, then the salt; as many bytes of each as the profile has. ERR_BAD_INPUT: another number of
 * bytes, or an unknown profile; ERR_NOMEM. */
enum err srtp_keys_derive(enum srtp_profile profile, const uint8_t *master, size_t bytes,
                          struct srtp_keys *ret_keys) MUST_USE;

/* The pseudo-random function by itself: bytes (at most 32) of keystream for one label. key_bytes 16 or 32,
 * salt_bytes at most 14. ERR_NOMEM. */
enum err srtp_keys_prf(const uint8_t *key, size_t key_bytes, const uint8_t *salt, size_t salt_bytes,
                       uint8_t label, uint8_t *ret_bytes, size_t bytes) MUST_USE;

#endif
