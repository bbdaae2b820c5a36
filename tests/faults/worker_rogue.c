/* A media worker gone bad. Started as one, it lies in the way its index says (worker_rogue.h). */
#include "tests/faults/worker_rogue.h"
#include "base/str.h"
#include "link/chan.h"
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { LINK_FD = 3 };

static struct chan *link_;

static void say(const struct link_msg *m)
{
    struct pollfd writable = {LINK_FD, POLLOUT, 0};
    while (chan_send(link_, m, -1) == ERR_BUSY)
        (void)poll(&writable, 1, 1000);
}

static void hear(struct link_msg *ret_msg)
{
    struct pollfd readable = {LINK_FD, POLLIN, 0};
    enum err err;
    while ((err = chan_take(link_, ret_msg, NULL)) == ERR_BUSY)
        (void)poll(&readable, 1, -1);
    if (err != OK) _exit(3);
}

static void stay(void)
{
    for (;;)
        (void)pause();
}

static void say_hello(int index, enum rogue lie)
{
    struct link_msg m = {.type = LINK_HELLO, .hello = {LINK_VERSION, (uint16_t)index, (uint32_t)getpid(), 0}};
    if (lie == ROGUE_OTHER_VERSION) m.hello.version++;
    if (lie == ROGUE_OTHER_PID) m.hello.pid = (uint32_t)getppid();
    say(&m);
}

static void shake_hands(int index, enum rogue lie)
{
    struct link_msg m;
    say_hello(index, lie);
    hear(&m);
    struct link_address bound = m.config.bind;
    if (bound.port == 0) bound.port = 9;
    m = (struct link_msg){.type = LINK_READY, .ready = {bound, true, true, 1}};
    say(&m);
}

static void send_descriptors(void)
{
    union {
        struct cmsghdr align;
        char bytes[CMSG_SPACE(64 * sizeof(int))];
    } control = {0};
    char byte = 'x';
    struct iovec part = {&byte, 1};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control.bytes,
                       .msg_controllen = sizeof control.bytes};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_SOCKET;
    c->cmsg_type = SCM_RIGHTS;
    c->cmsg_len = CMSG_LEN(64 * sizeof(int));
    memset(CMSG_DATA(c), 0, 64 * sizeof(int)); /* stdin, 64 times */
    (void)sendmsg(LINK_FD, &m, 0);
}

static void flood(void)
{
    struct link_msg m = {.type = LINK_STATS};
    for (int i = 0; i < 5000; i++) {
        m.stats.packets_in++;
        say(&m);
    }
    m.stats.packets_in = 0;
    say(&m);
}

static void lie_now(enum rogue lie)
{
    static uint8_t zeros[65536];
    struct link_msg pong = {.type = LINK_PONG, .pong = {UINT64_MAX / 4}};
    switch (lie) {
    case ROGUE_GARBAGE_AT_ONCE:
    case ROGUE_GARBAGE_LATER:
        (void)!write(LINK_FD, "Yq\x07garbage", 10);
        break;
    case ROGUE_OVERSIZE:
        (void)!write(LINK_FD, zeros, sizeof zeros);
        break;
    case ROGUE_DESCRIPTORS:
        send_descriptors();
        break;
    case ROGUE_FORGED_PONG:
        say(&pong);
        break;
    case ROGUE_FLOOD:
        flood();
        break;
    case ROGUE_CLOSES_LINK_AND_STAYS:
        close(LINK_FD);
        break;
    case ROGUE_EXITS:
        _exit(7);
    case ROGUE_SILENT:
    case ROGUE_DEAF:
    case ROGUE_OTHER_VERSION:
    case ROGUE_OTHER_PID:
    case ROGUES:
        break;
    }
}

int main(int argc, char **argv)
{
    uint64_t index;
    if (argc != 7 || !str_to_u64(str_of(argv[4]), &index) || index >= ROGUES) return 2;
    enum rogue lie = (enum rogue)index;
    link_ = chan_new(LINK_FD, LINK_SERVER, 4);
    if (!link_) return 2;
    if (lie == ROGUE_OTHER_VERSION || lie == ROGUE_OTHER_PID)
        say_hello((int)index, lie);
    else if (lie != ROGUE_GARBAGE_AT_ONCE && lie != ROGUE_SILENT)
        shake_hands((int)index, lie);
    lie_now(lie);
    stay();
}
