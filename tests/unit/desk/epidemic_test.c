/* Whoever was near a case, in a cell, an escort's hands, a booked room or the clinic; what becomes of the watch on them by the clock; and the
 * officers: on a fake clock, in the demo's house. */
#include "../check.h"
#include "desk/chart_write.h"
#include "desk/epidemic_contact.h"
#include "desk/epidemic_officer.h"
#include "desk/escalate.h"
#include "desk/isolation_flag.h"
#include "plan_house.h"
#include "records/search.h"
#include <stdio.h>
#include <string.h>

/* Four who live in four cells, and share nothing but what is written here; each has been brought to no room otherwise. */
#define CASE "demo-p150"
#define RIDER "demo-p250"  /* with the same officer for half an hour */
#define AFTER "demo-p251"  /* in the clinic ten minutes after the case */
#define BOOKED "demo-p252" /* in the same room for a consultation */
#define BEFORE "demo-p254" /* in the clinic, and gone before the case came */
#define OFFICER "demo-escort-2"

static const struct sickcall_by nurse = {STR("nurse"), STR("陆白苏"), STR("Practitioner/demo-lubaisu")};

static void put(struct turn *t, const char *type, const char *id, const char *body)
{
    const char *whole =
        arena_printf(t->s.server.arena, "{\"resourceType\":\"%s\",\"id\":\"%s\",%s}", type, id, body);
    CHECK(whole != NULL);
    CHECK_OK(chart_write(t->s.tx, &t->s.server, fhir_resource_of(str_of(type)), str_of(id), 0, str_of(whole),
                         NULL, NULL));
}

/* Minutes before eight on that Monday. */
static const char *before(struct turn *t, int minutes)
{
    char *to = arena_alloc(t->s.server.arena, INSTANT_TEXT_BYTES);
    CHECK(to != NULL);
    instant_text((struct instant){MONDAY_MS - minutes * MINUTE_MS}, to);
    return to;
}

static void ride(struct turn *t, const char *id, const char *who, int from, int until)
{
    put(t, "Task", id,
        arena_printf(t->s.server.arena,
                     "\"status\":\"completed\",\"intent\":\"order\",\"code\":{\"coding\":[{\"system\":"
                     "\"urn:yunqiao:task\",\"code\":\"escort\"}]},\"for\":{\"reference\":\"Patient/%s\"},"
                     "\"owner\":{\"reference\":\"Practitioner/" OFFICER "\"},"
                     "\"executionPeriod\":{\"start\":\"%s\",\"end\":\"%s\"}",
                     who, before(t, from), before(t, until)));
}

/* Came at `from`, which was later than planned; was seen, and left. */
static void visit(struct turn *t, const char *id, const char *who, int from, int until)
{
    put(t, "Encounter", id,
        arena_printf(
            t->s.server.arena,
            "\"status\":\"finished\",\"class\":{\"code\":\"AMB\"},\"subject\":{\"reference\":"
            "\"Patient/%s\"},\"statusHistory\":[{\"status\":\"planned\",\"period\":{\"end\":\"%s\"}}],"
            "\"period\":{\"start\":\"%s\",\"end\":\"%s\"}",
            who, before(t, from), before(t, from + 30), before(t, until)));
}

static void book(struct turn *t, const char *id, const char *who, int from, int until)
{
    put(t, "Appointment", id,
        arena_printf(t->s.server.arena,
                     "\"status\":\"fulfilled\",\"start\":\"%s\",\"end\":\"%s\",\"participant\":[{\"actor\":{"
                     "\"reference\":\"Patient/%s\"},\"status\":\"accepted\"},{\"actor\":{\"reference\":"
                     "\"Location/unit-room\"},\"status\":\"accepted\"}]",
                     before(t, from), before(t, until), who));
}

static enum err move_about(struct turn *t)
{
    put(t, "Location", "unit-room",
        "\"status\":\"active\",\"name\":\"视频室九\",\"mode\":\"instance\","
        "\"physicalType\":{\"coding\":[{\"code\":\"ro\"}]}");
    ride(t, "unit-ride-1", CASE, 120, 60);
    ride(t, "unit-ride-2", RIDER, 90, 30);
    visit(t, "unit-visit-0", BEFORE, 330, 300);
    visit(t, "unit-visit-1", CASE, 280, 240);
    visit(t, "unit-visit-2", AFTER, 230, 210);
    book(t, "unit-book-1", CASE, 200, 170);
    book(t, "unit-book-2", BOOKED, 190, 150);
    return OK;
}

static char case_id[80];
static uint32_t made;

static enum err isolate(struct turn *t)
{
    struct epidemic_case c;
    enum epidemic_no no;
    struct epidemic_start start = {.patient = STR("Patient/" CASE),
                                   .illness = epidemic_illness_of(STR("influenza")),
                                   .onset = {MONDAY_MS - 20 * HOUR_MS}};
    struct epidemic_event apart = {.verb = EPIDEMIC_DO_ISOLATE};
    CHECK_OK(epidemic_begin(t->s.tx, &t->s.server, &nurse, &start, &c));
    CHECK_OK(epidemic_happen(t->s.tx, &t->s.server, &nurse, &c, &apart, &no));
    CHECK_INT(no, EPIDEMIC_YES);
    CHECK_OK(epidemic_trace(t->s.tx, &t->s.server, &epidemic_limits_default, &c, &made));
    snprintf(case_id, sizeof case_id, "%.*s", (int)c.item.head.id.bytes, c.item.head.id.at);
    return OK;
}

/* The contact that this person is; its texts last as long as the job. */
static bool contact_of(struct turn *t, const char *who, struct epidemic_contact *ret)
{
    int64_t *rows;
    uint32_t n;
    CHECK_OK(epidemic_contact_rows(t->s.tx, &t->s.server, str_of(case_id), &rows, &n));
    for (uint32_t i = 0; i < n; i++) {
        CHECK_OK(epidemic_contact_read(t->s.tx, &t->s.server, rows[i], ret));
        struct str id = ret->patient;
        (void)str_cut(&id, '/');
        if (str_is_text(id, who)) return true;
    }
    return false;
}

static int64_t officer_minutes(struct turn *t, bool *ret_spoken)
{
    struct stmt *q;
    bool row;
    int64_t minutes = -1;
    CHECK_OK(db_stmt(t->s.tx->db,
                     "SELECT minutes, spoken FROM epidemic_officer WHERE officer = '" OFFICER "'", &q));
    CHECK_OK(stmt_step(q, &row));
    if (row) minutes = stmt_get_int(q, 0), *ret_spoken = !stmt_is_null(q, 1);
    stmt_done(q);
    return minutes;
}

static enum err look_at_all(struct turn *t)
{
    struct epidemic_contact c;
    bool spoken = true;
    CHECK(contact_of(t, RIDER, &c));
    CHECK_INT(c.minutes[CONTACT_ESCORT], 30);
    CHECK_INT(c.minutes[CONTACT_CELL], 0);
    CHECK(contact_of(t, AFTER, &c));
    CHECK_INT(c.minutes[CONTACT_ROOM], 0);
    CHECK_INT(c.gap_min, 10);
    CHECK(contact_of(t, BOOKED, &c));
    CHECK_INT(c.minutes[CONTACT_ROOM], 20);
    CHECK(!contact_of(t, BEFORE, &c));
    CHECK_INT(officer_minutes(t, &spoken), 60);
    CHECK(!spoken);
    return OK;
}

static enum err read_case(struct turn *t, struct epidemic_case *ret)
{
    return epidemic_read(t->s.tx, &t->s.server, str_of(case_id), ret);
}

/* -- isolation in the record -- */

/* What the Flag says of whoever is kept apart: word "active" or "inactive"; and nothing of why. */
static enum err read_flag(struct turn *t)
{
    char id[ISOLATION_FLAG_ID_BYTES];
    struct chart_item item;
    struct record_reader *server = &t->s.server;
    isolation_flag_id(str_of(case_id), id);
    CHECK_OK(chart_one(t->s.tx, server, "Flag", str_of(id), &item));
    CHECK_STR(chart_text(server, &item, 0, "status"), t->word);
    CHECK_STR(chart_text(server, &item, 0, "category.coding.code"), "safety");
    CHECK_STR(chart_text(server, &item, 0, "code.coding.code"), ISOLATION_FLAG_CODE);
    CHECK_STR(chart_text(server, &item, 0, "subject.reference"), "Patient/" CASE);
    CHECK_INT(chart_instant(server, chart_text(server, &item, 0, "period.start")).ms, MONDAY_MS);
    bool is_over = str_is_text(str_of(t->word), "inactive");
    CHECK_INT(chart_instant(server, chart_text(server, &item, 0, "period.end")).ms,
              is_over ? t->s.tx->now.ms : 0);
    CHECK_INT(item.head.version, t->n); /* most changes of a case are none of its isolation */
    return OK;
}

static void flag_is(const char *status, int64_t version)
{
    struct turn t = {.word = status, .n = version};
    turn(&t, read_flag);
}

static enum err leave(struct turn *t)
{
    struct epidemic_case c;
    enum epidemic_no no;
    struct epidemic_event e = {.verb = EPIDEMIC_DO_LEAVE, .why = STR("released")};
    CHECK_OK(read_case(t, &c));
    CHECK_OK(epidemic_happen(t->s.tx, &t->s.server, &nurse, &c, &e, &no));
    CHECK_INT(no, EPIDEMIC_YES);
    return OK;
}

/* -- the officers -- */

static enum err speak(struct turn *t)
{
    struct epidemic_case c;
    bool spoken = false;
    struct contact more = {.last = {MONDAY_MS - HOUR_MS}, .days = 1};
    CHECK_OK(read_case(t, &c));
    int64_t record = c.item.head.row;
    CHECK_ERR(epidemic_officer_spoken(t->s.tx, record, STR("demo-escort-9"), STR("x")), ERR_NOT_FOUND);
    CHECK_OK(epidemic_officer_spoken(t->s.tx, record, STR(OFFICER), STR("陆白苏")));
    CHECK_ERR(epidemic_officer_spoken(t->s.tx, record, STR(OFFICER), STR("x")), ERR_EXISTS);
    CHECK_OK(epidemic_officer_note(t->s.tx, &t->s.server, record, STR("Practitioner/" OFFICER), &more));
    CHECK(officer_minutes(t, &spoken) == 0 && spoken); /* found again: nothing new */
    more.last = t->s.tx->now;
    CHECK_OK(epidemic_officer_note(t->s.tx, &t->s.server, record, STR("Practitioner/" OFFICER), &more));
    CHECK(officer_minutes(t, &spoken) == 0 && !spoken); /* together again since */
    return OK;
}

/* -- the clock of a watch -- */

static int64_t watched;
static enum err find_watched(struct turn *t)
{
    struct epidemic_contact c;
    CHECK(contact_of(t, RIDER, &c));
    watched = c.item.head.row;
    return OK;
}

static enum err late(struct turn *t)
{
    bool more = true;
    struct escalate_told *told;
    t->n = 0;
    for (int i = 0; i < 100 && more; i++) {
        CHECK_OK(escalate_turn(&t->s, &escalate_limits_default, &told, &more));
        for (; told; told = told->next) {
            if (told->kind != ESCALATE_CONTACT) continue;
            CHECK_INT(told->to, ESCALATE_DOCTOR); /* and custody never */
            t->n += told->head.row == watched;
        }
    }
    CHECK(!more);
    return OK;
}

/* How often somebody was told by then that this one had not been looked at. Hours after eight on Monday. */
static int64_t told_after(int64_t ms)
{
    struct turn t = {0};
    clock_fake((struct instant){MONDAY_MS + ms}, (struct tick){1000 + ms});
    turn(&t, late);
    return t.n;
}

static enum err look_well(struct turn *t)
{
    struct epidemic_contact c;
    CHECK_OK(epidemic_contact_read(t->s.tx, &t->s.server, watched, &c));
    CHECK_OK(epidemic_contact_look(t->s.tx, &t->s.server, &c, STR("well")));
    CHECK_INT(c.watch.look_count, t->n);
    CHECK_INT(c.is_over, t->word != NULL);
    return OK;
}

static void looked(int64_t nth, bool is_last)
{
    struct turn t = {.n = nth, .word = is_last ? "last" : NULL};
    turn(&t, look_well);
}

static enum err exclude(struct turn *t)
{
    struct epidemic_case c;
    struct epidemic_contact one;
    enum epidemic_no no;
    uint32_t n = 0;
    bool spoken;
    struct epidemic_event e = {.verb = EPIDEMIC_DO_EXCLUDE};
    CHECK_OK(read_case(t, &c));
    CHECK_OK(epidemic_happen(t->s.tx, &t->s.server, &nurse, &c, &e, &no));
    CHECK_OK(epidemic_contacts_clear(t->s.tx, &t->s.server, &c, &n));
    CHECK_INT(n, made - 1); /* the watched one had ended by itself */
    CHECK(contact_of(t, AFTER, &one) && one.is_over && str_is_text(one.outcome, "cleared"));
    CHECK_INT(officer_minutes(t, &spoken), -1);
    CHECK_OK(epidemic_contacts_clear(t->s.tx, &t->s.server, &c, &n));
    CHECK_INT(n, 0);
    /* It was one after all, of what is watched for longer: whoever was cleared is found anew. */
    e = (struct epidemic_event){.verb = EPIDEMIC_DO_CONFIRM, .illness = epidemic_illness_of(STR("measles"))};
    CHECK_OK(epidemic_happen(t->s.tx, &t->s.server, &nurse, &c, &e, &no));
    CHECK_INT(no, EPIDEMIC_YES);
    CHECK_OK(epidemic_trace(t->s.tx, &t->s.server, &epidemic_limits_default, &c, &n));
    CHECK(n >= made - 1);
    return OK;
}

TEST(contacts_are_found_by_cell_escort_room_and_clinic_and_looked_at_each_day_or_the_doctor_is_told_once)
{
    struct turn t = {0};
    fill();
    turn(&t, move_about);
    turn(&t, isolate);
    CHECK(made >= 7); /* of the same cell, too */
    turn(&t, look_at_all);
    flag_is("active", 1);
    turn(&t, speak);
    turn(&t, find_watched);
    CHECK_INT(told_after(16 * HOUR_MS - 1), 0);
    CHECK_INT(told_after(16 * HOUR_MS), 1); /* midnight there */
    CHECK_INT(told_after(40 * HOUR_MS), 0); /* a second day without a look: told already */
    looked(1, false);
    CHECK_INT(told_after(64 * HOUR_MS - 1), 0);
    CHECK_INT(told_after(64 * HOUR_MS), 0);
    CHECK_INT(told_after(88 * HOUR_MS - 1), 0);
    CHECK_INT(told_after(88 * HOUR_MS), 1);
    looked(2, true); /* the fourth day after they were together: Friday */
    CHECK_INT(told_after(200 * HOUR_MS), 0);
    turn(&t, exclude);
    CHECK_INT(told_after(300 * HOUR_MS), 0);
    flag_is("active", 1);
    turn(&t, leave);
    flag_is("inactive", 2);
    close_store();
}
