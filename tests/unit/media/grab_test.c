/* A worker's stills: which packets the codec child gets, what becomes of its answers, and of a child that dies or talks nonsense. The test is the
 * child. */
#include "media/grab.h"
#include "tests/lab/world.h"
#include "tests/unit/check.h"
#include <sys/eventfd.h>
#include <unistd.h>

static struct loop *loop;
static struct codec_link *line;
static struct grabs *grabs;
static struct ring_pair child; /* our end */
static unsigned asks;
static bool may_hear;
static struct link_msg last; /* of what was told; its texts are gone */
static unsigned parts, dones;
static uint32_t track;
static struct source *source;

static void on_ask(void *owner)
{
    (void)owner;
    asks++;
}
static bool on_may_hear(void *owner)
{
    (void)owner;
    return may_hear;
}
static void on_heard(void *owner, const struct codec_msg *m)
{
    (void)owner;
    grabs_heard(grabs, m, stage.now_us);
}
static void on_moved(void *owner, bool is_open)
{
    (void)owner;
    (void)is_open;
    grabs_moved(grabs, stage.now_us);
}
static void on_tell(void *owner, const struct link_msg *m)
{
    static uint8_t bytes[LINK_BYTES_MAX];
    (void)owner;
    CHECK(link_msg_encode(m, bytes) > 0);
    parts += m->type == LINK_STILL_PART;
    dones += m->type == LINK_STILL_DONE;
    last = *m;
}

/* What yunqiaod gives for an ask. */
static void child_give(void)
{
    int fd;
    CHECK_OK(ring_memory(&fd));
    ring_close(&child);
    CHECK_OK(ring_open(fd, RING_CHILD, &child));
    CHECK_OK(codec_link_give(line, LINK_CODEC_RINGS, fd));
    CHECK_OK(codec_link_give(line, LINK_CODEC_BELL, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)));
    CHECK_OK(codec_link_give(line, LINK_CODEC_OWN_BELL, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)));
}

static void begin(unsigned bit, enum codec codec, const char *rids)
{
    CHECK_OK(world_open(33));
    track = world_publish(bit, STAGE_ORDINARY, rids);
    source = world_source(10, codec, "0", 0x1000);
    if (rids[0]) {
        source->layer_count = 3;
        source->rids[0] = "q", source->rids[1] = "h", source->rids[2] = "f";
    }
    asks = parts = dones = 0;
    may_hear = true;
    loop = loop_new();
    struct codec_link_settings codec_settings = {NULL, on_ask, on_may_hear, on_heard, on_moved};
    line = codec_link_new(loop, &codec_settings);
    struct grabs_settings settings = {stage.router, line, on_tell, NULL};
    grabs = grabs_new(&settings);
    CHECK(loop && line && grabs);
}

static void end(void)
{
    grabs_free(grabs);
    codec_link_free(line);
    loop_free(loop);
    ring_close(&child);
    world_close();
}

static void run(int64_t ms)
{
    for (; ms > 0; ms -= 20) {
        world_run(20);
        codec_link_hear(line);
        grabs_turn(grabs, stage.now_us);
    }
}

static void ask_of(uint32_t which)
{
    struct link_still_ask ask = {7, which};
    grabs_ask(grabs, &ask, stage.now_us);
}

static bool is_refused(enum link_still_status status)
{
    bool is = dones == 1 && last.type == LINK_STILL_DONE && last.still_done.status == status &&
              last.still_done.request == 7 && !grabs_has(grabs);
    dones = 0;
    return is;
}

/* What the child was given: how many packets, from the first key picture on without a hole to the end of one. */
struct given {
    unsigned packets, pictures;
    uint32_t id, job, stamp;
    bool has_still, is_closed;
};
static struct given take_given(enum codec codec)
{
    static uint8_t bytes[RING_MESSAGE_BYTES_MAX];
    struct given g = {0};
    struct codec_msg m;
    bool was_marked = false;
    int next = 0;
    uint32_t picture = 0;
    size_t n;
    while (ring_take(&child.in, bytes, &n) == OK) {
        CHECK_OK(codec_msg_read(bytes, n, RING_CHILD, &m));
        if (m.type == CODEC_OPEN) {
            g = (struct given){.id = m.id};
            CHECK_INT(m.codec, codec);
        }
        CHECK_INT(m.id, g.id);
        if (m.type == CODEC_PACKET) {
            struct rtp r = {.at = (uint8_t *)(uintptr_t)m.body, .payload_bytes = (uint16_t)m.body_bytes};
            struct source_mark mark;
            CHECK(source_mark_read(codec, &r, &mark));
            if (g.packets == 0) CHECK(mark.is_key && mark.index == 0);
            if (g.packets > 0 && mark.index == 0) CHECK(mark.picture == picture + 1 && was_marked);
            CHECK_INT(mark.index, next);
            next = mark.index + 1 == mark.count ? 0 : mark.index + 1;
            picture = mark.picture;
            was_marked = m.flags & CODEC_MARKED;
            g.packets++;
            g.pictures += was_marked;
            g.stamp = m.stamp;
        }
        if (m.type == CODEC_STILL) {
            CHECK(was_marked && next == 0);
            g.has_still = true;
            g.job = m.n;
        }
        g.is_closed |= m.type == CODEC_CLOSE;
    }
    return g;
}

static void say_part(uint32_t job, uint32_t at, size_t bytes)
{
    static uint8_t body[CODEC_BODY_BYTES_MAX];
    struct codec_msg m = {.type = CODEC_PART, .id = job, .n = at, .body = body, .body_bytes = bytes};
    CHECK_OK(codec_msg_put(&child.out, &m));
}
static void say_done(const struct given *g, enum codec_msg_status status, uint32_t bytes)
{
    struct codec_msg m = {.type = CODEC_DONE, .id = g->job, .status = (uint8_t)status};
    if (status == CODEC_MADE) {
        m.n = bytes;
        m.stamp = g->stamp;
        m.width = 640;
        m.height = 480;
    }
    CHECK_OK(codec_msg_put(&child.out, &m));
}

TEST(the_child_gets_all_from_the_last_key_picture_to_the_newest_and_its_file_goes_on)
{
    begin(STAGE_VP8, CODEC_VP8, "");
    world_run(500);
    source->layers[0].wants_key = true;
    world_run(410);
    unsigned keys = source->layers[0].keys_asked;
    CHECK_INT(asks, 0); /* nobody needed it */
    ask_of(track);
    CHECK_INT(asks, 1);
    run(100);
    CHECK_INT(asks, 1);
    child_give();
    run(20);
    struct given g = take_given(CODEC_VP8);
    CHECK(g.has_still && g.is_closed && g.pictures >= 10);
    CHECK_INT(source->layers[0].keys_asked, keys); /* it was there */
    say_part(g.job, 0, CODEC_BODY_BYTES_MAX);
    say_part(g.job, CODEC_BODY_BYTES_MAX, 17);
    say_done(&g, CODEC_MADE, CODEC_BODY_BYTES_MAX + 17);
    may_hear = false; /* the server is slow: it waits */
    run(200);
    CHECK(parts == 0 && dones == 0);
    may_hear = true;
    run(20);
    CHECK(parts == 2 && dones == 1 && last.still_done.status == LINK_STILL_MADE &&
          last.still_done.request == 7);
    CHECK(last.still_done.bytes == CODEC_BODY_BYTES_MAX + 17 && last.still_done.width == 640);
    CHECK(!grabs_has(grabs));
    end();
}

/* The source's report says when by its own clock; one that is far from ours is not believed. */
TEST(the_instant_is_the_sources_where_that_can_be_and_else_ours)
{
    static const struct {
        int64_t off_ms;
        enum link_still_clock clock;
    } all[] = {{0, LINK_CLOCK_SOURCE},
               {-300, LINK_CLOCK_SOURCE},
               {-5000, LINK_CLOCK_ARRIVAL},
               {400, LINK_CLOCK_ARRIVAL}};
    for (size_t i = 0; i < COUNT_OF(all); i++) {
        begin(STAGE_VP8, CODEC_VP8, "");

        world_run(500);
        source->layers[0].wants_key = true;
        world.next_report_us = INT64_MAX; /* but ours */
        world_run(200);
        uint64_t ntp = router_ntp(stage.router, stage.now_us + all[i].off_ms * 1000);
        source_report(source, ntp, stage.now_us);
        world_run(50);
        ask_of(track);
        child_give();
        run(20);
        struct given g = take_given(CODEC_VP8);
        CHECK(g.has_still);
        int64_t now_ms = (int64_t)((router_ntp(stage.router, stage.now_us) >> 32) - 2208988800u) * 1000;
        say_part(g.job, 0, 4);
        say_done(&g, CODEC_MADE, 4);
        run(20);
        CHECK_INT(dones, 1);
        CHECK_INT(last.still_done.clock, all[i].clock);
        CHECK((int64_t)last.still_done.at_ms > now_ms - 1500 &&
              (int64_t)last.still_done.at_ms < now_ms + 1500);
        end();
    }
}

TEST(where_no_key_picture_is_kept_the_source_is_asked_for_one)
{
    begin(STAGE_VP8, CODEC_VP8, "");
    world_run(3000); /* the first is too old */
    unsigned keys = source->layers[0].keys_asked;
    ask_of(track);
    child_give();
    run(200);
    CHECK(source->layers[0].keys_asked > keys);
    struct given g = take_given(CODEC_VP8);
    CHECK(g.has_still && g.pictures >= 1);
    end();
}

TEST(pictures_behind_a_hole_are_not_given)
{
    begin(STAGE_VP8, CODEC_VP8, "");
    world_run(500);
    source->layers[0].wants_key = true;
    world.up.lost_of_100 = 30;
    for (int i = 0; i < 20; i++) { /* whatever is lost: what is given has no hole (take_given looks) */
        world_run(100);
        ask_of(track);
        if (!codec_link_is_open(line)) child_give();
        run(600);
        struct given g = take_given(CODEC_VP8);
        if (!g.has_still) continue;
        say_done(&g, CODEC_FAILED, 0);
        run(20);
        CHECK(is_refused(LINK_STILL_BUSY));
    }
    end();
}

TEST(what_may_not_be_seen_or_cannot_be_decoded_is_refused_at_once)
{
    begin(STAGE_VP8, CODEC_VP8, "");
    world_run(300);
    ask_of(track + 50);
    CHECK(is_refused(LINK_STILL_NOTHING));
    stage_take(&(struct link_msg){.type = LINK_TRACK_MUTE, .track_mute = {track, true}});
    ask_of(track);
    CHECK(is_refused(LINK_STILL_NOTHING));
    stage_take(&(struct link_msg){.type = LINK_TRACK_MUTE, .track_mute = {track, false}});
    stage_take(&(struct link_msg){.type = LINK_ROOM_PRIVATE, .room_private = {1, 1, {1}}});
    ask_of(track);
    CHECK(is_refused(LINK_STILL_NOTHING));
    CHECK_INT(asks, 0);
    end();
    begin(STAGE_AV1, CODEC_AV1, "");
    world_run(300);
    ask_of(track);
    CHECK(is_refused(LINK_STILL_CODEC));
    end();
}

TEST(a_source_that_shows_nothing_and_a_child_that_never_comes_are_given_up)
{
    begin(STAGE_VP8, CODEC_VP8, "");
    world_run(300);
    ask_of(track);
    run(GRAB_LOOK_MS + 40);
    CHECK(is_refused(LINK_STILL_BUSY)); /* no child */
    world.is_paused = true;
    run(3000);
    ask_of(track);
    child_give();
    run(GRAB_LOOK_MS + 40);
    CHECK(is_refused(LINK_STILL_NOTHING));
    world.is_paused = false;
    world_run(300);
    ask_of(track);
    run(200);
    CHECK(take_given(CODEC_VP8).has_still);
    run(GRAB_MAKE_MS + 40); /* it says nothing more */
    CHECK(is_refused(LINK_STILL_BUSY));
    end();
}

TEST(a_child_that_dies_costs_a_moment_and_two_that_die_the_still)
{
    begin(STAGE_VP8, CODEC_VP8, "");
    world_run(300);
    for (int deaths = 1; deaths <= 2; deaths++) {
        ask_of(track);
        if (!codec_link_is_open(line)) child_give();
        run(500);
        CHECK(take_given(CODEC_VP8).has_still);
        for (int i = 0; i < deaths; i++) {
            unsigned before = asks;
            codec_link_gone(line);
            if (i + 1 == GRAB_TRIES) break;
            CHECK_INT(asks, before + 1);
            child_give();
            run(800);
            struct given g = take_given(CODEC_VP8);
            CHECK(g.has_still);
            if (deaths > 1) continue;
            say_part(g.job, 0, 4);
            say_done(&g, CODEC_MADE, 4);
            run(20);
            CHECK(dones == 1 && last.still_done.status == LINK_STILL_MADE);
            dones = 0;
        }
    }
    CHECK(is_refused(LINK_STILL_NOTHING));
    end();
}

/* Offsets that are not next, ends that are not whole, and bytes that are no message: the rings are let go, and another child is asked for. */
TEST(a_child_that_talks_nonsense_is_let_go)
{
    for (int lie = 0; lie < 5; lie++) {
        begin(STAGE_VP8, CODEC_VP8, "");
        world_run(300);
        ask_of(track);
        child_give();
        run(500);
        struct given g = take_given(CODEC_VP8);
        CHECK(g.has_still);
        unsigned before = asks;
        if (lie == 0) say_part(g.job, 5, 10);
        if (lie == 1) say_done(&g, CODEC_MADE, 99);
        if (lie == 2) {
            struct ring_piece piece = {"nonsense", 8};
            CHECK_OK(ring_put(&child.out, &piece, 1));
        }
        if (lie == 3) atomic_store(&child.out.marks->head, 0x7ffffff1);
        if (lie == 4) {
            struct codec_msg open = {
                .type = CODEC_OPEN, .id = 3, .codec = CODEC_VP8}; /* the other side's word */
            CHECK_OK(codec_msg_put(&child.out, &open));
        }
        run(40);
        CHECK(asks == before + 1 && !codec_link_is_open(line) && parts == 0 && dones == 0);
        end();
    }
}

TEST(an_answer_that_nobody_awaits_is_passed_over)
{
    begin(STAGE_VP8, CODEC_VP8, "");
    world_run(300);
    ask_of(track);
    child_give();
    run(500);
    struct given g = take_given(CODEC_VP8), other = g;
    other.job += 100;
    say_part(other.job, 0, 4);
    say_done(&other, CODEC_MADE, 4);
    run(40);
    CHECK(parts == 0 && dones == 0 && codec_link_is_open(line));
    end();
}

TEST(of_a_simulcast_source_all_layers_are_wanted_and_the_largest_is_given)
{
    begin(STAGE_VP8, CODEC_VP8, "q;h;f");
    world_run(500);
    source->layers[2].is_off = true; /* nobody watches it */
    world_run(8000);
    stage_forget();
    ask_of(track);
    child_give();
    const struct link_msg *wanted = stage_told(LINK_TRACK_WANTED, 0);
    CHECK(wanted && wanted->track_wanted.layers == 3);
    run(300);
    CHECK(!take_given(CODEC_VP8).has_still); /* it is waited for */
    source->layers[2].is_off = false;
    source->layers[2].wants_key = true;
    run(300);
    static uint8_t bytes[RING_MESSAGE_BYTES_MAX];
    size_t n;
    struct codec_msg m;
    unsigned packets = 0;
    while (ring_take(&child.in, bytes, &n) == OK) {
        CHECK_OK(codec_msg_read(bytes, n, RING_CHILD, &m));
        if (m.type != CODEC_PACKET) continue;
        struct rtp r = {.at = (uint8_t *)(uintptr_t)m.body, .payload_bytes = (uint16_t)m.body_bytes};
        struct source_mark mark;
        CHECK(source_mark_read(CODEC_VP8, &r, &mark) && mark.layer == 2);
        packets++;
    }
    CHECK(packets > 0);
    end();
}

TEST(more_than_so_many_at_once_are_refused)
{
    begin(STAGE_VP8, CODEC_VP8, "");
    world_run(300);
    for (int i = 0; i < GRABS_MAX; i++)
        ask_of(track);
    CHECK_INT(dones, 0);
    ask_of(track);
    CHECK(dones == 1 && last.still_done.status == LINK_STILL_BUSY);
    end();
}
