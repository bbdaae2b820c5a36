/* request: one HTTP request on its way: net gathers it (net thread), the api answers it (reader, errand or
 * desk thread), net writes the answer. Everything in it lives in its arena. Between api_submit and respond it
 * belongs to the api. */
#ifndef API_REQUEST_H
#define API_REQUEST_H
#include "auth/session.h"
#include "base/arena.h"
#include "base/fault.h"
#include "base/json.h"
#include "desk/errand.h"
#include "desk/site.h"
#include "link/recording.h"
#include "records/file_seal.h"
#include "store/store.h"

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_METHODS
};

struct header { /* of the answer; name in lower case */
    struct header *next;
    const char *name, *value;
};

/* A film's file (link/recording). */
struct answer_film {
    char path[600];
    uint8_t id[RECORDING_ID_BYTES], key[CIPHER_KEY_BYTES];
};

/* A body too large for memory is a list of parts: text of ours, or a stretch of a sealed file or film. */
struct answer_part {
    struct answer_part *next;
    struct str text; /* where file is NULL; bytes says how long */
    const struct file_seal *file;
    const struct answer_film *film;
    int64_t offset, bytes;
};

struct answer {
    int status;
    const char *content_type; /* NULL with a body: application/json; charset=utf-8 */
    struct buf body;
    struct answer_part *parts; /* in place of the body; in the request's arena */
    struct header *headers;
};

struct request_notice {
    struct request_notice *next;
    struct site_notice notice;
};

/* A sealed file that a stage made (an instance out of an upload of many). */
struct request_file {
    struct request_file *next;
    struct file_writer *writer;
    struct file_seal seal;
    bool is_kept;
};

struct api;
struct route;

struct request {
    struct job job; /* first */
    struct api *api;
    struct arena *arena;
    uint64_t connection, generation; /* net finds its connection by both, never by pointer */
    uint64_t id;                     /* X-Request-Id */

    /* as it came; empty when absent */
    enum http_method method;
    struct str path, query, body; /* path is decoded and has no dot segments */
    struct str cookie, authorization, csrf, unattended, content_type, accept_language, if_none_match, origin,
        user_agent;
    struct str accept, accept_encoding, range, if_range, host, if_match, if_none_exist, if_modified_since,
        prefer, security_context;
    char from[46]; /* the peer's address; behind a trusted proxy, the one it names */
    bool is_tls;

    /* An upload (ROUTE with upload_bytes_max): its body is not in memory. The look stage has decided about it before it is read; then
     * work and write find it here. The file goes with the request unless upload_kept was set and the answer is a success. */
    int64_t upload_bytes;       /* announced; 0: none */
    bool wants_upload;          /* respond was called to say: read it now, and submit again */
    struct file_writer *upload; /* NULL until it is there */
    struct file_seal upload_seal;
    bool upload_kept;
    struct request_file *files; /* made on the way: kept with the same success, or removed */

    /* made on the way */
    const struct route *route;
    struct str captures[3];          /* {id} parts of the path */
    struct session who;              /* who.account.at == NULL: nobody */
    bool english;                    /* by Accept-Language; zh-CN otherwise */
    struct json *json;               /* the parsed body, freed with the request */
    struct fault fault;              /* status != 0: answered with this */
    void *stash;                     /* what one stage leaves for the next */
    void (*stash_free)(void *stash); /* of what it holds outside the arena; NULL: nothing */
    struct answer answer;
    struct request_notice *notices;   /* to be sent when the commit is durable */
    void (*apply)(struct request *r); /* and what is to be done then; it cannot fail. NULL: nothing */
    struct errand_job errand;         /* the work stage's */
    enum { STAGE_LOOK, STAGE_WRITE } stage;
    enum err run_err;      /* what the last stage returned, to tell it from a failed commit */
    struct str actor;      /* for the trail: who.account, or whom a login step has proved */
    enum role acting;      /* the role that allows it; ROLE_COUNT: none */
    bool was_asked;        /* the route's ask has it, or had it */
    bool is_method_wrong;  /* the path is known, the method is not: 405 for those who may know */
    bool is_refusal_noted; /* the trail has its row */
    bool is_touch_due;     /* the session's row is to follow the idle clock */
    int64_t *about;        /* whose record this is about: rows of patients, each once; in the arena */
    uint32_t about_count;

    /* any thread: the answer is complete. Set by net (or a test). */
    void (*respond)(struct request *r);
    void *net;
};

struct request *request_new(size_t arena_bytes_max) MUST_USE;
/* On the net thread, after the answer is written or the connection is gone. */
void request_free(struct request *r);

/* -- for handlers -- */
/* Values of the query, percent-decoded into the arena; NULL pointer when absent. */
struct str request_query(struct request *r, const char *name);
/* Fields of the JSON body. They set r->fault (bad_field, missing_field) and return false. */
bool request_text(struct request *r, const char *key, size_t bytes_max, struct str *ret_text);
bool request_text_optional(struct request *r, const char *key, size_t bytes_max, struct str *ret_text);
bool request_int(struct request *r, const char *key, int64_t least, int64_t most, int64_t *ret_n);
bool request_bool_optional(struct request *r, const char *key, bool otherwise, bool *ret_b);
bool request_only(struct request *r, const char *const *known); /* NULL-ended; else unknown_field */

/* The running program's own. */
struct site *request_site(struct request *r);
/* Tells browsers once the write is durable (site.notify); strings are copied into the arena. */
enum err request_notify(struct request *r, const struct site_notice *notice) MUST_USE;

void answer_header(struct request *r, const char *name, const char *value); /* value is copied */
/* Refusals: sets r->fault; returns OK so that the job commits its audit rows. A handler that has written already returns an
 * error after it, so that its writes are rolled back; the fault is answered all the same. where may be NULL. */
enum err answer_fault(struct request *r, int status, const char *code, const char *where);
/* The file, or the part of it that Range asks for (206, 416; RFC 9110 §14); etag has its quotes and may be NULL. */
enum err answer_file(struct request *r, const struct file_seal *seal, const char *content_type,
                     const char *etag) MUST_USE;
/* The same of a film, of so many bytes now. */
enum err answer_film(struct request *r, const struct answer_film *film, int64_t film_bytes,
                     const char *content_type, const char *etag) MUST_USE;
/* Append to answer.parts; copied into the arena. */
enum err answer_add_text(struct request *r, struct str text) MUST_USE;
enum err answer_add_file(struct request *r, const struct file_seal *seal, int64_t offset,
                         int64_t bytes) MUST_USE;
void answer_json(struct request *r, int status, struct json_out *ret_out); /* opens a writer on the body */
enum err answer_new(struct request *r, int64_t id); /* 201 {"id": id}; OK, as the last thing that is done */
/* After a paper was drawn into the body: 200, to be shown by the browser; an error is the request's fault, and the body is empty. */
void answer_pdf(struct request *r, enum err err);
enum err answer_empty(struct request *r, int status); /* 204, 202 */

/* Adds an audit row: actor, role and from are filled from the request. target ("account/ID") and detail (a JSON object) are copied
 * and may be NULL. Refusals need none: each 4xx answered to somebody known leaves its row by itself. */
enum err request_audit(struct request *r, const char *action, const char *target, enum audit_outcome outcome,
                       const char *detail) MUST_USE;
/* The request's rows in the trail are about this patient (a row; 0 is nobody): the person finds them there. Before request_audit;
 * for what versions say, there is api/trace. */
enum err request_about(struct request *r, int64_t patient) MUST_USE;

#endif
