/* How it stands with what is released to a patient (§12): for the clinic's doctor result by result, for the person concerned whether there is
 * something new. Releasing and holding back are in seals.c. */
#include "api/api.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "records/release.h"

static enum err put_state(struct request *r, struct tx *tx, const struct record_reader *who,
                          const struct release_state *state, struct json_out *to)
{
    struct record_head head;
    enum err err = record_head_at(tx, r->arena, state->row, &head);
    if (err || head.is_deleted || !guard_may_see(who->guard, &head)) return err == ERR_NOT_FOUND ? OK : err;
    const char *record = record_parts_target(r, &head);
    if (!record) return ERR_NOMEM;
    json_open(to, NULL);
    json_put_text(to, "record", record);
    json_put_instant(to, "released", state->released);
    json_put_instant(to, "held", state->held);
    if (state->by.bytes)
        json_put_str(to, "by", state->by);
    else
        json_put_null(to, "by");
    if (state->reason.bytes)
        json_put_str(to, "reason", state->reason);
    else
        json_put_null(to, "reason");
    json_close(to);
    return OK;
}

enum err releases_look(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct record_head patient;
    struct merge_rows all;
    struct release_state *states;
    struct json_out out;
    uint32_t n = 0;
    enum err err = record_parts_reader(r, tx, &who);
    if (!err) err = record_parts_find(r, tx, &who, STR("Patient"), r->captures[0], &patient);
    if (err || r->fault.status) return err;
    err = merge_rows(tx, patient.row, &all);
    if (!err) err = release_states(tx, r->arena, &all, &states, &n);
    if (err) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_int(&out, "after_h", request_site(r)->settings.release_h);
    json_open_array(&out, "rows");
    for (uint32_t i = 0; i < n && !err; i++)
        err = put_state(r, tx, &who, &states[i], &out);
    json_close_array(&out);
    json_close(&out);
    if (!err) err = request_about(r, patient.row);
    return err ? err : request_audit(r, r->route->audit, record_parts_target(r, &patient), AUDIT_OK, NULL);
}

/* -- for the person concerned -- */

static enum err find_own(struct request *r, struct tx *tx, struct merge_rows *ret)
{
    struct record_reader who;
    enum err err = record_parts_reader(r, tx, &who);
    if (!err && who.guard->patient == 0) return answer_fault(r, 404, "not_found", NULL);
    return err ? err : merge_rows(tx, who.guard->patient, ret);
}

enum err own_news_look(struct request *r, struct tx *tx)
{
    struct merge_rows own;
    struct json_out out;
    int64_t n = 0;
    enum err err = find_own(r, tx, &own);
    if (err || r->fault.status) return err;
    err = release_news(tx, &own, &n);
    if (err) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_int(&out, "released", n);
    json_close(&out);
    return OK;
}

enum err own_news_write(struct request *r, struct tx *tx)
{
    struct merge_rows own;
    if (!request_only(r, (const char *const[]){NULL})) return OK;
    enum err err = find_own(r, tx, &own);
    if (err || r->fault.status) return err;
    err = release_looked(tx, &own);
    if (!err) err = request_audit(r, r->route->audit, NULL, AUDIT_OK, NULL);
    return err ? err : answer_empty(r, 204);
}
