/* visit_table: the states of a consultation, what may happen in each, and by whom (docs/STATES is printed from here, and a test compares).
 * A visit is two records that are always written together:
 *
 *   draft ─ activate ─> active ⇄ more-info      active ─ arrive ─> arrived ─ admit ─> in-progress ⇄ onleave ─ finish ─> finished ─ close ─> closed
 *   refuse: -> refused     revoke: -> revoked
 *
 *   state          ServiceRequest   Encounter          state         ServiceRequest   Encounter
 *   draft          draft            planned            in-progress   active           in-progress
 *   active         active           planned            onleave       active           onleave
 *   more-info      on-hold          planned            finished      active           finished
 *   arrived        active           arrived            closed        completed        finished
 *   revoked, refused (the patient said no): revoked, cancelled
 *
 * A consultation that was booked without a request (a specialist rung at once) is its Encounter alone. Pure; any thread. */
#ifndef DESK_VISIT_TABLE_H
#define DESK_VISIT_TABLE_H
#include "auth/role.h"
#include "base/buf.h"

enum visit_state {
    VISIT_DRAFT,
    VISIT_ACTIVE,
    VISIT_MORE_INFO,
    VISIT_ARRIVED,
    VISIT_IN_PROGRESS,
    VISIT_ONLEAVE,
    VISIT_FINISHED,
    VISIT_CLOSED,
    VISIT_REVOKED,
    VISIT_REFUSED,
    VISIT_STATES
};
enum visit_verb {
    VISIT_DO_CHANGE,    /* what is asked, of whom, with what attached */
    VISIT_DO_CONSENT,   /* the patient says yes */
    VISIT_DO_REFUSE,    /* the patient says no */
    VISIT_DO_WITHDRAW,  /* the patient takes the yes back */
    VISIT_DO_EXCEPT,    /* an emergency: no consent can be had; a reason */
    VISIT_DO_CONFIRM,   /* the second clinician says so too */
    VISIT_DO_ACTIVATE,  /* from now on it is looked for a time */
    VISIT_DO_ASK,       /* a specialist wants to know more first */
    VISIT_DO_ANSWER,    /* and is told */
    VISIT_DO_ATTACH,    /* more of the record for the specialists */
    VISIT_DO_REVOKE,    /* by the clinic; a reason */
    VISIT_DO_ARRIVE,    /* the patient is there */
    VISIT_DO_IDENTIFY,  /* it is the right person */
    VISIT_DO_ADMIT,     /* somebody from outside comes in */
    VISIT_DO_INTERRUPT, /* by the server: the call is lost */
    VISIT_DO_RESUME,    /* by the server: it is back */
    VISIT_DO_FINISH,    /* the conversation is over */
    VISIT_DO_CLOSE,     /* the request is answered and followed up */
    VISIT_VERBS
};
enum visit_no {
    VISIT_YES,
    VISIT_NO_ASKED_ALREADY,
    VISIT_NO_NOT_ASKED,
    VISIT_NO_NOT_THERE,
    VISIT_NO_UNDER_WAY,
    VISIT_NO_NOT_BEGUN,
    VISIT_NO_NO_QUESTION,
    VISIT_NO_NOT_FINISHED,
    VISIT_NO_OVER,
    VISIT_NOS
};

/* The state after it; *ret_no says why not, and then it is `from`. */
enum visit_state visit_next(enum visit_state from, enum visit_verb verb, enum visit_no *ret_no);
/* By role alone: a specialist may what is said here in the own consultations. */
bool visit_may(struct role_set roles, enum visit_verb verb);

const char *visit_state_text(enum visit_state state); /* "more-info" */
bool visit_state_from(struct str text, enum visit_state *ret);
const char *visit_verb_text(enum visit_verb verb);
bool visit_verb_from(struct str text, enum visit_verb *ret);
const char *visit_request_status(enum visit_state state);
const char *visit_encounter_status(enum visit_state state);
bool visit_is_over(enum visit_state state);    /* closed, revoked, refused */
bool visit_is_running(enum visit_state state); /* arrived, in-progress, onleave */

/* The chapter of docs/STATES. */
void visit_print(struct buf *to);

#endif
