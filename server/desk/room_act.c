/* What people in a room do to others: what of it is allowed, and what must stand in the trail first. */
#include "desk/room_own.h"
#include <stdio.h>

void rooms_refuse(struct rooms *r, struct room_client client, const struct room_frame *f, const char *code)
{
    tell_refused(r, client, room_frame_name(f->kind), f->kind == ROOM_FRAME_OFFER ? f->n : 0, code,
                 (struct str){0});
}

/* NULL: it may; otherwise the refusal's code. */
static const char *why_not(const struct rooms *r, const struct participant *p, const struct room_frame *f)
{
    bool is_hosts = f->kind == ROOM_FRAME_PRIVATE || f->kind == ROOM_FRAME_KICK || f->kind == ROOM_FRAME_END;
    if (!p) return f->kind == ROOM_FRAME_JOIN ? NULL : "not_in_call";
    if (f->kind == ROOM_FRAME_JOIN) return "in_call";
    if (is_hosts && !p->is_host) return "not_host";
    /* Who is cut off by a private talk takes no part in what is looked at and said. */
    if (f->kind >= ROOM_FRAME_VIEW && f->kind <= ROOM_FRAME_STILL && p->is_cut) return "cut_off";
    if (f->kind == ROOM_FRAME_KICK && (!participant_find(p->room, f->participant) || f->participant == p->id))
        return "no_participant";
    for (int i = 0; i < f->cut_n; i++)
        if (!participant_find(p->room, f->cut[i]) || f->cut[i] == p->id) return "no_participant";
    if (f->kind == ROOM_FRAME_PTZ || f->kind == ROOM_FRAME_STEER || f->kind == ROOM_FRAME_MOVE)
        return steer_why_not(p, f);
    return f->kind == ROOM_FRAME_ENDPOINT ? endpoint_why_not(r, p, f) : NULL;
}

bool rooms_must_trace(const struct rooms *r, struct room_client client, const struct room_frame *f,
                      struct room_trace *ret_trace)
{
    static const char *const actions[ROOM_FRAME_KINDS] = {[ROOM_FRAME_PRIVATE] = "call.private",
                                                          [ROOM_FRAME_KICK] = "call.kick",
                                                          [ROOM_FRAME_STEER] = "call.steer",
                                                          [ROOM_FRAME_ENDPOINT] = "call.endpoint",
                                                          [ROOM_FRAME_END] = "call.end"};
    const struct participant *p = participant_of(r, client);
    if (!actions[f->kind] || why_not(r, p, f)) return false;
    if (f->kind == ROOM_FRAME_STEER && !f->is_on) return false; /* its end has a row of its own */
    struct room_trace t = {
        .action = actions[f->kind], .account = p->account, .from = p->from, .roles = p->roles};
    snprintf(t.target, sizeof t.target, "room/%s", p->room->id);
    size_t n = (size_t)snprintf(t.detail, sizeof t.detail, "{\"participant\":%u", p->id);
    if (f->kind == ROOM_FRAME_KICK)
        n += (size_t)snprintf(t.detail + n, sizeof t.detail - n, ",\"who\":%u", f->participant);
    if (f->kind == ROOM_FRAME_STEER)
        n += (size_t)snprintf(t.detail + n, sizeof t.detail - n, ",\"track\":%u", f->track);
    if (f->kind == ROOM_FRAME_ENDPOINT)
        n += (size_t)snprintf(t.detail + n, sizeof t.detail - n, ",\"on\":%s", f->is_on ? "true" : "false");
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
    participant_put_out(r, p, "kicked", "kicked", now);
    rooms_void(r, pass, now);
}

/* Who is cut off leads no more, and is let back in to what is looked at. */
static void looks_follow(struct rooms *r, struct room *room)
{
    const struct participant *leads = room->view.by ? participant_find(room, room->view.by) : NULL;
    if (leads && leads->is_cut) view_end(r, room);
    list_each (item, after, &room->participants) {
        const struct participant *p = list_of(item, struct participant, item);
        if (p->was_cut != p->is_cut) tell_look(r, p);
    }
}

static void take_private(struct rooms *r, struct participant *by, const struct room_frame *f,
                         struct instant wall)
{
    struct room *room = by->room;
    if (!f->is_on) {
        room_private_end(r, room);
        return;
    }
    list_each (item, after, &room->participants) {
        struct participant *p = list_of(item, struct participant, item);
        p->was_cut = p->is_cut;
        p->is_cut = false;
    }
    for (int i = 0; i < f->cut_n; i++)
        participant_find(room, f->cut[i])->is_cut = true;
    if (!room->is_private || room->private_by != by->id) room->private_since = wall;
    room->is_private = true;
    room->private_by = by->id;
    films_settle(r);
    room_send_private(r, room);
    tell_private(r, room);
    looks_follow(r, room);
    steers_of_talk(r, room);
}

void rooms_take(struct rooms *r, struct room_client client, const struct room_frame *f, struct tick now,
                struct instant wall)
{
    struct participant *p = participant_of(r, client);
    const char *code = why_not(r, p, f);
    if (p) participant_is_heard(r, p);
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
    case ROOM_FRAME_SAVE:
        leg_take(r, p, f);
        break;
    case ROOM_FRAME_LANE:
        lane_take(r, p, f);
        break;
    case ROOM_FRAME_PRIVATE:
        take_private(r, p, f, wall);
        break;
    case ROOM_FRAME_KICK:
        take_kick(r, participant_find(room, f->participant), now);
        break;
    case ROOM_FRAME_LEAVE:
        participant_put_out(r, p, "left", "left", now);
        room_close_if_empty(r, room);
        break;
    case ROOM_FRAME_END:
        room_end(r, room, "ended", now);
        break;
    case ROOM_FRAME_ENDPOINT:
        endpoint_take(r, p, f, now, wall);
        break;
    case ROOM_FRAME_VIEW:
        view_take(r, p, f, now);
        break;
    case ROOM_FRAME_POINT:
        point_take(r, p, f, now);
        break;
    case ROOM_FRAME_DRAW:
        draw_take(r, p, f, now);
        break;
    case ROOM_FRAME_ERASE:
        erase_take(r, p, f, now);
        break;
    case ROOM_FRAME_PTZ:
    case ROOM_FRAME_STEER:
    case ROOM_FRAME_MOVE:
        steer_take(r, p, f, now, wall);
        break;
    case ROOM_FRAME_LIGHT:
        light_take(r, p, f, now);
        break;
    case ROOM_FRAME_STILL:
        still_take(r, p, f, now);
        break;
    case ROOM_FRAME_CHAT: /* rooms_line */
    case ROOM_FRAME_JOIN:
    case ROOM_FRAME_KINDS:
        break;
    }
}

const char *rooms_line(struct rooms *r, struct room_client client, struct tick now,
                       struct room_line *ret_line)
{
    static const struct room_frame chat = {.kind = ROOM_FRAME_CHAT};
    struct participant *p = participant_of(r, client);
    const char *code = why_not(r, p, &chat);
    if (code || !p) return code ? code : "not_in_call";
    if (!rate_take(p, ROOM_FRAME_CHAT, now)) return "slow_down";
    struct room_line *l = ret_line;
    memset(l, 0, sizeof *l);
    memcpy(l->room, p->room->id, sizeof l->room);
    memcpy(l->visit, p->room->visit, sizeof l->visit);
    memcpy(l->account, p->account, sizeof l->account);
    memcpy(l->session, p->session, sizeof l->session);
    memcpy(l->display, p->display, sizeof l->display);
    memcpy(l->from, p->from, sizeof l->from);
    l->roles = p->roles;
    l->by = p->id;
    list_each (item, after, &p->room->participants) {
        const struct participant *other = list_of(item, struct participant, item);
        if (other->is_cut && other->kind == PERSON && l->cut_n < ROOM_FRAME_CUT_MAX)
            memcpy(l->cut[l->cut_n++], other->account, sizeof other->account);
    }
    return NULL;
}
