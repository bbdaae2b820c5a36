/* grant: one person's way into one encounter, with start, end and what is attached (rules 7, 8), and the loading of all that the guard
 * decides from. A grant is for one account and cannot be passed on; nothing of it is changed but its end, and that only towards the
 * past. load on a reader or the desk; the rest on the desk. */
#ifndef RECORDS_GRANT_H
#define RECORDS_GRANT_H
#include "base/arena.h"
#include "records/guard.h"

#define GRANTS_LOADED_MAX 256   /* live ones of one account */
#define GRANT_RECORDS_MAX 2000  /* attached to one */
#define GRANT_BOOKINGS_MAX 4096 /* own appointments, newest first */

struct grant_start {
    struct str account, given_by;
    int64_t patient, encounter;
    struct instant from, to; /* to 0: open until it is signed */
    uint32_t labels;
};
/* ERR_BAD_INPUT: no such account, or it ends before it starts. */
enum err grant_give(struct tx *tx, const struct grant_start *start, int64_t *ret_id) MUST_USE;
/* Attaching twice is no error; is_written: made by the person under this grant. ERR_NOT_FOUND, ERR_LIMIT. */
enum err grant_attach(struct tx *tx, int64_t id, int64_t record, bool is_written) MUST_USE;
/* Ends it now. ret_account: whose streams and viewers end (in the arena). ERR_NOT_FOUND: none, or ended already. */
enum err grant_revoke(struct tx *tx, struct arena *arena, int64_t id, struct str by,
                      struct str *ret_account) MUST_USE;
/* Everything is signed: the encounter's grants of this account end in 72 hours, or earlier if they would. */
enum err grant_note_signed(struct tx *tx, struct str account, int64_t encounter) MUST_USE;
/* The live grant of the account for the encounter: ERR_NOT_FOUND. */
enum err grant_live(struct tx *tx, struct str account, int64_t encounter, int64_t *ret_id) MUST_USE;

/* Fills the guard for one request, in the arena. */
enum err grant_load(struct tx *tx, struct arena *arena, struct str account, struct role_set roles,
                    struct guard *ret) MUST_USE;

#endif
