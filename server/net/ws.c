#include "base/log.h"
#include "base/mem.h"
#include "desk/calls.h"
#include "net/conn.h"
#include <stdio.h>

#define PROTOCOL "yunqiao.1"
#define COOKIE_BYTES_MAX 4096
#define ID_TEXT 64
#define PONGS_MAX 8
#define ARENA_BYTES (64 * 1024)
#define SILENCE_MS 60000 /* a tab pings each 20 s at least */
#define GREET_US 250000  /* how long the first frame may wait for the tab's resume text */
#define CHECK_MS 15000   /* a session that ended unnoticed is found out so late at most */
#define RETRY_MS 1000    /* after an answer that was no answer (busy) */
#define WARN_MS 60000    /* told so long before the session idles out */
#define GOODBYE_MS                                                                                           \
    2000 /* of a server that goes down: a browser answers at once, and a dead one is not waited for */
#define OUT_BYTES_MAX (4 * 1024 * 1024) /* of frames about calls that the tab has not read */

enum ws_close { WS_BAD = 4400, WS_NO_SESSION = 4401, WS_FLOOD = 4429, WS_RESTART = 1012 };

/* A frame about a call, on its way out. */
struct out {
    struct list item;
    size_t bytes;
    char at[];
};

struct ws {
    char *cookie;
    bool is_checking; /* an exchange is under way */
    bool is_known;    /* the session is live, by the last check */
    bool hello_due, is_resumed, is_greeted;
    char account[ID_TEXT], session[ID_TEXT], secret[SESSION_TOKEN_TEXT];
    struct role_set roles;
    struct instant idle_ends, ends, seen;
    struct instant warned_for;     /* the end that the tab was told of */
    char shown[RESUME_TEXT_BYTES]; /* the resume text that the tab sent; empty: none yet */
    struct hub_tab *tab;
    int64_t pongs[PONGS_MAX];
    int pongs_n;
    struct limit_flood flood;
    struct tick next_check;     /* 0: none */
    int close_code;             /* 0: stays open */
    struct buf in;              /* a message in parts */
    struct list out;            /* frames about calls, oldest first */
    size_t out_bytes, out_done; /* of all; of the first */
    bool has_called;            /* calls know of this WebSocket */
    char from[sizeof((struct request *)0)->from];
};

/* -- the opening -- */

static int refuse(struct conn *c, int status, const char *code)
{
    char body[96];
    snprintf(body, sizeof body, "{\"error\": {\"code\": \"%s\", \"message\": \"%s\"}}", code,
             head_reason(status));
    c->closes = true;
    c->is_head_only = false;
    c->head = (struct head){.status = status, .type = "application/json; charset=utf-8"};
    return http_answer_now(c, body, strlen(body));
}

/* Behind a proxy that ends the TLS, the page's scheme is not ours to know. */
static bool origin_is_own(const struct conn *c, struct str origin, struct str host)
{
    return field_origin_is_own(origin, host, c->is_tls) ||
           (c->is_proxied && field_origin_is_own(origin, host, true));
}

static struct str peek(struct lws *wsi, enum lws_token_indexes token, char *to, size_t room)
{
    int n = lws_hdr_total_length(wsi, token);
    if (n <= 0 || lws_hdr_copy(wsi, to, (int)room, token) != n) return (struct str){"", 0};
    return (struct str){to, (size_t)n};
}

static bool keep_cookie(struct conn *c, struct ws *w)
{
    char cookie[COOKIE_BYTES_MAX];
    struct str text = peek(c->wsi, WSI_TOKEN_HTTP_COOKIE, cookie, sizeof cookie);
    w->cookie = mem_alloc(text.bytes + 1);
    if (!w->cookie) return false;
    memcpy(w->cookie, text.at, text.bytes);
    w->cookie[text.bytes] = '\0';
    return true;
}

int ws_confirm(struct conn *c)
{
    char *path, origin[256], host[256], protocols[256];
    int path_bytes;
    lws_set_timeout(c->wsi, PENDING_TIMEOUT_ESTABLISH_WITH_SERVER, 10);
    c->begun_us = clock_tick_us();
    if (lws_http_get_uri_and_method(c->wsi, &path, &path_bytes) != LWSHUMETH_GET ||
        !str_is((struct str){path, (size_t)path_bytes}, STR("/ws")))
        return refuse(c, 404, "not_found");
    if (atomic_load(&c->net->is_draining)) return refuse(c, 503, "busy");
    if (!origin_is_own(c, peek(c->wsi, WSI_TOKEN_ORIGIN, origin, sizeof origin),
                       peek(c->wsi, WSI_TOKEN_HOST, host, sizeof host)))
        return refuse(c, 403, "not_allowed");
    if (!field_accepts(peek(c->wsi, WSI_TOKEN_PROTOCOL, protocols, sizeof protocols), PROTOCOL))
        return refuse(c, 400, "bad_field");
    struct ws *w = mem_zalloc(sizeof *w);
    if (!w || !keep_cookie(c, w)) {
        mem_free(w);
        return -1;
    }
    buf_init(&w->in, LIMIT_FRAME_BYTES);
    list_init(&w->out);
    c->ws = w;
    return 0;
}

/* -- the session behind it -- */

static void check(struct conn *c)
{
    struct ws *w = c->ws;
    struct exchange *x = exchange_new(c, ARENA_BYTES, true);
    w->next_check.ms = 0;
    if (!x) {
        w->next_check.ms = clock_tick().ms + RETRY_MS;
        return;
    }
    struct request *r = x->request;
    r->method = HTTP_GET;
    r->path = STR("/ws");
    size_t n = strlen(w->cookie);
    r->cookie = (struct str){arena_text(r->arena, w->cookie, n), n};
    if (!r->cookie.at) {
        request_free(r);
        w->next_check.ms = clock_tick().ms + RETRY_MS;
        return;
    }
    w->is_checking = true;
    exchange_ask(x);
}

static struct room_client client_of(const struct conn *c)
{
    return (struct room_client){c->slot, c->serial};
}

/* Told once, and at once: who has lost the session leaves the call now, whether the tab reads on or not (rule 8). */
static void leave_call(struct conn *c, bool is_over)
{
    if (!c->ws->has_called) return;
    c->ws->has_called = false;
    calls_lost(c->net->s.calls, client_of(c), is_over);
}

static void close_with(struct conn *c, int code)
{
    if (code == WS_NO_SESSION) leave_call(c, true);
    if (c->ws->close_code == 0) c->ws->close_code = code;
    conn_deadline(c, c->net->s.limits.write_ms);
    lws_callback_on_writable(c->wsi);
}

static void keep_text(char *to, size_t room, struct str from)
{
    size_t n = from.bytes < room - 1 ? from.bytes : room - 1;
    if (n > 0) memcpy(to, from.at, n);
    to[n] = '\0';
}

static struct instant end_of(const struct ws *w)
{
    if (w->idle_ends.ms == 0 || (w->ends.ms != 0 && w->ends.ms < w->idle_ends.ms)) return w->ends;
    return w->idle_ends;
}

/* A kiosk that idles out after a minute is not warned as soon as it is touched. */
static int64_t warn_ms(const struct ws *w)
{
    int64_t idle_ms = w->idle_ends.ms - w->seen.ms;
    return idle_ms > 0 && idle_ms / 2 < WARN_MS ? idle_ms / 2 : WARN_MS;
}

static void warn_if_ending(struct conn *c, struct instant now)
{
    struct ws *w = c->ws;
    struct instant end = end_of(w);
    if (end.ms == 0 || !w->tab || end.ms - now.ms > warn_ms(w) || w->warned_for.ms == end.ms) return;
    char data[48];
    int64_t in_s = end.ms > now.ms ? (end.ms - now.ms + 999) / 1000 : 0;
    snprintf(data, sizeof data, "{\"in_s\":%lld}", (long long)in_s);
    w->warned_for = end;
    hub_tell(w->tab, "session_ending", data);
    lws_callback_on_writable(c->wsi);
}

static void plan_check(struct ws *w, struct instant now)
{
    struct instant end = end_of(w);
    int64_t in_ms = CHECK_MS;
    if (end.ms != 0) {
        int64_t to_warning = end.ms - warn_ms(w) - now.ms, to_end = end.ms - now.ms + 50;
        if (to_warning > 0 && to_warning < in_ms) in_ms = to_warning;
        if (to_end < in_ms) in_ms = to_end;
    }
    if (in_ms < 200) in_ms = 200;
    w->next_check.ms = clock_tick().ms + in_ms;
}

static void greet(struct conn *c)
{
    struct ws *w = c->ws;
    void *before = NULL;
    struct hub_tab *stray = w->tab;
    struct hub_join join = {
        .who = {str_of(w->account), str_of(w->session), w->roles, str_of(w->secret)},
        .resume = str_of(w->shown),
        .owner = c,
        .now = clock_now(),
    };
    enum err err = hub_join(c->net->hub, &join, &w->tab, &w->is_resumed, &before);
    w->shown[0] = '\0';
    if (err) {
        close_with(c, WS_RESTART);
        return;
    }
    if (stray && stray != w->tab) hub_drop(c->net->hub, stray);
    if (before && before != c) {
        struct conn *old = before;
        if (old->ws) old->ws->tab = NULL;
        conn_close(old);
    }
    w->hello_due = true;
    lws_callback_on_writable(c->wsi);
}

static void session_is_live(struct conn *c, const struct session *who)
{
    struct ws *w = c->ws;
    struct instant now = clock_now();
    keep_text(w->account, sizeof w->account, who->account);
    keep_text(w->session, sizeof w->session, who->id);
    keep_text(w->secret, sizeof w->secret, str_of(who->resume));
    w->roles = who->roles;
    w->idle_ends = who->idle_ends;
    w->ends = who->ends;
    w->seen = who->seen;
    if (!w->is_known) {
        w->is_known = true;
        if (w->shown[0])
            greet(c);
        else
            lws_set_timer_usecs(c->wsi, GREET_US);
    }
    warn_if_ending(c, now);
    plan_check(w, now);
}

static void session_is_over(struct conn *c, const struct request *r)
{
    struct ws *w = c->ws;
    if (w->tab) {
        bool ran_out = r->fault.code && strcmp(r->fault.code, "session_expired") == 0;
        bool is_old = w->ends.ms != 0 && clock_now().ms >= w->ends.ms;
        hub_tell(w->tab, "session_ended",
                 !ran_out ? "{\"why\":\"forced\"}"
                 : is_old ? "{\"why\":\"age\"}"
                          : "{\"why\":\"idle\"}");
        lws_callback_on_writable(c->wsi);
    }
    close_with(c, WS_NO_SESSION);
}

void ws_answered(struct conn *c, struct request *r)
{
    struct ws *w = c->ws;
    if (w) {
        w->is_checking = false;
        keep_text(w->from, sizeof w->from, str_of(r->from));
        if (r->answer.status == 101)
            session_is_live(c, &r->who);
        else if (r->answer.status >= 500)
            w->next_check.ms = clock_tick().ms + RETRY_MS;
        else
            session_is_over(c, r);
    }
    request_free(r);
}

void ws_turn(struct conn *c, struct tick now)
{
    struct ws *w = c->ws;
    if (!w || w->is_checking || w->close_code) return;
    if (w->next_check.ms != 0 && now.ms >= w->next_check.ms) check(c);
}

void ws_due(void *owner)
{
    struct conn *c = owner;
    if (c->ws && c->ws->tab && hub_is_ending(c->ws->tab)) leave_call(c, true);
    if (c->wsi) lws_callback_on_writable(c->wsi);
}

void ws_tell(struct conn *c, struct str frame)
{
    struct ws *w = c->ws;
    struct out *o = w->out_bytes + frame.bytes <= OUT_BYTES_MAX ? mem_alloc(sizeof *o + frame.bytes) : NULL;
    if (!o) { /* it would go on with a false picture */
        close_with(c, WS_RESTART);
        return;
    }
    o->bytes = frame.bytes;
    memcpy(o->at, frame.at, frame.bytes);
    list_add_last(&w->out, &o->item);
    w->out_bytes += o->bytes;
    lws_callback_on_writable(c->wsi);
}

void ws_close_bad(struct conn *c)
{
    close_with(c, WS_BAD);
}

void ws_drain(struct conn *c)
{
    if (!c->ws || c->ws->close_code != 0) return;
    close_with(c, WS_RESTART);
    conn_deadline(c, GOODBYE_MS);
}

void ws_forget(struct conn *c)
{
    struct ws *w = c->ws;
    if (!w) return;
    if (c->state == CONN_WS) metric_add(&metric_ws_now, -1);
    leave_call(c, w->close_code == WS_NO_SESSION);
    if (w->tab) hub_leave(c->net->hub, w->tab, c, clock_now());
    list_each (item, after, &w->out)
        mem_free(list_of(item, struct out, item));
    buf_done(&w->in);
    mem_wipe_free(w->cookie, strlen(w->cookie));
    mem_wipe_free(w, sizeof *w);
    c->ws = NULL;
}

/* -- frames -- */

static int write_frame(struct conn *c, struct str frame)
{
    struct net *n = c->net;
    ASSERT(frame.bytes <= HEAD_BYTES_MAX + WRITE_BYTES);
    memcpy(n->scratch + LWS_PRE, frame.at, frame.bytes);
    metric_add(&metric_frames_out, 1);
    return conn_write(c, frame.bytes, LWS_WRITE_TEXT);
}

static int write_object(struct conn *c, void (*members)(struct conn *c, struct json_out *o))
{
    struct buf b;
    struct json_out o;
    buf_init(&b, 2048);
    json_out_init(&o, &b);
    json_open(&o, NULL);
    members(c, &o);
    json_close(&o);
    int done = b.err ? -1 : write_frame(c, buf_str(&b));
    buf_done(&b);
    return done;
}

static void write_hello(struct conn *c, struct json_out *o)
{
    struct ws *w = c->ws;
    char resume[RESUME_TEXT_BYTES];
    hub_resume_text(w->tab, str_of(w->secret), clock_now(), resume);
    json_put_text(o, "type", "hello");
    json_put_text(o, "session", w->session);
    json_put_instant(o, "now", clock_now());
    json_put_text(o, "resume", resume);
    json_put_bool(o, "resumed", w->is_resumed);
    json_put_text(o, "version", c->net->s.version);
}

static void write_pong(struct conn *c, struct json_out *o)
{
    struct ws *w = c->ws;
    json_put_text(o, "type", "pong");
    json_put_int(o, "id", w->pongs[0]);
    json_put_instant(o, "now", clock_now());
    memmove(w->pongs, w->pongs + 1, (size_t)--w->pongs_n * sizeof w->pongs[0]);
}

/* The next part of the first frame about a call; a long one goes in several, with nothing in between. */
static int write_out(struct conn *c)
{
    struct net *n = c->net;
    struct ws *w = c->ws;
    struct out *o = list_of(w->out.next, struct out, item);
    size_t part = o->bytes - w->out_done;
    int how = w->out_done == 0 ? LWS_WRITE_TEXT : LWS_WRITE_CONTINUATION;
    if (part > WRITE_BYTES) {
        part = WRITE_BYTES;
        how |= LWS_WRITE_NO_FIN;
    }
    memcpy(n->scratch + LWS_PRE, o->at + w->out_done, part);
    w->out_done += part;
    if (w->out_done == o->bytes) {
        metric_add(&metric_frames_out, 1);
        w->out_bytes -= o->bytes;
        w->out_done = 0;
        list_remove(&o->item);
        mem_free(o);
    }
    return conn_write(c, part, (enum lws_write_protocol)how);
}

/* One frame a turn, in the order: hello, pongs, calls, notices, the close. */
static int write_next(struct conn *c)
{
    struct ws *w = c->ws;
    struct str frame;
    bool ends = false;
    int done = 0;
    if (w->out_done > 0) {
        done = write_out(c);
    } else if (w->hello_due) {
        w->hello_due = false;
        w->is_greeted = true;
        done = write_object(c, write_hello);
    } else if (w->is_greeted && w->pongs_n > 0) {
        done = write_object(c, write_pong);
    } else if (w->is_greeted && !list_is_empty(&w->out)) {
        done = write_out(c);
    } else if (w->is_greeted && w->tab && hub_next(w->tab, &frame, &ends)) {
        done = write_frame(c, frame);
        if (ends) close_with(c, WS_NO_SESSION);
    } else {
        if (w->close_code == 0) return 0;
        lws_close_reason(c->wsi, (enum lws_close_status)w->close_code, NULL, 0);
        return -1;
    }
    lws_callback_on_writable(c->wsi);
    return done;
}

static int end_with(struct conn *c, int code)
{
    log_debug("ws", "closed_by_us", LOG_I("code", code));
    lws_close_reason(c->wsi, (enum lws_close_status)code, NULL, 0);
    return -1;
}

static bool take_resume(struct conn *c, const struct json *v)
{
    static const char *const known[] = {"type", "resume", NULL};
    struct ws *w = c->ws;
    struct str text;
    if (json_unknown_key(v, known) || !json_text(json_get(v, "resume"), &text) ||
        text.bytes >= sizeof w->shown)
        return false;
    keep_text(w->shown, sizeof w->shown, text);
    if (w->is_known) greet(c);
    return true;
}

static bool take_ping(struct conn *c, const struct json *v)
{
    static const char *const known[] = {"type", "id", NULL};
    struct ws *w = c->ws;
    int64_t id;
    if (json_unknown_key(v, known) || !json_int(json_get(v, "id"), &id) || w->pongs_n == PONGS_MAX)
        return false;
    w->pongs[w->pongs_n++] = id;
    lws_callback_on_writable(c->wsi);
    return true;
}

static bool take_seen(struct conn *c, const struct json *v)
{
    static const char *const known[] = {"type", "id", NULL};
    int64_t id;
    if (json_unknown_key(v, known) || !json_int(json_get(v, "id"), &id)) return false;
    if (c->ws->tab) hub_seen(c->ws->tab, id);
    return true;
}

/* Takes v. Before the session is known nobody is there who could call. */
static bool take_call(struct conn *c, struct json *v)
{
    struct ws *w = c->ws;
    struct calls_client who = {
        .id = client_of(c), .account = str_of(w->account), .session = str_of(w->session), .from = w->from};
    if (!c->net->s.calls || !w->is_known) {
        json_free(v);
        return false;
    }
    w->has_called = true;
    if (calls_frame(c->net->s.calls, &who, v) != OK) close_with(c, WS_RESTART);
    return true;
}

static bool take_frame(struct conn *c, struct str text)
{
    struct json *v = NULL;
    struct str type;
    bool ok = false;
    if (json_parse(text, &v, NULL) != OK) return false;
    if (json_is_object(v) && json_text(json_get(v, "type"), &type)) {
        if (str_is_text(type, "ping"))
            ok = take_ping(c, v);
        else if (str_is_text(type, "seen"))
            ok = take_seen(c, v);
        else if (str_is_text(type, "resume"))
            ok = take_resume(c, v);
        else if (room_frame_is(type))
            return take_call(c, v);
    }
    json_free(v);
    return ok;
}

static int receive(struct conn *c, const void *in, size_t bytes)
{
    struct ws *w = c->ws;
    conn_deadline(c, SILENCE_MS);
    /* Each part counts, not each message: a message in a thousand parts is a flood as well. */
    if (!limit_flood_frame(&w->flood, clock_tick())) return end_with(c, WS_FLOOD);
    if (lws_frame_is_binary(c->wsi)) return end_with(c, WS_BAD);
    buf_add(&w->in, in, bytes);
    if (w->in.err) return end_with(c, WS_BAD);
    if (!lws_is_final_fragment(c->wsi) || lws_remaining_packet_payload(c->wsi) > 0) return 0;
    metric_add(&metric_frames_in, 1);
    bool ok = take_frame(c, buf_str(&w->in));
    buf_done(&w->in);
    return ok ? 0 : end_with(c, WS_BAD);
}

static void opened(struct conn *c, struct lws *wsi)
{
    c->wsi = wsi;
    c->state = CONN_WS;
    metric_add(&metric_ws_now, 1);
    lws_set_timeout(wsi, NO_PENDING_TIMEOUT, 0);
    conn_deadline(c, SILENCE_MS);
    check(c);
}

int ws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t bytes)
{
    (void)user;
    struct conn *c = conn_of(wsi);
    switch ((int)reason) {
    case LWS_CALLBACK_ESTABLISHED:
        if (!c || !c->ws) return -1;
        opened(c, wsi);
        return 0;
    case LWS_CALLBACK_RECEIVE:
        return c && c->ws && c->ws->close_code == 0 ? receive(c, in, bytes) : 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
        return c && c->ws ? write_next(c) : -1;
    case LWS_CALLBACK_TIMER:
        if (c && c->ws && c->ws->is_known && !c->ws->tab && c->ws->close_code == 0) greet(c);
        return 0;
    case LWS_CALLBACK_CLOSED:
        if (c) ws_forget(c);
        return 0;
    default:
        return 0;
    }
}
