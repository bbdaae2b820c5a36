#include "tests/lab/network.h"
#include "tests/unit/check.h"

enum { MANY = 100000 };

static struct network with(const char *spec)
{
    struct network_terms terms;
    struct network n;
    network_init(&n, 42);
    CHECK_OK(network_terms_read(str_of(spec), &terms));
    network_set(&n, &terms);
    return n;
}

TEST(a_good_network_passes_all_at_once_and_in_order)
{
    struct network n = with("good");
    int64_t at[NETWORK_COPIES_MAX];
    for (int i = 0; i < 1000; i++) {
        CHECK_INT(network_pass(&n, i, 1200, at), 1);
        CHECK_INT(at[0], i);
    }
}

TEST(packets_are_lost_each_for_itself_as_often_as_told)
{
    struct network n = with("loss=12.5");
    int64_t at[NETWORK_COPIES_MAX];
    for (int i = 0; i < MANY; i++)
        (void)network_pass(&n, i, 100, at);
    CHECK(n.lost > MANY * 0.12 && n.lost < MANY * 0.13);
}

/* ENTER 2 %, LEAVE 25 %: bursts of four on average, one packet in 13.5 lost. */
TEST(bursts_are_as_long_and_as_frequent_as_their_two_states_say)
{
    struct network n = with("burst=2/25");
    int64_t at[NETWORK_COPIES_MAX];
    int bursts = 0;
    bool was_lost = false;
    for (int i = 0; i < MANY; i++) {
        bool is_lost = network_pass(&n, i, 100, at) == 0;
        if (is_lost && !was_lost) bursts++;
        was_lost = is_lost;
    }
    double length = (double)n.lost / bursts, share = (double)n.lost / MANY;
    CHECK(length > 3.7 && length < 4.3);
    CHECK(share > 0.065 && share < 0.083);
}

TEST(jitter_delays_within_its_bounds_and_keeps_the_order)
{
    struct network n = with("delay=50,jitter=20");
    int64_t at[NETWORK_COPIES_MAX], last = 0, least = INT64_MAX, most = 0;
    for (int i = 0; i < 10000; i++) {
        int64_t now = i * 5000ll;
        CHECK_INT(network_pass(&n, now, 100, at), 1);
        CHECK(at[0] >= last);
        last = at[0];
        if (at[0] - now < least) least = at[0] - now;
        if (at[0] - now > most) most = at[0] - now;
    }
    CHECK(least >= 50000 && least < 51000 && most <= 70000 && most > 69000);
}

TEST(some_overtake_and_some_come_twice)
{
    struct network n = with("delay=50,reorder=10,duplicate=5");
    int64_t at[NETWORK_COPIES_MAX];
    int overtook = 0, twice = 0;
    for (int i = 0; i < MANY; i++) {
        unsigned copies = network_pass(&n, i, 100, at);
        CHECK(copies >= 1);
        twice += copies == 2;
        overtook += at[0] == i;
    }
    CHECK(overtook > MANY * 0.095 && overtook < MANY * 0.105);
    CHECK(twice > MANY * 0.045 && twice < MANY * 0.055);
}

/* 1,000 bytes at 800 kbit/s take 10 ms; 100 ms of them may wait. */
TEST(a_rate_spaces_packets_and_its_queue_drops_what_is_too_much)
{
    struct network n = with("rate=800,queue=100");
    int64_t at[NETWORK_COPIES_MAX];
    unsigned passed = 0;
    for (int i = 0; i < 30; i++)
        if (network_pass(&n, 0, 1000, at)) CHECK_INT(at[0], ++passed * 10000);
    CHECK_INT(passed, 11);
    CHECK_INT(n.queue_dropped, 19);
    CHECK_INT(network_pass(&n, 1000000, 1000, at), 1);
    CHECK_INT(at[0], 1010000);
}

TEST(the_same_seed_is_the_same_network)
{
    struct network a = with("loss=20,jitter=9"), b = with("loss=20,jitter=9");
    int64_t at_a[NETWORK_COPIES_MAX] = {0}, at_b[NETWORK_COPIES_MAX] = {0};
    for (int i = 0; i < 1000; i++) {
        CHECK_INT(network_pass(&a, i, 9, at_a), network_pass(&b, i, 9, at_b));
        CHECK_INT(at_a[0], at_b[0]);
    }
}

TEST(a_specification_that_does_not_read_is_refused)
{
    static const char *const wrong[] = {"",          "loss",    "loss=",     "loss=101", "loss=-1",
                                        "loss=1.23", "sleep=1", "delay=1ms", "burst=1",  "burst=1/0",
                                        "rate=x",    "loss=1,", "good,",     "=1",       "delay=60001"};
    struct network_terms terms = {.loss = 0.5};
    for (size_t i = 0; i < COUNT_OF(wrong); i++)
        CHECK_ERR(network_terms_read(str_of(wrong[i]), &terms), ERR_BAD_INPUT);
    CHECK(terms.loss == 0.5);
}
