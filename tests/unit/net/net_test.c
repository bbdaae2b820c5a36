/* The edge as a whole, on real loopback sockets, with an api of the test's own behind it. */
#include "../check.h"
#include "api/request.h"
#include "base/digest.h"
#include "net/net.h"
#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct net *net;
static struct x509_pair authority, leaf;
static struct request *held; /* what hold() keeps until answer_held() */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool is_stalled;

/* -- the api -- */

static void echo(struct request *r)
{
    struct json_out o;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_put_str(&o, "path", r->path);
    json_put_str(&o, "query", r->query);
    json_put_str(&o, "body", r->body);
    json_put_text(&o, "from", r->from);
    json_close(&o);
}

static struct file_seal kept;
static bool may_upload = true;
static int uploads_asked;

/* Asked before the body, and again with it. */
static void upload(struct request *r)
{
    if (!r->upload && may_upload) {
        pthread_mutex_lock(&lock);
        uploads_asked++;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
        r->wants_upload = true;
    } else if (!r->upload) {
        r->answer.status = 403;
    } else {
        r->answer.status = 201;
        kept = r->upload_seal;
        CHECK_OK(file_writer_place(r->upload));
        file_writer_keep(r->upload);
    }
    r->respond(r);
}

static int64_t body_bytes_max(enum http_method method, struct str path, struct str content_type,
                              bool *ret_is_upload)
{
    (void)content_type;
    *ret_is_upload = method == HTTP_POST && str_is(path, STR("/api/upload"));
    return *ret_is_upload ? FILE_SEAL_BYTES_MAX : 65536;
}

static void submit(void *ctx, struct request *r)
{
    (void)ctx;
    if (str_is(r->path,
               STR("/api/stall"))) { /* the net's own thread gets no further, as on a starved machine */
        pthread_mutex_lock(&lock);
        is_stalled = true;
        pthread_cond_broadcast(&changed);
        while (is_stalled)
            pthread_cond_wait(&changed, &lock);
        pthread_mutex_unlock(&lock);
    }
    if (str_is(r->path, STR("/api/hold"))) {
        pthread_mutex_lock(&lock);
        held = r;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
        return;
    }
    if (str_is(r->path, STR("/api/upload"))) {
        upload(r);
        return;
    }
    if (str_is(r->path, STR("/api/file"))) {
        CHECK_OK(answer_file(r, &kept, "application/dicom", "\"kept\""));
        if (r->fault.status) r->answer.status = r->fault.status;
        r->respond(r);
        return;
    }
    if (str_is(r->path, STR("/api/big"))) {
        r->answer.status = 200;
        for (int i = 0; i < 100000; i++)
            buf_add_text(&r->answer.body, "0123456789");
    } else {
        echo(r);
    }
    r->respond(r);
}

static void refuse(void *ctx, struct request *r, int status, const char *code, const char *where)
{
    (void)ctx, (void)where;
    r->answer.status = status;
    buf_printf(&r->answer.body, "{\"error\":{\"code\":\"%s\"}}", code);
    r->respond(r);
}

static struct request *wait_held(void)
{
    pthread_mutex_lock(&lock);
    while (!held)
        pthread_cond_wait(&changed, &lock);
    struct request *r = held;
    held = NULL;
    pthread_mutex_unlock(&lock);
    return r;
}

/* -- the site -- */

static bool is_proxy_trusted = true;
static const char *files; /* NULL: large bodies are not taken */

static void start_with(struct limit_settings limits, bool is_proxied)
{
    struct net_settings s = {.limits = limits,
                             .version = "1",
                             .files = files,
                             .body_bytes_max = body_bytes_max,
                             .submit = submit,
                             .refuse = refuse};
    struct x509_names names = {0};
    char why[256];
    x509_names_local(&names);
    s.started = clock_now();
    CHECK_OK(x509_make_authority("test", s.started, &authority));
    CHECK_OK(x509_make_leaf(&authority, &names, s.started, &leaf));
    s.pair = &leaf;
    s.listen_n = 2;
    for (int i = 0; i < 2; i++)
        s.listen[i].address = (struct link_address){.family = 4, .at = {127, 0, 0, 1}};
    s.listen[0].is_tls = true;
    s.listen[1].is_proxied = is_proxied;
    if (is_proxied && is_proxy_trusted) {
        s.trusted_n = 1;
        CHECK(field_block_of(STR("127.0.0.1"), &s.trusted[0]));
    }
    CHECK_OK(net_new(&s, &net, why));
    CHECK_OK(net_start(net));
}

static void start(void)
{
    struct limit_settings limits;
    limit_settings_default(&limits);
    start_with(limits, false);
}

static void end(void)
{
    net_stop(net);
    net_free(net);
    x509_pair_done(&leaf);
    x509_pair_done(&authority);
}

/* -- a client -- */

static int connect_from(const char *from, int listen_index)
{
    struct sockaddr_in at = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
    struct timeval ten_s = {10, 0};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(inet_pton(AF_INET, from, &at.sin_addr) == 1);
    CHECK(bind(fd, (struct sockaddr *)&at, sizeof at) == 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(net_port(net, listen_index));
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) == 0);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &ten_s, sizeof ten_s);
    return fd;
}

static void send_text(int fd, const char *text)
{
    size_t n = strlen(text);
    CHECK(send(fd, text, n, MSG_NOSIGNAL) == (ssize_t)n);
}

/* Until the peer closes, or `until` was seen so many times. */
static struct buf receive(int fd, const char *until, int times)
{
    struct buf in;
    buf_init(&in, 4 << 20);
    for (;;) {
        char *at = buf_reserve(&in, 65536);
        CHECK(at != NULL);
        ssize_t n = recv(fd, at, 65536, 0);
        if (n <= 0) return in;
        in.bytes += (size_t)n;
        int seen = 0;
        for (char *p = in.at; until && (p = memmem(p, in.bytes - (size_t)(p - in.at), until, strlen(until)));
             p++)
            seen++;
        if (until && seen >= times) return in;
    }
}

static bool holds(const struct buf *b, const char *text)
{
    return b->bytes > 0 && memmem(b->at, b->bytes, text, strlen(text)) != NULL;
}

/* One request on a connection of its own, to the answer's end. */
static struct buf ask(const char *request)
{
    int fd = connect_from("127.0.0.1", 1);
    send_text(fd, request);
    struct buf in = receive(fd, NULL, 0);
    close(fd);
    return in;
}

static void check_status(const char *request, const char *status)
{
    struct buf in = ask(request);
    char line[64];
    snprintf(line, sizeof line, "HTTP/1.1 %s", status);
    if (!str_starts(buf_str(&in), str_of(line))) {
        printf("  asked: %.60s\n  got: %.60s\n", request, in.bytes ? in.at : "(closed)");
        CHECK(!"the wanted status");
    }
    CHECK(holds(&in, "\r\nContent-Security-Policy: ") && holds(&in, "\r\nX-Request-Id: "));
    buf_done(&in);
}

#define CLOSING "Host: x\r\nConnection: close\r\n"

/* -- tests -- */

TEST(a_request_is_gathered_and_answered)
{
    start();
    struct buf in = ask("POST /api/a%20b?x=1&y=%26 HTTP/1.1\r\n" CLOSING "Content-Length: 5\r\n\r\nhello");
    CHECK(str_starts(buf_str(&in), STR("HTTP/1.1 200 OK\r\n")));
    CHECK(holds(&in,
                "{\"path\":\"/api/a b\",\"query\":\"x=1&y=%26\",\"body\":\"hello\",\"from\":\"127.0.0.1\"}"));
    CHECK(holds(&in, "\r\nConnection: close\r\n"));
    buf_done(&in);
    end();
}

TEST(what_cannot_be_taken_in_is_refused_by_name)
{
    char big[9000];
    start();
    check_status("POST /api/a HTTP/1.1\r\n" CLOSING "\r\n", "411");
    check_status("POST /api/a HTTP/1.1\r\n" CLOSING "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "411");
    check_status("POST /api/a HTTP/1.1\r\n" CLOSING "Content-Length: 65537\r\n\r\n", "413");
    check_status("POST /api/a HTTP/1.1\r\n" CLOSING "Content-Length: 5, 5\r\n\r\nhello", "400");
    check_status("GET /api/%00x HTTP/1.1\r\n" CLOSING "\r\n", "400");
    check_status("GET /api/%ff HTTP/1.1\r\n" CLOSING "\r\n", "400");
    check_status("GET /api/a HTTP/1.1\r\n\r\n", "400"); /* no Host */
    check_status("POST / HTTP/1.1\r\n" CLOSING "Content-Length: 0\r\n\r\n", "405");
    check_status("GET /nothing.js HTTP/1.1\r\n" CLOSING "\r\n", "503"); /* no client is built */
    snprintf(big, sizeof big, "GET /api/%02100d HTTP/1.1\r\n" CLOSING "\r\n", 0);
    check_status(big, "414");
    snprintf(big, sizeof big, "GET /api/a HTTP/1.1\r\n" CLOSING "Cookie: %08300d\r\n\r\n", 0);
    check_status(big, "431");
    end();
}

/* libwebsockets decodes before it looks for the line's end. */
TEST(a_link_cannot_put_fields_into_a_request)
{
    start();
    check_status("GET /api/a%20HTTP/1.1%0d%0aAuthorization:%20evil%0d%0aX:%20 HTTP/1.1\r\n" CLOSING "\r\n",
                 "400");
    check_status("GET /api/a?b=c%0d%0aAuthorization:%20evil%0d%0aX:%20 HTTP/1.1\r\n" CLOSING "\r\n", "400");
    end();
}

TEST(pipelined_requests_are_answered_in_their_order)
{
    start();
    int fd = connect_from("127.0.0.1", 1);
    send_text(fd, "POST /api/one HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
                  "GET /api/two HTTP/1.1\r\nHost: x\r\n\r\n"
                  "GET /api/three HTTP/1.1\r\nHost: x\r\n\r\n");
    struct buf in = receive(fd, "\"from\"", 3);
    char *one = memmem(in.at, in.bytes, "/api/one", 8), *two = memmem(in.at, in.bytes, "/api/two", 8),
         *three = memmem(in.at, in.bytes, "/api/three", 10);
    CHECK(one && two && three && one < two && two < three);
    buf_done(&in);
    close(fd);
    end();
}

/* libwebsockets 4.1 cannot tell a body from its head there; such an asker is cut off, and nobody else notices. */
TEST(a_body_sent_together_with_the_request_before_it_is_never_misread)
{
    start();
    for (int i = 1; i < 8; i++) {
        char text[256];
        int fd = connect_from("127.0.0.1", 1);
        snprintf(text, sizeof text,
                 "GET /api/one HTTP/1.1\r\nHost: x\r\n\r\nPOST /api/two HTTP/1.1\r\nHost: "
                 "x\r\nContent-Length: %d\r\n\r\n%0*d",
                 i, i, 7);
        send_text(fd, text);
        struct buf in = receive(fd, NULL, 0);
        CHECK(holds(&in, "/api/one") && !holds(&in, "/api/two"));
        buf_done(&in);
        close(fd);
        check_status("GET /api/a HTTP/1.1\r\n" CLOSING "\r\n", "200");
    }
    end();
}

TEST(what_follows_a_body_too_early_harms_nobody)
{
    start();
    int fd = connect_from("127.0.0.1", 1);
    send_text(fd, "POST /api/hold HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabcGET /api/two "
                  "HTTP/1.1\r\nHost: x\r\n\r\n");
    struct request *r = wait_held();
    CHECK_STR(r->body, "abc");
    check_status("GET /api/a HTTP/1.1\r\n" CLOSING "\r\n", "200");
    echo(r);
    r->respond(r);
    struct buf in = receive(fd, "\"from\"", 2);
    CHECK(in.bytes == 0 || holds(&in, "/api/hold"));
    buf_done(&in);
    close(fd);
    end();
}

TEST(a_long_answer_waits_for_a_slow_reader_and_arrives_whole)
{
    start();
    int fd = connect_from("127.0.0.1", 1);
    send_text(fd, "GET /api/big HTTP/1.1\r\n" CLOSING "\r\n");
    struct buf in = receive(fd, NULL, 0);
    char *body = memmem(in.at, in.bytes, "\r\n\r\n", 4);
    CHECK(body != NULL);
    CHECK_INT(in.at + in.bytes - (body + 4), 1000000);
    buf_done(&in);
    close(fd);
    end();
}

TEST(a_head_request_gets_the_length_and_no_body)
{
    start();
    struct buf in = ask("HEAD /api/big HTTP/1.1\r\n" CLOSING "\r\n");
    CHECK(holds(&in, "\r\nContent-Length: 1000000\r\n"));
    CHECK(memcmp(in.at + in.bytes - 4, "\r\n\r\n", 4) == 0);
    buf_done(&in);
    end();
}

static void *answer_later(void *r)
{
    struct request *request = r;
    echo(request);
    request->respond(request);
    return NULL;
}

TEST(an_answer_may_come_from_another_thread)
{
    pthread_t t;
    start();
    int fd = connect_from("127.0.0.1", 1);
    send_text(fd, "GET /api/hold HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(pthread_create(&t, NULL, answer_later, wait_held()) == 0);
    struct buf in = receive(fd, "\"from\"", 1);
    CHECK(str_starts(buf_str(&in), STR("HTTP/1.1 200")));
    pthread_join(t, NULL);
    buf_done(&in);
    close(fd);
    end();
}

/* The memory check of the runner holds that the request is not lost. */
TEST(an_answer_whose_asker_has_gone_is_thrown_away)
{
    int64_t http = 1, ws;
    start();
    int fd = connect_from("127.0.0.1", 1);
    send_text(fd, "GET /api/hold HTTP/1.1\r\nHost: x\r\n\r\n");
    struct request *r = wait_held();
    struct linger reset = {1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
    while (http > 0) {
        net_counts(net, &http, &ws);
        poll(NULL, 0, 1);
    }
    echo(r);
    r->respond(r);
    check_status("GET /api/a HTTP/1.1\r\n" CLOSING "\r\n", "200");
    end();
}

TEST(an_answer_after_the_thread_ended_is_freed_with_the_net)
{
    start();
    int fd = connect_from("127.0.0.1", 1);
    send_text(fd, "GET /api/hold HTTP/1.1\r\nHost: x\r\n\r\n");
    struct request *r = wait_held();
    net_stop(net);
    echo(r);
    r->respond(r);
    close(fd);
    end();
}

TEST(a_slow_head_is_cut_off)
{
    struct limit_settings limits;
    limit_settings_default(&limits);
    limits.head_ms = 300;
    start_with(limits, false);
    int fd = connect_from("127.0.0.1", 1);
    send_text(fd, "GET /api/a HT");
    struct buf in = receive(fd, NULL, 0);
    CHECK_INT(in.bytes, 0);
    close(fd);
    buf_done(&in);
    end();
}

TEST(a_request_that_came_while_the_server_was_busy_is_not_cut_off)
{
    struct limit_settings limits;
    limit_settings_default(&limits);
    limits.idle_ms = 1000;
    start_with(limits, false);
    int idle = connect_from("127.0.0.1", 1), other = connect_from("127.0.0.1", 1);
    send_text(idle, "GET /api/a HTTP/1.1\r\nHost: x\r\n\r\n");
    struct buf in = receive(idle, "\"from\"", 1);
    buf_done(&in);
    send_text(other, "GET /api/stall HTTP/1.1\r\nHost: x\r\n\r\n");
    pthread_mutex_lock(&lock);
    while (!is_stalled)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    (void)poll(NULL, 0, 1600); /* beyond the idle time and the net's next turn */
    send_text(idle, "GET /api/b HTTP/1.1\r\nHost: x\r\n\r\n");
    pthread_mutex_lock(&lock);
    is_stalled = false;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    in = receive(idle, "\"from\"", 1);
    CHECK(holds(&in, "/api/b"));
    buf_done(&in);
    in = receive(idle, NULL, 0); /* and then its time is up */
    CHECK_INT(in.bytes, 0);
    buf_done(&in);
    close(idle);
    close(other);
    end();
}

TEST(a_slow_body_is_cut_off)
{
    struct limit_settings limits;
    limit_settings_default(&limits);
    limits.body_ms = 300;
    start_with(limits, false);
    int fd = connect_from("127.0.0.1", 1);
    send_text(fd, "POST /api/a HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nhalf");
    struct buf in = receive(fd, NULL, 0);
    CHECK_INT(in.bytes, 0);
    close(fd);
    buf_done(&in);
    end();
}

TEST(one_address_at_its_limit_does_not_keep_another_out)
{
    struct limit_settings limits;
    int fds[3];
    limit_settings_default(&limits);
    limits.per_address_max = 3;
    start_with(limits, false);
    for (int i = 0; i < 3; i++) {
        fds[i] = connect_from("127.0.0.9", 1);
        send_text(fds[i], "GET /api/a HTTP/1.1\r\nHost: x\r\n\r\n");
        struct buf in = receive(fds[i], "\"from\"", 1);
        CHECK(holds(&in, "\"from\":\"127.0.0.9\""));
        buf_done(&in);
    }
    int refused = connect_from("127.0.0.9", 1);
    struct buf none = receive(refused, NULL, 0);
    CHECK_INT(none.bytes, 0);
    buf_done(&none);
    check_status("GET /api/a HTTP/1.1\r\n" CLOSING "\r\n", "200");
    for (int i = 0; i < 3; i++)
        close(fds[i]);
    close(refused);
    end();
}

TEST(behind_a_trusted_proxy_the_named_peer_counts)
{
    struct limit_settings limits;
    limit_settings_default(&limits);
    start_with(limits, true);
    struct buf in = ask("GET /api/a HTTP/1.1\r\n" CLOSING "X-Forwarded-For: 198.51.100.9, 192.0.2.7\r\n\r\n");
    CHECK(holds(&in, "\"from\":\"192.0.2.7\""));
    buf_done(&in);
    end();
    start();
    in = ask("GET /api/a HTTP/1.1\r\n" CLOSING "X-Forwarded-For: 192.0.2.7\r\n\r\n");
    CHECK(holds(&in, "\"from\":\"127.0.0.1\""));
    buf_done(&in);
    end();
}

TEST(who_comes_through_an_unnamed_proxy_is_not_from_this_machine)
{
    struct limit_settings limits;
    limit_settings_default(&limits);
    is_proxy_trusted = false;
    start_with(limits, true);
    is_proxy_trusted = true;
    struct buf in = ask("GET /api/a HTTP/1.1\r\n" CLOSING "X-Forwarded-For: 127.0.0.1\r\n\r\n");
    CHECK(holds(&in, "\"from\":\"unknown\""));
    buf_done(&in);
    in = ask("GET /api/a HTTP/1.1\r\n" CLOSING "\r\n");
    CHECK(holds(&in, "\"from\":\"127.0.0.1\""));
    buf_done(&in);
    end();
}

TEST(a_taken_port_is_said_clearly)
{
    struct net_settings s = {.submit = submit, .refuse = refuse, .version = "1"};
    struct net *second;
    char why[256];
    start();
    limit_settings_default(&s.limits);
    s.listen_n = 1;
    s.listen[0].address = (struct link_address){.family = 4, .at = {127, 0, 0, 1}, .port = net_port(net, 1)};
    CHECK_ERR(net_new(&s, &second, why), ERR_EXISTS);
    CHECK(str_starts(str_of(why), STR("port taken: ")));
    s.listen[0].address = (struct link_address){.family = 4, .at = {192, 0, 2, 1}, .port = 1};
    CHECK_ERR(net_new(&s, &second, why), ERR_NOT_FOUND);
    end();
}

/* -- TLS -- */

static SSL *tls_connect(int fd, int version_max)
{
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    X509 *root = NULL;
    BIO *in = BIO_new_mem_buf(authority.certificate, -1);
    root = PEM_read_bio_X509(in, NULL, NULL, NULL);
    CHECK(X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), root) == 1);
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_security_level(ctx, 0); /* so that the old versions are even offered */
    CHECK(SSL_CTX_set_min_proto_version(ctx, TLS1_VERSION) == 1);
    CHECK(SSL_CTX_set_max_proto_version(ctx, version_max) == 1);
    SSL *ssl = SSL_new(ctx);
    SSL_CTX_free(ctx);
    X509_free(root);
    BIO_free(in);
    CHECK(SSL_set1_host(ssl, "localhost") == 1 && SSL_set_fd(ssl, fd) == 1);
    if (SSL_connect(ssl) == 1) return ssl;
    SSL_free(ssl);
    return NULL;
}

TEST(tls_is_1_2_or_1_3_and_nothing_older)
{
    static const struct {
        int version;
        bool is_taken;
    } versions[] = {
        {TLS1_VERSION, false}, {TLS1_1_VERSION, false}, {TLS1_2_VERSION, true}, {TLS1_3_VERSION, true}};
    start();
    for (size_t i = 0; i < COUNT_OF(versions); i++) {
        int fd = connect_from("127.0.0.1", 0);
        SSL *ssl = tls_connect(fd, versions[i].version);
        CHECK_INT(ssl != NULL, versions[i].is_taken);
        if (ssl) CHECK_INT(SSL_version(ssl), versions[i].version);
        SSL_free(ssl);
        close(fd);
    }
    end();
}

static void tls_ask(SSL *ssl)
{
    static const char request[] = "GET /api/a HTTP/1.1\r\nHost: localhost\r\n\r\n";
    char in[8192];
    size_t got = 0;
    CHECK(SSL_write(ssl, request, sizeof request - 1) == sizeof request - 1);
    while (!memmem(in, got, "\"from\"", 6)) {
        int n = SSL_read(ssl, in + got, (int)(sizeof in - got));
        CHECK(n > 0);
        got += (size_t)n;
    }
    CHECK(memcmp(in, "HTTP/1.1 200", 12) == 0);
}

static void fingerprint(SSL *ssl, uint8_t ret[32])
{
    unsigned n;
    X509 *c = SSL_get1_peer_certificate(ssl);
    CHECK(X509_digest(c, EVP_sha256(), ret, &n) == 1);
    X509_free(c);
}

TEST(a_new_certificate_is_shown_without_dropping_a_connection)
{
    struct x509_pair next;
    struct x509_names names = {0};
    uint8_t before[32], after[32];
    start();
    int old_fd = connect_from("127.0.0.1", 0), fd = -1;
    SSL *old = tls_connect(old_fd, TLS1_3_VERSION), *ssl = NULL;
    CHECK(old != NULL);
    tls_ask(old);
    fingerprint(old, before);
    x509_names_local(&names);
    CHECK_OK(x509_make_leaf(&authority, &names, clock_now(), &next));
    CHECK_OK(net_use_pair(net, &next));
    do { /* the net takes its mail soon, not at once */
        SSL_free(ssl);
        if (fd >= 0) close(fd);
        fd = connect_from("127.0.0.1", 0);
        ssl = tls_connect(fd, TLS1_3_VERSION);
        CHECK(ssl != NULL);
        fingerprint(ssl, after);
    } while (memcmp(before, after, 32) == 0);
    tls_ask(ssl);
    tls_ask(old);
    SSL_free(ssl);
    SSL_free(old);
    close(fd);
    close(old_fd);
    x509_pair_done(&next);
    end();
}

TEST(draining_refuses_the_new_and_answers_the_old)
{
    start();
    int idle = connect_from("127.0.0.1", 1), busy = connect_from("127.0.0.1", 1);
    send_text(idle, "GET /api/a HTTP/1.1\r\nHost: x\r\n\r\n");
    struct buf in = receive(idle, "\"from\"", 1);
    buf_done(&in);
    send_text(busy, "GET /api/hold HTTP/1.1\r\nHost: x\r\n\r\n");
    struct request *r = wait_held();
    CHECK(!net_is_quiet(net));
    net_drain(net);
    in = receive(idle, NULL, 0); /* closed */
    CHECK_INT(in.bytes, 0);
    buf_done(&in);
    echo(r);
    r->respond(r);
    in = receive(busy, NULL, 0);
    CHECK(holds(&in, "\"from\"") && holds(&in, "\r\nConnection: close\r\n"));
    buf_done(&in);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(net_port(net, 1))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(connect(fd, (struct sockaddr *)&to, sizeof to) != 0);
    close(fd);
    close(idle);
    close(busy);
    end();
}

SWEEP(a_net_is_made_and_told_something)
{
    struct net_settings s = {.submit = submit, .refuse = refuse, .version = "1", .started = clock_now()};
    struct net *made;
    char why[256];
    limit_settings_default(&s.limits);
    s.limits.connections_max = 64;
    s.listen_n = 1;
    s.listen[0].address = (struct link_address){.family = 4, .at = {127, 0, 0, 1}};
    enum err err = net_new(&s, &made, why);
    if (err) return err;
    net_notify(made, &(struct site_notice){
                         .role = "guard", .kind = "health", .data = "{}"}); /* lost without memory */
    err = net_start(made);
    net_stop(made);
    net_free(made);
    return err;
}

/* -- bodies that are too large for memory -- */

static const size_t large = 9 * 1000 * 1000 + 17;

static char *large_body(void)
{
    char *body = malloc(large);
    for (size_t i = 0; i < large; i++)
        body[i] = (char)(i * 7 + i / 4096);
    return body;
}

static bool count_file(void *ctx, const char *name)
{
    (void)name;
    ++*(int *)ctx;
    return true;
}

static int files_in(const char *dir)
{
    int n = 0;
    int64_t removed;
    CHECK_OK(file_seal_sweep(dir, count_file, &n, &removed));
    return n;
}

static void send_all(int fd, const char *at, size_t n, size_t part)
{
    while (n > 0) {
        ssize_t sent = send(fd, at, n < part ? n : part, MSG_NOSIGNAL);
        CHECK(sent > 0);
        at += sent, n -= (size_t)sent;
    }
}

static struct buf upload_of(const char *body, size_t bytes, const char *more)
{
    char head[256];
    int fd = connect_from("127.0.0.1", 1);
    snprintf(head, sizeof head,
             "POST /api/upload HTTP/1.1\r\nAuthorization: Bearer x\r\n" CLOSING
             "%sContent-Length: %zu\r\n\r\n",
             more, bytes);
    /* The head together with the first of the body, as clients do. */
    size_t n = strlen(head), early = bytes < 2000 ? bytes : 2000;
    char first[2300];
    memcpy(first, head, n);
    memcpy(first + n, body, early);
    send_all(fd, first, n + early, sizeof first);
    send_all(fd, body + early, bytes - early, 100000);
    struct buf in = receive(fd, NULL, 0);
    close(fd);
    return in;
}

static void check_stretch(const char *range, const char *body, size_t offset, size_t bytes,
                          const char *status)
{
    char request[256], line[64];
    snprintf(request, sizeof request, "GET /api/file HTTP/1.1\r\n" CLOSING "%s\r\n", range);
    int fd = connect_from("127.0.0.1", 1);
    send_text(fd, request);
    struct buf in;
    buf_init(&in, 32 << 20);
    for (ssize_t n; (n = recv(fd, buf_reserve(&in, 65536), 65536, 0)) > 0;)
        in.bytes += (size_t)n;
    close(fd);
    snprintf(line, sizeof line, "HTTP/1.1 %s", status);
    CHECK(str_starts(buf_str(&in), str_of(line)));
    char *at = memmem(in.at, in.bytes, "\r\n\r\n", 4);
    CHECK(at != NULL);
    CHECK_INT(in.at + in.bytes - (at + 4), bytes);
    CHECK(memcmp(at + 4, body + offset, bytes) == 0);
    buf_done(&in);
}

TEST(a_large_body_goes_to_a_sealed_file_and_comes_back_whole_or_in_parts)
{
    files = check_tmp_dir();
    char *body = large_body();
    start();
    struct buf in = upload_of(body, large, "");
    CHECK(str_starts(buf_str(&in), STR("HTTP/1.1 201")));
    buf_done(&in);
    struct digest_value sha = digest_of(body, large);
    CHECK(kept.bytes == (int64_t)large && memcmp(sha.at, kept.sha256.at, sizeof sha.at) == 0);
    check_stretch("", body, 0, large, "200");
    check_stretch("Range: bytes=0-0\r\n", body, 0, 1, "206");
    check_stretch("Range: bytes=65530-200000\r\n", body, 65530, 200000 - 65530 + 1, "206");
    check_stretch("Range: bytes=-5\r\n", body, large - 5, 5, "206");
    check_stretch("Range: bytes=9000000-\r\n", body, 9000000, 17, "206");
    check_stretch("Range: bytes=1-2,5-6\r\n", body, 0, large, "200");
    check_stretch("Range: bytes=0-0\r\nIf-Range: \"other\"\r\n", body, 0, large, "200");
    check_stretch("Range: bytes=99000000-\r\n", body, 0, 0, "416");
    /* A body that came whole with its head; and the wait for 100. */
    in = upload_of(body, 5, "");
    CHECK(str_starts(buf_str(&in), STR("HTTP/1.1 201")) && kept.bytes == 5);
    buf_done(&in);
    in = upload_of(body, 3000, "Expect: 100-continue\r\n");
    CHECK(str_starts(buf_str(&in), STR("HTTP/1.1 100")) && holds(&in, "HTTP/1.1 201") && kept.bytes == 3000);
    buf_done(&in);
    end();
    CHECK_INT(files_in(files), 3);
    files = NULL;
    free(body);
}

TEST(who_may_not_upload_is_told_before_the_body_is_read)
{
    files = check_tmp_dir();
    start();
    may_upload = false;
    check_status("POST /api/upload HTTP/1.1\r\nAuthorization: Bearer x\r\n" CLOSING
                 "Content-Length: 100000000\r\n\r\n",
                 "403");
    may_upload = true;
    check_status("POST /api/upload HTTP/1.1\r\nAuthorization: Bearer x\r\n" CLOSING
                 "Content-Length: 209715201\r\n\r\n",
                 "413");
    end();
    CHECK_INT(files_in(files), 0);
    files = NULL;
}

TEST(an_upload_that_breaks_off_leaves_no_file)
{
    files = check_tmp_dir();
    char *body = large_body();
    start();
    for (size_t bytes = 1; bytes < 2000000; bytes = bytes * 9 + 1) {
        int before = uploads_asked;
        int fd = connect_from("127.0.0.1", 1);
        send_text(fd, "POST /api/upload HTTP/1.1\r\nAuthorization: Bearer x\r\nHost: x\r\nContent-Length: "
                      "9000000\r\n\r\n");
        send_all(fd, body, bytes, 50000);
        pthread_mutex_lock(&lock);
        while (uploads_asked == before)
            pthread_cond_wait(&changed, &lock);
        pthread_mutex_unlock(&lock);
        close(fd);
    }
    check_status("GET /api/a HTTP/1.1\r\n" CLOSING "\r\n", "200");
    end();
    CHECK_INT(files_in(files), 0);
    files = NULL;
    free(body);
}

TEST(where_no_file_can_be_made_the_upload_fails_and_the_server_goes_on)
{
    files = "/proc/nowhere";
    char *body = large_body();
    start();
    int fd = connect_from("127.0.0.1", 1);
    send_text(
        fd,
        "POST /api/upload HTTP/1.1\r\nAuthorization: Bearer x\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    struct buf in = receive(fd, NULL, 0);
    CHECK(str_starts(buf_str(&in), STR("HTTP/1.1 4")) || str_starts(buf_str(&in), STR("HTTP/1.1 5")));
    buf_done(&in);
    close(fd);
    check_status("GET /api/a HTTP/1.1\r\n" CLOSING "\r\n", "200");
    end();
    files = NULL;
    free(body);
}
