#include "scheduler/series.h"
#include "base/mem.h"
#include <string.h>

struct date series_due(const struct series *s, uint8_t nth)
{
    if (s->unit == SERIES_MONTHS) return date_add_months(s->first, s->every * nth);
    return date_add(s->first, 7 * s->every * nth);
}

static bool is_right(const struct series *s)
{
    int tolerance_most = s->unit == SERIES_MONTHS ? 13 : (7 * s->every - 1) / 2;
    return s->count >= 1 && s->count <= SERIES_MAX && s->every >= 1 && s->every <= 26 &&
           s->tolerance_days <= tolerance_most && s->at_min < 1440;
}

struct run {
    struct joint *j;
    struct joint_ask ask;
    struct joint_resource *resources; /* our own, as ties change on the way */
    const struct series *series;
    const struct zone *zone;
    const struct calendar *calendar;
};

/* The steps of a local day; false when the grid does not hold all of it. */
static bool day_steps(const struct run *r, struct date d, uint32_t *ret_first, uint32_t *ret_last)
{
    int64_t first = grid_ceil(r->ask.grid, zone_instant(r->zone, wall_of(d, 0), NULL));
    int64_t last = grid_floor(r->ask.grid, zone_instant(r->zone, wall_of(date_add(d, 1), 0), NULL));
    if (first < 0 || last > (int64_t)r->ask.grid->steps) return false;
    *ret_first = (uint32_t)first;
    *ret_last = (uint32_t)last;
    return true;
}

static enum err try_day(struct run *r, struct date d, struct series_occurrence *o)
{
    struct joint_answer answer;
    if (!r->series->any_day && !day_is_worked(calendar_kind(r->calendar, d))) return OK;
    if (!day_steps(r, d, &r->ask.first, &r->ask.last)) return OK;
    int64_t wanted = grid_floor(r->ask.grid, zone_instant(r->zone, wall_of(d, r->series->at_min * 60), NULL));
    r->ask.now = r->ask.target = wanted;
    r->ask.extend_to = r->ask.last;
    enum err err = joint_find(r->j, &r->ask, &answer);
    if (err || answer.count == 0) return err;
    o->proposal = answer.proposals[0];
    o->found = SERIES_FOUND;
    return OK;
}

static void know(struct run *r, const struct joint_proposal *p)
{
    for (uint8_t i = 0; i < p->seat_count; i++) {
        const struct joint_role *role = &r->ask.roles[p->seats[i].role];
        for (uint16_t k = 0; k < role->among_count; k++) {
            struct joint_resource *one = &r->resources[role->among[k]];
            if (one->tie == JOINT_NO_TIE && role->among_count > 1) one->tie = JOINT_STRANGER;
        }
    }
    for (uint8_t i = 0; i < p->seat_count; i++)
        r->resources[p->seats[i].resource].tie = JOINT_KNOWN;
}

/* Steps searched, from the first day of the tolerance to the last, for who asks what stood in the way. */
static bool window_of(struct run *r, struct series_occurrence *o)
{
    uint32_t unused;
    return day_steps(r, date_add(o->due, -r->series->tolerance_days), &o->first, &unused) &&
           day_steps(r, date_add(o->due, r->series->tolerance_days), &unused, &o->last);
}

static enum err find_one(struct run *r, struct series_occurrence *o)
{
    enum err err = OK;
    o->found = window_of(r, o) ? SERIES_NO_TIME : SERIES_BEYOND;
    for (int32_t off = 0; off <= r->series->tolerance_days && o->found == SERIES_NO_TIME && !err; off++) {
        err = try_day(r, date_add(o->due, off), o);
        if (!err && off && o->found == SERIES_NO_TIME) err = try_day(r, date_add(o->due, -off), o);
    }
    return err;
}

enum err series_find(struct joint *j, const struct joint_ask *ask, const struct series *s,
                     const struct zone *z, const struct calendar *c,
                     struct series_occurrence *ret_occurrences)
{
    struct run r = {j, *ask, NULL, s, z, c};
    bool are_known = false;
    enum err err = OK;
    if (!is_right(s) || ask->resource_count > JOINT_RESOURCES_MAX) return ERR_BAD_INPUT;
    r.resources = mem_copy(ask->resources, ask->resource_count * sizeof *ask->resources);
    if (!r.resources) return ERR_NOMEM;
    r.ask.resources = r.resources;
    r.ask.proposals_max = 1;
    r.ask.is_around = true;
    for (uint8_t i = 0; i < s->count && !err; i++) {
        struct series_occurrence *o = &ret_occurrences[i];
        *o = (struct series_occurrence){.due = series_due(s, i)};
        err = find_one(&r, o);
        if (!err && o->found == SERIES_FOUND && !are_known) {
            know(&r, &o->proposal);
            are_known = true;
        }
    }
    mem_free(r.resources);
    return err;
}
