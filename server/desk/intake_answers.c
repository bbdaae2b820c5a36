/* What was answered: the parts of an intake as QuestionnaireResponses, and the Questionnaires that they answer. */
#include "desk/chart_write.h"
#include "desk/intake_own.h"
#include "records/led.h"

#define QUESTIONNAIRE "https://yunqiao.invalid/fhir/Questionnaire/intake-"
enum { BODY_MAX = 256 * 1024 };

enum err intake_beside(struct record_reader *server, const struct intake *in, const char *behind,
                       struct str *ret)
{
    struct str id = in->item.head.id;
    char *text = arena_printf(server->arena, "%.*s%s", (int)id.bytes, id.at, behind);
    if (!text) return ERR_NOMEM;
    *ret = str_of(text);
    return OK;
}

static enum err id_of(struct record_reader *server, const struct intake *in, enum intake_part part,
                      int64_t nth, struct str *ret)
{
    if (part == INTAKE_FORM) return *ret = in->item.head.id, OK;
    if (part == INTAKE_INJURIES) return intake_beside(server, in, "-i", ret);
    char *behind = arena_printf(server->arena, "-%lld", (long long)nth);
    return behind ? intake_beside(server, in, behind, ret) : ERR_NOMEM;
}

enum err intake_part_read(struct tx *tx, struct record_reader *server, const struct intake *in,
                          enum intake_part part, struct chart_item *ret)
{
    struct str id;
    enum err err = id_of(server, in, part, in->assessments + 1, &id);
    if (!err) err = chart_one(tx, server, "QuestionnaireResponse", id, ret);
    if (err != ERR_NOT_FOUND || part != INTAKE_ASSESSMENT || in->assessments == 0) return err;
    err = id_of(server, in, part, in->assessments, &id);
    return err ? err : chart_one(tx, server, "QuestionnaireResponse", id, ret);
}

bool intake_is_own(struct record_reader *server, const struct chart_item *part, struct str account)
{
    return str_is(chart_text(server, part, 0, "author.identifier.value"), account) &&
           str_is_text(chart_text(server, part, 0, "status"), "in-progress");
}

/* -- what is asked -- */

static enum err write_questions(struct tx *tx, struct record_reader *server, enum intake_part part,
                                struct str id)
{
    struct buf body;
    struct json_out o;
    struct str text;
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "Questionnaire");
    json_put_str(&o, "id", id);
    json_put_text(&o, "url", arena_printf(server->arena, QUESTIONNAIRE "%s", intake_part_name(part)));
    json_put_text(&o, "version", "1");
    json_put_text(&o, "title", intake_part_title(part));
    json_put_text(&o, "language", "zh-CN");
    json_put_text(&o, "status", "active");
    json_open_array(&o, "subjectType");
    json_put_text(&o, NULL, "Patient");
    json_close_array(&o);
    intake_form_put_questions(part, &o);
    json_close(&o);
    enum err err = chart_take(server, &body, &text);
    return err ? err
               : chart_write(tx, server, fhir_resource_of(STR("Questionnaire")), id, 0, text, NULL, NULL);
}

/* Written with the first answer to it. */
static enum err ask(struct tx *tx, struct record_reader *server, enum intake_part part)
{
    struct record_head head;
    char *id = arena_printf(server->arena, "intake-%s-1", intake_part_name(part));
    if (!id) return ERR_NOMEM;
    enum err err =
        record_head_find(tx, server->arena, fhir_resource_of(STR("Questionnaire")), str_of(id), &head);
    return err == ERR_NOT_FOUND ? write_questions(tx, server, part, str_of(id)) : err;
}

/* -- what is answered -- */

static void put_head(struct json_out *o, const struct tx *tx, const struct intake *in, enum intake_part part,
                     struct str id, const char *questionnaire)
{
    json_open(o, NULL);
    json_put_text(o, "resourceType", "QuestionnaireResponse");
    json_put_str(o, "id", id);
    if (part == INTAKE_INJURIES)
        chart_put_label(o, "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "R");
    json_open_array(o, "extension");
    json_open(o, NULL);
    json_open_array(o, "extension");
    chart_put_part(o, "part", "valueCode", str_of(intake_part_name(part)));
    json_close_array(o);
    json_put_text(o, "url", LED_INTAKE);
    json_close(o);
    json_close_array(o);
    json_put_text(o, "questionnaire", questionnaire);
    json_put_text(o, "status", "in-progress");
    chart_put_reference(o, "subject", in->patient);
    chart_put_reference(o, "encounter", in->stay);
    json_put_instant(o, "authored", tx->now);
}

static enum err write_answers(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                              const struct intake *in, enum intake_part part, const struct json *answers,
                              const char **ret_where)
{
    struct buf body;
    struct json_out o;
    struct str text, id;
    char *questionnaire = arena_printf(server->arena, QUESTIONNAIRE "%s|1", intake_part_name(part));
    enum err err = questionnaire ? id_of(server, in, part, in->assessments + 1, &id) : ERR_NOMEM;
    if (err) return err;
    buf_init(&body, BODY_MAX);
    json_out_init(&o, &body);
    put_head(&o, tx, in, part, id, questionnaire);
    err = chart_put_person(tx, server, &o, "author", by->account, by->display);
    bool is_good = !err && intake_form_put(part, answers, &o, ret_where);
    if (!is_good) {
        buf_done(&body);
        return err;
    }
    json_close(&o);
    err = chart_take(server, &body, &text);
    return err ? err
               : chart_write(tx, server, fhir_resource_of(STR("QuestionnaireResponse")), id, 0, text, NULL,
                             NULL);
}

/* What the clinic's list shows of consent is kept beside the answers. */
static enum err keep_consent(struct tx *tx, struct record_reader *server, struct intake *in)
{
    struct chart_item item;
    enum err err = intake_part_read(tx, server, in, INTAKE_FORM, &item);
    if (err) return err;
    struct str consent = intake_form_answer(server, &item, "consent");
    if (str_is(consent, in->consent)) return OK;
    in->consent = consent;
    return intake_write(tx, server, in->item.head.id, in);
}

enum err intake_save(struct tx *tx, struct record_reader *server, const struct sickcall_by *by,
                     struct intake *in, enum intake_part part, const struct json *answers,
                     const char **ret_where, enum intake_no *ret_no)
{
    enum intake_state to;
    *ret_where = NULL;
    *ret_no = part != INTAKE_ASSESSMENT ? intake_decide(&in->facts, INTAKE_DO_SAVE, &to)
              : in->facts.assessed.ms   ? intake_decide(&in->facts, INTAKE_DO_REVIEW, &to)
                                        : intake_decide(&in->facts, INTAKE_DO_ASSESS, &to);
    if (*ret_no) return OK;
    enum err err = write_answers(tx, server, by, in, part, answers, ret_where);
    if (err || *ret_where) return err;
    err = ask(tx, server, part);
    return err || part != INTAKE_FORM ? err : keep_consent(tx, server, in);
}

enum err intake_close_part(struct tx *tx, struct record_reader *server, const struct intake *in,
                           enum intake_part part, struct record *ret)
{
    struct chart_item item;
    struct record_fault fault = {0};
    enum err err = intake_part_read(tx, server, in, part, &item);
    if (!err && !str_is_text(chart_text(server, &item, 0, "status"), "in-progress")) err = ERR_NOT_FOUND;
    if (!err)
        err = chart_write_steps(tx, server, &item.head, 0,
                                STR("[{\"op\":\"replace\",\"path\":\"/status\",\"value\":\"completed\"}]"),
                                NULL, NULL);
    if (!err) err = record_read(tx, server, item.head.resource, item.head.id, ret, &fault);
    return !err && fault.status ? ERR_CORRUPT : err;
}
