/* recheck: do bodies, heads and index agree? Each record is read again from front to back: every version's body opens and names its
 * id and version, versions follow each other without a gap, the head is the last version's, and the index holds exactly what the
 * definitions find in the body; when nothing was written meanwhile, also that it has no row more. On a reader or the desk, in steps, so that a served site is not held up. */
#ifndef RECORDS_RECHECK_H
#define RECORDS_RECHECK_H
#include "records/record.h"

struct recheck {
    int64_t row; /* records up to it have been looked at: start with {0} */
    int64_t records, versions, entries;
    int64_t places, seq;   /* rows that the index should have; the last version when the check began */
    int64_t bad;           /* records that do not agree */
    int64_t first_bad;     /* row of the first; 0: none */
    const char *first_why; /* literal */
};

/* Looks at the next `steps` records; *ret_more: there may be others. */
enum err recheck_step(struct tx *tx, struct records *records, uint32_t steps, struct recheck *c,
                      bool *ret_more) MUST_USE;

#endif
