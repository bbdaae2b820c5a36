#include "base/box.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "net/conn.h"
#include "net/tls.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define TURN_US 500000
#define MAIL_MAX 4096
#define ACCEPTS_A_TURN 64
#define BACKLOG 1024
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

/* -- mail: what other threads ask -- */

enum mail_kind { MAIL_NOTICE, MAIL_PAIR, MAIL_CALL, MAIL_CLOSE };
struct mail {
    struct box_item item; /* first */
    enum mail_kind kind;
    struct x509_pair pair;
    struct site_notice notice; /* its strings are copies */
    struct room_client client;
    char *frame; /* a copy */
    size_t frame_bytes;
};

static void mail_free(struct mail *m)
{
    x509_pair_done(&m->pair);
    mem_free((void *)(uintptr_t)m->notice.account);
    mem_free((void *)(uintptr_t)m->notice.session);
    mem_free((void *)(uintptr_t)m->notice.role);
    mem_free((void *)(uintptr_t)m->notice.kind);
    mem_free((void *)(uintptr_t)m->notice.data);
    mem_free(m->frame);
    mem_free(m);
}

/* lws_cancel_service is a write to an eventfd: once for many is enough, until the thread has turned. */
static void wake(struct net *n)
{
    if (!atomic_exchange(&n->is_woken, true)) lws_cancel_service(n->context);
}

static void wake_any(void *ctx)
{
    wake(ctx);
}

static bool copy_text(const char **to, const char *from)
{
    *to = from ? mem_copy_text(from) : NULL;
    return !from || *to;
}

void net_notify(struct net *n, const struct site_notice *notice)
{
    struct mail *m = mem_zalloc(sizeof *m);
    if (!m) return;
    m->kind = MAIL_NOTICE;
    if (copy_text(&m->notice.account, notice->account) && copy_text(&m->notice.session, notice->session) &&
        copy_text(&m->notice.role, notice->role) && copy_text(&m->notice.kind, notice->kind) &&
        copy_text(&m->notice.data, notice->data) && box_put(n->mail, &m->item) == OK) {
        wake(n);
        return;
    }
    mail_free(m);
    log_warn("net", "notice_lost", LOG_T("kind", notice->kind));
}

enum err net_use_pair(struct net *n, const struct x509_pair *pair)
{
    struct mail *m = mem_zalloc(sizeof *m);
    if (!m) return ERR_NOMEM;
    m->kind = MAIL_PAIR;
    m->pair.certificate = mem_copy_text(pair->certificate);
    m->pair.key = mem_copy_text(pair->key);
    enum err err = m->pair.certificate && m->pair.key ? box_put(n->mail, &m->item) : ERR_NOMEM;
    if (err)
        mail_free(m);
    else
        wake(n);
    return err;
}

/* A frame that is lost would leave its browser with a false picture: the mailbox takes it always, and one connection's share is
 * bounded where it is written (ws.c). */
static void post_client(struct net *n, enum mail_kind kind, struct room_client to, struct str frame)
{
    struct mail *m = mem_zalloc(sizeof *m);
    if (m) {
        m->kind = kind;
        m->client = to;
        m->frame_bytes = frame.bytes;
        m->frame = frame.bytes ? mem_copy(frame.at, frame.bytes) : NULL;
    }
    if (m && (m->frame || !frame.bytes) && box_put_always(n->mail, &m->item) == OK) {
        wake(n);
        return;
    }
    if (m) mail_free(m);
    log_error("net", "frame_lost");
}

void net_tell_client(struct net *n, struct room_client to, struct str frame)
{
    post_client(n, MAIL_CALL, to, frame);
}

void net_close_client(struct net *n, struct room_client to)
{
    post_client(n, MAIL_CLOSE, to, (struct str){0});
}

static struct conn *client_find(struct net *n, struct room_client client)
{
    struct conn *c = client.slot < n->s.limits.connections_max ? n->slots[client.slot] : NULL;
    return c && c->serial == client.serial && c->wsi && c->ws ? c : NULL;
}

static void take_client(struct net *n, const struct mail *m)
{
    struct conn *c = client_find(n, m->client);
    if (!c) return;
    if (m->kind == MAIL_CALL)
        ws_tell(c, (struct str){m->frame, m->frame_bytes});
    else
        ws_close_bad(c);
}

static void take_mail(struct net *n)
{
    for (struct box_item *next, *i = box_take(n->mail, MAIL_MAX, 0); i; i = next) {
        struct mail *m = (struct mail *)(void *)i;
        next = i->next;
        if (m->kind == MAIL_NOTICE) {
            hub_notify(n->hub, &m->notice, ws_due);
        } else if (m->kind != MAIL_PAIR) {
            take_client(n, m);
        } else {
            enum err err = n->ssl ? tls_use(n->ssl, &m->pair) : OK;
            if (err)
                log_error("net", "certificate_refused", LOG_E(err));
            else
                log_info("net", "certificate_in_use");
        }
        mail_free(m);
    }
}

/* -- connections -- */

struct conn *conn_of(struct lws *wsi)
{
    struct conn *c = wsi ? lws_get_opaque_user_data(wsi) : NULL;
    return c && c->carried == CARRIED_CONN ? c : NULL;
}

int conn_write(struct conn *c, size_t bytes, enum lws_write_protocol how)
{
    unsigned char *at = c->net->scratch + LWS_PRE;
    int written = lws_write(c->wsi, at, bytes, how);
    mem_wipe(at, bytes);
    return written < (int)bytes ? -1 : 0;
}

void conn_deadline(struct conn *c, int64_t in_ms)
{
    c->deadline.ms = in_ms < 0 ? 0 : clock_tick().ms + in_ms;
    if (c->deadline.ms == 0 && in_ms >= 0) c->deadline.ms = 1;
}

void conn_close(struct conn *c)
{
    if (c->wsi) lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

static void count_conns(struct net *n)
{
    metric_set(&metric_http_now, limit_total(n->limit));
}

static struct conn *conn_new(struct net *n, const struct listener *l, struct limit_key key,
                             struct in6_addr peer)
{
    struct conn *c = n->free_n > 0 ? mem_zalloc(sizeof *c) : NULL;
    if (!c) return NULL;
    c->carried = CARRIED_CONN;
    c->net = n;
    c->slot = n->free_slots[--n->free_n];
    c->serial = ++n->next_serial;
    n->slots[c->slot] = c;
    c->key = key;
    c->peer = peer;
    c->is_tls = l->how.is_tls;
    c->is_proxied = l->how.is_proxied;
    list_add_last(&n->conns, &c->item);
    limit_enter(n->limit, key);
    conn_deadline(c, n->s.limits.head_ms);
    count_conns(n);
    return c;
}

static void conn_free(struct conn *c)
{
    struct net *n = c->net;
    http_forget(c);
    ws_forget(c);
    limit_leave(n->limit, c->key);
    n->slots[c->slot] = NULL;
    n->free_slots[n->free_n++] = c->slot;
    list_remove(&c->item);
    mem_free(c);
    count_conns(n);
}

/* -- exchanges -- */

static struct conn *conn_find(struct net *n, const struct exchange *x)
{
    struct conn *c = x->slot < n->s.limits.connections_max ? n->slots[x->slot] : NULL;
    return c && c->serial == x->serial && c->generation == x->generation ? c : NULL;
}

/* Any thread: the api is done with it. */
static void exchange_done(struct request *r)
{
    struct exchange *x = r->net;
    struct net *n = x->net;
    struct exchange *head = atomic_load_explicit(&n->done, memory_order_relaxed);
    do
        x->next = head;
    while (!atomic_compare_exchange_weak_explicit(&n->done, &head, x, memory_order_release,
                                                  memory_order_relaxed));
    wake(n);
}

struct exchange *exchange_new(struct conn *c, size_t arena_bytes_max, bool is_ws)
{
    struct request *r = request_new(arena_bytes_max);
    struct exchange *x = r ? arena_zalloc(r->arena, sizeof *x) : NULL;
    if (!x) {
        request_free(r);
        return NULL;
    }
    *x = (struct exchange){.net = c->net, .request = r, .slot = c->slot, .serial = c->serial, .is_ws = is_ws};
    x->generation = ++c->generation;
    r->connection = c->serial;
    r->generation = c->generation;
    r->id = ++c->net->next_request;
    r->is_tls = c->is_tls;
    field_address_text(&c->peer, r->from);
    r->respond = exchange_done;
    r->net = x;
    return x;
}

void exchange_ask(struct exchange *x)
{
    struct net *n = x->net;
    n->asked++;
    atomic_store(&n->under_way, n->asked);
    n->s.submit(n->s.ctx, x->request);
}

static void take_done(struct net *n)
{
    struct exchange *last = atomic_exchange_explicit(&n->done, NULL, memory_order_acquire), *first = NULL;
    while (last) { /* the list is newest first */
        struct exchange *x = last;
        last = x->next;
        x->next = first;
        first = x;
    }
    for (struct exchange *x = first, *next; x; x = next) {
        next = x->next;
        struct conn *c = conn_find(n, x);
        n->asked--;
        if (c && c->wsi && x->is_ws) {
            ws_answered(c, x->request);
        } else if (c && c->wsi) {
            http_answered(c, x->request);
        } else {
            if (!x->is_ws) metric_add(&metric_late, 1);
            request_end(n, x->request);
        }
    }
    atomic_store(&n->under_way, n->asked);
}

/* -- accepting -- */

static void refuse_socket(int fd)
{
    /* A reset, so that a flood leaves no thousand sockets in TIME_WAIT. */
    struct linger at_once = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(fd);
    metric_add(&metric_refused, 1);
}

static struct in6_addr address_of(const struct sockaddr_storage *from)
{
    struct in6_addr a = {.s6_addr = {[10] = 0xff, [11] = 0xff}};
    if (from->ss_family == AF_INET6)
        a = ((const struct sockaddr_in6 *)(const void *)from)->sin6_addr;
    else
        memcpy(a.s6_addr + 12, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
    return a;
}

/* Everybody comes from the proxy's address there: only the total counts, by a key of its own for each connection. */
static struct limit_key key_of(struct net *n, const struct listener *l, const struct sockaddr_storage *from)
{
    struct limit_key key = {0};
    if (!l->how.is_proxied) return limit_key_of((const struct sockaddr *)(const void *)from);
    memcpy(key.at, &n->next_serial, sizeof n->next_serial);
    key.at[15] = 1;
    return key;
}

static void adopt(struct net *n, struct listener *l, int fd, const struct sockaddr_storage *from)
{
    struct limit_key key = key_of(n, l, from);
    struct conn *c = limit_may_enter(n->limit, key) ? conn_new(n, l, key, address_of(from)) : NULL;
    if (!c) {
        log_warn("net", "connection_refused", LOG_I("connections", limit_total(n->limit)),
                 LOG_I("of_address", limit_of(n->limit, key)));
        refuse_socket(fd);
        return;
    }
    uint32_t slot = c->slot;
    lws_adopt_desc_t how = {.vh = l->how.is_tls ? n->tls : n->plain,
                            .type = LWS_ADOPT_HTTP | LWS_ADOPT_SOCKET | LWS_ADOPT_ALLOW_SSL,
                            .fd.sockfd = fd,
                            .opaque = c};
    struct lws *wsi = lws_adopt_descriptor_vhost_via_info(&how);
    /* When it fails, libwebsockets has closed the socket, and told us so or not. */
    if (!wsi && n->slots[slot] == c)
        conn_free(c);
    else if (wsi && n->slots[slot] == c)
        c->wsi = wsi;
}

/* Out of descriptors: the spare one lets us take and end what waits, or the listener would be readable for ever. */
static void shed(struct net *n, int listen_fd)
{
    if (n->spare_fd >= 0) close(n->spare_fd);
    int fd = accept4(listen_fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd >= 0) refuse_socket(fd);
    n->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    log_error("net", "descriptors_used_up");
}

static void accept_some(struct listener *l)
{
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        struct sockaddr_storage from = {0};
        socklen_t n = sizeof from;
        int fd = accept4(l->fd, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            int on = 1;
            setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            adopt(l->net, l, fd, &from);
        } else if (errno == EMFILE || errno == ENFILE) {
            shed(l->net, l->fd);
            return;
        } else if (errno != EINTR && errno != ECONNABORTED) {
            return;
        }
    }
}

/* A listener is adopted as a raw descriptor: the accept, its limits and its end are ours. */
static int listen_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                           size_t bytes)
{
    (void)user, (void)in, (void)bytes;
    struct listener *l = lws_get_opaque_user_data(wsi);
    if (reason == LWS_CALLBACK_RAW_RX_FILE && l) {
        if (atomic_load(&l->net->is_draining)) return -1;
        accept_some(l);
    }
    if (reason == LWS_CALLBACK_RAW_CLOSE_FILE && l) l->fd = -1;
    return 0;
}

/* -- the thread -- */

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
    take_mail(n);
    take_done(n);
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

static enum err bind_one(struct listener *l, char ret_why[256])
{
    struct sockaddr_storage at;
    char text[LINK_ADDRESS_TEXT_BYTES];
    int on = 1;
    socklen_t at_bytes = link_address_to_sockaddr(&l->how.address, &at);
    link_address_text(&l->how.address, text);
    l->fd = socket(at.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (l->fd < 0) goto fail;
    setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(l->fd, (struct sockaddr *)&at, at_bytes) != 0 || listen(l->fd, BACKLOG) != 0) goto fail;
    if (getsockname(l->fd, (struct sockaddr *)&at, &at_bytes) == 0)
        l->port = ntohs(at.ss_family == AF_INET ? ((struct sockaddr_in *)(void *)&at)->sin_port
                                                : ((struct sockaddr_in6 *)(void *)&at)->sin6_port);
    return OK;
fail:
    switch (errno) {
    case EADDRINUSE:
        snprintf(ret_why, 256,
                 "port taken: another program listens on %s; see `ss -ltnp`, or give another --listen", text);
        return ERR_EXISTS;
    case EACCES:
        snprintf(ret_why, 256, "%s may not be bound: ports below 1024 need CAP_NET_BIND_SERVICE", text);
        return ERR_DENIED;
    case EADDRNOTAVAIL:
        snprintf(ret_why, 256, "%s is no address of this machine", text);
        return ERR_NOT_FOUND;
    default:
        snprintf(ret_why, 256, "%s cannot be listened on: %s", text, err_text(err_from_errno(errno)));
        return ERR_IO;
    }
}

static enum err listen_all(struct net *n, char ret_why[256])
{
    for (int i = 0; i < n->s.listen_n; i++) {
        struct listener *l = &n->listeners[i];
        enum err err = bind_one(l, ret_why);
        if (err) return err;
    }
    return OK;
}

static enum err adopt_listeners(struct net *n)
{
    for (int i = 0; i < n->s.listen_n; i++) {
        struct listener *l = &n->listeners[i];
        lws_adopt_desc_t how = {.vh = n->plain,
                                .type = LWS_ADOPT_RAW_FILE_DESC,
                                .fd.filefd = l->fd,
                                .vh_prot_name = "listen",
                                .opaque = l};
        l->wsi = lws_adopt_descriptor_vhost_via_info(&how);
        if (!l->wsi) return ERR_NOMEM;
    }
    return OK;
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
    n->mail = box_new(MAIL_MAX);
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
    if (!err) err = adopt_listeners(n);
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
    wake(n);
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

static void free_done(struct net *n)
{
    struct exchange *x = atomic_exchange(&n->done, NULL);
    while (x) {
        struct exchange *next = x->next;
        request_free(x->request);
        x = next;
    }
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
    free_done(n);
    streams_free(n->streams);
    for (int i = 0; i < n->s.listen_n; i++)
        if (n->listeners[i].fd >= 0) close(n->listeners[i].fd);
    if (n->spare_fd >= 0) close(n->spare_fd);
    for (struct box_item *next, *i = n->mail ? box_take(n->mail, MAIL_MAX, 0) : NULL; i; i = next) {
        next = i->next;
        mail_free((struct mail *)(void *)i);
    }
    box_free(n->mail);
    hub_free(n->hub);
    limit_free(n->limit);
    mem_free(n->slots);
    mem_free(n->free_slots);
    mem_free(n);
}
