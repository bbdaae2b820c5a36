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

static struct {
    uint32_t peers[4096];
    unsigned count;
} order;

static void order_note(const struct stage_sent *s)
{
    if (!s->is_rtcp && s->is_video && order.count < COUNT_OF(order.peers))
        order.peers[order.count++] = s->peer;
}

/* How many packets went out, and how often the next was another's. */
static unsigned runs_of_a_burst(bool gathers)
{
    unsigned runs = 1;
    stage_gathers = gathers;
    CHECK_OK(world_open(5));
    stage_gathers = false;
    uint32_t track = world_publish(STAGE_VP8, STAGE_ORDINARY, "");
    struct source *s = world_source(10, CODEC_VP8, "0", 0x1000);
    for (uint32_t i = 0; i < 3; i++)
        CHECK_INT(world_watch(20 + i, 2 + i, LINK_DOWN, STAGE_VP8, STAGE_ORDINARY, &track, 1), LINK_DONE);
    struct viewer *v = world_viewer(22, CODEC_VP8, "0");
    world_run(3000);
    world_settle();
    walked(v, false);
    CHECK(sum.frames >= 70 && sum.gaps == 0);
    CHECK_INT(sum.last_picture, s->layers[0].picture);
    void (*before)(const struct stage_sent *) = stage.on_sent;
    stage.on_sent = order_note;
    order.count = 0;
    for (uint16_t n = 0; n < 6; n++) {
        uint8_t at[60] = {0x80, STAGE_TYPE_VP8, [12] = 0x10, 0x11};
        bytes_put16(at + 2, (uint16_t)(s->layers[0].seq + n));
        bytes_put32(at + 4, 900000);
        bytes_put32(at + 8, s->layers[0].ssrc);
        stage_rtp(10, at, sizeof at);
    }
    CHECK_INT(order.count, gathers ? 0 : 18);
    router_forward(stage.router);
    CHECK_INT(order.count, 18);
    for (unsigned i = 1; i < order.count; i++)
        runs += order.peers[i] != order.peers[i - 1];
    stage.on_sent = before;
    world_close();
    return runs;
}

TEST(what_has_come_together_goes_out_by_who_watches)
{
    CHECK_INT(runs_of_a_burst(false), 18);
    CHECK_INT(runs_of_a_burst(true), 3);
}

TEST(what_waits_to_be_forwarded_goes_with_its_track)
{
    uint8_t at[60] = {0x80, STAGE_TYPE_VP8, 0, 1, [12] = 0x10, 0x11};
    stage_gathers = true;
    CHECK_OK(world_open(6));
    stage_gathers = false;
    uint32_t track = world_publish(STAGE_VP8, STAGE_ORDINARY, "");
    CHECK_INT(world_watch(20, 2, LINK_DOWN, STAGE_VP8, STAGE_ORDINARY, &track, 1), LINK_DONE);
    struct source *s = world_source(10, CODEC_VP8, "0", 0x1000);
    world_run(500);
    bytes_put32(at + 8, s->layers[0].ssrc);
    stage_rtp(10, at, sizeof at);
    router_free(stage.router); /* with the packet waiting; world_close sees that it came back to its pool */
    stage.router = NULL;
    world_close();
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
    stage_take(
        &(struct link_msg){.type = LINK_PEER_LANE, .peer_lane = {10, 1}}); /* who interprets is no speaker */
    world_run(3000);
    CHECK_INT(stage_told(LINK_SPEAKER, 2)->speaker.participant, 2);
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
