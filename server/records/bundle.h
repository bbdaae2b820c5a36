/* bundle: batch and transaction (FHIR R4 §3.1.0.11): DELETE, POST, PUT and PATCH, then GET; urn:uuid and conditional references
 * resolved; a transaction is all or nothing. Writing ones on the desk. */
#ifndef RECORDS_BUNDLE_H
#define RECORDS_BUNDLE_H
#include "records/record.h"

#define BUNDLE_ENTRIES_MAX 5000

enum bundle_return { BUNDLE_MINIMAL, BUNDLE_REPRESENTATION, BUNDLE_OUTCOME };

struct bundle_counts { /* what was done, for reports and the trail */
    uint32_t created, updated, deleted, found, read, failed;
};
/* tape holds the Bundle. Writes the answering Bundle to *to. A fault of a transaction: nothing of it is kept, the caller returns an
 * error from its job. */
enum err bundle_run(struct tx *tx, struct record_reader *who, const struct tape *tape,
                    enum bundle_return prefer, struct buf *to, struct bundle_counts *ret,
                    struct record_fault *fault) MUST_USE;

#endif
