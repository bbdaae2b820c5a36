/* clockwatch: whether the wall clock jumped (rule 23): it is compared with the machine's steady clock each second, and with the last row of the
 * trail at the start. A jump of a second or more is a row of the trail, "clock.jump" {"ms"}: who reads times later can tell which of
 * them to doubt. A clock that is drawn slowly to its source does not jump. */
#ifndef DESK_CLOCKWATCH_H
#define DESK_CLOCKWATCH_H
#include "desk/site.h"

#define CLOCKWATCH_JUMP_MS 1000

struct clockwatch;
struct clockwatch *clockwatch_new(struct site *site) MUST_USE; /* NULL: no memory */
void clockwatch_free(struct clockwatch *w);                    /* after the store is closed. NULL allowed */
void clockwatch_turn(struct clockwatch *w);                    /* the main thread, each second */

#endif
