/* rule: who may do what to bookings, and who learns what of them, as one table of role x act (workflow.md "who sees
 * what"; rules 2, 4, 5, 6, 16). The policy of the server stands in front; this is the same word for the screens, the
 * desk and the tests. Custody can neither make, move, cancel nor rank a booking: it can say, by a code, that it
 * cannot be done. Constant; any thread. */
#ifndef SCHEDULER_RULE_H
#define SCHEDULER_RULE_H
#include "base/buf.h"
#include "scheduler/appt.h"

enum rule_role {
    RULE_CLINIC_DOCTOR,
    RULE_NURSE,
    RULE_PHARMACIST,
    RULE_SPECIALIST,
    RULE_INTERPRETER,
    RULE_SCHEDULING_ADMIN,
    RULE_GUARD,
    RULE_DUTY_COMMAND,
    RULE_DETAINEE,
    RULE_PRIVACY_OFFICER,
    RULE_SECURITY_ADMIN,
    RULE_SYSTEM_ADMIN,
    RULE_ROLES
};
enum rule_act {
    RULE_FIND, /* search for times */
    RULE_BOOK, /* hold, ask, repair */
    RULE_MOVE,
    RULE_CANCEL,
    RULE_ANSWER,     /* for the own seat */
    RULE_ANSWER_FOR, /* write down another's answer, given by telephone */
    RULE_RECEIVE,    /* check in, arrive, no-show */
    RULE_FULFIL,
    RULE_RAISE,       /* make more urgent */
    RULE_LOWER,       /* make less urgent: with a reason */
    RULE_OVERRIDE,    /* displace for an emergency */
    RULE_ORDER_COURT, /* the written order by which an emergency wins over court */
    RULE_SAY_CANNOT,  /* custody's code that it cannot be done */
    RULE_PAGE,        /* ring the specialists on call */
    RULE_SEE_TIME,    /* when and where */
    RULE_SEE_PEOPLE,  /* who takes part */
    RULE_SEE_FIELD,   /* the specialty */
    RULE_SEE_TRIAGE,
    RULE_SEE_LIST, /* the waiting list */
    RULE_EDIT_ROSTER,
    RULE_EDIT_CALENDAR,
    RULE_ACTS
};
enum rule_answer { RULE_MAY, RULE_NOT_THIS_ROLE, RULE_NOT_OWN, RULE_NEEDS_REASON };

struct rule_facts {
    bool is_own; /* a seat of the booking, the roster or the request is the asker's own; a guard's own task */
    bool has_reason; /* one was given */
};
enum rule_answer rule_may(enum rule_role role, enum rule_act act, struct rule_facts facts);
/* What custody may say stands in the way. */
bool rule_is_custody_code(enum appt_reason r);
/* Whether the role learns this reason of a cancellation or no-show: custody learns its own codes only, never that
 * somebody refused care or is ill (rule 16). */
bool rule_shows_reason(enum rule_role role, enum appt_reason r);
bool rule_is_custody(enum rule_role role);
const char *rule_role_text(enum rule_role role); /* as in the protocol: "clinic-doctor" */
const char *rule_act_text(enum rule_act act);
void rule_table_write(struct buf *to); /* Markdown */

#endif
