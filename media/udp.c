#include "media/udp.h"
#include "base/mem.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum {
    BATCH = 64,
    PARTS = 512,
    BATCHES_A_TURN = 8, /* then others get their turn: the socket stays ready */
    SEGMENTS_LEAST = 3,
    SEGMENTS_MOST = 60, /* of one call; the kernel takes 64 */
    SEGMENTED_BYTES_MAX = 60000,
    CONTROL_BYTES = 128
};

struct udp {
    struct loop *loop;
    struct watch watch;
    struct link_address bound;
    bool is_6, is_any, may_segment;
    struct pool *packets;
    udp_take *take;
    void *owner;
    struct udp_counts counts;
    struct mmsghdr in[BATCH];
    struct iovec in_parts[BATCH];
    struct sockaddr_storage in_from[BATCH];
    struct packet *in_packets[BATCH]; /* NULL: to be filled again */
    _Alignas(struct cmsghdr) uint8_t in_control[BATCH][CONTROL_BYTES];
    struct mmsghdr out[BATCH];
    struct iovec out_parts[PARTS];
    struct sockaddr_storage out_to[BATCH];
    _Alignas(struct cmsghdr) uint8_t out_control[BATCH][CONTROL_BYTES];
};

/* -- in -- */

static void to_read(struct udp *u, struct msghdr *header, struct link_address *ret_to)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c; c = CMSG_NXTHDR(header, c)) {
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            *ret_to = (struct link_address){.family = 4, .port = u->bound.port};
            memcpy(ret_to->at, &info.ipi_addr, 4);
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            struct link_address six = {.family = 6, .port = u->bound.port};
            memcpy(&info, CMSG_DATA(c), sizeof info);
            memcpy(six.at, &info.ipi6_addr, 16);
            *ret_to = link_address_unmapped(six);
        }
    }
}

static void packet_take(struct udp *u, int n)
{
    struct mmsghdr *header = &u->in[n];
    struct link_address from, to = u->is_any ? (struct link_address){0} : u->bound;
    u->counts.packets_in++;
    u->counts.bytes_in += header->msg_len;
    bool is_whole = !(header->msg_hdr.msg_flags & MSG_TRUNC);
    if (!is_whole || link_address_from_sockaddr(&u->in_from[n], &from) != OK) {
        u->counts.packets_dropped++;
        return;
    }
    if (u->is_any) to_read(u, &header->msg_hdr, &to);
    from = link_address_unmapped(from);
    u->take(u->owner, &from, &to, u->in_packets[n], header->msg_len);
    if (u->in_packets[n]->refs == 1) return; /* nobody kept it: it serves again */
    packet_unref(u->in_packets[n]);
    u->in_packets[n] = NULL;
}

/* How many buffers stand ready. */
static unsigned batch_fill(struct udp *u)
{
    unsigned n = 0;
    for (; n < BATCH; n++) {
        if (!u->in_packets[n]) u->in_packets[n] = packet_new(u->packets);
        if (!u->in_packets[n]) break;
        u->in_parts[n] = (struct iovec){packet_data(u->in_packets[n]), RTP_BYTES_MAX};
        u->in[n].msg_hdr = (struct msghdr){.msg_name = &u->in_from[n],
                                           .msg_namelen = sizeof u->in_from[n],
                                           .msg_iov = &u->in_parts[n],
                                           .msg_iovlen = 1,
                                           .msg_control = u->is_any ? u->in_control[n] : NULL,
                                           .msg_controllen = u->is_any ? CONTROL_BYTES : 0};
    }
    return n;
}

/* All buffers are out: what waits is taken away, so that the loop does not spin. */
static void batch_drop(struct udp *u)
{
    uint8_t nothing[1];
    for (int i = 0; i < BATCH && recv(u->watch.fd, nothing, 0, MSG_DONTWAIT | MSG_TRUNC) >= 0; i++) {
        u->counts.packets_in++;
        u->counts.packets_dropped++;
    }
}

/* How many came; 0: none are left. */
static int batch_take(struct udp *u)
{
    unsigned room = batch_fill(u);
    if (room == 0) {
        batch_drop(u);
        return 0;
    }
    int n = recvmmsg(u->watch.fd, u->in, room, MSG_DONTWAIT, NULL);
    for (int i = 0; i < n; i++)
        packet_take(u, i);
    return n > 0 ? n : 0; /* an error here is an ICMP answer to an earlier packet: nobody's concern */
}

static void on_ready(struct watch *watch, uint32_t events)
{
    struct udp *u = list_of(watch, struct udp, watch);
    (void)events;
    for (int i = 0; i < BATCHES_A_TURN && batch_take(u) == BATCH; i++) {
    }
}

/* -- out -- */

static void control_add(struct msghdr *header, int level, int type, const void *value, size_t bytes)
{
    struct cmsghdr *c = (struct cmsghdr *)(void *)((uint8_t *)header->msg_control + header->msg_controllen);
    ASSERT(header->msg_controllen + CMSG_SPACE(bytes) <= CONTROL_BYTES);
    c->cmsg_level = level;
    c->cmsg_type = type;
    c->cmsg_len = CMSG_LEN(bytes);
    memcpy(CMSG_DATA(c), value, bytes);
    header->msg_controllen += CMSG_SPACE(bytes);
}

static void from_add(struct udp *u, struct msghdr *header, const struct link_address *from)
{
    if (!u->is_any || from->family == 0) return;
    if (!u->is_6) {
        struct in_pktinfo info = {0};
        memcpy(&info.ipi_spec_dst, from->at, 4);
        control_add(header, IPPROTO_IP, IP_PKTINFO, &info, sizeof info);
    } else {
        struct in6_pktinfo info = {0};
        struct link_address six = link_address_mapped(*from);
        memcpy(&info.ipi6_addr, six.at, 16);
        control_add(header, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof info);
    }
}

static void dscp_add(struct udp *u, struct msghdr *header, const struct wire_datagram *d)
{
    int byte = d->dscp << 2;
    if (!byte) return;
    bool is_4 = !u->is_6 || d->to.remote.family == 4;
    control_add(header, is_4 ? IPPROTO_IP : IPPROTO_IPV6, is_4 ? IP_TOS : IPV6_TCLASS, &byte, sizeof byte);
}

static bool goes_with(const struct wire_datagram *a, const struct wire_datagram *b)
{
    return a->dscp == b->dscp && ice_path_is(&a->to, &b->to);
}

/* How many of those at d may leave as one: of one size, the last may be shorter. */
static unsigned run_of(const struct udp *u, const struct wire_datagram *d, unsigned count)
{
    unsigned n = 1;
    size_t bytes = d->bytes;
    if (!u->may_segment) return 1;
    while (n < count && n < SEGMENTS_MOST && goes_with(d, &d[n]) && d[n].bytes <= d->bytes &&
           bytes + d[n].bytes <= SEGMENTED_BYTES_MAX) {
        bytes += d[n].bytes;
        if (d[n++].bytes < d->bytes) break;
    }
    return n >= SEGMENTS_LEAST ? n : 1;
}

static void message_make(struct udp *u, int n, struct iovec *parts, const struct wire_datagram *d,
                         unsigned run)
{
    struct msghdr *header = &u->out[n].msg_hdr;
    struct link_address to = u->is_6 ? link_address_mapped(d->to.remote) : d->to.remote;
    *header = (struct msghdr){
        .msg_name = &u->out_to[n], .msg_iov = parts, .msg_iovlen = run, .msg_control = u->out_control[n]};
    header->msg_namelen = link_address_to_sockaddr(&to, &u->out_to[n]);
    for (unsigned i = 0; i < run; i++)
        parts[i] = (struct iovec){d[i].at, d[i].bytes};
    from_add(u, header, &d->from);
    dscp_add(u, header, d);
    if (run > 1) control_add(header, IPPROTO_UDP, UDP_SEGMENT, &d->bytes, sizeof d->bytes);
    if (header->msg_controllen == 0) header->msg_control = NULL;
}

static void counted(struct udp *u, const struct msghdr *header, bool is_sent)
{
    if (!is_sent) {
        u->counts.packets_dropped += header->msg_iovlen;
        return;
    }
    u->counts.packets_out += header->msg_iovlen;
    if (header->msg_iovlen > 1) u->counts.segmented += header->msg_iovlen;
    for (size_t i = 0; i < header->msg_iovlen; i++)
        u->counts.bytes_out += header->msg_iov[i].iov_len;
}

/* One by one what could not go as one. */
static void unsegmented_send(struct udp *u, struct msghdr *header)
{
    struct msghdr one = *header;
    one.msg_controllen -= CMSG_SPACE(sizeof(uint16_t)); /* UDP_SEGMENT is the last */
    if (one.msg_controllen == 0) one.msg_control = NULL;
    one.msg_iovlen = 1;
    for (size_t i = 0; i < header->msg_iovlen; i++) {
        one.msg_iov = &header->msg_iov[i];
        counted(u, &one, sendmsg(u->watch.fd, &one, MSG_DONTWAIT) >= 0);
    }
}

/* The first of the messages could not be sent. */
static void refused(struct udp *u, struct msghdr *header, int error)
{
    bool is_segmenting = header->msg_iovlen > 1 && (error == EIO || error == EINVAL || error == EMSGSIZE);
    if (!is_segmenting) {
        counted(u, header, false);
        return;
    }
    if (error == EIO) u->may_segment = false; /* no checksum by the device on this way */
    unsegmented_send(u, header);
}

static void messages_send(struct udp *u, unsigned count)
{
    unsigned at = 0;
    while (at < count) {
        int n = sendmmsg(u->watch.fd, &u->out[at], count - at, MSG_DONTWAIT);
        int error = errno;
        for (int i = 0; i < n; i++)
            counted(u, &u->out[at + (unsigned)i].msg_hdr, true);
        if (n > 0)
            at += (unsigned)n;
        else
            refused(u, &u->out[at++].msg_hdr, error);
    }
}

void udp_send(struct udp *u, const struct wire_datagram *datagrams, unsigned count)
{
    unsigned messages = 0, parts = 0;
    for (unsigned i = 0; i < count;) {
        unsigned run = run_of(u, &datagrams[i], count - i);
        if (messages == BATCH || parts + run > PARTS) {
            messages_send(u, messages);
            messages = parts = 0;
        }
        if (!u->is_6 && datagrams[i].to.remote.family != 4) {
            u->counts.packets_dropped += run;
        } else {
            message_make(u, (int)messages++, &u->out_parts[parts], &datagrams[i], run);
            parts += run;
        }
        i += run;
    }
    messages_send(u, messages);
}

void udp_set_segments(struct udp *u, bool may)
{
    u->may_segment = may;
}

/* -- opening -- */

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

static enum err socket_bind(struct udp *u, const struct link_address *bind_to, uint32_t buffer_bytes)
{
    int fd = u->watch.fd;
    struct sockaddr_storage sa;
    socklen_t bytes = link_address_to_sockaddr(bind_to, &sa);
    int buffer = (int)buffer_bytes, yes = 1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    /* "[::]" takes IPv4 too, whatever the machine's default. */
    int no = 0;
    if (u->is_6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no)) return ERR_IO;
    /* On a machine with several addresses an answer must leave by the one that was asked. */
    int level = u->is_6 ? IPPROTO_IPV6 : IPPROTO_IP;
    int option = u->is_6 ? IPV6_RECVPKTINFO : IP_PKTINFO;
    if (u->is_any && setsockopt(fd, level, option, &yes, sizeof yes)) return ERR_IO;
    return bind(fd, (struct sockaddr *)&sa, bytes) ? err_from_bind(errno) : OK;
}

static enum err bound_address(int fd, struct link_address *ret_bound)
{
    struct sockaddr_storage sa;
    socklen_t bytes = sizeof sa;
    if (getsockname(fd, (struct sockaddr *)&sa, &bytes)) return err_from_errno(errno);
    return link_address_from_sockaddr(&sa, ret_bound);
}

enum err udp_open(struct loop *loop, const struct link_address *bind_to, uint32_t buffer_bytes,
                  struct pool *packets, udp_take *take, void *owner, struct udp **ret_udp)
{
    struct udp *u = mem_zalloc(sizeof *u);
    if (!u) return ERR_NOMEM;
    enum err err;
    u->loop = loop;
    u->packets = packets;
    u->take = take;
    u->owner = owner;
    u->is_6 = bind_to->family == 6;
    u->is_any = link_address_is_any(bind_to);
    u->may_segment = true;
    u->watch = (struct watch){-1, EPOLLIN, on_ready};
    u->watch.fd = socket(u->is_6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    err = u->watch.fd < 0 ? err_from_bind(errno) : socket_bind(u, bind_to, buffer_bytes);
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
    for (int i = 0; i < BATCH; i++)
        packet_unref(u->in_packets[i]);
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
