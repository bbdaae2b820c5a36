/* invitation: the one-time link by which a specialist of an outside hospital comes in: the scheduling admin says who is meant and where
 * from; the link opens once, within its days, and makes the account. The store keeps the hash of the secret alone.
 *
 * find_open on a reader or the desk; the rest on the desk. Texts live in the arena. */
#ifndef DESK_INVITATION_H
#define DESK_INVITATION_H
#include "base/arena.h"
#include "base/json.h"
#include "store/store.h"

#define INVITATION_SECRET_BYTES 24
#define INVITATION_TEXT STR_BASE64_BYTES(INVITATION_SECRET_BYTES)
#define INVITATION_DAYS_MAX 30

extern const char invitation_sql[]; /* of standing_migrations */

struct invitation {
    int64_t id;
    struct str name, hospital, specialty, title; /* as desk/standing */
    struct instant made, ends;
};
/* id, made and ends are the function's to set. */
enum err invitation_make(struct tx *tx, const struct invitation *of, struct str by, int days,
                         struct invitation *ret, char ret_secret[INVITATION_TEXT]) MUST_USE;
/* ERR_NOT_FOUND: none such, used, withdrawn or over. */
enum err invitation_find_open(struct tx *tx, struct arena *arena, struct str secret,
                              struct invitation *ret) MUST_USE;
/* Once: ERR_NOT_FOUND when somebody did before. */
enum err invitation_use(struct tx *tx, int64_t id, struct str account) MUST_USE;
enum err invitation_withdraw(struct tx *tx, int64_t id) MUST_USE; /* ERR_NOT_FOUND: not open any more */
/* {"id","name","hospital","specialty","title","made","by","ends","state"} into an open array, newest first, 200 at most. state: "open",
 * "used", "withdrawn", "over". */
enum err invitation_list(struct tx *tx, struct json_out *to) MUST_USE;

#endif
