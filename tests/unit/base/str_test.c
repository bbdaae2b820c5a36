#include "base/rnd.h"
#include "base/str.h"
#include "tests/unit/check.h"

TEST(runs_of_bytes_are_compared_as_bytes)
{
    CHECK(str_is(STR("abc"), STR("abc")));
    CHECK(!str_is(STR("abc"), STR("abd")));
    CHECK(!str_is(STR("abc"), STR("ab")));
    CHECK(str_is(str_of(NULL), STR("")));
    CHECK(str_starts(STR("abc"), STR("ab")));
    CHECK(str_starts(STR("abc"), STR("")));
    CHECK(!str_starts(STR("ab"), STR("abc")));
    CHECK(str_is_nocase(STR("Content-Type"), STR("content-tYPE")));
    CHECK(!str_is_nocase(STR("[a"), STR("{A"))); /* 0x20 apart, but no letters */
    CHECK(!str_is_nocase(STR("a"), STR("aa")));
    CHECK(str_is_secret(STR("token"), STR("token")));
    CHECK(!str_is_secret(STR("token"), STR("tokem")));
    CHECK(!str_is_secret(STR("token"), STR("toke")));
    CHECK(str_is_secret(str_of(NULL), STR("")));
}

TEST(text_is_trimmed_and_cut)
{
    CHECK_STR(str_trim(STR(" \t a b \t")), "a b");
    CHECK_STR(str_trim(STR(" \t ")), "");
    CHECK_STR(str_trim(str_of(NULL)), "");
    struct str rest = STR("a,,b");
    CHECK_STR(str_cut(&rest, ','), "a");
    CHECK_STR(str_cut(&rest, ','), "");
    CHECK_STR(rest, "b");
    CHECK_STR(str_cut(&rest, ','), "b");
    CHECK_INT(rest.bytes, 0);
    CHECK_STR(str_cut(&rest, ','), "");
}

TEST(numbers_are_read_whole_or_not_at_all)
{
    uint64_t u = 5;
    int64_t i = 5;
    CHECK(str_to_u64(STR("0"), &u) && u == 0);
    CHECK(str_to_u64(STR("18446744073709551615"), &u) && u == UINT64_MAX);
    CHECK(!str_to_u64(STR("18446744073709551616"), &u));
    CHECK(!str_to_u64(STR("99999999999999999999999"), &u));
    CHECK(!str_to_u64(STR(""), &u) && !str_to_u64(STR("1a"), &u) && !str_to_u64(STR("+1"), &u) &&
          !str_to_u64(STR(" 1"), &u));
    CHECK(!str_to_u64(STR("-1"), &u) && !str_to_u64(STR("1."), &u) &&
          !str_to_u64((struct str){"1\0", 2}, &u));
    CHECK(u == UINT64_MAX);
    CHECK(str_to_i64(STR("-9223372036854775808"), &i) && i == INT64_MIN);
    CHECK(str_to_i64(STR("9223372036854775807"), &i) && i == INT64_MAX);
    CHECK(!str_to_i64(STR("9223372036854775808"), &i));
    CHECK(!str_to_i64(STR("-9223372036854775809"), &i));
    CHECK(!str_to_i64(STR("-"), &i) && !str_to_i64(STR("--1"), &i) && !str_to_i64(STR(""), &i));
}

TEST(utf_8_is_well_formed_or_refused)
{
    static const char *const good[] = {"",
                                       "a",
                                       "\x7f",
                                       "\xc2\x80",
                                       "\xdf\xbf",
                                       "\xe0\xa0\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xef\xbf\xbf",
                                       "\xf0\x90\x80\x80",
                                       "\xf4\x8f\xbf\xbf",
                                       "云桥 is a bridge"};
    static const char *const bad[] = {"\x80",
                                      "\xbf",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xc2",
                                      "\xc2\x41",
                                      "\xe0\x9f\xbf",
                                      "\xe0\xa0",
                                      "\xed\xa0\x80",
                                      "\xed\xbf\xbf",
                                      "\xf0\x8f\xbf\xbf",
                                      "\xf4\x90\x80\x80",
                                      "\xf5\x80\x80\x80",
                                      "\xf0\x90\x80",
                                      "\xff",
                                      "\xfe",
                                      "a\xe4\xba",
                                      "\xe4\xba\x91\x80"};
    for (size_t i = 0; i < COUNT_OF(good); i++)
        CHECK(str_is_utf8(str_of(good[i])));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (str_is_utf8(str_of(bad[i]))) check_fail(__FILE__, __LINE__, "bad sample %zu passes", i);
    CHECK(!str_is_utf8((struct str){"a\0b", 3}));
    CHECK(str_is_utf8((struct str){NULL, 0}));
}

TEST(every_code_point_passes_and_no_surrogate_does)
{
    for (uint32_t c = 1; c <= 0x10ffff; c++) {
        char u[4];
        size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
        static const uint8_t heads[] = {0, 0, 0xc0, 0xe0, 0xf0};
        uint32_t rest = c;
        for (size_t i = n - 1; i > 0; i--, rest >>= 6)
            u[i] = (char)(0x80 | (rest & 0x3f));
        u[0] = (char)(heads[n] | rest);
        bool is_surrogate = c >= 0xd800 && c <= 0xdfff;
        if (str_is_utf8((struct str){u, n}) == is_surrogate) check_fail(__FILE__, __LINE__, "U+%04X", c);
    }
}

TEST(hex_goes_both_ways)
{
    uint8_t bytes[4] = {0, 0x7f, 0x80, 0xff}, back[4];
    char text[9];
    str_hex(bytes, 4, text);
    CHECK_STR(str_of(text), "007f80ff");
    CHECK(str_from_hex(str_of(text), back, 4) && memcmp(bytes, back, 4) == 0);
    CHECK(str_from_hex(STR("007F80Ff"), back, 4) && memcmp(bytes, back, 4) == 0);
    CHECK(!str_from_hex(STR("007f80f"), back, 4));
    CHECK(!str_from_hex(STR("007f80"), back, 4));
    CHECK(!str_from_hex(STR("007f80fg"), back, 4));
    CHECK(!str_from_hex(STR("007f 0ff"), back, 4));
    CHECK(str_from_hex(STR(""), back, 0));
    str_hex(NULL, 0, text);
    CHECK_STR(str_of(text), "");
}

TEST(base64url_gives_the_values_of_rfc_4648)
{
    static const char *const pairs[][2] = {
        {"", ""},           {"f", "Zg"},          {"fo", "Zm8"},          {"foo", "Zm9v"},
        {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"}, {"foobar", "Zm9vYmFy"}, {"\xff\xff\xfe", "___-"}};
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        char text[16], back[16];
        size_t n;
        CHECK_INT(str_base64url(pairs[i][0], strlen(pairs[i][0]), text), strlen(pairs[i][1]));
        CHECK_STR(str_of(text), pairs[i][1]);
        CHECK(str_from_base64url(str_of(text), back, sizeof back, &n));
        CHECK_STR(((struct str){back, n}), pairs[i][0]);
    }
}

TEST(base64_gives_the_values_of_rfc_4648)
{
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"foobar", "Zm9vYmFy"},
                                           {"\xff\xff\xfe", "///+"},
                                           {"\xff\xff\xfe\xfb", "///++w=="}};
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        char text[STR_BASE64_BYTES(8)];
        CHECK_INT(str_base64(pairs[i][0], strlen(pairs[i][0]), text), strlen(pairs[i][1]));
        CHECK_STR(str_of(text), pairs[i][1]);
    }
}

TEST(one_value_has_one_base64url_text)
{
    static const char *const bad[] = {"Z",    "Zg==", "Zh",    "Zm9",    "Zm9vY",
                                      "Zm+v", "Zm/v", "Zm 9v", "Zm9v\n", "Zm9vYmF="};
    char back[16];
    size_t n = 77;
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        if (str_from_base64url(str_of(bad[i]), back, sizeof back, &n))
            check_fail(__FILE__, __LINE__, "%s is read", bad[i]);
    CHECK(!str_from_base64url((struct str){"Zm9\0", 4}, back, sizeof back, &n));
    CHECK(!str_from_base64url(STR("Zm9v"), back, 2, &n)); /* too long for its place */
    CHECK_INT(n, 77);
    CHECK(str_from_base64url(STR("Zm9v"), back, 3, &n));
    rnd_seed(21);
    for (int i = 0; i < 2000; i++) {
        uint8_t from[64], to[64];
        char text[STR_BASE64_BYTES(64)];
        size_t bytes = (size_t)rnd_below(sizeof from + 1);
        rnd_bytes(from, bytes);
        size_t length = str_base64url(from, bytes, text);
        CHECK(length + 1 <= STR_BASE64_BYTES(bytes));
        CHECK(str_from_base64url((struct str){text, length}, to, bytes, &n));
        CHECK_INT(n, bytes);
        CHECK(memcmp(from, to, bytes) == 0);
    }
    rnd_seed(0);
}
