/* telling: what the patient is told of a consultation, in plain words by the clinic's doctor (workflow, step 15): a Communication that the
 * own record shows, and with it, if so decided, the opinion itself (records/release). Or it is decided that it is not told yet, and why; then
 * it can be told later. On the desk, but for is_decided. */
#ifndef DESK_TELLING_H
#define DESK_TELLING_H
#include "desk/opinion.h"

extern const struct migration telling_migrations[]; /* 439; ends with number 0 */

enum telling_answer { TELLING_DONE, TELLING_UNSIGNED, TELLING_TOLD };
/* with_opinion: the opinion is released too. ret: the Communication. */
enum err telling_give(struct tx *tx, struct record_reader *all, const struct opinion *o,
                      const struct opinion_by *by, struct str words, bool with_opinion,
                      struct record_head *ret, enum telling_answer *ret_answer) MUST_USE;
enum err telling_hold(struct tx *tx, const struct opinion *o, const struct opinion_by *by, struct str reason,
                      enum telling_answer *ret_answer) MUST_USE;

/* Of a Composition's row: told, or decided not to tell yet. */
enum err telling_is_decided(struct tx *tx, int64_t composition, bool *ret) MUST_USE;
/* "told": {"at","by","words","opinion"} | null, "held": {"at","by","reason"} | null into an open object. */
enum err telling_write(struct tx *tx, struct record_reader *all, const struct opinion *o,
                       struct json_out *to) MUST_USE;

#endif
