/* reindex: what searches find in the current bodies, made anew where it is missing: after a migration that left the index empty. Called by
 * app and the command once the store and records stand; waits; not on the desk or a reader. */
#ifndef RECORDS_REINDEX_H
#define RECORDS_REINDEX_H
#include "records/records.h"

/* Does nothing where every record has its values. ret_records: how many were made anew. */
enum err reindex_missing(struct store *store, struct records *records, int64_t *ret_records) MUST_USE;

#endif
