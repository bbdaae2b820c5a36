#include "media/protect.h"
#include "base/err.h"

static const unsigned climbed_at[] = {0, 20, 80, 100, 200};

static uint8_t rung_for(unsigned loss)
{
    uint8_t rung = PROTECT_NOT;
    while (rung < PROTECT_THIN && loss >= climbed_at[rung + 1])
        rung++;
    return rung;
}

static void rung_turn(struct protect *p, unsigned loss, int64_t now_ms)
{
    uint8_t rung = rung_for(loss);
    bool is_below = rung < p->rung && loss * 4 < climbed_at[p->rung] * 3;
    if (rung > p->rung) p->rung = rung;
    if (!is_below) {
        p->below_ms = 0;
        return;
    }
    if (p->below_ms == 0) p->below_ms = now_ms;
    if (now_ms - p->below_ms < PROTECT_HOLD_MS) return;
    p->rung--;
    p->below_ms = now_ms;
}

/* All sound with its past, in eight tenths of the way. */
static bool has_room(unsigned distance, uint32_t way_bps, uint32_t sound_bps)
{
    return way_bps == 0 || (uint64_t)sound_bps * (distance + 1) * 10 <= (uint64_t)way_bps * 8;
}

void protect_turn(struct protect *p, unsigned loss, uint32_t way_bps, uint32_t sound_bps, int64_t now_ms)
{
    rung_turn(p, loss, now_ms);
    uint8_t distance = p->rung >= PROTECT_SOUND_MORE ? 2 : p->rung >= PROTECT_SOUND ? 1 : 0;
    while (distance && !has_room(distance, way_bps, sound_bps))
        distance--;
    p->distance = distance;
}
