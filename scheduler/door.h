/* door: when who comes from outside may go into a booking's room: from a quarter of an hour before it begins until a while after it ends
 * (workflow.md 10, rule 7). Who works in the clinic may always. Pure; any thread. */
#ifndef SCHEDULER_DOOR_H
#define SCHEDULER_DOOR_H
#include "scheduler/terms.h"

#define DOOR_BEFORE_MIN 15
#define DOOR_GRACE_MIN 30

enum door { DOOR_OPEN, DOOR_EARLY, DOOR_LATE };

/* From when, and until when, for a booking of that time. */
struct span door_times(struct span booked);
/* times: as door_times gave. At its beginning it is open, at its end no more. */
enum door door_at(struct span times, struct instant now);

#endif
