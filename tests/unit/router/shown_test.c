/* What a viewer is shown: from when on, which layers, in whose company, and in which headers. */
#include "tests/lab/world.h"
#include "tests/unit/check.h"

static struct viewer_sum sum;

static void walked(struct viewer *v, bool may_have_gaps)
{
    viewer_walk(v, may_have_gaps, &sum);
    if (v->fault) check_fail(__FILE__, __LINE__, "a viewer's stream: %s", v->fault);
}

static void say(const struct link_msg *m)
{
    stage_take(m);
}
static void mute(uint32_t track, bool is_muted)
{
    say(&(struct link_msg){.type = LINK_TRACK_MUTE, .track_mute = {track, is_muted}});
}
static void watch(uint32_t peer, uint32_t track, bool is_paused, uint8_t priority, uint16_t height)
{
    say(&(struct link_msg){
        .type = LINK_TRACK_WATCH,
        .track_watch = {peer, track, is_paused, priority, (uint16_t)(height * 16 / 9), height}});
}
static void cut_off(uint16_t count, uint32_t who)
{
    say(&(struct link_msg){.type = LINK_ROOM_PRIVATE, .room_private = {1, count, {who}}});
}
enum { DOWN_TRAITS = (STAGE_ORDINARY & ~STAGE_TWCC) | STAGE_REMB };

static struct source *source;
static struct viewer *viewer;
static uint32_t track;
static void pair(unsigned bit, enum codec codec, const char *rids)
{
    CHECK_OK(world_open(21));
    track = world_publish(bit, STAGE_ORDINARY, rids);
    source = world_source(10, codec, "0", 0x1000);
    if (rids[0]) {
        source->layer_count = 3;
        source->rids[0] = "q", source->rids[1] = "h", source->rids[2] = "f";
    }
    CHECK_INT(world_watch(20, 2, LINK_DOWN, bit, DOWN_TRAITS, &track, 1), LINK_DONE);
    viewer = world_viewer(20, codec, "0");
}

TEST(who_comes_late_sees_the_kept_key_frame_at_once_and_the_source_is_left_in_peace)
{
    pair(STAGE_VP8, CODEC_VP8, "");
    world_run(500);
    source->layers[0].wants_key = true;
    world_run(400); /* ten pictures since the key frame */
    unsigned asked = source->layers[0].keys_asked;
    int64_t came_us = stage.now_us;
    CHECK_INT(world_watch(21, 3, LINK_DOWN, STAGE_VP8, DOWN_TRAITS, &track, 1), LINK_DONE);
    struct viewer *late = world_viewer(21, CODEC_VP8, "0");
    world_run(300);
    CHECK_INT(source->layers[0].keys_asked, asked);
    CHECK(late->is_started && late->first_us - came_us <= 30000);
    viewer_walk(late, false, &sum);
    CHECK(!late->fault && sum.keys == 1 && sum.frames > 12);
    CHECK_INT(sum.last_picture + 1 >= source->layers[0].picture, 1); /* it has caught up */
    world_settle();
    walked(late, false);
    world_close();
}

/* 64 packets of a key frame and what followed leave evenly, and sound is not behind them. */
TEST(what_is_caught_up_with_is_paced)
{
    pair(STAGE_VP8, CODEC_VP8, "");
    world.packets_a_frame[0] = 60;
    world_run(500);
    source->layers[0].wants_key = true;
    world_run(120);
    CHECK_INT(world_watch(21, 3, LINK_DOWN, STAGE_VP8, DOWN_TRAITS, &track, 1), LINK_DONE);
    world.is_paused = true;
    struct viewer *late = world_viewer(21, CODEC_VP8, "0");
    const struct stage_transport *t = stage_transport(21);
    unsigned turns = 0, most = 0;
    for (uint64_t before = t->sent; turns < 100; before = t->sent, turns++) {
        world_run(10);
        if (t->sent - before > most) most = (unsigned)(t->sent - before);
    }
    CHECK(t->sent >= 120 && most > 0);
    /* Nothing is known of the way: 2.5 Mbit/s, or half as much again as the source's own rate; a turn is 10 ms, a packet 230
     * bytes and more. */
    CHECK(most <= 30);
    world.is_paused = false;
    world_run(1000);
    world_settle();
    walked(late, false);
    world_close();
}

/* Of a stream that has just begun nothing is usual yet, and it may be more than a way of which nothing is known is paced at: who catches
 * up with it must reach it all the same, within the half second that is kept of so much. */
TEST(who_catches_up_reaches_a_source_that_has_just_begun)
{
    pair(STAGE_VP8, CODEC_VP8, "");
    world.packets_a_frame[0] = 80; /* 3.8 Mbit/s */
    world_run(400);
    unsigned keys = source->layers[0].keys_sent;
    CHECK_INT(world_watch(21, 3, LINK_DOWN, STAGE_VP8, DOWN_TRAITS, &track, 1), LINK_DONE);
    const struct down *d = peer_down_by_track(stage_transport(21)->peer, track);
    CHECK(d->is_catching);
    world_run(1000);
    CHECK(d->is_running && !d->is_catching);
    CHECK_INT(source->layers[0].keys_sent, keys); /* not by a key frame that had to be asked for */
    world_close();
}

TEST(a_key_frame_is_asked_for_when_none_is_kept_and_again_until_it_comes)
{
    pair(STAGE_VP8, CODEC_VP8, "");
    world_run(4000); /* the first one is too old */
    unsigned asked = source->layers[0].keys_asked;
    CHECK_INT(world_watch(21, 3, LINK_DOWN, STAGE_VP8, DOWN_TRAITS, &track, 1), LINK_DONE);
    struct viewer *late = world_viewer(21, CODEC_VP8, "0");
    world_run(300);
    CHECK(source->layers[0].keys_asked == asked + 1 && late->is_started);
    world_settle();
    walked(late, false);
    world_close();
}

TEST(muted_means_nothing_is_forwarded_and_a_key_frame_follows)
{
    pair(STAGE_VP8, CODEC_VP8, "");
    world_run(3000);
    mute(track, true);
    world_run(20); /* what was under way */
    unsigned count = viewer->count, keys = source->layers[0].keys_sent;
    world_run(1500);
    CHECK_INT(viewer->count, count);
    mute(track, false);
    world_run(500);
    CHECK(viewer->count > count && source->layers[0].keys_sent == keys + 1);
    world_settle();
    walked(viewer, false);
    world_close();
}

TEST(a_paused_track_rests_for_one_viewer_alone)
{
    pair(STAGE_VP8, CODEC_VP8, "");
    CHECK_INT(world_watch(21, 3, LINK_DOWN, STAGE_VP8, DOWN_TRAITS, &track, 1), LINK_DONE);
    struct viewer *other = world_viewer(21, CODEC_VP8, "0");
    world_run(1000);
    watch(20, track, true, 0, 0);
    world_run(20);
    unsigned count = viewer->count, others = other->count;
    world_run(1000);
    CHECK(viewer->count == count && other->count > others);
    struct link_quality q;
    peer_quality(stage_transport(20)->peer, stage.now_us, &q);
    CHECK_INT(q.shown[0].held, LINK_HELD_PAUSED);
    watch(20, track, false, 0, 0);
    world_run(1000);
    CHECK(viewer->count > count);
    world_settle();
    walked(viewer, false);
    walked(other, false);
    world_close();
}

TEST(a_private_talk_cuts_both_ways_whoever_it_names_and_nobody_else)
{
    struct link_quality q;
    pair(STAGE_VP8, CODEC_VP8, ""); /* 1 sends to 2 */
    CHECK_INT(world_watch(21, 3, LINK_DOWN, STAGE_VP8, DOWN_TRAITS, &track, 1), LINK_DONE);
    struct viewer *third = world_viewer(21, CODEC_VP8, "0");
    world_run(1000);
    cut_off(1, 3);
    world_run(20);
    unsigned theirs = third->count, ours = viewer->count;
    world_run(1000);
    CHECK(third->count == theirs && viewer->count > ours);
    peer_quality(stage_transport(21)->peer, stage.now_us, &q);
    CHECK_INT(q.shown[0].held, LINK_HELD_PRIVATE);
    /* Who comes while it lasts is cut off by his number too. */
    CHECK_INT(world_watch(22, 3, LINK_DOWN, STAGE_VP8, DOWN_TRAITS, &track, 1), LINK_DONE);
    uint64_t sent = stage_transport(22)->sent;
    world_run(500);
    CHECK_INT(stage_transport(22)->sent, sent);
    /* The one who sends: nobody sees him, and nothing of what he says meanwhile is shown later. */
    cut_off(1, 1);
    world_run(20);
    ours = viewer->count, theirs = third->count;
    uint32_t secret = source->layers[0].picture;
    world_run(1000);
    CHECK(viewer->count == ours);
    uint32_t last_secret = source->layers[0].picture;
    cut_off(0, 0);
    world_run(1000);
    CHECK(viewer->count > ours && third->count > theirs);
    world_settle();
    walked(viewer, false);
    walked(third, false);
    for (int64_t seq = viewer->began; seq <= viewer->newest; seq++) {
        const struct viewer_packet *p = &viewer->packets[seq - viewer->first];
        CHECK(!p->has_mark || p->mark.picture <= secret + 1 || p->mark.picture > last_secret - 1);
    }
    /* No peer was told gone, and no track: presence is everybody's to see (rule 24). */
    CHECK(!stage_told(LINK_TRACK_GONE, 0));
    world_close();
}

/* Not one packet of the pictures from after first until last. */
static void none_between(const struct viewer *v, uint32_t first, uint32_t last)
{
    for (int64_t seq = v->began; seq <= v->newest; seq++) {
        const struct viewer_packet *p = &v->packets[seq - v->first];
        CHECK(!p->has_mark || p->mark.picture <= first || p->mark.picture > last);
    }
}

TEST(nothing_of_a_private_talk_or_of_a_muted_time_is_shown_afterwards)
{
    pair(STAGE_VP8, CODEC_VP8, "");
    world.up.delay_us = 0; /* so that what is sent has come */
    CHECK_INT(world_watch(21, 3, LINK_DOWN, STAGE_VP8, DOWN_TRAITS, &track, 1), LINK_DONE);
    struct viewer *third = world_viewer(21, CODEC_VP8, "0");
    world_run(3000);
    uint32_t first = source->layers[0].picture;
    cut_off(1, 3);
    world_run(1000);
    source->layers[0].wants_key = true; /* one that is kept, from the midst of the talk */
    world_run(300);
    uint32_t last = source->layers[0].picture;
    cut_off(0, 0);
    CHECK_INT(world_watch(22, 4, LINK_DOWN, STAGE_VP8, DOWN_TRAITS, &track, 1),
              LINK_DONE); /* and a newcomer */
    struct viewer *fourth = world_viewer(22, CODEC_VP8, "0");
    world_run(3000);
    world_settle();
    walked(third, false);
    walked(fourth, false);
    none_between(third, first, last);
    none_between(fourth, 0, last);
    walked(viewer, false);
    CHECK(sum.last_picture == source->layers[0].picture && sum.frames > 150); /* who was in it saw it all */
    /* Muted: nobody. */
    first = source->layers[0].picture;
    mute(track, true);
    world_run(1000);
    source->layers[0].wants_key = true;
    world_run(300);
    last = source->layers[0].picture;
    mute(track, false);
    world_run(2000);
    none_between(viewer, first, last);
    none_between(third, first, last);
    CHECK(third->packets[third->newest - third->first].mark.picture > last);
    world_close();
}

TEST(temporal_layers_go_at_once_and_come_at_a_point_that_allows_it)
{
    pair(STAGE_VP8, CODEC_VP8, "");
    source->tids = 3;
    world_run(2000);
    for (int i = 0; i < 12; i++) { /* as the way changes, and as time allows (5 s after the last time down) */
        stage_remb(20, viewer->ssrc, i % 2 ? 3000000 : 35000);
        world_run(i % 2 ? 7000 : 1500);
    }
    stage_remb(20, viewer->ssrc, 3000000);
    world_run(3000);
    world_settle();
    walked(viewer, false);
    CHECK(sum.of_tid[0] > 0 && sum.of_tid[1] > 0 && sum.of_tid[2] > 0);
    CHECK(sum.of_tid[0] > sum.of_tid[1] + 10); /* it was less for a while */
    world_close();
}

TEST(spatial_layers_end_with_their_tile_and_the_marker_ends_what_is_left)
{
    pair(STAGE_VP9, CODEC_VP9, "");
    source->sids = 3;
    world_run(2000);
    watch(20, track, false, 0, 180); /* the lowest of 180, 360 and 720 */
    world_run(2000);
    walked(viewer, false);
    unsigned top = sum.of_sid[2];
    CHECK(top > 20);
    world_run(2000);
    walked(viewer, false);
    CHECK(sum.of_sid[2] == top && sum.of_sid[0] > top + 50);
    watch(20, track, false, 0, 720);
    world_run(8000);
    world_settle();
    walked(viewer, false);
    CHECK(sum.of_sid[2] > top + 10 && sum.keys >= 2);
    world_close();
}

TEST(a_pinned_source_keeps_its_lowest_layer_when_others_are_held)
{
    uint32_t tracks[2];
    struct link_quality q;
    CHECK_OK(world_open(8));
    stage_offer_begin(2, "pub1");
    stage_offer_video("sendonly", STAGE_VP8, STAGE_ORDINARY, "");
    stage_offer_video("sendonly", STAGE_VP8, STAGE_ORDINARY, "");
    CHECK_INT(stage_offer(10, 1, LINK_UP, stage_offer_text(), NULL), LINK_DONE);
    stage_connect(10);
    for (unsigned i = 0; i < 2; i++)
        tracks[i] = stage_told(LINK_TRACK_ADDED, i)->track_added.track;
    (void)world_source(10, CODEC_VP8, "0", 0x1000);
    (void)world_source(10, CODEC_VP8, "1", 0x2000);
    CHECK_INT(world_watch(20, 2, LINK_DOWN, STAGE_VP8, DOWN_TRAITS, tracks, 2), LINK_DONE);
    struct viewer *first = world_viewer(20, CODEC_VP8, "0"), *second = world_viewer(20, CODEC_VP8, "1");
    watch(20, tracks[1], false, 200, 0);
    world_run(2000);
    for (int i = 0; i < 4; i++) {
        stage_remb(20, first->ssrc, 40000); /* too little even for one */
        world_run(1000);
    }
    peer_quality(stage_transport(20)->peer, stage.now_us, &q);
    CHECK(q.count == 2 && q.shown[0].track == tracks[0] && q.shown[0].held == LINK_HELD_RATE &&
          q.shown[1].held == LINK_NOT_HELD);
    unsigned count = second->count, others = first->count;
    stage_remb(20, first->ssrc, 40000);
    world_run(1000);
    CHECK(second->count > count && first->count == others);
    world_close();
}

/* -- sound -- */

static struct taped {
    uint8_t at[RTP_BYTES_MAX];
    size_t bytes;
} tape[1200];
static unsigned taped;
static void on_tape(const struct stage_sent *s)
{
    if (s->is_rtcp || s->peer != 20) return;
    ASSERT(taped < COUNT_OF(tape));
    memcpy(tape[taped].at, s->at, s->bytes);
    tape[taped++].bytes = s->bytes;
}
static void came(unsigned n, struct rtp *ret)
{
    CHECK(n < taped);
    CHECK_OK(rtp_parse(tape[n].at, tape[n].bytes, ret));
}

static void sound_pair(unsigned up_traits, unsigned down_traits)
{
    CHECK_OK(world_open(3));
    stage.on_sent = on_tape;
    taped = 0;
    stage_offer_begin(1, "pub1");
    stage_offer_audio("sendonly", up_traits);
    CHECK_INT(stage_offer(10, 1, LINK_UP, stage_offer_text(), NULL), LINK_DONE);
    stage_connect(10);
    track = stage_told(LINK_TRACK_ADDED, 0)->track_added.track;
    CHECK_INT(world_watch(20, 2, LINK_DOWN, 0, down_traits, &track, 1), LINK_DONE);
}

static void sound_send(uint8_t type, uint16_t seq, uint32_t stamp, const uint8_t *payload, size_t bytes,
                       bool is_mixed)
{
    static const uint8_t unknown[20];
    struct rtp_head h = {.payload_type = type, .seq = seq, .timestamp = stamp, .ssrc = 0x77};
    uint8_t at[400], level = 0x80 | 40;
    rtp_head_add(&h, STAGE_EXT_MID, "0", 1);
    rtp_head_add(&h, STAGE_EXT_LEVEL, &level, 1);
    if (is_mixed) rtp_head_add(&h, 200, unknown, sizeof unknown);
    size_t head = rtp_write(&h, true, at, sizeof at);
    memcpy(at + head, payload, bytes);
    stage_rtp(10, at, head + bytes);
}

/* | 1 111 | offset 960 | 3 bytes | 0 111 | then three bytes of the past and four of now */
static const uint8_t red_of_two[] = {0x80 | 111, 960 >> 6, (960 & 63) << 2, 3, 111, 'o', 'l', 'd', 'n', 'e',
                                     'w',        '!'};

static bool carries(unsigned n, uint8_t type, uint32_t seq_after, const char *text)
{
    struct rtp first, r;
    came(0, &first);
    came(n, &r);
    return r.payload_type == type && (uint16_t)(r.seq - first.seq) == seq_after &&
           r.payload_bytes == strlen(text) && memcmp(rtp_payload(&r), text, strlen(text)) == 0;
}

TEST(red_brings_what_was_lost_and_goes_on_as_plain_sound_to_who_loses_nothing)
{
    struct rtp first, r;
    sound_pair(STAGE_ORDINARY | STAGE_RED, STAGE_ORDINARY | STAGE_RED);
    const struct up_layer *l = router_track(stage.router, track)->layers[0];
    sound_send(STAGE_TYPE_RED, 1, 960, red_of_two, sizeof red_of_two, false);
    CHECK(taped == 1 && carries(0, STAGE_TYPE_OPUS, 0, "new!"));
    /* 2 is here: what 3 says of it is passed over. 4 is lost, and 5 brings it. */
    sound_send(STAGE_TYPE_OPUS, 2, 1920, (const uint8_t *)"two", 3, false);
    sound_send(STAGE_TYPE_RED, 3, 2880, red_of_two, sizeof red_of_two, false);
    CHECK(taped == 3 && carries(2, STAGE_TYPE_OPUS, 2, "new!"));
    sound_send(STAGE_TYPE_RED, 5, 4800, red_of_two, sizeof red_of_two, false);
    CHECK(taped == 5 && carries(3, STAGE_TYPE_OPUS, 3, "old") && carries(4, STAGE_TYPE_OPUS, 4, "new!"));
    came(0, &first);
    came(3, &r);
    CHECK_INT(r.timestamp - first.timestamp, 3 * 960);
    /* Late, it is the same packet once more. And it counts as lost: the sender's own protection lives on reports. */
    sound_send(STAGE_TYPE_OPUS, 4, 3840, (const uint8_t *)"old", 3, false);
    CHECK(taped == 5 && l->recovered == 1);
    CHECK_INT(reception_lost(&l->reception), 1);
    world_close();
}

TEST(red_that_is_malformed_or_lies_harms_nobody)
{
    static const uint8_t red_of_other[] = {0x80 | 111, 960 >> 6, (960 & 63) << 2, 1, 96, 'a', 'b'},
                         red_of_future[] = {0x80 | 111, 0, 0, 1, 111, 'a', 'b'},
                         red_of_long_ago[] = {0x80 | 111, 0xff, 0xfc, 1, 111, 'a', 'b'};
    sound_pair(STAGE_ORDINARY | STAGE_RED, STAGE_ORDINARY);
    const struct up_layer *l = router_track(stage.router, track)->layers[0];
    sound_send(STAGE_TYPE_RED, 1, 9600, red_of_two, sizeof red_of_two, false);
    sound_send(STAGE_TYPE_RED, 3, 11520, red_of_two, 7, false); /* cut off */
    sound_send(STAGE_TYPE_RED, 3, 11520, red_of_other, sizeof red_of_other, false);
    CHECK(taped == 1 && l->refused == 2 && l->recovered == 0);
    sound_send(STAGE_TYPE_RED, 3, 11520, red_of_future, sizeof red_of_future, false);
    CHECK(taped == 2 && l->recovered == 0);
    /* 6 is missing, but what is said to be of it is older than 5. */
    sound_send(STAGE_TYPE_OPUS, 5, 13440, (const uint8_t *)"five", 4, false);
    sound_send(STAGE_TYPE_RED, 7, 15360, red_of_long_ago, sizeof red_of_long_ago, false);
    CHECK(taped == 4 && l->recovered == 0);
    world_close();
}

TEST(sound_takes_as_much_of_its_past_along_as_its_way_loses)
{
    static const uint8_t
        one[] = {0x80 | 111, 960 >> 6, (960 & 63) << 2, 1, 111, 'b', 'c'},
        two[] = {
            0x80 | 111, 1920 >> 6, (1920 & 63) << 2, 1, 0x80 | 111, 960 >> 6, (960 & 63) << 2, 1, 111, 'b',
            'c',        'd'};
    struct rtp r;
    sound_pair(STAGE_ORDINARY, STAGE_ORDINARY | STAGE_RED);
    struct protect *p = &stage_transport(20)->peer->protect;
    p->distance = 1;
    sound_send(STAGE_TYPE_OPUS, 1, 960, (const uint8_t *)"a", 1, false); /* there is no past yet */
    p->distance = 0;
    sound_send(STAGE_TYPE_OPUS, 2, 1920, (const uint8_t *)"b", 1, false);
    CHECK(carries(0, STAGE_TYPE_OPUS, 0, "a") && carries(1, STAGE_TYPE_OPUS, 1, "b"));
    p->distance = 1;
    sound_send(STAGE_TYPE_OPUS, 3, 2880, (const uint8_t *)"c", 1, false);
    p->distance = 2;
    sound_send(STAGE_TYPE_OPUS, 4, 3840, (const uint8_t *)"d", 1, false);
    came(2, &r);
    CHECK(r.payload_type == STAGE_TYPE_RED && r.payload_bytes == sizeof one &&
          memcmp(rtp_payload(&r), one, sizeof one) == 0);
    came(3, &r);
    CHECK(r.payload_type == STAGE_TYPE_RED && r.payload_bytes == sizeof two &&
          memcmp(rtp_payload(&r), two, sizeof two) == 0);
    /* After a silence that RED cannot reach across it goes alone. */
    sound_send(STAGE_TYPE_OPUS, 5, 3840 + 48000, (const uint8_t *)"e", 1, false);
    CHECK(carries(4, STAGE_TYPE_OPUS, 4, "e"));
    world_close();
    sound_pair(STAGE_ORDINARY, STAGE_ORDINARY);
    stage_transport(20)->peer->protect.distance = 2; /* to who does not know it, never */
    sound_send(STAGE_TYPE_OPUS, 1, 960, (const uint8_t *)"a", 1, false);
    sound_send(STAGE_TYPE_OPUS, 2, 1920, (const uint8_t *)"b", 1, false);
    CHECK(carries(1, STAGE_TYPE_OPUS, 1, "b"));
    world_close();
}

TEST(a_silence_is_told_three_times_where_much_is_lost)
{
    static const uint8_t told[] = {0x80 | 111, 960 >> 6, (960 & 63) << 2, 1, 111, 0x7b, 0x78};
    struct rtp first, r;
    sound_pair(STAGE_ORDINARY, STAGE_ORDINARY | STAGE_RED);
    struct protect *p = &stage_transport(20)->peer->protect;
    sound_send(STAGE_TYPE_OPUS, 1, 960, (const uint8_t *)"\x7b", 1, false);
    stage_run(100);
    CHECK_INT(taped, 1); /* a good way: once is enough */
    p->rung = PROTECT_SOUND;
    p->below_ms = stage.now_us / 1000;
    p->distance = 1;
    sound_send(STAGE_TYPE_OPUS, 2, 1920, (const uint8_t *)"\x7b", 1, false);
    stage_run(30);
    CHECK_INT(taped, 3);
    came(1, &first);
    came(2, &r);
    CHECK(r.payload_type == STAGE_TYPE_RED && r.payload_bytes == sizeof told &&
          memcmp(rtp_payload(&r), told, sizeof told) == 0);
    CHECK((uint16_t)(r.seq - first.seq) == 1 && r.timestamp - first.timestamp == 960);
    stage_run(200);
    CHECK_INT(taped, 4);
    /* Speech goes on under the next number; a silence that ends at once is told no more. */
    sound_send(STAGE_TYPE_OPUS, 3, 21120, (const uint8_t *)"\x7b", 1, false);
    sound_send(STAGE_TYPE_OPUS, 4, 22080, (const uint8_t *)"speech", 6, false);
    came(4, &r);
    CHECK((uint16_t)(r.seq - first.seq) == 3 && r.timestamp - first.timestamp == 21120 - 1920);
    stage_run(200);
    CHECK_INT(taped, 6);
    world_close();
}

TEST(what_was_said_while_muted_is_in_nobodys_past)
{
    sound_pair(STAGE_ORDINARY | STAGE_RED, STAGE_ORDINARY | STAGE_RED);
    stage_transport(20)->peer->protect.distance = 2;
    sound_send(STAGE_TYPE_OPUS, 1, 960, (const uint8_t *)"a", 1, false);
    mute(track, true);
    sound_send(STAGE_TYPE_OPUS, 2, 1920, (const uint8_t *)"s", 1, false);
    sound_send(STAGE_TYPE_OPUS, 4, 3840, (const uint8_t *)"s", 1, false);
    mute(track, false);
    sound_send(STAGE_TYPE_RED, 5, 4800, red_of_two, sizeof red_of_two, false);
    CHECK(taped == 2 && carries(1, STAGE_TYPE_OPUS, 1, "new!"));
    world_close();
}

TEST(silence_that_is_not_sent_stays_silence)
{
    struct rtp before, after;
    sound_pair(STAGE_ORDINARY, STAGE_ORDINARY);
    static const uint8_t opus[] = {0x78, 1, 2, 3};
    sound_send(STAGE_TYPE_OPUS, 10, 48000, opus, sizeof opus, false);
    stage_run(2000);
    sound_send(STAGE_TYPE_OPUS, 11, 48000 + 96000, opus, sizeof opus, false); /* DTX: two seconds */
    came(0, &before);
    came(1, &after);
    CHECK(after.timestamp - before.timestamp == 96000 && (uint16_t)(after.seq - before.seq) == 1);
    CHECK(memcmp(rtp_payload(&after), opus, sizeof opus) == 0); /* with its FEC, if it has one */
    CHECK(strstr(stage.answer, "useinbandfec=1") && strstr(stage.answer, "usedtx=1"));
    world_close();
}

TEST(numbers_and_times_go_on_across_every_wrap)
{
    struct rtp r, before = {0};
    sound_pair(STAGE_ORDINARY, STAGE_ORDINARY);
    static const uint8_t opus[] = {0x78, 1};
    for (uint32_t i = 0; i < 140000; i++) {
        taped = 0;
        sound_send(STAGE_TYPE_OPUS, (uint16_t)(65000 + i), 4294960000u + i * 960, opus, sizeof opus, false);
        came(0, &r);
        if (i > 0) CHECK((uint16_t)(r.seq - before.seq) == 1 && r.timestamp - before.timestamp == 960);
        before = r;
        if (i % 500 == 0) stage_run(10);
    }
    world_close();
}

TEST(two_byte_headers_are_read_and_what_matters_of_them_goes_on)
{
    struct ext_map map;
    struct ext_values v;
    struct rtp r;
    static const uint8_t opus[] = {0x78, 1};
    for (int mixes = 0; mixes < 2; mixes++) {
        sound_pair(STAGE_ORDINARY, mixes ? STAGE_ORDINARY : STAGE_ORDINARY & ~STAGE_MIXED);
        ext_map_init(&map);
        CHECK(ext_map_add(&map, EXT_AUDIO_LEVEL, STAGE_EXT_LEVEL) &&
              ext_map_add(&map, EXT_MID, STAGE_EXT_MID));
        sound_send(STAGE_TYPE_OPUS, 1, 960, opus, sizeof opus, true);
        came(0, &r);
        ext_read(&map, &r, &v);
        CHECK(r.ext_profile == RTP_ONE_BYTE_PROFILE); /* nothing of it needs more */
        CHECK(ext_has(&v, EXT_AUDIO_LEVEL) && v.level == 40 && v.is_voice && ext_has(&v, EXT_MID));
        world_close();
    }
}

TEST(a_long_dependency_descriptor_goes_only_to_who_can_take_it)
{
    uint8_t long_value[60] = {0}, at[400], payload[40] = {0x10, 6 << 3};
    for (int mixes = 0; mixes < 2; mixes++) {
        CHECK_OK(world_open(3));
        stage.on_sent = on_tape;
        taped = 0;
        track = world_publish(STAGE_AV1, STAGE_ORDINARY, "");
        CHECK_INT(world_watch(20, 2, LINK_DOWN, STAGE_AV1, mixes ? DOWN_TRAITS : DOWN_TRAITS & ~STAGE_MIXED,
                              &track, 1),
                  LINK_DONE);
        payload[0] = 0x18; /* W = 1, N: a key frame */
        struct rtp_head h = {
            .is_marked = true, .payload_type = STAGE_TYPE_AV1, .seq = 7, .timestamp = 1, .ssrc = 0x88};
        rtp_head_add(&h, STAGE_EXT_MID, "0", 1);
        rtp_head_add(&h, STAGE_EXT_DEPENDENCY, long_value, sizeof long_value);
        size_t head = rtp_write(&h, true, at, sizeof at);
        memcpy(at + head, payload, sizeof payload);
        stage_rtp(10, at, head + sizeof payload);
        stage_run(50);
        struct rtp r;
        came(0, &r);
        CHECK_INT(r.ext_profile, mixes ? RTP_TWO_BYTE_PROFILE : RTP_ONE_BYTE_PROFILE);
        world_close();
    }
}

static void av1_send(uint16_t seq, const uint8_t *descriptor, size_t bytes, bool is_key)
{
    uint8_t at[400], payload[30] = {is_key ? 0x18 : 0x10, 6 << 3};
    struct rtp_head h = {.is_marked = true,
                         .payload_type = STAGE_TYPE_AV1,
                         .seq = seq,
                         .timestamp = seq * 3000u,
                         .ssrc = 0x88};
    rtp_head_add(&h, STAGE_EXT_MID, "0", 1);
    rtp_head_add(&h, STAGE_EXT_DEPENDENCY, descriptor, bytes);
    size_t head = rtp_write(&h, true, at, sizeof at);
    memcpy(at + head, payload, sizeof payload);
    stage_rtp(10, at, head + sizeof payload);
}

/* AV1 says nothing of its layers in the payload that a browser sends: only the descriptor knows them. */
TEST(layers_of_time_of_av1_are_left_out_by_their_dependency_descriptor)
{
    static const uint8_t key[] = {0xc0, 0x01, 0x2f, 0x80, 0x02, 0x14, 0xea, 0xa8,
                                  0x60, 0x41, 0x4d, 0x14, 0x10, 0x20, 0x84, 0x26};
    CHECK_OK(world_open(3));
    stage.on_sent = on_tape;
    taped = 0;
    track = world_publish(STAGE_AV1, STAGE_ORDINARY, "");
    CHECK_INT(world_watch(20, 2, LINK_DOWN, STAGE_AV1, DOWN_TRAITS & ~STAGE_TWCC, &track, 1), LINK_DONE);
    struct down *d = peer_down_by_track(stage_transport(20)->peer, track);
    const struct dependency_structure *s = &d->up->layers[0]->dependency;
    for (uint8_t most = 0; most < 3; most++) {
        uint16_t seq = (uint16_t)(100 + 20 * most);
        unsigned want = 1;
        d->target_tid = most;
        taped = 0;
        av1_send(seq++, key, sizeof key, true);
        CHECK(s->is_known && s->template_count == 5);
        d->tid = most;
        for (uint8_t template = 1; template <s->template_count; template ++, seq++) {
            uint8_t frame[] = {(uint8_t)(0xc0 | template), 0x01, (uint8_t)(0x30 + template)};
            av1_send(seq, frame, sizeof frame, false);
            want += s->tid[template] <= most;
        }
        CHECK_INT(taped, want);
        CHECK(most == 2 ? want == 5 : want < 5);
        for (unsigned i = 1; i < taped; i++) { /* and no number is missing for what was left out */
            struct rtp before, r;
            came(i - 1, &before);
            came(i, &r);
            CHECK_INT((uint16_t)(r.seq - before.seq), 1);
        }
    }
    world_close();
}

static unsigned wanted_told(void)
{
    const struct link_msg *m = stage_told(LINK_TRACK_WANTED, 0);
    CHECK(!m || (m->track_wanted.room == 1 && m->track_wanted.track == track));
    CHECK(stage_told(LINK_TRACK_WANTED, 1) == NULL);
    unsigned layers = m ? m->track_wanted.layers : 0;
    stage_forget();
    return layers;
}

TEST(who_publishes_is_told_which_layers_are_watched)
{
    pair(STAGE_VP8, CODEC_VP8, "q;h;f");
    stage_forget();
    world_run(7000);
    CHECK_INT(wanted_told(), 3); /* all are, and that is said once */
    watch(20, track, false, 0, 180);
    world_run(4000);
    CHECK_INT(wanted_told(), 0); /* fewer only after a while */
    world_run(2000);
    CHECK_INT(wanted_told(), 1);
    watch(20, track, false, 0, 360);
    CHECK_INT(wanted_told(), 2); /* more at once */
    watch(20, track, true, 0, 360);
    world_run(3000);
    watch(20, track, false, 0, 360); /* a moment's pause tells nobody anything */
    world_run(7000);
    CHECK_INT(wanted_told(), 0);
    source->layers[2].is_off = true; /* as a browser that was told does */
    world_run(3000);
    watch(20, track, false, 0, 0);
    CHECK_INT(wanted_told(), 3);
    source->layers[2].is_off = false;
    source->layers[2].wants_key = true;
    world_run(3000);
    world_settle();
    walked(viewer, false);
    CHECK_INT(sum.last_layer, 2);
    world_close();
}

TEST(where_nobody_watches_the_lowest_layer_alone_is_wanted)
{
    CHECK_OK(world_open(23));
    track = world_publish(STAGE_VP8, STAGE_ORDINARY, "q;h;f");
    source = world_source(10, CODEC_VP8, "0", 0x1000);
    source->layer_count = 3;
    source->rids[0] = "q", source->rids[1] = "h", source->rids[2] = "f";
    stage_forget();
    world_run(2000);
    CHECK_INT(wanted_told(), 3);
    world_run(5000);
    CHECK_INT(wanted_told(), 1);
    CHECK_INT(world_watch(20, 2, LINK_DOWN, STAGE_VP8, DOWN_TRAITS, &track, 1), LINK_DONE);
    viewer = world_viewer(20, CODEC_VP8, "0");
    world_run(600);
    CHECK_INT(wanted_told(), 3);
    world_close();
}
