#include "tests/bench/records/load.h"
#include "base/clock.h"
#include "base/mem.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 512, BYTES_MAX = 64 << 20 };

struct line {
    int fd;
    bool is_busy, is_get;
    long i;
    int64_t from_us;
    struct buf out, in;
    size_t sent;
};

struct load {
    const struct load_how *how;
    int epoll;
    struct line lines[CONNECTIONS_MAX];
    struct line *idle[CONNECTIONS_MAX]; /* a ring: whoever has waited longest asks next */
    int idle_n, idle_first;
    int64_t *took, begun_us, bytes;
    long asked, answered, wrong, reopened;
    struct buf path, body;
};

static void die(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void put_idle(struct load *l, struct line *at)
{
    at->is_busy = false;
    l->idle[(l->idle_first + l->idle_n++) % CONNECTIONS_MAX] = at;
}

static struct line *take_idle(struct load *l)
{
    struct line *at = l->idle[l->idle_first];
    l->idle_first = (l->idle_first + 1) % CONNECTIONS_MAX;
    l->idle_n--;
    at->is_busy = true;
    return at;
}

static void line_connect(struct load *l, struct line *at)
{
    struct sockaddr_in to = {
        .sin_family = AF_INET, .sin_port = htons(l->how->port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = at};
    int on = 1;
    at->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (at->fd < 0 || connect(at->fd, (struct sockaddr *)&to, sizeof to) != 0) die("connect");
    setsockopt(at->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, at->fd, &e) != 0) die("epoll");
}

static void line_open(struct load *l, struct line *at)
{
    line_connect(l, at);
    buf_init(&at->out, BYTES_MAX);
    buf_init(&at->in, BYTES_MAX);
    put_idle(l, at);
}

/* Questions are small beside a socket's room, or their sender may wait for it. */
static void line_send(struct line *at)
{
    while (at->sent < at->out.bytes) {
        ssize_t n = send(at->fd, at->out.at + at->sent, at->out.bytes - at->sent, MSG_NOSIGNAL);
        if (n < 0) return; /* it has been ended: what is read next says so */
        at->sent += (size_t)n;
    }
}

static void line_ask(struct load *l, struct line *at, int64_t from_us)
{
    const char *method = "GET";
    buf_clear(&l->path);
    buf_clear(&l->body);
    buf_clear(&at->out);
    buf_clear(&at->in);
    at->i = l->asked++;
    at->from_us = from_us;
    at->sent = 0;
    l->how->ask(l->how->ctx, at->i, &l->path, &l->body, &method);
    buf_printf(&at->out, "%s %.*s HTTP/1.1\r\nHost: here\r\nAuthorization: %s\r\n", method,
               (int)l->path.bytes, l->path.at, l->how->bearer);
    if (l->body.bytes)
        buf_printf(&at->out, "Content-Type: application/fhir+json\r\nContent-Length: %zu\r\n", l->body.bytes);
    buf_add_text(&at->out, "\r\n");
    if (l->body.bytes) buf_add_str(&at->out, buf_str(&l->body));
    if (at->out.err || l->path.err || l->body.err) die("memory");
    at->is_get = str_is_text(str_of(method), "GET");
    line_send(at);
}

static long number_at(const char *digits)
{
    long n = 0;
    while (*digits >= '0' && *digits <= '9')
        n = n * 10 + *digits++ - '0';
    return n;
}

/* The length of a whole answer, and where its body stands; 0: there is more to come. */
static size_t whole(const struct buf *in, size_t *ret_body)
{
    const char *end = in->bytes ? memmem(in->at, in->bytes, "\r\n\r\n", 4) : NULL;
    if (!end) return 0;
    *ret_body = (size_t)(end + 4 - in->at);
    const char *length = memmem(in->at, *ret_body, "ontent-length: ", 15);
    if (!length) length = memmem(in->at, *ret_body, "ontent-Length: ", 15);
    size_t bytes = *ret_body + (length ? (size_t)number_at(length + 15) : 0);
    return in->bytes >= bytes ? bytes : 0;
}

static void line_end(struct load *l, struct line *at, size_t body, size_t bytes)
{
    int status = (int)number_at(at->in.at + 9);
    struct str text = {at->in.at + body, bytes - body};
    l->took[at->i] = clock_tick_us() - at->from_us;
    l->bytes += (int64_t)text.bytes;
    l->answered++;
    if (status / 100 != 2 && l->wrong++ == 0)
        fprintf(stderr, "%d %.*s\n", status, (int)(text.bytes < 400 ? text.bytes : 400), text.at);
    if (l->how->answered) l->how->answered(l->how->ctx, at->i, status, text);
    put_idle(l, at);
}

/* A server may end a connection that asks nothing for a while (limit.h: head_ms, idle_ms), and a client opens another; what only reads and
 * crossed with the end is asked again there (RFC 9112 § 9.3.1). */
static void line_closed(struct load *l, struct line *at)
{
    if (at->is_busy && (at->in.bytes || !at->is_get)) die("the server closed in the middle of an answer");
    close(at->fd);
    line_connect(l, at);
    l->reopened++;
    at->sent = 0;
    if (at->is_busy) line_send(at);
}

static void line_read(struct load *l, struct line *at)
{
    static char part[1 << 18];
    size_t body, bytes;
    ssize_t n = recv(at->fd, part, sizeof part, 0);
    if (n <= 0) {
        line_closed(l, at);
        return;
    }
    buf_add(&at->in, part, (size_t)n);
    if (at->in.err) die("memory");
    bytes = whole(&at->in, &body);
    if (bytes) line_end(l, at, body, bytes);
}

static void ask_due(struct load *l)
{
    while (l->idle_n > 0 && l->asked < l->how->n) {
        int64_t now = clock_tick_us(), due = now;
        if (l->how->rate > 0) due = l->begun_us + (int64_t)((double)l->asked * 1e6 / l->how->rate);
        if (due > now) return;
        line_ask(l, take_idle(l), due);
    }
}

/* Until the next is due; busy connections wake us anyway. */
static int wait_ms(const struct load *l)
{
    if (l->how->rate <= 0 || l->idle_n == 0 || l->asked == l->how->n) return -1;
    return 1;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

struct used {
    double others_us, own_us;
};

static struct used used(void)
{
    struct timespec all, mine;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &all);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &mine);
    double own = (double)mine.tv_sec * 1e6 + (double)mine.tv_nsec / 1e3;
    return (struct used){(double)all.tv_sec * 1e6 + (double)all.tv_nsec / 1e3 - own, own};
}

static struct load_told tell(struct load *l, const struct used *before)
{
    double took_s = (double)(clock_tick_us() - l->begun_us) / 1e6;
    long n = l->how->n;
    struct used now = used();
    qsort(l->took, (size_t)n, sizeof *l->took, by_size);
    return (struct load_told){.rate = (double)n / took_s,
                              .p50_ms = (double)l->took[n / 2] / 1e3,
                              .p99_ms = (double)l->took[n * 99 / 100] / 1e3,
                              .most_ms = (double)l->took[n - 1] / 1e3,
                              .cpu_us = (now.others_us - before->others_us) / (double)n,
                              .own_us = (now.own_us - before->own_us) / (double)n,
                              .wrong = l->wrong,
                              .reopened = l->reopened,
                              .bytes = l->bytes};
}

struct load_told load_run(const struct load_how *how)
{
    struct epoll_event events[64];
    struct load *l = mem_zalloc(sizeof *l);
    if (!l) die("memory");
    l->how = how;
    l->took = mem_zalloc((size_t)how->n * sizeof *l->took);
    l->epoll = epoll_create1(EPOLL_CLOEXEC);
    buf_init(&l->path, BYTES_MAX);
    buf_init(&l->body, BYTES_MAX);
    for (int i = 0; i < how->connections; i++)
        line_open(l, &l->lines[i]);
    struct used before = used();
    l->begun_us = clock_tick_us();
    while (l->answered < how->n) {
        ask_due(l);
        int n = epoll_wait(l->epoll, events, 64, wait_ms(l));
        for (int i = 0; i < n; i++)
            line_read(l, events[i].data.ptr);
    }
    struct load_told told = tell(l, &before);
    for (int i = 0; i < how->connections; i++) {
        close(l->lines[i].fd);
        buf_done(&l->lines[i].in);
        buf_done(&l->lines[i].out);
    }
    buf_done(&l->path);
    buf_done(&l->body);
    close(l->epoll);
    mem_free(l->took);
    mem_free(l);
    return told;
}
