/* waiting: who waits for a consultation: active ServiceRequests of the category "consultation" for which no appointment is on its way,
 * by urgency and age (scheduler/triage, waitlist). On a reader or the desk; in server->arena.
 *
 * What a request needs: its extensions WAITING_NEED (valueCode "specialist:ophthalmology", "device:exam-camera", "interpreter:ug"),
 * and its performers by name; a clinic doctor (the requester, where that is one), a room for video and an escort always. How long:
 * WAITING_MINUTES, else 40. How urgent: priority (stat, asap, urgent, routine: emergency, urgent, soon, routine). */
#ifndef DESK_WAITING_H
#define DESK_WAITING_H
#include "desk/schedule.h"

#define WAITING_NEED "https://yunqiao.invalid/fhir/consult-need"
#define WAITING_MINUTES "https://yunqiao.invalid/fhir/consult-minutes"
#define WAITING_MAX 200
/* On the ServiceRequest, one for each change of its priority: "from", "to" (codes of priority), "at", "by" (account), "why"? */
#define WAITING_TRIAGE "https://yunqiao.invalid/fhir/triage-change"
#define WAITING_WHY_BYTES_MAX 500
const char *waiting_priority(enum triage triage);   /* "stat" … of a ServiceRequest */
enum triage waiting_triage_of(struct str priority); /* routine where nothing is said */

struct waiting {
    struct record_head head; /* of the ServiceRequest */
    struct str reference;    /* "ServiceRequest/x" */
    struct str patient_reference;
    struct instant since, earliest; /* earliest ms 0: at once */
    enum triage triage, aged;
    struct instant target;
    struct seek seek; /* what it asks for; from and until are now and the end of its days */
    struct str offer; /* id of the appointment that is held for it; empty: none */
    struct instant offered_until;
};
/* In the order in which they are served. is_cut: there are more than WAITING_MAX. */
enum err waiting_list(struct schedule *s, struct waiting **ret, uint32_t *ret_n, bool *ret_is_cut) MUST_USE;
/* One of them, whatever its state: ERR_NOT_FOUND when it is no consultation request. */
enum err waiting_one(struct schedule *s, struct str id, struct waiting *ret) MUST_USE;

/* Another class, kept with who, when and why (empty: none was wanted). The desk. ERR_NOT_FOUND as above; ERR_DENIED: it is over. */
enum err waiting_retriage(struct schedule *s, struct str id, enum triage to, struct str why) MUST_USE;

#endif
