#include "link/chan.h"
#include "tests/unit/check.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static struct chan *server, *worker;

static enum err open_both(void)
{
    int fds[2];
    enum err err = chan_pair(fds);
    if (err != OK) return err;
    server = chan_new(fds[0], LINK_WORKER, 4);
    worker = chan_new(fds[1], LINK_SERVER, 4);
    return server && worker ? OK : ERR_NOMEM;
}

static void close_both(void)
{
    chan_free(server);
    chan_free(worker);
    server = worker = NULL;
}

static struct link_msg ping(uint64_t tick_ms)
{
    return (struct link_msg){.type = LINK_PING, .ping = {tick_ms}};
}

static int fds_open(void)
{
    int n = 0;
    for (int fd = 0; fd < 256; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

TEST(messages_arrive_whole_and_in_order)
{
    CHECK_OK(open_both());
    for (uint64_t i = 0; i < 20; i++) {
        struct link_msg m = ping(i);
        CHECK_OK(chan_send(server, &m, -1));
    }
    for (uint64_t i = 0; i < 20; i++) {
        struct link_msg m;
        CHECK_OK(chan_take(worker, &m, NULL));
        CHECK_INT(m.type, LINK_PING);
        CHECK_INT(m.ping.tick_ms, i);
    }
    struct link_msg m;
    CHECK_ERR(chan_take(worker, &m, NULL), ERR_BUSY);
    close_both();
}

TEST(a_full_link_queues_and_then_refuses_and_nobody_waits)
{
    CHECK_OK(open_both());
    uint64_t sent = 0;
    enum err err = OK;
    while (err == OK && sent < 1000000) {
        struct link_msg m = ping(sent);
        err = chan_send(server, &m, -1);
        sent += err == OK;
    }
    CHECK_ERR(err, ERR_BUSY);
    CHECK(chan_has_waiting(server));
    CHECK_OK(chan_flush(server)); /* takes nothing now, and says so by what waits */
    CHECK(chan_has_waiting(server));
    uint64_t taken = 0;
    struct link_msg m;
    for (;;) {
        enum err got = chan_take(worker, &m, NULL);
        if (got == ERR_BUSY) {
            if (!chan_has_waiting(server)) break;
            CHECK_OK(chan_flush(server));
            continue;
        }
        CHECK_OK(got);
        CHECK_INT(m.ping.tick_ms, taken);
        taken++;
    }
    CHECK_INT(taken, sent);
    close_both();
}

TEST(a_descriptor_travels_beside_its_message)
{
    int before = fds_open(), pipe_fds[2], got = -1;
    char c = 0;
    CHECK_OK(open_both());
    CHECK(pipe2(pipe_fds, O_CLOEXEC) == 0);
    struct link_msg m = ping(1), back;
    CHECK_OK(chan_send(server, &m, pipe_fds[1])); /* taken over: closed here once it is under way … */
    CHECK_OK(chan_take(worker, &back, &got));
    CHECK(got >= 0);
    CHECK(fcntl(got, F_GETFD) & FD_CLOEXEC);
    CHECK(write(got, "x", 1) == 1);
    CHECK(read(pipe_fds[0], &c, 1) == 1);
    CHECK_INT(c, 'x');
    close(got);
    CHECK_INT(read(pipe_fds[0], &c, 1), 0); /* … so that the pipe has no writer left */
    close(pipe_fds[0]);
    close_both();
    CHECK_INT(fds_open(), before);
}

TEST(descriptors_that_wait_in_the_queue_are_sent_later_or_closed)
{
    int before = fds_open(), with_fd = 0, got = -1;
    CHECK_OK(open_both());
    struct link_msg m = ping(7);
    while (!chan_has_waiting(server))
        CHECK_OK(chan_send(server, &m, -1));
    CHECK_OK(chan_send(server, &m, open("/dev/null", O_RDONLY | O_CLOEXEC)));
    enum err err;
    do
        err = chan_send(server, &m, open("/dev/null", O_RDONLY | O_CLOEXEC));
    while (err == OK);
    CHECK_ERR(err, ERR_BUSY); /* the refused one is closed too */
    for (;;) {
        err = chan_take(worker, &m, &got);
        if (err == ERR_BUSY && !chan_has_waiting(server)) break;
        if (err == ERR_BUSY) {
            CHECK_OK(chan_flush(server));
            if (with_fd > 0) break; /* leave some to chan_free */
            continue;
        }
        CHECK_OK(err);
        with_fd += got >= 0;
        if (got >= 0) close(got);
    }
    close_both();
    CHECK_INT(fds_open(), before);
}

TEST(a_descriptor_that_nobody_expects_is_refused_and_closed)
{
    int before = fds_open();
    CHECK_OK(open_both());
    struct link_msg m = ping(1), back;
    CHECK_OK(chan_send(server, &m, open("/dev/null", O_RDONLY | O_CLOEXEC)));
    CHECK_ERR(chan_take(worker, &back, NULL), ERR_BAD_INPUT);
    close_both();
    CHECK_INT(fds_open(), before);
}

static void send_raw(int socket_fd, const void *bytes, size_t n, const int *fds, size_t fds_n)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(16 * sizeof(int))];
    } control = {0};
    struct iovec part = {(void *)(uintptr_t)bytes, n};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};
    if (fds_n) {
        m.msg_control = control.bytes;
        m.msg_controllen = CMSG_SPACE(fds_n * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(fds_n * sizeof(int));
        memcpy(CMSG_DATA(c), fds, fds_n * sizeof(int));
    }
    CHECK(sendmsg(socket_fd, &m, MSG_NOSIGNAL) == (ssize_t)n);
}

TEST(a_handful_of_descriptors_is_refused_and_none_stays_open)
{
    CHECK_OK(open_both());
    int before = fds_open(), got = -1;
    uint8_t bytes[LINK_BYTES_MAX];
    struct link_msg m = ping(1);
    size_t n = link_msg_encode(&m, bytes);
    static const size_t counts[] = {2, 4, 5, 16};
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        int fds[16];
        for (size_t k = 0; k < counts[i]; k++)
            fds[k] = 0;
        send_raw(chan_fd(server), bytes, n, fds, counts[i]);
        CHECK_ERR(chan_take(worker, &m, &got), ERR_BAD_INPUT);
        CHECK_INT(fds_open(), before);
    }
    close_both();
}

TEST(an_oversize_or_foreign_datagram_is_bad_input)
{
    static uint8_t large[LINK_BYTES_MAX * 2];
    struct link_msg m;
    CHECK_OK(open_both());
    send_raw(chan_fd(server), large, sizeof large, NULL, 0);
    CHECK_ERR(chan_take(worker, &m, NULL), ERR_BAD_INPUT);
    send_raw(chan_fd(server), large, LINK_BYTES_MAX + 1, NULL, 0);
    CHECK_ERR(chan_take(worker, &m, NULL), ERR_BAD_INPUT);
    send_raw(chan_fd(server), "GET / HTTP/1.1", 14, NULL, 0);
    CHECK_ERR(chan_take(worker, &m, NULL), ERR_BAD_INPUT);
    /* what the worker's side may send, read as if the server had sent it */
    struct link_msg pong = {.type = LINK_PONG, .pong = {1}};
    CHECK_OK(chan_send(server, &pong, -1));
    CHECK_ERR(chan_take(worker, &m, NULL), ERR_BAD_INPUT);
    close_both();
}

TEST(a_closed_peer_shows_on_both_ways)
{
    struct link_msg m = ping(1);
    CHECK_OK(open_both());
    CHECK_OK(chan_send(server, &m, -1));
    chan_free(server);
    server = NULL;
    CHECK_OK(chan_take(worker, &m, NULL)); /* what was sent before is still read */
    CHECK_ERR(chan_take(worker, &m, NULL), ERR_CLOSED);
    m = (struct link_msg){.type = LINK_PONG, .pong = {1}};
    CHECK_ERR(chan_send(worker, &m, -1), ERR_CLOSED);
    CHECK_ERR(chan_send(worker, &m, open("/dev/null", O_RDONLY | O_CLOEXEC)), ERR_CLOSED);
    close_both();
}

TEST(an_empty_datagram_counts_as_the_end)
{
    struct link_msg m;
    CHECK_OK(open_both());
    send_raw(chan_fd(server), "", 0, NULL, 0);
    CHECK_ERR(chan_take(worker, &m, NULL), ERR_CLOSED);
    close_both();
}

SWEEP(a_link_that_fills_up_gives_its_memory_back)
{
    struct link_msg m = ping(1);
    enum err err = open_both();
    for (int i = 0; err == OK && !chan_has_waiting(server) && i < 1000000; i++)
        err = chan_send(server, &m, -1);
    if (err == OK) err = chan_send(server, &m, open("/dev/null", O_RDONLY | O_CLOEXEC));
    close_both();
    return err;
}
