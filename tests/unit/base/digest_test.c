/* Vectors: FIPS 180-4 (SHA-256), RFC 4231 (HMAC-SHA-256), RFC 5869 appendix A (HKDF). */
#include "base/digest.h"
#include "tests/unit/check.h"

static void check_hex(const void *bytes, size_t n, const char *hex)
{
    char text[1024];
    ASSERT(n * 2 < sizeof text);
    str_hex(bytes, n, text);
    CHECK_STR(str_of(text), hex);
}

static void check_sha(const char *text, const char *hex)
{
    struct digest_value v = digest_of(text, strlen(text));
    check_hex(v.at, sizeof v.at, hex);
}

TEST(sha_256_gives_the_published_values)
{
    check_sha("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check_sha("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check_sha("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(a_stream_gives_what_the_whole_gives_wherever_it_is_cut)
{
    struct digest *d = digest_new();
    char block[1000];
    CHECK(d != NULL);
    memset(block, 'a', sizeof block);
    for (int i = 0; i < 1000; i++)
        digest_add(d, block, sizeof block);
    struct digest_value v = digest_end(d);
    check_hex(v.at, 32, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    struct digest_value whole = digest_of(block, 300);
    for (size_t cut = 0; cut <= 300; cut++) {
        digest_add(d, block, cut); /* ended before: begun again */
        digest_add(d, block, 300 - cut);
        v = digest_end(d);
        CHECK(memcmp(&v, &whole, sizeof v) == 0);
    }
    digest_add(d, "dropped", 7);
    digest_start(d);
    digest_add(d, "abc", 3);
    v = digest_end(d);
    check_hex(v.at, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    digest_free(d);
    digest_free(NULL);
}

static size_t hex(const char *text, uint8_t *ret_bytes)
{
    size_t n = strlen(text) / 2;
    CHECK(str_from_hex(str_of(text), ret_bytes, n));
    return n;
}

static void check_hmac(const char *key_hex, const char *data_hex, const char *expected)
{
    uint8_t key[256], data[256];
    size_t key_n = hex(key_hex, key), data_n = hex(data_hex, data);
    struct digest_value v = digest_hmac(key, key_n, data, data_n);
    check_hex(v.at, strlen(expected) / 2, expected);
}

TEST(hmac_gives_the_values_of_rfc_4231)
{
    check_hmac("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
               "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    check_hmac("4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    check_hmac("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
               "ddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
               "ddddddd",
               "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    check_hmac("0102030405060708090a0b0c0d0e0f10111213141516171819",
               "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdc"
               "dcdcdcd",
               "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b");
    check_hmac("0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c0c", "546573742057697468205472756e636174696f6e",
               "a3b6167473100ee06e0c796c2955552b");
    char long_key[263];
    memset(long_key, 'a', 262);
    long_key[262] = 0;
    check_hmac(long_key,
               "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6"
               "579204669727374",
               "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    check_hmac(
        long_key,
        "5468697320697320612074657374207573696e672061206c6172676572207468616e20626c6f636b2d73697a65206b657920"
        "616e64"
        "2061206c6172676572207468616e20626c6f636b2d73697a6520646174612e20546865206b6579206e6565647320746f2062"
        "6520"
        "686173686564206265666f7265206265696e6720757365642062792074686520484d414320616c676f726974686d2e",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2");
    struct digest_value v = digest_hmac("", 0, NULL, 0);
    check_hex(v.at, 32, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(hkdf_gives_the_values_of_rfc_5869)
{
    uint8_t ikm[80], salt[80], out[82];
    char label[81] = {0};
    /* A.1's info is f0…f9: bytes of a label like any others */
    size_t ikm_n = hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", ikm),
           salt_n = hex("000102030405060708090a0b0c", salt);
    (void)hex("f0f1f2f3f4f5f6f7f8f9", (uint8_t *)label);
    digest_derive(ikm, ikm_n, salt, salt_n, label, out, 42);
    check_hex(out, 42,
              "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
    for (size_t i = 0; i < 80; i++) {
        ikm[i] = (uint8_t)i;
        salt[i] = (uint8_t)(0x60 + i);
        label[i] = (char)(0xb0 + i);
    }
    digest_derive(ikm, 80, salt, 80, label, out, 82);
    check_hex(out, 82,
              "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e"
              "09da3275600c2f09b8"
              "367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87");
    (void)hex("0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", ikm);
    digest_derive(ikm, 22, NULL, 0, "", out, 42);
    check_hex(out, 42,
              "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
}

TEST(other_labels_and_salts_give_other_keys)
{
    uint8_t a[32], b[32], c[32], longest[255 * 32];
    digest_derive("master", 6, "salt", 4, "pages", a, 32);
    digest_derive("master", 6, "salt", 4, "audit", b, 32);
    digest_derive("master", 6, "other", 5, "pages", c, 32);
    CHECK(memcmp(a, b, 32) != 0);
    CHECK(memcmp(a, c, 32) != 0);
    digest_derive("master", 6, "salt", 4, "pages", longest, sizeof longest);
    CHECK(memcmp(a, longest, 32) == 0);
}

SWEEP(a_digest_is_made)
{
    struct digest *d = digest_new();
    if (!d) return ERR_NOMEM;
    digest_free(d);
    return OK;
}
