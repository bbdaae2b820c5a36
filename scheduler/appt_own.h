/* appt_own: the half of appt_decide that says what follows from a change. Private to appt. */
#ifndef SCHEDULER_APPT_OWN_H
#define SCHEDULER_APPT_OWN_H
#include "scheduler/appt.h"

static inline bool appt_is_firm(enum appt_state s)
{
    return s == APPT_BOOKED || s == APPT_CHECKED_IN || s == APPT_ARRIVED;
}
/* Fills c->actions from what was, what will be (c->after) and when. */
void appt_add_actions(const struct appt *before, struct instant now, struct appt_change *c);

#endif
