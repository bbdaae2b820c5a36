#include "media/narrow.h"

static bool is_other(const struct narrow *n, int64_t way_bps, int64_t left_bps, unsigned pictures)
{
    int64_t enough = n->is ? NARROW_PICTURE_OVER_BPS : NARROW_PICTURE_BPS, share = left_bps;
    if (pictures)
        share /= pictures;
    else
        enough = n->is ? NARROW_SOUND_OVER_BPS : 0;
    return n->is ? share > enough || way_bps > NARROW_WAY_OVER_BPS
                 : share < enough && way_bps < NARROW_WAY_BPS;
}

void narrow_turn(struct narrow *n, int64_t way_bps, int64_t left_bps, unsigned pictures, struct tick now)
{
    if (!is_other(n, way_bps, left_bps, pictures)) {
        n->is_turning = false;
        return;
    }
    if (!n->is_turning) n->since = now;
    n->is_turning = true;
    if (now.ms - n->since.ms < (n->is ? WIDE_AFTER_MS : NARROW_AFTER_MS)) return;
    n->is = !n->is;
    n->is_turning = false;
}
