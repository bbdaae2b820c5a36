/* What one person says survives the way: lost, late, doubled, out of order, too much at once, by another clock. */
#include "base/rnd.h"
#include "tests/unit/check.h"
#include "voice.h"
#include <math.h>
#include <opus.h>
#include <string.h>

enum { SECOND = 50 /* frames */ };

static void packet_give(struct jitter *j, struct voice *v, bool is_lost)
{
    uint8_t packet[VOICE_BYTES_MAX];
    size_t bytes = voice_packet(v, packet);
    if (!is_lost) jitter_packet(j, v->seq, v->stamp, packet, bytes);
}

/* As it comes on a good way. */
static bool frame_pass(struct jitter *j, struct voice *v, bool is_lost, float ret_sound[SOUND_FRAME])
{
    packet_give(j, v, is_lost);
    return jitter_take(j, ret_sound);
}

TEST(what_is_said_is_heard_after_two_frames)
{
    struct jitter *j = jitter_new();
    struct voice v;
    float sound[SOUND_FRAME];
    voice_init(&v, 400, 0.5f, 0);
    CHECK(!frame_pass(j, &v, false, sound) && rms_of(sound, SOUND_FRAME) == 0);
    for (int i = 0; i < 2 * SECOND; i++)
        (void)frame_pass(j, &v, false, sound);
    CHECK(tone_in(sound, SOUND_FRAME, 400) > 0.25);
    CHECK(jitter_depth_ms(j) <= JITTER_FIRST_MS);
    CHECK_INT(jitter_counts(j)->made_up, 0);
    voice_done(&v);
    jitter_free(j);
}

TEST(a_second_that_comes_at_once_makes_nobody_wait_for_more_than_the_cap)
{
    struct jitter *j = jitter_new();
    struct voice v;
    float sound[SOUND_FRAME];
    voice_init(&v, 400, 0.5f, 0);
    for (int i = 0; i < SECOND; i++)
        (void)frame_pass(j, &v, false, sound);
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < SECOND; i++)
            packet_give(j, &v, false);
        CHECK(jitter_take(j, sound));
        CHECK(jitter_depth_ms(j) <= JITTER_CAP_MS);
        CHECK(rms_of(sound, SOUND_FRAME) > 0.05);
    }
    CHECK(jitter_counts(j)->skipped > 3 * SOUND_HZ);
    /* And what waits without need is caught up with. */
    for (int i = 0; i < 20 * SECOND; i++)
        (void)frame_pass(j, &v, false, sound);
    CHECK(jitter_depth_ms(j) <= 2 * JITTER_FIRST_MS);
    CHECK_INT(jitter_counts(j)->made_up, 0);
    voice_done(&v);
    jitter_free(j);
}

/* What was heard for the frames that were lost, beside what was said: how alike (1: the same). Two frames wait, so that nothing has to be put in or
 * taken out meanwhile, and the frame that is heard is the one that is said. */
static double alike_when_lost(unsigned fec_percent, struct jitter_counts *ret_counts)
{
    enum { FRAMES = 20 * SECOND, AHEAD = 2 };
    static float said[FRAMES + AHEAD][SOUND_FRAME];
    struct jitter *j = jitter_new();
    struct voice v;
    double both = 0, a = 0, b = 0;
    int error;
    OpusDecoder *d = opus_decoder_create(SOUND_HZ, 1, &error);
    CHECK(d);
    voice_init(&v, 170, 0.5f, fec_percent);
    v.is_spoken = true;
    for (int i = 0; i < FRAMES + AHEAD; i++) {
        uint8_t packet[VOICE_BYTES_MAX];
        float heard[SOUND_FRAME];
        size_t bytes = voice_packet(&v, packet);
        v.hz = 170 + 60 * sin(i / 7.0); /* so that going on as before is not right */
        CHECK(opus_decode_float(d, packet, (int)bytes, said[i], SOUND_FRAME, 0) == SOUND_FRAME);
        if (i < SECOND || i % 5) jitter_packet(j, v.seq, v.stamp, packet, bytes);
        int now = i - AHEAD;
        if (now < 0) continue;
        CHECK(jitter_take(j, heard));
        if (now < SECOND || now % 5) continue;
        for (int n = 0; n < SOUND_FRAME; n++) {
            both += (double)heard[n] * said[now][n];
            a += (double)heard[n] * heard[n];
            b += (double)said[now][n] * said[now][n];
        }
    }
    *ret_counts = *jitter_counts(j);
    CHECK(ret_counts->put_in == 0 && ret_counts->skipped == 0);
    voice_done(&v);
    jitter_free(j);
    opus_decoder_destroy(d);
    return both / sqrt(a * b);
}

TEST(the_packet_behind_a_gap_tells_what_was_in_it)
{
    struct jitter_counts with, without;
    double by_fec = alike_when_lost(25, &with), made_up = alike_when_lost(0, &without);
    printf("  alike by FEC %.3f, made up %.3f\n", by_fec, made_up);
    CHECK(with.by_fec > 150 * SOUND_FRAME && with.made_up < 10 * SOUND_FRAME);
    CHECK(by_fec > 0.98);
    CHECK(1 - by_fec < (1 - made_up) / 4);
}

TEST(one_lost_packet_leaves_no_hole)
{
    struct jitter *j = jitter_new();
    struct voice v;
    float sound[SOUND_FRAME];
    double least = 1, usual = 0;
    voice_init(&v, 300, 0.5f, 0);
    for (int i = 0; i < 6 * SECOND; i++) {
        (void)frame_pass(j, &v, i >= SECOND && i % 25 == 0, sound);
        if (i == SECOND - 1) usual = rms_of(sound, SOUND_FRAME);
        if (i > SECOND && rms_of(sound, SOUND_FRAME) < least) least = rms_of(sound, SOUND_FRAME);
    }
    printf("  %.1f dB below the usual at most\n", db_of(usual / least));
    CHECK(usual > 0.2 && db_of(usual / least) < 9); /* the decoder lets what it makes up fade */
    voice_done(&v);
    jitter_free(j);
}

TEST(who_falls_silent_without_a_word_is_made_up_for_a_tenth_of_a_second_only)
{
    struct jitter *j = jitter_new();
    struct voice v;
    float sound[SOUND_FRAME];
    voice_init(&v, 300, 0.5f, 0);
    for (int i = 0; i < SECOND; i++)
        (void)frame_pass(j, &v, false, sound);
    unsigned waits = jitter_depth_ms(j) / SOUND_FRAME_MS + 1, heard = 0;
    while (jitter_take(j, sound))
        heard++;
    CHECK(heard <= waits + JITTER_MADE_UP_MS / SOUND_FRAME_MS);
    CHECK(!jitter_take(j, sound) && rms_of(sound, SOUND_FRAME) == 0);
    for (int i = 0; i < SECOND; i++)
        (void)frame_pass(j, &v, false, sound);
    CHECK(rms_of(sound, SOUND_FRAME) > 0.1); /* and is heard again */
    voice_done(&v);
    jitter_free(j);
}

TEST(packets_out_of_order_or_twice_change_nothing)
{
    struct jitter *straight = jitter_new(), *mixed = jitter_new();
    struct voice v;
    voice_init(&v, 500, 0.5f, 0);
    for (int i = 0; i < 5 * SECOND; i++) {
        struct {
            uint8_t at[VOICE_BYTES_MAX];
            size_t bytes;
            uint16_t seq;
            uint32_t stamp;
        } p[3];
        float a[SOUND_FRAME], b[SOUND_FRAME];
        for (int n = 0; n < 3; n++) {
            p[n].bytes = voice_packet(&v, p[n].at);
            p[n].seq = v.seq;
            p[n].stamp = v.stamp;
            jitter_packet(straight, p[n].seq, p[n].stamp, p[n].at, p[n].bytes);
        }
        for (int n = 2; n >= 0; n--)
            for (int twice = 0; twice < 2; twice++)
                jitter_packet(mixed, p[n].seq, p[n].stamp, p[n].at, p[n].bytes);
        for (int n = 0; n < 3; n++) {
            bool is_a = jitter_take(straight, a), is_b = jitter_take(mixed, b);
            CHECK(is_a == is_b);
            CHECK(memcmp(a, b, sizeof a) == 0);
        }
    }
    CHECK_INT(jitter_counts(mixed)->late, 0);
    CHECK(jitter_counts(mixed)->twice > 200);
    voice_done(&v);
    jitter_free(straight);
    jitter_free(mixed);
}

/* The speaker's clock is faster by so many parts of a million. */
static void clock_drifts(int ppm)
{
    struct jitter *j = jitter_new();
    struct voice v;
    float sound[SOUND_FRAME];
    uint8_t packets[8][VOICE_BYTES_MAX];
    size_t bytes[8];
    unsigned deepest = 0;
    long frames = check_count(10 * 60 * SECOND, 60 * 60 * SECOND);
    double due = 0;
    voice_init(&v, 400, 0.5f, 0);
    for (int i = 0; i < 8; i++)
        bytes[i] = voice_packet(&v, packets[i]); /* said again and again: what is looked at is time */
    for (long i = 0; i < frames; i++) {
        for (due += 1 + ppm * 1e-6; due >= 1; due--) {
            v.seq++;
            v.stamp += SOUND_FRAME;
            jitter_packet(j, v.seq, v.stamp, packets[v.seq % 8], bytes[v.seq % 8]);
        }
        (void)jitter_take(j, sound);
        if (i > 10 * SECOND && jitter_depth_ms(j) > deepest) deepest = jitter_depth_ms(j);
    }
    const struct jitter_counts *c = jitter_counts(j);
    double drift = frames * SOUND_FRAME * 1e-6 * (ppm < 0 ? -ppm : ppm);
    CHECK(deepest <= JITTER_HIGH_MS + 2 * SOUND_FRAME_MS);
    CHECK(c->made_up <= SOUND_FRAME * 2 && c->late == 0);
    /* What was taken out or put in is what the clocks differ by. */
    double net = (double)c->skipped - (double)c->put_in - (double)c->made_up, slack = 50 * SOUND_HZ / 1000.0;
    CHECK(fabs(net - (ppm > 0 ? drift : -drift)) < slack);
    voice_done(&v);
    jitter_free(j);
}

TEST(a_clock_that_runs_faster_or_slower_is_followed)
{
    clock_drifts(100);
    clock_drifts(-100);
    clock_drifts(0);
}

TEST(whatever_a_way_does_no_more_than_the_cap_waits_and_all_is_sound)
{
    long ways = check_count(40, 2000);
    for (long way = 0; way < ways; way++) {
        rnd_seed((uint64_t)way + 1);
        struct jitter *j = jitter_new();
        struct voice v;
        float sound[SOUND_FRAME];
        unsigned loss = (unsigned)rnd_below(60), stall = (unsigned)rnd_below(30),
                 mad = (unsigned)rnd_below(3);
        voice_init(&v, 200 + (double)rnd_below(800), 0.6f, loss / 2);
        for (int i = 0; i < 6 * SECOND; i++) {
            unsigned packets = rnd_below(100) < stall ? (unsigned)rnd_below(40) : (unsigned)rnd_below(3);
            for (unsigned n = 0; n < packets; n++) {
                if (mad == 2 && rnd_below(40) == 0) v.stamp += (uint32_t)rnd_u64();
                if (mad == 2 && rnd_below(40) == 0) v.seq += (uint16_t)rnd_below(300);
                packet_give(j, &v, rnd_below(100) < loss);
            }
            bool is_heard = jitter_take(j, sound);
            CHECK(jitter_depth_ms(j) <= JITTER_CAP_MS);
            for (int n = 0; n < SOUND_FRAME; n++)
                CHECK(fabsf(sound[n]) <= 1 && (is_heard || sound[n] == 0));
        }
        voice_done(&v);
        jitter_free(j);
    }
}

SWEEP(a_jitter_buffer_is_made)
{
    struct jitter *j = jitter_new();
    jitter_free(j);
    return j ? OK : ERR_NOMEM;
}
