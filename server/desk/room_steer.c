/* A camera that is moved from afar (decision 0351): one person at a time, who takes it and has it while it is used; the clinic, and whoever sits at
 * the camera, take it back at any time. Whose camera it is moves it; here is who may ask, and all are told. */
#include "desk/room_own.h"
#include <stdio.h>

static bool can_move(const struct room_track *t)
{
    for (int i = 0; i < ROOM_AXES; i++)
        if (t->axes[i] >= 0) return true;
    return false;
}

static bool is_of_clinic(const struct participant *p)
{
    return role_set_has(p->roles, ROLE_CLINIC_DOCTOR) || role_set_has(p->roles, ROLE_NURSE);
}

static const char *why_not_steer(const struct participant *p, const struct room_track *t, bool is_on)
{
    bool is_ours = t->by == p || is_of_clinic(p);
    if (!is_ours && !may_show(p)) return "not_allowed";
    if (t->by->is_cut) return "cut_off";
    if (is_on) return !t->steers || t->steers == p->id || is_ours ? NULL : "steered";
    return t->steers && (t->steers == p->id || is_ours) ? NULL : "not_steering";
}

const char *steer_why_not(const struct participant *p, const struct room_frame *f)
{
    const struct room_track *t = track_find(p->room, f->track);
    if (f->kind == ROOM_FRAME_PTZ) return t && t->by == p && t->kind == LINK_VIDEO ? NULL : "no_track";
    if (!t || !can_move(t)) return "no_track";
    if (f->kind == ROOM_FRAME_STEER) return why_not_steer(p, t, f->is_on);
    return t->steers == p->id ? NULL : "not_steering";
}

void axes_none(struct room_track *t)
{
    for (int i = 0; i < ROOM_AXES; i++)
        t->axes[i] = -1;
}

/* Its own row: who had it, how often it was moved, and why that is over. */
static void lease_end(struct rooms *r, struct room_track *t, const char *why)
{
    char detail[80];
    const struct room *room = t->by->room;
    if (!t->steers) return;
    snprintf(detail, sizeof detail, "\"track\":%u,\"moves\":%u,\"why\":\"%s\"", t->id, t->moves, why);
    const struct participant *had = participant_find(room, t->steers);
    room_trace(r, "call.steer-end", room, had, detail);
    t->steers = 0;
}

void steer_of_track_gone(struct rooms *r, struct room_track *t)
{
    lease_end(r, t, "gone");
}

static void lease_over(struct rooms *r, struct room_track *t, const char *why)
{
    lease_end(r, t, why);
    tell_track(r, t, false);
}

void steer_of_gone(struct rooms *r, struct room *room, uint32_t participant)
{
    list_each (item, after, &room->tracks) {
        struct room_track *t = list_of(item, struct room_track, item);
        if (t->steers == participant) lease_over(r, t, "left");
    }
}

void steers_of_talk(struct rooms *r, struct room *room)
{
    list_each (item, after, &room->tracks) {
        struct room_track *t = list_of(item, struct room_track, item);
        const struct participant *has = t->steers ? participant_find(room, t->steers) : NULL;
        if (has && (has->is_cut || t->by->is_cut)) lease_over(r, t, "private");
    }
}

void steers_turn(struct rooms *r, struct room *room, struct tick now)
{
    list_each (item, after, &room->tracks) {
        struct room_track *t = list_of(item, struct room_track, item);
        if (t->steers && now.ms - t->steered_at.ms >= ROOM_STEER_MS) lease_over(r, t, "unused");
    }
}

static void lease_renew(struct room_track *t, struct tick now, struct instant wall)
{
    t->steered_at = now;
    t->steer_ends = (struct instant){wall.ms + ROOM_STEER_MS};
}

/* Where its camera stands, and along what it moves; none: it is no such camera, or is off. */
void steer_stands(struct rooms *r, struct room_track *t, const int16_t axes[ROOM_AXES])
{
    if (memcmp(t->axes, axes, sizeof t->axes) == 0) return;
    memcpy(t->axes, axes, sizeof t->axes);
    if (!can_move(t)) lease_end(r, t, "gone");
    tell_track(r, t, false);
}

static void take_steer(struct rooms *r, struct participant *p, struct room_track *t,
                       const struct room_frame *f, struct tick now, struct instant wall)
{
    if (!f->is_on) {
        lease_over(r, t, t->steers == p->id ? "given" : "taken");
        return;
    }
    if (t->steers != p->id) {
        lease_end(r, t, "taken");
        t->moves = 0;
        room_box_take(t->by);
    }
    t->steers = p->id;
    lease_renew(t, now, wall);
    tell_track(r, t, false);
}

static void take_move(struct rooms *r, const struct participant *p, struct room_track *t,
                      const struct room_frame *f, struct tick now, struct instant wall)
{
    int16_t axes[ROOM_AXES];
    for (int i = 0; i < ROOM_AXES; i++)
        axes[i] = t->axes[i] >= 0 ? f->axes[i] : -1;
    t->moves++;
    lease_renew(t, now, wall);
    if (t->by->kind == SOURCE)
        room_box_move(r, t->by, axes);
    else
        tell_move(r, t, p, axes);
}

void steer_take(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now,
                struct instant wall)
{
    struct room_track *t = track_find(p->room, f->track);
    if (!rate_take(p, f->kind, now)) {
        rooms_refuse(r, p->client, f, "slow_down");
        return;
    }
    if (f->kind == ROOM_FRAME_PTZ)
        steer_stands(r, t, f->axes);
    else if (f->kind == ROOM_FRAME_STEER)
        take_steer(r, p, t, f, now, wall);
    else
        take_move(r, p, t, f, now, wall);
}
