#include "base/log.h"
#include "base/mem.h"
#include "net/conn.h"
#include "net/tls.h"
#include <fcntl.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define TURN_US 500000
#define TABS_MAX 4096
#define HEAD_ROOM_BYTES (LIMIT_HEAD_BYTES + 8192)
#define THREAD_STACK_BYTES (256 * 1024)

/* Counted when libwebsockets' own housekeeping descriptors are added. */
#define OTHER_FDS 512

struct metric metric_http_now = {"yunqiao_http_connections", NULL, "Connections open, WebSockets included.",
                                 METRIC_GAUGE},
              metric_ws_now = {"yunqiao_ws_connections", NULL, "WebSockets open.", METRIC_GAUGE},
              metric_refused = {"yunqiao_http_connections_refused_total", NULL,
                                "Connections closed at once: too many of all or of one address.",
                                METRIC_COUNTER},
              metric_timeouts = {"yunqiao_http_timeouts_total", NULL, "Connections closed for slowness.",
                                 METRIC_COUNTER},
              metric_status[6] =
                  {
                      {"yunqiao_http_answers_total", "class=\"1xx\"", "Answers by the first digit.",
                       METRIC_COUNTER},
                      {"yunqiao_http_answers_total", "class=\"2xx\"", NULL, METRIC_COUNTER},
                      {"yunqiao_http_answers_total", "class=\"3xx\"", NULL, METRIC_COUNTER},
                      {"yunqiao_http_answers_total", "class=\"4xx\"", NULL, METRIC_COUNTER},
                      {"yunqiao_http_answers_total", "class=\"5xx\"", NULL, METRIC_COUNTER},
                      {"yunqiao_http_answers_total", "class=\"cut\"", NULL, METRIC_COUNTER},
},
              metric_frames_in = {"yunqiao_ws_frames_in_total", NULL, "WebSocket frames received.",
                                  METRIC_COUNTER},
              metric_frames_out = {"yunqiao_ws_frames_out_total", NULL, "WebSocket frames sent.",
                                   METRIC_COUNTER},
              metric_late = {"yunqiao_http_answers_unclaimed_total", NULL,
                             "Answers whose connection had gone before them.", METRIC_COUNTER};

void net_register_metrics(void)
{
    metric_register(&metric_http_now);
    metric_register(&metric_ws_now);
    metric_register(&metric_refused);
    metric_register(&metric_timeouts);
    for (size_t i = 0; i < COUNT_OF(metric_status); i++)
        metric_register(&metric_status[i]);
    metric_register(&metric_frames_in);
    metric_register(&metric_frames_out);
    metric_register(&metric_late);
}

/* -- the thread -- */

/* lws_cancel_service is a write to an eventfd: once for many is enough, until the thread has turned. */
void net_wake(struct net *n)
{
    if (!atomic_exchange(&n->is_woken, true)) lws_cancel_service(n->context);
}

static void wake_any(void *ctx)
{
    net_wake(ctx);
}

const char *net_date(struct net *n)
{
    struct instant now = clock_now();
    if (now.ms / 1000 != n->date_s) {
        n->date_s = now.ms / 1000;
        head_date(now, n->date);
    }
    return n->date;
}

static void drain(struct net *n)
{
    for (int i = 0; i < n->s.listen_n; i++)
        if (n->listeners[i].wsi) {
            lws_set_timeout(n->listeners[i].wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
            n->listeners[i].wsi = NULL;
        }
    list_each (item, after, &n->conns) {
        struct conn *c = list_of(item, struct conn, item);
        if (c->state == CONN_WS)
            ws_drain(c);
        else if (c->state == CONN_HEAD && c->generation > 0)
            conn_close(c); /* idle between two requests */
    }
}

static void turn(lws_sorted_usec_list_t *sul)
{
    struct net *n = (struct net *)(void *)((char *)sul - offsetof(struct net, turn));
    struct tick now = clock_tick();
    atomic_store(&n->alive_ms, now.ms);
    list_each (item, after, &n->conns) {
        struct conn *c = list_of(item, struct conn, item);
        if (c->deadline.ms != 0 && now.ms >= c->deadline.ms && c->wsi) {
            c->deadline.ms = 0;
            metric_add(&metric_timeouts, 1);
            conn_close(c);
        } else if (c->state == CONN_WS) {
            ws_turn(c, now);
        }
    }
    hub_sweep(n->hub, clock_now());
    if (atomic_load(&n->is_draining)) drain(n);
    lws_sul_schedule(n->context, 0, &n->turn, turn, TURN_US);
}

static void streamed(void *ctx, struct stream *s)
{
    struct net *n = ctx;
    struct stream_owner owner = stream_owner(s);
    struct conn *c = n->slots[owner.slot];
    if (c && c->wsi && c->stream == s) http_streamed(c);
}

static void woken(struct net *n)
{
    if (!atomic_exchange(&n->is_woken, false)) return;
    mail_take(n);
    exchange_take(n);
    if (n->streams) streams_take(n->streams, streamed, n);
    if (atomic_load(&n->is_draining)) drain(n);
}

/* The first protocol sees all that happens before a protocol is chosen. */
static int first_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                          size_t bytes)
{
    struct net *n;
    struct conn *c;
    switch ((int)reason) {
    case LWS_CALLBACK_OPENSSL_LOAD_EXTRA_SERVER_VERIFY_CERTS:
        n = lws_context_user(lws_get_context(wsi));
        n->ssl = user;
        n->ssl_err = tls_set_up(n->ssl);
        if (!n->ssl_err) n->ssl_err = tls_use(n->ssl, n->s.pair);
        return n->ssl_err != OK;
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
        woken(lws_context_user(lws_get_context(wsi)));
        return 0;
    case LWS_CALLBACK_WSI_DESTROY:
        c = conn_of(wsi);
        if (c) conn_free(c);
        return 0;
    default:
        return http_callback(wsi, reason, user, in, bytes);
    }
}

static void *run(void *ctx)
{
    struct net *n = ctx;
    pthread_setname_np(pthread_self(), "net");
    lws_sul_schedule(n->context, 0, &n->turn, turn, 1);
    while (!atomic_load(&n->is_stopping))
        if (lws_service(n->context, 0) < 0) break;
    return NULL;
}

/* -- making and ending -- */

static const struct lws_protocols protocols[] = {
    {"http", first_callback, 0, WRITE_BYTES, 0, NULL, 0},
    {"yunqiao.1", ws_callback, 0, LIMIT_PART_BYTES + 64, 0, NULL, WRITE_BYTES},
    {"listen", listen_callback, 0, 0, 0, NULL, 0},
    {0},
};

/* libwebsockets' words may hold parts of a hostile request: only their number is of use. */
static void hear(int level, const char *line)
{
    (void)line;
    if (level == LLL_ERR) log_debug("net", "libwebsockets");
}

static struct lws_vhost *make_vhost(struct net *n, struct lws_context_creation_info *info, bool is_tls)
{
    info->port = CONTEXT_PORT_NO_LISTEN_SERVER;
    /* No host name can be called so: libwebsockets would pick a vhost by Host or SNI otherwise. */
    info->vhost_name = is_tls ? "/tls" : "/plain";
    info->protocols = protocols;
    info->keepalive_timeout = (int)(n->s.limits.idle_ms / 1000) + 5; /* ours ends first */
    info->timeout_secs_ah_idle = (unsigned)(n->s.limits.head_ms / 1000) + 5;
    info->alpn = "http/1.1";
    /* Whom the system trusts is nothing to a server that asks for no certificate: 140 of them were 0.7 MB. */
    info->options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS;
    if (is_tls)
        info->options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT | LWS_SERVER_OPTION_CREATE_VHOST_SSL_CTX;
    return lws_create_vhost(n->context, info);
}

static int only_one_name(SSL *ssl, int *alert, void *ctx)
{
    (void)ssl, (void)alert, (void)ctx;
    return SSL_TLSEXT_ERR_OK;
}

static enum err make_context(struct net *n)
{
    struct lws_context_creation_info info = {0};
    lws_set_log_level(LLL_ERR, hear);
    info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
    info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS | LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
                   LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME;
    info.user = n;
    info.gid = info.uid = (int)-1;
    info.max_http_header_data = HEAD_ROOM_BYTES;
    info.max_http_header_pool2 = (unsigned)n->s.limits.connections_max;
    info.timeout_secs = 30;
    info.server_string = "yunqiao"; /* in the answers of its own; empty, it stops the process */
    n->context = lws_create_context(&info);
    if (!n->context) return ERR_NOMEM;
    n->plain = make_vhost(n, &info, false);
    if (!n->plain) return ERR_NOMEM;
    if (!n->s.pair) return OK;
    n->tls = make_vhost(n, &info, true);
    if (!n->tls) return n->ssl_err ? n->ssl_err : ERR_NOMEM;
    SSL_CTX_set_tlsext_servername_callback(n->ssl, only_one_name);
    return n->ssl_err;
}

/* libwebsockets sizes its tables by the limit of descriptors, and looks connections up slowly when told to use fewer. */
static void set_descriptors(int64_t connections_max)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) != 0) return;
    r.rlim_cur = (rlim_t)connections_max + OTHER_FDS;
    if (r.rlim_cur > r.rlim_max) r.rlim_cur = r.rlim_max;
    setrlimit(RLIMIT_NOFILE, &r);
}

static enum err make_tables(struct net *n)
{
    uint32_t most = (uint32_t)n->s.limits.connections_max;
    n->slots = mem_zalloc(most * sizeof n->slots[0]);
    n->free_slots = mem_alloc(most * sizeof n->free_slots[0]);
    n->limit = limit_new(most, n->s.limits.per_address_max);
    n->hub = hub_new(TABS_MAX, n->s.started);
    n->mail = mail_new();
    if (!n->slots || !n->free_slots || !n->limit || !n->hub || !n->mail) return ERR_NOMEM;
    for (uint32_t i = 0; i < most; i++)
        n->free_slots[i] = most - 1 - i;
    n->free_n = most;
    return OK;
}

enum err net_new(const struct net_settings *settings, struct net **ret_net, char ret_why[256])
{
    ASSERT(settings->listen_n >= 0 && settings->listen_n <= NET_LISTEN_MAX);
    struct net *n = mem_zalloc(sizeof *n);
    snprintf(ret_why, 256, "%s", err_text(ERR_NOMEM));
    if (!n) return ERR_NOMEM;
    n->s = *settings;
    list_init(&n->conns);
    n->next_request = (uint64_t)settings->started.ms / 1000 << 20;
    n->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    for (int i = 0; i < NET_LISTEN_MAX; i++)
        n->listeners[i] =
            (struct listener){.carried = CARRIED_LISTENER, .net = n, .fd = -1, .how = settings->listen[i]};
    set_descriptors(settings->limits.connections_max);
    enum err err = make_tables(n);
    if (!err) err = listen_all(n, ret_why);
    if (!err) {
        err = make_context(n);
        if (n->ssl_err) snprintf(ret_why, 256, "the certificate cannot be used: %s", err_text(n->ssl_err));
    }
    if (!err) err = listen_adopt(n);
    if (!err && n->s.files) err = streams_new(n->s.files, wake_any, n, &n->streams);
    if (err) {
        net_free(n);
        return err;
    }
    n->s.pair = NULL; /* not ours */
    *ret_net = n;
    return OK;
}

enum err net_start(struct net *n)
{
    pthread_attr_t attr;
    sigset_t all, before;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    atomic_store(&n->alive_ms, clock_tick().ms);
    n->is_running = pthread_create(&n->thread, &attr, run, n) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return n->is_running ? OK : ERR_NOMEM;
}

uint16_t net_port(const struct net *n, int listen_index)
{
    ASSERT(listen_index >= 0 && listen_index < n->s.listen_n);
    return n->listeners[listen_index].port;
}

void net_drain(struct net *n)
{
    atomic_store(&n->is_draining, true);
    net_wake(n);
}

bool net_is_quiet(struct net *n)
{
    return atomic_load(&n->under_way) == 0;
}

void net_counts(struct net *n, int64_t *ret_http, int64_t *ret_ws)
{
    (void)n;
    *ret_http = atomic_load(&metric_http_now.value);
    *ret_ws = atomic_load(&metric_ws_now.value);
}

int64_t net_alive_ms(struct net *n)
{
    return clock_tick().ms - atomic_load(&n->alive_ms);
}

void net_stop(struct net *n)
{
    if (!n->is_running) return;
    atomic_store(&n->is_stopping, true);
    lws_cancel_service(n->context);
    pthread_join(n->thread, NULL);
    n->is_running = false;
}

void net_free(struct net *n)
{
    if (!n) return;
    net_stop(n);
    /* The streams' thread wakes the context: it ends first, and what is left of its streams after the connections. */
    if (n->streams) streams_stop(n->streams);
    if (n->context) lws_context_destroy(n->context);
    list_each (item, after, &n->conns)
        conn_free(list_of(item, struct conn, item));
    exchange_drop_all(n);
    streams_free(n->streams);
    for (int i = 0; i < n->s.listen_n; i++)
        if (n->listeners[i].fd >= 0) close(n->listeners[i].fd);
    if (n->spare_fd >= 0) close(n->spare_fd);
    mail_free(n->mail);
    hub_free(n->hub);
    limit_free(n->limit);
    mem_free(n->slots);
    mem_free(n->free_slots);
    mem_free(n);
}
