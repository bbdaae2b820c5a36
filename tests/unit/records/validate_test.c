#include "../check.h"
#include "base/zone_file.h"
#include "records/primitive.h"
#include "records/validate.h"
#include <stdlib.h>

static const struct {
    enum fhir_primitive type;
    const char *text;
    bool is_good;
} primitives[] = {
    {FHIR_DATE, "2024", true},
    {FHIR_DATE, "2024-02-29", true},
    {FHIR_DATE, "2023-02-29", false},
    {FHIR_DATE, "2024-2-1", false},
    {FHIR_DATE, "2024-13", false},
    {FHIR_DATE, "0000", false},
    {FHIR_DATE, "2024-01-01T00:00:00Z", false},
    {FHIR_DATETIME, "2024-01-01T23:59:60+08:00", true},
    {FHIR_DATETIME, "2024-01-01T10:00Z", false},
    {FHIR_DATETIME, "2024-01-01T10:00:00", false},
    {FHIR_DATETIME, "2024-01", true},
    {FHIR_DATETIME, "2024-01-01T10:00:00.123456Z", true},
    {FHIR_DATETIME, "2024-01-01T10:00:00.Z", false},
    {FHIR_INSTANT, "2024-01-01", false},
    {FHIR_INSTANT, "2015-02-07T13:28:17.239+02:00", true},
    {FHIR_INSTANT, "2015-02-07T13:28:17+15:00", false},
    {FHIR_TIME, "23:59:59", true},
    {FHIR_TIME, "24:00:00", false},
    {FHIR_ID, "a-1.B", true},
    {FHIR_ID, "a_1", false},
    {FHIR_ID, "", false},
    {FHIR_CODE, "in progress", true},
    {FHIR_CODE, "in  progress", false},
    {FHIR_CODE, " x", false},
    {FHIR_CODE, "x ", false},
    {FHIR_OID, "urn:oid:2.16.840.1", true},
    {FHIR_OID, "urn:oid:2.016", false},
    {FHIR_OID, "urn:oid:2.", false},
    {FHIR_OID, "2.16", false},
    {FHIR_UUID, "urn:uuid:c757873d-ec9a-4326-a141-556f43239520", true},
    {FHIR_UUID, "urn:uuid:c757873dec9a4326a141556f43239520", false},
    {FHIR_BASE64BINARY, "YWJj", true},
    {FHIR_BASE64BINARY, "YWI=", true},
    {FHIR_BASE64BINARY, "YW I=\n", true},
    {FHIR_BASE64BINARY, "YWI", false},
    {FHIR_BASE64BINARY, "Y=Jj", false},
    {FHIR_INTEGER, "-5", true},
    {FHIR_INTEGER, "2147483648", false},
    {FHIR_INTEGER, "1.0", false},
    {FHIR_POSITIVEINT, "0", false},
    {FHIR_UNSIGNEDINT, "0", true},
    {FHIR_UNSIGNEDINT, "-1", false},
    {FHIR_URI, "http://a b", false},
    {FHIR_URI, "urn:x", true},
    {FHIR_STRING, "  ", false},
    {FHIR_STRING, "张三", true},
};

TEST(primitives_keep_to_the_formats_of_the_standard)
{
    for (size_t i = 0; i < COUNT_OF(primitives); i++) {
        bool is_good = primitive_fault(primitives[i].type, str_of(primitives[i].text)) == NULL;
        if (is_good != primitives[i].is_good)
            check_fail(__FILE__, __LINE__, "type %d, \"%s\"", primitives[i].type, primitives[i].text);
    }
}

TEST(a_partial_date_spans_its_year_month_day_or_second)
{
    static const struct {
        const char *text, *from, *to;
    } cases[] = {
        {"2024", "2023-12-31T16:00:00Z", "2024-12-31T16:00:00Z"},
        {"2024-02", "2024-01-31T16:00:00Z", "2024-02-29T16:00:00Z"},
        {"2024-12", "2024-11-30T16:00:00Z", "2024-12-31T16:00:00Z"},
        {"2024-02-29", "2024-02-28T16:00:00Z", "2024-02-29T16:00:00Z"},
        {"2024-02-29T08:00:00Z", "2024-02-29T08:00:00Z", "2024-02-29T08:00:01Z"},
        {"2024-02-29T08:00:00.250+08:00", "2024-02-29T00:00:00.250Z", "2024-02-29T00:00:00.251Z"},
        {"1900-02-28", "1900-02-27T16:00:00Z", "1900-02-28T16:00:00Z"},
    };
    struct zone *china;
    CHECK_OK(zone_china(&china));
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct instant from, to, want_from, want_to;
        CHECK(primitive_span(str_of(cases[i].text), china, &from, &to));
        CHECK(instant_from_text(str_of(cases[i].from), &want_from));
        CHECK(instant_from_text(str_of(cases[i].to), &want_to));
        CHECK_INT(from.ms, want_from.ms);
        CHECK_INT(to.ms, want_to.ms);
    }
    struct instant at;
    CHECK(!primitive_span(STR("yesterday"), NULL, &at, &at));
    zone_free(china);
}

TEST(a_day_is_as_long_as_the_sites_clock_makes_it)
{
    static const struct {
        const char *text, *from, *to;
    } cases[] = {
        {"2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z"}, /* 23 hours */
        {"2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"}, /* 25 */
        {"2026-07", "2026-06-30T22:00:00Z", "2026-07-31T22:00:00Z"},
        {"2026", "2025-12-31T23:00:00Z", "2026-12-31T23:00:00Z"},
        {"2026-07-01T10:00:00Z", "2026-07-01T10:00:00Z", "2026-07-01T10:00:01Z"},
    };
    struct zone *berlin;
    if (zone_load(STR("Europe/Berlin"), &berlin)) return; /* no tzdata here */
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct instant from, to, want_from, want_to;
        CHECK(primitive_span(str_of(cases[i].text), berlin, &from, &to));
        CHECK(instant_from_text(str_of(cases[i].from), &want_from) &&
              instant_from_text(str_of(cases[i].to), &want_to));
        CHECK_INT(from.ms, want_from.ms);
        CHECK_INT(to.ms, want_to.ms);
    }
    zone_free(berlin);
}

/* Every issue of a body, one a line: "code path: what". */
static void report_of(const char *body, struct buf *to)
{
    struct arena *arena = arena_new(1 << 20);
    struct tape tape;
    struct tape_fault fault;
    struct validate_report report;
    CHECK_OK(tape_read(arena, str_of(body), 10000, &tape, &fault));
    CHECK_OK(validate_resource(&tape, 0, FHIR_NONE, arena, 20, &report));
    for (uint32_t i = 0; i < report.count; i++)
        buf_printf(to, "%s%s %s: %s", i ? "\n" : "", validate_code_text(report.issues[i].code),
                   report.issues[i].path, report.issues[i].what);
    CHECK_OK(to->err);
    arena_free(arena);
}

TEST(each_fault_is_named_with_its_path)
{
    static const struct {
        const char *body, *issues;
    } cases[] = {
        {"{\"resourceType\":\"Patient\",\"name\":[{\"family\":\"张\",\"given\":[\"三\"]}],\"birthDate\":"
         "\"1980-02\"}",
         ""},
        {"{\"resourceType\":\"Patient\",\"birthdate\":\"1980\"}",
         "structure Patient.birthdate: unknown property"},
        {"{\"resourceType\":\"Patient\",\"gender\":\"f\"}",
         "code-invalid Patient.gender: not in the required value set "
         "http://hl7.org/fhir/ValueSet/administrative-gender"},
        {"{\"resourceType\":\"Patient\",\"name\":{\"family\":\"x\"}}",
         "structure Patient.name: an array is wanted"},
        {"{\"resourceType\":\"Patient\",\"active\":\"true\"}",
         "structure Patient.active: true or false is wanted"},
        {"{\"resourceType\":\"Patient\",\"name\":[{\"given\":[\"a\",\"\"]}]}",
         "value Patient.name[0].given[1]: a text that is not empty is wanted"},
        {"{\"resourceType\":\"Patient\",\"name\":[]}",
         "structure Patient.name: an empty array: leave it out"},
        {"{\"resourceType\":\"Patient\",\"name\":[{}]}",
         "structure Patient.name[0]: an empty object: leave it out"},
        {"{\"resourceType\":\"Patient\",\"deceasedBoolean\":true,\"deceasedDateTime\":\"2024\"}",
         "structure Patient.deceased: only one type of this choice may be given"},
        {"{\"resourceType\":\"Observation\",\"status\":\"final\"}",
         "required Observation.code: required, and missing"},
        {"{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{"
         "\"reference\":\"Claim/1\"}}",
         "value Observation.subject: a reference to a resource of another type"},
        {"{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"subject\":{"
         "\"reference\":"
         "\"http://example.org/fhir/Patient/1/_history/2\"}}",
         ""},
        {"{\"resourceType\":\"Observation\",\"status\":\"final\",\"code\":{\"text\":\"x\"},\"valueQuantity\":"
         "{\"value\":\"1\"}}",
         "structure Observation.valueQuantity.value: a number is wanted"},
        {"{\"resourceType\":\"Medication\",\"ingredient\":[{\"isActive\":true}]}",
         "required Medication.ingredient[0].item: required, and missing"},
        {"{\"resourceType\":\"Patient\",\"_birthDate\":{\"extension\":[{\"url\":\"http://"
         "x\",\"valueString\":\"y\"}]}}",
         ""},
        {"{\"resourceType\":\"Patient\",\"extension\":[{\"url\":\"http://x\"}]}",
         "invariant Patient.extension[0]: ext-1: either a value or extensions, not both and not neither"},
        {"{\"resourceType\":\"Patient\",\"name\":[{\"given\":[null,\"b\"],\"_given\":[{\"id\":\"a\"},null]}]"
         "}",
         ""},
        {"{\"resourceType\":\"Patient\",\"name\":[{\"given\":[null,\"b\"]}]}",
         "structure Patient.name[0].given[0]: a text is wanted"},
        {"{\"resourceType\":\"Patient\",\"contained\":[{\"resourceType\":\"Nobody\"}]}",
         "structure Patient.contained[0]: a resource type that is not known here"},
        {"{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":[{\"resource\":{\"resourceType\":"
         "\"Slot\"}}]}",
         "required Bundle.entry[0].resource.end: required, and missing\n"
         "required Bundle.entry[0].resource.schedule: required, and missing\n"
         "required Bundle.entry[0].resource.start: required, and missing\n"
         "required Bundle.entry[0].resource.status: required, and missing"},
        {"[]", "structure : a resource is wanted"},
        {"{\"name\":1}", "required : resourceType is missing, or no text"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf issues;
        buf_init(&issues, 1 << 16);
        report_of(cases[i].body, &issues);
        if (!str_is_text(buf_str(&issues), cases[i].issues)) {
            printf("  %s\n", cases[i].body);
            CHECK_STR(buf_str(&issues), cases[i].issues);
        }
        buf_done(&issues);
    }
}

TEST(a_resource_of_another_type_than_asked_for_is_said)
{
    struct arena *arena = arena_new(1 << 16);
    struct tape tape;
    struct tape_fault fault;
    struct validate_report report;
    CHECK_OK(tape_read(arena, STR("{\"resourceType\":\"Patient\",\"active\":true}"), 100, &tape, &fault));
    CHECK_OK(validate_resource(&tape, 0, fhir_resource_of(STR("Patient")), arena, 5, &report));
    CHECK_INT(report.count, 0);
    CHECK_OK(validate_resource(&tape, 0, fhir_resource_of(STR("Person")), arena, 5, &report));
    CHECK_INT(report.count, 1);
    arena_free(arena);
}

SWEEP(a_resource_is_validated_or_memory_is_short)
{
    static const char body[] = "{\"resourceType\":\"Patient\",\"gender\":\"\\u0066\",\"x\":1,\"name\":[{"
                               "\"given\":[\"\\u5f20\",1]}]}";
    struct arena *arena = arena_new(1 << 16);
    struct tape tape;
    struct tape_fault fault;
    struct validate_report report;
    if (!arena) return ERR_NOMEM;
    enum err err = tape_read(arena, str_of(body), 100, &tape, &fault);
    if (!err) err = validate_resource(&tape, 0, FHIR_NONE, arena, 10, &report);
    if (!err) CHECK_INT(report.count, 3);
    arena_free(arena);
    return err;
}
