/* triage: how urgent a request is, by when it should be met, and how waiting moves it up. Values; any thread.
 *
 * Each class has a target. Who has waited past it counts as one class higher, and after that class's target as
 * another one higher, but never as an emergency, which only people declare. Within a class the earlier target
 * goes first. So of two of one class the older is always ahead, and everybody passes, after a time that can be
 * stated, all who come later but emergencies: nobody starves.
 *
 *   routine  | 14 days | counts as soon | 3 days | counts as urgent, with a target long past ...
 *
 * Targets are settings of the site; the defaults are triage_default. */
#ifndef SCHEDULER_TRIAGE_H
#define SCHEDULER_TRIAGE_H
#include "scheduler/joint.h"
#include "scheduler/terms.h"

enum triage { TRIAGE_EMERGENCY, TRIAGE_URGENT, TRIAGE_SOON, TRIAGE_ROUTINE, TRIAGES };

struct triage_class {
    uint32_t target_min;
    struct joint_weights weights; /* what a search for it minds */
};
struct triage_policy {
    struct triage_class classes[TRIAGES];
};
extern const struct triage_policy triage_default;

const char *triage_text(enum triage t);
/* ERR_BAD_INPUT: a target of nothing or more than 400 days, or a class whose target is not longer than that of
 * the class above it. */
enum err triage_check(const struct triage_policy *p) MUST_USE;

struct instant triage_target(const struct triage_policy *p, enum triage t, struct instant since);
/* What it counts as now. */
enum triage triage_aged(const struct triage_policy *p, enum triage t, struct instant since,
                        struct instant now);

struct triage_rank {
    enum triage aged;
    struct instant target, since;
    uint64_t id; /* so that no two are equal */
};
struct triage_rank triage_rank(const struct triage_policy *p, enum triage t, struct instant since,
                               struct instant now, uint64_t id);
bool triage_is_before(const struct triage_rank *a, const struct triage_rank *b);

#endif
