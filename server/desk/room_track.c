/* The tracks of a room: what a participant's worker has of them, what they are called, who is told, and what a viewer wishes of each. */
#include "base/mem.h"
#include "desk/room_own.h"
#include <stdio.h>

enum {
    RECODE_MS = 1000, /* an owner is asked for another codec no more often */
    PINNED = 128      /* of 255: before all that are not */
};

/* False: no memory; the former ones stay. */
bool tracks_label(struct room_peer *peer, const struct room_frame *f)
{
    int n = f->tracks_n < ROOM_TRACKS_MAX ? f->tracks_n : ROOM_TRACKS_MAX;
    struct label *labels = n ? mem_zalloc((size_t)n * sizeof *labels) : NULL;
    if (n && !labels) return false;
    mem_free(peer->labels);
    peer->labels = labels;
    peer->labels_n = 0;
    for (int i = 0; i < n; i++) {
        const struct room_frame_track *from = &f->tracks[i];
        struct label *to = &peer->labels[peer->labels_n++];
        *to = (struct label){.label = from->label};
        memcpy(to->mid, from->mid.at, from->mid.bytes);
        if (from->name.bytes) memcpy(to->name, from->name.at, from->name.bytes);
    }
    return true;
}

void track_hold(struct room_track *t, struct tick now)
{
    t->is_live = false;
    t->worker_track = 0;
    t->gone_at.ms = now.ms + ROOM_TRACKS_MS;
}

/* Its tracks stay what they are for the others, while it makes them anew over another connection. */
void tracks_hold(struct participant *p, struct tick now)
{
    list_each (item, after, &p->room->tracks) {
        struct room_track *t = list_of(item, struct room_track, item);
        if (t->by == p && t->is_live) track_hold(t, now);
    }
}

/* Does its owner's last offer name it still? */
static bool track_is_offered(const struct room_track *t)
{
    const struct room_peer *peer = &t->by->peers[UP];
    for (int i = 0; i < peer->labels_n; i++)
        if (peer->labels[i].label == t->label.label && strcmp(peer->labels[i].name, t->label.name) == 0)
            return true;
    return false;
}

/* What the new connection does not offer will not come again. */
void tracks_settle(struct rooms *r, struct participant *p)
{
    list_each (item, after, &p->room->tracks) {
        struct room_track *t = list_of(item, struct room_track, item);
        if (t->by == p && !t->is_live && !track_is_offered(t)) track_free(r, p->room, t, true);
    }
}

struct room_track *track_find(const struct room *room, uint32_t id)
{
    list_each (item, after, &room->tracks) {
        struct room_track *t = list_of(item, struct room_track, item);
        if (t->id == id) return t;
    }
    return NULL;
}

struct room_track *track_of_worker(const struct room *room, uint32_t number)
{
    list_each (item, after, &room->tracks) {
        struct room_track *t = list_of(item, struct room_track, item);
        if (t->is_live && t->worker_track == number) return t;
    }
    return NULL;
}

void track_free(struct rooms *r, struct room *room, struct room_track *t, bool is_told)
{
    uint32_t id = t->id;
    if (is_told) steer_of_track_gone(r, t);
    list_remove(&t->item);
    r->tracks--;
    mem_free(t);
    strokes_of_track_gone(room, id);
    if (is_told) tell_untrack(r, room, id);
}

/* What comes without a browser says no labels: its picture is of an examination, which has the large place, and is called
 * as its pass is. */
static struct label label_of(const struct participant *p, struct str mid, uint8_t kind)
{
    bool is_exam = p->kind == SOURCE && kind != LINK_AUDIO;
    struct label none = {.label = is_exam ? ROOM_LABEL_EXAM : ROOM_LABEL_UNSAID};
    if (is_exam) snprintf(none.name, sizeof none.name, "%s", p->source);
    const struct room_peer *peer = &p->peers[UP];
    for (int i = 0; i < peer->labels_n; i++)
        if (str_is_text(mid, peer->labels[i].mid)) return peer->labels[i];
    if (mid.bytes <= ROOM_MID_BYTES_MAX && mid.bytes > 0) memcpy(none.mid, mid.at, mid.bytes);
    return none;
}

/* After a renewal the same thing is the same track. */
static struct room_track *track_again(const struct room *room, const struct participant *p,
                                      const struct label *label, uint8_t kind)
{
    list_each (item, after, &room->tracks) {
        struct room_track *t = list_of(item, struct room_track, item);
        if (t->by == p && !t->is_live && t->kind == kind && t->label.label == label->label &&
            strcmp(t->label.name, label->name) == 0)
            return t;
    }
    return NULL;
}

static int tracks_of(const struct room *room, const struct participant *p)
{
    int n = 0;
    list_each (item, after, &room->tracks)
        n += list_of(item, struct room_track, item)->by == p;
    return n;
}

static void send_mute(struct rooms *r, const struct room *room, const struct room_track *t)
{
    struct link_msg m = {.type = LINK_TRACK_MUTE};
    m.track_mute = (struct link_mute){.track = t->worker_track, .is_muted = t->is_muted};
    if (t->is_live) room_send(r, room, &m);
}

void track_heard(struct rooms *r, int worker, const struct link_track *l)
{
    struct room *room = room_by_number(r, worker, l->room);
    struct participant *p = room ? participant_find(room, l->participant) : NULL;
    if (!p || p->peers[UP].number != l->peer) return;
    struct label label = label_of(p, l->mid, l->kind);
    struct room_track *t = track_again(room, p, &label, l->kind);
    bool is_again = t != NULL;
    if (!t && tracks_of(room, p) >= ROOM_TRACKS_MAX) return;
    if (!t) {
        t = mem_zalloc(sizeof *t);
        if (!t) return;
        t->id = ++r->next_track;
        t->by = p;
        axes_none(t);
        list_add_last(&room->tracks, &t->item);
        r->tracks++;
    }
    t->worker_track = l->track;
    t->kind = l->kind;
    t->codec = l->codec;
    t->label = label;
    t->is_live = true;
    if (t->is_muted) send_mute(r, room, t);
    if (p->kind == PERSON || p->is_announced) tell_track(r, t, is_again);
}

/* One that is offered still is made anew, with another codec or other layers: it stays what it is for the others. */
void track_unheard(struct rooms *r, int worker, const struct link_track_gone *l, struct tick now)
{
    struct room *room = room_by_number(r, worker, l->room);
    struct room_track *t = room ? track_of_worker(room, l->track) : NULL;
    if (t && t->by->kind == PERSON && track_is_offered(t))
        track_hold(t, now);
    else if (t)
        track_free(r, room, t, true);
}

void track_wanted(struct rooms *r, int worker, const struct link_wanted *l)
{
    struct room *room = room_by_number(r, worker, l->room);
    struct room_track *t = room ? track_of_worker(room, l->track) : NULL;
    if (!t || t->by->kind != PERSON) return;
    t->layers = l->layers;
    t->is_thin = l->is_thin;
    tell_layer(r, t);
}

void track_mute(struct rooms *r, struct participant *p, const struct room_frame *f)
{
    struct room_track *t = track_find(p->room, f->track);
    if (!t || t->by != p) {
        rooms_refuse(r, p->client, f, "no_track");
        return;
    }
    if (t->is_muted == f->is_on) return;
    t->is_muted = f->is_on;
    send_mute(r, p->room, t);
    tell_track(r, t, false);
}

/* Its owner offers it anew, and the worker then takes a codec that all decode who are here (decision 0051). A source is not asked: it has what
 * its encoder has. */
void track_recode(struct rooms *r, struct participant *p, const struct room_frame *f, struct tick now)
{
    struct room_track *t = track_find(p->room, f->track);
    if (!t || t->by == p) {
        rooms_refuse(r, p->client, f, "no_track");
        return;
    }
    bool is_soon = t->recoded_at.ms && now.ms - t->recoded_at.ms < RECODE_MS;
    if (!t->is_live || is_soon || t->by->kind != PERSON || t->by->client.serial == 0) return;
    t->recoded_at = now;
    tell_recode(r, t);
}

void tracks_watch(struct rooms *r, struct participant *p, const struct room_frame *f)
{
    if (!p->peers[DOWN].number) return;
    for (int i = 0; i < f->tracks_n; i++) {
        const struct room_frame_track *w = &f->tracks[i];
        const struct room_track *t = track_find(p->room, w->track);
        struct link_msg m = {.type = LINK_TRACK_WATCH};
        if (!t || !t->is_live || t->by == p) continue;
        m.track_watch = (struct link_watch){.peer = p->peers[DOWN].number,
                                            .track = t->worker_track,
                                            .is_paused = w->is_paused,
                                            .priority = w->is_pinned ? PINNED : 0,
                                            .width = w->width,
                                            .height = w->height};
        room_send(r, p->room, &m);
    }
}
