#include "../check.h"
#include "base/rnd.h"
#include "net/limit.h"
#include <arpa/inet.h>

static struct limit_key key(const char *address)
{
    struct sockaddr_in four = {.sin_family = AF_INET};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, address, &four.sin_addr) == 1)
        return limit_key_of((struct sockaddr *)(void *)&four);
    CHECK(inet_pton(AF_INET6, address, &six.sin6_addr) == 1);
    return limit_key_of((struct sockaddr *)(void *)&six);
}

static void enter(struct limit *l, const char *address)
{
    CHECK(limit_may_enter(l, key(address)));
    limit_enter(l, key(address));
}

TEST(one_address_cannot_take_all_connections)
{
    struct limit *l = limit_new(10, 3);
    for (int i = 0; i < 3; i++)
        enter(l, "192.0.2.1");
    CHECK(!limit_may_enter(l, key("192.0.2.1")));
    CHECK(limit_may_enter(l, key("192.0.2.2")));
    limit_leave(l, key("192.0.2.1"));
    CHECK(limit_may_enter(l, key("192.0.2.1")));
    CHECK_INT(limit_total(l), 2);
    limit_free(l);
}

TEST(a_whole_ipv6_network_counts_as_one_address)
{
    struct limit *l = limit_new(10, 2);
    enter(l, "2001:db8:0:1::1");
    enter(l, "2001:db8:0:1:ffff::2");
    CHECK(!limit_may_enter(l, key("2001:db8:0:1::3")));
    CHECK(limit_may_enter(l, key("2001:db8:0:2::1")));
    CHECK_INT(limit_of(l, key("2001:db8:0:1::9")), 2);
    enter(l, "192.0.2.1");
    CHECK_INT(limit_of(l, key("::ffff:192.0.2.1")), 1);
    limit_free(l);
}

TEST(the_total_is_a_limit_too)
{
    struct limit *l = limit_new(2, 2);
    enter(l, "192.0.2.1");
    enter(l, "192.0.2.2");
    CHECK(!limit_may_enter(l, key("192.0.2.3")));
    limit_free(l);
}

/* The table closes its gaps by moving entries: a count kept beside it must never differ. */
TEST(counts_stay_right_through_ten_thousand_comings_and_goings)
{
    enum { ADDRESSES = 64, MOST = 5 };
    struct limit *l = limit_new(100, MOST);
    int counts[ADDRESSES] = {0}, total = 0;
    rnd_seed(7);
    for (int i = 0; i < 10000; i++) {
        unsigned a = (unsigned)rnd_below(ADDRESSES);
        struct limit_key k = {0};
        k.at[15] = (uint8_t)a;
        CHECK_INT(limit_of(l, k), counts[a]);
        if (rnd_below(2) && counts[a] > 0) {
            limit_leave(l, k);
            counts[a]--, total--;
        } else {
            bool may = counts[a] < MOST && total < 100;
            CHECK_INT(limit_may_enter(l, k), may);
            if (!may) continue;
            limit_enter(l, k);
            counts[a]++, total++;
        }
        CHECK_INT(limit_total(l), total);
    }
    rnd_seed(0);
    limit_free(l);
}

TEST(the_fifty_first_frame_in_a_second_is_a_flood)
{
    struct limit_flood f = {0};
    for (int i = 0; i < LIMIT_FRAMES_S; i++)
        CHECK(limit_flood_frame(&f, (struct tick){1000 + i}));
    CHECK(!limit_flood_frame(&f, (struct tick){1999}));
    CHECK(limit_flood_frame(&f, (struct tick){2000}));
}

TEST(a_longer_body_may_take_longer)
{
    struct limit_settings s;
    limit_settings_default(&s);
    CHECK_INT(limit_body_end(&s, (struct tick){5000}, 100).ms, 15000);
    CHECK_INT(limit_body_end(&s, (struct tick){5000}, 64 * 1024).ms, 79000);
}

SWEEP(a_limit_is_made)
{
    struct limit *l = limit_new(100, 10);
    if (!l) return ERR_NOMEM;
    limit_free(l);
    return OK;
}
