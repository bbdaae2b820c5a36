/* When one mix serves somebody better than everybody side by side: by his way, for a while, and by his wish. */
#include "media/router.h"
#include "tests/lab/world.h"
#include "tests/unit/check.h"

static void turn_of(struct frugal *f, int64_t way_bps, struct frugal_watch watched, int64_t from_ms,
                    int64_t to_ms)
{
    for (int64_t ms = from_ms; ms <= to_ms; ms += 100)
        frugal_turn(f, way_bps, frugal_bounds(&watched), (struct tick){ms});
}

static void turn(struct frugal *f, int64_t way_bps, unsigned sources, int64_t from_ms, int64_t to_ms)
{
    turn_of(f, way_bps, (struct frugal_watch){sources, 0}, from_ms, to_ms);
}

TEST(a_way_is_narrow_after_a_while_and_wide_after_a_longer_one)
{
    struct frugal f = {0};
    turn(&f, 100000, 4, 1000, 1000 + FRUGAL_AFTER_MS - 100);
    CHECK(!f.is);
    turn(&f, 300000, 4, 5000, 5000); /* it swings: from the beginning */
    turn(&f, 100000, 4, 5100, 5100 + FRUGAL_AFTER_MS - 100);
    CHECK(!f.is);
    turn(&f, 100000, 4, 5100 + FRUGAL_AFTER_MS, 5100 + FRUGAL_AFTER_MS);
    CHECK(f.is);
    turn(&f, FRUGAL_WAY_OVER_BPS, 4, 10000, 60000); /* no more than that is not enough */
    CHECK(f.is);
    turn(&f, FRUGAL_WAY_OVER_BPS + 1, 4, 60000, 60000 + FRUGAL_BACK_MS - 100);
    CHECK(f.is);
    turn(&f, FRUGAL_WAY_OVER_BPS + 1, 4, 60000 + FRUGAL_BACK_MS, 60000 + FRUGAL_BACK_MS);
    CHECK(!f.is);
    turn(&f, INT64_MAX, 4, 70000, 90000); /* nothing has spoken against it */
    CHECK(!f.is);
}

TEST(with_one_person_there_is_nothing_to_mix)
{
    struct frugal f = {0};
    turn(&f, 60000, 2, 0, 60000);
    CHECK(!f.is);
    turn(&f, 60000, 3, 60000, 70000);
    CHECK(f.is);
    turn(&f, 60000, 2, 70000, 70000 + FRUGAL_BACK_MS); /* the others have left */
    CHECK(!f.is);
}

TEST(
    one_source_of_which_nobody_can_be_told_to_make_less_is_made_smaller_until_half_more_than_it_takes_is_carried)
{
    struct frugal f = {0};
    struct frugal_watch lone = {2, FRUGAL_SOUND_BPS + 48000};
    turn_of(&f, 100000, lone, 0, 60000); /* it fits */
    CHECK(!f.is);
    turn_of(&f, 99999, lone, 60000, 60000 + FRUGAL_AFTER_MS);
    CHECK(f.is);
    turn_of(&f, 150000, lone, 70000, 90000);
    CHECK(f.is);
    turn_of(&f, 150001, lone, 90000, 90000 + FRUGAL_BACK_MS);
    CHECK(!f.is);
    lone.sources = 3; /* with more people there is a mix below the bounds of a mix */
    turn_of(&f, 200000, lone, 100000, 100000 + FRUGAL_AFTER_MS);
    CHECK(f.is);
}

/* -- by a router -- */

static unsigned wishes;
static uint8_t why;

static void on_wish(void *owner, uint32_t peer, uint8_t wished)
{
    (void)owner;
    CHECK_INT(peer, 20);
    wishes++;
    why = wished;
}

static void remb_for(uint64_t bps, int64_t ms)
{
    for (; ms > 0; ms -= 500) {
        stage_remb(20, 0x9999, bps);
        world_run(500);
    }
}

/* One who sends a sound and so many pictures, and one who watches all of it. */
static void pair_open(uint8_t kind, unsigned pictures)
{
    uint32_t tracks[3];
    CHECK_OK(world_open(5));
    router_wishes_to(stage.router, on_wish);
    wishes = 0;
    stage_offer_begin(1 + pictures, "pub1");
    stage_offer_audio("sendonly", STAGE_ORDINARY);
    for (unsigned i = 0; i < pictures; i++)
        stage_offer_video("sendonly", STAGE_VP8, STAGE_ORDINARY, "");
    stage_forget();
    CHECK_INT(stage_offer(10, 1, kind, stage_offer_text(), NULL), LINK_DONE);
    stage_connect(10);
    for (unsigned i = 0; i <= pictures; i++)
        tracks[i] = stage_told(LINK_TRACK_ADDED, i)->track_added.track;
    (void)world_source(10, CODEC_OPUS, "0", 1);
    (void)world_source(10, CODEC_VP8, "1", 2);
    if (pictures > 1) (void)world_source(10, CODEC_VP8, "2", 3);
    CHECK_INT(world_watch(20, 2, LINK_DOWN, STAGE_VP8, STAGE_REMB | STAGE_NACK | STAGE_PLI | STAGE_RTX,
                          tracks, 1 + pictures),
              LINK_DONE);
}

TEST(whose_way_carries_little_is_to_have_a_mix_and_who_wishes_has_one_whatever_it_carries)
{
    pair_open(LINK_UP, 2);
    remb_for(1000000, 5000);
    CHECK_INT(wishes, 0);
    remb_for(120000, 3000);
    CHECK_INT(wishes, 0);
    remb_for(120000, 3000);
    CHECK(wishes == 1 && why == LINK_LEG_WAY);
    remb_for(1000000, 6000);
    CHECK_INT(wishes, 1);
    remb_for(1000000, 4000);
    CHECK(wishes == 2 && why == LINK_LEG_NONE);
    stage_take(&(struct link_msg){.type = LINK_PEER_SAVE, .peer_save = {20, true}});
    remb_for(1000000, 500);
    CHECK(wishes == 3 && why == LINK_LEG_ASKED);
    stage_take(&(struct link_msg){.type = LINK_PEER_SAVE, .peer_save = {20, false}});
    remb_for(1000000, 500);
    CHECK(wishes == 4 && why == LINK_LEG_NONE);
    stage_take(
        &(struct link_msg){.type = LINK_PEER_SAVE, .peer_save = {10, true}}); /* who only sends has no leg */
    stage_take(&(struct link_msg){.type = LINK_PEER_SAVE, .peer_save = {99, true}});
    remb_for(1000000, 500);
    CHECK_INT(wishes, 4);
    world_close();
}

/* One picture, over a way that carries neither it nor the sound whole. */
static void lone_open(uint8_t kind)
{
    pair_open(kind, 1);
    remb_for(64000, 8000);
}

TEST(a_picture_by_whip_is_made_smaller_for_whose_way_does_not_carry_it_and_comes_itself_once_it_does)
{
    lone_open(LINK_WHIP);
    CHECK(wishes == 1 && why == LINK_LEG_WAY);
    remb_for(3000000, 10000);
    CHECK(wishes == 2 && why == LINK_LEG_NONE);
    world_close();
}

TEST(a_pinned_source_by_whip_stays_whole)
{
    lone_open(LINK_WHIP);
    struct list *downs = &stage_transport(20)->peer->downs;
    list_each (item, after, downs)
        list_of(item, struct down, in_peer)->priority = 1;
    remb_for(64000, 20000);
    CHECK(wishes == 2 && why == LINK_LEG_NONE);
    world_close();
}

TEST(of_a_browser_s_face_the_browser_makes_less_and_there_is_no_mix)
{
    lone_open(LINK_UP);
    CHECK_INT(wishes, 0);
    world_close();
}
