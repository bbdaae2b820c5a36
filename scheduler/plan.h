/* plan: who is taken when. For each resource the claims of bookings and holds on its time, sorted, never two at
 * once: plan_put asserts it, the store's exclusion stands behind it. The desk keeps one plan in memory, filled
 * from the store at start; it decides by plan_meets, persists, and then puts and drops, which cannot fail once
 * plan_reserve has made room. One thread (the desk's).
 *
 * A hold's claim carries the instant it expires. An expired claim still stands until its appointment has been
 * moved to `expired` and dropped; plan_meets shows it, so that whoever wants the time expires it first. */
#ifndef SCHEDULER_PLAN_H
#define SCHEDULER_PLAN_H
#include "base/err.h"
#include "scheduler/grid.h"
#include "scheduler/terms.h"

struct plan;

struct plan_claim {
    struct resource_id resource;
    struct appt_id appt;
    struct span span;
    struct instant expires; /* ms 0: firm */
};

struct plan *plan_new(uint32_t claims_max) MUST_USE;
void plan_free(struct plan *p);

/* The claims on the resource that meet the span, in time order, but those of `except` (0: none left out). Writes
 * at most claims_max of them and returns how many there are. */
uint32_t plan_meets(const struct plan *p, struct resource_id resource, struct span span,
                    struct appt_id except, struct plan_claim *ret_claims, uint32_t claims_max);
bool plan_is_free(const struct plan *p, struct resource_id resource, struct span span, struct appt_id except);
/* Room for these claims; ERR_LIMIT when the plan would hold more than its maximum, ERR_NOMEM. */
enum err plan_reserve(struct plan *p, const struct plan_claim *claims, uint32_t count) MUST_USE;
/* Cannot fail after plan_reserve of the same claims. Two claims that meet are a bug. */
void plan_put(struct plan *p, const struct plan_claim *claims, uint32_t count);
/* Takes all claims of the appointment off the resource; returns how many there were. */
uint32_t plan_drop(struct plan *p, struct resource_id resource, struct appt_id appt);
/* A hold becomes firm, or its end moves. */
void plan_keep_until(struct plan *p, struct resource_id resource, struct appt_id appt,
                     struct instant expires);

uint32_t plan_count(const struct plan *p);
/* Clears the steps that are taken, but for the claims of `except`. */
void plan_mark_busy(const struct plan *p, struct resource_id resource, const struct grid *g,
                    struct appt_id except, uint64_t *bits);

#endif
