#include "scheduler/waitlist.h"

static struct triage_rank rank_of(const struct triage_policy *p, const struct waitlist_entry *e,
                                  struct instant now)
{
    return triage_rank(p, e->triage, e->since, now, e->request.n);
}

/* A heap of the order so far: with some thousands of entries insertion would be felt. */
static void sink(const struct triage_policy *p, const struct waitlist_entry *entries, struct instant now,
                 uint32_t *order, uint32_t at, uint32_t count)
{
    for (uint32_t child; (child = 2 * at + 1) < count; at = child) {
        struct triage_rank here = rank_of(p, &entries[order[at]], now), there;
        there = rank_of(p, &entries[order[child]], now);
        if (child + 1 < count) {
            struct triage_rank right = rank_of(p, &entries[order[child + 1]], now);
            if (triage_is_before(&there, &right)) there = right, child++;
        }
        if (!triage_is_before(&here, &there)) return;
        uint32_t t = order[at];
        order[at] = order[child];
        order[child] = t;
    }
}

void waitlist_order(const struct triage_policy *p, const struct waitlist_entry *entries, uint32_t count,
                    struct instant now, uint32_t *ret_order)
{
    for (uint32_t i = 0; i < count; i++)
        ret_order[i] = i;
    for (uint32_t i = count / 2; i-- > 0;)
        sink(p, entries, now, ret_order, i, count);
    for (uint32_t end = count; end-- > 1;) { /* the last of the order goes to the end */
        uint32_t t = ret_order[0];
        ret_order[0] = ret_order[end];
        ret_order[end] = t;
        sink(p, entries, now, ret_order, 0, end);
    }
}

static bool could_use(const struct waitlist_entry *e, struct span freed, struct instant now)
{
    int64_t from = freed.from.ms;
    if (e->earliest.ms > from) from = e->earliest.ms;
    if (now.ms > from) from = now.ms;
    return e->offered_until.ms <= now.ms && freed.until.ms - from >= e->duration_min * MINUTE_MS;
}

bool waitlist_pick(const struct triage_policy *p, const struct waitlist_entry *entries, uint32_t count,
                   struct span freed, struct instant now, uint32_t tries_max, waitlist_fits *fits, void *arg,
                   uint32_t *ret_entry, struct joint_proposal *ret_proposal)
{
    struct triage_rank tried = {0};
    for (uint32_t tries = 0; tries < tries_max; tries++) {
        struct triage_rank best = {0};
        uint32_t found = count;
        for (uint32_t i = 0; i < count; i++) {
            struct triage_rank r = rank_of(p, &entries[i], now);
            if (!could_use(&entries[i], freed, now) || (tries > 0 && !triage_is_before(&tried, &r))) continue;
            if (found == count || triage_is_before(&r, &best)) best = r, found = i;
        }
        if (found == count) return false;
        if (fits(arg, &entries[found], freed, ret_proposal)) {
            *ret_entry = found;
            return true;
        }
        tried = best;
    }
    return false;
}
