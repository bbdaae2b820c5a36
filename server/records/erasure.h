/* erasure: a patient's key destroyed and what is indexed purged, asked for by one person and confirmed by another. What was audited stays,
 * and so do the numbers of the versions. list on a reader; the rest on the desk. */
#ifndef RECORDS_ERASURE_H
#define RECORDS_ERASURE_H
#include "base/json.h"
#include "records/record.h"

#define ERASURE_REASON_BYTES_MAX 1000
#define ERASURE_PAGE 100

/* ERR_EXISTS: one waits already. */
enum err erasure_ask(struct tx *tx, int64_t patient, struct str reason, struct str by,
                     int64_t *ret_id) MUST_USE;
/* ERR_NOT_FOUND: none that waits; ERR_DENIED: the same person asked. ret_patient: whom it is about; ret_versions: bodies gone, 0 when
 * declined. */
enum err erasure_decide(struct tx *tx, struct records *records, int64_t id, struct str by, bool is_done,
                        int64_t *ret_patient, int64_t *ret_versions) MUST_USE;
/* {"id","patient","reason","asked","asked_by":{…},"decided","decided_by","done"}, newest first. */
enum err erasure_list(struct tx *tx, struct json_out *to) MUST_USE;

#endif
