/* A peer connection over the worker's real doors, on loopback, in one loop with its other end (tests/lab). */
#include "base/mem.h"
#include "media/sockets.h"
#include "media/srtp.h"
#include "tests/lab/client.h"
#include "tests/unit/check.h"
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SSRC_UP = 0x1111, SSRC_DOWN = 0x2222, PACKETS = 512 };

static const struct link_address loopback = {.family = 4, .at = {127, 0, 0, 1}};
static struct loop *loop;
static struct pool *pool;
static struct sockets *sockets;
static struct transports *transports;
static struct transport *transport;
static struct dtls *their_dtls;
static struct client *client;
static struct packet *held;
static unsigned rtp_in, rtcp_in, rtp_back, rtcp_back, states;
static enum transport_state state;
static uint16_t seq_up, seq_down;
static uint8_t payload_back[1500];
static size_t payload_back_bytes;

/* -- our side -- */

static void on_rtp(void *owner, struct packet *p)
{
    (void)owner;
    CHECK_INT(p->rtp.ssrc, SSRC_UP);
    CHECK(p->arrived_us > 0);
    rtp_in++;
    packet_unref(held);
    held = packet_ref(p);
}
static void on_rtcp(void *owner, const uint8_t *at, size_t bytes, int64_t arrived_us)
{
    (void)owner, (void)arrived_us;
    CHECK(bytes == 8 && at[1] == 201);
    rtcp_in++;
}
static void on_state(void *owner, enum transport_state now)
{
    (void)owner;
    state = now;
    states++;
}
static const struct transport_events events = {on_rtp, on_rtcp, on_state};

/* -- the other -- */

static void on_back(void *owner, const struct rtp *rtp, int64_t arrived_us)
{
    (void)owner, (void)arrived_us;
    CHECK_INT(rtp->ssrc, SSRC_DOWN);
    payload_back_bytes = rtp->payload_bytes;
    memcpy(payload_back, rtp_payload(rtp), rtp->payload_bytes);
    rtp_back++;
}
static void on_rtcp_back(void *owner, const uint8_t *at, size_t bytes)
{
    (void)owner;
    CHECK(bytes == 8 && at[1] == 200);
    rtcp_back++;
}

static enum err open_doors_at(const struct link_address *bind, bool has_turn)
{
    struct sockets_settings s = {.bind = *bind, .buffer_bytes = 1 << 20, .peers_max = 4};
    rtp_in = rtcp_in = rtp_back = rtcp_back = states = 0;
    state = TRANSPORT_CONNECTING;
    if (!loop) loop = loop_new();
    pool = s.packets = packet_pool_new(PACKETS);
    if (has_turn) s.turn = loopback;
    if (!loop || !pool) return ERR_NOMEM;
    enum err err = sockets_open(loop, &s, &sockets);
    if (err) return err;
    struct transports_settings t = {4, 4, pool, sockets_wire(sockets)};
    err = transports_new(loop, &t, &transports);
    if (!err) err = sockets_attach(sockets, transports);
    if (!err) err = transport_new(transports, &events, NULL, &transport);
    if (!err) err = dtls_new(8, &their_dtls);
    return err;
}
static enum err open_doors(bool has_turn)
{
    return open_doors_at(&loopback, has_turn);
}
static void close_doors_but_loop(void)
{
    packet_unref(held);
    client_free(client);
    dtls_free(their_dtls);
    transport_free(transport);
    transports_free(transports);
    sockets_close(sockets);
    if (pool) CHECK_INT(pool_left(pool), PACKETS);
    pool_free(pool);
    pool = NULL, sockets = NULL, transports = NULL, transport = NULL, their_dtls = NULL, client = NULL;
    held = NULL;
}
static void close_doors(void)
{
    close_doors_but_loop();
    loop_free(loop);
    loop = NULL;
}

static void turn(int ms)
{
    CHECK_OK(loop_turn(loop, ms));
}
#define TURN_UNTIL(cond)                                                                                     \
    do {                                                                                                     \
        int64_t until_us = clock_tick_us() + 5000000;                                                        \
        while (!(cond)) {                                                                                    \
            CHECK(clock_tick_us() < until_us);                                                               \
            turn(20);                                                                                        \
        }                                                                                                    \
    } while (0)

static void connect_client(struct client_settings s)
{
    uint8_t theirs[DTLS_FINGERPRINT_BYTES];
    dtls_fingerprint(their_dtls, theirs);
    transports_fingerprint(transports, s.fingerprint);
    s.remote = sockets_bound(sockets);
    s.ufrag = transport_ufrag(transport);
    s.password = transport_password(transport);
    s.rtp = on_back;
    s.rtcp = on_rtcp_back;
    client = client_new(loop, their_dtls);
    CHECK(client);
    CHECK_OK(
        transport_begin(transport, s.role == DTLS_CLIENT ? DTLS_SERVER : DTLS_CLIENT, s.profiles, theirs));
    CHECK_OK(client_connect(client, &s));
    TURN_UNTIL(client_state(client) == CLIENT_UP && state == TRANSPORT_CONNECTED);
}

static void send_up(void)
{
    uint8_t at[300] = {0x80, 96}, report[8 + SRTP_OVERHEAD_MAX] = {0x80, 201, 0, 1};
    bytes_put16(at + 2, ++seq_up);
    bytes_put32(at + 8, SSRC_UP);
    memset(at + 12, 7, 200);
    CHECK_OK(client_send_rtp(client, at, 212));
    CHECK_OK(client_send_rtcp(client, report, 8));
}

/* One header written, two bytes of prefix, the body from elsewhere. */
static void send_down(unsigned packets, size_t body_bytes)
{
    static uint8_t body[1400];
    static const uint8_t report[8] = {0x80, 200, 0, 1};
    memset(body, 9, sizeof body);
    for (unsigned i = 0; i < packets; i++) {
        uint8_t *at = transport_reserve(transport);
        CHECK(at);
        memset(at, 0, 14);
        at[0] = 0x80;
        bytes_put16(at + 2, ++seq_down);
        bytes_put32(at + 8, SSRC_DOWN);
        at[12] = 1, at[13] = 2;
        CHECK_OK(transport_send(transport, TRANSPORT_VIDEO, 12, 2, body, body_bytes));
    }
    CHECK_OK(transport_send_rtcp(transport, report, sizeof report));
}

static void both_ways(void)
{
    unsigned in = rtp_in, back = rtp_back;
    send_up();
    send_down(9, 1000);
    TURN_UNTIL(rtp_in > in && rtcp_in > in && rtp_back == back + 9 && rtcp_back > 0);
    CHECK(held && held->rtp.payload_bytes == 200 && rtp_payload(&held->rtp)[199] == 7);
    CHECK(payload_back_bytes == 1002 && payload_back[0] == 1 && payload_back[1] == 2 &&
          payload_back[1001] == 9);
}

TEST(a_browsers_kind_of_peer_connects_over_udp_and_media_goes_both_ways)
{
    struct ice_path path;
    CHECK_OK(open_doors(false));
    CHECK(!transport_reserve(transport));
    connect_client((struct client_settings){.role = DTLS_SERVER, .profiles = DTLS_GCM_ALONE});
    CHECK(transport_path(transport, &path) && path.way == ICE_UDP);
    CHECK_INT(transport_profile(transport), SRTP_PROFILE_GCM_128);
    both_ways();
    send_down(1200, 100); /* more than a batch */
    close_doors();
}

/* A batch is 128 datagrams. A picture that does not fit into what is left of it begins the next. */
TEST(a_picture_is_not_parted_by_a_batch_that_fills_up)
{
    CHECK_OK(open_doors(false));
    connect_client((struct client_settings){.role = DTLS_SERVER, .profiles = DTLS_GCM_ALONE});
    transports_flush(transports);
    uint64_t before = sockets_counts(sockets).packets_out;
    send_down(119, 100); /* and a report */
    transport_together(transport, 8);
    CHECK_INT(sockets_counts(sockets).packets_out, before);
    transport_together(transport, 9);
    CHECK_INT(sockets_counts(sockets).packets_out, before + 120);
    send_down(9, 100);
    transport_together(transport, 500); /* of no use */
    CHECK_INT(sockets_counts(sockets).packets_out, before + 120);
    close_doors();
}

TEST(ffmpegs_kind_of_peer_is_taken)
{
    CHECK_OK(open_doors(false));
    connect_client(
        (struct client_settings){.role = DTLS_SERVER, .profiles = DTLS_ALL_PROFILES, .is_bare = true});
    both_ways();
    close_doors();
}

TEST(a_peer_that_begins_dtls_itself_is_served)
{
    CHECK_OK(open_doors(false));
    connect_client((struct client_settings){.role = DTLS_CLIENT, .profiles = DTLS_ALL_PROFILES});
    both_ways();
    close_doors();
}

TEST(where_udp_is_blocked_media_goes_over_ice_tcp)
{
    struct ice_path path;
    CHECK_OK(open_doors(false));
    connect_client((struct client_settings){.way = CLIENT_TCP, .role = DTLS_SERVER});
    CHECK(transport_path(transport, &path) && path.way == ICE_TCP);
    both_ways();
    CHECK_INT(sockets_counts(sockets).tcp, 1);
    client_free(client);
    client = NULL;
    TURN_UNTIL(state == TRANSPORT_GONE || state == TRANSPORT_INTERRUPTED); /* said good-bye, and closed */
    TURN_UNTIL(sockets_counts(sockets).tcp == 0);
    close_doors();
}

/* A certificate and its key, PEM. */
static void certificate_make(char chain[4096], char key[4096])
{
    EVP_PKEY *pkey = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    BIO *bio = BIO_new(BIO_s_mem());
    CHECK(pkey && x && bio);
    CHECK(X509_set_version(x, 2) && ASN1_INTEGER_set(X509_get_serialNumber(x), 1));
    CHECK(X509_gmtime_adj(X509_getm_notBefore(x), -60) && X509_gmtime_adj(X509_getm_notAfter(x), 3600));
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC, (const uint8_t *)"lab", -1, -1,
                               0);
    CHECK(X509_set_issuer_name(x, X509_get_subject_name(x)) && X509_set_pubkey(x, pkey));
    CHECK(X509_sign(x, pkey, EVP_sha256()) > 0);
    CHECK(PEM_write_bio_X509(bio, x) == 1);
    chain[BIO_read(bio, chain, 4095)] = 0;
    CHECK(PEM_write_bio_PrivateKey(bio, pkey, NULL, NULL, 0, NULL, NULL) == 1);
    key[BIO_read(bio, key, 4095)] = 0;
    BIO_free(bio);
    X509_free(x);
    EVP_PKEY_free(pkey);
}

TEST(where_only_tls_passes_media_goes_over_turn)
{
    char chain[4096], key[4096], username[TURN_USERNAME_BYTES_MAX + 1], password[TURN_PASSWORD_BYTES_MAX + 1];
    struct ice_path path;
    CHECK_OK(open_doors(true));
    certificate_make(chain, key);
    CHECK_ERR(sockets_certificate(sockets, str_of(chain), str_of(chain)), ERR_BAD_INPUT);
    CHECK_OK(sockets_certificate(sockets, str_of(chain), str_of(key)));
    CHECK_OK(sockets_turn_grant(sockets, 60, username, password));
    connect_client((struct client_settings){.way = CLIENT_TURN,
                                            .turn = sockets_turn_bound(sockets),
                                            .turn_username = username,
                                            .turn_password = password,
                                            .role = DTLS_SERVER});
    CHECK(transport_path(transport, &path) && path.way == ICE_RELAY);
    both_ways();
    certificate_make(chain, key); /* renewed: who is connected stays so */
    CHECK_OK(sockets_certificate(sockets, str_of(chain), str_of(key)));
    both_ways();
    client_free(client);
    client = NULL;
    TURN_UNTIL(sockets_counts(sockets).tls == 0);
    CHECK(state == TRANSPORT_GONE || state == TRANSPORT_INTERRUPTED);
    close_doors();
}

/* Another worker on this loop, whose port is one less than that of ours, with TURN for both. */
static struct sockets *first_open(struct transports **ret_transports, struct pool *packets)
{
    struct sockets *first = NULL;
    for (int i = 0; i < 50; i++) {
        struct sockets_settings s = {.bind = loopback,
                                     .turn = loopback,
                                     .workers = 2,
                                     .buffer_bytes = 1 << 20,
                                     .peers_max = 4,
                                     .packets = packets};
        CHECK_OK(sockets_open(loop, &s, &first));
        struct link_address next = sockets_bound(first);
        next.port++;
        if (next.port && open_doors_at(&next, false) == OK) break;
        close_doors_but_loop(); /* taken: once more */
        sockets_close(first);
        first = NULL;
    }
    CHECK(first);
    struct transports_settings t = {4, 4, packets, sockets_wire(first)};
    CHECK_OK(transports_new(loop, &t, ret_transports));
    CHECK_OK(sockets_attach(first, *ret_transports));
    return first;
}

TEST(turn_at_the_first_worker_reaches_the_second)
{
    char chain[4096], key[4096], username[TURN_USERNAME_BYTES_MAX + 1], password[TURN_PASSWORD_BYTES_MAX + 1];
    struct ice_path path;
    struct transports *first_transports;
    struct pool *packets = packet_pool_new(64);
    loop = loop_new();
    struct sockets *first = first_open(&first_transports, packets);
    certificate_make(chain, key);
    CHECK_OK(sockets_certificate(first, str_of(chain), str_of(key)));
    CHECK_OK(sockets_turn_grant(first, 60, username, password));
    connect_client((struct client_settings){.way = CLIENT_TURN,
                                            .turn = sockets_turn_bound(first),
                                            .turn_username = username,
                                            .turn_password = password,
                                            .role = DTLS_SERVER});
    CHECK(transport_path(transport, &path) &&
          path.way == ICE_UDP); /* to the second it is a peer like others */
    CHECK_INT(sockets_counts(first).tls, 1);
    both_ways();
    client_free(client);
    client = NULL;
    TURN_UNTIL(sockets_counts(first).tls == 0);
    transports_free(first_transports);
    sockets_close(first);
    pool_free(packets);
    close_doors();
}

static int stranger_open(void)
{
    struct link_address to = sockets_bound(sockets);
    struct sockaddr_storage sa;
    socklen_t bytes = link_address_to_sockaddr(&to, &sa);
    int fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&sa, bytes) == 0);
    return fd;
}

static void hello_send(void *owner, const uint8_t *datagram, size_t bytes)
{
    CHECK(send(*(int *)owner, datagram, bytes, 0) == (ssize_t)bytes);
}

/* A ClientHello from elsewhere, as in CVE-2023-51443: before, during and after our own handshake. */
TEST(a_thousand_spoofed_hellos_and_malformed_datagrams_end_no_call)
{
    uint8_t junk[1600];
    uint32_t n = 0x9e3779b9;
    CHECK_OK(open_doors(false));
    int fd = stranger_open();
    connect_client((struct client_settings){.role = DTLS_SERVER, .profiles = DTLS_GCM_ALONE});
    for (unsigned i = 0; i < 1000; i++) {
        for (size_t at = 0; at < sizeof junk; at += 4) {
            n = n * 1664525 + 1013904223;
            bytes_put32(junk + at, n);
        }
        static const uint8_t firsts[] = {0, 1, 20, 22, 23, 31, 45, 64, 79, 128, 144, 191, 255};
        junk[0] = firsts[i % sizeof firsts];
        if (i % 3 == 0) bytes_put32(junk + 4, 0x2112A442);
        if (i % 3 == 0) bytes_put16(junk + 2, (uint16_t)(i % 1400 & ~3u));
        size_t bytes = i % 50 == 0 ? sizeof junk : 1 + n % 1500;
        CHECK(send(fd, junk, bytes, 0) == (ssize_t)bytes);
        if (i % 10 == 0) {
            uint8_t ours[DTLS_FINGERPRINT_BYTES] = {0};
            struct dtls_session *hello;
            CHECK_OK(dtls_session_new(their_dtls, DTLS_CLIENT, DTLS_ALL_PROFILES, ours, hello_send, &fd,
                                      loop_now(loop), &hello));
            CHECK_OK(dtls_session_start(hello, loop_now(loop)));
            dtls_session_free(hello);
        }
        turn(0);
    }
    CHECK_INT(state, TRANSPORT_CONNECTED);
    CHECK_INT(states, 1);
    CHECK_INT(transports_count(transports), 1);
    struct transports_counts n_dropped = transports_counts(transports);
    CHECK(n_dropped.dropped_unknown + n_dropped.dropped_bad > 900);
    both_ways();
    close(fd);
    close_doors();
}

TEST(garbage_over_tcp_closes_that_connection_alone)
{
    CHECK_OK(open_doors(false));
    connect_client((struct client_settings){.way = CLIENT_TCP, .role = DTLS_SERVER});
    struct link_address to = sockets_bound(sockets);
    struct sockaddr_storage sa;
    socklen_t bytes = link_address_to_sockaddr(&to, &sa);
    for (int i = 0; i < 20; i++) {
        int fd = socket(sa.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        CHECK(fd >= 0 && connect(fd, (struct sockaddr *)&sa, bytes) == 0);
        CHECK(send(fd, i % 2 ? "GET / HTTP/1.1\r\n\r\n" : "\xff\xff\xff\xff", i % 2 ? 18 : 4, MSG_NOSIGNAL) >
              0);
        turn(20);
        close(fd);
    }
    TURN_UNTIL(sockets_counts(sockets).tcp == 1);
    both_ways();
    close_doors();
}

TEST(a_peer_that_changes_its_address_goes_on_from_there)
{
    struct ice_path was, is;
    CHECK_OK(open_doors(false));
    connect_client((struct client_settings){.role = DTLS_SERVER});
    CHECK(transport_path(transport, &was));
    TURN_UNTIL(clock_tick_us() > 0);
    int64_t began_us = clock_tick_us();
    uint64_t answered = client_checks_answered(client);
    CHECK_OK(client_move(client));
    TURN_UNTIL(client_checks_answered(client) > answered);
    for (bool has_moved = false; !has_moved; has_moved = !ice_path_is(&was, &is)) {
        CHECK(clock_tick_us() - began_us < 3000000);
        turn(20);
        CHECK(transport_path(transport, &is));
    }
    both_ways();
    CHECK_INT(states, 1);
    close_doors();
}

TEST(a_restart_gives_new_credentials_and_the_call_goes_on)
{
    char was[64];
    CHECK_OK(open_doors(false));
    connect_client((struct client_settings){.role = DTLS_SERVER});
    snprintf(was, sizeof was, "%.*s", (int)transport_ufrag(transport).bytes, transport_ufrag(transport).at);
    CHECK_OK(transport_restart(transport));
    CHECK(!str_is_text(transport_ufrag(transport), was));
    both_ways(); /* the old ones are still good */
    uint64_t answered = client_checks_answered(client);
    client_restarted(client, transport_ufrag(transport), transport_password(transport));
    TURN_UNTIL(client_checks_answered(client) > answered);
    both_ways();
    CHECK_INT(states, 1);
    close_doors();
}

TEST(a_peer_that_falls_silent_is_interrupted_comes_back_or_is_gone)
{
    CHECK_OK(open_doors(false));
    connect_client((struct client_settings){.role = DTLS_SERVER});
    clock_fake(clock_now(), clock_tick());
    client_hush(client);
    for (int s = 0; s < 7; s++) {
        clock_fake_advance(1000);
        turn(0);
    }
    CHECK_INT(state, TRANSPORT_CONNECTED);
    clock_fake_advance(2000);
    turn(0);
    CHECK_INT(state, TRANSPORT_INTERRUPTED);
    CHECK(!transport_reserve(transport));
    for (int s = 0; s < 20; s++) {
        clock_fake_advance(1000);
        turn(0);
    }
    CHECK_INT(state, TRANSPORT_GONE);
    CHECK_INT(states, 3);
    clock_real();
    close_doors();
}

TEST(what_the_description_says_of_dtls_may_not_change_and_there_is_a_most_of_transports)
{
    uint8_t one[DTLS_FINGERPRINT_BYTES] = {1}, two[DTLS_FINGERPRINT_BYTES] = {2};
    struct transport *more[4];
    struct sdp_candidate c[TRANSPORT_CANDIDATES_MAX];
    CHECK_OK(open_doors(false));
    CHECK_OK(transport_begin(transport, DTLS_SERVER, DTLS_GCM_ALONE, one));
    CHECK_OK(transport_begin(transport, DTLS_SERVER, DTLS_GCM_ALONE, one));
    CHECK_ERR(transport_begin(transport, DTLS_SERVER, DTLS_GCM_ALONE, two), ERR_UNSUPPORTED);
    CHECK_ERR(transport_begin(transport, DTLS_CLIENT, DTLS_GCM_ALONE, one), ERR_UNSUPPORTED);
    for (int i = 0; i < 3; i++)
        CHECK_OK(transport_new(transports, &events, NULL, &more[i]));
    CHECK_ERR(transport_new(transports, &events, NULL, &more[3]), ERR_LIMIT);
    for (int i = 0; i < 3; i++)
        transport_free(more[i]);
    CHECK_INT(transports_candidates(transports, c), 2);
    CHECK(!c[0].is_tcp && c[1].is_tcp && c[1].tcp == SDP_TCP_PASSIVE && c[0].priority > c[1].priority);
    CHECK_INT(c[0].address.port, c[1].address.port);
    close_doors();
}

static unsigned announced(struct link_address bind, struct link_address named,
                          struct sdp_candidate ret_candidates[TRANSPORT_CANDIDATES_MAX])
{
    struct sockets_settings s = {.bind = bind, .announce = named, .buffer_bytes = 65536, .peers_max = 4};
    loop = loop_new();
    pool = s.packets = packet_pool_new(PACKETS);
    CHECK(loop && pool);
    CHECK_OK(sockets_open(loop, &s, &sockets));
    struct transports_settings t = {4, 4, pool, sockets_wire(sockets)};
    CHECK_OK(transports_new(loop, &t, &transports));
    CHECK_OK(sockets_attach(sockets, transports));
    unsigned count = transports_candidates(transports, ret_candidates);
    uint16_t port = sockets_bound(sockets).port;
    for (unsigned i = 0; i < count; i++)
        CHECK(ret_candidates[i].address.port == (named.port ? named.port : port));
    close_doors();
    return count;
}

TEST(a_named_address_is_announced_in_place_of_loopback_and_a_machine_announces_its_own)
{
    struct sdp_candidate c[TRANSPORT_CANDIDATES_MAX];
    struct link_address named = {.family = 4, .at = {192, 0, 2, 9}}, any = {.family = 4};
    CHECK_INT(announced(loopback, named, c), 2);
    CHECK(c[0].address.at[0] == 192 && c[1].address.at[0] == 192 && c[1].is_tcp);
    named.port = 4444;
    CHECK_INT(announced(any, named, c), 2);
    CHECK(c[0].address.at[0] == 192);
    CHECK(announced(any, (struct link_address){0}, c) >= 2);
    CHECK(!link_address_is_any(&c[0].address));
}

SWEEP(doors_open_and_a_transport_begins)
{
    uint8_t print[DTLS_FINGERPRINT_BYTES] = {1};
    enum err err = open_doors(true);
    if (!err) err = transport_begin(transport, DTLS_CLIENT, DTLS_GCM_ALONE, print);
    close_doors();
    return err;
}
