/* What takes memory, and what happens when there is none: joins and deals may fail and leave nothing behind, packets take
 * none at all. */
#include "base/mem.h"
#include "tests/lab/world.h"
#include "tests/unit/check.h"
#include <limits.h>

/* Allocations since counting_begin. */
static void counting_begin(void)
{
    mem_fail_at(LONG_MAX);
}
static long counted(void)
{
    return LONG_MAX - mem_fail_left();
}

/* Everything that can come while a call runs: video in three layers with loss, repetition and reports both ways, sound, a viewer
 * that asks for key frames, layers that change, mute and a private talk. */
static void a_call_runs(void)
{
    uint32_t cut = 2;
    for (int i = 0; i < 10; i++) {
        world_run(300);
        viewer_ask_key(world.viewers[0]);
        stage_take(&(struct link_msg){.type = LINK_TRACK_WATCH,
                                      .track_watch = {20, 1, i % 4 == 3, 0, 320, (uint16_t)(90 << i % 4)}});
        stage_take(&(struct link_msg){.type = LINK_TRACK_MUTE, .track_mute = {1, i % 5 == 4}});
        stage_take(&(struct link_msg){.type = LINK_ROOM_PRIVATE,
                                      .room_private = {1, (uint16_t)(i % 3 == 2), {cut}}});
    }
}

static void call_open(void)
{
    uint32_t tracks[2];
    CHECK_OK(world_open(99));
    tracks[0] = world_publish(STAGE_VP8, STAGE_ORDINARY, "q;h;f");
    stage_offer_begin(1, "pub2");
    stage_offer_audio("sendonly", STAGE_ORDINARY);
    CHECK_INT(stage_offer(11, 3, LINK_UP, stage_offer_text(), NULL), LINK_DONE);
    stage_connect(11);
    tracks[1] = tracks[0] + 1;
    CHECK_INT(world_watch(20, 2, LINK_DOWN, STAGE_VP8, STAGE_ORDINARY, tracks, 2), LINK_DONE);
    struct source *s = world_source(10, CODEC_VP8, "0", 0x1000);
    s->layer_count = s->tids = 3;
    s->rids[0] = "q", s->rids[1] = "h", s->rids[2] = "f";
    (void)world_viewer(20, CODEC_VP8, "0");
    (void)world_source(11, CODEC_OPUS, "0", 0x9000);
    world.up = world.down = (struct world_way){5, 2, 5000, 30000};
}

TEST(nothing_is_allocated_for_a_packet)
{
    call_open();
    uint64_t before = world.carried;
    counting_begin();
    a_call_runs();
    CHECK_INT(counted(), 0);
    CHECK(world.carried - before > 2000);
    /* The count counts: an offer does take memory. */
    stage_offer_begin(1, "sub9");
    stage_offer_audio("recvonly", STAGE_ORDINARY);
    CHECK_INT(stage_offer(29, 9, LINK_DOWN, stage_offer_text(), NULL), LINK_DONE);
    CHECK(counted() > 0);
    mem_fail_at(0);
    world_close();
}

/* A pool that has run dry loses packets and nothing else. */
TEST(a_call_outlives_a_pool_that_is_empty)
{
    struct packet *all[STAGE_PACKETS];
    unsigned n = 0;
    call_open();
    world_run(500);
    while (n < STAGE_PACKETS && (all[n] = packet_new(stage.packets)) != NULL)
        n++;
    world_run(500);
    for (unsigned i = 0; i < n; i++)
        packet_unref(all[i]);
    uint64_t before = stage_transport(20)->sent;
    world_run(2000);
    CHECK(stage_transport(20)->sent > before + 50);
    world_close();
}

static enum err ended(enum err err)
{
    world_close();
    return err;
}

SWEEP(a_room_is_made_with_two_who_meet)
{
    enum err err = world_open(4);
    if (err) return ended(err);
    uint32_t track = world_publish(STAGE_VP8 | STAGE_H264, STAGE_ORDINARY, "q;h;f");
    if (!track) return ended(stage.status == LINK_FULL ? ERR_NOMEM : ERR_IO);
    uint8_t status = world_watch(20, 2, LINK_DOWN, STAGE_VP8, STAGE_ORDINARY, &track, 1);
    if (status != LINK_DONE) return ended(status == LINK_FULL ? ERR_NOMEM : ERR_IO);
    return ended(OK);
}

/* What a refused deal must leave as it was. */
struct still {
    unsigned ups, downs, restarts;
    uint32_t tracks[PEER_UPS_MAX], ssrcs[4];
    uint64_t versions;
    struct ext_map extensions;
    char ufrag[32];
};
static void still_take(uint32_t peer, struct still *ret)
{
    const struct peer *p = stage_transport(peer)->peer;
    unsigned n = 0;
    memset(ret, 0, sizeof *ret); /* they are compared byte by byte */
    ret->ups = p->up_count;
    ret->downs = p->down_count;
    ret->restarts = stage_transport(peer)->restarts;
    ret->versions = p->versions;
    ret->extensions = p->extensions;
    memcpy(ret->ufrag, p->ufrag, sizeof ret->ufrag);
    for (unsigned i = 0; i < p->up_count; i++)
        ret->tracks[i] = p->ups[i]->id;
    list_each (item, after, &p->downs)
        if (n < COUNT_OF(ret->ssrcs)) ret->ssrcs[n++] = list_of(item, struct down, in_peer)->ssrc;
}

/* The second offer takes one track away, changes another's layers and brings a third; refused at any point it changes
 * nothing. */
SWEEP(another_offer_changes_all_or_nothing)
{
    long fail_at = mem_fail_left(); /* only what follows may fail */
    struct still before, after;
    mem_fail_at(0);
    CHECK_OK(world_open(4));
    stage_offer_begin(2, "pub1");
    stage_offer_audio("sendonly", STAGE_ORDINARY);
    stage_offer_video("sendonly", STAGE_VP8, STAGE_ORDINARY, "");
    CHECK_INT(stage_offer(10, 1, LINK_UP, stage_offer_text(), NULL), LINK_DONE);
    stage_connect(10);
    still_take(10, &before);
    stage_offer_begin(3, "pub1");
    stage_offer_audio("inactive", STAGE_ORDINARY);
    stage_offer_video("sendonly", STAGE_VP8, STAGE_ORDINARY, "q;h");
    stage_offer_video("sendonly", STAGE_H264, STAGE_ORDINARY, "");
    stage_forget();
    mem_fail_at(fail_at);
    uint8_t status = stage_offer(10, 1, LINK_UP, stage_offer_text(), NULL);
    long left = mem_fail_left();
    mem_fail_at(0);
    still_take(10, &after);
    if (status == LINK_DONE) {
        CHECK(after.ups == 2 && stage_told(LINK_TRACK_GONE, 1) && stage_told(LINK_TRACK_ADDED, 1));
        CHECK(stage.told[0].type == LINK_PEER_ANSWER && stage.told_count == 5);
    } else {
        CHECK_INT(status, LINK_FULL);
        CHECK(memcmp(&before, &after, sizeof before) == 0 && stage.told_count == 1);
        /* And the next one, with memory, is taken. */
        CHECK_INT(stage_offer(10, 1, LINK_UP, stage_offer_text(), NULL), LINK_DONE);
    }
    world_close();
    if (left > 0) mem_fail_at(left); /* not reached: the sweep is over */
    return status == LINK_DONE ? OK : ERR_NOMEM;
}

SWEEP(a_viewers_new_offer_changes_all_or_nothing)
{
    long fail_at = mem_fail_left();
    struct still before, after;
    struct link_binds binds = {2, {{1, STR("0")}, {2, STR("1")}}};
    mem_fail_at(0);
    CHECK_OK(world_open(4));
    stage_offer_begin(2, "pub1");
    stage_offer_video("sendonly", STAGE_VP8, STAGE_ORDINARY, "");
    stage_offer_video("sendonly", STAGE_VP8, STAGE_ORDINARY, "");
    CHECK_INT(stage_offer(10, 1, LINK_UP, stage_offer_text(), NULL), LINK_DONE);
    stage_offer_begin(2, "sub1");
    stage_offer_video("recvonly", STAGE_VP8, STAGE_ORDINARY, "");
    stage_offer_video("recvonly", STAGE_VP8, STAGE_ORDINARY, "");
    CHECK_INT(stage_offer(20, 2, LINK_DOWN, stage_offer_text(), &binds), LINK_DONE);
    still_take(20, &before);
    stage_offer_begin(2, "sub2"); /* an ICE restart, and the tracks change places */
    stage_offer_video("recvonly", STAGE_VP8, STAGE_ORDINARY, "");
    stage_offer_video("recvonly", STAGE_VP8, STAGE_ORDINARY, "");
    binds.at[0].track = 2;
    binds.at[1].track = 1;
    mem_fail_at(fail_at);
    uint8_t status = stage_offer(20, 2, LINK_DOWN, stage_offer_text(), &binds);
    long left = mem_fail_left();
    mem_fail_at(0);
    still_take(20, &after);
    if (status == LINK_DONE)
        CHECK(after.downs == 2 && after.ssrcs[0] != before.ssrcs[0] && after.restarts == 1);
    else
        CHECK(memcmp(&before, &after, sizeof before) == 0);
    world_close();
    if (left > 0) mem_fail_at(left);
    return status == LINK_DONE ? OK : ERR_NOMEM;
}

SWEEP(a_counter_offer_is_made_and_accepted_or_nothing_is_left)
{
    static struct link_msg m;
    long fail_at = mem_fail_left();
    mem_fail_at(0);
    CHECK_OK(world_open(4));
    uint32_t track = world_publish(STAGE_VP8, STAGE_ORDINARY, "");
    m = (struct link_msg){.type = LINK_PEER_COUNTER, .peer_counter = {1, 7, 30, 77, {1, {{track, STR("")}}}}};
    stage.status = 0;
    mem_fail_at(fail_at);
    stage_take(&m);
    if (stage.status == LINK_DONE) {
        char text[LINK_SDP_BYTES_MAX];
        memcpy(text, stage.answer, sizeof text - 1);
        text[sizeof text - 1] = 0;
        memcpy(strstr(text, "setup:actpass"), "setup:passive", 13);
        memcpy(strstr(text, "a=sendonly"), "a=recvonly", 10);
        m = (struct link_msg){.type = LINK_PEER_ACCEPT, .peer_accept = {30, 78, str_of(text)}};
        stage.status = 0;
        stage_take(&m);
        CHECK(stage.status == LINK_FULL || stage.status == LINK_DONE);
        CHECK(stage_transport(30)->peer->awaits_accept == (stage.status != LINK_DONE));
    } else {
        CHECK(stage.status == LINK_FULL && !stage_transport(30) && router_peers(stage.router) == 1);
    }
    long left = mem_fail_left();
    mem_fail_at(0);
    uint8_t status = stage.status;
    world_close();
    if (left > 0) mem_fail_at(left);
    return status == LINK_DONE ? OK : ERR_NOMEM;
}
