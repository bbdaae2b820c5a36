/* metric: counters and gauges for /metrics (Prometheus text 0.0.4). Static objects, registered once at start
 * by the thread that wires the program; counting is a relaxed atomic add from any thread. */
#ifndef BASE_METRIC_H
#define BASE_METRIC_H
#include "base/buf.h"
#include <stdatomic.h>
#include <stdint.h>

struct metric {
    const char *name;   /* yunqiao_… with its unit last, counters end in _total */
    const char *labels; /* 'code="200"', or NULL */
    const char *help;
    enum { METRIC_COUNTER, METRIC_GAUGE } kind;
    _Atomic int64_t value;
    struct metric *next;
};

void metric_register(struct metric *m); /* the same family's members one after the other */
static inline void metric_add(struct metric *m, int64_t n)
{
    atomic_fetch_add_explicit(&m->value, n, memory_order_relaxed);
}
static inline void metric_set(struct metric *m, int64_t n)
{
    atomic_store_explicit(&m->value, n, memory_order_relaxed);
}
void metric_write(struct buf *to);

#endif
