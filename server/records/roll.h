/* roll: the current records of a type, all of them, for what the server itself keeps in memory; and how to know that one of them has
 * changed. Without the guard. On a reader or the desk. */
#ifndef RECORDS_ROLL_H
#define RECORDS_ROLL_H
#include "records/record.h"

/* The highest seq of any version of the type; 0: there is none. It rises with each write of one. */
enum err roll_seq(struct tx *tx, uint16_t resource, int64_t *ret_seq) MUST_USE;
/* Rows above `after`, rising, at most `most`; for the next page give the last. Deleted ones are left out. */
enum err roll_rows(struct tx *tx, uint16_t resource, int64_t after, int64_t *ret_rows, uint32_t most,
                   uint32_t *ret_n) MUST_USE;

#endif
