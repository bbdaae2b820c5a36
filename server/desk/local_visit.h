/* local_visit: a visit in the clinic's own rooms, from a sick call to its outcome: an Encounter (R4, class AMB) led by scheduler/local_visit.
 * What is written in it (measurements, notes, orders) names it. Its end says what came of it and when the patient was seen: the call's
 * third moment (decision 0176).
 *
 *   period       start: when it is to be, or began; end      statusHistory: each step with its time
 *   participant  who saw the patient                          reasonCode: the words of the call
 *   extension    LED_LOCAL_VISIT: call ("Task/x"), begun, outcome, and each time a guard was in sight: at, by, why
 *
 * An officer is out of hearing and out of sight unless the clinician asks (workflow, step 6): that is an event with a reason. On the
 * desk; reading on a reader too. `server` has no guard. */
#ifndef DESK_LOCAL_VISIT_H
#define DESK_LOCAL_VISIT_H
#include "desk/sickcall.h"
#include "scheduler/local_visit.h"

#define LOCAL_VISIT_LIST_MAX 200

struct local_visit {
    struct chart_item item;
    enum local_visit_state state;
    struct instant start, begun, end; /* ms 0: not yet */
    struct str patient, call;         /* "Patient/x", "Task/x" */
    struct str doctor, doctor_name;   /* who began it */
    struct str words, outcome;
    uint32_t sights; /* how often a guard was in sight */
};

/* ERR_NOT_FOUND: no local visit of ours. */
enum err local_visit_read(struct tx *tx, struct record_reader *server, struct str id,
                          struct local_visit *ret) MUST_USE;
/* For this call, which is then scheduled; at ms 0: now. A visit whose patient stands there has arrived. ret_no: why the call does not
 * allow it. */
enum err local_visit_plan(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                          struct sickcall *c, struct instant at, struct local_visit *ret,
                          enum sick_no *ret_no) MUST_USE;
/* outcome: finish (sickcall_outcome_is); why: cancel. Finished, the call is seen, and closed unless a consultation is to follow;
 * called off, it waits again. */
enum err local_visit_happen(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                            struct local_visit *v, enum local_visit_verb verb, struct str outcome,
                            enum local_visit_no *ret_no) MUST_USE;
/* A guard was in sight, because `by` asked for it. */
enum err local_visit_sight(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                           struct local_visit *v, struct str why, enum local_visit_no *ret_no) MUST_USE;
/* Rows of those that begin in [from, until) or are not over, as the reader may see them, by time. */
enum err local_visit_list(struct tx *tx, struct record_reader *who, struct instant from, struct instant until,
                          int64_t ret_rows[LOCAL_VISIT_LIST_MAX], uint32_t *ret_n) MUST_USE;

#endif
