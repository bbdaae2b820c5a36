/* schedule_door: whether somebody may go into a booking's video room now (scheduler/door). Reads what schedule_room wrote; on the desk or a
 * reader. */
#ifndef DESK_SCHEDULE_DOOR_H
#define DESK_SCHEDULE_DOOR_H
#include "auth/role.h"
#include "scheduler/door.h"
#include "store/store.h"

/* DOOR_OPEN for a room that is no booking's, and for whoever works in the clinic. ret_opens: when it opens, of DOOR_EARLY. */
enum err schedule_door(struct tx *tx, struct str room, struct role_set roles, enum door *ret,
                       struct instant *ret_opens) MUST_USE;

#endif
