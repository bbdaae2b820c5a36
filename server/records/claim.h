/* claim: who and what is taken when, so that a double booking cannot be. Kept beside the index: each write of an Appointment, by whatever
 * way it comes, puts a row for each participant whose time it takes, and a trigger refuses a row that meets another of the same
 * person, room, device or patient (R4 Appointment; decision 0150). Times alone stand here, no word of what for.
 *
 *   pending, booked, arrived, checked-in   take time of every participant that has not declined
 *   all other states                       take none; nor does what was over when it was written
 *
 * A participant may need rest before and after: the extension CLAIM_REST. On the desk; reading functions on a reader too. */
#ifndef RECORDS_CLAIM_H
#define RECORDS_CLAIM_H
#include "records/record.h"

#define CLAIM_DAYS_MAX 31 /* of one appointment that takes time */
/* On Appointment.participant: extensions "before" and "after", minutes as valueUnsignedInt. */
#define CLAIM_REST "https://yunqiao.invalid/fhir/rest"
/* On Appointment: a booking that the server leads from state to state. Others may read it, not write it. */
#define CLAIM_BOOKING "https://yunqiao.invalid/fhir/booking"

extern const char claim_sql[]; /* of records_migrations */

struct claim {
    int64_t resource, appointment; /* rows */
    struct instant from, until;
};

/* For record_write alone: the claims of this version of an Appointment instead of those before. A fault: 409 conflict where the time is
 * taken, 422 for times that cannot be meant. */
enum err claim_put(struct tx *tx, struct record_reader *who, const struct record_head *head,
                   const struct tape *tape, struct record_fault *fault) MUST_USE;
enum err claim_drop(struct tx *tx, int64_t appointment) MUST_USE;
/* Whether this body, or the one before it, is led by the server, so that only it may write it. */
bool claim_is_led(const struct tape *tape, uint32_t node);

/* Those of the resource that meet [from, until), by time; at most `most`, and how many were written. */
enum err claim_of(struct tx *tx, int64_t resource, struct instant from, struct instant until,
                  struct claim *ret_claims, uint32_t most, uint32_t *ret_n) MUST_USE;
/* Forgets what is over since before. */
enum err claim_forget(struct tx *tx, struct instant before) MUST_USE;

#endif
