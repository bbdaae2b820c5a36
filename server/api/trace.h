/* trace: rows of the trail about records: which versions left or were made, and whose they are (rule 24). A row holds 4,000 versions;
 * more go on in rows of their own, marked with "part". */
#ifndef API_TRACE_H
#define API_TRACE_H
#include "api/request.h"
#include "records/record.h"

/* What the reader has traced becomes rows. target may be NULL; more: further members of the first row's detail, each with a comma before
 * it (",\"created\":1"), or "". */
enum err request_trace(struct request *r, const struct record_reader *who, const char *action,
                       const char *target, const char *more) MUST_USE;

#endif
