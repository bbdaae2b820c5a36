/* What narrow roles get of an appointment: no reason, and no search that looks for one. */
#include "../check.h"
#include "records/project.h"

static struct guard as(enum role role)
{
    return (struct guard){.roles = {ROLE_BIT(role)}};
}

static const char appointment[] =
    "{\"resourceType\":\"Appointment\",\"id\":\"1\",\"status\":\"booked\",\"reasonCode\":[{\"text\":"
    "\"canary\"}],"
    "\"_comment\":{\"extension\":[{\"url\":\"x\",\"valueString\":\"canary\"}]},\"comment\":\"canary\","
    "\"minutesDuration\":30,\"participant\":[{\"status\":\"accepted\"}]}";

static struct str projected(enum role role, struct arena *arena)
{
    struct guard g = as(role);
    struct buf to;
    buf_init(&to, 4096);
    CHECK_OK(project_body(&g, fhir_resource_of(STR("Appointment")), str_of(appointment), arena, &to));
    const char *copy = arena_text(arena, to.at, to.bytes);
    struct str text = {copy, to.bytes};
    buf_done(&to);
    CHECK(copy);
    return text;
}

TEST(the_scheduler_gets_an_appointment_without_its_reason)
{
    struct arena *arena = arena_new(1 << 16);
    CHECK(arena);
    CHECK_STR(projected(ROLE_SCHEDULING_ADMIN, arena),
              "{\"resourceType\":\"Appointment\",\"id\":\"1\",\"status\":\"booked\",\"minutesDuration\":30,"
              "\"participant\":[{\"status\":\"accepted\"}]}");
    CHECK_STR(projected(ROLE_PRIVACY_OFFICER, arena),
              "{\"resourceType\":\"Appointment\",\"id\":\"1\",\"status\":\"booked\",\"minutesDuration\":30}");
    CHECK_STR(projected(ROLE_NURSE, arena), appointment);
    arena_free(arena);
}

static struct str hidden(enum role role, const char *type, const char *name, const char *value)
{
    struct guard g = as(role);
    struct arena *arena = arena_new(1 << 16);
    struct query_pair pair = {str_of(name), str_of(value)};
    struct query query;
    struct query_fault fault;
    CHECK(arena);
    CHECK_OK(query_read(fhir_resource_of(str_of(type)), &pair, 1, false, NULL, arena, &query, &fault));
    struct str found = project_query(&g, &query);
    arena_free(arena);
    return found;
}

TEST(no_search_looks_into_what_is_hidden_at_any_hop)
{
    const enum role a = ROLE_SCHEDULING_ADMIN;
    CHECK_STR(hidden(a, "Appointment", "reason-code", "x"), "reason-code");
    CHECK_STR(hidden(a, "Appointment", "based-on:missing", "true"), "based-on");
    CHECK_STR(hidden(a, "Patient", "_has:Appointment:patient:reason-code", "x"), "reason-code");
    CHECK_STR(hidden(a, "AppointmentResponse", "appointment.reason-code", "x"), "reason-code");
    CHECK_STR(hidden(a, "Appointment", "_include", "Appointment:based-on"), "based-on");
    CHECK_STR(hidden(a, "Provenance", "target.reason-code", "x"), "reason-code");
    CHECK_STR(hidden(ROLE_PRIVACY_OFFICER, "Appointment", "patient", "Patient/1"), "patient");
    CHECK_INT(hidden(a, "Appointment", "date", "2026-01-01").bytes, 0);
    CHECK_INT(hidden(a, "Appointment", "actor", "Patient/1").bytes, 0);
    CHECK_INT(hidden(ROLE_CLINIC_DOCTOR, "Appointment", "reason-code", "x").bytes, 0);
}
