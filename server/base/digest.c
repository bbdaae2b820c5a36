#include "base/digest.h"
#include "base/mem.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <pthread.h>

struct digest {
    EVP_MD_CTX *ctx;
};

/* Looked up once: OpenSSL 3 asks its providers for a method by name each time it is given one of the old kind. */
static pthread_once_t once = PTHREAD_ONCE_INIT;
static EVP_MD *sha256;

static void fetch(void)
{
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    ASSERT(sha256 != NULL);
}

static const EVP_MD *method(void)
{
    (void)pthread_once(&once, fetch);
    return sha256;
}

struct digest *digest_new(void)
{
    struct digest *d = mem_zalloc(sizeof *d);
    if (!d) return NULL;
    d->ctx = EVP_MD_CTX_new();
    if (!d->ctx) {
        mem_free(d);
        return NULL;
    }
    digest_start(d);
    return d;
}

void digest_free(struct digest *d)
{
    if (!d) return;
    EVP_MD_CTX_free(d->ctx);
    mem_free(d);
}

void digest_start(struct digest *d)
{
    ASSERT(EVP_DigestInit_ex(d->ctx, method(), NULL) == 1);
}

void digest_add(struct digest *d, const void *from, size_t bytes)
{
    ASSERT(EVP_DigestUpdate(d->ctx, from, bytes) == 1);
}

struct digest_value digest_end(struct digest *d)
{
    struct digest_value value;
    ASSERT(EVP_DigestFinal_ex(d->ctx, value.at, NULL) == 1);
    digest_start(d);
    return value;
}

struct digest_value digest_of(const void *from, size_t bytes)
{
    struct digest_value value;
    ASSERT(EVP_Digest(from, bytes, value.at, NULL, method(), NULL) == 1);
    return value;
}

struct digest_value digest_hmac(const void *key, size_t key_bytes, const void *from, size_t bytes)
{
    struct digest_value value;
    ASSERT(key_bytes <= INT32_MAX);
    ASSERT(HMAC(EVP_sha256(), key, (int)key_bytes, from, bytes, value.at, NULL) != NULL);
    return value;
}

/* RFC 5869: extract with the salt, then expand with the label. */
void digest_derive(const void *key, size_t key_bytes, const void *salt, size_t salt_bytes, const char *label,
                   void *ret_bytes, size_t bytes)
{
    static const uint8_t no_salt[DIGEST_BYTES];
    enum { LABEL_MAX = 128 };
    uint8_t block[DIGEST_BYTES + LABEL_MAX + 1], *out = ret_bytes;
    size_t label_bytes = strlen(label), held = 0;
    ASSERT(bytes <= 255 * DIGEST_BYTES && label_bytes <= LABEL_MAX);
    struct digest_value prk =
        digest_hmac(salt_bytes ? salt : no_salt, salt_bytes ? salt_bytes : sizeof no_salt, key, key_bytes);
    for (uint8_t turn = 1; bytes; turn++) {
        memcpy(block + held, label, label_bytes);
        block[held + label_bytes] = turn;
        struct digest_value t = digest_hmac(prk.at, sizeof prk.at, block, held + label_bytes + 1);
        size_t n = bytes < sizeof t.at ? bytes : sizeof t.at;
        memcpy(out, t.at, n);
        memcpy(block, t.at, sizeof t.at);
        held = sizeof t.at;
        out += n, bytes -= n;
        mem_wipe(&t, sizeof t);
    }
    mem_wipe(&prk, sizeof prk);
    mem_wipe(block, sizeof block);
}

void digest_sha1(const void *from, size_t bytes, uint8_t ret[DIGEST_SHA1_BYTES])
{
    unsigned n = 0;
    int done = EVP_Digest(from, bytes, ret, &n, EVP_sha1(), NULL);
    ASSERT(done == 1 && n == DIGEST_SHA1_BYTES);
}
