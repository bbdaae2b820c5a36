/* load: an HTTP client of many connections kept alive, by epoll on the caller's thread. Each connection asks one thing at a time. With a
 * rate, questions fall due evenly, whether or not the last is answered, and their time counts from when they were due. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H
#include "base/buf.h"
#include <stdint.h>

struct load_how {
    uint16_t port;
    const char *bearer;
    int connections;
    long n;
    double rate; /* a second; 0: as fast as it goes */
    /* Writes the i-th question: method, path and body (may be left empty). */
    void (*ask)(void *ctx, long i, struct buf *path, struct buf *body, const char **ret_method);
    void (*answered)(void *ctx, long i, int status, struct str body); /* may be NULL */
    void *ctx;
};
struct load_told {
    double rate, p50_ms, p99_ms, most_ms;
    double cpu_us; /* of the process beside this thread, for each question */
    double own_us; /* of this thread, for each question */
    long wrong;    /* answers that are no 2xx */
    long reopened; /* connections that the server ended while they were idle */
    int64_t bytes; /* of bodies */
};
struct load_told load_run(const struct load_how *how); /* ends the process when an answer breaks off */

#endif
