/* state_table: how each table of states is printed into docs/STATES. Pure; any thread. */
#ifndef SCHEDULER_STATE_TABLE_H
#define SCHEDULER_STATE_TABLE_H
#include "base/buf.h"

/* Events down, states across; the states from `shown` on refuse everything and have no column. */
struct state_table {
    const char *const *states, *const *verbs, *const *nos;
    int shown, verb_count;
    /* The text between its bars; mostly one of the two below. */
    void (*cell)(const struct state_table *t, int state, int verb, struct buf *to);
};
void state_table_write(const struct state_table *t, struct buf *to);
/* " – why" of a refusal (no: its index, not 0), else " **next**". */
void state_table_step(const struct state_table *t, int no, int next, struct buf *to);

#endif
