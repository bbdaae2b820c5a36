/* show: what `yunqiao` prints: an answer line for people (lists as columns, the rest as "key: value"), or as JSON; a bar for long
 * work when stderr is a terminal. Main thread. */
#ifndef APP_SHOW_H
#define APP_SHOW_H
#include "desk/ops.h"

/* Prints one answer line, {"ok":…}, and returns the exit code in it. */
enum ops_exit show_answer(struct str line, bool as_json);
/* {"progress":…}; true: it was such a line. */
bool show_progress(struct str line);
void show_progress_end(void);

#endif
