/* transfer_own: what the files transfer*.c share. */
#ifndef DESK_TRANSFER_OWN_H
#define DESK_TRANSFER_OWN_H
#include "desk/transfer.h"

/* *t as the next version of its ServiceRequest (a first one where it has none); read again, as it then stands. requester: of a first one. */
enum err transfer_write(struct tx *tx, struct record_reader *server, struct transfer *t,
                        const struct sickcall_by *requester) MUST_USE;
/* The Task that stands for *t, as the transfer says and with what was arranged (NULL: nothing yet); made where there is none. */
enum err transfer_task_write(struct tx *tx, struct record_reader *server, const struct transfer *t,
                             const char *status, const struct transfer_arrangement *a) MUST_USE;
/* The next Task's id for *t, into t->escort. */
enum err transfer_task_next(struct record_reader *server, struct transfer *t) MUST_USE;

#endif
