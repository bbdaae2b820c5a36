/* hold: time kept for somebody who is still deciding. A hold ends by itself; while it lasts nobody else gets the
 * time. So that nobody hoards, one holder has only so many at once, and each may be made longer only so often.
 * Decisions only; the appointment carries the hold (appt.h). Values; any thread.
 *
 * A hold is over at its instant, not after it. Once its appointment has been moved to `expired` it stays over,
 * even when the wall clock is set back. */
#ifndef SCHEDULER_HOLD_H
#define SCHEDULER_HOLD_H
#include "base/err.h"
#include "scheduler/terms.h"

struct hold_policy {
    uint32_t length_min;
    uint16_t extend_max; /* how often one hold may be made longer */
    uint16_t holder_max; /* how many one holder may have at once */
};
extern const struct hold_policy hold_default; /* ten minutes, once, five */

enum hold_bar { HOLD_MAY, HOLD_TOO_MANY, HOLD_LONG_ENOUGH, HOLD_OVER };
const char *hold_bar_text(enum hold_bar b);

static inline bool hold_is_live(struct instant until, struct instant now)
{
    return now.ms < until.ms;
}
enum hold_bar hold_begin(const struct hold_policy *p, uint32_t open_holds, struct instant now,
                         struct instant *ret_until);
/* From now on as long as a new one; never shorter than it was. */
enum hold_bar hold_extend(const struct hold_policy *p, struct instant until, uint16_t extended,
                          struct instant now, struct instant *ret_until);

#endif
