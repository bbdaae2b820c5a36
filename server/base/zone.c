#include "base/mem.h"
#include "base/zone_own.h"

/* No offset is as far from UTC as this (RFC 8536 §3.2: at most 25:59:59). */
#define OFFSET_S_MOST 93600

void zone_free(struct zone *z)
{
    if (!z) return;
    mem_free(z->times);
    mem_free(z->to);
    mem_free(z->offsets);
    mem_free(z);
}

static int64_t seconds_of(struct instant at)
{
    return (at.ms >= 0 ? at.ms : at.ms - 999) / 1000;
}

/* How many of the table's times are not after at_s. */
static uint32_t times_until(const struct zone *z, int64_t at_s)
{
    uint32_t low = 0, high = z->time_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (z->times[middle] <= at_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct zone_offset *offset_at(const struct zone *z, int64_t at_s)
{
    uint32_t n = times_until(z, at_s);
    if (n == z->time_count && z->has_rule) return zone_rule_offset(&z->rule, at_s);
    return &z->offsets[n == 0 ? 0 : z->to[n - 1]];
}

struct zone_offset zone_offset(const struct zone *z, struct instant at)
{
    return *offset_at(z, seconds_of(at));
}

struct wall zone_wall(const struct zone *z, struct instant at)
{
    int64_t at_s = seconds_of(at);
    return (struct wall){at_s + offset_at(z, at_s)->s};
}

/* The next turn of the table or the rule, though it may turn to what is there already. */
static bool next_turn(const struct zone *z, int64_t after_s, int64_t *ret_at_s,
                      const struct zone_offset **ret_offset)
{
    uint32_t n = times_until(z, after_s);
    if (n < z->time_count) {
        *ret_at_s = z->times[n];
        *ret_offset = n + 1 == z->time_count && z->has_rule ? zone_rule_offset(&z->rule, z->times[n])
                                                            : &z->offsets[z->to[n]];
        return true;
    }
    return z->has_rule && zone_rule_next(&z->rule, after_s, ret_at_s, ret_offset);
}

static bool is_same(const struct zone_offset *a, const struct zone_offset *b)
{
    return a->s == b->s && a->is_dst == b->is_dst && strcmp(a->name, b->name) == 0;
}

bool zone_next_change(const struct zone *z, struct instant after, struct zone_change *ret_change)
{
    enum { TURNS_MAX = 4096 }; /* more turns to nothing new in a row than any table and rule can hold */
    int64_t at_s = seconds_of(after);
    const struct zone_offset *before = offset_at(z, at_s), *now;
    for (int i = 0; i < TURNS_MAX && next_turn(z, at_s, &at_s, &now); i++)
        if (!is_same(before, now)) {
            *ret_change = (struct zone_change){{at_s * 1000}, *before, *now};
            return true;
        }
    return false;
}

/* Walks the stretches of equal offset around the wall time and asks each whether it shows that time. The last
 * stretch that began before its own wall reached w gives the answer when none does: that is the offset before
 * the gap. */
struct instant zone_instant(const struct zone *z, struct wall w, enum zone_fit *ret_fit)
{
    int64_t from_s = w.s - OFFSET_S_MOST, answer_s = 0, gap_s = 0;
    const struct zone_offset *here = offset_at(z, from_s), *next = NULL;
    int hits = 0;
    for (bool more = true; more && from_s <= w.s + OFFSET_S_MOST; here = next) {
        int64_t until_s = INT64_MAX, shown_s = w.s - here->s;
        more = next_turn(z, from_s, &until_s, &next);
        if (shown_s >= from_s && shown_s < until_s && hits++ == 0) answer_s = shown_s;
        if (more && until_s + here->s <= w.s && w.s < until_s + next->s) gap_s = shown_s;
        from_s = until_s;
    }
    if (ret_fit) *ret_fit = hits == 0 ? ZONE_NEVER : hits == 1 ? ZONE_ONCE : ZONE_TWICE;
    return (struct instant){(hits ? answer_s : gap_s) * 1000};
}
