/* Pointing and drawing: where, as a part of the picture, so that each sees it at the same place whatever the size of the own screen.
 * A pointer is told and forgotten; so is a stroke that fades. What stays is kept until it is erased, or its picture goes. */
#include "base/mem.h"
#include "desk/room_own.h"

enum { STROKES_MAX = 128, POINTS_MAX = 8192 /* of a room */, STROKE_POINTS_MAX = 1024 };

/* NULL: it may be pointed at. */
static const char *why_no_target(const struct participant *p, const struct room_frame_target *target)
{
    if (target->record.bytes) return may_show(p) ? NULL : "not_allowed";
    if (!target->track) return NULL;
    const struct room_track *t = track_find(p->room, target->track);
    return t && t->kind == LINK_VIDEO ? NULL : "no_track";
}

void point_take(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now)
{
    const char *code = why_no_target(p, &f->target);
    if (code)
        rooms_refuse(r, p->client, f, code);
    else if (rate_take(p, f->kind, now) || !f->points_n)
        tell_point(r, p, f);
}

/* -- strokes -- */

static void stroke_free(struct room *room, struct room_stroke *s)
{
    room->strokes_n--;
    room->points_n -= s->count;
    list_remove(&s->item);
    mem_free(s->points);
    mem_free(s);
}

static struct room_stroke *stroke_find(const struct room *room, uint32_t by, uint32_t number)
{
    list_each (item, after, &room->strokes) {
        struct room_stroke *s = list_of(item, struct room_stroke, item);
        if (s->by == by && s->number == number && !s->is_ended) return s;
    }
    return NULL;
}

static bool is_on(const struct room_stroke *s, const struct room_frame_target *target)
{
    if (target->record.bytes) return str_is_text(target->record, s->record);
    return s->track == target->track;
}

static struct room_stroke *stroke_new(struct participant *p, const struct room_frame *f)
{
    struct room *room = p->room;
    struct room_stroke *s = mem_zalloc(sizeof *s);
    if (!s) return NULL;
    s->by = p->id;
    s->number = f->stroke;
    s->ink = p->ink;
    room_keep(s->name, sizeof s->name, p->display);
    s->track = f->target.track;
    if (f->target.record.bytes) memcpy(s->record, f->target.record.at, f->target.record.bytes);
    s->is_private = room->is_private;
    list_add_last(&room->strokes, &s->item);
    room->strokes_n++;
    return s;
}

static bool stroke_grow(struct room *room, struct room_stroke *s, const struct room_frame *f)
{
    if (s->count + f->points_n > s->places) {
        int places = s->places ? 2 * s->places : 2 * ROOM_FRAME_POINTS_MAX;
        struct room_frame_point *points = mem_resize(s->points, (size_t)places * sizeof *points);
        if (!points) return false;
        s->points = points;
        s->places = places;
    }
    memcpy(s->points + s->count, f->points, (size_t)f->points_n * sizeof *f->points);
    s->count += f->points_n;
    room->points_n += f->points_n;
    s->is_ended = f->is_end;
    return true;
}

/* NULL: it is kept. */
static const char *stroke_put(struct participant *p, const struct room_frame *f)
{
    struct room *room = p->room;
    struct room_stroke *s = stroke_find(room, p->id, f->stroke);
    if (s && !is_on(s, &f->target)) return "no_track";
    if (room->points_n + f->points_n > POINTS_MAX || (!s && room->strokes_n >= STROKES_MAX)) return "full";
    if (s && s->count + f->points_n > STROKE_POINTS_MAX) return "full";
    bool is_new = !s;
    if (!s) s = stroke_new(p, f);
    if (s && stroke_grow(room, s, f)) return NULL;
    if (s && is_new) stroke_free(room, s);
    return "failed";
}

void draw_take(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now)
{
    const char *code = why_no_target(p, &f->target);
    if (!code && !rate_take(p, f->kind, now)) code = "slow_down";
    if (!code && !f->is_fading) code = stroke_put(p, f);
    if (code) {
        rooms_refuse(r, p->client, f, code);
        return;
    }
    tell_draw(r, p, f);
    film_drawn(r, p, &f->target, now);
}

void erase_take(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now)
{
    bool is_clinic =
        p->is_host || role_set_has(p->roles, ROLE_CLINIC_DOCTOR) || role_set_has(p->roles, ROLE_NURSE);
    bool has_target = f->target.track || f->target.record.bytes;
    if (f->is_on && !is_clinic) {
        rooms_refuse(r, p->client, f, "not_allowed");
        return;
    }
    if (!rate_take(p, f->kind, now)) {
        rooms_refuse(r, p->client, f, "slow_down");
        return;
    }
    list_each (item, after, &p->room->strokes) {
        struct room_stroke *s = list_of(item, struct room_stroke, item);
        if ((f->is_on || s->by == p->id) && (!has_target || is_on(s, &f->target))) stroke_free(p->room, s);
    }
    tell_erase(r, p, f);
}

void strokes_of_track_gone(struct room *room, uint32_t track)
{
    list_each (item, after, &room->strokes) {
        struct room_stroke *s = list_of(item, struct room_stroke, item);
        if (s->track == track) stroke_free(room, s);
    }
}

void strokes_of_talk_gone(struct room *room)
{
    list_each (item, after, &room->strokes) {
        struct room_stroke *s = list_of(item, struct room_stroke, item);
        if (s->is_private) stroke_free(room, s);
    }
}

void strokes_free(struct room *room)
{
    list_each (item, after, &room->strokes)
        stroke_free(room, list_of(item, struct room_stroke, item));
}
