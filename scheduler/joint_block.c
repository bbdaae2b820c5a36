/* What stands in the way of an ask that found nothing, and what would help: each change that is named has been
 * tried with a search of its own. */
#include "scheduler/joint_own.h"
#include "scheduler/tally.h"
#include <string.h>

struct look {
    struct joint *j;
    const struct joint_ask *ask;
    uint64_t *can[JOINT_ROLES_MAX]; /* for each role, the starts of the window that it has by itself */
    uint64_t *window, *starts, *both;
    struct tally tally;
    uint16_t *union_room; /* for a role whose `among` grows */
    uint32_t words;
};

static size_t look_bytes(const struct joint_ask *a, uint32_t words)
{
    size_t word = sizeof(uint64_t), starts = bits_runs_room(words, 3 * JOINT_STEPS_MAX);
    return JOINT_ROOM(words * word) * (a->role_count + 2u) + JOINT_ROOM(starts * word) +
           JOINT_ROOM(words * word * TALLY_PLANES) + JOINT_ROOM(a->resource_count * sizeof(uint16_t));
}

static enum err open_look(struct look *k, struct joint *j, const struct joint_ask *a)
{
    uint32_t words = grid_words(a->grid->steps);
    size_t bytes = words * sizeof(uint64_t);
    enum err err = joint_room_open(&j->block, look_bytes(a, words));
    if (err) return err;
    *k = (struct look){.j = j, .ask = a, .words = words};
    for (uint8_t r = 0; r < a->role_count; r++)
        k->can[r] = joint_room_take(&j->block, bytes);
    k->window = joint_room_take(&j->block, bytes);
    k->both = joint_room_take(&j->block, bytes);
    k->starts = joint_room_take(&j->block, bits_runs_room(words, 3 * JOINT_STEPS_MAX) * sizeof(uint64_t));
    tally_init(&k->tally, joint_room_take(&j->block, bytes * TALLY_PLANES), words);
    k->union_room = joint_room_take(&j->block, a->resource_count * sizeof *k->union_room);
    return OK;
}

static void mark_window(struct look *k)
{
    const struct joint_ask *a = k->ask;
    if (a->last - a->first < a->duration) return;
    uint32_t first = (a->first + a->align - 1) / a->align * a->align;
    for (uint32_t s = first; s + a->duration <= a->last; s += a->align)
        k->window[s / 64] |= UINT64_C(1) << s % 64;
}

static void look_at_role(struct look *k, uint8_t r, struct joint_obstacle *o)
{
    const struct joint_ask *a = k->ask;
    const struct joint_role *role = &a->roles[r];
    uint32_t length = (uint32_t)role->before + a->duration + role->after;
    for (unsigned p = 0; p < TALLY_PLANES; p++)
        bits_clear(k->tally.plane[p], k->words);
    for (uint16_t i = 0; i < role->among_count; i++) {
        bits_runs(k->starts, k->words, a->resources[role->among[i]].free, k->words, -(int64_t)role->before,
                  length);
        bits_and(k->starts, k->window, k->words);
        tally_add(&k->tally, k->starts);
    }
    for (unsigned n = 1; n <= TALLY_MOST; n++) {
        tally_at_least(&k->tally, n, k->starts);
        if (!bits_any(k->starts, k->words)) break;
        o->most = (uint8_t)n;
        if (n == role->need) memcpy(k->can[r], k->starts, k->words * sizeof(uint64_t));
    }
    o->state = role->among_count < role->need ? JOINT_NOBODY
               : o->most == 0                 ? JOINT_NO_TIME
               : o->most < role->need         ? JOINT_TOO_FEW
                                              : JOINT_CAN;
}

static bool do_meet(struct look *k, uint8_t r, uint8_t other)
{
    memcpy(k->both, k->can[r], k->words * sizeof(uint64_t));
    bits_and(k->both, k->can[other], k->words);
    return bits_any(k->both, k->words);
}

/* Whether all roles but one (or all, for but >= role_count) have a start in common. */
static bool do_all_meet(struct look *k, uint8_t but)
{
    memcpy(k->both, k->window, k->words * sizeof(uint64_t));
    for (uint8_t r = 0; r < k->ask->role_count; r++)
        if (r != but) bits_and(k->both, k->can[r], k->words);
    return bits_any(k->both, k->words);
}

static void look_at_all(struct look *k, struct joint_block *b)
{
    uint8_t count = k->ask->role_count;
    for (uint8_t r = 0; r < count; r++)
        look_at_role(k, r, &b->roles[r]);
    for (uint8_t r = 0; r < count; r++)
        for (uint8_t other = 0; other < count; other++)
            if (other != r && b->roles[r].state == JOINT_CAN && b->roles[other].state == JOINT_CAN &&
                !do_meet(k, r, other))
                b->roles[r].against |= 1u << other;
    b->is_twice = do_all_meet(k, count);
    for (uint8_t r = 0; r < count; r++)
        b->roles[r].is_alone = !b->is_twice && do_all_meet(k, r);
}

/* The ask after a change; roles hold its own copy, of which one may be left out or grown. */
struct attempt {
    struct joint_ask ask;
    struct joint_role roles[JOINT_ROLES_MAX];
};

static void grow_role(struct look *k, struct joint_role *role)
{
    uint16_t n = 0;
    for (uint16_t i = 0; i < role->among_count && n < k->ask->resource_count; i++)
        k->union_room[n++] = role->among[i];
    for (uint16_t i = 0; i < role->others_count && n < k->ask->resource_count; i++)
        k->union_room[n++] = role->others[i];
    role->among = k->union_room;
    role->among_count = n;
}

static void change_ask(struct look *k, const struct joint_change *c, bool is_longer, struct attempt *t)
{
    t->ask = *k->ask;
    memcpy(t->roles, k->ask->roles, k->ask->role_count * sizeof *t->roles);
    t->ask.roles = t->roles;
    t->ask.weights = (struct joint_weights){.wait = 1};
    t->ask.proposals_max = 1;
    t->ask.is_around = false;
    t->ask.duration = (uint16_t)(t->ask.duration - c->shorter_steps);
    if (t->ask.duration_least > t->ask.duration) t->ask.duration_least = t->ask.duration;
    if (is_longer) t->ask.last = t->ask.extend_to;
    if (c->other_role >= 0) grow_role(k, &t->roles[c->other_role]);
    if (c->drop_role >= 0) {
        t->ask.role_count--;
        for (uint8_t r = (uint8_t)c->drop_role; r < t->ask.role_count; r++)
            t->roles[r] = t->roles[r + 1];
    }
}

static bool is_among(const struct joint_role *role, uint16_t resource)
{
    for (uint16_t i = 0; i < role->among_count; i++)
        if (role->among[i] == resource) return true;
    return false;
}

static uint32_t burden_of(const struct joint_change *c)
{
    return (c->other_role >= 0 ? JOINT_BURDEN_OTHER : 0u) + c->shorter_steps * JOINT_BURDEN_STEP +
           (uint32_t)c->extend_days * JOINT_BURDEN_DAY + (c->drop_role >= 0 ? JOINT_BURDEN_DROP : 0u);
}

/* Searches as if the change had been made, and notes what it opens. The window is extended as far as it can be;
 * as the search waits for nothing but the earliest start, the days needed come out least. */
static enum err try_change(struct look *k, struct joint_change *c, bool is_longer, bool *ret_helps)
{
    struct attempt t;
    struct joint_answer answer;
    change_ask(k, c, is_longer, &t);
    *ret_helps = false;
    if (t.ask.role_count == 0) return OK;
    enum err err = joint_find(k->j, &t.ask, &answer);
    if (err || answer.count == 0) return err;
    const struct joint_proposal *p = &answer.proposals[0];
    uint32_t end = p->start + t.ask.duration;
    c->start = p->start;
    if (end > k->ask->last)
        c->extend_days = (uint16_t)((end - k->ask->last + GRID_DAY_STEPS - 1) / GRID_DAY_STEPS);
    for (uint8_t i = 0; i < p->seat_count && c->other_role >= 0; i++)
        if (p->seats[i].role == c->other_role &&
            !is_among(&k->ask->roles[c->other_role], p->seats[i].resource))
            c->other_resource = p->seats[i].resource;
    c->burden = burden_of(c);
    *ret_helps = true;
    return OK;
}

static void note(struct joint_block *b, const struct joint_change *c)
{
    uint8_t at = b->change_count;
    if (at == JOINT_CHANGES_MAX) {
        if (b->changes[at - 1].burden <= c->burden) return;
        at--;
    } else {
        b->change_count++;
    }
    for (; at > 0 && b->changes[at - 1].burden > c->burden; at--)
        b->changes[at] = b->changes[at - 1];
    b->changes[at] = *c;
}

static enum err try_and_note(struct look *k, struct joint_change c, bool is_longer, struct joint_block *b)
{
    bool helps;
    enum err err = try_change(k, &c, is_longer, &helps);
    if (!err && helps) note(b, &c);
    return err;
}

static const struct joint_change no_change = {.drop_role = -1, .other_role = -1};

/* A shorter meeting fits wherever a longer one did, so the longest that fits is found by halving. */
static enum err try_shorter(struct look *k, bool is_longer, struct joint_block *b)
{
    uint16_t low = 1, high, least = k->ask->duration_least;
    struct joint_change best = no_change;
    if (least == 0 || least == k->ask->duration) return OK;
    high = (uint16_t)(k->ask->duration - least);
    while (low <= high) {
        struct joint_change c = no_change;
        bool helps;
        c.shorter_steps = (uint16_t)(low + (high - low) / 2);
        enum err err = try_change(k, &c, is_longer, &helps);
        if (err) return err;
        if (helps) {
            best = c;
            high = (uint16_t)(c.shorter_steps - 1);
        } else {
            low = (uint16_t)(c.shorter_steps + 1);
        }
    }
    if (best.shorter_steps) note(b, &best);
    return OK;
}

static enum err try_roles(struct look *k, bool is_longer, struct joint_block *b)
{
    enum err err = OK;
    for (uint8_t r = 0; r < k->ask->role_count && !err; r++) {
        struct joint_change c = no_change;
        c.other_role = (int8_t)r;
        if (k->ask->roles[r].others_count) err = try_and_note(k, c, is_longer, b);
        c = no_change;
        c.drop_role = (int8_t)r;
        if (!err && k->ask->roles[r].may_drop) err = try_and_note(k, c, is_longer, b);
    }
    return err;
}

static enum err try_all(struct look *k, struct joint_block *b)
{
    bool can_extend = k->ask->extend_to > k->ask->last;
    enum err err = try_roles(k, false, b);
    if (!err) err = try_shorter(k, false, b);
    if (!err && can_extend) err = try_and_note(k, no_change, true, b);
    if (err || b->change_count || !can_extend) return err;
    err = try_roles(k, true, b);
    return err ? err : try_shorter(k, true, b);
}

enum err joint_explain(struct joint *j, const struct joint_ask *ask, struct joint_block *ret_block)
{
    struct look k;
    struct joint_block b = {0};
    if (!joint_is_right(ask)) return ERR_BAD_INPUT;
    enum err err = open_look(&k, j, ask);
    if (err) return err;
    mark_window(&k);
    look_at_all(&k, &b);
    err = try_all(&k, &b);
    if (!err) *ret_block = b;
    return err;
}
