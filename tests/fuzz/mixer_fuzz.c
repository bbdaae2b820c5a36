/* Packets of people who send what they like: steps of six bytes and a payload: who, what happens, a sequence number, a step of the stamp, how many
 * bytes. Whatever comes, each sum is sound below its ceiling, and nobody waits for more than the cap. */
#include "media/limit.h"
#include "media/mixer.h"
#include "tests/fuzz/fuzz.h"
#include <math.h>

enum { PEOPLE = 3, TICKS_MAX = 40 };

static void heard(void *ctx, const struct mixer_heard *h)
{
    (void)ctx;
    ASSERT(h->bytes <= MIXER_PACKET_BYTES_MAX);
    for (unsigned i = 0; i < SOUND_FRAME; i++)
        ASSERT(fabsf(h->sound[i]) <= LIMIT_CEILING * 1.0001f);
}

static bool stage_open(struct mixer *m)
{
    for (uint32_t i = 1; i <= PEOPLE; i++) {
        struct mixer_listener l = {i, i, i - 1, 0};
        if (mixer_source_open(m, i, i, i - 1) || mixer_listener_open(m, &l)) return false;
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct mixer *m = mixer_new();
    unsigned ticks = 0;
    uint32_t stamp = 0;
    if (!m) return 0;
    bool is_open = stage_open(m);
    for (size_t at = 0; is_open && at + 6 <= n && ticks < TICKS_MAX;) {
        uint32_t who = bytes[at] % PEOPLE + 1;
        size_t some = bytes[at + 5] < n - at - 6 ? bytes[at + 5] : n - at - 6;
        stamp += (uint32_t)bytes[at + 4] << (bytes[at] >> 4);
        mixer_packet(m, who, (uint16_t)(bytes[at + 2] << 8 | bytes[at + 3]), stamp, bytes + at + 6, some);
        for (unsigned i = bytes[at + 1] % 8; i > 0 && ticks < TICKS_MAX; i--, ticks++)
            mixer_tick(m, heard, NULL);
        if (bytes[at + 1] >> 3 == 9) mixer_listener_rate(m, who, bytes[at + 4] * 500u, bytes[at + 3]);
        if (bytes[at + 1] >> 3 == 10) mixer_source_lane(m, who, bytes[at + 4] % MIXER_LANES);
        at += 6 + some;
    }
    mixer_free(m);
    return 0;
}
