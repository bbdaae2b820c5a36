/* amend: what holds of an amendment (rule 21): it names the final original that it amends, of the same kind and patient, and says why.
 * The original is not touched; both are read side by side.
 *
 *   Composition: relatesTo {code: appends | replaces | transforms, targetReference}; any other type: the extension AMEND_URL with a
 *   valueReference. Both: the extension AMEND_REASON_URL with a valueString. A status amended, corrected or appended needs one of them.
 *
 * On the desk, within the put of the record. */
#ifndef RECORDS_AMEND_H
#define RECORDS_AMEND_H
#include "records/record.h"

#define AMEND_URL "https://yunqiao.invalid/fhir/amends"
#define AMEND_REASON_URL "https://yunqiao.invalid/fhir/amendment-reason"

/* Of the resource in node 0. ERR_DENIED with the fault filled. A server's own write (guard NULL) is not asked. */
enum err amend_check(struct tx *tx, struct record_reader *who, const struct tape *tape,
                     const struct record_head *head, struct record_fault *fault) MUST_USE;

#endif
