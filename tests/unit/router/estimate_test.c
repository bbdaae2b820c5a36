/* The estimate alone: packets of 500 bytes over a line of a known width, each fate told by real feedback. */
#include "media/estimate.h"
#include "tests/unit/check.h"

enum { PACKET_BYTES = 500, FLYING_MAX = 4096, STEP_US = 5000, FEEDBACK_US = 50000 };

static struct estimate e;
static struct twcc_recv arrivals;
static int64_t now_us, free_us, credit, fed_us;
static unsigned flying_count, feedbacks;
static struct {
    int64_t at_us;
    uint16_t seq;
} flying[FLYING_MAX];
static uint64_t random_state;

static struct {
    int64_t line_bps;
    uint32_t send_bps; /* 0: what is estimated, and what is padded up to it */
    unsigned lost_of_100, unheard_of_100;
} way;

static void begin(int64_t line_bps, uint32_t wanted_bps)
{
    estimate_init(&e);
    estimate_open(&e);
    estimate_want(&e, wanted_bps);
    twcc_recv_init(&arrivals);
    now_us = 1000000;
    free_us = credit = fed_us = 0;
    flying_count = feedbacks = 0;
    random_state = 5;
    way.line_bps = line_bps;
    way.send_bps = way.lost_of_100 = way.unheard_of_100 = 0;
}

static bool chance(unsigned of_100)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (random_state >> 33) % 100 < of_100;
}

static void packet_send(void)
{
    uint16_t seq = estimate_sent(&e, PACKET_BYTES, now_us);
    int64_t starts_us = free_us > now_us ? free_us : now_us;
    if (chance(way.lost_of_100)) return;
    free_us = starts_us + (int64_t)PACKET_BYTES * 8000000 / way.line_bps;
    ASSERT(flying_count < FLYING_MAX);
    flying[flying_count].at_us = free_us + 20000;
    flying[flying_count++].seq = seq;
}

static void feedback_give(void)
{
    uint8_t at[1200];
    struct rtcp_out o;
    struct rtcp r;
    rtcp_start(&o, at, sizeof at);
    rtcp_add_rr(&o, 77, NULL, 0);
    if (!twcc_recv_write(&arrivals, &o, 77, 1)) return;
    size_t bytes = rtcp_end(&o);
    if (chance(way.unheard_of_100)) return;
    for (size_t offset = 0; rtcp_next(at, bytes, &offset, &r);)
        if (r.kind == RTCP_TWCC) estimate_feedback(&e, &r, now_us);
    feedbacks++;
}

static void drive(int64_t ms)
{
    for (int64_t end_us = now_us + ms * 1000; now_us < end_us; now_us += STEP_US) {
        unsigned arrived = 0;
        uint32_t most = e.wanted_bps / 10 * 11, bps = way.send_bps   ? way.send_bps
                                                      : e.bps < most ? e.bps
                                                                     : most;
        (void)estimate_pad_bps(&e, now_us);
        for (credit += (int64_t)bps * STEP_US / 8000000; credit >= PACKET_BYTES; credit -= PACKET_BYTES)
            packet_send();
        for (; arrived < flying_count && flying[arrived].at_us <= now_us; arrived++)
            twcc_recv_note(&arrivals, flying[arrived].seq, flying[arrived].at_us);
        flying_count -= arrived;
        memmove(flying, flying + arrived, flying_count * sizeof flying[0]);
        if (now_us - fed_us < FEEDBACK_US) continue;
        fed_us = now_us;
        feedback_give();
    }
}

static bool is_about(uint32_t bps, uint32_t wanted, unsigned percent)
{
    return (uint64_t)bps * 100 >= (uint64_t)wanted * (100 - percent) &&
           (uint64_t)bps * 100 <= (uint64_t)wanted * (100 + percent);
}

TEST(an_estimate_finds_the_width_and_settles_at_it)
{
    begin(1000000, 3000000);
    drive(10000);
    int64_t cut_us = e.cut_us;
    for (int i = 0; i < 20; i++) {
        drive(1000);
        CHECK(is_about(e.bps, 1000000, 15));
        CHECK(e.queue_us < 100000);
    }
    CHECK(now_us - cut_us > 10000000 ||
          e.cut_us == cut_us); /* a short queue told it the width: it is not cut for it */
    estimate_done(&e);
}

TEST(a_way_that_narrows_cuts_to_what_arrives_and_leaves_half_until_the_queue_is_gone)
{
    begin(2000000, 3000000);
    drive(10000);
    CHECK(is_about(e.bps, 2000000, 15));
    way.line_bps = 400000;
    way.send_bps = 1500000;
    drive(700);
    CHECK(is_about(e.bps, 340000, 20)); /* 0.85 of it */
    CHECK(e.queue_us > 200000);
    CHECK_INT(estimate_bps(&e, now_us), e.bps - e.bps / 2);
    way.send_bps = 100000;
    drive(9000);
    CHECK(e.queue_us < 20000);
    CHECK_INT(estimate_bps(&e, now_us), e.bps);
    estimate_done(&e);
}

TEST(an_estimate_grows_only_as_far_as_what_arrives_bears_it_out)
{
    begin(5000000, 4000000);
    drive(300);
    way.send_bps = 300000;
    drive(20000);
    CHECK(e.bps <= 300000 * 3 / 2 * 11 / 10);
    way.send_bps = 0;
    drive(8000);
    CHECK(e.bps > 3500000);
    estimate_done(&e);
}

TEST(an_estimate_does_not_grow_far_beyond_what_is_wanted)
{
    begin(50000000, 500000);
    drive(20000);
    CHECK(e.bps >= 500000 && e.bps < 1000000);
    estimate_done(&e);
}

TEST(where_it_was_too_much_it_grows_slowly)
{
    begin(2000000, 9000000);
    drive(10000);
    way.line_bps = 400000;
    drive(1000);
    way.line_bps = 50000000;
    drive(3000);
    e.bps = 350000;
    e.carried_bps = 400000;
    drive(1000);
    CHECK(e.bps > 350000 &&
          e.bps < 350000 * 116 / 100); /* an eighth a second below and about what was too much */
    e.bps = 600000;
    drive(1000);
    CHECK(e.bps > 600000 * 130 / 100);
    estimate_done(&e);
}

TEST(loss_that_does_not_care_for_the_rate_is_the_airs)
{
    begin(1000000, 3000000);
    way.lost_of_100 = 30;
    drive(30000);
    /* What is sent, with what the air takes of it, fills the line. */
    for (int i = 0; i < 20; i++) {
        drive(1000);
        CHECK(e.bps > 900000);
    }
    CHECK(estimate_loss_of_air(&e) > 200 && estimate_loss(&e) > 200);
    estimate_done(&e);
}

TEST(what_the_air_takes_is_counted_in_what_was_sent)
{
    begin(5000000, 2000000);
    way.lost_of_100 = 50; /* one and a half of the other half would be less than what is sent */
    drive(9000);
    CHECK(e.bps >= 1500000 && e.cut_us == 0);
    estimate_done(&e);
}

TEST(loss_that_comes_is_answered_once)
{
    begin(5000000, 1000000);
    drive(10000);
    uint32_t before = e.bps;
    way.lost_of_100 = 40;
    drive(1500);
    CHECK(e.bps < before * 9 / 10);
    int64_t cut_us = e.cut_us;
    drive(1500);
    CHECK(e.cut_us == cut_us &&
          e.usual_16 > 65536 / 10); /* it stays though less is sent: it is not the rate's */
    estimate_done(&e);
}

TEST(a_streak_of_loss_costs_three_tenths_at_most)
{
    begin(1000000, 3000000);
    way.lost_of_100 = 30;
    drive(20000);
    uint32_t before = e.bps;
    way.lost_of_100 = 78;
    for (int i = 0; i < 20 && e.cut_us < now_us - 50000; i++) {
        e.lately_bps = before / 3; /* a third of what arrived before, in the same fifth of a second */
        drive(50);
    }
    CHECK(e.bps >= before * 69 / 100 && e.bps < before * 8 / 10);
    estimate_done(&e);
}

TEST(what_a_full_queue_loses_is_not_the_airs)
{
    begin(400000, 3000000);
    drive(10000);
    e.air_16 = 0;
    way.send_bps = 1500000;
    drive(300); /* a queue, and it stands */
    way.send_bps = 900000;
    way.lost_of_100 = 55;
    drive(3000);
    CHECK(estimate_loss(&e) > 300 && estimate_loss_of_air(&e) < 20);
    estimate_done(&e);
}

TEST(feedback_that_is_lost_is_no_loss_and_no_lesser_rate)
{
    begin(1000000, 3000000);
    drive(10000);
    way.unheard_of_100 = 40;
    for (int i = 0; i < 20; i++) {
        drive(1000);
        CHECK(e.bps > 800000);
    }
    CHECK_INT(estimate_loss(&e), 0);
    estimate_done(&e);
}

TEST(padding_shows_what_is_estimated_while_more_is_wanted_and_the_way_is_calm)
{
    begin(1000000, 3000000);
    CHECK_INT(estimate_pad_bps(&e, now_us), 0); /* nothing is told yet */
    drive(1000);
    CHECK_INT(estimate_pad_bps(&e, now_us), e.bps);
    estimate_want(&e, e.bps / 2);
    CHECK_INT(estimate_pad_bps(&e, now_us), 0); /* enough */
    estimate_want(&e, 3000000);
    way.send_bps = 3000000;
    drive(700);
    CHECK(e.cut_us > 0);
    CHECK_INT(estimate_pad_bps(&e, now_us), 0);
    way.send_bps = 100000;
    drive(1500);
    CHECK(e.queue_us > 20000 || now_us - e.cut_us < 2000000);
    CHECK_INT(estimate_pad_bps(&e, now_us), 0); /* two seconds after a cut, or while a queue stands */
    drive(9000);
    CHECK_INT(estimate_pad_bps(&e, now_us), e.bps);
    estimate_done(&e);
}
