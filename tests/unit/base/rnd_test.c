#include "base/rnd.h"
#include "tests/unit/check.h"

TEST(random_bytes_differ_each_time_and_fill_what_is_asked)
{
    uint8_t a[1000] = {0}, b[1000] = {0};
    int same = 0;
    rnd_bytes(a, sizeof a);
    rnd_bytes(b, sizeof b);
    for (size_t i = 0; i < sizeof a; i++)
        same += a[i] == b[i];
    CHECK(same < 100);
    rnd_bytes(a, 0);
    CHECK(rnd_u64() != rnd_u64());
}

TEST(numbers_below_n_are_even)
{
    enum { N = 7, TURNS = 70000 };
    int counts[N] = {0};
    rnd_seed(99);
    for (int i = 0; i < TURNS; i++) {
        uint64_t n = rnd_below(N);
        CHECK(n < N);
        counts[n]++;
    }
    for (int i = 0; i < N; i++)
        CHECK(counts[i] > 9500 && counts[i] < 10500);
    CHECK_INT(rnd_below(1), 0);
    for (int i = 0; i < 1000; i++)
        CHECK(rnd_below((1ull << 63) + 1) <= 1ull << 63);
    rnd_seed(0);
}

TEST(a_seed_gives_the_same_stream_again)
{
    rnd_seed(5);
    uint64_t a = rnd_u64(), b = rnd_u64();
    rnd_seed(5);
    CHECK(rnd_u64() == a && rnd_u64() == b);
    rnd_seed(6);
    CHECK(rnd_u64() != a);
    rnd_seed(0);
    CHECK(rnd_u64() != rnd_u64());
}

TEST(a_token_is_its_prefix_and_unguessable_text)
{
    char a[64], b[64];
    uint8_t bytes[32];
    size_t n;
    rnd_token("yqt_", 32, a);
    rnd_token("yqt_", 32, b);
    CHECK(str_starts(str_of(a), STR("yqt_")));
    CHECK_INT(strlen(a), 4 + 43);
    CHECK(strcmp(a, b) != 0);
    CHECK(str_from_base64url(str_of(a + 4), bytes, sizeof bytes, &n));
    CHECK_INT(n, 32);
}
