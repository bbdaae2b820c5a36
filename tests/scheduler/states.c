/* states: prints the tables that stand in docs/STATES.md, for when one has changed: states [appt|oncall|rule|sick|local-visit|intake|transfer|epidemic] */
#include "base/mem.h"
#include "scheduler/appt_table.h"
#include "scheduler/epidemic.h"
#include "scheduler/intake.h"
#include "scheduler/local_visit.h"
#include "scheduler/oncall.h"
#include "scheduler/rule.h"
#include "scheduler/sick.h"
#include "scheduler/transfer.h"
#include <stdio.h>

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*write)(struct buf *to);
    } tables[] = {{"appt", appt_table_write},
                  {"oncall", oncall_table_write},
                  {"rule", rule_table_write},
                  {"sick", sick_table_write},
                  {"local-visit", local_visit_table_write},
                  {"intake", intake_table_write},
                  {"transfer", transfer_table_write},
                  {"epidemic", epidemic_table_write}};
    struct buf b;
    buf_init(&b, 1 << 20);
    for (size_t i = 0; i < COUNT_OF(tables); i++)
        if (argc < 2 || strcmp(argv[1], tables[i].name) == 0) tables[i].write(&b);
    fwrite(b.at, 1, b.bytes, stdout);
    int failed = b.err != OK || b.bytes == 0;
    buf_done(&b);
    return failed;
}
