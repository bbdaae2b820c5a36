#include "api/record_parts.h"
#include "api/handlers.h"
#include "records/label.h"

enum err record_parts_reader(struct request *r, struct tx *tx, struct record_reader *ret)
{
    *ret = (struct record_reader){.records = request_site(r)->records, .arena = r->arena};
    return fhir_guard(r, tx, ret);
}

enum err record_parts_find(struct request *r, struct tx *tx, const struct record_reader *who, struct str type,
                           struct str id, struct record_head *ret)
{
    uint16_t resource = fhir_resource_of(type);
    if (resource == FHIR_NONE || id.bytes == 0 || id.bytes > RECORD_ID_BYTES_MAX)
        return answer_fault(r, 404, "not_found", NULL);
    enum err err = record_head_find(tx, r->arena, resource, id, ret);
    bool is_absent = err == ERR_NOT_FOUND || (!err && (ret->is_deleted || !guard_may_see(who->guard, ret)));
    if (is_absent) return answer_fault(r, 404, "not_found", NULL);
    return err ? err : request_about(r, ret->patient);
}

bool record_parts_cut(struct str reference, struct str *ret_type, struct str *ret_id)
{
    *ret_id = reference;
    *ret_type = str_cut(ret_id, '/');
    return ret_type->bytes && ret_id->bytes;
}

bool record_parts_number(struct request *r, int64_t *ret_n)
{
    if (str_to_i64(r->captures[0], ret_n) && *ret_n > 0) return true;
    answer_fault(r, 404, "not_found", NULL);
    return false;
}

bool record_parts_before(struct request *r, int64_t *ret_before)
{
    struct str text = request_query(r, "before");
    *ret_before = 0;
    if (!text.bytes || (str_to_i64(text, ret_before) && *ret_before > 0)) return true;
    answer_fault(r, 400, "bad_field", "before");
    return false;
}

const char *record_parts_target(struct request *r, const struct record_head *head)
{
    struct str type = fhir_name(fhir_types[fhir_resources[head->resource].type].name);
    return arena_printf(r->arena, "%.*s/%.*s", (int)type.bytes, type.at, (int)head->id.bytes, head->id.at);
}

bool record_parts_labels(struct request *r, const char *key, uint32_t *ret_labels)
{
    const struct json *list = r->json ? json_get(r->json, key) : NULL;
    uint32_t labels = 0;
    bool is_right = !list || json_is_array(list);
    for (size_t i = 0; is_right && list && i < json_count(list); i++) {
        struct str code;
        uint32_t label = json_text(json_at(list, i), &code) ? label_secret_from(code) : 0;
        is_right = label != 0;
        labels |= label;
    }
    if (!is_right) answer_fault(r, 400, "bad_field", key);
    *ret_labels = labels;
    return is_right;
}
