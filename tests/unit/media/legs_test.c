/* A participant who saves data: what the codec child gets, that what it makes takes the place of two of his tracks without a new description, and
 * what becomes of them when it dies, when somebody comes or goes, and when he wishes it no more. The test is the child. */
#include "media/leg_msg.h"
#include "media/legs.h"
#include "tests/lab/world.h"
#include "tests/unit/check.h"
#include <sys/eventfd.h>
#include <unistd.h>

enum { TRACKS = 4, HIM = 20, SOUND_A = 0, PICTURE_A, SOUND_B, PICTURE_B };

static struct loop *loop;
static struct codec_link *line;
static struct legs *legs;
static struct ring_pair child; /* our end */
static unsigned asks;
static struct link_leg told;
static unsigned tells;
static uint32_t tracks[TRACKS];

/* What he gets of each track. */
static struct got {
    uint32_t ssrc, stamp;
    bool is_started;
    uint16_t seq, picture_id;
    uint8_t tl0;
    unsigned whole, made, keys; /* packets of sources, and of ours */
} got[TRACKS];

/* What the child was told and makes of it. */
static struct made_by_child {
    uint32_t leg, streams[8];
    unsigned opens, sounds, pictures, keys, closes;
    unsigned lanes[CODEC_LANES_MAX]; /* sounds that were opened, by the language spoken */
    struct leg_msg is;
    bool is_gap_first;
    uint32_t stamp;
    unsigned frames;
    bool speaks, says_nothing, wants_key;
    unsigned turns, skips; /* of so many ticks it misses one; 0: none */
} us;

/* -- what is heard -- */

static void on_ask(void *owner)
{
    (void)owner;
    asks++;
}
static bool on_may_hear(void *owner)
{
    (void)owner;
    return true;
}
static void on_heard(void *owner, const struct codec_msg *m)
{
    (void)owner;
    legs_heard(legs, m, stage.now_us);
}
static void on_moved(void *owner, bool is_open)
{
    (void)owner;
    (void)is_open;
    legs_moved(legs, stage.now_us);
}
static void on_tell(void *owner, const struct link_msg *m)
{
    (void)owner;
    CHECK_INT(m->type, LINK_LEG);
    told = m->leg;
    tells++;
}

/* Ours begin with a word that no source's has, behind the codec's own. */
static bool is_ours(const struct rtp *r, bool is_video)
{
    struct source_mark mark;
    return !source_mark_read(is_video ? CODEC_VP8 : CODEC_OPUS, r, &mark);
}

static void picture_check(struct got *g, const struct rtp *r, bool is_new_stamp)
{
    struct vp8 v;
    CHECK_OK(vp8_parse(rtp_payload(r), r->payload_bytes, &v));
    CHECK(v.has_picture_id && v.has_tl0);
    if (g->is_started && is_new_stamp) CHECK(((v.picture_id - g->picture_id) & 0x7fff) == 1);
    if (g->is_started && !is_new_stamp) CHECK(v.picture_id == g->picture_id);
    if (g->is_started && is_new_stamp) CHECK((uint8_t)(v.tl0 - g->tl0) <= 1);
    g->picture_id = v.picture_id;
    g->tl0 = v.tl0;
    g->keys += v.is_start && v.is_key;
}

/* One stream for him: no number is left out or used twice, time goes on, pictures are counted on. */
static void packet_check(struct got *g, const struct rtp *r, bool is_video)
{
    bool is_new_stamp = !g->is_started || r->timestamp != g->stamp;
    if (r->payload_bytes == 0) return;
    if (g->is_started) CHECK_INT((uint16_t)(r->seq - g->seq), 1);
    if (g->is_started) CHECK((int32_t)(r->timestamp - g->stamp) >= 0);
    if (is_video) picture_check(g, r, is_new_stamp);
    g->is_started = true;
    g->seq = r->seq;
    g->stamp = r->timestamp;
    if (is_ours(r, is_video))
        g->made++;
    else
        g->whole++;
}

static void on_sent_to_him(const struct stage_sent *s)
{
    static uint8_t at[RTP_BYTES_MAX];
    struct rtp r;
    if (s->is_rtcp || s->peer != HIM) return;
    memcpy(at, s->at, s->bytes);
    CHECK_OK(rtp_parse(at, s->bytes, &r));
    if (r.payload_type != STAGE_TYPE_OPUS && r.payload_type != STAGE_TYPE_VP8) return; /* again, or padding */
    for (int i = 0; i < TRACKS; i++)
        if (got[i].ssrc == r.ssrc) packet_check(&got[i], &r, r.payload_type == STAGE_TYPE_VP8);
}

static void (*world_sent)(const struct stage_sent *s);
static void on_sent(const struct stage_sent *s)
{
    on_sent_to_him(s);
    world_sent(s);
}

static void forget(void)
{
    for (int i = 0; i < TRACKS; i++)
        got[i].whole = got[i].made = got[i].keys = 0;
    us.sounds = us.pictures = us.keys = us.closes = us.opens = 0;
}

/* -- the child -- */

static void child_give(void)
{
    int fd;
    CHECK_OK(ring_memory(&fd));
    ring_close(&child);
    CHECK_OK(ring_open(fd, RING_CHILD, &child));
    us = (struct made_by_child){0};
    CHECK_OK(codec_link_give(line, LINK_CODEC_RINGS, fd));
    CHECK_OK(codec_link_give(line, LINK_CODEC_BELL, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)));
    CHECK_OK(codec_link_give(line, LINK_CODEC_OWN_BELL, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)));
}

static void child_take(const struct codec_msg *m)
{
    us.opens += m->type == CODEC_OPEN;
    if (m->type == CODEC_OPEN && m->codec == CODEC_OPUS) us.lanes[m->width]++;
    us.closes += m->type == CODEC_CLOSE;
    us.sounds += m->type == CODEC_PACKET && m->n != 0;
    us.pictures += m->type == CODEC_PACKET && m->flags & CODEC_MARKED;
    if (m->type == CODEC_KEY) us.wants_key = true;
    us.keys += m->type == CODEC_KEY;
    if (m->type == CODEC_LEG) {
        us.wants_key |= us.leg == 0;
        us.leg = m->id;
        CHECK_OK(leg_msg_read(m->body, m->body_bytes, &us.is));
    }
    if (m->type == CODEC_CLOSE && m->id == us.leg) us.leg = 0;
}

static void child_say(void)
{
    static const uint8_t sound[] = {0x78, 1, 2, 3}, key[] = {0x10, 0, 0, 0x9d, 1, 0x2a, 0x40, 1, 0xb4, 0},
                         other[] = {0x11, 0, 0, 9, 9, 9, 9, 9, 9, 9};
    static uint8_t picture[2500];
    if (!us.leg || !us.speaks || (us.skips && us.turns++ % us.skips == 0)) return;
    struct codec_msg m = {.type = CODEC_MIXED,
                          .id = us.leg,
                          .stamp = us.stamp += 960,
                          .body = sound,
                          .body_bytes = us.says_nothing ? 0 : sizeof sound};
    CHECK_OK(codec_msg_put(&child.out, &m));
    if (us.frames++ % 8 || us.is.picture_bps == 0) return;
    memset(picture, 7, sizeof picture);
    memcpy(picture, us.wants_key ? key : other, sizeof key);
    m = (struct codec_msg){.type = CODEC_COMPOSED,
                           .id = us.leg,
                           .stamp = us.frames * 1800,
                           .flags = us.wants_key ? CODEC_MARKED : 0,
                           .body = picture,
                           .body_bytes = sizeof picture};
    us.wants_key = false;
    CHECK_OK(codec_msg_put(&child.out, &m));
}

static void child_turn(void)
{
    static uint8_t bytes[RING_MESSAGE_BYTES_MAX];
    struct codec_msg m;
    size_t n;
    while (codec_link_is_open(line) && ring_take(&child.in, bytes, &n) == OK) {
        CHECK_OK(codec_msg_read(bytes, n, RING_CHILD, &m));
        child_take(&m);
    }
    if (codec_link_is_open(line)) child_say();
}

static void run(int64_t ms)
{
    for (; ms > 0; ms -= LEGS_TURN_MS) {
        world_run(LEGS_TURN_MS);
        child_turn();
        codec_link_hear(line);
        legs_turn(legs, stage.now_us);
    }
}

/* -- the stage -- */

static void on_leg_wish(void *owner, uint32_t peer, uint8_t why)
{
    (void)owner;
    legs_wish(legs, peer, why);
}

static void publish(uint32_t peer, uint32_t participant, const char *name, uint32_t ret_tracks[2])
{
    stage_offer_begin(2, name);
    stage_offer_audio("sendonly", STAGE_ORDINARY);
    stage_offer_video("sendonly", STAGE_VP8, STAGE_ORDINARY, "");
    stage_forget();
    CHECK_INT(stage_offer(peer, participant, LINK_UP, stage_offer_text(), NULL), LINK_DONE);
    stage_connect(peer);
    for (unsigned i = 0; i < 2; i++)
        ret_tracks[i] = stage_told(LINK_TRACK_ADDED, i)->track_added.track;
    (void)world_source(peer, CODEC_OPUS, "0", peer * 0x1000);
    (void)world_source(peer, CODEC_VP8, "1", peer * 0x1000 + 1);
}

static void begin(void)
{
    CHECK_OK(world_open(44));
    asks = tells = 0;
    told = (struct link_leg){0};
    us = (struct made_by_child){0};
    memset(got, 0, sizeof got);
    loop = loop_new();
    struct codec_link_settings codec = {NULL, on_ask, on_may_hear, on_heard, on_moved};
    line = codec_link_new(loop, &codec);
    struct legs_settings settings = {stage.router, line, stage.packets, on_tell, NULL};
    legs = legs_new(&settings);
    CHECK(loop && line && legs);
    router_wishes_to(stage.router, on_leg_wish);
    world_sent = stage.on_sent;
    stage.on_sent = on_sent;
    publish(10, 1, "pub1", tracks);
    publish(11, 2, "pub2", tracks + 2);
    CHECK_INT(world_watch(HIM, 3, LINK_DOWN, STAGE_VP8, STAGE_ORDINARY & ~STAGE_TWCC, tracks, TRACKS),
              LINK_DONE);
    for (int i = 0; i < TRACKS; i++)
        got[i].ssrc = peer_down_by_track(router_peer(stage.router, HIM), tracks[i])->ssrc;
    run(2000);
}

static void end(void)
{
    legs_free(legs);
    codec_link_free(line);
    loop_free(loop);
    ring_close(&child);
    world_close();
}

static void save(bool is_on)
{
    stage_take(&(struct link_msg){.type = LINK_PEER_SAVE, .peer_save = {HIM, is_on}});
}

static bool all_come_whole(void)
{
    forget();
    run(1000);
    for (int i = 0; i < TRACKS; i++)
        if (got[i].whole < 20 || got[i].made) return false;
    return true;
}

static void mix(void)
{
    save(true);
    run(400);
    CHECK_INT(asks, 1);
    child_give();
    run(200);
    us.speaks = true;
    run(600);
}

TEST(who_saves_data_gets_one_sound_and_one_picture_in_the_place_of_two_tracks)
{
    begin();
    CHECK(all_come_whole());
    CHECK_INT(asks, 0);
    save(true);
    run(400);
    CHECK_INT(asks, 1);
    CHECK(all_come_whole()); /* while there is no child */
    child_give();
    CHECK(all_come_whole()); /* and while it says nothing */
    CHECK(us.opens == 4 && us.leg && us.is.count == 2 && us.is.person == 3 &&
          us.is.picture_bps >= COMPOSE_LEAST_BPS);
    CHECK(us.sounds >= 2 * 48 && us.pictures >= 2 * 23);
    us.speaks = true;
    us.wants_key = true;
    run(600);
    CHECK(told.peer == HIM && told.why == LINK_LEG_ASKED && told.sound == tracks[SOUND_A] &&
          told.picture == tracks[PICTURE_A]);
    forget();
    run(2000);
    CHECK(got[SOUND_A].made >= 98 && got[PICTURE_A].made >= 12 * 3);
    CHECK(got[SOUND_A].whole + got[PICTURE_A].whole == 0);
    CHECK(got[SOUND_B].made + got[SOUND_B].whole + got[PICTURE_B].made + got[PICTURE_B].whole == 0);
    end();
}

TEST(he_has_all_as_it_comes_again_when_he_wishes_over_the_same_tracks)
{
    begin();
    mix();
    for (int i = 0; i < 3; i++) {
        forget();
        save(false);
        run(600);
        CHECK_INT(told.why, LINK_LEG_NONE);
        CHECK(us.closes >= 5 && us.leg == 0); /* four sources and the leg */
        CHECK(!legs_has(legs));
        CHECK(all_come_whole());
        save(true);
        us.wants_key = true;
        run(1000);
        CHECK_INT(told.why, LINK_LEG_ASKED);
        forget();
        run(1000);
        CHECK(got[SOUND_A].made >= 45 && got[SOUND_A].whole == 0 && got[PICTURE_B].whole == 0);
    }
    CHECK_INT(asks, 1);
    end();
}

TEST(a_child_that_dies_costs_the_mix_for_a_moment_and_nothing_else)
{
    begin();
    mix();
    for (int i = 0; i < 3; i++) {
        unsigned asked = asks;
        codec_link_gone(line);
        CHECK_INT(told.why, LINK_LEG_NONE);
        CHECK_INT(asks, asked + 1);
        run(1000);
        CHECK(all_come_whole());
        child_give();
        us.speaks = true;
        run(800);
        CHECK_INT(told.why, LINK_LEG_ASKED);
        forget();
        run(1000);
        CHECK(got[SOUND_A].made >= 48 && got[PICTURE_A].made > 10 && got[SOUND_B].whole == 0);
    }
    end();
}

/* From when it says nothing any more. */
static int64_t silent_ms(void)
{
    int64_t ms = 0;
    us.speaks = false;
    for (forget(); ms < 3000 && got[SOUND_B].whole == 0; ms += LEGS_TURN_MS)
        run(LEGS_TURN_MS);
    return ms;
}

TEST(a_child_that_lives_and_says_nothing_is_left_and_tried_again_less_and_less_often)
{
    begin();
    mix();
    for (int64_t rest_s = LEGS_REST_S, i = 0; i < 5; i++) {
        CHECK_INT(told.why, LINK_LEG_ASKED);
        CHECK(silent_ms() <= LEGS_MUTE_MS + 200);
        CHECK_INT(told.why, LINK_LEG_NONE);
        CHECK_INT(us.leg, 0);
        CHECK(us.closes >= 1);
        us.speaks = us.wants_key = true;
        CHECK(all_come_whole());
        run(rest_s * 1000 - 2500);
        CHECK(us.leg == 0 && all_come_whole());
        run(1500);
        if (rest_s < LEGS_REST_MOST_S) rest_s *= 2;
    }
    CHECK_INT(asks, 1); /* it is the same child */
    end();
}

TEST(a_child_that_says_too_little_is_left_and_one_that_misses_some_is_not)
{
    begin();
    mix();
    us.skips = 10;
    run(5000);
    CHECK_INT(told.why, LINK_LEG_ASKED);
    us.skips = 3;
    run(2200);
    CHECK_INT(told.why, LINK_LEG_NONE);
    us.skips = 0;
    us.wants_key = true;
    run(LEGS_REST_S * 1000);
    forget();
    run(1000);
    CHECK_INT(told.why, LINK_LEG_ASKED);
    CHECK(got[SOUND_A].made >= 48 && got[SOUND_B].whole == 0);
    run(61000); /* good for a minute: it rests as for the first time */
    CHECK(silent_ms() <= LEGS_MUTE_MS + 200);
    us.speaks = us.wants_key = true;
    run(LEGS_REST_S * 1000 + 500);
    CHECK_INT(told.why, LINK_LEG_ASKED);
    end();
}

TEST(a_child_that_hears_nothing_says_so_and_is_kept)
{
    begin();
    mix();
    us.says_nothing = true;
    run(5000);
    CHECK_INT(told.why, LINK_LEG_ASKED);
    forget();
    run(500);
    CHECK_INT(got[SOUND_A].made + got[SOUND_A].whole + got[SOUND_B].whole, 0);
    end();
}

TEST(a_key_picture_that_he_asks_for_is_the_childs_to_make)
{
    begin();
    mix();
    run(1000);
    forget();
    uint8_t pli[] = {0x81, 206, 0, 2, 0, 0, 0, 9, 0, 0, 0, 0};
    bytes_put32(pli + 8, got[PICTURE_A].ssrc);
    stage_rtcp(HIM, pli, sizeof pli);
    run(600);
    CHECK(us.keys == 1 && got[PICTURE_A].keys == 1);
    end();
}

TEST(who_is_muted_or_cut_off_is_not_in_the_mix)
{
    begin();
    mix();
    stage_take(&(struct link_msg){.type = LINK_TRACK_MUTE, .track_mute = {tracks[SOUND_A], true}});
    run(100);
    forget();
    run(1000);
    CHECK(us.sounds >= 48 && us.sounds <= 52); /* of the other */
    CHECK(got[SOUND_A].made >= 48);            /* whose track has the mix, is muted; the mix is not */
    stage_take(&(struct link_msg){.type = LINK_ROOM_PRIVATE, .room_private = {1, 1, {2}}});
    run(100);
    forget();
    run(1000);
    CHECK_INT(us.sounds, 0);
    CHECK(us.is.count == 1 && us.pictures > 20);
    stage_take(&(struct link_msg){.type = LINK_ROOM_PRIVATE, .room_private = {1, 1, {3}}});
    run(100);
    forget();
    run(1000);
    CHECK_INT(got[SOUND_A].made + got[PICTURE_A].made, 0); /* he himself */
    stage_take(&(struct link_msg){.type = LINK_ROOM_PRIVATE, .room_private = {1, 0, {0}}});
    run(1000);
    forget();
    run(1000);
    CHECK(got[SOUND_A].made >= 48 && got[PICTURE_A].made > 10);
    end();
}

TEST(who_interprets_is_mixed_into_the_language_and_he_hears_the_one_he_chose)
{
    begin();
    mix();
    CHECK(us.lanes[0] == 2 && us.lanes[3] == 0 && us.is.lane == 0);
    forget();
    stage_take(&(struct link_msg){.type = LINK_PEER_LANE, .peer_lane = {11, 3}});
    stage_take(&(struct link_msg){.type = LINK_PEER_LANE, .peer_lane = {99, 3}}); /* nobody */
    run(1000);
    CHECK(us.closes == 1 && us.opens == 1 && us.lanes[3] == 1); /* the sound alone, and of that one */
    CHECK(us.sounds >= 96 && us.is.lane == 0);
    stage_take(&(struct link_msg){.type = LINK_PEER_LANE, .peer_lane = {HIM, 3}});
    run(1000);
    CHECK_INT(us.is.lane, 3);
    stage_take(&(struct link_msg){.type = LINK_PEER_LANE, .peer_lane = {11, 0}});
    stage_take(&(struct link_msg){.type = LINK_PEER_LANE, .peer_lane = {HIM, 0}});
    run(1000);
    CHECK(us.lanes[0] == 3 && us.is.lane == 0);
    end();
}

TEST(whose_track_has_the_mix_may_leave_and_so_may_he)
{
    begin();
    mix();
    stage_take(&(struct link_msg){.type = LINK_PEER_CLOSE, .peer_close = {10}});
    run(1500);
    CHECK(told.why == LINK_LEG_ASKED && told.sound == tracks[SOUND_B] && told.picture == tracks[PICTURE_B]);
    forget();
    run(1000);
    CHECK(got[SOUND_B].made >= 48 && got[PICTURE_B].made > 10 && us.is.count == 1);
    forget();
    stage_take(&(struct link_msg){.type = LINK_PEER_CLOSE, .peer_close = {HIM}});
    run(200);
    CHECK(!legs_has(legs) && us.leg == 0 && us.closes >= 3);
    end();
}

TEST(a_picture_that_he_does_not_watch_is_in_no_mix_and_carries_none)
{
    begin();
    mix();
    stage_take(
        &(struct link_msg){.type = LINK_TRACK_WATCH, .track_watch = {HIM, tracks[PICTURE_A], true, 0, 0, 0}});
    run(1500);
    CHECK(told.picture == tracks[PICTURE_B] && us.is.count == 1);
    forget();
    run(1000);
    CHECK(got[PICTURE_B].made > 10 && got[PICTURE_A].made + got[PICTURE_A].whole == 0);
    stage_take(
        &(struct link_msg){.type = LINK_TRACK_WATCH, .track_watch = {HIM, tracks[PICTURE_B], true, 0, 0, 0}});
    run(1000);
    CHECK(told.picture == 0 && told.sound == tracks[SOUND_A] && us.is.picture_bps == 0);
    end();
}

TEST(pinned_is_first_in_the_picture)
{
    begin();
    mix();
    uint32_t first = us.is.streams[0];
    stage_take(&(struct link_msg){.type = LINK_TRACK_WATCH,
                                  .track_watch = {HIM, tracks[PICTURE_B], false, 128, 0, 0}});
    run(1000);
    CHECK(us.is.count == 2 && us.is.streams[1] == first && us.is.streams[0] != first);
    end();
}

TEST(a_leg_that_finds_no_memory_leaves_all_as_it_is)
{
    for (long n = 1; n < 40; n++) {
        begin();
        save(true);
        run(200);
        child_give();
        us.speaks = true;
        mem_fail_at(n);
        run(600);
        mem_fail_at(0);
        run(1500);
        CHECK_INT(told.why, LINK_LEG_ASKED);
        end();
    }
}
