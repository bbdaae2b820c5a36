/* Exports (rule 33): asked for with a reason, decided by another duty, fetched once with a key that is good once. */
#include "api/handlers.h"
#include "api/login_parts.h"
#include "api/record_parts.h"
#include "api/trace.h"
#include "base/rnd.h"
#include "desk/bulk.h"
#include "desk/extract.h"
#include "records/export.h"
#include "records/records.h"

enum { KEY_BYTES = 32, KEY_TEXT_MAX = 64, SCOPE_BYTES_MAX = 2000, TYPES_BYTES_MAX = 1000 };

/* -- the list -- */

enum err exports_look(struct request *r, struct tx *tx)
{
    struct json_out out;
    const struct export_reader reader = {r->who.account, r->who.roles};
    int64_t left = 0;
    answer_json(r, 200, &out);
    json_open(&out, NULL);
    json_open_array(&out, "rows");
    enum err err = export_list(tx, &reader, &out);
    json_close_array(&out);
    if (!err) err = export_left(tx, r->who.account, &left);
    json_put_int(&out, "left", left);
    json_put_int(&out, "limit", EXPORTS_A_DAY);
    json_open_array(&out, "counts");
    if (!err && role_set_has(r->who.roles, ROLE_PRIVACY_OFFICER)) err = export_counts(tx, &out);
    json_close_array(&out);
    json_close(&out);
    return err ? err : request_audit(r, "export.list", NULL, AUDIT_OK, NULL);
}

/* -- asking -- */

static bool read_time(struct request *r, const char *key, struct str *ret_text)
{
    struct instant at;
    if (!request_text_optional(r, key, 40, ret_text)) return false;
    if (ret_text->bytes == 0 || instant_from_text(*ret_text, &at)) return true;
    answer_fault(r, 400, "bad_field", key);
    return false;
}

/* One of the words, or nothing. */
static bool read_word(struct request *r, const char *key, const char *const words[2], struct str *ret)
{
    if (!request_text_optional(r, key, 16, ret)) return false;
    if (ret->bytes == 0 || str_is_text(*ret, words[0]) || str_is_text(*ret, words[1])) return true;
    answer_fault(r, 400, "bad_field", key);
    return false;
}

static bool read_types(struct request *r, struct str *ret)
{
    if (!request_text_optional(r, "types", TYPES_BYTES_MAX, ret)) return false;
    for (struct str rest = *ret; rest.bytes;) {
        uint16_t type = fhir_resource_of(str_cut(&rest, ','));
        if (type != FHIR_NONE && bulk_has_type(type)) continue;
        answer_fault(r, 400, "bad_field", "types");
        return false;
    }
    return true;
}

/* What of the trail, or of all records, as it was asked for: each kind has its own words, and no other's. */
static bool read_scope(struct request *r, const struct export_ask *ask, struct str *ret_scope)
{
    static const char *const levels[] = {"system", "patient"};
    struct {
        const char *name;
        enum export_kind kind;
        struct str value;
    } parts[] = {{"actor", EXPORT_AUDIT, {0}}, {"action", EXPORT_AUDIT, {0}}, {"from", EXPORT_AUDIT, {0}},
                 {"to", EXPORT_AUDIT, {0}},    {"level", EXPORT_BULK, {0}},   {"types", EXPORT_BULK, {0}},
                 {"since", EXPORT_BULK, {0}}};
    struct buf text;
    struct json_out o;
    if (!request_text_optional(r, "actor", 100, &parts[0].value) ||
        !request_text_optional(r, "action", 100, &parts[1].value) || !read_time(r, "from", &parts[2].value) ||
        !read_time(r, "to", &parts[3].value) || !read_word(r, "level", levels, &parts[4].value) ||
        !read_types(r, &parts[5].value) || !read_time(r, "since", &parts[6].value))
        return false;
    buf_init(&text, SCOPE_BYTES_MAX);
    json_out_init(&o, &text);
    json_open(&o, NULL);
    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        if (parts[i].value.bytes && parts[i].kind != ask->kind) {
            answer_fault(r, 400, "bad_field", parts[i].name);
            break;
        }
        if (parts[i].value.bytes) json_put_str(&o, parts[i].name, parts[i].value);
    }
    json_close(&o);
    const char *copy = text.err ? NULL : arena_text(r->arena, text.at, text.bytes);
    *ret_scope = (struct str){copy, text.bytes};
    buf_done(&text);
    if (!copy) fault_from_err(&r->fault, ERR_NOMEM);
    return copy != NULL && !r->fault.status;
}

static bool is_format(enum export_kind kind, struct str format)
{
    return kind == EXPORT_BULK ? str_is_text(format, "ndjson")
                               : str_is_text(format, "pdf") || str_is_text(format, "zip");
}

static bool read_words(struct request *r, struct export_ask *ask, struct str *ret_patient,
                       struct str *ret_code)
{
    struct str kind, format;
    if (!request_only(r, (const char *const[]){"kind", "format", "patient", "actor", "action", "from", "to",
                                               "level", "types", "since", "recipient", "reason", "code",
                                               NULL}) ||
        !request_text(r, "kind", 16, &kind) || !request_text(r, "format", 16, &format) ||
        !request_text_optional(r, "patient", RECORD_ID_BYTES_MAX, ret_patient) ||
        !request_text(r, "recipient", EXPORT_TEXT_BYTES_MAX, &ask->recipient) ||
        !request_text(r, "reason", EXPORT_TEXT_BYTES_MAX, &ask->reason) ||
        !request_text(r, "code", LOGIN_CODE_BYTES_MAX, ret_code))
        return false;
    bool is_kind = export_kind_read(kind, &ask->kind);
    const char *wrong = !is_kind                                         ? "kind"
                        : !is_format(ask->kind, format)                  ? "format"
                        : ask->kind == EXPORT_BULK && ret_patient->bytes ? "patient"
                                                                         : NULL;
    ask->is_zip = str_is_text(format, "zip");
    if (wrong) answer_fault(r, 400, "bad_field", wrong);
    const char *missing = !str_trim(ask->recipient).bytes                         ? "recipient"
                          : !str_trim(ask->reason).bytes                          ? "reason"
                          : ask->kind == EXPORT_RECORD && ret_patient->bytes == 0 ? "patient"
                                                                                  : NULL;
    if (!wrong && missing) answer_fault(r, 400, "missing_field", missing);
    return !wrong && !missing && read_scope(r, ask, &ask->scope);
}

/* A doctor asks of whom the doctor sees; an officer names an id, and it need only exist. */
static enum err find_patient(struct request *r, struct tx *tx, struct str id, int64_t *ret_patient)
{
    struct record_reader who;
    struct record_head head;
    if (id.bytes == 0) return OK;
    enum err err = record_parts_reader(r, tx, &who);
    if (!err && r->acting == ROLE_CLINIC_DOCTOR)
        err = record_parts_find(r, tx, &who, STR("Patient"), id, &head);
    else if (!err)
        err = record_head_find(tx, r->arena, fhir_resource_of(STR("Patient")), id, &head);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err || r->fault.status) return err;
    *ret_patient = head.row;
    return request_about(r, head.row);
}

static enum err tell(struct request *r, const char *role, const char *account, const char *kind, int64_t id)
{
    const char *data = arena_printf(r->arena, "{\"id\":%lld}", (long long)id);
    return data ? request_notify(
                      r, &(struct site_notice){.role = role, .account = account, .kind = kind, .data = data})
                : ERR_NOMEM;
}

static enum err note(struct request *r, const char *action, int64_t id, const char *detail)
{
    const char *target = arena_printf(r->arena, "export/%lld", (long long)id);
    return target && detail ? request_audit(r, action, target, AUDIT_OK, detail) : ERR_NOMEM;
}

enum err export_ask_write(struct request *r, struct tx *tx)
{
    struct export_ask ask = {.by = r->who.account, .role = r->acting};
    struct str patient = {0}, code;
    struct instant until;
    int64_t id;
    if (!read_words(r, &ask, &patient, &code)) return OK;
    enum err err = find_patient(r, tx, patient, &ask.patient);
    if (err || r->fault.status) return err;
    err = login_prove_again(r, tx, code);
    if (err || r->fault.status) return err;
    err = export_ask(tx, &ask, &id, &until);
    if (err == ERR_DENIED) return answer_fault(r, 403, "not_allowed", NULL);
    if (err == ERR_LIMIT) {
        answer_fault(r, 409, "export_limit", NULL);
        r->fault.until = until;
        return OK;
    }
    const char *detail =
        arena_printf(r->arena, "{\"kind\":\"%s\",\"format\":\"%s\"}", export_kind_name(ask.kind),
                     ask.kind == EXPORT_BULK ? "ndjson"
                     : ask.is_zip            ? "zip"
                                             : "pdf");
    if (!err) err = note(r, "export.ask", id, detail);
    bool is_for_doctor = ask.kind != EXPORT_AUDIT && ask.role == ROLE_PRIVACY_OFFICER;
    if (!err)
        err = tell(r, role_name(is_for_doctor ? ROLE_CLINIC_DOCTOR : ROLE_PRIVACY_OFFICER), NULL,
                   "export_asked", id);
    return err ? err : answer_new(r, id);
}

/* -- deciding -- */

enum err export_decide_write(struct request *r, struct tx *tx)
{
    struct export_verdict verdict = {.by = r->who.account, .roles = r->who.roles};
    struct export_row row;
    struct str word, code;
    int64_t id;
    if (!record_parts_number(r, &id) ||
        !request_only(r, (const char *const[]){"verdict", "remark", "code", NULL}) ||
        !request_text(r, "verdict", 16, &word) ||
        !request_text_optional(r, "remark", EXPORT_TEXT_BYTES_MAX, &verdict.remark) ||
        !request_text(r, "code", LOGIN_CODE_BYTES_MAX, &code))
        return OK;
    verdict.is_granted = str_is_text(word, "grant");
    if (!verdict.is_granted && !str_is_text(word, "decline"))
        return answer_fault(r, 400, "bad_field", "verdict");
    if (!verdict.remark.at) verdict.remark = STR("");
    enum err err = login_prove_again(r, tx, code);
    if (err || r->fault.status) return err;
    err = export_decide(tx, id, &verdict);
    if (err == ERR_NOT_FOUND || err == ERR_DENIED) return answer_fault(r, 404, "not_found", NULL);
    if (err == ERR_EXISTS) return answer_fault(r, 409, "own_export", NULL);
    if (!err) err = export_find(tx, r->arena, id, &row);
    if (!err) err = request_about(r, row.ask.patient);
    if (!err)
        err = note(r, "export.decide", id,
                   verdict.is_granted ? "{\"verdict\":\"grant\"}" : "{\"verdict\":\"decline\"}");
    if (!err) err = tell(r, NULL, row.ask.by.at, "export_decided", id);
    return err ? err : answer_empty(r, 204);
}

/* -- fetching -- */

enum err export_key_write(struct request *r, struct tx *tx)
{
    uint8_t key[KEY_BYTES];
    char text[STR_BASE64_BYTES(KEY_BYTES)];
    struct json_out out;
    struct instant ends;
    int64_t id;
    if (!record_parts_number(r, &id) || !request_only(r, (const char *const[]){NULL})) return OK;
    rnd_bytes(key, sizeof key);
    str_base64url(key, sizeof key, text);
    struct digest_value hash = digest_of(text, strlen(text));
    enum err err = export_key(tx, id, r->who.account, &hash, &ends);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = note(r, "export.key", id, "{}");
    if (err) return err;
    answer_json(r, 201, &out);
    json_open(&out, NULL);
    json_put_text(&out, "key", text);
    json_put_instant(&out, "ends", ends);
    json_close(&out);
    return OK;
}

struct fetching { /* the request's stash */
    int64_t id;
    struct export_row row;
    struct digest_value hash;
    struct extract *x;
    struct record_reader who;
};

static void forget(void *stash)
{
    extract_free(((struct fetching *)stash)->x);
}

static bool read_key(struct request *r, struct digest_value *ret_hash)
{
    struct str key;
    if (!request_only(r, (const char *const[]){"key", NULL}) || !request_text(r, "key", KEY_TEXT_MAX, &key))
        return false;
    *ret_hash = digest_of(key.at, key.bytes);
    return true;
}

static enum err scope_query(const struct export_row *row, struct arena *arena, struct trail_query *ret)
{
    struct json *scope;
    struct str text;
    enum err err = json_parse(row->ask.scope, &scope, NULL);
    if (err) return err;
    *ret = (struct trail_query){.outcome = -1, .subject = row->ask.patient};
    struct str *const texts[] = {&ret->actor, &ret->action};
    static const char *const names[] = {"actor", "action"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (json_text(json_get(scope, names[i]), &text)) {
            *texts[i] = (struct str){arena_text(arena, text.at, text.bytes), text.bytes};
            if (!texts[i]->at) err = ERR_NOMEM;
        }
    if (json_text(json_get(scope, "from"), &text)) (void)instant_from_text(text, &ret->from);
    if (json_text(json_get(scope, "to"), &text)) (void)instant_from_text(text, &ret->to);
    json_free(scope);
    return err;
}

static enum err gather_trail(struct fetching *f, struct tx *tx)
{
    struct trail_query query;
    enum err err = scope_query(&f->row, extract_arena(f->x), &query);
    return err ? err : extract_trail(f->x, tx, &query);
}

/* As who fetches it may see it now, not as it was when it was asked for. */
static enum err gather_record(struct request *r, struct tx *tx, struct fetching *f)
{
    struct record_head head;
    f->who = (struct record_reader){.records = request_site(r)->records, .arena = extract_arena(f->x)};
    enum err err = fhir_guard(r, tx, &f->who);
    if (!err) err = record_head_at(tx, r->arena, f->row.ask.patient, &head);
    return err ? err : extract_record(f->x, tx, &f->who, head.id);
}

enum err export_file_look(struct request *r, struct tx *tx)
{
    const struct extract_who whose = {.site = str_of(request_site(r)->settings.name),
                                      .by = r->who.display,
                                      .is_english = r->english,
                                      .zone = records_zone(request_site(r)->records)};
    struct fetching *f = arena_zalloc(r->arena, sizeof *f);
    bool is_good = false;
    if (!f) return ERR_NOMEM;
    if (!record_parts_number(r, &f->id) || !read_key(r, &f->hash)) return OK;
    enum err err = export_key_is_good(tx, f->id, r->who.account, &f->hash, &is_good);
    if (!err && !is_good) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = export_find(tx, r->arena, f->id, &f->row);
    if (err) return err;
    r->stash = f;
    r->stash_free = forget;
    f->x = extract_new(f->id, &f->row, &whose, request_site(r)->files, tx->now);
    if (!f->x) return ERR_NOMEM;
    err = f->row.ask.kind == EXPORT_AUDIT ? gather_trail(f, tx) : gather_record(r, tx, f);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (err == ERR_LIMIT) return answer_fault(r, 413, "too_large", NULL);
    return err;
}

void export_file_work(struct request *r)
{
    struct fetching *f = r->stash;
    buf_clear(&r->answer.body);
    r->answer.body.bytes_max = EXTRACT_PDF_BYTES_MAX;
    enum err err = extract_draw(f->x, request_site(r)->press, &r->answer.body);
    if (!err) return;
    buf_clear(&r->answer.body);
    fault_from_err(&r->fault, err);
}

/* The sealed archive is the answer, and goes with the request. */
static enum err hand_out(struct request *r, struct fetching *f, int64_t *ret_bytes,
                         struct digest_value *ret_hash)
{
    struct request_file *file = arena_zalloc(r->arena, sizeof *file);
    if (!file) return ERR_NOMEM;
    file->writer = extract_file(f->x, &file->seal);
    file->next = r->files;
    r->files = file;
    *ret_bytes = file->seal.bytes;
    *ret_hash = file->seal.sha256;
    return answer_add_file(r, &file->seal, 0, file->seal.bytes);
}

/* On the desk: of two that come with one key, the second finds it used. */
enum err export_file_write(struct request *r, struct tx *tx)
{
    struct fetching *f = r->stash;
    bool is_zip = f->row.ask.is_zip;
    char hex[2 * DIGEST_BYTES + 1];
    enum err err = export_fetch(tx, f->id, r->who.account, &f->hash);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = extract_seal(f->x, tx, r->who.account);
    if (err) return err;
    int64_t bytes = (int64_t)r->answer.body.bytes;
    struct digest_value hash;
    err = is_zip ? hand_out(r, f, &bytes, &hash) : OK;
    if (err) return err;
    if (!is_zip) hash = digest_of(r->answer.body.at, r->answer.body.bytes);
    str_hex(hash.at, sizeof hash.at, hex);
    const char *target = arena_printf(r->arena, "export/%lld", (long long)f->id);
    const char *more = arena_printf(r->arena, ",\"format\":\"%s\",\"bytes\":%lld,\"sha256\":\"%s\"",
                                    is_zip ? "zip" : "pdf", (long long)bytes, hex);
    const char *name = arena_printf(r->arena, "attachment; filename=\"yunqiao-export-%lld.%s\"",
                                    (long long)f->id, is_zip ? "zip" : "pdf");
    if (!target || !more || !name) return ERR_NOMEM;
    err = request_about(r, f->row.ask.patient);
    if (!err) err = request_trace(r, &f->who, "export.fetch", target, more);
    if (!err) err = tell(r, role_name(ROLE_PRIVACY_OFFICER), NULL, "export_fetched", f->id);
    if (err) return err;
    r->answer.status = 200;
    r->answer.content_type = is_zip ? "application/zip" : "application/pdf";
    answer_header(r, "content-disposition", name);
    return OK;
}
