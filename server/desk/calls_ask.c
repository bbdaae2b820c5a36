/* The door of the rooms for sources and viewers: requests of WHIP and WHEP, by a pass. */
#include "desk/calls_own.h"
#include "desk/room_pass.h"
#include "desk/visit_guest.h"
#include <stdio.h>

enum {
    POSTS_MAX = 300, /* new sessions of one address … */
    POSTS_MS = 10000 /* … in so long */
};

struct metric calls_metric_streams = {
    "yunqiao_room_streams_total", NULL, "WHIP and WHEP sessions let in.", METRIC_COUNTER, 0, NULL};

void calls_refuse_ask(struct calls_ask *ask, int status, const char *code)
{
    struct room_answer a = {
        .status = status, .code = code, .retry_after_s = status == 503 || status == 429 ? 1 : 0};
    ask->answered(ask, &a);
}

enum err calls_consent(struct admission *a, struct tx *tx, struct str room)
{
    struct record_reader server = {.records = a->calls->settings.records, .arena = arena_new(CALLS_LOOK_MAX)};
    enum visit_door door = VISIT_DOOR_OPEN;
    enum err err = server.arena ? OK : ERR_NOMEM;
    if (!err && server.records) err = visit_door_of_viewers(tx, &server, room, &door);
    arena_free(server.arena);
    if (!err && door != VISIT_DOOR_OPEN) admission_refuse(a, visit_door_text(door));
    return err;
}

static enum err run_stream(struct job *job, struct tx *tx)
{
    struct admission *a = (struct admission *)(void *)job;
    struct room_entry entry;
    bool is_good = false;
    enum err err = room_pass_is_good(tx, str_of(a->token.session), &is_good);
    if (err) return err;
    if (!is_good) {
        admission_refuse(a, "no_token");
        return OK;
    }
    err = room_book_find(tx, a->arena, a->mail->ask->room, (struct str){0}, &entry);
    /* A room that only a token of the operator names: it is while somebody is in it. */
    if (err == ERR_NOT_FOUND) {
        calls_keep(a->title, sizeof a->title, a->mail->ask->room);
        return OK;
    }
    if (err) return err;
    if (entry.closed.ms) admission_refuse(a, "not_found");
    calls_keep(a->title, sizeof a->title, entry.title);
    return a->mail->ask->is_whep && !a->code ? calls_consent(a, tx, entry.id) : OK;
}

void calls_stream_admitted(struct calls *c, struct admission *a)
{
    struct calls_ask *ask = a->mail->ask;
    if (a->err || a->code) {
        bool is_void = a->code && strcmp(a->code, "no_token") == 0;
        bool is_early = a->code && strcmp(a->code, "room_consent") == 0;
        calls_refuse_ask(ask, a->err ? 503 : is_void ? 401 : is_early ? 403 : 404, a->err ? "busy" : a->code);
        return;
    }
    char room[ROOM_ID_MAX + 1], source[ROOM_ID_MAX + 1];
    calls_keep(room, sizeof room, ask->room);
    calls_keep(source, sizeof source, ask->source);
    struct room_post p = {.asker = ask,
                          .is_whep = ask->is_whep,
                          .room = room,
                          .title = a->title,
                          .source = source,
                          .from = ask->from,
                          .pass = a->token.session,
                          .ends = a->token.ends,
                          .sdp = ask->body};
    metric_add(&calls_metric_streams, 1);
    rooms_post(c->rooms, &p, clock_tick(), clock_now());
}

static bool is_too_many(struct calls *c, const char *from)
{
    uint64_t hash = 1469598103934665603u; /* FNV-1a: a collision only shares a count */
    struct tick now = clock_tick();
    for (const char *p = from; *p; p++)
        hash = (hash ^ (unsigned char)*p) * 1099511628211u;
    struct address_count *a = &c->addresses[hash % CALLS_ADDRESSES];
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
    enum err err = a && admission_row(a, &t) ? OK : ERR_NOMEM;
    if (!err) {
        a->job.run = run_stream;
        a->token = *token;
        a->mail->ask = ask;
        err = admission_post(c, a);
    }
    if (!err) return;
    admission_free(a);
    calls_refuse_ask(ask, 503, "busy");
}

static bool has_session(const struct calls *c, const struct calls_ask *ask)
{
    char room[ROOM_ID_MAX + 1], source[ROOM_ID_MAX + 1];
    calls_keep(room, sizeof room, ask->room);
    calls_keep(source, sizeof source, ask->source);
    return rooms_has_session(c->rooms, room, source, ask->session, ask->is_whep);
}

static void ask_box(struct calls *c, struct calls_ask *ask, const char *pass)
{
    char room[ROOM_ID_MAX + 1], source[ROOM_ID_MAX + 1];
    calls_keep(room, sizeof room, ask->room);
    calls_keep(source, sizeof source, ask->source);
    struct room_box_ask b = {.asker = ask, .room = room, .source = source, .pass = pass};
    if (ask->kind == CALLS_STANDS)
        rooms_box_stands(c->rooms, &b, ask->axes, clock_tick());
    else
        rooms_box_wait(c->rooms, &b, ask->has_after ? &ask->after : NULL, clock_tick());
}

void calls_read_ask(struct calls *c, struct calls_ask *ask)
{
    struct room_token token;
    struct room_answer here = {.status = 200};
    const char *code;
    int status = why_not_asked(c, ask, &token, &code);
    if (status) {
        calls_refuse_ask(ask, status, code);
        return;
    }
    if (ask->session.bytes && !has_session(c, ask)) {
        calls_refuse_ask(ask, 404, "not_found");
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
    case CALLS_STANDS:
    case CALLS_WAIT:
        ask_box(c, ask, token.session);
        break;
    case CALLS_LOOK:
        ask->answered(ask, &here);
        break;
    }
}
