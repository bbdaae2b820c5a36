/* room_pass: the tokens that were given to WHIP sources and WHEP viewers, so that each can be taken back by itself. A token says all about
 * itself (desk/room_token) but this: whether it is still wanted. One that stands here no more, or never did, is not: a restored store
 * lets nobody in by a token it does not know. Functions run on the desk, room_pass_write on a reader too. */
#ifndef DESK_ROOM_PASS_H
#define DESK_ROOM_PASS_H
#include "base/json.h"
#include "desk/room_token.h"
#include "store/store.h"

/* Gives the token its id (t->session) and writes it down; those whose time is over are swept. */
enum err room_pass_add(struct tx *tx, struct room_token *t) MUST_USE;
enum err room_pass_is_good(struct tx *tx, struct str id, bool *ret_good) MUST_USE;
/* Void from now on. room empty: whichever it is for. ERR_NOT_FOUND: no such token, or void already. */
enum err room_pass_revoke(struct tx *tx, struct str room, struct str id) MUST_USE;
/* "tokens": […] into an open object: those that are good and name this room alone, newest first. */
enum err room_pass_write(struct tx *tx, struct str room, struct json_out *to) MUST_USE;

#endif
