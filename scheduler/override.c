#include "scheduler/override.h"
#include "base/mem.h"
#include <string.h>

bool override_may(enum override_kind kind, enum triage triage, bool has_order)
{
    switch (kind) {
    case OVERRIDE_BOOKING:
        return triage != TRIAGE_EMERGENCY;
    case OVERRIDE_MEAL:
    case OVERRIDE_COUNT:
    case OVERRIDE_INTERROGATION:
        return true;
    case OVERRIDE_LAWYER:
    case OVERRIDE_COURT:
        return has_order;
    case OVERRIDE_FIXED:
    case OVERRIDE_KINDS:
        break;
    }
    return false;
}

/* What it costs to displace: each step is worth many of the one before. */
static uint32_t weight_of(const struct override_claim *c)
{
    static const uint32_t by_triage[TRIAGES] = {
        [TRIAGE_URGENT] = 400, [TRIAGE_SOON] = 60, [TRIAGE_ROUTINE] = 20};
    static const uint32_t by_kind[OVERRIDE_KINDS] = {[OVERRIDE_MEAL] = 1,
                                                     [OVERRIDE_COUNT] = 1,
                                                     [OVERRIDE_INTERROGATION] = 5,
                                                     [OVERRIDE_LAWYER] = 4000,
                                                     [OVERRIDE_COURT] = 10000};
    return c->kind == OVERRIDE_BOOKING ? by_triage[c->triage] : by_kind[c->kind];
}

struct run {
    struct joint *j;
    const struct joint_ask *asked;
    struct joint_ask ask; /* with our own resources and bitmaps */
    struct joint_resource *resources;
    uint64_t *bits;
    const struct override_claim *claims;
    uint32_t claim_count, words;
};

enum strength { ALL_STAND, SOME_YIELD, ALL_YIELD_BY_ORDER };

static bool stands(const struct override_claim *c, enum strength s)
{
    return s == ALL_STAND || !override_may(c->kind, c->triage, c->has_order || s == ALL_YIELD_BY_ORDER);
}

static void mark(struct run *r, enum strength s)
{
    for (uint16_t i = 0; i < r->ask.resource_count; i++) {
        uint64_t *bits = r->bits + (size_t)i * r->words;
        memcpy(bits, r->asked->resources[i].free, r->words * sizeof *bits);
        r->resources[i].free = bits;
    }
    for (uint32_t i = 0; i < r->claim_count; i++) {
        const struct override_claim *c = &r->claims[i];
        if (stands(c, s))
            grid_mark_busy(r->ask.grid, r->bits + (size_t)c->resource * r->words, c->span.from,
                           c->span.until);
    }
}

/* The time the role would take of a resource at this start. */
static struct span taken(const struct run *r, const struct joint_role *role, uint32_t start)
{
    return (struct span){grid_instant(r->ask.grid, (int64_t)start - role->before),
                         grid_instant(r->ask.grid, (int64_t)start + r->ask.duration + role->after)};
}

static bool is_among(const struct joint_role *role, uint16_t resource)
{
    for (uint16_t i = 0; i < role->among_count; i++)
        if (role->among[i] == resource) return true;
    return false;
}

/* Penalties for one start. Who could fill several roles is weighed by the longest. */
static void weigh(struct run *r, uint32_t start)
{
    for (uint16_t i = 0; i < r->ask.resource_count; i++)
        r->resources[i].penalty = 0;
    for (uint32_t i = 0; i < r->claim_count; i++) {
        const struct override_claim *c = &r->claims[i];
        for (uint8_t k = 0; k < r->ask.role_count; k++) {
            const struct joint_role *role = &r->ask.roles[k];
            if (!is_among(role, c->resource) || !span_meets(c->span, taken(r, role, start))) continue;
            r->resources[c->resource].penalty += weight_of(c);
            break;
        }
    }
}

static bool must_go(const struct run *r, const struct override_claim *c, const struct joint_proposal *p)
{
    for (uint8_t i = 0; i < p->seat_count; i++)
        if (p->seats[i].resource == c->resource &&
            span_meets(c->span, taken(r, &r->ask.roles[p->seats[i].role], p->start)))
            return true;
    return false;
}

/* A booking that loses one of its people is displaced as a whole: all its claims are named. */
static enum err name_displaced(const struct run *r, struct override_answer *a)
{
    for (uint32_t i = 0; i < r->claim_count; i++) {
        bool goes = must_go(r, &r->claims[i], &a->proposal);
        for (uint32_t k = 0; k < r->claim_count && !goes; k++)
            goes = r->claims[k].id == r->claims[i].id && r->claims[k].kind == r->claims[i].kind &&
                   must_go(r, &r->claims[k], &a->proposal);
        if (!goes) continue;
        if (a->displaced_count == OVERRIDE_DISPLACED_MAX) return ERR_LIMIT;
        a->displaced[a->displaced_count++] = (uint16_t)i;
    }
    return OK;
}

/* The earliest that can be had when claims of this strength yield, and at that time what displaces least. */
static enum err find_with(struct run *r, enum strength s, struct override_answer *a)
{
    struct joint_answer found;
    r->ask = *r->asked;
    r->ask.resources = r->resources;
    r->ask.proposals_max = 1;
    mark(r, s);
    r->ask.is_around = false;
    if (s != ALL_STAND) r->ask.weights = (struct joint_weights){.wait = 1};
    enum err err = joint_find(r->j, &r->ask, &found);
    if (err || found.count == 0) return err;
    if (s != ALL_STAND) {
        r->ask.first = found.proposals[0].start;
        r->ask.last = r->ask.first + r->ask.duration;
        r->ask.weights = (struct joint_weights){.penalty = 1};
        weigh(r, r->ask.first);
        err = joint_find(r->j, &r->ask, &found);
        if (err) return err;
        ASSERT(found.count == 1);
    }
    a->proposal = found.proposals[0];
    a->way = s == ALL_STAND ? OVERRIDE_NOTHING_DISPLACED : OVERRIDE_DISPLACES;
    return name_displaced(r, a);
}

static bool is_in_time(const struct joint_ask *ask, const struct override_answer *a)
{
    return a->way == OVERRIDE_NOTHING_DISPLACED && (int64_t)a->proposal.start <= ask->target;
}

static enum err find(struct run *r, struct override_answer *a)
{
    struct override_answer yielding = {.way = OVERRIDE_IMPOSSIBLE}, ordered = yielding;
    enum err err = find_with(r, ALL_STAND, a);
    if (err || is_in_time(r->asked, a)) return err;
    err = find_with(r, SOME_YIELD, &yielding);
    if (err) return err;
    bool is_better = yielding.way == OVERRIDE_DISPLACES &&
                     (a->way == OVERRIDE_IMPOSSIBLE || yielding.proposal.start < a->proposal.start);
    if (is_better) *a = yielding;
    if (a->way != OVERRIDE_IMPOSSIBLE) return OK;
    err = find_with(r, ALL_YIELD_BY_ORDER, &ordered);
    if (!err && ordered.way == OVERRIDE_DISPLACES) {
        *a = ordered;
        a->way = OVERRIDE_NEEDS_ORDER;
    }
    return err;
}

enum err override_find(struct joint *j, const struct joint_ask *ask, const struct override_claim *claims,
                       uint32_t claim_count, struct override_answer *ret_answer)
{
    struct run r = {.j = j,
                    .asked = ask,
                    .ask = *ask,
                    .claims = claims,
                    .claim_count = claim_count,
                    .words = grid_words(ask->grid->steps)};
    struct override_answer answer = {.way = OVERRIDE_IMPOSSIBLE};
    enum err err = ERR_NOMEM;
    if (ask->resource_count > JOINT_RESOURCES_MAX || ask->grid->steps > GRID_STEPS_MAX ||
        claim_count > UINT16_MAX)
        return ERR_BAD_INPUT;
    for (uint32_t i = 0; i < claim_count; i++)
        if (claims[i].resource >= ask->resource_count || claims[i].kind >= OVERRIDE_KINDS ||
            claims[i].triage >= TRIAGES)
            return ERR_BAD_INPUT;
    r.resources = mem_copy(ask->resources, ask->resource_count * sizeof *ask->resources);
    r.bits = mem_alloc((size_t)ask->resource_count * r.words * sizeof *r.bits);
    if (r.resources && r.bits) err = find(&r, &answer);
    mem_free(r.resources);
    mem_free(r.bits);
    if (!err) *ret_answer = answer;
    return err;
}
