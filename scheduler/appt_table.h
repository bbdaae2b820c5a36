/* appt_table: what each event does to an appointment in each state: the one table that appt.c, the tests and
 * docs/STATES.md read. Refused pairs are written out with their reason. Constant; any thread. */
#ifndef SCHEDULER_APPT_TABLE_H
#define SCHEDULER_APPT_TABLE_H
#include "base/buf.h"
#include "scheduler/appt.h"

struct appt_cell {
    enum appt_no no; /* APPT_YES: it goes */
    enum appt_state next;
    enum appt_state
        done; /* instead of next when nobody's answer is missing any more; the same when it cannot be */
};

const struct appt_cell *appt_cell(enum appt_state s, enum appt_verb v);
const char *appt_state_text(enum appt_state s);
const char *appt_verb_text(enum appt_verb v);
const char *appt_no_text(enum appt_no n);
const char *appt_side_text(enum appt_side s);
const char *appt_reason_text(enum appt_reason r);
/* The table in Markdown. */
void appt_table_write(struct buf *to);

#endif
