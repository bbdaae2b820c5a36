#include "scheduler/hold.h"

const struct hold_policy hold_default = {.length_min = 10, .extend_max = 1, .holder_max = 5};

const char *hold_bar_text(enum hold_bar b)
{
    static const char *const texts[] = {"may be held", "too many holds at once", "made longer often enough",
                                        "the hold is over"};
    ASSERT(b < COUNT_OF(texts));
    return texts[b];
}

enum hold_bar hold_begin(const struct hold_policy *p, uint32_t open_holds, struct instant now,
                         struct instant *ret_until)
{
    if (open_holds >= p->holder_max) return HOLD_TOO_MANY;
    *ret_until = instant_add(now, p->length_min * MINUTE_MS);
    return HOLD_MAY;
}

enum hold_bar hold_extend(const struct hold_policy *p, struct instant until, uint16_t extended,
                          struct instant now, struct instant *ret_until)
{
    if (!hold_is_live(until, now)) return HOLD_OVER;
    if (extended >= p->extend_max) return HOLD_LONG_ENOUGH;
    struct instant longer = instant_add(now, p->length_min * MINUTE_MS);
    *ret_until = longer.ms > until.ms ? longer : until;
    return HOLD_MAY;
}
