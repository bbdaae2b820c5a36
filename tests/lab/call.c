/* call: a peer connection between two network namespaces: our doors and transports in one, the lab's client in the other,
 * which tries UDP, then ICE-TCP, then TURN over TLS, as a browser's ladder ends up doing. Prints the way that carried
 * media both ways: "udp", "tcp", "turn", or "none".
 *
 *   call SERVER_NAMESPACE CLIENT_NAMESPACE BIND:PORT TURN:PORT       namespaces as /run/netns has them */
#include "base/mem.h"
#include "media/sockets.h"
#include "tests/lab/client.h"
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { WAYS = 3, TRY_MS = 1200, PACKETS = 20, HEAD = 12 };

struct hello {
    struct link_address at, turn;
    uint8_t fingerprint[DTLS_FINGERPRINT_BYTES];
    char ufrag[WAYS][ICE_UFRAG_BYTES], password[WAYS][ICE_PASSWORD_BYTES];
    char turn_username[TURN_USERNAME_BYTES_MAX + 1], turn_password[TURN_PASSWORD_BYTES_MAX + 1];
};

static void must(bool done, const char *what)
{
    if (done) return;
    fprintf(stderr, "call: %s failed\n", what);
    exit(1);
}

static void enter(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "/run/netns/%s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    must(fd >= 0 && setns(fd, CLONE_NEWNET) == 0, "setns");
    close(fd);
}

/* -- the server: gives every packet back -- */

static struct transport *transports_of[WAYS];

static void on_rtp(void *owner, struct packet *p)
{
    struct transport *t = *(struct transport **)owner;
    uint8_t *at = transport_reserve(t);
    if (!at) return;
    memcpy(at, p->rtp.at, HEAD);
    (void)!transport_send(t, TRANSPORT_VIDEO, HEAD, 0, p->rtp.at + HEAD, p->rtp.bytes - HEAD);
}
static void on_rtcp(void *owner, const uint8_t *at, size_t bytes, int64_t arrived_us)
{
    (void)owner, (void)at, (void)bytes, (void)arrived_us;
}
static void on_state(void *owner, enum transport_state state)
{
    (void)owner, (void)state;
}

static void certificate_use(struct sockets *sockets)
{
    char chain[4096], key[4096];
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    BIO *bio = BIO_new(BIO_s_mem());
    must(pkey && x && bio && X509_set_version(x, 2) && ASN1_INTEGER_set(X509_get_serialNumber(x), 1) &&
             X509_gmtime_adj(X509_getm_notBefore(x), -60) && X509_gmtime_adj(X509_getm_notAfter(x), 3600) &&
             X509_set_pubkey(x, pkey) && X509_sign(x, pkey, EVP_sha256()) > 0 &&
             PEM_write_bio_X509(bio, x) == 1,
         "certificate");
    size_t chain_bytes = (size_t)BIO_read(bio, chain, sizeof chain);
    must(PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1, "key");
    size_t key_bytes = (size_t)BIO_read(bio, key, sizeof key);
    must(sockets_certificate(sockets, (struct str){chain, chain_bytes}, (struct str){key, key_bytes}) == OK,
         "sockets_certificate");
    BIO_free(bio);
    X509_free(x);
    EVP_PKEY_free(pkey);
}

static _Noreturn void serve(int to, const struct link_address *at, const struct link_address *turn,
                            const uint8_t theirs[DTLS_FINGERPRINT_BYTES])
{
    static const struct transport_events events = {on_rtp, on_rtcp, on_state};
    static struct hello hello;
    struct loop *loop = loop_new();
    struct pool *pool = packet_pool_new(256);
    struct sockets *sockets;
    struct transports *transports;
    must(loop && pool, "memory");
    struct sockets_settings s = {
        .bind = *at, .turn = *turn, .buffer_bytes = 1 << 20, .peers_max = WAYS, .packets = pool};
    must(sockets_open(loop, &s, &sockets) == OK, "sockets_open");
    struct transports_settings t = {WAYS, WAYS, pool, sockets_wire(sockets)};
    must(transports_new(loop, &t, &transports) == OK && sockets_attach(sockets, transports) == OK,
         "transports_new");
    certificate_use(sockets);
    hello.at = sockets_bound(sockets);
    hello.turn = sockets_turn_bound(sockets);
    must(sockets_turn_grant(sockets, 600, hello.turn_username, hello.turn_password) == OK, "grant");
    transports_fingerprint(transports, hello.fingerprint);
    for (int i = 0; i < WAYS; i++) {
        must(transport_new(transports, &events, &transports_of[i], &transports_of[i]) == OK, "transport_new");
        must(transport_begin(transports_of[i], DTLS_CLIENT, DTLS_GCM_ALONE, theirs) == OK, "transport_begin");
        memcpy(hello.ufrag[i], transport_ufrag(transports_of[i]).at, transport_ufrag(transports_of[i]).bytes);
        memcpy(hello.password[i], transport_password(transports_of[i]).at,
               transport_password(transports_of[i]).bytes);
    }
    must(write(to, &hello, sizeof hello) == sizeof hello, "write");
    must(loop_run(loop) == OK, "loop");
    exit(0);
}

/* -- the client -- */

static unsigned echoed;

static void on_echo(void *owner, const struct rtp *rtp, int64_t arrived_us)
{
    (void)owner, (void)rtp, (void)arrived_us;
    echoed++;
}

/* Whether all packets came back within the time. */
static bool carries(struct loop *loop, struct dtls *dtls, const struct hello *hello, enum client_way way)
{
    struct client_settings s = {.way = way,
                                .remote = hello->at,
                                .turn = hello->turn,
                                .turn_username = hello->turn_username,
                                .turn_password = hello->turn_password,
                                .ufrag = str_of(hello->ufrag[way]),
                                .password = str_of(hello->password[way]),
                                .role = DTLS_SERVER,
                                .profiles = DTLS_GCM_ALONE,
                                .rtp = on_echo};
    struct client *client = client_new(loop, dtls);
    int64_t until_us = clock_tick_us() + TRY_MS * 1000ll;
    uint16_t seq = 0;
    must(client != NULL, "memory");
    memcpy(s.fingerprint, hello->fingerprint, sizeof s.fingerprint);
    echoed = 0;
    bool is_tried = client_connect(client, &s) == OK;
    while (is_tried && echoed < PACKETS && clock_tick_us() < until_us) {
        uint8_t at[RTP_BYTES_MAX] = {0x80, 96};
        must(loop_turn(loop, 10) == OK, "loop_turn");
        if (client_state(client) != CLIENT_UP || seq == 2 * PACKETS) continue;
        bytes_put16(at + 2, ++seq);
        bytes_put32(at + 8, 1);
        (void)!client_send_rtp(client, at, 1000);
    }
    client_free(client);
    return echoed >= PACKETS;
}

int main(int argc, char **argv)
{
    static const char *const names[WAYS] = {"udp", "tcp", "turn"};
    struct link_address at, turn;
    struct dtls *dtls;
    static struct hello hello;
    uint8_t print[DTLS_FINGERPRINT_BYTES];
    int answers[2];
    if (argc != 5 || link_address_from_text(str_of(argv[3]), &at) != OK ||
        link_address_from_text(str_of(argv[4]), &turn) != OK) {
        fprintf(stderr, "call SERVER_NAMESPACE CLIENT_NAMESPACE BIND:PORT TURN:PORT\n");
        return 2;
    }
    must(dtls_new(4, &dtls) == OK && pipe(answers) == 0, "dtls_new");
    dtls_fingerprint(dtls, print);
    pid_t pid = fork();
    must(pid >= 0, "fork");
    if (pid == 0) {
        enter(argv[1]);
        serve(answers[1], &at, &turn, print);
    }
    close(answers[1]);
    enter(argv[2]);
    struct loop *loop = loop_new();
    bool is_there = loop && read(answers[0], &hello, sizeof hello) == sizeof hello;
    const char *found = "none";
    for (int way = CLIENT_UDP; is_there && way <= CLIENT_TURN; way++) {
        if (!carries(loop, dtls, &hello, (enum client_way)way)) continue;
        found = names[way];
        break;
    }
    kill(pid, SIGKILL);
    (void)!waitpid(pid, NULL, 0);
    loop_free(loop);
    dtls_free(dtls);
    puts(found);
    return is_there ? 0 : 1;
}
