/* epidemic_officer: which officers had a case in hand while it could be passed on, named by their accounts, for the clinic to speak with. They are
 * none of its patients: no record is made of them, and nobody of custody reads the list; what an officer learns is said to that officer alone.
 * A row of the store for each case and officer, renewed each time contacts are computed. On the desk; listing on a reader too. */
#ifndef DESK_EPIDEMIC_OFFICER_H
#define DESK_EPIDEMIC_OFFICER_H
#include "desk/epidemic.h"
#include "scheduler/contact.h"

extern const struct migration epidemic_officer_migrations[]; /* 760 */

/* reference: "Practitioner/x". Who was spoken with before stays so, unless they were together again since. */
enum err epidemic_officer_note(struct tx *tx, struct record_reader *server, int64_t record,
                               struct str reference, const struct contact *c) MUST_USE;
/* officer: a Practitioner's id. ERR_NOT_FOUND: none of this case; ERR_EXISTS: it was done. */
enum err epidemic_officer_spoken(struct tx *tx, int64_t record, struct str officer,
                                 struct str by_name) MUST_USE;
/* It was no case: those who were not spoken with need not be. */
enum err epidemic_officer_drop(struct tx *tx, int64_t record) MUST_USE;
/* "officers": [{of, id, account, name, minutes, days, last, spoken, by}] of cases that are open, and whoever has not been spoken with, into
 * an open object; the longest together first. account: empty, who has none. */
enum err epidemic_write_officers(struct tx *tx, struct record_reader *server, struct json_out *to) MUST_USE;

#endif
