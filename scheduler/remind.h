/* remind: which reminders are due, each exactly once. Pure: what has been sent or passed over is state of the
 * store's; remind_due answers with new marks, and the desk persists them in the one transaction that also puts the
 * messages into the outbox. After a restart, or however the wall clock jumps, a mark that is there is not made
 * again, and only a reminder whose mark is made as REMIND_SEND goes out.
 *
 * A mark belongs to a person, a rule and a start: a booking that moves is reminded of anew. When several are due
 * at once (the server was down over two of them, or the clock went forward), only the last goes out and the others
 * are passed over; so is what was due before the time was booked, and everything once the meeting has begun. */
#ifndef SCHEDULER_REMIND_H
#define SCHEDULER_REMIND_H
#include "scheduler/appt.h"

#define REMIND_RULES_MAX 8
#define REMIND_MARKS_MAX (REMIND_RULES_MAX * APPT_SEATS_MAX)

struct remind_policy {
    uint8_t count;
    uint32_t before_min[REMIND_RULES_MAX]; /* each rule by its number; falling */
};
extern const struct remind_policy remind_default; /* a day, an hour, a quarter of an hour */

enum remind_fate { REMIND_SEND, REMIND_PASS };
struct remind_mark {
    struct resource_id person;
    struct instant start;
    uint8_t rule;
    enum remind_fate fate;
};

/* ERR_BAD_INPUT: no rule, too many, or not falling. */
enum err remind_check(const struct remind_policy *p) MUST_USE;
/* The marks to make now for this appointment; `marks` are those that have been made for it. booked_at is when it
 * became firm for the time it has. */
uint32_t remind_due(const struct remind_policy *p, const struct appt *a, struct instant booked_at,
                    const struct remind_mark *marks, uint32_t mark_count, struct instant now,
                    struct remind_mark ret_marks[REMIND_MARKS_MAX]);
/* When to look again; false: never for this time. */
bool remind_next(const struct remind_policy *p, const struct appt *a, struct instant now,
                 struct instant *ret_at);

#endif
