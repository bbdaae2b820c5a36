#include "app/control.h"
#include "base/log.h"
#include "base/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define THREADS 2
#define THREAD_STACK_BYTES (512 * 1024)
#define LINE_BYTES_MAX (256 * 1024)
#define ANSWER_BYTES_MAX (64 << 20) /* a list of all accounts */
#define ASK_MS 10000                /* a line must come whole within */

struct control {
    struct control_settings s;
    int listen_fd, end_fd;
    pthread_t threads[THREADS];
    int running;
};

/* A path longer than sun_path holds is reached through the folder's descriptor. */
static enum err address_of(const char *dir, int *ret_dir_fd, struct sockaddr_un *ret, socklen_t *ret_bytes)
{
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return err_from_errno(errno);
    snprintf(ret->sun_path, sizeof ret->sun_path, "/proc/self/fd/%d/control.sock", fd);
    *ret_dir_fd = fd;
    *ret_bytes = sizeof *ret;
    return OK;
}

/* -- the server's side -- */

static bool peer_may(int fd)
{
    struct ucred who;
    socklen_t n = sizeof who;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) != 0) return false;
    return who.uid == 0 || who.uid == geteuid();
}

static bool send_all(int fd, struct str text)
{
    while (text.bytes > 0) {
        ssize_t n = send(fd, text.at, text.bytes, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        text = (struct str){text.at + n, text.bytes - (size_t)n};
    }
    return true;
}

static void on_progress(void *ctx, struct str line)
{
    /* Whoever asked may have left; the work goes on. */
    if (!send_all(*(int *)ctx, line)) log_debug("control", "asker_gone");
}

/* One line, without its newline; false: too long, too slow, or none. */
static bool read_line(int fd, struct buf *to)
{
    int64_t until = clock_tick().ms + ASK_MS;
    for (;;) {
        struct pollfd p = {fd, POLLIN, 0};
        int64_t left = until - clock_tick().ms;
        if (left <= 0 || poll(&p, 1, (int)left) <= 0) return false;
        char *at = buf_reserve(to, 4096);
        ssize_t n = at ? recv(fd, at, 4096, 0) : -1;
        if (n <= 0) return false;
        char *end = memchr(at, '\n', (size_t)n);
        to->bytes += end ? (size_t)(end - at) : (size_t)n;
        if (end) return true;
    }
}

static bool answer_own(struct control *c, struct str line, struct buf *to)
{
    struct json *v = NULL;
    struct str op;
    bool known = false;
    if (!c->s.answer || json_parse(line, &v, NULL) != OK) return false;
    size_t before = to->bytes;
    buf_add_text(to, "{\"ok\":true,\"result\":");
    if (json_is_object(v) && json_text(json_get(v, "op"), &op)) known = c->s.answer(c->s.ctx, op, to);
    if (known)
        buf_add_text(to, "}\n");
    else
        to->bytes = before;
    json_free(v);
    return known;
}

static void serve(struct control *c, int fd)
{
    struct buf line, answer;
    buf_init(&line, LINE_BYTES_MAX);
    buf_init(&answer, ANSWER_BYTES_MAX);
    if (!peer_may(fd)) {
        log_warn("control", "peer_refused");
    } else if (read_line(fd, &line)) {
        if (!answer_own(c, buf_str(&line), &answer))
            ops_run(c->s.site, buf_str(&line), &answer, on_progress, &fd);
        if (answer.err) {
            buf_done(&answer);
            ops_error_line(&answer, answer.err, "the answer is too long");
        }
        if (!send_all(fd, buf_str(&answer))) log_debug("control", "asker_gone");
    }
    buf_done(&line);
    buf_done(&answer);
}

static void *run(void *ctx)
{
    struct control *c = ctx;
    pthread_setname_np(pthread_self(), "control");
    for (;;) {
        struct pollfd p[2] = {{c->listen_fd, POLLIN, 0}, {c->end_fd, POLLIN, 0}};
        if (poll(p, 2, -1) < 0 && errno != EINTR) break;
        if (p[1].revents) break;
        if (!p[0].revents) continue;
        int fd = accept4(c->listen_fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0) continue; /* the other thread was faster */
        serve(c, fd);
        close(fd);
    }
    return NULL;
}

static enum err listen_at(struct control *c)
{
    struct sockaddr_un at;
    socklen_t n;
    int dir_fd;
    enum err err = address_of(c->s.dir, &dir_fd, &at, &n);
    if (err) return err;
    c->listen_fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    /* What lies there is a dead server's: we hold the folder's lock. */
    unlinkat(dir_fd, "control.sock", 0);
    mode_t before = umask(0177);
    if (c->listen_fd < 0 || bind(c->listen_fd, (struct sockaddr *)&at, n) != 0 ||
        listen(c->listen_fd, 16) != 0)
        err = err_from_errno(errno);
    umask(before);
    close(dir_fd);
    return err;
}

enum err control_new(const struct control_settings *settings, struct control **ret_control)
{
    struct control *c = mem_zalloc(sizeof *c);
    if (!c) return ERR_NOMEM;
    c->s = *settings;
    c->listen_fd = -1;
    c->end_fd = eventfd(0, EFD_CLOEXEC);
    enum err err = c->end_fd < 0 ? err_from_errno(errno) : listen_at(c);
    pthread_attr_t attr;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES);
    for (; !err && c->running < THREADS; c->running++)
        if (pthread_create(&c->threads[c->running], &attr, run, c) != 0) {
            err = ERR_NOMEM;
            break;
        }
    pthread_attr_destroy(&attr);
    if (err) {
        control_free(c);
        return err;
    }
    *ret_control = c;
    return OK;
}

void control_free(struct control *c)
{
    if (!c) return;
    uint64_t one = 1;
    if (c->running > 0 && write(c->end_fd, &one, sizeof one) < 0) log_error("control", "cannot_end");
    for (int i = 0; i < c->running; i++)
        pthread_join(c->threads[i], NULL);
    if (c->listen_fd >= 0) {
        int dir_fd = open(c->s.dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (dir_fd >= 0) {
            unlinkat(dir_fd, "control.sock", 0);
            close(dir_fd);
        }
        close(c->listen_fd);
    }
    if (c->end_fd >= 0) close(c->end_fd);
    mem_free(c);
}

/* -- the command's side -- */

enum err control_connect(const char *dir, int *ret_fd)
{
    struct sockaddr_un at;
    socklen_t n;
    int dir_fd;
    enum err err = address_of(dir, &dir_fd, &at, &n);
    if (err) return err;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&at, n) != 0)
        err = errno == ECONNREFUSED || errno == ENOENT ? ERR_NOT_FOUND : err_from_errno(errno);
    close(dir_fd);
    if (err) {
        if (fd >= 0) close(fd);
        return err;
    }
    *ret_fd = fd;
    return OK;
}

enum err control_ask(int fd, struct str line, void (*heard)(void *ctx, struct str line), void *ctx)
{
    struct buf in;
    enum err err = ERR_CLOSED;
    if (!send_all(fd, line) || !send_all(fd, STR("\n"))) return ERR_CLOSED;
    buf_init(&in, ANSWER_BYTES_MAX);
    for (size_t done = 0;;) {
        char *at = buf_reserve(&in, 65536);
        ssize_t n = at ? recv(fd, at, 65536, 0) : -1;
        if (n < 0 && at && errno == EINTR) continue;
        if (n <= 0) break;
        in.bytes += (size_t)n;
        for (char *end; (end = memchr(in.at + done, '\n', in.bytes - done));
             done = (size_t)(end - in.at) + 1) {
            heard(ctx, (struct str){in.at + done, (size_t)(end - (in.at + done))});
            err = OK;
        }
    }
    if (in.err) err = in.err;
    buf_done(&in);
    return err;
}
