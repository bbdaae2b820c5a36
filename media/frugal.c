#include "media/frugal.h"

static bool is_other(const struct frugal *f, int64_t way_bps, unsigned sources)
{
    bool is_much = sources >= FRUGAL_SOURCES;
    return f->is ? way_bps > FRUGAL_WAY_OVER_BPS || !is_much : way_bps < FRUGAL_WAY_BPS && is_much;
}

void frugal_turn(struct frugal *f, int64_t way_bps, unsigned sources, struct tick now)
{
    if (!is_other(f, way_bps, sources)) {
        f->is_turning = false;
        return;
    }
    if (!f->is_turning) f->since = now;
    f->is_turning = true;
    if (now.ms - f->since.ms < (f->is ? FRUGAL_BACK_MS : FRUGAL_AFTER_MS)) return;
    f->is = !f->is;
    f->is_turning = false;
}
