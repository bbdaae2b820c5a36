/* Connections from the accept to the close, and what they ask of the api: see net/conn.h. */
#include "net/conn.h"
#include "base/mem.h"

struct conn *conn_of(struct lws *wsi)
{
    struct conn *c = wsi ? lws_get_opaque_user_data(wsi) : NULL;
    return c && c->carried == CARRIED_CONN ? c : NULL;
}

int conn_write(struct conn *c, size_t bytes, enum lws_write_protocol how)
{
    unsigned char *at = c->net->scratch + LWS_PRE;
    int written = lws_write(c->wsi, at, bytes, how);
    mem_wipe(at, bytes);
    return written < (int)bytes ? -1 : 0;
}

void conn_deadline(struct conn *c, int64_t in_ms)
{
    c->deadline.ms = in_ms < 0 ? 0 : clock_tick().ms + in_ms;
    if (c->deadline.ms == 0 && in_ms >= 0) c->deadline.ms = 1;
}

void conn_close(struct conn *c)
{
    if (c->wsi) lws_set_timeout(c->wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

static void count_conns(struct net *n)
{
    metric_set(&metric_http_now, limit_total(n->limit));
}

struct conn *conn_new(struct net *n, const struct listener *l, struct limit_key key, struct in6_addr peer)
{
    struct conn *c = n->free_n > 0 ? mem_zalloc(sizeof *c) : NULL;
    if (!c) return NULL;
    c->carried = CARRIED_CONN;
    c->net = n;
    c->slot = n->free_slots[--n->free_n];
    c->serial = ++n->next_serial;
    n->slots[c->slot] = c;
    c->key = key;
    c->peer = peer;
    c->is_tls = l->how.is_tls;
    c->is_proxied = l->how.is_proxied;
    list_add_last(&n->conns, &c->item);
    limit_enter(n->limit, key);
    conn_deadline(c, n->s.limits.head_ms);
    count_conns(n);
    return c;
}

void conn_free(struct conn *c)
{
    struct net *n = c->net;
    http_forget(c);
    ws_forget(c);
    limit_leave(n->limit, c->key);
    n->slots[c->slot] = NULL;
    n->free_slots[n->free_n++] = c->slot;
    list_remove(&c->item);
    mem_free(c);
    count_conns(n);
}

/* -- exchanges -- */

static struct conn *conn_find(struct net *n, const struct exchange *x)
{
    struct conn *c = x->slot < n->s.limits.connections_max ? n->slots[x->slot] : NULL;
    return c && c->serial == x->serial && c->generation == x->generation ? c : NULL;
}

/* Any thread: the api is done with it. */
static void exchange_done(struct request *r)
{
    struct exchange *x = r->net;
    struct net *n = x->net;
    struct exchange *head = atomic_load_explicit(&n->done, memory_order_relaxed);
    do
        x->next = head;
    while (!atomic_compare_exchange_weak_explicit(&n->done, &head, x, memory_order_release,
                                                  memory_order_relaxed));
    net_wake(n);
}

struct exchange *exchange_new(struct conn *c, size_t arena_bytes_max, bool is_ws)
{
    struct request *r = request_new(arena_bytes_max);
    struct exchange *x = r ? arena_zalloc(r->arena, sizeof *x) : NULL;
    if (!x) {
        request_free(r);
        return NULL;
    }
    *x = (struct exchange){.net = c->net, .request = r, .slot = c->slot, .serial = c->serial, .is_ws = is_ws};
    x->generation = ++c->generation;
    r->connection = c->serial;
    r->generation = c->generation;
    r->id = ++c->net->next_request;
    r->is_tls = c->is_tls;
    field_address_text(&c->peer, r->from);
    r->respond = exchange_done;
    r->net = x;
    return x;
}

void exchange_ask(struct exchange *x)
{
    struct net *n = x->net;
    n->asked++;
    atomic_store(&n->under_way, n->asked);
    n->s.submit(n->s.ctx, x->request);
}

void exchange_take(struct net *n)
{
    struct exchange *last = atomic_exchange_explicit(&n->done, NULL, memory_order_acquire), *first = NULL;
    while (last) { /* the list is newest first */
        struct exchange *x = last;
        last = x->next;
        x->next = first;
        first = x;
    }
    for (struct exchange *x = first, *next; x; x = next) {
        next = x->next;
        struct conn *c = conn_find(n, x);
        n->asked--;
        if (c && c->wsi && x->is_ws) {
            ws_answered(c, x->request);
        } else if (c && c->wsi) {
            http_answered(c, x->request);
        } else {
            if (!x->is_ws) metric_add(&metric_late, 1);
            request_end(n, x->request);
        }
    }
    atomic_store(&n->under_way, n->asked);
}

void exchange_drop_all(struct net *n)
{
    struct exchange *x = atomic_exchange(&n->done, NULL);
    while (x) {
        struct exchange *next = x->next;
        request_free(x->request);
        x = next;
    }
}
