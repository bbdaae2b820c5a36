/* Light at a camera of an examination (decision 0375): who looks asks, who sits there does it. Nothing is switched from afar, and nothing is kept. */
#include "desk/room_own.h"

/* NULL: it may be asked. Who is cut off by a private talk does not come as far as here. */
static const char *why_not_light(const struct participant *p, const struct room_track *t)
{
    if (!t || t->kind != LINK_VIDEO || t->label.label != ROOM_LABEL_EXAM) return "no_track";
    if (!may_show(p) || t->by == p) return "not_allowed";
    return t->by->is_cut ? "cut_off" : NULL;
}

void light_take(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now)
{
    const struct room_track *t = track_find(p->room, f->track);
    const char *code = why_not_light(p, t);
    if (!code && !rate_take(p, f->kind, now)) code = "slow_down";
    if (code)
        rooms_refuse(r, p->client, f, code);
    else
        tell_light(r, t, p, f->is_on);
}
