/* visit_guest: the waiting room before a visit's call: who from outside waits, whom the clinic has let in, and the door of the room, which
 * asks here each time somebody comes (rule 15). Until the patient's consent on camera stands and the clinic has let that one person in, no
 * outsider gets past it, not by a token and not by the way back either. Door and reading on a reader or the desk, the rest on the desk. */
#ifndef DESK_VISIT_GUEST_H
#define DESK_VISIT_GUEST_H
#include "desk/schedule_door.h"
#include "desk/visit_consent.h"

enum visit_door {
    VISIT_DOOR_OPEN,
    VISIT_DOOR_EARLY, /* before its time: ret_opens */
    VISIT_DOOR_LATE,
    VISIT_DOOR_WAITING, /* not let in yet */
    VISIT_DOOR_CONSENT  /* the patient has not said yes, or no longer says so */
};
const char *visit_door_text(enum visit_door door); /* "room_early", "room_waiting" …; NULL: open */
/* Open to the clinic, and for a room that is no visit's. is_back: by a resume text, whose time was asked when it came first. */
enum err visit_door(struct tx *tx, struct record_reader *server, struct str room, struct str account,
                    struct role_set roles, bool is_back, enum visit_door *ret,
                    struct instant *ret_opens) MUST_USE;
/* May a viewer by a token see what is in the room: only once consent stands. */
enum err visit_door_of_viewers(struct tx *tx, struct record_reader *server, struct str room,
                               enum visit_door *ret) MUST_USE;
bool visit_is_outsider(
    struct role_set roles); /* comes from outside: a specialist or interpreter, and not of the clinic */

/* Waits from now on; again is no error. */
enum err visit_guest_wait(struct tx *tx, const struct visit *v, struct str account) MUST_USE;
enum err visit_guest_admit(struct tx *tx, const struct visit *v, struct str account, struct str by) MUST_USE;
/* Nobody is let in any more, and nobody waits: who was in has left, and says so anew. */
enum err visit_guest_forget(struct tx *tx, const struct visit *v) MUST_USE;
/* "guests": [{"account", "name", "roles", "waits", "admitted"}] into an open object. */
enum err visit_guest_write(struct tx *tx, struct arena *arena, const struct visit *v,
                           struct json_out *to) MUST_USE;
enum err visit_guest_of(struct tx *tx, const struct visit *v, struct str account, bool *ret_waits,
                        bool *ret_admitted) MUST_USE;
/* Everybody who may meet in the visit's room, as the book has them: to be named to the patient. */
enum err visit_guest_people(struct tx *tx, struct arena *arena, const struct visit *v,
                            struct visit_person *ret, uint8_t *ret_n) MUST_USE;

#endif
