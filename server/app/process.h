/* process: what this process takes from the machine, for /metrics, and what it needs before it starts. Main thread. */
#ifndef APP_PROCESS_H
#define APP_PROCESS_H
#include "base/clock.h"
#include "base/err.h"
#include <stdint.h>

int64_t process_rss_bytes(void); /* 0: cannot be told */
int64_t process_fds(void);
void process_register_metrics(struct instant started);
void process_update_metrics(void);
/* Free bytes where `path` is, or will be; -1: cannot be told. */
int64_t process_free_bytes(const char *path);
/* Few heaps and early giving back: a server idles under 40 MB. Before the first thread. */
void process_tune_heap(void);
void process_trim_heap(void);

#endif
