/* What mixes and composed pictures cost, beside the codecs alone, in turns, so that a busy neighbour slows both.
 *
 *   mix           our mixer; libopus, which decodes each person once and encodes each listener once and does nothing else; the same packets, rate and
 *                 complexity. Everybody speaks all the time, and everybody gets a mix
 *   composition   two pictures of 640 x 360 decoded, put together as 480 x 270 and encoded; libvpx, which decodes both and encodes one of that size as
 *                 it is, with the same settings
 *
 * Prints the median of the turns; `figure` lines are for machines. */
#include "base/clock.h"
#include "base/mem.h"
#include "media/compose.h"
#include "media/decode.h"
#include "media/mixer.h"
#include "tests/unit/mixer/voice.h"
#include <opus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vpx/vp8cx.h>
#include <vpx/vp8dx.h>
#include <vpx/vpx_decoder.h>
#include <vpx/vpx_encoder.h>

enum { TURNS = 9, FRAMES = 250, PEOPLE_MAX = 16, BPS = 24000, COMPLEXITY = 5 };

static struct said {
    uint8_t at[VOICE_BYTES_MAX];
    size_t bytes;
    uint16_t seq;
    uint32_t stamp;
} said[PEOPLE_MAX][FRAMES];
static size_t out_bytes;

static void must(bool done, const char *what)
{
    if (done) return;
    fprintf(stderr, "bench_media: %s failed\n", what);
    exit(1);
}

static void all_say(void)
{
    for (unsigned n = 0; n < PEOPLE_MAX; n++) {
        struct voice v;
        voice_init(&v, 150 + 40 * n, 0.3f, 0);
        v.is_spoken = true;
        for (unsigned f = 0; f < FRAMES; f++) {
            struct said *s = &said[n][f];
            s->bytes = voice_packet(&v, s->at);
            s->seq = v.seq;
            s->stamp = v.stamp;
        }
        voice_done(&v);
    }
}

static void heard(void *ctx, const struct mixer_heard *h)
{
    (void)ctx;
    out_bytes += h->bytes;
}

static int64_t ours_us(unsigned people)
{
    struct mixer *m = mixer_new();
    must(m != NULL, "mixer");
    for (uint32_t n = 1; n <= people; n++) {
        struct mixer_listener l = {n, n, 0, BPS};
        must(mixer_source_open(m, n, n, 0) == OK && mixer_listener_open(m, &l) == OK, "places");
    }
    int64_t start_us = clock_tick_us();
    for (unsigned f = 0; f < FRAMES; f++) {
        for (unsigned n = 0; n < people; n++)
            mixer_packet(m, n + 1, said[n][f].seq, said[n][f].stamp, said[n][f].at, said[n][f].bytes);
        mixer_tick(m, heard, NULL);
    }
    int64_t us = clock_tick_us() - start_us;
    mixer_free(m);
    return us;
}

static int64_t bare_us(unsigned people)
{
    OpusDecoder *in[PEOPLE_MAX];
    OpusEncoder *out[PEOPLE_MAX];
    float sound[PEOPLE_MAX][SOUND_FRAME];
    uint8_t packet[MIXER_PACKET_BYTES_MAX];
    int error;
    for (unsigned n = 0; n < people; n++) {
        in[n] = opus_decoder_create(SOUND_HZ, 1, &error);
        out[n] = opus_encoder_create(SOUND_HZ, 1, OPUS_APPLICATION_VOIP, &error);
        must(in[n] && out[n], "opus");
        (void)opus_encoder_ctl(out[n], OPUS_SET_BITRATE(BPS));
        (void)opus_encoder_ctl(out[n], OPUS_SET_COMPLEXITY(COMPLEXITY));
        (void)opus_encoder_ctl(out[n], OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
    }
    int64_t start_us = clock_tick_us();
    for (unsigned f = 0; f < FRAMES; f++) {
        for (unsigned n = 0; n < people; n++)
            must(opus_decode_float(in[n], said[n][f].at, (int)said[n][f].bytes, sound[n], SOUND_FRAME, 0) ==
                     SOUND_FRAME,
                 "decode");
        for (unsigned n = 0; n < people; n++) {
            int bytes =
                opus_encode_float(out[n], sound[(n + 1) % people], SOUND_FRAME, packet, sizeof packet);
            must(bytes > 0, "encode");
            out_bytes += (size_t)bytes;
        }
    }
    int64_t us = clock_tick_us() - start_us;
    for (unsigned n = 0; n < people; n++) {
        opus_decoder_destroy(in[n]);
        opus_encoder_destroy(out[n]);
    }
    return us;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static void mixes_report(unsigned people)
{
    int64_t ours[TURNS], bare[TURNS];
    for (int turn = 0; turn < TURNS; turn++) {
        ours[turn] = ours_us(people);
        bare[turn] = bare_us(people);
    }
    qsort(ours, TURNS, sizeof *ours, by_size);
    qsort(bare, TURNS, sizeof *bare, by_size);
    double one = (double)ours[TURNS / 2] / FRAMES / people, alone = (double)bare[TURNS / 2] / FRAMES / people;
    printf("figure mix_of_%u us_a_listener_and_frame=%.1f opus_alone_us=%.1f ratio=%.2f mixes_a_core=%.0f\n",
           people, one, alone, one / alone, SOUND_FRAME_MS * 1000 / one);
}

/* -- compositions -- */

enum {
    PICTURES = 60,
    SOURCES = 2,
    WIDTH = 640,
    HEIGHT = 360,
    OUT_WIDTH = 480,
    OUT_HEIGHT = 270,
    OUT_BPS = 150000,
    A_SECOND = 8
};

static struct shot {
    uint8_t *at;
    size_t bytes;
} shots[PICTURES];

static void frame_paint(vpx_image_t *image, unsigned n)
{
    for (unsigned y = 0; y < image->d_h; y++)
        for (unsigned x = 0; x < image->d_w; x++)
            image->planes[0][y * (unsigned)image->stride[0] + x] =
                (uint8_t)(60 + (x * 2 + n * 5) % 120 / 2 + (y * 3 + n) % 80 / 2);
    for (int p = 1; p < 3; p++)
        memset(image->planes[p], 100 + 10 * p, (size_t)image->stride[p] * ((image->d_h + 1) / 2));
}

static void encoder_open(vpx_codec_ctx_t *v, unsigned width, unsigned height, unsigned bps)
{
    vpx_codec_enc_cfg_t f;
    must(vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &f, 0) == VPX_CODEC_OK, "config");
    f.g_w = width;
    f.g_h = height;
    f.g_timebase = (struct vpx_rational){1, 1000000};
    f.g_threads = 1;
    f.g_lag_in_frames = 0;
    f.rc_end_usage = VPX_CBR;
    f.rc_target_bitrate = bps / 1000;
    f.kf_max_dist = 3000;
    f.rc_min_quantizer = 4;
    f.rc_max_quantizer = 58;
    must(vpx_codec_enc_init(v, vpx_codec_vp8_cx(), &f, 0) == VPX_CODEC_OK, "encoder");
    must(vpx_codec_control(v, VP8E_SET_CPUUSED, -8) == VPX_CODEC_OK, "cpu-used");
    must(vpx_codec_control(v, VP8E_SET_STATIC_THRESHOLD, 1) == VPX_CODEC_OK, "threshold");
    must(vpx_codec_control(v, VP8E_SET_NOISE_SENSITIVITY, 1) == VPX_CODEC_OK, "noise");
}

static size_t encode(vpx_codec_ctx_t *v, const vpx_image_t *image, unsigned n, uint8_t *ret)
{
    vpx_codec_iter_t each = NULL;
    const vpx_codec_cx_pkt_t *packet;
    size_t bytes = 0;
    must(vpx_codec_encode(v, image, n * (1000000 / A_SECOND), 1000000 / A_SECOND, 0, VPX_DL_REALTIME) ==
             VPX_CODEC_OK,
         "encode");
    while ((packet = vpx_codec_get_cx_data(v, &each)))
        if (packet->kind == VPX_CODEC_CX_FRAME_PKT) {
            bytes = packet->data.frame.sz;
            if (ret) memcpy(ret, packet->data.frame.buf, bytes);
        }
    return bytes;
}

static void shots_make(void)
{
    static uint8_t room[1 << 20];
    vpx_codec_ctx_t v;
    vpx_image_t *image = vpx_img_alloc(NULL, VPX_IMG_FMT_I420, WIDTH, HEIGHT, 16);
    must(image != NULL, "image");
    encoder_open(&v, WIDTH, HEIGHT, 500000);
    for (unsigned n = 0; n < PICTURES; n++) {
        frame_paint(image, n);
        shots[n].bytes = encode(&v, image, n, room);
        shots[n].at = mem_copy(room, shots[n].bytes);
        must(shots[n].at && shots[n].bytes > 0, "shot");
    }
    vpx_img_free(image);
    must(vpx_codec_destroy(&v) == VPX_CODEC_OK, "destroy");
}

static int64_t composed_us(void)
{
    struct decoder *eyes[SOURCES];
    struct composer *c;
    must(composer_new(OUT_WIDTH, OUT_HEIGHT, &c) == OK, "composer");
    composer_rate(c, OUT_BPS);
    for (int i = 0; i < SOURCES; i++)
        must(decoder_new(CODEC_VP8, &eyes[i]) == OK, "decoder");
    int64_t start_us = clock_tick_us();
    for (unsigned n = 0; n < PICTURES; n++) {
        struct picture pictures[SOURCES];
        const struct picture *shown[SOURCES];
        struct composed out;
        for (int i = 0; i < SOURCES; i++) {
            must(decoder_unit(eyes[i], shots[n].at, shots[n].bytes) == OK &&
                     decoder_picture(eyes[i], &pictures[i]) == OK,
                 "decode");
            shown[i] = &pictures[i];
        }
        must(composer_make(c, shown, SOURCES, false, 1 + n * (1000000 / A_SECOND), &out) == OK, "compose");
        out_bytes += out.bytes;
    }
    int64_t us = clock_tick_us() - start_us;
    for (int i = 0; i < SOURCES; i++)
        decoder_free(eyes[i]);
    composer_free(c);
    return us;
}

static int64_t vpx_us(void)
{
    vpx_codec_ctx_t eyes[SOURCES], v;
    vpx_codec_dec_cfg_t config = {.threads = 1};
    vpx_image_t *image = vpx_img_alloc(NULL, VPX_IMG_FMT_I420, OUT_WIDTH, OUT_HEIGHT, 16);
    int64_t us = 0;
    must(image != NULL, "image");
    encoder_open(&v, OUT_WIDTH, OUT_HEIGHT, OUT_BPS);
    for (int i = 0; i < SOURCES; i++)
        must(vpx_codec_dec_init(&eyes[i], vpx_codec_vp8_dx(), &config, 0) == VPX_CODEC_OK, "decoder");
    for (unsigned n = 0; n < PICTURES; n++) {
        frame_paint(image, n);
        int64_t start_us = clock_tick_us();
        for (int i = 0; i < SOURCES; i++) {
            vpx_codec_iter_t each = NULL;
            must(vpx_codec_decode(&eyes[i], shots[n].at, (unsigned)shots[n].bytes, NULL, 0) == VPX_CODEC_OK,
                 "decode");
            must(vpx_codec_get_frame(&eyes[i], &each) != NULL, "frame");
        }
        out_bytes += encode(&v, image, n, NULL);
        us += clock_tick_us() - start_us;
    }
    for (int i = 0; i < SOURCES; i++)
        (void)vpx_codec_destroy(&eyes[i]);
    (void)vpx_codec_destroy(&v);
    vpx_img_free(image);
    return us;
}

static void compositions_report(void)
{
    int64_t ours[TURNS], bare[TURNS];
    shots_make();
    for (int turn = 0; turn < TURNS; turn++) {
        ours[turn] = composed_us();
        bare[turn] = vpx_us();
    }
    qsort(ours, TURNS, sizeof *ours, by_size);
    qsort(bare, TURNS, sizeof *bare, by_size);
    double one = (double)ours[TURNS / 2] / PICTURES, alone = (double)bare[TURNS / 2] / PICTURES;
    printf("figure composition_of_2 us_a_picture=%.0f libvpx_alone_us=%.0f ratio=%.2f "
           "compositions_a_core_at_%d=%.1f\n",
           one, alone, one / alone, A_SECOND, 1000000 / one / A_SECOND);
    for (int n = 0; n < PICTURES; n++)
        mem_free(shots[n].at);
}

int main(void)
{
    static const unsigned sizes[] = {2, 4, 8, 16};
    all_say();
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        mixes_report(sizes[i]);
    compositions_report();
    return out_bytes == 0;
}
