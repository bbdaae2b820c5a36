#include "media/srtp_keys.h"
#include "base/mem.h"
#include <openssl/evp.h>
#include <string.h>

const struct srtp_shape *srtp_shape(enum srtp_profile profile)
{
    /* The 32-bit tag is for RTP alone: RFC 5764 §4.1.2 keeps 80 bits for RTCP. */
    static const struct srtp_shape cm_80 = {"SRTP_AES128_CM_SHA1_80", 16, 14, 10, 10, false},
                                   cm_32 = {"SRTP_AES128_CM_SHA1_32", 16, 14, 4, 10, false},
                                   gcm_128 = {"SRTP_AEAD_AES_128_GCM", 16, 12, 16, 16, true},
                                   gcm_256 = {"SRTP_AEAD_AES_256_GCM", 32, 12, 16, 16, true};
    switch (profile) {
    case SRTP_PROFILE_CM_SHA1_80:
        return &cm_80;
    case SRTP_PROFILE_CM_SHA1_32:
        return &cm_32;
    case SRTP_PROFILE_GCM_128:
        return &gcm_128;
    case SRTP_PROFILE_GCM_256:
        return &gcm_256;
    case SRTP_PROFILE_NONE:
    default:
        return NULL;
    }
}

/* The keystream of AES in counter mode that begins at (salt XOR label << 48) << 16; a salt of 12 bytes is one
 * of 14 with zeros behind. */
enum err srtp_keys_prf(const uint8_t *key, size_t key_bytes, const uint8_t *salt, size_t salt_bytes,
                       uint8_t label, uint8_t *ret_bytes, size_t bytes)
{
    static const uint8_t zero[SRTP_KEYS_KEY_BYTES_MAX];
    uint8_t counter[16] = {0};
    int written = 0;
    ASSERT((key_bytes == 16 || key_bytes == 32) && salt_bytes <= SRTP_KEYS_SALT_BYTES_MAX &&
           bytes <= sizeof zero);
    memcpy(counter, salt, salt_bytes);
    counter[7] ^= label;
    EVP_CIPHER_CTX *aes = EVP_CIPHER_CTX_new();
    bool done = aes &&
                EVP_EncryptInit_ex(aes, key_bytes == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr(), NULL, key,
                                   counter) == 1 &&
                EVP_EncryptUpdate(aes, ret_bytes, &written, zero, (int)bytes) == 1 && written == (int)bytes;
    EVP_CIPHER_CTX_free(aes);
    return done ? OK : ERR_NOMEM;
}

static enum err session_derive(const struct srtp_shape *shape, const uint8_t *master, uint8_t first_label,
                               struct srtp_session *ret_session)
{
    const uint8_t *salt = master + shape->key_bytes;
    struct srtp_session *s = ret_session;
    enum err err = srtp_keys_prf(master, shape->key_bytes, salt, shape->salt_bytes, first_label, s->key,
                                 shape->key_bytes);
    if (!err)
        err = srtp_keys_prf(master, shape->key_bytes, salt, shape->salt_bytes, (uint8_t)(first_label + 1),
                            s->auth, sizeof s->auth);
    if (!err)
        err = srtp_keys_prf(master, shape->key_bytes, salt, shape->salt_bytes, (uint8_t)(first_label + 2),
                            s->salt, shape->salt_bytes);
    return err;
}

enum err srtp_keys_derive(enum srtp_profile profile, const uint8_t *master, size_t bytes,
                          struct srtp_keys *ret_keys)
{
    const struct srtp_shape *shape = srtp_shape(profile);
    struct srtp_keys keys = {.profile = profile};
    if (!shape || bytes != (size_t)shape->key_bytes + shape->salt_bytes) return ERR_BAD_INPUT;
    enum err err = session_derive(shape, master, 0, &keys.rtp);
    if (!err) err = session_derive(shape, master, 3, &keys.rtcp);
    if (!err) *ret_keys = keys;
    mem_wipe(&keys, sizeof keys);
    return err;
}
