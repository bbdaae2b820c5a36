#include "base/sign.h"
#include <limits.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

static const struct {
    const char *name, *curve, *digest;
} algorithms[] = {
    [SIGN_ECDSA] = {"ecdsa-p256-sha256", "P-256", "SHA256"},
    [SIGN_SM2] = {"sm2-sm3", "SM2", "SM3"},
};
_Static_assert(COUNT_OF(algorithms) == SIGN_ALGORITHMS, "each algorithm has its line");

static const char sm2_id[] = "1234567812345678"; /* GB/T 35276 */

const char *sign_name(enum sign_algorithm a)
{
    ASSERT(a < SIGN_ALGORITHMS);
    return algorithms[a].name;
}

bool sign_from_name(struct str name, enum sign_algorithm *ret)
{
    for (enum sign_algorithm a = 0; a < SIGN_ALGORITHMS; a++) {
        if (!str_is_text(name, algorithms[a].name)) continue;
        *ret = a;
        return true;
    }
    return false;
}

static EVP_PKEY *make_key(enum sign_algorithm a)
{
    const char *type = a == SIGN_SM2 ? "SM2" : "EC";
    return a == SIGN_SM2 ? EVP_PKEY_Q_keygen(NULL, NULL, type)
                         : EVP_PKEY_Q_keygen(NULL, NULL, type, algorithms[a].curve);
}

static bool write_public(EVP_PKEY *key, char ret_public[SIGN_PUBLIC_TEXT])
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *at;
    bool is_whole = bio && PEM_write_bio_PUBKEY(bio, key) == 1;
    long n = is_whole ? BIO_get_mem_data(bio, &at) : 0;
    is_whole = n > 0 && n < SIGN_PUBLIC_TEXT;
    if (is_whole) {
        memcpy(ret_public, at, (size_t)n);
        ret_public[n] = '\0';
    }
    BIO_free(bio);
    return is_whole;
}

static bool write_secret(EVP_PKEY *key, uint8_t ret_secret[SIGN_SECRET_BYTES_MAX], size_t *ret_bytes)
{
    PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(key);
    uint8_t *at = ret_secret;
    int n = info ? i2d_PKCS8_PRIV_KEY_INFO(info, NULL) : 0;
    bool is_whole = n > 0 && n <= SIGN_SECRET_BYTES_MAX && i2d_PKCS8_PRIV_KEY_INFO(info, &at) == n;
    if (is_whole) *ret_bytes = (size_t)n;
    PKCS8_PRIV_KEY_INFO_free(info);
    return is_whole;
}

enum err sign_key_new(enum sign_algorithm a, uint8_t ret_secret[SIGN_SECRET_BYTES_MAX],
                      size_t *ret_secret_bytes, char ret_public[SIGN_PUBLIC_TEXT])
{
    ASSERT(a < SIGN_ALGORITHMS);
    EVP_PKEY *key = make_key(a);
    bool is_made = key && write_secret(key, ret_secret, ret_secret_bytes) && write_public(key, ret_public);
    EVP_PKEY_free(key);
    return is_made ? OK : ERR_NOMEM;
}

/* A context that knows the signer's id, where the algorithm has one. */
static EVP_MD_CTX *new_context(enum sign_algorithm a, EVP_PKEY *key, EVP_PKEY_CTX **ret_inner)
{
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    EVP_PKEY_CTX *inner = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    bool is_ready = md && inner;
    if (is_ready && a == SIGN_SM2) is_ready = EVP_PKEY_CTX_set1_id(inner, sm2_id, (int)strlen(sm2_id)) == 1;
    if (!is_ready) {
        EVP_MD_CTX_free(md);
        EVP_PKEY_CTX_free(inner);
        return NULL;
    }
    EVP_MD_CTX_set_pkey_ctx(md, inner);
    *ret_inner = inner;
    return md;
}

static bool is_of(enum sign_algorithm a, EVP_PKEY *key)
{
    char group[32];
    size_t n;
    if (!key || EVP_PKEY_get_group_name(key, group, sizeof group, &n) != 1) return false;
    return a == SIGN_SM2 ? strcmp(group, "SM2") == 0
                         : strcmp(group, "prime256v1") == 0 || strcmp(group, "P-256") == 0;
}

enum err sign_make(enum sign_algorithm a, struct str secret, struct str message,
                   uint8_t ret_value[SIGN_VALUE_BYTES_MAX], size_t *ret_value_bytes)
{
    ASSERT(a < SIGN_ALGORITHMS);
    const uint8_t *at = (const uint8_t *)secret.at;
    EVP_PKEY_CTX *inner = NULL;
    EVP_PKEY *key = secret.bytes <= LONG_MAX ? d2i_AutoPrivateKey(NULL, &at, (long)secret.bytes) : NULL;
    if (!is_of(a, key)) {
        EVP_PKEY_free(key);
        return ERR_CORRUPT;
    }
    EVP_MD_CTX *md = new_context(a, key, &inner);
    size_t n = SIGN_VALUE_BYTES_MAX;
    bool is_made = md && EVP_DigestSignInit_ex(md, NULL, algorithms[a].digest, NULL, NULL, key, NULL) == 1 &&
                   EVP_DigestSign(md, ret_value, &n, (const uint8_t *)message.at, message.bytes) == 1;
    if (is_made) *ret_value_bytes = n;
    EVP_MD_CTX_free(md);
    EVP_PKEY_CTX_free(inner);
    EVP_PKEY_free(key);
    return is_made ? OK : ERR_NOMEM;
}

static EVP_PKEY *read_public(struct str public)
{
    BIO *bio = public.bytes <= INT_MAX ? BIO_new_mem_buf(public.at, (int)public.bytes) : NULL;
    EVP_PKEY *key = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
    BIO_free(bio);
    return key;
}

enum err sign_check(enum sign_algorithm a, struct str public, struct str message, struct str value,
                    bool *ret_is)
{
    ASSERT(a < SIGN_ALGORITHMS);
    EVP_PKEY_CTX *inner = NULL;
    EVP_PKEY *key = read_public(public);
    if (!is_of(a, key)) {
        EVP_PKEY_free(key);
        return ERR_CORRUPT;
    }
    EVP_MD_CTX *md = new_context(a, key, &inner);
    bool is_ready = md && EVP_DigestVerifyInit_ex(md, NULL, algorithms[a].digest, NULL, NULL, key, NULL) == 1;
    if (is_ready)
        *ret_is = EVP_DigestVerify(md, (const uint8_t *)value.at, value.bytes, (const uint8_t *)message.at,
                                   message.bytes) == 1;
    EVP_MD_CTX_free(md);
    EVP_PKEY_CTX_free(inner);
    EVP_PKEY_free(key);
    return is_ready ? OK : ERR_NOMEM;
}
