#include "tests/scheduler/brute.h"
#include "base/mem.h"
#include <string.h>

bool brute_can(const struct joint_ask *ask, const struct joint_role *role, uint16_t resource, uint32_t start)
{
    int64_t from = (int64_t)start - role->before, until = (int64_t)start + ask->duration + role->after;
    if (from < 0 || until > (int64_t)ask->grid->steps) return false;
    for (int64_t s = from; s < until; s++)
        if (!bits_has(ask->resources[resource].free, (uint32_t)s)) return false;
    return true;
}

bool brute_is_start(const struct joint_ask *ask, uint32_t start)
{
    return start >= ask->first && start + ask->duration <= ask->last && start % ask->align == 0;
}

static int64_t cost_of(const struct joint_ask *ask, uint16_t resource)
{
    const struct joint_resource *r = &ask->resources[resource];
    return (r->tie == JOINT_STRANGER ? (int64_t)ask->weights.stranger : 0) +
           (int64_t)r->load_min * ask->weights.load + (int64_t)r->penalty * ask->weights.penalty;
}

/* Dearer resources last; of equally dear ones the higher id. */
static bool is_behind(const struct joint_ask *ask, uint16_t a, uint16_t b)
{
    int64_t x = cost_of(ask, a), y = cost_of(ask, b);
    return x != y ? x > y : ask->resources[a].id.n > ask->resources[b].id.n;
}

struct trial {
    const struct joint_ask *ask;
    uint32_t start;
    bool found;
    struct brute_pick best, now;
};

static void sort_who(const struct joint_ask *ask, struct brute_pick *p)
{
    for (uint8_t i = 1; i < p->seats; i++)
        for (uint8_t k = i; k > 0 && is_behind(ask, p->who[k - 1], p->who[k]); k--) {
            uint16_t t = p->who[k];
            p->who[k] = p->who[k - 1];
            p->who[k - 1] = t;
        }
}

static void consider(struct trial *t)
{
    struct brute_pick p = t->now;
    sort_who(t->ask, &p);
    bool is_better = !t->found || p.cost < t->best.cost;
    if (t->found && p.cost == t->best.cost)
        for (uint8_t i = 0; i < p.seats; i++)
            if (p.who[i] != t->best.who[i]) {
                is_better = is_behind(t->ask, t->best.who[i], p.who[i]);
                break;
            }
    if (is_better) t->best = p;
    t->found = true;
}

/* Fills the seats of role r from its from-th candidate on. */
static void fill(struct trial *t, uint8_t r, uint8_t filled, uint16_t from)
{
    if (r == t->ask->role_count) {
        consider(t);
        return;
    }
    const struct joint_role *role = &t->ask->roles[r];
    if (filled == role->need) {
        fill(t, (uint8_t)(r + 1), 0, 0);
        return;
    }
    for (uint16_t i = from; i < role->among_count; i++) {
        uint16_t who = role->among[i];
        bool is_seated = false;
        for (uint8_t k = 0; k < t->now.seats; k++)
            is_seated |= t->now.who[k] == who;
        if (is_seated || !brute_can(t->ask, role, who, t->start)) continue;
        t->now.who[t->now.seats++] = who;
        t->now.cost += cost_of(t->ask, who);
        fill(t, r, (uint8_t)(filled + 1), (uint16_t)(i + 1));
        t->now.cost -= cost_of(t->ask, who);
        t->now.seats--;
    }
}

static int64_t start_cost(const struct joint_ask *a, uint32_t start)
{
    int64_t wait = (int64_t)start - a->now, late = (int64_t)start - a->target;
    if (wait < 0) wait = a->is_around ? -wait : 0;
    return wait * 5 * a->weights.wait + (late > 0 ? late * 5 * a->weights.late : 0);
}

static bool is_apart(const struct brute_answer *answer, uint32_t start, uint32_t duration)
{
    for (uint8_t i = 0; i < answer->count; i++)
        if (start < answer->picks[i].start + duration && answer->picks[i].start < start + duration)
            return false;
    return true;
}

void brute_find(const struct joint_ask *ask, struct brute_answer *ret_answer)
{
    struct brute_pick *all = mem_zalloc((ask->grid->steps + 1u) * sizeof *all);
    uint32_t count = 0;
    ASSERT(all);
    memset(ret_answer, 0, sizeof *ret_answer);
    for (uint32_t s = 0; s < ask->grid->steps; s++) {
        struct trial t = {.ask = ask, .start = s, .now = {.start = s}};
        if (!brute_is_start(ask, s)) continue;
        t.now.cost = start_cost(ask, s);
        fill(&t, 0, 0, 0);
        if (t.found) all[count++] = t.best;
    }
    while (ret_answer->count < ask->proposals_max) {
        const struct brute_pick *best = NULL;
        for (uint32_t i = 0; i < count; i++)
            if (is_apart(ret_answer, all[i].start, ask->duration) && (!best || all[i].cost < best->cost))
                best = &all[i];
        if (!best) break;
        ret_answer->picks[ret_answer->count++] = *best;
    }
    mem_free(all);
}

bool brute_is_sound(const struct joint_ask *ask, const struct joint_proposal *p)
{
    uint8_t seated[JOINT_ROLES_MAX] = {0};
    if (!brute_is_start(ask, p->start)) return false;
    for (uint8_t i = 0; i < p->seat_count; i++) {
        const struct joint_role *role = &ask->roles[p->seats[i].role];
        bool is_among = false;
        for (uint16_t k = 0; k < role->among_count; k++)
            is_among |= role->among[k] == p->seats[i].resource;
        if (!is_among || !brute_can(ask, role, p->seats[i].resource, p->start)) return false;
        for (uint8_t k = 0; k < i; k++)
            if (p->seats[k].resource == p->seats[i].resource) return false;
        seated[p->seats[i].role]++;
    }
    for (uint8_t r = 0; r < ask->role_count; r++)
        if (seated[r] != ask->roles[r].need) return false;
    return true;
}
