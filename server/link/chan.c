#include "link/chan.h"
#include "base/list.h"
#include "base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FDS_MAX = 4 }; /* more than ever allowed, so that a datagram with two is seen and refused, not cut */

struct waiting {
    struct list in;
    int fd;
    size_t bytes;
    uint8_t at[];
};

struct chan {
    int fd;
    enum link_side peer;
    uint32_t queue_max, queued;
    struct list queue;
    uint8_t frame[LINK_BYTES_MAX + 1]; /* one more, so that an oversize datagram shows */
};

struct chan *chan_new(int socket_fd, enum link_side peer, uint32_t queue_max)
{
    ASSERT(queue_max > 0);
    struct chan *c = mem_zalloc(sizeof *c);
    if (!c) {
        close(socket_fd);
        return NULL;
    }
    int flags = fcntl(socket_fd, F_GETFL);
    if (flags < 0 || fcntl(socket_fd, F_SETFL, flags | O_NONBLOCK) < 0 ||
        fcntl(socket_fd, F_SETFD, FD_CLOEXEC) < 0) {
        close(socket_fd);
        mem_free(c);
        return NULL;
    }
    c->fd = socket_fd;
    c->peer = peer;
    c->queue_max = queue_max;
    list_init(&c->queue);
    return c;
}

static void waiting_free(struct chan *c, struct waiting *w)
{
    list_remove(&w->in);
    c->queued--;
    if (w->fd >= 0) close(w->fd);
    mem_free(w);
}

void chan_free(struct chan *c)
{
    if (!c) return;
    list_each (item, after, &c->queue)
        waiting_free(c, list_of(item, struct waiting, in));
    close(c->fd);
    mem_free(c);
}

int chan_fd(const struct chan *c)
{
    return c->fd;
}

bool chan_has_waiting(const struct chan *c)
{
    return c->queued > 0;
}

/* ERR_BUSY: not now. */
static enum err frame_send(int socket_fd, const uint8_t *at, size_t bytes, int fd)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {(void *)(uintptr_t)at, bytes};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (fd >= 0) {
        m.msg_control = control.bytes;
        m.msg_controllen = sizeof control.bytes;
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(c), &fd, sizeof fd);
    }
    for (;;) {
        ssize_t n = sendmsg(socket_fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n == (ssize_t)bytes) return OK;
        if (n >= 0) return ERR_IO; /* a SOCK_SEQPACKET datagram goes whole or not at all */
        if (errno == EINTR) continue;
        /* ETOOMANYREFS: too many descriptors are under way; they leave when the peer reads. */
        if (errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS) return ERR_BUSY;
        return errno == EPIPE || errno == ECONNRESET ? ERR_CLOSED : ERR_IO;
    }
}

static enum err waiting_add(struct chan *c, const uint8_t *frame, size_t bytes, int fd)
{
    if (c->queued >= c->queue_max) return ERR_BUSY;
    struct waiting *w = mem_alloc(sizeof *w + bytes);
    if (!w) return ERR_NOMEM;
    w->fd = fd;
    w->bytes = bytes;
    memcpy(w->at, frame, bytes);
    list_add_last(&c->queue, &w->in);
    c->queued++;
    return OK;
}

enum err chan_flush(struct chan *c)
{
    list_each (item, after, &c->queue) {
        struct waiting *w = list_of(item, struct waiting, in);
        enum err err = frame_send(c->fd, w->at, w->bytes, w->fd);
        if (err == ERR_BUSY) return OK;
        if (err != OK) return err;
        waiting_free(c, w);
    }
    return OK;
}

enum err chan_send(struct chan *c, const struct link_msg *m, int fd)
{
    uint8_t frame[LINK_BYTES_MAX];
    size_t bytes = link_msg_encode(m, frame);
    enum err err = chan_flush(c);
    if (err == OK) err = c->queued ? ERR_BUSY : frame_send(c->fd, frame, bytes, fd);
    if (err == ERR_BUSY) {
        err = waiting_add(c, frame, bytes, fd);
        if (err == OK) return OK; /* the queue holds fd now */
    }
    if (fd >= 0) close(fd);
    return err;
}

/* Collects the descriptors of one datagram; returns how many, all in ret_fds. */
static int fds_take(struct msghdr *m, int ret_fds[FDS_MAX])
{
    int n = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count && n < FDS_MAX; i++)
            memcpy(&ret_fds[n++], CMSG_DATA(c) + i * sizeof(int), sizeof(int));
    }
    return n;
}

static enum err frame_take(struct chan *c, size_t *ret_bytes, int ret_fds[FDS_MAX], int *ret_fds_n)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
    } control;
    struct iovec part = {c->frame, sizeof c->frame};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    ssize_t n;
    do
        n = recvmsg(c->fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0) {
        if (errno == EAGAIN) return ERR_BUSY;
        return errno == ECONNRESET ? ERR_CLOSED : ERR_IO;
    }
    *ret_fds_n = fds_take(&m, ret_fds);
    if (m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) return ERR_BAD_INPUT;
    if (n == 0)
        return ERR_CLOSED; /* the end; an empty datagram, which nobody of ours sends, looks the same */
    *ret_bytes = (size_t)n;
    return OK;
}

enum err chan_take(struct chan *c, struct link_msg *ret_msg, int *ret_fd)
{
    size_t bytes = 0;
    int fds[FDS_MAX], fds_n = 0;
    struct link_msg m;
    enum err err = frame_take(c, &bytes, fds, &fds_n);
    if (err == OK && fds_n > (ret_fd ? 1 : 0)) err = ERR_BAD_INPUT;
    if (err == OK) err = link_msg_decode(c->frame, bytes, c->peer, &m);
    if (err != OK) {
        for (int i = 0; i < fds_n; i++)
            close(fds[i]);
        return err;
    }
    *ret_msg = m;
    if (ret_fd) *ret_fd = fds_n ? fds[0] : -1;
    return OK;
}

enum err chan_pair(int ret_fds[2])
{
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds) < 0)
        return err_from_errno(errno);
    ret_fds[0] = fds[0];
    ret_fds[1] = fds[1];
    return OK;
}
