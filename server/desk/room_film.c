/* The recording of a room: one film for each picture that a person or a source shows, with that one's sound; a film of sound alone where there is
 * no picture. Which those are is reckoned anew whenever something may have changed, and the worker is told what is different. It is held while the
 * patient's consent is taken back, while somebody pauses it, and in a private talk; all in the room are told, then and when they come in. */
#include "base/mem.h"
#include "desk/room_own.h"
#include <stdio.h>

enum {
    AGAIN_MS = 5000,
    SOUND_MS = 15000,  /* after a loss: until another film begins, and until all is well */
    DRAWING_MS = 10000 /* strokes on one picture that are no further apart are one drawing */
};

static void say(struct rooms *r, struct room_film *f, const struct room_film_said *said)
{
    struct room_film_said s = *said;
    s.film = f ? f->number : 0;
    r->ports.film(r->ports.ctx, &s);
}

static uint8_t held_of(const struct room *room)
{
    if (room->recording.held == RECORDING_CONSENT_WITHDRAWN) return room->recording.held;
    return room->is_private ? RECORDING_PRIVATE : room->recording.held;
}

static void film_send(struct rooms *r, struct room_film *f, const struct room *room)
{
    const struct room_track *picture = f->picture ? track_find(room, f->picture) : NULL;
    const struct room_track *sound = f->sound ? track_find(room, f->sound) : NULL;
    struct link_msg m = {.type = LINK_FILM_SET,
                         .film_set = {.film = f->number,
                                      .picture = picture && picture->is_live ? picture->worker_track : 0,
                                      .sound = sound && sound->is_live ? sound->worker_track : 0,
                                      .held = held_of(room),
                                      .key = {(const char *)room->recording.key, ROOM_RECORDING_KEY_BYTES}}};
    if (f->is_sent && f->sent[0] == m.film_set.picture && f->sent[1] == m.film_set.sound &&
        f->sent_held == m.film_set.held)
        return;
    f->is_sent = true;
    f->sent[0] = m.film_set.picture;
    f->sent[1] = m.film_set.sound;
    f->sent_held = m.film_set.held;
    room_send(r, room, &m);
}

/* Its worker says when there is no more of it (film_gone); one that is dead has said all. */
static void film_end(struct rooms *r, struct room_film *f)
{
    struct link_msg m = {.type = LINK_FILM_END, .film_end = {f->number}};
    if (f->is_ending) return;
    f->is_ending = true;
    r->ports.send(r->ports.ctx, f->worker, &m);
}

static struct room_film *film_place(struct rooms *r)
{
    for (int i = 0; i < ROOM_FILMS_MAX; i++)
        if (!r->films[i].number) return &r->films[i];
    return NULL;
}

static struct room_film *film_new(struct rooms *r, const struct room *room, const struct participant *p)
{
    struct room_film *f = room->recording.is_lossy && room->recording.is_waiting ? NULL : film_place(r);
    if (!f) return NULL;
    *f = (struct room_film){
        .number = ++r->next_film, .worker = room->worker, .room = room->number, .participant = p->id};
    say(r, f,
        &(struct room_film_said){.kind = ROOM_FILM_BEGUN,
                                 .recording = room->recording.id,
                                 .account = p->account,
                                 .source = p->source,
                                 .participant = p->id});
    return f;
}

static bool is_of(const struct room_film *f, const struct room *room)
{
    return f->number && !f->is_ending && f->worker == room->worker && f->room == room->number;
}

static struct room_film *film_with(struct rooms *r, const struct room *room, const struct participant *p,
                                   uint32_t picture)
{
    for (int i = 0; i < ROOM_FILMS_MAX; i++)
        if (is_of(&r->films[i], room) && r->films[i].participant == p->id &&
            (picture == UINT32_MAX || r->films[i].picture == picture))
            return &r->films[i];
    return NULL;
}

/* A film whose picture is gone goes on with the sound, or takes the next picture. */
static void films_of_gone(struct rooms *r, const struct room *room)
{
    for (int i = 0; i < ROOM_FILMS_MAX; i++) {
        struct room_film *f = &r->films[i];
        if (!is_of(f, room)) continue;
        const struct participant *p = participant_find(room, f->participant);
        const struct room_track *t = f->picture ? track_find(room, f->picture) : NULL;
        if (!t) f->picture = 0;
        f->sound = 0;
        if (!p) film_end(r, f);
    }
}

static void films_of(struct rooms *r, const struct room *room, const struct participant *p)
{
    uint32_t sound = 0;
    struct room_film *f;
    list_each (item, after, &room->tracks) {
        const struct room_track *t = list_of(item, struct room_track, item);
        if (t->by != p || !t->is_live) continue;
        if (t->kind == LINK_AUDIO) {
            sound = sound ? sound : t->id;
            continue;
        }
        f = film_with(r, room, p, t->id);
        if (!f) f = film_with(r, room, p, 0);
        if (!f) f = film_new(r, room, p);
        if (f) f->picture = t->id;
    }
    f = film_with(r, room, p, UINT32_MAX);
    if (!f && sound) f = film_new(r, room, p);
    if (f) f->sound = sound;
}

static bool has_person(const struct room *room)
{
    list_each (item, after, &room->participants)
        if (list_of(item, struct participant, item)->kind == PERSON) return true;
    return false;
}

/* Devices that nobody is with any more are not recorded: the patient may still be before them. */
static void room_settle(struct rooms *r, struct room *room)
{
    if (room->recording.is_on && !has_person(room)) films_room_gone(r, room);
    if (!room->recording.is_on || room->worker < 0 || !r->workers[room->worker].is_up) return;
    films_of_gone(r, room);
    list_each (item, after, &room->participants) {
        const struct participant *p = list_of(item, struct participant, item);
        if (p->kind == PERSON || (p->kind != VIEWER && p->is_announced)) films_of(r, room, p);
    }
    for (int i = 0; i < ROOM_FILMS_MAX; i++) {
        struct room_film *f = &r->films[i];
        if (!is_of(f, room)) continue;
        bool is_first = film_with(r, room, participant_find(room, f->participant), UINT32_MAX) == f;
        if (!f->picture && !f->sound && !is_first)
            film_end(r, f);
        else
            film_send(r, f, room);
    }
    if (room->recording.speaker == room->speaker) return;
    room->recording.speaker = room->speaker;
    const struct participant *p = room->speaker ? participant_find(room, room->speaker) : NULL;
    if (p)
        say(r, NULL,
            &(struct room_film_said){.kind = ROOM_FILM_SPEAKER,
                                     .recording = room->recording.id,
                                     .account = p->account,
                                     .participant = p->id});
}

void films_settle(struct rooms *r)
{
    if (r->recordings == 0) return;
    list_each (item, after, &r->all)
        room_settle(r, list_of(item, struct room, item));
}

void films_worker_gone(struct rooms *r, int worker)
{
    for (int i = 0; i < ROOM_FILMS_MAX; i++) {
        struct room_film *f = &r->films[i];
        if (!f->number || f->worker != worker) continue;
        say(r, f, &(struct room_film_said){.kind = ROOM_FILM_GONE});
        *f = (struct room_film){0};
    }
}

void films_room_gone(struct rooms *r, struct room *room)
{
    if (!room->recording.is_on) return;
    for (int i = 0; i < ROOM_FILMS_MAX; i++)
        if (is_of(&r->films[i], room)) film_end(r, &r->films[i]);
    say(r, NULL, &(struct room_film_said){.kind = ROOM_FILM_OVER, .recording = room->recording.id});
    mem_wipe(&room->recording, sizeof room->recording);
    r->recordings--;
}

void film_heard(struct rooms *r, int worker, const struct link_msg *m)
{
    uint32_t number = m->type == LINK_FILM_PART   ? m->film_part.film
                      : m->type == LINK_FILM_DONE ? m->film_done.film
                                                  : m->film_gone.film;
    struct room_film *f = NULL;
    for (int i = 0; i < ROOM_FILMS_MAX; i++)
        if (r->films[i].number == number && r->films[i].worker == worker) f = &r->films[i];
    if (!f || !number) return;
    if (m->type == LINK_FILM_PART)
        say(r, f,
            &(struct room_film_said){.kind = ROOM_FILM_PART,
                                     .part = m->film_part.part,
                                     .offset = (int64_t)m->film_part.offset,
                                     .bytes = m->film_part.bytes});
    else if (m->type == LINK_FILM_DONE)
        say(r, f,
            &(struct room_film_said){.kind = ROOM_FILM_DONE,
                                     .part = m->film_done.part,
                                     .offset = (int64_t)m->film_done.bytes,
                                     .bytes = m->film_done.chain});
    else {
        say(r, f, &(struct room_film_said){.kind = ROOM_FILM_GONE});
        *f = (struct room_film){0};
    }
}

/* -- what was drawn -- */

static bool is_same(const struct room_drawing *d, const struct room_frame_target *on, struct tick now)
{
    if (!d->at.ms || now.ms - d->at.ms > DRAWING_MS) return false;
    return on->record.bytes ? str_is_text(on->record, d->record) : d->track == on->track && !d->record[0];
}

static void drawing_say(struct rooms *r, const struct participant *p, const struct room_drawing *d)
{
    const struct room_track *t = d->record[0] ? NULL : track_find(p->room, d->track);
    struct room_film_said said = {.kind = ROOM_FILM_DRAWING,
                                  .recording = p->room->recording.id,
                                  .account = p->account,
                                  .participant = p->id,
                                  .on = {.record = d->record}};
    if (t && t->by->kind == SOURCE)
        said.on.source = t->by->source;
    else if (t)
        said.on.account = t->by->account;
    say(r, NULL, &said);
}

/* While nothing is taken nothing is kept of what is drawn, nor that it was. */
void film_drawn(struct rooms *r, struct participant *p, const struct room_frame_target *on, struct tick now)
{
    struct room_drawing *d = &p->drawing;
    if (!p->room->recording.is_on || held_of(p->room)) {
        d->at.ms = 0;
        return;
    }
    bool is_news = !is_same(d, on, now);
    d->at = now;
    if (!is_news) return;
    d->track = on->track;
    room_keep_whole(d->record, on->record);
    drawing_say(r, p, d);
}

/* -- what was lost -- */

static void trace_held(struct rooms *r, const struct room *room, const char *action)
{
    char detail[120];
    static const char *const whys[RECORDING_WHYS] = {[RECORDING_CONSENT_WITHDRAWN] = "consent",
                                                     [RECORDING_PAUSED] = "paused",
                                                     [RECORDING_PRIVATE] = "private"};
    const char *why = whys[room->recording.held];
    snprintf(detail, sizeof detail, "\"recording\":\"%s\"%s%s%s", room->recording.id,
             why ? ",\"why\":\"" : "", why ? why : "", why ? "\"" : "");
    room_trace(r, action, room, NULL, detail);
}

void rooms_film_lost(struct rooms *r, uint32_t film, struct tick now)
{
    struct room_film *f = NULL;
    for (int i = 0; i < ROOM_FILMS_MAX; i++)
        if (film && r->films[i].number == film) f = &r->films[i];
    if (!f || f->is_ending) return;
    list_each (item, after, &r->all) {
        struct room *room = list_of(item, struct room, item);
        if (!room->recording.is_on || !is_of(f, room)) continue;
        bool is_news = !room->recording.is_lossy;
        room->recording.is_lossy = room->recording.is_waiting = true;
        room->recording.lost_at = now;
        film_end(r, f);
        if (is_news) trace_held(r, room, "recording.loss");
        if (is_news) tell_recording(r, room);
        return;
    }
}

/* The disk is not asked again at once: what filled it is still there. */
void films_turn(struct rooms *r, struct tick now)
{
    if (r->recordings == 0) return;
    list_each (item, after, &r->all) {
        struct room *room = list_of(item, struct room, item);
        struct room_recording *one = &room->recording;
        if (!one->is_on || !one->is_lossy) continue;
        if (now.ms - one->lost_at.ms >= AGAIN_MS) one->is_waiting = false;
        if (now.ms - one->lost_at.ms < SOUND_MS) continue;
        one->is_lossy = false;
        tell_recording(r, room);
    }
    films_settle(r);
}

int rooms_lossy(const struct rooms *r)
{
    int n = 0;
    list_each (item, after, &r->all) {
        const struct room *room = list_of(item, struct room, item);
        n += room->recording.is_on && room->recording.is_lossy;
    }
    return n;
}

/* -- what people decide -- */

void rooms_record(struct rooms *r, const struct room_recording_start *start)
{
    struct room *room = room_find(r, start->room);
    bool is_theirs = room && strcmp(room->visit, start->visit) == 0 && room->count > 0;
    if (!is_theirs) { /* all have left meanwhile */
        say(r, NULL, &(struct room_film_said){.kind = ROOM_FILM_OVER, .recording = start->id});
        return;
    }
    if (room->recording.is_on && strcmp(room->recording.id, start->id) != 0) films_room_gone(r, room);
    if (!room->recording.is_on) r->recordings++;
    room->recording.is_on = true;
    room->recording.held = 0;
    room->recording.since = start->at;
    room_keep(room->recording.id, sizeof room->recording.id, start->id);
    memcpy(room->recording.key, start->key, sizeof room->recording.key);
    tell_recording(r, room);
    films_settle(r);
}

void rooms_record_hold(struct rooms *r, const char *id, uint8_t why)
{
    struct room *room = room_find(r, id);
    if (!room || !room->recording.is_on || room->recording.held == why ||
        room->recording.held == RECORDING_CONSENT_WITHDRAWN)
        return;
    room->recording.held = why;
    films_settle(r);
    tell_recording(r, room);
    trace_held(r, room, "recording.hold");
}
