/* project: a record as a narrow role gets it: without the elements that the guard hides (guard_hides), and no search that looks into
 * them. Pure. */
#ifndef RECORDS_PROJECT_H
#define RECORDS_PROJECT_H
#include "base/buf.h"
#include "records/guard.h"
#include "records/query.h"

bool project_is_needed(const struct guard *guard, uint16_t resource);
/* Appends the body (as stored) without what is hidden; numbers stay as written. ERR_CORRUPT: it is no body. */
enum err project_body(const struct guard *guard, uint16_t resource, struct str body, struct arena *arena,
                      struct buf *to) MUST_USE;
/* The name of the first parameter, sort or include that looks into what is hidden, at any hop; at NULL: none. */
struct str project_query(const struct guard *guard, const struct query *query);

#endif
