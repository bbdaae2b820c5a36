/* index_text: the words of a record for _text and _content (the trigram table record_text). FTS5 writes out what it gathered whenever a
 * savepoint begins or ends, so that one a job would make a segment of its own for each; therefore changes wait in record_text_due and
 * are put in together at the end of the desk's batch, inside the same transaction (store_before_commit). Desk thread. */
#ifndef RECORDS_INDEX_TEXT_H
#define RECORDS_INDEX_TEXT_H
#include "store/store.h"

enum err index_text_put(struct tx *tx, int64_t row, struct str narrative, struct str content) MUST_USE;
enum err index_text_clear(struct tx *tx, int64_t row) MUST_USE;
/* Puts in what waits. For the store's hook, and before the desk itself searches or checks texts. */
enum err index_text_settle(struct tx *tx) MUST_USE;

#endif
