/* metrics: what the api counts for /metrics. Counting is atomic; any thread. */
#ifndef API_METRICS_H
#define API_METRICS_H
#include <stdint.h>

void metrics_register(void); /* once a process; api_new does it */
void metrics_count(int status);
void metrics_count_login(int ok);
void metrics_set_sessions(int64_t live);

#endif
