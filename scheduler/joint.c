#include "scheduler/joint.h"
#include "base/mem.h"
#include "scheduler/joint_own.h"
#include <stdlib.h>
#include <string.h>

#define COST_NONE INT64_MAX
#define MOST_NEED 15

struct joint *joint_new(void)
{
    return mem_zalloc(sizeof(struct joint));
}

void joint_free(struct joint *j)
{
    if (!j) return;
    mem_free(j->tables.at);
    mem_free(j->starts.at);
    mem_free(j->block.at);
    mem_free(j);
}

enum err joint_room_open(struct joint_room *r, size_t bytes)
{
    r->used = 0;
    if (bytes <= r->bytes) return OK;
    char *at = mem_resize(r->at, bytes);
    if (!at) return ERR_NOMEM;
    r->at = at;
    r->bytes = bytes;
    return OK;
}

void *joint_room_take(struct joint_room *r, size_t bytes)
{
    void *at = r->at + r->used;
    r->used += JOINT_ROOM(bytes);
    ASSERT(r->used <= r->bytes);
    memset(at, 0, bytes);
    return at;
}

static bool is_role_right(const struct joint_ask *a, const struct joint_role *r)
{
    for (uint16_t i = 0; i < r->among_count; i++)
        if (r->among[i] >= a->resource_count) return false;
    for (uint16_t i = 0; i < r->others_count; i++)
        if (r->others[i] >= a->resource_count) return false;
    return r->need >= 1 && r->need <= MOST_NEED && r->before <= JOINT_STEPS_MAX &&
           r->after <= JOINT_STEPS_MAX && r->among_count <= a->resource_count &&
           r->others_count <= a->resource_count;
}

bool joint_is_right(const struct joint_ask *a)
{
    unsigned seats = 0;
    if (a->role_count < 1 || a->role_count > JOINT_ROLES_MAX || a->resource_count > JOINT_RESOURCES_MAX)
        return false;
    for (uint8_t r = 0; r < a->role_count; r++) {
        if (!is_role_right(a, &a->roles[r])) return false;
        seats += a->roles[r].need;
    }
    return seats <= JOINT_SEATS_MAX && a->duration >= 1 && a->duration <= JOINT_STEPS_MAX &&
           a->duration_least <= a->duration && a->align >= 1 && a->first <= a->last &&
           a->last <= a->extend_to && a->extend_to <= a->grid->steps && a->grid->steps <= GRID_STEPS_MAX &&
           a->proposals_max >= 1 && a->proposals_max <= JOINT_PROPOSALS_MAX;
}

static enum err open_tables(struct joint *j, const struct joint_ask *a)
{
    uint32_t words = grid_words(a->grid->steps), among = 0;
    for (uint8_t r = 0; r < a->role_count; r++)
        among += a->roles[r].among_count;
    size_t bytes = JOINT_ROOM(a->resource_count * sizeof *j->roles_of) +
                   JOINT_ROOM(a->resource_count * sizeof *j->ranks) +
                   JOINT_ROOM(words * sizeof *j->fits) * 2 + JOINT_ROOM(words * sizeof *j->word_least) +
                   JOINT_ROOM(a->grid->steps * sizeof *j->cost) + JOINT_ROOM(among * sizeof *j->slot_chunk) +
                   JOINT_ROOM(among * (sizeof(void *) + sizeof(uint32_t))) + JOINT_ROLES_MAX * 128 + 64;
    enum err err = joint_room_open(&j->tables, bytes);
    if (err) return err;
    j->roles_of = joint_room_take(&j->tables, a->resource_count * sizeof *j->roles_of);
    j->ranks = joint_room_take(&j->tables, a->resource_count * sizeof *j->ranks);
    j->fits = joint_room_take(&j->tables, words * sizeof *j->fits);
    j->exact = joint_room_take(&j->tables, words * sizeof *j->exact);
    j->slot_chunk = joint_room_take(&j->tables, among * sizeof *j->slot_chunk);
    for (uint8_t r = 0; r < a->role_count; r++) {
        struct joint_list *l = &j->lists[r];
        uint16_t count = a->roles[r].among_count;
        *l = (struct joint_list){.role = &a->roles[r]};
        l->who = joint_room_take(&j->tables, count * sizeof *l->who);
        l->slot = joint_room_take(&j->tables, count * sizeof *l->slot);
    }
    /* These two are written before they are read; clearing them would cost more than many a search. */
    j->word_least = (int64_t *)(void *)(j->tables.at + j->tables.used);
    j->cost = j->word_least + (words + 7) / 8 * 8;
    ASSERT((char *)(j->cost + a->grid->steps) <= j->tables.at + j->tables.bytes);
    return OK;
}

static int by_cost(const void *a, const void *b)
{
    const struct joint_rank *x = a, *y = b;
    if (x->cost != y->cost) return x->cost < y->cost ? -1 : 1;
    if (x->id != y->id) return x->id < y->id ? -1 : 1;
    return (x->resource > y->resource) - (x->resource < y->resource);
}

/* False when a role names somebody twice. */
static bool rank_all(struct joint *j, const struct joint_ask *a)
{
    for (uint8_t r = 0; r < a->role_count; r++)
        for (uint16_t i = 0; i < a->roles[r].among_count; i++) {
            uint16_t resource = a->roles[r].among[i], bit = (uint16_t)(1u << r);
            if (j->roles_of[resource] & bit) return false;
            j->is_shared |= j->roles_of[resource] != 0;
            j->roles_of[resource] |= bit;
        }
    for (uint16_t i = 0; i < a->resource_count; i++)
        if (j->roles_of[i])
            j->ranks[j->rank_count++] =
                (struct joint_rank){joint_seat_cost(&a->weights, &a->resources[i]), a->resources[i].id.n, i};
    qsort(j->ranks, j->rank_count, sizeof *j->ranks, by_cost);
    return true;
}

/* A resource that fills two roles of the same length needs its starts only once. */
static uint32_t slot_of(struct joint *j, uint8_t r, const struct joint_rank *rank)
{
    for (uint16_t earlier = j->roles_of[rank->resource] & (uint16_t)((1u << r) - 1); earlier;
         earlier &= (uint16_t)(earlier - 1)) {
        const struct joint_list *l = &j->lists[__builtin_ctz(earlier)];
        if (l->role->before == j->lists[r].role->before && l->role->after == j->lists[r].role->after)
            return l->slot[l->count - 1];
    }
    return j->slot_count++;
}

/* Roles that leave few starts come first, as the rest then has less to look at: few to choose from, then long. */
static bool is_narrower(const struct joint_list *a, const struct joint_list *b)
{
    unsigned x = a->count / a->role->need, y = b->count / b->role->need;
    return x != y ? x < y : a->length > b->length;
}

static void list_all(struct joint *j, const struct joint_ask *a)
{
    for (uint32_t i = 0; i < j->rank_count; i++)
        for (uint16_t left = j->roles_of[j->ranks[i].resource]; left; left &= (uint16_t)(left - 1)) {
            uint8_t r = (uint8_t)__builtin_ctz(left);
            struct joint_list *l = &j->lists[r];
            l->slot[l->count] = slot_of(j, r, &j->ranks[i]);
            l->who[l->count++] = &j->ranks[i];
            if (l->count <= l->role->need) j->seats_least += j->ranks[i].cost;
        }
    for (uint8_t r = 0; r < a->role_count; r++) {
        uint8_t at = r;
        j->lists[r].length = (uint32_t)a->roles[r].before + a->duration + a->roles[r].after;
        for (; at > 0 && is_narrower(&j->lists[r], &j->lists[j->order[at - 1]]); at--)
            j->order[at] = j->order[at - 1];
        j->order[at] = r;
        uint32_t words = (uint32_t)bits_runs_room(JOINT_CHUNK_WORDS, j->lists[r].length);
        if (words > j->slot_words) j->slot_words = words;
    }
}

static enum err begin(struct joint *j, const struct joint_ask *a)
{
    if (!joint_is_right(a)) return ERR_BAD_INPUT;
    enum err err = open_tables(j, a);
    if (err) return err;
    j->ask = a;
    j->rank_count = j->slot_count = j->slot_words = 0;
    j->seats_least = 0;
    j->is_shared = false;
    if (!rank_all(j, a)) return ERR_BAD_INPUT;
    list_all(j, a);
    err = joint_room_open(&j->starts, (size_t)j->slot_count * j->slot_words * sizeof(uint64_t));
    j->slots = (uint64_t *)(void *)j->starts.at;
    return err;
}

/* A part of the window: words [from, from + count) of the grid, of which only [low, high) can hold a start. */
struct chunk {
    uint32_t number, from, count, low, high;
    uint64_t *fits;
};

static bool narrow(struct chunk *c)
{
    while (c->low < c->high && !c->fits[c->low])
        c->low++;
    while (c->low < c->high && !c->fits[c->high - 1])
        c->high--;
    return c->low < c->high;
}

static bool open_chunk(struct joint *j, struct chunk *c)
{
    const struct joint_ask *a = j->ask;
    uint32_t from = c->from * 64, until = from + c->count * 64;
    if (from < a->first) from = a->first;
    if (until > a->last - a->duration + 1) until = a->last - a->duration + 1;
    for (uint32_t s = (from + a->align - 1) / a->align * a->align; s < until; s += a->align)
        c->fits[s / 64 - c->from] |= UINT64_C(1) << s % 64;
    return narrow(c);
}

/* The starts of one resource in this chunk, made when first asked for; low and high only close in. */
static const uint64_t *starts_of(struct joint *j, const struct joint_list *l, uint16_t i,
                                 const struct chunk *c)
{
    uint32_t slot = l->slot[i];
    uint64_t *starts = j->slots + (size_t)slot * j->slot_words;
    if (j->slot_chunk[slot] != c->number) {
        int64_t first = (int64_t)(c->from + c->low) * 64 - l->role->before;
        bits_runs(starts + c->low, c->high - c->low, j->ask->resources[l->who[i]->resource].free,
                  grid_words(j->ask->grid->steps), first, l->length);
        j->slot_chunk[slot] = c->number;
    }
    return starts;
}

/* Which starts still need one, two, three … more of a role. */
struct wants {
    uint64_t word[MOST_NEED][JOINT_CHUNK_WORDS];
};

static void want_all(struct wants *w, const struct chunk *c, uint8_t need)
{
    for (uint8_t n = 0; n < need; n++)
        memcpy(w->word[n] + c->low, c->fits + c->low, (c->high - c->low) * sizeof(uint64_t));
}

/* Gives each start that wants one more the resource that begins at `starts`; says whether any still wants. */
static bool give(struct wants *w, const struct chunk *c, uint8_t need, const uint64_t *starts)
{
    uint64_t left = 0;
    for (uint32_t i = c->low; i < c->high; i++) {
        uint64_t gets = starts[i] & w->word[0][i];
        for (uint8_t n = 0; n + 1 < need; n++)
            w->word[n][i] &= ~gets | w->word[n + 1][i];
        w->word[need - 1][i] &= ~gets;
        left |= w->word[0][i];
    }
    return left != 0;
}

/* Leaves in the chunk the starts at which the role can be filled. */
static bool fill_role(struct joint *j, struct joint_list *l, struct chunk *c)
{
    struct wants w;
    uint8_t need = l->role->need;
    want_all(&w, c, need);
    for (l->used = 0; l->used < l->count;)
        if (!give(&w, c, need, starts_of(j, l, l->used++, c))) break;
    for (uint32_t i = c->low; i < c->high; i++)
        c->fits[i] &= ~w.word[0][i];
    return narrow(c);
}

static void add_cost(int64_t *cost, uint64_t word, int64_t more)
{
    for (; word; word &= word - 1)
        cost[__builtin_ctzll(word)] += more;
}

static void cost_role(struct joint *j, struct joint_list *l, const struct chunk *c)
{
    struct wants w;
    uint8_t need = l->role->need;
    bool more = true;
    want_all(&w, c, need);
    for (uint16_t k = 0; k < l->used && more; k++) {
        const uint64_t *starts = starts_of(j, l, k, c);
        int64_t cost = l->who[k]->cost;
        for (uint32_t i = c->low; i < c->high && cost; i++)
            add_cost(j->cost + (size_t)(c->from + i) * 64, starts[i] & w.word[0][i], cost);
        more = give(&w, c, need, starts);
    }
}

static void find_least(struct joint *j, uint32_t w)
{
    int64_t least = COST_NONE;
    for (uint64_t left = j->fits[w]; left; left &= left - 1) {
        int64_t cost = j->cost[w * 64 + (uint32_t)__builtin_ctzll(left)];
        if (cost < least) least = cost;
    }
    j->word_least[w] = least;
}

/* Each role's cheapest at each start: the cost itself when nobody is wanted twice, else a lower bound. */
static void cost_chunk(struct joint *j, const struct chunk *c)
{
    for (uint32_t i = c->low; i < c->high; i++)
        for (uint64_t left = c->fits[i]; left; left &= left - 1) {
            uint32_t start = (c->from + i) * 64 + (uint32_t)__builtin_ctzll(left);
            j->cost[start] = joint_start_cost(j->ask, start);
        }
    for (uint8_t r = 0; r < j->ask->role_count; r++)
        cost_role(j, &j->lists[r], c);
    for (uint32_t i = c->low; i < c->high; i++)
        find_least(j, c->from + i);
}

static void search_chunk(struct joint *j, struct chunk *c)
{
    bool fits = open_chunk(j, c);
    for (uint8_t i = 0; i < j->ask->role_count && fits; i++)
        fits = fill_role(j, &j->lists[j->order[i]], c);
    for (uint32_t i = 0; i < c->count; i++) {
        if (!fits || i < c->low || i >= c->high) c->fits[i] = 0;
        j->word_least[c->from + i] = COST_NONE;
    }
    if (fits) cost_chunk(j, c);
}

static bool is_beside(const struct joint_answer *answer, uint32_t start, uint32_t duration)
{
    for (uint8_t i = 0; i < answer->count; i++) {
        uint32_t other = answer->proposals[i].start;
        if ((start > other ? start - other : other - start) < duration) return false;
    }
    return true;
}

/* The cheapest start so far that overlaps no proposal; the earliest of equals. */
static bool cheapest(const struct joint *j, const struct joint_answer *answer, uint32_t *ret_start)
{
    int64_t best = COST_NONE;
    for (uint32_t w = j->words_done_from; w < j->words_done_until; w++) {
        if (j->word_least[w] >= best) continue;
        for (uint64_t left = j->fits[w]; left; left &= left - 1) {
            uint32_t start = w * 64 + (uint32_t)__builtin_ctzll(left);
            if (j->cost[start] >= best || !is_beside(answer, start, j->ask->duration)) continue;
            best = j->cost[start];
            *ret_start = start;
        }
    }
    return best != COST_NONE;
}

/* Makes the start's cost exact where it was only bounded. False: it did not stay what it was, look again. */
static bool settle(struct joint *j, uint32_t start)
{
    struct joint_seat seats[JOINT_SEATS_MAX];
    uint64_t bit = UINT64_C(1) << start % 64;
    uint8_t count;
    int64_t cost;
    if (!j->is_shared || j->exact[start / 64] & bit) return true;
    j->exact[start / 64] |= bit;
    if (joint_seat(j, start, seats, &count, &cost)) {
        cost += joint_start_cost(j->ask, start);
        ASSERT(cost >= j->cost[start]);
        if (cost == j->cost[start]) return true;
        j->cost[start] = cost;
    } else {
        j->fits[start / 64] &= ~bit;
    }
    find_least(j, start / 64);
    return false;
}

static void choose(struct joint *j, struct joint_answer *answer)
{
    uint32_t start = 0;
    answer->count = 0;
    while (answer->count < j->ask->proposals_max && cheapest(j, answer, &start)) {
        if (!settle(j, start)) continue;
        struct joint_proposal *p = &answer->proposals[answer->count++];
        p->start = start;
        p->cost = j->cost[start];
    }
}

/* No start from this word on can come before what was chosen: costs rise with time, and no seats are cheaper
 * than the cheapest. What costs more than all that was chosen would not have been chosen beside it either. */
static bool is_settled(const struct joint *j, const struct joint_answer *answer, uint32_t word)
{
    if (answer->count < j->ask->proposals_max) return false;
    if (j->ask->is_around && word * 64 < j->ask->now) return false; /* until the wanted time costs fall */
    return joint_start_cost(j->ask, word * 64) + j->seats_least >= answer->proposals[answer->count - 1].cost;
}

static void describe(const struct joint *j, struct joint_proposal *p)
{
    const struct joint_ask *a = j->ask;
    int64_t chosen_at = p->cost, seats_cost;
    bool is_seated = joint_seat(j, p->start, p->seats, &p->seat_count, &seats_cost);
    ASSERT(is_seated);
    p->wait_min = (uint32_t)joint_wait_min(a, p->start);
    p->late_min = (uint32_t)joint_late_min(a, p->start);
    p->wait_cost = (int64_t)p->wait_min * a->weights.wait;
    p->late_cost = (int64_t)p->late_min * a->weights.late;
    for (uint8_t i = 0; i < p->seat_count; i++) {
        const struct joint_resource *r = &a->resources[p->seats[i].resource];
        p->stranger_count += r->tie == JOINT_STRANGER;
        p->load_min += r->load_min;
        p->penalty_cost += (int64_t)r->penalty * a->weights.penalty;
    }
    p->stranger_cost = (int64_t)p->stranger_count * a->weights.stranger;
    p->load_cost = (int64_t)p->load_min * a->weights.load;
    p->cost = p->wait_cost + p->late_cost + p->stranger_cost + p->load_cost + p->penalty_cost;
    ASSERT(p->cost == chosen_at);
}

static enum joint_why why_behind(const struct joint_proposal *before, const struct joint_proposal *p)
{
    int64_t most = 0;
    enum joint_why why = JOINT_EQUAL;
#define GREW(part, reason)                                                                                   \
    if (p->part - before->part > most) most = p->part - before->part, why = reason
    GREW(late_cost, JOINT_LATE);
    GREW(wait_cost, JOINT_WAITS);
    GREW(stranger_cost, JOINT_STRANGERS);
    GREW(load_cost, JOINT_LOADED);
    GREW(penalty_cost, JOINT_PENALIZED);
#undef GREW
    return why;
}

enum err joint_find(struct joint *j, const struct joint_ask *ask, struct joint_answer *ret_answer)
{
    struct joint_answer answer = {0};
    enum err err = begin(j, ask);
    if (err) return err;
    if (ask->last - ask->first >= ask->duration) {
        uint32_t first = ask->first / 64, end = (ask->last - ask->duration) / 64 + 1, number = 0;
        j->words_done_from = j->words_done_until = first;
        for (uint32_t w = first; w < end && !is_settled(j, &answer, w); w += JOINT_CHUNK_WORDS) {
            uint32_t count = end - w < JOINT_CHUNK_WORDS ? end - w : JOINT_CHUNK_WORDS;
            struct chunk c = {++number, w, count, 0, count, j->fits + w};
            search_chunk(j, &c);
            j->words_done_until = w + count;
            if (c.low < c.high) choose(j, &answer);
        }
    }
    for (uint8_t i = 0; i < answer.count; i++)
        describe(j, &answer.proposals[i]);
    for (uint8_t i = 1; i < answer.count; i++)
        answer.proposals[i].why = why_behind(&answer.proposals[i - 1], &answer.proposals[i]);
    *ret_answer = answer;
    return OK;
}
