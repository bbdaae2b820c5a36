/* ticker: what happens by the clock alone: to bookings holds, answers and repairs that are over, reminders; to work whose hour has passed,
 * that it is told (desk/escalate); signs of what spreads are counted (desk/epidemic_watch). One job at the desk at a time,
 * asked for by the main thread; it may come late or twice, or the wall clock may jump: what has been done stands in the store. */
#ifndef DESK_TICKER_H
#define DESK_TICKER_H
#include "desk/site.h"

struct ticker;
struct ticker *ticker_new(struct site *site) MUST_USE; /* NULL: no memory */
/* After the store is closed. NULL allowed. */
void ticker_free(struct ticker *t);
/* Posts a look, unless one is out. The main thread, each second. */
void ticker_turn(struct ticker *t);

#endif
