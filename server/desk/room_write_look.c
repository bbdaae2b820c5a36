/* The server's frames about what is looked at together (docs/PROTOCOL §10.2). */
#include "desk/room_own.h"

static void put_target(struct json_out *o, uint32_t track, struct str record)
{
    if (track)
        json_put_int(o, "target", track);
    else if (record.bytes)
        json_put_str(o, "target", record);
    else
        json_put_null(o, "target");
}

static void put_points(struct json_out *o, const struct room_frame_point *points, int n)
{
    json_open_array(o, "points");
    for (int i = 0; i < n; i++) {
        json_put_int(o, NULL, points[i].x);
        json_put_int(o, NULL, points[i].y);
    }
    json_close_array(o);
}

static void put_pair(struct json_out *o, const char *key, int64_t a, int64_t b)
{
    json_open_array(o, key);
    json_put_int(o, NULL, a);
    json_put_int(o, NULL, b);
    json_close_array(o);
}

/* Who is shown no record learns that one is shown, and by whom. */
static void put_view(struct json_out *o, const struct room_view *v, bool may_see)
{
    if (!v->by) {
        json_put_null(o, "view");
        return;
    }
    json_open(o, "view");
    json_put_int(o, "by", v->by);
    json_put_bool(o, "hidden", !may_see);
    if (may_see) {
        if (v->document[0])
            json_put_text(o, "document", v->document);
        else {
            json_put_text(o, "study", v->study);
            json_put_text(o, "series", v->series);
            json_put_text(o, "instance", v->instance);
        }
        json_put_int(o, "frame", v->at.frame);
        if (v->at.has_window) put_pair(o, "window", v->at.center, v->at.width);
        json_put_int(o, "zoom", v->at.zoom);
        put_pair(o, "pan", v->at.pan_x, v->at.pan_y);
        json_put_bool(o, "invert", v->at.is_inverted);
    }
    json_close(o);
}

static void put_stroke(struct json_out *o, const struct room_stroke *s)
{
    json_open(o, NULL);
    json_put_int(o, "by", s->by);
    json_put_text(o, "name", s->name);
    json_put_int(o, "ink", s->ink);
    put_target(o, s->track, str_of(s->record));
    json_put_int(o, "id", s->number);
    put_points(o, s->points, s->count);
    json_close(o);
}

void put_look(struct json_out *o, const struct participant *p)
{
    static const struct room_view none;
    const struct room *room = p->room;
    put_view(o, p->is_cut ? &none : &room->view, may_show(p));
    json_open_array(o, "drawings");
    list_each (item, after, &room->strokes) {
        const struct room_stroke *s = list_of(item, struct room_stroke, item);
        if (!p->is_cut && (s->track || may_show(p))) put_stroke(o, s);
    }
    json_close_array(o);
}

void tell_look(struct rooms *r, const struct participant *p)
{
    struct room_out f;
    put_look(frame_begin(&f, "call.look"), p);
    frame_end_to(r, &f, p->client);
}

void tell_view(struct rooms *r, const struct room *room, bool is_new)
{
    struct room_out f;
    const struct participant *by = room->view.by ? participant_find(room, room->view.by) : NULL;
    put_view(frame_begin(&f, "call.view"), &room->view, true);
    frame_end_to_open(r, &f, room, WHOM_RECORDS, is_new ? NULL : by);
    if (!is_new) return;
    put_view(frame_begin(&f, "call.view"), &room->view, false);
    frame_end_to_open(r, &f, room, WHOM_OTHERS, NULL);
}

static enum room_whom whom_of(const struct room_frame_target *target)
{
    return target->record.bytes ? WHOM_RECORDS : WHOM_ALL;
}

void tell_point(struct rooms *r, const struct participant *p, const struct room_frame *f)
{
    struct room_out out;
    struct json_out *o = frame_begin(&out, "call.point");
    json_put_int(o, "by", p->id);
    put_target(o, f->target.track, f->target.record);
    if (f->points_n) {
        json_put_int(o, "x", f->points[0].x);
        json_put_int(o, "y", f->points[0].y);
    }
    frame_end_to_open(r, &out, p->room, whom_of(&f->target), p);
}

void tell_draw(struct rooms *r, const struct participant *p, const struct room_frame *f)
{
    struct room_out out;
    struct json_out *o = frame_begin(&out, "call.draw");
    json_put_int(o, "by", p->id);
    json_put_text(o, "name", p->display);
    json_put_int(o, "ink", p->ink);
    put_target(o, f->target.track, f->target.record);
    json_put_int(o, "id", f->stroke);
    put_points(o, f->points, f->points_n);
    json_put_bool(o, "end", f->is_end);
    json_put_bool(o, "fade", f->is_fading);
    frame_end_to_open(r, &out, p->room, whom_of(&f->target), p);
}

void tell_erase(struct rooms *r, const struct participant *p, const struct room_frame *f)
{
    struct room_out out;
    struct json_out *o = frame_begin(&out, "call.erase");
    json_put_int(o, "by", p->id);
    json_put_bool(o, "all", f->is_on);
    put_target(o, f->target.track, f->target.record);
    frame_end_to_open(r, &out, p->room, whom_of(&f->target), NULL);
}

void tell_still(struct rooms *r, const struct room *room, const struct room_still *s, const char *state,
                struct str document, struct str code)
{
    enum room_whom whom[] = {WHOM_RECORDS, WHOM_OTHERS};
    for (int i = 0; i < 2; i++) {
        struct room_out f;
        struct json_out *o = frame_begin(&f, "call.still");
        json_put_int(o, "still", s->number);
        json_put_int(o, "by", s->by);
        json_put_int(o, "track", s->track);
        json_put_text(o, "state", state);
        if (document.bytes && whom[i] == WHOM_RECORDS) json_put_str(o, "document", document);
        if (code.bytes) json_put_str(o, "code", code);
        frame_end_to_open(r, &f, room, whom[i], NULL);
    }
}

void rooms_say(struct rooms *r, const struct room_line *line, const char *id, struct str text,
               struct instant at)
{
    struct room_out f;
    const struct room *room = room_find(r, line->room);
    if (!room) return;
    struct json_out *o = frame_begin(&f, "call.chat");
    json_put_int(o, "by", line->by);
    json_put_text(o, "name", line->display);
    json_put_text(o, "id", id);
    json_put_instant(o, "at", at);
    json_put_str(o, "text", text);
    if (frame_is_whole(&f))
        list_each (item, after, &room->participants) {
            const struct participant *p = list_of(item, struct participant, item);
            bool is_kept_from = p->is_cut;
            for (int i = 0; i < line->cut_n; i++)
                is_kept_from |= strcmp(line->cut[i], p->account) == 0;
            if (!is_kept_from && p->client.serial != 0)
                r->ports.tell(r->ports.ctx, p->client, buf_str(&f.text));
        }
    buf_done(&f.text);
}
