/* What an archive is made of; that others open it is proved where one is handed out (rules/33). */
#include "../check.h"
#include "base/zip.h"

static const char name[] = "a.txt";

static enum err into(void *ctx, struct str bytes)
{
    struct buf *to = ctx;
    buf_add_str(to, bytes);
    return to->err;
}

TEST(an_archive_ends_with_a_directory_that_finds_its_entries)
{
    struct buf to;
    struct zip z;
    struct instant at;
    CHECK(instant_from_text(STR("2026-11-26T15:32:02.000Z"), &at));
    buf_init(&to, 1 << 16);
    CHECK_OK(zip_init(&z, into, &to, at, 480));
    CHECK_OK(zip_open(&z, name));
    CHECK_OK(zip_write(&z, STR("the same the same ")));
    CHECK_OK(zip_write(&z, STR("the same")));
    CHECK_OK(zip_close(&z));
    CHECK_OK(zip_add(&z, "b", STR("")));
    CHECK_OK(zip_end(&z));
    const uint8_t *b = (const uint8_t *)to.at, *end = b + to.bytes - 22;
    CHECK(memcmp(b, "PK\3\4", 4) == 0 && memcmp(end, "PK\5\6", 4) == 0);
    CHECK_INT(end[10], 2);
    uint32_t start = end[16] | (uint32_t)end[17] << 8;
    CHECK(memcmp(b + start, "PK\1\2", 4) == 0);
    CHECK_INT(b[start + 24], 26);                   /* as it was */
    CHECK(b[start + 20] < 26 && b[start + 20] > 5); /* smaller */
    CHECK(memcmp(b + start + 46, name, 5) == 0);
    CHECK_INT(b[10] | b[11] << 8, 23 << 11 | 32 << 5 | 1); /* 23:32:02 there */
    CHECK_INT(b[12] | b[13] << 8, 46 << 9 | 11 << 5 | 26);
    zip_done(&z);
    buf_done(&to);
}

SWEEP(an_archive_without_memory_fails_and_gives_everything_back)
{
    struct buf to;
    struct zip z;
    buf_init(&to, 1 << 16);
    enum err err = zip_init(&z, into, &to, (struct instant){1800000000000}, 0);
    if (!err) err = zip_add(&z, name, STR("text"));
    if (!err) err = zip_end(&z);
    zip_done(&z);
    buf_done(&to);
    return err;
}

TEST(what_does_not_fit_is_refused)
{
    struct buf to;
    struct zip z;
    buf_init(&to, 64);
    CHECK_OK(zip_init(&z, into, &to, (struct instant){1800000000000}, 0));
    CHECK(zip_add(&z, name, STR("0123456789abcdefghijklmnopqrstuvwxyz")) != OK || zip_end(&z) != OK);
    zip_done(&z);
    buf_done(&to);
    buf_init(&to, 1 << 16);
    CHECK_OK(zip_init(&z, into, &to, (struct instant){1800000000000}, 0));
    for (int i = 0; i < ZIP_ENTRIES_MAX; i++)
        CHECK_OK(zip_add(&z, name, STR("x")));
    CHECK_INT(zip_add(&z, name, STR("x")), ERR_LIMIT);
    zip_done(&z);
    buf_done(&to);
}
