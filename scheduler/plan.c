#include "scheduler/plan.h"
#include "base/mem.h"
#include <string.h>

struct lane {
    struct resource_id resource;
    struct plan_claim *claims; /* by time; none meets the next, so ends rise as well */
    uint32_t count, room;
};
struct plan {
    struct lane *lanes; /* by resource */
    uint32_t count, room, claims, claims_max;
};

struct plan *plan_new(uint32_t claims_max)
{
    struct plan *p = mem_zalloc(sizeof *p);
    if (p) p->claims_max = claims_max;
    return p;
}

void plan_free(struct plan *p)
{
    if (!p) return;
    for (uint32_t i = 0; i < p->count; i++)
        mem_free(p->lanes[i].claims);
    mem_free(p->lanes);
    mem_free(p);
}

uint32_t plan_count(const struct plan *p)
{
    return p->claims;
}

/* Where the resource's lane is, or would be. */
static uint32_t lane_at(const struct plan *p, struct resource_id resource)
{
    uint32_t low = 0, high = p->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (p->lanes[middle].resource.n < resource.n)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static struct lane *lane_of(const struct plan *p, struct resource_id resource)
{
    uint32_t at = lane_at(p, resource);
    return at < p->count && p->lanes[at].resource.n == resource.n ? &p->lanes[at] : NULL;
}

/* The first claim that ends after the instant. */
static uint32_t claim_after(const struct lane *l, struct instant at)
{
    uint32_t low = 0, high = l->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (l->claims[middle].span.until.ms <= at.ms)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t plan_meets(const struct plan *p, struct resource_id resource, struct span span,
                    struct appt_id except, struct plan_claim *ret_claims, uint32_t claims_max)
{
    const struct lane *l = lane_of(p, resource);
    uint32_t found = 0;
    if (!l || span.from.ms >= span.until.ms) return 0;
    for (uint32_t i = claim_after(l, span.from); i < l->count && l->claims[i].span.from.ms < span.until.ms;
         i++) {
        if (except.n && l->claims[i].appt.n == except.n) continue;
        if (found < claims_max) ret_claims[found] = l->claims[i];
        found++;
    }
    return found;
}

bool plan_is_free(const struct plan *p, struct resource_id resource, struct span span, struct appt_id except)
{
    return plan_meets(p, resource, span, except, NULL, 0) == 0;
}

static enum err add_lane(struct plan *p, struct resource_id resource, struct lane **ret_lane)
{
    if (p->count == p->room) {
        uint32_t room = p->room ? p->room * 2 : 16;
        struct lane *lanes = mem_resize(p->lanes, room * sizeof *lanes);
        if (!lanes) return ERR_NOMEM;
        p->lanes = lanes;
        p->room = room;
    }
    uint32_t at = lane_at(p, resource);
    memmove(&p->lanes[at + 1], &p->lanes[at], (p->count - at) * sizeof *p->lanes);
    p->lanes[at] = (struct lane){.resource = resource};
    p->count++;
    *ret_lane = &p->lanes[at];
    return OK;
}

static enum err reserve_lane(struct plan *p, struct resource_id resource, uint32_t more)
{
    struct lane *l = lane_of(p, resource);
    if (!l) {
        enum err err = add_lane(p, resource, &l);
        if (err) return err;
    }
    uint32_t room = l->room ? l->room : 8;
    while (room < l->count + more)
        room *= 2;
    if (room == l->room) return OK;
    struct plan_claim *claims = mem_resize(l->claims, room * sizeof *claims);
    if (!claims) return ERR_NOMEM;
    l->claims = claims;
    l->room = room;
    return OK;
}

enum err plan_reserve(struct plan *p, const struct plan_claim *claims, uint32_t count)
{
    if (count > p->claims_max - p->claims) return ERR_LIMIT;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t same = 0;
        for (uint32_t k = 0; k < count; k++)
            same += claims[k].resource.n == claims[i].resource.n;
        enum err err = reserve_lane(p, claims[i].resource, same);
        if (err) return err;
    }
    return OK;
}

static void put(struct plan *p, const struct plan_claim *c)
{
    struct lane *l = lane_of(p, c->resource);
    ASSERT(l && l->count < l->room && c->appt.n && c->span.from.ms < c->span.until.ms);
    uint32_t at = claim_after(l, c->span.from);
    ASSERT(at == l->count || l->claims[at].span.from.ms >= c->span.until.ms);
    memmove(&l->claims[at + 1], &l->claims[at], (l->count - at) * sizeof *l->claims);
    l->claims[at] = *c;
    l->count++;
    p->claims++;
}

void plan_put(struct plan *p, const struct plan_claim *claims, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        put(p, &claims[i]);
    ASSERT(p->claims <= p->claims_max);
}

uint32_t plan_drop(struct plan *p, struct resource_id resource, struct appt_id appt)
{
    struct lane *l = lane_of(p, resource);
    uint32_t kept = 0, dropped;
    if (!l) return 0;
    for (uint32_t i = 0; i < l->count; i++)
        if (l->claims[i].appt.n != appt.n) l->claims[kept++] = l->claims[i];
    dropped = l->count - kept;
    l->count = kept;
    p->claims -= dropped;
    return dropped;
}

void plan_keep_until(struct plan *p, struct resource_id resource, struct appt_id appt, struct instant expires)
{
    struct lane *l = lane_of(p, resource);
    for (uint32_t i = 0; l && i < l->count; i++)
        if (l->claims[i].appt.n == appt.n) l->claims[i].expires = expires;
}

void plan_mark_busy(const struct plan *p, struct resource_id resource, const struct grid *g,
                    struct appt_id except, uint64_t *bits)
{
    const struct lane *l = lane_of(p, resource);
    struct instant end = grid_instant(g, g->steps);
    if (!l) return;
    for (uint32_t i = claim_after(l, g->origin); i < l->count && l->claims[i].span.from.ms < end.ms; i++)
        if (!except.n || l->claims[i].appt.n != except.n)
            grid_mark_busy(g, bits, l->claims[i].span.from, l->claims[i].span.until);
}
