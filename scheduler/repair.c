#include "scheduler/repair.h"
#include "base/mem.h"
#include <string.h>

/* The ask with the kept people named: each kept seat is a role of its own, what is left of a role's need is
 * another. origin says which role of the ask each came from. */
struct narrowed {
    struct joint_ask ask;
    struct joint_role roles[JOINT_ROLES_MAX];
    uint8_t origin[JOINT_ROLES_MAX];
    uint16_t named[JOINT_SEATS_MAX];
    uint16_t *rest; /* the candidates that are left, one role's after the other's */
    uint32_t rest_count;
};

static const struct repair_seat *seat_of(const struct repair_seat *seats, uint8_t count, uint8_t role,
                                         uint16_t resource)
{
    for (uint8_t i = 0; i < count; i++)
        if (seats[i].role == role && seats[i].resource == resource) return &seats[i];
    return NULL;
}

static bool are_seats(const struct joint_ask *a, const struct repair_seat *seats, uint8_t count)
{
    uint8_t used[JOINT_ROLES_MAX] = {0};
    for (uint8_t i = 0; i < count; i++) {
        if (seats[i].role >= a->role_count || seats[i].resource >= a->resource_count) return false;
        if (++used[seats[i].role] > a->roles[seats[i].role].need) return false;
        if (seat_of(seats, i, seats[i].role, seats[i].resource)) return false;
    }
    return true;
}

static void add_role(struct narrowed *n, const struct joint_role *like, uint8_t origin, uint8_t need,
                     const uint16_t *among, uint16_t count)
{
    struct joint_role *r = &n->roles[n->ask.role_count];
    *r = *like;
    r->need = need;
    r->among = among;
    r->among_count = count;
    r->others_count = 0;
    n->origin[n->ask.role_count++] = origin;
}

static void name_kept(struct narrowed *n, const struct joint_ask *a, const struct repair_seat *seats,
                      uint8_t count, bool is_same_time)
{
    uint8_t names = 0;
    n->ask.role_count = 0;
    for (uint8_t r = 0; r < a->role_count; r++) {
        uint16_t *rest = n->rest + n->rest_count, left = 0;
        uint8_t need = a->roles[r].need;
        for (uint8_t i = 0; i < count; i++) {
            if (seats[i].role != r || !seats[i].is_kept) continue;
            n->named[names] = seats[i].resource;
            add_role(n, &a->roles[r], r, 1, &n->named[names++], 1);
            need--;
        }
        for (uint16_t i = 0; i < a->roles[r].among_count; i++) {
            const struct repair_seat *s = seat_of(seats, count, r, a->roles[r].among[i]);
            if (!s || (!s->is_kept && !is_same_time)) rest[left++] = a->roles[r].among[i];
        }
        n->rest_count += left;
        if (need) add_role(n, &a->roles[r], r, need, rest, left);
    }
}

static enum err attempt(struct joint *j, struct narrowed *n, const struct joint_ask *a,
                        const struct repair_seat *seats, uint8_t count, uint32_t start, bool is_same_time,
                        struct joint_answer *ret)
{
    n->ask = *a;
    n->rest_count = 0;
    n->ask.roles = n->roles;
    name_kept(n, a, seats, count, is_same_time);
    if (is_same_time) {
        n->ask.first = start;
        n->ask.last = start + a->duration;
        n->ask.extend_to = n->ask.last > a->extend_to ? n->ask.last : a->extend_to;
        n->ask.align = 1;
    }
    enum err err = joint_find(j, &n->ask, ret);
    for (uint8_t i = 0; i < ret->count && !err; i++)
        for (uint8_t k = 0; k < ret->proposals[i].seat_count; k++)
            ret->proposals[i].seats[k].role = n->origin[ret->proposals[i].seats[k].role];
    return err;
}

enum err repair_find(struct joint *j, const struct joint_ask *ask, const struct repair_seat *seats,
                     uint8_t seat_count, uint32_t start, bool is_same_time, struct repair_answer *ret_answer)
{
    struct narrowed n = {0};
    struct repair_answer answer = {.way = is_same_time ? REPAIR_SAME_TIME : REPAIR_SAME_PEOPLE};
    uint32_t among = 0;
    enum err err = OK;
    if (ask->role_count > JOINT_ROLES_MAX || !are_seats(ask, seats, seat_count)) return ERR_BAD_INPUT;
    for (uint8_t r = 0; r < ask->role_count; r++)
        among += ask->roles[r].among_count;
    n.rest = mem_alloc(among * sizeof *n.rest);
    if (!n.rest) return ERR_NOMEM;
    for (; answer.way < REPAIR_ANY && !err && answer.found.count == 0; answer.way++)
        err = attempt(j, &n, ask, seats, seat_count, start, answer.way == REPAIR_SAME_TIME, &answer.found);
    if (!err && answer.found.count)
        answer.way--;
    else if (!err)
        err = joint_find(j, ask, &answer.found);
    if (!err && answer.found.count == 0) answer.way = REPAIR_NOTHING;
    mem_free(n.rest);
    if (!err) *ret_answer = answer;
    return err;
}
