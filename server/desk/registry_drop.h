/* registry_drop: the registry's door for batch files (registry/batch): a folder into which it puts them.
 *
 *   DIR/NAME.csv           looked at once it has stood unchanged between two looks; better: written elsewhere and renamed
 *   DIR/done/NAME.csv      each row of it is in the record, or waits for somebody to decide
 *   DIR/failed/NAME.csv    some row was refused, or the file could not be read
 *   …/NAME.csv.report.csv  a line for each row: what became of it, and why; no name stands in it
 *
 * A row is one message (desk/registry_door), many are committed at once. A file is moved when all its rows are durable and the report is written:
 * killed before, it is read again, and its rows are there already. Two files of one name: the later is NAME.csv.2 …
 *
 * A thread of its own. Main thread: new, start, stop, free. */
#ifndef DESK_REGISTRY_DROP_H
#define DESK_REGISTRY_DROP_H
#include "desk/site.h"

#define DROP_TURN_MS 1000
#define DROP_NAME_BYTES_MAX 200

struct registry_drop;
/* Makes done and failed below it. ERR_BAD_INPUT: it is no folder that we may write; ret_why is a sentence for the operator. The source outlives it. */
enum err registry_drop_new(struct site *site, const char *source, const char *dir, struct registry_drop **ret,
                           char ret_why[256]) MUST_USE;
enum err registry_drop_start(struct registry_drop *d) MUST_USE;
/* Waits for what is at the desk; a file that is half read is left. Before the store is closed. NULL allowed. */
void registry_drop_stop(struct registry_drop *d);
void registry_drop_free(struct registry_drop *d);

#endif
