/* protect: what is sent twice to one peer, for what is lost on the way to it (decision 0047). Embedded in a down peer; one
 * thread; times are the caller's monotonic milliseconds.
 *
 *   lost      sound                             pictures
 *    2 %      with the packet before (RED)      once
 *    8 %      with the two before               once
 *   10 %        "                               key frames and the base layer twice (RTX, a moment later)
 *   20 %        "                               and no more temporal layers than five pictures a second need, all of them twice; no
 *                                               more than 360 lines, and more than the lowest layer only on a way of
 *                                               PROTECT_WIDE_BPS: the key frames of both are lost as well
 *
 * A rung is climbed at once, and left when loss has been below three quarters of it for five seconds. Where the way is narrow
 * more would only be lost more: sound takes its past with it as far as all of that fits into eight tenths of the way. */
#ifndef MEDIA_PROTECT_H
#define MEDIA_PROTECT_H
#include <stdbool.h>
#include <stdint.h>

enum {
    PROTECT_HOLD_MS = 5000,
    PROTECT_DISTANCE_MAX = 2,
    PROTECT_HEIGHT = 360,
    PROTECT_WIDE_BPS = 1000000, /* a key frame of 360 lines, twice, is a quarter of a second of it */
    PROTECT_PICTURES = 5        /* a second */
};
enum protect_rung { PROTECT_NOT, PROTECT_SOUND, PROTECT_SOUND_MORE, PROTECT_PICTURES_TWICE, PROTECT_THIN };

struct protect {
    uint8_t rung;     /* enum protect_rung, by loss alone */
    uint8_t distance; /* how many packets of sound before it each one carries, by loss and room */
    int64_t below_ms; /* since when loss has been below this rung; 0: it is not */
};

/* loss: of 1000. way_bps: what the way carries, 0: not known. sound_bps: of all sound, sent once. */
void protect_turn(struct protect *p, unsigned loss, uint32_t way_bps, uint32_t sound_bps, int64_t now_ms);
static inline bool protect_repeats(const struct protect *p)
{
    return p->rung >= PROTECT_PICTURES_TWICE;
}
static inline bool protect_is_thin(const struct protect *p)
{
    return p->rung >= PROTECT_THIN;
}

#endif
