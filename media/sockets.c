#include "media/sockets.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "media/relay.h"
#include "media/stream.h"
#include "media/udp.h"
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

enum { PORT_TRIES = 16, WHO_BYTES = 9 };

struct sockets {
    struct wire wire;
    struct loop *loop;
    struct sockets_settings settings;
    struct udp *udp;
    struct stream *tcp, *tls; /* tls: NULL without TURN */
    struct relay *relay;      /* NULL: no TURN, or no other worker */
    struct turn turn;
    struct transports *transports; /* NULL before sockets_attach */
};

/* -- out -- */

static bool is_same_door(const struct wire_datagram *a, const struct wire_datagram *b)
{
    return a->to.way == b->to.way;
}

static void run_send(struct sockets *s, const struct wire_datagram *datagrams, unsigned count)
{
    if (datagrams->to.way == ICE_UDP) {
        udp_send(s->udp, datagrams, count);
        return;
    }
    struct stream *stream = datagrams->to.way == ICE_TCP ? s->tcp : s->tls;
    if (!stream) return;
    for (unsigned i = 0; i < count; i++)
        stream_send(stream, &datagrams[i]);
    stream_flush(stream);
}

static void on_send(struct wire *w, const struct wire_datagram *datagrams, unsigned count)
{
    struct sockets *s = list_of(w, struct sockets, wire);
    for (unsigned i = 0; i < count;) {
        unsigned n = 1;
        while (i + n < count && is_same_door(&datagrams[i], &datagrams[i + n]))
            n++;
        run_send(s, &datagrams[i], n);
        i += n;
    }
}

/* -- in -- */

static void on_udp(void *owner, const struct link_address *from, const struct link_address *to,
                   struct packet *p, size_t bytes)
{
    struct sockets *s = owner;
    struct ice_path path = {ICE_UDP, 0, *from};
    if (s->transports) transports_take(s->transports, &path, to, p, bytes);
}

static void on_stream(void *owner, const struct ice_path *path, const struct link_address *to,
                      struct packet *p, size_t bytes)
{
    struct sockets *s = owner;
    if (s->transports) transports_take(s->transports, path, to, p, bytes);
}

/* What TURN brings for another worker goes there. */
static bool on_elsewhere(void *owner, const struct ice_path *path, const struct link_address *to,
                         const uint8_t *at, size_t bytes)
{
    struct sockets *s = owner;
    int n = turn_worker_of(&s->turn, to);
    if (n <= 0) return false;
    if (s->relay) relay_send(s->relay, path, to, (uint16_t)n, at, bytes);
    return true;
}

static void on_relay_answer(void *owner, const struct wire_datagram *d)
{
    struct sockets *s = owner;
    stream_send(s->tls, d);
    stream_flush(s->tls);
}

static void on_gone(void *owner, const struct ice_path *path)
{
    struct sockets *s = owner;
    if (s->relay && path->way == ICE_RELAY) relay_path_gone(s->relay, path);
    if (s->transports) transports_path_gone(s->transports, path);
}

/* -- opening -- */

static struct stream_settings stream_settings(struct sockets *s, const struct link_address *bind,
                                              enum tcp_frame_kind kind)
{
    return (struct stream_settings){.bind = *bind,
                                    .kind = kind,
                                    .packets = s->settings.packets,
                                    .turn = &s->turn,
                                    .take = on_stream,
                                    .gone = on_gone,
                                    .elsewhere = on_elsewhere,
                                    .owner = s};
}

/* UDP, and TCP on the same number. When the kernel chooses, TCP's may be taken: then once more. */
static enum err media_open(struct sockets *s)
{
    const struct sockets_settings *settings = &s->settings;
    enum err err = ERR_EXISTS;
    unsigned tries = settings->bind.port ? 1 : PORT_TRIES;
    for (unsigned i = 0; i < tries && err == ERR_EXISTS; i++) {
        udp_close(s->udp);
        s->udp = NULL;
        err =
            udp_open(s->loop, &settings->bind, settings->buffer_bytes, settings->packets, on_udp, s, &s->udp);
        if (err) return err;
        struct link_address bound = udp_bound(s->udp);
        struct stream_settings tcp = stream_settings(s, &bound, TCP_FRAME_ICE);
        err = stream_open(s->loop, &tcp, &s->tcp);
    }
    return err;
}

enum err sockets_open(struct loop *loop, const struct sockets_settings *settings,
                      struct sockets **ret_sockets)
{
    struct sockets *s = mem_zalloc(sizeof *s);
    if (!s) return ERR_NOMEM;
    s->wire.send = on_send;
    s->loop = loop;
    s->settings = *settings;
    uint16_t workers = settings->workers ? settings->workers : 1;
    turn_init(&s->turn, STR("yunqiao"), settings->peers_max * workers, workers, settings->turn_secret);
    s->settings.turn_secret = NULL; /* the caller's */
    enum err err = media_open(s);
    if (!err && settings->turn.family) {
        struct stream_settings tls = stream_settings(s, &settings->turn, TCP_FRAME_TURN);
        err = stream_open(loop, &tls, &s->tls);
    }
    if (!err && settings->turn.family && workers > 1) {
        struct relay_settings relay = {udp_bound(s->udp), settings->announce.family != 0, on_relay_answer, s};
        err = relay_open(loop, &relay, &s->relay);
    }
    if (err) {
        sockets_close(s);
        return err;
    }
    *ret_sockets = s;
    return OK;
}

void sockets_close(struct sockets *s)
{
    if (!s) return;
    relay_close(s->relay);
    stream_close(s->tls);
    stream_close(s->tcp);
    udp_close(s->udp);
    mem_wipe_free(s, sizeof *s);
}

struct wire *sockets_wire(struct sockets *s)
{
    return &s->wire;
}

/* -- what is announced -- */

static bool is_local_link(const struct link_address *a)
{
    return a->family == 6 ? a->at[0] == 0xfe && (a->at[1] & 0xc0) == 0x80
                          : a->at[0] == 169 && a->at[1] == 254;
}

static bool is_loopback(const struct link_address *a)
{
    static const uint8_t six[16] = {[15] = 1};
    return a->family == 6 ? memcmp(a->at, six, sizeof six) == 0 : a->at[0] == 127;
}

static enum err announce(struct sockets *s, const struct link_address *a)
{
    enum err err = transports_add_candidate(s->transports, a, ICE_UDP);
    if (!err) err = turn_add_address(&s->turn, a);
    return err;
}

static enum err interface_announce(struct sockets *s, const struct ifaddrs *i, bool wants_loopback)
{
    struct sockaddr_storage sa = {0};
    struct link_address a, bound = udp_bound(s->udp);
    bool is_wanted =
        i->ifa_addr && i->ifa_flags & IFF_UP && !(i->ifa_flags & IFF_LOOPBACK) == !wants_loopback;
    if (!is_wanted || (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6)) return OK;
    memcpy(&sa, i->ifa_addr,
           i->ifa_addr->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6));
    if (link_address_from_sockaddr(&sa, &a) != OK || is_local_link(&a)) return OK;
    if (bound.family == 4 && a.family != 4) return OK;
    a.port = bound.port;
    return announce(s, &a);
}

/* Loopback only when there is nothing else: a machine by itself. */
static enum err interfaces_announce(struct sockets *s)
{
    struct ifaddrs *all;
    enum err err = OK;
    if (getifaddrs(&all)) return ERR_IO;
    for (int pass = 0; pass < 2 && s->turn.address_count == 0 && !err; pass++)
        for (struct ifaddrs *i = all; i && !err; i = i->ifa_next)
            err = interface_announce(s, i, pass == 1);
    freeifaddrs(all);
    return err == ERR_LIMIT ? OK : err; /* the first eight are enough */
}

enum err sockets_attach(struct sockets *s, struct transports *ts)
{
    struct link_address bound = udp_bound(s->udp), named = s->settings.announce;
    enum err err = OK;
    s->transports = ts;
    if (named.family) {
        if (!named.port) named.port = bound.port;
        err = announce(s, &named);
    }
    /* Beside a named address, loopback is nobody's way. */
    bool is_of_use = !link_address_is_any(&bound) && (!named.family || !is_loopback(&bound)) &&
                     !link_address_is_same(&bound, &named);
    if (!err && is_of_use) err = announce(s, &bound);
    if (!err && link_address_is_any(&bound) && !named.family) err = interfaces_announce(s);
    for (unsigned i = 0; i < s->turn.address_count && !err; i++)
        err = transports_add_candidate(ts, &s->turn.addresses[i], ICE_TCP);
    return err;
}

/* -- the rest -- */

struct link_address sockets_bound(const struct sockets *s)
{
    return udp_bound(s->udp);
}

struct link_address sockets_turn_bound(const struct sockets *s)
{
    return s->tls ? stream_bound(s->tls) : (struct link_address){0};
}

static void counts_add(struct sockets_counts *n, const struct stream *stream, uint32_t *connections)
{
    if (!stream) return;
    struct stream_counts c = stream_counts(stream);
    n->packets_in += c.packets_in;
    n->packets_out += c.packets_out;
    n->bytes_in += c.bytes_in;
    n->bytes_out += c.bytes_out;
    n->packets_dropped += c.packets_dropped;
    *connections = c.connections;
}

struct sockets_counts sockets_counts(const struct sockets *s)
{
    struct udp_counts u = udp_counts(s->udp);
    struct sockets_counts n = {.packets_in = u.packets_in,
                               .packets_out = u.packets_out,
                               .bytes_in = u.bytes_in,
                               .bytes_out = u.bytes_out,
                               .packets_dropped = u.packets_dropped};
    counts_add(&n, s->tcp, &n.tcp);
    counts_add(&n, s->tls, &n.tls);
    return n;
}

void sockets_set_segments(struct sockets *s, bool may)
{
    udp_set_segments(s->udp, may);
}

enum err sockets_certificate(struct sockets *s, struct str chain, struct str key)
{
    return s->tls ? stream_certificate(s->tls, chain, key) : ERR_UNSUPPORTED;
}

enum err sockets_turn_grant(struct sockets *s, uint32_t lifetime_s,
                            char ret_username[TURN_USERNAME_BYTES_MAX + 1],
                            char ret_password[TURN_PASSWORD_BYTES_MAX + 1])
{
    char who[STR_BASE64_BYTES(WHO_BYTES)];
    struct instant until = {clock_now().ms + lifetime_s * 1000ll};
    if (!s->tls) return ERR_UNSUPPORTED;
    rnd_token("", WHO_BYTES, who); /* one call's credentials are not another's */
    return turn_credentials(&s->turn, str_of(who), until, ret_username, ret_password);
}
