#include "desk/registry_poll.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "desk/registry_door.h"
#include "mail/dispatch.h"
#include "records/records.h"
#include "registry/said.h"
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

enum { ARENA_MAX = 64 << 20, URL_MAX = 2048, LETTER_MAX = 65536 };

struct registry_poll {
    struct site *site;
    struct registry_poll_settings s;
    struct box *back;
    int stop_fd;
    pthread_t thread;
    bool is_started;
};

/* One question and what became of it. */
struct question {
    struct registry_poll *p;
    struct arena *arena;
    struct str cursor, next;
    struct json *answer;
    struct door_message *out[REGISTRY_POLL_PAGE];
    size_t count, refused;
};

/* -- the cursor -- */

struct cursor_job {
    struct job job; /* first */
    struct registry_poll *p;
    struct arena *arena;
    struct str cursor;
    bool is_put;
};

static enum err cursor_run(struct job *job, struct tx *tx)
{
    struct cursor_job *c = (struct cursor_job *)(void *)job;
    struct str source = str_of(c->p->s.source);
    return c->is_put ? inbox_cursor_put(tx, source, c->cursor)
                     : inbox_cursor(tx, c->arena, source, &c->cursor);
}

static void cursor_done(struct job *job, enum err err)
{
    (void)job, (void)err;
}

static enum err cursor(struct question *q, bool is_put, struct str *inout)
{
    struct cursor_job c = {.job = {.run = cursor_run, .done = cursor_done},
                           .p = q->p,
                           .arena = q->arena,
                           .cursor = *inout,
                           .is_put = is_put};
    enum err err = store_run(q->p->site->store, &c.job);
    if (!err) *inout = c.cursor;
    return err;
}

/* -- asking -- */

static enum err parcel_of(struct question *q, char token[PARCEL_TOKEN_BYTES], struct parcel *ret)
{
    const struct registry_poll_settings *s = &q->p->s;
    struct buf url;
    uint8_t random[(PARCEL_TOKEN_BYTES - 1) / 2];
    buf_init(&url, URL_MAX);
    buf_printf(&url, "%s%climit=%d", s->url, strchr(s->url, '?') ? '&' : '?', REGISTRY_POLL_PAGE);
    if (q->cursor.bytes) buf_add_text(&url, "&after=");
    for (size_t i = 0; i < q->cursor.bytes; i++) /* whatever is in the registry's own word */
        buf_printf(&url, "%%%02X", (uint8_t)q->cursor.at[i]);
    char *text = url.err ? NULL : arena_text(q->arena, url.at, url.bytes);
    enum err err = url.err ? url.err : text ? OK : ERR_NOMEM;
    buf_done(&url);
    if (err) return err;
    rnd_bytes(random, sizeof random);
    str_hex(random, sizeof random, token);
    *ret = (struct parcel){.way = PARCEL_FETCH,
                           .url = str_of(text),
                           .password = str_of(s->token),
                           .token = str_of(token),
                           .trust = str_of(s->trust)};
    return OK;
}

/* False: we are to end. */
static bool wait_for(struct registry_poll *p, const struct dispatch *d)
{
    for (;;) {
        struct pollfd fds[2] = {{p->stop_fd, POLLIN, 0}, {d->fd, POLLIN, 0}};
        int64_t left = d->end.ms - clock_tick().ms;
        int n = poll(fds, 2, left > 0 ? (int)left : 0);
        if (fds[0].revents) return false;
        if (n > 0 || left <= 0) return true;
    }
}

static enum err read_answer(struct question *q, int fd)
{
    off_t end = lseek(fd, 0, SEEK_END);
    size_t bytes = end > 0 ? (size_t)end : 0;
    char *at = bytes && bytes <= DISPATCH_ANSWER_MAX ? arena_alloc(q->arena, bytes) : NULL;
    if (!at) return bytes > DISPATCH_ANSWER_MAX ? ERR_LIMIT : bytes ? ERR_NOMEM : ERR_BAD_INPUT;
    if (pread(fd, at, bytes, 0) != (ssize_t)bytes) return ERR_IO;
    return json_parse((struct str){at, bytes}, &q->answer, NULL);
}

static enum err fetch(struct question *q, int receipt_fd, int answer_fd)
{
    char token[PARCEL_TOKEN_BYTES];
    struct parcel parcel;
    struct dispatch courier;
    struct receipt receipt = {0};
    enum err err = parcel_of(q, token, &parcel);
    if (!err) err = dispatch_fetch(q->p->s.program, receipt_fd, answer_fd, &parcel, &courier);
    if (err) return err;
    bool goes_on = wait_for(q->p, &courier);
    err = dispatch_end(&courier, receipt_fd, &receipt);
    if (err || !goes_on) return err ? err : ERR_CLOSED;
    if (receipt.end != RECEIPT_DONE) {
        log_warn("registry", "not_answered", LOG_I("code", receipt.code),
                 LOG_T("why", receipt.why[0] ? receipt.why : "courier"));
        return ERR_TIMEOUT;
    }
    return read_answer(q, answer_fd);
}

static enum err ask(struct question *q)
{
    int receipt_fd = memfd_create("receipt", MFD_CLOEXEC), answer_fd = memfd_create("answer", MFD_CLOEXEC);
    enum err err = receipt_fd < 0 || answer_fd < 0 ? ERR_IO : fetch(q, receipt_fd, answer_fd);
    if (receipt_fd >= 0) close(receipt_fd);
    if (answer_fd >= 0) close(answer_fd);
    return err;
}

/* -- what it said -- */

static enum err collect_one(struct question *q, const struct json *object)
{
    struct buf text;
    struct registry_poll *p = q->p;
    buf_init(&text, LETTER_MAX);
    said_json_text(object, &text);
    struct door_message *m = text.err ? NULL : door_new(p->site, str_of(p->s.source), buf_str(&text));
    enum err err = m ? OK : text.err == ERR_LIMIT ? ERR_BAD_INPUT : ERR_NOMEM;
    buf_done(&text);
    if (err) return err;
    q->out[q->count++] = m;
    return said_json(m->arena, records_zone(p->site->records), object, m->text, &m->event, &m->fault);
}

static enum err collect(struct question *q)
{
    static const char *const known[] = {"events", "next", NULL};
    const struct json *events = json_get(q->answer, "events");
    bool is_one = json_is_object(q->answer) && !json_unknown_key(q->answer, known) && json_is_array(events) &&
                  json_count(events) <= REGISTRY_POLL_PAGE &&
                  json_text(json_get(q->answer, "next"), &q->next) && q->next.bytes <= INBOX_CURSOR_BYTES_MAX;
    enum err err = is_one ? OK : ERR_BAD_INPUT;
    for (size_t i = 0; !err && i < json_count(events); i++)
        err = collect_one(q, json_at(events, i));
    return err;
}

static void give_back(struct question *q)
{
    for (size_t i = 0; i < q->count; i++) {
        q->refused += q->out[i]->did == DOOR_REFUSED;
        door_free(q->out[i]);
    }
}

static enum err turn_with(struct question *q)
{
    enum err err = cursor(q, false, &q->cursor);
    if (!err) err = ask(q);
    if (!err) err = collect(q);
    if (err == ERR_BAD_INPUT || err == ERR_LIMIT) log_error("registry", "answer_not_understood", LOG_E(err));
    if (!err && !door_settle(q->out, q->count, q->p->back)) err = ERR_CLOSED;
    if (!err && !str_is(q->next, q->cursor)) err = cursor(q, true, &q->next);
    return err;
}

/* *ret_more: the page was full. */
static enum err turn(struct registry_poll *p, bool *ret_more)
{
    struct question *q = mem_zalloc(sizeof *q);
    if (!q) return ERR_NOMEM;
    q->p = p;
    q->arena = arena_new(ARENA_MAX);
    enum err err = q->arena ? turn_with(q) : ERR_NOMEM;
    *ret_more = !err && q->count > 0 && !str_is(q->next, q->cursor);
    size_t count = q->count;
    give_back(q);
    if (!err && count) log_info("registry", "asked", LOG_U("events", count), LOG_U("refused", q->refused));
    json_free(q->answer);
    arena_free(q->arena);
    mem_free(q);
    return err;
}

/* -- the thread -- */

static void *work(void *arg)
{
    struct registry_poll *p = arg;
    struct pollfd stop = {p->stop_fd, POLLIN, 0};
    int64_t wait_ms = 0;
    while (poll(&stop, 1, (int)wait_ms) <= 0) {
        bool has_more = false;
        enum err err = turn(p, &has_more);
        if (err)
            wait_ms = wait_ms < p->s.every_ms ? p->s.every_ms : wait_ms * 2;
        else
            wait_ms = has_more ? 0 : p->s.every_ms;
        if (wait_ms > REGISTRY_POLL_WAIT_MAX_MS) wait_ms = REGISTRY_POLL_WAIT_MAX_MS;
    }
    return NULL;
}

/* -- beginning and ending -- */

enum err registry_poll_new(struct site *site, const struct registry_poll_settings *settings,
                           struct registry_poll **ret)
{
    struct registry_poll *p = mem_zalloc(sizeof *p);
    if (!p) {
        mem_free(settings->trust);
        return ERR_NOMEM;
    }
    p->site = site;
    p->s = *settings;
    p->stop_fd = eventfd(0, EFD_CLOEXEC);
    p->back = box_new(REGISTRY_POLL_PAGE);
    if (p->stop_fd < 0 || !p->back) {
        registry_poll_free(p);
        return ERR_NOMEM;
    }
    *ret = p;
    return OK;
}

enum err registry_poll_start(struct registry_poll *p)
{
    if (pthread_create(&p->thread, NULL, work, p) != 0) return ERR_NOMEM;
    p->is_started = true;
    return OK;
}

void registry_poll_stop(struct registry_poll *p)
{
    uint64_t one = 1;
    if (!p || !p->is_started) return;
    if (write(p->stop_fd, &one, sizeof one) < 0) log_error("registry", "not_stopped");
    pthread_join(p->thread, NULL);
    p->is_started = false;
}

void registry_poll_free(struct registry_poll *p)
{
    if (!p) return;
    registry_poll_stop(p);
    if (p->stop_fd >= 0) close(p->stop_fd);
    mem_free(p->s.trust);
    box_free(p->back);
    mem_wipe_free(p, sizeof *p);
}
