/* The privacy officer's reading of the trail, and the walk that verifies it. */
#include "auth/trail.h"
#include "api/handlers.h"
#include "records/record.h"

static bool read_instant(struct request *r, const char *name, struct instant *ret)
{
    struct str text = request_query(r, name);
    if (text.bytes == 0 || instant_from_text(text, ret)) return true;
    answer_fault(r, 400, "bad_field", name);
    return false;
}

static bool read_query(struct request *r, struct trail_query *ret)
{
    struct str outcome = request_query(r, "outcome"), before = request_query(r, "before");
    uint64_t seq = 0;
    *ret = (struct trail_query){
        .actor = request_query(r, "actor"), .action = request_query(r, "action"), .outcome = -1};
    if (outcome.bytes && !trail_outcome_from(outcome, &ret->outcome)) {
        answer_fault(r, 400, "bad_field", "outcome");
        return false;
    }
    if (before.bytes && (!str_to_u64(before, &seq) || seq > INT64_MAX)) {
        answer_fault(r, 400, "bad_field", "before");
        return false;
    }
    ret->before = (int64_t)seq;
    return read_instant(r, "from", &ret->from) && read_instant(r, "to", &ret->to);
}

/* By the Patient's id; one that is nobody's finds nothing. */
static enum err read_patient(struct request *r, struct tx *tx, struct trail_query *query, bool *ret_is_nobody)
{
    struct record_head head;
    struct str id = request_query(r, "patient");
    *ret_is_nobody = false;
    if (!id.bytes) return OK;
    enum err err = record_head_find(tx, r->arena, fhir_resource_of(STR("Patient")), id, &head);
    *ret_is_nobody = err == ERR_NOT_FOUND;
    if (!err) query->subject = head.row;
    return *ret_is_nobody ? OK : err;
}

enum err audit_look(struct request *r, struct tx *tx)
{
    struct trail_query query;
    struct json_out out;
    bool is_nobody;
    int64_t next = 0, n = 0;
    if (!read_query(r, &query)) return OK;
    enum err err = read_patient(r, tx, &query, &is_nobody);
    if (err) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "rows");
    if (!is_nobody) err = trail_list(tx, &query, &out, &next, &n);
    if (err) return err;
    json_close_array(&out);
    /* A page token is text, so that a browser's number does not round it. */
    const char *token = arena_printf(r->arena, "%lld", (long long)next);
    const char *detail = arena_printf(r->arena, "{\"count\":%lld}", (long long)n);
    if (!token || !detail) return ERR_NOMEM;
    json_put_text(&out, "next", next ? token : NULL);
    json_close(&out);
    return request_audit(r, "audit.read", NULL, AUDIT_OK, detail);
}

/* The head of the chain, the anchor that stands outside the database, and what the last walk along all of it found. */
enum err audit_chain_look(struct request *r, struct tx *tx)
{
    struct store_state state;
    struct json_out out;
    struct instant at;
    struct str detail;
    char head[2 * DIGEST_BYTES + 1];
    enum err err = trail_last(tx, r->arena, "audit.verify", &at, &detail);
    bool was_walked = !err;
    if (err && err != ERR_NOT_FOUND) return err;
    store_state(request_site(r)->store, &state);
    str_hex(state.head.hash.at, sizeof state.head.hash.at, head);
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_int(&out, "seq", state.head.seq);
    json_put_text(&out, "head", head);
    json_open(&out, "anchor");
    json_put_int(&out, "seq", state.anchor.seq);
    json_put_instant(&out, "at", state.anchor.at);
    json_close(&out);
    if (was_walked) {
        json_open(&out, "verified");
        json_put_instant(&out, "at", at);
        json_put_bool(&out, "ok", str_is_text(detail, "{\"whole\":true}"));
        json_close(&out);
    } else
        json_put_null(&out, "verified");
    json_close(&out);
    return OK;
}

enum err audit_verify_look(struct request *r, struct tx *tx)
{
    (void)tx;
    (void)request_only(r, (const char *const[]){NULL});
    return OK;
}

/* On the slow lane: the walk waits for the store's threads. */
void audit_verify_work(struct request *r)
{
    struct audit_report *report = r->stash = arena_zalloc(r->arena, sizeof *report);
    enum err err = report ? store_verify_audit(request_site(r)->store, report, NULL, NULL) : ERR_NOMEM;
    if (err) fault_from_err(&r->fault, err);
}

static void write_report(struct json_out *out, const struct audit_report *report)
{
    char head[2 * DIGEST_BYTES + 1];
    bool is_whole = report->damage == AUDIT_WHOLE;
    json_open(out, NULL);
    json_put_bool(out, "ok", is_whole);
    if (is_whole) {
        str_hex(report->head.hash.at, sizeof report->head.hash.at, head);
        json_put_int(out, "rows", report->rows);
        json_put_text(out, "head", head);
        json_open(out, "anchor");
        json_put_int(out, "seq", report->anchor.seq);
        json_put_instant(out, "at", report->anchor.at);
        json_close(out);
    } else {
        json_put_int(out, "seq", report->seq);
        json_put_text(out, "why", audit_damage_text(report->damage));
    }
    json_close(out);
}

enum err audit_verify_write(struct request *r, struct tx *tx)
{
    const struct audit_report *report = r->stash;
    struct json_out out;
    bool is_whole = report->damage == AUDIT_WHOLE;
    (void)tx;
    answer_json(r, 200, &out);
    write_report(&out, report);
    const char *detail = arena_printf(r->arena, "{\"whole\":%s}", is_whole ? "true" : "false");
    return detail ? request_audit(r, "audit.verify", NULL, AUDIT_OK, detail) : ERR_NOMEM;
}
