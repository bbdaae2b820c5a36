#include "plan_house.h"
#include "../check.h"
#include "auth/schema.h"
#include "base/log.h"
#include "desk/consequence.h"
#include "desk/epidemic.h"
#include "desk/epidemic_officer.h"
#include "desk/escalate.h"
#include "desk/escort.h"
#include "desk/opinion.h"
#include "desk/ops.h"
#include "desk/outbox.h"
#include "desk/registrar.h"
#include "desk/room_book.h"
#include "desk/schedule_own.h"
#include "desk/sickcall.h"
#include "desk/site_key.h"
#include "desk/stay_watch.h"
#include "desk/telling.h"
#include "desk/visit.h"
#include "records/attach.h"
#include "records/chart_schema.h"
#include "records/codes.h"
#include "records/guard_schema.h"
#include "records/records.h"
#include "registry/inbox.h"
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

extern char **environ;

struct site site;
static struct migration all[128];
static struct agenda *agenda;

static char data[200];

void open_store(bool create)
{
    char key[210], why[256] = "";
    const struct migration *const tables[] = {auth_migrations,         room_migrations,
                                              records_migrations,      guard_migrations,
                                              codes_migrations,        attach_migrations,
                                              records_late_migrations, chart_migrations,
                                              agenda_migrations,       schedule_migrations,
                                              standing_migrations,     outbox_migrations,
                                              escort_migrations,       records_last_migrations,
                                              visit_migrations,        sickcall_migrations,
                                              escalate_migrations,     site_key_migrations,
                                              opinion_migrations,      telling_migrations,
                                              registry_migrations,     registrar_migrations,
                                              stay_watch_migrations,   consequence_migrations,
                                              epidemic_migrations,     epidemic_officer_migrations,
                                              escalate_late_migrations};
    int n = 0;
    log_level_set(LOG_ERROR);
    for (size_t t = 0; t < COUNT_OF(tables); t++)
        for (const struct migration *m = tables[t]; m->number; m++)
            all[n++] = *m;
    snprintf(key, sizeof key, "%s.key", data);
    struct store_settings how = {
        .dir = data, .key_path = key, .create = create, .migrations = all, .queue_max = 8};
    site = (struct site){.settings.argon2_mib = 1, .version = "1", .started = clock_now()};
    CHECK_OK(store_open(&how, &site.store, why));
    CHECK_OK(records_new(site.store, &site.records));
    agenda = agenda_new("Asia/Shanghai");
    CHECK(agenda != NULL);
}

void close_store(void)
{
    store_close(site.store, 1000);
    agenda_free(agenda);
    records_free(site.records);
}

/* -- one job at the desk -- */

static enum err run_turn(struct job *job, struct tx *tx)
{
    struct turn *t = (struct turn *)(void *)job;
    t->s = (struct schedule){.tx = tx,
                             .server = {.records = site.records, .arena = arena_new(64 << 20)},
                             .account = STR("somebody")};
    CHECK(t->s.server.arena != NULL);
    enum err err = agenda_view(agenda, tx, site.records, &t->s.view);
    if (err) return err;
    t->s.joint = agenda_joint(agenda);
    err = t->f(t);
    agenda_joint_back(agenda, t->s.joint);
    agenda_view_free(t->s.view);
    return err;
}

static void no_done(struct job *job, enum err err)
{
    (void)job, (void)err;
}

static void run_as(struct turn *t, enum err (*f)(struct turn *t), enum err expected)
{
    t->job = (struct job){.run = run_turn, .done = no_done};
    t->f = f;
    t->answer = (struct schedule_answer){0}; /* its texts are gone with the job's arena */
    CHECK_ERR(store_run(site.store, &t->job), expected);
    if (t->answer.booking.head.id.bytes) {
        snprintf(t->kept, sizeof t->kept, "%.*s", (int)t->answer.booking.head.id.bytes,
                 t->answer.booking.head.id.at);
        t->id = str_of(t->kept);
    }
    arena_free(t->s.server.arena);
}

void turn(struct turn *t, enum err (*f)(struct turn *t))
{
    run_as(t, f, OK);
}

void turn_refused(struct turn *t, enum err (*f)(struct turn *t))
{
    run_as(t, f, ERR_DENIED);
}

/* The first that is found for a video room and the clinic's doctor. */
enum err begin(struct turn *t)
{
    struct seek seek = {.need_count = 3,
                        .minutes = 30,
                        .from = t->start.ms ? t->start : t->s.tx->now,
                        .triage = TRIAGE_ROUTINE,
                        .since = t->s.tx->now,
                        .proposals_max = 1};
    struct seek_found found;
    struct schedule_start start = {.triage = TRIAGE_ROUTINE, .asks = t->n != 0};
    seek.until = instant_add(seek.from, 20 * DAY_MS);
    seek.needs[0] = (struct seek_need){.need = {AGENDA_SPECIALIST, STR("ophthalmology")}, .count = 1};
    seek.needs[1] = (struct seek_need){.need = {AGENDA_DOCTOR, {"", 0}}, .count = 1};
    seek.needs[2] = (struct seek_need){.need = {AGENDA_ROOM, STR("video-room")}, .count = 1};
    CHECK_OK(seek_run(t->s.tx, &t->s.server, t->s.view, t->s.joint, &seek, &found));
    CHECK(found.count == 1);
    start.span = (struct span){found.at[0].span.from, instant_add(found.at[0].span.from, 30 * MINUTE_MS)};
    for (uint8_t i = 0; i < found.at[0].seat_count; i++)
        start.seats[start.seat_count++] =
            (struct schedule_seat){seek.needs[found.at[0].seats[i].need].need, found.at[0].seats[i].resource};
    CHECK_OK(schedule_start(&t->s, &start, &t->answer));
    CHECK_INT(t->answer.refusal, SCHEDULE_DONE);
    return OK;
}

static enum err tick(struct turn *t)
{
    bool more;
    return schedule_tick(&t->s, 16, &more);
}

enum err look(struct turn *t)
{
    if (t->kept[0]) t->id = str_of(t->kept); /* a turn may have been copied since */
    CHECK_OK(booking_read(t->s.tx, &t->s.server, t->id, &t->answer.booking));
    t->start = t->answer.booking.appt.span.from;
    return OK;
}

enum err accept_all(struct turn *t)
{
    struct booking b;
    CHECK_OK(booking_read(t->s.tx, &t->s.server, t->id, &b));
    for (uint8_t i = 0; i < b.appt.seat_count; i++) {
        if (b.appt.seats[i].answer != APPT_ASKED) continue;
        struct appt_event e = {.verb = APPT_DO_ACCEPT, .seat = b.appt.seats[i].resource};
        CHECK_OK(schedule_event(&t->s, t->id, &e, &t->answer));
        CHECK_INT(t->answer.refusal, SCHEDULE_DONE);
    }
    return OK;
}

static enum err count_messages(struct turn *t)
{
    struct stmt *q;
    bool row;
    int64_t row_of = 0; /* all bookings */
    if (t->kept[0]) {
        CHECK_OK(look(t));
        row_of = t->answer.booking.head.row;
    }
    CHECK_OK(db_stmt(t->s.tx->db,
                     "SELECT count(*) FROM message WHERE kind = ?1 AND (?2 = 0 OR appointment = ?2)", &q));
    stmt_text(q, 1, t->word);
    stmt_int(q, 2, row_of);
    CHECK_OK(stmt_step(q, &row));
    t->n = stmt_get_int(q, 0);
    stmt_done(q);
    return OK;
}

static enum err count_claims(struct turn *t)
{
    struct stmt *q;
    bool row;
    CHECK_OK(db_stmt(t->s.tx->db, "SELECT count(*) FROM claim", &q));
    CHECK_OK(stmt_step(q, &row));
    t->n = stmt_get_int(q, 0);
    stmt_done(q);
    return OK;
}

int64_t messages(const char *kind)
{
    struct turn t = {.word = kind};
    turn(&t, count_messages);
    return t.n;
}

int64_t messages_of(const struct turn *t, const char *kind)
{
    struct turn own = {.word = kind};
    CHECK(t->kept[0]);
    memcpy(own.kept, t->kept, sizeof own.kept);
    turn(&own, count_messages);
    return own.n;
}

int64_t claims(void)
{
    struct turn t = {0};
    turn(&t, count_claims);
    return t.n;
}

void ticks(void)
{
    struct turn t = {0};
    turn(&t, tick);
}

enum appt_state state(struct turn *t)
{
    turn(t, look);
    return t->answer.booking.appt.state;
}

/* -- the filled site -- */

static char kept[200]; /* the folder of the first one, closed, which the others are copies of */

static void copy_all(const char *from, const char *to)
{
    const char *const words[] = {"cp", "-a", from, to, NULL};
    pid_t pid;
    int status;
    CHECK(posix_spawnp(&pid, "cp", NULL, NULL, (char *const *)(uintptr_t)words, environ) == 0);
    CHECK(waitpid(pid, &status, 0) == pid && status == 0);
}

static void remove_kept(void)
{
    check_remove(kept);
}

/* Made once in a program's run: it takes a second, and ten under a sanitizer. */
static void keep_filled(const char *folder)
{
    struct buf line;
    char from[220];
    snprintf(from, sizeof from, "%s/first", folder);
    CHECK(mkdir(from, 0700) == 0);
    snprintf(data, sizeof data, "%s/data", from);
    open_store(true);
    buf_init(&line, 1 << 20);
    CHECK_INT(ops_run(&site, STR("{\"op\":\"demo\",\"args\":{\"unbooked\":true}}"), &line, NULL, NULL),
              OPS_DONE);
    buf_done(&line);
    close_store();
    snprintf(kept, sizeof kept, "%.*s-kept", (int)sizeof kept - 8, folder);
    CHECK(atexit(remove_kept) == 0);
    copy_all(from, kept);
}

void fill(void)
{
    const char *folder = check_tmp_dir();
    char to[220];
    clock_fake((struct instant){MONDAY_MS}, (struct tick){1000});
    if (!kept[0]) keep_filled(folder);
    snprintf(to, sizeof to, "%s/site", folder);
    copy_all(kept, to);
    snprintf(data, sizeof data, "%s/data", to);
    open_store(false);
}
