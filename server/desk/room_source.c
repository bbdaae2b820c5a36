/* WHIP sources and WHEP viewers: one peer each, made and changed over HTTP. */
#include "base/mem.h"
#include "base/rnd.h"
#include "desk/room_own.h"

enum { ACCEPT_MS = 30000 };

static int way_of(const struct participant *p)
{
    return p->kind == SOURCE ? UP : DOWN;
}

static void answer(struct rooms *r, struct participant *p, const struct room_answer *a)
{
    void *asker = p->asker;
    p->asker = NULL;
    r->ports.answer(r->ports.ctx, asker, a);
}

static void refuse(struct rooms *r, void *asker, int status, const char *code, int retry_after_s)
{
    struct room_answer a = {.status = status, .code = code, .retry_after_s = retry_after_s};
    r->ports.answer(r->ports.ctx, asker, &a);
}

void source_fail(struct rooms *r, struct participant *p, int status, const char *code)
{
    struct room_answer a = {.status = status, .code = code, .retry_after_s = status == 503 ? 1 : 0};
    answer(r, p, &a);
}

static void etag_new(struct participant *p)
{
    rnd_token("\"", 12, p->etag);
    size_t n = strlen(p->etag);
    ASSERT(n + 1 < sizeof p->etag);
    memcpy(p->etag + n, "\"", 2);
}

/* -- finding -- */

static struct participant *source_of(const struct room *room, const char *source)
{
    list_each (item, after, &room->participants) {
        struct participant *p = list_of(item, struct participant, item);
        if (p->kind == SOURCE && strcmp(p->source, source) == 0) return p;
    }
    return NULL;
}

struct participant *source_find(const struct rooms *r, const char *room, const char *source)
{
    const struct room *in = room_find(r, room);
    return in ? source_of(in, source) : NULL;
}

static bool has_live_track(const struct participant *p)
{
    list_each (item, after, &p->room->tracks) {
        const struct room_track *t = list_of(item, struct room_track, item);
        if (t->by == p && t->is_live) return true;
    }
    return false;
}

bool rooms_has_source(const struct rooms *r, const char *id, const char *source)
{
    const struct participant *p = source_find(r, id, source);
    return p && has_live_track(p);
}

static struct participant *by_secret(const struct rooms *r, struct str secret)
{
    list_each (item, after, &r->all) {
        struct room *room = list_of(item, struct room, item);
        list_each (one, next, &room->participants) {
            struct participant *p = list_of(one, struct participant, item);
            if (p->kind != PERSON && str_is_secret(str_of(p->secret), secret)) return p;
        }
    }
    return NULL;
}

bool rooms_has_session(const struct rooms *r, const char *room, const char *source, struct str session,
                       bool is_whep)
{
    const struct participant *p = by_secret(r, session);
    return p && strcmp(p->room->id, room) == 0 && strcmp(p->source, source) == 0 &&
           (p->kind == VIEWER) == is_whep;
}

/* -- coming -- */

/* What the source sends: its first sound and its first picture, each to the first section of its kind. */
static void bind_source(const struct participant *source, struct link_binds *to)
{
    bool has[LINK_TRACK_KINDS] = {false};
    list_each (item, after, &source->room->tracks) {
        const struct room_track *t = list_of(item, struct room_track, item);
        if (t->by != source || !t->is_live || has[t->kind]) continue;
        has[t->kind] = true;
        to->at[to->count++] = (struct link_bind){.track = t->worker_track, .mid = STR("")};
    }
}

static struct participant *stream_new(struct rooms *r, struct room *room, const struct room_post *post,
                                      struct tick now, struct instant wall)
{
    struct participant *p = participant_new(r, room, post->is_whep ? VIEWER : SOURCE, 0);
    if (!p) return NULL;
    size_t from = strlen(post->from);
    ASSERT(strlen(post->source) < sizeof p->source);
    memcpy(p->source, post->source, strlen(post->source) + 1);
    memcpy(p->from, post->from, from < sizeof p->from ? from + 1 : sizeof p->from - 1);
    rnd_token("", 24, p->secret);
    ASSERT(strlen(post->pass) < sizeof p->pass);
    memcpy(p->pass, post->pass, strlen(post->pass) + 1);
    etag_new(p);
    p->since = wall;
    p->ends = post->ends;
    p->asker = post->asker;
    p->asked = now;
    return p;
}

static void drop(struct rooms *r, struct participant *p, const char *why, struct tick now)
{
    struct room *room = p->room;
    participant_leave(r, p, why, now);
    room_close_if_empty(r, room);
}

static void send_offer(struct rooms *r, struct participant *p, struct str sdp, bool is_counter)
{
    static struct link_msg m; /* one thread */
    struct room_peer *peer = &p->peers[way_of(p)];
    struct participant *source = p->kind == VIEWER ? source_of(p->room, p->source) : NULL;
    peer->request = ++r->next_request;
    m = (struct link_msg){.type = is_counter ? LINK_PEER_COUNTER : LINK_PEER_OFFER};
    if (is_counter) {
        m.peer_counter = (struct link_counter){
            .room = p->room->number, .participant = p->id, .peer = peer->number, .request = peer->request};
        if (source) bind_source(source, &m.peer_counter.binds);
    } else {
        m.peer_offer = (struct link_offer){.room = p->room->number,
                                           .participant = p->id,
                                           .peer = peer->number,
                                           .request = peer->request,
                                           .kind = p->kind == SOURCE ? LINK_WHIP : LINK_WHEP,
                                           .sdp = sdp};
        if (source) bind_source(source, &m.peer_offer.binds);
    }
    p->asks = is_counter ? ASKS_COUNTER : ASKS_POST;
    r->ports.send(r->ports.ctx, p->room->worker, &m);
}

/* NULL: welcome. */
static const char *why_no_post(const struct rooms *r, const struct room *room, const struct room_post *post,
                               int *ret_status)
{
    bool is_live = room && rooms_has_source(r, post->room, post->source);
    *ret_status = 503;
    if (r->is_draining) return "busy";
    int worker = room ? room->worker : worker_choose(r);
    if (worker < 0) return worker == -2 ? "full" : "busy";
    if (room && room->count >= ROOM_PARTICIPANTS_MAX) return "full";
    *ret_status = 409;
    if (post->is_whep && !is_live) return "source_absent";
    if (!post->is_whep && room && source_of(room, post->source)) return "source_taken";
    return NULL;
}

void rooms_post(struct rooms *r, const struct room_post *post, struct tick now, struct instant wall)
{
    int status;
    struct room *room = room_find(r, post->room);
    const char *code = why_no_post(r, room, post, &status);
    if (code) {
        refuse(r, post->asker, status, code, 2);
        return;
    }
    room = room ? room : room_open(r, post->room, post->title, now);
    struct participant *p = room ? stream_new(r, room, post, now, wall) : NULL;
    if (!p) {
        refuse(r, post->asker, 503, "busy", 2);
        if (room) room_close_if_empty(r, room);
        return;
    }
    struct room_peer *peer = &p->peers[way_of(p)];
    peer->number = peer_number(r, p);
    peer->is_new = true;
    if (peer->number) {
        send_offer(r, p, post->sdp, false);
        return;
    }
    source_fail(r, p, 503, "full");
    drop(r, p, "lost", now);
}

/* -- what the worker says -- */

static struct room_answer made(struct rooms *r, struct participant *p, int status, struct str body)
{
    struct room_answer a = {.status = status, .body = body, .session = p->secret, .etag = p->etag};
    const struct room_turn *turn = &r->turn;
    if (turn->url[0] && turn->username[0]) {
        a.ice_url = turn->url;
        a.ice_username = turn->username;
        a.ice_credential = turn->credential;
    }
    return a;
}

static void announce(struct rooms *r, struct participant *p)
{
    p->is_announced = true;
    p->peers[way_of(p)].is_new = false;
    tell_participant(r, p);
    list_each (item, after, &p->room->tracks) {
        const struct room_track *t = list_of(item, struct room_track, item);
        if (t->by == p) tell_track(r, t, false);
    }
}

static int status_of(uint8_t status)
{
    switch (status) {
    case LINK_MALFORMED:
        return 400;
    case LINK_REFUSED:
        return 406;
    case LINK_PRECONDITION:
        return 412;
    case LINK_FULL:
        return 503;
    default:
        return 404;
    }
}

static const char *code_of(int status)
{
    return status == 400   ? "bad_offer"
           : status == 406 ? "offer_refused"
           : status == 412 ? "etag"
           : status == 503 ? "full"
                           : "not_found";
}

static void answer_status(struct rooms *r, struct participant *p, const struct link_answer *l)
{
    int status = status_of(l->status);
    struct room_answer a = {
        .status = status, .code = code_of(status), .why = l->why, .retry_after_s = status == 503 ? 2 : 0};
    answer(r, p, &a);
}

/* An offer that a viewer's program made and that cannot be met whole is met by ours. */
static void posted(struct rooms *r, struct participant *p, const struct link_answer *l, struct tick now)
{
    if (l->status == LINK_DONE) {
        announce(r, p);
        struct room_answer a = made(r, p, 201, l->sdp);
        answer(r, p, &a);
        return;
    }
    if (l->status == LINK_REFUSED && p->kind == VIEWER) {
        struct room_peer *peer = &p->peers[DOWN];
        peer_close(r, p, DOWN);
        peer->number = peer_number(r, p);
        peer->is_new = true;
        if (peer->number) {
            send_offer(r, p, (struct str){0}, true);
            return;
        }
    }
    answer_status(r, p, l);
    drop(r, p, "lost", now);
}

static void countered(struct rooms *r, struct participant *p, const struct link_answer *l, struct tick now)
{
    if (l->status != LINK_DONE) {
        answer_status(r, p, l);
        drop(r, p, "lost", now);
        return;
    }
    p->awaits_accept = true;
    p->accept_until.ms = now.ms + ACCEPT_MS;
    struct room_answer a = made(r, p, 406, l->sdp);
    answer(r, p, &a);
}

static void patched(struct rooms *r, struct participant *p, const struct link_answer *l)
{
    if (l->status != LINK_DONE) {
        answer_status(r, p, l);
        return;
    }
    struct room_answer a = {.status = 204};
    if (l->sdp.bytes) {
        etag_new(p);
        a = made(r, p, 200, l->sdp);
        a.session = NULL;
    }
    answer(r, p, &a);
}

static void accepted(struct rooms *r, struct participant *p, const struct link_answer *l, struct tick now)
{
    if (l->status != LINK_DONE) {
        answer_status(r, p, l);
        drop(r, p, "lost", now);
        return;
    }
    p->awaits_accept = false;
    announce(r, p);
    struct room_answer a = {.status = 204};
    answer(r, p, &a);
}

void source_answered(struct rooms *r, struct participant *p, const struct link_answer *l, struct tick now)
{
    if (!p->asker) return;
    switch (p->asks) {
    case ASKS_POST:
        posted(r, p, l, now);
        break;
    case ASKS_COUNTER:
        countered(r, p, l, now);
        break;
    case ASKS_PATCH:
        patched(r, p, l);
        break;
    case ASKS_ACCEPT:
        accepted(r, p, l, now);
        break;
    }
}

/* -- changing and going -- */

static void send_text(struct rooms *r, struct participant *p, struct link_msg *m, void *asker,
                      struct tick now)
{
    p->asker = asker;
    p->asked = now;
    r->ports.send(r->ports.ctx, p->room->worker, m);
}

/* RFC 9725 §4.3.1: one that names another ICE session than the present is too late; "*" is any. */
static bool names_present(const struct participant *p, struct str if_match)
{
    return str_is_text(if_match, "*") || str_is_text(if_match, "\"*\"") || str_is_text(if_match, p->etag);
}

void rooms_patch(struct rooms *r, struct str session, struct str fragment, struct str if_match, void *asker,
                 struct tick now)
{
    struct participant *p = by_secret(r, session);
    struct link_msg m = {.type = LINK_PEER_PATCH};
    if (!p || p->room->worker < 0) {
        refuse(r, asker, 404, "not_found", 0);
    } else if (if_match.bytes == 0) {
        refuse(r, asker, 428, "etag_missing", 0);
    } else if (!names_present(p, if_match)) {
        refuse(r, asker, 412, "etag", 0);
    } else if (p->asker || p->awaits_accept) {
        refuse(r, asker, 409, "busy", 1);
    } else {
        struct room_peer *peer = &p->peers[way_of(p)];
        peer->request = ++r->next_request;
        p->asks = ASKS_PATCH;
        m.peer_patch = (struct link_patch){
            .peer = peer->number, .request = peer->request, .may_restart = true, .sdp = fragment};
        send_text(r, p, &m, asker, now);
    }
}

void rooms_accept(struct rooms *r, struct str session, struct str sdp, void *asker, struct tick now)
{
    struct participant *p = by_secret(r, session);
    struct link_msg m = {.type = LINK_PEER_ACCEPT};
    if (!p || p->room->worker < 0) {
        refuse(r, asker, 404, "not_found", 0);
    } else if (p->asker || !p->awaits_accept) {
        refuse(r, asker, 409, "conflict", 0);
    } else {
        struct room_peer *peer = &p->peers[DOWN];
        peer->request = ++r->next_request;
        p->asks = ASKS_ACCEPT;
        m.peer_accept = (struct link_accept){.peer = peer->number, .request = peer->request, .sdp = sdp};
        send_text(r, p, &m, asker, now);
    }
}

void rooms_delete(struct rooms *r, struct str session, void *asker, struct tick now)
{
    struct participant *p = by_secret(r, session);
    if (!p) {
        refuse(r, asker, 404, "not_found", 0);
        return;
    }
    struct room_answer a = {.status = 200};
    if (p->asker) source_fail(r, p, 409, "conflict");
    drop(r, p, "left", now);
    r->ports.answer(r->ports.ctx, asker, &a);
}

/* -- time -- */

void source_turn(struct rooms *r, struct participant *p, struct tick now, struct instant wall, bool *ret_gone)
{
    bool is_late = p->asker && now.ms - p->asked.ms >= ROOM_ANSWER_MS;
    room_box_turn(r, p, now);
    bool is_patch = p->asks == ASKS_PATCH;
    bool is_over = wall.ms >= p->ends.ms || (p->awaits_accept && now.ms >= p->accept_until.ms);
    if (is_late) source_fail(r, p, 503, "busy");
    if (!is_over && (!is_late || is_patch)) return;
    if (p->asker) source_fail(r, p, 403, "not_allowed");
    participant_leave(r, p, is_over ? "ended" : "lost", now);
    *ret_gone = true;
}
