/* whom: whom a list is about, as people know them: name, number, cell. On a reader or the desk; in server->arena, without a guard. */
#ifndef DESK_WHOM_H
#define DESK_WHOM_H
#include "desk/chart.h"

struct whom {
    struct str id, name, number, cell; /* empty: not known */
};
/* Of "Patient/x". */
enum err whom_of(struct tx *tx, struct record_reader *server, struct str patient, struct whom *ret) MUST_USE;
/* "patient": {id, name, number, cell} into an open object. */
void whom_put(struct json_out *o, const struct whom *w);

#endif
