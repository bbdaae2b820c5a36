/* Orders, doses and the lists to choose from: docs/PROTOCOL, orders. Whoever has no part in care gets the 404 of what is absent. */
#include "api/api.h"
#include "api/handlers.h"
#include "api/login_parts.h"
#include "api/order_parts.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "auth/password.h"
#include "desk/chart.h"
#include "desk/order.h"
#include "records/codes.h"

enum { FOUND_MAX = 12, TEXT_MAX = 120, REASON_MAX = 1000 };

static const uint32_t carers =
    ROLE_BIT(ROLE_CLINIC_DOCTOR) | ROLE_BIT(ROLE_NURSE) | ROLE_BIT(ROLE_PHARMACIST);

static bool is_carer(struct request *r)
{
    if (r->who.roles.bits & carers) return true;
    answer_fault(r, 404, "not_found", NULL);
    return false;
}

/* -- lists -- */

enum err drugs_search_look(struct request *r, struct tx *tx)
{
    const struct drug *found[FOUND_MAX];
    struct json_out out;
    struct str text;
    (void)tx;
    if (!is_carer(r) || !request_only(r, (const char *const[]){"text", NULL}) ||
        !request_text(r, "text", TEXT_MAX, &text))
        return OK;
    uint32_t n = formulary_search(r->arena, text, found, FOUND_MAX);
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_bool(&out, "checked", formulary_is_whole());
    json_open_array(&out, "drugs");
    for (uint32_t i = 0; i < n; i++) {
        json_open(&out, NULL);
        json_put_text(&out, "code", found[i]->code);
        json_put_text(&out, "display", r->english ? found[i]->en : found[i]->zh);
        json_put_text(&out, "form", found[i]->form);
        json_put_text(&out, "unit", found[i]->unit);
        json_put_text(&out, "route", found[i]->route);
        json_put_bool(&out, "controlled", found[i]->is_controlled);
        json_close(&out);
    }
    json_close_array(&out);
    json_close(&out);
    return OK;
}

enum err codes_search_look(struct request *r, struct tx *tx)
{
    struct code found[FOUND_MAX];
    struct json_out out;
    struct str system, text;
    size_t n = 0;
    bool may = r->who.roles.bits & (carers | ROLE_BIT(ROLE_SPECIALIST)); /* who writes opinions codes them */
    if (!may) return answer_fault(r, 404, "not_found", NULL);
    if (!request_only(r, (const char *const[]){"system", "text", NULL}) ||
        !request_text(r, "system", 20, &system) || !request_text(r, "text", TEXT_MAX, &text))
        return OK;
    if (!str_is_text(system, "icd-10")) return answer_fault(r, 400, "bad_field", "system");
    text = str_trim(text);
    enum err err = text.bytes ? codes_search(tx, r->arena, STR(CODES_ICD10), text, FOUND_MAX, found, &n) : OK;
    if (err) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "codes");
    for (size_t i = 0; i < n; i++) {
        json_open(&out, NULL);
        json_put_str(&out, "code", found[i].code);
        json_put_str(&out, "display", found[i].words);
        json_close(&out);
    }
    json_close_array(&out);
    json_close(&out);
    return OK;
}

/* -- orders -- */

struct order_by order_parts_by(const struct request *r)
{
    return (struct order_by){r->who.account, r->who.display, r->who.roles, r->acting};
}

static bool request_id(struct request *r, const char *key, struct str *ret_id)
{
    if (!request_text(r, key, RECORD_ID_BYTES_MAX, ret_id)) return false;
    if (chart_id_is(*ret_id)) return true;
    answer_fault(r, 400, "bad_field", key);
    return false;
}

enum err order_check_look(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct order_verdict verdict;
    struct json_out out;
    struct str patient, drug;
    if (!is_carer(r) || !request_only(r, (const char *const[]){"patient", "drug", NULL}) ||
        !request_id(r, "patient", &patient) || !request_text(r, "drug", TEXT_MAX, &drug))
        return OK;
    enum err err = record_parts_reader(r, tx, &who);
    if (!err) err = order_look(tx, &who, patient, drug, &verdict);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    const char *target = arena_printf(r->arena, "Patient/%.*s", (int)patient.bytes, patient.at);
    if (!err) err = target ? request_trace(r, &who, r->route->audit, target, "") : ERR_NOMEM;
    if (err) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    order_verdict_write(&out, &verdict, r->english);
    json_close(&out);
    return OK;
}

static bool is_decimal(struct str s)
{
    size_t point = s.bytes;
    for (size_t i = 0; i < s.bytes; i++) {
        if (s.at[i] == '.' && point == s.bytes && i > 0)
            point = i;
        else if (s.at[i] < '0' || s.at[i] > '9')
            return false;
    }
    bool leads_zero = s.bytes > 1 && s.at[0] == '0' && s.at[1] != '.';
    bool is_zero = true;
    for (size_t i = 0; i < s.bytes; i++)
        is_zero = is_zero && (s.at[i] == '0' || s.at[i] == '.');
    return s.bytes >= 1 && s.bytes <= 12 && !leads_zero && !is_zero && point + 1 != s.bytes;
}

bool order_parts_read(struct request *r, struct order_start *s)
{
    bool as_needed;
    struct str unit, route;
    if (!request_text(r, "drug", TEXT_MAX, &s->drug) || !request_text(r, "dose", 12, &s->dose) ||
        !request_text_optional(r, "unit", 20, &unit) || !request_text_optional(r, "route", 40, &route) ||
        !request_int(r, "per_day", 0, 12, &s->per_day) ||
        !request_bool_optional(r, "as_needed", false, &as_needed) ||
        !request_int(r, "days", 0, 365, &s->days) ||
        !request_text_optional(r, "words", REASON_MAX, &s->words) ||
        !request_text_optional(r, "override", REASON_MAX, &s->override))
        return false;
    if (!is_decimal(s->dose)) return answer_fault(r, 400, "bad_field", "dose"), false;
    if (as_needed != (s->per_day == 0)) return answer_fault(r, 400, "bad_field", "per_day"), false;
    s->words = str_trim(s->words), s->override = str_trim(s->override);
    return true;
}

static bool read_start(struct request *r, struct order_start *s)
{
    static const char *const known[] = {"patient", "encounter", "drug", "dose",  "unit",     "route",
                                        "per_day", "as_needed", "days", "words", "override", NULL};
    if (!request_only(r, known) || !request_id(r, "patient", &s->patient) ||
        !request_text_optional(r, "encounter", RECORD_ID_BYTES_MAX, &s->encounter) || !order_parts_read(r, s))
        return false;
    if (s->encounter.bytes == 0) s->encounter.at = NULL;
    return true;
}

enum err order_parts_refuse(struct request *r, enum order_refusal refusal)
{
    switch (refusal) {
    case ORDER_NOT_DOCTOR:
        return answer_fault(r, 403, "not_prescriber", NULL);
    case ORDER_ALERTED:
        return answer_fault(r, 409, "order_alert", "override");
    case ORDER_CONTROLLED:
        return answer_fault(r, 403, "controlled_remote", "drug");
    case ORDER_NO_DRUG:
        return answer_fault(r, 400, "bad_field", "drug");
    case ORDER_NO_CHECKER:
        return answer_fault(r, 403, "not_checker", NULL);
    case ORDER_WRONG_STATE:
        return answer_fault(r, 409, "order_state", NULL);
    case ORDER_SAME_PERSON:
        return answer_fault(r, 409, "own_dose", NULL);
    case ORDER_DONE:
        break;
    }
    return OK;
}

/* The trail's row and the record's Provenance (rule 22). */
static enum err note_write(struct request *r, struct tx *tx, struct record_reader *who, const char *type,
                           const struct record_head *head, const char *more)
{
    const char *target = arena_printf(r->arena, "%s/%.*s", type, (int)head->id.bytes, head->id.at);
    enum err err = target ? record_traced(who, head) : ERR_NOMEM;
    if (!err) err = fhir_origin(r, tx, who);
    return err ? err : request_trace(r, who, r->route->audit, target, more);
}

static enum err answer_id(struct request *r, int status, const struct record_head *head)
{
    struct json_out out;
    answer_json(r, status, &out);
    json_open(&out, NULL);
    json_put_str(&out, "id", head->id);
    json_close(&out);
    return OK;
}

enum err order_add_write(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct order_start start = {0};
    struct order_by by = order_parts_by(r);
    struct order_verdict verdict;
    struct record_head head;
    enum order_refusal refusal;
    if (!is_carer(r) || !read_start(r, &start)) return OK;
    enum err err = record_parts_reader(r, tx, &who);
    if (!err) err = order_prescribe(tx, &who, &by, &start, &refusal, &verdict, &head);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err || refusal != ORDER_DONE) return err ? err : order_parts_refuse(r, refusal);
    const char *more = arena_printf(r->arena, ",\"alerts\":%u,\"checked\":%s", verdict.alert_count,
                                    verdict.unavailable ? "false" : "true");
    err = more ? note_write(r, tx, &who, "MedicationRequest", &head, more) : ERR_NOMEM;
    return err ? err : answer_id(r, 201, &head);
}

static enum err order_act_write(struct request *r, struct tx *tx, enum order_act act)
{
    struct record_reader who;
    struct order_by by = order_parts_by(r);
    struct record_head head;
    struct str reason;
    enum order_refusal refusal;
    if (!is_carer(r) || !request_only(r, (const char *const[]){"reason", NULL}) ||
        !request_text(r, "reason", REASON_MAX, &reason))
        return OK;
    reason = str_trim(reason);
    if (reason.bytes == 0) return answer_fault(r, 400, "missing_field", "reason");
    enum err err = record_parts_reader(r, tx, &who);
    if (!err) err = order_change(tx, &who, &by, r->captures[0], act, reason, &refusal, &head);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err || refusal != ORDER_DONE) return err ? err : order_parts_refuse(r, refusal);
    err = note_write(r, tx, &who, "MedicationRequest", &head, "");
    return err ? err : answer_empty(r, 204);
}

enum err order_approve_write(struct request *r, struct tx *tx)
{
    return order_act_write(r, tx, ORDER_APPROVE);
}
enum err order_hold_write(struct request *r, struct tx *tx)
{
    return order_act_write(r, tx, ORDER_HOLD);
}
enum err order_resume_write(struct request *r, struct tx *tx)
{
    return order_act_write(r, tx, ORDER_RESUME);
}
enum err order_stop_write(struct request *r, struct tx *tx)
{
    return order_act_write(r, tx, ORDER_STOP);
}

enum err order_dose_write(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct order_by by = order_parts_by(r);
    struct record_head head;
    struct str outcome, reason = {0};
    enum order_refusal refusal;
    if (!is_carer(r) || !request_only(r, (const char *const[]){"outcome", "reason", NULL}) ||
        !request_text(r, "outcome", 20, &outcome) || !request_text_optional(r, "reason", REASON_MAX, &reason))
        return OK;
    reason = str_trim(reason);
    if (!order_outcome_is(outcome)) return answer_fault(r, 400, "bad_field", "outcome");
    if (!str_is_text(outcome, "given") && reason.bytes == 0)
        return answer_fault(r, 400, "missing_field", "reason");
    if (!role_set_has(r->who.roles, ROLE_NURSE) && !role_set_has(r->who.roles, ROLE_CLINIC_DOCTOR))
        return answer_fault(r, 403, "not_allowed", NULL);
    enum err err = record_parts_reader(r, tx, &who);
    if (!err) err = order_dose(tx, &who, &by, r->captures[0], outcome, reason, &refusal, &head);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err || refusal != ORDER_DONE) return err ? err : order_parts_refuse(r, refusal);
    err = note_write(r, tx, &who, "MedicationAdministration", &head, "");
    return err ? err : answer_id(r, 201, &head);
}

/* -- the second of two, by the own password -- */

enum err dose_sign_look(struct request *r, struct tx *tx)
{
    struct login_proof *p = r->stash = arena_zalloc(r->arena, sizeof *p);
    if (!p) return ERR_NOMEM;
    if (!is_carer(r) || !request_only(r, (const char *const[]){"password", NULL}) ||
        !request_text(r, "password", PASSWORD_BYTES_MAX, &p->password))
        return OK;
    return login_proof_look(r, tx, p);
}

void dose_sign_work(struct request *r)
{
    enum err err = login_proof_work(r, r->stash);
    if (err) fault_from_err(&r->fault, err);
}

enum err dose_sign_write(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct order_by by = order_parts_by(r);
    struct record_head head;
    enum order_refusal refusal;
    enum err err = login_proof_judge(r, tx, r->stash, "password");
    if (err || r->fault.status) return err;
    err = record_parts_reader(r, tx, &who);
    if (!err) err = order_witness(tx, &who, &by, r->captures[0], &refusal, &head);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err || refusal != ORDER_DONE) return err ? err : order_parts_refuse(r, refusal);
    err = note_write(r, tx, &who, "MedicationAdministration", &head, "");
    return err ? err : answer_empty(r, 204);
}
