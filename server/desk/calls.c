#include "desk/calls.h"
#include "auth/account.h"
#include "base/box.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "desk/room_book.h"
#include "desk/room_pass.h"
#include "desk/schedule_door.h"
#include "link/parcel.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

enum {
    MAIL_MAX = 16384,
    MAIL_A_TURN = 256,
    THREAD_STACK_BYTES = 512 * 1024,
    ARENA_BYTES = 64 * 1024,
    ADDRESSES = 256,
    POSTS_MAX = 300, /* new sessions of one address … */
    POSTS_MS = 10000 /* … in so long */
};

static struct metric
    metric_rooms = {"yunqiao_rooms", NULL, "Rooms with somebody in them.", METRIC_GAUGE, 0, NULL},
    metric_participants =
        {"yunqiao_room_participants", NULL, "Participants in all rooms.", METRIC_GAUGE, 0, NULL},
    metric_tracks = {"yunqiao_room_tracks", NULL, "Tracks in all rooms.", METRIC_GAUGE, 0, NULL},
    metric_joins = {"yunqiao_room_joins_total",
                    NULL,
                    "People let into rooms, those who came back included.",
                    METRIC_COUNTER,
                    0,
                    NULL},
    metric_streams = {
        "yunqiao_room_streams_total", NULL, "WHIP and WHEP sessions let in.", METRIC_COUNTER, 0, NULL};

void calls_register_metrics(void)
{
    struct metric *const all[] = {&metric_rooms, &metric_participants, &metric_tracks, &metric_joins,
                                  &metric_streams};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        metric_register(all[i]);
}

enum mail_kind {
    MAIL_WORKER,
    MAIL_HEARD,
    MAIL_FRAME,
    MAIL_LOST,
    MAIL_REVOKE,
    MAIL_VOID,
    MAIL_ASK,
    MAIL_ADMITTED,
    MAIL_ROW,
    MAIL_DRAIN
};

struct mail {
    struct box_item item; /* first */
    enum mail_kind kind;
    int worker;
    bool is_up, is_over;
    struct parcel *parcel;
    struct room_client client;
    char account[IDENT_TEXT], session[IDENT_TEXT], from[ROOM_FROM_BYTES], room[ROOM_ID_MAX + 1];
    struct json *frame;
    struct calls_ask *ask;
    struct admission *admission;
};

/* Somebody at the door: what the book says, and the row that says that it was said. Owned by whoever has it: calls, the store, calls. */
struct admission {
    struct job job; /* first */
    struct calls *calls;
    struct arena *arena;
    struct mail *mail; /* comes back with it */
    struct audit_row row;
    enum err err;
    const char *code; /* refused by the book */
    struct str account;
    struct room_token token;
    char title[ROOM_TITLE_BYTES_MAX + 1], display[ROOM_DISPLAY_BYTES];
    struct role_set roles;
    bool is_host;
};

struct address_count {
    uint64_t hash;
    struct tick since;
    int posts;
};

struct calls {
    struct calls_settings settings;
    uint8_t key[ROOM_KEY_BYTES]; /* read-only: any thread */
    struct box *box;
    pthread_t thread;
    bool is_running;
    _Atomic bool is_stopping;
    _Atomic int64_t rows_out; /* jobs that the store has */
    pthread_mutex_t lock;     /* rooms: held while a mail is read, so that others may count */
    struct rooms *rooms;
    struct address_count addresses[ADDRESSES];
};

/* -- mail -- */

static void mail_free(struct mail *m)
{
    if (!m) return;
    parcel_free(m->parcel);
    json_free(m->frame);
    mem_free(m);
}

static struct mail *mail_new(enum mail_kind kind)
{
    struct mail *m = mem_zalloc(sizeof *m);
    if (m) m->kind = kind;
    return m;
}

/* What must not be lost: its number is bounded by the workers, the connections and the jobs at the store. */
static void put_always(struct calls *c, struct mail *m)
{
    if (box_put_always(c->box, &m->item) != OK) mail_free(m);
}

static void keep(char *to, size_t room, struct str from)
{
    size_t n = from.bytes < room - 1 ? from.bytes : room - 1;
    if (n > 0) memcpy(to, from.at, n);
    to[n] = '\0';
}

void calls_worker(struct calls *c, int worker, bool is_up)
{
    struct mail *m = mail_new(MAIL_WORKER);
    if (!m) {
        log_error("calls", "worker_unheard", LOG_I("index", worker));
        return;
    }
    m->worker = worker;
    m->is_up = is_up;
    put_always(c, m);
}

void calls_heard(struct calls *c, int worker, const struct link_msg *msg)
{
    struct mail *m = mail_new(MAIL_HEARD);
    if (m) m->parcel = parcel_new(worker, LINK_WORKER, msg);
    if (m && m->parcel) {
        put_always(c, m);
        return;
    }
    mail_free(m);
    log_error("calls", "message_lost", LOG_T("type", link_type_text(msg->type)));
}

enum err calls_frame(struct calls *c, const struct calls_client *who, struct json *frame)
{
    struct mail *m = mail_new(MAIL_FRAME);
    if (!m) {
        json_free(frame);
        return ERR_NOMEM;
    }
    m->client = who->id;
    m->frame = frame;
    keep(m->account, sizeof m->account, who->account);
    keep(m->session, sizeof m->session, who->session);
    keep(m->from, sizeof m->from, str_of(who->from));
    enum err err = box_put(c->box, &m->item);
    if (err) mail_free(m);
    return err;
}

void calls_lost(struct calls *c, struct room_client client, bool is_over)
{
    struct mail *m = mail_new(MAIL_LOST);
    if (!m) {
        log_error("calls", "loss_unheard");
        return;
    }
    m->client = client;
    m->is_over = is_over;
    put_always(c, m);
}

void calls_revoke(struct calls *c, struct str room, struct str account)
{
    struct mail *m = mail_new(MAIL_REVOKE);
    if (!m) {
        log_error("calls", "revocation_unheard");
        return;
    }
    keep(m->room, sizeof m->room, room);
    keep(m->account, sizeof m->account, account);
    put_always(c, m);
}

void calls_void(struct calls *c, struct str pass)
{
    struct mail *m = mail_new(MAIL_VOID);
    if (!m) {
        log_error("calls", "revocation_unheard");
        return;
    }
    keep(m->session, sizeof m->session, pass);
    put_always(c, m);
}

static void refuse_ask(struct calls_ask *ask, int status, const char *code)
{
    struct room_answer a = {
        .status = status, .code = code, .retry_after_s = status == 503 || status == 429 ? 1 : 0};
    ask->answered(ask, &a);
}

void calls_ask(struct calls *c, struct calls_ask *ask)
{
    struct mail *m = mail_new(MAIL_ASK);
    if (m) m->ask = ask;
    if (m && box_put(c->box, &m->item) == OK) return;
    mail_free(m);
    refuse_ask(ask, 503, "busy");
}

/* -- the store -- */

static void admission_free(struct admission *a)
{
    if (!a) return;
    mail_free(a->mail);
    struct arena *arena = a->arena;
    arena_free(arena);
}

static struct admission *admission_new(struct calls *c, enum mail_kind kind)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    struct admission *a = arena ? arena_zalloc(arena, sizeof *a) : NULL;
    struct mail *m = a ? mail_new(kind) : NULL;
    if (!m) {
        arena_free(arena);
        return NULL;
    }
    a->arena = arena;
    a->calls = c;
    a->mail = m;
    m->admission = a;
    return a;
}

static void row_done(struct job *job, enum err err)
{
    struct admission *a = (struct admission *)(void *)job;
    struct calls *c = a->calls;
    a->err = err;
    atomic_fetch_sub(&c->rows_out, 1);
    /* It comes back always: how many are out is bounded by the store's own queue. */
    if (box_put_always(c->box, &a->mail->item) != OK) admission_free(a);
}

static enum err post(struct calls *c, struct admission *a)
{
    a->job.done = row_done;
    atomic_fetch_add(&c->rows_out, 1);
    enum err err = store_write(c->settings.store, &a->job);
    if (err) atomic_fetch_sub(&c->rows_out, 1);
    return err;
}

static bool fill_row(struct admission *a, const struct room_trace *t)
{
    enum role role = role_set_first(t->roles);
    struct str texts[] = {str_of(t->account), str_of(t->from), str_of(t->action), str_of(t->target),
                          str_of(t->detail)};
    for (size_t i = 0; i < COUNT_OF(texts); i++) {
        texts[i].at = arena_text(a->arena, texts[i].at ? texts[i].at : "", texts[i].bytes);
        if (!texts[i].at) return false;
    }
    a->row = (struct audit_row){.actor = texts[0],
                                .role = role == ROLE_COUNT ? STR("") : str_of(role_name(role)),
                                .from = texts[1],
                                .action = texts[2],
                                .target = texts[3],
                                .detail = texts[4],
                                .outcome = AUDIT_OK};
    a->job.audit = &a->row;
    return true;
}

static enum err run_row(struct job *job, struct tx *tx)
{
    (void)job, (void)tx;
    return OK;
}

static void trace(void *ctx, const struct room_trace *t)
{
    struct calls *c = ctx;
    struct admission *a = admission_new(c, MAIL_ROW);
    enum err err = a && fill_row(a, t) ? OK : ERR_NOMEM;
    if (!err) {
        a->job.run = run_row;
        err = post(c, a);
    }
    if (!err) return;
    admission_free(a);
    log_error("calls", "row_lost", LOG_T("action", t->action), LOG_E(err));
}

static void refuse_row(struct admission *a, const char *code)
{
    a->code = code;
    a->row.outcome = AUDIT_REFUSED;
    const char *detail = arena_printf(a->arena, "{\"code\":\"%s\"}", code);
    if (detail) a->row.detail = str_of(detail);
}

/* -- the door: people -- */

static enum err run_person(struct job *job, struct tx *tx)
{
    struct admission *a = (struct admission *)(void *)job;
    struct room_entry entry;
    struct account who;
    struct instant opens;
    enum door door = DOOR_OPEN;
    enum err err = account_find(tx, a->arena, a->account, &who);
    if (err == ERR_NOT_FOUND || (!err && who.disabled.ms)) {
        refuse_row(a, "not_member");
        return OK;
    }
    if (!err) err = room_book_find(tx, a->arena, str_of(a->token.room), a->account, &entry);
    if (err == ERR_NOT_FOUND || (!err && (!entry.is_member || !room_world_may(who.roles)))) {
        refuse_row(a, "not_member");
        return OK;
    }
    if (err) return err;
    if (entry.closed.ms) {
        refuse_row(a, "room_closed");
        return OK;
    }
    if (a->token.kind == ROOM_TOKEN_JOIN)
        err = schedule_door(tx, str_of(a->token.room), who.roles, &door, &opens);
    if (err) return err;
    if (door != DOOR_OPEN) {
        refuse_row(a, door == DOOR_EARLY ? "room_early" : "room_late");
        return OK;
    }
    keep(a->title, sizeof a->title, entry.title);
    keep(a->display, sizeof a->display, who.display);
    a->roles = who.roles;
    a->is_host = entry.is_host;
    enum role role = role_set_first(who.roles);
    if (role != ROLE_COUNT) a->row.role = str_of(role_name(role));
    return OK;
}

static void refuse_frame(struct calls *c, const struct mail *m, const struct room_frame *f, const char *code)
{
    rooms_refuse(c->rooms, m->client, f, code);
}

static bool read_way_in(struct calls *c, const struct mail *m, const struct room_frame *f,
                        struct room_token *ret)
{
    struct instant now = clock_now();
    bool is_back = f->resume.bytes > 0;
    if (!room_token_read(is_back ? f->resume : f->token, is_back ? ROOM_TOKEN_BACK : ROOM_TOKEN_JOIN, c->key,
                         now, ret))
        return false;
    if (!str_is_text(f->room, ret->room) || strcmp(ret->account, m->account) != 0) return false;
    return is_back ? rooms_may_come_back(c->rooms, ret, clock_tick()) : strcmp(ret->session, m->session) == 0;
}

/* Takes the mail's frame when it goes on. */
static void join(struct calls *c, struct mail *m, const struct room_frame *f)
{
    struct room_token token;
    struct room_trace t = {.action = "call.join", .account = m->account, .from = m->from};
    if (rooms_is_in(c->rooms, m->client)) {
        refuse_frame(c, m, f, "in_call");
        return;
    }
    if (!read_way_in(c, m, f, &token)) {
        refuse_frame(c, m, f, "token");
        return;
    }
    snprintf(t.target, sizeof t.target, "room/%s", token.room);
    snprintf(t.detail, sizeof t.detail, "{\"back\":%s}", token.kind == ROOM_TOKEN_BACK ? "true" : "false");
    struct admission *a = admission_new(c, MAIL_ADMITTED);
    enum err err = a && fill_row(a, &t) ? OK : ERR_NOMEM;
    if (!err) {
        a->job.run = run_person;
        a->token = token;
        a->account = a->row.actor;
        a->mail->client = m->client;
        memcpy(a->mail->account, m->account, sizeof m->account);
        memcpy(a->mail->session, m->session, sizeof m->session);
        memcpy(a->mail->from, m->from, sizeof m->from);
        err = post(c, a);
    }
    if (!err) return;
    admission_free(a);
    refuse_frame(c, m, f, "failed");
}

static void person_admitted(struct calls *c, struct admission *a)
{
    const struct mail *m = a->mail;
    const struct room_frame f = {.kind = ROOM_FRAME_JOIN};
    if (a->err || a->code) {
        refuse_frame(c, m, &f, a->err ? "failed" : a->code);
        return;
    }
    struct room_entrance e = {.client = m->client,
                              .room = a->token.room,
                              .title = a->title,
                              .account = m->account,
                              .session = m->session,
                              .display = a->display,
                              .from = m->from,
                              .roles = a->roles,
                              .is_host = a->is_host,
                              .participant = a->token.participant,
                              .epoch = a->token.epoch};
    metric_add(&metric_joins, 1);
    rooms_enter(c->rooms, &e, clock_tick(), clock_now());
}

/* -- acts -- */

static void take(struct calls *c, const struct mail *m, const struct room_frame *f)
{
    rooms_take(c->rooms, m->client, f, clock_tick(), clock_now());
}

/* Who is put out does not come back by what it came by. */
static enum err run_kick(struct job *job, struct tx *tx)
{
    struct admission *a = (struct admission *)(void *)job;
    enum err err = room_pass_revoke(tx, (struct str){0}, str_of(a->token.session));
    return err == ERR_NOT_FOUND ? OK : err;
}

/* The row first; the frame goes with it and is read again when it comes back. */
static void take_traced(struct calls *c, struct mail *m, const struct room_frame *f,
                        const struct room_trace *t)
{
    struct admission *a = admission_new(c, MAIL_ADMITTED);
    enum err err = a && fill_row(a, t) ? OK : ERR_NOMEM;
    if (!err) {
        const char *pass =
            f->kind == ROOM_FRAME_KICK ? rooms_pass_of(c->rooms, m->client, f->participant) : "";
        keep(a->token.session, sizeof a->token.session, str_of(pass));
        a->job.run = pass[0] ? run_kick : run_row;
        a->mail->client = m->client;
        a->mail->frame = m->frame;
        err = post(c, a);
        if (err) a->mail->frame = NULL;
    }
    if (!err) {
        m->frame = NULL;
        return;
    }
    admission_free(a);
    refuse_frame(c, m, f, "failed");
}

static void read_frame(struct calls *c, struct mail *m)
{
    static struct room_frame f; /* some KiB; this thread's */
    struct room_trace t;
    if (room_frame_read(m->frame, &f) != OK)
        c->settings.close(c->settings.ctx, m->client);
    else if (f.kind == ROOM_FRAME_JOIN)
        join(c, m, &f);
    else if (rooms_must_trace(c->rooms, m->client, &f, &t))
        take_traced(c, m, &f, &t);
    else
        take(c, m, &f);
}

/* -- the door: sources and viewers -- */

static enum err run_stream(struct job *job, struct tx *tx)
{
    struct admission *a = (struct admission *)(void *)job;
    struct room_entry entry;
    bool is_good = false;
    enum err err = room_pass_is_good(tx, str_of(a->token.session), &is_good);
    if (err) return err;
    if (!is_good) {
        refuse_row(a, "no_token");
        return OK;
    }
    err = room_book_find(tx, a->arena, a->mail->ask->room, (struct str){0}, &entry);
    /* A room that only a token of the operator names: it is while somebody is in it. */
    if (err == ERR_NOT_FOUND) {
        keep(a->title, sizeof a->title, a->mail->ask->room);
        return OK;
    }
    if (err) return err;
    if (entry.closed.ms) refuse_row(a, "not_found");
    keep(a->title, sizeof a->title, entry.title);
    return OK;
}

static void stream_admitted(struct calls *c, struct admission *a)
{
    struct calls_ask *ask = a->mail->ask;
    if (a->err || a->code) {
        bool is_void = a->code && strcmp(a->code, "no_token") == 0;
        refuse_ask(ask, a->err ? 503 : is_void ? 401 : 404, a->err ? "busy" : a->code);
        return;
    }
    char room[ROOM_ID_MAX + 1], source[ROOM_ID_MAX + 1];
    keep(room, sizeof room, ask->room);
    keep(source, sizeof source, ask->source);
    struct room_post p = {.asker = ask,
                          .is_whep = ask->is_whep,
                          .room = room,
                          .title = a->title,
                          .source = source,
                          .from = ask->from,
                          .pass = a->token.session,
                          .ends = a->token.ends,
                          .sdp = ask->body};
    metric_add(&metric_streams, 1);
    rooms_post(c->rooms, &p, clock_tick(), clock_now());
}

static bool is_too_many(struct calls *c, const char *from)
{
    uint64_t hash = 1469598103934665603u; /* FNV-1a: a collision only shares a count */
    struct tick now = clock_tick();
    for (const char *p = from; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 1099511628211u;
    struct address_count *a = &c->addresses[hash % ADDRESSES];
    if (a->hash != hash || now.ms - a->since.ms >= POSTS_MS) *a = (struct address_count){hash, now, 0};
    return ++a->posts > POSTS_MAX;
}

/* 0: welcome; else the status. */
static int why_not_asked(struct calls *c, const struct calls_ask *ask, struct room_token *ret,
                         const char **ret_code)
{
    *ret_code = "no_token";
    if (!room_token_read(ask->token, ROOM_TOKEN_SOURCE, c->key, clock_now(), ret)) return 401;
    *ret_code = "not_allowed";
    if (!room_pattern_fits(str_of(ret->room), ask->room)) return 403;
    if (ret->source[0] && !str_is_text(ask->source, ret->source)) return 403;
    if (ask->is_whep ? !ret->may_subscribe : !ret->may_publish) return 403;
    *ret_code = "slow_down";
    return ask->kind == CALLS_POST && is_too_many(c, ask->from) ? 429 : 0;
}

static void post_stream(struct calls *c, struct calls_ask *ask, const struct room_token *token)
{
    struct room_trace t = {.action = "call.stream.join", .account = "", .from = ask->from};
    snprintf(t.target, sizeof t.target, "room/%.*s", (int)ask->room.bytes, ask->room.at);
    snprintf(t.detail, sizeof t.detail, "{\"kind\":\"%s\",\"source\":\"%.*s\"}",
             ask->is_whep ? "viewer" : "source", (int)ask->source.bytes, ask->source.at);
    struct admission *a = admission_new(c, MAIL_ADMITTED);
    enum err err = a && fill_row(a, &t) ? OK : ERR_NOMEM;
    if (!err) {
        a->job.run = run_stream;
        a->token = *token;
        a->mail->ask = ask;
        err = post(c, a);
    }
    if (!err) return;
    admission_free(a);
    refuse_ask(ask, 503, "busy");
}

static bool has_session(const struct calls *c, const struct calls_ask *ask)
{
    char room[ROOM_ID_MAX + 1], source[ROOM_ID_MAX + 1];
    keep(room, sizeof room, ask->room);
    keep(source, sizeof source, ask->source);
    return rooms_has_session(c->rooms, room, source, ask->session, ask->is_whep);
}

static void read_ask(struct calls *c, struct calls_ask *ask)
{
    struct room_token token;
    struct room_answer here = {.status = 200};
    const char *code;
    int status = why_not_asked(c, ask, &token, &code);
    if (status) {
        refuse_ask(ask, status, code);
        return;
    }
    if (ask->session.bytes && !has_session(c, ask)) {
        refuse_ask(ask, 404, "not_found");
        return;
    }
    switch (ask->kind) {
    case CALLS_POST:
        post_stream(c, ask, &token);
        break;
    case CALLS_PATCH:
        rooms_patch(c->rooms, ask->session, ask->body, ask->if_match, ask, clock_tick());
        break;
    case CALLS_ACCEPT:
        rooms_accept(c->rooms, ask->session, ask->body, ask, clock_tick());
        break;
    case CALLS_DELETE:
        rooms_delete(c->rooms, ask->session, ask, clock_tick());
        break;
    case CALLS_LOOK:
        ask->answered(ask, &here);
        break;
    }
}

static void answer(void *ctx, void *asker, const struct room_answer *a)
{
    struct calls_ask *ask = asker;
    (void)ctx;
    ask->answered(ask, a);
}

/* -- the thread -- */

static void read_admitted(struct calls *c, struct admission *a)
{
    static struct room_frame f;
    if (a->mail->ask)
        stream_admitted(c, a);
    else if (!a->mail->frame)
        person_admitted(c, a);
    else if (room_frame_read(a->mail->frame, &f) == OK && !a->err)
        take(c, a->mail, &f);
    else
        refuse_frame(c, a->mail, &f, "failed");
}

static void read_heard(struct calls *c, const struct parcel *p)
{
    static struct link_msg m;
    parcel_open(p, &m);
    rooms_heard(c->rooms, p->worker, &m, clock_tick());
}

static void read_mail(struct calls *c, struct mail *m)
{
    switch (m->kind) {
    case MAIL_WORKER:
        if (m->is_up)
            rooms_worker_up(c->rooms, m->worker, clock_tick());
        else
            rooms_worker_down(c->rooms, m->worker, clock_tick());
        break;
    case MAIL_HEARD:
        read_heard(c, m->parcel);
        break;
    case MAIL_FRAME:
        read_frame(c, m);
        break;
    case MAIL_LOST:
        rooms_lost(c->rooms, m->client, m->is_over, clock_tick());
        break;
    case MAIL_REVOKE:
        rooms_revoke(c->rooms, m->room, m->account[0] ? m->account : NULL, clock_tick());
        break;
    case MAIL_VOID:
        rooms_void(c->rooms, m->session, clock_tick());
        break;
    case MAIL_ASK:
        read_ask(c, m->ask);
        break;
    case MAIL_ADMITTED:
        read_admitted(c, m->admission);
        break;
    case MAIL_DRAIN:
        rooms_drain(c->rooms, clock_tick());
        break;
    case MAIL_ROW:
        if (m->admission->err) log_error("calls", "row_not_written", LOG_E(m->admission->err));
        break;
    }
    if (m->admission)
        admission_free(m->admission); /* and the mail */
    else
        mail_free(m);
}

static void turn(struct calls *c)
{
    struct rooms_counts counts;
    rooms_turn(c->rooms, clock_tick(), clock_now());
    rooms_count(c->rooms, &counts);
    metric_set(&metric_rooms, counts.rooms);
    metric_set(&metric_participants, counts.participants);
    metric_set(&metric_tracks, counts.tracks);
}

static void take_mail(struct calls *c, int wait_ms)
{
    struct box_item *i = box_take(c->box, MAIL_A_TURN, wait_ms);
    pthread_mutex_lock(&c->lock);
    for (struct box_item *next; i; i = next) {
        next = i->next;
        read_mail(c, (struct mail *)(void *)i);
    }
    pthread_mutex_unlock(&c->lock);
}

static void *run(void *ctx)
{
    struct calls *c = ctx;
    struct tick next = clock_tick();
    pthread_setname_np(pthread_self(), "calls");
    while (!atomic_load(&c->is_stopping)) {
        int64_t wait_ms = next.ms - clock_tick().ms;
        take_mail(c, wait_ms > 0 ? (int)wait_ms : 0);
        if (clock_tick().ms < next.ms) continue;
        pthread_mutex_lock(&c->lock);
        turn(c);
        next.ms = clock_tick().ms + rooms_wait_ms(c->rooms);
        pthread_mutex_unlock(&c->lock);
    }
    return NULL;
}

/* -- making and ending -- */

struct key_job {
    struct job job; /* first */
    uint8_t key[ROOM_KEY_BYTES];
};

static enum err run_key(struct job *job, struct tx *tx)
{
    struct key_job *k = (struct key_job *)(void *)job;
    return room_book_key(tx, k->key);
}

static void send_message(void *ctx, int worker, const struct link_msg *m)
{
    struct calls *c = ctx;
    c->settings.send(c->settings.ctx, worker, m);
}

static void tell(void *ctx, struct room_client to, struct str frame)
{
    struct calls *c = ctx;
    c->settings.tell(c->settings.ctx, to, frame);
}

enum err calls_new(const struct calls_settings *settings, struct calls **ret_calls)
{
    struct key_job k = {.job = {.run = run_key}};
    struct calls *c = mem_zalloc(sizeof *c);
    if (!c) return ERR_NOMEM;
    c->settings = *settings;
    pthread_mutex_init(&c->lock, NULL);
    c->box = box_new(MAIL_MAX);
    enum err err = c->box ? store_run(settings->store, &k.job) : ERR_NOMEM;
    if (!err) {
        struct rooms_settings how = {
            .workers = settings->workers, .rooms_max = settings->rooms_max, .peers_max = settings->peers_max};
        struct rooms_ports ports = {c, send_message, tell, trace, answer};
        memcpy(c->key, k.key, sizeof c->key);
        memcpy(how.key, k.key, sizeof how.key);
        memcpy(how.turn_host, settings->turn_host, sizeof how.turn_host);
        how.turn_port = settings->turn_port;
        c->rooms = rooms_new(&how, &ports, clock_tick());
        mem_wipe(&how, sizeof how);
        mem_wipe(&k, sizeof k);
        if (!c->rooms) err = ERR_NOMEM;
    }
    if (err) {
        calls_free(c);
        return err;
    }
    *ret_calls = c;
    return OK;
}

enum err calls_start(struct calls *c)
{
    pthread_attr_t attr;
    sigset_t all, before;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    c->is_running = pthread_create(&c->thread, &attr, run, c) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return c->is_running ? OK : ERR_NOMEM;
}

void calls_drain(struct calls *c)
{
    struct mail *m = mail_new(MAIL_DRAIN);
    if (m) put_always(c, m); /* without: the workers end their rooms themselves, at their deadline */
}

void calls_stop(struct calls *c)
{
    if (!c || !c->box) return;
    atomic_store(&c->is_stopping, true);
    /* An empty word, so that it need not wait for its next turn. */
    calls_lost(c, (struct room_client){0}, false);
    if (c->is_running) pthread_join(c->thread, NULL);
    c->is_running = false;
    if (!c->rooms) return;
    while (box_count(c->box) > 0)
        take_mail(c, 0);
    rooms_end(c->rooms);
}

void calls_free(struct calls *c)
{
    if (!c) return;
    calls_stop(c);
    rooms_free(c->rooms);
    if (c->box) box_free(c->box);
    pthread_mutex_destroy(&c->lock);
    mem_wipe_free(c, sizeof *c);
}

void calls_token(const struct calls *c, const struct room_token *t, char ret_text[ROOM_TOKEN_TEXT])
{
    room_token_write(t, c->key, ret_text);
}

int calls_present(struct calls *c, const char *room)
{
    pthread_mutex_lock(&c->lock);
    int n = rooms_present(c->rooms, room);
    pthread_mutex_unlock(&c->lock);
    return n;
}

void calls_count(struct calls *c, struct rooms_counts *ret)
{
    pthread_mutex_lock(&c->lock);
    rooms_count(c->rooms, ret);
    pthread_mutex_unlock(&c->lock);
}
