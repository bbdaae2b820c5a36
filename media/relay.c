#include "media/relay.h"
#include "base/mem.h"
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FAMILIES = 2, READS_A_TURN = 32 };

struct client {
    struct relay *relay;
    struct watch watch; /* fd -1: not made */
    bool is_taken;
    struct ice_path path;
    struct link_address to; /* what it sent to last, and whose port that is */
    uint16_t port;
};
struct relay {
    struct loop *loop;
    struct relay_settings settings;
    struct client clients[FAMILIES][RELAY_CLIENTS_MAX]; /* IPv4, IPv6 */
};

static int family_of(const struct link_address *a)
{
    return a->family == 6;
}

static bool knows_addresses(const struct relay *r)
{
    return link_address_is_any(&r->settings.bound) && !r->settings.is_named;
}

/* Addresses of this machine are sent to as they are; one that is ours elsewhere is reached where we are bound. */
static struct link_address worker_at(const struct relay *r, const struct link_address *to, uint16_t n)
{
    struct link_address at = r->settings.bound;
    uint16_t port = (uint16_t)(at.port + n);
    if (knows_addresses(r)) {
        at = *to;
    } else if (link_address_is_any(&at)) {
        at = (struct link_address){.family = to->family};
        at.at[0] = to->family == 4 ? 127 : 0;
        at.at[to->family == 4 ? 3 : 15] = 1;
    }
    at.port = port;
    return at;
}

/* -- answers -- */

static void on_answer(struct watch *watch, uint32_t events)
{
    struct client *c = list_of(watch, struct client, watch);
    struct relay *r = c->relay;
    uint8_t space[WIRE_HEADROOM_BYTES + WIRE_BYTES_MAX + WIRE_TAILROOM_BYTES];
    (void)events;
    for (int i = 0; i < READS_A_TURN; i++) {
        struct sockaddr_storage sa = {0};
        socklen_t sa_bytes = sizeof sa;
        struct link_address from;
        ssize_t n = recvfrom(c->watch.fd, space + WIRE_HEADROOM_BYTES, WIRE_BYTES_MAX,
                             MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&sa, &sa_bytes);
        if (n < 0) return;
        if (!c->is_taken || n == 0 || n > WIRE_BYTES_MAX || link_address_from_sockaddr(&sa, &from) != OK)
            continue;
        if (from.port != c->port) continue; /* nobody else is asked */
        struct wire_datagram d = {.to = c->path,
                                  .from = knows_addresses(r) ? from : c->to,
                                  .bytes = (uint16_t)n,
                                  .at = space + WIRE_HEADROOM_BYTES};
        r->settings.answer(r->settings.owner, &d);
    }
}

/* -- clients -- */

static struct client *client_of(struct relay *r, const struct ice_path *path, int family)
{
    struct client *unused = NULL;
    for (int i = 0; i < RELAY_CLIENTS_MAX; i++) {
        struct client *c = &r->clients[family][i];
        if (c->watch.fd < 0) break;
        if (c->is_taken && ice_path_is(&c->path, path)) return c;
        if (!c->is_taken && !unused) unused = c;
    }
    if (!unused) return NULL;
    unused->is_taken = true;
    unused->path = *path;
    return unused;
}

void relay_send(struct relay *r, const struct ice_path *client, const struct link_address *to, uint16_t n,
                const uint8_t *at, size_t bytes)
{
    struct sockaddr_storage sa;
    struct link_address worker = worker_at(r, to, n);
    socklen_t sa_bytes = link_address_to_sockaddr(&worker, &sa);
    struct client *c = client_of(r, client, family_of(&worker));
    if (!c) return;
    c->to = *to;
    c->port = worker.port;
    (void)!sendto(c->watch.fd, at, bytes, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&sa, sa_bytes);
}

void relay_path_gone(struct relay *r, const struct ice_path *client)
{
    for (int family = 0; family < FAMILIES; family++)
        for (int i = 0; i < RELAY_CLIENTS_MAX; i++) {
            struct client *c = &r->clients[family][i];
            if (c->is_taken && ice_path_is(&c->path, client)) c->is_taken = false;
        }
}

/* -- opening -- */

static enum err client_open(struct relay *r, struct client *c, int family)
{
    c->watch.fd = socket(family ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return c->watch.fd < 0 ? ERR_IO : loop_watch(r->loop, &c->watch);
}

enum err relay_open(struct loop *loop, const struct relay_settings *settings, struct relay **ret_relay)
{
    struct relay *r = mem_zalloc(sizeof *r);
    enum err err = OK;
    if (!r) return ERR_NOMEM;
    r->loop = loop;
    r->settings = *settings;
    for (int family = 0; family < FAMILIES; family++)
        for (int i = 0; i < RELAY_CLIENTS_MAX; i++)
            r->clients[family][i] = (struct client){.relay = r, .watch = {-1, EPOLLIN, on_answer}};
    bool has_six = settings->bound.family == 6, has_four = !has_six || link_address_is_any(&settings->bound);
    for (int family = 0; family < FAMILIES; family++)
        for (int i = 0; i < RELAY_CLIENTS_MAX && (family ? has_six : has_four) && !err; i++)
            err = client_open(r, &r->clients[family][i], family);
    if (err)
        relay_close(r);
    else
        *ret_relay = r;
    return err;
}

void relay_close(struct relay *r)
{
    if (!r) return;
    for (int family = 0; family < FAMILIES; family++)
        for (int i = 0; i < RELAY_CLIENTS_MAX; i++) {
            struct client *c = &r->clients[family][i];
            if (c->watch.fd < 0) continue;
            loop_unwatch(r->loop, &c->watch);
            close(c->watch.fd);
        }
    mem_free(r);
}
