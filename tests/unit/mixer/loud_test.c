/* How loud somebody is, as BS.1770 measures it; how loud he becomes; and that no sum is too loud. */
#include "base/rnd.h"
#include "media/limit.h"
#include "media/loud.h"
#include "tests/unit/check.h"
#include "voice.h"
#include <math.h>

enum { SECOND = 50 };

static void sine(float *sound, double hz, double peak, long frame)
{
    for (int i = 0; i < SOUND_FRAME; i++)
        sound[i] = (float)(peak * sin(2 * M_PI * hz * ((double)frame * SOUND_FRAME + i) / SOUND_HZ));
}

/* EBU Tech 3341, case 1, on one channel: 1 kHz of -23 dBFS peak is 3 LU less than on two. */
TEST(a_tone_is_as_loud_as_the_standard_says)
{
    struct loud l;
    float sound[SOUND_FRAME];
    loud_init(&l);
    CHECK(isinf(loud_usual_lufs(&l)));
    for (long i = 0; i < 20 * SECOND; i++) {
        sine(sound, 1000, pow(10, -23.0 / 20), i);
        loud_frame(&l, sound, SOUND_FRAME);
    }
    CHECK(fabsf(loud_usual_lufs(&l) - -26.0f) < 0.1f);
}

/* After so many seconds. */
static double heard_at(double peak, unsigned seconds, bool is_spoken)
{
    struct loud l;
    struct voice v;
    float sound[SOUND_FRAME];
    double sum = 0;
    voice_init(&v, 300, (float)peak, 0);
    v.is_spoken = is_spoken;
    loud_init(&l);
    for (unsigned i = 0; i < (seconds + 2) * SECOND; i++) {
        voice_sound(&v, sound);
        loud_frame(&l, sound, SOUND_FRAME);
        if (i >= seconds * SECOND) sum += pow(rms_of(sound, SOUND_FRAME), 2);
    }
    voice_done(&v);
    return db_of(sqrt(sum / (2 * SECOND)));
}

TEST(people_whose_microphones_differ_by_20_dB_become_equally_loud)
{
    double near = heard_at(0.4, 10, true), far = heard_at(0.04, 10, true), loudest = heard_at(1.0, 10, true);
    printf("  %.1f, %.1f and %.1f dBFS\n", near, far, loudest);
    CHECK(fabs(near - far) < 3 && fabs(near - loudest) < 3);
    CHECK(fabs(near - (double)LOUD_TARGET_LUFS) < 4);
    CHECK(heard_at(0.04, 1, true) < far - 5); /* slowly */
}

TEST(a_rooms_hum_in_a_pause_does_not_swell)
{
    struct loud l;
    float sound[SOUND_FRAME];
    loud_init(&l);
    for (long i = 0; i < 10 * SECOND; i++) {
        sine(sound, 300, 0.1, i);
        loud_frame(&l, sound, SOUND_FRAME);
    }
    float gain = l.gain_db;
    for (long i = 0; i < 60 * SECOND; i++) {
        sine(sound, 100, 0.001, i);
        loud_frame(&l, sound, SOUND_FRAME);
    }
    CHECK(l.gain_db == gain);
}

TEST(nothing_that_goes_out_is_above_the_ceiling_and_what_is_quiet_is_left_alone)
{
    long tries = check_count(200, 5000);
    struct limit l;
    for (long t = 0; t < tries; t++) {
        rnd_seed((uint64_t)t + 1);
        limit_init(&l);
        for (int f = 0; f < 20; f++) {
            float sound[SOUND_FRAME];
            double peak = pow(10, (double)rnd_below(80) / 10 - 4);
            for (int i = 0; i < SOUND_FRAME; i++)
                sound[i] = (float)(peak * ((double)rnd_below(2000) / 1000 - 1));
            if (rnd_below(10) == 0) sound[rnd_below(SOUND_FRAME)] = rnd_below(2) ? INFINITY : NAN;
            limit_frame(&l, sound, SOUND_FRAME);
            for (int i = 0; i < SOUND_FRAME; i++)
                CHECK(fabsf(sound[i]) <= LIMIT_CEILING * 1.0001f);
        }
    }
    limit_init(&l);
    float before[SOUND_FRAME], sound[SOUND_FRAME];
    sine(before, 700, 0.8, 0);
    sine(sound, 700, 0.8, 0);
    limit_frame(&l, sound, SOUND_FRAME);
    for (int i = LIMIT_AHEAD; i < SOUND_FRAME; i++)
        CHECK(sound[i] == before[i - LIMIT_AHEAD]);
}
