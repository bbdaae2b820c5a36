/* isolation: the one projection by which custody learns who is to be kept apart: a name, a number, a cell, until when at the earliest; no
 * word of why. Of the clinic's findings (desk/escort's precautions) and of cases of what spreads (desk/epidemic). On a reader or the
 * desk; in server->arena, without a guard. */
#ifndef DESK_ISOLATION_H
#define DESK_ISOLATION_H
#include "desk/epidemic.h"

#define ISOLATION_MAX 500

struct isolation {
    struct str patient, name, number, cell; /* patient: "Patient/x" */
    struct str place;                       /* where the isolation is: its words; empty: in the cell */
    struct instant since, until;            /* until ms 0: until the clinic says so */
};
/* Cases alone: whoever a case keeps apart, each once, the longest until. */
enum err isolation_of_cases(struct tx *tx, struct record_reader *server, struct isolation ret[ISOLATION_MAX],
                            uint32_t *ret_n) MUST_USE;
/* Whether a case keeps this patient ("Patient/x") apart just now. */
enum err isolation_is(struct tx *tx, struct record_reader *server, struct str patient, bool *ret) MUST_USE;

#endif
