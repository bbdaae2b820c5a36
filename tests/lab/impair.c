/* impair: a relay of UDP that is a bad network (tests/lab/network), in user space, as the kernels here have no netem.
 *
 *   impair --listen ADDR:PORT --to ADDR:PORT [--up SPEC] [--down SPEC] [--seed N] [--script FILE] [--commands stdin]
 *
 * Each client gets a socket of its own towards the server, so that the server sees them apart. Up is towards the server.
 * --trace FILE: a line for each datagram, "MS up|down QUEUE_US BYTES 0|1": how long it waits for the rate, and whether it gets through.
 * A script has lines "MS up|down|both SPEC": from that moment on. It prints "ready PORT", and its counts when SIGTERM
 * ends it. With "--commands stdin" it reads lines there:
 *
 *   move CLIENT:PORT ADDR:PORT   the client's network address changes: the server sees it at ADDR from now on (port 0: any),
 *                                and what is sent to the old address reaches nobody; it answers "moved", or "unknown"
 *   set up|down|both SPEC        from now on; it answers "set", or "unknown"
 *
 * Under a browser: bind the worker to 127.0.0.1:PORT, announce 127.0.0.2, and let this listen on 127.0.0.2:PORT. */
#include "base/clock.h"
#include "base/mem.h"
#include "link/address.h"
#include "tests/lab/network.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    CLIENTS_MAX = 256,
    WAITING_MAX = 65536,
    STEPS_MAX = 256,
    BYTES_MAX = 2048,
    BUFFER_BYTES = 8 << 20,
    LINE_BYTES = 200
};
enum way { UP, DOWN, WAYS };

struct client {
    struct sockaddr_storage address;
    socklen_t address_bytes;
    int fd;
};
struct waiting { /* a binary heap by time, then by order of arrival */
    int64_t at_us;
    uint64_t number;
    enum way way;
    int client;
    size_t bytes;
    uint8_t *data;
};
struct step {
    int64_t at_ms;
    bool ways[WAYS];
    struct network_terms terms;
};
static struct relay {
    int listen_fd;
    struct link_address listen, to;
    struct network networks[WAYS];
    int client_count;
    struct client clients[CLIENTS_MAX];
    size_t waiting_count;
    uint64_t numbers, overflowed;
    struct waiting heap[WAITING_MAX];
    int step_count, step_next;
    struct step steps[STEPS_MAX];
    int64_t began_us;
    bool takes_commands;
    FILE *trace; /* NULL: none */
    size_t command_bytes;
    char command[LINE_BYTES];
} r;
static volatile sig_atomic_t is_over;

static _Noreturn void usage(const char *what)
{
    fprintf(stderr,
            "impair: %s\nimpair --listen ADDR:PORT --to ADDR:PORT [--up SPEC] [--down SPEC] [--seed N] "
            "[--script FILE] [--commands stdin] [--trace FILE]\n",
            what);
    exit(2);
}

/* -- what is under way -- */

static bool is_sooner(const struct waiting *a, const struct waiting *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->number < b->number;
}
static void swap(size_t a, size_t b)
{
    struct waiting w = r.heap[a];
    r.heap[a] = r.heap[b];
    r.heap[b] = w;
}
static void heap_add(const struct waiting *w)
{
    size_t at = r.waiting_count++;
    r.heap[at] = *w;
    for (; at && is_sooner(&r.heap[at], &r.heap[(at - 1) / 2]); at = (at - 1) / 2)
        swap(at, (at - 1) / 2);
}
static struct waiting heap_take(void)
{
    struct waiting first = r.heap[0];
    r.heap[0] = r.heap[--r.waiting_count];
    for (size_t at = 0;;) {
        size_t least = at, left = 2 * at + 1;
        for (size_t i = left; i < left + 2 && i < r.waiting_count; i++)
            if (is_sooner(&r.heap[i], &r.heap[least])) least = i;
        if (least == at) return first;
        swap(at, least);
        at = least;
    }
}

static void pass(enum way way, int client, const uint8_t *at, size_t bytes, int64_t now_us)
{
    int64_t times[NETWORK_COPIES_MAX], queue_us = r.networks[way].free_us - now_us;
    unsigned copies = network_pass(&r.networks[way], now_us, bytes, times);
    if (r.trace)
        fprintf(r.trace, "%lld %s %lld %zu %d\n", (long long)(now_us - r.began_us) / 1000,
                way == UP ? "up" : "down", (long long)(queue_us > 0 ? queue_us : 0), bytes, copies > 0);
    for (unsigned i = 0; i < copies; i++) {
        struct waiting w = {times[i], r.numbers++, way, client, bytes, NULL};
        if (r.waiting_count < WAITING_MAX) w.data = mem_alloc(bytes ? bytes : 1);
        if (!w.data) {
            r.overflowed++;
            continue;
        }
        memcpy(w.data, at, bytes);
        heap_add(&w);
    }
}

static void deliver(int64_t now_us)
{
    while (r.waiting_count && r.heap[0].at_us <= now_us) {
        struct waiting w = heap_take();
        struct client *c = &r.clients[w.client];
        if (w.way == UP)
            (void)!send(c->fd, w.data, w.bytes, MSG_DONTWAIT);
        else
            (void)!sendto(r.listen_fd, w.data, w.bytes, MSG_DONTWAIT, (struct sockaddr *)&c->address,
                          c->address_bytes);
        mem_free(w.data);
    }
}

/* -- sockets -- */

static int socket_open(const struct link_address *a, bool is_bound)
{
    struct sockaddr_storage sa;
    socklen_t bytes = link_address_to_sockaddr(a, &sa);
    int buffer = BUFFER_BYTES, fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    int failed =
        is_bound ? bind(fd, (struct sockaddr *)&sa, bytes) : connect(fd, (struct sockaddr *)&sa, bytes);
    if (!failed) return fd;
    close(fd);
    return -1;
}

static bool is_of(const struct client *c, const struct sockaddr_storage *address, socklen_t bytes)
{
    return c->address_bytes == bytes && memcmp(&c->address, address, bytes) == 0;
}

static int client_of(const struct sockaddr_storage *address, socklen_t bytes)
{
    for (int i = 0; i < r.client_count; i++)
        if (is_of(&r.clients[i], address, bytes)) return i;
    if (r.client_count == CLIENTS_MAX) return -1;
    int fd = socket_open(&r.to, false);
    if (fd < 0) return -1;
    r.clients[r.client_count] = (struct client){*address, bytes, fd};
    return r.client_count++;
}

static void from_clients(int64_t now_us)
{
    uint8_t at[BYTES_MAX];
    for (;;) {
        struct sockaddr_storage from = {0};
        socklen_t bytes = sizeof from;
        ssize_t n = recvfrom(r.listen_fd, at, sizeof at, MSG_DONTWAIT, (struct sockaddr *)&from, &bytes);
        if (n < 0) return;
        int client = client_of(&from, bytes);
        if (client >= 0) pass(UP, client, at, (size_t)n, now_us);
    }
}

static void from_server(int client, int64_t now_us)
{
    uint8_t at[BYTES_MAX];
    for (ssize_t n; (n = recv(r.clients[client].fd, at, sizeof at, MSG_DONTWAIT)) >= 0;)
        pass(DOWN, client, at, (size_t)n, now_us);
}

/* -- commands -- */

/* From another address of ours, to the server. */
static int socket_from(const struct link_address *from)
{
    struct sockaddr_storage sa;
    socklen_t bytes = link_address_to_sockaddr(&r.to, &sa);
    int fd = socket_open(from, true);
    if (fd < 0 || connect(fd, (struct sockaddr *)&sa, bytes) == 0) return fd;
    close(fd);
    return -1;
}

static bool client_move(struct str who, struct str to)
{
    struct link_address client, from;
    struct sockaddr_storage sa = {0};
    if (link_address_from_text(who, &client) != OK || link_address_from_text(to, &from) != OK) return false;
    socklen_t bytes = link_address_to_sockaddr(&client, &sa);
    for (int i = 0; i < r.client_count; i++) {
        if (!is_of(&r.clients[i], &sa, bytes)) continue;
        int fd = socket_from(&from);
        if (fd < 0) return false;
        close(r.clients[i].fd);
        r.clients[i].fd = fd;
        return true;
    }
    return false;
}

static bool ways_set(struct str way, struct str spec)
{
    struct network_terms terms = {0};
    bool is_both = str_is_text(way, "both"), is_up = str_is_text(way, "up"),
         is_down = str_is_text(way, "down");
    if (!is_both && !is_up && !is_down) return false;
    if (network_terms_read(spec, &terms) != OK) return false;
    if (!is_down) network_set(&r.networks[UP], &terms);
    if (!is_up) network_set(&r.networks[DOWN], &terms);
    return true;
}

static void command_do(struct str line)
{
    struct str verb = str_cut(&line, ' '), first = str_cut(&line, ' ');
    const char *said = "unknown";
    if (str_is_text(verb, "move") && client_move(first, line)) said = "moved";
    if (str_is_text(verb, "set") && ways_set(first, line)) said = "set";
    puts(said);
    fflush(stdout);
}

static void from_stdin(void)
{
    ssize_t n = read(STDIN_FILENO, r.command + r.command_bytes, sizeof r.command - r.command_bytes);
    if (n <= 0) r.takes_commands = false;
    for (ssize_t i = 0; i < n; i++) {
        char *end = &r.command[r.command_bytes++];
        if (*end != '\n') continue;
        command_do((struct str){r.command, (size_t)(end - r.command)});
        memmove(r.command, end + 1, (size_t)(n - i - 1));
        r.command_bytes = 0;
    }
    if (r.command_bytes == sizeof r.command) r.command_bytes = 0;
}

/* -- time -- */

static void steps_do(int64_t now_us)
{
    for (; r.step_next < r.step_count; r.step_next++) {
        const struct step *s = &r.steps[r.step_next];
        if (now_us - r.began_us < s->at_ms * 1000) return;
        for (int way = UP; way < WAYS; way++)
            if (s->ways[way]) network_set(&r.networks[way], &s->terms);
    }
}

static int64_t due_us(void)
{
    int64_t due = r.waiting_count ? r.heap[0].at_us : INT64_MAX;
    if (r.step_next < r.step_count && r.began_us + r.steps[r.step_next].at_ms * 1000 < due)
        due = r.began_us + r.steps[r.step_next].at_ms * 1000;
    return due;
}

static void turn(void)
{
    static struct pollfd fds[CLIENTS_MAX + 2];
    int count = r.client_count;
    int64_t wait_us = due_us() - clock_tick_us();
    if (wait_us < 0) wait_us = 0;
    if (wait_us > 1000000) wait_us = 1000000;
    struct timespec wait = {wait_us / 1000000, wait_us % 1000000 * 1000};
    fds[0] = (struct pollfd){r.listen_fd, POLLIN, 0};
    for (int i = 0; i < count; i++)
        fds[i + 1] = (struct pollfd){r.clients[i].fd, POLLIN, 0};
    fds[count + 1] = (struct pollfd){r.takes_commands ? STDIN_FILENO : -1, POLLIN, 0};
    int n = ppoll(fds, (nfds_t)count + 2, &wait, NULL);
    int64_t now_us = clock_tick_us();
    steps_do(now_us);
    if (n > 0 && fds[0].revents) from_clients(now_us);
    for (int i = 0; i < count && n > 0; i++)
        if (fds[i + 1].revents) from_server(i, now_us);
    if (n > 0 && fds[count + 1].revents) from_stdin();
    deliver(clock_tick_us());
}

/* -- what it is told -- */

static void terms_take(const char *spec, struct network_terms *to)
{
    if (network_terms_read(str_of(spec), to) != OK) usage("no such network");
}

static void script_read(const char *path)
{
    char line[256], way[8], spec[200];
    FILE *f = fopen(path, "re");
    if (!f) usage("the script cannot be read");
    while (fgets(line, sizeof line, f)) {
        long long ms;
        struct step s = {0};
        if (line[0] == '#' || line[0] == '\n') continue;
        if (r.step_count == STEPS_MAX || sscanf(line, "%lld %7s %199s", &ms, way, spec) != 3)
            usage("a line of the script does not read");
        s.at_ms = ms;
        s.ways[UP] = strcmp(way, "down") != 0;
        s.ways[DOWN] = strcmp(way, "up") != 0;
        terms_take(spec, &s.terms);
        r.steps[r.step_count++] = s;
    }
    fclose(f);
}

static void arguments_read(int argc, char **argv)
{
    struct network_terms terms[WAYS] = {{0}};
    uint64_t seed = 1;
    for (int i = 1; i + 1 < argc; i += 2) {
        struct str name = str_of(argv[i]), value = str_of(argv[i + 1]);
        bool is_good = true;
        if (str_is_text(name, "--listen"))
            is_good = link_address_from_text(value, &r.listen) == OK;
        else if (str_is_text(name, "--to"))
            is_good = link_address_from_text(value, &r.to) == OK;
        else if (str_is_text(name, "--up"))
            terms_take(argv[i + 1], &terms[UP]);
        else if (str_is_text(name, "--trace"))
            is_good = (r.trace = fopen(argv[i + 1], "we")) != NULL;
        else if (str_is_text(name, "--down"))
            terms_take(argv[i + 1], &terms[DOWN]);
        else if (str_is_text(name, "--seed"))
            is_good = str_to_u64(value, &seed);
        else if (str_is_text(name, "--script"))
            script_read(argv[i + 1]);
        else if (str_is_text(name, "--commands"))
            r.takes_commands = is_good = str_is_text(value, "stdin");
        else
            is_good = false;
        if (!is_good) usage(argv[i]);
    }
    if (argc % 2 == 0 || !r.listen.family || !r.to.family) usage("--listen and --to are wanted");
    for (int way = UP; way < WAYS; way++) {
        network_init(&r.networks[way], seed + (uint64_t)way);
        network_set(&r.networks[way], &terms[way]);
    }
}

static void on_signal(int number)
{
    (void)number;
    is_over = 1;
}

int main(int argc, char **argv)
{
    static const char *const names[WAYS] = {"up", "down"};
    struct sockaddr_storage sa;
    socklen_t bytes = sizeof sa;
    struct sigaction end = {.sa_handler = on_signal};
    arguments_read(argc, argv);
    r.listen_fd = socket_open(&r.listen, true);
    if (r.listen_fd < 0 || getsockname(r.listen_fd, (struct sockaddr *)&sa, &bytes) ||
        link_address_from_sockaddr(&sa, &r.listen) != OK) {
        fprintf(stderr, "impair: cannot listen: %s\n", strerror(errno));
        return 1;
    }
    (void)sigaction(SIGTERM, &end, NULL);
    (void)sigaction(SIGINT, &end, NULL);
    printf("ready %u\n", r.listen.port);
    fflush(stdout);
    r.began_us = clock_tick_us();
    while (!is_over)
        turn();
    for (int way = UP; way < WAYS; way++)
        printf("%s taken=%llu lost=%llu queue_dropped=%llu\n", names[way],
               (unsigned long long)r.networks[way].taken, (unsigned long long)r.networks[way].lost,
               (unsigned long long)r.networks[way].queue_dropped);
    while (r.waiting_count)
        mem_free(heap_take().data);
    return 0;
}
