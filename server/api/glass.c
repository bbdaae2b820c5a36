/* Breaking the glass (rule 11), what is broken now, and the privacy officer's review. */
#include "records/glass.h"
#include "api/handlers.h"
#include "api/login_parts.h"
#include "api/record_parts.h"
#include "auth/trail.h"

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
static enum err tell_officers(struct request *r, int64_t id, struct instant at)
{
    char when[INSTANT_TEXT_BYTES];
    instant_text(at, when);
    const char *data = arena_printf(r->arena, "{\"id\":%lld,\"at\":\"%s\"}", (long long)id, when);
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
    if (!err) err = tell_officers(r, id, tx->now);
    return err ? err : answer_broken(r, id, ends);
}

enum err glass_reviews_look(struct request *r, struct tx *tx)
{
    struct json_out out;
    int64_t from, next = 0;
    if (!record_parts_before(r, &from)) return OK;
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

/* One, and what was opened under it: rows of the trail by that person about that patient while the glass was broken. */
enum err glass_review_look(struct request *r, struct tx *tx)
{
    struct json_out out;
    struct glass_span span;
    int64_t id, next, n, before;
    if (!record_parts_number(r, &id) || !record_parts_before(r, &before)) return OK;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "glass");
    enum err err = glass_one(tx, r->arena, id, &out, &span);
    json_close_array(&out);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err) return err;
    struct trail_query query = {.actor = span.account,
                                .subject = span.patient,
                                .outcome = -1,
                                .from = span.from,
                                .to = span.to,
                                .before = before};
    json_open_array(&out, "rows");
    err = trail_list(tx, &query, &out, &next, &n);
    json_close_array(&out);
    const char *target = arena_printf(r->arena, "glass/%lld", (long long)id);
    const char *token = arena_printf(r->arena, "%lld", (long long)next);
    if (!err && (!target || !token)) err = ERR_NOMEM;
    if (err) return err;
    json_put_text(&out, "next", next ? token : NULL);
    json_close(&out);
    return request_audit(r, "glass.list", target, AUDIT_OK, NULL);
}

enum err glass_review_write(struct request *r, struct tx *tx)
{
    struct str word;
    struct glass_verdict verdict = {0};
    int64_t id;
    if (!record_parts_number(r, &id) ||
        !request_only(r, (const char *const[]){"verdict", "remark", "tell", NULL}) ||
        !request_text(r, "verdict", 16, &word) ||
        !request_text_optional(r, "remark", REMARK_BYTES_MAX, &verdict.remark) ||
        !request_bool_optional(r, "tell", false, &verdict.is_told))
        return OK;
    verdict.is_justified = str_is_text(word, "justified");
    if (!verdict.is_justified && !str_is_text(word, "unjustified"))
        return answer_fault(r, 400, "bad_field", "verdict");
    if (!verdict.is_justified && !str_trim(verdict.remark).bytes)
        return answer_fault(r, 400, "missing_field", "remark");
    enum err err = glass_review(tx, id, r->who.account, &verdict);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err == ERR_DENIED) return answer_fault(r, 409, "own_review", NULL);
    const char *target = arena_printf(r->arena, "glass/%lld", (long long)id);
    const char *detail =
        arena_printf(r->arena, "{\"verdict\":\"%s\",\"told\":%s}",
                     verdict.is_justified ? "justified" : "unjustified", verdict.is_told ? "true" : "false");
    if (!err && (!target || !detail)) err = ERR_NOMEM;
    if (!err) err = request_audit(r, "glass.review", target, AUDIT_OK, detail);
    return err ? err : answer_empty(r, 204);
}
