/* What stands open about a patient follows where the law has the patient: on a fake clock, by a registry's events. */
#include "../check.h"
#include "desk/chart_write.h"
#include "desk/concern.h"
#include "desk/consequence.h"
#include "desk/epidemic_contact.h"
#include "desk/local_visit.h"
#include "desk/registrar.h"
#include "plan_house.h"
#include "records/closed.h"
#include "records/grant.h"
#include "records/search.h"
#include <stdio.h>
#include <stdlib.h>

static const struct str source = {"reg", 3};
static const struct sickcall_by nurse = {STR("nurse"), STR("陆白苏"), STR("Practitioner/demo-lubaisu")};

/* -- a registry's events -- */

static struct event said[32];
static size_t said_count;

static enum err hear(struct turn *t)
{
    enum registrar_did did;
    CHECK_OK(registrar_take(t->s.tx, &t->s.server, source, &said[t->n], &did));
    return OK;
}

static void say(enum event_kind kind, int64_t minute, enum event_where where, const char *cell,
                enum event_end end)
{
    static char controls[COUNT_OF(said)][8];
    struct event *e = &said[said_count];
    snprintf(controls[said_count], 8, "m%zu", said_count);
    *e = (struct event){.kind = kind,
                        .control = str_of(controls[said_count]),
                        .at = {MONDAY_MS + minute * MINUTE_MS},
                        .recorded = {MONDAY_MS + minute * MINUTE_MS},
                        .number = STR("77"),
                        .stay = STR("77"),
                        .family = STR("淳于"),
                        .given = STR("鹭"),
                        .where = where,
                        .end = end};
    if (cell) e->block = STR("B"), e->cell = str_of(cell);
    struct turn t = {.n = (int64_t)said_count++};
    turn(&t, hear);
}

/* -- the patient -- */

static char patient_id[RECORD_ID_BYTES_MAX + 1];
static int64_t patient;

static uint32_t count(struct turn *t, const char *type, const char *query)
{
    struct record_fault fault = {0};
    int64_t rows[64];
    uint32_t n = 0;
    const char *whole = arena_printf(t->s.server.arena, "patient=Patient/%s%s", patient_id, query);
    CHECK_OK(search_rows(t->s.tx, &t->s.server, fhir_resource_of(str_of(type)), str_of(whole), rows, 64, &n,
                         &fault));
    CHECK_INT(fault.status, 0);
    return n;
}

static enum err find_patient(struct turn *t)
{
    struct record_fault fault = {0};
    struct record_head head;
    uint32_t n = 0;
    CHECK_OK(search_rows(t->s.tx, &t->s.server, fhir_resource_of(STR("Patient")),
                         STR("identifier=urn:yunqiao:detainee-number%7C77"), &patient, 1, &n, &fault));
    CHECK_INT(n, 1);
    CHECK_OK(record_head_at(t->s.tx, t->s.server.arena, patient, &head));
    snprintf(patient_id, sizeof patient_id, "%.*s", (int)head.id.bytes, head.id.at);
    return OK;
}

/* -- what stands open about the patient -- */

static const struct agenda_resource *first_of(struct turn *t, enum agenda_kind kind)
{
    for (uint32_t i = 0; i < t->s.view->count; i++)
        if (t->s.view->at[i].kind == kind) return &t->s.view->at[i];
    return NULL;
}

/* With the clinic's doctor, who is not asked, and an escort; n: hours after eight. */
static enum err book(struct turn *t)
{
    const struct agenda_resource *doctor = first_of(t, AGENDA_DOCTOR), *escort = first_of(t, AGENDA_ESCORT);
    struct schedule_start start = {
        .triage = TRIAGE_ROUTINE, .asks = true, .seat_count = 2, .patient = patient};
    t->s.practitioner = doctor->row;
    start.span.from.ms = MONDAY_MS + t->n * HOUR_MS;
    start.span.until.ms = start.span.from.ms + 30 * MINUTE_MS;
    start.seats[0] = (struct schedule_seat){{AGENDA_DOCTOR, {"", 0}}, doctor->row};
    start.seats[1] = (struct schedule_seat){{AGENDA_ESCORT, {"", 0}}, escort->row};
    CHECK_OK(schedule_start(&t->s, &start, &t->answer));
    CHECK_INT(t->answer.refusal, SCHEDULE_DONE);
    CHECK_INT(t->answer.booking.appt.state, APPT_BOOKED);
    return OK;
}

static void write_body(struct turn *t, const char *type, const char *more)
{
    const char *body = arena_printf(t->s.server.arena,
                                    "{\"resourceType\":\"%s\",\"subject\":{\"reference\":\"Patient/%s\"},%s}",
                                    type, patient_id, more);
    CHECK_OK(chart_write(t->s.tx, &t->s.server, fhir_resource_of(str_of(type)), STR(""), 0, str_of(body),
                         NULL, NULL));
}

static enum err prescribe(struct turn *t)
{
    write_body(t, "MedicationRequest",
               "\"status\":\"active\",\"intent\":\"order\",\"authoredOn\":\"2026-11-29T00:00:00Z\","
               "\"medicationCodeableConcept\":{\"text\":\"x\"},"
               "\"dosageInstruction\":[{\"timing\":{\"repeat\":{\"frequency\":3,\"period\":1,\"periodUnit\":"
               "\"d\"}}}]");
    write_body(t, "MedicationRequest",
               "\"status\":\"draft\",\"intent\":\"order\",\"authoredOn\":\"2026-11-29T00:00:00Z\","
               "\"medicationCodeableConcept\":{\"text\":\"y\"}");
    write_body(t, "MedicationRequest",
               "\"status\":\"active\",\"intent\":\"order\",\"reportedBoolean\":true,"
               "\"medicationCodeableConcept\":{\"text\":\"of another house\"}");
    return OK;
}

static enum err call_sick(struct turn *t)
{
    struct sickcall c;
    struct local_visit v;
    enum sick_no no;
    const char *whom = arena_printf(t->s.server.arena, "Patient/%s", patient_id);
    struct sickcall_start start = {
        .patient = str_of(whom), .words = STR("牙疼"), .place = STR("tooth"), .door = STR("voice")};
    struct sickcall_event triage = {.verb = SICK_DO_TRIAGE, .triage = TRIAGE_SOON};
    CHECK_OK(sickcall_begin(t->s.tx, &t->s.server, &nurse, &start, &c));
    CHECK_OK(sickcall_happen(t->s.tx, &t->s.server, &nurse, &c, &triage, &no));
    CHECK_OK(local_visit_plan(t->s.tx, &t->s.server, &nurse, &c, (struct instant){MONDAY_MS + t->n * HOUR_MS},
                              &v, &no));
    CHECK_INT(no, SICK_YES);
    return OK;
}

/* Kept apart for an illness that is told to the authority, and near another's case as well. */
static enum err fall_ill(struct turn *t)
{
    struct epidemic_case c;
    enum epidemic_no no;
    const char *whom = arena_printf(t->s.server.arena, "Patient/%s", patient_id);
    struct epidemic_start start = {.patient = str_of(whom), .illness = epidemic_illness_of(STR("influenza"))};
    struct epidemic_event isolate = {.verb = EPIDEMIC_DO_ISOLATE};
    CHECK_OK(epidemic_begin(t->s.tx, &t->s.server, &nurse, &start, &c));
    CHECK_OK(epidemic_happen(t->s.tx, &t->s.server, &nurse, &c, &isolate, &no));
    CHECK_INT(no, EPIDEMIC_YES);
    const char *task = arena_printf(
        t->s.server.arena,
        "{\"resourceType\":\"Task\",\"status\":\"requested\",\"intent\":\"order\",\"code\":{\"coding\":[{"
        "\"system\":\"" SICKCALL_TASK "\",\"code\":\"" CONTACT_TASK
        "\"}]},\"for\":{\"reference\":\"%s\"},\"extension\":[{\"url\":\"" CONTACT_URL
        "\",\"extension\":[{\"url\":\"days\",\"valueInteger\":2}]}]}",
        whom);
    CHECK_OK(chart_write(t->s.tx, &t->s.server, fhir_resource_of(STR("Task")), STR(""), 0, str_of(task), NULL,
                         NULL));
    return OK;
}

static enum err let_in(struct turn *t)
{
    struct grant_start start = {.patient = patient, .encounter = patient, .from = t->s.tx->now};
    struct stmt *q;
    bool row;
    int64_t id;
    CHECK_OK(db_stmt(t->s.tx->db, "SELECT id FROM account LIMIT 1", &q));
    CHECK_OK(stmt_step(q, &row));
    struct str account = stmt_get_str(q, 0);
    start.account = (struct str){arena_text(t->s.server.arena, account.at, account.bytes), account.bytes};
    stmt_done(q);
    start.given_by = start.account;
    CHECK_OK(grant_give(t->s.tx, &start, &id));
    return OK;
}

/* Housed since the day before, with something of everything. */
static void begin_house(void)
{
    said_count = 0;
    fill();
    say(EVENT_ADMIT, -1440, WHERE_CELL, "3-07", END_UNSAID);
    struct turn t = {0};
    turn(&t, find_patient);
    t = (struct turn){.n = 2};
    turn(&t, book);
    t = (struct turn){.n = 26};
    turn(&t, book);
    turn(&t, prescribe);
    t = (struct turn){.n = 5};
    turn(&t, call_sick);
    turn(&t, let_in);
    turn(&t, fall_ill);
}

/* -- looking -- */

static struct consequence_did did;
static enum err follow(struct turn *t)
{
    int64_t whom;
    CHECK_OK(consequence_turn(&t->s, &did, &whom));
    t->n = whom;
    return OK;
}

static bool look_now(void)
{
    struct turn t = {0};
    turn(&t, follow);
    return t.n != 0;
}

struct stand {
    uint32_t booked, waiting, cancelled, escorts, visits, calls, orders, doses, concerns, contacts;
    uint32_t cases, over; /* of what spreads: open; ended, with the report still due */
    int64_t grants;
    bool is_closed;
};
static struct stand stands;
static void read_cases(struct turn *t)
{
    int64_t at[EPIDEMIC_LIST_MAX];
    uint32_t n;
    CHECK_OK(epidemic_rows(t->s.tx, (struct instant){0}, at, &n));
    for (uint32_t i = 0; i < n; i++) {
        struct epidemic_case c;
        CHECK_OK(epidemic_read_row(t->s.tx, &t->s.server, at[i], &c));
        if (!c.ended.ms) {
            stands.cases++;
            continue;
        }
        stands.over++;
        CHECK(str_is_text(c.was, "isolated"));
        CHECK(c.left.bytes && !c.by.bytes); /* nobody signed */
        CHECK(epidemic_due(&epidemic_limits_default, &c).ms != 0);
    }
}

static enum err read_stand(struct turn *t)
{
    struct grant_open *open;
    uint32_t grants;
    CHECK_OK(grant_open_about(t->s.tx, t->s.server.arena, patient, &open, &grants));
    stands = (struct stand){.booked = count(t, "Appointment", "&status=booked"),
                            .waiting = count(t, "Appointment", "&status=waitlist"),
                            .cancelled = count(t, "Appointment", "&status=cancelled"),
                            .escorts = count(t, "Task", "&code=escort&status=requested,accepted"),
                            .visits = count(t, "Encounter", "&class=AMB&status=planned"),
                            .calls = count(t, "Task", "&code=sick-call&status=received,accepted,ready"),
                            .orders = count(t, "MedicationRequest", "&status=active,draft"),
                            .doses = count(t, "MedicationAdministration", "&status=not-done"),
                            .concerns = count(t, "Task", "&code=concern&status=requested"),
                            .grants = grants};
    stands.contacts = count(t, "Task", "&code=contact&status=requested");
    read_cases(t);
    return closed_is(t->s.tx, patient, &stands.is_closed);
}

static const struct stand *stand(void)
{
    struct turn t = {0};
    turn(&t, read_stand);
    return &stands;
}

static void all_stands(void)
{
    const struct stand *s = stand();
    CHECK_INT(s->booked, 2);
    CHECK_INT(s->escorts, 2);
    CHECK_INT(s->visits, 1);
    CHECK_INT(s->calls, 1);
    CHECK_INT(s->orders, 3);
    CHECK_INT(s->grants, 1);
    CHECK_INT(s->cases, 1);
    CHECK_INT(s->contacts, 1);
    CHECK(!s->is_closed);
}

static void nothing_stands(void)
{
    const struct stand *s = stand();
    CHECK_INT(s->booked + s->waiting, 0);
    CHECK_INT(s->cancelled, 2);
    CHECK_INT(s->escorts, 0);
    CHECK_INT(s->visits, 0);
    CHECK_INT(s->calls, 0);
    CHECK_INT(s->orders, 1); /* the one that another house prescribed */
    CHECK_INT(s->grants, 0);
    CHECK_INT(s->cases, 0);
    CHECK_INT(s->contacts, 0);
    CHECK_INT(s->over, 1);
}

/* -- stories -- */

TEST(a_release_ends_what_stood_open_once_and_what_is_taken_back_is_looked_at_by_a_person)
{
    begin_house();
    CHECK(look_now());
    all_stands();
    CHECK(!look_now());
    int64_t told = messages("ended");
    say(EVENT_PENDING, 5, WHERE_UNSAID, NULL, END_UNSAID);
    CHECK(look_now());
    all_stands(); /* announced is not gone */
    say(EVENT_DISCHARGE, 10, WHERE_UNSAID, NULL, END_RELEASED);
    CHECK(look_now());
    nothing_stands();
    CHECK_INT(did.counts[CONSEQUENCE_BOOKING], 2);
    CHECK_INT(did.counts[CONSEQUENCE_ORDER], 2);
    CHECK_INT(did.counts[CONSEQUENCE_CASE], 1);
    CHECK_INT(did.counts[CONSEQUENCE_CONTACT], 1);
    CHECK(messages("ended") > told); /* who was to take part is told */
    CHECK(!look_now());
    say(EVENT_UPDATE, 20, WHERE_UNSAID, NULL, END_UNSAID);
    CHECK(!look_now()); /* nothing of the stay changed */
    CHECK_INT(stand()->concerns, 0);
    say(EVENT_CANCEL_DISCHARGE, 30, WHERE_UNSAID, NULL, END_UNSAID);
    CHECK(look_now());
    nothing_stands(); /* it stays ended, and is told */
    CHECK_INT(stand()->concerns, 1);
    CHECK(did.is_undone);
    say(EVENT_TRANSFER, 40, WHERE_CELL, "3-08", END_UNSAID);
    CHECK(look_now());
    CHECK_INT(stand()->concerns, 1);
    close_store();
}

TEST(court_reopens_what_would_begin_meanwhile_and_writes_absent_for_its_rounds)
{
    begin_house();
    CHECK(look_now());
    clock_fake_advance(20 * MINUTE_MS);
    say(EVENT_TRANSFER, 15, WHERE_COURT, NULL, END_UNSAID); /* a quarter past eight */
    CHECK(look_now());
    const struct stand *s = stand();
    CHECK_INT(s->booked, 1); /* that of ten has lost its place; tomorrow's has not */
    CHECK_INT(s->waiting, 1);
    CHECK_INT(s->escorts, 1);
    CHECK_INT(s->visits, 1); /* at one o'clock: not yet */
    CHECK_INT(s->orders, 3);
    CHECK_INT(s->grants, 1);
    CHECK_INT(s->doses, 0);
    CHECK(!look_now());
    clock_fake_advance(5 * HOUR_MS); /* one o'clock */
    CHECK(look_now());
    s = stand();
    CHECK_INT(s->visits, 0);
    CHECK_INT(s->calls, 1); /* it waits again */
    CHECK_INT(s->doses, 1); /* of noon; eight o'clock's round was before */
    CHECK(!look_now());
    clock_fake_advance(3 * MINUTE_MS);
    CHECK(!look_now());
    say(EVENT_TRANSFER, 4 * 60 - 10, WHERE_CELL, "3-07", END_UNSAID); /* told late: back at ten to twelve */
    CHECK(look_now());
    s = stand();
    CHECK_INT(s->doses, 1); /* it was not given then, whoever erred */
    CHECK_INT(s->booked, 1);
    CHECK(!look_now());
    clock_fake_advance(DAY_MS);
    CHECK(!look_now()); /* who is here is not looked at again and again */
    close_store();
}

TEST(a_death_closes_the_record_and_one_that_was_told_in_error_opens_it)
{
    begin_house();
    CHECK(look_now());
    say(EVENT_DISCHARGE, 10, WHERE_UNSAID, NULL, END_DEAD);
    CHECK(look_now());
    nothing_stands();
    CHECK(stands.is_closed);
    CHECK(!look_now());
    say(EVENT_CANCEL_DISCHARGE, 30, WHERE_UNSAID, NULL, END_UNSAID);
    CHECK(look_now());
    CHECK(!stand()->is_closed);
    CHECK_INT(stands.concerns, 1);
    close_store();
}

TEST(whatever_order_the_messages_come_in_it_ends_in_the_same)
{
    static const int orders[4][4] = {{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}};
    for (size_t o = 0; o < COUNT_OF(orders); o++) {
        begin_house();
        for (size_t i = 0; i < 4; i++) {
            switch (orders[o][i]) {
            case 0:
                say(EVENT_TRANSFER, 5, WHERE_COURT, NULL, END_UNSAID);
                break;
            case 1:
                say(EVENT_TRANSFER, 8, WHERE_CELL, "4-01", END_UNSAID);
                break;
            case 2:
                say(EVENT_PENDING, 9, WHERE_UNSAID, NULL, END_UNSAID);
                break;
            default:
                say(EVENT_DISCHARGE, 10, WHERE_UNSAID, NULL, END_TRANSFERRED);
                break;
            }
            while (look_now())
                continue;
        }
        nothing_stands();
        CHECK_INT(stands.concerns, 0);
        close_store();
    }
}

TEST(an_admission_that_was_taken_back_leaves_nothing_open)
{
    begin_house();
    CHECK(look_now());
    say(EVENT_CANCEL_ADMIT, 10, WHERE_UNSAID, NULL, END_UNSAID);
    CHECK(look_now());
    nothing_stands();
    CHECK(!stands.is_closed);
    close_store();
}

/* -- the page -- */

TEST(the_chapter_on_custody_is_printed_from_the_table)
{
    static char page[256 * 1024];
    char path[512];
    struct buf printed;
    const char *root = getenv("YQ_SOURCE");
    snprintf(path, sizeof path, "%s/docs/STATES.md", root ? root : ".");
    FILE *f = fopen(path, "rb");
    if (!f) check_skip("run from the top of the tree, or by ctest");
    page[fread(page, 1, sizeof page - 1, f)] = 0;
    fclose(f);
    buf_init(&printed, 32 * 1024);
    consequence_print(&printed);
    buf_add_char(&printed, 0);
    CHECK_OK(printed.err);
    bool is_there = strstr(page, printed.at) != NULL;
    if (!is_there) printf("%s", printed.at);
    buf_done(&printed);
    CHECK(is_there);
}
