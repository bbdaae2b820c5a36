/* watch: a job of the clock's own on the desk, looked after now and then by the main thread, one turn at a time. Embedded, first, in what is
 * watched; the arena is of the turn under way and goes with it. */
#ifndef DESK_WATCH_H
#define DESK_WATCH_H
#include "base/arena.h"
#include "desk/site.h"

struct watch {
    struct job job; /* first */
    struct site *site;
    struct arena *arena;
    _Atomic bool is_out;
};

/* A turn, unless the one before is under way. run and done are the job's; done ends with watch_over. What cannot be posted waits for the next. */
void watch_turn(struct watch *w, size_t arena_bytes, enum err (*run)(struct job *job, struct tx *tx),
                void (*done)(struct job *job, enum err err));
/* The end of done: what went wrong is told under that name. */
void watch_over(struct watch *w, enum err err, const char *name);

#endif
