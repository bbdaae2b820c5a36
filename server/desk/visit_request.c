#include "desk/visit_request.h"
#include "desk/chart_write.h"
#include "desk/departments.h"
#include "desk/visit_texts.h"
#include "desk/waiting.h"
#include "records/label.h"
#include <stdio.h>

enum { BODY_MAX = 64 * 1024, WORDS_MAX = 200 };

/* -- bodies -- */

static const char *words_of(struct record_reader *server, const struct visit_ask *ask)
{
    char words[WORDS_MAX] = "";
    size_t n = 0;
    for (uint8_t i = 0; i < ask->need_count; i++) {
        const struct department *d =
            ask->needs[i].kind == AGENDA_SPECIALIST ? department_of(ask->needs[i].what) : NULL;
        if (d && n < sizeof words)
            n += (size_t)snprintf(words + n, sizeof words - n, "%s%s", n ? visit_text_and : "", d->words);
    }
    return arena_printf(server->arena, "%s%s", words, visit_text_name);
}

static void put_extensions(struct record_reader *server, struct json_out *o, const struct visit_ask *ask)
{
    json_open_array(o, "extension");
    for (uint8_t i = 0; i < ask->need_count; i++) {
        json_open(o, NULL);
        json_put_text(o, "url", WAITING_NEED);
        json_put_str(o, "valueCode", booking_need_code(server->arena, &ask->needs[i]));
        json_close(o);
    }
    json_open(o, NULL);
    json_put_text(o, "url", WAITING_MINUTES);
    json_put_int(o, "valueUnsignedInt", ask->minutes);
    json_close(o);
    for (uint32_t label = 1; label <= RECORD_LABEL_SEXUALITY; label <<= 1) {
        if (!(ask->labels & label)) continue;
        json_open(o, NULL);
        json_put_text(o, "url", VISIT_LABEL);
        json_put_text(o, "valueCode", label_secret_code(label));
        json_close(o);
    }
    json_close_array(o);
}

static void put_references(struct json_out *o, const char *key, const struct str *references, uint8_t n)
{
    if (n == 0) return;
    json_open_array(o, key);
    for (uint8_t i = 0; i < n; i++)
        chart_put_reference(o, NULL, references[i]);
    json_close_array(o);
}

static enum err put_request(struct tx *tx, struct record_reader *server, const struct visit_by *by,
                            const struct visit_ask *ask, struct str id, struct json_out *o)
{
    json_open(o, NULL);
    json_put_text(o, "resourceType", "ServiceRequest");
    if (id.bytes) json_put_str(o, "id", id);
    put_extensions(server, o, ask);
    json_put_text(o, "status", "draft");
    json_put_text(o, "intent", "order");
    json_open_array(o, "category");
    chart_put_code(o, NULL, VISIT_CATEGORY, "consultation", NULL);
    json_close_array(o);
    json_put_text(o, "priority", waiting_priority(ask->triage));
    json_open(o, "code");
    const char *words = words_of(server, ask);
    if (!words) o->to->err = ERR_NOMEM;
    json_put_text(o, "text", words);
    json_close(o);
    chart_put_local(o, "subject", "Patient", ask->patient);
    if (ask->from.bytes) chart_put_local(o, "encounter", "Encounter", ask->from);
    json_put_instant(o, "authoredOn", tx->now);
    enum err err = chart_put_person(tx, server, o, "requester", by->account, by->display);
    put_references(o, "performer", ask->named, ask->named_count);
    if (ask->question.bytes) {
        json_open_array(o, "reasonCode");
        json_open(o, NULL);
        json_put_str(o, "text", ask->question);
        json_close(o);
        json_close_array(o);
    }
    put_references(o, "supportingInfo", ask->attached, ask->attached_count);
    json_close(o);
    return err;
}

static enum err write_request(struct tx *tx, struct record_reader *server, const struct visit_by *by,
                              const struct visit_ask *ask, const struct visit *old, struct record_head *ret)
{
    struct buf body;
    struct json_out o;
    struct str text, id = old ? old->request.head.id : (struct str){"", 0};
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    enum err err = put_request(tx, server, by, ask, id, &o);
    if (err) buf_done(&body);
    if (!err) err = chart_take(server, &body, &text);
    return err ? err
               : chart_write(tx, server, fhir_resource_of(STR("ServiceRequest")), id, 0, text, ret, NULL);
}

static enum err write_encounter(struct tx *tx, struct record_reader *server, const struct visit_ask *ask,
                                struct str request, struct record_head *ret)
{
    struct buf body;
    struct json_out o;
    struct str text;
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    visit_put_encounter(&o, ask->patient, request);
    enum err err = chart_take(server, &body, &text);
    return err ? err
               : chart_write(tx, server, fhir_resource_of(STR("Encounter")), STR(""), 0, text, ret, NULL);
}

enum err visit_request_write(struct tx *tx, struct record_reader *server, const struct visit_by *by,
                             const struct visit_ask *ask, const struct visit *old, struct visit *ret)
{
    struct record_head request, encounter;
    enum err err = write_request(tx, server, by, ask, old, &request);
    if (!err && !old) err = write_encounter(tx, server, ask, request.id, &encounter);
    if (!err) err = visit_find(tx, server, old ? old->encounter.head.id : encounter.id, ret);
    return err;
}

/* -- what it says -- */

const char *visit_request_lacks(struct record_reader *server, const struct visit *v)
{
    bool has_specialist = false;
    struct booking_need need;
    uint32_t all = v->has_request ? tape_get(&v->request.tape, 0, STR("extension")) : TAPE_NONE;
    for (uint32_t i = 0, at; (at = tape_at(&v->request.tape, all, i)) != TAPE_NONE; i++)
        if (tape_is_text(&v->request.tape, tape_get(&v->request.tape, at, STR("url")), WAITING_NEED) &&
            booking_need_from(server->arena, chart_text(server, &v->request, at, "valueCode"), &need) &&
            need.kind == AGENDA_SPECIALIST)
            has_specialist = true;
    if (!has_specialist) return "specialties";
    return str_trim(chart_text(server, &v->request, 0, "reasonCode.text")).bytes ? NULL : "question";
}

uint32_t visit_request_labels(struct record_reader *server, const struct visit *v)
{
    uint32_t said = 0, all = v->has_request ? tape_get(&v->request.tape, 0, STR("extension")) : TAPE_NONE;
    for (uint32_t i = 0, at; (at = tape_at(&v->request.tape, all, i)) != TAPE_NONE; i++)
        if (tape_is_text(&v->request.tape, tape_get(&v->request.tape, at, STR("url")), VISIT_LABEL))
            said |= label_secret_from(chart_text(server, &v->request, at, "valueCode"));
    return said;
}

enum err visit_request_attach(struct tx *tx, struct record_reader *server, struct visit *v,
                              const struct str *references, uint8_t n)
{
    struct buf steps;
    struct json_out o;
    bool has_some = tape_get(&v->request.tape, 0, STR("supportingInfo")) != TAPE_NONE;
    buf_init(&steps, BODY_MAX);
    json_out_init(&o, &steps);
    json_open_array(&o, NULL);
    for (uint8_t i = 0; i < n; i++) {
        bool is_first = i == 0 && !has_some;
        chart_put_step(&o, "add", is_first ? "/supportingInfo" : "/supportingInfo/-");
        if (is_first) json_open_array(&o, "value");
        chart_put_reference(&o, is_first ? NULL : "value", references[i]);
        if (is_first) json_close_array(&o);
        json_close(&o);
    }
    json_close_array(&o);
    return visit_patch(tx, server, v, true, &steps);
}

/* -- asked back -- */

enum err visit_word_add(struct tx *tx, struct record_reader *server, const struct visit_by *by,
                        const struct visit *v, bool is_answer, struct str words, struct record_head *ret)
{
    struct buf body;
    struct json_out o;
    struct str text;
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "Communication");
    json_open_array(&o, "basedOn");
    chart_put_local(&o, NULL, "ServiceRequest", v->request.head.id);
    json_close_array(&o);
    json_put_text(&o, "status", "completed");
    json_open_array(&o, "category");
    chart_put_code(&o, NULL, VISIT_WORD_SYSTEM, is_answer ? "answer" : "question", NULL);
    json_close_array(&o);
    chart_put_local(&o, "subject", "Patient", v->patient_id);
    chart_put_local(&o, "encounter", "Encounter", v->encounter.head.id);
    json_put_instant(&o, "sent", tx->now);
    enum err err = chart_put_person(tx, server, &o, "sender", by->account, by->display);
    json_open_array(&o, "payload");
    json_open(&o, NULL);
    json_put_str(&o, "contentString", words);
    json_close(&o);
    json_close_array(&o);
    json_close(&o);
    if (err) buf_done(&body);
    if (!err) err = chart_take(server, &body, &text);
    return err ? err
               : chart_write(tx, server, fhir_resource_of(STR("Communication")), STR(""), 0, text, ret, NULL);
}
