#include "net/mllp_door.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "net/bind.h"
#include "net/mllp_peer.h"
#include "net/tls.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Of all peers at the desk at a time: its queue is everybody's. */
enum { POSTED_MAX = 256, BACK_MAX = 4096, TURN_MS = 1000, RETRY_MS = 5, ACCEPTS_A_TURN = 16 };

struct mllp_door {
    struct site *site;
    struct mllp_door_settings s;
    int listen_fd, wake_fd;
    uint16_t port;
    SSL_CTX *tls; /* NULL: plain */
    pthread_mutex_t lock;
    struct x509_pair next_pair; /* to be shown from now on; under the lock */
    struct box *back;           /* asks, from the desk */
    struct mllp_peer *peers[MLLP_PEERS_MAX];
    int peer_count;
    uint32_t posted;
    uint64_t controls;
    pthread_t thread;
    bool is_started;
    _Atomic bool is_draining, is_stopping, is_quiet;
};

static struct metric metric_peers = {"yunqiao_registry_connections", NULL,
                                     "Connections of the registry over MLLP.", METRIC_GAUGE},
                     metric_refused = {"yunqiao_registry_connections_refused_total", NULL,
                                       "Connections of the registry that were not let in.", METRIC_COUNTER};

void mllp_door_register_metrics(void)
{
    metric_register(&metric_peers);
    metric_register(&metric_refused);
}

static void wake(struct mllp_door *d)
{
    uint64_t one = 1;
    if (write(d->wake_fd, &one, sizeof one) < 0 && errno != EAGAIN) log_error("registry", "not_woken");
}

/* On the desk. */
static void came_back(struct door_message *m)
{
    struct mllp_ask *a = m->ctx;
    struct mllp_door *d = a->door;
    enum err err = box_put_always(d->back, &a->item);
    ASSERT(!err);
    wake(d);
}

/* -- coming in -- */

static bool is_loopback(const struct in6_addr *a)
{
    return IN6_IS_ADDR_LOOPBACK(a) || (IN6_IS_ADDR_V4MAPPED(a) && a->s6_addr[12] == 127);
}

static bool may_enter(const struct mllp_door *d, const struct in6_addr *from)
{
    for (int i = 0; i < d->s.from_n; i++)
        if (field_block_holds(&d->s.from[i], from)) return true;
    return d->s.from_n == 0 && (d->tls || is_loopback(from));
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

static void refuse(int fd, const char *from, const char *why)
{
    log_warn("registry", "connection_refused", LOG_T("from", from), LOG_T("why", why));
    metric_add(&metric_refused, 1);
    close(fd);
}

static void adopt(struct mllp_door *d, int fd, const struct sockaddr_storage *from, struct tick now)
{
    struct in6_addr address = address_of(from);
    char text[INET6_ADDRSTRLEN];
    field_address_text(&address, text);
    if (!may_enter(d, &address)) {
        refuse(fd, text, "this address is not allowed ([registry] mllp_from)");
        return;
    }
    SSL *ssl = d->tls ? SSL_new(d->tls) : NULL;
    bool is_set = !d->tls || (ssl && SSL_set_fd(ssl, fd) == 1);
    struct mllp_peer *p = is_set ? mllp_peer_new(fd, ssl, now) : NULL;
    if (!p) {
        SSL_free(ssl);
        ERR_clear_error();
        refuse(fd, text, "no memory");
        return;
    }
    snprintf(p->from, sizeof p->from, "%s", text);
    d->peers[d->peer_count++] = p;
    log_info("registry", "connected", LOG_T("from", p->from));
}

static void accept_some(struct mllp_door *d, struct tick now)
{
    for (int i = 0; i < ACCEPTS_A_TURN && d->peer_count < MLLP_PEERS_MAX; i++) {
        struct sockaddr_storage from = {0};
        socklen_t n = sizeof from;
        int on = 1, fd = accept4(d->listen_fd, (struct sockaddr *)&from, &n, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        adopt(d, fd, &from, now);
    }
}

/* -- to the desk and back -- */

/* False: the desk takes no more just now. */
static bool post_of(struct mllp_door *d, struct mllp_peer *p)
{
    for (struct mllp_ask *a = p->first; a; a = a->next) {
        if (a->is_posted) continue;
        if (d->posted >= POSTED_MAX) return true; /* who comes back wakes us */
        a->door = d;
        a->is_posted = true;
        enum err err = door_post(a->message);
        if (err) a->is_posted = false;
        if (err == ERR_CLOSED) p->is_dead = true;
        if (err) return err != ERR_BUSY;
        d->posted++;
    }
    return true;
}

static bool post_all(struct mllp_door *d)
{
    bool is_done = true;
    for (int i = 0; i < d->peer_count && is_done; i++)
        is_done = post_of(d, d->peers[i]);
    return is_done;
}

static void take_back(struct mllp_door *d)
{
    uint64_t n;
    if (read(d->wake_fd, &n, sizeof n) < 0 && errno != EAGAIN) log_error("registry", "wake");
    struct box_item *next;
    for (struct box_item *item = box_take(d->back, BACK_MAX, 0); item; item = next) {
        struct mllp_ask *a = (struct mllp_ask *)(void *)item;
        next = item->next;
        d->posted--;
        a->is_back = true;
        if (!a->peer) mllp_ask_free(a);
    }
}

static void drop_dead(struct mllp_door *d)
{
    for (int i = 0; i < d->peer_count;) {
        struct mllp_peer *p = d->peers[i];
        if (!p->is_dead) {
            i++;
            continue;
        }
        log_info("registry", "disconnected", LOG_T("from", p->from), LOG_U("messages", p->messages),
                 LOG_T("why", p->why ? p->why : "we end"));
        mllp_peer_free(p);
        d->peers[i] = d->peers[--d->peer_count];
    }
    metric_set(&metric_peers, d->peer_count);
}

/* -- the thread -- */

static void use_next_pair(struct mllp_door *d)
{
    pthread_mutex_lock(&d->lock);
    struct x509_pair pair = d->next_pair;
    d->next_pair = (struct x509_pair){0};
    pthread_mutex_unlock(&d->lock);
    if (!pair.certificate) return;
    enum err err = tls_use(d->tls, &pair);
    if (err) log_error("registry", "certificate_not_used", LOG_E(err));
    x509_pair_done(&pair);
}

static void wait_for(struct mllp_door *d, int wait_ms)
{
    struct pollfd fds[2 + MLLP_PEERS_MAX] = {{d->wake_fd, POLLIN, 0}};
    bool is_open = d->listen_fd >= 0 && d->peer_count < MLLP_PEERS_MAX;
    fds[1] = (struct pollfd){is_open ? d->listen_fd : -1, POLLIN, 0};
    for (int i = 0; i < d->peer_count; i++)
        fds[2 + i] = (struct pollfd){d->peers[i]->fd, mllp_peer_events(d->peers[i]), 0};
    if (poll(fds, 2 + (nfds_t)d->peer_count, wait_ms) < 0 && errno != EINTR) log_error("registry", "poll");
}

static void shut(struct mllp_door *d)
{
    if (d->listen_fd >= 0) close(d->listen_fd);
    d->listen_fd = -1;
    for (int i = 0; i < d->peer_count; i++)
        d->peers[i]->is_ending = true;
}

static void turn(struct mllp_door *d, bool *busy)
{
    const struct mllp_turn t = {.site = d->site,
                                .source = str_of(d->s.source),
                                .now = clock_tick(),
                                .controls = &d->controls,
                                .back = came_back};
    take_back(d);
    use_next_pair(d);
    if (atomic_load(&d->is_draining)) shut(d);
    if (d->listen_fd >= 0) accept_some(d, t.now);
    for (int i = 0; i < d->peer_count; i++)
        mllp_peer_turn(d->peers[i], &t);
    *busy = !post_all(d);
    drop_dead(d);
    atomic_store(&d->is_quiet, d->peer_count == 0 && d->posted == 0);
}

static void *work(void *arg)
{
    struct mllp_door *d = arg;
    bool is_busy = false;
    while (!atomic_load(&d->is_stopping)) {
        wait_for(d, is_busy ? RETRY_MS : TURN_MS);
        turn(d, &is_busy);
    }
    for (int i = 0; i < d->peer_count; i++)
        d->peers[i]->is_dead = true;
    drop_dead(d);
    while (d->posted) { /* the desk still has them */
        wait_for(d, TURN_MS);
        take_back(d);
    }
    return NULL;
}

/* -- beginning and ending -- */

static enum err set_up_tls(struct mllp_door *d, char why[256])
{
    enum err err = ERR_NOMEM;
    d->tls = SSL_CTX_new(TLS_server_method());
    if (d->tls) err = tls_set_up(d->tls);
    if (!err) err = tls_use(d->tls, d->s.pair);
    if (!err && SSL_CTX_load_verify_locations(d->tls, d->s.clients, NULL) != 1) {
        snprintf(why, 256, "[registry] mllp_clients: %.150s holds no certificates", d->s.clients);
        err = ERR_BAD_INPUT;
    }
    ERR_clear_error();
    if (err) return err;
    /* One that a certificate of its own stands for is enough: no authority need be above it (RFC 5280 §6.1, a trust anchor). */
    X509_STORE_set_flags(SSL_CTX_get_cert_store(d->tls), X509_V_FLAG_PARTIAL_CHAIN);
    SSL_CTX_set_verify(d->tls, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    SSL_CTX_set_mode(d->tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return OK;
}

enum err mllp_door_new(struct site *site, const struct mllp_door_settings *settings, struct mllp_door **ret,
                       char ret_why[256])
{
    struct mllp_door *d = mem_zalloc(sizeof *d);
    if (!d) return ERR_NOMEM;
    d->site = site;
    d->s = *settings;
    d->listen_fd = -1;
    d->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    d->back = box_new(BACK_MAX);
    pthread_mutex_init(&d->lock, NULL);
    d->controls = (uint64_t)clock_now().ms * 1000; /* not the numbers of the one before */
    enum err err = d->wake_fd < 0 ? ERR_IO : d->back ? OK : ERR_NOMEM;
    if (!err && settings->clients[0]) err = set_up_tls(d, ret_why);
    if (!err) err = bind_listener(&settings->address, &d->listen_fd, &d->port, ret_why);
    d->s.pair = NULL;
    if (err) {
        mllp_door_free(d);
        return err;
    }
    *ret = d;
    return OK;
}

enum err mllp_door_start(struct mllp_door *d)
{
    char at[LINK_ADDRESS_TEXT_BYTES];
    if (pthread_create(&d->thread, NULL, work, d) != 0) return ERR_NOMEM;
    d->is_started = true;
    link_address_text(&d->s.address, at);
    log_info("registry", "listening", LOG_T("mllp", at), LOG_I("port", d->port),
             LOG_T("by", d->tls ? "tls" : "plain"));
    return OK;
}

uint16_t mllp_door_port(const struct mllp_door *d)
{
    return d->port;
}

void mllp_door_drain(struct mllp_door *d)
{
    if (!d) return;
    atomic_store(&d->is_draining, true);
    wake(d);
}

bool mllp_door_is_quiet(struct mllp_door *d)
{
    return !d || (atomic_load(&d->is_draining) && atomic_load(&d->is_quiet));
}

enum err mllp_door_use_pair(struct mllp_door *d, const struct x509_pair *pair)
{
    if (!d->tls) return OK;
    struct x509_pair copy = {mem_copy_text(pair->certificate), mem_copy_text(pair->key)};
    if (!copy.certificate || !copy.key) {
        x509_pair_done(&copy);
        return ERR_NOMEM;
    }
    pthread_mutex_lock(&d->lock);
    struct x509_pair old = d->next_pair;
    d->next_pair = copy;
    pthread_mutex_unlock(&d->lock);
    x509_pair_done(&old);
    wake(d);
    return OK;
}

void mllp_door_stop(struct mllp_door *d)
{
    if (!d || !d->is_started) return;
    atomic_store(&d->is_stopping, true);
    wake(d);
    pthread_join(d->thread, NULL);
    d->is_started = false;
}

void mllp_door_free(struct mllp_door *d)
{
    if (!d) return;
    mllp_door_stop(d);
    if (d->listen_fd >= 0) close(d->listen_fd);
    if (d->wake_fd >= 0) close(d->wake_fd);
    SSL_CTX_free(d->tls);
    x509_pair_done(&d->next_pair);
    box_free(d->back);
    pthread_mutex_destroy(&d->lock);
    mem_free(d);
}
