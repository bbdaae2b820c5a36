/* sick: what becomes of a request to be seen by the clinic, and by when. Values; any thread.
 *
 *   draft -> submitted -> received (t1) -> triaged (t2) -> scheduled -> seen (t3) -> closed
 *                                             |-> answered -> closed        (self-care: no visit is needed)
 *               received, triaged -> duplicate, which ends with the request that it is linked to
 *   until it is seen, the detainee may withdraw it
 *
 * t1, t2 and t3 are set once. Two clocks run (NCCHC E-07; the hours are settings of the site): from t1 to t2, and from t1 to the visit;
 * what triage says can only shorten the second. The table is printed in docs/STATES. */
#ifndef SCHEDULER_SICK_H
#define SCHEDULER_SICK_H
#include "base/buf.h"
#include "base/zone.h"
#include "scheduler/sick_limits.h"
#include "scheduler/triage.h"

enum sick_state {
    SICK_DRAFT,
    SICK_SUBMITTED,
    SICK_RECEIVED,
    SICK_TRIAGED,
    SICK_SCHEDULED,
    SICK_ANSWERED,
    SICK_DUPLICATE,
    SICK_SEEN,
    SICK_CLOSED,
    SICK_WITHDRAWN,
    SICK_STATES
};
enum sick_verb {
    SICK_DO_SUBMIT,
    SICK_DO_RECEIVE,
    SICK_DO_TRIAGE,
    SICK_DO_SCHEDULE, /* a visit is planned, or begins */
    SICK_DO_CALL_OFF, /* the visit is */
    SICK_DO_ANSWER,
    SICK_DO_LINK,
    SICK_DO_PART, /* from what it was linked to */
    SICK_DO_SEE,
    SICK_DO_CLOSE,
    SICK_DO_WITHDRAW,
    SICK_VERBS
};
enum sick_no {
    SICK_YES,
    SICK_NO_SENT,
    SICK_NO_UNSENT,
    SICK_NO_UNRECEIVED,
    SICK_NO_UNTRIAGED,
    SICK_NO_VISIT,
    SICK_NO_HAS_VISIT,
    SICK_NO_LINKED,
    SICK_NO_UNLINKED,
    SICK_NO_UNSEEN,
    SICK_NO_SEEN,
    SICK_NO_ANSWERED,
    SICK_NO_OVER,
    SICK_NOS
};

/* Where the verb leads; SICK_NO…: nowhere. is_triaged: whether t2 is set (a duplicate that is parted goes back to where it was). */
enum sick_no sick_decide(enum sick_state from, enum sick_verb verb, bool is_triaged, enum sick_state *ret_to);
const char *sick_state_text(enum sick_state s); /* "received" */
bool sick_state_from(struct str text, enum sick_state *ret);
const char *sick_no_text(enum sick_no n);
static inline bool sick_is_over(enum sick_state s)
{
    return s == SICK_CLOSED || s == SICK_WITHDRAWN;
}
void sick_table_write(struct buf *to);

/* -- clocks -- */

struct instant sick_triage_by(const struct sick_limits *l, struct instant received);
struct instant sick_seen_by(const struct sick_limits *l, const struct zone *zone, struct instant received);

struct sick_facts {
    enum sick_state state;
    bool is_before_us; /* the visit is under way */
    enum triage triage;
    struct instant received, triage_since; /* triage_since: when the class was last said */
};
enum sick_clock { SICK_CLOCK_NONE, SICK_CLOCK_TRIAGE, SICK_CLOCK_SEEN };
/* Which clock runs, and when it is over. */
enum sick_clock sick_clock(const struct sick_limits *l, const struct zone *zone, const struct sick_facts *f,
                           struct instant *ret_due);

#endif
