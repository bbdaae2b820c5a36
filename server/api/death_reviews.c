/* The privacy officer's review of a death in custody (docs/PROTOCOL §12): what waits, who opened that person's record around it, opened and closed. */
#include "api/api.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "auth/trail.h"
#include "desk/death_review.h"
#include "scheduler/terms.h"

#define AROUND_MS ((int64_t)7 * 24 * 3600 * 1000) /* before the death: what is looked at of the trail */

enum err death_reviews_look(struct request *r, struct tx *tx)
{
    struct json_out out;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "rows");
    enum err err = death_review_list(tx, &out);
    json_close_array(&out);
    json_close(&out);
    return err ? err : request_audit(r, "death.list", NULL, AUDIT_OK, NULL);
}

/* One, and who opened what of that person from a week before the death on, newest first. */
enum err death_review_look(struct request *r, struct tx *tx)
{
    struct json_out out;
    struct instant since;
    int64_t id, next, n, before;
    if (!record_parts_number(r, &id) || !record_parts_before(r, &before)) return OK;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "review");
    enum err err = death_review_one(tx, id, &out, &since);
    json_close_array(&out);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err) return err;
    struct trail_query query = {
        .subject = id, .outcome = -1, .from = instant_add(since, -AROUND_MS), .before = before};
    json_open_array(&out, "rows");
    err = trail_list(tx, &query, &out, &next, &n);
    json_close_array(&out);
    const char *target = arena_printf(r->arena, "death/%lld", (long long)id);
    const char *token = arena_printf(r->arena, "%lld", (long long)next);
    if (!err && (!target || !token)) err = ERR_NOMEM;
    if (err) return err;
    json_put_text(&out, "next", next ? token : NULL);
    json_close(&out);
    return request_audit(r, "death.list", target, AUDIT_OK, NULL);
}

static enum err done(struct request *r, enum err err, int64_t id)
{
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err == ERR_EXISTS) return answer_fault(r, 409, "conflict", NULL);
    const char *target = arena_printf(r->arena, "death/%lld", (long long)id);
    if (!err && !target) err = ERR_NOMEM;
    if (!err) err = request_audit(r, r->route->audit, target, AUDIT_OK, NULL);
    if (!err)
        err = request_notify(r, &(struct site_notice){.role = role_name(ROLE_PRIVACY_OFFICER),
                                                      .kind = "reviews_changed",
                                                      .data = "{}"});
    return err ? err : answer_empty(r, 204);
}

enum err death_review_open_write(struct request *r, struct tx *tx)
{
    int64_t id;
    if (!record_parts_number(r, &id) || !request_only(r, (const char *const[]){NULL})) return OK;
    return done(r, death_review_open(tx, id, r->who.account), id);
}

enum err death_review_close_write(struct request *r, struct tx *tx)
{
    struct str remark;
    int64_t id;
    if (!record_parts_number(r, &id) || !request_only(r, (const char *const[]){"remark", NULL}) ||
        !request_text(r, "remark", DEATH_REMARK_BYTES_MAX, &remark))
        return OK;
    if (!str_trim(remark).bytes) return answer_fault(r, 400, "missing_field", "remark");
    return done(r, death_review_close(tx, id, r->who.account, remark), id);
}
