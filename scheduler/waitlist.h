/* waitlist: who is offered time that has come free. In the order of triage (urgency, then age: triage.h) the
 * first whose meeting fits into it. Decisions only: the entries are the desk's, read and never kept. Any thread.
 *
 * An offer is an appointment that is held for the request; while it runs the request gets no other. */
#ifndef SCHEDULER_WAITLIST_H
#define SCHEDULER_WAITLIST_H
#include "scheduler/triage.h"

struct waitlist_entry {
    struct request_id request;
    enum triage triage;
    struct instant since;         /* when it was made; going back on the list does not change it */
    struct instant earliest;      /* not before: a follow-up, a fasting test */
    struct instant offered_until; /* an offer runs so long; 0: none */
    uint16_t duration_min;
};

/* ret_order holds count places and gets the entries' numbers, who is next first. */
void waitlist_order(const struct triage_policy *p, const struct waitlist_entry *entries, uint32_t count,
                    struct instant now, uint32_t *ret_order);

/* Whether the entry's meeting fits in the freed time, by a joint search there. */
typedef bool waitlist_fits(void *arg, const struct waitlist_entry *e, struct span freed,
                           struct joint_proposal *ret_proposal);
/* The first in order whose meeting fits, among at most tries_max that could by their length; false: nobody. */
bool waitlist_pick(const struct triage_policy *p, const struct waitlist_entry *entries, uint32_t count,
                   struct span freed, struct instant now, uint32_t tries_max, waitlist_fits *fits, void *arg,
                   uint32_t *ret_entry, struct joint_proposal *ret_proposal);

#endif
