#include "media/udp.h"
#include "base/mem.h"
#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    BATCH = 64,
    PACKET_BYTES_MAX = 2048, /* RTP and DTLS stay below 1500 */
    BATCHES_A_TURN = 8,      /* then others get their turn: the socket stays ready */
};

struct udp {
    struct loop *loop;
    struct watch watch;
    struct link_address bound;
    struct udp_counts counts;
    struct mmsghdr headers[BATCH];
    struct iovec parts[BATCH];
    uint8_t packets[BATCH][PACKET_BYTES_MAX];
};

/* Whoever has not been let in by the server has no peer here, and nobody has: this worker holds no room. */
static void packet_take(struct udp *u, const struct mmsghdr *header)
{
    u->counts.packets_in++;
    u->counts.bytes_in += header->msg_len;
    u->counts.packets_dropped++;
}

/* How many came; 0: none are left. */
static int batch_take(struct udp *u)
{
    int n = recvmmsg(u->watch.fd, u->headers, BATCH, MSG_DONTWAIT, NULL);
    for (int i = 0; i < n; i++)
        packet_take(u, &u->headers[i]);
    return n > 0 ? n : 0; /* an error here is an ICMP answer to an earlier packet: nobody's concern */
}

static void on_ready(struct watch *watch, uint32_t events)
{
    struct udp *u = list_of(watch, struct udp, watch);
    (void)events;
    for (int i = 0; i < BATCHES_A_TURN && batch_take(u) == BATCH; i++) {
    }
}

static enum err err_from_bind(int error_number)
{
    switch (error_number) {
    case EADDRINUSE:
        return ERR_EXISTS;
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
        return ERR_DENIED;
    default:
        return err_from_errno(error_number);
    }
}

static enum err socket_bind(int fd, const struct link_address *bind_to, uint32_t buffer_bytes)
{
    struct sockaddr_storage sa;
    socklen_t bytes = link_address_to_sockaddr(bind_to, &sa);
    int buffer = (int)buffer_bytes, yes = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    /* "[::]" takes IPv4 too, whatever the machine's default. */
    int no = 0;
    if (bind_to->family == 6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no)) return ERR_IO;
    /* On a machine with several addresses an answer must leave by the one that was asked. */
    int level = bind_to->family == 6 ? IPPROTO_IPV6 : IPPROTO_IP;
    int option = bind_to->family == 6 ? IPV6_RECVPKTINFO : IP_PKTINFO;
    if (setsockopt(fd, level, option, &yes, sizeof yes)) return ERR_IO;
    return bind(fd, (struct sockaddr *)&sa, bytes) ? err_from_bind(errno) : OK;
}

static enum err bound_address(int fd, struct link_address *ret_bound)
{
    struct sockaddr_storage sa;
    socklen_t bytes = sizeof sa;
    if (getsockname(fd, (struct sockaddr *)&sa, &bytes)) return err_from_errno(errno);
    return link_address_from_sockaddr(&sa, ret_bound);
}

static void batch_init(struct udp *u)
{
    for (int i = 0; i < BATCH; i++) {
        u->parts[i] = (struct iovec){u->packets[i], PACKET_BYTES_MAX};
        u->headers[i].msg_hdr = (struct msghdr){.msg_iov = &u->parts[i], .msg_iovlen = 1};
    }
}

enum err udp_open(struct loop *loop, const struct link_address *bind_to, uint32_t buffer_bytes,
                  struct udp **ret_udp)
{
    struct udp *u = mem_zalloc(sizeof *u);
    if (!u) return ERR_NOMEM;
    enum err err;
    u->loop = loop;
    u->watch = (struct watch){-1, EPOLLIN, on_ready};
    batch_init(u);
    int family = bind_to->family == 4 ? AF_INET : AF_INET6;
    u->watch.fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    err = u->watch.fd < 0 ? err_from_bind(errno) : socket_bind(u->watch.fd, bind_to, buffer_bytes);
    if (err == OK) err = bound_address(u->watch.fd, &u->bound);
    if (err == OK) err = loop_watch(loop, &u->watch);
    if (err != OK) {
        udp_close(u);
        return err;
    }
    *ret_udp = u;
    return OK;
}

void udp_close(struct udp *u)
{
    if (!u) return;
    if (u->watch.fd >= 0) {
        loop_unwatch(u->loop, &u->watch);
        close(u->watch.fd);
    }
    mem_free(u);
}

struct link_address udp_bound(const struct udp *u)
{
    return u->bound;
}

struct udp_counts udp_counts(const struct udp *u)
{
    return u->counts;
}
