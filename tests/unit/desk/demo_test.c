#include "desk/demo.h"
#include "records/validate.h"
#include "tests/unit/check.h"
#include <stdio.h>
#include <stdlib.h>

#define NOON ((struct instant){1795665600000}) /* 2026-11-26T04:00:00Z */

struct seen {
    long count, issues, dangling;
    struct {
        char type[40];
        long n;
    } types[64];
    char *ids; /* " Type/id " … */
    size_t bytes, room;
    uint64_t sum;
    char first_issue[300];
    long fail_at;
};

static bool is_there(struct seen *s, struct str reference)
{
    char text[160];
    snprintf(text, sizeof text, " %.*s ", (int)reference.bytes, reference.at);
    return s->ids && strstr(s->ids, text);
}

static void look_at_references(struct seen *s, const struct tape *t)
{
    for (uint32_t n = 0; n < t->count; n++)
        if (str_is_text(tape_name(t, n), "reference") && t->nodes[n].kind == TAPE_TEXT) {
            struct str raw = tape_raw(t, n);
            if (!is_there(s, (struct str){raw.at + 1, raw.bytes - 2})) s->dangling++;
        }
}

static void keep_id(struct seen *s, struct str type, struct str id)
{
    if (s->bytes + type.bytes + id.bytes + 4 > s->room) {
        s->room = s->room ? 2 * s->room : 65536;
        s->ids = realloc(s->ids, s->room);
    }
    s->bytes += (size_t)snprintf(s->ids + s->bytes, s->room - s->bytes, " %.*s/%.*s ", (int)type.bytes,
                                 type.at, (int)id.bytes, id.at);
}

static enum err look(void *ctx, struct str type, struct str id, struct str body)
{
    struct seen *s = ctx;
    struct arena *arena = arena_new(8 << 20);
    struct tape tape;
    struct tape_fault fault;
    struct validate_report report = {0};
    if (s->fail_at && s->count == s->fail_at) return arena_free(arena), ERR_DISK_FULL;
    CHECK_OK(tape_read(arena, body, 100000, &tape, &fault));
    CHECK_OK(validate_resource(&tape, 0, fhir_resource_of(type), arena, 8, &report));
    if (report.count && !s->issues)
        snprintf(s->first_issue, sizeof s->first_issue, "%s %s", report.issues[0].path,
                 report.issues[0].what);
    s->issues += report.count;
    look_at_references(s, &tape);
    keep_id(s, type, id);
    for (size_t i = 0; i < body.bytes; i++)
        s->sum = s->sum * 1099511628211u + (uint8_t)body.at[i];
    s->count++;
    for (int i = 0; i < 64; i++) {
        if (!s->types[i].n)
            snprintf(s->types[i].type, sizeof s->types[i].type, "%.*s", (int)type.bytes, type.at);
        if (!str_is_text(type, s->types[i].type)) continue;
        s->types[i].n++;
        break;
    }
    arena_free(arena);
    return OK;
}

static long count_of(const struct seen *s, const char *type)
{
    for (int i = 0; i < 64; i++)
        if (strcmp(s->types[i].type, type) == 0) return s->types[i].n;
    return 0;
}

static enum err count_only(void *ctx, struct str type, struct str id, struct str body)
{
    struct seen *s = ctx;
    (void)id, (void)body;
    s->count++;
    for (int i = 0; i < 64; i++) {
        if (!s->types[i].n)
            snprintf(s->types[i].type, sizeof s->types[i].type, "%.*s", (int)type.bytes, type.at);
        if (!str_is_text(type, s->types[i].type)) continue;
        s->types[i].n++;
        break;
    }
    return OK;
}

TEST(every_body_of_the_demo_is_valid_and_refers_to_what_came_before)
{
    struct seen s = {0};
    CHECK_OK(demo_site(NOON, 30, 0, look, &s));
    if (s.issues) check_fail(__FILE__, __LINE__, "%ld issues, the first: %s", s.issues, s.first_issue);
    CHECK_INT(s.dangling, 0);
    CHECK(s.count > 1500);
    free(s.ids);
}

TEST(the_same_day_gives_the_same_demo)
{
    struct seen a = {0}, b = {0}, other = {0};
    CHECK_OK(demo_site(NOON, 3, 0, look, &a));
    CHECK_OK(demo_site(NOON, 3, 0, look, &b));
    CHECK_OK(demo_site((struct instant){NOON.ms + 86400000}, 3, 0, look, &other));
    CHECK(a.sum == b.sum && a.count == b.count);
    CHECK(a.sum != other.sum);
    free(a.ids), free(b.ids), free(other.ids);
}

TEST(the_demo_holds_a_whole_site)
{
    struct seen s = {0};
    int64_t begun = clock_tick_us();
    CHECK_OK(demo_site(NOON, DEMO_DETAINEES, 0, count_only, &s));
    printf("figure demo_generate_ms %" PRId64 "\nfigure demo_resources %ld\n",
           (clock_tick_us() - begun) / 1000, s.count);
    CHECK_INT(count_of(&s, "Patient"), 300);
    CHECK_INT(count_of(&s, "Practitioner"), 300 + 6 + 1 + 12);
    CHECK_INT(count_of(&s, "Organization"), 8 + 2);
    CHECK(count_of(&s, "Task") > 300 + 8);
    CHECK(count_of(&s, "HealthcareService") > 90);
    CHECK_INT(count_of(&s, "PractitionerRole"), 300 + 6 + 1 + 12); /* with its working hours */
    CHECK_INT(count_of(&s, "Device"), 8);
    CHECK(count_of(&s, "Encounter") > 1000 && count_of(&s, "Composition") > 800);
    CHECK(count_of(&s, "Location") > 60);
    CHECK(count_of(&s, "Condition") > 300);
    CHECK(count_of(&s, "MedicationAdministration") > 1000);
    CHECK(count_of(&s, "AllergyIntolerance") > 30);
    /* A year of consultations, today's and those to come; each with its request. */
    CHECK(count_of(&s, "Appointment") > 80);
    CHECK(count_of(&s, "ServiceRequest") == count_of(&s, "Appointment") + 1);
}

/* Whatever the hour, somebody has a consultation today. */
static enum err keep_appointment(void *ctx, struct str type, struct str id, struct str body)
{
    struct seen *s = ctx;
    struct instant start;
    if (!str_is_text(type, "Appointment") || !str_starts(id, STR("demo-now-"))) return OK;
    const char *text = memmem(body.at, body.bytes, "\"start\":\"", 9);
    CHECK(text && instant_from_text((struct str){text + 9, 25}, &start));
    if (start.ms / 86400000 == (int64_t)s->fail_at) s->count++;
    s->issues++;
    return OK;
}

TEST(there_are_bookings_today_at_whatever_hour_the_demo_is_made)
{
    for (int hour = 0; hour < 24; hour += 4) {
        int64_t midnight = NOON.ms / 86400000 * 86400000; /* UTC, eight in the morning there */
        struct seen s = {.fail_at = midnight / 86400000};
        CHECK_OK(
            demo_site((struct instant){midnight + hour * 3600000}, DEMO_DETAINEES, 0, keep_appointment, &s));
        CHECK(s.issues >= 12);
        CHECK(hour >= 16 || s.count >= 6); /* later it is tomorrow there */
    }
}

TEST(a_demo_without_bookings_has_none_from_today_on)
{
    struct seen s = {0};
    CHECK_OK(demo_site(NOON, DEMO_DETAINEES, DEMO_UNBOOKED, keep_appointment, &s));
    CHECK_INT(s.issues, 0);
}

static enum err keep_all_day(void *ctx, struct str type, struct str id, struct str body)
{
    struct seen *s = ctx;
    bool is_all_day = memmem(body.at, body.bytes, "\"allDay\":true", 13) != NULL;
    (void)id;
    CHECK(!is_all_day || str_is_text(type, "PractitionerRole"));
    s->count += is_all_day;
    return OK;
}

TEST(whom_one_logs_in_as_works_at_any_hour_when_the_demo_is_to_be_tried_then)
{
    struct seen s = {0}, usual = {0}, valid = {0};
    CHECK_OK(demo_site(NOON, 3, DEMO_ANY_HOUR, keep_all_day, &s));
    CHECK_INT(s.count, 4 + 1 + 1 + 3); /* of the clinic, interpreter, escort, specialists */
    CHECK_OK(demo_site(NOON, 3, 0, keep_all_day, &usual));
    CHECK_INT(usual.count, 0);
    CHECK_OK(demo_site(NOON, 3, DEMO_ANY_HOUR, look, &valid));
    if (valid.issues)
        check_fail(__FILE__, __LINE__, "%ld issues, the first: %s", valid.issues, valid.first_issue);
    free(valid.ids);
}

TEST(a_demo_that_cannot_be_written_says_so)
{
    struct seen s = {.fail_at = 100};
    CHECK_ERR(demo_site(NOON, 3, 0, look, &s), ERR_DISK_FULL);
    CHECK_INT(s.count, 100);
    free(s.ids);
}

TEST(each_clinical_demo_account_has_its_person_and_no_administrator_has)
{
    CHECK(str_is_text(str_of(demo_person_of("guqinghe")), "Practitioner/demo-guqinghe"));
    CHECK(str_is_text(str_of(demo_person_of("zhuoyuanshan")), "Patient/demo-p001"));
    CHECK(demo_person_of("qiaoyunfei") == NULL);
}

static enum err nothing(void *ctx, struct str type, struct str id, struct str body)
{
    (void)ctx, (void)type, (void)id, (void)body;
    return OK;
}

SWEEP(a_demo_is_generated)
{
    return demo_site(NOON, 1, 0, nothing, NULL);
}
