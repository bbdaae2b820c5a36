/* appt: the life of one booking, from a proposal to what became of it. One identity through every move.
 *
 *   proposed -> held -> pending -> booked -> checked-in -> arrived -> fulfilled
 *                 |        |          |            |                     noshow, cancelled, expired
 *                 |        +----------+-> declined (somebody cannot) -+
 *                 |                   +-> displaced (lost its place)  +-> repaired: pending or booked again
 *
 * Decide, persist, apply: appt_decide looks at an appointment and an event and changes nothing; it answers with
 * the appointment as it would be, the step for its history and the actions that follow, or with why not. The
 * desk checks the plan for the claims (appt_claims), persists, and then appt_apply puts the change in place,
 * which cannot fail. The table of state x event is appt_table.h.
 *
 * Every event names the version it was made for; another version is refused as stale, so that of two admins who
 * move one booking one wins and the other is told. A request is never lost: whatever ends an appointment either
 * closes its request or puts it back on the waiting list with its old age.
 *
 * Values; any thread. Sources: FHIR R4 Appointment (states), RFC 5545 §3.8.7.4 (sequence). */
#ifndef SCHEDULER_APPT_H
#define SCHEDULER_APPT_H
#include "scheduler/due.h"
#include "scheduler/plan.h"
#include "scheduler/triage.h"

#define APPT_SEATS_MAX JOINT_SEATS_MAX
#define APPT_ACTIONS_MAX (APPT_SEATS_MAX * 4 + 8)

enum appt_state {
    APPT_PROPOSED,
    APPT_HELD,
    APPT_PENDING, /* asked; not all have answered */
    APPT_BOOKED,
    APPT_CHECKED_IN,
    APPT_ARRIVED,
    APPT_DECLINED,  /* somebody cannot; the others' time is kept while the next best is sought */
    APPT_DISPLACED, /* lost its place; no time is kept */
    APPT_FULFILLED,
    APPT_NOSHOW,
    APPT_CANCELLED,
    APPT_EXPIRED,
    APPT_STATES
};
enum appt_verb {
    APPT_DO_HOLD,     /* keep the time; until */
    APPT_DO_EXTEND,   /* keep it longer; until */
    APPT_DO_ASK,      /* the holder has decided; answers are due by until */
    APPT_DO_ACCEPT,   /* seat */
    APPT_DO_DECLINE,  /* seat, reason; repair is due by until */
    APPT_DO_LAPSE,    /* the time for a hold, the answers or the repair is over; until: for the repair */
    APPT_DO_REPAIR,   /* other people or another time: span, seats; answers are due by until */
    APPT_DO_MOVE,     /* the same, by somebody's wish */
    APPT_DO_DISPLACE, /* its place went to something stronger, or a thing it needs is lost; reason, until */
    APPT_DO_CANCEL,   /* side, reason */
    APPT_DO_CHECK_IN, /* the devices are tried */
    APPT_DO_ARRIVE,   /* the patient is there */
    APPT_DO_NOSHOW,   /* side, reason */
    APPT_DO_FULFIL,
    APPT_VERBS
};
enum appt_answer { APPT_NOT_NEEDED, APPT_UNASKED, APPT_ASKED, APPT_ACCEPTED, APPT_REFUSED };
enum appt_side {
    APPT_NO_SIDE,
    APPT_CLINIC,
    APPT_HOSPITAL,
    APPT_CUSTODY,
    APPT_DETAINEE,
    APPT_TECHNICAL,
    APPT_SIDES
};
enum appt_reason {
    APPT_NO_REASON,
    APPT_ILL,
    APPT_OTHER_DUTY,
    APPT_NO_ANSWER,
    APPT_EMERGENCY_FIRST, /* an emergency took the time */
    APPT_COURT,
    APPT_NO_ESCORT,
    APPT_LOCKDOWN,
    APPT_DEVICE,
    APPT_NETWORK,
    APPT_WRONG_TIME,
    APPT_CARE_REFUSED, /* by the patient; closes the request */
    APPT_NEED_GONE,    /* closes the request */
    APPT_LEFT,         /* released or transferred; closes the request */
    APPT_REASONS
};
/* Why an event is refused: by the table, or by the facts. */
enum appt_no {
    APPT_YES,
    APPT_NO_NOT_HELD,
    APPT_NO_HELD_ALREADY,
    APPT_NO_NOT_ASKED,
    APPT_NO_ASKED_ALREADY,
    APPT_NO_NOT_BOOKED,
    APPT_NO_NOT_ARRIVED,
    APPT_NO_UNDER_WAY,
    APPT_NO_REPAIR_FIRST,
    APPT_NO_WHOLE,
    APPT_NO_UNTIMED, /* nothing of it ends by time */
    APPT_NO_OVER,
    APPT_NO_STALE,
    APPT_NO_SEAT,  /* no such seat, or it needs no answer */
    APPT_NO_SAID,  /* that was the answer already */
    APPT_NO_LATE,  /* the time for it is over */
    APPT_NO_EARLY, /* the time for it has not come */
    APPT_NO_FORM,  /* times, seats, side or reason that cannot be meant */
    APPT_NOS
};

struct appt_seat {
    struct resource_id resource;
    uint16_t role; /* joint_role.key */
    uint16_t before_min, after_min;
    enum appt_answer answer; /* APPT_NOT_NEEDED: rooms, devices, and people who are not asked */
    bool is_told;            /* a person who learns of changes */
};
struct appt {
    struct appt_id id;
    struct request_id request; /* 0: none */
    uint32_t version;          /* rises with each change */
    uint32_t sequence;         /* rises when time, people or the booking itself change (iCalendar) */
    enum appt_state state;
    enum triage triage;
    enum appt_side side;     /* of the no-show or cancellation */
    enum appt_reason reason; /* of that, or of the last decline or displacement */
    struct span span;
    struct instant until; /* the end of the hold, the answers or the repair; 0: none runs */
    uint16_t extended, moved;
    uint64_t holder; /* who proposed it: an account, as a number of the desk's */
    uint8_t seat_count;
    struct appt_seat seats[APPT_SEATS_MAX];
};
struct appt_event {
    enum appt_verb verb;
    uint32_t version; /* of the appointment it is meant for */
    struct instant now, until;
    struct resource_id seat;
    enum appt_side side;
    enum appt_reason reason;
    struct span span;
    const struct appt_seat *seats;
    uint8_t seat_count;
    bool is_agreed; /* MOVE, REPAIR: all have said yes already; nobody is asked */
};

enum appt_act {
    APPT_INVITE,       /* resource: ask for an answer */
    APPT_TELL,         /* resource, news */
    APPT_FREE,         /* resource, span: time that others may have now */
    APPT_WAKE,         /* due: at, kind */
    APPT_SEEK_REPAIR,  /* find the next best, the same people kept */
    APPT_ORDER_ESCORT, /* the custody task for this time */
    APPT_RECALL_ESCORT,
    APPT_PLAN_REMINDERS,
    APPT_DROP_REMINDERS,
    APPT_REQUEUE, /* request: back on the waiting list, as old as it is */
    APPT_CLOSE_REQUEST
};
enum appt_news {
    APPT_NEWS_BOOKED,
    APPT_NEWS_MOVED,
    APPT_NEWS_ENDED,
    APPT_NEWS_DISPLACED,
    APPT_NEWS_DECLINED
};
struct appt_action {
    enum appt_act act;
    enum appt_news news;
    enum due_kind due;
    struct resource_id resource;
    struct span span;
    struct instant at;
};
/* One row of the history. */
struct appt_step {
    uint32_t version;
    enum appt_verb verb;
    enum appt_state from, to;
    struct instant at;
    struct span before, after;
    struct resource_id seat;
    enum appt_side side;
    enum appt_reason reason;
};
struct appt_change {
    struct appt after;
    struct appt_step step;
    uint8_t action_count;
    struct appt_action actions[APPT_ACTIONS_MAX];
};

/* A new proposal. APPT_NO_FORM: no time, no seats or too many, somebody twice. */
enum appt_no appt_propose(struct appt_id id, struct request_id request, enum triage triage, uint64_t holder,
                          struct span span, const struct appt_seat *seats, uint8_t seat_count,
                          struct appt *ret_appt) MUST_USE;
/* APPT_YES, and ret_change; or why not, and ret_change untouched. */
enum appt_no appt_decide(const struct appt *a, const struct appt_event *e,
                         struct appt_change *ret_change) MUST_USE;
void appt_apply(struct appt *a, const struct appt_change *c);

bool appt_is_over(enum appt_state s);
/* Whether its seats' time is taken in that state. */
bool appt_takes_time(enum appt_state s);
/* The time it takes of each seat, with before and after; for a hold until its end. None in states that take no
 * time; a seat that declined takes none. */
uint8_t appt_claims(const struct appt *a, struct plan_claim ret_claims[APPT_SEATS_MAX]);
/* Its time has passed by an hour and nobody has said what became of it: a person must. */
bool appt_is_forgotten(const struct appt *a, struct instant now);
const struct appt_seat *appt_seat_of(const struct appt *a,
                                     struct resource_id resource); /* NULL: not seated */

#endif
