/* engagement: a time that others keep of a detainee: court, lawyer, interrogation, meal, count. An R4 Appointment with appointmentType of
 * ENGAGEMENT_SYSTEM and the patient alone, so that it takes the patient's time in the store like any booking (records/claim), and the joint
 * search keeps clear of it. What for, beyond the kind, is not written.
 *
 * Court wins over consultations, an emergency and what is under way excepted: those that stand there are displaced, told and repaired
 * (workflow 8). Anything else takes free time only. On the desk; list on a reader too. */
#ifndef DESK_ENGAGEMENT_H
#define DESK_ENGAGEMENT_H
#include "desk/schedule.h"

#define ENGAGEMENT_SYSTEM "urn:yunqiao:engagement"

bool engagement_kind_is(struct str kind); /* "court", "lawyer", "interrogation", "meal", "count" */

enum engagement_answer { ENGAGEMENT_DONE, ENGAGEMENT_TAKEN };
/* ENGAGEMENT_TAKEN: somebody else has the time; then the job must end with an error. */
enum err engagement_add(struct schedule *s, int64_t patient, struct str kind, struct span span,
                        struct str *ret_id, uint32_t *ret_displaced, enum engagement_answer *ret) MUST_USE;
enum err engagement_cancel(struct schedule *s, struct str id) MUST_USE; /* ERR_NOT_FOUND */

struct engagement {
    struct str id, kind, patient, name; /* patient: "Patient/x" */
    struct instant start, end;
    bool is_aside; /* gave way to an emergency: wants another time */
};
/* ERR_NOT_FOUND: none of ours, or cancelled. */
enum err engagement_read(struct tx *tx, struct record_reader *server, int64_t row,
                         struct engagement *ret) MUST_USE;

#endif
