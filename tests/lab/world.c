#include "tests/lab/world.h"
#include "base/rnd.h"

struct world world;
static struct viewer viewers[WORLD_VIEWERS_MAX];

enum { SOUND_US = 20000, REPORT_US = 1000000, FRAME_US = 40000 };

static void fly(bool is_up, uint32_t peer, bool is_rtcp, const uint8_t *at, size_t bytes)
{
    const struct world_way *w = is_up ? &world.up : &world.down;
    if (rnd_below(100) < w->lost_of_100) {
        world.lost++;
        return;
    }
    unsigned copies = rnd_below(100) < w->doubled_of_100 ? 2 : 1;
    for (unsigned i = 0; i < copies; i++) {
        ASSERT(world.flight_count < WORLD_FLIGHT_MAX && bytes <= sizeof world.flights[0].at);
        struct world_flight *f = &world.flights[world.flight_count++];
        f->at_us =
            stage.now_us + w->delay_us + (w->jitter_us ? (int64_t)rnd_below((uint64_t)w->jitter_us) : 0);
        f->peer = peer;
        f->is_up = is_up;
        f->is_rtcp = is_rtcp;
        f->bytes = (uint16_t)bytes;
        memcpy(f->at, at, bytes);
        world.carried++;
    }
}

static void on_up(void *owner, uint32_t peer, bool is_rtcp, const uint8_t *at, size_t bytes)
{
    (void)owner;
    fly(true, peer, is_rtcp, at, bytes);
}

static void on_sent(const struct stage_sent *s)
{
    fly(false, s->peer, s->is_rtcp, s->at, s->bytes);
}

static void land_down(const struct world_flight *f)
{
    for (unsigned i = 0; i < world.source_count && f->is_rtcp; i++)
        if (world.sources[i].peer == f->peer) source_rtcp(&world.sources[i], f->at, f->bytes);
    for (unsigned i = 0; i < world.viewer_count; i++) {
        if (world.viewers[i]->peer != f->peer) continue;
        if (f->is_rtcp)
            viewer_rtcp(world.viewers[i], f->at, f->bytes, stage.now_us);
        else
            viewer_rtp(world.viewers[i], f->at, f->bytes, stage.now_us);
    }
}

/* In the order in which they are due. */
static void land(void)
{
    for (;;) {
        unsigned first = world.flight_count;
        for (unsigned i = 0; i < world.flight_count; i++)
            if (world.flights[i].at_us <= stage.now_us &&
                (first == world.flight_count || world.flights[i].at_us < world.flights[first].at_us))
                first = i;
        if (first == world.flight_count) return;
        static struct world_flight f;
        f = world.flights[first];
        memmove(&world.flights[first], &world.flights[first + 1], (--world.flight_count - first) * sizeof f);
        if (!f.is_up)
            land_down(&f);
        else if (f.is_rtcp)
            stage_rtcp(f.peer, f.at, f.bytes);
        else
            stage_rtp(f.peer, f.at, f.bytes);
    }
}

enum err world_open(uint64_t seed)
{
    rnd_seed(seed);
    enum err err = stage_open(STAGE_PACKETS);
    world = (struct world){.up = {0, 0, 5000, 0}, .down = {0, 0, 5000, 0}, .frame_us = FRAME_US};
    stage.on_sent = on_sent;
    return err;
}

void world_close(void)
{
    stage_close();
    rnd_seed(0);
}

struct source *world_source(uint32_t peer, enum codec codec, const char *mid, uint32_t ssrc)
{
    ASSERT(world.source_count < WORLD_SOURCES_MAX);
    world.packets_a_frame[world.source_count] = 3;
    struct source *s = &world.sources[world.source_count++];
    source_init(s, peer, codec, mid, ssrc);
    s->send = on_up;
    return s;
}

struct viewer *world_viewer(uint32_t peer, enum codec codec, const char *mid)
{
    ASSERT(world.viewer_count < WORLD_VIEWERS_MAX);
    struct viewer *v = &viewers[world.viewer_count];
    ASSERT(viewer_init(v, peer, codec, stage.answer, mid));
    v->send = on_up;
    v->asks = true;
    world.viewers[world.viewer_count++] = v;
    return v;
}

static bool is_due(int64_t *at_us, int64_t every_us)
{
    if (stage.now_us < *at_us) return false;
    *at_us = stage.now_us + every_us;
    return true;
}

static void sources_turn(void)
{
    bool pictures = is_due(&world.next_frame_us, world.frame_us),
         sounds = is_due(&world.next_sound_us, SOUND_US), reports = is_due(&world.next_report_us, REPORT_US);
    for (unsigned i = 0; i < world.source_count; i++) {
        struct source *s = &world.sources[i];
        if (s->codec == CODEC_OPUS && sounds) source_sound(s, stage.now_us);
        for (unsigned j = 0; j < s->layer_count && pictures && codec_is_video(s->codec); j++)
            source_picture(s, j, false, world.packets_a_frame[i] * (j + 1), stage.now_us);
        if (reports) source_report(s, rtcp_ntp(stage.now_us + 1767225600000000ll), stage.now_us);
    }
}

void world_run(int64_t ms)
{
    for (int64_t until_us = stage.now_us + ms * 1000; stage.now_us < until_us;) {
        stage.now_us += STAGE_TURN_US;
        land();
        if (!world.is_paused) sources_turn();
        router_turn(stage.router, stage.now_us);
        for (unsigned i = 0; i < world.viewer_count; i++)
            viewer_turn(world.viewers[i], stage.now_us);
    }
}

void world_settle(void)
{
    world.up.lost_of_100 = world.down.lost_of_100 = 0;
    world_run(400); /* the last pictures show what was lost before them */
    world.is_paused = true;
    world_run(1000);
    world.is_paused = false;
}

uint32_t world_publish(unsigned codecs, unsigned traits, const char *rids)
{
    stage_offer_begin(1, "pub1");
    stage_offer_video("sendonly", codecs, traits, rids);
    stage_forget();
    if (stage_offer(10, 1, LINK_UP, stage_offer_text(), NULL) != LINK_DONE) return 0;
    stage_connect(10);
    return stage_told(LINK_TRACK_ADDED, 0)->track_added.track;
}

uint8_t world_watch(uint32_t peer, uint32_t participant, enum link_peer_kind kind, unsigned codecs,
                    unsigned traits, const uint32_t *tracks, unsigned count)
{
    struct link_binds binds = {.count = (uint16_t)count};
    stage_offer_begin(count, "sub1");
    for (unsigned i = 0; i < count; i++) {
        const struct up *up = router_track(stage.router, tracks[i]);
        if (up && up->kind == SDP_AUDIO)
            stage_offer_audio("recvonly", traits);
        else
            stage_offer_video("recvonly", codecs, traits, "");
        binds.at[i] = (struct link_bind){tracks[i], STR("")};
    }
    uint8_t status = stage_offer(peer, participant, kind, stage_offer_text(), &binds);
    if (status == LINK_DONE && !stage_transport(peer)->is_connected) stage_connect(peer);
    return status;
}
