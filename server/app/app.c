#include "app/app.h"
#include "api/api.h"
#include "app/control.h"
#include "app/doors.h"
#include "app/notify.h"
#include "app/outward.h"
#include "app/process.h"
#include "auth/schema.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "desk/agenda.h"
#include "desk/bulk.h"
#include "desk/call_quality.h"
#include "desk/call_quality_bad.h"
#include "desk/calls.h"
#include "desk/clockwatch.h"
#include "desk/consequence.h"
#include "desk/consequence_watch.h"
#include "desk/epidemic.h"
#include "desk/epidemic_officer.h"
#include "desk/errand.h"
#include "desk/escalate.h"
#include "desk/escort.h"
#include "desk/film_disk.h"
#include "desk/film_keep.h"
#include "desk/film_watch.h"
#include "desk/formulary.h"
#include "desk/grant_watch.h"
#include "desk/health.h"
#include "desk/line_watch.h"
#include "desk/montage.h"
#include "desk/opinion.h"
#include "desk/outbox.h"
#include "desk/reel.h"
#include "desk/registrar.h"
#include "desk/release_watch.h"
#include "desk/room_book.h"
#include "desk/schedule.h"
#include "desk/sickcall.h"
#include "desk/site_key.h"
#include "desk/stay_watch.h"
#include "desk/telling.h"
#include "desk/ticker.h"
#include "desk/visit.h"
#include "desk/visit_watch.h"
#include "records/attach.h"
#include "records/chart_schema.h"
#include "records/codes.h"
#include "records/guard_schema.h"
#include "records/records.h"
#include "records/reindex.h"
#include "registry/inbox.h"
#include <errno.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FREE_BYTES_LEAST (16 << 20)
#define MIGRATIONS_MAX 128
#define THROTTLE_ADDRESSES 8192
#define ERRAND_QUEUE 256
#define NET_ALIVE_MS 5000
#define DESK_ALIVE_MS 15000
#define TABLE_MS 2000   /* between two looks at the file of drugs */
#define TICK_MS 1000    /* between two looks at what is due of bookings */
#define RELEASE_MS 5000 /* between two looks for results that are due to be released */
#define GRANTS_MS 500   /* between two looks for grants that ended (rule 8) */
#define LOOK_MS 5000    /* between two looks at our own health */
#define CERTIFICATE_MS 60000
#define METRICS_MS 2000
#define TRIM_MS 15000
#define FORGET_MS 4000
#define WORKERS_DRAIN_MS 8000
#define PROGRAM_MEDIA "yunqiao-media"
#define PROGRAM_COURIER "yunqiao-courier"
#define PROGRAM_IMAGING "yunqiao-imaging"
#define PROGRAM_PRESS "yunqiao-press"

/* An empty write now and then: the desk answers it only while it turns. */
struct pulse {
    struct job job; /* first */
    _Atomic int64_t beaten_ms;
    _Atomic bool is_out;
};

struct app {
    struct settings settings;
    struct migration migrations[MIGRATIONS_MAX];
    struct site site;
    struct store *store;
    struct cert *cert;
    struct api *api;
    struct assets *assets;
    struct ca_pages *ca;
    struct net *net;
    struct control *control;
    struct workers *workers;
    struct calls *calls;
    struct reel *reel;
    struct workers_spawner spawner;
    char media_program[PATH_MAX];
    struct pulse pulse;
    struct health health;
    struct ticker *ticker;
    struct outbox *outbox;
    struct doors *doors;
    struct clockwatch *clockwatch;
    struct grant_watch grants;
    struct visit_watch visits;
    struct release_watch releases;
    struct film_watch films;
    struct line_watch lines;
    struct consequence_watch custody;
    struct tick next_tick, next_grants, next_release, next_table;
    struct tick next_look, next_certificate, next_metrics, next_trim, next_forget, next_watchdog;
    int64_t watchdog_ms;
    bool is_draining;
};

/* -- what the endpoints ask of us; any thread -- */

static void write_workers(struct site *s, struct json_out *o)
{
    struct app *a = s->app;
    workers_write(a->workers, o);
}

static void write_certificates(struct site *s, struct json_out *o)
{
    struct app *a = s->app;
    cert_write(a->cert, o);
}

static void write_connections(struct site *s, struct json_out *o)
{
    struct app *a = s->app;
    int64_t http, ws;
    net_counts(a->net, &http, &ws);
    json_put_int(o, "http", http);
    json_put_int(o, "ws", ws);
}

static bool restart_worker(struct site *s, int index)
{
    struct app *a = s->app;
    return workers_restart(a->workers, index);
}

/* With TURN, the worker ends TLS of its own, under the site's certificate (docs/THREATS). */
static void give_certificate(struct app *a, int index)
{
    struct x509_pair pair;
    struct link_msg m = {.type = LINK_CERTIFICATE};
    if (!a->settings.turn[0] || index != 0) return; /* the first ends it for all */
    enum err err = cert_pair(a->cert, &pair);
    if (err) {
        log_error("app", "turn_without_certificate", LOG_E(err));
        return;
    }
    m.certificate = (struct link_certificate){str_of(pair.certificate), str_of(pair.key)};
    bool fits =
        m.certificate.chain.bytes <= LINK_CHAIN_BYTES_MAX && m.certificate.key.bytes <= LINK_KEY_BYTES_MAX;
    if (fits)
        workers_send(a->workers, index, &m);
    else
        log_error("app", "certificate_too_long_for_turn");
    x509_pair_done(&pair);
}

static enum err use_new_pair(struct app *a)
{
    struct x509_pair pair;
    enum err err = cert_pair(a->cert, &pair);
    if (err) return err;
    err = net_use_pair(a->net, &pair);
    if (!err) err = doors_use_pair(a->doors, &pair);
    x509_pair_done(&pair);
    for (int i = 0; i < workers_count(a->workers); i++)
        give_certificate(a, i);
    return err;
}

static enum err renew_certificate(struct site *s)
{
    struct app *a = s->app;
    enum err err = cert_renew(a->cert);
    return err ? err : use_new_pair(a);
}

static void notify(struct site *s, const struct site_notice *n)
{
    struct app *a = s->app;
    net_notify(a->net, n);
}

/* -- calls: between their thread, the net's and ours -- */

static void worker_moved(void *ctx, int index, bool is_up)
{
    struct app *a = ctx;
    if (is_up) give_certificate(a, index);
    if (a->calls) calls_worker(a->calls, index, is_up);
}

static void worker_heard(void *ctx, int index, const struct link_msg *m)
{
    struct app *a = ctx;
    if (a->calls) calls_heard(a->calls, index, m);
}

static uint32_t call_film_lost(void *ctx)
{
    struct app *a = ctx;
    return a->reel ? reel_lost(a->reel) : 0;
}

static void call_send(void *ctx, int worker, const struct link_msg *m)
{
    struct app *a = ctx;
    workers_send(a->workers, worker, m);
}

static void call_film(void *ctx, const struct room_film_said *f)
{
    struct app *a = ctx;
    reel_take(a->reel, f);
}

static void call_tell(void *ctx, struct room_client to, struct str frame)
{
    struct app *a = ctx;
    net_tell_client(a->net, to, frame);
}

static void call_close(void *ctx, struct room_client to)
{
    struct app *a = ctx;
    net_close_client(a->net, to);
}

/* Where a browser finds us: the https port under each name of the certificate that a person might type. */
static bool answer_control(void *ctx, struct str op, struct buf *to)
{
    struct app *a = ctx;
    struct json_out o;
    if (!str_is_text(op, "address")) return false;
    struct x509_names names = {0};
    char text[96];
    x509_names_add(&names, "localhost");
    if (a->settings.announce[0]) x509_names_add(&names, a->settings.announce);
    x509_names_local(&names);
    json_out_init(&o, to);
    json_open(&o, NULL);
    json_open_array(&o, "addresses");
    for (int i = 0; i < names.count; i++) {
        const char *name = names.at[i];
        if (strcmp(name, "127.0.0.1") == 0 || strcmp(name, "::1") == 0) continue;
        snprintf(text, sizeof text, strchr(name, ':') ? "https://[%s]:%u/" : "https://%s:%u/", name,
                 (unsigned)net_port(a->net, 0));
        json_put_text(&o, NULL, text);
    }
    json_close_array(&o);
    json_close(&o);
    return true;
}

/* -- making -- */

static int add_migrations(struct app *a, int n, const struct migration *from)
{
    for (; from->number; from++) {
        ASSERT(n < MIGRATIONS_MAX - 1);
        a->migrations[n++] = *from;
    }
    return n;
}

static enum err open_store(struct app *a, char why[256], enum ops_exit *ret_exit)
{
    const struct settings *s = &a->settings;
    int64_t free_bytes = process_free_bytes(s->data);
    if (free_bytes >= 0 && free_bytes < FREE_BYTES_LEAST) {
        snprintf(why, 256, "disk full: %lld KiB are free where %.120s is, %d are needed to start",
                 (long long)free_bytes / 1024, s->data, FREE_BYTES_LEAST / 1024);
        *ret_exit = OPS_FAILED;
        return ERR_DISK_FULL;
    }
    int n = add_migrations(a, 0, auth_migrations);
    n = add_migrations(a, n, net_migrations);
    n = add_migrations(a, n, room_migrations);
    n = add_migrations(a, n, records_migrations);
    n = add_migrations(a, n, guard_migrations);
    n = add_migrations(a, n, codes_migrations);
    n = add_migrations(a, n, attach_migrations);
    n = add_migrations(a, n, records_late_migrations);
    n = add_migrations(a, n, chart_migrations);
    n = add_migrations(a, n, agenda_migrations);
    n = add_migrations(a, n, schedule_migrations);
    n = add_migrations(a, n, standing_migrations);
    n = add_migrations(a, n, outbox_migrations);
    n = add_migrations(a, n, escort_migrations);
    n = add_migrations(a, n, records_last_migrations);
    n = add_migrations(a, n, visit_migrations);
    n = add_migrations(a, n, sickcall_migrations);
    n = add_migrations(a, n, escalate_migrations);
    n = add_migrations(a, n, site_key_migrations);
    n = add_migrations(a, n, opinion_migrations);
    n = add_migrations(a, n, telling_migrations);
    n = add_migrations(a, n, registry_migrations);
    n = add_migrations(a, n, registrar_migrations);
    n = add_migrations(a, n, stay_watch_migrations);
    n = add_migrations(a, n, consequence_migrations);
    n = add_migrations(a, n, epidemic_migrations);
    n = add_migrations(a, n, film_migrations);
    n = add_migrations(a, n, call_quality_migrations);
    n = add_migrations(a, n, film_keep_migrations);
    n = add_migrations(a, n, montage_migrations);
    n = add_migrations(a, n, epidemic_officer_migrations);
    n = add_migrations(a, n, escalate_late_migrations);
    n = add_migrations(a, n, film_mark_migrations);
    add_migrations(a, n, call_quality_bad_migrations);
    struct store_settings how = {.dir = s->data,
                                 .key_path = s->key,
                                 .create = true,
                                 .migrations = a->migrations,
                                 .readers = (int)s->readers,
                                 .queue_max = (int)s->queue,
                                 .threads = true,
                                 .backup_target = s->backup_target[0] ? s->backup_target : NULL,
                                 .scrub_interval_ms = s->scrub_hours * 3600 * 1000};
    enum err err = store_open(&how, &a->store, why);
    if (err) *ret_exit = ops_exit_of(err) == OPS_FAILED ? OPS_FAILED : OPS_STORE;
    return err;
}

static bool is_folder(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* As told, or beside the program: bin/../web (a build), bin/../share/yunqiao/web (an installation), the source tree. */
static void find_web(struct settings *s)
{
    static const char *const places[] = {"../web", "../share/yunqiao/web", "../../../web-client/dist"};
    char self[PATH_MAX];
    if (s->web[0]) return;
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    if (n <= 0) return;
    self[n] = '\0';
    char *slash = strrchr(self, '/');
    if (slash) slash[1] = '\0';
    for (size_t i = 0; i < COUNT_OF(places); i++) {
        if (snprintf(s->web, sizeof s->web, "%s%s", self, places[i]) < (int)sizeof s->web &&
            is_folder(s->web))
            return;
        s->web[0] = '\0';
    }
}

static enum err load_assets(struct app *a, char why[256])
{
    find_web(&a->settings);
    enum err err = a->settings.web[0] ? assets_load(a->settings.web, &a->assets) : ERR_NOT_FOUND;
    if (err == ERR_NOT_FOUND) {
        log_warn("app", "client_not_built");
        return OK;
    }
    if (err)
        snprintf(why, 256, "the web client in %.120s cannot be read: %s", a->settings.web, err_text(err));
    return err;
}

static void submit(void *ctx, struct request *r)
{
    api_submit(ctx, r);
}

static void refuse(void *ctx, struct request *r, int status, const char *code, const char *where)
{
    api_refuse(ctx, r, status, code, where);
}

static enum err make_net(struct app *a, char why[256])
{
    struct net_settings how;
    struct x509_pair pair;
    enum err err = settings_net(&a->settings, &how, why);
    if (!err) err = load_assets(a, why);
    if (err) return err;
    char *authority = cert_authority(a->cert);
    if (authority) err = ca_pages_new(authority, a->settings.site_name, &a->ca);
    mem_free(authority);
    if (!err) err = cert_pair(a->cert, &pair);
    if (err) return err;
    how.assets = a->assets;
    how.ca = a->ca;
    how.pair = &pair;
    how.version = YQ_VERSION;
    how.started = a->site.started;
    how.files = a->site.files;
    how.body_bytes_max = api_body_bytes_max;
    how.calls = a->calls;
    how.submit = submit;
    how.refuse = refuse;
    how.ctx = a->api;
    err = net_new(&how, &a->net, why);
    x509_pair_done(&pair);
    return err;
}

static void fill_site(struct app *a)
{
    struct site *s = &a->site;
    settings_site(&a->settings, &s->settings);
    s->store = a->store;
    snprintf(s->files, sizeof s->files, "%s/files", a->settings.data);
    snprintf(s->recordings, sizeof s->recordings, "%s/recordings", a->settings.data);
    if (workers_program_beside(PROGRAM_IMAGING, s->imaging, sizeof s->imaging) != OK) s->imaging[0] = '\0';
    if (workers_program_beside("yunqiao-codec", s->codec, sizeof s->codec) != OK) s->codec[0] = '\0';
    if (workers_program_beside(PROGRAM_PRESS, s->press, sizeof s->press) != OK) s->press[0] = '\0';
    s->version = YQ_VERSION;
    s->write_workers = write_workers;
    s->write_certificates = write_certificates;
    s->write_connections = write_connections;
    s->restart_worker = restart_worker;
    s->renew_certificate = renew_certificate;
    s->notify = notify;
    grant_watch_init(&a->grants, s);
    visit_watch_init(&a->visits, s);
    release_watch_init(&a->releases, s);
    film_watch_init(&a->films, s);
    line_watch_init(&a->lines, s);
    consequence_watch_init(&a->custody, s);
    s->app = a;
}

static enum err make_workers(struct app *a, char why[256])
{
    struct workers_settings how;
    enum err err = settings_workers(&a->settings, &how, why);
    how.moved = worker_moved;
    how.heard = worker_heard;
    how.ctx = a;
    if (!err) err = workers_program_beside(PROGRAM_MEDIA, a->media_program, sizeof a->media_program);
    if (!err) {
        a->spawner = workers_spawner(a->media_program);
        a->workers = workers_new(&how, &a->spawner);
    }
    mem_wipe(&how, sizeof how); /* a room system's keys */
    if (err) return err;
    return a->workers ? OK : ERR_NOMEM;
}

static enum err make_montages(struct app *a)
{
    struct montages_settings how = {.store = a->store,
                                    .records = a->site.records,
                                    .dir = a->site.recordings,
                                    .program = a->site.codec,
                                    .zone = a->site.settings.zone};
    return montages_new(&how, &a->site.montages);
}

static enum err make_calls(struct app *a)
{
    struct calls_settings how = {.store = a->store,
                                 .records = a->site.records,
                                 .workers = (int)a->settings.workers,
                                 .rooms_max = (uint32_t)a->settings.rooms,
                                 .peers_max = (uint32_t)a->settings.peers,
                                 .send = call_send,
                                 .tell = call_tell,
                                 .film = call_film,
                                 .film_lost = call_film_lost,
                                 .close = call_close,
                                 .ctx = a};
    settings_turn(&a->settings, how.turn_host, &how.turn_port);
    if (a->settings.room_system_listen[0])
        memcpy(how.endpoint, a->settings.room_system_name, sizeof a->settings.room_system_name);
    enum err err = reel_new(a->store, a->site.recordings, &a->reel);
    if (!err) err = make_montages(a);
    if (!err) err = calls_new(&how, &a->calls);
    a->site.calls = a->calls;
    return err;
}

static enum err make_control(struct app *a, char why[256])
{
    struct control_settings how = {
        .dir = a->settings.data, .site = &a->site, .answer = answer_control, .ctx = a};
    enum err err = control_new(&how, &a->control);
    if (err) snprintf(why, 256, "%.120s/control.sock cannot be made: %s", a->settings.data, err_text(err));
    return err;
}

static void register_metrics(struct app *a)
{
    process_register_metrics(a->site.started);
    net_register_metrics();
    workers_register_metrics();
    calls_register_metrics();
    doors_register_metrics();
}

/* A zone that the system does not know would shift every date without a word: no start. */
static enum err use_zone(struct app *a, char why[256])
{
    enum err err = records_set_zone(a->site.records, a->settings.site_zone);
    if (err == ERR_NOT_FOUND || err == ERR_BAD_INPUT)
        snprintf(why, 256, "[site] zone = %.64s: the system's time zone data (tzdata) has no such zone.",
                 a->settings.site_zone);
    return err;
}

/* A migration, or another zone, may have left records without what searches find in them. */
static enum err index_missing(struct app *a)
{
    int64_t made = 0;
    enum err err = reindex_missing(a->store, a->site.records, &made);
    if (made) log_info("app", "records_indexed_anew", LOG_I("records", made));
    return err;
}

/* What an upload left that never became anybody's. */
static enum err sweep_files(struct app *a)
{
    int64_t removed = 0;
    enum err err = attach_sweep(a->store, a->site.files, &removed);
    if (!err && removed) log_info("app", "files_swept", LOG_I("removed", removed));
    if (!err) err = film_sweep(a->store, a->site.recordings, &removed);
    if (!err && removed) log_info("app", "recordings_swept", LOG_I("removed", removed));
    return err;
}

static enum err make_outbox(struct app *a, char why[256])
{
    struct outbox_settings how;
    enum err err = outward_read(&a->settings, &how, why);
    if (!err) err = workers_program_beside(PROGRAM_COURIER, how.program, sizeof how.program);
    if (err) return err;
    a->outbox = a->site.outbox = outbox_new(&a->site, &how);
    return a->outbox ? OK : ERR_NOMEM;
}

static enum err make_doors(struct app *a, char why[256])
{
    struct x509_pair pair;
    enum err err = cert_pair(a->cert, &pair);
    if (err) return err;
    err = doors_new(&a->site, &a->settings, &pair, &a->doors, why);
    x509_pair_done(&pair);
    return err;
}

/* All that comes after the store, in an order in which each finds what it needs. */
static enum err make_rest(struct app *a, char why[256])
{
    struct cert_settings certificates;
    settings_cert(&a->settings, &certificates);
    enum err err = cert_open(a->store, &certificates, &a->cert, why);
    if (!err) err = records_new(a->store, &a->site.records);
    if (!err) err = use_zone(a, why);
    if (!err) err = index_missing(a);
    if (err) return err;
    fill_site(a);
    a->site.agenda = agenda_new(a->site.settings.zone);
    a->ticker = ticker_new(&a->site);
    a->clockwatch = clockwatch_new(&a->site);
    a->site.bulk = bulk_new(&a->site);
    if (!a->site.agenda || !a->ticker || !a->clockwatch || !a->site.bulk) return ERR_NOMEM;
    err = sweep_files(a);
    if (!err) err = make_outbox(a, why);
    if (err) return err;
    a->site.errands = errand_new(ERRAND_QUEUE);
    a->site.throttle = throttle_new(THROTTLE_ADDRESSES);
    if (!a->site.errands || !a->site.throttle) return ERR_NOMEM;
    /* The workers' object is asked for by the api's pages, the net by its notices: both stand before a request may come. */
    err = make_workers(a, why);
    if (!err) err = make_calls(a);
    if (err) return err;
    a->api = api_new(&a->site);
    if (!a->api) return ERR_NOMEM;
    err = make_net(a, why);
    if (!err) err = make_doors(a, why);
    if (!err) err = make_control(a, why);
    if (!err) err = calls_start(a->calls);
    if (!err) err = outbox_start(a->outbox);
    if (!err) err = net_start(a->net);
    if (!err) err = doors_start(a->doors);
    return err;
}

enum err app_new(const struct settings *settings, struct app **ret_app, char ret_why[256],
                 enum ops_exit *ret_exit)
{
    struct app *a = mem_zalloc(sizeof *a);
    ret_why[0] = '\0';
    *ret_exit = OPS_FAILED;
    if (!a) return ERR_NOMEM;
    a->settings = *settings;
    a->site.started = clock_now();
    enum err err = open_store(a, ret_why, ret_exit);
    if (!err) err = make_rest(a, ret_why);
    if (err) {
        if (err == ERR_BAD_INPUT) *ret_exit = OPS_USAGE;
        if (!ret_why[0]) snprintf(ret_why, 256, "%s", err_text(err));
        app_free(a);
        return err;
    }
    register_metrics(a);
    a->watchdog_ms = notify_watchdog_ms();
    atomic_store(&a->pulse.beaten_ms, clock_tick().ms);
    *ret_app = a;
    return OK;
}

/* -- turning -- */

static bool is_due(struct tick *next, struct tick now, int64_t every_ms)
{
    if (now.ms < next->ms) return false;
    next->ms = now.ms + every_ms;
    return true;
}

static enum err pulse_run(struct job *job, struct tx *tx)
{
    (void)job, (void)tx;
    return OK;
}

static void pulse_done(struct job *job, enum err err)
{
    struct pulse *p = (struct pulse *)(void *)job;
    /* A full disk or a failed commit is bad, but the desk that says so is alive. */
    if (err != ERR_CLOSED) atomic_store(&p->beaten_ms, clock_tick().ms);
    atomic_store(&p->is_out, false);
}

static void beat(struct app *a)
{
    if (atomic_exchange(&a->pulse.is_out, true)) return;
    a->pulse.job = (struct job){.run = pulse_run, .done = pulse_done};
    enum err err = store_write(a->store, &a->pulse.job);
    if (err) atomic_store(&a->pulse.is_out, false);
}

static void feed_watchdog(struct app *a, struct tick now)
{
    if (a->watchdog_ms == 0 || !is_due(&a->next_watchdog, now, a->watchdog_ms)) return;
    bool net_turns = net_alive_ms(a->net) < NET_ALIVE_MS;
    bool desk_turns = now.ms - atomic_load(&a->pulse.beaten_ms) < DESK_ALIVE_MS;
    if (net_turns && desk_turns)
        notify_watchdog();
    else
        log_error("app", "a_thread_hangs", LOG_T("part", net_turns ? "desk" : "net"));
    beat(a);
}

static void look_at_health(struct app *a)
{
    struct health now;
    health_look(&a->site, &now);
    const struct health_check *changed = a->health.checks[0].name ? health_changed(&a->health, &now) : NULL;
    a->health = now;
    if (!changed) return;
    struct buf data;
    struct json_out o;
    buf_init(&data, 1024);
    json_out_init(&o, &data);
    json_open(&o, NULL);
    health_write_check(&o, "check", changed);
    json_close(&o);
    buf_add_char(&data, '\0');
    log_info("app", "health", LOG_T("check", changed->name),
             LOG_T("state", health_state_name(changed->state)), LOG_T("code", changed->code));
    if (!data.err)
        net_notify(a->net, &(struct site_notice){.role = "system-admin", .kind = "health", .data = data.at});
    buf_done(&data);
}

static void look_at_drug_table(void)
{
    char why[160] = "";
    enum err err = OK;
    if (!formulary_look(&err, why)) return;
    if (err) /* each check says that it did not run (rule 37) */
        log_error("app", "drug_table_broken", LOG_T("why", why));
    else
        log_info("app", "drug_table_read");
}

static void look_at_certificate(struct app *a)
{
    bool changed = false;
    char why[256] = "";
    if (!cert_is_due(a->cert, clock_now())) return;
    enum err err = cert_reload(a->cert, NULL, &changed, why);
    if (!err && changed) err = use_new_pair(a);
    if (err) log_error("app", "certificate_not_renewed", LOG_E(err));
}

void app_step(struct app *a, int wake_fd, int64_t wait_ms)
{
    struct pollfd fds[WORKERS_FDS_MAX + 1];
    struct tick now = clock_tick();
    int n = workers_fds(a->workers, fds);
    int workers_ms = workers_wait_ms(a->workers, now);
    if (workers_ms >= 0 && workers_ms < wait_ms) wait_ms = workers_ms;
    fds[n] = (struct pollfd){wake_fd, POLLIN, 0};
    if (poll(fds, (nfds_t)n + 1, (int)wait_ms) < 0 && errno != EINTR) log_error("app", "poll");
    now = clock_tick();
    workers_step(a->workers, now);
    feed_watchdog(a, now);
    if (is_due(&a->next_metrics, now, METRICS_MS)) process_update_metrics();
    if (a->is_draining) return;
    if (is_due(&a->next_tick, now, TICK_MS)) {
        ticker_turn(a->ticker);
        clockwatch_turn(a->clockwatch);
        bulk_turn(a->site.bulk);
    }
    if (is_due(&a->next_grants, now, GRANTS_MS)) {
        grant_watch_step(&a->grants);
        visit_watch_step(&a->visits);
        consequence_watch_step(&a->custody);
    }
    if (is_due(&a->next_release, now, RELEASE_MS)) {
        release_watch_step(&a->releases);
        film_watch_step(&a->films);
        line_watch_step(&a->lines);
    }
    if (is_due(&a->next_look, now, LOOK_MS)) look_at_health(a);
    if (is_due(&a->next_certificate, now, CERTIFICATE_MS)) look_at_certificate(a);
    if (is_due(&a->next_trim, now, TRIM_MS)) process_trim_heap();
    if (is_due(&a->next_table, now, TABLE_MS)) look_at_drug_table();
    if (is_due(&a->next_forget, now, FORGET_MS)) store_forget_unused(a->store);
}

void app_reload(struct app *a, const struct settings *then)
{
    char keys[256], why[256] = "";
    struct cert_settings certificates;
    bool changed = false;
    settings_need_restart(&a->settings, then, keys);
    if (keys[0]) log_warn("app", "restart_needed", LOG_T("settings", keys));
    log_level_set(settings_log_level(then));
    bool from_files = then->certificate[0] != '\0';
    if (from_files != cert_is_from_files(a->cert)) {
        /* The pages on trust come and go with it. */
        log_warn("app", "restart_needed", LOG_T("settings", "tls.certificate"));
        return;
    }
    settings_cert(then, &certificates);
    enum err err = cert_reload(a->cert, &certificates, &changed, why);
    if (!err && changed) err = use_new_pair(a);
    if (err)
        log_error("app", "certificate_kept", LOG_E(err), LOG_T("why", why));
    else
        log_info("app", "reloaded", LOG_I("certificate_changed", changed));
}

/* -- ending -- */

void app_drain(struct app *a)
{
    if (a->is_draining) return;
    a->is_draining = true;
    api_drain(a->api);
    net_drain(a->net);
    doors_drain(a->doors);
    calls_drain(a->calls);
    workers_drain(a->workers, clock_tick(), WORKERS_DRAIN_MS);
}

bool app_is_drained(struct app *a)
{
    int64_t http, ws;
    net_counts(a->net, &http, &ws);
    return net_is_quiet(a->net) && doors_are_quiet(a->doors) && ws == 0 && workers_are_gone(a->workers);
}

void app_free(struct app *a)
{
    if (!a) return;
    control_free(a->control);
    if (a->net) net_stop(a->net);
    errand_free(a->site.errands);
    outbox_stop(a->outbox);
    doors_stop(a->doors);
    reel_stop(a->reel);
    montages_stop(a->site.montages);
    if (a->store) store_close(a->store, 5000);
    calls_stop(a->calls);
    ticker_free(a->ticker);
    bulk_free(a->site.bulk);
    outbox_free(a->outbox);
    clockwatch_free(a->clockwatch);
    agenda_free(a->site.agenda);
    records_free(a->site.records);
    api_free(a->api);
    net_free(a->net);
    workers_free(a->workers);
    calls_free(a->calls);
    reel_free(a->reel);
    montages_free(a->site.montages);
    doors_free(a->doors);
    throttle_free(a->site.throttle);
    cert_free(a->cert);
    ca_pages_free(a->ca);
    assets_free(a->assets);
    mem_free(a);
}
