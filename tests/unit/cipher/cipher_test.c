#include "../check.h"
#include "base/cipher.h"

/* The two vectors of c2sp.org/XAES-256-GCM. */
static void check_vector(uint8_t key_byte, const char *ad, const char *expected_hex)
{
    uint8_t key[CIPHER_KEY_BYTES], sealed[12], tag[CIPHER_TAG_BYTES], back[12];
    char hex[2 * 28 + 1];
    const uint8_t *nonce = (const uint8_t *)"ABCDEFGHIJKLMNOPQRSTUVWX";
    memset(key, key_byte, sizeof key);
    struct cipher *c = cipher_new(key);
    CHECK(c != NULL);
    CHECK_OK(cipher_seal_with_nonce(c, nonce, ad, strlen(ad), "XAES-256-GCM", 12, sealed, tag));
    str_hex(sealed, sizeof sealed, hex);
    str_hex(tag, sizeof tag, hex + 24);
    CHECK_STR(str_of(hex), expected_hex);
    CHECK_OK(cipher_open(c, nonce, tag, ad, strlen(ad), sealed, sizeof sealed, back));
    CHECK(memcmp(back, "XAES-256-GCM", 12) == 0);
    cipher_free(c);
}

TEST(the_published_vectors_come_out)
{
    check_vector(0x01, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271");
    check_vector(0x03, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d");
}

TEST(a_flipped_bit_anywhere_is_refused_and_nothing_is_given_out)
{
    enum { BYTES = 50 };
    uint8_t key[CIPHER_KEY_BYTES] = {7}, box[BYTES + CIPHER_BOX_BYTES], plain[BYTES], back[BYTES],
            zero[BYTES];
    struct cipher *c = cipher_new(key);
    CHECK(c != NULL);
    memset(plain, 'p', sizeof plain);
    memset(zero, 0, sizeof zero);
    CHECK_OK(cipher_seal_box(c, "ad", 2, plain, BYTES, box));
    for (size_t bit = 0; bit < sizeof box * 8; bit++) {
        box[bit / 8] ^= (uint8_t)(1 << bit % 8);
        memset(back, 'x', sizeof back);
        CHECK_ERR(cipher_open_box(c, "ad", 2, box, sizeof box, back), ERR_CORRUPT);
        CHECK(memcmp(back, zero, BYTES) == 0);
        box[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    CHECK_ERR(cipher_open_box(c, "aD", 2, box, sizeof box, back), ERR_CORRUPT);
    CHECK_ERR(cipher_open_box(c, "ad", 2, box, CIPHER_BOX_BYTES - 1, back), ERR_CORRUPT);
    CHECK_OK(cipher_open_box(c, "ad", 2, box, sizeof box, back));
    CHECK(memcmp(back, plain, BYTES) == 0);
    cipher_free(c);
}

TEST(sealing_in_place_and_apart_are_the_same_to_the_opener)
{
    uint8_t key[CIPHER_KEY_BYTES] = {9}, page[4096], copy[4096], nonce[CIPHER_NONCE_BYTES];
    uint8_t tag[CIPHER_TAG_BYTES];
    for (size_t i = 0; i < sizeof page; i++)
        page[i] = copy[i] = (uint8_t)(i * 7);
    struct cipher *c = cipher_new(key), *other = cipher_new(key);
    CHECK(c && other);
    for (int turn = 0; turn < 2; turn++) {
        CHECK_OK(cipher_seal(c, "7", 1, page, sizeof page, page, nonce, tag));
        CHECK(memcmp(page, copy, sizeof page) != 0);
        CHECK_OK(cipher_open(other, nonce, tag, "7", 1, page, sizeof page, page));
        CHECK(memcmp(page, copy, sizeof page) == 0);
    }
    cipher_free(c);
    cipher_free(other);
}

/* 1,024 messages share a first half; 3,000 cross that border twice. */
TEST(no_nonce_comes_twice_and_each_message_opens)
{
    enum { MESSAGES = 3000 };
    static uint8_t nonces[MESSAGES][CIPHER_NONCE_BYTES];
    uint8_t key[CIPHER_KEY_BYTES] = {1}, sealed[4], back[4], tag[CIPHER_TAG_BYTES];
    struct cipher *c = cipher_new(key);
    CHECK(c != NULL);
    int prefixes = 1;
    for (int i = 0; i < MESSAGES; i++) {
        CHECK_OK(cipher_seal(c, NULL, 0, "abcd", 4, sealed, nonces[i], tag));
        CHECK_OK(cipher_open(c, nonces[i], tag, NULL, 0, sealed, 4, back));
        CHECK(memcmp(back, "abcd", 4) == 0);
        for (int j = 0; j < i; j++)
            CHECK(memcmp(nonces[i], nonces[j], CIPHER_NONCE_BYTES) != 0);
        if (i && memcmp(nonces[i], nonces[i - 1], 12) != 0) prefixes++;
    }
    CHECK_INT(prefixes, 3);
    cipher_free(c);
}

TEST(an_empty_message_is_still_bound_to_its_data)
{
    uint8_t key[CIPHER_KEY_BYTES] = {2}, box[CIPHER_BOX_BYTES];
    struct cipher *c = cipher_new(key);
    CHECK(c != NULL);
    CHECK_OK(cipher_seal_box(c, "this", 4, NULL, 0, box));
    CHECK_OK(cipher_open_box(c, "this", 4, box, sizeof box, NULL));
    CHECK_ERR(cipher_open_box(c, "that", 4, box, sizeof box, NULL), ERR_CORRUPT);
    cipher_free(c);
}

/* FIPS 197, C.3 */
TEST(a_block_is_aes_and_comes_back)
{
    uint8_t key[CIPHER_KEY_BYTES], block[16];
    char hex[33];
    for (int i = 0; i < CIPHER_KEY_BYTES; i++)
        key[i] = (uint8_t)i;
    for (int i = 0; i < 16; i++)
        block[i] = (uint8_t)(i * 0x11);
    struct cipher_block *b = cipher_block_new(key);
    CHECK(b != NULL);
    cipher_block_hide(b, block, block);
    str_hex(block, sizeof block, hex);
    CHECK_STR(str_of(hex), "8ea2b7ca516745bfeafc49904b496089");
    cipher_block_show(b, block, block);
    CHECK_INT(block[0], 0x00);
    CHECK_INT(block[15], 0xff);
    cipher_block_free(b);
}

SWEEP(a_cipher_is_made_used_and_freed)
{
    uint8_t key[CIPHER_KEY_BYTES] = {3}, box[CIPHER_BOX_BYTES + 3];
    struct cipher *c = cipher_new(key);
    struct cipher_block *b = cipher_block_new(key);
    enum err err = c && b ? cipher_seal_box(c, NULL, 0, "abc", 3, box) : ERR_NOMEM;
    cipher_free(c);
    cipher_block_free(b);
    return err;
}
