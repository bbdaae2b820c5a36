#include "desk/room.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "desk/room_own.h"
#include <stdio.h>

enum { ROOMS_MAX = 65536, PEERS_MAX = 1 << 20, TURN_MS = 250 };

struct rooms *rooms_new(const struct rooms_settings *settings, const struct rooms_ports *ports,
                        struct tick now)
{
    ASSERT(settings->workers > 0 && settings->workers <= LINK_INDEX_MAX + 1);
    struct rooms *r = mem_zalloc(sizeof *r);
    if (!r) return NULL;
    r->settings = *settings;
    r->ports = *ports;
    r->started = now;
    list_init(&r->all);
    r->by_id = map_new(ROOMS_MAX);
    r->by_client = map_new(PEERS_MAX);
    r->by_peer = map_new(PEERS_MAX);
    if (r->by_id && r->by_client && r->by_peer) return r;
    rooms_free(r);
    return NULL;
}

static void participant_free(struct rooms *r, struct participant *p)
{
    list_remove(&p->item);
    p->room->count--;
    r->participants--;
    mem_free(p->peers[UP].labels);
    mem_wipe_free(p, sizeof *p);
}

static void room_free(struct rooms *r, struct room *room)
{
    list_each (item, after, &room->tracks)
        track_free(r, room, list_of(item, struct room_track, item), false);
    list_each (item, after, &room->participants)
        participant_free(r, list_of(item, struct participant, item));
    (void)map_remove(r->by_id, str_of(room->id));
    list_remove(&room->item);
    mem_free(room);
}

void rooms_free(struct rooms *r)
{
    if (!r) return;
    list_each (item, after, &r->all)
        room_free(r, list_of(item, struct room, item));
    map_free(r->by_id);
    map_free(r->by_client);
    map_free(r->by_peer);
    mem_wipe_free(r, sizeof *r);
}

void rooms_end(struct rooms *r)
{
    list_each (item, after, &r->all) {
        struct room *room = list_of(item, struct room, item);
        list_each (one, next, &room->participants) {
            struct participant *p = list_of(one, struct participant, item);
            if (p->asker) source_fail(r, p, 503, "busy");
        }
    }
}

static void keep(char *to, size_t room, const char *from)
{
    size_t n = from ? strlen(from) : 0;
    if (n >= room) n = room - 1;
    /* Not in the middle of a character. */
    while (n > 0 && n < strlen(from) && ((unsigned char)from[n] & 0xc0) == 0x80)
        n--;
    if (n > 0) memcpy(to, from, n);
    to[n] = '\0';
}

/* -- the trail -- */

void room_trace(struct rooms *r, const char *action, const struct room *room, const struct participant *p,
                const char *detail)
{
    static const char *const kinds[] = {"person", "source", "viewer"};
    struct room_trace t = {.action = action, .account = p ? p->account : "", .from = p ? p->from : "server"};
    if (p) t.roles = p->roles;
    snprintf(t.target, sizeof t.target, "room/%s", room->id);
    if (p)
        snprintf(t.detail, sizeof t.detail, "{\"participant\":%u,\"kind\":\"%s\"%s%s%s%s%s}", p->id,
                 kinds[p->kind], p->source[0] ? ",\"source\":\"" : "", p->source, p->source[0] ? "\"" : "",
                 detail[0] ? "," : "", detail);
    else
        snprintf(t.detail, sizeof t.detail, "{%s}", detail);
    r->ports.trace(r->ports.ctx, &t);
}

/* -- rooms -- */

struct room *room_find(const struct rooms *r, const char *id)
{
    return map_get(r->by_id, str_of(id));
}

struct room *room_open(struct rooms *r, const char *id, const char *title, struct tick now)
{
    struct room *room = room_find(r, id);
    if (room) return room;
    room = mem_zalloc(sizeof *room);
    if (!room) return NULL;
    keep(room->id, sizeof room->id, id);
    keep(room->title, sizeof room->title, title);
    list_init(&room->participants);
    list_init(&room->tracks);
    room->worker = -1;
    room->quality_at = now;
    if (map_put(r->by_id, str_of(room->id), room) != OK) {
        mem_free(room);
        return NULL;
    }
    list_add_last(&r->all, &room->item);
    int worker = worker_choose(r);
    if (worker >= 0) room_place(r, room, worker);
    room_trace(r, "room.open", room, NULL, "");
    return room;
}

static void send_room(struct rooms *r, const struct room *room, enum link_type type)
{
    struct link_msg m = {.type = type};
    m.room_open.room = room->number;
    if (room->worker >= 0 && r->workers[room->worker].is_up) r->ports.send(r->ports.ctx, room->worker, &m);
}

void room_close_if_empty(struct rooms *r, struct room *room)
{
    if (room->count > 0 || room->is_ending) return;
    room_trace(r, "room.close", room, NULL, "");
    send_room(r, room, LINK_ROOM_CLOSE);
    if (room->worker >= 0 && r->workers[room->worker].rooms > 0) r->workers[room->worker].rooms--;
    room_free(r, room);
}

void room_send_private(struct rooms *r, struct room *room)
{
    struct link_msg m = {.type = LINK_ROOM_PRIVATE};
    if (room->worker < 0 || !r->workers[room->worker].is_up) return;
    m.room_private.room = room->number;
    list_each (item, after, &room->participants) {
        const struct participant *p = list_of(item, struct participant, item);
        if (p->is_cut && m.room_private.count < LINK_PARTICIPANTS_MAX)
            m.room_private.participants[m.room_private.count++] = p->id;
    }
    r->ports.send(r->ports.ctx, room->worker, &m);
}

static void private_end(struct rooms *r, struct room *room)
{
    if (!room->is_private) return;
    room->is_private = false;
    list_each (item, after, &room->participants)
        list_of(item, struct participant, item)->is_cut = false;
    room_send_private(r, room);
    tell_private(r, room);
}

/* It ends with the last who was cut off, and with the one who began it: nobody stays cut off by nobody. */
static void private_check(struct rooms *r, struct room *room)
{
    bool has_cut = false, has_by = false;
    list_each (item, after, &room->participants) {
        const struct participant *p = list_of(item, struct participant, item);
        has_cut |= p->is_cut;
        has_by |= p->id == room->private_by;
    }
    if (room->is_private && (!has_cut || !has_by)) private_end(r, room);
}

/* -- participants -- */

static struct str client_key(const struct room_client *c)
{
    return (struct str){(const char *)&c->serial, sizeof c->serial};
}

static struct participant *by_client(const struct rooms *r, struct room_client c)
{
    return c.serial ? map_get(r->by_client, client_key(&c)) : NULL;
}

struct participant *participant_find(const struct room *room, uint32_t id)
{
    list_each (item, after, &room->participants) {
        struct participant *p = list_of(item, struct participant, item);
        if (p->id == id) return p;
    }
    return NULL;
}

/* Drawn, not counted, so that one who comes back after a restart meets no other under its number. */
static uint32_t fresh_id(const struct room *room)
{
    uint32_t id;
    do
        id = (uint32_t)rnd_below(INT32_MAX - 1) + 1;
    while (participant_find(room, id));
    return id;
}

struct participant *participant_new(struct rooms *r, struct room *room, enum participant_kind kind,
                                    uint32_t id)
{
    struct participant *p = mem_zalloc(sizeof *p);
    if (!p) return NULL;
    p->room = room;
    p->kind = kind;
    p->id = id && !participant_find(room, id) ? id : fresh_id(room);
    list_add_last(&room->participants, &p->item);
    room->count++;
    r->participants++;
    return p;
}

static void client_forget(struct rooms *r, struct participant *p)
{
    if (p->client.serial) (void)map_remove(r->by_client, client_key(&p->client));
    p->client = (struct room_client){0};
}

void participant_leave(struct rooms *r, struct participant *p, const char *why, struct tick now)
{
    char detail[40];
    struct room *room = p->room;
    uint32_t id = p->id;
    bool was_seen = p->kind == PERSON || p->is_announced;
    (void)now;
    snprintf(detail, sizeof detail, "\"why\":\"%s\"", why);
    peer_close(r, p, UP);
    peer_close(r, p, DOWN);
    list_each (item, after, &room->tracks) {
        struct room_track *t = list_of(item, struct room_track, item);
        if (t->by == p) track_free(r, room, t, was_seen);
    }
    client_forget(r, p);
    if (was_seen) room_trace(r, p->kind == PERSON ? "call.leave" : "call.stream.leave", room, p, detail);
    if (room->speaker == id) room->speaker = 0;
    participant_free(r, p);
    if (was_seen) tell_gone(r, room, id, why);
    private_check(r, room);
}

/* The same for whoever is told first that it is over. */
static void put_out(struct rooms *r, struct participant *p, const char *ended, const char *gone,
                    struct tick now)
{
    struct room_client client = p->client;
    if (p->asker) source_fail(r, p, 403, "not_allowed");
    client_forget(r, p);
    tell_ended(r, client, ended);
    participant_leave(r, p, gone, now);
}

/* -- coming in -- */

static bool client_take(struct rooms *r, struct participant *p, struct room_client client)
{
    if (p->client.serial) {
        struct room_client old = p->client;
        client_forget(r, p);
        tell_ended(r, old, "replaced");
    }
    if (map_put(r->by_client, client_key(&client), p) != OK) return false;
    p->client = client;
    p->epoch++;
    return true;
}

static struct participant *who_comes_back(const struct room *room, const struct room_entrance *e)
{
    list_each (item, after, &room->participants) {
        struct participant *p = list_of(item, struct participant, item);
        if (p->kind != PERSON || strcmp(p->account, e->account) != 0) continue;
        if (e->participant && p->id == e->participant) return p;
        if (!e->participant && p->client.serial == 0 && strcmp(p->session, e->session) == 0) return p;
    }
    return NULL;
}

bool rooms_may_come_back(const struct rooms *r, const struct room_token *t, struct tick now)
{
    const struct room *room = room_find(r, t->room);
    const struct participant *p = room ? participant_find(room, t->participant) : NULL;
    if (p) return strcmp(p->account, t->account) == 0 && p->epoch == t->epoch;
    return now.ms - r->started.ms < ROOM_BACK_MS;
}

static struct participant *person_new(struct rooms *r, struct room *room, const struct room_entrance *e,
                                      struct instant wall)
{
    struct participant *p = participant_new(r, room, PERSON, e->participant);
    if (!p) return NULL;
    keep(p->account, sizeof p->account, e->account);
    keep(p->session, sizeof p->session, e->session);
    keep(p->display, sizeof p->display, e->display);
    keep(p->from, sizeof p->from, e->from);
    p->roles = e->roles;
    p->since = wall;
    p->epoch = e->epoch;
    return p;
}

bool rooms_is_in(const struct rooms *r, struct room_client client)
{
    return by_client(r, client) != NULL;
}

void rooms_enter(struct rooms *r, const struct room_entrance *e, struct tick now, struct instant wall)
{
    static const char of[] = "call.join";
    struct str none = {0};
    struct room *room = room_find(r, e->room);
    struct participant *p = room ? who_comes_back(room, e) : NULL;
    bool is_back = p != NULL;
    if (r->is_draining) {
        tell_refused(r, e->client, of, 0, "busy", none);
        return;
    }
    if (by_client(r, e->client)) {
        tell_refused(r, e->client, of, 0, "in_call", none);
        return;
    }
    if (!room && worker_choose(r) == -2) {
        tell_refused(r, e->client, of, 0, "full", none);
        return;
    }
    if (!room) room = room_open(r, e->room, e->title, now);
    if (room && !p && room->count >= ROOM_PARTICIPANTS_MAX) {
        tell_refused(r, e->client, of, 0, "full", none);
        return;
    }
    if (room && !p) p = person_new(r, room, e, wall);
    if (!p || !client_take(r, p, e->client)) {
        tell_refused(r, e->client, of, 0, "failed", none);
        if (p && !is_back) participant_free(r, p);
        if (room) room_close_if_empty(r, room);
        return;
    }
    keep(room->title, sizeof room->title, e->title);
    keep(p->from, sizeof p->from, e->from);
    p->is_host = e->is_host;
    tell_joined(r, p, wall);
    tell_participant(r, p);
    list_each (item, after, &room->tracks) { /* what was said while he was away was not heard */
        const struct room_track *t = list_of(item, struct room_track, item);
        if (t->by == p && t->layers) tell_layer(r, t, t->layers);
    }
}

/* -- going out -- */

void rooms_lost(struct rooms *r, struct room_client client, bool is_over, struct tick now)
{
    struct participant *p = by_client(r, client);
    if (!p) return;
    struct room *room = p->room;
    client_forget(r, p);
    if (is_over) {
        participant_leave(r, p, "ended", now);
        room_close_if_empty(r, room);
        return;
    }
    p->away_at = now;
    tell_participant(r, p);
}

static void end_all(struct rooms *r, struct room *room, const char *ended, struct tick now)
{
    room->is_ending = true;
    list_each (item, after, &room->participants)
        put_out(r, list_of(item, struct participant, item), ended, "ended", now);
    room->is_ending = false;
    room_close_if_empty(r, room);
}

void rooms_drain(struct rooms *r, struct tick now)
{
    r->is_draining = true;
    list_each (item, after, &r->all) {
        struct room *room = list_of(item, struct room, item);
        room->is_ending = true;
        list_each (one, next, &room->participants)
            client_forget(r, list_of(one, struct participant, item));
        list_each (one, next, &room->participants) {
            struct participant *p = list_of(one, struct participant, item);
            if (p->asker) source_fail(r, p, 503, "busy");
            participant_leave(r, p, "restart", now);
        }
        room->is_ending = false;
        room_close_if_empty(r, room);
    }
}

void rooms_revoke(struct rooms *r, const char *id, const char *account, struct tick now)
{
    struct room *room = room_find(r, id);
    if (!room) return;
    if (!account) {
        end_all(r, room, "room_closed", now);
        return;
    }
    list_each (item, after, &room->participants) {
        struct participant *p = list_of(item, struct participant, item);
        if (p->kind == PERSON && strcmp(p->account, account) == 0) put_out(r, p, "revoked", "kicked", now);
    }
    room_close_if_empty(r, room);
}

const char *rooms_pass_of(const struct rooms *r, struct room_client client, uint32_t participant)
{
    const struct participant *by = by_client(r, client);
    const struct participant *p = by ? participant_find(by->room, participant) : NULL;
    return p ? p->pass : "";
}

void rooms_void(struct rooms *r, const char *pass, struct tick now)
{
    if (!pass[0]) return;
    list_each (item, after, &r->all) {
        struct room *room = list_of(item, struct room, item);
        list_each (one, next, &room->participants) {
            struct participant *p = list_of(one, struct participant, item);
            if (strcmp(p->pass, pass) == 0) put_out(r, p, "revoked", "kicked", now);
        }
        room_close_if_empty(r, room);
    }
}

/* -- acts -- */

void rooms_refuse(struct rooms *r, struct room_client client, const struct room_frame *f, const char *code)
{
    tell_refused(r, client, room_frame_name(f->kind), f->kind == ROOM_FRAME_OFFER ? f->n : 0, code,
                 (struct str){0});
}

/* NULL: it may; otherwise the refusal's code. */
static const char *why_not(const struct participant *p, const struct room_frame *f)
{
    bool is_hosts = f->kind == ROOM_FRAME_PRIVATE || f->kind == ROOM_FRAME_KICK || f->kind == ROOM_FRAME_END;
    if (!p) return f->kind == ROOM_FRAME_JOIN ? NULL : "not_in_call";
    if (f->kind == ROOM_FRAME_JOIN) return "in_call";
    if (is_hosts && !p->is_host) return "not_host";
    if (f->kind == ROOM_FRAME_KICK && (!participant_find(p->room, f->participant) || f->participant == p->id))
        return "no_participant";
    for (int i = 0; i < f->cut_n; i++)
        if (!participant_find(p->room, f->cut[i]) || f->cut[i] == p->id) return "no_participant";
    return NULL;
}

bool rooms_must_trace(const struct rooms *r, struct room_client client, const struct room_frame *f,
                      struct room_trace *ret_trace)
{
    static const char *const actions[ROOM_FRAME_KINDS] = {[ROOM_FRAME_PRIVATE] = "call.private",
                                                          [ROOM_FRAME_KICK] = "call.kick",
                                                          [ROOM_FRAME_END] = "call.end"};
    const struct participant *p = by_client(r, client);
    if (!actions[f->kind] || why_not(p, f)) return false;
    struct room_trace t = {
        .action = actions[f->kind], .account = p->account, .from = p->from, .roles = p->roles};
    snprintf(t.target, sizeof t.target, "room/%s", p->room->id);
    size_t n = (size_t)snprintf(t.detail, sizeof t.detail, "{\"participant\":%u", p->id);
    if (f->kind == ROOM_FRAME_KICK)
        n += (size_t)snprintf(t.detail + n, sizeof t.detail - n, ",\"who\":%u", f->participant);
    if (f->kind == ROOM_FRAME_PRIVATE)
        n += (size_t)snprintf(t.detail + n, sizeof t.detail - n, ",\"on\":%s,\"cut\":[",
                              f->is_on ? "true" : "false");
    for (int i = 0; i < f->cut_n && n < sizeof t.detail - 20; i++)
        n += (size_t)snprintf(t.detail + n, sizeof t.detail - n, "%s%u", i ? "," : "", f->cut[i]);
    snprintf(t.detail + n, sizeof t.detail - n, "%s", f->kind == ROOM_FRAME_PRIVATE ? "]}" : "}");
    *ret_trace = t;
    return true;
}

/* With all that came by the same token, which is void now. */
static void take_kick(struct rooms *r, struct participant *p, struct tick now)
{
    char pass[IDENT_TEXT];
    memcpy(pass, p->pass, sizeof pass);
    put_out(r, p, "kicked", "kicked", now);
    rooms_void(r, pass, now);
}

static void take_private(struct rooms *r, struct participant *by, const struct room_frame *f,
                         struct instant wall)
{
    struct room *room = by->room;
    if (!f->is_on) {
        private_end(r, room);
        return;
    }
    list_each (item, after, &room->participants)
        list_of(item, struct participant, item)->is_cut = false;
    for (int i = 0; i < f->cut_n; i++)
        participant_find(room, f->cut[i])->is_cut = true;
    if (!room->is_private || room->private_by != by->id) room->private_since = wall;
    room->is_private = true;
    room->private_by = by->id;
    room_send_private(r, room);
    tell_private(r, room);
}

void rooms_take(struct rooms *r, struct room_client client, const struct room_frame *f, struct tick now,
                struct instant wall)
{
    struct participant *p = by_client(r, client);
    const char *code = why_not(p, f);
    if (code || !p) {
        rooms_refuse(r, client, f, code ? code : "not_in_call");
        return;
    }
    struct room *room = p->room;
    switch (f->kind) {
    case ROOM_FRAME_OFFER:
        peer_offer(r, p, f, now);
        break;
    case ROOM_FRAME_MUTE:
        track_mute(r, p, f);
        break;
    case ROOM_FRAME_WANT:
        tracks_watch(r, p, f);
        break;
    case ROOM_FRAME_RECODE:
        track_recode(r, p, f, now);
        break;
    case ROOM_FRAME_PRIVATE:
        take_private(r, p, f, wall);
        break;
    case ROOM_FRAME_KICK:
        take_kick(r, participant_find(room, f->participant), now);
        break;
    case ROOM_FRAME_LEAVE:
        put_out(r, p, "left", "left", now);
        room_close_if_empty(r, room);
        break;
    case ROOM_FRAME_END:
        end_all(r, room, "ended", now);
        break;
    case ROOM_FRAME_JOIN:
    case ROOM_FRAME_KINDS:
        break;
    }
}

/* -- time -- */

static void participants_turn(struct rooms *r, struct room *room, struct tick now, struct instant wall)
{
    list_each (item, after, &room->participants) {
        struct participant *p = list_of(item, struct participant, item);
        bool is_gone = false;
        if (p->kind != PERSON)
            source_turn(r, p, now, wall, &is_gone);
        else if (p->client.serial == 0 && now.ms - p->away_at.ms >= ROOM_AWAY_MS)
            participant_leave(r, p, "lost", now);
    }
}

void rooms_turn(struct rooms *r, struct tick now, struct instant wall)
{
    list_each (item, after, &r->all) {
        struct room *room = list_of(item, struct room, item);
        participants_turn(r, room, now, wall);
        media_turn(r, room, now);
        room_close_if_empty(r, room);
    }
    workers_turn(r, now);
}

int64_t rooms_wait_ms(const struct rooms *r)
{
    return list_is_empty(&r->all) ? TURN_MS * 20 : TURN_MS;
}

void rooms_count(const struct rooms *r, struct rooms_counts *ret)
{
    *ret = (struct rooms_counts){.rooms = (int)map_count(r->by_id),
                                 .participants = r->participants,
                                 .tracks = r->tracks,
                                 .peers = (int)map_count(r->by_peer)};
}

int rooms_present(const struct rooms *r, const char *id)
{
    const struct room *room = room_find(r, id);
    return room ? room->count : 0;
}
