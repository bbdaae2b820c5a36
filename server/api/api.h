/* api: the one route table and the way of a request through it.
 *
 *   net -> api_submit: route, method, length and type checks, CSRF shape
 *       -> GET: reader.look     others: [reader.look] -> [ask] -> [errand.work] -> desk.write
 *          (session -> policy -> strict JSON -> handler -> audit rows -> commit)  -> r->respond
 *
 * Handlers are plain functions, tested without a socket. */
#ifndef API_API_H
#define API_API_H
#include "api/request.h"
#include "auth/policy.h"

enum {
    ROUTE_BROWSER = 1, /* sessions only: a program's token may not (403 not_allowed) */
    ROUTE_SLOW = 2,    /* work runs on the slow lane, not among the password hashes */
    ROUTE_ALWAYS = 4,  /* answered while the server drains */
    ROUTE_QUIET = 8,   /* does not move the idle clock */
    ROUTE_RAW = 32,    /* the body is the handler's to read */
    ROUTE_IMAGE = 64,  /* work runs on the lane of images */
    ROUTE_TRY = 16,    /* a login try: refused at once when the address is throttled */
};

struct route {
    enum http_method method;
    const char *path;                        /* "/api/accounts/{id}/reset" */
    enum { ROUTE_OPEN, ROUTE_LOGIN } access; /* OPEN: no session asked for */
    enum policy_resource resource;           /* with action: who may (auth/policy) */
    enum policy_action action;
    size_t body_bytes_max;    /* 0: no body taken */
    int64_t upload_bytes_max; /* > 0: the body goes to a sealed file instead (request.upload) */
    bool (*is_in_memory)(
        struct str content_type); /* of such a route: bodies of these types are none; NULL: all are */
    const char *audit;            /* the action's name in the trail; NULL: reads that leave none */
    unsigned flags;               /* ROUTE_… */
    /* Stages, NULL when there is none. look: on a reader, reads only. work: on an errand thread, slow and
     * without the store (argon2). write: on the desk. A stage that answered (fault or answer.status) ends the
     * way, after its audit rows. */
    enum err (*look)(struct request *r, struct tx *tx);
    /* ask: of bodies in memory, behind a look: hands the request to somebody else's thread (desk/calls), who goes on with it by
     * api_resume. */
    void (*ask)(struct request *r);
    void (*work)(struct request *r);
    enum err (*write)(struct request *r, struct tx *tx);
    /* Instead of all these: hands the request to somebody else's thread (desk/calls), who ends it with api_finish. Of an OPEN
     * route, with a body of any type. */
    void (*call)(struct request *r);
};
extern const struct route api_routes[]; /* ends with path NULL */

struct site; /* desk/site.h: what the endpoints ask of the running program */
struct api *api_new(struct site *site) MUST_USE;
void api_free(struct api *a);
/* Any one thread (net). Always ends in exactly one r->respond, perhaps before it returns. */
void api_submit(struct api *a, struct request *r);
void api_finish(struct request *r); /* of a route's `call`: the answer, or the fault, is there. Any thread */
void api_resume(
    struct request *r); /* of a route's `ask`: what was asked for is there, or the fault is. Any thread */
void api_drain(struct api *a); /* new requests: 503 */

/* For net: answers a request that it does not take in (no length, too large, a bad path), in the words of docs/PROTOCOL §1.
 * where may be NULL. One r->respond, before it returns; works while draining too. */
void api_refuse(struct api *a, struct request *r, int status, const char *code, const char *where);

/* For net: how much body this may have, and whether it is an upload; any thread. A path that is no route's: what API_BODY_BYTES_MAX says. */
int64_t api_body_bytes_max(enum http_method method, struct str path, struct str content_type,
                           bool *ret_is_upload);
/* For net: where routes say nothing, bodies longer than this are refused before they are read (413). */
#define API_BODY_BYTES_MAX (64 * 1024)
/* The opening of a WebSocket is a request too: GET /ws with its cookie. It is answered 101 with r->who filled, or as any other
 * refusal (401, 503); it does not move the idle clock, so net may ask again to learn whether the session still lives.
 * r->who.idle_ends and r->who.ends say when to ask. */

#endif
