/* grant: one person's way into one encounter, with start, end and what is attached (rules 7, 8), and the loading of all that the guard
 * decides from. A grant is for one account and cannot be passed on; nothing of it is changed but its end, and that only towards the
 * past: a longer one is a grant of its own that goes on from it. load, list and own on a reader or the desk; the rest on the desk. */
#ifndef RECORDS_GRANT_H
#define RECORDS_GRANT_H
#include "base/arena.h"
#include "base/json.h"
#include "records/guard.h"

#define GRANTS_LOADED_MAX 256   /* live ones of one account */
#define GRANT_RECORDS_MAX 2000  /* attached to one */
#define GRANT_BOOKINGS_MAX 4096 /* own appointments, newest first */
#define GRANT_TASKS_MAX 1024    /* assigned to one escort, newest first */
#define GRANT_LIST_MAX 200      /* told of one patient */

struct grant_start {
    struct str account, given_by;
    int64_t patient, encounter;
    struct instant from, to; /* to 0: open until it is signed */
    uint32_t labels;
    struct str room; /* of the consultation, desk/room_book's; at NULL: none */
};
/* ERR_BAD_INPUT: no such account, or it ends before it starts. */
enum err grant_give(struct tx *tx, const struct grant_start *start, int64_t *ret_id) MUST_USE;
/* Attaching twice is no error; is_written: made by the person under this grant. ERR_NOT_FOUND, ERR_LIMIT. */
enum err grant_attach(struct tx *tx, int64_t id, int64_t record, bool is_written) MUST_USE;
/* What the same person wrote under earlier grants for the same encounter is there under this one too. ERR_LIMIT. */
enum err grant_carry(struct tx *tx, int64_t id) MUST_USE;
/* To every grant of the encounter that has not ended, begun or not; full ones are passed over. */
enum err grant_attach_all(struct tx *tx, int64_t encounter, int64_t record) MUST_USE;
/* The same way in, from now on until `to`: a new grant with what is attached to the old one, which ends when it would. ERR_NOT_FOUND:
 * none that lives; ERR_BAD_INPUT: it would not be longer. */
enum err grant_extend(struct tx *tx, int64_t id, struct instant to, struct str by, int64_t *ret_id) MUST_USE;

/* Whose viewers and streams end, of which encounter; texts in the arena. */
struct grant_end {
    int64_t id;
    struct str account, room; /* room at NULL: none */
    struct str patient, encounter;
};
/* Ends it now, and with it every grant of the same person for the same encounter. ERR_NOT_FOUND: none, or ended already. */
enum err grant_revoke(struct tx *tx, struct arena *arena, int64_t id, struct str by,
                      struct grant_end *ret) MUST_USE;
/* The numbers of all of the account that have not ended, begun or not; in the arena. */
enum err grant_open_of(struct tx *tx, struct arena *arena, struct str account, int64_t **ret_ids,
                       uint32_t *ret_n) MUST_USE;
/* Of one encounter, those that have not ended, begun or not, oldest first; in the arena. */
struct grant_open {
    int64_t id;
    struct str account;
    struct instant from;
};
enum err grant_open_to(struct tx *tx, struct arena *arena, int64_t encounter, struct grant_open **ret,
                       uint32_t *ret_n) MUST_USE;
/* Of one patient (a row), those that have not ended, begun or not, oldest first; in the arena. account: who gave it. */
enum err grant_open_about(struct tx *tx, struct arena *arena, int64_t patient, struct grant_open **ret,
                          uint32_t *ret_n) MUST_USE;
/* Those that ended by themselves after `since`, until tx->now, and whose person has no other way into the encounter; ret has room for
 * most. */
enum err grant_ended(struct tx *tx, struct arena *arena, struct instant since, struct grant_end *ret,
                     uint32_t most, uint32_t *ret_n) MUST_USE;
/* {"id","account":{…},"encounter","starts","ends","given","given_by":{…},"signed","revoked","room","attached":[…]} of a patient, newest
 * first; starts as agreed, without the quarter of an hour before. */
enum err grant_list(struct tx *tx, int64_t patient, struct json_out *to) MUST_USE;
/* The person's own that live: {"id","patient","encounter","starts","ends","signed","room"}, newest first. */
enum err grant_own(struct tx *tx, struct str account, struct json_out *to) MUST_USE;
/* Everything is signed: the encounter's grants of this account end in 72 hours, or earlier if they would. */
enum err grant_note_signed(struct tx *tx, struct str account, int64_t encounter) MUST_USE;
/* Whose grants for the encounter have not ended, begun or not, each once, and who gave them: accounts in the arena. */
#define GRANT_PEOPLE_MAX 32
struct grant_person {
    struct str account, display, given_by;
};
enum err grant_people(struct tx *tx, struct arena *arena, int64_t encounter,
                      struct grant_person ret[GRANT_PEOPLE_MAX], uint32_t *ret_n) MUST_USE;
/* The live grant of the account for the encounter: ERR_NOT_FOUND. */
enum err grant_live(struct tx *tx, struct str account, int64_t encounter, int64_t *ret_id) MUST_USE;

/* Fills the guard for one request, in the arena. */
/* The guard of the person concerned, whether or not they have an account: what a copy of the own record holds. */
enum err grant_of_patient(struct tx *tx, struct arena *arena, int64_t patient, struct guard *ret) MUST_USE;
enum err grant_load(struct tx *tx, struct arena *arena, struct str account, struct role_set roles,
                    struct guard *ret) MUST_USE;

#endif
