#include "media/loud.h"
#include <math.h>

enum {
    FRAMES_A_PART = 5,
    FRAMES_A_SECOND = 50,
    BLOCKS_MOST = 30 /* 100 ms each: what was said longer ago matters less and less */
};
static const double far_weight = 0.1;

/* BS.1770-4, annex 1, tables 1 and 2: the head, and the low end that nobody hears as loud; at 48 kHz. */
static const struct filter {
    double b0, b1, b2, a1, a2;
} filters[2] = {{1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585},
                {1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621}};

void loud_init(struct loud *l)
{
    *l = (struct loud){.gain = 1};
}

static double filter_step(const struct filter *f, double z[2], double x)
{
    double y = f->b0 * x + z[0];
    z[0] = f->b1 * x - f->a1 * y + z[1];
    z[1] = f->b2 * x - f->a2 * y;
    return y;
}

static float lufs_of(double mean_square)
{
    return mean_square > 0 ? (float)(-0.691 + 10 * log10(mean_square)) : -INFINITY;
}

float loud_usual_lufs(const struct loud *l)
{
    return l->blocks ? lufs_of(l->usual) : -INFINITY;
}

static void block_note(struct loud *l, double mean_square)
{
    float lufs = lufs_of(mean_square);
    if (lufs < LOUD_GATE_LUFS) return;
    double weight = l->blocks && lufs < loud_usual_lufs(l) - LOUD_FAR_LU ? far_weight : 1;
    if (l->blocks < BLOCKS_MOST) l->blocks++;
    l->usual += (mean_square - l->usual) * weight / l->blocks;
}

static void part_end(struct loud *l, unsigned samples)
{
    double sum = 0;
    l->parts[l->part_count++ % LOUD_PARTS] = l->part / samples;
    l->part = 0;
    l->part_frames = 0;
    if (l->part_count < LOUD_PARTS) return;
    for (unsigned i = 0; i < LOUD_PARTS; i++)
        sum += l->parts[i];
    block_note(l, sum / LOUD_PARTS);
}

static void measure(struct loud *l, const float *sound, unsigned samples)
{
    for (unsigned i = 0; i < samples; i++) {
        double y = filter_step(&filters[1], l->b, filter_step(&filters[0], l->a, sound[i]));
        l->part += y * y;
    }
    if (++l->part_frames == FRAMES_A_PART) part_end(l, samples * FRAMES_A_PART);
}

/* Nothing said by this frame: the gain stays, so that a room's hum does not swell in a pause. */
static float gain_next_db(const struct loud *l, bool is_quiet)
{
    if (!l->blocks || is_quiet) return l->gain_db;
    float wanted = LOUD_TARGET_LUFS - loud_usual_lufs(l), step = wanted - l->gain_db;
    if (wanted > LOUD_GAIN_MOST_DB) step = LOUD_GAIN_MOST_DB - l->gain_db;
    if (wanted < -LOUD_GAIN_MOST_DB) step = -LOUD_GAIN_MOST_DB - l->gain_db;
    if (step > LOUD_UP_DB_S / FRAMES_A_SECOND) step = LOUD_UP_DB_S / FRAMES_A_SECOND;
    if (step < -LOUD_DOWN_DB_S / FRAMES_A_SECOND) step = -LOUD_DOWN_DB_S / FRAMES_A_SECOND;
    return l->gain_db + step;
}

static bool is_quiet(const float *sound, unsigned samples)
{
    double sum = 0;
    for (unsigned i = 0; i < samples; i++)
        sum += (double)sound[i] * sound[i];
    return lufs_of(sum / samples) < LOUD_GATE_LUFS;
}

void loud_frame(struct loud *l, float *sound, unsigned samples)
{
    measure(l, sound, samples);
    float next_db = gain_next_db(l, is_quiet(sound, samples));
    float from = l->gain, to = next_db == l->gain_db ? from : powf(10, next_db / 20);
    for (unsigned i = 0; i < samples; i++)
        sound[i] *= from + (to - from) * (float)(i + 1) / (float)samples;
    l->gain_db = next_db;
    l->gain = to;
}
