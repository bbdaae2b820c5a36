/* sim: plays the registry of an invented centre: a day of its events (desk/demo_day), through one of the three doors that a site has for it, from
 * outside, as a registry of another maker does. Nobody in it is real. Main thread; blocks until the day is told.
 *
 * Sources of what is spoken: registry/tell, registry/mllp, docs/PROTOCOL §19. */
#ifndef APP_SIM_H
#define APP_SIM_H
#include "base/buf.h"

/* request: command's line. *answer gets {"ok":true,"exit":…,"result":{"events","taken","refused"}}: exit 1 when one was refused. taken: answered
 * AA; in a file, or in an answer that was followed by the next question. ERR_BAD_INPUT: the options; else the door failed; ret_why says what. */
enum err sim_run(struct str request, struct buf *answer, char ret_why[256]) MUST_USE;

#endif
