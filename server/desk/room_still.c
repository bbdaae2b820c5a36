/* Stills: somebody asks for one of a track, all are told, the track's owner (or, of a source, who asked) brings it into the record and says
 * so. What is not answered in time has failed, and may be asked for again. */
#include "desk/room_own.h"

enum { STILL_MS = 25000 };

static void failed(struct rooms *r, struct room *room, struct room_still *s, const char *code)
{
    struct room_still was = *s;
    *s = (struct room_still){0};
    tell_still(r, room, &was, "failed", (struct str){0}, str_of(code));
}

static const char *ask(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now)
{
    struct room *room = p->room;
    const struct room_track *t = track_find(room, f->track);
    if (!room->visit[0]) return "no_visit";
    if (!may_show(p)) return "not_allowed";
    if (!t || t->kind != LINK_VIDEO || !t->is_live) return "no_track";
    if (t->by->is_cut || t->is_muted) return "no_track";
    for (int i = 0; i < ROOM_STILLS_MAX; i++) {
        struct room_still *s = &room->stills[i];
        if (s->number) continue;
        *s = (struct room_still){++r->next_still, p->id, t->id, t->by->id, now};
        tell_still(r, room, s, "asked", (struct str){0}, (struct str){0});
        return NULL;
    }
    return "busy";
}

static const char *answer(struct rooms *r, struct participant *p, const struct room_frame *f)
{
    for (int i = 0; i < ROOM_STILLS_MAX; i++) {
        struct room_still *s = &p->room->stills[i];
        if (s->number != f->still || (s->by != p->id && s->owner != p->id)) continue;
        struct room_still was = *s;
        *s = (struct room_still){0};
        tell_still(r, p->room, &was, f->document.bytes ? "taken" : "failed", f->document, f->code);
        return NULL;
    }
    return "no_still";
}

void still_take(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now)
{
    const char *code = !rate_take(p, f->kind, now) ? "slow_down"
                       : f->still                  ? answer(r, p, f)
                                                   : ask(r, p, f, now);
    if (code) rooms_refuse(r, p->client, f, code);
}

void stills_turn(struct rooms *r, struct room *room, struct tick now)
{
    for (int i = 0; i < ROOM_STILLS_MAX; i++) {
        struct room_still *s = &room->stills[i];
        if (!s->number) continue;
        if (!track_find(room, s->track) || !participant_find(room, s->owner))
            failed(r, room, s, "gone");
        else if (now.ms - s->asked.ms >= STILL_MS)
            failed(r, room, s, "late");
    }
}
