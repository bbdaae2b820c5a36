/* housing: what custody learns of a screening, and all that it learns (workflow, step 2): of everybody who is here whether they are fit, how
 * they are to be housed and until when, as codes; of who waits, that there is no instruction yet and whether it is late. No word of what
 * was found, and none of who waits for what. This is the one place where it is made. On a reader; in server->arena, without a guard. */
#ifndef DESK_HOUSING_H
#define DESK_HOUSING_H
#include "desk/intake.h"

/* "rows": [{name, number, cell, fitness, housing, until, late}] by cell, "cut", and "since": when the duty command was told that a screening is
 * overdue (null: none is), into an open object. An instruction whose day has passed is not told any more. */
enum err housing_write(struct tx *tx, struct record_reader *server, const struct intake_limits *limits,
                       struct json_out *to) MUST_USE;

#endif
