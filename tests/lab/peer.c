/* peer: the other end of one connection, for scenes that speak HTTP themselves: it says its credentials, is told the server's, and
 * then sends or counts. Words on lines, both ways:
 *
 *   << me UFRAG PASSWORD FINGERPRINT            at once
 *   >> go IP PORT UFRAG PASSWORD FINGERPRINT active|passive     our role in DTLS
 *   << up                                       keys are there
 *   << down                                     the other side has said good-bye, or is silent
 *   >> send SSRC TYPE                           50 packets a second from now on, numbered
 *   >> hush                                     no more
 *   >> count    << count SENT RECEIVED MISSING  MISSING: of the numbers between the first and the last that came
 *   >> port     << port N                       ours
 *   >> quit */
#include "base/mem.h"
#include "tests/lab/client.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVERY_MS = 20, LINE_MAX_BYTES = 1024, BODY_BYTES = 80 };

static struct loop *loop;
static struct dtls *dtls;
static struct client *client;
static struct watch input = {.fd = 0};
static struct timer ticker;
static char line[LINE_MAX_BYTES];
static size_t line_bytes;
static bool is_sending, is_down;
static uint32_t ssrc;
static uint8_t type;
static uint16_t seq;
static unsigned sent, received;
static int64_t first = -1, last;

static void must(bool done, const char *what)
{
    if (done) return;
    fprintf(stderr, "peer: %s failed\n", what);
    exit(1);
}

static void say(const char *format, ...) PRINTF_LIKE(1, 2);
static void say(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    fflush(stdout);
}

static void on_up(void *owner)
{
    (void)owner;
    say("up\n");
}

static void on_rtp(void *owner, const struct rtp *r, int64_t arrived_us)
{
    (void)owner, (void)arrived_us;
    int64_t whole = first < 0 ? r->seq + 65536 : last + (int16_t)(r->seq - (uint16_t)last);
    if (first < 0) first = last = whole;
    if (whole > last) last = whole;
    received++;
}

static void on_tick(struct timer *t)
{
    uint8_t at[RTP_BYTES_MAX] = {0x80};
    loop_set(loop, t, EVERY_MS);
    if (!is_down && client_state(client) == CLIENT_GONE) {
        is_down = true;
        say("down\n");
    }
    if (!is_sending) return;
    at[1] = type;
    bytes_put16(at + 2, seq++);
    bytes_put32(at + 4, seq * 960u);
    bytes_put32(at + 8, ssrc);
    sent += client_send_rtp(client, at, RTP_HEADER_BYTES + BODY_BYTES) == OK;
}

static void go(const char *words)
{
    char ip[64], ufrag[300], password[300], fingerprint[128], role[16];
    unsigned port;
    struct client_settings s = {.way = CLIENT_UDP, .profiles = DTLS_ALL_PROFILES, .up = on_up, .rtp = on_rtp};
    must(sscanf(words, "%63s %u %299s %299s %127s %15s", ip, &port, ufrag, password, fingerprint, role) == 6,
         "go");
    s.remote = (struct link_address){.family = 4, .port = (uint16_t)port};
    must(inet_pton(AF_INET, ip, s.remote.at) == 1, "address");
    s.ufrag = str_of(ufrag);
    s.password = str_of(password);
    s.role = strcmp(role, "active") == 0 ? DTLS_CLIENT : DTLS_SERVER;
    for (int i = 0; i < DTLS_FINGERPRINT_BYTES; i++)
        must(str_from_hex((struct str){fingerprint + 3 * (size_t)i, 2}, &s.fingerprint[i], 1), "fingerprint");
    must(client_connect(client, &s) == OK, "connect");
}

static void port_say(void)
{
    struct sockaddr_in sa;
    socklen_t bytes = sizeof sa;
    must(getsockname(client_fd(client), (struct sockaddr *)&sa, &bytes) == 0, "getsockname");
    say("port %u\n", ntohs(sa.sin_port));
}

static void heard(char *words)
{
    unsigned number, t;
    if (strncmp(words, "go ", 3) == 0) {
        go(words + 3);
    } else if (sscanf(words, "send %u %u", &number, &t) == 2) {
        ssrc = number;
        type = (uint8_t)t;
        is_sending = true;
    } else if (strcmp(words, "hush") == 0) {
        is_sending = false;
    } else if (strcmp(words, "count") == 0) {
        int64_t span = first < 0 ? 0 : last - first + 1;
        say("count %u %u %d\n", sent, received, (int)(span - (int64_t)received));
    } else if (strcmp(words, "port") == 0) {
        port_say();
    } else {
        loop_stop(loop);
    }
}

static void on_input(struct watch *w, uint32_t events)
{
    (void)events;
    ssize_t n = read(w->fd, line + line_bytes, sizeof line - line_bytes - 1);
    if (n <= 0) {
        loop_stop(loop);
        return;
    }
    line_bytes += (size_t)n;
    line[line_bytes] = 0;
    for (char *end; (end = strchr(line, '\n')) != NULL;) {
        *end = 0;
        heard(line);
        line_bytes -= (size_t)(end + 1 - line);
        memmove(line, end + 1, line_bytes + 1);
    }
}

int main(void)
{
    uint8_t ours[DTLS_FINGERPRINT_BYTES];
    loop = loop_new();
    must(loop && dtls_new(4, &dtls) == OK, "memory");
    client = client_new(loop, dtls);
    must(client != NULL, "memory");
    dtls_fingerprint(dtls, ours);
    say("me %s %s ", client_ufrag(client), client_password(client));
    for (int i = 0; i < DTLS_FINGERPRINT_BYTES; i++)
        say("%s%02X", i ? ":" : "", ours[i]);
    say("\n");
    input.events = EPOLLIN;
    input.ready = on_input;
    must(loop_watch(loop, &input) == OK, "stdin");
    timer_init(&ticker, on_tick);
    loop_set(loop, &ticker, EVERY_MS);
    must(loop_run(loop) == OK, "loop");
    client_free(client);
    dtls_free(dtls);
    wheel_clear(&ticker);
    loop_unwatch(loop, &input);
    loop_free(loop);
    return 0;
}
