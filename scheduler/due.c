#include "scheduler/due.h"
#include "base/mem.h"

struct due {
    struct due_entry *entries;
    uint32_t count, room, entries_max;
};

struct due *due_new(uint32_t entries_max)
{
    struct due *d = mem_zalloc(sizeof *d);
    if (d) d->entries_max = entries_max;
    return d;
}

void due_free(struct due *d)
{
    if (!d) return;
    mem_free(d->entries);
    mem_free(d);
}

uint32_t due_count(const struct due *d)
{
    return d->count;
}

static bool is_before(const struct due_entry *a, const struct due_entry *b)
{
    if (a->at.ms != b->at.ms) return a->at.ms < b->at.ms;
    if (a->kind != b->kind) return a->kind < b->kind;
    return a->id != b->id ? a->id < b->id : a->version < b->version;
}

enum err due_add(struct due *d, const struct due_entry *e)
{
    if (d->count >= d->entries_max) return ERR_LIMIT;
    if (d->count == d->room) {
        uint32_t room = d->room ? d->room * 2 : 64;
        struct due_entry *entries = mem_resize(d->entries, room * sizeof *entries);
        if (!entries) return ERR_NOMEM;
        d->entries = entries;
        d->room = room;
    }
    uint32_t at = d->count++;
    for (; at > 0 && is_before(e, &d->entries[(at - 1) / 2]); at = (at - 1) / 2)
        d->entries[at] = d->entries[(at - 1) / 2];
    d->entries[at] = *e;
    return OK;
}

/* Lets the hole at the top sink to where the last entry fits. */
static void take_top(struct due *d)
{
    const struct due_entry last = d->entries[--d->count];
    uint32_t at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= d->count) break;
        if (child + 1 < d->count && is_before(&d->entries[child + 1], &d->entries[child])) child++;
        if (!is_before(&d->entries[child], &last)) break;
        d->entries[at] = d->entries[child];
        at = child;
    }
    d->entries[at] = last;
}

bool due_take(struct due *d, struct instant now, struct due_entry *ret_entry)
{
    if (d->count == 0 || d->entries[0].at.ms > now.ms) return false;
    *ret_entry = d->entries[0];
    take_top(d);
    return true;
}

bool due_next(const struct due *d, struct instant *ret_at)
{
    if (d->count == 0) return false;
    *ret_at = d->entries[0].at;
    return true;
}
