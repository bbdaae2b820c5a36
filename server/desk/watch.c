#include "desk/watch.h"
#include "base/log.h"
#include <stdatomic.h>

static void let_go(struct watch *w)
{
    arena_free(w->arena);
    w->arena = NULL;
    atomic_store(&w->is_out, false);
}

void watch_turn(struct watch *w, size_t arena_bytes, enum err (*run)(struct job *job, struct tx *tx),
                void (*done)(struct job *job, enum err err))
{
    if (atomic_exchange(&w->is_out, true)) return;
    w->arena = arena_new(arena_bytes);
    w->job = (struct job){.run = run, .done = done};
    if (!w->arena || store_write(w->site->store, &w->job) != OK) let_go(w);
}

void watch_over(struct watch *w, enum err err, const char *name)
{
    if (err && err != ERR_CLOSED) log_warn(name, "not_looked_after", LOG_E(err));
    let_go(w);
}
