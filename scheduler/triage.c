#include "scheduler/triage.h"

/* A stranger costs a routine request two days of waiting, a soon one six hours, an urgent one an hour; a minute
 * booked already costs a routine one a minute. For emergencies only time and what is displaced count. */
const struct triage_policy triage_default = {{
    [TRIAGE_EMERGENCY] = {10, {.wait = 1000, .late = 10000, .penalty = 1}},
    [TRIAGE_URGENT] = {24 * 60, {.wait = 20, .late = 100, .stranger = 1200, .load = 1, .penalty = 1}},
    [TRIAGE_SOON] = {3 * 24 * 60, {.wait = 4, .late = 20, .stranger = 1440, .load = 1, .penalty = 1}},
    [TRIAGE_ROUTINE] = {14 * 24 * 60, {.wait = 1, .late = 5, .stranger = 2880, .load = 1, .penalty = 1}},
}};

static const char *const texts[TRIAGES] = {"emergency", "urgent", "soon", "routine"};

const char *triage_text(enum triage t)
{
    ASSERT(t < TRIAGES);
    return texts[t];
}

enum err triage_check(const struct triage_policy *p)
{
    for (int t = 0; t < TRIAGES; t++) {
        uint32_t target = p->classes[t].target_min;
        if (target == 0 || target > 400 * 24 * 60) return ERR_BAD_INPUT;
        if (t > 0 && target <= p->classes[t - 1].target_min) return ERR_BAD_INPUT;
    }
    return OK;
}

struct instant triage_target(const struct triage_policy *p, enum triage t, struct instant since)
{
    ASSERT(t < TRIAGES);
    return instant_add(since, p->classes[t].target_min * MINUTE_MS);
}

enum triage triage_aged(const struct triage_policy *p, enum triage t, struct instant since,
                        struct instant now)
{
    struct instant missed = triage_target(p, t, since);
    while (t > TRIAGE_URGENT && now.ms >= missed.ms)
        missed = triage_target(p, --t, missed);
    return t;
}

struct triage_rank triage_rank(const struct triage_policy *p, enum triage t, struct instant since,
                               struct instant now, uint64_t id)
{
    return (struct triage_rank){triage_aged(p, t, since, now), triage_target(p, t, since), since, id};
}

bool triage_is_before(const struct triage_rank *a, const struct triage_rank *b)
{
    if (a->aged != b->aged) return a->aged < b->aged;
    if (a->target.ms != b->target.ms) return a->target.ms < b->target.ms;
    if (a->since.ms != b->since.ms) return a->since.ms < b->since.ms;
    return a->id < b->id;
}
