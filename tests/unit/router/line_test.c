/* A viewer behind a line of a known width: the estimate, what is padded and paced, which layers go, and how long what goes has to
 * wait, all by a clock that the test moves. Where a browser cannot be told to be slow, this line can.
 *
 *   source (three layers, 15 pictures a second, key frames five times as large) and sound -> router -> line -> feedback each 50 ms */
#include "media/red.h"
#include "media/twcc.h"
#include "tests/lab/viewer.h"
#include "tests/lab/world.h"
#include "tests/unit/check.h"
#include <stdio.h>
#include <stdlib.h>

enum {
    UNDER_WAY = 4096,
    STEP_MS = 20,
    SECONDS_MAX = 120,
    PICTURE_US = 1000000 / 15,
    OVERHEAD = 16, /* of SRTP */
    WAITS_MAX = 100000
};

static struct source picture, sound;
static uint16_t numbers; /* transport-wide, of the publisher */
static uint32_t track, sound_track;
static unsigned packets_of[3] = {4, 10, 54}; /* a picture: 110, 280 and 1,500 kbit/s */
static bool is_obeyed;                       /* the publisher makes things thin when told to */
enum { SOUND_BYTES = 80, THIN_SOUND_BYTES = 40, THIN_PICTURE_US = 500000 };
static uint8_t usual_bytes; /* of sound */

static struct line {
    int64_t bps, delay_us, queue_us;
    unsigned lost_of_100;
    int64_t free_us;
    unsigned count, wait_count;
    struct way {
        int64_t arrives_us;
        uint16_t number;
    } ways[UNDER_WAY];
    uint64_t carried[SECONDS_MAX];
    int32_t waits[WAITS_MAX]; /* in microseconds, of each packet since line_forget */
    uint64_t random;
} line;
static int64_t began_us, picture_at_us, sound_at_us, thin_picture_us;
static struct viewer seen; /* what of the pictures came through, while is_seen */
static bool is_seen;
static struct ext_map known;
static struct twcc_recv arrivals;

static unsigned chance(unsigned of)
{
    line.random = line.random * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(line.random >> 33) % of;
}

/* Sound that a listener has, by itself or in the past of a later packet that came no more than 60 ms after it: by its time in
 * units of 20 ms. */
enum { SOUNDS_MAX = SECONDS_MAX * 50 };
static struct {
    uint32_t first_stamp, newest;
    bool is_started;
    bool has[SOUNDS_MAX];
} heard;

static void heard_forget(void)
{
    heard.is_started = false;
    memset(heard.has, 0, sizeof heard.has);
}

static void sound_note(uint32_t stamp)
{
    uint32_t at = (stamp - heard.first_stamp) / 960;
    if (at < SOUNDS_MAX) heard.has[at] = true;
    if (at < SOUNDS_MAX && at > heard.newest) heard.newest = at;
}

static void sound_take(const struct rtp *r)
{
    struct red red;
    if (!heard.is_started) {
        heard.first_stamp = r->timestamp;
        heard.newest = 0;
    }
    heard.is_started = true;
    if (r->payload_type == STAGE_TYPE_RED && red_parse(rtp_payload(r), r->payload_bytes, &red) == OK)
        for (unsigned i = 0; i < red.count; i++)
            sound_note(r->timestamp - red.blocks[i].offset);
    sound_note(r->timestamp);
}

static unsigned heard_of_1000(void)
{
    unsigned count = 0;
    for (uint32_t i = 0; i <= heard.newest; i++)
        count += heard.has[i];
    return count * 1000 / (heard.newest + 1);
}

static void line_enter(const struct stage_sent *s)
{
    struct rtp r;
    struct str value;
    int64_t bits = (int64_t)(s->bytes + OVERHEAD) * 8, starts_us = s->at_us;
    if (line.free_us > starts_us) starts_us = line.free_us;
    int64_t wait_us = starts_us - s->at_us;
    if (line.wait_count < WAITS_MAX) line.waits[line.wait_count++] = (int32_t)wait_us;
    if (chance(100) < line.lost_of_100 || wait_us > line.queue_us) return;
    line.free_us = starts_us + bits * 1000000 / line.bps;
    size_t second = (size_t)((s->at_us - began_us) / 1000000);
    if (second < SECONDS_MAX) line.carried[second] += (uint64_t)bits;
    if (rtp_parse(s->at, s->bytes, &r) != OK) return;
    if (!s->is_video) sound_take(&r);
    if (is_seen) viewer_rtp(&seen, s->at, s->bytes, line.free_us);
    if (!ext_find(&known, &r, EXT_TRANSPORT_SEQ, &value)) return;
    ASSERT(line.count < UNDER_WAY);
    line.ways[line.count++] =
        (struct way){line.free_us + line.delay_us, bytes_get16((const uint8_t *)value.at)};
}

static void on_sent(const struct stage_sent *s)
{
    if (s->peer == 10 && s->is_rtcp) source_rtcp(&picture, s->at, s->bytes);
    if (s->peer == 20 && !s->is_rtcp) line_enter(s);
}

static void now_send(void *owner, uint32_t peer, bool is_rtcp, const uint8_t *at, size_t bytes)
{
    (void)owner;
    if (is_rtcp)
        stage_rtcp(peer, at, bytes);
    else
        stage_rtp(peer, at, bytes);
}

static void feedback(void)
{
    uint8_t at[1200];
    struct rtcp_out o;
    unsigned gone = 0;
    for (; gone < line.count && line.ways[gone].arrives_us <= stage.now_us; gone++)
        twcc_recv_note(&arrivals, line.ways[gone].number, line.ways[gone].arrives_us);
    line.count -= gone;
    memmove(line.ways, line.ways + gone, line.count * sizeof line.ways[0]);
    for (int i = 0; i < 4 && twcc_recv_has(&arrivals); i++) {
        rtcp_start(&o, at, sizeof at);
        rtcp_add_rr(&o, 77, NULL, 0);
        if (!twcc_recv_write(&arrivals, &o, 77, 1)) return;
        size_t bytes = rtcp_end(&o);
        if (chance(100) >= line.lost_of_100) stage_rtcp(20, at, bytes); /* both ways alike */
    }
}

static void line_open_for(int64_t bps, unsigned codecs, enum codec codec, const char *rids)
{
    uint32_t tracks[2];
    CHECK_OK(world_open(7));
    stage_offer_begin(2, "pub1");
    stage_offer_audio("sendonly", STAGE_ORDINARY | STAGE_RED);
    stage_offer_video("sendonly", codecs, STAGE_ORDINARY, rids);
    stage_forget();
    CHECK_INT(stage_offer(10, 1, LINK_UP, stage_offer_text(), NULL), LINK_DONE);
    stage_connect(10);
    for (unsigned i = 0; i < 2; i++)
        tracks[i] = stage_told(LINK_TRACK_ADDED, i)->track_added.track;
    track = tracks[1];
    sound_track = tracks[0];
    source_init(&sound, 10, CODEC_OPUS, "0", 0x100);
    source_init(&picture, 10, codec, "1", 0x1000);
    picture.tids = 3;
    if (rids[0])
        picture.layer_count = 3;
    else
        picture.sids = 3; /* of the one stream */
    for (unsigned i = 0; i < picture.layer_count && rids[0]; i++)
        picture.rids[i] = &"q\0h\0f"[2 * i];
    picture.has_twcc = sound.has_twcc = true;
    picture.transport_seq = sound.transport_seq = &numbers;
    picture.send = sound.send = now_send;
    usual_bytes = SOUND_BYTES;
    is_obeyed = false;
    thin_picture_us = 0;
    ext_map_init(&known);
    CHECK(ext_map_add(&known, EXT_TRANSPORT_SEQ, STAGE_EXT_TRANSPORT_SEQ));
    twcc_recv_init(&arrivals);
    is_seen = false;
    line = (struct line){.bps = bps, .delay_us = 20000, .queue_us = 1000000, .random = 11};
    began_us = picture_at_us = sound_at_us = stage.now_us;
    stage.on_sent = on_sent;
    CHECK_INT(world_watch(20, 2, LINK_DOWN, codecs, STAGE_ORDINARY | STAGE_RED, tracks, 2), LINK_DONE);
}

static void line_open(int64_t bps)
{
    line_open_for(bps, STAGE_VP8, CODEC_VP8, "q;h;f");
}

/* As a browser does that is told (web-client/src/call/encodings): 16 kbit/s of sound, and two small pictures a second for the lowest layer. */
static bool is_thin(uint32_t id)
{
    const struct up *up = router_track(stage.router, id);
    return is_obeyed && up && up->wanted.is_thin;
}

static void pictures_send(void)
{
    for (unsigned i = 0; i < picture.layer_count; i++) {
        bool is_key = picture.layers[i].wants_key || picture.layers[i].picture == 0;
        unsigned packets = packets_of[i] * (is_key ? 5 : 1);
        if (i == 0 && is_thin(track)) {
            if (picture_at_us < thin_picture_us) continue;
            thin_picture_us = picture_at_us + THIN_PICTURE_US;
            packets = is_key ? 12 : 5; /* of 200 bytes: 17 kbit/s, a key frame of 2.4 kB */
        }
        source_picture(&picture, i, false, packets, stage.now_us);
    }
}

static void line_run(int64_t ms)
{
    for (int64_t end_us = stage.now_us + ms * 1000; stage.now_us < end_us;) {
        for (; picture_at_us <= stage.now_us; picture_at_us += PICTURE_US)
            pictures_send();
        sound.sound_bytes = is_thin(sound_track) ? THIN_SOUND_BYTES : usual_bytes;
        for (; sound_at_us <= stage.now_us; sound_at_us += 20000)
            source_sound(&sound, stage.now_us);
        stage_run(STEP_MS / 2);
        if (is_seen) viewer_turn(&seen, stage.now_us);
        feedback();
        stage_run(STEP_MS / 2);
    }
    if (!getenv("YQ_PRINT")) return;
    const struct peer *p = stage_transport(20)->peer;
    const struct down *d = peer_down_by_track(p, track);
    const struct estimate *e = p->estimate;
    printf(
        "  %5.1f s: line %4d, carried %4d, estimate %4d, wants %4d, layer %u of %u held %u, queue %d late %d "
        "loss %u rung %u%s\n",
        (double)(stage.now_us - began_us) / 1e6, (int)(line.bps / 1000),
        (int)(line.carried[(stage.now_us - began_us) / 1000000 - 1] / 1000), (int)(e->bps / 1000),
        (int)(e->wanted_bps / 1000), d->layer, d->target, d->held, e->queue_us / 1000, e->late_us / 1000,
        estimate_loss(e), p->protect.rung, d->is_catching ? " catching" : "");
}

static void line_seconds(unsigned n)
{
    while (n--)
        line_run(1000);
}

static int order(const void *a, const void *b)
{
    return *(const int32_t *)a - *(const int32_t *)b;
}
/* What nineteen of twenty packets waited no longer than, in milliseconds, since the last time. */
static int wait_p95_ms(void)
{
    if (line.wait_count == 0) return 0;
    qsort(line.waits, line.wait_count, sizeof line.waits[0], order);
    int ms = line.waits[line.wait_count * 19 / 20] / 1000;
    line.wait_count = 0;
    return ms;
}
/* Of the line, in the last so many seconds. */
static unsigned used_percent(unsigned seconds)
{
    uint64_t bits = 0;
    size_t now = (size_t)((stage.now_us - began_us) / 1000000);
    for (unsigned i = 1; i <= seconds; i++)
        bits += line.carried[now - i];
    return (unsigned)(bits * 100 / seconds / (uint64_t)line.bps);
}

TEST(a_line_that_narrows_and_widens_is_used_and_its_queue_stays_short)
{
    line_open(2000000);
    line_seconds(20);
    unsigned first = used_percent(10);
    line.bps = 400000;
    (void)wait_p95_ms();
    line_seconds(3);
    int shock_ms = wait_p95_ms();
    line_seconds(7);
    line_seconds(10);
    unsigned narrow = used_percent(10);
    int queue_ms = wait_p95_ms();
    line.bps = 2000000;
    line_seconds(10);
    line_seconds(10);
    unsigned wide = used_percent(10);
    printf("figure line_used_first %u\nfigure line_used_narrow %u\nfigure line_used_wide %u\nfigure "
           "line_queue_shock_ms %d\nfigure line_queue_narrow_ms %d\n",
           first, narrow, wide, shock_ms, queue_ms);
    CHECK(first >= 80 && narrow >= 80 && wide >= 80);
    CHECK(queue_ms < 150);
    world_close();
}

/* T1's way: 500 kbit/s that lose a third, and a round trip of a tenth of a second. */
static void lossy_open(void)
{
    line_open(500000);
    line.delay_us = 50000;
    line.queue_us = 200000;
    line.lost_of_100 = 30;
}

TEST(on_a_line_that_loses_a_third_sound_is_whole_and_pictures_go_twice)
{
    lossy_open();
    line_seconds(20);
    const struct peer *p = stage_transport(20)->peer;
    const struct down *d = peer_down_by_track(p, track);
    CHECK(p->protect.distance == 2 && protect_is_thin(&p->protect));
    heard_forget();
    (void)wait_p95_ms();
    line_seconds(20);
    CHECK(heard_of_1000() >= 950);
    CHECK(d->is_running && d->repeated > 100);
    CHECK(up_layer_pictures(d->up->layers[d->layer], d->tid, (struct tick){stage.now_us / 1000}) >=
          PROTECT_PICTURES);
    CHECK(wait_p95_ms() < 100);
    printf("figure line_lossy_heard %u\n", heard_of_1000());
    world_close();
}

TEST(where_much_is_lost_a_larger_picture_waits_for_a_way_that_is_known_to_be_wide)
{
    packets_of[1] = 18; /* 500 kbit/s, as a browser sends them */
    lossy_open();
    line_seconds(10);
    (void)wait_p95_ms();
    const struct down *d = peer_down_by_track(stage_transport(20)->peer, track);
    unsigned larger = 0;
    for (unsigned i = 0; i < 600; i++) {
        line_run(100);
        larger += d->layer > 0;
    }
    int queue_ms = wait_p95_ms();
    printf("figure line_lossy_padded_queue_ms %d\n", queue_ms);
    line.bps = 3000000;
    line_seconds(20);
    packets_of[1] = 10;
    CHECK(queue_ms < 100); /* and asking for it leaves sound its way */
    CHECK_INT(larger, 0);
    CHECK(d->is_running && d->layer == 1); /* no more than 360 lines */
    world_close();
}

TEST(where_much_is_lost_pictures_go_on_over_a_moment_that_carries_too_little)
{
    lossy_open();
    line_seconds(20);
    const struct down *d = peer_down_by_track(stage_transport(20)->peer, track);
    unsigned held = 0;
    CHECK(protect_is_thin(&d->peer->protect));
    for (unsigned i = 0; i < 300; i++) {
        line.bps = i % 100 < 6 ? 100000 : 500000; /* for six tenths of a second, each ten */
        line_run(100);
        held += d->held == LINK_HELD_RATE;
    }
    CHECK_INT(held, 0);
    line.bps = 60000;
    line_seconds(10);
    CHECK_INT(d->held, LINK_HELD_RATE); /* and are given up where it stays so */
    world_close();
}

static void seen_begin(void)
{
    CHECK(viewer_init(&seen, 20, picture.codec, stage.answer, "1"));
    seen.send = now_send;
    seen.asks = is_seen = true;
}

/* How many whole pictures were seen; each of them is one that stands for itself. */
static unsigned stills_seen(void)
{
    struct viewer_sum sum;
    is_seen = false;
    viewer_walk(&seen, true, &sum);
    if (seen.fault) check_fail(__FILE__, __LINE__, "the pictures' stream: %s", seen.fault);
    CHECK_INT(sum.keys, sum.frames);
    return sum.frames;
}

/* Nobody asks here: what is whole is so by what went twice, and by what no feedback told of (media/owed). */
TEST(what_no_feedback_tells_of_goes_again_without_being_asked_for)
{
    struct viewer_sum sum;
    lossy_open();
    line_seconds(10); /* until it is known how bad the way is */
    const struct peer *p = stage_transport(20)->peer;
    const struct down *d = peer_down_by_track(p, track);
    CHECK(protect_is_thin(&p->protect) && p->owed);
    (void)wait_p95_ms();
    seen_begin();
    seen.asks = false;
    uint64_t repeated = d->repeated, brought = d->brought, packets = d->packets_sum;
    line_seconds(30);
    is_seen = false;
    viewer_walk(&seen, true, &sum);
    repeated = d->repeated - repeated, brought = d->brought - brought, packets = d->packets_sum - packets;
    int queue_ms = wait_p95_ms();
    printf("figure line_owed packets=%u repeated=%u brought=%u gaps=%u queue_ms=%d\n", (unsigned)packets,
           (unsigned)repeated, (unsigned)brought, sum.gaps, queue_ms);
    CHECK(brought > packets / 12 && brought < packets);
    CHECK(sum.gaps * 100 < packets); /* of twice sent alone 9 of 100 would be missing */
    CHECK(queue_ms < 150);
    world_close();
}

TEST(on_the_narrowest_line_sound_stays_whole_and_single_pictures_go)
{
    line_open(64000);
    line.queue_us = 300000;
    seen_begin();
    line_seconds(10);
    heard_forget();
    (void)wait_p95_ms();
    line_seconds(20);
    unsigned stills = stills_seen();
    printf("figure line_narrowest_stills_in_30_s %u\n", stills);
    CHECK(stills >= 4 && picture.layers[0].keys_sent < 40);
    printf("figure line_narrowest_heard %u\n", heard_of_1000());
    CHECK(heard_of_1000() >= 990);
    int queue_ms = wait_p95_ms();
    printf("figure line_narrowest_queue_ms %d\n", queue_ms);
    CHECK(queue_ms < 200);
    CHECK_INT(stage_transport(20)->peer->protect.distance, 0);
    world_close();
}

/* Layers of one stream (VP9): a still is the lowest of a key frame's, with the marker that its own end has not. */
TEST(a_still_of_a_stream_with_spatial_layers_is_its_lowest_alone)
{
    line_open_for(64000, STAGE_VP9, CODEC_VP9, "");
    line.queue_us = 300000;
    seen_begin();
    line_seconds(10);
    heard_forget();
    (void)wait_p95_ms();
    line_seconds(20);
    const struct down *d = peer_down_by_track(stage_transport(20)->peer, track);
    CHECK(d->held == LINK_HELD_RATE && d->still != NULL && d->up->layers[0]->sid_most == 2);
    struct viewer_sum all;
    is_seen = false;
    viewer_walk(&seen, true, &all);
    if (seen.fault) check_fail(__FILE__, __LINE__, "the pictures' stream: %s", seen.fault);
    printf("figure line_svc_stills_in_30_s %u heard=%u queue_ms=%d\n", all.frames, heard_of_1000(),
           wait_p95_ms());
    CHECK(all.frames >= 4 && all.keys == all.frames);
    CHECK(all.of_sid[0] == all.frames && all.of_sid[1] == 0 && all.of_sid[2] == 0);
    CHECK(heard_of_1000() >= 990);
    line.bps = 3000000; /* and all layers come back, from a key frame of their own */
    is_seen = true;
    line_seconds(20);
    CHECK(d->held == LINK_NOT_HELD && d->is_running && d->still == NULL && d->sid >= 1);
    world_close();
}

/* Who publishes is told, and obeys: what is made smaller fits, and moves. */
TEST(on_the_narrowest_line_a_publisher_that_is_told_shows_a_picture_each_second)
{
    struct viewer_sum sum;
    line_open(64000);
    line.queue_us = 300000;
    is_obeyed = true;
    seen_begin();
    line_seconds(15);
    const struct down *d = peer_down_by_track(stage_transport(20)->peer, track);
    CHECK(d->peer->narrow.is && d->up->wanted.is_thin);
    heard_forget();
    (void)wait_p95_ms();
    line_seconds(30);
    is_seen = false;
    viewer_walk(&seen, true, &sum);
    if (seen.fault) check_fail(__FILE__, __LINE__, "the pictures' stream: %s", seen.fault);
    int queue_ms = wait_p95_ms();
    printf("figure line_thin pictures_in_45_s=%u keys=%u heard=%u queue_ms=%d\n", sum.frames, sum.keys,
           heard_of_1000(), queue_ms);
    CHECK(sum.frames >= 60 && sum.keys < 15);
    CHECK(heard_of_1000() >= 990 && queue_ms < 200);
    line.bps = 1000000; /* and when the line is wide again, all is as before */
    line_seconds(30);
    CHECK(!d->peer->narrow.is && !d->up->wanted.is_thin && d->held == LINK_NOT_HELD && d->layer > 0);
    world_close();
}

TEST(a_still_that_loses_packets_is_mended_by_who_asks)
{
    line_open(70000);
    line.queue_us = 300000;
    seen_begin();
    line_seconds(10);
    line.lost_of_100 = 8;
    line_seconds(20);
    CHECK(peer_down_by_track(stage_transport(20)->peer, track)->held == LINK_HELD_RATE);
    CHECK(seen.resent > 0);
    unsigned stills = stills_seen();
    printf("figure line_lossy_stills_in_30_s %u\n", stills);
    CHECK(stills >= 3);
    world_close();
}

/* Where key frames go twice, a still takes twice the time, and not twice the way. */
TEST(where_much_is_lost_stills_go_twice_and_leave_sound_its_room)
{
    line_open(96000);
    usual_bytes = THIN_SOUND_BYTES; /* of more, two of the past would not fit */
    line.queue_us = 300000;
    line.delay_us = 50000;
    line.lost_of_100 = 25;
    seen_begin();
    line_seconds(15);
    heard_forget();
    (void)wait_p95_ms();
    line_seconds(25);
    int queue_ms = wait_p95_ms();
    const struct down *d = peer_down_by_track(stage_transport(20)->peer, track);
    printf("figure line_narrow_and_lossy heard=%u queue_ms=%d stills=%u repeated=%u\n", heard_of_1000(),
           queue_ms, stills_seen(), (unsigned)d->repeated);
    CHECK(d->repeated > 0);
    CHECK(queue_ms < 250);
    CHECK(heard_of_1000() >= 950);
    world_close();
}

TEST(a_still_under_way_is_forgotten_when_its_source_is_muted)
{
    line_open(64000);
    line.queue_us = 300000;
    line_seconds(10);
    const struct down *d = peer_down_by_track(stage_transport(20)->peer, track);
    CHECK(d->still != NULL);
    d->up->is_muted = true;
    uint64_t sent = d->packets_sum;
    line_seconds(3);
    CHECK(d->still == NULL);
    CHECK_INT(d->packets_sum, sent);
    d->up->is_muted = false;
    line_seconds(10);
    CHECK(d->packets_sum > sent);
    world_close();
}

TEST(when_the_line_widens_pictures_move_again_after_stills)
{
    line_open(64000);
    line.queue_us = 300000;
    seen_begin();
    line_seconds(15);
    line.bps = 1000000;
    line_seconds(20);
    const struct down *d = peer_down_by_track(stage_transport(20)->peer, track);
    CHECK(d->held == LINK_NOT_HELD && d->is_running && d->still == NULL);
    struct viewer_sum sum;
    is_seen = false;
    viewer_walk(&seen, true, &sum);
    if (seen.fault) check_fail(__FILE__, __LINE__, "the pictures' stream: %s", seen.fault);
    CHECK(sum.frames > 60);
    world_close();
}
