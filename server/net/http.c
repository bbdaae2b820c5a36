#include "api/api.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/conn.h"
#include <stdio.h>

#define ARENA_BYTES (512 * 1024)
#define FHIR_ARENA_BYTES                                                                                     \
    ((size_t)256 * 1024 * 1024) /* a bundle of thousands, its values and what they become */
#define UPLOAD_ARENA_BYTES ((size_t)64 * 1024 * 1024) /* what is said about a thousand images */
#define EARLY_BYTES (64 * 1024)                       /* more than libwebsockets reads at once */
#define FIELD_BYTES 256                               /* of the fields that only we read */

/* -- reading a head -- */

/* All known fields together; what libwebsockets does not know is not kept but for its count in the whole. */
static size_t head_bytes(struct lws *wsi)
{
    size_t sum = 0;
    for (int i = 0; i < WSI_TOKEN_COUNT; i++) {
        int n = lws_hdr_total_length(wsi, (enum lws_token_indexes)i);
        if (n > 0) sum += (size_t)n;
    }
    return sum;
}

/* The field in the arena; empty when absent. */
static bool field_copy(struct lws *wsi, struct arena *arena, enum lws_token_indexes token, struct str *ret)
{
    int n = lws_hdr_total_length(wsi, token);
    *ret = (struct str){NULL, 0};
    if (n <= 0) return true;
    char *at = arena_alloc(arena, (size_t)n + 1);
    if (!at || lws_hdr_copy(wsi, at, n + 1, token) != n) return false;
    *ret = (struct str){at, (size_t)n};
    return true;
}

/* The field in a buffer of the caller; empty when absent or longer. */
static struct str field_peek(struct lws *wsi, enum lws_token_indexes token, char to[FIELD_BYTES])
{
    int n = lws_hdr_total_length(wsi, token);
    if (n <= 0 || lws_hdr_copy(wsi, to, FIELD_BYTES, token) != n) return (struct str){"", 0};
    return (struct str){to, (size_t)n};
}

static bool custom_copy(struct lws *wsi, struct arena *arena, struct str name, struct str *ret)
{
    int n = lws_hdr_custom_length(wsi, name.at, (int)name.bytes);
    *ret = (struct str){NULL, 0};
    if (n <= 0) return true;
    char *at = arena_alloc(arena, (size_t)n + 1);
    if (!at || lws_hdr_custom_copy(wsi, at, n + 1, name.at, (int)name.bytes) != n) return false;
    *ret = (struct str){at, (size_t)n};
    return true;
}

/* libwebsockets hands the parameters over decoded and apart; the request keeps them as one encoded text. */
static bool query_copy(struct lws *wsi, struct arena *arena, struct str *ret)
{
    struct buf all;
    char one[LIMIT_HEAD_BYTES];
    *ret = (struct str){NULL, 0};
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_URI_ARGS) <= 0) return true;
    buf_init(&all, (size_t)LIMIT_HEAD_BYTES * 4);
    for (int i = 0, n; (n = lws_hdr_copy_fragment(wsi, one, sizeof one, WSI_TOKEN_HTTP_URI_ARGS, i)) >= 0;
         i++)
        field_add_query(&all, (struct str){one, (size_t)n});
    bool ok = !all.err;
    if (ok && all.bytes > 0) {
        ret->at = arena_text(arena, all.at, all.bytes);
        ret->bytes = all.bytes;
        ok = ret->at != NULL;
    }
    buf_done(&all);
    return ok;
}

static bool fields_behind_proxy(struct conn *c, struct request *r)
{
    struct str forwarded;
    struct in6_addr peer = c->peer;
    if (!c->is_proxied) return true;
    if (!field_copy(c->wsi, r->arena, WSI_TOKEN_X_FORWARDED_FOR, &forwarded)) return false;
    if (forwarded.bytes > 0 && !field_is_trusted(&peer, c->net->s.trusted, c->net->s.trusted_n)) {
        /* Somebody's request through a proxy that nobody named: it must not pass for one from this machine. */
        snprintf(r->from, sizeof r->from, "unknown");
        log_warn("http", "proxy_not_trusted");
        return true;
    }
    field_forwarded(forwarded, c->net->s.trusted, c->net->s.trusted_n, &peer);
    field_address_text(&peer, r->from);
    return true;
}

bool http_fields(struct conn *c, struct request *r)
{
    struct lws *wsi = c->wsi;
    struct arena *a = r->arena;
    return field_copy(wsi, a, WSI_TOKEN_HTTP_COOKIE, &r->cookie) &&
           field_copy(wsi, a, WSI_TOKEN_HTTP_AUTHORIZATION, &r->authorization) &&
           field_copy(wsi, a, WSI_TOKEN_HTTP_CONTENT_TYPE, &r->content_type) &&
           field_copy(wsi, a, WSI_TOKEN_HTTP_ACCEPT_LANGUAGE, &r->accept_language) &&
           field_copy(wsi, a, WSI_TOKEN_HTTP_IF_NONE_MATCH, &r->if_none_match) &&
           field_copy(wsi, a, WSI_TOKEN_HTTP_IF_MODIFIED_SINCE, &r->if_modified_since) &&
           field_copy(wsi, a, WSI_TOKEN_HTTP_IF_MATCH, &r->if_match) &&
           field_copy(wsi, a, WSI_TOKEN_HTTP_ACCEPT, &r->accept) &&
           field_copy(wsi, a, WSI_TOKEN_HTTP_RANGE, &r->range) &&
           field_copy(wsi, a, WSI_TOKEN_HTTP_IF_RANGE, &r->if_range) &&
           field_copy(wsi, a, WSI_TOKEN_HTTP_ACCEPT_ENCODING, &r->accept_encoding) &&
           field_copy(wsi, a, WSI_TOKEN_HOST, &r->host) &&
           custom_copy(wsi, a, STR("if-none-exist:"), &r->if_none_exist) &&
           custom_copy(wsi, a, STR("prefer:"), &r->prefer) &&
           custom_copy(wsi, a, STR("x-security-context:"), &r->security_context) &&
           field_copy(wsi, a, WSI_TOKEN_ORIGIN, &r->origin) &&
           field_copy(wsi, a, WSI_TOKEN_HTTP_USER_AGENT, &r->user_agent) &&
           custom_copy(wsi, a, STR("x-csrf-token:"), &r->csrf) &&
           custom_copy(wsi, a, STR("x-unattended:"), &r->unattended) && query_copy(wsi, a, &r->query) &&
           fields_behind_proxy(c, r);
}

static bool method_of(struct lws *wsi, enum http_method *ret)
{
    char *uri;
    int uri_bytes;
    switch (lws_http_get_uri_and_method(wsi, &uri, &uri_bytes)) {
    case LWSHUMETH_GET:
        *ret = HTTP_GET;
        return true;
    case LWSHUMETH_HEAD:
        *ret = HTTP_HEAD;
        return true;
    case LWSHUMETH_POST:
        *ret = HTTP_POST;
        return true;
    case LWSHUMETH_PUT:
        *ret = HTTP_PUT;
        return true;
    case LWSHUMETH_PATCH:
        *ret = HTTP_PATCH;
        return true;
    case LWSHUMETH_DELETE:
        *ret = HTTP_DELETE;
        return true;
    case LWSHUMETH_OPTIONS:
        *ret = HTTP_OPTIONS;
        return true;
    default:
        return false;
    }
}

/* -- writing an answer -- */

static void log_answer(const struct conn *c)
{
    const struct request *r = c->request;
    log_debug("http", "answered", LOG_U("id", c->head.id), LOG_I("status", c->head.status),
              LOG_T("route", r && r->route ? r->route->path : "-"),
              LOG_I("us", clock_tick_us() - c->begun_us), LOG_T("from", r ? r->from : "-"));
}

/* The answer is with libwebsockets: on to the next request, or the end. */
static int finish(struct conn *c)
{
    bool keep = c->head.keep;
    log_answer(c);
    request_end(c->net, c->request);
    stream_drop(c->stream);
    c->stream = NULL;
    c->request = NULL;
    c->body = NULL;
    c->out = NULL;
    c->allow = NULL;
    c->state = keep ? CONN_HEAD : CONN_CLOSING;
    conn_deadline(c, keep ? c->net->s.limits.idle_ms : c->net->s.limits.write_ms);
    if (!keep) return -1;
    return lws_http_transaction_completed(c->wsi) ? -1 : 0;
}

/* One write: the head with as much of the body as one TLS record holds, or the next part of the body. */
static int write_more(struct conn *c)
{
    struct net *n = c->net;
    struct buf b = {.at = (char *)n->scratch + LWS_PRE, .room = HEAD_BYTES_MAX, .bytes_max = HEAD_BYTES_MAX};
    if (!c->head_done) {
        head_write(&b, &c->head, net_date(n));
        if (b.err) return -1;
        c->head_done = true;
    }
    size_t part = c->out_bytes - c->out_done;
    if (b.bytes + part > WRITE_BYTES) part = WRITE_BYTES - b.bytes;
    if (c->stream)
        part = stream_get(c->stream, b.at + b.bytes, part);
    else if (part > 0)
        memcpy(b.at + b.bytes, c->out + c->out_done, part);
    if (c->stream && b.bytes + part == 0) return 0; /* its thread is at it */
    c->out_done += part;
    bool is_last = c->out_done == c->out_bytes;
    size_t bytes = b.bytes + part;
    if (conn_write(c, bytes, is_last ? LWS_WRITE_HTTP_FINAL : LWS_WRITE_HTTP) < 0) return -1;
    conn_deadline(c, n->s.limits.write_ms);
    if (is_last) return finish(c);
    lws_callback_on_writable(c->wsi);
    return 0;
}

void request_end(struct net *n, struct request *r)
{
    if (r && r->upload && n->streams) {
        streams_close(n->streams, r->upload);
        r->upload = NULL;
    }
    for (struct request_file *f = r && n->streams ? r->files : NULL; f; f = f->next) {
        streams_close(n->streams, f->writer);
        f->writer = NULL;
    }
    request_free(r);
}

/* c->head is filled but for what every answer has. */
static void answer_begin(struct conn *c, const char *body, size_t bytes)
{
    int kind = c->head.status / 100 - 1;
    c->head.is_tls = c->is_tls;
    c->head.keep = !c->closes && !atomic_load(&c->net->is_draining);
    c->head.body_bytes = bytes;
    if (c->head.status == 405 && !c->head.allow) c->head.allow = c->allow;
    c->out = body;
    c->out_bytes = c->is_head_only || c->head.status == 304 || c->head.status == 204 ? 0 : bytes;
    c->out_done = 0;
    c->head_done = false;
    c->state = CONN_ANSWER;
    conn_deadline(c, c->net->s.limits.write_ms);
    if (kind >= 0 && kind < 5) metric_add(&metric_status[kind], 1);
}

static struct stream_owner owner_of(const struct conn *c)
{
    return (struct stream_owner){c->slot, c->serial, c->generation};
}

/* The parts of a large body come through a stream; none can be had: better no answer than half of one. */
static bool answer_stream(struct conn *c, const struct answer_part *parts)
{
    if (c->out_bytes == 0) return true;
    enum err err =
        c->net->streams ? stream_down(c->net->streams, owner_of(c), parts, &c->stream) : ERR_CLOSED;
    if (err) log_warn("http", "stream_refused", LOG_U("id", c->head.id), LOG_E(err));
    return !err;
}

static void upload_begin(struct conn *c, struct request *r);

void http_answered(struct conn *c, struct request *r)
{
    ASSERT(c->state == CONN_ASKED);
    if (r->wants_upload) {
        upload_begin(c, r);
        return;
    }
    const struct answer *a = &r->answer;
    bool is_broken = a->status == 0 || a->body.err;
    c->request = r;
    /* What is left of a body that nobody wants cannot be told from a request. */
    if (c->is_upload && c->body_got < c->body_bytes) c->closes = true;
    c->head =
        (struct head){.status = is_broken ? 500 : a->status,
                      .type = !is_broken && (a->body.bytes > 0 || a->parts)
                                  ? (a->content_type ? a->content_type : "application/json; charset=utf-8")
                                  : NULL,
                      .more = a->headers,
                      .id = r->id};
    if (is_broken)
        log_error("http", "answer_broken", LOG_U("id", r->id), LOG_E(a->body.err));
    else if (a->status >= 500)
        log_warn("http", "answer", LOG_U("id", r->id), LOG_I("status", a->status),
                 LOG_T("code", r->fault.code ? r->fault.code : "-"));
    if (!is_broken && a->parts) {
        answer_begin(c, NULL, (size_t)stream_bytes_of(a->parts));
        if (!answer_stream(c, a->parts)) {
            conn_close(c);
            return;
        }
    } else {
        answer_begin(c, is_broken ? NULL : a->body.at, is_broken ? 0 : a->body.bytes);
    }
    lws_rx_flow_control(c->wsi, 1);
    lws_callback_on_writable(c->wsi);
}

/* -- what is served from memory -- */

int http_answer_now(struct conn *c, const char *body, size_t bytes)
{
    c->head.id = ++c->net->next_request;
    answer_begin(c, body, bytes);
    return write_more(c);
}

static int answer_asset(struct conn *c, const struct asset *a)
{
    char field[FIELD_BYTES], tags[FIELD_BYTES];
    bool gzip =
        a->gzip.at && field_accepts(field_peek(c->wsi, WSI_TOKEN_HTTP_ACCEPT_ENCODING, field), "gzip");
    const char *etag = gzip ? a->gzip_etag : a->etag;
    bool is_same = field_matches_etag(field_peek(c->wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH, tags), etag);
    struct str body = gzip ? a->gzip : a->plain;
    c->head = (struct head){.status = is_same ? 304 : 200,
                            .type = a->type,
                            .encoding = gzip && !is_same ? "gzip" : NULL,
                            .etag = etag,
                            .varies = a->gzip.at != NULL,
                            .cache = a->is_hashed ? "public, max-age=31536000, immutable" : "no-cache"};
    return http_answer_now(c, body.at, body.bytes);
}

static int answer_ca(struct conn *c, struct str path, bool *ret_found)
{
    char field[FIELD_BYTES];
    bool english = field_prefers_english(field_peek(c->wsi, WSI_TOKEN_HTTP_ACCEPT_LANGUAGE, field));
    const struct ca_page *p = c->net->s.ca ? ca_page_find(c->net->s.ca, path, english) : NULL;
    *ret_found = p != NULL;
    if (!p) return 0;
    static const struct header bare = {NULL, "vary", "Accept-Language"};
    struct header disposition = {(struct header *)(uintptr_t)&bare, "content-disposition", p->disposition};
    c->head = (struct head){
        .status = 200, .type = p->type, .cache = "no-cache", .more = p->disposition ? &disposition : &bare};
    return http_answer_now(c, p->body.at, p->body.bytes);
}

static const char not_built[] =
    "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><title>云桥 Yunqiao</title>"
    "<h1>客户端尚未构建</h1><p>服务器在运行，但没有找到网页客户端。请运行 <code>scripts/run</code>，或用 "
    "<code>--web</code> "
    "指定其目录。</p><h1 lang=\"en\">The client is not built</h1><p lang=\"en\">The server runs, but found "
    "no web client. Run "
    "<code>scripts/run</code>, or name its folder with <code>--web</code>.</p></html>\n";

static int answer_static(struct conn *c, struct str path)
{
    bool found;
    int done = answer_ca(c, path, &found);
    if (found) return done;
    if (!c->net->s.assets) {
        c->head = (struct head){.status = 503, .type = "text/html; charset=utf-8"};
        return http_answer_now(c, not_built, sizeof not_built - 1);
    }
    const struct asset *a = assets_find(c->net->s.assets, path);
    return a ? answer_asset(c, a) : http_refuse(c, 404, "not_found", NULL);
}

/* -- taking a request in -- */

static void fill(struct conn *c, struct request *r, enum http_method method)
{
    r->method = method;
    r->english = field_prefers_english(r->accept_language);
    c->is_head_only = method == HTTP_HEAD;
    c->request = r;
}

/* What the asker sends before its answer is there stays in the kernel: libwebsockets 4.1 would turn in circles over it. (As long as
 * the flow is off, it does not tell of room to write either: it is on again from the answer's first byte.) */
static void ask(struct conn *c)
{
    struct request *r = c->request;
    lws_rx_flow_control(c->wsi, 0);
    c->state = CONN_ASKED;
    c->request = NULL;
    c->deadline.ms = 0;
    exchange_ask(r->net);
}

int http_refuse(struct conn *c, int status, const char *code, const char *where)
{
    struct net *n = c->net;
    struct exchange *x = exchange_new(c, ARENA_BYTES, false);
    enum http_method method = HTTP_GET;
    method_of(c->wsi, &method);
    if (!x || !http_fields(c, x->request)) {
        if (x) request_free(x->request);
        return -1;
    }
    fill(c, x->request, method);
    /* 404 and 405 have nothing left to read that could be taken for a request. */
    if (status != 404 && status != 405) c->closes = true;
    c->request = NULL;
    c->state = CONN_ASKED;
    c->deadline.ms = 0;
    n->asked++;
    atomic_store(&n->under_way, n->asked);
    n->s.refuse(n->s.ctx, x->request, status, code, where);
    return 0;
}

/* An upload is asked about before its body is read; what came with the head waits in the arena. */
static int take_upload(struct conn *c, struct str path, enum http_method method, uint64_t body_bytes)
{
    struct exchange *x = exchange_new(c, UPLOAD_ARENA_BYTES, false);
    if (!x) return -1;
    struct request *r = x->request;
    r->path.at = arena_text(r->arena, path.at, path.bytes);
    r->path.bytes = path.bytes;
    c->body = arena_alloc(r->arena, EARLY_BYTES);
    if (!r->path.at || !c->body || !http_fields(c, r)) {
        request_free(r);
        return -1;
    }
    fill(c, r, method);
    r->upload_bytes = (int64_t)body_bytes;
    c->body_bytes = (size_t)body_bytes;
    c->body_got = c->early_bytes = 0;
    c->is_upload = true;
    ask(c);
    return 0;
}

static int take_in(struct conn *c, struct str path, enum http_method method, uint64_t body_bytes)
{
    bool is_fhir = str_starts(path, STR("/fhir")) || str_starts(path, STR("/dicom-web/"));
    struct exchange *x =
        exchange_new(c, is_fhir ? FHIR_ARENA_BYTES : ARENA_BYTES + (size_t)body_bytes, false);
    if (!x) return -1;
    struct request *r = x->request;
    r->path.at = arena_text(r->arena, path.at, path.bytes);
    r->path.bytes = path.bytes;
    if (!r->path.at || !http_fields(c, r)) {
        request_free(r);
        return -1;
    }
    fill(c, r, method);
    if (body_bytes == 0) {
        ask(c);
        return 0;
    }
    c->body = arena_alloc(r->arena, (size_t)body_bytes);
    if (!c->body) {
        http_forget(c);
        return -1;
    }
    c->body_bytes = (size_t)body_bytes;
    c->body_got = 0;
    c->state = CONN_BODY;
    c->deadline = limit_body_end(&c->net->s.limits, clock_tick(), body_bytes);
    return 0;
}

/* libwebsockets never answers Expect: 100-continue, and the asker would wait a second for nothing. */
static int go_on(struct conn *c)
{
    static const char line[] = "HTTP/1.1 100 Continue\r\n\r\n";
    char field[FIELD_BYTES];
    if (!str_is_nocase(field_peek(c->wsi, WSI_TOKEN_HTTP_EXPECT, field), STR("100-continue"))) return 0;
    memcpy(c->net->scratch + LWS_PRE, line, sizeof line - 1);
    return conn_write(c, sizeof line - 1, LWS_WRITE_HTTP);
}

static bool is_for_api(struct str path)
{
    return str_starts(path, STR("/api/")) || str_is(path, STR("/api")) || str_starts(path, STR("/fhir/")) ||
           str_is(path, STR("/fhir")) || str_starts(path, STR("/dicom-web/")) ||
           str_starts(path, STR("/ical/")) || str_starts(path, STR("/whip/")) ||
           str_starts(path, STR("/whep/")) || str_starts(path, STR("/ptz/")) ||
           str_is(path, STR("/healthz")) || str_is(path, STR("/metrics"));
}

static bool wants_body(enum http_method method)
{
    return method == HTTP_POST || method == HTTP_PUT || method == HTTP_PATCH;
}

enum version { HTTP_BAD, HTTP_10, HTTP_11 };

/* libwebsockets takes a line break that was percent-encoded in the path for the end of the request line, so that a link could
 * put header fields into a request; what then is missing is the version. */
static enum version version_of(struct lws *wsi)
{
    char field[FIELD_BYTES];
    struct str text = str_trim(field_peek(wsi, WSI_TOKEN_HTTP, field));
    return str_is(text, STR("HTTP/1.1")) ? HTTP_11 : str_is(text, STR("HTTP/1.0")) ? HTTP_10 : HTTP_BAD;
}

static bool asks_to_close(struct lws *wsi)
{
    char field[FIELD_BYTES];
    return field_accepts(field_peek(wsi, WSI_TOKEN_CONNECTION, field), "close");
}

/* A whole head is there. */
static int begin(struct conn *c, struct str path)
{
    struct lws *wsi = c->wsi;
    enum http_method method;
    uint64_t body_bytes = 0;
    char field[FIELD_BYTES];

    lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0); /* the deadlines from here on are ours */
    c->begun_us = clock_tick_us();
    enum version version = version_of(wsi);
    c->closes = version != HTTP_11 || asks_to_close(wsi);
    c->is_head_only = false;
    c->allow = NULL;
    c->body_ends = 0;
    c->is_upload = false;
    if (path.bytes > LIMIT_PATH_BYTES) return http_refuse(c, 414, "too_large", NULL);
    if (head_bytes(wsi) > LIMIT_HEAD_BYTES) return http_refuse(c, 431, "too_large", NULL);
    if (version == HTTP_BAD) return http_refuse(c, 400, "bad_field", "version");
    if (version == HTTP_11 && lws_hdr_total_length(wsi, WSI_TOKEN_HOST) <= 0)
        return http_refuse(c, 400, "bad_field", "host");
    if (!method_of(wsi, &method)) return http_refuse(c, 405, "method", NULL);
    if (!field_path_is_clean(path)) return http_refuse(c, 400, "bad_field", "path");
    if (lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0)
        return http_refuse(c, 411, "length_required", NULL);
    bool has_length = lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0;
    if (has_length && !field_length(field_peek(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH, field), &body_bytes))
        return http_refuse(c, 400, "bad_field", "content-length");
    if (!has_length && wants_body(method)) return http_refuse(c, 411, "length_required", NULL);
    bool is_upload = false;
    int64_t most = is_for_api(path) && c->net->s.body_bytes_max
                       ? c->net->s.body_bytes_max(
                             method, path, field_peek(wsi, WSI_TOKEN_HTTP_CONTENT_TYPE, field), &is_upload)
                       : API_BODY_BYTES_MAX;
    if (body_bytes > (uint64_t)most) return http_refuse(c, 413, "too_large", NULL);

    if (is_upload && body_bytes > 0) return take_upload(c, path, method, body_bytes);
    /* Strangers send nothing large; uploads are asked about before they are read. */
    if (body_bytes > API_BODY_BYTES_MAX && lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_COOKIE) <= 0 &&
        lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_AUTHORIZATION) <= 0)
        return http_refuse(c, 401, "no_session", NULL);
    if (is_for_api(path)) return body_bytes > 0 && go_on(c) ? -1 : take_in(c, path, method, body_bytes);
    if (method == HTTP_GET || method == HTTP_HEAD) {
        c->is_head_only = method == HTTP_HEAD;
        if (body_bytes > 0) c->closes = true;
        return answer_static(c, path);
    }
    c->allow = "GET, HEAD";
    c->closes = true;
    return http_refuse(c, 405, "method", NULL);
}

/* A body sent in one piece with the request before it is given to us by libwebsockets 4.1 with its own head in front: it would be
 * read as something it is not. No body that we take begins so. */
static bool is_stale_head(const struct request *r, const char *at, size_t bytes)
{
    const char *method = r->method == HTTP_POST    ? "POST "
                         : r->method == HTTP_PUT   ? "PUT "
                         : r->method == HTTP_PATCH ? "PATCH "
                         : r->method == HTTP_GET   ? "GET "
                                                   : "DELETE ";
    size_t n = strlen(method);
    return memcmp(at, method, bytes < n ? bytes : n) == 0;
}

/* -- uploads -- */

/* The upload ends here: the api says why, and what is still to come is not read. */
static void upload_fail(struct conn *c, enum err err)
{
    struct net *n = c->net;
    struct request *r = c->request;
    struct fault fault;
    fault_from_err(&fault, err);
    stream_drop(c->stream);
    c->stream = NULL;
    c->request = NULL;
    c->closes = true;
    c->state = CONN_ASKED;
    c->deadline.ms = 0;
    lws_rx_flow_control(c->wsi, 0);
    n->asked++;
    atomic_store(&n->under_way, n->asked);
    n->s.refuse(n->s.ctx, r, fault.status, fault.code, NULL);
}

static void upload_put(struct conn *c, const char *at, size_t bytes)
{
    bool has_room = true;
    enum err err = stream_put(c->stream, at, bytes, &has_room);
    if (err) {
        upload_fail(c, err);
    } else if (!has_room) {
        c->is_stopped = true;
        lws_rx_flow_control(c->wsi, 0);
    }
}

static void upload_begin(struct conn *c, struct request *r)
{
    r->wants_upload = false;
    c->request = r;
    c->is_stopped = false;
    enum err err = c->net->streams ? stream_up(c->net->streams, owner_of(c), &c->stream) : ERR_UNSUPPORTED;
    if (err || go_on(c) != 0) {
        upload_fail(c, err ? err : ERR_CLOSED);
        return;
    }
    c->state = CONN_BODY;
    c->deadline = limit_body_end(&c->net->s.limits, clock_tick(), (uint64_t)r->upload_bytes);
    lws_rx_flow_control(c->wsi, 1);
    if (c->early_bytes > 0) upload_put(c, c->body, c->early_bytes);
    if (c->state == CONN_BODY && c->body_ends > 0) stream_end(c->stream);
}

void http_streamed(struct conn *c)
{
    enum err err = stream_err(c->stream);
    if (c->state == CONN_ANSWER) {
        if (err) {
            log_error("http", "file_broken", LOG_U("id", c->head.id), LOG_E(err));
            conn_close(c);
        } else {
            lws_callback_on_writable(c->wsi);
        }
        return;
    }
    if (c->state != CONN_BODY) return;
    if (err) {
        upload_fail(c, err);
    } else if (stream_is_whole(c->stream)) {
        c->request->upload = stream_hand_over(c->stream, &c->request->upload_seal);
        stream_drop(c->stream);
        c->stream = NULL;
        ask(c);
    } else if (c->is_stopped && stream_has_room(c->stream)) {
        c->is_stopped = false;
        lws_rx_flow_control(c->wsi, 1);
    }
}

/* While it is decided about the upload, what has come already is kept; libwebsockets reads no more than its own buffer holds. */
static int take_early(struct conn *c, const char *at, size_t bytes)
{
    if (bytes > c->body_bytes - c->body_got || bytes > EARLY_BYTES - c->early_bytes) return -1;
    memcpy(c->body + c->early_bytes, at, bytes);
    c->early_bytes += bytes;
    c->body_got += bytes;
    lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
    return 0;
}

static int take_body(struct conn *c, const char *at, size_t bytes)
{
    if (c->state == CONN_ASKED && c->is_upload && c->body && bytes > 0) return take_early(c, at, bytes);
    /* Of a request already refused: read and thrown away until the answer is out. */
    if (c->state != CONN_BODY || bytes == 0) return 0;
    if (bytes > c->body_bytes - c->body_got) return -1;
    if (c->body_got == 0 && is_stale_head(c->request, at, bytes)) return -1;
    if (!c->is_upload) memcpy(c->body + c->body_got, at, bytes);
    c->body_got += bytes;
    lws_set_timeout(c->wsi, NO_PENDING_TIMEOUT, 0);
    if (c->is_upload) upload_put(c, at, bytes);
    return 0;
}

/* Told twice, there is something behind the body, and libwebsockets 4.1 would tell us for ever and turn to nobody else. */
static int body_is_whole(struct conn *c)
{
    if (c->body_ends++ > 0) return -1;
    if (c->state != CONN_BODY) return 0;
    if (c->body_got != c->body_bytes) return -1;
    if (c->is_upload) {
        stream_end(c->stream);
        return 0;
    }
    c->request->body = (struct str){c->body, c->body_bytes};
    ask(c);
    return 0;
}

void http_forget(struct conn *c)
{
    if (c->state == CONN_ANSWER && !c->head_done) metric_add(&metric_status[5], 1);
    request_end(c->net, c->request);
    c->request = NULL;
    stream_drop(c->stream);
    c->stream = NULL;
    c->generation++; /* an answer that is still to come finds nobody */
}

int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t bytes)
{
    (void)user;
    struct conn *c = conn_of(wsi);
    switch ((int)reason) {
    case LWS_CALLBACK_HTTP:
        if (!c) return -1;
        c->wsi = wsi;
        return begin(c, (struct str){in, bytes});
    case LWS_CALLBACK_HTTP_BODY:
        return c ? take_body(c, in, bytes) : -1;
    case LWS_CALLBACK_HTTP_BODY_COMPLETION:
        return c ? body_is_whole(c) : -1;
    case LWS_CALLBACK_HTTP_WRITEABLE:
        if (!c) return -1;
        return c->state == CONN_ANSWER ? write_more(c) : 0;
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
        if (!c) return -1;
        c->wsi = wsi;
        return str_is_nocase(str_of(in), STR("websocket")) ? ws_confirm(c) : -1;
    case LWS_CALLBACK_CLOSED_HTTP:
        if (c) http_forget(c);
        return 0;
    case LWS_CALLBACK_FILTER_PROTOCOL_CONNECTION:
    case LWS_CALLBACK_ESTABLISHED:
    case LWS_CALLBACK_RECEIVE:
        return -1; /* a WebSocket without our subprotocol */
    default:
        return 0;
    }
}
