/* terms: the ids and the stretch of time that all of scheduler/ speaks in. Values; any thread.
 *
 * Ids are the desk's numbers for FHIR resources; a struct for each kind, so that mixing them does not compile.
 * 0 is nobody and nothing. A resource is whoever or whatever can be in one place at a time only: a person, a
 * room, a device, an escort team, the detainee. */
#ifndef SCHEDULER_TERMS_H
#define SCHEDULER_TERMS_H
#include "base/clock.h"

struct resource_id {
    uint64_t n;
};
struct appt_id {
    uint64_t n;
};
struct request_id {
    uint64_t n;
};

/* [from, until) */
struct span {
    struct instant from, until;
};

static inline struct instant instant_add(struct instant at, int64_t ms)
{
    return (struct instant){at.ms + ms};
}
static inline bool span_meets(struct span a, struct span b)
{
    return a.from.ms < b.until.ms && b.from.ms < a.until.ms;
}
static inline bool span_holds(struct span outer, struct span inner)
{
    return outer.from.ms <= inner.from.ms && inner.until.ms <= outer.until.ms;
}

#define MINUTE_MS INT64_C(60000)
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)

#endif
