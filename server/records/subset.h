/* subset: a body with fewer elements: _summary and _elements (FHIR R4 §3.1.1.5.8, .9). Such a body carries the tag SUBSETTED and is
 * never taken back. Pure. */
#ifndef RECORDS_SUBSET_H
#define RECORDS_SUBSET_H
#include "base/arena.h"
#include "base/buf.h"
#include "records/query.h"

/* Writes the body, or what is left of it. elements: comma-separated, as given. */
enum err subset_write(struct arena *arena, struct str body, enum query_summary summary, struct str elements,
                      struct buf *to) MUST_USE;
/* Writes a body of the store's own, whole, with one tag more in its meta. tag: a Coding as JSON. */
enum err subset_tagged(struct arena *arena, struct str body, const char *tag, struct buf *to) MUST_USE;

#endif
