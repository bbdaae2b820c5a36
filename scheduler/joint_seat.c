#include "scheduler/joint_own.h"

struct seating {
    const struct joint *j;
    uint32_t start;
    uint8_t taken[JOINT_ROLES_MAX];
    const struct joint_rank *who[JOINT_ROLES_MAX][JOINT_SEATS_MAX];
    uint16_t can[JOINT_ROLES_MAX][JOINT_SEATS_MAX]; /* the roles each of them could fill at this start */
};

static uint16_t roles_at(const struct joint *j, uint16_t resource, uint32_t start)
{
    const struct joint_ask *a = j->ask;
    const uint64_t *free = a->resources[resource].free;
    uint16_t can = 0;
    for (uint16_t left = j->roles_of[resource]; left; left &= (uint16_t)(left - 1)) {
        int r = __builtin_ctz(left);
        const struct joint_role *role = &a->roles[r];
        uint32_t until = start + a->duration + role->after;
        if (start < role->before || until > a->grid->steps) continue;
        if (bits_has_span(free, start - role->before, until)) can |= (uint16_t)(1u << r);
    }
    return can;
}

/* Seats `rank` in one of the roles `can`, moving others where they can move to; each role is looked at once. */
static bool place(struct seating *s, const struct joint_rank *rank, uint16_t can, uint16_t *seen)
{
    for (uint16_t left = can; left; left &= (uint16_t)(left - 1)) {
        int r = __builtin_ctz(left);
        if (*seen >> r & 1) continue;
        *seen |= (uint16_t)(1u << r);
        uint8_t at = s->taken[r];
        if (at == s->j->ask->roles[r].need) {
            for (at = 0; at < s->taken[r]; at++)
                if (place(s, s->who[r][at], s->can[r][at], seen)) break;
            if (at == s->taken[r]) continue;
        } else {
            s->taken[r]++;
        }
        s->who[r][at] = rank;
        s->can[r][at] = can;
        return true;
    }
    return false;
}

static uint8_t seats_of(const struct joint_ask *a)
{
    uint8_t seats = 0;
    for (uint8_t r = 0; r < a->role_count; r++)
        seats = (uint8_t)(seats + a->roles[r].need);
    return seats;
}

static void write_seats(const struct seating *s, struct joint_seat *ret_seats)
{
    for (uint8_t r = 0, n = 0; r < s->j->ask->role_count; r++) {
        uint8_t first = n;
        for (uint8_t i = 0; i < s->taken[r]; i++, n++) {
            uint8_t at = n;
            ASSERT(s->who[r][i] != NULL);
            for (; at > first && ret_seats[at - 1].resource > s->who[r][i]->resource; at--)
                ret_seats[at] = ret_seats[at - 1];
            ret_seats[at] = (struct joint_seat){r, s->who[r][i]->resource};
        }
    }
}

bool joint_seat(const struct joint *j, uint32_t start, struct joint_seat ret_seats[JOINT_SEATS_MAX],
                uint8_t *ret_count, int64_t *ret_cost)
{
    struct seating s = {.j = j, .start = start};
    uint8_t seats = seats_of(j->ask), seated = 0;
    int64_t cost = 0;
    for (uint32_t i = 0; i < j->rank_count && seated < seats; i++) {
        uint16_t can = roles_at(j, j->ranks[i].resource, start), seen = 0;
        if (!can || !place(&s, &j->ranks[i], can, &seen)) continue;
        cost += j->ranks[i].cost;
        seated++;
    }
    if (seated < seats) return false;
    write_seats(&s, ret_seats);
    *ret_count = seats;
    *ret_cost = cost;
    return true;
}
