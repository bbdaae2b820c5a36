/* Bookings by the clock alone, on a fake one: holds, answers and repairs that are over, and reminders, each once whatever happens. */
#include "../check.h"
#include "auth/schema.h"
#include "base/log.h"
#include "desk/ops.h"
#include "desk/outbox.h"
#include "desk/ring.h"
#include "desk/room_book.h"
#include "desk/schedule_own.h"
#include "desk/waiting.h"
#include "records/attach.h"
#include "records/chart_schema.h"
#include "records/codes.h"
#include "records/guard_schema.h"
#include "records/records.h"
#include <stdio.h>

static struct site site;
static struct migration all[64];
static struct agenda *agenda;
#define MONDAY_MS INT64_C(1795996800000) /* 2026-11-30T00:00:00Z: eight o'clock there */

static void open_store(bool create)
{
    static char data[200];
    char key[210], why[256] = "";
    const struct migration *const tables[] = {
        auth_migrations,   room_migrations,     records_migrations,      guard_migrations,
        codes_migrations,  attach_migrations,   records_late_migrations, chart_migrations,
        agenda_migrations, schedule_migrations, standing_migrations,     outbox_migrations};
    int n = 0;
    log_level_set(LOG_ERROR);
    for (size_t t = 0; t < COUNT_OF(tables); t++)
        for (const struct migration *m = tables[t]; m->number; m++)
            all[n++] = *m;
    if (create) snprintf(data, sizeof data, "%s/data", check_tmp_dir());
    snprintf(key, sizeof key, "%s.key", data);
    struct store_settings how = {
        .dir = data, .key_path = key, .create = create, .migrations = all, .queue_max = 8};
    site = (struct site){.settings.argon2_mib = 1, .version = "1", .started = clock_now()};
    CHECK_OK(store_open(&how, &site.store, why));
    CHECK_OK(records_new(site.store, &site.records));
    agenda = agenda_new("Asia/Shanghai");
    CHECK(agenda != NULL);
}

static void close_store(void)
{
    store_close(site.store, 1000);
    agenda_free(agenda);
    records_free(site.records);
}

/* -- one job at the desk -- */

struct turn {
    struct job job; /* first */
    struct schedule s;
    enum err (*f)(struct turn *t);
    struct str id; /* of the booking that is meant */
    char kept[80];
    struct schedule_answer answer;
    int64_t n;
    const char *word;
    struct instant start;
};

static enum err run_turn(struct job *job, struct tx *tx)
{
    struct turn *t = (struct turn *)(void *)job;
    t->s = (struct schedule){.tx = tx,
                             .server = {.records = site.records,
                                        .arena = arena_new(64 << 20),
                                        .zone_offset_min = RECORD_ZONE_OFFSET_MIN},
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

static void turn(struct turn *t, enum err (*f)(struct turn *t))
{
    t->job = (struct job){.run = run_turn, .done = no_done};
    t->f = f;
    CHECK_OK(store_run(site.store, &t->job));
    if (t->answer.booking.head.id.bytes) {
        snprintf(t->kept, sizeof t->kept, "%.*s", (int)t->answer.booking.head.id.bytes,
                 t->answer.booking.head.id.at);
        t->id = str_of(t->kept);
    }
    arena_free(t->s.server.arena);
}

/* The first that is found for a video room and the clinic's doctor. */
static enum err begin(struct turn *t)
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

static enum err look(struct turn *t)
{
    if (t->kept[0]) t->id = str_of(t->kept); /* a turn may have been copied since */
    CHECK_OK(booking_read(t->s.tx, &t->s.server, t->id, &t->answer.booking));
    t->start = t->answer.booking.appt.span.from;
    return OK;
}

static enum err accept_all(struct turn *t)
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
    CHECK_OK(db_stmt(t->s.tx->db, "SELECT count(*) FROM message WHERE kind = ?1", &q));
    stmt_text(q, 1, t->word);
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

static int64_t messages(const char *kind)
{
    struct turn t = {.word = kind};
    turn(&t, count_messages);
    return t.n;
}

static int64_t claims(void)
{
    struct turn t = {0};
    turn(&t, count_claims);
    return t.n;
}

static void ticks(void)
{
    struct turn t = {0};
    turn(&t, tick);
}

static enum appt_state state(struct turn *t)
{
    turn(t, look);
    return t->answer.booking.appt.state;
}

static void fill(void)
{
    struct buf line;
    clock_fake((struct instant){MONDAY_MS}, (struct tick){1000});
    open_store(true);
    buf_init(&line, 1 << 20);
    CHECK_INT(ops_run(&site, STR("{\"op\":\"demo\",\"args\":{}}"), &line, NULL, NULL), OPS_DONE);
    buf_done(&line);
}

TEST(a_hold_ends_by_itself_and_frees_its_time)
{
    struct turn t = {0};
    fill();
    int64_t before = claims();
    turn(&t, begin);
    CHECK_INT(state(&t), APPT_HELD);
    CHECK_INT(claims(), before + 3);
    clock_fake_advance(9 * 60000);
    ticks();
    CHECK_INT(state(&t), APPT_HELD);
    clock_fake_advance(61000);
    ticks();
    CHECK_INT(state(&t), APPT_EXPIRED);
    CHECK_INT(claims(), before);
    close_store();
}

TEST(who_does_not_answer_is_replaced_and_at_last_the_booking_lapses)
{
    struct turn t = {.n = 1};
    fill();
    turn(&t, begin);
    CHECK_INT(state(&t), APPT_PENDING);
    uint32_t first = t.answer.booking.appt.version;
    int64_t invited = messages("invited");
    CHECK(invited == 2);
    clock_fake_advance(25 * HOUR_MS);
    ticks();
    enum appt_state then = state(&t);
    CHECK(then == APPT_PENDING || then == APPT_DECLINED);
    CHECK(t.answer.booking.appt.version > first);
    if (then == APPT_PENDING) CHECK(messages("invited") > invited);
    for (int day = 0; day < 60 && !appt_is_over(state(&t)); day++) {
        clock_fake_advance(25 * HOUR_MS);
        ticks();
    }
    CHECK_INT(state(&t), APPT_EXPIRED);
    close_store();
}

TEST(each_reminder_goes_out_once_through_restarts_and_jumps_of_the_clock)
{
    struct turn t = {.n = 1, .start = {MONDAY_MS + 3 * DAY_MS}};
    fill();
    turn(&t, begin);
    turn(&t, accept_all);
    CHECK_INT(state(&t), APPT_BOOKED);
    CHECK_INT(messages("reminder"), 0);
    int64_t people = messages("booked");
    CHECK_INT(people, 2);
    /* A day before, seen twice and through a restart: once for each. */
    clock_fake_advance(t.start.ms - DAY_MS - clock_now().ms + 1000);
    ticks();
    ticks();
    CHECK_INT(messages("reminder"), people);
    close_store();
    open_store(false);
    ticks();
    CHECK_INT(messages("reminder"), people);
    /* The wall clock is set back two hours and comes again to the same instant. */
    clock_fake_jump(-2 * HOUR_MS);
    ticks();
    clock_fake_jump(2 * HOUR_MS);
    ticks();
    CHECK_INT(messages("reminder"), people);
    /* Down over two of them: only the last goes out, the others are passed over. */
    close_store();
    clock_fake_advance(t.start.ms - 10 * MINUTE_MS - clock_now().ms);
    open_store(false);
    ticks();
    ticks();
    CHECK_INT(messages("reminder"), 2 * people);
    close_store();
}

/* -- A specialist at once -- */

enum { EPOCH = 7 };
static char ring_id[RING_ID_BYTES];
static struct ring ring_now; /* its texts are gone with the job's arena */
static int64_t ring_epoch, ring_person;
static enum oncall_verb ring_verb;
static enum oncall_no ring_no;

static enum err record_patient(struct turn *t, int64_t *ret)
{
    struct record_head head;
    enum err err = record_head_find(t->s.tx, t->s.server.arena, fhir_resource_of(STR("Patient")),
                                    STR("demo-p001"), &head);
    *ret = err ? 0 : head.row;
    return err;
}

static enum err ring_of_doctor(struct turn *t)
{
    struct ring_start start = {.need = {AGENDA_SPECIALIST, STR("ophthalmology")}, .minutes = 30};
    for (uint32_t i = 0; i < t->s.view->count && !t->s.practitioner; i++)
        if (t->s.view->at[i].kind == AGENDA_DOCTOR) t->s.practitioner = t->s.view->at[i].row;
    t->n = t->s.practitioner;
    const char *account;
    CHECK_OK(schedule_account_of(&t->s, t->s.practitioner, &account));
    t->s.account = str_of(account);
    CHECK_OK(record_patient(t, &start.patient));
    CHECK_OK(ring_begin(&t->s, ring_epoch, &start, &ring_now));
    snprintf(ring_id, sizeof ring_id, "%.*s", (int)ring_now.id.bytes, ring_now.id.at);
    return OK;
}

static enum err ring_turn(struct turn *t)
{
    CHECK_OK(ring_tick(&t->s, ring_epoch));
    return ring_read(&t->s, str_of(ring_id), &ring_now);
}

static enum err ring_event(struct turn *t)
{
    struct str ids[OVERRIDE_DISPLACED_MAX];
    CHECK_OK(ring_read(&t->s, str_of(ring_id), &ring_now));
    t->s.practitioner = ring_person;
    return ring_happen(&t->s, ring_epoch, &ring_now, ring_verb, ring_person, &ring_no, &t->answer, ids);
}

static void rings(void)
{
    struct turn t = {0};
    turn(&t, ring_turn);
}

static void happens(struct turn *t, enum oncall_verb verb, int64_t person)
{
    *t = (struct turn){0};
    ring_verb = verb, ring_person = person;
    turn(t, ring_event);
}

TEST(specialists_are_rung_one_minute_each_and_a_restart_rings_the_same_again)
{
    struct turn t = {0}, other;
    fill();
    ring_epoch = EPOCH;
    turn(&t, ring_of_doctor);
    CHECK_INT(ring_now.call.state, ONCALL_RINGING);
    CHECK(ring_now.call.count >= 3);
    int64_t first = (int64_t)ring_now.call.people[0].n;
    clock_fake_advance(59000);
    rings();
    CHECK_INT(ring_now.call.at, 0);
    clock_fake_jump(3600000); /* the wall alone: no ring is cut short */
    rings();
    CHECK_INT(ring_now.call.at, 0);
    clock_fake_advance(1000);
    rings();
    CHECK_INT(ring_now.call.at, 1);
    clock_fake_advance(50000);
    ring_epoch = EPOCH + 1; /* another process: the second person has a whole minute again */
    rings();
    CHECK_INT(ring_now.call.at, 1);
    clock_fake_advance(59000);
    rings();
    CHECK_INT(ring_now.call.at, 1);
    clock_fake_advance(1000);
    rings();
    CHECK_INT(ring_now.call.at, 2);
    happens(&other, ONCALL_DO_DECLINE, (int64_t)ring_now.call.people[2].n);
    CHECK_INT(ring_no, ONCALL_YES);
    rings();
    CHECK(ring_now.call.at != 2);
    CHECK(ring_now.call.declined[2]);
    happens(&t, ONCALL_DO_ANSWER, first); /* who was rung before may still answer */
    CHECK_INT(ring_no, ONCALL_YES);
    CHECK_INT(t.answer.refusal, SCHEDULE_DONE);
    CHECK_INT(state(&t), APPT_BOOKED);
    CHECK(t.start.ms <= clock_now().ms && t.start.ms > clock_now().ms - 60000);
    rings();
    CHECK_INT(ring_now.call.state, ONCALL_ANSWERED);
    CHECK_INT(ring_now.appointment, t.answer.booking.head.row);
    happens(&other, ONCALL_DO_ANSWER, (int64_t)ring_now.call.people[1].n);
    CHECK_INT(ring_no, ONCALL_NO_TAKEN);
    close_store();
}

TEST(nobody_is_left_after_two_rounds_and_a_late_yes_still_counts)
{
    struct turn t = {0};
    fill();
    ring_epoch = EPOCH;
    turn(&t, ring_of_doctor);
    for (int i = 0; i < 2 * ONCALL_PEOPLE_MAX + 2 && ring_now.call.state == ONCALL_RINGING; i++) {
        clock_fake_advance(60000);
        rings();
    }
    CHECK_INT(ring_now.call.state, ONCALL_NOBODY);
    happens(&t, ONCALL_DO_ANSWER, (int64_t)ring_now.call.people[0].n);
    CHECK_INT(ring_no, ONCALL_YES);
    CHECK_INT(state(&t), APPT_BOOKED);
    close_store();
}

/* The doctor who rings has something else within the hour: it gives way, is told and found another place. */
static enum err busy_doctor(struct turn *t)
{
    struct schedule_start start = {.triage = TRIAGE_EMERGENCY, .asks = true};
    const struct agenda_resource *doctor = NULL;
    for (uint32_t i = 0; i < t->s.view->count && !doctor; i++)
        if (t->s.view->at[i].kind == AGENDA_DOCTOR) doctor = &t->s.view->at[i];
    CHECK(doctor != NULL);
    t->s.practitioner = doctor->row; /* is not asked */
    start.triage = TRIAGE_ROUTINE;
    start.span = (struct span){{MONDAY_MS + 2 * HOUR_MS}, {MONDAY_MS + 3 * HOUR_MS}};
    start.seats[start.seat_count++] = (struct schedule_seat){{AGENDA_DOCTOR, {"", 0}}, doctor->row};
    CHECK_OK(schedule_start(&t->s, &start, &t->answer));
    CHECK_INT(t->answer.refusal, SCHEDULE_DONE);
    return OK;
}

TEST(what_stands_in_the_way_of_a_ring_is_displaced_and_told)
{
    struct turn busy = {0}, t = {0};
    fill();
    ring_epoch = EPOCH;
    turn(&busy, busy_doctor);
    CHECK_INT(state(&busy), APPT_BOOKED);
    clock_fake_advance(2 * HOUR_MS + 10 * 60000);
    turn(&t, ring_of_doctor);
    int64_t told = messages("displaced");
    happens(&t, ONCALL_DO_ANSWER, (int64_t)ring_now.call.people[0].n);
    CHECK_INT(ring_no, ONCALL_YES);
    CHECK_INT(t.answer.refusal, SCHEDULE_DONE);
    CHECK_INT(state(&t), APPT_BOOKED);
    CHECK_INT(ring_now.displaced, 1);
    CHECK_INT(messages("displaced"), told + 1);
    enum appt_state after = state(&busy);
    CHECK(after == APPT_DISPLACED || after == APPT_PENDING || after == APPT_BOOKED);
    CHECK(after == APPT_DISPLACED || busy.start.ms != MONDAY_MS + 2 * HOUR_MS);
    close_store();
}
