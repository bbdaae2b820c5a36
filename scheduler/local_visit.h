/* local_visit: the steps of a visit in the clinic's own rooms (R4 Encounter, class AMB). Values; any thread. Printed in docs/STATES.
 *
 *   planned -> arrived -> triaged -> in-progress -> finished        a step may be left out; until it has begun it may be called off */
#ifndef SCHEDULER_LOCAL_VISIT_H
#define SCHEDULER_LOCAL_VISIT_H
#include "base/buf.h"
#include "base/err.h"

enum local_visit_state {
    LOCAL_VISIT_PLANNED,
    LOCAL_VISIT_ARRIVED,
    LOCAL_VISIT_TRIAGED,
    LOCAL_VISIT_BEGUN,
    LOCAL_VISIT_FINISHED,
    LOCAL_VISIT_CANCELLED,
    LOCAL_VISIT_STATES
};
enum local_visit_verb {
    LOCAL_VISIT_DO_ARRIVE,
    LOCAL_VISIT_DO_PREPARE,
    LOCAL_VISIT_DO_BEGIN,
    LOCAL_VISIT_DO_FINISH,
    LOCAL_VISIT_DO_CANCEL,
    LOCAL_VISIT_VERBS
};
enum local_visit_no {
    LOCAL_VISIT_YES,
    LOCAL_VISIT_NO_DONE,
    LOCAL_VISIT_NO_UNBEGUN,
    LOCAL_VISIT_NO_BEGUN,
    LOCAL_VISIT_NO_OVER,
    LOCAL_VISIT_NOS
};

enum local_visit_no local_visit_decide(enum local_visit_state from, enum local_visit_verb verb,
                                       enum local_visit_state *ret_to);
const char *local_visit_state_text(enum local_visit_state s); /* the Encounter's status */
bool local_visit_state_from(struct str status, enum local_visit_state *ret);
bool local_visit_verb_from(struct str text, enum local_visit_verb *ret); /* "arrive" */
void local_visit_table_write(struct buf *to);

#endif
