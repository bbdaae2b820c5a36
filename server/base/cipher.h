/* cipher: XAES-256-GCM (C2SP), authenticated encryption with a 24-byte nonce, by OpenSSL's AES and GCM.
 *
 * Why this one: a 12-byte GCM nonce may be drawn at random only 2^32 times a key; 24 bytes need no counting. A
 * key for each 12-byte half of the nonce is derived by CMAC (SP 800-108, counter mode), the other half is the
 * nonce of plain AES-256-GCM. We draw a fresh random first half every 1,024 messages and count in the second
 * half from a random start, so that sealing rarely derives.
 *
 * A struct cipher holds one key with its contexts made ready, and belongs to one thread at a time; several may
 * hold the same key. The key inside is wiped by cipher_free. Errors: only opening can fail for a reason other
 * than memory (ERR_CORRUPT). Source: c2sp.org/XAES-256-GCM; vectors in tests/unit/cipher. */
#ifndef BASE_CIPHER_H
#define BASE_CIPHER_H
#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

#define CIPHER_KEY_BYTES 32
#define CIPHER_NONCE_BYTES 24
#define CIPHER_TAG_BYTES 16
#define CIPHER_BOX_BYTES (CIPHER_NONCE_BYTES + CIPHER_TAG_BYTES)

struct cipher;

struct cipher *cipher_new(const uint8_t key[CIPHER_KEY_BYTES]) MUST_USE; /* NULL: out of memory */
void cipher_free(struct cipher *c);                                      /* NULL allowed */

/* ret_sealed gets `bytes` bytes and may be `plain` itself; ad is bound but not kept. A fresh nonce is made. */
enum err cipher_seal(struct cipher *c, const void *ad, size_t ad_bytes, const void *plain, size_t bytes,
                     void *ret_sealed, uint8_t ret_nonce[CIPHER_NONCE_BYTES],
                     uint8_t ret_tag[CIPHER_TAG_BYTES]) MUST_USE;
/* ERR_CORRUPT: key, nonce, tag, ad or bytes are not those that were sealed; ret_plain (may be `sealed` itself)
 * has been zeroed. */
enum err cipher_open(struct cipher *c, const uint8_t nonce[CIPHER_NONCE_BYTES],
                     const uint8_t tag[CIPHER_TAG_BYTES], const void *ad, size_t ad_bytes, const void *sealed,
                     size_t bytes, void *ret_plain) MUST_USE;

/* Small things whole: nonce | sealed | tag, CIPHER_BOX_BYTES longer than plain. */
enum err cipher_seal_box(struct cipher *c, const void *ad, size_t ad_bytes, const void *plain, size_t bytes,
                         void *ret_box) MUST_USE;
/* ret_plain holds box_bytes - CIPHER_BOX_BYTES. A box too short is ERR_CORRUPT. */
enum err cipher_open_box(struct cipher *c, const void *ad, size_t ad_bytes, const void *box, size_t box_bytes,
                         void *ret_plain) MUST_USE;

/* With a given nonce, for published vectors. A nonce used twice gives both messages away. */
enum err cipher_seal_with_nonce(struct cipher *c, const uint8_t nonce[CIPHER_NONCE_BYTES], const void *ad,
                                size_t ad_bytes, const void *plain, size_t bytes, void *ret_sealed,
                                uint8_t ret_tag[CIPHER_TAG_BYTES]) MUST_USE;

/* AES-256 on single 16-byte blocks: hides a short value that must keep its length. Equal blocks give equal
 * blocks; nothing is authenticated. One thread at a time. */
struct cipher_block;
struct cipher_block *cipher_block_new(const uint8_t key[CIPHER_KEY_BYTES]) MUST_USE;
void cipher_block_free(struct cipher_block *b);
void cipher_block_hide(struct cipher_block *b, const uint8_t plain[16], uint8_t ret_hidden[16]);
void cipher_block_show(struct cipher_block *b, const uint8_t hidden[16], uint8_t ret_plain[16]);

#endif
