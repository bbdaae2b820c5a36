/* conn: one accepted connection and what happens on it, from the accept to the close; and what the files of server/net share.
 * Inside server/net only. Net thread, but for struct exchange, which the answering thread links into net.done.
 *
 *   state     what ends it in time
 *   HEAD      limits.head_ms from the accept, limits.idle_ms from the last answer, to a whole head
 *   BODY      limit_body_end; an upload is ASKED about before it and again after it
 *   ASKED     none: the api always answers
 *   ANSWER    limits.write_ms without progress
 *   WS        the silence of two pings (ws.c)
 *   CLOSING   limits.write_ms */
#ifndef NET_CONN_H
#define NET_CONN_H
#include "base/list.h"
#include "base/metric.h"
#include "net/head.h"
#include "net/hub.h"
#include "net/net.h"
#include "net/stream.h"
#include <libwebsockets.h>
#include <pthread.h>
#include <stdatomic.h>

#define WRITE_BYTES 16384 /* of one write: one TLS record, and what libwebsockets may have to keep */

enum conn_state { CONN_HEAD, CONN_BODY, CONN_ASKED, CONN_ANSWER, CONN_WS, CONN_CLOSING };

/* What a libwebsockets connection of ours carries: both kinds begin with it, as the first protocol hears of both. */
enum carried { CARRIED_CONN = 0x636f6e6e, CARRIED_LISTENER };

struct conn {
    enum carried carried; /* first */
    struct list item;
    struct net *net;
    struct lws *wsi; /* NULL: already closed by libwebsockets */
    uint32_t slot;
    uint64_t serial, generation; /* of the connection; of the request on it */
    struct limit_key key;
    struct in6_addr peer;
    bool is_tls, is_proxied;
    enum conn_state state;
    struct tick deadline; /* ms == 0: none */

    struct request *request; /* gathered (BODY), asked (then it is the api's), or answered */
    char *body;
    size_t body_bytes, body_got;
    int body_ends;              /* how often libwebsockets said that the body is whole */
    struct stream *stream;      /* BODY: of an upload; ANSWER: of a large body */
    bool is_upload, is_stopped; /* stopped: the sender waits for room */
    size_t early_bytes; /* of an upload, come with the head and kept in body until it is decided about */

    struct head head; /* ANSWER: what is written */
    const char *out;
    size_t out_bytes, out_done;
    bool head_done, is_head_only;
    bool closes;       /* no further request after this answer */
    const char *allow; /* what a 405 of ours says */
    int64_t begun_us;

    struct ws *ws;
};

/* One asking of the api; in the request's arena. */
struct exchange {
    struct exchange *next; /* in net.done */
    struct net *net;
    struct request *request;
    uint32_t slot;
    uint64_t serial, generation;
    bool is_ws;
};

struct listener {
    enum carried carried; /* first */
    struct net *net;
    struct lws *wsi;
    int fd; /* -1: closed */
    uint16_t port;
    struct net_listen how;
};

struct net {
    struct net_settings s;
    struct lws_context *context;
    struct lws_vhost *plain, *tls;
    struct ssl_ctx_st *ssl;
    enum err ssl_err; /* what became of the first pair */
    struct listener listeners[NET_LISTEN_MAX];
    int spare_fd; /* given up for a moment when descriptors run out */
    pthread_t thread;
    bool is_running;

    struct list conns;
    struct conn **slots;
    uint32_t *free_slots, free_n;
    struct limit *limit;
    struct hub *hub;
    struct streams *streams; /* NULL: without a folder for files */
    uint64_t next_serial, next_request;
    int64_t asked; /* exchanges that the api has */
    lws_sorted_usec_list_t turn;
    char date[HEAD_DATE_BYTES];
    int64_t date_s;
    unsigned char scratch[LWS_PRE + HEAD_BYTES_MAX + WRITE_BYTES];

    /* any thread */
    struct box *mail;
    _Atomic(struct exchange *) done;
    _Atomic bool is_woken, is_stopping, is_draining;
    _Atomic int64_t under_way, alive_ms;
};

/* net.c */
const char *net_date(struct net *n);
void net_wake(struct net *n); /* any thread */

/* listen.c */
enum err listen_all(struct net *n, char ret_why[256]) MUST_USE; /* binds; ret_why as net_new has it */
enum err listen_adopt(struct net *n) MUST_USE;                  /* from now on they accept */
int listen_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t bytes);

/* mail.c */
struct box *mail_new(void); /* NULL: no memory */
void mail_free(struct box *mail);
void mail_take(struct net *n);

/* conn.c */
struct conn *conn_new(struct net *n, const struct listener *l, struct limit_key key,
                      struct in6_addr peer); /* NULL: no memory, or no slot */
void conn_free(struct conn *c);
struct conn *conn_of(struct lws *wsi);             /* NULL: none, or not ours */
void conn_deadline(struct conn *c, int64_t in_ms); /* < 0: none */
/* Writes what stands in scratch after LWS_PRE, and wipes it there (rule 31). -1: the connection is over. */
int conn_write(struct conn *c, size_t bytes, enum lws_write_protocol how);
void conn_close(struct conn *c); /* soon, from anywhere on the net thread */
/* A request with the connection's address and number; NULL: out of memory. */
struct exchange *exchange_new(struct conn *c, size_t arena_bytes_max, bool is_ws);
void exchange_ask(struct exchange *x); /* to the api */
void exchange_take(struct net *n);     /* what the api has answered, to its connections */
void exchange_drop_all(struct net *n); /* at the end: nobody waits for them */

/* http.c */
int http_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t bytes);
void http_answered(struct conn *c, struct request *r); /* the api's answer has come */
void http_forget(struct conn *c);                      /* the connection is going */
void http_streamed(struct conn *c);                    /* its stream did something */
void request_end(struct net *n, struct request *r);    /* frees it, its upload off this thread */
/* For a refusal at once, by one of the codes of docs/PROTOCOL; the connection closes after it. */
int http_refuse(struct conn *c, int status, const char *code, const char *where);
/* Writes an answer of our own at once (c->head is filled but for what all have); as a callback returns. */
int http_answer_now(struct conn *c, const char *body, size_t bytes);
/* Copies what the request's fields say into r; false: out of memory or a malformed field (then r is unusable). */
bool http_fields(struct conn *c, struct request *r);

/* ws.c */
int ws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in, size_t bytes);
int ws_confirm(struct conn *c); /* an upgrade is asked for: 0 lets it be, as for a callback otherwise */
void ws_answered(struct conn *c, struct request *r);
void ws_turn(struct conn *c, struct tick now);  /* twice a second */
void ws_tell(struct conn *c, struct str frame); /* about a call */
void ws_close_bad(struct conn *c);
void ws_due(void *owner); /* the hub has something for the tab that this conn carries */
void ws_drain(struct conn *c);
void ws_forget(struct conn *c);

extern struct metric metric_http_now, metric_ws_now, metric_refused, metric_timeouts, metric_status[6],
    metric_frames_in, metric_frames_out, metric_late;

#endif
