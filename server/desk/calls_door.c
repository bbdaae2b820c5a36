/* The door of the rooms for people: who comes in by a token or comes back, what the book says of them, and what they do inside that must be written down first. */
#include "auth/account.h"
#include "desk/calls_own.h"
#include "desk/room_pass.h"
#include "desk/visit_guest.h"
#include <stdio.h>

struct metric calls_metric_joins = {"yunqiao_room_joins_total",
                                    NULL,
                                    "People let into rooms, those who came back included.",
                                    METRIC_COUNTER,
                                    0,
                                    NULL};

/* What was said before, by the reader's own rights; and which versions that were, for the trail. */
static enum err read_chat(struct admission *a, struct tx *tx, struct role_set roles)
{
    struct records *records = a->calls->settings.records;
    if (!records) return OK;
    enum err err = room_chat_read(tx, records, a->arena, a->account, roles, str_of(a->token.room), &a->chat);
    if (err || !a->chat.patient) return err;
    const char *detail = arena_printf(a->arena, "{\"back\":%s,\"versions\":[%s]}",
                                      a->token.kind == ROOM_TOKEN_BACK ? "true" : "false", a->chat.versions);
    if (!detail) return ERR_NOMEM;
    a->row.detail = str_of(detail);
    a->row.subjects = &a->chat.patient;
    a->row.subject_count = 1;
    return OK;
}

static enum err at_the_visit(struct admission *a, struct tx *tx, struct role_set roles, enum visit_door *ret,
                             struct instant *ret_opens)
{
    struct record_reader server = {.records = a->calls->settings.records, .arena = arena_new(CALLS_LOOK_MAX)};
    enum err err = server.arena ? OK : ERR_NOMEM;
    if (!err && server.records)
        err = visit_door(tx, &server, str_of(a->token.room), a->account, roles,
                         a->token.kind == ROOM_TOKEN_BACK, ret, ret_opens);
    arena_free(server.arena);
    return err;
}

static enum err run_person(struct job *job, struct tx *tx)
{
    struct admission *a = (struct admission *)(void *)job;
    struct room_entry entry;
    struct account who;
    struct instant opens;
    enum visit_door door = VISIT_DOOR_OPEN;
    enum err err = account_find(tx, a->arena, a->account, &who);
    if (err == ERR_NOT_FOUND || (!err && who.disabled.ms)) {
        admission_refuse(a, "not_member");
        return OK;
    }
    if (!err) err = room_book_find(tx, a->arena, str_of(a->token.room), a->account, &entry);
    if (err == ERR_NOT_FOUND || (!err && (!entry.is_member || !room_world_may(who.roles)))) {
        admission_refuse(a, "not_member");
        return OK;
    }
    if (err) return err;
    if (entry.closed.ms) {
        admission_refuse(a, "room_closed");
        return OK;
    }
    err = at_the_visit(a, tx, who.roles, &door, &opens);
    if (err) return err;
    if (door != VISIT_DOOR_OPEN) {
        admission_refuse(a, visit_door_text(door));
        return OK;
    }
    err = read_chat(a, tx, who.roles);
    if (err) return err;
    calls_keep(a->title, sizeof a->title, entry.title);
    calls_keep(a->display, sizeof a->display, who.display);
    a->roles = who.roles;
    a->is_host = entry.is_host;
    enum role role = role_set_first(who.roles);
    if (role != ROLE_COUNT) a->row.role = str_of(role_name(role));
    return OK;
}

void calls_refuse(struct calls *c, const struct mail *m, const struct room_frame *f, const char *code)
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
        calls_refuse(c, m, f, "in_call");
        return;
    }
    if (!read_way_in(c, m, f, &token)) {
        calls_refuse(c, m, f, "token");
        return;
    }
    snprintf(t.target, sizeof t.target, "room/%s", token.room);
    snprintf(t.detail, sizeof t.detail, "{\"back\":%s}", token.kind == ROOM_TOKEN_BACK ? "true" : "false");
    struct admission *a = admission_new(c, MAIL_ADMITTED);
    enum err err = a && admission_row(a, &t) ? OK : ERR_NOMEM;
    if (!err) {
        a->job.run = run_person;
        a->token = token;
        a->account = a->row.actor;
        a->mail->client = m->client;
        memcpy(a->mail->account, m->account, sizeof m->account);
        memcpy(a->mail->session, m->session, sizeof m->session);
        memcpy(a->mail->from, m->from, sizeof m->from);
        err = admission_post(c, a);
    }
    if (!err) return;
    admission_free(a);
    calls_refuse(c, m, f, "failed");
}

void calls_person_admitted(struct calls *c, struct admission *a)
{
    const struct mail *m = a->mail;
    const struct room_frame f = {.kind = ROOM_FRAME_JOIN};
    if (a->err || a->code) {
        calls_refuse(c, m, &f, a->err ? "failed" : a->code);
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
                              .epoch = a->token.epoch,
                              .visit = a->chat.visit,
                              .chat = a->chat.lines};
    metric_add(&calls_metric_joins, 1);
    rooms_enter(c->rooms, &e, clock_tick(), clock_now());
}

/* -- acts -- */

void calls_act(struct calls *c, const struct mail *m, const struct room_frame *f)
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

static enum err run_endpoint(struct job *job, struct tx *tx)
{
    struct admission *a = (struct admission *)(void *)job;
    size_t head = strlen("room/");
    struct str room = {a->row.target.at + head, a->row.target.bytes - head};
    return calls_consent(a, tx, room);
}

/* The row first; the frame goes with it and is read again when it comes back. */
static void take_traced(struct calls *c, struct mail *m, const struct room_frame *f,
                        const struct room_trace *t)
{
    struct admission *a = admission_new(c, MAIL_ADMITTED);
    enum err err = a && admission_row(a, t) ? OK : ERR_NOMEM;
    if (!err) {
        const char *pass =
            f->kind == ROOM_FRAME_KICK ? rooms_pass_of(c->rooms, m->client, f->participant) : "";
        calls_keep(a->token.session, sizeof a->token.session, str_of(pass));
        bool calls_in = f->kind == ROOM_FRAME_ENDPOINT && f->is_on;
        a->job.run = pass[0] ? run_kick : calls_in ? run_endpoint : admission_run;
        a->mail->client = m->client;
        a->mail->frame = m->frame;
        err = admission_post(c, a);
        if (err) a->mail->frame = NULL;
    }
    if (!err) {
        m->frame = NULL;
        return;
    }
    admission_free(a);
    calls_refuse(c, m, f, "failed");
}

/* -- chat -- */

static enum err run_chat(struct job *job, struct tx *tx)
{
    struct admission *a = (struct admission *)(void *)job;
    enum err err = room_chat_keep(tx, a->calls->settings.records, a->arena, a->line, a->text, &a->kept);
    if (err) return err;
    if (a->kept.code) {
        admission_refuse(a, a->kept.code);
        return OK;
    }
    a->row.detail = str_of(a->kept.detail);
    a->row.subjects = &a->kept.patient;
    a->row.subject_count = 1;
    return OK;
}

/* The line first; the frame goes with it, and its words are told when it comes back. */
static enum err keep_line(struct calls *c, struct mail *m, const struct room_frame *f,
                          const struct room_line *line)
{
    struct room_trace t = {
        .action = "call.chat", .account = line->account, .from = line->from, .roles = line->roles};
    snprintf(t.target, sizeof t.target, "room/%s", line->room);
    struct admission *a = admission_new(c, MAIL_ADMITTED);
    if (!a) return ERR_NOMEM;
    a->line = arena_copy(a->arena, line, sizeof *line);
    a->text = (struct str){arena_text(a->arena, f->text.at, f->text.bytes), f->text.bytes};
    enum err err = a->line && a->text.at && admission_row(a, &t) ? OK : ERR_NOMEM;
    if (!err) {
        a->job.run = run_chat;
        a->mail->client = m->client;
        a->mail->frame = m->frame;
        err = admission_post(c, a);
        if (err) a->mail->frame = NULL;
    }
    if (err)
        admission_free(a);
    else
        m->frame = NULL;
    return err;
}

void calls_chat_kept(struct calls *c, struct admission *a, const struct room_frame *f)
{
    if (a->code)
        calls_refuse(c, a->mail, f, a->code);
    else
        rooms_say(c->rooms, a->line, a->kept.id, f->text, a->kept.at);
}

static void chat(struct calls *c, struct mail *m, const struct room_frame *f)
{
    struct room_line line;
    const char *code = rooms_line(c->rooms, m->client, clock_tick(), &line);
    if (!code && line.visit[0] && keep_line(c, m, f, &line) != OK) code = "failed";
    if (code)
        calls_refuse(c, m, f, code);
    else if (!line.visit[0])
        rooms_say(c->rooms, &line, NULL, f->text, clock_now());
}

void calls_read_frame(struct calls *c, struct mail *m)
{
    static struct room_frame f; /* some KiB; this thread's */
    struct room_trace t;
    if (room_frame_read(m->frame, &f) != OK)
        c->settings.close(c->settings.ctx, m->client);
    else if (f.kind == ROOM_FRAME_JOIN)
        join(c, m, &f);
    else if (f.kind == ROOM_FRAME_CHAT)
        chat(c, m, &f);
    else if (rooms_must_trace(c->rooms, m->client, &f, &t))
        take_traced(c, m, &f, &t);
    else
        calls_act(c, m, &f);
}
