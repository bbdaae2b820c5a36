/* affiliation: the hospital or clinic that somebody works at, by name: of the first PractitionerRole that names one. On a reader or the
 * desk. */
#ifndef DESK_AFFILIATION_H
#define DESK_AFFILIATION_H
#include "records/record.h"

/* practitioner: a row. Empty: none is named. */
enum err affiliation_of(struct tx *tx, struct record_reader *server, int64_t practitioner,
                        struct str *ret_name) MUST_USE;

#endif
