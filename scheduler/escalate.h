/* escalate: whom work that is late is told to, and when: to those who should have done it, then to who answers for it. Each step once.
 * Values; any thread. Custody is told of nothing but an emergency that nobody has come to, and of a screening that is
 * overdue, and of both no word but that it is one (workflow, "who sees what"; step 2). */
#ifndef SCHEDULER_ESCALATE_H
#define SCHEDULER_ESCALATE_H
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

enum escalate_kind {
    ESCALATE_TRIAGE,     /* a sick call that nobody has triaged */
    ESCALATE_VISIT,      /* … that nobody has seen */
    ESCALATE_EMERGENCY,  /* … and that is an emergency */
    ESCALATE_FOLLOW_UP,  /* a task that is due */
    ESCALATE_OPINION,    /* written and not signed */
    ESCALATE_RESULT,     /* not acknowledged */
    ESCALATE_START,      /* somebody has come, and nobody has begun to screen them */
    ESCALATE_LOOK,       /* … and the doctor has not looked */
    ESCALATE_ASSESSMENT, /* … and is not assessed */
    ESCALATE_REVIEW,     /* … or not again after a year */
    ESCALATE_TRANSFER, /* to a hospital outside, without a doctor's approval when they leave; an emergency's form */
    ESCALATE_CONCERN, /* somebody whom the clinic is to look at, and has not */
    ESCALATE_REPORT,  /* a notifiable illness of which the authority has not been told; an hour before, too */
    ESCALATE_CORRECTION, /* what a patient wants corrected, and nobody has decided */
    ESCALATE_RELEASE,    /* somebody leaves or has left, and has no summary in hand */
    ESCALATE_CONTACT,    /* who was near a case, and was not looked at on a day */
    ESCALATE_KINDS
};
enum escalate_to { ESCALATE_NURSE, ESCALATE_DOCTOR, ESCALATE_AUTHOR, ESCALATE_COMMAND, ESCALATE_TOS };

#define ESCALATE_STEPS_MAX 3
uint8_t escalate_steps(enum escalate_kind kind);
/* Whom step n (from 0) tells, and when. */
enum escalate_to escalate_whom(enum escalate_kind kind, uint8_t n);
struct instant escalate_at(enum escalate_kind kind, uint8_t n, struct instant due);

const char *escalate_kind_text(enum escalate_kind kind); /* "triage" */
const char *escalate_to_text(enum escalate_to to);       /* a role's name; "author" */

#endif
