/* WHIP (RFC 9725) and WHEP: from the request to desk/calls and back. Who asks is told by a room's token alone; no cookie counts, so
 * that any origin may ask. */
#include "api/api.h"
#include "api/handlers.h"
#include "desk/calls.h"
#include <stdio.h>

struct stream {
    struct calls_ask ask; /* first */
    struct request *r;
};

static const char sdp_type[] = "application/sdp", fragment_type[] = "application/trickle-ice-sdpfrag",
                  json_type[] = "application/json";

static void allow_all_origins(struct request *r)
{
    answer_header(r, "access-control-allow-origin", "*");
    answer_header(r, "access-control-expose-headers", "ETag, Link, Location, Retry-After, WWW-Authenticate");
}

static void refuse_where(struct request *r, int status, const char *code, const char *where)
{
    answer_fault(r, status, code, where);
    if (status == 401) answer_header(r, "www-authenticate", "Bearer");
    allow_all_origins(r);
    api_finish(r);
}

static void refuse(struct request *r, int status, const char *code)
{
    refuse_where(r, status, code, NULL);
}

void stream_options(struct request *r)
{
    allow_all_origins(r);
    answer_header(r, "access-control-allow-methods", "OPTIONS, GET, HEAD, POST, PUT, PATCH, DELETE");
    answer_header(r, "access-control-allow-headers", "Authorization, Content-Type, If-Match");
    answer_header(r, "access-control-max-age", "86400");
    answer_header(r, "accept-post", sdp_type);
    answer_header(r, "accept-patch", fragment_type);
    answer_empty(r, 200);
    api_finish(r);
}

/* -- the answer; on the calls thread -- */

static void put_location(struct request *r, const struct room_answer *a)
{
    const char *path =
        arena_printf(r->arena, "/%s/%.*s/%.*s/%s", str_starts(r->path, STR("/whep/")) ? "whep" : "whip",
                     (int)r->captures[0].bytes, r->captures[0].at, (int)r->captures[1].bytes,
                     r->captures[1].at, a->session);
    if (path)
        answer_header(r, "location", path);
    else
        fault_from_err(&r->fault, ERR_NOMEM);
}

static void put_ice(struct request *r, const struct room_answer *a)
{
    const char *link = arena_printf(r->arena,
                                    "<%s>; rel=\"ice-server\"; username=\"%s\"; credential=\"%s\"; "
                                    "credential-type=\"password\"",
                                    a->ice_url, a->ice_username, a->ice_credential);
    if (link) answer_header(r, "link", link);
}

static void put_retry(struct request *r, int seconds)
{
    char text[12];
    snprintf(text, sizeof text, "%d", seconds);
    answer_header(r, "retry-after", text);
}

static void answered(struct calls_ask *ask, const struct room_answer *a)
{
    struct request *r = ((struct stream *)(void *)ask)->r;
    if (a->code) {
        if (a->retry_after_s && a->status == 409) put_retry(r, a->retry_after_s); /* 429, 503: by the api */
        /* What of a description is not taken, in the worker's words: for whoever sets up a box. */
        refuse_where(r, a->status, a->code,
                     a->why.bytes ? arena_text(r->arena, a->why.at, a->why.bytes) : NULL);
        return;
    }
    allow_all_origins(r);
    answer_empty(r, a->status);
    if (a->body.bytes) {
        buf_add_str(&r->answer.body, a->body);
        r->answer.content_type = ask->kind == CALLS_WAIT    ? json_type
                                 : ask->kind == CALLS_PATCH ? fragment_type
                                                            : sdp_type;
    }
    if (a->etag) answer_header(r, "etag", a->etag);
    if (a->session) put_location(r, a);
    if (a->ice_url) put_ice(r, a);
    api_finish(r);
}

/* -- the question -- */

static bool is_type(struct str content_type, const char *type)
{
    return str_is_nocase(str_trim(str_cut(&content_type, ';')), str_of(type));
}

static struct str token_of(struct request *r)
{
    struct str rest = r->authorization;
    struct str scheme = str_cut(&rest, ' ');
    if (str_is_nocase(scheme, STR("Bearer"))) return str_trim(rest);
    return r->authorization.bytes ? (struct str){0} : request_query(r, "token");
}

/* NULL: refused. */
static struct stream *stream_new(struct request *r, enum calls_ask_kind kind)
{
    struct calls *calls = request_site(r)->calls;
    struct stream *s = arena_zalloc(r->arena, sizeof *s);
    if (!room_id_is(r->captures[0]) || !room_id_is(r->captures[1])) {
        refuse(r, 404, "not_found");
        return NULL;
    }
    if (!s || !calls) {
        refuse(r, 503, "busy");
        return NULL;
    }
    s->r = r;
    s->ask = (struct calls_ask){.kind = kind,
                                .is_whep = str_starts(r->path, STR("/whep/")),
                                .room = r->captures[0],
                                .source = r->captures[1],
                                .session = r->captures[2],
                                .token = token_of(r),
                                .body = r->body,
                                .if_match = r->if_match,
                                .from = r->from,
                                .answered = answered};
    return s;
}

static void ask(struct request *r, enum calls_ask_kind kind)
{
    struct stream *s = stream_new(r, kind);
    if (s) calls_ask(request_site(r)->calls, &s->ask);
}

/* A description and a fragment are text; what is none is refused before the worker sees it. */
static bool has_text(struct request *r)
{
    if (r->body.bytes > 0 && str_is_utf8(r->body)) return true;
    refuse(r, 400, "bad_offer");
    return false;
}

void stream_post(struct request *r)
{
    if (!is_type(r->content_type, sdp_type))
        refuse(r, 415, "media_type");
    else if (has_text(r))
        ask(r, CALLS_POST);
}

void stream_look(struct request *r)
{
    ask(r, CALLS_LOOK);
}

void stream_patch(struct request *r)
{
    bool is_answer = str_starts(r->path, STR("/whep/")) && is_type(r->content_type, sdp_type);
    if (!is_answer && !is_type(r->content_type, fragment_type))
        refuse(r, 415, "media_type");
    else if (has_text(r))
        ask(r, is_answer ? CALLS_ACCEPT : CALLS_PATCH);
}

void stream_delete(struct request *r)
{
    ask(r, CALLS_DELETE);
}

/* -- the box beside a source's camera -- */

void stream_stands(struct request *r)
{
    struct json *v = NULL;
    int16_t axes[ROOM_AXES];
    if (!is_type(r->content_type, json_type)) {
        refuse(r, 415, "media_type");
        return;
    }
    bool is_read = json_parse(r->body, &v, NULL) == OK && json_is_object(v) &&
                   !json_unknown_key(v, (const char *const[]){"axes", NULL}) && room_axes_read(v, axes);
    json_free(v);
    if (!is_read) {
        refuse_where(r, 400, "bad_field", "axes");
        return;
    }
    struct stream *s = stream_new(r, CALLS_STANDS);
    if (!s) return;
    memcpy(s->ask.axes, axes, sizeof axes);
    calls_ask(request_site(r)->calls, &s->ask);
}

void stream_wait(struct request *r)
{
    uint64_t after = 0;
    struct str text = request_query(r, "after");
    if (text.bytes > 0 && (!str_to_u64(text, &after) || after > UINT32_MAX)) {
        refuse_where(r, 400, "bad_field", "after");
        return;
    }
    struct stream *s = stream_new(r, CALLS_WAIT);
    if (!s) return;
    s->ask.has_after = text.bytes > 0;
    s->ask.after = (uint32_t)after;
    calls_ask(request_site(r)->calls, &s->ask);
}
