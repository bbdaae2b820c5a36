#include "base/metric.h"
#include "tests/unit/check.h"
#include <pthread.h>

static struct metric plain = {"yunqiao_test_things", NULL, "Things.", METRIC_GAUGE, 0, NULL};
static struct metric ok = {
    "yunqiao_test_requests_total", "code=\"200\"", "Requests.", METRIC_COUNTER, 0, NULL};
static struct metric bad = {
    "yunqiao_test_requests_total", "code=\"500\"", "Requests.", METRIC_COUNTER, 0, NULL};

static void *count(void *arg)
{
    for (int i = 0; i < 100000; i++)
        metric_add(arg, 1);
    return NULL;
}

TEST(metrics_are_written_as_prometheus_reads_them)
{
    struct buf b;
    pthread_t t[2];
    metric_register(&plain);
    metric_register(&ok);
    metric_register(&bad);
    metric_set(&plain, -3);
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&t[i], NULL, count, &ok) == 0);
    for (int i = 0; i < 2; i++)
        pthread_join(t[i], NULL);
    metric_add(&bad, 1);
    buf_init(&b, 10000);
    metric_write(&b);
    CHECK_STR(
        buf_str(&b),
        "# HELP yunqiao_test_things Things.\n# TYPE yunqiao_test_things gauge\nyunqiao_test_things -3\n"
        "# HELP yunqiao_test_requests_total Requests.\n# TYPE yunqiao_test_requests_total counter\n"
        "yunqiao_test_requests_total{code=\"200\"} 200000\nyunqiao_test_requests_total{code=\"500\"} 1\n");
    buf_done(&b);
}
