#include "media/frugal.h"

struct frugal_bounds frugal_bounds(const struct frugal_watch *w)
{
    if (w->sources >= FRUGAL_SOURCES) return (struct frugal_bounds){FRUGAL_WAY_BPS, FRUGAL_WAY_OVER_BPS};
    return (struct frugal_bounds){w->least_bps, w->least_bps * (100 + FRUGAL_LONE_OVER_PERCENT) / 100};
}

void frugal_turn(struct frugal *f, int64_t way_bps, struct frugal_bounds bounds, struct tick now)
{
    bool is_other = f->is ? way_bps > bounds.over_bps : way_bps < bounds.under_bps;
    if (!is_other) {
        f->is_turning = false;
        return;
    }
    if (!f->is_turning) f->since = now;
    f->is_turning = true;
    if (now.ms - f->since.ms < (f->is ? FRUGAL_BACK_MS : FRUGAL_AFTER_MS)) return;
    f->is = !f->is;
    f->is_turning = false;
}
