/* Listening and accepting: what may enter is decided here, before libwebsockets sees it. */
#include "base/log.h"
#include "base/mem.h"
#include "net/bind.h"
#include "net/conn.h"
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <unistd.h>

#define ACCEPTS_A_TURN 64

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
int listen_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t bytes)
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

/* -- binding -- */

enum err listen_all(struct net *n, char ret_why[256])
{
    for (int i = 0; i < n->s.listen_n; i++) {
        struct listener *l = &n->listeners[i];
        enum err err = bind_listener(&l->how.address, &l->fd, &l->port, ret_why);
        if (err) return err;
    }
    return OK;
}

enum err listen_adopt(struct net *n)
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
