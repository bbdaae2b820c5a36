/* follow_up: that a patient is seen again by a day (workflow, step 15): a Task of the clinic, due at the end of that day. Who did it says so; when
 * nobody has by then, it lapses by the clock, stands on top of Today, and can still be done.
 *
 *   accepted -> done (completed)            past its day: businessStatus lapsed, still accepted
 *
 * Reading on a reader or the desk; the rest on the desk. */
#ifndef DESK_FOLLOW_UP_H
#define DESK_FOLLOW_UP_H
#include "desk/opinion.h"

#define FOLLOW_UP_LIST_MAX 200

struct follow_up_start {
    struct str patient, encounter, words, due; /* due: "2026-12-03"; encounter may be empty */
    struct opinion_by by;
};
/* ERR_BAD_INPUT: due is no day, or before today. */
enum err follow_up_make(struct tx *tx, struct record_reader *all, const struct follow_up_start *start,
                        struct record_head *ret) MUST_USE;
/* ERR_NOT_FOUND: none that the asker may see; *ret_may false: it is over already. */
enum err follow_up_done(struct tx *tx, struct record_reader *who, struct record_reader *all, struct str id,
                        const struct opinion_by *by, struct str words, bool *ret_may,
                        struct record_head *ret) MUST_USE;
/* All of this patient's (an id) that are not over end, undone: the patient is not here any more; why: a code of custody's. ret_n: how
 * many. */
enum err follow_up_drop(struct tx *tx, struct record_reader *all, struct str patient, const char *why,
                        uint32_t *ret_n) MUST_USE;
/* "rows": [{"id","patient","visit","words","due","state"}] into an open object, those that are not over and that the asker may see, by day;
 * state: waiting, due (today), lapsed. */
enum err follow_up_write(struct tx *tx, struct record_reader *who, struct json_out *to) MUST_USE;
/* By the clock: those whose day is over. */
enum err follow_up_lapse(struct tx *tx, struct record_reader *all) MUST_USE;

#endif
