/* release: what a doctor has released to the patient (workflow, step 15). Final records never change, so that it stands beside them;
 * it is for ever. find on a reader or the desk, give on the desk. */
#ifndef RECORDS_RELEASE_H
#define RECORDS_RELEASE_H
#include "records/merge.h"

#define RELEASES_LOADED_MAX 8192 /* of one patient, newest first */

/* ERR_EXISTS: it was released before. */
enum err release_give(struct tx *tx, const struct record_head *head, struct str by) MUST_USE;
/* When and by whom (display, in the arena); ret_at 0: it was not. */
enum err release_find(struct tx *tx, struct arena *arena, int64_t row, struct instant *ret_at,
                      struct str *ret_by) MUST_USE;
/* The rows released to patients that are one person, ascending, in the arena. */
enum err release_rows(struct tx *tx, struct arena *arena, const struct merge_rows *patients,
                      const int64_t **ret_rows, uint32_t *ret_n) MUST_USE;

#endif
