/* visit_request: asking for a consultation: an R4 ServiceRequest of the category "consultation" in the shape that desk/waiting reads, and the
 * Encounter (VR, planned) that is the visit from then on. On the desk. */
#ifndef DESK_VISIT_REQUEST_H
#define DESK_VISIT_REQUEST_H
#include "desk/booking.h"
#include "desk/visit.h"

#define VISIT_QUESTION_BYTES_MAX 4000
#define VISIT_ATTACHED_MAX 60
#define VISIT_NEEDS_MAX 8
#define VISIT_CATEGORY "urn:yunqiao:request"
#define VISIT_WORD_SYSTEM "urn:yunqiao:communication" /* "question", "answer": what a specialist asks first */

struct visit_ask {
    struct str patient, from; /* ids of the Patient, of the Encounter that it comes from (empty: none) */
    struct str question;
    enum triage triage;
    int64_t minutes;
    uint32_t labels;                            /* enum record_label: what it is about */
    struct booking_need needs[VISIT_NEEDS_MAX]; /* specialties, devices, languages */
    struct str named[VISIT_NEEDS_MAX];          /* "Practitioner/x": who is asked for by name */
    struct str attached[VISIT_ATTACHED_MAX];    /* "Observation/x" */
    uint8_t need_count, named_count, attached_count;
};
struct visit_by { /* who acts */
    struct str account, display;
};
/* old NULL: a new one. ret: as it stands then. */
enum err visit_request_write(struct tx *tx, struct record_reader *server, const struct visit_by *by,
                             const struct visit_ask *ask, const struct visit *old,
                             struct visit *ret) MUST_USE;
/* What of it is not filled in, by which it cannot be asked for yet: "question", "specialties"; NULL: nothing. */
const char *visit_request_lacks(struct record_reader *server, const struct visit *v);
/* More of the record for whoever is let in. */
enum err visit_request_attach(struct tx *tx, struct record_reader *server, struct visit *v,
                              const struct str *references, uint8_t n) MUST_USE;
uint32_t visit_request_labels(struct record_reader *server, const struct visit *v);
/* A question of a specialist's, or the clinic's answer: a Communication of the visit. */
enum err visit_word_add(struct tx *tx, struct record_reader *server, const struct visit_by *by,
                        const struct visit *v, bool is_answer, struct str words,
                        struct record_head *ret) MUST_USE;

#endif
