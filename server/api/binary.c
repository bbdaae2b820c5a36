/* Binary: a file of any size beside the records (FHIR R4 §2.29). Up, it goes to a sealed file as it comes, and its row, its key and its
 * resource are written in one transaction; down, it is read from any place (Range). Whose it is, X-Security-Context says. JSON is
 * the ordinary interaction's. */
#include "api/binary_type.h"
#include "api/fhir.h"
#include "api/handlers.h"
#include "base/mem.h"
#include "records/attach.h"
#include "records/guard.h"
#include "records/index.h"
#include <stdio.h>

enum { NODES_MAX = 64, DATA_BYTES_MAX = 4 * 1024 * 1024 };

struct binary_call {
    struct fhir_call fhir; /* first: faults are told from it */
    struct record_head about;
    struct str context; /* "Patient/1" */
};

bool binary_is_json(struct str content_type)
{
    struct str type = str_trim(str_cut(&content_type, ';'));
    return type.bytes == 0 || fhir_is_json(type);
}

/* -- up -- */

/* Whom the file is about, as the asker may see it. */
static enum err find_context(struct request *r, struct tx *tx, const struct record_reader *who,
                             struct binary_call *c)
{
    uint16_t resource;
    struct str id;
    if (!r->security_context.bytes) return answer_fault(r, 422, "context_needed", NULL);
    if (!str_is_utf8(r->security_context) ||
        !index_local_reference(r->security_context, who->base, &resource, &id))
        return answer_fault(r, 400, "bad_field", "x-security-context");
    enum err err = record_head_find(tx, r->arena, resource, id, &c->about);
    bool is_absent =
        err == ERR_NOT_FOUND || (!err && (c->about.is_deleted || !guard_may_see(who->guard, &c->about)));
    if (is_absent) return answer_fault(r, 404, "not_found", NULL);
    if (!err && !c->about.patient) return answer_fault(r, 422, "context_needed", NULL);
    struct str type = fhir_name(fhir_types[fhir_resources[resource].type].name);
    const char *text = arena_printf(r->arena, "%.*s/%.*s", (int)type.bytes, type.at, (int)id.bytes, id.at);
    c->context = str_of(text);
    return err ? err : text ? OK : ERR_NOMEM;
}

/* Before the body is read: may this person file it there? The store asks once more when it is written. */
static enum err may_file(struct request *r, const struct record_reader *who, const struct record_head *about)
{
    struct record_head made = {.resource = fhir_resource_of(STR("Binary")),
                               .version = 1,
                               .patient = about->patient,
                               .encounter = about->encounter,
                               .labels = about->labels & GUARD_SECRET};
    switch (guard_may_write(who->guard, NULL, &made)) {
    case GUARD_ALLOWED:
        return OK;
    case GUARD_HIDDEN:
        return answer_fault(r, 404, "not_found", NULL);
    case GUARD_REFUSED:
    case GUARD_FINISHED:
    default:
        return answer_fault(r, 403, "not_allowed", NULL);
    }
}

enum err binary_post_look(struct request *r, struct tx *tx)
{
    if (!r->upload_bytes) return fhir_look(r, tx);
    struct record_reader who = fhir_reader(r);
    struct binary_call *c = r->stash = arena_zalloc(r->arena, sizeof *c);
    if (!c) return ERR_NOMEM;
    enum err err = fhir_guard(r, tx, &who);
    if (!err) err = find_context(r, tx, &who, c);
    if (!err && !r->fault.status) err = may_file(r, &who, &c->about);
    if (err || r->fault.status) return err;
    return binary_type_is_taken(r->content_type) && r->content_type.bytes < ATTACH_TYPE_BYTES
               ? OK
               : answer_fault(r, 415, "file_type", NULL);
}

/* Is it what it says it is? Then it gets its final name. */
void binary_post_work(struct request *r)
{
    struct file_reader *reader = NULL;
    char head[BINARY_HEAD_BYTES];
    size_t bytes = 0;
    if (!r->upload) return;
    enum err err = file_reader_new(request_site(r)->files, &r->upload_seal, &reader);
    if (!err) err = file_reader_get(reader, 0, head, sizeof head, &bytes);
    file_reader_free(reader);
    if (!err && !binary_type_fits(r->content_type, head, bytes)) {
        answer_fault(r, 415, "file_type", NULL);
        return;
    }
    if (!err) err = file_writer_place(r->upload);
    if (err) fault_from_err(&r->fault, err);
}

static enum err read_own(struct request *r, struct binary_call *c)
{
    struct json_out out;
    struct buf text;
    struct tape_fault where;
    buf_init(&text, 4096);
    json_out_init(&out, &text);
    json_open(&out, NULL);
    json_put_text(&out, "resourceType", "Binary");
    json_put_str(&out, "contentType", r->content_type);
    json_open(&out, "securityContext");
    json_put_str(&out, "reference", c->context);
    json_close(&out);
    json_close(&out);
    const char *copy = text.err ? NULL : arena_text(r->arena, text.at, text.bytes);
    struct str body = {copy, text.bytes};
    enum err err = text.err ? text.err : copy ? OK : ERR_NOMEM;
    buf_done(&text);
    return err ? err : tape_read(r->arena, body, NODES_MAX, &c->fhir.tape, &where);
}

static enum err put_row(struct request *r, struct tx *tx, const struct record_head *head)
{
    int64_t id;
    struct attach a = {
        .record = head->row, .version = head->version, .patient = head->patient, .seal = r->upload_seal};
    snprintf(a.type, sizeof a.type, "%.*s", (int)r->content_type.bytes, r->content_type.at);
    enum err err = attach_put(tx, request_site(r)->records, &a, &id);
    mem_wipe(&a, sizeof a);
    return err;
}

static enum err trace_made(struct request *r, struct record_reader *who, const struct record_head *head)
{
    char sha[2 * DIGEST_BYTES + 1], more[160];
    str_hex(r->upload_seal.sha256.at, DIGEST_BYTES, sha);
    snprintf(more, sizeof more, ",\"bytes\":%lld,\"sha256\":\"%s\"", (long long)r->upload_seal.bytes, sha);
    enum err err = record_traced(who, head);
    return err ? err : fhir_trace(r, "create", head, who, more);
}

enum err binary_post_write(struct request *r, struct tx *tx)
{
    if (!r->upload) return fhir_write(r, tx);
    struct binary_call *c = r->stash;
    struct record_reader who = fhir_reader(r);
    struct record made;
    enum record_done done;
    enum err err = fhir_guard(r, tx, &who);
    if (!err) err = read_own(r, c);
    if (!err)
        err = record_create(tx, &who, fhir_resource_of(STR("Binary")), &c->fhir.tape, 0, NULL, &made, &done,
                            &c->fhir.fault);
    if (c->fhir.fault.status) {
        answer_fault(r, c->fhir.fault.status, c->fhir.fault.issues[0].code, NULL);
        return err ? err : ERR_DENIED;
    }
    if (!err) err = put_row(r, tx, &made.head);
    if (!err) err = fhir_origin(r, tx, &who);
    if (!err) err = trace_made(r, &who, &made.head);
    if (err) return err;
    r->upload_kept = true;
    r->answer.status = 201;
    r->answer.content_type = "application/fhir+json; charset=utf-8";
    fhir_put_version(r, &made.head);
    fhir_put_location(r, who.base, &made.head);
    if (!str_is_text(r->prefer, "return=minimal")) buf_add_str(&r->answer.body, made.body);
    return OK;
}

/* -- down -- */

/* FHIR R4 §2.29.1: the resource is given to who asks for FHIR's own format, the content to all others. */
static bool wants_resource(struct request *r)
{
    struct str format = request_query(r, "_format"), rest = r->accept;
    if (format.at) return !str_is_text(format, "native");
    while (rest.bytes) {
        struct str item = str_cut(&rest, ',');
        if (fhir_is_json(str_trim(str_cut(&item, ';')))) return true;
    }
    return false;
}

static bool from_base64(struct request *r, struct str text, struct str *ret)
{
    char *plain = arena_alloc(r->arena, text.bytes + 1);
    size_t n = 0;
    if (!plain) return false;
    for (size_t i = 0; i < text.bytes; i++) { /* to the alphabet that base/str reads */
        char c = text.at[i];
        if (c == '=' || c == '\r' || c == '\n' || c == ' ') continue;
        plain[n++] = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    uint8_t *bytes = arena_alloc(r->arena, n + 1);
    if (!bytes || !str_from_base64url((struct str){plain, n}, bytes, n, &ret->bytes)) return false;
    ret->at = (const char *)bytes;
    return true;
}

static void put_disposition(struct request *r, struct str type)
{
    if (!binary_type_is_shown(type)) answer_header(r, "content-disposition", "attachment");
}

/* What came as JSON holds its content itself. */
static enum err answer_inline(struct request *r, const struct record *it)
{
    struct tape tape;
    struct tape_fault where;
    struct str type = {0}, data = {0}, bytes = {0};
    enum err err = tape_read(r->arena, it->body, RECORD_NODES_MAX, &tape, &where);
    if (err) return err;
    tape_text(&tape, tape_get(&tape, 0, STR("contentType")), r->arena, &type);
    tape_text(&tape, tape_get(&tape, 0, STR("data")), r->arena, &data);
    const char *copy = arena_text(r->arena, type.at ? type.at : "", type.bytes);
    if (!copy || !from_base64(r, data, &bytes)) return ERR_NOMEM;
    bool is_known =
        binary_type_is_taken(type) && binary_type_fits(type, bytes.at, bytes.bytes < 512 ? bytes.bytes : 512);
    put_disposition(r, is_known ? type : STR(""));
    r->answer.status = 200;
    r->answer.content_type = is_known ? copy : "application/octet-stream";
    r->answer.body.bytes_max = RECORD_BODY_BYTES_MAX;
    buf_add_str(&r->answer.body, bytes);
    return OK;
}

static enum err answer_sealed(struct request *r, const struct attach *a)
{
    char sha[2 * DIGEST_BYTES + 1], etag[2 * DIGEST_BYTES + 3];
    str_hex(a->seal.sha256.at, DIGEST_BYTES, sha);
    snprintf(etag, sizeof etag, "\"%s\"", sha);
    put_disposition(r, str_of(a->type));
    return answer_file(r, &a->seal, a->type, etag);
}

static enum err find_version(struct request *r, struct tx *tx, struct record_reader *who,
                             struct binary_call *c, struct record *ret)
{
    uint16_t binary = fhir_resource_of(STR("Binary"));
    int64_t version = 0;
    enum err err;
    if (!r->captures[1].bytes)
        err = record_read(tx, who, binary, r->captures[0], ret, &c->fhir.fault);
    else if (str_to_i64(r->captures[1], &version) && version > 0)
        err = record_vread(tx, who, binary, r->captures[0], version, ret, &c->fhir.fault);
    else
        return answer_fault(r, 404, "not_found", NULL);
    if (c->fhir.fault.status) answer_fault(r, c->fhir.fault.status, c->fhir.fault.issues[0].code, NULL);
    return err;
}

/* The resource with its content, where that is small enough to stand in it. */
static enum err answer_resource(struct request *r, const struct record *it, const struct attach *a)
{
    struct file_reader *reader = NULL;
    size_t bytes = 0, n;
    if (a->seal.bytes > DATA_BYTES_MAX) return answer_fault(r, 406, "too_large", NULL);
    uint8_t *data = arena_alloc(r->arena, (size_t)a->seal.bytes + 1);
    char *text = arena_alloc(r->arena, STR_BASE64_BYTES((size_t)a->seal.bytes));
    if (!data || !text) return ERR_NOMEM;
    enum err err = file_reader_new(request_site(r)->files, &a->seal, &reader);
    if (!err) err = file_reader_get(reader, 0, data, (size_t)a->seal.bytes, &bytes);
    file_reader_free(reader);
    if (err) return err;
    n = str_base64(data, bytes, text);
    r->answer.status = 200;
    r->answer.body.bytes_max = 2 * DATA_BYTES_MAX;
    r->answer.content_type = "application/fhir+json; charset=utf-8";
    fhir_put_version(r, &it->head);
    buf_add(&r->answer.body, it->body.at, it->body.bytes - 1);
    buf_add_text(&r->answer.body, ",\"data\":\"");
    buf_add(&r->answer.body, text, n);
    buf_add_text(&r->answer.body, "\"}");
    return OK;
}

enum err binary_look(struct request *r, struct tx *tx)
{
    struct record_reader who = fhir_reader(r);
    struct binary_call *c = r->stash = arena_zalloc(r->arena, sizeof *c);
    struct record it = {0};
    struct attach a = {0};
    if (!c) return ERR_NOMEM;
    enum err err = fhir_guard(r, tx, &who);
    if (!err) err = find_version(r, tx, &who, c, &it);
    if (err || r->fault.status) return err;
    err = attach_of(tx, request_site(r)->records, it.head.row, it.head.version, &a);
    bool is_inline = err == ERR_NOT_FOUND;
    if (is_inline && wants_resource(r)) return fhir_look(r, tx);
    if (!err || is_inline)
        err = is_inline           ? answer_inline(r, &it)
              : wants_resource(r) ? answer_resource(r, &it, &a)
                                  : answer_sealed(r, &a);
    mem_wipe(&a, sizeof a);
    if (err || r->fault.status) return err;
    return fhir_trace(r, r->captures[1].bytes ? "vread" : "read", &it.head, &who, "");
}
