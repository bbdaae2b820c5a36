/* What goes in as RTP payloads comes out as a still that shows what was filmed. */
#include "film.h"
#include "media/codec.h"
#include "tests/unit/check.h"

struct heard {
    uint8_t *file;
    size_t bytes;
    struct codec_msg done;
    bool is_done;
    unsigned parts, fails_after;
};

static enum err hear(void *ctx, const struct codec_msg *m)
{
    struct heard *h = ctx;
    if (h->fails_after && ++h->parts >= h->fails_after) return ERR_CLOSED;
    if (m->type == CODEC_DONE) {
        h->done = *m;
        h->is_done = true;
        return OK;
    }
    CHECK(m->type == CODEC_PART && m->n == h->bytes);
    uint8_t *more = mem_resize(h->file, h->bytes + m->body_bytes);
    CHECK(more);
    memcpy(more + h->bytes, m->body, m->body_bytes);
    h->file = more;
    h->bytes += m->body_bytes;
    return OK;
}

static enum err hear_nothing(void *ctx, const struct codec_msg *m)
{
    struct heard *h = ctx;
    h->is_done |= m->type == CODEC_DONE;
    if (m->type == CODEC_DONE) h->done = *m;
    return OK;
}

static struct codec_msg message_of(uint32_t id, const struct film_payload *p)
{
    return (struct codec_msg){.type = CODEC_PACKET,
                              .id = id,
                              .stamp = p->stamp,
                              .flags = p->is_marked ? CODEC_MARKED : 0,
                              .body = p->at,
                              .body_bytes = p->bytes};
}

static void stream_open(struct codec_works *c, uint32_t id, enum codec codec)
{
    struct codec_msg open = {.type = CODEC_OPEN, .id = id, .codec = (uint8_t)codec};
    CHECK_OK(codec_take(c, &open));
}

static void still_ask(struct codec_works *c, uint32_t id)
{
    struct codec_msg still = {.type = CODEC_STILL, .id = id, .n = 77};
    CHECK_OK(codec_take(c, &still));
}

static void shows_what_was_filmed(enum codec codec, unsigned width, unsigned height, unsigned spatial)
{
    struct heard h = {0};
    struct codec_port port = {hear, &h};
    struct codec_works *c = codec_new(&port);
    struct film *f = film_new(codec, width, height, 12, spatial);
    struct film_seen seen;
    stream_open(c, 5, codec);
    for (unsigned i = 0; i < f->count; i++) {
        struct codec_msg m = message_of(5, &f->payloads[i]);
        CHECK_OK(codec_take(c, &m));
    }
    still_ask(c, 5);
    CHECK(h.is_done && h.done.id == 77);
    CHECK_INT(h.done.status, CODEC_MADE);
    CHECK_INT(h.done.n, h.bytes);
    CHECK_INT(h.done.stamp, 11 * 3000);
    CHECK(film_look(h.file, h.bytes, &seen));
    CHECK_INT(seen.width, width);
    CHECK_INT(seen.height, height);
    CHECK(h.done.width == width && h.done.height == height);
    CHECK_INT(seen.number, 11);
    printf("figure still codec %d %ux%u: psnr %.1f dB, colours off by %d at most, %zu bytes\n", codec, width,
           height, seen.psnr, seen.off_most, h.bytes);
    CHECK(seen.off_most <= (width & 1 ? 6 : 2)); /* where chroma is cut in half at an edge of the fields */
    CHECK(seen.psnr > (width & 1 ? 28 : 34));
    film_free(f);
    mem_free(h.file);
    codec_free(c);
}

TEST(a_still_of_vp8_shows_what_was_filmed)
{
    shows_what_was_filmed(CODEC_VP8, 640, 480, 1);
    shows_what_was_filmed(CODEC_VP8, 333, 201, 1); /* odd sizes */
}
TEST(a_still_of_vp9_shows_what_was_filmed)
{
    shows_what_was_filmed(CODEC_VP9, 640, 480, 1);
}
TEST(a_still_of_layered_vp9_has_the_size_of_its_highest_layer)
{
    shows_what_was_filmed(CODEC_VP9, 640, 480, 3);
}
TEST(a_still_of_h264_shows_what_was_filmed)
{
    shows_what_was_filmed(CODEC_H264, 640, 480, 1);
    shows_what_was_filmed(CODEC_H264, 1280, 720, 1);
}

static struct codec_msg done_of(enum codec codec, uint32_t id, const struct film *f, unsigned from,
                                unsigned to, unsigned without)
{
    struct heard h = {0};
    struct codec_port port = {hear, &h};
    struct codec_works *c = codec_new(&port);
    bool is_gap = false;
    stream_open(c, id, codec);
    for (unsigned i = from; i < to; i++) {
        struct codec_msg m = message_of(id, &f->payloads[i]);
        if (is_gap) m.flags |= CODEC_GAP;
        is_gap = i == without;
        if (!is_gap) CHECK_OK(codec_take(c, &m));
    }
    still_ask(c, id);
    CHECK(h.is_done);
    mem_free(h.file);
    codec_free(c);
    return h.done;
}

TEST(where_nothing_decodes_the_answer_is_nothing)
{
    struct film *f = film_new(CODEC_VP8, 320, 240, 3, 1);
    CHECK_INT(done_of(CODEC_VP8, 9, f, 0, 0, UINT32_MAX).status, CODEC_NOTHING); /* no packet */
    CHECK_INT(done_of(CODEC_VP8, 9, f, 1, f->count, UINT32_MAX).status,
              CODEC_NOTHING); /* the key picture is cut */
    CHECK_INT(done_of(CODEC_VP9, 9, f, 0, f->count, UINT32_MAX).status, CODEC_NOTHING); /* of another codec */
    CHECK_INT(done_of(CODEC_AV1, 9, f, 0, f->count, UINT32_MAX).status, CODEC_UNSUPPORTED);
    film_free(f);
}

TEST(what_follows_a_gap_is_left_out)
{
    struct film *f = film_new(CODEC_VP8, 640, 480, 6, 1);
    unsigned second = 0, third = 0;
    while (f->payloads[second].stamp < 3000)
        second++;
    for (third = second; f->payloads[third].stamp < 6000;)
        third++;
    struct codec_msg d = done_of(CODEC_VP8, 3, f, 0, f->count, third - 1);
    CHECK_INT(d.status, CODEC_MADE);
    CHECK_INT(d.stamp, 0); /* the second lost its end: the key picture is the newest that is whole */
    film_free(f);
}

TEST(a_stream_that_is_not_open_or_one_too_many_is_passed_over)
{
    struct heard h = {0};
    struct codec_port port = {hear, &h};
    struct codec_works *c = codec_new(&port);
    for (uint32_t id = 1; id <= CODEC_STREAMS_MAX + 3; id++)
        stream_open(c, id, CODEC_VP8);
    stream_open(c, 1, CODEC_H264); /* is open already */
    CHECK_INT(codec_streams(c), CODEC_STREAMS_MAX);
    still_ask(c, CODEC_STREAMS_MAX + 1);
    CHECK_INT(h.done.status, CODEC_NOTHING);
    struct codec_msg close = {.type = CODEC_CLOSE, .id = 1};
    CHECK_OK(codec_take(c, &close));
    CHECK_OK(codec_take(c, &close));
    CHECK_INT(codec_streams(c), CODEC_STREAMS_MAX - 1);
    codec_free(c);
}

TEST(when_nobody_listens_the_work_ends)
{
    struct heard h = {.fails_after = 1};
    struct codec_port port = {hear, &h};
    struct codec_works *c = codec_new(&port);
    struct film *f = film_new(CODEC_VP8, 640, 480, 1, 1);
    struct codec_msg still = {.type = CODEC_STILL, .id = 2, .n = 1};
    stream_open(c, 2, CODEC_VP8);
    for (unsigned i = 0; i < f->count; i++) {
        struct codec_msg m = message_of(2, &f->payloads[i]);
        CHECK_OK(codec_take(c, &m));
    }
    CHECK_ERR(codec_take(c, &still), ERR_CLOSED);
    film_free(f);
    codec_free(c);
}

/* The payloads lie in static memory, so that the sweep makes memory fail in what is tested alone. */
static struct film still_life;
SWEEP(a_still_short_of_memory_is_answered_all_the_same)
{
    struct heard h = {0};
    struct codec_port port = {hear_nothing, &h};
    struct codec_works *c = codec_new(&port);
    if (!c) return ERR_NOMEM;
    stream_open(c, 2, CODEC_VP8);
    for (unsigned i = 0; i < still_life.count; i++) {
        struct codec_msg m = message_of(2, &still_life.payloads[i]);
        CHECK_OK(codec_take(c, &m));
    }
    still_ask(c, 2);
    codec_free(c);
    CHECK(h.is_done);
    return h.done.status == CODEC_MADE ? OK : ERR_NOMEM;
}

__attribute__((constructor)) static void shoot(void)
{
    struct film *f = film_new(CODEC_VP8, 320, 240, 2, 1);
    still_life = *f;
    film_free(f);
}
