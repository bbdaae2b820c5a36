#include "base/rnd.h"
#include "scheduler/grid.h"
#include "scheduler/tally.h"
#include "tests/unit/check.h"

enum { STEPS_MOST = 700, WORDS_MOST = 12 };

/* Stretches of equal bits: random single bits would never hold a long run. */
static void random_bits(uint64_t *bits, uint32_t steps)
{
    bits_clear(bits, grid_words(steps));
    for (uint32_t at = 0; at < steps;) {
        uint32_t until = at + 1 + (uint32_t)rnd_below(rnd_below(4) ? 20 : 200);
        if (until > steps) until = steps;
        if (rnd_below(3)) bits_set_span(bits, at, until);
        at = until + (uint32_t)rnd_below(6);
    }
}

static uint32_t random_steps(void)
{
    return rnd_below(4) ? 1 + (uint32_t)rnd_below(STEPS_MOST) : 64 * (1 + (uint32_t)rnd_below(10));
}

TEST(spans_are_set_cleared_and_found_bit_by_bit)
{
    rnd_seed(5);
    for (long turn = 0; turn < check_count(3000, 300000); turn++) {
        uint64_t bits[WORDS_MOST];
        bool naive[STEPS_MOST];
        uint32_t steps = random_steps(), count = 0;
        bits_fill(bits, steps);
        memset(naive, true, sizeof naive);
        for (int i = 0; i < 6; i++) {
            uint32_t from = (uint32_t)rnd_below(steps + 1),
                     until = from + (uint32_t)rnd_below(steps - from + 1);
            bool set = rnd_below(2);
            if (set)
                bits_set_span(bits, from, until);
            else
                bits_clear_span(bits, from, until);
            for (uint32_t s = from; s < until; s++)
                naive[s] = set;
        }
        for (uint32_t s = 0; s < steps; s++) {
            CHECK_INT(bits_has(bits, s), naive[s]);
            count += naive[s];
        }
        CHECK_INT(bits_count(bits, grid_words(steps)), count);
        CHECK_INT(bits_any(bits, grid_words(steps)), count > 0);
        uint32_t from = (uint32_t)rnd_below(steps + 1), set = from, clear = from;
        while (set < steps && !naive[set])
            set++;
        while (clear < steps && naive[clear])
            clear++;
        CHECK_INT(bits_next_set(bits, steps, from), set);
        CHECK_INT(bits_next_clear(bits, steps, from), clear);
        uint32_t until = from + (uint32_t)rnd_below(steps - from + 1);
        CHECK_INT(bits_has_span(bits, from, until), until <= clear);
    }
    rnd_seed(0);
}

static bool is_run(const uint64_t *bits, uint32_t steps, int64_t from, uint32_t length)
{
    for (int64_t s = from; s < from + length; s++)
        if (s < 0 || s >= (int64_t)steps || !bits_has(bits, (uint32_t)s)) return false;
    return true;
}

TEST(erosion_leaves_exactly_the_starts_of_long_enough_runs)
{
    rnd_seed(6);
    for (long turn = 0; turn < check_count(4000, 400000); turn++) {
        uint64_t in[WORDS_MOST], out[64];
        uint32_t steps = random_steps(), length = 1 + (uint32_t)rnd_below(rnd_below(5) ? 40 : 300);
        uint32_t words = 1 + (uint32_t)rnd_below(14);
        int64_t first = (int64_t)rnd_below(steps + 300) - 200;
        random_bits(in, steps);
        CHECK(bits_runs_room(words, length) <= COUNT_OF(out));
        bits_runs(out, words, in, grid_words(steps), first, length);
        for (uint32_t i = 0; i < words * 64; i++)
            CHECK_INT(bits_has(out, i), is_run(in, steps, first + i, length));
    }
    rnd_seed(0);
}

TEST(the_next_run_is_the_first_aligned_one)
{
    rnd_seed(7);
    for (long turn = 0; turn < check_count(4000, 400000); turn++) {
        uint64_t bits[WORDS_MOST], starts[WORDS_MOST];
        uint32_t steps = random_steps(), length = 1 + (uint32_t)rnd_below(30),
                 align = 1 + (uint32_t)rnd_below(7);
        uint32_t from = (uint32_t)rnd_below(steps), want = from;
        random_bits(bits, steps);
        while (want < steps && (want % align || !is_run(bits, steps, want, length)))
            want++;
        CHECK_INT(bits_next_run(bits, steps, from, length, align), want);
        bits_fill_aligned(starts, steps, align);
        for (uint32_t s = 0; s < steps; s++)
            CHECK_INT(bits_has(starts, s), s % align == 0);
    }
    rnd_seed(0);
}

TEST(free_time_shrinks_and_busy_time_grows_to_whole_steps)
{
    struct grid g;
    uint64_t bits[8];
    struct instant day = {1767225600000}; /* 2026-01-01T00:00Z */
    CHECK_OK(grid_of(day, (struct instant){day.ms + 3600000}, &g));
    CHECK_INT(g.steps, 12);
    CHECK_OK(grid_of((struct instant){day.ms + 1}, (struct instant){day.ms + 300001}, &g));
    CHECK_INT(g.steps, 2);
    CHECK_INT(g.origin.ms, day.ms);
    CHECK_OK(grid_of((struct instant){-1}, (struct instant){1}, &g));
    CHECK_INT(g.origin.ms, -GRID_STEP_MS);
    CHECK_INT(g.steps, 2);
    CHECK_ERR(grid_of(day, (struct instant){day.ms - 1}, &g), ERR_BAD_INPUT);
    CHECK_ERR(grid_of(day, (struct instant){day.ms + (int64_t)GRID_STEPS_MAX * GRID_STEP_MS + 1}, &g),
              ERR_LIMIT);

    CHECK_OK(grid_of(day, (struct instant){day.ms + 86400000}, &g));
    bits_clear(bits, 5);
    grid_mark_free(&g, bits, (struct instant){day.ms + 1}, (struct instant){day.ms + 1200000 - 1});
    CHECK_INT(bits_next_set(bits, g.steps, 0), 1);
    CHECK_INT(bits_count(bits, 5), 2);
    grid_mark_free(&g, bits, (struct instant){day.ms - 900000}, (struct instant){day.ms + 90000000});
    CHECK_INT(bits_count(bits, 5), 288);
    grid_mark_busy(&g, bits, (struct instant){day.ms + 300001}, (struct instant){day.ms + 600001});
    CHECK_INT(bits_count(bits, 5), 286);
    grid_mark_busy(&g, bits, (struct instant){day.ms + 900001}, (struct instant){day.ms + 900001});
    CHECK_INT(bits_count(bits, 5), 286);
    grid_mark_busy(&g, bits, (struct instant){day.ms - 1}, (struct instant){day.ms + 1});
    CHECK(!bits_has(bits, 0));
    grid_mark_busy(&g, bits, (struct instant){day.ms - 9000000}, (struct instant){day.ms + 90000000});
    CHECK(!bits_any(bits, 5));
    CHECK_INT(grid_instant(&g, 12).ms, day.ms + 3600000);
}

TEST(a_tally_counts_up_to_fifteen_and_stays_there)
{
    rnd_seed(8);
    for (long turn = 0; turn < check_count(300, 30000); turn++) {
        uint64_t room[TALLY_PLANES * 4], bits[4], out[4];
        unsigned naive[256] = {0};
        struct tally t;
        tally_init(&t, room, 4);
        for (uint64_t n = rnd_below(22); n > 0; n--) {
            random_bits(bits, 256);
            tally_add(&t, bits);
            for (uint32_t s = 0; s < 256; s++)
                naive[s] += bits_has(bits, s) && naive[s] < TALLY_MOST;
        }
        for (unsigned k = 1; k <= TALLY_MOST; k++) {
            tally_at_least(&t, k, out);
            for (uint32_t s = 0; s < 256; s++)
                CHECK_INT(bits_has(out, s), naive[s] >= k);
        }
        for (uint32_t s = 0; s < 256; s++)
            CHECK_INT(tally_at(&t, s), naive[s]);
    }
    rnd_seed(0);
}

TEST(bitmaps_are_joined_word_by_word)
{
    uint64_t a[2] = {0xf0f0, 1}, b[2] = {0xff00, 3};
    bits_and(a, b, 2);
    CHECK(a[0] == 0xf000 && a[1] == 1);
    bits_or(a, b, 2);
    CHECK(a[0] == 0xff00 && a[1] == 3);
    bits_and_not(a, (const uint64_t[]){0x0f00, 1}, 2);
    CHECK(a[0] == 0xf000 && a[1] == 2);
}
