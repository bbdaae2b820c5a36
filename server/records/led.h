/* led: records that the server leads from state to state: others read them, and write them by their own endpoints alone (Appointments of
 * ours, sick calls, local visits, transfers, cases of what spreads, what is asked of who has come into custody). What of a sick call is set once stands for whoever writes, this program too: the moments of its
 * receipt, triage and visit (rule 19); and of a screening, when it was begun and signed (rule 17). On the desk. */
#ifndef RECORDS_LED_H
#define RECORDS_LED_H
#include "records/record.h"

/* On a Task: parts "received", "triaged", "seen" (valueInstant) are set once; more of it is desk/sickcall's. */
#define LED_SICK_CALL "https://yunqiao.invalid/fhir/sick-call"
/* On a Task: parts "begun", "signed" are set once; on a QuestionnaireResponse: which part of it (desk/intake). */
#define LED_INTAKE "https://yunqiao.invalid/fhir/intake"
/* On a Task: what a patient says of an entry (desk/statement); parts "said", "answered" are set once. */
#define LED_STATEMENT "https://yunqiao.invalid/fhir/statement"
/* On an Encounter (desk/local_visit). */
#define LED_LOCAL_VISIT "https://yunqiao.invalid/fhir/local-visit"
/* On a ServiceRequest (desk/transfer). */
#define LED_TRANSFER "https://yunqiao.invalid/fhir/transfer"
/* On a Flag (desk/epidemic). */
#define LED_EPIDEMIC "https://yunqiao.invalid/fhir/epidemic"

/* On a Flag: that somebody is kept apart (desk/isolation_flag). */
#define LED_ISOLATION "https://yunqiao.invalid/fhir/isolation"

bool led_is(uint16_t resource, const struct tape *tape);
/* … and by this one of the urls above. */
bool led_has(uint16_t resource, const struct tape *tape, const char *url);
/* For record_write alone: a version that takes the place of old (NULL: of none). now NULL: it is deleted. A fault: 409 business-rule. */
enum err led_check(struct tx *tx, struct record_reader *who, const struct record_head *old, uint16_t resource,
                   const struct tape *now, struct record_fault *fault) MUST_USE;

#endif
