#include "../check.h"
#include "net/field.h"

static bool length(const char *text, uint64_t *n)
{
    return field_length(str_of(text), n);
}

TEST(a_length_is_digits_and_nothing_else)
{
    uint64_t n = 7;
    CHECK(length("0", &n) && n == 0);
    CHECK(length("65536", &n) && n == 65536);
    CHECK(!length("", &n) && !length("-1", &n) && !length("+1", &n) && !length("1 ", &n) &&
          !length("5,5", &n));
    CHECK(!length("0x10", &n) && !length("9999999999999999999", &n));
    CHECK_INT(n, 65536);
}

TEST(a_token_is_accepted_unless_its_weight_is_zero)
{
    CHECK(field_accepts(STR("gzip, deflate, br"), "gzip"));
    CHECK(field_accepts(STR("deflate;q=0.5 , GZIP;q=0.001"), "gzip"));
    CHECK(!field_accepts(STR("gzip;q=0, deflate"), "gzip"));
    CHECK(!field_accepts(STR("gzip;q=0.000"), "gzip"));
    CHECK(!field_accepts(STR("gzipped"), "gzip") && !field_accepts(STR(""), "gzip"));
    CHECK(field_accepts(STR("keep-alive, Close"), "close"));
}

TEST(an_etag_matches_in_a_list_weak_or_by_a_star)
{
    CHECK(field_matches_etag(STR("\"a\""), "\"a\""));
    CHECK(field_matches_etag(STR("\"b\", W/\"a\""), "\"a\""));
    CHECK(field_matches_etag(STR(" * "), "\"a\""));
    CHECK(!field_matches_etag(STR("\"a-gz\""), "\"a\"") && !field_matches_etag(STR(""), "\"a\""));
}

TEST(english_must_be_preferred_to_be_spoken)
{
    CHECK(field_prefers_english(STR("en")));
    CHECK(field_prefers_english(STR("en-GB,en;q=0.9")));
    CHECK(field_prefers_english(STR("zh-CN;q=0.3,en;q=0.4")));
    CHECK(!field_prefers_english(STR("zh-CN,zh;q=0.9,en;q=0.8")));
    CHECK(!field_prefers_english(STR("zh;q=0.5,en;q=0.5")));
    CHECK(!field_prefers_english(STR("")) && !field_prefers_english(STR("fr")));
    CHECK(!field_prefers_english(STR("en;q=0")));
}

TEST(a_path_with_dots_controls_or_broken_utf8_is_not_clean)
{
    CHECK(field_path_is_clean(STR("/")) && field_path_is_clean(STR("/api/草稿/x.y")));
    CHECK(field_path_is_clean(STR("/a..b/...")));
    CHECK(!field_path_is_clean(STR("")) && !field_path_is_clean(STR("api")));
    CHECK(!field_path_is_clean(STR("/a/../b")) && !field_path_is_clean(STR("/a/.")) &&
          !field_path_is_clean(STR("/..")));
    CHECK(!field_path_is_clean((struct str){"/a\0b", 4}));
    CHECK(!field_path_is_clean(STR("/a\nb")) && !field_path_is_clean(STR("/a\\b")) &&
          !field_path_is_clean(STR("/\xff")));
}

TEST(decoded_parameters_become_one_encoded_query)
{
    struct buf b;
    buf_init(&b, 256);
    field_add_query(&b, STR("q=顾 &=x"));
    field_add_query(&b, STR("flag"));
    CHECK_STR(buf_str(&b), "q=%E9%A1%BE%20%26%3Dx&flag");
    buf_done(&b);
}

TEST(an_origin_is_own_only_with_scheme_host_and_port)
{
    CHECK(field_origin_is_own(STR("https://site:8443"), STR("site:8443"), true));
    CHECK(field_origin_is_own(STR("https://SITE:8443"), STR("site:8443"), true));
    CHECK(field_origin_is_own(STR("http://127.0.0.1:80"), STR("127.0.0.1:80"), false));
    CHECK(!field_origin_is_own(STR("http://site:8443"), STR("site:8443"), true));
    CHECK(!field_origin_is_own(STR("https://site"), STR("site:8443"), true));
    CHECK(!field_origin_is_own(STR("https://site:8443.evil"), STR("site:8443"), true));
    CHECK(!field_origin_is_own(STR("null"), STR("site"), true) &&
          !field_origin_is_own(STR(""), STR("site"), true));
    CHECK(!field_origin_is_own(STR("https://"), STR(""), true));
}

static bool holds(const char *block, const char *address)
{
    struct field_block b;
    struct in6_addr a;
    CHECK(field_block_of(str_of(block), &b));
    CHECK(field_address(str_of(address), &a));
    return field_block_holds(&b, &a);
}

TEST(a_block_holds_its_addresses_of_both_families)
{
    struct field_block b;
    CHECK(holds("10.0.0.0/8", "10.200.3.4") && !holds("10.0.0.0/8", "11.0.0.1"));
    CHECK(holds("192.0.2.128/25", "192.0.2.129") && !holds("192.0.2.128/25", "192.0.2.127"));
    CHECK(holds("127.0.0.1", "127.0.0.1") && !holds("127.0.0.1", "127.0.0.2"));
    CHECK(holds("2001:db8::/33", "2001:db8:7fff::1") && !holds("2001:db8::/33", "2001:db8:8000::1"));
    CHECK(holds("0.0.0.0/0", "1.2.3.4") && !holds("0.0.0.0/0", "2001:db8::1"));
    CHECK(!field_block_of(STR("10.0.0.0/33"), &b) && !field_block_of(STR("x/8"), &b) &&
          !field_block_of(STR(""), &b));
    CHECK(!field_block_of(STR("::1/129"), &b) && !field_block_of(STR("10.0.0.0/ 8"), &b));
}

static void check_forwarded(const char *peer, const char *forwarded, const char *expected)
{
    struct field_block trusted[2];
    struct in6_addr at;
    char text[INET6_ADDRSTRLEN];
    CHECK(field_block_of(STR("127.0.0.1"), &trusted[0]) && field_block_of(STR("10.0.0.0/8"), &trusted[1]));
    CHECK(field_address(str_of(peer), &at));
    field_forwarded(str_of(forwarded), trusted, 2, &at);
    field_address_text(&at, text);
    CHECK_STR(str_of(text), expected);
}

TEST(only_trusted_proxies_may_name_another_peer)
{
    check_forwarded("127.0.0.1", "192.0.2.7", "192.0.2.7");
    check_forwarded("127.0.0.1", "198.51.100.1, 192.0.2.7, 10.1.2.3", "192.0.2.7");
    check_forwarded("127.0.0.1", "2001:db8::7", "2001:db8::7");
    check_forwarded("203.0.113.9", "192.0.2.7", "203.0.113.9");
    check_forwarded("127.0.0.1", "", "127.0.0.1");
    check_forwarded("127.0.0.1", "192.0.2.7, nonsense", "127.0.0.1");
    check_forwarded("127.0.0.1", "nonsense, 10.0.0.1", "10.0.0.1");
    check_forwarded("127.0.0.1", "10.0.0.2,10.0.0.1", "10.0.0.2");
}
