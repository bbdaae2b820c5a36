/* Who leads, and what all are shown. One leads at a time; whoever takes the lead has it, and all are told. */
#include "desk/room_own.h"

bool may_show(const struct participant *p)
{
    return p->kind == PERSON &&
           (role_set_has(p->roles, ROLE_CLINIC_DOCTOR) || role_set_has(p->roles, ROLE_NURSE) ||
            role_set_has(p->roles, ROLE_PHARMACIST) || role_set_has(p->roles, ROLE_SPECIALIST));
}

bool rate_take(struct participant *p, enum room_frame_kind kind, struct tick now)
{
    static const struct {
        int32_t a_second, most;
    } rates[ROOM_FRAME_KINDS] = {
        [ROOM_FRAME_VIEW] = {20, 40}, [ROOM_FRAME_POINT] = {25, 40}, [ROOM_FRAME_DRAW] = {25, 50},
        [ROOM_FRAME_ERASE] = {5, 10}, [ROOM_FRAME_CHAT] = {2, 10},   [ROOM_FRAME_STILL] = {1, 5},
        [ROOM_FRAME_PTZ] = {20, 40},  [ROOM_FRAME_STEER] = {2, 6},   [ROOM_FRAME_MOVE] = {10, 20},
        [ROOM_FRAME_LIGHT] = {1, 2},
    };
    struct room_rate *rate = &p->rates[kind];
    int64_t store = rate->at.ms ? rate->thousandths + (now.ms - rate->at.ms) * rates[kind].a_second
                                : rates[kind].most * 1000;
    if (store > rates[kind].most * 1000) store = rates[kind].most * 1000;
    bool has_one = store >= 1000;
    *rate = (struct room_rate){now, (int32_t)(has_one ? store - 1000 : store)};
    return has_one;
}

void view_end(struct rooms *r, struct room *room)
{
    if (!room->view.by) return;
    room->view = (struct room_view){0};
    tell_view(r, room, true);
}

void view_of_gone(struct rooms *r, struct room *room, uint32_t participant)
{
    if (room->view.by == participant) view_end(r, room);
}

static void view_set(struct rooms *r, struct participant *p, const struct room_frame *f)
{
    struct room_view *v = &p->room->view;
    bool is_new = v->by != p->id;
    if (is_new) *v = (struct room_view){.by = p->id, .is_private = p->room->is_private};
    v->at = f->view;
    room_keep_whole(v->study, f->view.study);
    room_keep_whole(v->series, f->view.series);
    room_keep_whole(v->instance, f->view.instance);
    room_keep_whole(v->document, f->view.document);
    tell_view(r, p->room, is_new);
}

void view_take(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now)
{
    bool leads = p->room->view.by == p->id;
    if (!may_show(p))
        rooms_refuse(r, p->client, f, "not_allowed");
    else if (!rate_take(p, f->kind, now))
        rooms_refuse(r, p->client, f, "slow_down");
    else if (!leads && !f->is_on)
        rooms_refuse(r, p->client, f, "not_leading");
    else if (f->has_view)
        view_set(r, p, f);
    else
        view_end(r, p->room);
}
