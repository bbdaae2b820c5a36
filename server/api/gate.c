#include "api/gate.h"
#include "api/route.h"
#include "api/state.h"
#include "auth/token.h"
#include "base/mem.h"

/* -- language: RFC 9110 §12.5.4 with two languages to choose from -- */

static double quality_of(struct str *item)
{
    struct str params = *item;
    *item = str_trim(str_cut(&params, ';'));
    params = str_trim(params);
    if (!str_starts(params, STR("q="))) return 1;
    uint64_t whole = 0, part = 0;
    struct str number = {params.at + 2, params.bytes - 2};
    struct str fraction = number;
    if (!str_to_u64(str_cut(&fraction, '.'), &whole)) return 0;
    double scale = 1;
    if (fraction.bytes > 3 || (fraction.bytes && !str_to_u64(fraction, &part))) return 0;
    for (size_t i = 0; i < fraction.bytes; i++)
        scale *= 10;
    return (double)whole + (double)part / scale;
}

static bool is_language(struct str tag, struct str language)
{
    struct str primary = str_cut(&tag, '-');
    return str_is_nocase(primary, language);
}

void gate_language(struct request *r)
{
    double english = 0, chinese = 0;
    struct str rest = r->accept_language;
    while (rest.bytes) {
        struct str item = str_cut(&rest, ',');
        double q = quality_of(&item);
        if (is_language(item, STR("en")) && q > english) english = q;
        if (is_language(item, STR("zh")) && q > chinese) chinese = q;
    }
    r->english = english > chinese;
}

/* -- session -- */

static enum err write_touch(struct tx *tx, bool is_token, struct str id, struct instant seen)
{
    return is_token ? token_touch(tx, id, seen) : session_touch(tx, id, seen);
}

static enum err touch(struct request *r, struct tx *tx)
{
    const struct session *who = &r->who;
    /* What a page asks by itself, with nobody before it, is no work. */
    bool is_quiet = r->route->flags & ROUTE_QUIET || str_is_text(request_query(r, "peek"), "1") ||
                    str_is_text(r->unattended, "1");
    if (is_quiet || !idle_touch(r->api->idle, who->id, who->stored_seen, tx->now)) return OK;
    if (tx->may_write) return write_touch(tx, who->is_token, who->id, tx->now);
    r->is_touch_due = true;
    return OK;
}

struct touch {
    struct job job; /* first */
    char id[SESSION_ID_TEXT];
    bool is_token;
    struct instant seen;
};

static enum err run_touch(struct job *job, struct tx *tx)
{
    struct touch *t = (struct touch *)job;
    return write_touch(tx, t->is_token, str_of(t->id), t->seen);
}

/* A touch that fails is made good half a minute later. */
static void touch_done(struct job *job, enum err err)
{
    (void)err;
    mem_free(job);
}

void gate_post_touch(struct request *r)
{
    struct touch *t = mem_zalloc(sizeof *t);
    r->is_touch_due = false;
    if (!t || r->who.id.bytes >= sizeof t->id) {
        mem_free(t);
        return;
    }
    t->job.run = run_touch;
    t->job.done = touch_done;
    memcpy(t->id, r->who.id.at, r->who.id.bytes);
    t->is_token = r->who.is_token;
    t->seen = clock_now();
    if (store_write(request_site(r)->store, &t->job) != OK) mem_free(t);
}

static enum err find_session(struct request *r, struct tx *tx)
{
    enum session_state state;
    r->who = (struct session){0};
    enum err err = session_find(tx, r->arena, r->cookie, r->authorization, r->api->idle,
                                request_site(r)->settings.idle_s, &r->who, &state);
    if (err) return err;
    if (state == SESSION_LIVE) {
        r->actor = r->who.account;
        r->acting = role_set_first(r->who.roles);
        return OK;
    }
    r->actor = (struct str){0};
    return answer_fault(r, 401, state == SESSION_EXPIRED ? "session_expired" : "no_session", NULL);
}

/* A browser must prove that its own page asks. A program's token is never sent by a browser on its own. */
static bool is_forged(const struct request *r)
{
    if (r->who.is_token || r->method == HTTP_GET || r->method == HTTP_HEAD) return false;
    return !str_is_secret(r->csrf, str_of(r->who.csrf));
}

static void refuse_by_policy(struct request *r)
{
    bool may_know = policy_knows(r->who.roles, r->route->resource);
    answer_fault(r, may_know ? 403 : 404, may_know ? "not_allowed" : "not_found", NULL);
}

void gate_refuse_method(struct request *r)
{
    struct buf allow;
    buf_init(&allow, 256);
    route_allow(r, r->who.roles, &allow);
    buf_add_char(&allow, 0);
    answer_fault(r, 405, "method", NULL);
    if (allow.err)
        fault_from_err(&r->fault, allow.err);
    else
        answer_header(r, "allow", allow.at);
    buf_done(&allow);
}

static void judge(struct request *r)
{
    if (is_forged(r)) {
        answer_fault(r, 403, "csrf", NULL);
        return;
    }
    if (r->is_method_wrong) {
        if (route_is_open_to(r, r->who.roles))
            gate_refuse_method(r);
        else
            refuse_by_policy(r);
        return;
    }
    enum role role = policy_role(r->who.roles, r->route->resource, r->route->action);
    if (role == ROLE_COUNT) {
        refuse_by_policy(r);
        return;
    }
    r->acting = role;
    if (r->who.is_token && r->route->flags & ROUTE_BROWSER) answer_fault(r, 403, "not_allowed", NULL);
}

/* -- body -- */

static bool is_json(struct str content_type)
{
    struct str type = str_trim(str_cut(&content_type, ';'));
    return str_is_nocase(type, STR("application/json"));
}

/* No body stands for an empty object: endpoints that need fields will miss them. */
static enum err read_body(struct request *r)
{
    if (r->json || r->body.bytes == 0 || r->route->flags & ROUTE_RAW) return OK;
    if (r->body.bytes > r->route->body_bytes_max) return answer_fault(r, 413, "too_large", NULL);
    if (!is_json(r->content_type)) return answer_fault(r, 415, "media_type", NULL);
    enum err err = json_parse(r->body, &r->json, NULL);
    if (err == ERR_BAD_INPUT) return answer_fault(r, 400, "bad_json", NULL);
    if (!err && !json_is_object(r->json)) return answer_fault(r, 400, "bad_json", NULL);
    return err;
}

enum err gate_pass(struct request *r, struct tx *tx)
{
    if (r->route->access == ROUTE_LOGIN) {
        enum err err = find_session(r, tx);
        if (err || r->fault.status) return err;
        judge(r);
        if (r->fault.status) return OK;
        err = touch(r, tx);
        if (err) return err;
    }
    return read_body(r);
}

/* What was asked for, if it is text; a path holds ids and words of ours, and at most 200 bytes of it are kept. */
static const char *path_text(struct request *r)
{
    struct str path = r->path;
    if (path.bytes > 200) path.bytes = 200;
    while (path.bytes && !str_is_utf8(path))
        path.bytes--;
    return arena_text(r->arena, path.at, path.bytes);
}

enum err gate_note_refusal(struct request *r)
{
    bool is_known = r->actor.bytes != 0 && r->route->access == ROUTE_LOGIN;
    bool is_read_miss = r->fault.status == 404 && r->route->resource != POLICY_NOTHING &&
                        policy_allows(r->who.roles, r->route->resource, r->route->action) && !r->route->audit;
    if (!is_known || is_read_miss || r->is_refusal_noted || r->fault.status < 400 || r->fault.status >= 500)
        return OK;
    const char *path = path_text(r);
    const char *detail = arena_printf(r->arena, "{\"code\":\"%s\"}", r->fault.code);
    if (!path || !detail) return ERR_NOMEM;
    return request_audit(r, r->route->audit ? r->route->audit : "request", path, AUDIT_REFUSED, detail);
}
