/* attached: a record for whoever a grant lets in; a document comes with the files that it names, as it is of no use without. On the desk. */
#ifndef DESK_ATTACHED_H
#define DESK_ATTACHED_H
#include "records/record.h"

/* Files that `who` may not see, or that are another patient's, stay out. ERR_NOT_FOUND, ERR_LIMIT of the grant. */
enum err attached_put(struct tx *tx, struct record_reader *who, int64_t grant,
                      const struct record_head *record) MUST_USE;

#endif
