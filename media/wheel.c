#include "media/wheel.h"
#include "base/err.h"

void timer_init(struct timer *t, void (*fire)(struct timer *t))
{
    *t = (struct timer){.fire = fire};
    list_init(&t->in);
}

void wheel_init(struct wheel *w, struct tick now)
{
    ASSERT(now.ms >= 0);
    w->now = now;
    list_init(&w->due);
    list_init(&w->firing);
    for (int level = 0; level < WHEEL_LEVELS; level++) {
        w->filled[level] = 0;
        for (int slot = 0; slot < WHEEL_SLOTS; slot++)
            list_init(&w->slots[level][slot]);
    }
}

static void place(struct wheel *w, struct timer *t)
{
    if (t->at.ms <= w->now.ms) {
        list_add_last(&w->due, &t->in);
        return;
    }
    uint64_t differs = (uint64_t)t->at.ms ^ (uint64_t)w->now.ms;
    int level = (63 - __builtin_clzll(differs)) / 6;
    int slot = (int)((uint64_t)t->at.ms >> (6 * level) & (WHEEL_SLOTS - 1));
    list_add_last(&w->slots[level][slot], &t->in);
    w->filled[level] |= 1ull << slot;
}

void wheel_clear(struct timer *t)
{
    list_remove(&t->in);
    t->is_set = false;
}

void wheel_set(struct wheel *w, struct timer *t, struct tick at)
{
    wheel_clear(t);
    t->at = at;
    t->is_set = true;
    place(w, t);
}

/* The lowest filled slot, its bits cleared where timers were taken away; false: the wheel is empty. */
static bool lowest(struct wheel *w, int *ret_level, int *ret_slot)
{
    for (int level = 0; level < WHEEL_LEVELS; level++) {
        while (w->filled[level]) {
            int slot = __builtin_ctzll(w->filled[level]);
            if (!list_is_empty(&w->slots[level][slot])) {
                *ret_level = level;
                *ret_slot = slot;
                return true;
            }
            w->filled[level] &= w->filled[level] - 1;
        }
    }
    return false;
}

/* The first millisecond that belongs to the slot. */
static struct tick slot_start(const struct wheel *w, int level, int slot)
{
    int above = 6 * (level + 1);
    uint64_t upper = above < 64 ? (uint64_t)w->now.ms >> above << above : 0;
    return (struct tick){(int64_t)(upper | (uint64_t)slot << (6 * level))};
}

bool wheel_next(struct wheel *w, struct tick *ret_at)
{
    int level, slot;
    if (!list_is_empty(&w->due)) {
        *ret_at = w->now;
        return true;
    }
    if (!lowest(w, &level, &slot)) return false;
    *ret_at = slot_start(w, level, slot);
    return true;
}

static void list_move(struct list *from, struct list *to)
{
    list_each (item, after, from) {
        list_remove(item);
        list_add_last(to, item);
    }
}

/* Taken one by one from the front, so that a firing timer may clear those behind it. */
static void fire_all(struct wheel *w)
{
    while (!list_is_empty(&w->firing)) {
        struct timer *t = list_of(w->firing.next, struct timer, in);
        wheel_clear(t);
        t->fire(t);
    }
}

static void slot_reach(struct wheel *w, int level, int slot)
{
    struct list moved;
    list_init(&moved);
    list_move(&w->slots[level][slot], level == 0 ? &w->firing : &moved);
    w->filled[level] &= ~(1ull << slot);
    list_each (item, after, &moved) {
        list_remove(item);
        struct timer *t = list_of(item, struct timer, in);
        if (t->at.ms == w->now.ms)
            list_add_last(&w->firing, item);
        else
            place(w, t);
    }
}

void wheel_run(struct wheel *w, struct tick now)
{
    int level, slot;
    list_move(&w->due, &w->firing);
    fire_all(w);
    while (lowest(w, &level, &slot)) {
        struct tick at = slot_start(w, level, slot);
        if (at.ms > now.ms) break;
        ASSERT(at.ms > w->now.ms);
        w->now = at;
        slot_reach(w, level, slot);
        fire_all(w);
    }
    if (now.ms > w->now.ms) w->now = now;
}
