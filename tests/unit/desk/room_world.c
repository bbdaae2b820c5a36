#include "tests/unit/desk/room_world.h"
#include "base/rnd.h"
#include "tests/unit/check.h"

struct room_world world;

static void on_send(void *ctx, int worker, const struct link_msg *m)
{
    static uint8_t bytes[LINK_BYTES_MAX];
    struct sent s = {.worker = worker, .type = m->type};
    (void)ctx;
    CHECK(link_msg_encode(m, bytes) > 0); /* it can be said */
    switch ((int)m->type) {
    case LINK_ROOM_OPEN:
    case LINK_ROOM_CLOSE:
        s.room = m->room_open.room;
        break;
    case LINK_ROOM_PRIVATE:
        s.room = m->room_private.room;
        s.cut = m->room_private.count;
        break;
    case LINK_PEER_OFFER:
        s.room = m->peer_offer.room;
        s.participant = m->peer_offer.participant;
        s.peer = m->peer_offer.peer;
        s.request = m->peer_offer.request;
        s.kind = m->peer_offer.kind;
        s.binds = m->peer_offer.binds.count;
        s.track = s.binds ? m->peer_offer.binds.at[0].track : 0;
        break;
    case LINK_PEER_COUNTER:
        s.peer = m->peer_counter.peer;
        s.request = m->peer_counter.request;
        break;
    case LINK_PEER_PATCH:
        s.peer = m->peer_patch.peer;
        s.request = m->peer_patch.request;
        break;
    case LINK_PEER_ACCEPT:
        s.peer = m->peer_accept.peer;
        s.request = m->peer_accept.request;
        break;
    case LINK_PEER_CLOSE:
        s.peer = m->peer_close.peer;
        break;
    case LINK_TRACK_MUTE:
        s.track = m->track_mute.track;
        s.is_on = m->track_mute.is_muted;
        break;
    case LINK_PEER_SAVE:
        s.peer = m->peer_save.peer;
        s.is_on = m->peer_save.is_on;
        break;
    case LINK_PEER_LANE:
        s.peer = m->peer_lane.peer;
        s.lane = m->peer_lane.lane;
        break;
    case LINK_ENDPOINT:
        s.room = m->endpoint.room;
        s.participant = m->endpoint.participant;
        s.peer = m->endpoint.peer;
        break;
    case LINK_TRACK_WATCH:
        s.peer = m->track_watch.peer;
        s.track = m->track_watch.track;
        s.is_on = m->track_watch.priority > 0;
        break;
    case LINK_FILM_SET:
        s.film = m->film_set;
        break;
    case LINK_STILL_ASK:
        s.request = m->still_ask.request;
        s.track = m->still_ask.track;
        break;
    default:
        break;
    }
    if (world.sent_n < SENT_MAX) world.sent[world.sent_n++] = s;
}

/* "3<{…}\n" for the client of serial 3. */
static void on_tell(void *ctx, struct room_client to, struct str frame)
{
    (void)ctx;
    buf_printf(&world.told, "%llu<", (unsigned long long)to.serial);
    buf_add_str(&world.told, frame);
    buf_add_char(&world.told, '\n');
}

static void on_trace(void *ctx, const struct room_trace *t)
{
    struct json *detail = NULL;
    (void)ctx;
    enum err err = json_parse(str_of(t->detail), &detail, NULL);
    json_free(detail);
    CHECK(err == OK || err == ERR_NOMEM);
    buf_printf(&world.traced, "%s %s;", t->action, t->target);
}

static void on_answer(void *ctx, void *asker, const struct room_answer *a)
{
    (void)ctx, (void)asker;
    world.answers++;
    world.status = a->status;
    snprintf(world.code, sizeof world.code, "%s", a->code ? a->code : "");
    snprintf(world.etag, sizeof world.etag, "%s", a->etag ? a->etag : "");
    if (a->session) snprintf(world.session, sizeof world.session, "%s", a->session);
    snprintf(world.body, sizeof world.body, "%.*s", (int)a->body.bytes, a->body.bytes ? a->body.at : "");
}

static void on_grabbed(void *ctx, void *asker, struct room_grab *g)
{
    (void)ctx;
    CHECK(asker == &world);
    world.grabs++;
    snprintf(world.grab_code, sizeof world.grab_code, "%s", g->code ? g->code : "");
    snprintf(world.grab_label, sizeof world.grab_label, "%s", g->label ? g->label : "");
    snprintf(world.grab_source, sizeof world.grab_source, "%s", g->source ? g->source : "");
    world.grab_bytes = g->file.bytes;
    buf_done(&g->file);
    world.grab = *g;
}

static void on_film(void *ctx, const struct room_film_said *f)
{
    (void)ctx;
    if (world.films_n < (int)COUNT_OF(world.films)) world.films[world.films_n] = *f;
    world.films_n++;
    if (f->kind != ROOM_FILM_DRAWING) return;
    world.drawings_n++;
    snprintf(world.drawing, sizeof world.drawing, "%s %s on %s%s%s%s", f->recording, f->account,
             f->on.account ? f->on.account : "", f->on.source ? "@" : "", f->on.source ? f->on.source : "",
             f->on.record ? f->on.record : "");
}

static void on_quality(void *ctx, const struct room_line_minute *m)
{
    (void)ctx;
    if (world.minutes_n == MINUTES_MAX) return;
    struct told_minute *to = &world.minutes[world.minutes_n++];
    to->line = *m;
    snprintf(to->who, sizeof to->who, "%s %s%s %s", m->visit, m->source[0] ? "@" : "",
             m->source[0] ? m->source : m->account, m->is_up ? "up" : "down");
}

struct tick now;
const struct instant wall = {1795418647031};

struct rooms *open_rooms(int workers)
{
    static const struct rooms_ports ports = {NULL,      on_send,    on_tell, on_trace,
                                             on_answer, on_grabbed, on_film, on_quality};
    struct rooms_settings how = {.workers = workers, .rooms_max = 8, .peers_max = 16, .key = {1}};
    world.sent_n = world.answers = world.status = world.grabs = world.films_n = world.minutes_n =
        world.drawings_n = 0;
    world.drawing[0] = '\0';
    if (world.endpoint) snprintf(how.endpoint, sizeof how.endpoint, "%s", world.endpoint);
    buf_init(&world.told, 16 << 20);
    buf_init(&world.traced, 1 << 20);
    now = (struct tick){1000};
    return rooms_new(&how, &ports, now);
}

void close_rooms(struct rooms *r)
{
    rooms_free(r);
    buf_done(&world.told);
    buf_done(&world.traced);
}

bool told(int serial, const char *words)
{
    char want[200];
    struct str rest = buf_str(&world.told);
    snprintf(want, sizeof want, "%d<", serial);
    while (rest.bytes) {
        struct str line = str_cut(&rest, '\n');
        if (str_starts(line, str_of(want)) && memmem(line.at, line.bytes, words, strlen(words))) return true;
    }
    return false;
}

bool traced(const char *words)
{
    return world.traced.bytes && memmem(world.traced.at, world.traced.bytes, words, strlen(words));
}

const struct sent *last(enum link_type type)
{
    for (int i = world.sent_n - 1; i >= 0; i--)
        if (world.sent[i].type == type) return &world.sent[i];
    return NULL;
}

void forget(void)
{
    world.sent_n = 0;
    buf_clear(&world.told);
    buf_clear(&world.traced);
}

void enter_as(struct rooms *r, int serial, const char *account, enum role role, const char *visit)
{
    struct room_entrance e = {.client = {1, (uint64_t)serial},
                              .room = "r1",
                              .title = "眼科会诊",
                              .account = account,
                              .session = account,
                              .display = account,
                              .from = "192.0.2.7",
                              .roles = {ROLE_BIT(role)},
                              .is_host = role == ROLE_CLINIC_DOCTOR,
                              .visit = visit};
    rooms_enter(r, &e, now, wall);
}

void enter(struct rooms *r, int serial, const char *account, bool is_host)
{
    enter_as(r, serial, account, is_host ? ROLE_CLINIC_DOCTOR : ROLE_SPECIALIST, NULL);
}

uint32_t number_of(int serial)
{
    char want[60];
    unsigned number = 0;
    snprintf(want, sizeof want, "%d<{\"type\":\"call.joined\"", serial);
    const char *at = memmem(world.told.at, world.told.bytes, want, strlen(want));
    if (at && sscanf(strstr(at, "\"me\":") + 5, "%u", &number) != 1) number = 0;
    return number;
}

void say(struct rooms *r, int serial, const char *text)
{
    static struct room_frame f;
    struct json *v;
    enum err err = json_parse(str_of(text), &v, NULL);
    if (err == ERR_NOMEM) return; /* of a sweep */
    CHECK_OK(err);
    CHECK_OK(room_frame_read(v, &f));
    rooms_take(r, (struct room_client){1, (uint64_t)serial}, &f, now, wall);
    json_free(v);
}

/* What the worker says to the last offer. */
void answer_last(struct rooms *r, enum link_type type, enum link_status status)
{
    const struct sent *s = last(type);
    CHECK(s != NULL);
    struct link_msg m = {.type = LINK_PEER_ANSWER};
    m.peer_answer = (struct link_answer){.peer = s->peer,
                                         .request = s->request,
                                         .status = (uint8_t)status,
                                         .sdp = status == LINK_DONE ? STR("v=0 answer") : STR(""),
                                         .why = status == LINK_DONE ? STR("") : STR("line 3")};
    rooms_heard(r, s->worker, &m, now);
}

void add_track(struct rooms *r, const struct sent *offer, uint32_t track, const char *mid)
{
    struct link_msg m = {.type = LINK_TRACK_ADDED};
    m.track_added = (struct link_track){.room = offer->room,
                                        .participant = offer->participant,
                                        .peer = offer->peer,
                                        .track = track,
                                        .kind = LINK_VIDEO,
                                        .codec = LINK_VP8,
                                        .layers = 1,
                                        .mid = str_of(mid)};
    rooms_heard(r, offer->worker, &m, now);
}
