#include "media/stream.h"
#include "base/mem.h"
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 64, READ_BYTES = 16384, READS_A_TURN = 8, LOOK_MS = 5000, ACCEPTS_A_TURN = 32 };

struct connection {
    struct stream *stream;
    struct watch watch;
    SSL *ssl; /* of TURN */
    bool is_shaking, is_dirty, is_broken, has_relay;
    uint32_t id;
    struct link_address remote, local;
    struct tcp_frame frame;
    struct turn_client turn;
    struct tick heard;
    struct list in_dirty;
    size_t queued; /* bytes of queue that wait, from its front */
    uint8_t queue[STREAM_QUEUE_BYTES];
};

struct stream {
    struct loop *loop;
    struct stream_settings settings;
    struct watch watch;
    struct timer timer;
    struct link_address bound;
    struct stream_counts counts;
    SSL_CTX *context; /* NULL: no certificate yet */
    uint32_t generation;
    struct list dirty; /* connections that have something to write */
    struct connection *connections[STREAM_CONNECTIONS_MAX];
};

static struct ice_path path_of(const struct connection *c)
{
    bool is_ice = c->stream->settings.kind == TCP_FRAME_ICE;
    return (struct ice_path){is_ice ? ICE_TCP : ICE_RELAY, c->id, is_ice ? c->remote : c->turn.relayed};
}

/* The relay's path goes as soon as its allocation does. */
static void path_end(struct connection *c)
{
    struct ice_path path = path_of(c);
    if (c->stream->settings.kind == TCP_FRAME_TURN && !c->has_relay) return;
    c->has_relay = false;
    c->stream->settings.gone(c->stream->settings.owner, &path);
}

static void connection_free(struct connection *c)
{
    struct stream *s = c->stream;
    loop_unwatch(s->loop, &c->watch);
    list_remove(&c->in_dirty);
    SSL_free(c->ssl);
    close(c->watch.fd);
    if (s->settings.kind == TCP_FRAME_TURN) turn_client_done(&c->turn);
    s->connections[c->id % STREAM_CONNECTIONS_MAX] = NULL;
    s->counts.connections--;
    mem_free(c);
}

static void connection_end(struct connection *c)
{
    path_end(c);
    connection_free(c);
}

/* -- out -- */

/* What a TLS or TCP connection takes of these bytes: 0: nothing now; < 0: it is broken. */
static ssize_t bytes_write(struct connection *c, const uint8_t *at, size_t bytes)
{
    if (!c->ssl) {
        ssize_t n = send(c->watch.fd, at, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
        return n >= 0 ? n : errno == EAGAIN || errno == EINTR ? 0 : -1;
    }
    ERR_clear_error();
    int n = SSL_write(c->ssl, at, (int)bytes);
    if (n > 0) return n;
    int why = SSL_get_error(c->ssl, n);
    ERR_clear_error();
    return why == SSL_ERROR_WANT_WRITE || why == SSL_ERROR_WANT_READ ? 0 : -1;
}

static void queue_write(struct connection *c)
{
    size_t done = 0;
    while (done < c->queued && !c->is_broken) {
        ssize_t n = bytes_write(c, c->queue + done, c->queued - done);
        if (n < 0) c->is_broken = true; /* its reading side will see it too, and ends it */
        if (n <= 0) break;
        done += (size_t)n;
    }
    if (c->is_broken) done = c->queued;
    if (done) memmove(c->queue, c->queue + done, c->queued - done);
    c->queued -= done;
    if (loop_watch_change(c->stream->loop, &c->watch, EPOLLIN | (c->queued ? EPOLLOUT : 0u)) != OK)
        c->is_broken = true;
}

/* Whole or not at all: half a frame would end the stream's sense. */
static bool queue_add(struct connection *c, const uint8_t *at, size_t bytes)
{
    if (c->is_broken || c->queued + bytes > sizeof c->queue) {
        c->stream->counts.packets_dropped++;
        return false;
    }
    memcpy(c->queue + c->queued, at, bytes);
    c->queued += bytes;
    if (!c->is_dirty) list_add_last(&c->stream->dirty, &c->in_dirty);
    c->is_dirty = true;
    c->stream->counts.packets_out++;
    c->stream->counts.bytes_out += bytes;
    return true;
}

void stream_flush(struct stream *s)
{
    list_each (at, after, &s->dirty) {
        struct connection *c = list_of(at, struct connection, in_dirty);
        list_remove(at);
        c->is_dirty = false;
        if (!c->is_shaking) queue_write(c);
    }
}

void stream_send(struct stream *s, const struct wire_datagram *d)
{
    struct connection *c = s->connections[d->to.id % STREAM_CONNECTIONS_MAX];
    uint8_t *at = d->at - TCP_FRAME_HEADER_BYTES;
    size_t bytes = d->bytes + TCP_FRAME_HEADER_BYTES;
    bool is_known = c && c->id == d->to.id;
    if (is_known && s->settings.kind == TCP_FRAME_ICE)
        tcp_frame_header(d->bytes, at);
    else if (is_known && turn_wrap(&c->turn, &d->from, d->at - TURN_WRAP_BYTES, d->bytes, loop_now(s->loop),
                                   &at, &bytes) != OK)
        is_known = false;
    if (is_known)
        (void)queue_add(c, at, bytes);
    else
        s->counts.packets_dropped++;
}

/* -- in -- */

static void datagram_take(struct connection *c, const struct link_address *to, const uint8_t *at,
                          size_t bytes)
{
    struct stream *s = c->stream;
    struct ice_path path = path_of(c);
    struct packet *p = bytes <= RTP_BYTES_MAX ? packet_new(s->settings.packets) : NULL;
    s->counts.packets_in++;
    s->counts.bytes_in += bytes;
    if (!p) {
        s->counts.packets_dropped++;
        return;
    }
    memcpy(packet_data(p), at, bytes);
    s->settings.take(s->settings.owner, &path, to, p, bytes);
    packet_unref(p);
}

/* False: the connection is to be closed. */
static bool turn_frame_take(struct connection *c, const uint8_t *at, size_t bytes)
{
    uint8_t answer[TURN_ANSWER_BYTES_MAX];
    struct turn_result r;
    struct ice_path was = path_of(c);
    if (turn_take(&c->turn, at, bytes, loop_now(c->stream->loop), clock_now(), answer, &r) != OK)
        return false;
    if (r.has_ended && c->has_relay) {
        c->has_relay = false;
        c->stream->settings.gone(c->stream->settings.owner, &was);
    }
    if (c->turn.is_active) c->has_relay = true;
    if (r.answer_bytes) (void)queue_add(c, answer, r.answer_bytes);
    if (!r.data) return true;
    const struct stream_settings *s = &c->stream->settings;
    struct ice_path path = path_of(c);
    if (!s->elsewhere(s->owner, &path, &r.to, r.data, r.data_bytes))
        datagram_take(c, &r.to, r.data, r.data_bytes);
    return true;
}

static bool bytes_take(struct connection *c, const uint8_t *at, size_t bytes)
{
    while (bytes) {
        size_t used, frame_bytes;
        uint8_t *frame;
        if (tcp_frame_take(&c->frame, at, bytes, &used, &frame, &frame_bytes) != OK) return false;
        at += used;
        bytes -= used;
        if (!frame) continue;
        if (c->stream->settings.kind == TCP_FRAME_ICE)
            datagram_take(c, &c->local, frame, frame_bytes);
        else if (!turn_frame_take(c, frame, frame_bytes))
            return false;
    }
    return true;
}

/* 0: nothing more now; < 0: it is over. */
static ssize_t bytes_read(struct connection *c, uint8_t *to, size_t room)
{
    if (!c->ssl) {
        ssize_t n = recv(c->watch.fd, to, room, MSG_DONTWAIT);
        return n > 0 ? n : n < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
    }
    ERR_clear_error();
    int n = c->is_shaking ? SSL_accept(c->ssl) : SSL_read(c->ssl, to, (int)room);
    int why = n > 0 ? SSL_ERROR_NONE : SSL_get_error(c->ssl, n);
    ERR_clear_error();
    if (n > 0 && c->is_shaking) {
        c->is_shaking = false;
        return bytes_read(c, to, room);
    }
    return n > 0 ? n : why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

static void on_connection(struct watch *watch, uint32_t events)
{
    struct connection *c = list_of(watch, struct connection, watch);
    uint8_t bytes[READ_BYTES];
    ssize_t n = 1;
    if (events & EPOLLOUT && !c->is_shaking) queue_write(c);
    for (int i = 0; i < READS_A_TURN && n > 0; i++) {
        n = bytes_read(c, bytes, sizeof bytes);
        if (n > 0) {
            c->heard = loop_now(c->stream->loop);
            if (!bytes_take(c, bytes, (size_t)n)) n = -1;
        }
    }
    if (n < 0 || c->is_broken)
        connection_end(c);
    else
        stream_flush(c->stream);
}

/* -- connections -- */

static int place_free(const struct stream *s)
{
    for (int i = 0; i < STREAM_CONNECTIONS_MAX; i++)
        if (!s->connections[i]) return i;
    return -1;
}

static enum err tls_begin(struct connection *c)
{
    if (c->stream->settings.kind != TCP_FRAME_TURN) return OK;
    turn_client_init(&c->turn, c->stream->settings.turn, &c->remote);
    if (!c->stream->context) return ERR_CLOSED;
    c->is_shaking = true;
    c->ssl = SSL_new(c->stream->context);
    return c->ssl && SSL_set_fd(c->ssl, c->watch.fd) == 1 ? OK : ERR_NOMEM;
}

/* Takes the descriptor over; closes it when there is no room. */
static void connection_new(struct stream *s, int fd, const struct link_address *remote)
{
    int place = place_free(s);
    struct connection *c = place < 0 ? NULL : mem_alloc(sizeof *c);
    struct sockaddr_storage sa;
    socklen_t bytes = sizeof sa;
    if (!c) {
        close(fd);
        return;
    }
    memset(c, 0, offsetof(struct connection, queue));
    c->stream = s;
    c->watch = (struct watch){fd, EPOLLIN, on_connection};
    c->id =
        (s->generation++ % (UINT32_MAX / STREAM_CONNECTIONS_MAX)) * STREAM_CONNECTIONS_MAX + (uint32_t)place;
    c->remote = link_address_unmapped(*remote);
    c->heard = loop_now(s->loop);
    list_init(&c->in_dirty);
    tcp_frame_init(&c->frame, s->settings.kind);
    s->connections[place] = c;
    s->counts.connections++;
    enum err err =
        getsockname(fd, (struct sockaddr *)&sa, &bytes) ? ERR_IO : link_address_from_sockaddr(&sa, &c->local);
    c->local = link_address_unmapped(c->local);
    if (!err) err = tls_begin(c);
    if (!err) err = loop_watch(s->loop, &c->watch);
    if (err) connection_free(c);
}

static void on_listening(struct watch *watch, uint32_t events)
{
    struct stream *s = list_of(watch, struct stream, watch);
    (void)events;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        struct sockaddr_storage sa;
        socklen_t bytes = sizeof sa;
        struct link_address remote;
        int fd = accept4(watch->fd, (struct sockaddr *)&sa, &bytes, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        if (link_address_from_sockaddr(&sa, &remote) == OK)
            connection_new(s, fd, &remote);
        else
            close(fd);
    }
}

static void on_look(struct timer *timer)
{
    struct stream *s = list_of(timer, struct stream, timer);
    struct tick now = loop_now(s->loop);
    for (int i = 0; i < STREAM_CONNECTIONS_MAX; i++) {
        struct connection *c = s->connections[i];
        if (!c) continue;
        if (now.ms - c->heard.ms >= STREAM_SILENCE_MS) {
            connection_end(c);
            continue;
        }
        struct ice_path was = path_of(c);
        if (c->has_relay && turn_client_turn(&c->turn, now)) {
            c->has_relay = false;
            s->settings.gone(s->settings.owner, &was);
        }
    }
    loop_set(s->loop, &s->timer, LOOK_MS);
}

/* -- the certificate -- */

static int no_password(char *to, int room, int is_writing, void *context)
{
    (void)to, (void)room, (void)is_writing, (void)context;
    return 0;
}

static bool chain_use(SSL_CTX *context, BIO *bio)
{
    X509 *leaf = PEM_read_bio_X509(bio, NULL, no_password, NULL), *next;
    bool is_good = leaf && SSL_CTX_use_certificate(context, leaf) == 1;
    X509_free(leaf);
    while (is_good && (next = PEM_read_bio_X509(bio, NULL, no_password, NULL)) != NULL) {
        is_good = SSL_CTX_add0_chain_cert(context, next) == 1;
        if (!is_good) X509_free(next);
    }
    return is_good;
}

static bool pair_use(SSL_CTX *context, struct str chain, struct str key)
{
    BIO *chain_bio = BIO_new_mem_buf(chain.at, (int)chain.bytes),
        *key_bio = BIO_new_mem_buf(key.at, (int)key.bytes);
    EVP_PKEY *pkey = key_bio ? PEM_read_bio_PrivateKey(key_bio, NULL, no_password, NULL) : NULL;
    bool is_good = chain_bio && pkey && chain_use(context, chain_bio) &&
                   SSL_CTX_use_PrivateKey(context, pkey) == 1 && SSL_CTX_check_private_key(context) == 1;
    EVP_PKEY_free(pkey);
    BIO_free(chain_bio);
    BIO_free(key_bio);
    ERR_clear_error();
    return is_good;
}

enum err stream_certificate(struct stream *s, struct str chain, struct str key)
{
    ASSERT(s->settings.kind == TCP_FRAME_TURN);
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context) return ERR_NOMEM;
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1 || !pair_use(context, chain, key)) {
        SSL_CTX_free(context);
        return ERR_BAD_INPUT;
    }
    SSL_CTX_free(s->context); /* connections hold their own reference */
    s->context = context;
    return OK;
}

/* -- opening -- */

static enum err socket_listen(int fd, const struct link_address *bind_to)
{
    struct sockaddr_storage sa;
    socklen_t bytes = link_address_to_sockaddr(bind_to, &sa);
    int no = 0, yes = 1;
    if (bind_to->family == 6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof no)) return ERR_IO;
    /* A worker that comes back finds its port, though connections of the one before linger; and what is
     * accepted inherits that small frames leave at once. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes)) return ERR_IO;
    if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes)) return ERR_IO;
    if (bind(fd, (struct sockaddr *)&sa, bytes) || listen(fd, BACKLOG)) {
        if (errno == EADDRINUSE) return ERR_EXISTS;
        if (errno == EACCES || errno == EPERM) return ERR_DENIED;
        return errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT ? ERR_NOT_FOUND : err_from_errno(errno);
    }
    return OK;
}

static enum err bound_address(int fd, struct link_address *ret_bound)
{
    struct sockaddr_storage sa;
    socklen_t bytes = sizeof sa;
    if (getsockname(fd, (struct sockaddr *)&sa, &bytes)) return err_from_errno(errno);
    return link_address_from_sockaddr(&sa, ret_bound);
}

enum err stream_open(struct loop *loop, const struct stream_settings *settings, struct stream **ret_stream)
{
    struct stream *s = mem_zalloc(sizeof *s);
    if (!s) return ERR_NOMEM;
    s->loop = loop;
    s->settings = *settings;
    timer_init(&s->timer, on_look);
    list_init(&s->dirty);
    s->watch = (struct watch){-1, EPOLLIN, on_listening};
    s->watch.fd = socket(settings->bind.family == 4 ? AF_INET : AF_INET6,
                         SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    enum err err = s->watch.fd < 0 ? ERR_NOT_FOUND : socket_listen(s->watch.fd, &settings->bind);
    if (err == OK) err = bound_address(s->watch.fd, &s->bound);
    if (err == OK) err = loop_watch(loop, &s->watch);
    if (err != OK) {
        stream_close(s);
        return err;
    }
    loop_set(loop, &s->timer, LOOK_MS);
    *ret_stream = s;
    return OK;
}

void stream_close(struct stream *s)
{
    if (!s) return;
    for (int i = 0; i < STREAM_CONNECTIONS_MAX; i++)
        if (s->connections[i]) connection_free(s->connections[i]);
    wheel_clear(&s->timer);
    if (s->watch.fd >= 0) {
        loop_unwatch(s->loop, &s->watch);
        close(s->watch.fd);
    }
    SSL_CTX_free(s->context);
    mem_free(s);
}

struct link_address stream_bound(const struct stream *s)
{
    return s->bound;
}

struct stream_counts stream_counts(const struct stream *s)
{
    return s->counts;
}
