/* closed: records that stand as they are: of somebody who has died (workflow, step 17). What of such a patient is written by a person is refused,
 * by whatever interface, clinician and administrator alike; reading is as it was. What the registry says of the stay is still written,
 * by the server: a death that was told in error is taken back there, and then the record is open again.
 *
 * closed_is on a reader or the desk; the rest on the desk. */
#ifndef RECORDS_CLOSED_H
#define RECORDS_CLOSED_H
#include "records/record.h"

/* Of the Patient with this row; closing twice is no error. */
enum err closed_put(struct tx *tx, int64_t patient) MUST_USE;
enum err closed_lift(struct tx *tx, int64_t patient) MUST_USE; /* of one that is open: no error */
enum err closed_is(struct tx *tx, int64_t patient, bool *ret) MUST_USE;
/* For record_put and record_delete: a fault, 409, where a person (who->guard) writes what belongs to a closed record. */
enum err closed_check(struct tx *tx, const struct record_reader *who, const struct record_head *head,
                      struct record_fault *fault) MUST_USE;

#endif
