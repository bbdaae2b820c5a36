/* merge: two Patient records found to be one person (R5 Patient/$merge, which R4 asks of servers without defining it; rule 38). Nothing of
 * either is rewritten, for what is final never changes: a row says that the source is the target now, each Patient names the other
 * (Patient.link), and whatever is asked of the target reaches what is the source's too: searches by reference, the compartment,
 * $everything, the detainee's own file, an erasure. Undone, everything stands as it stood.
 *
 * A source takes no new records; one patient has at most MERGE_ROWS_MAX rows. rows, target on a reader or the desk; the rest on the desk. */
#ifndef RECORDS_MERGE_H
#define RECORDS_MERGE_H
#include "records/record.h"

#define MERGE_ROWS_MAX 8

extern const char merge_sql[]; /* of records_late_migrations */

struct merge_rows {
    int64_t at[MERGE_ROWS_MAX]; /* the patient first, then what was merged into it */
    uint32_t count;
};
enum err merge_rows(struct tx *tx, int64_t patient, struct merge_rows *ret) MUST_USE;
/* All rows that are one person with this one, whichever of them it is; the one that goes on first. */
enum err merge_family(struct tx *tx, int64_t patient, struct merge_rows *ret) MUST_USE;
bool merge_has(const struct merge_rows *rows, int64_t patient);
/* What the patient was merged into, or 0. */
enum err merge_target(struct tx *tx, int64_t patient, int64_t *ret_target) MUST_USE;
/* A write by a guarded reader: a source takes no new records and is itself not changed. A fault: 409, with ERR_DENIED. */
enum err merge_check(struct tx *tx, struct record_reader *who, const struct record_head *old,
                     const struct record_head *now, struct record_fault *fault) MUST_USE;

/* Both are to be seen and written by who. ret_target: the target's new version. Faults: 404, 409. */
enum err merge_do(struct tx *tx, struct record_reader *who, struct str source, struct str target,
                  struct record *ret_target, struct record_fault *fault) MUST_USE;
/* ret_source: the source's new version. Faults: 404; 409 where they are not merged. */
enum err merge_undo(struct tx *tx, struct record_reader *who, struct str source, struct str target,
                    struct record *ret_source, struct record_fault *fault) MUST_USE;

#endif
