/* What a question or a write costs does not grow with the store: counted in steps and pages, so that it fails on any machine or on none. */
#include "base/buf.h"
#include "chart.h"

enum { VITALS = 20, SMALL = 16, LARGE = 160 }; /* of a patient; and patients */

/* A patient with vital signs, and who wrote them, in one transaction. */
static void add_file(struct chart *c, int n)
{
    struct buf b;
    buf_init(&b, 1 << 20);
    buf_printf(&b,
               "{\"resourceType\":\"Bundle\",\"type\":\"transaction\",\"entry\":[{\"fullUrl\":"
               "\"urn:uuid:00000000-0000-4000-8000-000000000000\",\"request\":{\"method\":\"PUT\",\"url\":"
               "\"Patient/p%d\"},\"resource\":{\"resourceType\":\"Patient\",\"id\":\"p%d\",\"identifier\":[{"
               "\"system\":\"urn:x\",\"value\":\"L%d\"}],\"name\":[{\"family\":\"曾%d号\"}],\"birthDate\":"
               "\"%d-%02d-%02d\"}}",
               n, n, n, n, 1950 + n / 12, n % 12 + 1, n % 28 + 1);
    for (int i = 0; i < VITALS; i++) {
        buf_printf(
            &b,
            ",{\"fullUrl\":\"urn:uuid:00000000-0000-4000-8000-0000000001%02d\",\"request\":{\"method\":"
            "\"PUT\",\"url\":\"Observation/o%d-%d\"},\"resource\":{\"resourceType\":\"Observation\","
            "\"id\":\"o%d-%d\",\"status\":\"preliminary\",\"code\":{\"coding\":[{\"system\":"
            "\"http://loinc.org\",\"code\":\"%s\"}]},\"subject\":{\"reference\":\"Patient/p%d\"},"
            "\"effectiveDateTime\":\"2026-%02d-%02d\",\"valueQuantity\":{\"value\":%d,\"unit\":"
            "\"/min\"}}}",
            i, n, i, n, i, i % 3 ? "8867-4" : "8310-5", n, i % 12 + 1, n % 28 + 1, 60 + i);
        buf_printf(
            &b,
            ",{\"request\":{\"method\":\"POST\",\"url\":\"Provenance\"},\"resource\":{\"resourceType\":"
            "\"Provenance\",\"target\":[{\"reference\":\"Observation/o%d-%d\"}],\"recorded\":"
            "\"2026-03-01T09:30:00+08:00\",\"agent\":[{\"who\":{\"identifier\":{\"system\":\"urn:x\","
            "\"value\":\"d%d\"}}}]}}",
            n, i, n);
    }
    buf_add_text(&b, "]}");
    buf_add_char(&b, 0);
    CHECK_OK(b.err ? b.err : chart_bundle(c, b.at));
    buf_done(&b);
    arena_free(c->arena);
    CHECK((c->arena = arena_new((size_t)64 << 20)) != NULL);
}

/* What is asked when a chart is opened and read, and by programs; all of one patient's, or of one thing. */
static const struct {
    const char *type, *query;
    int found;
} asked[] = {
    {"Observation", "patient=p3&code=http://loinc.org|8867-4&_sort=-date&_count=20", 13},
    {"Observation", "patient=p3&_count=20", 20},
    {"Observation", "patient=p3&_count=5", 5},
    {"Observation", "patient=p3&category=vital-signs&_sort=-date&_count=20", 0},
    {"Observation", "code=8310-5&patient=p3&date=ge2026-06-01&_count=10", 3},
    {"Observation", "patient=p3&_summary=count", 0},
    {"Observation", "patient=p3&_include=Observation:subject&_count=50", 20},
    {"Observation", "subject:Patient.identifier=urn:x|L3&_count=50", 20},
    {"Observation", "_count=20", 20},
    {"Observation", "_id=o3-4", 1},
    {"Condition", "patient=p3&_count=50", 0},
    {"Patient", "identifier=urn:x|L3", 1},
    {"Patient", "family=曾3号", 1},
    {"Patient", "birthdate=1950-04-04", 1},
    {"Patient", "_id=p3&_revinclude=Observation:subject", 1},
    {"Patient", "identifier=urn:x|L3&_has:Observation:patient:code=8310-5", 1},
    {"Provenance", "target=Observation/o3-4", 1},
    {"Provenance", "agent:identifier=urn:x|d3&_count=50", 20},
    {"Provenance", "_count=20", 20},
};
enum { ASKED = COUNT_OF(asked), WRITES = 6 };

static const char *vital(const char *value)
{
    static char body[400];
    snprintf(
        body, sizeof body,
        "{\"resourceType\":\"Observation\",\"id\":\"o3-4\",\"status\":\"preliminary\",\"code\":{\"coding\":[{"
        "\"system\":\"http://loinc.org\",\"code\":\"8867-4\"}]},\"subject\":{\"reference\":\"Patient/p3\"},"
        "\"effectiveDateTime\":\"2026-05-04\",\"valueQuantity\":{\"value\":%s,\"unit\":\"/min\"}}",
        value);
    return body;
}

static const char *const writes[WRITES] = {"create", "update", "patch", "read", "delete", "provenance"};

static void write_each(struct chart *c, struct db_work ret[WRITES])
{
    char id[65];
    CHECK_OK(chart_create(c, "Observation", vital("61")));
    snprintf(id, sizeof id, "%.*s", (int)c->last.head.id.bytes, c->last.head.id.at);
    ret[0] = c->work;
    CHECK_OK(chart_update(c, "Observation", "o3-4", 0, vital("62")));
    ret[1] = c->work;
    CHECK_OK(chart_patch(c, "Observation", "o3-4",
                         "[{\"op\":\"replace\",\"path\":\"/valueQuantity/value\",\"value\":64}]"));
    ret[2] = c->work;
    CHECK_OK(chart_read(c, "Observation", "o3-4"));
    ret[3] = c->work;
    CHECK_OK(chart_delete(c, "Observation", id));
    ret[4] = c->work;
    CHECK_OK(
        chart_create(c, "Provenance",
                     "{\"resourceType\":\"Provenance\",\"target\":[{\"reference\":\"Observation/o3-4\"}],"
                     "\"recorded\":\"2026-03-01T09:30:00+08:00\",\"agent\":[{\"who\":{\"identifier\":{"
                     "\"system\":\"urn:x\",\"value\":\"d3000\"}}}]}"));
    ret[5] = c->work;
}

/* Each once before, so that statements are ready and what is kept in memory is there. */
static void measure(struct chart *c, struct db_work searches[ASKED], struct db_work written[WRITES])
{
    for (int turn = 0; turn < 2; turn++) {
        for (int i = 0; i < ASKED; i++) {
            CHECK_INT(chart_count(c, asked[i].type, asked[i].query), asked[i].found);
            searches[i] = c->work;
        }
    }
    write_each(c, written);
    write_each(c, written);
}

/* A tree of a store ten times as large has a level more at most, and its cursors take a few steps more. */
static void check_grown(const char *what, struct db_work from, struct db_work to)
{
    bool has_grown =
        to.steps > from.steps + from.steps / 4 + 40 || to.pages > from.pages + from.pages / 2 + 16;
    if (has_grown)
        printf("  %s: %lld steps and %lld pages, %lld and %lld in a large store\n", what,
               (long long)from.steps, (long long)from.pages, (long long)to.steps, (long long)to.pages);
    CHECK(!has_grown);
    if (to.plans) printf("  %s: planned %lld times\n", what, (long long)to.plans);
    CHECK_INT(to.plans, 0); /* each statement is ready */
}

TEST(searches_and_writes_cost_in_a_large_store_what_they_cost_in_a_small_one)
{
    struct chart c;
    struct db_work few[ASKED], many[ASKED], few_written[WRITES], many_written[WRITES];
    CHECK_OK(chart_open(&c));
    for (int n = 0; n < SMALL; n++)
        add_file(&c, n);
    measure(&c, few, few_written);
    chart_close(&c);
    CHECK_OK(chart_open(&c));
    for (int n = 0; n < LARGE; n++)
        add_file(&c, n);
    measure(&c, many, many_written);
    chart_close(&c);
    for (int i = 0; i < ASKED; i++)
        check_grown(asked[i].query, few[i], many[i]);
    for (int i = 0; i < WRITES; i++)
        check_grown(writes[i], few_written[i], many_written[i]);
}
