/* Breaking the glass (rule 11), what is broken now, and the privacy officer's review. */
#include "records/glass.h"
#include "api/handlers.h"
#include "api/login_parts.h"
#include "api/record_parts.h"

enum { REMARK_BYTES_MAX = 1000 };

enum err glass_look(struct request *r, struct tx *tx)
{
    struct json_out out;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "broken");
    enum err err = glass_own(tx, r->who.account, &out);
    json_close_array(&out);
    json_close(&out);
    return err;
}

/* The privacy officers learn of it with the commit: a number, no name. */
static enum err tell_officers(struct request *r, int64_t id)
{
    const char *data = arena_printf(r->arena, "{\"id\":%lld}", (long long)id);
    if (!data) return ERR_NOMEM;
    return request_notify(
        r,
        &(struct site_notice){.role = role_name(ROLE_PRIVACY_OFFICER), .kind = "glass_broken", .data = data});
}

static enum err answer_broken(struct request *r, int64_t id, struct instant ends)
{
    struct json_out out;
    answer_json(r, 201, &out);
    json_open(&out, NULL);
    json_put_int(&out, "id", id);
    json_put_instant(&out, "ends", ends);
    json_close(&out);
    return OK;
}

enum err glass_break_write(struct request *r, struct tx *tx)
{
    struct str patient, reason, code;
    struct record_reader who;
    struct record_head head;
    struct instant ends;
    int64_t id;
    if (!request_only(r, (const char *const[]){"patient", "reason", "code", NULL}) ||
        !request_text(r, "patient", RECORD_ID_BYTES_MAX, &patient) ||
        !request_text(r, "reason", GLASS_REASON_BYTES_MAX, &reason) ||
        !request_text(r, "code", LOGIN_CODE_BYTES_MAX, &code))
        return OK;
    if (!str_trim(reason).bytes) return answer_fault(r, 400, "missing_field", "reason");
    enum err err = record_parts_reader(r, tx, &who);
    if (!err) err = record_parts_find(r, tx, &who, STR("Patient"), patient, &head);
    if (err || r->fault.status) return err;
    err = login_prove_again(r, tx, code);
    if (err || r->fault.status) return err;
    err = glass_break(tx, who.guard, r->who.account, role_name(r->acting), head.row, reason, &id, &ends);
    if (err == ERR_EXISTS) return answer_fault(r, 409, "broken_already", NULL);
    const char *target = record_parts_target(r, &head);
    const char *detail = arena_printf(r->arena, "{\"glass\":%lld}", (long long)id);
    if (!err && (!target || !detail)) err = ERR_NOMEM;
    if (!err) err = request_audit(r, "glass.break", target, AUDIT_OK, detail);
    if (!err) err = tell_officers(r, id);
    return err ? err : answer_broken(r, id, ends);
}

enum err glass_reviews_look(struct request *r, struct tx *tx)
{
    struct json_out out;
    struct str before = request_query(r, "before");
    int64_t from = 0, next = 0;
    if (before.bytes && (!str_to_i64(before, &from) || from <= 0))
        return answer_fault(r, 400, "bad_field", "before");
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "rows");
    enum err err = glass_list(tx, str_is_text(request_query(r, "open"), "1"), from, &out, &next);
    json_close_array(&out);
    if (next)
        json_put_int(&out, "next", next);
    else
        json_put_null(&out, "next");
    json_close(&out);
    return err ? err : request_audit(r, "glass.list", NULL, AUDIT_OK, NULL);
}

enum err glass_review_write(struct request *r, struct tx *tx)
{
    struct str verdict, remark = {0};
    int64_t id;
    if (!record_parts_number(r, &id) || !request_only(r, (const char *const[]){"verdict", "remark", NULL}) ||
        !request_text(r, "verdict", 16, &verdict) ||
        !request_text_optional(r, "remark", REMARK_BYTES_MAX, &remark))
        return OK;
    bool is_justified = str_is_text(verdict, "justified");
    if (!is_justified && !str_is_text(verdict, "unjustified"))
        return answer_fault(r, 400, "bad_field", "verdict");
    enum err err = glass_review(tx, id, r->who.account, is_justified, remark);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err == ERR_DENIED) return answer_fault(r, 409, "own_review", NULL);
    const char *target = arena_printf(r->arena, "glass/%lld", (long long)id);
    if (!err && !target) err = ERR_NOMEM;
    if (!err)
        err = request_audit(r, "glass.review", target, AUDIT_OK,
                            is_justified ? "{\"verdict\":\"justified\"}" : "{\"verdict\":\"unjustified\"}");
    return err ? err : answer_empty(r, 204);
}
