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

static void room_free(struct rooms *r, struct room *room)
{
    list_each (item, after, &room->tracks)
        track_free(r, room, list_of(item, struct room_track, item), false);
    list_each (item, after, &room->participants)
        participant_free(r, list_of(item, struct participant, item));
    strokes_free(room);
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
    for (int i = 0; i < ROOM_GRABS_MAX; i++)
        buf_done(&r->grabs[i].file);
    mem_wipe_free(r, sizeof *r);
}

void rooms_end(struct rooms *r)
{
    grabs_lose(r, -1);
    list_each (item, after, &r->all) {
        struct room *room = list_of(item, struct room, item);
        list_each (one, next, &room->participants) {
            struct participant *p = list_of(one, struct participant, item);
            if (p->asker) source_fail(r, p, 503, "busy");
        }
    }
}

void room_keep(char *to, size_t room, const char *from)
{
    size_t n = from ? strlen(from) : 0;
    if (n >= room) n = room - 1;
    /* Not in the middle of a character. */
    while (n > 0 && n < strlen(from) && ((unsigned char)from[n] & 0xc0) == 0x80)
        n--;
    if (n > 0) memcpy(to, from, n);
    to[n] = '\0';
}

void room_keep_whole(char *to, struct str from)
{
    if (from.bytes) memcpy(to, from.at, from.bytes);
    to[from.bytes] = 0;
}

/* -- the trail -- */

void room_trace(struct rooms *r, const char *action, const struct room *room, const struct participant *p,
                const char *detail)
{
    static const char *const kinds[] = {"person", "source", "viewer", "endpoint"};
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
    room_keep(room->id, sizeof room->id, id);
    room_keep(room->title, sizeof room->title, title);
    list_init(&room->participants);
    list_init(&room->tracks);
    list_init(&room->strokes);
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
    films_room_gone(r, room);
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

void room_private_end(struct rooms *r, struct room *room)
{
    if (!room->is_private) return;
    room->is_private = false;
    list_each (item, after, &room->participants)
        list_of(item, struct participant, item)->is_cut = false;
    if (room->view.is_private) room->view = (struct room_view){0};
    strokes_of_talk_gone(room);
    room_send_private(r, room);
    films_settle(r);
    tell_private(r, room);
    /* Who was cut off has what is looked at now; the others lose what was of the talk. */
    list_each (item, after, &room->participants)
        tell_look(r, list_of(item, struct participant, item));
}

/* It ends with the last who was cut off, and with the one who began it: nobody stays cut off by nobody. */
void room_private_check(struct rooms *r, struct room *room)
{
    bool has_cut = false, has_by = false;
    list_each (item, after, &room->participants) {
        const struct participant *p = list_of(item, struct participant, item);
        has_cut |= p->is_cut;
        has_by |= p->id == room->private_by;
    }
    if (room->is_private && (!has_cut || !has_by)) room_private_end(r, room);
}

void room_end(struct rooms *r, struct room *room, const char *ended, struct tick now)
{
    room->is_ending = true;
    list_each (item, after, &room->participants)
        participant_put_out(r, list_of(item, struct participant, item), ended, "ended", now);
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
            participant_unplug(r, list_of(one, struct participant, item));
        list_each (one, next, &room->participants) {
            struct participant *p = list_of(one, struct participant, item);
            if (p->asker) source_fail(r, p, 503, "busy");
            participant_leave(r, p, "restart", now);
        }
        room->is_ending = false;
        room_close_if_empty(r, room);
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
        quality_minute(r, room, wall);
        media_turn(r, room, now);
        stills_turn(r, room, now);
        steers_turn(r, room, now);
        endpoint_turn(r, room, now);
        room_close_if_empty(r, room);
    }
    workers_turn(r, now);
    grabs_turn(r, now);
    films_turn(r, now);
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

bool rooms_is_private(const struct rooms *r, const char *id)
{
    const struct room *room = room_find(r, id);
    return room && room->is_private;
}
