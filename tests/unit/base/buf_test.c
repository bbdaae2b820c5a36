#include "base/buf.h"
#include "tests/unit/check.h"

TEST(a_buffer_grows_as_it_is_written_to)
{
    struct buf b;
    buf_init(&b, 1 << 20);
    for (int i = 0; i < 10000; i++) {
        buf_add_char(&b, 'x');
        buf_add_text(&b, "yz");
        buf_add_str(&b, STR("w"));
    }
    CHECK_OK(b.err);
    CHECK_INT(b.bytes, 40000);
    for (size_t i = 0; i < b.bytes; i++)
        CHECK(b.at[i] == "xyzw"[i % 4]);
    buf_clear(&b);
    CHECK_INT(buf_str(&b).bytes, 0);
    buf_add_text(&b, "again");
    CHECK_STR(buf_str(&b), "again");
    buf_done(&b);
}

TEST(numbers_are_written_to_their_last_digit)
{
    struct buf b;
    buf_init(&b, 1000);
    buf_add_u64(&b, 0);
    buf_add_char(&b, ' ');
    buf_add_u64(&b, UINT64_MAX);
    buf_add_char(&b, ' ');
    buf_add_i64(&b, INT64_MIN);
    buf_add_char(&b, ' ');
    buf_add_i64(&b, INT64_MAX);
    buf_add_char(&b, ' ');
    buf_add_i64(&b, -1);
    buf_printf(&b, " %s=%d", "n", 7);
    CHECK_STR(buf_str(&b), "0 18446744073709551615 -9223372036854775808 9223372036854775807 -1 n=7");
    buf_done(&b);
}

TEST(the_maximum_holds_and_the_failure_is_remembered)
{
    struct buf b;
    buf_init(&b, 10);
    buf_add(&b, "0123456789", 10);
    CHECK_OK(b.err);
    buf_add(&b, "", 0);
    CHECK_OK(b.err);
    buf_add_char(&b, 'x');
    CHECK_ERR(b.err, ERR_LIMIT);
    CHECK_INT(b.bytes, 10);
    buf_printf(&b, "%d", 1); /* does nothing any more */
    CHECK(buf_reserve(&b, 0) == NULL);
    CHECK_STR(buf_str(&b), "0123456789");
    buf_clear(&b);
    CHECK_OK(b.err);
    buf_add(&b, "0123456789ab", 12);
    CHECK_ERR(b.err, ERR_LIMIT);
    CHECK_INT(b.bytes, 0);
    buf_done(&b);
    buf_done(&b); /* twice does no harm */
}

TEST(reserved_room_is_there_to_be_written)
{
    struct buf b;
    buf_init(&b, 100000);
    char *at = buf_reserve(&b, 50000);
    CHECK(at != NULL);
    memset(at, 'r', 50000);
    b.bytes += 50000;
    buf_add_text(&b, "end");
    CHECK_INT(b.bytes, 50003);
    CHECK(b.at[49999] == 'r');
    CHECK(buf_reserve(&b, SIZE_MAX) == NULL);
    CHECK_ERR(b.err, ERR_LIMIT);
    buf_done(&b);
}

TEST(what_is_of_html_is_escaped)
{
    struct buf b;
    buf_init(&b, 100);
    buf_add_escaped(&b, "<a b=\"c\">&'\xe4\xba\x91");
    CHECK_STR(buf_str(&b), "&lt;a b=&quot;c&quot;&gt;&amp;&#39;\xe4\xba\x91");
    buf_done(&b);
}

SWEEP(a_buffer_grows)
{
    struct buf b;
    buf_init(&b, 1 << 20);
    for (int i = 0; i < 3000; i++)
        buf_printf(&b, "%d,", i);
    enum err err = b.err;
    buf_done(&b);
    return err;
}
