/* Pictures of tracks for the record, made by the track's worker: who may have one, and its parts put together. */
#include "desk/room_own.h"

enum { GRAB_MS = 15000 }; /* a worker's time; it gives up by itself before */

static void answer(struct rooms *r, struct room_grabbing *g, struct room_grab *a)
{
    struct room_grabbing was = *g;
    *g = (struct room_grabbing){0};
    a->file = was.file;
    a->track = was.track;
    a->participant = was.participant;
    a->account = was.account;
    a->source = was.source;
    a->label = room_label_name(was.label.label);
    a->name = was.label.name;
    r->ports.grabbed(r->ports.ctx, was.asker, a);
}

static void fail(struct rooms *r, struct room_grabbing *g, const char *code)
{
    struct room_grab a = {.code = code};
    buf_done(&g->file);
    answer(r, g, &a);
}

static const struct participant *member_of(const struct room *room, const char *account)
{
    list_each (item, after, &room->participants) {
        const struct participant *p = list_of(item, struct participant, item);
        if (p->kind == PERSON && p->client.serial && strcmp(p->account, account) == 0) return p;
    }
    return NULL;
}

/* Nobody has a picture of what is not before the own eyes: who asks is in the room, seen by all, and neither side is cut off. */
static const char *why_not(const struct room *room, const struct room_grab_ask *ask,
                           const struct room_track **ret_track)
{
    bool is_theirs = room && strcmp(room->visit, ask->visit) == 0;
    const struct participant *p = is_theirs ? member_of(room, ask->account) : NULL;
    const struct room_track *t = p ? track_find(room, ask->track) : NULL;
    if (!p) return "not_in_call";
    if (!t || t->kind != LINK_VIDEO) return "no_track";
    if (!t->is_live || t->is_muted || p->is_cut || t->by->is_cut) return "still_no_picture";
    if (t->codec == LINK_AV1) return "still_codec";
    *ret_track = t;
    return room->worker < 0 ? "still_busy" : NULL;
}

static struct room_grabbing *place(struct rooms *r)
{
    for (int i = 0; i < ROOM_GRABS_MAX; i++)
        if (!r->grabs[i].request) return &r->grabs[i];
    return NULL;
}

void rooms_grab(struct rooms *r, const struct room_grab_ask *ask, struct tick now)
{
    const struct room *room = room_find(r, ask->room);
    const struct room_track *t = NULL;
    const char *code = why_not(room, ask, &t);
    struct room_grabbing *g = code ? NULL : place(r);
    if (!g) {
        struct room_grab a = {.code = code ? code : "still_busy"};
        r->ports.grabbed(r->ports.ctx, ask->asker, &a);
        return;
    }
    *g = (struct room_grabbing){.request = ++r->next_request,
                                .track = t->id,
                                .participant = t->by->id,
                                .worker = room->worker,
                                .asker = ask->asker,
                                .asked = now,
                                .label = t->label};
    memcpy(g->account, t->by->account, sizeof g->account);
    memcpy(g->source, t->by->source, sizeof g->source);
    buf_init(&g->file, LINK_STILL_BYTES_MAX);
    struct link_msg m = {.type = LINK_STILL_ASK, .still_ask = {g->request, t->worker_track}};
    room_send(r, room, &m);
}

static struct room_grabbing *find(struct rooms *r, int worker, uint32_t request)
{
    for (int i = 0; i < ROOM_GRABS_MAX; i++)
        if (r->grabs[i].request == request && r->grabs[i].worker == worker) return &r->grabs[i];
    return NULL;
}

void grab_part(struct rooms *r, int worker, const struct link_still_part *p)
{
    struct room_grabbing *g = find(r, worker, p->request);
    if (!g) return;
    if (p->offset == 0) buf_clear(&g->file);
    if (p->offset != g->file.bytes)
        fail(r, g, "still_busy");
    else
        buf_add_str(&g->file, p->bytes);
}

void grab_done(struct rooms *r, int worker, const struct link_still_done *d)
{
    static const char *const codes[LINK_STILL_STATUSES] = {
        [LINK_STILL_NOTHING] = "still_no_picture",
        [LINK_STILL_CODEC] = "still_codec",
        [LINK_STILL_BUSY] = "still_busy",
        [LINK_STILL_LARGE] = "too_large",
    };
    struct room_grabbing *g = find(r, worker, d->request);
    if (!g) return;
    bool is_whole = d->status == LINK_STILL_MADE && !g->file.err && g->file.bytes == d->bytes;
    if (!is_whole) {
        fail(r, g, codes[d->status] ? codes[d->status] : "still_busy");
        return;
    }
    struct room_grab a = {.width = d->width,
                          .height = d->height,
                          .at = {(int64_t)d->at_ms},
                          .is_by_source = d->clock == LINK_CLOCK_SOURCE};
    answer(r, g, &a);
}

void grabs_lose(struct rooms *r, int worker)
{
    for (int i = 0; i < ROOM_GRABS_MAX; i++)
        if (r->grabs[i].request && (worker < 0 || r->grabs[i].worker == worker))
            fail(r, &r->grabs[i], "still_busy");
}

void grabs_turn(struct rooms *r, struct tick now)
{
    for (int i = 0; i < ROOM_GRABS_MAX; i++)
        if (r->grabs[i].request && now.ms - r->grabs[i].asked.ms >= GRAB_MS)
            fail(r, &r->grabs[i], "still_busy");
}
