/* http: one request after another over a kept connection, for tests and benches that ask a server for a call. Waits for
 * the answer. By libcurl. Owner: the test; one thread. */
#ifndef TESTS_LAB_HTTP_H
#define TESTS_LAB_HTTP_H
#include "base/buf.h"

struct http;

/* NULL: out of memory. */
struct http *http_new(void) MUST_USE;
void http_free(struct http *h); /* NULL allowed */
/* From this address of ours on ("127.0.0.2"): a server counts who asks. */
void http_from(struct http *h, const char *address);
/* type, token and body may be NULL. The answer's body is http_body, until the next request. ERR_IO: no answer. */
enum err http_ask(struct http *h, const char *method, const char *url, const char *type, const char *token,
                  const char *body, long *ret_status) MUST_USE;
struct str http_body(const struct http *h);

#endif
