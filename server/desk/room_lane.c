/* The languages of a room: into which somebody interprets, and which each hears (decision 0350). A language has a number, its lane, while
 * anybody speaks or hears it; the worker knows the number alone. */
#include "desk/room_own.h"

static bool is_used(const struct room *room, const char *language)
{
    list_each (item, after, &room->participants) {
        const struct participant *p = list_of(item, struct participant, item);
        if (strcmp(p->hears, language) == 0 || strcmp(p->speaks, language) == 0) return true;
    }
    return false;
}

/* The number of a language, which it gets where it has none. "": the floor's, 0; -1: all are taken. */
static int lane_number(struct room *room, const char *language)
{
    int free_place = -1;
    if (!language[0]) return 0;
    for (int i = 0; i < ROOM_LANES; i++) {
        if (strcmp(room->lanes[i], language) == 0) return i + 1;
        if (!room->lanes[i][0] || !is_used(room, room->lanes[i])) free_place = i;
    }
    if (free_place < 0) return -1;
    memcpy(room->lanes[free_place], language, sizeof room->lanes[free_place]);
    return free_place + 1;
}

static void send_lane(struct rooms *r, const struct participant *p, int way)
{
    struct link_msg m = {.type = LINK_PEER_LANE};
    int lane = lane_number(p->room, way == UP ? p->speaks : p->hears);
    ASSERT(lane >= 0); /* it was found when it was chosen */
    m.peer_lane = (struct link_lane){.peer = p->peers[way].number, .lane = (uint8_t)lane};
    if (p->peers[way].number) room_send(r, p->room, &m);
}

void lane_of_new_peer(struct rooms *r, const struct participant *p, int way)
{
    if (way == UP ? p->speaks[0] : p->hears[0]) send_lane(r, p, way);
}

/* Both find a place, or neither is taken. */
static bool lanes_choose(struct participant *p, const struct room_frame *f)
{
    char hears[sizeof p->hears], speaks[sizeof p->speaks];
    room_keep_whole(hears, str_of(p->hears));
    room_keep_whole(speaks, str_of(p->speaks));
    room_keep_whole(p->hears, f->hears);
    room_keep_whole(p->speaks, f->speaks);
    if (lane_number(p->room, p->hears) >= 0 && lane_number(p->room, p->speaks) >= 0) return true;
    room_keep_whole(p->hears, str_of(hears));
    room_keep_whole(p->speaks, str_of(speaks));
    return false;
}

void lane_take(struct rooms *r, struct participant *p, const struct room_frame *f)
{
    if (f->speaks.bytes && !role_set_has(p->roles, ROLE_INTERPRETER)) {
        rooms_refuse(r, p->client, f, "not_allowed");
        return;
    }
    if (str_is_text(f->hears, p->hears) && str_is_text(f->speaks, p->speaks)) return;
    if (!lanes_choose(p, f)) {
        rooms_refuse(r, p->client, f, "full");
        return;
    }
    send_lane(r, p, UP);
    send_lane(r, p, DOWN);
    tell_changed(r, p);
}
