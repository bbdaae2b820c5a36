/* yunqiao-codec: a worker's codec child. Started by yunqiaod when the worker first needs it, never by hand:
 *   yunqiao-codec --parent PID
 * with the rings' memory on descriptor 3, its own bell on 4 and the worker's on 5, and nothing else. It decodes what strangers sent, so it
 * can do nothing but that: no file, no socket, no other process, so much memory; beside the calls it waits (a lower priority). libvpx,
 * openh264 and libpng are here and not in the worker, whose bytes come from the same strangers (decision 0183).
 *
 *   yunqiao-codec --montage PARENT
 * makes one film of a recording's files (media/montage), in the same box, behind everything else that runs: the order on descriptor 3, the film's file on
 * 4, what it tells on 5, and the files from 6 on.
 *
 * When nothing was asked of it for a minute it ends; the next question starts another. Exit codes: 0 that, 1 the worker's word cannot be
 * read or the box cannot be shut, 2 wrong use. */
#include "base/clock.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "base/str.h"
#include "media/bytes.h"
#include "media/codec.h"
#include "media/films.h"
#include "media/montage.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    RING_FD = 3,
    BELL_FD = 4,
    WORKER_BELL_FD = 5,
    IDLE_MS = 60000,
    MESSAGES_A_RING = 64,
    PRIORITY = 10,
    PRIORITY_LEAST = 19
};
enum { ORDER_FD = 3, FILM_FD = 4, HEARD_FD = 5, FILES_FD = 6 };
#define MEMORY_BYTES (1024LL << 20)

struct child {
    struct ring_pair rings;
    uint8_t message[RING_MESSAGE_BYTES_MAX];
};

static void bell_ring(int fd)
{
    static const uint64_t one = 1;
    if (write(fd, &one, sizeof one) < 0) return; /* it has rung often enough */
}

/* False: nobody rang for so long. */
static bool bell_wait(int wait_ms)
{
    struct pollfd bell = {BELL_FD, POLLIN, 0};
    uint64_t rings;
    int n;
    do
        n = poll(&bell, 1, wait_ms);
    while (n < 0 && errno == EINTR);
    if (n > 0) (void)!read(BELL_FD, &rings, sizeof rings);
    return n != 0;
}

/* Waits while the ring is full: the worker takes as much as yunqiaod does. */
static enum err say(void *ctx, const struct codec_msg *m)
{
    struct child *c = ctx;
    enum err err;
    while ((err = codec_msg_put(&c->rings.out, m)) == ERR_BUSY) {
        bell_ring(WORKER_BELL_FD);
        if (!bell_wait(IDLE_MS)) return ERR_CLOSED;
    }
    bell_ring(WORKER_BELL_FD);
    return err ? ERR_CLOSED : OK;
}

/* Until something comes, or something is due; false: it is over. */
static bool rest(struct codec_works *works, int64_t due_us)
{
    if (due_us == INT64_MAX) return bell_wait(IDLE_MS) || codec_streams(works) > 0;
    int64_t wait_ms = (due_us - clock_tick_us() + 999) / 1000;
    if (wait_ms > 0) (void)bell_wait((int)wait_ms);
    return true;
}

/* False: it is over. */
static bool take(struct child *c, struct codec_works *works)
{
    size_t n;
    struct codec_msg m;
    int64_t due_us;
    if (codec_turn(works, clock_tick_us(), &due_us) != OK) _exit(1);
    for (int i = 0; i < MESSAGES_A_RING; i++) {
        enum err err = ring_take(&c->rings.in, c->message, &n);
        if (err == ERR_NOT_FOUND) {
            bell_ring(WORKER_BELL_FD); /* there is room again */
            return rest(works, due_us);
        }
        if (!err) err = codec_msg_read(c->message, n, RING_CHILD, &m);
        if (!err) err = codec_take(works, &m);
        if (err) _exit(1);
    }
    return true;
}

static bool limit_memory(void)
{
#ifdef YQ_SANITIZED /* whose shadow is larger than any limit */
    return true;
#else
    struct rlimit l = {MEMORY_BYTES, MEMORY_BYTES};
    return setrlimit(RLIMIT_AS, &l) == 0;
#endif
}

/* Its libraries ask how many processors there are, in two ways, and do with one where nobody tells. */
static bool enter_box(int priority)
{
    static const char *const calls[] = {"sched_getaffinity", NULL}, *const refused[] = {"open", "openat",
                                                                                        NULL};
    struct sandbox_state state = {0};
    if (setpriority(PRIO_PROCESS, 0, priority) != 0) log_warn("codec", "priority");
    if (!limit_memory()) return false;
    if (sandbox_enter_refusing(calls, refused, &state) != OK) return false;
    if (!state.seccomp || state.landlock_abi == 0)
        log_warn("codec", "sandbox_partial", LOG_I("seccomp", state.seccomp),
                 LOG_I("landlock", state.landlock_abi));
    return true;
}

static bool tie_to_parent(int argc, char **argv)
{
    uint64_t parent;
    bool is_known = argc == 3 && (strcmp(argv[1], "--parent") == 0 || strcmp(argv[1], "--montage") == 0);
    if (!is_known || !str_to_u64(str_of(argv[2]), &parent)) return false;
    return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && (uint64_t)getppid() == parent;
}

static void ignore_signals(void)
{
    static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    for (size_t i = 0; i < COUNT_OF(ignored); i++)
        (void)sigaction(ignored[i], &ignore, NULL);
}

/* -- a montage -- */

static enum err write_all(int fd, const void *at, size_t bytes)
{
    const uint8_t *from = at;
    while (bytes > 0) {
        ssize_t n = write(fd, from, bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return n < 0 ? err_from_errno(errno) : ERR_IO;
        from += n;
        bytes -= (size_t)n;
    }
    return OK;
}

static enum err film_put(void *ctx, const void *at, size_t bytes)
{
    (void)ctx;
    return write_all(FILM_FD, at, bytes);
}

static enum err percent_tell(void *ctx, unsigned percent)
{
    uint8_t one = (uint8_t)percent;
    (void)ctx;
    return write_all(HEARD_FD, &one, 1);
}

static enum err order_take(struct montage_order *ret)
{
    uint8_t at[MONTAGE_ORDER_BYTES_MAX];
    ssize_t n = pread(ORDER_FD, at, sizeof at, 0);
    enum err err = n > 0 ? montage_order_read(at, (size_t)n, ret) : ERR_BAD_INPUT;
    explicit_bzero(at, sizeof at);
    close(ORDER_FD);
    return err;
}

static int montage(void)
{
    static struct montage_order order;
    static int fds[MONTAGE_FILES_MAX];
    struct montage_port port = {NULL, film_put, percent_tell};
    struct digest_value chain;
    int64_t bytes;
    uint8_t whole[MONTAGE_WHOLE_BYTES] = {MONTAGE_WHOLE};
    struct films *warm = films_new(&(struct films_port){0}); /* OpenSSL's look-ups, before the box */
    films_free(warm);
    if (!warm || order_take(&order) != OK || !enter_box(PRIORITY_LEAST)) return 1;
    for (unsigned i = 0; i < order.count; i++)
        fds[i] = FILES_FD + (int)i;
    enum err err = montage_make(&order, fds, &port, &chain, &bytes);
    explicit_bzero(&order, sizeof order);
    if (err) return 1;
    bytes_put64(whole + 1, (uint64_t)bytes);
    memcpy(whole + 9, chain.at, sizeof chain.at);
    return write_all(HEARD_FD, whole, sizeof whole) == OK ? 0 : 1;
}

int main(int argc, char **argv)
{
    static struct child c;
    struct codec_port port = {say, &c};
    if (!tie_to_parent(argc, argv)) return 2;
    ignore_signals();
    if (strcmp(argv[1], "--montage") == 0) return montage();
    if (ring_open(RING_FD, RING_CHILD, &c.rings) != OK) return 2;
    struct codec_works *works = codec_new(&port);
    if (!works || !enter_box(PRIORITY)) return 1;
    while (take(&c, works)) {
    }
    codec_free(works);
    return 0;
}
