/* export_bulk: an export of many records at once (FHIR Bulk Data, $export), from the grant to its end. It is asked for and granted as any
 * export is (records/export), and begun once by who may fetch it: that takes the grant up and counts as fetched. What is asked for then may
 * be less than was granted, never more. Its files are there for a day, or until they are given up. The files are made by desk/bulk.
 *
 * find on a reader or the desk; the rest on the desk. */
#ifndef RECORDS_EXPORT_BULK_H
#define RECORDS_EXPORT_BULK_H
#include "records/export.h"

#define EXPORT_BULK_KEEP_MS ((int64_t)24 * 3600 * 1000)

struct export_bulk_scope {
    bool of_patients;     /* only what belongs to patients; else all there is */
    struct str types;     /* names, with commas between; empty: all */
    struct instant since; /* changed then or later; 0: ever */
};
/* From what export_ask.scope holds, in the arena. */
enum err export_bulk_scope_read(struct arena *arena, struct str text, struct export_bulk_scope *ret) MUST_USE;
/* Is what is wanted no more than what was granted? */
bool export_bulk_covers(const struct export_bulk_scope *granted, const struct export_bulk_scope *want);
/* Takes up the oldest open grant that covers what is wanted. request: path and query, as asked. ERR_NOT_FOUND: there is none. */
enum err export_bulk_begin(struct tx *tx, struct str by, const struct export_bulk_scope *want,
                           struct str request, int64_t *ret_id) MUST_USE;

struct export_bulk { /* texts in the arena */
    struct instant begun, ends;
    struct str request;
};
/* ERR_NOT_FOUND: not begun by this account, given up, or its time is over. */
enum err export_bulk_find(struct tx *tx, struct arena *arena, int64_t id, struct str by,
                          struct export_bulk *ret) MUST_USE;
/* Given up. ERR_NOT_FOUND as above. */
enum err export_bulk_end(struct tx *tx, int64_t id, struct str by) MUST_USE;

extern const char export_bulk_sql[]; /* of records_last_migrations */

#endif
