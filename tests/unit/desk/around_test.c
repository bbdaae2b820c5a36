/* What stands around bookings: times that are proposed, engagements that others keep, escorts, invitations, and who may be asked at all. */
#include "../check.h"
#include "desk/engagement.h"
#include "desk/escort.h"
#include "desk/schedule_own.h"
#include "desk/tentative.h"
#include "plan_house.h"
#include <stdio.h>

/* -- what the stories share -- */

static int64_t row_of(struct turn *t, const char *type, const char *id)
{
    struct record_head head;
    CHECK_OK(record_head_find(t->s.tx, t->s.server.arena, fhir_resource_of(str_of(type)), str_of(id), &head));
    return head.row;
}

static const struct agenda_resource *first_of(struct turn *t, enum agenda_kind kind, uint32_t nth)
{
    for (uint32_t i = 0; i < t->s.view->count; i++)
        if (t->s.view->at[i].kind == kind && nth-- == 0) return &t->s.view->at[i];
    return NULL;
}

/* The clinic's doctor, who is not asked, an escort and a patient, from ten to half past: booked at once. */
static enum triage how_urgent;
static enum err with_patient(struct turn *t)
{
    const struct agenda_resource *doctor = first_of(t, AGENDA_DOCTOR, 0),
                                 *escort = first_of(t, AGENDA_ESCORT, 0);
    struct schedule_start start = {.triage = how_urgent, .asks = true, .seat_count = 2};
    CHECK(doctor && escort);
    t->s.practitioner = doctor->row;
    start.patient = row_of(t, "Patient", "demo-p001");
    start.span = (struct span){{MONDAY_MS + 2 * HOUR_MS}, {MONDAY_MS + 2 * HOUR_MS + 30 * MINUTE_MS}};
    start.seats[0] = (struct schedule_seat){{AGENDA_DOCTOR, {"", 0}}, doctor->row};
    start.seats[1] = (struct schedule_seat){{AGENDA_ESCORT, {"", 0}}, escort->row};
    CHECK_OK(schedule_start(&t->s, &start, &t->answer));
    CHECK_INT(t->answer.refusal, SCHEDULE_DONE);
    return OK;
}

/* -- another time instead of a plain no -- */

static int64_t proposed_ms, night_ms;

static int64_t asked_specialist(const struct booking *b)
{
    for (uint8_t i = 0; i < b->appt.seat_count; i++)
        if (b->needs[b->appt.seats[i].role].kind == AGENDA_SPECIALIST)
            return (int64_t)b->appt.seats[i].resource.n;
    return 0;
}

/* The next time from there on that the specialist has free. */
static enum err propose(struct turn *t)
{
    struct booking b;
    enum tentative_answer said;
    enum roster_bar bar = ROSTER_MAY;
    CHECK_OK(booking_read(t->s.tx, &t->s.server, str_of(t->kept), &b));
    CHECK_OK(tentative_put(&t->s, &b, (struct instant){proposed_ms}, &said, &bar));
    CHECK_INT(said, TENTATIVE_NOT_ASKED); /* by nobody */
    t->s.practitioner = first_of(t, AGENDA_NURSE, 0)->row;
    CHECK_OK(tentative_put(&t->s, &b, (struct instant){proposed_ms}, &said, &bar));
    CHECK_INT(said, TENTATIVE_NOT_ASKED); /* by somebody who has no seat */
    t->s.practitioner = asked_specialist(&b);
    CHECK_OK(tentative_put(&t->s, &b, (struct instant){night_ms}, &said, &bar));
    CHECK_INT(said, TENTATIVE_BARRED);
    CHECK_INT(bar, ROSTER_NO_HOURS);
    for (said = TENTATIVE_BARRED; said == TENTATIVE_BARRED; proposed_ms += 30 * MINUTE_MS)
        CHECK_OK(tentative_put(&t->s, &b, (struct instant){proposed_ms}, &said, &bar));
    proposed_ms -= 30 * MINUTE_MS;
    CHECK_INT(said, TENTATIVE_DONE);
    return OK;
}

static enum err too_late_to_propose(struct turn *t)
{
    struct booking b;
    enum tentative_answer said;
    enum roster_bar bar;
    CHECK_OK(booking_read(t->s.tx, &t->s.server, str_of(t->kept), &b));
    t->s.practitioner = asked_specialist(&b);
    CHECK_OK(tentative_put(&t->s, &b, (struct instant){proposed_ms + DAY_MS}, &said, &bar));
    CHECK_INT(said, TENTATIVE_NOT_ASKED);
    return OK;
}

static char listed[2000];
static enum err list_proposed(struct turn *t)
{
    struct booking b;
    struct buf text;
    struct json_out o;
    CHECK_OK(booking_read(t->s.tx, &t->s.server, str_of(t->kept), &b));
    buf_init(&text, sizeof listed - 1);
    json_out_init(&o, &text);
    json_open(&o, NULL);
    CHECK_OK(tentative_list(t->s.tx, &t->s.server, &b, &o));
    json_close(&o);
    CHECK_OK(text.err);
    snprintf(listed, sizeof listed, "%.*s", (int)text.bytes, text.at);
    buf_done(&text);
    return OK;
}

static bool is_listed(struct turn *t, int64_t ms)
{
    char start[INSTANT_TEXT_BYTES];
    turn(t, list_proposed);
    instant_text((struct instant){ms}, start);
    return strstr(listed, start) != NULL;
}

TEST(who_is_asked_proposes_another_time_and_the_answer_stays_open)
{
    struct turn t = {.n = 1};
    fill();
    turn(&t, begin);
    CHECK_INT(state(&t), APPT_PENDING);
    uint32_t version = t.answer.booking.appt.version;
    int64_t taken = claims();
    proposed_ms = t.start.ms + DAY_MS,
    night_ms = MONDAY_MS + 3 * DAY_MS + 19 * HOUR_MS; /* three in the morning */
    turn(&t, propose);
    int64_t first = proposed_ms;
    CHECK(is_listed(&t, first));
    CHECK_INT(state(&t), APPT_PENDING);
    CHECK_INT(t.answer.booking.appt.version, version);
    CHECK_INT(claims(), taken); /* what is proposed takes no time */
    clock_fake_advance(60000);
    proposed_ms = first + DAY_MS;
    turn(&t, propose);
    CHECK(is_listed(&t, proposed_ms));
    CHECK(!is_listed(&t, first)); /* the newest of each */
    turn(&t, accept_all);
    CHECK(!is_listed(&t, proposed_ms));
    turn(&t, too_late_to_propose);
    close_store();
}

/* -- engagements -- */

static const char *kind_of_engagement;
static struct engagement stands;
static char engagement_id[80];
static uint32_t displaced;
static enum engagement_answer engaged;

static enum err engage(struct turn *t)
{
    struct str id = {0};
    struct span span = {{MONDAY_MS + 2 * HOUR_MS}, {MONDAY_MS + 4 * HOUR_MS}};
    CHECK_OK(engagement_add(&t->s, row_of(t, "Patient", "demo-p001"), str_of(kind_of_engagement), span, &id,
                            &displaced, &engaged));
    if (engaged == ENGAGEMENT_TAKEN) return ERR_DENIED; /* nothing of it is kept */
    snprintf(engagement_id, sizeof engagement_id, "%.*s", (int)id.bytes, id.at);
    CHECK_OK(engagement_read(t->s.tx, &t->s.server, row_of(t, "Appointment", engagement_id), &stands));
    CHECK_STR(stands.kind, kind_of_engagement);
    CHECK_STR(stands.patient, "Patient/demo-p001");
    CHECK_INT(stands.start.ms, span.from.ms);
    CHECK_INT(stands.end.ms, span.until.ms);
    CHECK(stands.name.bytes > 0 && !stands.is_aside);
    return OK;
}

static enum err disengage(struct turn *t)
{
    CHECK_ERR(engagement_cancel(&t->s, str_of(t->kept)), ERR_NOT_FOUND); /* a booking is none */
    CHECK_ERR(engagement_cancel(&t->s, STR("none-such")), ERR_NOT_FOUND);
    CHECK_OK(engagement_cancel(&t->s, str_of(engagement_id)));
    CHECK_ERR(engagement_read(t->s.tx, &t->s.server, row_of(t, "Appointment", engagement_id), &stands),
              ERR_NOT_FOUND);
    return OK;
}

TEST(a_lawyer_takes_free_time_only_and_court_takes_a_consultations_place)
{
    struct turn t = {0}, other = {0};
    fill();
    how_urgent = TRIAGE_ROUTINE;
    turn(&t, with_patient);
    CHECK_INT(state(&t), APPT_BOOKED);
    int64_t taken = claims(), told = messages("displaced");
    kind_of_engagement = "lawyer";
    turn_refused(&other, engage);
    CHECK_INT(engaged, ENGAGEMENT_TAKEN);
    CHECK_INT(claims(), taken);
    CHECK_INT(state(&t), APPT_BOOKED);
    kind_of_engagement = "court";
    turn(&other, engage);
    CHECK_INT(engaged, ENGAGEMENT_DONE);
    CHECK_INT(displaced, 1);
    CHECK(messages("displaced") > told);
    enum appt_state after = state(&t);
    bool is_apart =
        t.start.ms + 30 * MINUTE_MS <= MONDAY_MS + 2 * HOUR_MS || t.start.ms >= MONDAY_MS + 4 * HOUR_MS;
    CHECK(after == APPT_DISPLACED || is_apart);
    turn(&t, disengage);
    CHECK(engagement_kind_is(STR("meal")) && engagement_kind_is(STR("count")) &&
          !engagement_kind_is(STR("party")));
    close_store();
}

TEST(an_emergency_does_not_make_way_for_court)
{
    struct turn t = {0}, other = {0};
    fill();
    how_urgent = TRIAGE_EMERGENCY;
    turn(&t, with_patient);
    kind_of_engagement = "court";
    turn_refused(&other, engage);
    CHECK_INT(engaged, ENGAGEMENT_TAKEN);
    CHECK_INT(state(&t), APPT_BOOKED);
    close_store();
}

/* -- escorts -- */

TEST(an_escorts_steps_go_forward_and_none_is_taken_back)
{
    for (int from = 0; from < ESCORT_STEPS; from++)
        for (int to = 0; to < ESCORT_STEPS; to++) {
            enum escort_answer a = escort_may((enum escort_step)from, (enum escort_step)to);
            bool is_over = from == ESCORT_RETURNED || from == ESCORT_FAILED;
            if (from == to) CHECK_INT(a, ESCORT_WAS_SO);
            if (is_over && from != to) CHECK(a != ESCORT_DONE);
            if (!is_over && to > from) CHECK_INT(a, ESCORT_DONE);
            if (to < from) CHECK(a != ESCORT_DONE);
        }
    enum escort_step step;
    CHECK(escort_verb(STR("collect"), &step) && step == ESCORT_COLLECTED);
    CHECK(escort_verb(STR("cannot"), &step) && step == ESCORT_FAILED);
    CHECK(!escort_verb(STR("diagnose"), &step));
    CHECK_STR(str_of(escort_step_text(ESCORT_DELIVERED)), "delivered");
}

static char task_id[80];
static enum escort_step reported;
static enum appt_reason why_not;
static enum escort_answer answered;
static struct escort_task task; /* its texts are gone with the job's arena */
static char task_reason[40];

static enum err read_task(struct turn *t)
{
    struct booking b;
    CHECK_OK(booking_read(t->s.tx, &t->s.server, str_of(t->kept), &b));
    for (uint8_t i = 0; i < b.appt.seat_count && !task_id[0]; i++)
        if (b.needs[b.appt.seats[i].role].kind == AGENDA_ESCORT)
            snprintf(task_id, sizeof task_id, "escort-%lld-%llu", (long long)b.head.row,
                     (unsigned long long)b.appt.seats[i].resource.n);
    CHECK_OK(escort_read(t->s.tx, &t->s.server, row_of(t, "Task", task_id), &task));
    CHECK_STR(task.patient, "Patient/demo-p001");
    CHECK(task.name.bytes > 0 && task.owner.bytes > 0);
    snprintf(task_reason, sizeof task_reason, "%.*s", (int)task.reason.bytes, task.reason.at);
    return OK;
}

static enum err report(struct turn *t)
{
    CHECK_ERR(escort_report(&t->s, STR("escort-1-1"), reported, t->s.tx->now, why_not, &answered),
              ERR_NOT_FOUND);
    CHECK_OK(escort_report(&t->s, str_of(task_id), reported, t->s.tx->now, why_not, &answered));
    return OK;
}

static enum escort_answer says(struct turn *t, enum escort_step step)
{
    struct turn other = {0};
    reported = step;
    turn(&other, report);
    turn(t, read_task);
    return answered;
}

TEST(an_escort_is_reported_step_by_step_and_what_was_told_before_does_no_harm)
{
    struct turn t = {0};
    task_id[0] = 0, why_not = APPT_NO_REASON;
    fill();
    how_urgent = TRIAGE_ROUTINE;
    turn(&t, with_patient);
    turn(&t, read_task);
    CHECK_INT(task.step, ESCORT_REQUESTED);
    CHECK(task.start.ms <= MONDAY_MS + 2 * HOUR_MS &&
          task.end.ms >= MONDAY_MS + 2 * HOUR_MS + 30 * MINUTE_MS);
    CHECK_INT(says(&t, ESCORT_ACCEPTED), ESCORT_DONE);
    CHECK_INT(says(&t, ESCORT_DELIVERED), ESCORT_DONE); /* one may be left out */
    CHECK(says(&t, ESCORT_COLLECTED) != ESCORT_DONE);
    CHECK_INT(task.step, ESCORT_DELIVERED);
    CHECK_INT(says(&t, ESCORT_RETURNED), ESCORT_DONE);
    CHECK_INT(says(&t, ESCORT_RETURNED), ESCORT_WAS_SO);
    CHECK(says(&t, ESCORT_FAILED) != ESCORT_DONE);
    CHECK_INT(task.step, ESCORT_RETURNED);
    close_store();
}

TEST(an_escort_who_cannot_is_replaced_and_a_lockdown_opens_the_search_again)
{
    struct turn t = {0};
    task_id[0] = 0;
    fill();
    how_urgent = TRIAGE_ROUTINE;
    turn(&t, with_patient);
    turn(&t, read_task);
    why_not = APPT_NO_ESCORT;
    CHECK_INT(says(&t, ESCORT_FAILED), ESCORT_DONE);
    CHECK_INT(task.step, ESCORT_FAILED);
    CHECK_STR(str_of(task_reason), "no-escort");
    CHECK_INT(state(&t), APPT_BOOKED); /* another goes, at the same time */
    CHECK_INT(t.start.ms, MONDAY_MS + 2 * HOUR_MS);
    char before[80];
    snprintf(before, sizeof before, "%s", task_id);
    task_id[0] = 0;
    turn(&t, read_task);
    CHECK(strcmp(before, task_id) != 0);
    CHECK_INT(task.step, ESCORT_REQUESTED);
    why_not = APPT_LOCKDOWN;
    CHECK_INT(says(&t, ESCORT_FAILED), ESCORT_DONE);
    CHECK_INT(state(&t), APPT_DISPLACED);
    close_store();
}
