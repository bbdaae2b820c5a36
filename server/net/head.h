/* head: the head of an HTTP/1.1 answer as bytes, with the fields that every answer carries (docs/PROTOCOL §1). We write it
 * ourselves: libwebsockets' own helpers add a second Content-Security-Policy, of which browsers apply both.
 * Pure; any thread but for the date's cache, which belongs to the caller. */
#ifndef NET_HEAD_H
#define NET_HEAD_H
#include "base/buf.h"
#include "base/clock.h"

struct header; /* api/request.h */

struct head {
    int status;
    const char *type;          /* NULL: no body */
    const char *encoding;      /* "gzip" or NULL */
    const char *etag;          /* or NULL */
    const char *cache;         /* Cache-Control; NULL: no-store */
    const char *allow;         /* or NULL */
    const struct header *more; /* the handler's own */
    uint64_t body_bytes;       /* of the body that a GET would have had */
    uint64_t id;               /* X-Request-Id */
    bool is_tls, keep, varies; /* varies: Vary: Accept-Encoding */
};

#define HEAD_BYTES_MAX 8192
#define HEAD_DATE_BYTES 30
/* "Mon, 23 Nov 2026 07:24:07 GMT" (RFC 9110 §5.6.7). */
void head_date(struct instant now, char ret_text[HEAD_DATE_BYTES]);
/* A handler's field with a line break in it is left out: it could only be an attack. */
void head_write(struct buf *to, const struct head *h, const char *date);
const char *head_reason(int status);

#endif
