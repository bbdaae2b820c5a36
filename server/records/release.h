/* release: what was released to the patient (workflow, step 15): by a doctor, or of results by the clock, when nobody has held them back.
 * Final records never change, so that it stands beside them; it is for ever. find on a reader or the desk, the rest on the desk. */
#ifndef RECORDS_RELEASE_H
#define RECORDS_RELEASE_H
#include "records/merge.h"

#define RELEASES_LOADED_MAX 8192 /* of one patient, newest first */

/* ERR_EXISTS: it was released before. */
enum err release_give(struct tx *tx, const struct record_head *head, struct str by) MUST_USE;
/* Not by the clock: a doctor will say when. Once more is no fault. ERR_EXISTS: it was released before. */
enum err release_hold(struct tx *tx, const struct record_head *head, struct str by,
                      struct str reason) MUST_USE;
/* Results (Observation, DiagnosticReport) that have been final for after_ms, carry no label of secrecy and are not held back: released now.
 * Looks at what was written since it looked last, at most RELEASE_LOOK_MAX versions; ret: those released, in the arena. What was
 * there before it ever looked is a doctor's to release. */
#define RELEASE_LOOK_MAX 256
enum err release_by_clock(struct tx *tx, struct arena *arena, int64_t after_ms,
                          struct record_head ret[RELEASE_LOOK_MAX], uint32_t *ret_n) MUST_USE;
/* When and by whom (display, in the arena; at NULL: the clock); ret_at 0: it was not. */
enum err release_find(struct tx *tx, struct arena *arena, int64_t row, struct instant *ret_at,
                      struct str *ret_by) MUST_USE;
/* How it stands with each record of patients that are one person that was released or is held back; the newest first, in the arena. */
#define RELEASE_STATES_MAX 2000
struct release_state {
    int64_t row;
    struct instant released, held; /* 0: it is not */
    struct str by;                 /* display: who released it (at NULL: the clock), or holds it back */
    struct str reason;             /* of holding it back */
};
enum err release_states(struct tx *tx, struct arena *arena, const struct merge_rows *patients,
                        struct release_state **ret, uint32_t *ret_n) MUST_USE;
/* How many were released since the person last looked (release_looked), and the look. patients: the own rows. */
enum err release_news(struct tx *tx, const struct merge_rows *patients, int64_t *ret_n) MUST_USE;
enum err release_looked(struct tx *tx, const struct merge_rows *patients) MUST_USE;
/* The rows released to patients that are one person, ascending, in the arena. */
enum err release_rows(struct tx *tx, struct arena *arena, const struct merge_rows *patients,
                      const int64_t **ret_rows, uint32_t *ret_n) MUST_USE;

#endif
