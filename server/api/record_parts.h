/* record_parts: what endpoints beside /fhir share: finding a record as the asker may see it, and telling the trail of it. */
#ifndef API_RECORD_PARTS_H
#define API_RECORD_PARTS_H
#include "api/request.h"
#include "records/guard.h"
#include "records/record.h"

/* A reader with the guard of who asks. */
enum err record_parts_reader(struct request *r, struct tx *tx, struct record_reader *ret) MUST_USE;
/* The current head of "Type/id", or of an id of the type given; 404 not_found as a fault when absent or not to be seen. */
enum err record_parts_find(struct request *r, struct tx *tx, const struct record_reader *who, struct str type,
                           struct str id, struct record_head *ret) MUST_USE;
/* "Type/id" cut in two. */
bool record_parts_cut(struct str reference, struct str *ret_type, struct str *ret_id);
/* A number in the path; 404 when it is none. */
bool record_parts_number(struct request *r, int64_t *ret_n);
/* "before" of the query, where a page of rows goes on; 0: absent; 400 when it is no number above 0. */
bool record_parts_before(struct request *r, int64_t *ret_before);
const char *record_parts_target(struct request *r,
                                const struct record_head *head); /* "Type/id"; NULL: no memory */
/* The codes in an array of the body, which may be absent; a fault when one is not known. */
bool record_parts_labels(struct request *r, const char *key, uint32_t *ret_labels);

#endif
