#include "../check.h"
#include "media/protect.h"

static struct protect p;
static int64_t now_ms;

/* So long at so much loss, on a way and with a sound as given. */
static void lose(unsigned loss, int64_t ms, uint32_t way_bps, uint32_t sound_bps)
{
    for (int64_t end_ms = now_ms + ms; now_ms < end_ms; now_ms += 200)
        protect_turn(&p, loss, way_bps, sound_bps, now_ms);
}

TEST(each_rung_is_climbed_at_its_loss_at_once)
{
    static const struct {
        unsigned loss;
        uint8_t distance;
        bool repeats, is_thin;
    } rungs[] = {{0, 0, false, false},  {19, 0, false, false}, {20, 1, false, false}, {79, 1, false, false},
                 {80, 2, false, false}, {99, 2, false, false}, {100, 2, true, false}, {199, 2, true, false},
                 {200, 2, true, true},  {1000, 2, true, true}};
    for (size_t i = 0; i < COUNT_OF(rungs); i++) {
        p = (struct protect){0};
        lose(rungs[i].loss, 200, 0, 40000);
        CHECK_INT(p.distance, rungs[i].distance);
        CHECK(protect_repeats(&p) == rungs[i].repeats && protect_is_thin(&p) == rungs[i].is_thin);
    }
}

TEST(a_rung_is_left_after_five_quiet_seconds_and_one_at_a_time)
{
    p = (struct protect){0};
    now_ms = 1000;
    lose(300, 200, 0, 40000);
    lose(160, 20000, 0, 40000); /* not below three quarters of a fifth */
    CHECK(protect_is_thin(&p));
    lose(149, 4800, 0, 40000);
    CHECK(protect_is_thin(&p));
    lose(160, 200, 0, 40000); /* the quiet was interrupted */
    lose(149, 5000, 0, 40000);
    CHECK(protect_is_thin(&p));
    lose(149, 400, 0, 40000);
    CHECK(!protect_is_thin(&p) && protect_repeats(&p));
    lose(149, 20000, 0, 40000);
    CHECK(protect_repeats(&p)); /* where it belongs */
    lose(0, 5400, 0, 40000);
    CHECK_INT(p.rung, PROTECT_SOUND_MORE);
    lose(0, 5000, 0, 40000);
    CHECK_INT(p.rung, PROTECT_SOUND);
    lose(0, 5000, 0, 40000);
    CHECK(p.rung == PROTECT_NOT && p.distance == 0);
}

TEST(a_narrow_way_is_not_made_narrower)
{
    p = (struct protect){0};
    lose(300, 200, 160000, 40000); /* three times 40 is 120 of 128 */
    CHECK_INT(p.distance, 2);
    lose(300, 200, 140000, 40000);
    CHECK_INT(p.distance, 1);
    lose(300, 200, 64000, 40000);
    CHECK_INT(p.distance, 0);
    CHECK(protect_is_thin(&p)); /* the loss is what it is */
}
