/* Whatever is lost, late, doubled or switched: what a viewer gets is always a stream that can be decoded. Many short
 * lives, each from a seed; the seed stands in the failure's words. */
#include "base/rnd.h"
#include "tests/lab/world.h"
#include "tests/unit/check.h"

static struct viewer_sum sum;

struct life {
    enum codec codec;
    unsigned bit, layers, sids, tids;
    const char *rids;
};
static const struct life lives[] = {
    {CODEC_VP8, STAGE_VP8, 1, 1, 1, ""},      {CODEC_VP8, STAGE_VP8, 1, 1, 3, ""},
    {CODEC_VP8, STAGE_VP8, 3, 1, 3, "q;h;f"}, {CODEC_VP8, STAGE_VP8, 2, 1, 2, "q;h"},
    {CODEC_H264, STAGE_H264, 1, 1, 1, ""},    {CODEC_H264, STAGE_H264, 3, 1, 1, "q;h;f"},
    {CODEC_VP9, STAGE_VP9, 1, 1, 3, ""},      {CODEC_VP9, STAGE_VP9, 1, 3, 3, ""},
    {CODEC_VP9, STAGE_VP9, 1, 2, 1, ""},      {CODEC_AV1, STAGE_AV1, 1, 1, 1, ""},
};

static void watch_somehow(uint32_t peer, uint32_t track)
{
    static const uint16_t heights[] = {0, 90, 180, 360, 720};
    uint16_t height = heights[rnd_below(COUNT_OF(heights))];
    stage_take(&(struct link_msg){.type = LINK_TRACK_WATCH,
                                  .track_watch = {peer, track, rnd_below(8) == 0, (uint8_t)rnd_below(3),
                                                  (uint16_t)(height * 16 / 9), height}});
}

/* Things that happen in a call. */
static void happen(const struct life *life, uint32_t track, struct viewer *v)
{
    struct source *s = &world.sources[0];
    uint32_t cut = 2;
    switch (rnd_below(9)) {
    case 0:
        watch_somehow(v->peer, track);
        break;
    case 1:
        viewer_ask_key(v);
        break;
    case 2:
        s->layers[rnd_below(life->layers)].is_off ^= true;
        break;
    case 3:
        stage_take(&(struct link_msg){.type = LINK_TRACK_MUTE, .track_mute = {track, rnd_below(2) == 0}});
        break;
    case 4:
        stage_take(&(struct link_msg){
            .type = LINK_ROOM_PRIVATE,
            .room_private = {.room = 1, .count = (uint16_t)rnd_below(2), .participants = {cut}}});
        break;
    case 5:
        source_padding(s, (unsigned)rnd_below(life->layers), stage.now_us);
        break;
    case 6:
        stage_remb(v->peer, v->ssrc, 50000 + rnd_below(3000000));
        break;
    case 7:
        world.packets_a_frame[0] = 1 + (unsigned)rnd_below(6);
        break;
    default:
        break;
    }
}

static void live(uint64_t seed, bool with_loss, int seconds)
{
    const struct life *life = &lives[seed % COUNT_OF(lives)];
    stage_gathers = seed / COUNT_OF(lives) % 2 == 0; /* as the worker does, and at once */
    enum err err = world_open(seed * 7919 + 1);
    stage_gathers = false;
    CHECK_OK(err);
    if (with_loss) {
        world.up = (struct world_way){(unsigned)rnd_below(15), 3, 5000, (int64_t)rnd_below(60000)};
        world.down = (struct world_way){(unsigned)rnd_below(15), 3, 5000, (int64_t)rnd_below(60000)};
    }
    unsigned traits = STAGE_ORDINARY & ~STAGE_TWCC;
    uint32_t track = world_publish(life->bit, traits, life->rids);
    struct source *s = world_source(10, life->codec, "0", 0x1000);
    s->layer_count = life->layers;
    s->sids = life->sids;
    s->tids = life->tids;
    s->is_long_id = rnd_below(4) != 0;
    s->is_mixed = rnd_below(2);
    static const char *const rids[] = {"q", "h", "f"};
    for (unsigned i = 0; i < life->layers && life->layers > 1; i++)
        s->rids[i] = rids[i];
    world_run((int64_t)rnd_below(1500));
    CHECK_INT(world_watch(20, 2, LINK_DOWN, life->bit, traits | STAGE_REMB, &track, 1), LINK_DONE);
    struct viewer *v = world_viewer(20, life->codec, "0");
    for (int i = 0; i < seconds * 5; i++) {
        world_run(200);
        happen(life, track, v);
        /* A decoder that waits asks for a key frame. */
        if (rnd_below(5) == 0) viewer_ask_key(v);
    }
    world_settle();
    viewer_walk(v, with_loss, &sum);
    if (v->fault) check_fail(__FILE__, __LINE__, "seed %" PRIu64 ": %s", seed, v->fault);
    world_close();
}

TEST(what_is_switched_muted_and_cut_stays_a_stream)
{
    for (long seed = 0; seed < check_count(60, 3000); seed++)
        live((uint64_t)seed, false, 8);
}

TEST(what_is_lost_late_and_doubled_stays_a_stream)
{
    for (long seed = 0; seed < check_count(60, 3000); seed++)
        live((uint64_t)seed + 100000, true, 8);
}
