#include "scheduler/contact.h"
#include "scheduler/terms.h"
#include <stdlib.h>
#include <string.h>

enum { NONE = UINT32_MAX, DAY_WORDS = CONTACT_DAYS_MAX / 64 };

const char *contact_kind_text(enum contact_kind kind)
{
    static const char *const names[CONTACT_KINDS] = {"cell", "escort", "room"};
    ASSERT(kind < CONTACT_KINDS);
    return names[kind];
}

int64_t contact_ms(const struct contact *c)
{
    return c->ms[CONTACT_CELL] + c->ms[CONTACT_ESCORT] + c->ms[CONTACT_ROOM];
}

/* What is known so far of a case and a person. */
struct pair {
    struct contact c;
    uint64_t days[DAY_WORDS];
    bool is_met;
};
struct finding {
    const struct contact_ask *ask;
    uint32_t *case_of;   /* by person: the first; NONE */
    uint32_t *next_case; /* of the same person */
    struct pair *pairs;  /* case x person */
};

static bool is_sound(const struct contact_ask *a)
{
    int64_t end = a->midnight.ms + CONTACT_DAYS_MAX * DAY_MS;
    for (uint32_t i = 0; i < a->stay_count; i++)
        if (a->stays[i].person >= a->people || a->stays[i].place >= a->places ||
            a->stays[i].kind >= CONTACT_KINDS)
            return false;
    for (uint32_t i = 0; i < a->case_count; i++)
        if (a->cases[i].person >= a->people || a->cases[i].from.ms < a->midnight.ms ||
            a->cases[i].until.ms > end)
            return false;
    return true;
}

/* -- stays, by place and time -- */

static int by_person(const void *a, const void *b)
{
    const struct contact_stay *x = a, *y = b;
    if (x->place != y->place) return x->place < y->place ? -1 : 1;
    if (x->person != y->person) return x->person < y->person ? -1 : 1;
    return (x->from.ms > y->from.ms) - (x->from.ms < y->from.ms);
}

static int by_time(const void *a, const void *b)
{
    const struct contact_stay *x = a, *y = b;
    if (x->place != y->place) return x->place < y->place ? -1 : 1;
    return (x->from.ms > y->from.ms) - (x->from.ms < y->from.ms);
}

/* Those of places where a case has been; each person's in one place made one where they touch. */
static enum err lay_out(struct arena *arena, const struct contact_ask *a, struct contact_stay **ret,
                        uint32_t *ret_n)
{
    bool *is_case = arena_zalloc(arena, a->people + 1), *is_of_case = arena_zalloc(arena, a->places + 1);
    struct contact_stay *to = arena_alloc(arena, (a->stay_count + 1) * sizeof *to);
    uint32_t n = 0, kept = 0;
    if (!is_case || !is_of_case || !to) return ERR_NOMEM;
    for (uint32_t i = 0; i < a->case_count; i++)
        is_case[a->cases[i].person] = true;
    for (uint32_t i = 0; i < a->stay_count; i++)
        is_of_case[a->stays[i].place] |= is_case[a->stays[i].person];
    for (uint32_t i = 0; i < a->stay_count; i++)
        if (is_of_case[a->stays[i].place] && a->stays[i].from.ms < a->stays[i].until.ms)
            to[n++] = a->stays[i];
    if (n > 1) qsort(to, n, sizeof *to, by_person);
    for (uint32_t i = 0; i < n; i++) {
        struct contact_stay *last = kept ? &to[kept - 1] : NULL;
        if (last && last->place == to[i].place && last->person == to[i].person &&
            to[i].from.ms <= last->until.ms) {
            if (to[i].until.ms > last->until.ms) last->until = to[i].until;
        } else {
            to[kept++] = to[i];
        }
    }
    if (kept > 1) qsort(to, kept, sizeof *to, by_time);
    *ret = to, *ret_n = kept;
    return OK;
}

/* -- two in one place -- */

static void mark_days(const struct finding *f, struct pair *p, int64_t from, int64_t until)
{
    int64_t first = (from - f->ask->midnight.ms) / DAY_MS, last = (until - 1 - f->ask->midnight.ms) / DAY_MS;
    for (int64_t d = first; d <= last && d < CONTACT_DAYS_MAX; d++)
        p->days[d / 64] |= (uint64_t)1 << (d % 64);
}

static void meet(const struct finding *f, struct pair *p, enum contact_kind kind, int64_t from, int64_t until)
{
    bool is_first = !p->is_met || p->c.last.ms == 0;
    if (is_first || from < p->c.first.ms) p->c.first.ms = from;
    if (is_first || until > p->c.last.ms) p->c.last.ms = until;
    p->c.ms[kind] += until - from;
    p->is_met = true;
    mark_days(f, p, from, until);
}

static void follow(const struct finding *f, struct pair *p, int64_t gap, int64_t at)
{
    if (p->c.gap_ms < 0 || gap < p->c.gap_ms) p->c.gap_ms = gap;
    p->is_met = true;
    mark_days(f, p, at, at + 1);
}

/* The case's stay and another's in the same place. */
static void look_at(const struct finding *f, const struct contact_stay *own, const struct contact_stay *other)
{
    for (uint32_t i = f->case_of[own->person]; i != NONE; i = f->next_case[i]) {
        const struct contact_case *c = &f->ask->cases[i];
        struct pair *p = &f->pairs[(size_t)i * f->ask->people + other->person];
        int64_t from = own->from.ms > c->from.ms ? own->from.ms : c->from.ms;
        int64_t until = own->until.ms < c->until.ms ? own->until.ms : c->until.ms;
        if (from >= until) continue;
        int64_t since = other->from.ms > from ? other->from.ms : from;
        int64_t to = other->until.ms < until ? other->until.ms : until;
        int64_t gap = other->from.ms - until;
        if (since < to)
            meet(f, p, own->kind, since, to);
        else if (own->kind == CONTACT_ROOM && gap >= 0 && gap < f->ask->after_ms)
            follow(f, p, gap,
                   other->from.ms < f->ask->midnight.ms + CONTACT_DAYS_MAX * DAY_MS ? other->from.ms
                                                                                    : until - 1);
    }
}

/* Through each place in time, with those in mind who are still there, or left so lately that it matters. */
static enum err sweep(struct arena *arena, const struct finding *f, const struct contact_stay *stays,
                      uint32_t n)
{
    uint32_t *there = arena_alloc(arena, (n + 1) * sizeof *there), count = 0;
    if (!there) return ERR_NOMEM;
    for (uint32_t i = 0; i < n; i++) {
        int64_t after = stays[i].kind == CONTACT_ROOM ? f->ask->after_ms : 0;
        if (i && stays[i - 1].place != stays[i].place) count = 0;
        uint32_t kept = 0;
        for (uint32_t k = 0; k < count; k++) {
            const struct contact_stay *other = &stays[there[k]];
            if (other->until.ms + after <= stays[i].from.ms) continue;
            there[kept++] = there[k];
            if (other->person == stays[i].person) continue;
            look_at(f, other, &stays[i]);
            look_at(f, &stays[i], other);
        }
        count = kept;
        there[count++] = i;
    }
    return OK;
}

/* -- what came of it -- */

static int by_case_and_length(const void *a, const void *b)
{
    const struct contact *x = a, *y = b;
    int64_t long_x = contact_ms(x), long_y = contact_ms(y);
    if (x->of != y->of) return x->of < y->of ? -1 : 1;
    if (long_x != long_y) return long_x > long_y ? -1 : 1;
    return (x->person > y->person) - (x->person < y->person);
}

static enum err collect(struct arena *arena, const struct finding *f, struct contact **ret, uint32_t *ret_n)
{
    size_t all = (size_t)f->ask->case_count * f->ask->people;
    uint32_t n = 0;
    for (size_t i = 0; i < all; i++)
        n += f->pairs[i].is_met;
    struct contact *to = arena_alloc(arena, (n + 1) * sizeof *to);
    if (!to) return ERR_NOMEM;
    n = 0;
    for (size_t i = 0; i < all; i++) {
        struct pair *p = &f->pairs[i];
        if (!p->is_met) continue;
        p->c.of = (uint32_t)(i / f->ask->people), p->c.person = (uint32_t)(i % f->ask->people);
        for (int w = 0; w < DAY_WORDS; w++)
            p->c.days = (uint16_t)(p->c.days + __builtin_popcountll(p->days[w]));
        to[n++] = p->c;
    }
    if (n > 1) qsort(to, n, sizeof *to, by_case_and_length);
    *ret = to, *ret_n = n;
    return OK;
}

enum err contact_find(struct arena *arena, const struct contact_ask *ask, struct contact **ret,
                      uint32_t *ret_n)
{
    struct finding f = {.ask = ask};
    struct contact_stay *stays;
    size_t all = (size_t)ask->case_count * ask->people;
    uint32_t n;
    if (!is_sound(ask)) return ERR_BAD_INPUT;
    f.case_of = arena_alloc(arena, (ask->people + 1) * sizeof *f.case_of);
    f.next_case = arena_alloc(arena, (ask->case_count + 1) * sizeof *f.next_case);
    f.pairs = arena_zalloc(arena, (all + 1) * sizeof *f.pairs);
    if (!f.case_of || !f.next_case || !f.pairs) return ERR_NOMEM;
    memset(f.case_of, 0xff, (ask->people + 1) * sizeof *f.case_of);
    for (size_t i = 0; i < all; i++)
        f.pairs[i].c.gap_ms = -1;
    for (uint32_t i = 0; i < ask->case_count; i++) {
        f.next_case[i] = f.case_of[ask->cases[i].person];
        f.case_of[ask->cases[i].person] = i;
    }
    enum err err = lay_out(arena, ask, &stays, &n);
    if (!err) err = sweep(arena, &f, stays, n);
    return err ? err : collect(arena, &f, ret, ret_n);
}
