/* search: a query (records/query) walked over the index, newest first or as sorted, each row guarded before it is counted, paged,
 * included or chained through (rules 9, 10). On a reader or the desk. */
#ifndef RECORDS_SEARCH_H
#define RECORDS_SEARCH_H
#include "base/buf.h"
#include "records/query.h"
#include "records/record.h"

struct search_entry {
    struct record record;
    bool is_include;
};
struct search_result {
    struct search_entry *at; /* in the arena */
    uint32_t count;
    int64_t total;   /* -1: not asked for */
    struct str next; /* the cursor of the next page; at NULL: the last page */
};
/* compartment: row of the patient whose compartment alone is searched; 0: all. */
enum err search_run(struct tx *tx, struct record_reader *who, const struct query *query, int64_t compartment,
                    struct search_result *ret, struct record_fault *fault) MUST_USE;
/* The pairs of a percent-encoded query text, in the arena. ERR_LIMIT, ERR_BAD_INPUT (bytes that are no UTF-8). */
enum err search_pairs(struct arena *arena, struct str text, struct query_pair **ret_pairs,
                      size_t *ret_n) MUST_USE;
/* A percent-encoded query text read against a type; a fault names what was wrong. */
enum err search_read(struct record_reader *who, uint16_t resource, struct str text, bool is_lenient,
                     struct query *ret, struct record_fault *fault) MUST_USE;
/* Rows that a query text finds and the reader may see, at most most, in its _sort's order: for conditional interactions and papers. */
enum err search_rows(struct tx *tx, struct record_reader *who, uint16_t resource, struct str text,
                     int64_t *ret_rows, uint32_t most, uint32_t *ret_n, struct record_fault *fault) MUST_USE;

/* Adds a value of a search parameter to a query text: what FHIR escapes (, | $ \\) escaped, all of it percent-encoded. */
void search_put_value(struct buf *to, struct str value);

#endif
