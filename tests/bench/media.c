/* What a mix costs: our mixer beside libopus alone, which decodes each person once and encodes each listener once and does nothing
 * else; the same packets, rate and complexity, in turns, so that a busy neighbour slows both. Everybody speaks all the time, and everybody
 * gets a mix. Prints the median of the turns; `figure` lines are for machines. */
#include "base/clock.h"
#include "base/mem.h"
#include "media/mixer.h"
#include "tests/unit/mixer/voice.h"
#include <opus.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

int main(void)
{
    static const unsigned sizes[] = {2, 4, 8, 16};
    all_say();
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        mixes_report(sizes[i]);
    return out_bytes == 0;
}
