#include "media/limit.h"
#include "base/err.h"
#include <math.h>
#include <string.h>

static const float release = 0.1f; /* of what is missing to 1, a part of 5 ms */

void limit_init(struct limit *l)
{
    memset(l, 0, sizeof *l);
    l->gain = l->bound = 1;
}

static float peak_of(float *part)
{
    float peak = 0;
    for (unsigned i = 0; i < LIMIT_AHEAD; i++) {
        if (!isfinite(part[i])) part[i] = 0;
        float size = fabsf(part[i]);
        if (size > peak) peak = size;
    }
    return peak;
}

/* The gain goes in a straight line to where neither the part that waits nor the one behind it is too loud. It began within what the part
 * that waits may have, so it is within it all along. */
static void part_go(struct limit *l, float *part)
{
    float peak = peak_of(part), bound = peak > LIMIT_CEILING ? LIMIT_CEILING / peak : 1;
    float from = l->gain, to = from + (1 - from) * release;
    if (to > l->bound) to = l->bound;
    if (to > bound) to = bound;
    for (unsigned i = 0; i < LIMIT_AHEAD; i++) {
        float out = l->waits[i] * (from + (to - from) * (float)(i + 1) / LIMIT_AHEAD);
        l->waits[i] = part[i];
        part[i] = out;
    }
    l->gain = to;
    l->bound = bound;
}

void limit_frame(struct limit *l, float *sound, unsigned samples)
{
    ASSERT(samples % LIMIT_AHEAD == 0);
    for (unsigned at = 0; at < samples; at += LIMIT_AHEAD)
        part_go(l, sound + at);
}
