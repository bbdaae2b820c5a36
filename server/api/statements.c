/* What patients say of the own record (docs/PROTOCOL §26, rule 13): beside an entry that was released to them, or that it be corrected. The
 * detainee's own session says it and reads the answers; nurses and doctors of the clinic read it beside the entry, and answer. */
#include "api/api.h"
#include "api/clinic_parts.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "desk/agenda.h"
#include "desk/statement.h"
#include "desk/whom.h"
#include "records/amend.h"
#include "records/merge.h"
#include "records/records.h"

/* -- what is answered -- */

static void put_common(struct json_out *o, const struct statement *s)
{
    json_put_str(o, "id", s->item.head.id);
    json_put_text(o, "kind", s->is_correction ? "correction" : "statement");
    json_put_text(o, "state", statement_state_text(s->state));
    json_put_str(o, "record", clinic_text(s->record));
    json_put_int(o, "version", s->version);
    json_put_str(o, "words", clinic_text(s->words));
    json_put_instant(o, "said", s->said);
    json_put_instant(o, "due", s->due);
    json_put_str(o, "answer", clinic_text(s->answer));
    json_put_instant(o, "answered", s->answered);
    json_put_str(o, "by", clinic_text(s->by_name));
    json_put_str(o, "amendment", clinic_text(s->amendment));
}

static enum err put_one(struct request *r, struct tx *tx, struct json_out *o, const char *key,
                        const struct statement *s)
{
    struct record_reader server = clinic_server(r);
    struct whom whom;
    enum err err = whom_of(tx, &server, s->patient, &whom);
    if (err) return err;
    json_open(o, key);
    put_common(o, s);
    if (!clinic_is_detainee(r)) whom_put(o, &whom);
    json_close(o);
    return OK;
}

static enum err answer_one(struct request *r, struct tx *tx, int status, const struct statement *s)
{
    struct json_out o;
    answer_json(r, status, &o);
    json_open(&o, NULL);
    enum err err = put_one(r, tx, &o, "statement", s);
    json_close(&o);
    return err;
}

/* -- lists -- */

static enum err put_rows(struct request *r, struct tx *tx, struct record_reader *who, struct json_out *o,
                         const int64_t *rows, uint32_t n)
{
    struct record_reader server = clinic_server(r);
    enum err err = OK;
    for (uint32_t i = 0; i < n && !err; i++) {
        struct statement s;
        err = statement_read_row(tx, &server, rows[i], &s);
        if (!err) err = record_traced(who, &s.item.head);
        if (!err) err = put_one(r, tx, o, NULL, &s);
        if (err == ERR_NOT_FOUND) err = OK; /* a task of others' that bears the code */
    }
    return err;
}

/* Of each row that is the person. */
static enum err put_own(struct request *r, struct tx *tx, struct record_reader *who, struct json_out *o)
{
    struct merge_rows own;
    int64_t *rows = arena_alloc(r->arena, STATEMENT_LIST_MAX * sizeof *rows);
    uint32_t n = 0;
    enum err err = rows ? merge_rows(tx, who->guard->patient, &own) : ERR_NOMEM;
    for (uint32_t i = 0; !err && i < own.count; i++) {
        struct record_head patient;
        err = record_head_at(tx, r->arena, own.at[i], &patient);
        if (!err) err = statement_list(tx, who, patient.id, rows, &n);
        if (!err) err = put_rows(r, tx, who, o, rows, n);
    }
    return err;
}

static enum err put_clinic(struct request *r, struct tx *tx, struct record_reader *who, struct json_out *o,
                           struct str patient)
{
    struct record_head head;
    int64_t *rows = arena_alloc(r->arena, STATEMENT_LIST_MAX * sizeof *rows);
    uint32_t n = 0;
    if (!rows) return ERR_NOMEM;
    enum err err = patient.bytes ? record_parts_find(r, tx, who, STR("Patient"), patient, &head) : OK;
    if (err || r->fault.status) return err;
    if (patient.bytes) err = request_about(r, head.row);
    if (!err) err = statement_list(tx, who, patient, rows, &n);
    return err ? err : put_rows(r, tx, who, o, rows, n);
}

enum err statements_look(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct json_out o;
    struct str patient = request_query(r, "patient");
    enum err err = record_parts_reader(r, tx, &who);
    if (err) return err;
    if (clinic_is_detainee(r) && (who.guard->patient == 0 || patient.at))
        return answer_fault(r, 404, "not_found", NULL);
    if (patient.bytes && !chart_id_is(patient)) return answer_fault(r, 404, "not_found", NULL);
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_open_array(&o, "statements");
    err = clinic_is_detainee(r) ? put_own(r, tx, &who, &o)
                                : put_clinic(r, tx, &who, &o, patient.at ? patient : (struct str){"", 0});
    if (err || r->fault.status) return err;
    json_close_array(&o);
    json_close(&o);
    return request_trace(r, &who, r->route->audit, NULL, "");
}

/* -- saying -- */

static enum err tell_clinic(struct request *r)
{
    static const char *const roles[] = {"nurse", "clinic-doctor"};
    enum err err = OK;
    for (size_t i = 0; i < COUNT_OF(roles) && !err; i++)
        err = request_notify(
            r, &(struct site_notice){.role = roles[i], .kind = "statements_changed", .data = "{}"});
    return err;
}

static enum err done(struct request *r, struct tx *tx, struct record_reader *server,
                     const struct statement *s, const char *detail)
{
    const char *target = record_parts_target(r, &s->item.head);
    if (!target || !detail) return ERR_NOMEM;
    enum err err = request_about(r, s->item.head.patient);
    if (!err) err = request_audit(r, r->route->audit, target, AUDIT_OK, detail);
    if (!err) err = fhir_origin(r, tx, server);
    return err ? err : tell_clinic(r);
}

/* By the site's own words on which days are worked. */
static enum err due_of(struct request *r, struct tx *tx, struct instant *ret)
{
    struct agenda_text text;
    struct calendar calendar;
    char why[CALENDAR_WHY_BYTES];
    int64_t days = request_site(r)->settings.correction_days;
    enum err err = agenda_text(tx, r->arena, STR("calendar"), &text);
    if (!err && calendar_parse(text.text, &calendar, why)) err = ERR_CORRUPT;
    if (err) return err;
    *ret = statement_due(&calendar, records_zone(request_site(r)->records), tx->now,
                         days ? days : STATEMENT_DAYS_DEFAULT);
    calendar_done(&calendar);
    return OK;
}

/* An entry that this person may read, and that is no word of the own. */
static enum err find_entry(struct request *r, struct tx *tx, const struct record_reader *who,
                           struct str record, struct record_head *ret)
{
    static const char *const others[] = {"Patient", "Task", "Consent", "CommunicationRequest", "Binary"};
    struct str type, id;
    if (!record_parts_cut(record, &type, &id)) return answer_fault(r, 400, "bad_field", "record");
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (str_is_text(type, others[i])) return answer_fault(r, 400, "bad_field", "record");
    return record_parts_find(r, tx, who, type, id, ret);
}

enum err statement_add_write(struct request *r, struct tx *tx)
{
    struct record_reader who, server = clinic_server(r);
    struct record_head entry, patient;
    struct statement_start start = {.entry = &entry};
    struct statement s;
    struct str record, kind;
    if (!request_only(r, (const char *const[]){"record", "kind", "words", NULL}) ||
        !request_text(r, "record", 150, &record) || !request_text(r, "kind", 20, &kind) ||
        !request_text(r, "words", STATEMENT_WORDS_BYTES_MAX, &start.words))
        return OK;
    start.words = str_trim(start.words);
    start.is_correction = str_is_text(kind, "correction");
    if (!start.words.bytes) return answer_fault(r, 400, "missing_field", "words");
    if (!start.is_correction && !str_is_text(kind, "statement"))
        return answer_fault(r, 400, "bad_field", "kind");
    enum err err = record_parts_reader(r, tx, &who);
    if (!err && who.guard->patient == 0) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = find_entry(r, tx, &who, record, &entry);
    if (err || r->fault.status) return err;
    err = record_head_at(tx, r->arena, entry.patient, &patient);
    const char *reference = err ? NULL : record_parts_target(r, &patient);
    if (!err && !reference) err = ERR_NOMEM;
    start.patient = str_of(reference ? reference : "");
    if (!err && start.is_correction) err = due_of(r, tx, &start.due);
    if (!err) err = statement_begin(tx, &server, &start, &s);
    if (!err)
        err =
            done(r, tx, &server, &s, arena_printf(r->arena, "{\"kind\":\"%.*s\"}", (int)kind.bytes, kind.at));
    return err ? err : answer_one(r, tx, 201, &s);
}

/* -- the clinic's answer -- */

static enum err find(struct request *r, struct tx *tx, struct record_reader *who, struct statement *ret)
{
    struct record_reader server = clinic_server(r);
    struct record_head head;
    enum err err = record_parts_reader(r, tx, who);
    if (!err && clinic_is_detainee(r)) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = record_parts_find(r, tx, who, STR("Task"), r->captures[0], &head);
    if (err || r->fault.status) return err;
    err = statement_read(tx, &server, head.id, ret);
    return err == ERR_NOT_FOUND ? answer_fault(r, 404, "not_found", NULL) : err;
}

static bool read_answer(struct request *r, struct statement_answer *ret)
{
    static const struct {
        const char *text;
        enum statement_state to;
    } verdicts[] = {
        {"noted", STATEMENT_NOTED}, {"accepted", STATEMENT_ACCEPTED}, {"declined", STATEMENT_DECLINED}};
    struct str verdict;
    if (!request_only(r, (const char *const[]){"verdict", "answer", "amendment", NULL}) ||
        !request_text(r, "verdict", 20, &verdict) ||
        !request_text_optional(r, "answer", STATEMENT_WORDS_BYTES_MAX, &ret->answer) ||
        !request_text_optional(r, "amendment", 150, &ret->amendment))
        return false;
    ret->to = STATEMENT_SAID;
    for (size_t i = 0; i < COUNT_OF(verdicts); i++)
        if (str_is_text(verdict, verdicts[i].text)) ret->to = verdicts[i].to;
    if (ret->to == STATEMENT_SAID) return answer_fault(r, 400, "bad_field", "verdict"), false;
    ret->answer = str_trim(clinic_text(ret->answer));
    ret->amendment = clinic_text(ret->amendment);
    if (ret->to != STATEMENT_NOTED && !ret->answer.bytes)
        return answer_fault(r, 400, "missing_field", "answer"), false;
    if (ret->to != STATEMENT_ACCEPTED && ret->amendment.bytes)
        return answer_fault(r, 400, "bad_field", "amendment"), false;
    return true;
}

/* The record that stands beside the entry from now on says that it amends that one (rule 21). */
static enum err see_amendment(struct request *r, struct tx *tx, const struct record_reader *who,
                              const struct statement *s, struct str amendment)
{
    struct record_reader server = clinic_server(r);
    struct record_head head;
    struct chart_item item;
    struct str type, id, of;
    if (!amendment.bytes) return OK;
    if (!record_parts_cut(amendment, &type, &id)) return answer_fault(r, 400, "bad_field", "amendment");
    enum err err = record_parts_find(r, tx, who, type, id, &head);
    const char *name = arena_text(r->arena, type.at, type.bytes);
    if (!err && r->fault.status)
        return r->fault = (struct fault){0}, answer_fault(r, 400, "bad_field", "amendment");
    if (!err && !name) err = ERR_NOMEM;
    if (!err) err = chart_one(tx, &server, name, id, &item);
    if (err) return err;
    uint32_t amends = tape_extension(&item.tape, 0, AMEND_URL);
    of = amends != TAPE_NONE ? chart_text(&server, &item, amends, "valueReference.reference")
                             : chart_text(&server, &item, 0, "relatesTo.targetReference.reference");
    return str_is(of, s->record) ? OK : answer_fault(r, 400, "bad_field", "amendment");
}

enum err statement_answer_write(struct request *r, struct tx *tx)
{
    struct record_reader who, server = clinic_server(r);
    struct statement s;
    struct statement_answer a = {.account = r->who.account, .display = r->who.display};
    const char *no = NULL;
    if (!read_answer(r, &a)) return OK;
    enum err err = find(r, tx, &who, &s);
    if (err || r->fault.status) return err;
    if (a.to != STATEMENT_NOTED && !role_set_has(r->who.roles, ROLE_CLINIC_DOCTOR))
        return answer_fault(r, 403, "statement_doctor", NULL);
    err = see_amendment(r, tx, &who, &s, a.amendment);
    if (err || r->fault.status) return err;
    err = statement_happen(tx, &server, &s, &a, &no);
    if (!err && no) return answer_fault(r, 409, no, NULL);
    if (!err)
        err = done(r, tx, &server, &s,
                   arena_printf(r->arena, "{\"verdict\":\"%s\"}", statement_state_text(s.state)));
    return err ? err : answer_one(r, tx, 200, &s);
}
