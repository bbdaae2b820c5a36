#include "base/cipher.h"
#include "base/mem.h"
#include "base/rnd.h"
#include <limits.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>

enum { BLOCK = 16, HALF = 12, MESSAGES_A_PREFIX = 1024 };

/* A GCM context keyed for the first half of some nonce. */
struct turn {
    EVP_CIPHER_CTX *ctx;
    uint8_t prefix[HALF];
    bool is_keyed;
};

struct cipher {
    EVP_CIPHER_CTX *kdf;   /* AES-256 of the key itself */
    uint8_t subkey[BLOCK]; /* K1 of CMAC */
    struct turn seal, open;
    uint8_t nonce[CIPHER_NONCE_BYTES]; /* the last one given out */
    int nonces_left;                   /* until a fresh prefix is drawn */
};

static enum err cipher_start(struct cipher *c, const uint8_t *key)
{
    c->kdf = EVP_CIPHER_CTX_new();
    c->seal.ctx = EVP_CIPHER_CTX_new();
    c->open.ctx = EVP_CIPHER_CTX_new();
    if (!c->kdf || !c->seal.ctx || !c->open.ctx) return ERR_NOMEM;
    if (EVP_EncryptInit_ex(c->kdf, EVP_aes_256_ecb(), NULL, key, NULL) != 1 ||
        EVP_CIPHER_CTX_set_padding(c->kdf, 0) != 1 ||
        EVP_EncryptInit_ex(c->seal.ctx, EVP_aes_256_gcm(), NULL, NULL, NULL) != 1 ||
        EVP_DecryptInit_ex(c->open.ctx, EVP_aes_256_gcm(), NULL, NULL, NULL) != 1)
        return ERR_NOMEM;
    /* CMAC's first subkey: E(0) doubled in GF(2^128). */
    uint8_t l[BLOCK] = {0};
    int got;
    if (EVP_EncryptUpdate(c->kdf, l, &got, l, BLOCK) != 1) return ERR_NOMEM;
    for (int i = 0; i < BLOCK; i++)
        c->subkey[i] = (uint8_t)(l[i] << 1 | (i + 1 < BLOCK ? l[i + 1] >> 7 : 0));
    c->subkey[BLOCK - 1] ^= (uint8_t)(0x87 & -(l[0] >> 7));
    mem_wipe(l, sizeof l);
    return OK;
}

struct cipher *cipher_new(const uint8_t key[CIPHER_KEY_BYTES])
{
    struct cipher *c = mem_zalloc(sizeof *c);
    if (c && cipher_start(c, key) != OK) {
        cipher_free(c);
        return NULL;
    }
    return c;
}

void cipher_free(struct cipher *c)
{
    if (!c) return;
    EVP_CIPHER_CTX_free(c->kdf); /* OpenSSL wipes what it frees */
    EVP_CIPHER_CTX_free(c->seal.ctx);
    EVP_CIPHER_CTX_free(c->open.ctx);
    mem_wipe_free(c, sizeof *c);
}

/* Kx = E(M1 ^ K1) | E(M2 ^ K1), Mi = 0x00 i 'X' 0x00 | nonce[0..11] */
static bool derive(struct cipher *c, const uint8_t *nonce, uint8_t key[CIPHER_KEY_BYTES])
{
    int got;
    for (int i = 0; i < 2; i++) {
        uint8_t *m = key + i * BLOCK;
        memcpy(m, (const uint8_t[]){0, (uint8_t)(i + 1), 'X', 0}, 4);
        memcpy(m + 4, nonce, HALF);
        for (int j = 0; j < BLOCK; j++)
            m[j] ^= c->subkey[j];
    }
    return EVP_EncryptUpdate(c->kdf, key, &got, key, CIPHER_KEY_BYTES) == 1;
}

/* Keys the context for this nonce's first half, unless it is so already, and sets the second half. */
static bool take_nonce(struct cipher *c, struct turn *t, const uint8_t *nonce)
{
    uint8_t key[CIPHER_KEY_BYTES];
    if (t->is_keyed && memcmp(t->prefix, nonce, HALF) == 0)
        return EVP_CipherInit_ex(t->ctx, NULL, NULL, NULL, nonce + HALF, -1) == 1;
    t->is_keyed = derive(c, nonce, key) && EVP_CipherInit_ex(t->ctx, NULL, NULL, key, nonce + HALF, -1) == 1;
    mem_wipe(key, sizeof key);
    memcpy(t->prefix, nonce, HALF);
    return t->is_keyed;
}

enum err cipher_seal_with_nonce(struct cipher *c, const uint8_t nonce[CIPHER_NONCE_BYTES], const void *ad,
                                size_t ad_bytes, const void *plain, size_t bytes, void *ret_sealed,
                                uint8_t ret_tag[CIPHER_TAG_BYTES])
{
    EVP_CIPHER_CTX *ctx = c->seal.ctx;
    int got;
    ASSERT(bytes <= INT_MAX && ad_bytes <= INT_MAX);
    if (!take_nonce(c, &c->seal, nonce) ||
        (ad_bytes && EVP_EncryptUpdate(ctx, NULL, &got, ad, (int)ad_bytes) != 1) ||
        (bytes && EVP_EncryptUpdate(ctx, ret_sealed, &got, plain, (int)bytes) != 1) ||
        EVP_EncryptFinal_ex(ctx, ret_tag, &got) != 1 || /* GCM has no padding: nothing is written here */
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, CIPHER_TAG_BYTES, ret_tag) != 1) {
        c->seal.is_keyed = false;
        return ERR_NOMEM; /* the only way that OpenSSL's AES can fail on good arguments */
    }
    return OK;
}

static void next_nonce(struct cipher *c)
{
    if (c->nonces_left == 0) {
        rnd_bytes(c->nonce, sizeof c->nonce);
        c->nonces_left = MESSAGES_A_PREFIX;
    }
    c->nonces_left--;
    for (int i = CIPHER_NONCE_BYTES - 1; i >= HALF && ++c->nonce[i] == 0; i--)
        continue;
}

enum err cipher_seal(struct cipher *c, const void *ad, size_t ad_bytes, const void *plain, size_t bytes,
                     void *ret_sealed, uint8_t ret_nonce[CIPHER_NONCE_BYTES],
                     uint8_t ret_tag[CIPHER_TAG_BYTES])
{
    next_nonce(c);
    memcpy(ret_nonce, c->nonce, CIPHER_NONCE_BYTES);
    return cipher_seal_with_nonce(c, c->nonce, ad, ad_bytes, plain, bytes, ret_sealed, ret_tag);
}

enum err cipher_open(struct cipher *c, const uint8_t nonce[CIPHER_NONCE_BYTES],
                     const uint8_t tag[CIPHER_TAG_BYTES], const void *ad, size_t ad_bytes, const void *sealed,
                     size_t bytes, void *ret_plain)
{
    EVP_CIPHER_CTX *ctx = c->open.ctx;
    uint8_t kept_tag[CIPHER_TAG_BYTES]; /* OpenSSL takes it without const */
    int got;
    ASSERT(bytes <= INT_MAX && ad_bytes <= INT_MAX);
    memcpy(kept_tag, tag, sizeof kept_tag);
    if (!take_nonce(c, &c->open, nonce) ||
        (ad_bytes && EVP_DecryptUpdate(ctx, NULL, &got, ad, (int)ad_bytes) != 1) ||
        (bytes && EVP_DecryptUpdate(ctx, ret_plain, &got, sealed, (int)bytes) != 1) ||
        EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, CIPHER_TAG_BYTES, kept_tag) != 1) {
        c->open.is_keyed = false;
        if (bytes) memset(ret_plain, 0, bytes);
        return ERR_NOMEM;
    }
    if (EVP_DecryptFinal_ex(ctx, kept_tag, &got) == 1) return OK;
    if (bytes) memset(ret_plain, 0, bytes);
    return ERR_CORRUPT;
}

enum err cipher_seal_box(struct cipher *c, const void *ad, size_t ad_bytes, const void *plain, size_t bytes,
                         void *ret_box)
{
    uint8_t *box = ret_box;
    return cipher_seal(c, ad, ad_bytes, plain, bytes, box + CIPHER_NONCE_BYTES, box,
                       box + CIPHER_NONCE_BYTES + bytes);
}

enum err cipher_open_box(struct cipher *c, const void *ad, size_t ad_bytes, const void *box, size_t box_bytes,
                         void *ret_plain)
{
    const uint8_t *at = box;
    if (box_bytes < CIPHER_BOX_BYTES) return ERR_CORRUPT;
    size_t bytes = box_bytes - CIPHER_BOX_BYTES;
    return cipher_open(c, at, at + CIPHER_NONCE_BYTES + bytes, ad, ad_bytes, at + CIPHER_NONCE_BYTES, bytes,
                       ret_plain);
}

/* -- single blocks -- */

struct cipher_block {
    EVP_CIPHER_CTX *hide, *show;
};

struct cipher_block *cipher_block_new(const uint8_t key[CIPHER_KEY_BYTES])
{
    struct cipher_block *b = mem_zalloc(sizeof *b);
    if (!b) return NULL;
    b->hide = EVP_CIPHER_CTX_new();
    b->show = EVP_CIPHER_CTX_new();
    if (b->hide && b->show && EVP_EncryptInit_ex(b->hide, EVP_aes_256_ecb(), NULL, key, NULL) == 1 &&
        EVP_DecryptInit_ex(b->show, EVP_aes_256_ecb(), NULL, key, NULL) == 1 &&
        EVP_CIPHER_CTX_set_padding(b->hide, 0) == 1 && EVP_CIPHER_CTX_set_padding(b->show, 0) == 1)
        return b;
    cipher_block_free(b);
    return NULL;
}

void cipher_block_free(struct cipher_block *b)
{
    if (!b) return;
    EVP_CIPHER_CTX_free(b->hide);
    EVP_CIPHER_CTX_free(b->show);
    mem_free(b);
}

void cipher_block_hide(struct cipher_block *b, const uint8_t plain[16], uint8_t ret_hidden[16])
{
    int got;
    ASSERT(EVP_EncryptUpdate(b->hide, ret_hidden, &got, plain, BLOCK) == 1);
}

void cipher_block_show(struct cipher_block *b, const uint8_t hidden[16], uint8_t ret_plain[16])
{
    int got;
    ASSERT(EVP_DecryptUpdate(b->show, ret_plain, &got, hidden, BLOCK) == 1);
}
