/* plan_house: the demo's site on a fake clock, and jobs on its plan one after the other, for the tests of bookings and of what stands around
 * them. No threads. */
#ifndef TESTS_UNIT_DESK_PLAN_HOUSE_H
#define TESTS_UNIT_DESK_PLAN_HOUSE_H
#include "desk/schedule.h"
#include "desk/site.h"

#define MONDAY_MS INT64_C(1795996800000) /* 2026-11-30T00:00:00Z: eight o'clock there */

extern struct site site;

void open_store(bool create);
void close_store(void);
void fill(void); /* opens a new store with the demo, on that Monday, with nothing booked from then on */

/* One job at the desk. */
struct turn {
    struct job job; /* first */
    struct schedule s;
    enum err (*f)(struct turn *t);
    struct str id; /* of the booking that is meant */
    char kept[80];
    struct schedule_answer answer;
    int64_t n;
    const char *word;
    struct instant start;
};
/* Runs f as a job that must succeed; the id of the booking that it answered with is kept. */
void turn(struct turn *t, enum err (*f)(struct turn *t));
/* The same for a job that ends with ERR_DENIED, so that nothing of it is kept. */
void turn_refused(struct turn *t, enum err (*f)(struct turn *t));

/* A booking of a specialist, the clinic's doctor and a video room at the first time that is found from `start` on: held, or asked (n). */
enum err begin(struct turn *t);
enum err look(struct turn *t);
enum err accept_all(struct turn *t);
enum appt_state state(struct turn *t);
void ticks(void);
int64_t messages(const char *kind);
int64_t messages_of(const struct turn *t, const char *kind); /* of that turn's booking alone */
int64_t claims(void);

#endif
