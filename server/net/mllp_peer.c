#include "net/mllp_peer.h"
#include "base/log.h"
#include "base/mem.h"
#include "net/mllp_door.h"
#include "records/records.h"
#include "registry/said.h"
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

enum { READ_BYTES = 16384, READS_A_TURN = 4, OUT_BYTES_MAX = 1 << 20 };

/* -- the socket -- */

enum { AGAIN = -1, GONE = -2 };

static void end(struct mllp_peer *p, const char *why)
{
    if (!p->is_dead) p->why = why;
    p->is_dead = true;
}

static int of_ssl(struct mllp_peer *p, int n)
{
    int why = SSL_get_error(p->ssl, n);
    ERR_clear_error();
    p->wants_write = why == SSL_ERROR_WANT_WRITE;
    return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? AGAIN : GONE;
}

static int of_errno(void)
{
    return errno == EAGAIN || errno == EINTR ? AGAIN : GONE;
}

static int take(struct mllp_peer *p, char *to)
{
    if (!p->ssl) {
        ssize_t n = read(p->fd, to, READ_BYTES);
        return n > 0 ? (int)n : n == 0 ? GONE : of_errno();
    }
    p->wants_write = false;
    int n = SSL_read(p->ssl, to, READ_BYTES);
    return n > 0 ? n : of_ssl(p, n);
}

static int give(struct mllp_peer *p, const char *from, size_t bytes)
{
    int most = bytes < READ_BYTES ? (int)bytes : READ_BYTES;
    if (!p->ssl) {
        ssize_t n = write(p->fd, from, (size_t)most);
        return n > 0 ? (int)n : of_errno();
    }
    int n = SSL_write(p->ssl, from, most);
    return n > 0 ? n : of_ssl(p, n);
}

/* -- messages -- */

void mllp_ask_free(struct mllp_ask *a)
{
    door_free(a->message); /* and a with it */
}

static enum err read_message(struct mllp_ask *a, const struct mllp_turn *t)
{
    struct door_message *m = a->message;
    return said_hl7(m->arena, records_zone(t->site->records), m->text, &a->read, &a->is_read, &m->event,
                    &m->fault);
}

/* A message that is whole, or what is said of one that never will be (fault). */
static bool ask(struct mllp_peer *p, const struct mllp_turn *t, struct str text,
                const struct event_fault *fault)
{
    struct door_message *m = door_new(t->site, t->source, text);
    struct mllp_ask *a = m ? arena_zalloc(m->arena, sizeof *a) : NULL;
    if (!a) {
        door_free(m);
        return false;
    }
    a->peer = p;
    a->message = m;
    m->done = t->back;
    m->ctx = a;
    if (fault)
        m->fault = *fault;
    else if (read_message(a, t) != OK) {
        door_free(m);
        return false;
    }
    if (p->last)
        p->last->next = a;
    else
        p->first = a;
    p->last = a;
    p->asks++;
    p->messages++;
    return true;
}

static void feed(struct mllp_peer *p, const struct mllp_turn *t, struct str bytes)
{
    static const struct event_fault too_long = {"102", "MSH", "longer than a message may be (256 KiB)"};
    while (bytes.bytes && !p->is_dead && !p->is_ending) {
        bool is_whole;
        enum err err = mllp_take(&p->in, &bytes, &is_whole);
        if (is_whole) p->framed = (struct tick){0};
        if (!err && is_whole && !ask(p, t, buf_str(&p->in.message), NULL)) err = ERR_NOMEM;
        if (!err) continue;
        if (err == ERR_LIMIT && ask(p, t, STR(""), &too_long)) {
            p->is_ending = true;
            p->why = "a message that is too long";
        } else {
            end(p, err == ERR_BAD_INPUT ? "what came is no frame of MLLP" : err_text(err));
        }
    }
    if (!mllp_is_between(&p->in) && p->framed.ms == 0) p->framed = t->now;
}

static void hear(struct mllp_peer *p, const struct mllp_turn *t)
{
    char bytes[READ_BYTES];
    for (int i = 0; i < READS_A_TURN && !p->is_dead && !p->is_ending && p->asks < MLLP_PEER_ASKS; i++) {
        int n = take(p, bytes);
        if (n == AGAIN) break;
        if (n == GONE) {
            /* What was asked is done all the same; a sender that only stopped writing gets its answers. */
            p->is_ending = true;
            p->why = "the other side ended it";
            break;
        }
        p->heard = t->now;
        feed(p, t, (struct str){bytes, (size_t)n});
    }
    mem_wipe(bytes, sizeof bytes);
}

/* -- answers -- */

/* Messages that are of no use to anybody as they are, or not now: AR; those that were understood and are not taken: AE (HL7 v2.5 §2.9.2). */
static enum hl7_ack code_of(const struct mllp_ask *a)
{
    const struct door_message *m = a->message;
    if (m->did != DOOR_REFUSED) return m->did == DOOR_LATER ? HL7_AR : HL7_AA;
    bool is_other = m->fault.code[0] == '2' && strcmp(m->fault.code, "204") < 0;
    return is_other || !a->is_read ? HL7_AR : HL7_AE;
}

static void answer(struct mllp_peer *p, const struct mllp_turn *t, const struct mllp_ask *a)
{
    char control[24];
    struct buf text;
    enum hl7_ack code = code_of(a);
    snprintf(control, sizeof control, "YQ%llu", (unsigned long long)++*t->controls);
    struct hl7_answer say = {.code = code,
                             .now = clock_now(),
                             .control = control,
                             .site = t->site->settings.name,
                             .error = a->message->did == DOOR_LATER ? "207" : a->message->fault.code,
                             .where = a->message->fault.where,
                             .words = a->message->did == DOOR_LATER ? "not taken now; send it again"
                                                                    : a->message->fault.words};
    if (code == HL7_AA) say.error = NULL;
    buf_init(&text, OUT_BYTES_MAX);
    hl7_ack(&text, a->is_read ? &a->read : NULL, &say);
    bool is_gb = a->is_read && a->read.charset == CHARSET_GB18030;
    struct str out = buf_str(&text);
    enum err err = text.err;
    if (!err && is_gb) err = charset_from_utf8(a->message->arena, CHARSET_GB18030, out, &out);
    if (!err) mllp_frame(&p->out, out);
    if (err || p->out.err) end(p, "its answer cannot be written");
    if (a->message->did == DOOR_REFUSED)
        log_info("registry", "refused", LOG_T("from", p->from), LOG_T("code", a->message->fault.code),
                 LOG_T("place", a->message->fault.where), LOG_T("why", a->message->fault.words));
    buf_done(&text);
}

static void answer_all(struct mllp_peer *p, const struct mllp_turn *t)
{
    while (p->first && p->first->is_back && p->out.bytes < OUT_BYTES_MAX / 2 && !p->is_dead) {
        struct mllp_ask *a = p->first;
        if (p->out.bytes == 0) p->wrote = t->now;
        answer(p, t, a);
        p->first = a->next;
        if (!p->first) p->last = NULL;
        p->asks--;
        mllp_ask_free(a);
    }
}

static void say(struct mllp_peer *p, const struct mllp_turn *t)
{
    while (p->sent < p->out.bytes && !p->is_dead) {
        int n = give(p, p->out.at + p->sent, p->out.bytes - p->sent);
        if (n == AGAIN) return;
        if (n == GONE) {
            end(p, "the other side takes no answers");
            return;
        }
        p->sent += (size_t)n;
        p->wrote = t->now;
    }
    buf_clear(&p->out);
    p->sent = 0;
}

/* -- a turn -- */

static void look_at_clock(struct mllp_peer *p, struct tick now)
{
    if (p->out.bytes && now.ms - p->wrote.ms > MLLP_WRITE_MS)
        end(p, "its answers are not taken");
    else if (p->is_shaking && now.ms - p->heard.ms > MLLP_FRAME_MS)
        end(p, "no TLS handshake");
    else if (p->framed.ms && now.ms - p->framed.ms > MLLP_FRAME_MS)
        end(p, "a frame that does not end");
    else if (!p->asks && now.ms - p->heard.ms > MLLP_IDLE_MS)
        end(p, "idle");
}

static void shake(struct mllp_peer *p)
{
    p->wants_write = false;
    int n = SSL_accept(p->ssl);
    if (n == 1)
        p->is_shaking = false;
    else if (of_ssl(p, n) == GONE)
        end(p, "no TLS handshake, or no certificate that is known here");
}

void mllp_peer_turn(struct mllp_peer *p, const struct mllp_turn *t)
{
    if (p->is_shaking && !p->is_dead) shake(p);
    if (!p->is_shaking && !p->is_dead) hear(p, t);
    if (!p->is_dead) answer_all(p, t);
    if (!p->is_dead && p->out.bytes) say(p, t);
    if (!p->is_dead) look_at_clock(p, t->now);
    if (p->is_ending && !p->asks && !p->out.bytes) p->is_dead = true;
}

short mllp_peer_events(const struct mllp_peer *p)
{
    bool reads = p->is_shaking || (!p->is_ending && p->asks < MLLP_PEER_ASKS);
    bool writes = p->wants_write || (!p->is_shaking && p->out.bytes);
    return (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
}

struct mllp_peer *mllp_peer_new(int fd, struct ssl_st *ssl, struct tick now)
{
    struct mllp_peer *p = mem_zalloc(sizeof *p);
    if (!p) return NULL;
    *p = (struct mllp_peer){.fd = fd, .ssl = ssl, .heard = now, .wrote = now, .is_shaking = ssl != NULL};
    mllp_init(&p->in);
    buf_init(&p->out, OUT_BYTES_MAX);
    return p;
}

void mllp_peer_free(struct mllp_peer *p)
{
    for (struct mllp_ask *a = p->first, *next; a; a = next) {
        next = a->next;
        if (a->is_posted && !a->is_back)
            a->peer = NULL;
        else
            mllp_ask_free(a);
    }
    if (p->ssl) {
        if (!p->is_shaking) (void)SSL_shutdown(p->ssl);
        SSL_free(p->ssl);
        ERR_clear_error();
    }
    close(p->fd);
    mllp_done(&p->in);
    buf_done(&p->out);
    mem_free(p);
}
