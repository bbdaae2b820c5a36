/* oncall: a specialist now. Rings those on duty one after the other, so long each, round after round, until one
 * answers or nobody is left. Decide, persist, apply, as with appointments; time is the monotonic clock, so that a
 * jump of the wall clock neither cuts a ring short nor makes it endless. After a restart the desk begins again
 * with who was being rung.
 *
 * Whoever has been rung may still answer while the page runs, and even after it ended with nobody: the first yes
 * wins. Who declines is not rung again. Values; any thread. */
#ifndef SCHEDULER_ONCALL_H
#define SCHEDULER_ONCALL_H
#include "base/buf.h"
#include "base/err.h"
#include "scheduler/terms.h"

#define ONCALL_PEOPLE_MAX 32
#define ONCALL_ACTIONS_MAX 4

struct oncall_person {
    struct resource_id person;
    struct span duty;
    uint8_t priority;         /* lower first */
    struct instant last_rung; /* ms 0: never */
};
/* Who is on duty now, in the order to ring: by priority, then who has been left in peace longest. Writes and
 * returns at most ONCALL_PEOPLE_MAX. */
uint8_t oncall_order(const struct oncall_person *people, uint32_t count, struct instant now,
                     struct resource_id ret_order[ONCALL_PEOPLE_MAX]);

enum oncall_state { ONCALL_RINGING, ONCALL_ANSWERED, ONCALL_NOBODY, ONCALL_CANCELLED, ONCALL_STATES };
enum oncall_verb { ONCALL_DO_ANSWER, ONCALL_DO_DECLINE, ONCALL_DO_TICK, ONCALL_DO_CANCEL, ONCALL_VERBS };
enum oncall_no {
    ONCALL_YES,
    ONCALL_NO_TAKEN, /* another has answered */
    ONCALL_NO_OVER,
    ONCALL_NO_UNRUNG, /* has not been rung in this page */
    ONCALL_NO_EARLY,  /* the ring is not over */
    ONCALL_NOS
};
struct oncall_policy {
    uint32_t ring_ms;
    uint8_t rounds;
};
extern const struct oncall_policy oncall_default; /* 60 s, two rounds */

struct oncall {
    enum oncall_state state;
    uint8_t count, at, round;
    struct tick rung_at;
    struct resource_id people[ONCALL_PEOPLE_MAX];
    bool declined[ONCALL_PEOPLE_MAX];
    struct resource_id answered_by;
};
enum oncall_act { ONCALL_RING, ONCALL_STOP, ONCALL_CONNECT, ONCALL_ESCALATE };
struct oncall_change {
    struct oncall after;
    uint8_t action_count;
    struct {
        enum oncall_act act;
        struct resource_id person; /* not for ESCALATE */
    } actions[ONCALL_ACTIONS_MAX];
};

/* With nobody on duty the page is over as it begins, and escalated. */
void oncall_begin(const struct resource_id *order, uint8_t count, struct tick now,
                  struct oncall_change *ret_change);
enum oncall_no oncall_decide(const struct oncall_policy *p, const struct oncall *o, enum oncall_verb v,
                             struct resource_id person, struct tick now,
                             struct oncall_change *ret_change) MUST_USE;
struct tick oncall_next(const struct oncall_policy *p,
                        const struct oncall *o); /* while ringing: the next tick */
const char *oncall_state_text(enum oncall_state s);
const char *oncall_no_text(enum oncall_no n);
/* State x event, in Markdown. */
void oncall_table_write(struct buf *to);

#endif
