/* Signing a final version, alone or together with others, and reading its signatures with all that the openssl command needs. */
#include "api/handlers.h"
#include "api/login_parts.h"
#include "api/record_parts.h"
#include "api/route.h"
#include "api/trace.h"
#include "auth/account.h"
#include "auth/password.h"
#include "auth/policy.h"
#include "records/cosign.h"
#include "records/grant.h"
#include "records/release.h"
#include "records/seal.h"

enum { DISSENT_BYTES_MAX = 2000 };

/* The record as it stands, for who asks. */
static enum err find_record(struct request *r, struct tx *tx, struct record_reader *who, struct record *ret)
{
    struct record_fault fault = {0};
    uint16_t resource = fhir_resource_of(r->captures[0]);
    *ret = (struct record){0};
    *who = (struct record_reader){0};
    if (resource == FHIR_NONE) return answer_fault(r, 404, "not_found", NULL);
    enum err err = record_parts_reader(r, tx, who);
    if (!err) err = record_read(tx, who, resource, r->captures[1], ret, &fault);
    return fault.status ? answer_fault(r, 404, "not_found", NULL) : err;
}

static enum err trace(struct request *r, const char *action, const struct record_reader *who,
                      const struct record *record)
{
    const char *target = record_parts_target(r, &record->head);
    return target ? request_trace(r, who, action, target, "") : ERR_NOMEM;
}

static enum err put_release(struct request *r, struct tx *tx, const struct record *record,
                            struct json_out *out)
{
    struct instant at;
    struct str by;
    enum err err = release_find(tx, r->arena, record->head.row, &at, &by);
    if (err) return err;
    json_put_instant(out, "released", at);
    if (by.at)
        json_put_str(out, "released_by", by);
    else
        json_put_null(out, "released_by");
    return OK;
}

enum err seal_look(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct record record;
    struct json_out out;
    int64_t signatures = 0, waiting = 0;
    enum err err = find_record(r, tx, &who, &record);
    if (err || r->fault.status) return err;
    r->answer.body.bytes_max = (size_t)4 * RECORD_BODY_BYTES_MAX;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_int(&out, "version", record.head.version);
    json_put_text(&out, "algorithm", sign_name(request_site(r)->settings.seal));
    json_open_array(&out, "signatures");
    err = seal_list(tx, r->arena, &record, &out, &signatures);
    json_close_array(&out);
    json_open_array(&out, "asked");
    if (!err) err = cosign_list(tx, record.head.seq, &out, &waiting);
    json_close_array(&out);
    json_put_bool(&out, "whole", signatures > 0 && waiting == 0);
    if (!err) err = put_release(r, tx, &record, &out);
    json_close(&out);
    return err ? err : trace(r, "seal.read", &who, &record);
}

/* What waits for the asker's signature. */
enum err seals_waiting_look(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct json_out out;
    enum err err = record_parts_reader(r, tx, &who);
    if (err) return err;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "rows");
    err = cosign_waiting(tx, r->arena, who.guard, r->who.account, &out);
    json_close_array(&out);
    json_close(&out);
    return err ? err : request_audit(r, r->route->audit, NULL, AUDIT_OK, NULL);
}

/* -- signing -- */

struct signing {
    struct login_proof proof;
    enum sign_algorithm algorithm;
    int64_t version;
};

static bool read_algorithm(struct request *r, enum sign_algorithm *ret)
{
    struct str name = {0};
    *ret = request_site(r)->settings.seal;
    if (!request_text_optional(r, "algorithm", 32, &name)) return false;
    if (!name.at || sign_from_name(name, ret)) return true;
    answer_fault(r, 400, "bad_field", "algorithm");
    return false;
}

enum err seal_write_look(struct request *r, struct tx *tx)
{
    struct signing *g = r->stash = arena_zalloc(r->arena, sizeof *g);
    if (!g) return ERR_NOMEM;
    if (!request_only(r, (const char *const[]){"version", "algorithm", "password", NULL}) ||
        !request_int(r, "version", 1, INT64_MAX, &g->version) || !read_algorithm(r, &g->algorithm) ||
        !request_text(r, "password", PASSWORD_BYTES_MAX, &g->proof.password))
        return OK;
    return login_proof_look(r, tx, &g->proof);
}

void seal_write_work(struct request *r)
{
    struct signing *g = r->stash;
    enum err err = login_proof_work(r, &g->proof);
    if (err) fault_from_err(&r->fault, err);
}

/* A specialist's way in ends 72 hours after the signature (rule 7). */
static enum err sign(struct request *r, struct tx *tx, const struct record_reader *who,
                     const struct record *record, enum sign_algorithm algorithm)
{
    struct seal_ask ask = {
        .record = record, .account = r->who.account, .role = role_name(r->acting), .algorithm = algorithm};
    int64_t id;
    enum err err = seal_sign(tx, r->arena, &ask, &id);
    if (err == ERR_EXISTS) {
        answer_fault(r, 409, "signed_already", NULL);
        return err;
    }
    if (err == ERR_DENIED) {
        answer_fault(r, 409, "dissented", NULL);
        return err;
    }
    if (!err && r->acting == ROLE_SPECIALIST)
        err = grant_note_signed(tx, r->who.account, record->head.encounter);
    if (!err) err = trace(r, "seal.sign", who, record);
    if (err) return err;
    return answer_new(r, id);
}

/* The current version, final, of what the asker sees; else a fault. */
static enum err find_final(struct request *r, struct tx *tx, struct record_reader *who, int64_t version,
                           struct record *ret)
{
    enum err err = find_record(r, tx, who, ret);
    if (err || r->fault.status) return err;
    if (ret->head.version != version) return answer_fault(r, 409, "conflict", "version");
    return ret->head.lifecycle == RECORD_FINAL ? OK : answer_fault(r, 409, "not_final", NULL);
}

enum err seal_write(struct request *r, struct tx *tx)
{
    struct signing *g = r->stash;
    struct record_reader who;
    struct record record;
    enum err err = find_final(r, tx, &who, g->version, &record);
    if (err || r->fault.status) return err;
    err = login_proof_judge(r, tx, &g->proof, "password");
    return err || r->fault.status ? err : sign(r, tx, &who, &record, g->algorithm);
}

/* -- together -- */

/* Whoever could have written it calls others to sign it. */
static bool may_ask(const struct record_reader *who, const struct record *record)
{
    return guard_may_write(who->guard, &record->head, &record->head) == GUARD_FINISHED;
}

/* A clinician who sees the record, or a specialist with a grant for its encounter, to which it is then attached. */
static enum err may_sign(struct request *r, struct tx *tx, const struct record *record, struct str id)
{
    struct account account;
    struct guard guard;
    int64_t grant;
    enum err err = account_find(tx, r->arena, id, &account);
    if (err == ERR_NOT_FOUND || (!err && account.disabled.ms)) return ERR_BAD_INPUT;
    if (!err && policy_role(account.roles, POLICY_SEAL, POLICY_CREATE) == ROLE_COUNT) return ERR_BAD_INPUT;
    bool is_guest = !err && role_set_has(account.roles, ROLE_SPECIALIST) && record->head.encounter != 0;
    if (is_guest) {
        err = grant_live(tx, id, record->head.encounter, &grant);
        if (!err) err = grant_attach(tx, grant, record->head.row, false);
        if (err == ERR_NOT_FOUND) err = OK;
    }
    if (!err) err = grant_load(tx, r->arena, id, account.roles, &guard);
    return err ? err : guard_may_see(&guard, &record->head) ? OK : ERR_BAD_INPUT;
}

static enum err ask_one(struct request *r, struct tx *tx, const struct record *record, struct str id)
{
    enum err err = may_sign(r, tx, record, id);
    if (!err) err = cosign_ask(tx, &record->head, id, r->who.account);
    if (err == ERR_BAD_INPUT) answer_fault(r, 400, "bad_field", "accounts");
    if (err == ERR_EXISTS) answer_fault(r, 409, "asked_to_sign", NULL);
    if (err == ERR_LIMIT) answer_fault(r, 400, "bad_field", "accounts");
    if (err) return err;
    const char *whom = arena_text(r->arena, id.at, id.bytes);
    return whom
               ? request_notify(r, &(struct site_notice){.account = whom, .kind = "seal_asked", .data = "{}"})
               : ERR_NOMEM;
}

enum err seal_ask_write(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct record record;
    int64_t version;
    const struct json *list = r->json ? json_get(r->json, "accounts") : NULL;
    if (!request_only(r, (const char *const[]){"version", "accounts", NULL}) ||
        !request_int(r, "version", 1, INT64_MAX, &version))
        return OK;
    if (!json_is_array(list) || json_count(list) == 0) return answer_fault(r, 400, "bad_field", "accounts");
    enum err err = find_final(r, tx, &who, version, &record);
    if (err || r->fault.status) return err;
    if (!may_ask(&who, &record)) return answer_fault(r, 403, "not_allowed", NULL);
    for (size_t i = 0; i < json_count(list) && !err; i++) {
        struct str id;
        if (!json_text(json_at(list, i), &id)) {
            answer_fault(r, 400, "bad_field", "accounts");
            return ERR_BAD_INPUT;
        }
        err = ask_one(r, tx, &record, id);
    }
    if (!err) err = trace(r, r->route->audit, &who, &record);
    return err ? err : answer_empty(r, 204);
}

enum err seal_dissent_write(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct record record;
    struct str reason;
    int64_t version;
    if (!request_only(r, (const char *const[]){"version", "reason", NULL}) ||
        !request_int(r, "version", 1, INT64_MAX, &version) ||
        !request_text(r, "reason", DISSENT_BYTES_MAX, &reason))
        return OK;
    if (!str_trim(reason).bytes) return answer_fault(r, 400, "missing_field", "reason");
    enum err err = find_final(r, tx, &who, version, &record);
    if (err || r->fault.status) return err;
    err = cosign_dissent(tx, record.head.seq, r->who.account, str_trim(reason));
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err == ERR_EXISTS) return answer_fault(r, 409, "signed_already", NULL);
    if (!err) err = trace(r, r->route->audit, &who, &record);
    return err ? err : answer_empty(r, 204);
}

/* -- released to the patient -- */

enum err release_write(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct record record;
    if (!request_only(r, (const char *const[]){NULL})) return OK;
    enum err err = find_record(r, tx, &who, &record);
    if (err || r->fault.status) return err;
    if (record.head.lifecycle == RECORD_DRAFT || record.head.patient == 0)
        return answer_fault(r, 409, "not_final", NULL);
    err = release_give(tx, &record.head, r->who.account);
    if (err == ERR_EXISTS) {
        answer_fault(r, 409, "released_already", NULL);
        return err;
    }
    if (!err) err = trace(r, r->route->audit, &who, &record);
    return err ? err : answer_empty(r, 204);
}

/* Held back from the clock's release, by a doctor who says why; the reason stays in the house. */
enum err release_hold_write(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct record record;
    struct str reason;
    if (!request_only(r, (const char *const[]){"reason", NULL}) || !request_text(r, "reason", 1000, &reason))
        return OK;
    if (str_trim(reason).bytes == 0) return answer_fault(r, 400, "missing_field", "reason");
    enum err err = find_record(r, tx, &who, &record);
    if (err || r->fault.status) return err;
    if (record.head.patient == 0) return answer_fault(r, 409, "not_final", NULL);
    err = release_hold(tx, &record.head, r->who.account, str_trim(reason));
    if (err == ERR_EXISTS) return answer_fault(r, 409, "released_already", NULL);
    if (!err) err = trace(r, r->route->audit, &who, &record);
    return err ? err : answer_empty(r, 204);
}
