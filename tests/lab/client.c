#include "tests/lab/client.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "media/srtp.h"
#include "media/stun.h"
#include "media/tcp_frame.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CHECK_MS = 50,
    CONSENT_MS = 2000,
    SSRCS = 64,
    QUEUE_BYTES = 1 << 18,
    DATAGRAM_BYTES = 2048,
    BATCH = 32,
    CHANNEL = 0x4001,
    CONTROL_BYTES = 64,
    SOCKET_BYTES = 4 << 20
};

struct client {
    struct loop *loop;
    struct dtls *dtls;
    struct client_settings settings;
    enum client_state state;
    char ufrag[16], password[40], remote_ufrag[300], remote_password[300];
    struct watch watch;
    struct timer timer;
    struct dtls_session *session;
    struct srtp_in *in;
    struct srtp_out *out;
    enum srtp_profile profile;
    bool is_hushed;
    uint64_t answered;
    struct tick checked;
    /* of TCP and TURN */
    SSL_CTX *context;
    SSL *ssl;
    struct tcp_frame frame;
    bool is_bound;
    char realm[64], nonce[128];
    uint8_t key[STUN_LONG_TERM_KEY_BYTES];
    size_t queued;
    uint8_t *queue;
};

struct client *client_new(struct loop *loop, struct dtls *dtls)
{
    struct client *c = mem_zalloc(sizeof *c);
    if (!c) return NULL;
    uint8_t bytes[16];
    c->loop = loop;
    c->dtls = dtls;
    c->watch.fd = -1;
    rnd_bytes(bytes, sizeof bytes);
    str_hex(bytes, 4, c->ufrag);
    str_hex(bytes, 16, c->password);
    return c;
}

static void way_close(struct client *c)
{
    if (c->watch.fd < 0) return;
    loop_unwatch(c->loop, &c->watch); /* harmless for one that is bound and not yet watched */
    SSL_free(c->ssl);
    c->ssl = NULL;
    close(c->watch.fd);
    c->watch.fd = -1;
}

void client_free(struct client *c)
{
    if (!c) return;
    if (c->state != CLIENT_WAITING) wheel_clear(&c->timer);
    if (c->session && !c->is_hushed) dtls_session_close(c->session);
    dtls_session_free(c->session);
    way_close(c);
    SSL_CTX_free(c->context);
    srtp_in_free(c->in);
    srtp_out_free(c->out);
    mem_free(c->queue);
    mem_free(c);
}

const char *client_ufrag(const struct client *c)
{
    return c->ufrag;
}
const char *client_password(const struct client *c)
{
    return c->password;
}
enum client_state client_state(const struct client *c)
{
    return c->state;
}
enum srtp_profile client_profile(const struct client *c)
{
    return c->profile;
}
uint64_t client_checks_answered(const struct client *c)
{
    return c->answered;
}
int client_fd(const struct client *c)
{
    return c->watch.fd;
}

/* -- bytes out -- */

static void queue_write(struct client *c)
{
    size_t done = 0;
    while (done < c->queued) {
        ssize_t n;
        if (c->ssl) {
            ERR_clear_error();
            n = SSL_write(c->ssl, c->queue + done, (int)(c->queued - done));
            ERR_clear_error();
        } else {
            n = send(c->watch.fd, c->queue + done, c->queued - done, MSG_DONTWAIT | MSG_NOSIGNAL);
        }
        if (n <= 0) break;
        done += (size_t)n;
    }
    memmove(c->queue, c->queue + done, c->queued - done);
    c->queued -= done;
    (void)!loop_watch_change(c->loop, &c->watch, EPOLLIN | (c->queued ? EPOLLOUT : 0u));
}

static void stream_add(struct client *c, const uint8_t *at, size_t bytes)
{
    if (c->queued + bytes > QUEUE_BYTES) return;
    memcpy(c->queue + c->queued, at, bytes);
    c->queued += bytes;
}

static void datagram_send(struct client *c, const uint8_t *at, size_t bytes)
{
    static const uint8_t padding[3];
    uint8_t header[4];
    if (c->is_hushed || c->watch.fd < 0) return;
    if (c->settings.way == CLIENT_UDP) {
        (void)!send(c->watch.fd, at, bytes, MSG_DONTWAIT);
        return;
    }
    if (c->settings.way == CLIENT_TCP) {
        tcp_frame_header(bytes, header);
        stream_add(c, header, TCP_FRAME_HEADER_BYTES);
        stream_add(c, at, bytes);
    } else {
        bytes_put16(header, CHANNEL);
        bytes_put16(header + 2, (uint16_t)bytes);
        stream_add(c, header, 4);
        stream_add(c, at, bytes);
        stream_add(c, padding, (4 - bytes % 4) % 4);
    }
    queue_write(c);
}

static void on_dtls_send(void *owner, const uint8_t *datagram, size_t bytes)
{
    datagram_send(owner, datagram, bytes);
}

/* -- TURN, as a client -- */

static void turn_ask(struct client *c, uint16_t method)
{
    uint8_t at[512], id[STUN_TRANSACTION_BYTES];
    struct stun_out o;
    rnd_bytes(id, sizeof id);
    stun_start(&o, at, sizeof at, STUN_REQUEST, method, id);
    if (method == STUN_ALLOCATE) {
        stun_add_u32(&o, STUN_AT_REQUESTED_TRANSPORT, 17u << 24);
        if (c->settings.remote.family == 6) stun_add_u32(&o, STUN_AT_REQUESTED_ADDRESS_FAMILY, 2u << 24);
    } else {
        stun_add_u32(&o, STUN_AT_CHANNEL_NUMBER, (uint32_t)CHANNEL << 16);
        stun_add_address(&o, STUN_AT_XOR_PEER_ADDRESS, &c->settings.remote);
    }
    if (c->realm[0]) {
        stun_add_str(&o, STUN_AT_USERNAME, str_of(c->settings.turn_username));
        stun_add_str(&o, STUN_AT_REALM, str_of(c->realm));
        stun_add_str(&o, STUN_AT_NONCE, str_of(c->nonce));
        stun_add_integrity(&o, (struct str){(const char *)c->key, sizeof c->key});
    }
    stun_add_fingerprint(&o);
    stream_add(c, at, stun_end(&o));
    queue_write(c);
}

static void turn_answer(struct client *c, const struct stun *s)
{
    if (s->class == STUN_FAILURE && s->error_code == 401 && !c->realm[0] && s->has_realm && s->has_nonce) {
        snprintf(c->realm, sizeof c->realm, "%.*s", (int)s->realm.bytes, s->realm.at);
        snprintf(c->nonce, sizeof c->nonce, "%.*s", (int)s->nonce.bytes, s->nonce.at);
        if (stun_long_term_key(str_of(c->settings.turn_username), str_of(c->realm),
                               str_of(c->settings.turn_password), c->key) == OK)
            turn_ask(c, STUN_ALLOCATE);
    } else if (s->class == STUN_SUCCESS && s->method == STUN_ALLOCATE) {
        turn_ask(c, STUN_CHANNEL_BIND);
    } else if (s->class == STUN_SUCCESS && s->method == STUN_CHANNEL_BIND) {
        c->is_bound = true;
    } else if (s->class == STUN_FAILURE) {
        c->state = CLIENT_GONE;
    }
}

/* -- checks -- */

static void check_send(struct client *c)
{
    uint8_t at[1024], id[STUN_TRANSACTION_BYTES];
    char name[400];
    struct stun_out o;
    if (c->settings.way == CLIENT_TURN && !c->is_bound) return;
    rnd_bytes(id, sizeof id);
    snprintf(name, sizeof name, "%s:%s", c->remote_ufrag, c->ufrag);
    stun_start(&o, at, sizeof at, STUN_REQUEST, STUN_BINDING, id);
    stun_add_str(&o, STUN_AT_USERNAME, str_of(name));
    if (!c->settings.is_bare) {
        stun_add_u32(&o, STUN_AT_PRIORITY, 0x6e0000ff);
        stun_add_u64(&o, STUN_AT_ICE_CONTROLLING, 0x0102030405060708);
    }
    stun_add(&o, STUN_AT_USE_CANDIDATE, NULL, 0);
    stun_add_integrity(&o, str_of(c->remote_password));
    stun_add_fingerprint(&o);
    datagram_send(c, at, stun_end(&o));
    c->checked = loop_now(c->loop);
}

static void dtls_look(struct client *c, enum err err)
{
    struct srtp_keys in, out;
    if (err && err != ERR_BUSY) c->state = CLIENT_GONE;
    if (c->state != CLIENT_SHAKING || dtls_session_state(c->session) != DTLS_UP) return;
    if (dtls_session_keys(c->session, &in, &out) != OK) return;
    c->profile = in.profile;
    bool is_good = srtp_in_new(&in, SSRCS, &c->in) == OK && srtp_out_new(&out, SSRCS, &c->out) == OK;
    c->state = is_good ? CLIENT_UP : CLIENT_GONE;
    if (is_good && c->settings.up) c->settings.up(c->settings.owner);
}

static void on_timer(struct timer *t)
{
    struct client *c = list_of(t, struct client, timer);
    struct tick now = loop_now(c->loop);
    int64_t every_ms = c->state == CLIENT_CHECKING ? CHECK_MS : CONSENT_MS, wait_ms = CHECK_MS;
    if (c->state == CLIENT_GONE) return;
    if (now.ms - c->checked.ms >= every_ms) check_send(c);
    if (c->state == CLIENT_SHAKING) {
        dtls_look(c, dtls_session_turn(c->session, now));
        if (c->settings.role == DTLS_CLIENT && dtls_session_state(c->session) == DTLS_IDLE)
            dtls_look(c, dtls_session_start(c->session, now));
    }
    if (c->state == CLIENT_UP) wait_ms = 500;
    loop_set(c->loop, t, wait_ms);
}

/* -- what arrives -- */

/* libnice checks too, ICE-lite or not, and waits for the answers; ours never asks. */
static void check_answer(struct client *c, const struct stun *s)
{
    uint8_t at[512];
    struct stun_out o;
    if (s->class != STUN_REQUEST || s->method != STUN_BINDING || !stun_is_signed(s, str_of(c->password)))
        return;
    stun_start_answer(&o, at, sizeof at, STUN_SUCCESS, s);
    stun_add_address(&o, STUN_AT_XOR_MAPPED_ADDRESS, &c->settings.remote);
    stun_add_integrity(&o, str_of(c->password));
    stun_add_fingerprint(&o);
    datagram_send(c, at, stun_end(&o));
}

static void datagram_take(struct client *c, uint8_t *at, size_t bytes, int64_t now_us)
{
    struct stun s;
    struct rtp rtp;
    size_t clear;
    struct tick now = loop_now(c->loop);
    if (stun_is(at, bytes)) {
        if (stun_parse(at, bytes, &s) != OK) return;
        if (s.class != STUN_SUCCESS || !stun_is_signed(&s, str_of(c->remote_password))) {
            check_answer(c, &s);
            return;
        }
        c->answered++;
        if (c->state != CLIENT_CHECKING) return;
        c->state = CLIENT_SHAKING;
        if (c->settings.role == DTLS_CLIENT) dtls_look(c, dtls_session_start(c->session, now));
    } else if (at[0] >= 20 && at[0] <= 31) {
        dtls_look(c, dtls_session_take(c->session, at, bytes, now));
    } else if (c->in && rtp_is(at, bytes)) {
        if (c->settings.sealed)
            c->settings.sealed(c->settings.owner, at, bytes);
        else if (srtp_in_rtp(c->in, at, bytes, &rtp) == OK && c->settings.rtp)
            c->settings.rtp(c->settings.owner, &rtp, now_us);
    } else if (c->in && rtp_is_rtcp(at, bytes)) {
        if (srtp_in_rtcp(c->in, at, bytes, &clear) == OK && c->settings.rtcp)
            c->settings.rtcp(c->settings.owner, at, clear);
    }
}

static void frame_take(struct client *c, uint8_t *at, size_t bytes, int64_t now_us)
{
    struct stun s;
    if (c->settings.way == CLIENT_TCP) {
        datagram_take(c, at, bytes, now_us);
    } else if (at[0] >> 4 == CHANNEL >> 12) {
        size_t data = bytes_get16(at + 2);
        if (data + 4 <= bytes) datagram_take(c, at + 4, data, now_us);
    } else if (stun_parse(at, bytes, &s) == OK) {
        if (s.class == STUN_INDICATION && s.has_data) {
            uint8_t copy[DATAGRAM_BYTES];
            memcpy(copy, s.data.at, s.data.bytes);
            datagram_take(c, copy, s.data.bytes, now_us);
        } else {
            turn_answer(c, &s);
        }
    }
}

static void stream_read(struct client *c)
{
    uint8_t bytes[16384], *frame;
    for (;;) {
        ssize_t n;
        bool is_over;
        ERR_clear_error();
        if (c->ssl) {
            n = SSL_read(c->ssl, bytes, sizeof bytes);
            int why = n > 0 ? 0 : SSL_get_error(c->ssl, (int)n);
            is_over = n <= 0 && why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE;
        } else {
            n = recv(c->watch.fd, bytes, sizeof bytes, MSG_DONTWAIT);
            is_over = n == 0 || (n < 0 && errno != EAGAIN);
        }
        if (is_over) {
            c->state = CLIENT_GONE;
            way_close(c);
        }
        if (n <= 0) return;
        size_t used, frame_bytes;
        for (size_t at = 0; at < (size_t)n; at += used) {
            if (tcp_frame_take(&c->frame, bytes + at, (size_t)n - at, &used, &frame, &frame_bytes) != OK)
                return;
            if (frame) frame_take(c, frame, frame_bytes, clock_tick_us());
        }
    }
}

/* What lies between the kernel's stamps, of the wall clock, and the monotonic clock. */
static int64_t wall_ahead_us(void)
{
    struct timespec wall;
    (void)clock_gettime(CLOCK_REALTIME, &wall);
    return wall.tv_sec * 1000000ll + wall.tv_nsec / 1000 - clock_tick_us();
}

static int64_t arrived_us(struct msghdr *header, int64_t ahead_us, int64_t now_us)
{
    struct timespec at;
    for (struct cmsghdr *m = CMSG_FIRSTHDR(header); m; m = CMSG_NXTHDR(header, m)) {
        if (m->cmsg_level != SOL_SOCKET || m->cmsg_type != SCM_TIMESTAMPNS) continue;
        memcpy(&at, CMSG_DATA(m), sizeof at);
        return at.tv_sec * 1000000ll + at.tv_nsec / 1000 - ahead_us;
    }
    return now_us;
}

static void datagrams_read(struct client *c)
{
    static uint8_t space[BATCH][DATAGRAM_BYTES];
    static _Alignas(struct cmsghdr) uint8_t controls[BATCH][CONTROL_BYTES];
    int64_t ahead_us = c->settings.has_kernel_time ? wall_ahead_us() : 0;
    struct mmsghdr headers[BATCH];
    struct iovec parts[BATCH];
    for (int n = BATCH; n == BATCH;) {
        for (int i = 0; i < BATCH; i++) {
            parts[i] = (struct iovec){space[i], DATAGRAM_BYTES};
            headers[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
            if (!c->settings.has_kernel_time) continue;
            headers[i].msg_hdr.msg_control = controls[i];
            headers[i].msg_hdr.msg_controllen = CONTROL_BYTES;
        }
        n = recvmmsg(c->watch.fd, headers, BATCH, MSG_DONTWAIT, NULL);
        int64_t now_us = clock_tick_us();
        for (int i = 0; i < n; i++)
            if (headers[i].msg_len)
                datagram_take(c, space[i], headers[i].msg_len,
                              arrived_us(&headers[i].msg_hdr, ahead_us, now_us));
    }
}

static void on_ready(struct watch *watch, uint32_t events)
{
    struct client *c = list_of(watch, struct client, watch);
    (void)events;
    if (c->settings.way == CLIENT_UDP) {
        datagrams_read(c);
        return;
    }
    stream_read(c);
    if (c->watch.fd >= 0) queue_write(c);
}

/* -- connecting -- */

static enum err way_open(struct client *c)
{
    bool is_udp = c->settings.way == CLIENT_UDP;
    const struct link_address *to = c->settings.way == CLIENT_TURN ? &c->settings.turn : &c->settings.remote;
    struct sockaddr_storage sa;
    socklen_t bytes = link_address_to_sockaddr(to, &sa);
    int yes = 1, buffer = SOCKET_BYTES;
    int fd = c->watch.fd;
    if (fd < 0)
        fd = socket(sa.ss_family, (is_udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return ERR_IO;
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
    if (c->settings.has_kernel_time) (void)setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &yes, sizeof yes);
    if (!is_udp) (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    c->watch = (struct watch){fd, EPOLLIN, on_ready};
    if (connect(fd, (struct sockaddr *)&sa, bytes) && errno != EINPROGRESS) return ERR_IO;
    return loop_watch(c->loop, &c->watch);
}

enum err client_bind(struct client *c, struct link_address local, struct link_address *ret_bound)
{
    struct sockaddr_storage sa;
    socklen_t bytes = link_address_to_sockaddr(&local, &sa);
    c->watch.fd = socket(sa.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->watch.fd < 0 || bind(c->watch.fd, (struct sockaddr *)&sa, bytes)) return ERR_IO;
    bytes = sizeof sa;
    if (getsockname(c->watch.fd, (struct sockaddr *)&sa, &bytes)) return ERR_IO;
    return link_address_from_sockaddr(&sa, ret_bound);
}

static enum err turn_begin(struct client *c)
{
    c->context = SSL_CTX_new(TLS_client_method());
    c->ssl = c->context ? SSL_new(c->context) : NULL;
    if (!c->ssl) return ERR_NOMEM;
    SSL_set_mode(c->ssl, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_set_connect_state(c->ssl);
    if (SSL_set_fd(c->ssl, c->watch.fd) != 1) return ERR_NOMEM;
    turn_ask(c, STUN_ALLOCATE);
    return OK;
}

enum err client_connect(struct client *c, const struct client_settings *settings)
{
    c->settings = *settings;
    client_restarted(c, settings->ufrag, settings->password);
    timer_init(&c->timer, on_timer);
    c->state = CLIENT_CHECKING;
    enum err err = dtls_session_new(c->dtls, settings->role, settings->profiles, settings->fingerprint,
                                    on_dtls_send, c, loop_now(c->loop), &c->session);
    if (!err && settings->way != CLIENT_UDP && !(c->queue = mem_alloc(QUEUE_BYTES))) err = ERR_NOMEM;
    tcp_frame_init(&c->frame, settings->way == CLIENT_TCP ? TCP_FRAME_ICE : TCP_FRAME_TURN);
    if (!err) err = way_open(c);
    if (!err && settings->way == CLIENT_TURN) err = turn_begin(c);
    if (!err) check_send(c);
    if (!err) loop_set(c->loop, &c->timer, CHECK_MS);
    return err;
}

void client_restarted(struct client *c, struct str ufrag, struct str password)
{
    snprintf(c->remote_ufrag, sizeof c->remote_ufrag, "%.*s", (int)ufrag.bytes, ufrag.at);
    snprintf(c->remote_password, sizeof c->remote_password, "%.*s", (int)password.bytes, password.at);
    if (c->session) check_send(c);
}

enum err client_send_rtp(struct client *c, uint8_t *at, size_t bytes)
{
    struct rtp rtp;
    size_t sent;
    if (c->state != CLIENT_UP) return ERR_CLOSED;
    enum err err = rtp_parse_header(at, bytes, &rtp);
    if (!err)
        err = srtp_out_rtp(c->out, at, RTP_BYTES_MAX, rtp.header_bytes, bytes - rtp.header_bytes, NULL, 0,
                           &sent);
    if (!err) datagram_send(c, at, sent);
    return err;
}

enum err client_send_rtcp(struct client *c, uint8_t *at, size_t bytes)
{
    size_t sent;
    if (c->state != CLIENT_UP) return ERR_CLOSED;
    enum err err = srtp_out_rtcp(c->out, at, bytes, bytes + SRTP_OVERHEAD_MAX, &sent);
    if (!err) datagram_send(c, at, sent);
    return err;
}

enum err client_move(struct client *c)
{
    ASSERT(c->settings.way == CLIENT_UDP);
    way_close(c);
    enum err err = way_open(c);
    if (!err) check_send(c);
    return err;
}

void client_hush(struct client *c)
{
    c->is_hushed = true;
}
