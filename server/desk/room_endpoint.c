/* The site's room system, which speaks plain RTP (media/endpoint): somebody in the room like others, whom a host calls in. It has no page and no
 * token, and is in one room at a time. */
#include "base/rnd.h"
#include "desk/room_own.h"

static struct participant *endpoint_in(const struct room *room)
{
    list_each (item, after, &room->participants) {
        struct participant *p = list_of(item, struct participant, item);
        if (p->kind == ENDPOINT) return p;
    }
    return NULL;
}

static bool is_elsewhere(const struct rooms *r, const struct room *here)
{
    list_each (item, after, &r->all) {
        const struct room *room = list_of(item, struct room, item);
        if (room != here && endpoint_in(room)) return true;
    }
    return false;
}

const char *endpoint_why_not(const struct rooms *r, const struct participant *p, const struct room_frame *f)
{
    if (!p->is_host) return "not_host";
    if (!r->settings.endpoint[0]) return "no_endpoint";
    if (f->is_on && p->room->worker < 0) return "no_worker";
    return f->is_on && is_elsewhere(r, p->room) ? "endpoint_taken" : NULL;
}

static void send_in(struct rooms *r, const struct participant *e)
{
    struct link_msg m = {.type = LINK_ENDPOINT};
    m.endpoint =
        (struct link_endpoint){.room = e->room->number, .participant = e->id, .peer = e->peers[UP].number};
    room_send(r, e->room, &m);
}

/* Announced from the moment that it may hear. */
static const char *call_in(struct rooms *r, struct room *room, struct instant wall)
{
    if (room->count >= ROOM_PARTICIPANTS_MAX) return "full";
    struct participant *e = participant_new(r, room, ENDPOINT, 0);
    if (!e) return "failed";
    e->peers[UP].number = peer_number(r, e);
    if (!e->peers[UP].number) {
        participant_free(r, e);
        return "full";
    }
    room_keep(e->display, sizeof e->display, r->settings.endpoint);
    room_keep(e->source, sizeof e->source, "room-system");
    rnd_token("", 24, e->secret); /* nobody's: it has no session */
    e->since = wall;
    e->ends.ms = INT64_MAX;
    e->is_announced = true;
    tell_participant(r, e);
    send_in(r, e);
    return NULL;
}

void endpoint_take(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now,
                   struct instant wall)
{
    struct participant *e = endpoint_in(p->room);
    const char *code = NULL;
    if (!f->is_on && e)
        participant_leave(r, e, "left", now);
    else if (f->is_on && !e)
        code = call_in(r, p->room, wall);
    if (code) rooms_refuse(r, p->client, f, code);
}

void endpoint_turn(struct rooms *r, struct room *room, struct tick now)
{
    struct participant *e = endpoint_in(room);
    if (!e) return;
    list_each (item, after, &room->participants)
        if (list_of(item, struct participant, item)->kind == PERSON) return;
    participant_leave(r, e, "ended", now); /* nobody is there whom it could be with */
}
