/* Lips and voice after an hour: a source flashes white at the instant its beep sounds. Its picture's clock runs fast, its sound's slow, its own clock is not ours; packets
 * are lost on the way, come again late or not at all, and so are the sender reports. What stands in the film is decoded, and each flash set against its beep. */
#include "base/rnd.h"
#include "media/bytes.h"
#include "media/decode.h"
#include "media/films.h"
#include "media/montage.h"
#include "media/webm_read.h"
#include "tests/unit/check.h"
#include <math.h>
#include <opus.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <vpx/vp8cx.h>
#include <vpx/vpx_encoder.h>

enum {
    SECONDS = 3600,
    SIDE = 64,
    PICTURES = 15, /* of a second */
    SOUNDS = 50,
    FLASH_PICTURES = 3,
    BEEP_PACKETS = 5,
    PICTURE_BYTES_MAX = 1200,
    OFFSET_MOST_MS = 40,
    FIRST_REPORTS_S = 6, /* RFC 3550 §6.2: until each track has had its first, though one be lost */
    LOST_EACH = 10       /* one packet of so many, on each of its two ways */
};
#define START_US 1790000000000000LL
#define PICTURE_PPM 50e-6
#define SOUND_PPM (-50e-6)
#define SOURCE_PPM 20e-6
#define SOURCE_OFF_US (-31536000000000LL) /* its clock is a year off */

/* -- the source -- */

struct piece {
    uint8_t at[PICTURE_BYTES_MAX];
    size_t bytes;
};
struct second {
    struct piece pictures[PICTURES], sounds[SOUNDS];
};

static void pictures_make(struct second *s)
{
    vpx_codec_enc_cfg_t config;
    vpx_codec_ctx_t vpx;
    CHECK(vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &config, 0) == VPX_CODEC_OK);
    config.g_w = config.g_h = SIDE;
    config.g_timebase = (vpx_rational_t){1, PICTURES};
    config.g_lag_in_frames = 0;
    config.kf_mode = VPX_KF_DISABLED;
    config.rc_end_usage = VPX_CBR;
    CHECK(vpx_codec_enc_init(&vpx, vpx_codec_vp8_cx(), &config, 0) == VPX_CODEC_OK);
    vpx_image_t *image = vpx_img_alloc(NULL, VPX_IMG_FMT_I420, SIDE, SIDE, 16);
    CHECK(image != NULL);
    for (int n = 0; n < PICTURES; n++) {
        vpx_codec_iter_t each = NULL;
        const vpx_codec_cx_pkt_t *packet;
        for (int plane = 0; plane < 3; plane++)
            memset(image->planes[plane],
                   plane                 ? 128
                   : n >= FLASH_PICTURES ? 16
                                         : 235,
                   (size_t)image->stride[plane] * SIDE / (plane ? 2 : 1));
        CHECK(vpx_codec_encode(&vpx, image, n, 1, n ? 0 : VPX_EFLAG_FORCE_KF, VPX_DL_REALTIME) ==
              VPX_CODEC_OK);
        while ((packet = vpx_codec_get_cx_data(&vpx, &each))) {
            struct piece *p = &s->pictures[n];
            CHECK(packet->kind == VPX_CODEC_CX_FRAME_PKT && packet->data.frame.sz < sizeof p->at);
            p->at[0] = 0x10; /* its descriptor: the first of a picture (RFC 7741 §4.2) */
            memcpy(p->at + 1, packet->data.frame.buf, packet->data.frame.sz);
            p->bytes = 1 + packet->data.frame.sz;
        }
        CHECK(s->pictures[n].bytes > 1);
    }
    vpx_img_free(image);
    CHECK(vpx_codec_destroy(&vpx) == VPX_CODEC_OK);
}

/* The second second of it: the encoder has found in. */
static void sounds_make(struct second *s)
{
    int failed;
    float sound[960];
    OpusEncoder *encoder = opus_encoder_create(48000, 1, OPUS_APPLICATION_VOIP, &failed);
    CHECK(encoder != NULL);
    for (int i = 0; i < 2 * SOUNDS; i++) {
        struct piece *p = &s->sounds[i % SOUNDS];
        for (int n = 0; n < 960; n++)
            sound[n] = i % SOUNDS < BEEP_PACKETS ? 0.5f * (float)sin(2 * M_PI * 1000 * n / 48000) : 0;
        opus_int32 bytes = opus_encode_float(encoder, sound, 960, p->at, sizeof p->at);
        CHECK(bytes > 0);
        p->bytes = (size_t)bytes;
    }
    opus_encoder_destroy(encoder);
}

/* -- the way to the recorder -- */

struct way {
    struct films *films;
    int fd; /* the film's only file */
    int64_t now_us, due_us, bytes;
    uint32_t random;
    unsigned sent, lost;
};

static unsigned any(struct way *w, unsigned below)
{
    w->random = w->random * 1664525u + 1013904223u;
    return (w->random >> 8) % below;
}

static int64_t now_of(void *ctx)
{
    const struct way *w = ctx;
    return w->now_us;
}

static enum err say_of(void *ctx, const struct codec_msg *m)
{
    struct way *w = ctx;
    if (m->type != CODEC_FILM_PART) return OK;
    CHECK(m->stamp == 0 && m->n == (uint32_t)w->bytes);
    CHECK(write(w->fd, m->body, m->body_bytes) == (ssize_t)m->body_bytes);
    w->bytes += (int64_t)m->body_bytes;
    return OK;
}

/* What is under way, in the order of its coming; a track's packets stay in theirs, as media/tap gives them. */
struct coming {
    int64_t at_us;
    struct codec_msg m;
    uint8_t ntp[8];
};
enum { COMING_MAX = 256 };
struct line {
    struct coming coming[COMING_MAX];
    unsigned first, count;
    bool has_gap;
    int64_t last_us;
};

/* 25 to 65 ms; what is lost comes by the second way, 110 ms later; what is lost there too does not come. */
static bool way_take(struct way *w, int64_t sent_us, int64_t *ret_us)
{
    bool is_first = any(w, LOST_EACH) != 0, is_second = any(w, LOST_EACH) != 0;
    w->sent++;
    w->lost += !is_first;
    *ret_us = sent_us + 25000 + any(w, 40000) + (is_first ? 0 : 110000);
    return is_first || is_second;
}

static void line_put(struct way *w, struct line *l, int64_t sent_us, struct codec_msg m, const uint8_t ntp[8])
{
    int64_t at_us;
    bool is_report = m.type == CODEC_FILM_REPORT;
    if (!way_take(w, sent_us, &at_us)) {
        l->has_gap |= !is_report;
        return;
    }
    if (is_report && at_us - sent_us > 100000) return; /* a report is sent once */
    if (at_us < l->last_us) at_us = l->last_us;
    l->last_us = at_us;
    if (!is_report && l->has_gap) m.flags |= CODEC_GAP;
    if (!is_report) l->has_gap = false;
    m.n = (uint32_t)at_us;
    CHECK(l->count < COMING_MAX);
    struct coming *c = &l->coming[(l->first + l->count++) % COMING_MAX];
    *c = (struct coming){.at_us = at_us, .m = m};
    if (ntp) memcpy(c->ntp, ntp, 8);
}

static void way_turn(struct way *w, int64_t now_us)
{
    w->now_us = now_us;
    if (now_us >= w->due_us) CHECK_OK(films_turn(w->films, now_us, &w->due_us));
}

/* All that has come by now. */
static void lines_come(struct way *w, struct line lines[2], int64_t now_us)
{
    for (;;) {
        struct line *l = NULL;
        for (int i = 0; i < 2; i++)
            if (lines[i].count > 0 && lines[i].coming[lines[i].first].at_us <= now_us &&
                (!l || lines[i].coming[lines[i].first].at_us < l->coming[l->first].at_us))
                l = &lines[i];
        if (!l) break;
        struct coming *c = &l->coming[l->first];
        if (c->m.type == CODEC_FILM_REPORT) c->m.body = c->ntp, c->m.body_bytes = 8;
        way_turn(w, c->at_us);
        CHECK_OK(films_take(w->films, &c->m));
        l->first = (l->first + 1) % COMING_MAX;
        l->count--;
    }
    way_turn(w, now_us);
}

static void report_put(struct way *w, struct line *l, uint8_t codec, double second_s, uint32_t stamp)
{
    uint8_t ntp[8];
    bytes_put64(ntp, (uint64_t)(START_US + SOURCE_OFF_US + (int64_t)(second_s * 1e6 * (1 + SOURCE_PPM))));
    line_put(w, l, START_US + (int64_t)(second_s * 1e6),
             (struct codec_msg){.type = CODEC_FILM_REPORT, .id = 1, .codec = codec, .stamp = stamp}, ntp);
}

/* An event each 50 packets of sound, whose clock is slow: a second and a little of the true time. */
static const double event_s = 1 / (1 + SOUND_PPM);

static uint32_t stamp_at(double at_s, double rate, double ppm, uint32_t first)
{
    return (uint32_t)(first + (uint64_t)llround(at_s * rate * (1 + ppm)));
}

static void source_run(struct way *w, const struct second *s, int seconds)
{
    struct line *lines = mem_zalloc(2 * sizeof *lines); /* picture, sound */
    CHECK(lines != NULL);
    for (int tick = 0; tick < seconds * SOUNDS * PICTURES; tick++) { /* both grids' common one */
        double at_s = tick * event_s / (SOUNDS * PICTURES);
        int64_t at_us = START_US + (int64_t)(at_s * 1e6);
        uint32_t picture = stamp_at(at_s, 90000, PICTURE_PPM, 4000000000u),
                 sound = stamp_at(at_s, 48000, SOUND_PPM, 77000);
        if (tick % SOUNDS == 0) {
            const struct piece *p = &s->pictures[tick / SOUNDS % PICTURES];
            line_put(w, &lines[0], at_us,
                     (struct codec_msg){.type = CODEC_FILM_PACKET,
                                        .id = 1,
                                        .codec = CODEC_VP8,
                                        .flags = CODEC_MARKED,
                                        .stamp = picture,
                                        .body = p->at,
                                        .body_bytes = p->bytes},
                     NULL);
        }
        if (tick % PICTURES == 0) {
            const struct piece *p = &s->sounds[tick / PICTURES % SOUNDS];
            line_put(w, &lines[1], at_us,
                     (struct codec_msg){.type = CODEC_FILM_PACKET,
                                        .id = 1,
                                        .codec = CODEC_OPUS,
                                        .stamp = sound,
                                        .body = p->at,
                                        .body_bytes = p->bytes},
                     NULL);
        }
        /* Reports each 2.5 s or so, of each track at its own times. */
        if (tick % (SOUNDS * PICTURES * 5 / 2) == 300) report_put(w, &lines[0], CODEC_VP8, at_s, picture);
        if (tick % (SOUNDS * PICTURES * 5 / 2) == 700) report_put(w, &lines[1], CODEC_OPUS, at_s, sound);
        lines_come(w, lines, at_us);
    }
    lines_come(w, lines, w->now_us + 1000000);
    mem_free(lines);
}

/* -- the film -- */

struct seen {
    int64_t *flash_ms; /* by the event; 0: none */
    double *beep_ms;
    int seconds;
};

/* Which event stands near that instant: it is at most half a second off. */
static int event_of(const struct seen *s, double at_ms)
{
    int n = (int)lround(at_ms / (event_s * 1000));
    return n >= 0 && n < s->seconds ? n : -1;
}

static void flash_look(struct seen *s, struct decoder *decoder, const struct webm_block *b, bool *was_white)
{
    struct picture p;
    CHECK_OK(decoder_unit(decoder, b->at, b->bytes));
    CHECK_OK(decoder_picture(decoder, &p));
    bool is_white = p.plane[0][p.height / 2 * p.stride[0] + p.width / 2] > 128;
    int n = event_of(s, (double)b->at_ms);
    if (is_white && !*was_white && n >= 0) s->flash_ms[n] = b->at_ms;
    *was_white = is_white;
}

/* A tone that begins behind a stretch of quiet. */
static void beep_look(struct seen *s, OpusDecoder *decoder, const struct webm_block *b, int *quiet)
{
    float sound[5760];
    int n = opus_decode_float(decoder, b->at, (opus_int32)b->bytes, sound, 5760, 0);
    CHECK_INT(n, 960);
    for (int i = 0; i < n; i++, ++*quiet) {
        if (fabsf(sound[i]) < 0.1f) continue;
        double at_ms = (double)b->at_ms + i / 48.0;
        int event = event_of(s, at_ms);
        if (*quiet > 24000 && event >= 0) s->beep_ms[event] = at_ms;
        *quiet = 0;
    }
}

static enum err get(void *ctx, int64_t offset, void *ret, size_t bytes, size_t *ret_n)
{
    return recording_get(ctx, offset, ret, bytes, ret_n);
}

static void film_look(int fd, const uint8_t key[CODEC_FILM_BYTES], struct seen *s)
{
    uint8_t id[RECORDING_ID_BYTES], part[CIPHER_KEY_BYTES];
    struct recording_reader *file;
    struct recording_seen file_seen;
    struct webm_reader *reader;
    struct webm_seen head;
    struct webm_block b;
    struct decoder *decoder;
    enum err err;
    int failed, quiet = 48000;
    bool was_white = false;
    CHECK(pread(fd, id, sizeof id, 8) == sizeof id);
    recording_part_key(key, id, part);
    CHECK_OK(recording_open(fd, id, part, &file, &file_seen));
    CHECK(file_seen.is_ended);
    CHECK_OK(webm_read_new(&(struct webm_source){get, file}, &reader, &head));
    CHECK(head.picture == CODEC_VP8 && head.sound == CODEC_OPUS);
    CHECK(llabs(head.started.ms - START_US / 1000) < 2000);
    CHECK_OK(decoder_new(CODEC_VP8, &decoder));
    OpusDecoder *opus = opus_decoder_create(48000, 1, &failed);
    CHECK(opus != NULL);
    while (!(err = webm_read_next(reader, &b)))
        if (b.track == WEBM_PICTURE)
            flash_look(s, decoder, &b, &was_white);
        else
            beep_look(s, opus, &b, &quiet);
    CHECK_ERR(err, ERR_NOT_FOUND);
    opus_decoder_destroy(opus);
    decoder_free(decoder);
    webm_read_free(reader);
    recording_close(file);
}

static int by_size(const void *a, const void *b)
{
    double x = fabs(*(const double *)a), y = fabs(*(const double *)b);
    return (x > y) - (x < y);
}

static struct seen seen_new(int seconds)
{
    struct seen s = {mem_zalloc((size_t)seconds * sizeof *s.flash_ms),
                     mem_zalloc((size_t)seconds * sizeof *s.beep_ms), seconds};
    CHECK(s.flash_ms && s.beep_ms);
    return s;
}

static void seen_done(struct seen *s)
{
    mem_free(s->flash_ms);
    mem_free(s->beep_ms);
}

struct offsets {
    int found;
    double median, most, first_most, last_most; /* ms; before the first reports, and in the last minute */
};

static struct offsets offsets_of(const struct seen *s)
{
    struct offsets o = {0};
    double *each = mem_zalloc((size_t)s->seconds * sizeof *each);
    CHECK(each != NULL);
    for (int n = 0; n < s->seconds; n++) {
        if (!s->flash_ms[n] || s->beep_ms[n] == 0) continue;
        double offset = (double)s->flash_ms[n] - s->beep_ms[n];
        if (n < FIRST_REPORTS_S) {
            o.first_most = fmax(o.first_most, fabs(offset));
            continue;
        }
        if (n >= s->seconds - 60) o.last_most = fmax(o.last_most, fabs(offset));
        each[o.found++] = offset;
    }
    CHECK(o.found > (s->seconds - FIRST_REPORTS_S) * 9 / 10);
    qsort(each, (size_t)o.found, sizeof *each, by_size);
    o.median = each[o.found / 2];
    o.most = each[o.found - 1];
    mem_free(each);
    return o;
}

static const uint8_t film_key[CODEC_FILM_BYTES] = {0x5a, 0x5a};

static void film_shoot(struct way *w, int seconds)
{
    static struct second second;
    struct films_port port = {w, say_of, now_of};
    uint8_t begin[CODEC_FILM_BYTES + 8] = {0};
    memcpy(begin, film_key, sizeof film_key);
    *w = (struct way){.fd = memfd_create("film", MFD_CLOEXEC), .now_us = START_US, .random = 20261127};
    CHECK(w->fd >= 0);
    pictures_make(&second);
    sounds_make(&second);
    w->films = films_new(&port);
    CHECK(w->films != NULL);
    CHECK_OK(films_take(
        w->films,
        &(struct codec_msg){.type = CODEC_FILM, .id = 1, .body = begin, .body_bytes = sizeof begin}));
    struct codec_msg track = {.type = CODEC_FILM_TRACK, .id = 1, .n = WEBM_PICTURE, .codec = CODEC_VP8};
    CHECK_OK(films_take(w->films, &track));
    track.n = WEBM_SOUND;
    track.codec = CODEC_OPUS;
    CHECK_OK(films_take(w->films, &track));
    source_run(w, &second, seconds);
    CHECK_OK(films_take(w->films, &(struct codec_msg){.type = CODEC_FILM_END, .id = 1}));
    CHECK_INT(films_count(w->films), 0);
    films_free(w->films);
}

TEST(after_an_hour_of_drifting_clocks_and_lost_packets_a_flash_stands_beside_its_beep)
{
    struct way w;
    struct seen s = seen_new(SECONDS);
    film_shoot(&w, SECONDS);
    film_look(w.fd, film_key, &s);
    struct offsets o = offsets_of(&s);
    printf(
        "figure recorder lips: %d s at %.1f %% lost, clocks 100 ppm apart: %d flashes with their beeps, "
        "offset median %.1f ms, worst %.1f ms; in the last minute %.1f ms; before the first sender reports "
        "%.1f ms\n",
        SECONDS, 100.0 * w.lost / w.sent, o.found, o.median, o.most, o.last_most, o.first_most);
    CHECK(fabs(o.median) <= OFFSET_MOST_MS && fabs(o.most) <= OFFSET_MOST_MS);
    seen_done(&s);
    close(w.fd);
}

/* -- and as one film of all -- */

struct made {
    int fd;
    unsigned percent, told;
    enum err refuses;
};

static enum err made_put(void *ctx, const void *at, size_t bytes)
{
    struct made *m = ctx;
    CHECK(write(m->fd, at, bytes) == (ssize_t)bytes);
    return m->refuses;
}

static enum err made_told(void *ctx, unsigned percent)
{
    struct made *m = ctx;
    CHECK(percent > m->percent && percent <= 100);
    m->percent = percent;
    m->told++;
    return OK;
}

static struct montage_order order_of(const int *fds, unsigned count)
{
    struct montage_order o = {.id = {0x77}, .zone_s = 8 * 3600, .visit = "0e8f-visit", .count = count};
    memcpy(o.key, film_key, sizeof o.key);
    for (unsigned i = 0; i < count; i++) {
        CHECK(pread(fds[i], o.files[i].id, RECORDING_ID_BYTES, 8) == RECORDING_ID_BYTES);
        o.files[i].is_device = i + 1 == count; /* the last: it is to be the large one */
    }
    return o;
}

static enum err keep(void *ctx, const uint8_t *bytes, size_t n)
{
    return fwrite(bytes, 1, n, ctx) == n ? OK : ERR_IO;
}

/* The words stand below; and a picture for those who look at it (YQ_OUT). */
static void montage_look(int fd, const uint8_t id[RECORDING_ID_BYTES])
{
    uint8_t part[CIPHER_KEY_BYTES];
    struct recording_reader *file;
    struct recording_seen seen;
    struct webm_reader *reader;
    struct webm_seen head;
    struct webm_block b;
    struct decoder *decoder;
    struct picture p = {0};
    unsigned lit = 0;
    recording_part_key(film_key, id, part);
    CHECK_OK(recording_open(fd, id, part, &file, &seen));
    CHECK_OK(webm_read_new(&(struct webm_source){get, file}, &reader, &head));
    CHECK_OK(decoder_new(CODEC_VP8, &decoder));
    while (webm_read_next(reader, &b) == OK && b.at_ms < 10000)
        if (b.track == WEBM_PICTURE) CHECK_OK(decoder_unit(decoder, b.at, b.bytes));
    CHECK_OK(decoder_picture(decoder, &p));
    CHECK(p.width == MONTAGE_WIDTH && p.height == MONTAGE_HEIGHT);
    for (unsigned y = p.height - 22u; y < p.height; y++)
        for (unsigned x = 0; x < 31 * 12; x++)
            lit += p.plane[0][y * p.stride[0] + x] > 160;
    CHECK(lit > 31 * 20);
    const char *out = getenv("YQ_OUT");
    char path[400];
    snprintf(path, sizeof path, "%s/montage.png", out ? out : "/dev/null");
    FILE *to = out ? fopen(path, "w") : NULL;
    if (to) CHECK_OK(picture_png(&p, &(struct picture_sink){keep, to}));
    if (to) fclose(to);
    decoder_free(decoder);
    webm_read_free(reader);
    recording_close(file);
}

TEST(of_a_recordings_files_one_film_is_made_in_which_they_are_together)
{
    enum { MONTAGE_SECONDS = 40 };
    struct way w;
    struct seen s = seen_new(MONTAGE_SECONDS);
    struct made made = {.fd = memfd_create("montage", MFD_CLOEXEC)};
    struct montage_port port = {&made, made_put, made_told};
    struct digest_value chain, again;
    int64_t bytes;
    film_shoot(&w, MONTAGE_SECONDS);
    int fds[2] = {w.fd, dup(w.fd)};
    struct montage_order order = order_of(fds, 2);
    CHECK_OK(montage_make(&order, fds, &port, &chain, &bytes));
    CHECK(made.percent >= 99 && made.told > 50);
    CHECK_INT(bytes, lseek(made.fd, 0, SEEK_END));
    CHECK_OK(recording_chain_of(made.fd, &again));
    CHECK(memcmp(&chain, &again, sizeof chain) == 0);
    film_look(made.fd, film_key, &s);
    struct offsets o = offsets_of(&s);
    printf("figure montage: %d flashes with their beeps, offset median %.1f ms, worst %.1f ms\n", o.found,
           o.median, o.most);
    CHECK(fabs(o.median) <= OFFSET_MOST_MS && fabs(o.most) <= OFFSET_MOST_MS + MONTAGE_PICTURE_MS);
    montage_look(made.fd, order.id);
    seen_done(&s);
    close(w.fd);
    close(fds[1]);
    close(made.fd);
}

TEST(of_changed_files_or_another_key_no_film_is_made)
{
    struct way w;
    struct made made = {.fd = memfd_create("montage", MFD_CLOEXEC)};
    struct montage_port port = {&made, made_put, made_told};
    struct digest_value chain;
    int64_t bytes;
    film_shoot(&w, 8);
    struct montage_order order = order_of(&w.fd, 1);
    order.key[3] ^= 1;
    CHECK(montage_make(&order, &w.fd, &port, &chain, &bytes) != OK);
    order.key[3] ^= 1;
    made.refuses = ERR_DISK_FULL;
    CHECK_ERR(montage_make(&order, &w.fd, &port, &chain, &bytes), ERR_DISK_FULL);
    made.refuses = OK;
    made.percent = 0;
    uint8_t byte;
    CHECK(pread(w.fd, &byte, 1, 6000) == 1);
    byte ^= 0x10;
    CHECK(pwrite(w.fd, &byte, 1, 6000) == 1);
    CHECK(montage_make(&order, &w.fd, &port, &chain, &bytes) != OK);
    close(w.fd);
    close(made.fd);
}

TEST(an_order_is_read_as_it_was_put_and_nothing_else_is_one)
{
    struct montage_order o = {
        .zone_s = -3600, .visit = "v", .count = 2, .files = {{.is_device = true}, {.id = {9}}}};
    struct montage_order again;
    uint8_t at[MONTAGE_ORDER_BYTES_MAX];
    size_t n = montage_order_put(&o, at);
    CHECK_OK(montage_order_read(at, n, &again));
    CHECK(again.zone_s == o.zone_s && again.count == 2 && again.files[0].is_device &&
          !again.files[1].is_device);
    CHECK(again.files[1].id[0] == 9 && strcmp(again.visit, "v") == 0);
    for (size_t cut = 0; cut < n; cut++)
        CHECK_ERR(montage_order_read(at, cut, &again), ERR_BAD_INPUT);
    at[0] ^= 1;
    CHECK_ERR(montage_order_read(at, n, &again), ERR_BAD_INPUT);
}
