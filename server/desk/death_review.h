/* death_review: a death in custody is looked into by a privacy officer (workflow, step 17): desk/consequence puts it down when the record
 * closes; here an officer opens the review and closes it with a remark. A death that was taken back leaves its review, to be closed too.
 *
 *   waits -> opened (by whom) -> closed (by whom, with a remark)
 *
 * Names nobody: a patient is the id of its Patient, as the officer knows it elsewhere. Listing on a reader, the rest on the desk. */
#ifndef DESK_DEATH_REVIEW_H
#define DESK_DEATH_REVIEW_H
#include "base/json.h"
#include "records/record.h"

#define DEATH_REMARK_BYTES_MAX 4000
#define DEATH_LIST_MAX 200

/* {"id", "patient", "since", "made", "opened", "opened_by", "closed", "closed_by", "remark"} each, into an open array: those that are not
 * closed first, the newest first. */
enum err death_review_list(struct tx *tx, struct json_out *to) MUST_USE;
/* One, as the list writes it; ret_since: when the death was. ERR_NOT_FOUND. */
enum err death_review_one(struct tx *tx, int64_t patient, struct json_out *to,
                          struct instant *ret_since) MUST_USE;
/* by: an account's id. ERR_NOT_FOUND: none; ERR_EXISTS: opened, or closed, before. Closing opens too. */
enum err death_review_open(struct tx *tx, int64_t patient, struct str by) MUST_USE;
enum err death_review_close(struct tx *tx, int64_t patient, struct str by, struct str remark) MUST_USE;

#endif
