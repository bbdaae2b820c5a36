/* The security admin ties an account to the record that it is, and clears it for labels of secrecy. */
#include "api/handlers.h"
#include "api/record_parts.h"
#include "auth/account.h"
#include "records/person.h"

enum { REFERENCE_BYTES_MAX = 100 };

/* Staff are Practitioners, a detainee is a Patient. */
static bool fits(struct role_set roles, struct str type)
{
    return str_is_text(type, role_set_has(roles, ROLE_DETAINEE) ? "Patient" : "Practitioner");
}

static enum err bind(struct request *r, struct tx *tx, struct str type, struct str id, uint32_t cleared)
{
    struct account account;
    struct record_head head;
    enum err err = account_find(tx, r->arena, r->captures[0], &account);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err && !fits(account.roles, type)) return answer_fault(r, 400, "bad_field", "reference");
    if (!err) err = record_head_find(tx, r->arena, fhir_resource_of(type), id, &head);
    if (err == ERR_NOT_FOUND || (!err && head.is_deleted))
        return answer_fault(r, 400, "bad_field", "reference");
    if (!err) err = person_bind(tx, account.id, head.row, str_is_text(type, "Patient"), cleared);
    if (err == ERR_EXISTS) {
        answer_fault(r, 409, "person_taken", "reference");
        return err;
    }
    const char *target = arena_printf(r->arena, "account/%.*s", (int)account.id.bytes, account.id.at);
    const char *detail = arena_printf(r->arena, "{\"person\":\"%.*s/%.*s\",\"cleared\":%u}", (int)type.bytes,
                                      type.at, (int)id.bytes, id.at, cleared);
    if (!err && (!target || !detail)) err = ERR_NOMEM;
    if (!err) err = request_audit(r, "account.person", target, AUDIT_OK, detail);
    return err ? err : answer_empty(r, 204);
}

enum err account_person_write(struct request *r, struct tx *tx)
{
    struct str reference, type, id;
    uint32_t cleared;
    if (!request_only(r, (const char *const[]){"reference", "cleared", NULL}) ||
        !request_text(r, "reference", REFERENCE_BYTES_MAX, &reference) ||
        !record_parts_labels(r, "cleared", &cleared))
        return OK;
    bool is_right = record_parts_cut(reference, &type, &id) && fhir_resource_of(type) != FHIR_NONE;
    return is_right ? bind(r, tx, type, id, cleared) : answer_fault(r, 400, "bad_field", "reference");
}
