/* Who hears whom, and how loud. By Goertzel: each person has a tone of his own. */
#include "media/limit.h"
#include "media/loud.h"
#include "media/mixer.h"
#include "tests/unit/check.h"
#include "voice.h"
#include <math.h>
#include <opus.h>
#include <string.h>

enum { SECOND = 50, PEOPLE_MAX = 8, KEPT = SECOND };

struct stage {
    struct mixer *mixer;
    unsigned people;
    struct voice voices[PEOPLE_MAX];
    bool is_mute[PEOPLE_MAX];
    struct ear {
        float sound[KEPT * SOUND_FRAME]; /* the last second */
        float newest[SOUND_FRAME];
        uint8_t packet[MIXER_PACKET_BYTES_MAX];
        size_t bytes;
        uint32_t stamp;
    } ears[PEOPLE_MAX + 1]; /* by listener */
};
static struct stage stage;

static void heard(void *ctx, const struct mixer_heard *h)
{
    struct stage *s = ctx;
    CHECK(h->listener > 0 && h->listener <= PEOPLE_MAX);
    struct ear *e = &s->ears[h->listener];
    memmove(e->sound, e->sound + SOUND_FRAME, sizeof e->sound - sizeof e->newest);
    memcpy(e->sound + (KEPT - 1) * SOUND_FRAME, h->sound, sizeof e->newest);
    memcpy(e->newest, h->sound, sizeof e->newest);
    e->bytes = h->bytes;
    if (h->bytes) memcpy(e->packet, h->at, h->bytes);
    e->stamp = h->stamp;
    for (int i = 0; i < SOUND_FRAME; i++)
        CHECK(fabsf(h->sound[i]) <= LIMIT_CEILING * 1.0001f);
}

static void stage_open(void)
{
    memset(&stage, 0, sizeof stage);
    stage.mixer = mixer_new();
    CHECK(stage.mixer);
}

/* Person n + 1 has source n + 1. */
static void person_add(double hz, float loud, unsigned lane)
{
    unsigned n = stage.people++;
    voice_init(&stage.voices[n], hz, loud, 0);
    CHECK_OK(mixer_source_open(stage.mixer, n + 1, n + 1, lane));
}

static void ear_add(uint32_t id, uint32_t person, unsigned lane, uint32_t bps)
{
    struct mixer_listener l = {id, person, lane, bps};
    CHECK_OK(mixer_listener_open(stage.mixer, &l));
}

static void frames_pass(unsigned frames)
{
    while (frames--) {
        for (unsigned n = 0; n < stage.people; n++) {
            uint8_t packet[VOICE_BYTES_MAX];
            struct voice *v = &stage.voices[n];
            size_t bytes = voice_packet(v, packet);
            if (!stage.is_mute[n]) mixer_packet(stage.mixer, n + 1, v->seq, v->stamp, packet, bytes);
        }
        mixer_tick(stage.mixer, heard, &stage);
    }
}

static void stage_close(void)
{
    for (unsigned n = 0; n < stage.people; n++)
        voice_done(&stage.voices[n]);
    mixer_free(stage.mixer);
}

static double hears(uint32_t listener, double hz)
{
    return db_of(tone_in(stage.ears[listener].sound, KEPT * SOUND_FRAME, hz));
}

static double hears_now(uint32_t listener, double hz)
{
    return db_of(tone_in(stage.ears[listener].newest, SOUND_FRAME, hz));
}

/* -- N-1 -- */

static const double tones[3] = {400, 1000, 1700};

TEST(nobody_hears_himself_and_everybody_hears_all_others)
{
    stage_open();
    for (unsigned n = 0; n < 3; n++) {
        person_add(tones[n], 0.2f, 0);
        ear_add(n + 1, n + 1, 0, 32000);
    }
    ear_add(4, 0, 0, 0); /* who only listens */
    frames_pass(6 * SECOND);
    for (unsigned l = 0; l < 3; l++)
        for (unsigned n = 0; n < 3; n++) {
            double db = hears(l + 1, tones[n]);
            CHECK(n == l ? db < -70 : db > -35);
        }
    for (unsigned n = 0; n < 3; n++)
        CHECK(hears(4, tones[n]) > -35);
    stage_close();
}

TEST(who_is_alone_hears_nothing_to_the_last_bit)
{
    stage_open();
    person_add(400, 0.9f, 0);
    ear_add(1, 1, 0, 32000);
    frames_pass(2 * SECOND);
    for (int i = 0; i < KEPT * SOUND_FRAME; i++)
        CHECK(stage.ears[1].sound[i] == 0);
    CHECK_INT(stage.ears[1].bytes, 0); /* and nothing is sent for it any more */
    CHECK_INT(stage.ears[1].stamp, (2 * SECOND - 1) * SOUND_FRAME);
    stage_close();
}

TEST(the_packets_say_what_the_sound_is)
{
    static uint8_t memory[1 << 16];
    OpusDecoder *d = (OpusDecoder *)(void *)memory;
    static float all[KEPT * SOUND_FRAME];
    CHECK(opus_decoder_get_size(1) <= (int)sizeof memory && opus_decoder_init(d, SOUND_HZ, 1) == OPUS_OK);
    stage_open();
    for (unsigned n = 0; n < 3; n++)
        person_add(tones[n], 0.2f, 0);
    ear_add(2, 2, 0, 24000);
    size_t bytes = 0;
    for (unsigned f = 0; f < 4 * SECOND; f++) {
        frames_pass(1);
        struct ear *e = &stage.ears[2];
        float *to = all + f % KEPT * SOUND_FRAME;
        CHECK(opus_decode_float(d, e->bytes ? e->packet : NULL, (int)e->bytes, to, SOUND_FRAME, 0) ==
              SOUND_FRAME);
        if (f >= 3 * SECOND) bytes += e->bytes;
    }
    CHECK(db_of(tone_in(all, KEPT * SOUND_FRAME, tones[0])) > -35);
    CHECK(db_of(tone_in(all, KEPT * SOUND_FRAME, tones[2])) > -35);
    CHECK(db_of(tone_in(all, KEPT * SOUND_FRAME, tones[1])) < -55);
    CHECK(bytes * 8 < 30000);
    mixer_listener_rate(stage.mixer, 2, 10000, 10);
    frames_pass(SECOND);
    bytes = 0;
    for (unsigned f = 0; f < SECOND; f++) {
        frames_pass(1);
        bytes += stage.ears[2].bytes;
    }
    CHECK(bytes * 8 < 14000);
    stage_close();
}

/* -- an interpreter -- */

TEST(an_interpreters_lane_is_heard_over_a_floor_that_steps_back_and_comes_again)
{
    unsigned down_ms = 0, up_ms = 0;
    stage_open();
    person_add(500, 0.3f, 0);  /* the doctor */
    person_add(1300, 0.3f, 1); /* who interprets */
    ear_add(1, 0, 1, 24000);   /* who has chosen that language */
    ear_add(2, 0, 0, 24000);   /* who hears the floor */
    ear_add(3, 2, 0, 24000);   /* the interpreter */
    ear_add(4, 2, 1, 24000);   /* he, with his own language chosen */
    ear_add(5, 0, 2, 24000);   /* another language, on which nobody speaks */
    stage.is_mute[1] = true;
    frames_pass(10 * SECOND);
    double alone = hears(1, 500);
    CHECK(hears_now(1, 1300) < -45);
    stage.is_mute[1] = false;
    while (hears_now(1, 1300) < -45)
        frames_pass(1);
    while (hears_now(1, 500) > alone - (double)MIXER_DUCK_DB + 1 && down_ms < 1000) {
        frames_pass(1);
        down_ms += SOUND_FRAME_MS;
    }
    CHECK(down_ms <= MIXER_DUCK_ATTACK_MS + SOUND_FRAME_MS);
    frames_pass(5 * SECOND);
    CHECK(alone - hears(1, 500) > 12 && alone - hears(1, 500) < 18);
    CHECK(hears(1, 1300) > hears(1, 500) + 10);
    CHECK(fabs(hears(2, 500) - alone) < 0.5 && hears(2, 1300) < -45);
    CHECK(fabs(hears(3, 500) - alone) < 0.5 && hears(3, 1300) < -45);
    CHECK(hears(4, 1300) < -45);
    CHECK(fabs(hears(5, 500) - alone) < 0.5);
    stage.is_mute[1] = true;
    while (hears_now(1, 1300) > -45)
        frames_pass(1);
    for (unsigned n = 0; n < MIXER_DUCK_HOLD_MS / SOUND_FRAME_MS - 5; n++) {
        frames_pass(1);
        CHECK(hears_now(1, 500) < alone - 12); /* a breath brings nothing up */
    }
    while (hears_now(1, 500) < alone - 1 && up_ms < 2000) {
        frames_pass(1);
        up_ms += SOUND_FRAME_MS;
    }
    CHECK(up_ms >= MIXER_DUCK_RELEASE_MS / 2 && up_ms <= MIXER_DUCK_RELEASE_MS + 200);
    stage_close();
}

TEST(who_takes_another_language_hears_that_one)
{
    stage_open();
    person_add(500, 0.3f, 1);
    person_add(1300, 0.3f, 2);
    ear_add(1, 0, 1, 0);
    frames_pass(6 * SECOND);
    CHECK(hears(1, 500) > -35 && hears(1, 1300) < -60);
    mixer_listener_lane(stage.mixer, 1, 2);
    frames_pass(2 * SECOND);
    CHECK(hears(1, 1300) > -35 && hears(1, 500) < -60);
    mixer_source_lane(stage.mixer, 1, 0); /* he speaks to all now */
    frames_pass(2 * SECOND);
    CHECK(hears(1, 500) > -50);
    stage_close();
}

/* -- how loud -- */

TEST(people_20_dB_apart_are_heard_within_3_dB)
{
    stage_open();
    person_add(400, 0.5f, 0);
    person_add(600, 0.05f, 0);
    ear_add(1, 0, 0, 0);
    frames_pass(12 * SECOND);
    double apart = fabs(hears(1, 400) - hears(1, 600));
    printf("  %.2f dB apart\n", apart);
    CHECK(apart < 3);
    stage_close();
}

TEST(many_at_once_are_no_louder_than_the_ceiling)
{
    stage_open();
    for (unsigned n = 0; n < PEOPLE_MAX; n++)
        person_add(500, 0.9f, 0);
    ear_add(1, 0, 0, 32000);
    frames_pass(5 * SECOND); /* each sample is looked at in heard() */
    CHECK(hears(1, 500) > -6);
    stage_close();
}

/* -- who comes and goes -- */

TEST(places_are_counted_and_given_back)
{
    struct mixer *m = mixer_new();
    struct mixer_listener l = {1, 1, 0, 16000};
    for (uint32_t i = 1; i <= MIXER_SOURCES_MAX; i++)
        CHECK_OK(mixer_source_open(m, i, i, 0));
    CHECK_ERR(mixer_source_open(m, 1, 1, 0), ERR_EXISTS);
    CHECK_ERR(mixer_source_open(m, 99, 1, 0), ERR_LIMIT);
    mixer_source_close(m, 7);
    mixer_source_close(m, 7);
    CHECK_OK(mixer_source_open(m, 99, 1, 0));
    CHECK_INT(mixer_sources(m), MIXER_SOURCES_MAX);
    for (; l.id <= MIXER_LISTENERS_MAX; l.id++)
        CHECK_OK(mixer_listener_open(m, &l));
    CHECK_ERR(mixer_listener_open(m, &l), ERR_LIMIT);
    l.id = 1;
    CHECK_ERR(mixer_listener_open(m, &l), ERR_EXISTS);
    mixer_listener_close(m, 1);
    CHECK_OK(mixer_listener_open(m, &l));
    CHECK(mixer_source_counts(m, 99) && !mixer_source_counts(m, 7));
    mixer_packet(m, 7, 1, 1, (const uint8_t *)"x", 1); /* nobody's */
    CHECK_INT(mixer_listeners(m), MIXER_LISTENERS_MAX);
    mixer_free(m);
}

TEST(a_tick_takes_no_memory)
{
    stage_open();
    person_add(400, 0.5f, 0);
    ear_add(1, 0, 0, 16000);
    frames_pass(SECOND);
    long before = mem_live();
    mem_fail_at(1);
    frames_pass(SECOND);
    CHECK(mem_fail_left() > 0);
    mem_fail_at(0);
    CHECK_INT(mem_live(), before);
    stage_close();
}

SWEEP(a_mixer_with_one_of_each_is_made)
{
    struct mixer_listener l = {1, 1, 0, 16000};
    struct mixer *m = mixer_new();
    enum err err = m ? mixer_source_open(m, 1, 1, 0) : ERR_NOMEM;
    if (!err) err = mixer_listener_open(m, &l);
    mixer_free(m);
    return err;
}
