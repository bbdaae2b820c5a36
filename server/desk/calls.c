#include "base/log.h"
#include "base/mem.h"
#include "desk/calls_own.h"
#include <signal.h>

enum { MAIL_MAX = 16384, MAIL_A_TURN = 256, THREAD_STACK_BYTES = 512 * 1024 };

static struct metric metric_rooms = {"yunqiao_rooms", NULL, "Rooms with somebody in them.",
                                     METRIC_GAUGE,    0,    NULL},
                     metric_participants = {"yunqiao_room_participants",
                                            NULL,
                                            "Participants in all rooms.",
                                            METRIC_GAUGE,
                                            0,
                                            NULL},
                     metric_tracks = {"yunqiao_room_tracks", NULL, "Tracks in all rooms.",
                                      METRIC_GAUGE,          0,    NULL},
                     metric_weak = {"yunqiao_room_weak_participants",
                                    NULL,
                                    "Participants whose line has been poor, or away, for 20 s.",
                                    METRIC_GAUGE,
                                    0,
                                    NULL};

void calls_register_metrics(void)
{
    struct metric *const all[] = {&metric_rooms, &metric_participants, &metric_tracks,
                                  &metric_weak,  &calls_metric_joins,  &calls_metric_streams};
    for (size_t i = 0; i < COUNT_OF(all); i++)
        metric_register(all[i]);
}

/* -- mail -- */

void calls_mail_free(struct mail *m)
{
    if (!m) return;
    parcel_free(m->parcel);
    json_free(m->frame);
    mem_wipe_free(m, sizeof *m);
}

struct mail *calls_mail_new(enum mail_kind kind)
{
    struct mail *m = mem_zalloc(sizeof *m);
    if (m) m->kind = kind;
    return m;
}

void calls_keep(char *to, size_t room, struct str from)
{
    size_t n = from.bytes < room - 1 ? from.bytes : room - 1;
    if (n > 0) memcpy(to, from.at, n);
    to[n] = '\0';
}

/* What must not be lost: its number is bounded by the workers, the connections and the jobs at the store. */
static void put_always(struct calls *c, struct mail *m)
{
    if (box_put_always(c->box, &m->item) != OK) calls_mail_free(m);
}

void calls_worker(struct calls *c, int worker, bool is_up)
{
    struct mail *m = calls_mail_new(MAIL_WORKER);
    if (!m) {
        log_error("calls", "worker_unheard", LOG_I("index", worker));
        return;
    }
    m->worker = worker;
    m->is_up = is_up;
    put_always(c, m);
}

void calls_heard(struct calls *c, int worker, const struct link_msg *msg)
{
    struct mail *m = calls_mail_new(MAIL_HEARD);
    if (m) m->parcel = parcel_new(worker, LINK_WORKER, msg);
    if (m && m->parcel) {
        put_always(c, m);
        return;
    }
    calls_mail_free(m);
    log_error("calls", "message_lost", LOG_T("type", link_type_text(msg->type)));
}

enum err calls_frame(struct calls *c, const struct calls_client *who, struct json *frame)
{
    struct mail *m = calls_mail_new(MAIL_FRAME);
    if (!m) {
        json_free(frame);
        return ERR_NOMEM;
    }
    m->client = who->id;
    m->frame = frame;
    calls_keep(m->account, sizeof m->account, who->account);
    calls_keep(m->session, sizeof m->session, who->session);
    calls_keep(m->from, sizeof m->from, str_of(who->from));
    enum err err = box_put(c->box, &m->item);
    if (err) calls_mail_free(m);
    return err;
}

void calls_lost(struct calls *c, struct room_client client, bool is_over)
{
    struct mail *m = calls_mail_new(MAIL_LOST);
    if (!m) {
        log_error("calls", "loss_unheard");
        return;
    }
    m->client = client;
    m->is_over = is_over;
    put_always(c, m);
}

void calls_revoke(struct calls *c, struct str room, struct str account)
{
    struct mail *m = calls_mail_new(MAIL_REVOKE);
    if (!m) {
        log_error("calls", "revocation_unheard");
        return;
    }
    calls_keep(m->room, sizeof m->room, room);
    calls_keep(m->account, sizeof m->account, account);
    put_always(c, m);
}

void calls_clear(struct calls *c, struct str room)
{
    struct mail *m = calls_mail_new(MAIL_CLEAR);
    if (!m) {
        log_error("calls", "revocation_unheard");
        return;
    }
    calls_keep(m->room, sizeof m->room, room);
    put_always(c, m);
}

void calls_record(struct calls *c, const struct calls_record *start)
{
    struct mail *m = calls_mail_new(MAIL_RECORD);
    if (!m) {
        log_error("calls", "recording_unheard");
        return;
    }
    calls_keep(m->room, sizeof m->room, start->room);
    calls_keep(m->record.visit, sizeof m->record.visit, start->visit);
    calls_keep(m->record.id, sizeof m->record.id, start->id);
    memcpy(m->record.key, start->key, sizeof m->record.key);
    put_always(c, m);
}

void calls_record_hold(struct calls *c, struct str room, uint8_t why)
{
    struct mail *m = calls_mail_new(MAIL_HOLD);
    if (!m) {
        log_error("calls", "recording_unheard");
        return;
    }
    calls_keep(m->room, sizeof m->room, room);
    m->record.why = why;
    put_always(c, m);
}

static void read_record(struct calls *c, const struct mail *m)
{
    struct room_recording_start start = {
        .room = m->room, .visit = m->record.visit, .id = m->record.id, .at = clock_now()};
    memcpy(start.key, m->record.key, sizeof start.key);
    rooms_record(c->rooms, &start);
    mem_wipe(&start, sizeof start);
}

void calls_void(struct calls *c, struct str pass)
{
    struct mail *m = calls_mail_new(MAIL_VOID);
    if (!m) {
        log_error("calls", "revocation_unheard");
        return;
    }
    calls_keep(m->session, sizeof m->session, pass);
    put_always(c, m);
}

void calls_ask(struct calls *c, struct calls_ask *ask)
{
    struct mail *m = calls_mail_new(MAIL_ASK);
    if (m) m->ask = ask;
    if (m && box_put(c->box, &m->item) == OK) return;
    calls_mail_free(m);
    calls_refuse_ask(ask, 503, "busy");
}

static void refuse_grab(struct calls_grab *grab)
{
    struct room_grab g = {.code = "still_busy"};
    grab->answered(grab, &g);
}

void calls_grab(struct calls *c, struct calls_grab *grab)
{
    struct mail *m = calls_mail_new(MAIL_GRAB);
    if (m) m->grab = grab;
    if (m && box_put(c->box, &m->item) == OK) return;
    calls_mail_free(m);
    refuse_grab(grab);
}

static void read_grab(struct calls *c, struct calls_grab *grab)
{
    char room[ROOM_ID_MAX + 1], visit[ROOM_REF_BYTES_MAX + 1], account[IDENT_TEXT];
    calls_keep(room, sizeof room, grab->room);
    calls_keep(visit, sizeof visit, grab->visit);
    calls_keep(account, sizeof account, grab->account);
    struct room_grab_ask ask = {grab, room, visit, account, grab->track};
    rooms_grab(c->rooms, &ask, clock_tick());
}

static void grabbed(void *ctx, void *asker, struct room_grab *g)
{
    struct calls_grab *grab = asker;
    (void)ctx;
    grab->answered(grab, g);
}

static void answer(void *ctx, void *asker, const struct room_answer *a)
{
    struct calls_ask *ask = asker;
    (void)ctx;
    ask->answered(ask, a);
}

/* -- the thread -- */

static void read_admitted(struct calls *c, struct admission *a)
{
    static struct room_frame f;
    if (a->mail->ask)
        calls_stream_admitted(c, a);
    else if (!a->mail->frame)
        calls_person_admitted(c, a);
    else if (room_frame_read(a->mail->frame, &f) == OK && !a->err && a->line)
        calls_chat_kept(c, a, &f);
    else if (!a->err && a->code)
        calls_refuse(c, a->mail, &f, a->code);
    else if (!a->err)
        calls_act(c, a->mail, &f);
    else
        calls_refuse(c, a->mail, &f, "failed");
}

static void read_heard(struct calls *c, const struct parcel *p)
{
    static struct link_msg m;
    parcel_open(p, &m);
    rooms_heard(c->rooms, p->worker, &m, clock_tick());
}

static void read_mail(struct calls *c, struct mail *m)
{
    switch (m->kind) {
    case MAIL_WORKER:
        if (m->is_up)
            rooms_worker_up(c->rooms, m->worker, clock_tick());
        else
            rooms_worker_down(c->rooms, m->worker, clock_tick());
        break;
    case MAIL_HEARD:
        read_heard(c, m->parcel);
        break;
    case MAIL_FRAME:
        calls_read_frame(c, m);
        break;
    case MAIL_LOST:
        rooms_lost(c->rooms, m->client, m->is_over, clock_tick());
        break;
    case MAIL_REVOKE:
        rooms_revoke(c->rooms, m->room, m->account[0] ? m->account : NULL, clock_tick());
        break;
    case MAIL_CLEAR:
        rooms_clear(c->rooms, m->room, clock_tick());
        break;
    case MAIL_VOID:
        rooms_void(c->rooms, m->session, clock_tick());
        break;
    case MAIL_ASK:
        calls_read_ask(c, m->ask);
        break;
    case MAIL_GRAB:
        read_grab(c, m->grab);
        break;
    case MAIL_RECORD:
        read_record(c, m);
        break;
    case MAIL_HOLD:
        rooms_record_hold(c->rooms, m->room, m->record.why);
        break;
    case MAIL_ADMITTED:
        read_admitted(c, m->admission);
        break;
    case MAIL_DRAIN:
        rooms_drain(c->rooms, clock_tick());
        break;
    case MAIL_ROW:
        if (m->admission->err) log_error("calls", "row_not_written", LOG_E(m->admission->err));
        break;
    }
    if (m->admission)
        admission_free(m->admission); /* and the mail */
    else
        calls_mail_free(m);
}

static void turn(struct calls *c)
{
    struct rooms_counts counts;
    uint32_t film;
    while (c->settings.film_lost && (film = c->settings.film_lost(c->settings.ctx)) != 0)
        rooms_film_lost(c->rooms, film, clock_tick());
    rooms_turn(c->rooms, clock_tick(), clock_now());
    rooms_count(c->rooms, &counts);
    metric_set(&metric_rooms, counts.rooms);
    metric_set(&metric_participants, counts.participants);
    metric_set(&metric_tracks, counts.tracks);
    metric_set(&metric_weak, rooms_weak(c->rooms));
}

static void take_mail(struct calls *c, int wait_ms)
{
    struct box_item *i = box_take(c->box, MAIL_A_TURN, wait_ms);
    pthread_mutex_lock(&c->lock);
    for (struct box_item *next; i; i = next) {
        next = i->next;
        read_mail(c, (struct mail *)(void *)i);
    }
    pthread_mutex_unlock(&c->lock);
}

static void *run(void *ctx)
{
    struct calls *c = ctx;
    struct tick next = clock_tick();
    pthread_setname_np(pthread_self(), "calls");
    while (!atomic_load(&c->is_stopping)) {
        int64_t wait_ms = next.ms - clock_tick().ms;
        take_mail(c, wait_ms > 0 ? (int)wait_ms : 0);
        if (clock_tick().ms < next.ms) continue;
        pthread_mutex_lock(&c->lock);
        turn(c);
        next.ms = clock_tick().ms + rooms_wait_ms(c->rooms);
        pthread_mutex_unlock(&c->lock);
    }
    return NULL;
}

/* -- making and ending -- */

struct key_job {
    struct job job; /* first */
    uint8_t key[ROOM_KEY_BYTES];
};

static enum err run_key(struct job *job, struct tx *tx)
{
    struct key_job *k = (struct key_job *)(void *)job;
    return room_book_key(tx, k->key);
}

static void send_message(void *ctx, int worker, const struct link_msg *m)
{
    struct calls *c = ctx;
    c->settings.send(c->settings.ctx, worker, m);
}

static void film(void *ctx, const struct room_film_said *f)
{
    struct calls *c = ctx;
    if (c->settings.film) c->settings.film(c->settings.ctx, f);
}

static void tell(void *ctx, struct room_client to, struct str frame)
{
    struct calls *c = ctx;
    c->settings.tell(c->settings.ctx, to, frame);
}

enum err calls_new(const struct calls_settings *settings, struct calls **ret_calls)
{
    struct key_job k = {.job = {.run = run_key}};
    struct calls *c = mem_zalloc(sizeof *c);
    if (!c) return ERR_NOMEM;
    c->settings = *settings;
    pthread_mutex_init(&c->lock, NULL);
    c->box = box_new(MAIL_MAX);
    enum err err = c->box ? store_run(settings->store, &k.job) : ERR_NOMEM;
    if (!err) {
        struct rooms_settings how = {
            .workers = settings->workers, .rooms_max = settings->rooms_max, .peers_max = settings->peers_max};
        struct rooms_ports ports = {c, send_message, tell, calls_trace, answer, grabbed, film, calls_quality};
        memcpy(c->key, k.key, sizeof c->key);
        memcpy(how.key, k.key, sizeof how.key);
        memcpy(how.turn_host, settings->turn_host, sizeof how.turn_host);
        how.turn_port = settings->turn_port;
        memcpy(how.endpoint, settings->endpoint, sizeof how.endpoint);
        c->rooms = rooms_new(&how, &ports, clock_tick());
        mem_wipe(&how, sizeof how);
        mem_wipe(&k, sizeof k);
        if (!c->rooms) err = ERR_NOMEM;
    }
    if (err) {
        calls_free(c);
        return err;
    }
    *ret_calls = c;
    return OK;
}

enum err calls_start(struct calls *c)
{
    pthread_attr_t attr;
    sigset_t all, before;
    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, THREAD_STACK_BYTES);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    c->is_running = pthread_create(&c->thread, &attr, run, c) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attr);
    return c->is_running ? OK : ERR_NOMEM;
}

void calls_drain(struct calls *c)
{
    struct mail *m = calls_mail_new(MAIL_DRAIN);
    if (m) put_always(c, m); /* without: the workers end their rooms themselves, at their deadline */
}

void calls_stop(struct calls *c)
{
    if (!c || !c->box) return;
    atomic_store(&c->is_stopping, true);
    /* An empty word, so that it need not wait for its next turn. */
    calls_lost(c, (struct room_client){0}, false);
    if (c->is_running) pthread_join(c->thread, NULL);
    c->is_running = false;
    if (!c->rooms) return;
    while (box_count(c->box) > 0)
        take_mail(c, 0);
    rooms_end(c->rooms);
}

void calls_free(struct calls *c)
{
    if (!c) return;
    calls_stop(c);
    rooms_free(c->rooms);
    if (c->box) box_free(c->box);
    pthread_mutex_destroy(&c->lock);
    mem_wipe_free(c, sizeof *c);
}

void calls_token(const struct calls *c, const struct room_token *t, char ret_text[ROOM_TOKEN_TEXT])
{
    room_token_write(t, c->key, ret_text);
}

void calls_sides(struct calls *c, const char *room, int *ret_inside, int *ret_outside)
{
    pthread_mutex_lock(&c->lock);
    rooms_count_sides(c->rooms, room, ret_inside, ret_outside);
    pthread_mutex_unlock(&c->lock);
}

int calls_present(struct calls *c, const char *room)
{
    pthread_mutex_lock(&c->lock);
    int n = rooms_present(c->rooms, room);
    pthread_mutex_unlock(&c->lock);
    return n;
}

bool calls_is_private(struct calls *c, const char *room)
{
    pthread_mutex_lock(&c->lock);
    bool is = rooms_is_private(c->rooms, room);
    pthread_mutex_unlock(&c->lock);
    return is;
}

void calls_count(struct calls *c, struct rooms_counts *ret)
{
    pthread_mutex_lock(&c->lock);
    rooms_count(c->rooms, ret);
    pthread_mutex_unlock(&c->lock);
}

int calls_weak(struct calls *c)
{
    pthread_mutex_lock(&c->lock);
    int n = rooms_weak(c->rooms);
    pthread_mutex_unlock(&c->lock);
    return n;
}

int calls_lossy(struct calls *c)
{
    pthread_mutex_lock(&c->lock);
    int n = rooms_lossy(c->rooms);
    pthread_mutex_unlock(&c->lock);
    return n;
}
