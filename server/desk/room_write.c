/* The server's frames about calls (docs/PROTOCOL §10.2). */
#include "base/log.h"
#include "desk/room_own.h"

enum { FRAME_BYTES_MAX = 512 * 1024, RESUME_MS = 24 * 3600 * 1000 };

struct json_out *frame_begin(struct room_out *f, const char *type)
{
    buf_init(&f->text, FRAME_BYTES_MAX);
    json_out_init(&f->out, &f->text);
    json_open(&f->out, NULL);
    json_put_text(&f->out, "type", type);
    return &f->out;
}

bool frame_is_whole(struct room_out *f)
{
    json_close(&f->out);
    if (f->text.err) log_error("room", "frame_lost", LOG_E(f->text.err));
    return !f->text.err;
}

void frame_end_to(struct rooms *r, struct room_out *f, struct room_client to)
{
    if (frame_is_whole(f) && to.serial != 0) r->ports.tell(r->ports.ctx, to, buf_str(&f->text));
    buf_done(&f->text);
}

void frame_end_to_all(struct rooms *r, struct room_out *f, const struct room *room,
                      const struct participant *but)
{
    if (frame_is_whole(f))
        list_each (item, after, &room->participants) {
            const struct participant *p = list_of(item, struct participant, item);
            if (p != but && p->client.serial != 0) r->ports.tell(r->ports.ctx, p->client, buf_str(&f->text));
        }
    buf_done(&f->text);
}

void frame_end_to_open(struct rooms *r, struct room_out *f, const struct room *room, enum room_whom whom,
                       const struct participant *but)
{
    if (frame_is_whole(f))
        list_each (item, after, &room->participants) {
            const struct participant *p = list_of(item, struct participant, item);
            bool is_meant = whom == WHOM_ALL || (whom == WHOM_RECORDS) == may_show(p);
            if (p != but && is_meant && !p->is_cut && p->client.serial != 0)
                r->ports.tell(r->ports.ctx, p->client, buf_str(&f->text));
        }
    buf_done(&f->text);
}

/* -- parts -- */

static void put_language(struct json_out *o, const char *key, const char *language)
{
    if (language[0])
        json_put_text(o, key, language);
    else
        json_put_null(o, key);
}

static void put_participant(struct json_out *o, const char *key, const struct participant *p)
{
    static const char *const kinds[] = {"person", "source", "viewer", "endpoint"};
    json_open(o, key);
    json_put_int(o, "id", p->id);
    json_put_text(o, "kind", kinds[p->kind]);
    json_put_text(o, "display", p->kind == PERSON || p->kind == ENDPOINT ? p->display : p->source);
    json_open_array(o, "roles");
    for (enum role role = 0; role < ROLE_COUNT; role++)
        if (role_set_has(p->roles, role)) json_put_text(o, NULL, role_name(role));
    json_close_array(o);
    json_put_bool(o, "host", p->is_host);
    json_put_instant(o, "since", p->since);
    bool is_away = (p->kind == PERSON && (p->client.serial == 0 || p->is_unheard)) ||
                   (p->kind == ENDPOINT && p->peers[UP].state != LINK_CONNECTED);
    json_put_text(o, "state", is_away ? "away" : "here");
    json_put_bool(o, "cut", p->is_cut);
    json_put_int(o, "ink", p->ink);
    put_language(o, "hears", p->hears);
    put_language(o, "speaks", p->speaks);
    json_close(o);
}

void put_axes(struct json_out *o, const char *key, const int16_t axes[ROOM_AXES])
{
    json_open(o, key);
    for (enum room_axis i = 0; i < ROOM_AXES; i++)
        if (axes[i] >= 0) json_put_int(o, room_axis_name(i), axes[i]);
    json_close(o);
}

/* A camera that can be moved, and who moves it. */
static void put_camera(struct json_out *o, const struct room_track *t)
{
    bool can_move = false;
    for (int i = 0; i < ROOM_AXES; i++)
        can_move |= t->axes[i] >= 0;
    if (can_move)
        put_axes(o, "ptz", t->axes);
    else
        json_put_null(o, "ptz");
    if (!t->steers) {
        json_put_null(o, "steer");
        return;
    }
    json_open(o, "steer");
    json_put_int(o, "by", t->steers);
    json_put_instant(o, "until", t->steer_ends);
    json_close(o);
}

static void put_track(struct json_out *o, const char *key, const struct room_track *t)
{
    static const char *const codecs[LINK_CODECS] = {"", "opus", "VP8", "VP9", "H264", "AV1"};
    enum room_label label = t->label.label;
    if (label == ROOM_LABEL_UNSAID) label = t->kind == LINK_AUDIO ? ROOM_LABEL_MICROPHONE : ROOM_LABEL_CAMERA;
    json_open(o, key);
    json_put_int(o, "id", t->id);
    json_put_int(o, "participant", t->by->id);
    json_put_text(o, "kind", t->kind == LINK_AUDIO ? "audio" : "video");
    json_put_text(o, "label", room_label_name(label));
    json_put_text(o, "name", t->label.name);
    json_put_bool(o, "muted", t->is_muted);
    json_put_text(o, "codec", t->codec < LINK_CODECS ? codecs[t->codec] : "");
    put_camera(o, t);
    json_close(o);
}

/* Nobody is recorded without seeing it. */
static void put_recording(struct json_out *o, const struct room *room)
{
    if (!room->recording.is_on) {
        json_put_null(o, "recording");
        return;
    }
    json_open(o, "recording");
    json_put_instant(o, "since", room->recording.since);
    if (room->recording.held)
        json_put_text(o, "held", room->recording.held == RECORDING_CONSENT_WITHDRAWN ? "consent" : "paused");
    else
        json_put_null(o, "held");
    json_put_bool(o, "lossy", room->recording.is_lossy);
    json_close(o);
}

static void put_private(struct json_out *o, const struct room *room)
{
    if (!room->is_private) {
        json_put_null(o, "private");
        return;
    }
    json_open(o, "private");
    json_put_int(o, "by", room->private_by);
    json_open_array(o, "cut");
    list_each (item, after, &room->participants) {
        const struct participant *p = list_of(item, struct participant, item);
        if (p->is_cut) json_put_int(o, NULL, p->id);
    }
    json_close_array(o);
    json_put_instant(o, "since", room->private_since);
    json_close(o);
}

static void put_ice(struct json_out *o, const struct rooms *r)
{
    const struct room_turn *turn = &r->turn;
    json_open_array(o, "ice");
    if (turn->url[0] && turn->username[0]) {
        json_open(o, NULL);
        json_open_array(o, "urls");
        json_put_text(o, NULL, turn->url);
        json_close_array(o);
        json_put_text(o, "username", turn->username);
        json_put_text(o, "credential", turn->credential);
        json_close(o);
    }
    json_close_array(o);
}

static void put_resume(struct json_out *o, const struct rooms *r, const struct participant *p,
                       struct instant wall)
{
    char text[ROOM_TOKEN_TEXT];
    struct room_token t = {
        .kind = ROOM_TOKEN_BACK, .ends = {wall.ms + RESUME_MS}, .participant = p->id, .epoch = p->epoch};
    memcpy(t.room, p->room->id, sizeof t.room);
    memcpy(t.account, p->account, sizeof t.account);
    memcpy(t.session, p->session, sizeof t.session);
    room_token_write(&t, r->settings.key, text);
    json_put_text(o, "resume", text);
    json_put_int(o, "resume_s", ROOM_AWAY_MS / 1000);
}

/* A track that he is to see in it, by its own number. */
static void put_place(struct json_out *o, const char *key, const struct room *room, uint32_t number)
{
    const struct room_track *t = number ? track_of_worker(room, number) : NULL;
    if (t)
        json_put_int(o, key, t->id);
    else
        json_put_null(o, key);
}

static void put_leg(struct json_out *o, const struct participant *p)
{
    if (p->leg.why == LINK_LEG_NONE) {
        json_put_null(o, "mix");
        return;
    }
    json_open(o, "mix");
    json_put_text(o, "why", p->leg.why == LINK_LEG_ASKED ? "asked" : "way");
    put_place(o, "sound", p->room, p->leg.sound);
    put_place(o, "picture", p->room, p->leg.picture);
    json_close(o);
}

static bool peer_lives(const struct room_peer *peer)
{
    return peer->number != 0 && !peer->is_new && peer->state != LINK_GONE;
}

/* -- frames -- */

void tell_joined(struct rooms *r, struct participant *p, struct str chat, struct instant wall)
{
    struct room_out f;
    const struct room *room = p->room;
    struct json_out *o = frame_begin(&f, "call.joined");
    json_put_text(o, "room", room->id);
    json_put_text(o, "title", room->title);
    json_put_int(o, "me", p->id);
    json_put_bool(o, "host", p->is_host);
    put_resume(o, r, p, wall);
    json_put_bool(o, "up", peer_lives(&p->peers[UP]));
    json_put_bool(o, "down", peer_lives(&p->peers[DOWN]));
    json_open_array(o, "participants");
    list_each (item, after, &room->participants) {
        const struct participant *other = list_of(item, struct participant, item);
        if (other->kind == PERSON || other->is_announced) put_participant(o, NULL, other);
    }
    json_close_array(o);
    json_open_array(o, "tracks");
    list_each (item, after, &room->tracks) {
        const struct room_track *t = list_of(item, struct room_track, item);
        if (t->is_live && (t->by->kind == PERSON || t->by->is_announced)) put_track(o, NULL, t);
    }
    json_close_array(o);
    put_private(o, room);
    put_recording(o, room);
    put_ice(o, r);
    if (room->speaker)
        json_put_int(o, "speaker", room->speaker);
    else
        json_put_null(o, "speaker");
    if (p->is_host && r->settings.endpoint[0])
        json_put_text(o, "endpoint", r->settings.endpoint);
    else
        json_put_null(o, "endpoint");
    json_put_bool(o, "saves", p->saves_data);
    put_leg(o, p);
    json_put_bool(o, "kept", room->visit[0] != 0);
    put_look(o, p);
    if (chat.at && !p->is_cut)
        json_put_raw(o, "chat", chat);
    else
        json_put_null(o, "chat");
    frame_end_to(r, &f, p->client);
}

void tell_participant(struct rooms *r, const struct participant *p)
{
    struct room_out f;
    put_participant(frame_begin(&f, "call.participant"), "participant", p);
    frame_end_to_all(r, &f, p->room, p);
}

void tell_changed(struct rooms *r, const struct participant *p)
{
    struct room_out f;
    put_participant(frame_begin(&f, "call.participant"), "participant", p);
    frame_end_to_all(r, &f, p->room, NULL);
}

void tell_gone(struct rooms *r, const struct room *room, uint32_t id, const char *why)
{
    struct room_out f;
    struct json_out *o = frame_begin(&f, "call.gone");
    json_put_int(o, "participant", id);
    json_put_text(o, "why", why);
    frame_end_to_all(r, &f, room, NULL);
}

void tell_track(struct rooms *r, const struct room_track *t, bool is_again)
{
    struct room_out f;
    struct json_out *o = frame_begin(&f, "call.track");
    put_track(o, "track", t);
    if (is_again) json_put_bool(o, "again", true);
    frame_end_to_all(r, &f, t->by->room, NULL);
}

void tell_untrack(struct rooms *r, const struct room *room, uint32_t id)
{
    struct room_out f;
    json_put_int(frame_begin(&f, "call.untrack"), "track", id);
    frame_end_to_all(r, &f, room, NULL);
}

static const char *way_name(int way)
{
    return way == UP ? "up" : "down";
}

void tell_answer(struct rooms *r, const struct participant *p, int way, int64_t n, struct str sdp)
{
    struct room_out f;
    struct json_out *o = frame_begin(&f, "call.answer");
    json_put_int(o, "n", n);
    json_put_text(o, "peer", way_name(way));
    json_put_str(o, "sdp", sdp);
    frame_end_to(r, &f, p->client);
}

void tell_refused(struct rooms *r, struct room_client to, const char *of, int64_t n, const char *code,
                  struct str detail)
{
    struct room_out f;
    struct json_out *o = frame_begin(&f, "call.refused");
    json_put_text(o, "of", of);
    if (n) json_put_int(o, "n", n);
    json_put_text(o, "code", code);
    if (detail.bytes) json_put_str(o, "detail", detail);
    frame_end_to(r, &f, to);
}

void tell_peer(struct rooms *r, const struct participant *p, int way, uint8_t state)
{
    static const char *const states[LINK_PEER_STATES] = {"", "connecting", "connected", "interrupted",
                                                         "gone"};
    struct room_out f;
    struct json_out *o = frame_begin(&f, "call.peer");
    json_put_text(o, "peer", way_name(way));
    json_put_text(o, "state", states[state < LINK_PEER_STATES ? state : 0]);
    frame_end_to(r, &f, p->client);
}

void tell_recode(struct rooms *r, const struct room_track *t)
{
    struct room_out f;
    json_put_int(frame_begin(&f, "call.recode"), "track", t->id);
    frame_end_to(r, &f, t->by->client);
}

void tell_move(struct rooms *r, const struct room_track *t, const struct participant *p,
               const int16_t axes[ROOM_AXES])
{
    struct room_out f;
    struct json_out *o = frame_begin(&f, "call.move");
    json_put_int(o, "track", t->id);
    json_put_int(o, "by", p->id);
    put_axes(o, "axes", axes);
    frame_end_to(r, &f, t->by->client);
}

void tell_light(struct rooms *r, const struct room_track *t, const struct participant *p, bool is_more)
{
    struct room_out f;
    struct json_out *o = frame_begin(&f, "call.light");
    json_put_int(o, "track", t->id);
    json_put_int(o, "by", p->id);
    json_put_bool(o, "more", is_more);
    frame_end_to_open(r, &f, t->by->room, WHOM_ALL, NULL);
}

void tell_leg(struct rooms *r, const struct participant *p)
{
    struct room_out f;
    put_leg(frame_begin(&f, "call.mix"), p);
    frame_end_to(r, &f, p->client);
}

void tell_layer(struct rooms *r, const struct room_track *t)
{
    struct room_out f;
    struct json_out *o = frame_begin(&f, "call.layer");
    json_put_int(o, "track", t->id);
    json_put_int(o, "layers", t->layers);
    if (t->is_thin) json_put_bool(o, "thin", true);
    frame_end_to(r, &f, t->by->client);
}

void tell_renew(struct rooms *r, const struct room *room)
{
    struct room_out f;
    put_ice(frame_begin(&f, "call.renew"), r);
    frame_end_to_all(r, &f, room, NULL);
}

void tell_speaker(struct rooms *r, const struct room *room)
{
    struct room_out f;
    struct json_out *o = frame_begin(&f, "call.speaker");
    if (room->speaker)
        json_put_int(o, "participant", room->speaker);
    else
        json_put_null(o, "participant");
    frame_end_to_all(r, &f, room, NULL);
}

static void put_quality(struct json_out *o, const struct room_peer *peer, int way)
{
    if (!peer->has_quality) {
        json_put_null(o, way_name(way));
        return;
    }
    json_open(o, way_name(way));
    json_put_int(o, "loss", peer->loss);
    json_put_int(o, "rtt_ms", peer->rtt_ms);
    json_put_int(o, "kbps", peer->bps / 1000);
    json_put_text(o, "grade", call_grade_text(room_grade(peer)));
    json_close(o);
}

void tell_quality(struct rooms *r, const struct room *room)
{
    struct room_out f;
    struct json_out *o = frame_begin(&f, "call.quality");
    json_open_array(o, "participants");
    list_each (item, after, &room->participants) {
        const struct participant *p = list_of(item, struct participant, item);
        if (!p->peers[UP].has_quality && !p->peers[DOWN].has_quality) continue;
        json_open(o, NULL);
        json_put_int(o, "participant", p->id);
        put_quality(o, &p->peers[UP], UP);
        put_quality(o, &p->peers[DOWN], DOWN);
        json_close(o);
    }
    json_close_array(o);
    frame_end_to_all(r, &f, room, NULL);
}

void tell_private(struct rooms *r, const struct room *room)
{
    struct room_out f;
    put_private(frame_begin(&f, "call.private"), room);
    frame_end_to_all(r, &f, room, NULL);
}

void tell_recording(struct rooms *r, const struct room *room)
{
    struct room_out f;
    put_recording(frame_begin(&f, "call.recording"), room);
    frame_end_to_all(r, &f, room, NULL);
}

void tell_ended(struct rooms *r, struct room_client to, const char *why)
{
    struct room_out f;
    json_put_text(frame_begin(&f, "call.ended"), "why", why);
    frame_end_to(r, &f, to);
}
