/* room_book: what of rooms outlives the server: which there are, who may enter, and the key of their tokens. Who is in one now is
 * not written down (desk/room). Functions that take a struct tx run on a reader (find, list) or the desk. */
#ifndef DESK_ROOM_BOOK_H
#define DESK_ROOM_BOOK_H
#include "auth/role.h"
#include "base/arena.h"
#include "base/json.h"
#include "desk/room_token.h"
#include "store/store.h"

#define ROOM_TITLE_BYTES_MAX 120
#define ROOM_MEMBERS_MAX 50
#define ROOM_LIST_MAX 100
#define ROOM_PEOPLE_MAX 500

extern const struct migration room_migrations[]; /* numbers 100 - 119 */

/* Whose world takes part in calls: clinical, and the detainee. No custody account has a media role. */
bool room_world_may(struct role_set roles);

/* Strings live in the arena. */
struct room_entry {
    struct str id, title;
    struct instant created, closed; /* closed 0: open */
    bool is_member, is_host;        /* the asker */
};

/* The secret that signs tokens; made when there is none yet and tx->may_write. ERR_NOT_FOUND. */
enum err room_book_key(struct tx *tx, uint8_t ret_key[ROOM_KEY_BYTES]) MUST_USE;
enum err room_book_make(struct tx *tx, struct str title, struct str maker,
                        char ret_id[ROOM_ID_MAX + 1]) MUST_USE;
/* ERR_NOT_FOUND: no such room. account may be empty. */
enum err room_book_find(struct tx *tx, struct arena *arena, struct str id, struct str account,
                        struct room_entry *ret) MUST_USE;
enum err room_book_close(struct tx *tx, struct str id) MUST_USE;
/* Adds, or changes what the member is. ERR_LIMIT; ERR_BAD_INPUT: no account that may be one; ERR_DENIED: the last host. */
enum err room_book_put_member(struct tx *tx, struct arena *arena, struct str id, struct str account,
                              bool is_host) MUST_USE;
/* ERR_NOT_FOUND; ERR_DENIED: the last host. */
enum err room_book_remove_member(struct tx *tx, struct str id, struct str account) MUST_USE;
/* "members": […] into an open object. */
enum err room_book_write_members(struct tx *tx, struct arena *arena, struct str id,
                                 struct json_out *to) MUST_USE;
/* Their accounts, at most `most`; in the arena. */
enum err room_book_members(struct tx *tx, struct arena *arena, struct str id, uint32_t most, struct str **ret,
                           uint32_t *ret_n) MUST_USE;
/* "people": […] into an open object: accounts that may be members, by name, at most ROOM_PEOPLE_MAX. */
enum err room_book_write_people(struct tx *tx, struct arena *arena, struct json_out *to) MUST_USE;
/* Calls each for the open rooms of a member, newest first, at most ROOM_LIST_MAX. */
enum err room_book_each(struct tx *tx, struct str account,
                        void (*each)(void *ctx, const struct room_entry *entry), void *ctx) MUST_USE;

#endif
