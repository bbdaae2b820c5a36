/* mail: what other threads ask of the net thread: news for browsers, a certificate, what is said in a call. */
#include "base/box.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/conn.h"
#include "net/tls.h"

#define MAIL_MAX 4096

enum mail_kind { MAIL_NOTICE, MAIL_PAIR, MAIL_CALL, MAIL_CLOSE };
struct mail {
    struct box_item item; /* first */
    enum mail_kind kind;
    struct x509_pair pair;
    struct site_notice notice; /* its strings are copies */
    struct room_client client;
    char *frame; /* a copy */
    size_t frame_bytes;
};

static void free_one(struct mail *m)
{
    x509_pair_done(&m->pair);
    mem_free((void *)(uintptr_t)m->notice.account);
    mem_free((void *)(uintptr_t)m->notice.session);
    mem_free((void *)(uintptr_t)m->notice.role);
    mem_free((void *)(uintptr_t)m->notice.kind);
    mem_free((void *)(uintptr_t)m->notice.data);
    mem_free(m->frame);
    mem_free(m);
}

static bool copy_text(const char **to, const char *from)
{
    *to = from ? mem_copy_text(from) : NULL;
    return !from || *to;
}

void net_notify(struct net *n, const struct site_notice *notice)
{
    struct mail *m = mem_zalloc(sizeof *m);
    if (!m) return;
    m->kind = MAIL_NOTICE;
    if (copy_text(&m->notice.account, notice->account) && copy_text(&m->notice.session, notice->session) &&
        copy_text(&m->notice.role, notice->role) && copy_text(&m->notice.kind, notice->kind) &&
        copy_text(&m->notice.data, notice->data) && box_put(n->mail, &m->item) == OK) {
        net_wake(n);
        return;
    }
    free_one(m);
    log_warn("net", "notice_lost", LOG_T("kind", notice->kind));
}

enum err net_use_pair(struct net *n, const struct x509_pair *pair)
{
    struct mail *m = mem_zalloc(sizeof *m);
    if (!m) return ERR_NOMEM;
    m->kind = MAIL_PAIR;
    m->pair.certificate = mem_copy_text(pair->certificate);
    m->pair.key = mem_copy_text(pair->key);
    enum err err = m->pair.certificate && m->pair.key ? box_put(n->mail, &m->item) : ERR_NOMEM;
    if (err)
        free_one(m);
    else
        net_wake(n);
    return err;
}

/* A frame that is lost would leave its browser with a false picture: the mailbox takes it always, and one connection's share is
 * bounded where it is written (ws.c). */
static void post_client(struct net *n, enum mail_kind kind, struct room_client to, struct str frame)
{
    struct mail *m = mem_zalloc(sizeof *m);
    if (m) {
        m->kind = kind;
        m->client = to;
        m->frame_bytes = frame.bytes;
        m->frame = frame.bytes ? mem_copy(frame.at, frame.bytes) : NULL;
    }
    if (m && (m->frame || !frame.bytes) && box_put_always(n->mail, &m->item) == OK) {
        net_wake(n);
        return;
    }
    if (m) free_one(m);
    log_error("net", "frame_lost");
}

void net_tell_client(struct net *n, struct room_client to, struct str frame)
{
    post_client(n, MAIL_CALL, to, frame);
}

void net_close_client(struct net *n, struct room_client to)
{
    post_client(n, MAIL_CLOSE, to, (struct str){0});
}

static struct conn *client_find(struct net *n, struct room_client client)
{
    struct conn *c = client.slot < n->s.limits.connections_max ? n->slots[client.slot] : NULL;
    return c && c->serial == client.serial && c->wsi && c->ws ? c : NULL;
}

static void take_client(struct net *n, const struct mail *m)
{
    struct conn *c = client_find(n, m->client);
    if (!c) return;
    if (m->kind == MAIL_CALL)
        ws_tell(c, (struct str){m->frame, m->frame_bytes});
    else
        ws_close_bad(c);
}

void mail_take(struct net *n)
{
    for (struct box_item *next, *i = box_take(n->mail, MAIL_MAX, 0); i; i = next) {
        struct mail *m = (struct mail *)(void *)i;
        next = i->next;
        if (m->kind == MAIL_NOTICE) {
            hub_notify(n->hub, &m->notice, ws_due);
        } else if (m->kind != MAIL_PAIR) {
            take_client(n, m);
        } else {
            enum err err = n->ssl ? tls_use(n->ssl, &m->pair) : OK;
            if (err)
                log_error("net", "certificate_refused", LOG_E(err));
            else
                log_info("net", "certificate_in_use");
        }
        free_one(m);
    }
}

struct box *mail_new(void)
{
    return box_new(MAIL_MAX);
}

void mail_free(struct box *mail)
{
    for (struct box_item *next, *i = mail ? box_take(mail, MAIL_MAX, 0) : NULL; i; i = next) {
        next = i->next;
        free_one((struct mail *)(void *)i);
    }
    box_free(mail);
}
