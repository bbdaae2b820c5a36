#include "../check.h"
#include "base/gunzip.h"

/* "hello hello hello\n" by gzip -9n */
static const char packed[] = "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9"
                             "\x57\xc8\x40\x90\x5c\x00\x3b\x7c\x8a\xdf\x12\x00\x00\x00";

TEST(what_was_compressed_comes_back)
{
    struct buf b;
    struct str in = {packed, sizeof packed - 1};
    buf_init(&b, 1 << 20);
    CHECK(gunzip_is(in) && !gunzip_is(STR("{}")));
    CHECK_OK(gunzip(in, &b));
    CHECK_STR(buf_str(&b), "hello hello hello\n");
    buf_done(&b);
}

TEST(what_is_damaged_cut_off_or_too_long_is_refused)
{
    char bad[sizeof packed];
    for (size_t n = 3; n < sizeof packed - 1; n++) {
        struct buf b;
        buf_init(&b, 1 << 20);
        CHECK_ERR(gunzip((struct str){packed, n}, &b), ERR_BAD_INPUT);
        buf_done(&b);
    }
    memcpy(bad, packed, sizeof bad);
    bad[sizeof bad - 1 - 8] ^= 1; /* the checksum */
    struct buf b;
    buf_init(&b, 1 << 20);
    CHECK_ERR(gunzip((struct str){bad, sizeof bad - 1}, &b), ERR_BAD_INPUT);
    buf_done(&b);
    buf_init(&b, 1000);
    CHECK_ERR(gunzip((struct str){packed, sizeof packed - 1}, &b), ERR_LIMIT);
    buf_done(&b);
}

SWEEP(a_text_is_unpacked)
{
    struct buf b;
    buf_init(&b, 1 << 20);
    enum err err = gunzip((struct str){packed, sizeof packed - 1}, &b);
    buf_done(&b);
    return err;
}
