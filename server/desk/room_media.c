/* Rooms and their workers: where a room lives, and the peers of its participants. */
#include "base/log.h"
#include "base/mem.h"
#include "desk/room_own.h"
#include <stdio.h>

enum {
    QUALITY_MS = 2000,
    ICE_LIFETIME_S = 12 * 3600,
    ICE_AGAIN_MS = 3600 * 1000,
    TURN_WORKER = 0, /* the one that ends TURN over TLS for all */
    ICE_RETRY_MS = 5000
};

static struct str number_key(const uint32_t *number)
{
    return (struct str){(const char *)number, sizeof *number};
}

void room_send(struct rooms *r, const struct room *room, const struct link_msg *m)
{
    if (room->worker >= 0 && r->workers[room->worker].is_up) r->ports.send(r->ports.ctx, room->worker, m);
}

/* -- where a room lives -- */

int worker_choose(const struct rooms *r)
{
    int best = -1;
    bool is_any_up = false;
    for (int i = 0; i < r->settings.workers; i++) {
        const struct room_worker *w = &r->workers[i];
        is_any_up |= w->is_up;
        if (!w->is_up || w->rooms >= r->settings.rooms_max || w->peers >= r->settings.peers_max) continue;
        if (best < 0 || w->peers < r->workers[best].peers ||
            (w->peers == r->workers[best].peers && w->rooms < r->workers[best].rooms))
            best = i;
    }
    return best >= 0 ? best : is_any_up ? -2 : -1;
}

struct room *room_by_number(const struct rooms *r, int worker, uint32_t number)
{
    list_each (item, after, &r->all) {
        struct room *room = list_of(item, struct room, item);
        if (room->worker == worker && room->number == number) return room;
    }
    return NULL;
}

void room_place(struct rooms *r, struct room *room, int worker)
{
    struct link_msg m = {.type = LINK_ROOM_OPEN};
    room->worker = worker;
    room->number = ++r->next_room;
    r->workers[worker].rooms++;
    m.room_open.room = room->number;
    room_send(r, room, &m);
    if (room->is_private) room_send_private(r, room);
}

static void ask_ice(struct rooms *r, struct tick now)
{
    struct link_msg m = {.type = LINK_ICE_ASK};
    m.ice_ask.request = ++r->next_request;
    m.ice_ask.lifetime_s = ICE_LIFETIME_S;
    r->turn.ask_at.ms = now.ms + ICE_RETRY_MS;
    r->ports.send(r->ports.ctx, TURN_WORKER, &m);
}

static void settle(struct rooms *r)
{
    list_each (item, after, &r->all) {
        struct room *room = list_of(item, struct room, item);
        int worker = room->worker < 0 ? worker_choose(r) : -1;
        if (worker < 0) continue;
        room_place(r, room, worker);
        tell_renew(r, room);
        log_info("room", "placed", LOG_I("worker", worker), LOG_U("room", room->number));
    }
}

void rooms_worker_up(struct rooms *r, int worker, struct tick now)
{
    ASSERT(worker >= 0 && worker < r->settings.workers);
    r->workers[worker] = (struct room_worker){.is_up = true};
    if (r->settings.turn_host[0] && worker == TURN_WORKER) {
        snprintf(r->turn.url, sizeof r->turn.url, "turns:%s:%d?transport=tcp", r->settings.turn_host,
                 r->settings.turn_port);
        ask_ice(r, now);
    }
    settle(r);
}

/* What the worker knew of this participant is gone with it. */
static void forget_peers(struct rooms *r, struct participant *p)
{
    for (int way = 0; way < WAYS; way++) {
        struct room_peer *peer = &p->peers[way];
        if (peer->request) tell_refused(r, p->client, "call.offer", peer->n, "no_worker", (struct str){0});
        if (peer->number) (void)map_remove(r->by_peer, number_key(&peer->number));
        mem_free(peer->labels);
        *peer = (struct room_peer){0};
    }
}

void rooms_worker_down(struct rooms *r, int worker, struct tick now)
{
    ASSERT(worker >= 0 && worker < r->settings.workers);
    r->workers[worker] = (struct room_worker){0};
    grabs_lose(r, worker);
    films_worker_gone(r, worker);
    list_each (item, after, &r->all) {
        struct room *room = list_of(item, struct room, item);
        if (room->worker != worker) continue;
        room->worker = -1;
        room->speaker = 0;
        list_each (one, next, &room->participants) {
            struct participant *p = list_of(one, struct participant, item);
            forget_peers(r, p);
            if (p->kind == PERSON) continue;
            if (p->asker) source_fail(r, p, 503, "busy");
            participant_leave(r, p, "lost", now);
        }
        list_each (one, next, &room->tracks) {
            struct room_track *t = list_of(one, struct room_track, item);
            track_hold(t, now);
        }
        room_close_if_empty(r, room);
    }
    settle(r);
}

/* -- peers -- */

uint32_t peer_number(struct rooms *r, struct participant *p)
{
    struct room_worker *w = &r->workers[p->room->worker];
    if (w->peers >= r->settings.peers_max) return 0;
    uint32_t number = ++r->next_peer;
    if (map_put(r->by_peer, number_key(&number), p) != OK) return 0;
    w->peers++;
    return number;
}

static void peer_forget(struct rooms *r, struct participant *p, int way)
{
    struct room_peer *peer = &p->peers[way];
    int worker = p->room->worker;
    if (peer->number) (void)map_remove(r->by_peer, number_key(&peer->number));
    if (peer->number && worker >= 0 && r->workers[worker].peers > 0) r->workers[worker].peers--;
    mem_free(peer->labels);
    *peer = (struct room_peer){0};
}

void peer_close(struct rooms *r, struct participant *p, int way)
{
    struct link_msg m = {.type = LINK_PEER_CLOSE};
    if (!p->peers[way].number) return;
    m.peer_close.peer = p->peers[way].number;
    room_send(r, p->room, &m);
    peer_forget(r, p, way);
}

/* A track that went meanwhile has no line; the client learns of it by its own frame. */
static void bind_tracks(const struct participant *p, const struct room_frame *f, struct link_binds *to)
{
    for (int i = 0; i < f->tracks_n && to->count < LINK_BINDS_MAX; i++) {
        const struct room_track *t = track_find(p->room, f->tracks[i].track);
        if (t && t->is_live && t->by != p)
            to->at[to->count++] = (struct link_bind){.track = t->worker_track, .mid = f->tracks[i].mid};
    }
}

static const char *offer_code(struct rooms *r, struct participant *p, const struct room_frame *f, int way,
                              struct tick now)
{
    struct room_peer *peer = &p->peers[way];
    if (p->room->worker < 0) return "no_worker";
    if (peer->request) return "busy";
    if (f->is_fresh && way == UP) tracks_hold(p, now);
    if (f->is_fresh) peer_close(r, p, way);
    if (!peer->number) {
        peer->number = peer_number(r, p);
        peer->is_new = true;
    }
    return peer->number ? NULL : "full";
}

void peer_offer(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now)
{
    static struct link_msg m; /* 2 KiB of binds; one thread */
    int way = f->is_up ? UP : DOWN;
    struct room_peer *peer = &p->peers[way];
    const char *code = offer_code(r, p, f, way, now);
    if (!code && f->is_up && !tracks_label(peer, f)) code = "full";
    if (code) {
        rooms_refuse(r, p->client, f, code);
        return;
    }
    peer->request = ++r->next_request;
    peer->n = f->n;
    peer->asked = now;
    m = (struct link_msg){.type = LINK_PEER_OFFER};
    m.peer_offer = (struct link_offer){.room = p->room->number,
                                       .participant = p->id,
                                       .peer = peer->number,
                                       .request = peer->request,
                                       .kind = f->is_up ? LINK_UP : LINK_DOWN,
                                       .sdp = f->sdp};
    if (!f->is_up) bind_tracks(p, f, &m.peer_offer.binds);
    room_send(r, p->room, &m);
}

static const char *code_of(uint8_t status)
{
    switch (status) {
    case LINK_MALFORMED:
    case LINK_REFUSED:
        return "bad_offer";
    case LINK_FULL:
        return "full";
    default:
        return "failed";
    }
}

static struct participant *by_peer(const struct rooms *r, uint32_t number, int *ret_way)
{
    struct participant *p = map_get(r->by_peer, number_key(&number));
    if (p) *ret_way = p->peers[UP].number == number ? UP : DOWN;
    return p;
}

static void heard_answer(struct rooms *r, const struct link_answer *a, struct tick now)
{
    int way = UP;
    struct participant *p = by_peer(r, a->peer, &way);
    if (!p || p->peers[way].request != a->request) return;
    struct room_peer *peer = &p->peers[way];
    int64_t n = peer->n;
    peer->request = 0;
    if (p->kind != PERSON) {
        source_answered(r, p, a, now);
        return;
    }
    if (a->status == LINK_DONE) {
        if (peer->is_new && way == UP) tracks_settle(r, p);
        if (peer->is_new && way == DOWN) leg_of_new_peer(r, p);
        if (peer->is_new) lane_of_new_peer(r, p, way);
        peer->is_new = false;
        tell_answer(r, p, way, n, a->sdp);
        return;
    }
    if (peer->is_new) peer_close(r, p, way);
    tell_refused(r, p->client, "call.offer", n, code_of(a->status), a->why);
}

/* A line that is cut says nothing, and its WebSocket stands for a minute more; but the worker misses each browser's checks after eight seconds.
 * What goes after that is no sign of life; a connection that stands is, and whatever the browser says. */
static void unheard_note(struct rooms *r, struct participant *p, uint8_t state)
{
    bool is_any = false, is_all = true, was = p->is_unheard;
    for (int way = 0; way < WAYS; way++) {
        uint8_t s = p->peers[way].state;
        is_any |= s == LINK_INTERRUPTED;
        is_all &= s == 0 || s == LINK_INTERRUPTED || s == LINK_GONE;
    }
    p->is_unheard = (was && state == LINK_GONE) || (is_any && is_all);
    if (p->is_unheard != was) tell_participant(r, p);
}

void participant_is_heard(struct rooms *r, struct participant *p)
{
    if (!p->is_unheard) return;
    p->is_unheard = false;
    tell_participant(r, p);
}

static void heard_state(struct rooms *r, const struct link_state *s, struct tick now)
{
    int way = UP;
    struct participant *p = by_peer(r, s->peer, &way);
    if (!p) return;
    struct room *room = p->room;
    p->peers[way].state = s->state;
    if (p->kind == PERSON) {
        tell_peer(r, p, way, s->state);
        unheard_note(r, p, s->state);
    }
    if (p->kind == ENDPOINT && s->state != LINK_GONE) tell_participant(r, p);
    if (s->state != LINK_GONE) return;
    int64_t n = p->peers[way].request ? p->peers[way].n : 0;
    peer_forget(r, p, way);
    if (n) tell_refused(r, p->client, "call.offer", n, "failed", (struct str){0});
    if (p->kind == PERSON) return;
    if (p->asker) source_fail(r, p, 503, "busy");
    participant_leave(r, p, "lost", now);
    room_close_if_empty(r, room);
}

static void heard_quality(struct rooms *r, const struct link_quality *q)
{
    int way = UP;
    struct participant *p = by_peer(r, q->peer, &way);
    if (!p) return;
    struct room_peer *peer = &p->peers[way];
    peer->has_quality = true;
    peer->rtt_ms = q->rtt_ms;
    peer->loss = way == UP ? q->loss_up : q->loss_down;
    peer->bps = way == UP ? q->bps_up : q->bps_down;
}

/* -- what a worker says -- */

static void heard_leg(struct rooms *r, const struct link_leg *l)
{
    int way = UP;
    struct participant *p = by_peer(r, l->peer, &way);
    if (p && way == DOWN && p->kind == PERSON) leg_heard(r, p, l);
}

static void heard_speaker(struct rooms *r, int worker, const struct link_speaker *s)
{
    struct room *room = room_by_number(r, worker, s->room);
    if (!room || room->speaker == s->participant) return;
    if (s->participant && !participant_find(room, s->participant)) return;
    room->speaker = s->participant;
    tell_speaker(r, room);
}

static void heard_ice(struct rooms *r, int worker, const struct link_ice_grant *g, struct tick now)
{
    struct room_turn *w = &r->turn;
    if (worker != TURN_WORKER) return;
    if (g->username.bytes >= sizeof w->username || g->password.bytes >= sizeof w->credential) return;
    memset(w->username, 0, sizeof w->username);
    memset(w->credential, 0, sizeof w->credential);
    if (g->username.bytes) memcpy(w->username, g->username.at, g->username.bytes);
    if (g->password.bytes) memcpy(w->credential, g->password.at, g->password.bytes);
    w->ask_at.ms = now.ms + ICE_AGAIN_MS;
}

void rooms_heard(struct rooms *r, int worker, const struct link_msg *m, struct tick now)
{
    ASSERT(worker >= 0 && worker < r->settings.workers);
    if (!r->workers[worker].is_up) return;
    switch ((int)m->type) {
    case LINK_PEER_ANSWER:
        heard_answer(r, &m->peer_answer, now);
        break;
    case LINK_PEER_STATE:
        heard_state(r, &m->peer_state, now);
        break;
    case LINK_TRACK_ADDED:
        track_heard(r, worker, &m->track_added);
        break;
    case LINK_TRACK_GONE:
        track_unheard(r, worker, &m->track_gone, now);
        break;
    case LINK_SPEAKER:
        heard_speaker(r, worker, &m->speaker);
        break;
    case LINK_QUALITY:
        heard_quality(r, &m->quality);
        break;
    case LINK_LEG:
        heard_leg(r, &m->leg);
        break;
    case LINK_TRACK_WANTED:
        track_wanted(r, worker, &m->track_wanted);
        break;
    case LINK_STILL_PART:
        grab_part(r, worker, &m->still_part);
        break;
    case LINK_STILL_DONE:
        grab_done(r, worker, &m->still_done);
        break;
    case LINK_FILM_PART:
    case LINK_FILM_DONE:
    case LINK_FILM_GONE:
        film_heard(r, worker, m);
        return;
    case LINK_ICE_GRANT:
        heard_ice(r, worker, &m->ice_grant, now);
        break;
    default:
        break; /* the workers' own affairs (app/workers) */
    }
    films_settle(r);
}

/* -- time -- */

static void offers_turn(struct rooms *r, struct participant *p, struct tick now)
{
    for (int way = 0; way < WAYS; way++) {
        struct room_peer *peer = &p->peers[way];
        if (p->kind != PERSON || !peer->request || now.ms - peer->asked.ms < ROOM_ANSWER_MS) continue;
        int64_t n = peer->n;
        peer_close(r, p, way);
        tell_refused(r, p->client, "call.offer", n, "failed", (struct str){0});
    }
}

void media_turn(struct rooms *r, struct room *room, struct tick now)
{
    bool has_quality = false;
    list_each (item, after, &room->participants) {
        struct participant *p = list_of(item, struct participant, item);
        offers_turn(r, p, now);
        has_quality |= p->peers[UP].has_quality || p->peers[DOWN].has_quality || p->had_quality[UP] ||
                       p->had_quality[DOWN];
    }
    list_each (item, after, &room->tracks) {
        struct room_track *t = list_of(item, struct room_track, item);
        if (!t->is_live && now.ms >= t->gone_at.ms) track_free(r, room, t, true);
    }
    if (!has_quality || now.ms - room->quality_at.ms < QUALITY_MS) return;
    room->quality_at = now;
    quality_look(room);
    tell_quality(r, room);
}

void workers_turn(struct rooms *r, struct tick now)
{
    if (r->settings.turn_host[0] && r->workers[TURN_WORKER].is_up && now.ms >= r->turn.ask_at.ms)
        ask_ice(r, now);
    settle(r);
}
