/* Of a recording's files one film: what each codec brings is seen in it, and what is not shown is said by its number; also when memory fails. */
#include "film.h"
#include "media/caption.h"
#include "media/decode.h"
#include "media/montage.h"
#include "media/recorder.h"
#include "media/webm_read.h"
#include "tests/unit/check.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { FILMS_MAX = 5, WIDTH = 320, HEIGHT = 240, PICTURES = 60, OFF_MOST = 14 };
#define START_US 1790000000000000LL
#define VISIT "0e8f-visit"

static const uint8_t key[CIPHER_KEY_BYTES] = {0x31, 0x32};

struct shot {
    int fd;
    uint8_t number;
};

static enum err shot_put(void *ctx, const void *at, size_t bytes)
{
    return write(*(int *)ctx, at, bytes) == (ssize_t)bytes ? OK : ERR_IO;
}

static enum err shot_open(void *ctx, unsigned part, struct recording_settings *ret)
{
    struct shot *s = ctx;
    if (part > 0) return ERR_LIMIT;
    *ret = (struct recording_settings){.put = shot_put, .ctx = &s->fd, .id = {s->number}};
    recording_part_key(key, ret->id, ret->key);
    return OK;
}

static void shot_ended(void *ctx, unsigned part, const struct digest_value *chain, int64_t bytes)
{
    (void)ctx, (void)part, (void)chain, (void)bytes;
}

/* A film of a source as the recorder makes it, of pictures that its encoder made. */
static void shoot(struct shot *s, uint8_t number, enum codec codec, unsigned width, unsigned height,
                  unsigned pictures)
{
    struct recorder_settings how = {s, shot_open, shot_ended};
    struct recorder *r;
    struct film *f = film_new(codec, width, height, pictures, 1);
    *s = (struct shot){memfd_create("film", MFD_CLOEXEC), number};
    CHECK(f && s->fd >= 0);
    CHECK_OK(recorder_new(&how, &r));
    CHECK_OK(recorder_track(r, WEBM_PICTURE, codec));
    for (size_t i = 0; i < f->count; i++) {
        const struct film_payload *p = &f->payloads[i];
        int64_t at_us = START_US + (int64_t)p->stamp * 100 / 9;
        recorder_packet(r, WEBM_PICTURE,
                        &(struct recorder_packet){p->at, p->bytes, p->stamp, p->is_marked, false, at_us});
        recorder_turn(r, at_us + 1000);
    }
    recorder_end(r, START_US + (int64_t)pictures * 1000000 / 30);
    CHECK_OK(recorder_error(r));
    recorder_free(r);
    film_free(f);
}

/* -- what is made -- */

static enum err made_put(void *ctx, const void *at, size_t bytes)
{
    return shot_put(ctx, at, bytes);
}

static enum err made_told(void *ctx, unsigned percent)
{
    (void)ctx, (void)percent;
    return OK;
}

/* The first is the device's. */
static struct montage_order order_of(const struct shot *shots, unsigned count, int *fds)
{
    struct montage_order o = {.id = {0x77}, .zone_s = 8 * 3600, .visit = VISIT, .count = count};
    memcpy(o.key, key, sizeof o.key);
    for (unsigned i = 0; i < count; i++) {
        o.files[i].id[0] = shots[i].number;
        o.files[i].is_device = i == 0;
        fds[i] = shots[i].fd;
    }
    return o;
}

static enum err make(const struct shot *shots, unsigned count, int *ret_fd)
{
    int fds[FILMS_MAX], fd = memfd_create("montage", MFD_CLOEXEC);
    struct montage_order order = order_of(shots, count, fds);
    struct montage_port port = {&fd, made_put, made_told};
    struct digest_value chain;
    int64_t bytes;
    CHECK(fd >= 0);
    enum err err = montage_make(&order, fds, &port, &chain, &bytes);
    if (!err) CHECK_INT(bytes, lseek(fd, 0, SEEK_END));
    *ret_fd = fd;
    return err;
}

static enum err get(void *ctx, int64_t offset, void *ret, size_t bytes, size_t *ret_n)
{
    return recording_get(ctx, offset, ret, bytes, ret_n);
}

/* Of a film, decoded up to that instant. */
struct look {
    struct recording_reader *file;
    struct webm_reader *film;
    struct decoder *decoder;
    struct picture picture;
};

static struct look look_at(int fd, int64_t until_ms)
{
    uint8_t id[RECORDING_ID_BYTES] = {0x77}, part[CIPHER_KEY_BYTES];
    struct look l = {0};
    struct recording_seen seen;
    struct webm_seen head;
    struct webm_block b;
    recording_part_key(key, id, part);
    CHECK_OK(recording_open(fd, id, part, &l.file, &seen));
    CHECK_OK(webm_read_new(&(struct webm_source){get, l.file}, &l.film, &head));
    CHECK_OK(decoder_new(CODEC_VP8, &l.decoder));
    while (webm_read_next(l.film, &b) == OK && b.at_ms <= until_ms)
        if (b.track == WEBM_PICTURE) CHECK_OK(decoder_unit(l.decoder, b.at, b.bytes));
    CHECK_OK(decoder_picture(l.decoder, &l.picture));
    CHECK(l.picture.width == MONTAGE_WIDTH && l.picture.height == MONTAGE_HEIGHT);
    return l;
}

static void look_over(struct look *l)
{
    decoder_free(l->decoder);
    webm_read_free(l->film);
    recording_close(l->file);
}

/* What a field of the source's picture is, in Y, Cb and Cr (BT.601, limited range): its own film decoded. */
static void own_field(const struct shot *s, enum codec codec, unsigned field, int ret[3])
{
    uint8_t part[CIPHER_KEY_BYTES], id[RECORDING_ID_BYTES] = {s->number};
    struct recording_reader *file;
    struct recording_seen seen;
    struct webm_reader *film;
    struct webm_seen head;
    struct webm_block b;
    struct decoder *d;
    struct picture p;
    recording_part_key(key, id, part);
    CHECK_OK(recording_open(s->fd, id, part, &file, &seen));
    CHECK_OK(webm_read_new(&(struct webm_source){get, file}, &film, &head));
    CHECK(head.picture == codec);
    CHECK_OK(decoder_new(codec, &d));
    for (int n = 0; n < PICTURES / 2; n++) {
        CHECK_OK(webm_read_next(film, &b));
        CHECK_OK(decoder_unit(d, b.at, b.bytes));
    }
    CHECK_OK(decoder_picture(d, &p));
    unsigned x = p.width * (2 * (field % 3) + 1) / 6, y = p.height * (2 * (field / 3) + 1) / 4;
    ret[0] = p.plane[0][y * p.stride[0] + x];
    ret[1] = p.plane[1][y / 2 * p.stride[1] + x / 2];
    ret[2] = p.plane[2][y / 2 * p.stride[2] + x / 2];
    decoder_free(d);
    webm_read_free(film);
    recording_close(file);
}

/* Where media/compose puts a picture of 4 by 3, above the words. */
struct place {
    unsigned left, top, width, height;
};
static const struct place large = {14, 0, 930, 698};
#define BESIDE(n) ((struct place){966, ((n)-1) * 232, 308, 232})

static void is_in_place(const struct picture *p, const struct shot *s, enum codec codec, struct place at)
{
    for (unsigned field = 0; field < FILM_FIELDS; field++) {
        unsigned x = at.left + at.width * (2 * (field % 3) + 1) / 6,
                 y = at.top + at.height * (2 * (field / 3) + 1) / 4;
        int own[3], seen[3] = {p->plane[0][y * p->stride[0] + x], p->plane[1][y / 2 * p->stride[1] + x / 2],
                               p->plane[2][y / 2 * p->stride[2] + x / 2]};
        own_field(s, codec, field, own);
        for (int n = 0; n < 3; n++)
            CHECK(abs(own[n] - seen[n]) <= OFF_MOST);
    }
}

/* Whether these words stand behind the visit's id and the clock: their dots are light there, and what is between is not. */
static bool says(const struct picture *p, const char *words)
{
    static uint8_t want[CAPTION_HEIGHT * MONTAGE_WIDTH];
    char line[128];
    unsigned lit = 0, wrong = 0;
    size_t before = strlen(VISIT) + 2 + strlen("2026-01-01 00:00:00");
    memset(want, 0, sizeof want);
    snprintf(line, sizeof line, "%*s%s", (int)before, "", words);
    caption_put(want, MONTAGE_WIDTH, MONTAGE_WIDTH, CAPTION_HEIGHT, line);
    for (unsigned y = 0; y < CAPTION_HEIGHT; y++)
        for (size_t x = before * CAPTION_ADVANCE; x < (before + 20) * CAPTION_ADVANCE; x++) {
            bool is_lit = want[y * MONTAGE_WIDTH + x] > 128;
            lit += is_lit;
            wrong += is_lit != (p->plane[0][(p->height - CAPTION_HEIGHT + y) * p->stride[0] + x] > 128);
        }
    return wrong <= lit / 8;
}

TEST(what_came_as_vp8_vp9_and_h264_is_seen_in_one_film)
{
    static const enum codec codecs[FILMS_MAX] = {CODEC_H264, CODEC_VP9, CODEC_VP8, CODEC_H264, CODEC_VP9};
    struct shot shots[FILMS_MAX];
    int fd;
    for (unsigned i = 0; i < FILMS_MAX; i++)
        shoot(&shots[i], (uint8_t)(i + 1), codecs[i], WIDTH, HEIGHT, PICTURES);
    CHECK_OK(make(shots, 4, &fd));
    struct look l = look_at(fd, 1000);
    is_in_place(&l.picture, &shots[0], codecs[0], large);
    for (unsigned i = 1; i < 4; i++)
        is_in_place(&l.picture, &shots[i], codecs[i], BESIDE(i));
    CHECK(!says(&l.picture, "  not shown: 5"));
    look_over(&l);
    close(fd);
    /* A fifth has no place. */
    CHECK_OK(make(shots, 5, &fd));
    l = look_at(fd, 1000);
    is_in_place(&l.picture, &shots[0], codecs[0], large);
    CHECK(says(&l.picture, "  not shown: 5"));
    look_over(&l);
    close(fd);
    for (unsigned i = 0; i < FILMS_MAX; i++)
        close(shots[i].fd);
}

/* Films of the sweep: made once, with all their memory. */
static struct shot small[2];

static void small_make(void)
{
    long left = mem_fail_left();
    mem_fail_at(0);
    shoot(&small[0], 1, CODEC_VP8, 64, 48, 6);
    shoot(&small[1], 2, CODEC_VP9, 64, 48, 6);
    mem_fail_at(left);
}

SWEEP(one_film_is_made_of_two)
{
    int fd = -1;
    if (!small[0].fd) small_make();
    enum err err = make(small, 2, &fd);
    close(fd);
    return err;
}
