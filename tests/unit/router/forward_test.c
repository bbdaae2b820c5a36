/* Packets through the router, from a publisher to those who watch: whole, in order, and decodable. */
#include "tests/lab/world.h"
#include "tests/unit/check.h"

static struct viewer_sum sum;

static void walked(struct viewer *v, bool may_have_gaps)
{
    viewer_walk(v, may_have_gaps, &sum);
    if (v->fault) check_fail(__FILE__, __LINE__, "a viewer's stream: %s", v->fault);
}

static void simulcast(struct source *s)
{
    s->layer_count = 3;
    s->tids = 3;
    s->rids[0] = "q";
    s->rids[1] = "h";
    s->rids[2] = "f";
}

static void shown_tell(uint32_t peer, uint32_t track, bool is_paused, uint16_t width, uint16_t height)
{
    stage_take(&(struct link_msg){.type = LINK_TRACK_WATCH,
                                  .track_watch = {peer, track, is_paused, 0, width, height}});
}

TEST(one_stream_of_each_codec_arrives_whole)
{
    static const struct {
        enum codec codec;
        unsigned bit;
    } each[] = {
        {CODEC_VP8, STAGE_VP8}, {CODEC_H264, STAGE_H264}, {CODEC_VP9, STAGE_VP9}, {CODEC_AV1, STAGE_AV1}};
    for (size_t i = 0; i < COUNT_OF(each); i++) {
        CHECK_OK(world_open(7 + i));
        uint32_t track = world_publish(each[i].bit, STAGE_ORDINARY, "");
        CHECK(track);
        struct source *s = world_source(10, each[i].codec, "0", 0x1000);
        CHECK_INT(world_watch(20, 2, LINK_DOWN, each[i].bit, STAGE_ORDINARY, &track, 1), LINK_DONE);
        struct viewer *v = world_viewer(20, each[i].codec, "0");
        world_run(3000);
        world_settle();
        walked(v, false);
        CHECK(sum.frames >= 70 && sum.frames <= s->layers[0].picture && sum.keys >= 1 && sum.gaps == 0);
        CHECK_INT(sum.last_picture, s->layers[0].picture);
        world_close();
    }
}

TEST(sound_arrives_with_its_level_and_the_loudest_is_the_speaker)
{
    CHECK_OK(world_open(3));
    for (uint32_t i = 0; i < 2; i++) {
        stage_offer_begin(1, "pub1");
        stage_offer_audio("sendonly", STAGE_ORDINARY);
        CHECK_INT(stage_offer(10 + i, 1 + i, LINK_UP, stage_offer_text(), NULL), LINK_DONE);
        stage_connect(10 + i);
        struct source *s = world_source(10 + i, CODEC_OPUS, "0", 0x1000 + i);
        s->level = i ? 30 : 90;
    }
    uint32_t track = stage_told(LINK_TRACK_ADDED, 1)->track_added.track;
    CHECK_INT(world_watch(20, 3, LINK_DOWN, 0, STAGE_ORDINARY, &track, 1), LINK_DONE);
    struct viewer *v = world_viewer(20, CODEC_OPUS, "0");
    world_run(2000);
    CHECK(stage_told(LINK_SPEAKER, 0)->speaker.participant == 2 &&
          stage_told(LINK_SPEAKER, 0)->speaker.track == track && !stage_told(LINK_SPEAKER, 1));
    world.sources[0].level = 10;
    world_run(3000);
    CHECK_INT(stage_told(LINK_SPEAKER, 1)->speaker.participant, 1);
    world_settle();
    walked(v, false);
    CHECK(sum.frames > 200);
    world_close();
}

TEST(a_viewer_gets_the_layer_that_its_tile_can_show)
{
    CHECK_OK(world_open(11));
    uint32_t track = world_publish(STAGE_VP8, STAGE_ORDINARY, "q;h;f");
    struct source *s = world_source(10, CODEC_VP8, "0", 0x1000);
    simulcast(s);
    CHECK_INT(world_watch(20, 2, LINK_DOWN, STAGE_VP8, STAGE_ORDINARY & ~STAGE_TWCC, &track, 1), LINK_DONE);
    struct viewer *v = world_viewer(20, CODEC_VP8, "0");
    world_run(4000);
    walked(v, true);
    CHECK_INT(sum.last_layer, 2);
    CHECK(sum.of_layer[2] > 50);
    shown_tell(20, track, false, 160, 90);
    world_run(4000);
    walked(v, true);
    CHECK_INT(sum.last_layer, 0);
    world_settle();
    walked(v, false);
    world_close();
}
