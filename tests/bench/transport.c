/* What the doors and transports cost by themselves: one publisher's packets to N viewers, each by real ICE, DTLS
 * (AEAD_AES_128_GCM) and SRTP over loopback, with nothing between but a header of twelve bytes. The server runs in a
 * process of its own, whose CPU time alone counts; with and without UDP_SEGMENT, in turns. The floor of what
 * a router can reach on this machine; the fair comparison with other servers is another bench.
 *
 * Traffic: 30 pictures a second of eight packets of 1,200 bytes, 50 packets a second of 100 bytes. */
#include "base/mem.h"
#include "media/sockets.h"
#include "media/srtp.h"
#include "tests/lab/client.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    VIEWERS = 50,
    PEERS = VIEWERS + 1,
    TURNS = 3,
    RUN_MS = 4000,
    PICTURE_MS = 33,
    PICTURE_PACKETS = 8,
    VIDEO_BYTES = 1200,
    AUDIO_BYTES = 100,
    AUDIO_MS = 20,
    SAMPLES = 1 << 20,
    HEAD = 12
};

/* -- the server -- */

static struct transport *peers[PEERS];
static struct transports *transports;

struct hello {
    struct link_address at;
    uint8_t fingerprint[DTLS_FINGERPRINT_BYTES];
    char ufrag[PEERS][ICE_UFRAG_BYTES], password[PEERS][ICE_PASSWORD_BYTES];
};
struct result {
    int64_t cpu_us, rss_kib;
    uint64_t packets;
};
static int64_t cpu_began_us;
static uint64_t packets_began;

static void must(bool done, const char *what)
{
    if (done) return;
    fprintf(stderr, "bench_transport: %s failed\n", what);
    exit(1);
}

static int64_t cpu_us(void)
{
    struct rusage use;
    must(getrusage(RUSAGE_SELF, &use) == 0, "getrusage");
    return use.ru_utime.tv_sec * 1000000ll + use.ru_utime.tv_usec + use.ru_stime.tv_sec * 1000000ll +
           use.ru_stime.tv_usec;
}

static void on_rtp(void *owner, struct packet *p)
{
    (void)owner;
    enum transport_class class = p->rtp.bytes > 500 ? TRANSPORT_VIDEO : TRANSPORT_AUDIO;
    for (int i = 1; i < PEERS; i++) {
        uint8_t *at = transport_reserve(peers[i]);
        if (!at) continue;
        memcpy(at, p->rtp.at, HEAD);
        (void)!transport_send(peers[i], class, HEAD, 0, p->rtp.at + HEAD, p->rtp.bytes - HEAD);
    }
}
static void on_rtcp(void *owner, const uint8_t *at, size_t bytes, int64_t arrived_us)
{
    (void)owner, (void)at, (void)bytes, (void)arrived_us;
}
static void on_state(void *owner, enum transport_state state)
{
    (void)owner, (void)state;
}

struct order {
    struct watch watch;
    int to;
};

/* "b": it begins; "e": it ends, the result is wanted. */
static void on_order(struct watch *watch, uint32_t events)
{
    struct order *o = list_of(watch, struct order, watch);
    struct rusage use;
    char what;
    (void)events;
    if (read(watch->fd, &what, 1) != 1) exit(1);
    if (what == 'b') {
        cpu_began_us = cpu_us();
        packets_began = transports_counts(transports).packets_out;
        return;
    }
    must(getrusage(RUSAGE_SELF, &use) == 0, "getrusage");
    struct result r = {cpu_us() - cpu_began_us, use.ru_maxrss,
                       transports_counts(transports).packets_out - packets_began};
    must(write(o->to, &r, sizeof r) == sizeof r, "write");
    _exit(0);
}

static void serve(int from, int to, bool may_segment, const uint8_t theirs[DTLS_FINGERPRINT_BYTES])
{
    static const struct transport_events events = {on_rtp, on_rtcp, on_state};
    static struct hello hello;
    struct loop *loop = loop_new();
    struct pool *pool = packet_pool_new(4096);
    struct sockets *sockets;
    must(loop && pool, "memory");
    struct sockets_settings s = {
        .bind = {4, {127, 0, 0, 1}, 0}, .buffer_bytes = 4 << 20, .peers_max = PEERS, .packets = pool};
    must(sockets_open(loop, &s, &sockets) == OK, "sockets_open");
    sockets_set_segments(sockets, may_segment);
    struct transports_settings t = {PEERS, PEERS, pool, sockets_wire(sockets)};
    must(transports_new(loop, &t, &transports) == OK && sockets_attach(sockets, transports) == OK,
         "transports_new");
    hello.at = sockets_bound(sockets);
    transports_fingerprint(transports, hello.fingerprint);
    for (int i = 0; i < PEERS; i++) {
        must(transport_new(transports, &events, NULL, &peers[i]) == OK, "transport_new");
        must(transport_begin(peers[i], DTLS_CLIENT, DTLS_GCM_ALONE, theirs) == OK, "transport_begin");
        memcpy(hello.ufrag[i], transport_ufrag(peers[i]).at, transport_ufrag(peers[i]).bytes);
        memcpy(hello.password[i], transport_password(peers[i]).at, transport_password(peers[i]).bytes);
    }
    must(write(to, &hello, sizeof hello) == sizeof hello, "write");
    struct order order = {{from, EPOLLIN, on_order}, to};
    must(loop_watch(loop, &order.watch) == OK && loop_run(loop) == OK, "loop");
}

/* -- the clients -- */

static struct loop *loop;
static struct client *clients[PEERS];
static uint32_t latencies[SAMPLES];
static unsigned latency_count, up_count;
static uint16_t video_seq, audio_seq;

static void on_up(void *owner)
{
    (void)owner;
    up_count++;
}
static void on_forwarded(void *owner, const struct rtp *rtp, int64_t arrived_us)
{
    (void)owner;
    int64_t sent_us = (int64_t)bytes_get64(rtp_payload(rtp));
    if (latency_count < SAMPLES) latencies[latency_count++] = (uint32_t)(arrived_us - sent_us);
}

static void send_one(uint32_t ssrc, uint8_t type, uint16_t seq, size_t bytes)
{
    uint8_t at[RTP_BYTES_MAX] = {0x80, type};
    bytes_put16(at + 2, seq);
    bytes_put32(at + 8, ssrc);
    bytes_put64(at + HEAD, (uint64_t)clock_tick_us());
    (void)!client_send_rtp(clients[0], at, bytes);
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static void traffic(void)
{
    int64_t began_us = clock_tick_us(), picture_us = began_us, audio_us = began_us;
    for (int64_t now_us = began_us; now_us - began_us < RUN_MS * 1000ll; now_us = clock_tick_us()) {
        if (now_us >= picture_us) {
            for (int i = 0; i < PICTURE_PACKETS; i++)
                send_one(1, 96, ++video_seq, VIDEO_BYTES);
            picture_us += PICTURE_MS * 1000;
        }
        if (now_us >= audio_us) {
            send_one(2, 111, ++audio_seq, AUDIO_BYTES);
            audio_us += AUDIO_MS * 1000;
        }
        int64_t next_us = picture_us < audio_us ? picture_us : audio_us;
        int wait_ms = (int)((next_us - clock_tick_us()) / 1000);
        must(loop_turn(loop, wait_ms > 0 ? wait_ms : 0) == OK, "loop_turn");
    }
    for (int i = 0; i < 20; i++)
        must(loop_turn(loop, 5) == OK, "loop_turn");
}

static void clients_connect(struct dtls *dtls, const struct hello *hello)
{
    for (int i = 0; i < PEERS; i++) {
        struct client_settings s = {.remote = hello->at,
                                    .ufrag = str_of(hello->ufrag[i]),
                                    .password = str_of(hello->password[i]),
                                    .role = DTLS_SERVER,
                                    .profiles = DTLS_GCM_ALONE,
                                    .up = on_up,
                                    .rtp = on_forwarded};
        memcpy(s.fingerprint, hello->fingerprint, sizeof s.fingerprint);
        clients[i] = client_new(loop, dtls);
        must(clients[i] && client_connect(clients[i], &s) == OK, "client");
    }
    int64_t until_us = clock_tick_us() + 10000000;
    while (up_count < PEERS) {
        must(clock_tick_us() < until_us, "connecting");
        must(loop_turn(loop, 20) == OK, "loop_turn");
    }
}

static double run(bool may_segment)
{
    static struct hello hello;
    int orders[2], answers[2];
    struct dtls *dtls;
    uint8_t theirs[DTLS_FINGERPRINT_BYTES];
    struct result r;
    must(dtls_new(PEERS, &dtls) == OK && pipe(orders) == 0 && pipe(answers) == 0, "dtls_new");
    dtls_fingerprint(dtls, theirs);
    pid_t pid = fork();
    must(pid >= 0, "fork");
    if (pid == 0) {
        serve(orders[0], answers[1], may_segment, theirs);
        _exit(1);
    }
    must(read(answers[0], &hello, sizeof hello) == sizeof hello, "read");
    loop = loop_new();
    must(loop != NULL, "memory");
    up_count = latency_count = 0;
    clients_connect(dtls, &hello);
    must(write(orders[1], "b", 1) == 1, "write");
    traffic();
    must(write(orders[1], "e", 1) == 1 && read(answers[0], &r, sizeof r) == sizeof r, "result");
    must(waitpid(pid, NULL, 0) == pid, "waitpid");
    for (int i = 0; i < PEERS; i++)
        client_free(clients[i]);
    loop_free(loop);
    dtls_free(dtls);
    for (int i = 0; i < 2; i++) {
        close(orders[i]);
        close(answers[i]);
    }
    must(latency_count > 0 && r.packets > 0, "forwarding");
    qsort(latencies, latency_count, sizeof latencies[0], by_size);
    double each_us = (double)r.cpu_us / (double)r.packets;
    printf(
        "figure transport segments=%d viewers=%d cpu_us_a_packet=%.2f packets_a_cpu_s=%.0f added_p50_us=%u "
        "added_p95_us=%u added_p99_us=%u rss_mib=%.1f\n",
        may_segment, VIEWERS, each_us, 1e6 / each_us, latencies[latency_count / 2],
        latencies[latency_count * 95 / 100], latencies[latency_count * 99 / 100], (double)r.rss_kib / 1024);
    fflush(stdout);
    return each_us;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

int main(void)
{
    double ratios[TURNS];
    for (int i = 0; i < TURNS; i++) {
        double with = run(true), without = run(false);
        ratios[i] = with / without;
    }
    qsort(ratios, TURNS, sizeof ratios[0], by_value);
    printf("figure transport segments_over_none=%.2f\n", ratios[TURNS / 2]);
    return 0;
}
