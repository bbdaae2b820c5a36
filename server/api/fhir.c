/* /fhir: HTTP on one side, interactions of the record store on the other. Bodies are read on a reader thread; reading interactions are
 * answered there, writing ones go on to the desk. */
#include "api/fhir.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "base/gzip.h"
#include "desk/opinion.h"
#include "desk/order.h"
#include "records/search.h"
#include <stdio.h>
#include <time.h>

enum { ANSWER_MAX = 64 * 1024 * 1024, GZIP_LEAST = 2048 };

bool fhir_is_path(struct str path)
{
    return str_starts(path, STR("/fhir/")) || str_is(path, STR("/fhir"));
}

/* What a further page asks is sealed in its word: it may be AuditEvents, and its path is the bare base. */
bool fhir_is_apart(const struct request *r)
{
    struct str trail = STR("AuditEvent"), base = STR("/fhir/");
    return str_starts(r->path, base) && r->path.bytes > base.bytes && r->path.at[base.bytes] != '/' &&
           !memmem(r->path.at, r->path.bytes, trail.at, trail.bytes);
}

static enum err refuse(struct request *r, struct fhir_call *c, int status, const char *code, const char *what,
                       const char *path)
{
    (void)record_fault_add(&c->fault, status, code, what, path);
    return answer_fault(r, c->fault.status, c->fault.issues[0].code, NULL);
}

/* A fault of the store of records becomes the request's. */
static enum err take_fault(struct request *r, const struct fhir_call *c, enum err err)
{
    if (!c->fault.status) return err;
    answer_fault(r, c->fault.status, c->fault.issues[0].code, NULL);
    return err;
}

/* -- what the head of the request says -- */

static struct str media_type(struct str field)
{
    return str_trim(str_cut(&field, ';'));
}

bool fhir_is_json(struct str type)
{
    return str_is_nocase(type, STR("application/fhir+json")) ||
           str_is_nocase(type, STR("application/json")) || str_is_nocase(type, STR("text/json")) ||
           str_is_nocase(type, STR("application/json+fhir"));
}

/* _format counts for more than Accept (FHIR R4 §3.1.0.1.11). */
static bool accepts_json(struct request *r)
{
    struct str format = request_query(r, "_format"), rest = r->accept;
    if (format.at) {
        struct str plain = media_type(format);
        return fhir_is_json(plain) || str_is_text(plain, "json") ||
               str_is_text(plain, "application/fhir json");
    }
    if (!rest.bytes) return true;
    while (rest.bytes) {
        struct str type = media_type(str_cut(&rest, ','));
        if (fhir_is_json(type) || str_is_text(type, "*/*") || str_is_text(type, "application/*")) return true;
    }
    return false;
}

/* Unknown preferences are no fault (RFC 7240 §2). */
static void read_prefer(struct request *r, struct fhir_call *c)
{
    struct str rest = r->prefer;
    c->prefer = BUNDLE_REPRESENTATION;
    while (rest.bytes) {
        struct str group = str_cut(&rest, ',');
        while (group.bytes) {
            struct str word = str_trim(str_cut(&group, ';'));
            if (str_is_text(word, "return=minimal")) c->prefer = BUNDLE_MINIMAL;
            if (str_is_text(word, "return=OperationOutcome")) c->prefer = BUNDLE_OUTCOME;
            if (str_is_text(word, "handling=lenient")) c->ask.is_lenient = true;
        }
    }
}

static bool read_if_match(struct request *r, struct fhir_call *c)
{
    struct str tag = r->if_match;
    if (!tag.bytes) return true;
    if (str_starts(tag, STR("W/"))) tag.at += 2, tag.bytes -= 2;
    if (tag.bytes >= 2 && tag.at[0] == '"' && tag.at[tag.bytes - 1] == '"') tag.at++, tag.bytes -= 2;
    return str_to_i64(tag, &c->ask.cond.version) && c->ask.cond.version > 0;
}

static bool read_method(struct request *r, struct fhir_call *c)
{
    static const enum interact_method methods[HTTP_METHODS] = {
        [HTTP_GET] = INTERACT_GET, [HTTP_HEAD] = INTERACT_GET,    [HTTP_POST] = INTERACT_POST,
        [HTTP_PUT] = INTERACT_PUT, [HTTP_PATCH] = INTERACT_PATCH, [HTTP_DELETE] = INTERACT_DELETE,
    };
    c->ask.method = methods[r->method];
    return r->method != HTTP_OPTIONS;
}

/* A host and port, and nothing that would have to be escaped where the base is written. */
static bool is_plain_host(struct str host)
{
    for (size_t i = 0; i < host.bytes; i++) {
        char c = host.at[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                        c == '.' || c == ':' || c == '-' || c == '[' || c == ']';
        if (!is_plain) return false;
    }
    return host.bytes > 0 && host.bytes < 256;
}

/* The address of the base as the asker knows it. */
static struct str base_of(struct request *r)
{
    struct str host = is_plain_host(r->host) ? r->host : STR("localhost");
    const char *text =
        arena_printf(r->arena, "%s://%.*s/fhir", r->is_tls ? "https" : "http", (int)host.bytes, host.at);
    return text ? str_of(text) : (struct str){"", 0};
}

static struct str path_below(struct request *r)
{
    struct str path = r->path;
    path.at += sizeof "/fhir" - 1, path.bytes -= sizeof "/fhir" - 1;
    while (path.bytes && path.at[0] == '/')
        path.at++, path.bytes--;
    return path;
}

/* A form of POST _search joins the query. */
static enum err join_form(struct request *r, struct fhir_call *c)
{
    if (!r->body.bytes) return OK;
    const char *text =
        arena_printf(r->arena, "%.*s%s%.*s", (int)r->query.bytes, r->query.at ? r->query.at : "",
                     r->query.bytes ? "&" : "", (int)r->body.bytes, r->body.at);
    if (!text) return ERR_NOMEM;
    c->ask.query = str_of(text);
    return OK;
}

static enum err read_json(struct request *r, struct fhir_call *c)
{
    struct tape_fault where = {0};
    enum err err = tape_read(r->arena, r->body, RECORD_NODES_MAX, &c->tape, &where);
    if (err == ERR_BAD_INPUT || err == ERR_LIMIT)
        return refuse(r, c, 400, "structure", where.why ? where.why : "more values than a body may have",
                      where.path[0] ? arena_text(r->arena, where.path, strlen(where.path)) : NULL);
    c->ask.tape = &c->tape;
    return err;
}

static enum err read_body(struct request *r, struct fhir_call *c)
{
    struct str type = media_type(r->content_type), path = c->ask.path;
    bool is_search = path.bytes >= 7 && memcmp(path.at + path.bytes - 7, "_search", 7) == 0;
    if (r->method == HTTP_GET || r->method == HTTP_HEAD || r->method == HTTP_DELETE) return OK;
    if (is_search && (str_is_nocase(type, STR("application/x-www-form-urlencoded")) || !r->body.bytes))
        return join_form(r, c);
    bool is_right = r->method == HTTP_PATCH ? str_is_nocase(type, STR("application/json-patch+json"))
                                            : fhir_is_json(type);
    if (is_search || !is_right)
        return refuse(r, c, 415, "not-supported", "a media type that is not taken here", NULL);
    return read_json(r, c);
}

static enum err begin(struct request *r, struct fhir_call **ret_call)
{
    struct fhir_call *c = r->stash = arena_zalloc(r->arena, sizeof *c);
    if (!c) return ERR_NOMEM;
    *ret_call = c;
    r->answer.body.bytes_max = ANSWER_MAX;
    c->ask.path = path_below(r);
    c->ask.query = r->query;
    c->is_pretty = str_is_text(request_query(r, "_pretty"), "true");
    read_prefer(r, c);
    if (!read_method(r, c)) return refuse(r, c, 405, "not-supported", "this cannot be done here", NULL);
    if (!accepts_json(r)) return refuse(r, c, 406, "not-supported", "only JSON is written here", NULL);
    if (!read_if_match(r, c)) return refuse(r, c, 400, "value", "If-Match takes a version", NULL);
    if (r->if_none_exist.bytes) c->ask.cond.criteria = r->if_none_exist;
    c->is_bundle = r->method == HTTP_POST && c->ask.path.bytes == 0;
    if (!c->is_bundle) c->kind = interact_find(&c->ask, &c->fault);
    return c->fault.status ? take_fault(r, c, OK) : read_body(r, c);
}

/* -- the answer -- */

void fhir_put_version(struct request *r, const struct record_head *head)
{
    char date[40];
    time_t at = (time_t)(head->updated.ms / 1000);
    struct tm tm;
    const char *etag = arena_printf(r->arena, "W/\"%lld\"", (long long)head->version);
    gmtime_r(&at, &tm);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    if (etag) answer_header(r, "etag", etag);
    answer_header(r, "last-modified", date);
}

void fhir_put_location(struct request *r, struct str base, const struct record_head *head)
{
    struct str type = fhir_name(fhir_types[fhir_resources[head->resource].type].name);
    const char *text =
        arena_printf(r->arena, "%.*s/%.*s/%.*s/_history/%lld", (int)base.bytes, base.at, (int)type.bytes,
                     type.at, (int)head->id.bytes, head->id.at, (long long)head->version);
    if (text) answer_header(r, "location", text);
}

/* "gzip" is named, and not with a weight of 0 (RFC 9110 §12.5.3). */
static bool accepts_gzip(const struct request *r)
{
    struct str rest = r->accept_encoding;
    while (rest.bytes) {
        struct str item = str_cut(&rest, ','), coding = str_trim(str_cut(&item, ';'));
        if (!str_is_nocase(coding, STR("gzip"))) continue;
        item = str_trim(item);
        return !str_is_text(item, "q=0") && !str_starts(item, STR("q=0.0"));
    }
    return false;
}

static void put_body(struct request *r, const struct fhir_call *c, struct str body)
{
    struct buf plain;
    buf_clear(&r->answer.body);
    r->answer.content_type = "application/fhir+json; charset=utf-8";
    buf_init(&plain, ANSWER_MAX);
    if (c->is_pretty) {
        fhir_pretty(body, &plain);
        body = buf_str(&plain);
    }
    answer_header(r, "vary", "Accept-Encoding, Accept-Language");
    if (plain.err) {
        r->answer.body.err = plain.err;
    } else if (body.bytes >= GZIP_LEAST && accepts_gzip(r)) {
        answer_header(r, "content-encoding", "gzip");
        enum err err = gzip_add(body, &r->answer.body);
        if (err && !r->answer.body.err) r->answer.body.err = err;
    } else {
        buf_add_str(&r->answer.body, body);
    }
    buf_done(&plain);
}

/* The whole seconds of Last-Modified; a date that cannot be read counts for nothing (RFC 9110 §13.1.3). */
static bool is_older(struct request *r, struct instant updated)
{
    struct tm tm = {0};
    char date[64];
    if (r->if_modified_since.bytes >= sizeof date) return false;
    memcpy(date, r->if_modified_since.at, r->if_modified_since.bytes);
    date[r->if_modified_since.bytes] = 0;
    const char *end = strptime(date, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    return end && !*end && updated.ms / 1000 <= (int64_t)timegm(&tm);
}

/* 304: the asker has this version already. If-None-Match counts alone where it is given. */
static bool is_known(struct request *r, const struct interact_answer *a)
{
    if (strcmp(a->what, "read") != 0) return false;
    if (!r->if_none_match.bytes) return r->if_modified_since.bytes && is_older(r, a->record.head.updated);
    char tag[32];
    int n = snprintf(tag, sizeof tag, "\"%lld\"", (long long)a->record.head.version);
    return memmem(r->if_none_match.at, r->if_none_match.bytes, tag, (size_t)n) != NULL;
}

static void answer_record(struct request *r, const struct fhir_call *c, struct str base,
                          const struct interact_answer *a)
{
    bool is_write = interact_writes(c->kind);
    fhir_put_version(r, &a->record.head);
    if (a->status == 201) fhir_put_location(r, base, &a->record.head);
    if (is_known(r, a)) {
        r->answer.status = 304;
        return;
    }
    if (!is_write || c->prefer == BUNDLE_REPRESENTATION)
        put_body(r, c, a->record.body);
    else if (c->prefer == BUNDLE_OUTCOME)
        put_body(
            r, c,
            STR("{\"resourceType\":\"OperationOutcome\",\"issue\":[{\"severity\":\"information\",\"code\":"
                "\"informational\"}]}"));
}

/* Looking at the trail is one row, about nobody's record. */
static enum err trace_trail(struct request *r, const struct record_reader *who)
{
    const char *detail = arena_printf(r->arena, "{\"count\":%u}", who->trail_rows);
    return detail ? request_audit(r, "audit.read", NULL, AUDIT_OK, detail) : ERR_NOMEM;
}

/* Which versions left or were made (rule 24), and of which record, where it was one. */
enum err fhir_trace(struct request *r, const char *what, const struct record_head *head,
                    const struct record_reader *who, const char *more)
{
    const char *target = NULL, *action = arena_printf(r->arena, "record.%s", what);
    if (!action) return ERR_NOMEM;
    if (head && head->row && !(target = record_parts_target(r, head))) return ERR_NOMEM;
    return request_trace(r, who, action, target, more);
}

/* What was written is named as what was read. */
static enum err trace_written(struct record_reader *who)
{
    enum err err = OK;
    for (uint32_t i = 0; i < who->written_count && !err; i++)
        err = record_traced(who, &who->written[i]);
    return err;
}

/* What the store of records cannot know of what comes by /fhir. */
static enum err judge(struct tx *tx, struct record_reader *who, const struct record_head *old,
                      const struct record *written, struct record_fault *fault)
{
    enum err err = opinion_judge(tx, old, fault);
    return err ? err : order_judge(tx, who, old, written, fault);
}

struct record_reader fhir_reader(struct request *r)
{
    return (struct record_reader){
        .records = request_site(r)->records, .arena = r->arena, .base = base_of(r), .judge = judge};
}

static enum err run(struct request *r, struct tx *tx, struct fhir_call *c)
{
    struct record_reader who = fhir_reader(r);
    struct interact_answer a;
    struct buf text;
    buf_init(&text, ANSWER_MAX);
    enum err err = fhir_guard(r, tx, &who);
    if (!err) err = interact_run(tx, &who, c->kind, &c->ask, &text, &a, &c->fault);
    if (!err && !c->fault.status) {
        r->answer.status = a.status;
        if (a.has_record)
            answer_record(r, c, who.base, &a);
        else if (a.has_text)
            put_body(r, c, buf_str(&text));
        bool is_there_already = interact_writes(c->kind) && a.record.head.row && who.written_count == 0;
        err = is_there_already ? record_traced(&who, &a.record.head) : trace_written(&who);
        if (!err) err = fhir_origin(r, tx, &who);
        if (!err)
            err = who.trail_looks ? trace_trail(r, &who) : fhir_trace(r, a.what, &a.record.head, &who, "");
    }
    buf_done(&text);
    return take_fault(r, c, err);
}

static enum err run_bundle(struct request *r, struct tx *tx, struct fhir_call *c)
{
    struct record_reader who = fhir_reader(r);
    struct bundle_counts n;
    struct buf text;
    char more[160];
    buf_init(&text, ANSWER_MAX);
    enum err err = fhir_guard(r, tx, &who);
    if (!err) err = bundle_run(tx, &who, &c->tape, c->prefer, &text, &n, &c->fault);
    if (!err && !c->fault.status) err = trace_written(&who);
    if (!err && !c->fault.status) err = fhir_origin(r, tx, &who);
    if (!err) {
        r->answer.status = 200;
        put_body(r, c, buf_str(&text));
        snprintf(more, sizeof more,
                 ",\"created\":%u,\"updated\":%u,\"deleted\":%u,\"found\":%u,\"read\":%u,\"failed\":%u",
                 n.created, n.updated, n.deleted, n.found, n.read, n.failed);
        err = who.trail_looks ? trace_trail(r, &who) : OK;
        if (!err) err = fhir_trace(r, "bundle", NULL, &who, more);
    }
    buf_done(&text);
    return take_fault(r, c, err);
}

/* -- the stages -- */

enum err fhir_look(struct request *r, struct tx *tx)
{
    struct fhir_call *c;
    enum err err = begin(r, &c);
    if (err || r->fault.status || c->is_bundle || interact_writes(c->kind)) return err;
    return run(r, tx, c);
}

enum err fhir_write(struct request *r, struct tx *tx)
{
    struct fhir_call *c = r->stash;
    return c->is_bundle ? run_bundle(r, tx, c) : run(r, tx, c);
}

enum err fhir_metadata_look(struct request *r, struct tx *tx)
{
    struct fhir_call c = {.is_pretty = str_is_text(request_query(r, "_pretty"), "true")};
    struct buf text;
    if (!accepts_json(r)) return answer_fault(r, 406, "not-supported", NULL);
    buf_init(&text, ANSWER_MAX);
    r->answer.body.bytes_max = ANSWER_MAX;
    interact_capabilities(base_of(r), str_of(request_site(r)->version), request_site(r)->started, &text);
    enum err err = text.err;
    (void)tx;
    if (!err) {
        r->answer.status = 200;
        put_body(r, &c, buf_str(&text));
    }
    buf_done(&text);
    return err;
}
