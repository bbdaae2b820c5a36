/* People in a room: how they come in, are away, come back and go; and what goes with them. */
#include "base/mem.h"
#include "base/rnd.h"
#include "desk/room_own.h"
#include <stdio.h>

void participant_free(struct rooms *r, struct participant *p)
{
    room_box_gone(r, p);
    list_remove(&p->item);
    p->room->count--;
    r->participants--;
    mem_free(p->peers[UP].labels);
    mem_wipe_free(p, sizeof *p);
}

/* -- participants -- */

static struct str client_key(const struct room_client *c)
{
    return (struct str){(const char *)&c->serial, sizeof c->serial};
}

struct participant *participant_of(const struct rooms *r, struct room_client c)
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

/* The first that nobody here has; where all are taken, the one that fits the number who are here. */
static uint8_t free_ink(const struct room *room)
{
    uint32_t taken = 0;
    list_each (item, after, &room->participants)
        taken |= 1u << list_of(item, struct participant, item)->ink;
    for (uint8_t i = 0; i < ROOM_INKS; i++)
        if (!(taken >> i & 1u)) return i;
    return (uint8_t)(room->count % ROOM_INKS);
}

struct participant *participant_new(struct rooms *r, struct room *room, enum participant_kind kind,
                                    uint32_t id)
{
    struct participant *p = mem_zalloc(sizeof *p);
    if (!p) return NULL;
    p->room = room;
    p->kind = kind;
    p->ink = free_ink(room);
    p->id = id && !participant_find(room, id) ? id : fresh_id(room);
    list_add_last(&room->participants, &p->item);
    room->count++;
    r->participants++;
    return p;
}

void participant_unplug(struct rooms *r, struct participant *p)
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
    quality_tell(r, room, p);
    peer_close(r, p, UP);
    peer_close(r, p, DOWN);
    list_each (item, after, &room->tracks) {
        struct room_track *t = list_of(item, struct room_track, item);
        if (t->by == p) track_free(r, room, t, was_seen);
    }
    participant_unplug(r, p);
    if (was_seen) room_trace(r, p->kind == PERSON ? "call.leave" : "call.stream.leave", room, p, detail);
    if (room->speaker == id) room->speaker = 0;
    steer_of_gone(r, room, id);
    participant_free(r, p);
    if (was_seen) tell_gone(r, room, id, why);
    view_of_gone(r, room, id);
    room_private_check(r, room);
}

/* The same for whoever is told first that it is over. */
void participant_put_out(struct rooms *r, struct participant *p, const char *ended, const char *gone,
                         struct tick now)
{
    struct room_client client = p->client;
    if (p->asker) source_fail(r, p, 403, "not_allowed");
    participant_unplug(r, p);
    tell_ended(r, client, ended);
    participant_leave(r, p, gone, now);
}

/* -- coming in -- */

static bool client_take(struct rooms *r, struct participant *p, struct room_client client)
{
    if (p->client.serial) {
        struct room_client old = p->client;
        participant_unplug(r, p);
        tell_ended(r, old, "replaced");
    }
    if (map_put(r->by_client, client_key(&client), p) != OK) return false;
    p->client = client;
    p->is_unheard = false;
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

/* Whose browser died and who comes in by another one is one person: the place that was kept for the first is let go. */
static void others_go(struct rooms *r, struct room *room, const struct participant *p, struct tick now)
{
    list_each (item, after, &room->participants) {
        struct participant *other = list_of(item, struct participant, item);
        if (other != p && other->kind == PERSON && other->client.serial == 0 &&
            strcmp(other->account, p->account) == 0)
            participant_leave(r, other, "replaced", now);
    }
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
    room_keep(p->account, sizeof p->account, e->account);
    room_keep(p->session, sizeof p->session, e->session);
    room_keep(p->display, sizeof p->display, e->display);
    room_keep(p->from, sizeof p->from, e->from);
    p->roles = e->roles;
    p->since = wall;
    p->epoch = e->epoch;
    return p;
}

bool rooms_is_in(const struct rooms *r, struct room_client client)
{
    return participant_of(r, client) != NULL;
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
    if (participant_of(r, e->client)) {
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
    if (!e->participant) others_go(r, room, p, now);
    room_keep(room->title, sizeof room->title, e->title);
    room_keep(p->from, sizeof p->from, e->from);
    p->is_host = e->is_host;
    room_keep(room->visit, sizeof room->visit, e->visit);
    tell_joined(r, p, e->chat, wall);
    tell_participant(r, p);
    list_each (item, after, &room->tracks) { /* what was said while he was away was not heard */
        const struct room_track *t = list_of(item, struct room_track, item);
        if (t->by == p && t->layers) tell_layer(r, t);
    }
}

/* -- going out -- */

void rooms_lost(struct rooms *r, struct room_client client, bool is_over, struct tick now)
{
    struct participant *p = participant_of(r, client);
    if (!p) return;
    struct room *room = p->room;
    participant_unplug(r, p);
    if (is_over) {
        participant_leave(r, p, "ended", now);
        room_close_if_empty(r, room);
        return;
    }
    p->away_at = now;
    tell_participant(r, p);
}

void rooms_revoke(struct rooms *r, const char *id, const char *account, struct tick now)
{
    struct room *room = room_find(r, id);
    if (!room) return;
    if (!account) {
        room_end(r, room, "room_closed", now);
        return;
    }
    list_each (item, after, &room->participants) {
        struct participant *p = list_of(item, struct participant, item);
        if (p->kind == PERSON && strcmp(p->account, account) == 0)
            participant_put_out(r, p, "revoked", "kicked", now);
    }
    room_close_if_empty(r, room);
}

static bool is_from_outside(const struct participant *p)
{
    uint32_t inside = ROLE_BIT(ROLE_CLINIC_DOCTOR) | ROLE_BIT(ROLE_NURSE);
    uint32_t outside = ROLE_BIT(ROLE_SPECIALIST) | ROLE_BIT(ROLE_INTERPRETER);
    return p->kind == VIEWER || p->kind == ENDPOINT ||
           (p->kind == PERSON && !(p->roles.bits & inside) && p->roles.bits & outside);
}

void rooms_clear(struct rooms *r, const char *id, struct tick now)
{
    struct room *room = room_find(r, id);
    if (!room) return;
    rooms_record_hold(r, id, RECORDING_CONSENT_WITHDRAWN);
    list_each (item, after, &room->participants) {
        struct participant *p = list_of(item, struct participant, item);
        if (is_from_outside(p)) participant_put_out(r, p, "consent", "ended", now);
    }
    room_close_if_empty(r, room);
}

void rooms_count_sides(struct rooms *r, const char *id, int *ret_inside, int *ret_outside)
{
    struct room *room = room_find(r, id);
    *ret_inside = *ret_outside = 0;
    if (!room) return;
    list_each (item, after, &room->participants) {
        const struct participant *p = list_of(item, struct participant, item);
        if (p->kind == PERSON) *(is_from_outside(p) ? ret_outside : ret_inside) += 1;
    }
}

const char *rooms_pass_of(const struct rooms *r, struct room_client client, uint32_t participant)
{
    const struct participant *by = participant_of(r, client);
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
            if (strcmp(p->pass, pass) == 0) participant_put_out(r, p, "revoked", "kicked", now);
        }
        room_close_if_empty(r, room);
    }
}
