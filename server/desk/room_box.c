/* The box beside a camera that comes by WHIP (decision 0376): over HTTP, by the source's own pass, it says where the camera stands and waits for where it
 * is to stand. One waits at a time; what is wished is a place, so that what was missed between two waits is made up for by the next. */
#include "desk/room_own.h"

enum { WAIT_MS = 20000 };

static struct room_track *picture_of(const struct participant *source)
{
    list_each (item, after, &source->room->tracks) {
        struct room_track *t = list_of(item, struct room_track, item);
        if (t->by == source && t->kind == LINK_VIDEO && t->is_live) return t;
    }
    return NULL;
}

static void refuse(struct rooms *r, void *asker, int status, const char *code)
{
    struct room_answer a = {.status = status, .code = code, .retry_after_s = status == 503 ? 1 : 0};
    r->ports.answer(r->ports.ctx, asker, &a);
}

/* NULL: refused. Only who may end the source as well moves its camera: another's pass for the room is none for it. */
static struct room_track *picture_for(struct rooms *r, const struct room_box_ask *b)
{
    const struct participant *p = source_find(r, b->room, b->source);
    struct room_track *t = p ? picture_of(p) : NULL;
    bool is_its = t && strcmp(p->pass, b->pass) == 0;
    if (!t)
        refuse(r, b->asker, 404, "not_found");
    else if (!is_its)
        refuse(r, b->asker, 403, "not_allowed");
    return is_its ? t : NULL;
}

static void answer(struct rooms *r, void *asker, uint32_t n, const int16_t axes[ROOM_AXES])
{
    struct room_out f;
    struct json_out *o = frame_begin(&f, "call.move");
    json_put_int(o, "n", n);
    put_axes(o, "axes", axes);
    struct room_answer a = {.status = 200};
    bool is_whole = frame_is_whole(&f);
    if (is_whole) a.body = buf_str(&f.text);
    if (is_whole)
        r->ports.answer(r->ports.ctx, asker, &a);
    else
        refuse(r, asker, 503, "busy");
    buf_done(&f.text);
}

static void answer_waiting(struct rooms *r, struct participant *source, const int16_t axes[ROOM_AXES])
{
    void *asker = source->box.asker;
    source->box.asker = NULL;
    if (asker) answer(r, asker, source->box.n, axes);
}

void rooms_box_stands(struct rooms *r, const struct room_box_ask *b, const int16_t axes[ROOM_AXES],
                      struct tick now)
{
    struct room_track *t = picture_for(r, b);
    struct room_answer done = {.status = 204};
    if (!t) return;
    if (!rate_take(t->by, ROOM_FRAME_PTZ, now)) {
        refuse(r, b->asker, 429, "slow_down");
        return;
    }
    steer_stands(r, t, axes);
    r->ports.answer(r->ports.ctx, b->asker, &done);
}

void rooms_box_wait(struct rooms *r, const struct room_box_ask *b, const uint32_t *after, struct tick now)
{
    struct room_track *t = picture_for(r, b);
    if (!t) return;
    struct room_box *box = &t->by->box;
    if (box->asker) refuse(r, box->asker, 409, "conflict");
    box->asker = b->asker;
    box->asked = now;
    if (after && *after < box->n && t->steers) answer_waiting(r, t->by, box->axes);
}

void room_box_take(struct participant *source)
{
    for (int i = 0; i < ROOM_AXES; i++)
        source->box.axes[i] = -1;
}

void room_box_move(struct rooms *r, struct participant *source, const int16_t axes[ROOM_AXES])
{
    source->box.n++;
    for (int i = 0; i < ROOM_AXES; i++)
        if (axes[i] >= 0) source->box.axes[i] = axes[i];
    answer_waiting(r, source, source->box.axes);
}

void room_box_turn(struct rooms *r, struct participant *source, struct tick now)
{
    static const int16_t none[ROOM_AXES] = {-1, -1, -1};
    if (source->box.asker && now.ms - source->box.asked.ms >= WAIT_MS) answer_waiting(r, source, none);
}

void room_box_gone(struct rooms *r, struct participant *source)
{
    if (source->box.asker) refuse(r, source->box.asker, 404, "not_found");
    source->box.asker = NULL;
}
