#include "scheduler/state_table.h"

void state_table_step(const struct state_table *t, int no, int next, struct buf *to)
{
    if (no)
        buf_printf(to, " – %s", t->nos[no]);
    else
        buf_printf(to, " **%s**", t->states[next]);
}

void state_table_write(const struct state_table *t, struct buf *to)
{
    buf_add_text(to, "| event |");
    for (int s = 0; s < t->shown; s++)
        buf_printf(to, " %s |", t->states[s]);
    buf_add_text(to, "\n|---|");
    for (int s = 0; s < t->shown; s++)
        buf_add_text(to, "---|");
    for (int v = 0; v < t->verb_count; v++) {
        buf_printf(to, "\n| %s |", t->verbs[v]);
        for (int s = 0; s < t->shown; s++) {
            t->cell(t, s, v, to);
            buf_add_text(to, " |");
        }
    }
}
