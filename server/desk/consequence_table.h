/* consequence_table: what becomes of what stands open about a patient, by where the law has the patient (workflow, step 17). docs/STATES is
 * printed from here, and a test compares. A rule, not an event: it says how things are to be, so that it may be applied again and
 * again, in whatever order the registry's messages come. Constant; any thread. */
#ifndef DESK_CONSEQUENCE_TABLE_H
#define DESK_CONSEQUENCE_TABLE_H
#include "base/buf.h"
#include "desk/custody.h"

enum consequence_what {
    CONSEQUENCE_BOOKING,     /* a booking ahead */
    CONSEQUENCE_ESCORT,      /* an escort's task that nobody has begun */
    CONSEQUENCE_LOCAL_VISIT, /* a visit in the clinic that has not begun */
    CONSEQUENCE_SICK_CALL,   /* a sick call that was not seen */
    CONSEQUENCE_VISIT,       /* a consultation that was asked for and has not begun */
    CONSEQUENCE_GRANT,       /* what a specialist may see */
    CONSEQUENCE_ORDER,       /* a prescription that is not over */
    CONSEQUENCE_DOSE,        /* a round's dose that is due */
    CONSEQUENCE_FOLLOW_UP,
    CONSEQUENCE_CASE,    /* of what spreads, that is not over */
    CONSEQUENCE_CONTACT, /* somebody to be looked at, who was near a case */
    CONSEQUENCE_SESSION, /* at a terminal */
    CONSEQUENCE_RECORD,
    CONSEQUENCE_WHATS
};
enum consequence_rule {
    CONSEQUENCE_STAYS,
    CONSEQUENCE_SOON,   /* what begins within two hours is reopened for another time */
    CONSEQUENCE_DAY,    /* what begins within a day is */
    CONSEQUENCE_ABSENT, /* written down as absent */
    CONSEQUENCE_ENDS,
    CONSEQUENCE_CLOSES, /* nobody writes in it any more; the privacy officer reviews it */
    CONSEQUENCE_RULES
};
enum consequence_rule consequence_rule(enum consequence_what what, enum custody_state state);
/* How long ahead of its time something is reopened; 0: it is not. */
int64_t consequence_ahead_ms(enum consequence_rule rule);
const char *consequence_what_text(enum consequence_what what);
/* The chapter of docs/STATES. */
void consequence_print(struct buf *to);

#endif
