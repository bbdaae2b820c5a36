#include "api/metrics.h"
#include "base/metric.h"
#include <pthread.h>

#define REQUESTS(class)                                                                                      \
    {                                                                                                        \
        .name = "yunqiao_http_requests_total", .labels = "class=\"" class "\"",                              \
        .help = "Requests answered by the api, by class of status.", .kind = METRIC_COUNTER                  \
    }
static struct metric requests[] = {REQUESTS("1xx"), REQUESTS("2xx"), REQUESTS("3xx"), REQUESTS("4xx"),
                                   REQUESTS("5xx")};

#define LOGINS(outcome)                                                                                      \
    {                                                                                                        \
        .name = "yunqiao_logins_total", .labels = "outcome=\"" outcome "\"",                                 \
        .help = "Logins that were completed, and wrong passwords, codes and recovery codes.",                \
        .kind = METRIC_COUNTER                                                                               \
    }
static struct metric logins[] = {LOGINS("failed"), LOGINS("ok")};
static struct metric sessions = {.name = "yunqiao_sessions", .help = "Sessions alive.", .kind = METRIC_GAUGE};

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void register_all(void)
{
    for (unsigned i = 0; i < COUNT_OF(requests); i++)
        metric_register(&requests[i]);
    for (unsigned i = 0; i < COUNT_OF(logins); i++)
        metric_register(&logins[i]);
    metric_register(&sessions);
}

void metrics_register(void)
{
    pthread_once(&once, register_all);
}

void metrics_count(int status)
{
    if (status >= 100 && status < 600) metric_add(&requests[status / 100 - 1], 1);
}

void metrics_count_login(int ok)
{
    metric_add(&logins[ok ? 1 : 0], 1);
}

void metrics_set_sessions(int64_t live)
{
    metric_set(&sessions, live);
}
