/* What descriptions make of peers and tracks: whole or not at all, and told in their order. */
#include "base/mem.h"
#include "tests/lab/world.h"
#include "tests/unit/check.h"

TEST(the_answer_is_told_before_the_tracks_it_brings)
{
    CHECK_OK(world_open(1));
    stage_offer_begin(2, "pub1");
    stage_offer_audio("sendonly", STAGE_ORDINARY);
    stage_offer_video("sendonly", STAGE_VP8 | STAGE_VP9, STAGE_ORDINARY, "q;h;f");
    CHECK_INT(stage_offer(10, 1, LINK_UP, stage_offer_text(), NULL), LINK_DONE);
    CHECK(stage.told_count == 3 && stage.told[0].type == LINK_PEER_ANSWER &&
          stage.told[1].type == LINK_TRACK_ADDED && stage.told[2].type == LINK_TRACK_ADDED);
    CHECK_STR(stage.told[2].track_added.mid, "1");
    CHECK(stage.told[2].track_added.codec == LINK_VP8 && stage.told[2].track_added.layers == 3);
    world_close();
}

static uint8_t publish(uint32_t peer, enum link_peer_kind kind, unsigned codecs, unsigned traits)
{
    stage_offer_begin(1, "pub1");
    stage_offer_video("sendonly", codecs, traits, "");
    stage_forget();
    return stage_offer(peer, peer, kind, stage_offer_text(), NULL);
}
static uint8_t codec_published(uint32_t peer, unsigned codecs)
{
    CHECK_INT(publish(peer, LINK_UP, codecs, STAGE_ORDINARY), LINK_DONE);
    return stage_told(LINK_TRACK_ADDED, 0)->track_added.codec;
}
static void close_peer(uint32_t peer)
{
    stage_take(&(struct link_msg){.type = LINK_PEER_CLOSE, .peer_close = {peer}});
}

TEST(a_publishers_first_codec_is_taken_where_all_who_watch_can_decode_it)
{
    uint32_t none = 0;
    CHECK_OK(world_open(1));
    /* Nobody is here yet: VP8 and H.264 are everybody's, in the order of the offer. */
    CHECK_INT(codec_published(10, STAGE_VP8 | STAGE_VP9 | STAGE_H264), LINK_VP8);
    CHECK_INT(codec_published(11, STAGE_VP8 | STAGE_VP9 | STAGE_VP9_FIRST), LINK_VP8);
    CHECK_INT(codec_published(12, STAGE_H264), LINK_H264);
    CHECK_INT(codec_published(13, STAGE_VP9), LINK_VP9); /* better than nothing */
    /* Two who watch, and both know VP9. */
    CHECK_INT(world_watch(20, 2, LINK_DOWN, STAGE_VP8 | STAGE_VP9 | STAGE_H264, STAGE_ORDINARY, &none, 1),
              LINK_DONE);
    CHECK_INT(world_watch(21, 3, LINK_DOWN, STAGE_VP8 | STAGE_VP9 | STAGE_AV1, STAGE_ORDINARY, &none, 1),
              LINK_DONE);
    CHECK_INT(codec_published(14, STAGE_VP8 | STAGE_VP9 | STAGE_VP9_FIRST), LINK_VP9);
    CHECK_INT(codec_published(15, STAGE_VP8 | STAGE_VP9), LINK_VP8); /* not what it wants first */
    CHECK_INT(codec_published(16, STAGE_VP8 | STAGE_AV1 | STAGE_AV1_FIRST),
              LINK_VP8); /* one of them cannot */
    close_peer(20);
    CHECK_INT(codec_published(17, STAGE_VP8 | STAGE_AV1 | STAGE_AV1_FIRST), LINK_AV1);
    world_close();
}

TEST(a_viewer_gets_the_h264_that_fits_what_is_sent)
{
    static const struct {
        const char *sent;
        int want;
    } each[] = {{"42e01f", STAGE_TYPE_H264},      {"42001f", STAGE_TYPE_H264_MAIN + 100},
                {"4d0032", STAGE_TYPE_H264_MAIN}, {"640c1f", STAGE_TYPE_H264_HIGH},
                {"640032", STAGE_TYPE_H264_HIGH}, {"58c01f", STAGE_TYPE_H264}};
    char offer[4000], wanted[32];
    for (size_t i = 0; i < COUNT_OF(each); i++) {
        CHECK_OK(world_open(1));
        stage_offer_begin(1, "pub1");
        stage_offer_video("sendonly", STAGE_H264, STAGE_ORDINARY, "");
        snprintf(offer, sizeof offer, "%s", stage_offer_text());
        for (char *at = offer; (at = strstr(at, "profile-level-id=")) != NULL; at += 17)
            memcpy(at + 17, each[i].sent, 6);
        stage_forget();
        CHECK_INT(stage_offer(10, 1, LINK_WHIP, offer, NULL), LINK_DONE);
        uint32_t track = stage_told(LINK_TRACK_ADDED, 0)->track_added.track;
        CHECK_INT(world_watch(20, 2, LINK_DOWN, STAGE_VP8 | STAGE_H264, STAGE_ORDINARY, &track, 1),
                  LINK_DONE);
        snprintf(wanted, sizeof wanted, "a=rtpmap:%d H264/90000", each[i].want);
        if (each[i].want < 128) CHECK(strstr(stage.answer, wanted) != NULL);
        CHECK(strstr(stage.answer, "H264/90000") && !strstr(stage.answer, "VP8"));
        world_close();
    }
}

TEST(a_refused_offer_of_a_new_peer_leaves_none)
{
    CHECK_OK(world_open(1));
    CHECK_INT(stage_offer(10, 1, LINK_UP, "v=0\r\nnonsense", NULL), LINK_MALFORMED);
    CHECK(stage.told_count == 1 && !stage_transport(10) && router_peers(stage.router) == 0);
    stage_offer_begin(2, "pub1");
    stage_offer_audio("sendonly", STAGE_ORDINARY);
    stage_offer_video("recvonly", STAGE_VP8, STAGE_ORDINARY, "");
    CHECK_INT(stage_offer(10, 1, LINK_WHIP, stage_offer_text(), NULL),
              LINK_REFUSED); /* whole or not at all */
    CHECK(stage.why[0] && !stage_transport(10) && !stage_told(LINK_TRACK_ADDED, 0));
    stage.refuses_transports = true;
    CHECK_INT(publish(10, LINK_UP, STAGE_VP8, STAGE_ORDINARY), LINK_FULL);
    stage.refuses_transports = false;
    CHECK_INT(publish(10, LINK_UP, STAGE_VP8, STAGE_ORDINARY), LINK_DONE);
    world_close();
}

TEST(a_refused_restart_leaves_the_tracks_as_they_were)
{
    CHECK_OK(world_open(1));
    CHECK_INT(publish(10, LINK_UP, STAGE_VP8, STAGE_ORDINARY), LINK_DONE);
    uint32_t track = stage_told(LINK_TRACK_ADDED, 0)->track_added.track;
    stage_offer_begin(1, "new1"); /* other credentials, and another codec */
    stage_offer_video("sendonly", STAGE_H264, STAGE_ORDINARY, "");
    stage.refuses_restarts = true;
    stage_forget();
    CHECK_INT(stage_offer(10, 10, LINK_UP, stage_offer_text(), NULL), LINK_FULL);
    CHECK(stage.told_count == 1 && router_track(stage.router, track));
    stage.refuses_restarts = false;
    stage_forget();
    CHECK_INT(stage_offer(10, 10, LINK_UP, stage_offer_text(), NULL), LINK_DONE);
    CHECK(stage_transport(10)->restarts == 1 && strstr(stage.answer, stage_transport(10)->ufrag));
    CHECK(stage_told(LINK_TRACK_GONE, 0)->track_gone.track == track && !router_track(stage.router, track));
    CHECK(stage.told[0].type == LINK_PEER_ANSWER && stage.told[1].type == LINK_TRACK_GONE);
    world_close();
}

TEST(another_certificate_needs_another_connection)
{
    char offer[4000];
    CHECK_OK(world_open(1));
    CHECK_INT(publish(10, LINK_UP, STAGE_VP8, STAGE_ORDINARY), LINK_DONE);
    uint32_t track = stage_told(LINK_TRACK_ADDED, 0)->track_added.track;
    snprintf(offer, sizeof offer, "%s", stage_offer_text());
    memcpy(strstr(offer, "00:01:02"), "FF:01:02", 8);
    CHECK_INT(stage_offer(10, 10, LINK_UP, offer, NULL), LINK_REFUSED);
    CHECK(stage_transport(10) && router_track(stage.router, track));
    CHECK_INT(stage_offer(10, 11, LINK_UP, stage_offer_text(), NULL), LINK_ABSENT); /* another's peer */
    world_close();
}

static uint8_t counter(uint32_t peer, uint32_t track)
{
    static struct link_msg m;
    m = (struct link_msg){.type = LINK_PEER_COUNTER,
                          .peer_counter = {1, 7, peer, ++stage.request, {1, {{track, STR("")}}}}};
    stage.status = 0;
    stage_take(&m);
    return stage.status;
}
static uint8_t accept_with(uint32_t peer, const char *text)
{
    struct link_msg m = {.type = LINK_PEER_ACCEPT, .peer_accept = {peer, ++stage.request, str_of(text)}};
    stage.status = 0;
    stage_take(&m);
    return stage.status;
}
static void replace(char *text, const char *what, const char *by)
{
    ASSERT(strlen(what) == strlen(by));
    for (char *at = text; (at = strstr(at, what)) != NULL; at += strlen(by))
        memcpy(at, by, strlen(by));
}

TEST(a_whep_player_that_cannot_be_answered_gets_an_offer_of_ours)
{
    static char ours[LINK_SDP_BYTES_MAX], theirs[LINK_SDP_BYTES_MAX], good[LINK_SDP_BYTES_MAX];
    struct viewer_sum sum;
    struct link_binds binds = {.count = 1};
    CHECK_OK(world_open(1));
    uint32_t track = world_publish(STAGE_H264, STAGE_ORDINARY, "");
    struct source *s = world_source(10, CODEC_H264, "0", 0x1000);
    binds.at[0] = (struct link_bind){track, STR("")};
    stage_offer_begin(1, "play");
    stage_offer_video("recvonly", STAGE_VP8, STAGE_ORDINARY, "");
    CHECK_INT(stage_offer(20, 2, LINK_WHEP, stage_offer_text(), &binds), LINK_REFUSED);
    CHECK(!stage_transport(20));
    CHECK_INT(counter(21, track), LINK_DONE);
    memcpy(ours, stage.answer, sizeof ours);
    CHECK(strstr(ours, "a=sendonly\r\n") && strstr(ours, "a=setup:actpass\r\n") &&
          strstr(ours, "a=ice-lite") && strstr(ours, "a=rtpmap:96 H264/90000") &&
          strstr(ours, "profile-level-id=42e01f") && strstr(ours, "a=fmtp:97 apt=96") &&
          strstr(ours, "a=ssrc-group:FID ") && strstr(ours, "a=candidate:"));
    CHECK_INT(counter(21, track), LINK_ABSENT); /* it is there already */
    /* Answers that are none. */
    memcpy(theirs, ours, sizeof theirs);
    CHECK_INT(accept_with(21, theirs), LINK_REFUSED); /* it wants nothing, and has not chosen a role */
    replace(theirs, "a=sendonly\r\n", "a=recvonly\r\n");
    CHECK_INT(accept_with(21, theirs), LINK_REFUSED);
    replace(theirs, "setup:actpass", "setup:passive");
    memcpy(good, theirs, sizeof good);
    replace(theirs, "a=extmap:1 ", "a=extmap:9 ");
    CHECK(accept_with(21, theirs) != LINK_DONE);
    memcpy(theirs, good, sizeof theirs);
    CHECK_INT(accept_with(21, "v=0\r\n"), LINK_MALFORMED);
    CHECK(stage_transport(21)->begins == 0 && stage_transport(21)->peer->awaits_accept);
    CHECK_INT(accept_with(21, theirs), LINK_DONE);
    CHECK(stage.answer[0] == 0 && stage_transport(21)->role == DTLS_CLIENT);
    CHECK_INT(accept_with(21, theirs), LINK_REFUSED); /* once */
    CHECK_INT(accept_with(99, theirs), LINK_ABSENT);
    memcpy(stage.answer, ours, sizeof ours);
    struct viewer *v = world_viewer(21, CODEC_H264, "0");
    stage_connect(21);
    world_run(2000);
    world_settle();
    viewer_walk(v, false, &sum);
    CHECK(!v->fault && sum.frames > 40 && sum.last_picture == s->layers[0].picture);
    CHECK_INT(counter(22, 999), LINK_ABSENT); /* nothing is sent under that number */
    CHECK(!stage_transport(22));
    world_close();
}

TEST(who_leaves_is_told_of_and_what_watched_him_ends)
{
    CHECK_OK(world_open(1));
    uint32_t track = world_publish(STAGE_VP8, STAGE_ORDINARY, "");
    CHECK_INT(world_watch(20, 2, LINK_DOWN, STAGE_VP8, STAGE_ORDINARY, &track, 1), LINK_DONE);
    stage_forget();
    close_peer(10); /* a leave and a kick are one to the worker */
    CHECK(stage_told(LINK_TRACK_GONE, 0)->track_gone.track == track &&
          stage_told(LINK_PEER_STATE, 0)->peer_state.state == LINK_GONE && !stage_transport(10));
    CHECK_INT(stage_transport(20)->peer->down_count, 0);
    stage_run(2000);
    stage_forget();
    router_state(stage_transport(20)->peer, LINK_GONE, stage.now_us); /* the network says so */
    CHECK(stage_told(LINK_PEER_STATE, 0)->peer_state.peer == 20 && router_peers(stage.router) == 0);
    close_peer(20);
    CHECK_INT(stage.told_count, 1);
    world_close();
}

TEST(a_room_that_is_closed_takes_all_with_it)
{
    CHECK_OK(world_open(1));
    uint32_t track = world_publish(STAGE_VP8, STAGE_ORDINARY, "q;h;f");
    CHECK_INT(world_watch(20, 2, LINK_DOWN, STAGE_VP8, STAGE_ORDINARY, &track, 1), LINK_DONE);
    CHECK_INT(world_watch(21, 3, LINK_DOWN, STAGE_VP8, STAGE_ORDINARY, &track, 1), LINK_DONE);
    stage_forget();
    stage_take(&(struct link_msg){.type = LINK_ROOM_CLOSE, .room_close = {1}});
    CHECK(router_peers(stage.router) == 0 && router_rooms(stage.router) == 0);
    CHECK(stage_told(LINK_PEER_STATE, 2) && !stage_told(LINK_PEER_STATE, 3) &&
          stage_told(LINK_TRACK_GONE, 0));
    CHECK_INT(publish(10, LINK_UP, STAGE_VP8, STAGE_ORDINARY), LINK_ABSENT);
    world_close();
}

/* The worker sleeps until router_due_ms says so. */
TEST(the_router_is_due_when_something_is_and_not_before)
{
    CHECK_OK(world_open(1));
    stage_take(&(struct link_msg){.type = LINK_ROOM_CLOSE, .room_close = {1}});
    stage_run(100);
    CHECK(router_due_ms(stage.router) == INT64_MAX);
    stage_take(&(struct link_msg){.type = LINK_ROOM_OPEN, .room_open = {1}});
    uint32_t track = world_publish(STAGE_VP8, STAGE_ORDINARY, "q;h;f");
    CHECK(router_due_ms(stage.router) <= stage.now_us / 1000);
    stage_run(1000);
    int64_t wait_ms = router_due_ms(stage.router) - stage.now_us / 1000;
    CHECK(wait_ms > 0 && wait_ms <= ROOM_SPEAKER_EVERY_MS);
    CHECK_INT(world_watch(20, 2, LINK_DOWN, STAGE_VP8, STAGE_ORDINARY, &track, 1), LINK_DONE);
    CHECK(router_due_ms(stage.router) <= stage.now_us / 1000); /* it has just connected */
    world_close();
}

TEST(after_an_interruption_the_same_stream_goes_on)
{
    struct viewer_sum sum;
    CHECK_OK(world_open(6));
    uint32_t track = world_publish(STAGE_VP8, STAGE_ORDINARY, "");
    (void)world_source(10, CODEC_VP8, "0", 0x1000);
    CHECK_INT(world_watch(20, 2, LINK_DOWN, STAGE_VP8, STAGE_ORDINARY & ~STAGE_TWCC, &track, 1), LINK_DONE);
    struct viewer *v = world_viewer(20, CODEC_VP8, "0");
    world_run(1000);
    struct stage_transport *t = stage_transport(20);
    stage_forget();
    t->is_connected = false;
    router_state(t->peer, LINK_INTERRUPTED, stage.now_us);
    world_run(1500);
    unsigned before = v->count;
    /* It comes back by an ICE restart on the same connection (docs/PROTOCOL §10.2). */
    struct link_binds binds = {1, {{track, STR("")}}};
    stage_offer_begin(1, "sub2");
    stage_offer_video("recvonly", STAGE_VP8, STAGE_ORDINARY & ~STAGE_TWCC, "");
    CHECK_INT(stage_offer(20, 2, LINK_DOWN, stage_offer_text(), &binds), LINK_DONE);
    stage_connect(20);
    CHECK(stage_told(LINK_PEER_STATE, 0)->peer_state.state == LINK_INTERRUPTED &&
          stage_told(LINK_PEER_STATE, 1)->peer_state.state == LINK_CONNECTED);
    int64_t back_us = stage.now_us;
    while (v->count == before && stage.now_us - back_us < 3000000)
        world_run(10);
    CHECK(stage.now_us - back_us < 2000000);
    world_run(1500);
    world_settle();
    viewer_walk(v, true, &sum);
    CHECK(!v->fault && sum.frames > 50);
    world_close();
}
