/* intake_own: what the files intake*.c share. */
#ifndef DESK_INTAKE_OWN_H
#define DESK_INTAKE_OWN_H
#include "desk/intake.h"

/* The Task as *in says, which is read again. */
enum err intake_write(struct tx *tx, struct record_reader *server, struct str id, struct intake *in) MUST_USE;
/* The Task's id and what stands behind it: "-i". */
enum err intake_beside(struct record_reader *server, const struct intake *in, const char *behind,
                       struct str *ret) MUST_USE;

#endif
