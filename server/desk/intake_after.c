/* What becomes of an intake: records of the chart, and the way of an allegation of ill-treatment. */
#include "desk/chart_write.h"
#include "desk/intake_own.h"
#include "desk/opinion_text.h"
#include "records/search.h"
#include <stdio.h>

enum { BODY_MAX = 16 * 1024 };
#define TERMS "http://terminology.hl7.org/CodeSystem/"
#define LOINC "http://loinc.org"

/* One of a kind with its own id: there already, it is not made again. */
struct making {
    struct tx *tx;
    struct record_reader *server;
    const struct sickcall_by *by;
    const struct intake *in;
    const struct chart_item *form;
    struct buf body;
    struct json_out o;
    uint32_t made;
};

static enum err open_one(struct making *m, const char *type, const char *behind, struct str *ret_id,
                         bool *ret_is_there)
{
    struct record_head head;
    enum err err = intake_beside(m->server, m->in, behind, ret_id);
    if (err) return err;
    err = record_head_find(m->tx, m->server->arena, fhir_resource_of(str_of(type)), *ret_id, &head);
    *ret_is_there = !err;
    if (err != ERR_NOT_FOUND) return err;
    buf_init(&m->body, BODY_MAX);
    json_out_init(&m->o, &m->body);
    json_open(&m->o, NULL);
    json_put_text(&m->o, "resourceType", type);
    json_put_str(&m->o, "id", *ret_id);
    return OK;
}

static enum err close_one(struct making *m, const char *type, struct str id)
{
    struct str text;
    json_close(&m->o);
    enum err err = chart_take(m->server, &m->body, &text);
    if (!err) err = chart_write(m->tx, m->server, fhir_resource_of(str_of(type)), id, 0, text, NULL, NULL);
    m->made += !err;
    return err;
}

static void put_concept(struct json_out *o, const char *key, const char *system, struct str code,
                        struct str words)
{
    json_open(o, key);
    if (code.bytes) {
        json_open_array(o, "coding");
        json_open(o, NULL);
        json_put_text(o, "system", system);
        json_put_str(o, "code", code);
        if (words.bytes) json_put_str(o, "display", words);
        json_close(o);
        json_close_array(o);
    }
    json_put_str(o, "text", words.bytes ? words : code);
    json_close(o);
}

static void put_states(struct json_out *o, const char *kind, const char *verified)
{
    char system[96];
    snprintf(system, sizeof system, TERMS "%s-clinical", kind);
    chart_put_code(o, "clinicalStatus", system, "active", NULL);
    snprintf(system, sizeof system, TERMS "%s", verified);
    chart_put_code(o, "verificationStatus", system, "confirmed", NULL);
}

/* Who recorded it, when and about whom. */
static enum err put_origin(struct making *m, const char *subject)
{
    chart_put_reference(&m->o, subject, m->in->patient);
    chart_put_reference(&m->o, "encounter", m->in->stay);
    json_put_instant(&m->o, "recordedDate", m->tx->now);
    return chart_put_person(m->tx, m->server, &m->o, "recorder", m->by->account, m->by->display);
}

static enum err make_allergy(struct making *m, uint32_t nth, uint32_t line)
{
    struct str id, substance = intake_form_field(m->server, m->form, line, "substance"),
                   reaction = intake_form_field(m->server, m->form, line, "reaction");
    char behind[24];
    bool is_there;
    if (substance.bytes == 0) return OK;
    snprintf(behind, sizeof behind, "-a%u", nth + 1);
    enum err err = open_one(m, "AllergyIntolerance", behind, &id, &is_there);
    if (err || is_there) return err;
    put_states(&m->o, "allergyintolerance", "allergyintolerance-verification");
    put_concept(&m->o, "code", "", (struct str){"", 0}, substance);
    err = put_origin(m, "patient");
    if (reaction.bytes) {
        json_open_array(&m->o, "reaction");
        json_open(&m->o, NULL);
        json_open_array(&m->o, "manifestation");
        put_concept(&m->o, NULL, "", (struct str){"", 0}, reaction);
        json_close_array(&m->o);
        json_close(&m->o);
        json_close_array(&m->o);
    }
    enum err closed = close_one(m, "AllergyIntolerance", id);
    return err ? err : closed;
}

static enum err make_problem(struct making *m, uint32_t nth, uint32_t line)
{
    struct str id, code = intake_form_field(m->server, m->form, line, "code"),
                   words = intake_form_field(m->server, m->form, line, "words");
    char behind[24];
    bool is_there;
    if (code.bytes == 0 && words.bytes == 0) return OK;
    snprintf(behind, sizeof behind, "-p%u", nth + 1);
    enum err err = open_one(m, "Condition", behind, &id, &is_there);
    if (err || is_there) return err;
    put_states(&m->o, "condition", "condition-ver-status");
    json_open_array(&m->o, "category");
    chart_put_code(&m->o, NULL, TERMS "condition-category", "problem-list-item", NULL);
    json_close_array(&m->o);
    put_concept(&m->o, "code", OPINION_ICD10_SYSTEM, code, words);
    err = put_origin(m, "subject");
    enum err closed = close_one(m, "Condition", id);
    return err ? err : closed;
}

static void put_quantity(struct json_out *o, struct str value, const char *unit, const char *code)
{
    json_open(o, "valueQuantity");
    json_put_raw(o, "value", value);
    json_put_text(o, "unit", unit);
    json_put_text(o, "system", "http://unitsofmeasure.org");
    json_put_text(o, "code", code);
    json_close(o);
}

static void put_component(struct making *m, const char *code, struct str value)
{
    json_open(&m->o, NULL);
    chart_put_code(&m->o, "code", LOINC, code, NULL);
    put_quantity(&m->o, value, "mmHg", "mm[Hg]");
    json_close(&m->o);
}

static void begin_measure(struct making *m, const char *code)
{
    json_put_text(&m->o, "status", "final");
    json_open_array(&m->o, "category");
    chart_put_code(&m->o, NULL, TERMS "observation-category", "vital-signs", NULL);
    json_close_array(&m->o);
    chart_put_code(&m->o, "code", LOINC, code, NULL);
    chart_put_reference(&m->o, "subject", m->in->patient);
    chart_put_reference(&m->o, "encounter", m->in->stay);
    json_put_instant(&m->o, "effectiveDateTime",
                     m->in->facts.begun.ms ? m->in->facts.begun : m->in->facts.signed_at);
}

static enum err make_pressure(struct making *m)
{
    struct str id, high = intake_form_answer(m->server, m->form, "vital.systolic"),
                   low = intake_form_answer(m->server, m->form, "vital.diastolic");
    bool is_there;
    if (high.bytes == 0 || low.bytes == 0) return OK;
    enum err err = open_one(m, "Observation", "-v0", &id, &is_there);
    if (err || is_there) return err;
    begin_measure(m, "85354-9");
    json_open_array(&m->o, "component");
    put_component(m, "8480-6", high);
    put_component(m, "8462-4", low);
    json_close_array(&m->o);
    return close_one(m, "Observation", id);
}

static enum err make_measures(struct making *m)
{
    static const struct {
        const char *link, *behind, *code, *unit, *ucum;
    } all[] = {{"vital.pulse", "-v1", "8867-4", "/min", "/min"},
               {"vital.temperature", "-v2", "8310-5", "℃", "Cel"},
               {"vital.weight", "-v3", "29463-7", "kg", "kg"}};
    enum err err = make_pressure(m);
    for (size_t i = 0; i < COUNT_OF(all) && !err; i++) {
        struct str id, value = intake_form_answer(m->server, m->form, all[i].link);
        bool is_there;
        if (value.bytes == 0) continue;
        err = open_one(m, "Observation", all[i].behind, &id, &is_there);
        if (err || is_there) continue;
        begin_measure(m, all[i].code);
        put_quantity(&m->o, value, all[i].unit, all[i].ucum);
        err = close_one(m, "Observation", id);
    }
    return err;
}

enum err intake_make_records(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                             const struct intake *in, uint32_t *ret_made)
{
    struct chart_item form;
    struct making m = {.tx = tx, .server = server, .by = by, .in = in, .form = &form};
    enum err err = intake_part_read(tx, server, in, INTAKE_FORM, &form);
    uint32_t line;
    for (uint32_t i = 0; !err && (line = intake_form_line(&form, "allergies", i)) != TAPE_NONE; i++)
        err = make_allergy(&m, i, line);
    for (uint32_t i = 0; !err && (line = intake_form_line(&form, "problems", i)) != TAPE_NONE; i++)
        err = make_problem(&m, i, line);
    if (!err) err = make_measures(&m);
    if (!err) *ret_made = m.made;
    return err;
}

/* -- an allegation -- */

bool intake_body_is(struct str to)
{
    static const char *const bodies[] = {"procuratorate", "health-authority", "supervisory", "lawyer"};
    for (size_t i = 0; i < COUNT_OF(bodies); i++)
        if (str_is_text(to, bodies[i])) return true;
    return false;
}

static enum err read_allegation(struct tx *tx, struct record_reader *server, struct str id,
                                struct intake_allegation *ret)
{
    struct chart_item item;
    enum err err = chart_one(tx, server, "Task", id, &item);
    if (err) return err;
    if (!str_is_text(chart_text(server, &item, 0, "code.coding.code"), "allegation") || id.bytes < 2)
        return ERR_NOT_FOUND;
    *ret = (struct intake_allegation){
        .head = item.head,
        .made = chart_instant(server, chart_text(server, &item, 0, "authoredOn")),
        .sent = chart_instant(server, chart_text(server, &item, 0, "executionPeriod.end")),
        .to = chart_text(server, &item, 0, "performerType.coding.code"),
        .patient = chart_text(server, &item, 0, "for.reference"),
        .intake = {item.head.id.at, item.head.id.bytes - 2}}; /* less "-r" */
    return OK;
}

enum err intake_allegation_read(struct tx *tx, struct record_reader *server, const struct intake *in,
                                struct intake_allegation *ret)
{
    struct str id;
    enum err err = intake_beside(server, in, "-r", &id);
    return err ? err : read_allegation(tx, server, id, ret);
}

enum err intake_allegation_at(struct tx *tx, struct record_reader *server, int64_t row,
                              struct intake_allegation *ret)
{
    struct record_head head;
    enum err err = record_head_at(tx, server->arena, row, &head);
    if (!err && (head.is_deleted || head.resource != fhir_resource_of(STR("Task")))) err = ERR_NOT_FOUND;
    return err ? err : read_allegation(tx, server, head.id, ret);
}

enum err intake_allegation_rows(struct tx *tx, struct record_reader *who, struct instant since,
                                int64_t ret_rows[INTAKE_ALLEGATIONS_MAX], uint32_t *ret_n)
{
    static const char of[] = "code=" SICKCALL_TASK "|allegation&status=";
    struct record_fault fault = {0};
    char from[INSTANT_TEXT_BYTES];
    uint32_t sent = 0;
    uint16_t type = fhir_resource_of(STR("Task"));
    instant_text(since, from);
    const char *open = arena_printf(who->arena, "%srequested&_sort=authored-on", of);
    const char *late = arena_printf(who->arena, "%saccepted&modified=ge%s&_sort=-modified", of, from);
    if (!open || !late) return ERR_NOMEM;
    enum err err = search_rows(tx, who, type, str_of(open), ret_rows, INTAKE_ALLEGATIONS_MAX, ret_n, &fault);
    if (!err && !fault.status && *ret_n < INTAKE_ALLEGATIONS_MAX)
        err = search_rows(tx, who, type, str_of(late), ret_rows + *ret_n, INTAKE_ALLEGATIONS_MAX - *ret_n,
                          &sent, &fault);
    *ret_n += sent;
    return !err && fault.status ? ERR_BAD_INPUT : err;
}

static enum err write_allegation(struct making *m, const struct intake_allegation *a)
{
    struct str id, text;
    enum err err = intake_beside(m->server, m->in, "-r", &id);
    char *focus = arena_printf(m->server->arena, "QuestionnaireResponse/%.*s-i",
                               (int)m->in->item.head.id.bytes, m->in->item.head.id.at);
    if (err || !focus) return err ? err : ERR_NOMEM;
    buf_init(&m->body, BODY_MAX);
    json_out_init(&m->o, &m->body);
    json_open(&m->o, NULL);
    json_put_text(&m->o, "resourceType", "Task");
    json_put_str(&m->o, "id", id);
    chart_put_label(&m->o, TERMS "v3-Confidentiality", "R");
    json_put_text(&m->o, "status", a->sent.ms ? "accepted" : "requested");
    json_put_text(&m->o, "intent", "order");
    chart_put_code(&m->o, "code", SICKCALL_TASK, "allegation", NULL);
    chart_put_reference(&m->o, "focus", str_of(focus));
    chart_put_reference(&m->o, "for", m->in->patient);
    json_put_instant(&m->o, "authoredOn", a->made);
    json_put_instant(&m->o, "lastModified", m->tx->now);
    if (a->sent.ms) {
        json_open_array(&m->o, "performerType");
        put_concept(&m->o, NULL, "urn:yunqiao:outside-body", a->to, (struct str){"", 0});
        json_close_array(&m->o);
        json_open(&m->o, "executionPeriod");
        json_put_instant(&m->o, "end", a->sent);
        json_close(&m->o);
        err = chart_put_person(m->tx, m->server, &m->o, "owner", m->by->account, m->by->display);
    }
    json_close(&m->o);
    enum err taken = chart_take(m->server, &m->body, &text);
    if (!err) err = taken;
    return err ? err : chart_write(m->tx, m->server, fhir_resource_of(STR("Task")), id, 0, text, NULL, NULL);
}

enum err intake_allegation_make(struct tx *tx, struct record_reader *server, const struct intake *in)
{
    struct making m = {.tx = tx, .server = server, .in = in};
    return write_allegation(&m, &(struct intake_allegation){.made = tx->now});
}

enum err intake_allegation_send(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                                const struct intake *in, struct str to)
{
    struct making m = {.tx = tx, .server = server, .by = by, .in = in};
    struct intake_allegation a;
    enum err err = intake_allegation_read(tx, server, in, &a);
    if (err) return err;
    a.sent = tx->now, a.to = to;
    return write_allegation(&m, &a);
}
