/* Signing a final version, and reading its signatures with all that the openssl command needs. */
#include "api/handlers.h"
#include "api/login_parts.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "records/grant.h"
#include "records/seal.h"

/* The record as it stands, for who asks. */
static enum err find_record(struct request *r, struct tx *tx, struct record_reader *who, struct record *ret)
{
    struct record_fault fault = {0};
    uint16_t resource = fhir_resource_of(r->captures[0]);
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

enum err seal_look(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct record record;
    struct json_out out;
    int64_t n;
    enum err err = find_record(r, tx, &who, &record);
    if (err || r->fault.status) return err;
    r->answer.body.bytes_max = (size_t)4 * RECORD_BODY_BYTES_MAX;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_put_int(&out, "version", record.head.version);
    json_open_array(&out, "signatures");
    err = seal_list(tx, r->arena, &record, &out, &n);
    json_close_array(&out);
    json_close(&out);
    return err ? err : trace(r, "seal.read", &who, &record);
}

static bool read_algorithm(struct request *r, enum sign_algorithm *ret)
{
    struct str name = {0};
    *ret = SIGN_ECDSA;
    if (!request_text_optional(r, "algorithm", 32, &name)) return false;
    if (!name.at || sign_from_name(name, ret)) return true;
    answer_fault(r, 400, "bad_field", "algorithm");
    return false;
}

/* A specialist's way in ends 72 hours after the signature (rule 7). */
static enum err sign(struct request *r, struct tx *tx, const struct record_reader *who,
                     const struct record *record, enum sign_algorithm algorithm)
{
    struct seal_ask ask = {
        .record = record, .account = r->who.account, .role = role_name(r->acting), .algorithm = algorithm};
    struct json_out out;
    int64_t id;
    enum err err = seal_sign(tx, r->arena, &ask, &id);
    if (err == ERR_EXISTS) {
        answer_fault(r, 409, "signed_already", NULL);
        return err;
    }
    if (!err && r->acting == ROLE_SPECIALIST)
        err = grant_note_signed(tx, r->who.account, record->head.encounter);
    if (!err) err = trace(r, "seal.sign", who, record);
    if (err) return err;
    answer_json(r, 201, &out);
    json_open(&out, NULL);
    json_put_int(&out, "id", id);
    json_close(&out);
    return OK;
}

enum err seal_write(struct request *r, struct tx *tx)
{
    struct record_reader who;
    struct record record;
    enum sign_algorithm algorithm;
    struct str code;
    int64_t version;
    if (!request_only(r, (const char *const[]){"version", "algorithm", "code", NULL}) ||
        !request_int(r, "version", 1, INT64_MAX, &version) || !read_algorithm(r, &algorithm) ||
        !request_text(r, "code", LOGIN_CODE_BYTES_MAX, &code))
        return OK;
    enum err err = find_record(r, tx, &who, &record);
    if (err || r->fault.status) return err;
    if (record.head.version != version) return answer_fault(r, 409, "conflict", "version");
    if (record.head.lifecycle != RECORD_FINAL) return answer_fault(r, 409, "not_final", NULL);
    err = login_prove_again(r, tx, code);
    return err || r->fault.status ? err : sign(r, tx, &who, &record, algorithm);
}
