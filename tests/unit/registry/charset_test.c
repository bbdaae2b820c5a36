/* Bytes of both charsets, and of none. */
#include "registry/charset.h"
#include "tests/unit/check.h"

static struct arena *room(void)
{
    struct arena *a = arena_new(1 << 20);
    CHECK(a != NULL);
    return a;
}

TEST(names_of_charsets_are_known_however_they_are_written)
{
    enum charset c;
    CHECK(charset_from_name(STR("UNICODE UTF-8"), &c) && c == CHARSET_UTF8);
    CHECK(charset_from_name(STR("utf8"), &c) && c == CHARSET_UTF8);
    CHECK(charset_from_name(STR("GB 18030-2000"), &c) && c == CHARSET_GB18030);
    CHECK(charset_from_name(STR("gbk"), &c) && c == CHARSET_GB18030);
    CHECK(charset_from_name(STR(""), &c) && c == CHARSET_AUTO);
    CHECK(!charset_from_name(STR("8859/1"), &c));
    CHECK(!charset_from_name(STR("a name that is longer than any that is known"), &c));
}

TEST(gb_18030_becomes_utf_8_and_comes_back)
{
    struct arena *a = room();
    struct str text, back;
    static const char gb[] = "\xB4\xBE\xD3\xDA\xF0\xD8"; /* 淳于鹭 */
    CHECK_OK(charset_to_utf8(a, CHARSET_GB18030, str_of(gb), &text, NULL));
    CHECK_STR(text, "淳于鹭");
    CHECK_OK(charset_from_utf8(a, CHARSET_GB18030, text, &back));
    CHECK(str_is(back, str_of(gb)));
    CHECK_OK(charset_to_utf8(a, CHARSET_AUTO, str_of(gb), &text, NULL));
    CHECK_STR(text, "淳于鹭");
    CHECK_OK(charset_to_utf8(a, CHARSET_GB18030, STR("\x95\x32\x82\x36"), &text, NULL)); /* four bytes */
    CHECK_STR(text, "𠀀");
    arena_free(a);
}

TEST(a_byte_order_mark_is_no_text)
{
    struct arena *a = room();
    struct str text;
    CHECK_OK(charset_to_utf8(a, CHARSET_AUTO, STR("\xEF\xBB\xBF号码"), &text, NULL));
    CHECK_STR(text, "号码");
    CHECK_OK(charset_to_utf8(a, CHARSET_GB18030, STR("\x84\x31\x95\x33\xBA\xC5"), &text, NULL));
    CHECK_STR(text, "号");
    arena_free(a);
}

TEST(what_is_no_text_is_refused_and_it_is_said_where)
{
    struct arena *a = room();
    struct str text = STR("as before");
    size_t bad = 99;
    CHECK_ERR(charset_to_utf8(a, CHARSET_UTF8, STR("淳于\xF0\xD8"), &text, &bad), ERR_BAD_INPUT);
    CHECK_INT(bad, 6);
    CHECK_ERR(charset_to_utf8(a, CHARSET_GB18030, STR("ab\xFF\xFF"), &text, &bad), ERR_BAD_INPUT);
    CHECK_INT(bad, 2);
    CHECK_ERR(charset_to_utf8(a, CHARSET_GB18030, STR("abc\xB4"), &text, &bad), ERR_BAD_INPUT);
    CHECK_INT(bad, 3);
    CHECK_ERR(charset_to_utf8(a, CHARSET_AUTO, STR("a\0b"), &text, &bad), ERR_BAD_INPUT);
    CHECK_INT(bad, 1);
    CHECK_STR(text, "as before");
    arena_free(a);
}

SWEEP(bytes_become_text)
{
    struct arena *a = arena_new(1 << 16);
    struct str text;
    if (!a) return ERR_NOMEM;
    enum err err = charset_to_utf8(a, CHARSET_GB18030, STR("\xB4\xBE\xD3\xDA"), &text, NULL);
    if (!err) CHECK_STR(text, "淳于");
    arena_free(a);
    return err == ERR_UNSUPPORTED ? ERR_NOMEM : err; /* iconv without memory finds no converter */
}
