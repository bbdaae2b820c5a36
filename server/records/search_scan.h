/* search_scan: rows that lie together (record_value), with what the guard needs of their heads and all that is found in them: a patient's
 * records of a type, newest first, or a type's, patient by patient. Of a type whose values stand as they were made (records/index_place) each is
 * looked up beside its head. On a reader or the desk. */
#ifndef RECORDS_SEARCH_SCAN_H
#define RECORDS_SEARCH_SCAN_H
#include "records/search_own.h"

struct search_scan {
    uint16_t resource;
    int64_t before;         /* of a patient's: rows below this one */
    struct search_row *row; /* the next row stands here while it is taken */
    enum err (*take)(void *ctx, bool *ret_enough);
    void *ctx;
};
enum err search_scan_patient(struct tx *tx, const struct search_scan *scan, int64_t patient) MUST_USE;
enum err search_scan_type(struct tx *tx, const struct search_scan *scan) MUST_USE;

#endif
