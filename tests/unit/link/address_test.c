#include "link/address.h"
#include "tests/unit/check.h"
#include <netinet/in.h>

static void check_round(const char *text, uint8_t family, uint16_t port)
{
    struct link_address a, back;
    struct sockaddr_storage sa;
    char again[LINK_ADDRESS_TEXT_BYTES];
    CHECK_OK(link_address_from_text(str_of(text), &a));
    CHECK_INT(a.family, family);
    CHECK_INT(a.port, port);
    CHECK(link_address_is_valid(&a));
    link_address_text(&a, again);
    CHECK_STR(str_of(again), text);
    CHECK(link_address_to_sockaddr(&a, &sa) > 0);
    CHECK_OK(link_address_from_sockaddr(&sa, &back));
    CHECK(link_address_is_same(&a, &back));
    back.port++;
    CHECK(!link_address_is_same(&a, &back));
}

TEST(an_address_goes_to_a_socket_address_and_back)
{
    check_round("0.0.0.0:8444", 4, 8444);
    check_round("192.0.2.7:0", 4, 0);
    check_round("127.0.0.1:65535", 4, 65535);
    check_round("[::]:8444", 6, 8444);
    check_round("[2001:db8::17]:1", 6, 1);
    check_round("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535", 6, 65535);
}

TEST(what_is_no_address_is_refused)
{
    static const char *const bad[] = {
        "",           ":",       ":80",         "1.2.3.4",      "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1",
        "1.2.3.4: 1", "1.2.3:1", "1.2.3.4.5:1", "localhost:80", "::1:80",   "[::1]",         "[1.2.3.4]:80",
        "[]:80",      "[::1:80", "1.2.3.4:8o",  "[::1%lo]:80",  "[:80",     "]:80"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct link_address a = {.family = 9};
        CHECK_ERR(link_address_from_text(str_of(bad[i]), &a), ERR_BAD_INPUT);
        CHECK_INT(a.family, 9);
    }
    struct link_address a;
    CHECK_ERR(link_address_from_text((struct str){"1.2.3.4\0:80", 11}, &a), ERR_BAD_INPUT);
}

TEST(a_host_alone_is_read_without_a_port)
{
    struct link_address a;
    CHECK_OK(link_address_from_host(STR("203.0.113.9"), &a));
    CHECK_INT(a.family, 4);
    CHECK_INT(a.port, 0);
    CHECK_OK(link_address_from_host(STR("2001:db8::1"), &a));
    CHECK_INT(a.family, 6);
    CHECK_ERR(link_address_from_host(STR("[2001:db8::1]"), &a), ERR_BAD_INPUT);
    CHECK_ERR(link_address_from_host(STR("203.0.113.9:80"), &a), ERR_BAD_INPUT);
}

TEST(an_address_with_stray_bytes_is_not_valid)
{
    struct link_address a = {.family = 4, .at = {1, 2, 3, 4, 5}};
    CHECK(!link_address_is_valid(&a));
    a = (struct link_address){.family = 0, .port = 1};
    CHECK(!link_address_is_valid(&a));
    a = (struct link_address){.family = 5};
    CHECK(!link_address_is_valid(&a));
    a = (struct link_address){0};
    CHECK(link_address_is_valid(&a));
    char text[LINK_ADDRESS_TEXT_BYTES];
    link_address_text(&a, text);
    CHECK_STR(str_of(text), "none");
}

TEST(another_family_of_sockets_is_unsupported)
{
    struct sockaddr_storage sa = {.ss_family = AF_UNIX};
    struct link_address a;
    CHECK_ERR(link_address_from_sockaddr(&sa, &a), ERR_UNSUPPORTED);
}
