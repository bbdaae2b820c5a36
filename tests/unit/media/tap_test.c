/* A film's whole way in a worker: a source's packets over a way that loses some, the tap, the rings, the child's films, and the sealed files that the
 * server would append. Payloads are marked (tests/lab/source), so that what stands in a film can be told. */
#include "media/films.h"
#include "media/tap.h"
#include "tests/lab/world.h"
#include "tests/unit/check.h"
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FILM = 51, FILES_MAX = 8 };

static struct loop *loop;
static struct codec_link *line;
static struct taps *taps;
static struct ring_pair child; /* our end */
static struct films *films;
static struct source *source;
static uint32_t track;
static unsigned gone, done;
static struct file {
    int fd;
    uint64_t bytes;
    bool is_whole;
    uint8_t chain[DIGEST_BYTES];
} files[FILES_MAX];
static const uint8_t key[LINK_FILM_BYTES] = {1, 2, 3};

static void on_ask(void *owner)
{
    (void)owner;
}
static bool on_may_hear(void *owner)
{
    (void)owner;
    return true;
}
static void on_heard(void *owner, const struct codec_msg *m)
{
    (void)owner;
    CHECK(taps_is_ours(m));
    taps_heard(taps, m, stage.now_us);
}
static void on_moved(void *owner, bool is_open)
{
    (void)owner;
    (void)is_open;
    taps_moved(taps, stage.now_us);
}

/* What yunqiaod does: append what is next. */
static void on_tell(void *owner, const struct link_msg *m)
{
    static uint8_t bytes[LINK_BYTES_MAX];
    (void)owner;
    CHECK(link_msg_encode(m, bytes) > 0);
    if (m->type == LINK_FILM_PART) {
        const struct link_film_part *p = &m->film_part;
        CHECK(p->film == FILM && p->part < FILES_MAX);
        struct file *f = &files[p->part];
        if (p->offset == 0) f->fd = memfd_create("film", MFD_CLOEXEC);
        CHECK(f->bytes == p->offset && !f->is_whole);
        CHECK_INT(write(f->fd, p->bytes.at, p->bytes.bytes), p->bytes.bytes);
        f->bytes += p->bytes.bytes;
    } else if (m->type == LINK_FILM_DONE) {
        struct file *f = &files[m->film_done.part];
        CHECK_INT(f->bytes, m->film_done.bytes);
        memcpy(f->chain, m->film_done.chain.at, sizeof f->chain);
        f->is_whole = true;
        done++;
    } else if (m->type == LINK_FILM_GONE)
        gone++;
}

static enum err on_say(void *ctx, const struct codec_msg *m)
{
    (void)ctx;
    while (codec_msg_put(&child.out, m) == ERR_BUSY)
        codec_link_hear(line);
    return OK;
}
static int64_t on_now(void *ctx)
{
    (void)ctx;
    return stage.now_us;
}

static void child_give(void)
{
    struct films_port port = {NULL, on_say, on_now};
    int fd;
    films_free(films);
    films = films_new(&port);
    CHECK(films != NULL);
    CHECK_OK(ring_memory(&fd));
    ring_close(&child);
    CHECK_OK(ring_open(fd, RING_CHILD, &child));
    CHECK_OK(codec_link_give(line, LINK_CODEC_RINGS, fd));
    CHECK_OK(codec_link_give(line, LINK_CODEC_BELL, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)));
    CHECK_OK(codec_link_give(line, LINK_CODEC_OWN_BELL, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)));
}

static void begin(const char *rids)
{
    CHECK_OK(world_open(33));
    track = world_publish(STAGE_VP8, STAGE_ORDINARY, rids);
    source = world_source(10, CODEC_VP8, "0", 0x1000);
    if (rids[0]) {
        source->layer_count = 3;
        source->rids[0] = "q", source->rids[1] = "h", source->rids[2] = "f";
    }
    memset(files, 0, sizeof files);
    gone = done = 0;
    loop = loop_new();
    struct codec_link_settings codec_settings = {NULL, on_ask, on_may_hear, on_heard, on_moved};
    line = codec_link_new(loop, &codec_settings);
    struct taps_settings settings = {stage.router, line, on_tell, NULL};
    taps = taps_new(&settings);
    CHECK(loop && line && taps);
}

static void end(void)
{
    films_free(films);
    films = NULL;
    taps_free(taps);
    codec_link_free(line);
    loop_free(loop);
    ring_close(&child);
    for (int i = 0; i < FILES_MAX; i++)
        if (files[i].bytes) close(files[i].fd);
    world_close();
}

static void child_run(void)
{
    static uint8_t bytes[RING_MESSAGE_BYTES_MAX];
    struct codec_msg m;
    int64_t due_us;
    size_t n;
    while (codec_link_is_open(line) && ring_take(&child.in, bytes, &n) == OK) {
        CHECK_OK(codec_msg_read(bytes, n, RING_CHILD, &m));
        CHECK_OK(films_take(films, &m));
    }
    CHECK_OK(films_turn(films, stage.now_us, &due_us));
}

static void run(int64_t ms)
{
    for (; ms > 0; ms -= 20) {
        world_run(20);
        taps_turn(taps, stage.now_us);
        if (films) child_run();
        codec_link_hear(line);
    }
}

static void set(uint8_t held)
{
    struct link_film_set m = {FILM, track, 0, held, {(const char *)key, sizeof key}};
    taps_set(taps, &m, stage.now_us);
}

/* The pictures of a file, by their marks: how many, whether each follows the one before, and which came first and last. */
struct seen {
    unsigned pictures, breaks;
    uint32_t first, last;
    struct recording_seen file;
};
static struct seen look(int part, bool verifies)
{
    static uint8_t film[4 << 20];
    uint8_t id[RECORDING_ID_BYTES], file_key[CIPHER_KEY_BYTES];
    struct recording_reader *r;
    struct seen s = {0};
    size_t bytes = 0, n;
    CHECK_INT(pread(files[part].fd, id, sizeof id, 8), sizeof id);
    recording_part_key(key, id, file_key);
    CHECK_OK(recording_open(files[part].fd, id, file_key, &r, &s.file));
    do
        CHECK_OK(recording_get(r, (int64_t)bytes, film + bytes, sizeof film - bytes, &n));
    while (n > 0 && (bytes += n) < sizeof film);
    if (verifies) {
        struct digest_value chain;
        uint32_t piece;
        CHECK_OK(recording_verify(r, &chain, &piece));
        CHECK(memcmp(chain.at, files[part].chain, sizeof chain.at) == 0);
    }
    recording_close(r);
    for (size_t i = 0; i + SOURCE_MARK_BYTES <= bytes; i++) {
        if (film[i] != 'Y' || film[i + 1] != 'q' || film[i + 6] != 0) continue; /* a picture's first packet */
        uint32_t picture = (uint32_t)film[i + 8] << 24 | (uint32_t)film[i + 9] << 16 |
                           (uint32_t)film[i + 10] << 8 | film[i + 11];
        if (s.pictures++ == 0) s.first = picture;
        if (s.pictures > 1 && picture != s.last + 1) s.breaks++;
        s.last = picture;
    }
    return s;
}

TEST(what_a_source_shows_is_in_the_file_whole_though_the_way_loses_a_tenth)
{
    begin("");
    world.up = (struct world_way){.lost_of_100 = 10, .delay_us = 40000, .jitter_us = 10000};
    run(500);
    set(0);
    child_give();
    run(20000);
    CHECK(files[0].bytes > 0 && !files[0].is_whole);
    struct seen open = look(0, false); /* at any moment */
    CHECK(open.pictures > 200 && !open.file.is_ended);
    CHECK(source->layers[0].picture - open.last <= 50); /* 1.7 s at 30 a second */
    world.up.lost_of_100 = 0;
    run(600);
    taps_end(taps, FILM, stage.now_us);
    run(100);
    CHECK(gone == 1 && done == 1 && files[0].is_whole && !taps_has(taps) && films_count(films) == 0);
    struct seen s = look(0, true);
    CHECK(s.file.is_ended && s.pictures > 500 && s.breaks <= 2);
    CHECK(source->layers[0].picture - s.last <= 5); /* to the end */
    end();
}

TEST(what_is_held_is_not_taken_and_stands_as_a_gap)
{
    begin("");
    set(0);
    child_give();
    run(4000);
    uint32_t before = source->layers[0].picture;
    set(RECORDING_CONSENT_WITHDRAWN);
    run(3000);
    uint32_t after = source->layers[0].picture;
    uint64_t bytes = files[0].bytes;
    run(1000);
    CHECK_INT(files[0].bytes, bytes); /* not one more byte */
    CHECK(look(0, false).last <= before);
    set(0);
    run(3000);
    taps_end(taps, FILM, stage.now_us);
    run(100);
    struct seen s = look(0, true);
    CHECK(s.file.gaps == 1 && s.breaks == 1 && s.last > after + 20);
    CHECK(done == 1 && files[1].bytes == 0); /* in the one file */
    end();
}

TEST(a_child_that_dies_costs_a_moment_and_the_next_goes_on_in_another_file)
{
    begin("");
    set(0);
    child_give();
    run(5000);
    uint32_t at_death = source->layers[0].picture;
    codec_link_gone(line);
    films_free(films);
    films = NULL;
    run(300);
    child_give();
    run(5000);
    taps_end(taps, FILM, stage.now_us);
    run(100);
    struct seen first = look(0, false), second = look(1, true);
    CHECK(!first.file.is_ended && at_death - first.last <= 50);
    CHECK(second.file.is_ended && second.breaks == 0 && second.first > at_death);
    CHECK(second.first - at_death < 40);
    end();
}

TEST(a_film_that_ends_while_there_is_no_child_has_nothing_more_to_say)
{
    begin("");
    set(0);
    child_give();
    run(500);
    codec_link_gone(line);
    taps_end(taps, FILM, stage.now_us);
    CHECK(gone == 1 && !taps_has(taps));
    end();
}

TEST(of_a_simulcast_source_the_largest_layer_is_taken_and_another_when_it_goes)
{
    begin("q;h;f");
    run(500);
    stage_forget();
    set(0);
    child_give();
    run(4000);
    CHECK(look(0, false).pictures > 30);
    source->layers[2].is_off = true;
    run(6000);
    uint32_t now = source->layers[1].picture;
    taps_end(taps, FILM, stage.now_us);
    run(100);
    struct seen s = look(0, true);
    CHECK(now - s.last <= 5 && files[1].bytes == 0);
    end();
}

TEST(a_child_whose_parts_are_not_in_order_is_let_go)
{
    for (int lie = 0; lie < 4; lie++) {
        uint8_t body[DIGEST_BYTES] = {0};
        struct codec_msg m = {.type = lie == 3 ? CODEC_FILM_DONE : CODEC_FILM_PART,
                              .id = FILM,
                              .stamp = lie == 1,
                              .n = lie == 0 || lie == 3 ? 5 : 0,
                              .body = body,
                              .body_bytes = sizeof body};
        begin("");
        set(0);
        child_give();
        world_run(20);
        taps_turn(taps, stage.now_us);
        if (lie == 2) {
            CHECK_OK(codec_msg_put(&child.out, &m));
            m.n = 7;
        }
        CHECK_OK(codec_msg_put(&child.out, &m));
        codec_link_hear(line);
        CHECK(!codec_link_is_open(line) && taps_has(taps));
        end();
    }
}
