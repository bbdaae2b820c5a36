/* net: HTTPS and WebSocket by libwebsockets, on a thread of its own. It gathers requests, hands them to the api, writes the answers,
 * serves the client's files and the pages on trust, and carries notices to browsers.
 *
 * The main thread makes it (net_new binds, so that a taken port is known at once), starts and stops it. What says "any
 * thread" posts to the net thread and returns. A request belongs to the net but between submit and respond; a connection
 * that ends meanwhile leaves its request to be thrown away when it comes back. Nothing here blocks: what is too large for memory is
 * written and read by a thread beside it (net/stream.h). */
#ifndef NET_NET_H
#define NET_NET_H
#include "api/request.h"
#include "desk/calls.h"
#include "link/address.h"
#include "net/assets.h"
#include "net/ca.h"
#include "net/field.h"
#include "net/limit.h"
#include "net/x509.h"

#define NET_LISTEN_MAX 4
#define NET_TRUSTED_MAX 16

struct net_listen {
    struct link_address address; /* port 0: the kernel chooses (net_port) */
    bool is_tls;
    bool is_proxied; /* X-Forwarded-For and X-Forwarded-Proto of trusted peers count */
};

struct net_settings {
    struct net_listen listen[NET_LISTEN_MAX];
    int listen_n;
    struct limit_settings limits;
    struct field_block trusted[NET_TRUSTED_MAX];
    int trusted_n;
    const struct assets *assets;  /* NULL: the client is not built: 503 and a page that says so */
    const struct ca_pages *ca;    /* NULL: certificates from elsewhere, no pages on trust */
    const struct x509_pair *pair; /* with a TLS listener; copied into OpenSSL */
    const char *files;            /* DIR/files: where large bodies go; NULL: none are taken */
    const char *version;
    struct instant started;
    /* Where requests go (api_submit, api_refuse); tests put their own. */
    int64_t (*body_bytes_max)(enum http_method method, struct str path, struct str content_type,
                              bool *ret_is_upload);
    void (*submit)(void *ctx, struct request *r);
    void (*refuse)(void *ctx, struct request *r, int status, const char *code, const char *where);
    void *ctx;
    /* Where frames about calls go, and the news that a WebSocket is lost; NULL: such frames are wrong. */
    struct calls *calls;
};

struct net;

/* ERR_EXISTS: a port is taken; ERR_DENIED: it may not be bound; ERR_NOT_FOUND: no such address here; ERR_BAD_INPUT: the
 * certificate. ret_why is a sentence for the operator. */
enum err net_new(const struct net_settings *settings, struct net **ret_net, char ret_why[256]) MUST_USE;
enum err net_start(struct net *n) MUST_USE;
uint16_t net_port(const struct net *n, int listen_index); /* what was bound */
/* Ends the thread; connections that are left are cut. Requests may still be answered until net_free. */
void net_stop(struct net *n);
void net_free(struct net *n);

/* -- any thread -- */
/* No new connections; requests that are under way are answered, with Connection: close; WebSockets close with 1012. */
void net_drain(struct net *n);
bool net_is_quiet(struct net *n); /* drained, and no request is under way */
void net_notify(struct net *n, const struct site_notice *notice);
/* A frame about a call to one WebSocket; copies. What the client does not read is kept up to a bound, then it is cut. */
void net_tell_client(struct net *n, struct room_client to, struct str frame);
void net_close_client(struct net *n, struct room_client to); /* with 4400: what it sent is no frame */
/* New connections use it; copies. The result is logged. ERR_NOMEM, ERR_BUSY. */
enum err net_use_pair(struct net *n, const struct x509_pair *pair) MUST_USE;
void net_counts(struct net *n, int64_t *ret_http, int64_t *ret_ws);
int64_t net_alive_ms(struct net *n); /* since the thread last turned */
void net_register_metrics(void);

#endif
