/* visit_grant: what specialists see of a visit, and when: each seat that is booked is a grant (records/grant) for that person and this
 * encounter, from a quarter of an hour before on, with what is attached. A seat, a time or a booking that is given up takes it back. On the
 * desk. */
#ifndef DESK_VISIT_GRANT_H
#define DESK_VISIT_GRANT_H
#include "desk/schedule.h"
#include "desk/visit.h"

/* The grants of whoever had or has a seat, as the booking now stands. before: as it was. */
enum err visit_grant_follow(struct schedule *s, const struct visit *v, const struct booking *before,
                            const struct booking *b) MUST_USE;
/* All that end: of every specialist who was let into this visit. */
enum err visit_grant_end_all(struct schedule *s, const struct visit *v) MUST_USE;
/* What is attached to the request now is open to whoever has a grant. */
enum err visit_grant_attach(struct tx *tx, struct record_reader *server, const struct visit *v) MUST_USE;
/* Rows of what a specialist is given: the request, its attached set, what was asked and answered before; in the arena. */
enum err visit_grant_rows(struct tx *tx, struct record_reader *server, const struct visit *v,
                          struct record_head **ret, uint32_t *ret_n) MUST_USE;

#endif
