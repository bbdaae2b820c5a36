/* Bookings by the clock alone, on a fake one: holds, answers and repairs that are over, and reminders, each once whatever happens. */
#include "../check.h"
#include "desk/ring.h"
#include "desk/schedule_own.h"
#include "plan_house.h"
#include <stdio.h>

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

/* A request that was filed without being checked: no next version of it can be written. */
static enum err end_a_request_that_cannot_end(struct turn *t)
{
    static const char body[] =
        "{\"resourceType\":\"ServiceRequest\",\"status\":\"active\",\"intent\":\"order\","
        "\"subject\":{\"reference\":\"Patient/demo-p001\"},\"nonsense\":1}";
    struct appt_change change = {.actions = {{.act = APPT_CLOSE_REQUEST}}, .action_count = 1};
    struct record_fault fault = {0};
    struct tape_fault where;
    struct record request;
    struct tape tape;
    struct booking b;
    CHECK_OK(tape_read(t->s.server.arena, str_of(body), 1000, &tape, &where));
    CHECK_OK(record_create_ours(t->s.tx, &t->s.server, fhir_resource_of(STR("ServiceRequest")), &tape,
                                &request, &fault));
    CHECK_INT(fault.status, 0);
    CHECK_OK(booking_read(t->s.tx, &t->s.server, t->id, &b));
    b.appt.request.n = (uint64_t)request.head.row;
    CHECK_ERR(schedule_after(&t->s, &b, &b, &change), ERR_EXISTS);
    b.appt.request.n = 1u << 30; /* nobody's */
    CHECK_OK(schedule_after(&t->s, &b, &b, &change));
    return ERR_DENIED;
}

TEST(what_the_store_refuses_to_close_fails_the_whole_event)
{
    struct turn t = {0};
#ifdef YQ_SANITIZED
    check_skip("this build checks what the server writes too, so that no such request can be filed");
#endif
    fill();
    turn(&t, begin);
    turn_refused(&t, end_a_request_that_cannot_end);
    close_store();
}

TEST(who_does_not_answer_is_replaced_and_at_last_the_booking_lapses)
{
    struct turn t = {.n = 1};
    fill();
    turn(&t, begin);
    CHECK_INT(state(&t), APPT_PENDING);
    uint32_t first = t.answer.booking.appt.version;
    int64_t invited = messages_of(&t, "invited");
    CHECK(invited == 2);
    clock_fake_advance(25 * HOUR_MS);
    ticks();
    enum appt_state then = state(&t);
    CHECK(then == APPT_PENDING || then == APPT_DECLINED);
    CHECK(t.answer.booking.appt.version > first);
    if (then == APPT_PENDING) CHECK(messages_of(&t, "invited") > invited);
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
    CHECK_INT(messages_of(&t, "reminder"), 0);
    int64_t people = messages_of(&t, "booked");
    CHECK_INT(people, 2);
    /* A day before, seen twice and through a restart: once for each. */
    clock_fake_advance(t.start.ms - DAY_MS - clock_now().ms + 1000);
    ticks();
    ticks();
    CHECK_INT(messages_of(&t, "reminder"), people);
    close_store();
    open_store(false);
    ticks();
    CHECK_INT(messages_of(&t, "reminder"), people);
    /* The wall clock is set back two hours and comes again to the same instant. */
    clock_fake_jump(-2 * HOUR_MS);
    ticks();
    clock_fake_jump(2 * HOUR_MS);
    ticks();
    CHECK_INT(messages_of(&t, "reminder"), people);
    /* Down over two of them: only the last goes out, the others are passed over. */
    close_store();
    clock_fake_advance(t.start.ms - 10 * MINUTE_MS - clock_now().ms);
    open_store(false);
    ticks();
    ticks();
    CHECK_INT(messages_of(&t, "reminder"), 2 * people);
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
    /* From the next time that a search can find on: of the steps of ten minutes. */
    CHECK(t.start.ms >= clock_now().ms && t.start.ms < clock_now().ms + SEEK_ALIGN_MIN * MINUTE_MS);
    CHECK_INT(messages("displaced"), told + 1);
    enum appt_state after = state(&busy);
    CHECK(after == APPT_DISPLACED || after == APPT_PENDING || after == APPT_BOOKED);
    CHECK(after == APPT_DISPLACED || busy.start.ms != MONDAY_MS + 2 * HOUR_MS);
    close_store();
}
