/* index_values: all that searches find in a record, as one text beside it (record_value.entries), which is read once to hold a record
 * against every term of a search, to sort, and to tell on a change what of the index is new and what has gone. The tables record_key …
 * then only tell which records might meet a term. Pure but for index_values_read.
 *
 *   0   8 bytes    hash of the words in record_text
 *   8   entries, each:
 *       kind 1 | parameter 4 | values, unless it is shared
 *         kind: table in bits 0-2, a string's form in 3-4; 5: shared; 6: a key of no system; 7: a key of any system
 *         values: integers and reals of 8 as the table has them (a key's system only where 6 and 7 are clear);
 *                 of a string its length, 4, and its bytes
 * What is found by several parameters (code and combo-code, subject and patient) stands once: of entries alike, which follow each other, only
 * the last has values, the others are shared. Numbers are little-endian, as the store runs on no other machine. */
#ifndef RECORDS_INDEX_VALUES_H
#define RECORDS_INDEX_VALUES_H
#include "records/index.h"

void index_values_write(const struct index_set *set, struct buf *to);
/* The entries of a whole text, one after the other; their texts point into it. false: there are no more. */
struct str index_values_begin(struct str whole, uint64_t *ret_words);
bool index_values_next(struct str *rest, struct index_entry *ret);
/* The next one of this table and parameter; the others are not looked at. */
bool index_values_find(struct str *rest, enum index_table table, int64_t param, struct index_entry *ret);
/* Of a record, into the buffer (cleared before); empty where it has none. Of a head it is known
 * where they stand (records/index_place). */
enum err index_values_read(struct tx *tx, int64_t row, struct buf *to) MUST_USE;
enum err index_values_of(struct tx *tx, const struct record_head *head, struct buf *to) MUST_USE;

#endif
