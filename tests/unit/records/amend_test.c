/* Amendments: beside a final original, with a reason, and never beside anything else (rule 21). */
#include "chart.h"
#include "records/amend.h"

static const struct guard doctor = {.roles = {ROLE_BIT(ROLE_CLINIC_DOCTOR)}};
static char anna[65], ben[65], note[65], draft[65], measured[65];

static enum err keep(enum err err, const struct chart *c, char to[65])
{
    if (!err) snprintf(to, 65, "%.*s", (int)c->last.head.id.bytes, c->last.head.id.at);
    return err;
}

static const char *composition(const char *status, const char *patient, const char *more)
{
    static char body[2048];
    snprintf(
        body, sizeof body,
        "{\"resourceType\":\"Composition\",\"status\":\"%s\",\"type\":{\"text\":\"note\"},\"subject\":{"
        "\"reference\":"
        "\"Patient/"
        "%s\"},\"date\":\"2026-11-26T10:00:00+08:00\",\"author\":[{\"display\":\"Gu\"}],\"title\":\"t\"%s}",
        status, patient, more);
    return body;
}

#define REASON "\"extension\":[{\"url\":\"" AMEND_REASON_URL "\",\"valueString\":\"a slip of the pen\"}]"

static const char *amending(const char *target, const char *reason)
{
    static char more[512];
    snprintf(more, sizeof more,
             ",%s%s\"relatesTo\":[{\"code\":\"appends\",\"targetReference\":{\"reference\":\"%s\"}}]", reason,
             *reason ? "," : "", target);
    return more;
}

static enum err open_ward(struct chart *c)
{
    enum err err = chart_open(c);
    if (!err)
        err =
            keep(chart_create(c, "Patient", "{\"resourceType\":\"Patient\",\"name\":[{\"text\":\"Anna\"}]}"),
                 c, anna);
    if (!err)
        err = keep(chart_create(c, "Patient", "{\"resourceType\":\"Patient\",\"name\":[{\"text\":\"Ben\"}]}"),
                   c, ben);
    c->guard = &doctor;
    if (!err) err = keep(chart_create(c, "Composition", composition("final", anna, "")), c, note);
    if (!err) err = keep(chart_create(c, "Composition", composition("preliminary", anna, "")), c, draft);
    return err;
}

static bool refuses(struct chart *c, const char *body)
{
    enum err err = chart_create(c, "Composition", body);
    return err == ERR_DENIED && c->fault.status == 422;
}

static const char *to_note(const char *id)
{
    static char text[100];
    snprintf(text, sizeof text, "Composition/%s", id);
    return text;
}

TEST(an_amendment_names_a_final_original_and_says_why)
{
    struct chart c;
    CHECK_OK(open_ward(&c));
    CHECK(refuses(&c, composition("preliminary", anna, amending(to_note(note), ""))));
    CHECK(refuses(&c, composition("preliminary", anna,
                                  amending(to_note(note), "\"extension\":[{\"url\":\"" AMEND_REASON_URL
                                                          "\",\"valueString\":\" \\t\"}]"))));
    CHECK(refuses(&c, composition("preliminary", anna, amending(to_note(draft), REASON))));
    CHECK(refuses(&c, composition("preliminary", ben, amending(to_note(note), REASON))));
    CHECK(refuses(&c, composition("amended", anna, "")));
    CHECK_OK(
        chart_create(&c, "Composition", composition("preliminary", anna, amending(to_note(note), REASON))));
    chart_close(&c);
}

TEST(an_amendment_of_an_amendment_names_the_original_itself)
{
    struct chart c;
    static char amendment[65];
    CHECK_OK(open_ward(&c));
    CHECK_OK(
        keep(chart_create(&c, "Composition", composition("amended", anna, amending(to_note(note), REASON))),
             &c, amendment));
    CHECK(refuses(&c, composition("final", anna, amending(to_note(amendment), REASON))));
    CHECK_OK(chart_create(&c, "Composition", composition("final", anna, amending(to_note(note), REASON))));
    chart_close(&c);
}

TEST(what_is_measured_is_amended_by_another_measurement_of_the_same_kind)
{
    static char body[1024];
    static const char shape[] = "{\"resourceType\":\"Observation\",\"status\":\"%s\",\"code\":{\"text\":"
                                "\"pulse\"},\"subject\":{\"reference\":"
                                "\"Patient/%s\"},\"valueQuantity\":{\"value\":72}%s}";
    static char more[512];
    struct chart c;
    CHECK_OK(open_ward(&c));
    snprintf(body, sizeof body, shape, "final", anna, "");
    CHECK_OK(keep(chart_create(&c, "Observation", body), &c, measured));
    snprintf(more, sizeof more,
             ",\"extension\":[{\"url\":\"" AMEND_URL
             "\",\"valueReference\":{\"reference\":\"Observation/%s\"}},"
             "{\"url\":\"" AMEND_REASON_URL "\",\"valueString\":\"read from the wrong cuff\"}]",
             measured);
    snprintf(body, sizeof body, shape, "amended", anna, more);
    CHECK_OK(chart_create(&c, "Observation", body));
    snprintf(more, sizeof more,
             ",\"extension\":[{\"url\":\"" AMEND_URL
             "\",\"valueReference\":{\"reference\":\"Composition/%s\"}},"
             "{\"url\":\"" AMEND_REASON_URL "\",\"valueString\":\"why\"}]",
             note);
    snprintf(body, sizeof body, shape, "amended", anna, more);
    CHECK_ERR(chart_create(&c, "Observation", body), ERR_DENIED);
    CHECK_OK(chart_read(&c, "Observation", measured));
    CHECK(chart_says(&c, "\"versionId\":\"1\""));
    chart_close(&c);
}

SWEEP(an_amendment_is_checked)
{
    struct chart c;
    enum err err = open_ward(&c);
    if (!err)
        err = chart_create(&c, "Composition", composition("final", anna, amending(to_note(note), REASON)));
    chart_close(&c);
    return err;
}
