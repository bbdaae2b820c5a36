#include "api/clinic_parts.h"
#include "api/api.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "records/person.h"

bool clinic_is_detainee(const struct request *r)
{
    return role_set_has(r->who.roles, ROLE_DETAINEE);
}

enum err clinic_see_patient(struct request *r, struct tx *tx, struct str reference)
{
    struct record_reader who;
    struct record_head head;
    struct str type, id;
    if (!record_parts_cut(reference, &type, &id) || !str_is_text(type, "Patient"))
        return answer_fault(r, 400, "bad_field", "patient");
    enum err err = record_parts_reader(r, tx, &who);
    if (!err) err = record_parts_find(r, tx, &who, type, id, &head);
    if (!err && r->fault.status)
        r->fault = (struct fault){0}, err = answer_fault(r, 400, "bad_field", "patient");
    return err;
}

struct record_reader clinic_server(struct request *r)
{
    return (struct record_reader){.records = request_site(r)->records, .arena = r->arena};
}

struct str clinic_text(struct str s)
{
    return s.at ? s : (struct str){"", 0};
}

enum err clinic_by(struct request *r, struct tx *tx, struct sickcall_by *ret, int64_t *ret_patient)
{
    struct person person;
    struct record_head head;
    *ret = (struct sickcall_by){r->who.account, r->who.display, {"", 0}};
    enum err err = person_find(tx, r->who.account, &person);
    if (err) return err;
    *ret_patient = person.patient;
    int64_t row = person.practitioner ? person.practitioner : person.patient;
    if (row == 0) return OK;
    err = record_head_at(tx, r->arena, row, &head);
    const char *text = err ? NULL : record_parts_target(r, &head);
    if (!err && !text) err = ERR_NOMEM;
    if (!err) ret->reference = str_of(text);
    return err;
}

static enum err tell_clinic(struct request *r)
{
    static const char *const roles[] = {"nurse", "clinic-doctor"};
    enum err err = OK;
    for (size_t i = 0; i < COUNT_OF(roles) && !err; i++)
        err = request_notify(
            r, &(struct site_notice){.role = roles[i], .kind = "sick_calls_changed", .data = "{}"});
    return err;
}

enum err clinic_done(struct request *r, struct tx *tx, struct record_reader *server,
                     const struct record_head *head, const char *detail)
{
    const char *target = record_parts_target(r, head);
    if (!target || !detail) return ERR_NOMEM;
    enum err err = request_about(r, head->patient);
    if (!err) err = request_audit(r, r->route->audit, target, AUDIT_OK, detail);
    if (!err) err = fhir_origin(r, tx, server);
    return err ? err : tell_clinic(r);
}

enum err clinic_refuse_call(struct request *r, enum sick_no no)
{
    const char *code = no == SICK_NO_OVER                              ? "sickcall_over"
                       : no == SICK_NO_UNTRIAGED                       ? "sickcall_untriaged"
                       : no == SICK_NO_HAS_VISIT || no == SICK_NO_SEEN ? "sickcall_visit"
                                                                       : "sickcall_state";
    return answer_fault(r, 409, code, NULL);
}
