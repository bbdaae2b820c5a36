#include "base/metric.h"
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* registering only; counting is atomic */
static struct metric *first, **last = &first;

void metric_register(struct metric *m)
{
    pthread_mutex_lock(&lock);
    m->next = NULL;
    *last = m;
    last = &m->next;
    pthread_mutex_unlock(&lock);
}

static void write_head(struct buf *to, const struct metric *m)
{
    buf_printf(to, "# HELP %s %s\n# TYPE %s %s\n", m->name, m->help, m->name,
               m->kind == METRIC_COUNTER ? "counter" : "gauge");
}

void metric_write(struct buf *to)
{
    const char *family = "";
    pthread_mutex_lock(&lock);
    for (const struct metric *m = first; m; m = m->next) {
        if (strcmp(m->name, family) != 0) write_head(to, m);
        family = m->name;
        buf_add_text(to, m->name);
        if (m->labels) buf_printf(to, "{%s}", m->labels);
        buf_add_char(to, ' ');
        buf_add_i64(to, atomic_load_explicit(&m->value, memory_order_relaxed));
        buf_add_char(to, '\n');
    }
    pthread_mutex_unlock(&lock);
}
