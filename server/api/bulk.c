/* FHIR Bulk Data (§11.2): $export of the system or of all patients. An export like any other (exports.c): asked for with a reason, granted by
 * another duty, counted. The kick-off takes such a grant up; there is no other way to it. */
#include "desk/bulk.h"
#include "api/fhir.h"
#include "api/handlers.h"
#include "api/record_parts.h"
#include "base/form.h"
#include "base/log.h"
#include "desk/extract.h"
#include "desk/texts.h"
#include "records/records.h"
#include <stdio.h>

enum { TYPES_BYTES_MAX = 1000, REQUEST_BYTES_MAX = 2000 };

/* -- what is asked for -- */

struct wanted {
    struct export_bulk_scope scope;
    struct buf types;
    bool is_lenient;
};

static bool add_types(struct request *r, struct wanted *w, struct str list)
{
    while (list.bytes) {
        struct str name = str_trim(str_cut(&list, ','));
        uint16_t type = fhir_resource_of(name);
        if (type != FHIR_NONE && bulk_has_type(type)) {
            if (w->types.bytes) buf_add_char(&w->types, ',');
            buf_add_str(&w->types, name);
        } else if (!w->is_lenient) {
            answer_fault(r, 400, "bad_field", "_type");
            return false;
        }
    }
    return true;
}

static bool is_ndjson(struct str type)
{
    return str_is_text(type, "application/fhir+ndjson") || str_is_text(type, "application/ndjson") ||
           str_is_text(type, "ndjson");
}

static bool take_parameter(struct request *r, struct wanted *w, struct str name, struct str value)
{
    const char *wrong = NULL;
    if (str_is_text(name, "_type")) return add_types(r, w, value);
    if (str_is_text(name, "_since"))
        wrong = instant_from_text(value, &w->scope.since) ? NULL : "_since";
    else if (str_is_text(name, "_outputFormat"))
        wrong = is_ndjson(value) ? NULL : "_outputFormat";
    else if (!str_is_text(name, "_format") && !str_is_text(name, "_pretty") && !w->is_lenient)
        wrong = arena_text(r->arena, name.at, name.bytes < 60 ? name.bytes : 60);
    if (wrong) answer_fault(r, 400, "bad_field", str_is_utf8(str_of(wrong)) ? wrong : NULL);
    return !wrong;
}

static enum err read_query(struct request *r, struct wanted *w)
{
    struct str rest = r->query;
    while (rest.bytes && !r->fault.status) {
        struct str value = str_cut(&rest, '&'), name = form_decode(r->arena, str_cut(&value, '='));
        value = form_decode(r->arena, value);
        if (!name.at || !value.at) return ERR_NOMEM;
        if (name.bytes) (void)take_parameter(r, w, name, value);
    }
    return OK;
}

/* parameter: name, and a value of whatever type. */
static enum err read_one(struct request *r, struct wanted *w, const struct tape *t, uint32_t node)
{
    static const char *const values[] = {"valueString", "valueCode", "valueInstant", "valueDateTime"};
    struct str name = {0}, value = {0};
    uint32_t at = tape_get(t, node, STR("name"));
    enum err err = at == TAPE_NONE ? OK : tape_text(t, at, r->arena, &name);
    for (size_t i = 0; i < COUNT_OF(values) && !err; i++)
        if ((at = tape_get(t, node, str_of(values[i]))) != TAPE_NONE)
            err = tape_text(t, at, r->arena, &value);
    if (!err && (!name.bytes || !value.bytes)) return answer_fault(r, 400, "bad_field", "parameter");
    if (!err) (void)take_parameter(r, w, name, value);
    return err == ERR_BAD_INPUT ? answer_fault(r, 400, "bad_field", "parameter") : err;
}

/* Of a POST: nothing, or a Parameters resource. */
static enum err read_body(struct request *r, struct wanted *w)
{
    struct tape t;
    struct tape_fault where;
    struct str type = r->content_type;
    if (r->body.bytes == 0 || r->fault.status) return OK;
    if (!fhir_is_json(str_trim(str_cut(&type, ';')))) return answer_fault(r, 415, "media_type", NULL);
    enum err err = tape_read(r->arena, r->body, RECORD_NODES_MAX, &t, &where);
    if (err == ERR_BAD_INPUT || err == ERR_LIMIT) return answer_fault(r, 400, "bad_json", NULL);
    if (err) return err;
    uint32_t kind = tape_get(&t, 0, STR("resourceType")), list = tape_get(&t, 0, STR("parameter"));
    if (kind == TAPE_NONE || !tape_is_text(&t, kind, "Parameters"))
        return answer_fault(r, 400, "bad_field", "resourceType");
    for (uint32_t i = 0, at;
         list != TAPE_NONE && !err && !r->fault.status && (at = tape_at(&t, list, i)) != TAPE_NONE; i++)
        err = read_one(r, w, &t, at);
    return err;
}

static bool prefers(const struct request *r, const char *word)
{
    struct str rest = r->prefer;
    while (rest.bytes) {
        struct str group = str_cut(&rest, ',');
        while (group.bytes)
            if (str_is_text(str_trim(str_cut(&group, ';')), word)) return true;
    }
    return false;
}

static enum err read_wanted(struct request *r, struct wanted *w)
{
    w->is_lenient = prefers(r, "handling=lenient");
    w->scope.of_patients = str_starts(r->path, STR("/fhir/Patient/"));
    if (!prefers(r, "respond-async")) return answer_fault(r, 400, "export_async", "Prefer");
    enum err err = read_query(r, w);
    if (!err) err = read_body(r, w);
    if (!err) err = w->types.err;
    if (err == ERR_LIMIT) return answer_fault(r, 400, "bad_field", "_type");
    if (err || r->fault.status) return err;
    const char *types = arena_text(r->arena, w->types.at ? w->types.at : "", w->types.bytes);
    w->scope.types = (struct str){types, w->types.bytes};
    return types ? OK : ERR_NOMEM;
}

/* -- kick-off -- */

/* Who it is for and by, as each line says it. */
static enum err ask_of(struct request *r, struct tx *tx, int64_t id, const struct export_bulk *begun,
                       struct bulk_ask *ret)
{
    const struct extract_who who = {
        .by = r->who.display, .is_english = r->english, .zone = records_zone(request_site(r)->records)};
    struct export_row row;
    enum err err = export_find(tx, r->arena, id, &row);
    if (err) return err;
    const char *mark = extract_mark(r->arena, &who, row.ask.recipient, id, begun->begun);
    *ret = (struct bulk_ask){.id = id,
                             .account = r->who.account,
                             .mark = str_of(mark ? mark : ""),
                             .begun = begun->begun,
                             .ends = begun->ends};
    return mark ? OK : ERR_NOMEM;
}

/* What was begun stands in the store: who asks for its state has it begun anew, should this fail. */
static void begin(struct request *r)
{
    enum err err = bulk_begin(request_site(r)->bulk, r->stash);
    if (err) log_warn("export", "bulk_waits", LOG_E(err));
}

static enum err note(struct request *r, const char *action, int64_t id, const char *detail)
{
    const char *target = arena_printf(r->arena, "export/%lld", (long long)id);
    return target && detail ? request_audit(r, action, target, AUDIT_OK, detail) : ERR_NOMEM;
}

static void say(struct request *r, int status, const char *code)
{
    const struct text *t = text_find(code, NULL);
    struct json_out o;
    answer_json(r, status, &o);
    r->answer.content_type = "application/fhir+json; charset=utf-8";
    json_open(&o, NULL);
    json_put_text(&o, "resourceType", "OperationOutcome");
    json_open_array(&o, "issue");
    json_open(&o, NULL);
    json_put_text(&o, "severity", "information");
    json_put_text(&o, "code", "informational");
    json_open(&o, "details");
    json_put_text(&o, "text", r->english ? t->en : t->zh);
    json_close(&o);
    json_close(&o);
    json_close_array(&o);
    json_close(&o);
}

static const char *request_text_of(struct request *r)
{
    struct str below = {r->path.at + sizeof "/fhir" - 1, r->path.bytes - (sizeof "/fhir" - 1)};
    if (r->path.bytes + r->query.bytes > REQUEST_BYTES_MAX) return NULL;
    return arena_printf(r->arena, "%.*s%s%.*s", (int)below.bytes, below.at, r->query.bytes ? "?" : "",
                        (int)r->query.bytes, r->query.at ? r->query.at : "");
}

static enum err kick_off(struct request *r, struct tx *tx, const struct export_bulk_scope *scope)
{
    struct bulk_ask *ask = arena_zalloc(r->arena, sizeof *ask);
    const char *request = request_text_of(r);
    struct export_bulk begun;
    int64_t id;
    if (!ask) return ERR_NOMEM;
    if (!request || !str_is_utf8(str_of(request))) return answer_fault(r, 400, "bad_field", "_type");
    if (!bulk_has_room(request_site(r)->bulk)) return answer_fault(r, 503, "busy", NULL);
    enum err err = export_bulk_begin(tx, r->who.account, scope, str_of(request), &id);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 403, "export_not_granted", NULL);
    if (!err) err = export_bulk_find(tx, r->arena, id, r->who.account, &begun);
    if (!err) err = ask_of(r, tx, id, &begun, ask);
    if (!err) err = note(r, "export.begin", id, "{}");
    const char *data = arena_printf(r->arena, "{\"id\":%lld}", (long long)id);
    const char *where = arena_printf(r->arena, "%s/$export/%lld", fhir_reader(r).base.at, (long long)id);
    if (!err && (!data || !where)) err = ERR_NOMEM;
    if (!err)
        err = request_notify(r, &(struct site_notice){.role = role_name(ROLE_PRIVACY_OFFICER),
                                                      .kind = "export_fetched",
                                                      .data = data});
    if (err) return err;
    ask->scope = *scope;
    r->stash = ask;
    r->apply = begin;
    answer_header(r, "content-location", where);
    say(r, 202, "export_begun");
    return OK;
}

enum err bulk_kick_write(struct request *r, struct tx *tx)
{
    struct wanted w = {0};
    buf_init(&w.types, TYPES_BYTES_MAX);
    enum err err = read_wanted(r, &w);
    if (!err && !r->fault.status) err = kick_off(r, tx, &w.scope);
    buf_done(&w.types);
    return err;
}

/* -- its state -- */

/* What the kick-off asked for, read again from what was kept of it. */
static enum err scope_of(struct request *r, const struct export_bulk *begun, struct export_bulk_scope *ret)
{
    struct wanted w = {.is_lenient = true};
    struct str query = begun->request, path = str_cut(&query, '?'), asked = r->query;
    buf_init(&w.types, TYPES_BYTES_MAX);
    r->query = query;
    enum err err = read_query(r, &w);
    r->query = asked;
    const char *types = err ? NULL : arena_text(r->arena, w.types.at ? w.types.at : "", w.types.bytes);
    w.scope.types = (struct str){types, w.types.bytes};
    w.scope.of_patients = str_starts(path, STR("/Patient/"));
    buf_done(&w.types);
    *ret = w.scope;
    return err ? err : types ? OK : ERR_NOMEM;
}

/* The server was started anew since, or it failed: it begins again. */
static enum err begin_again(struct request *r, struct tx *tx, int64_t id, const struct export_bulk *begun)
{
    struct bulk_ask ask;
    enum err err = ask_of(r, tx, id, begun, &ask);
    if (!err) err = scope_of(r, begun, &ask.scope);
    return err ? err : bulk_begin(request_site(r)->bulk, &ask);
}

static enum err answer_waiting(struct request *r, const struct bulk_state *state)
{
    const char *progress = arena_printf(r->arena, "%u of %u types, %lld resources", state->types_done,
                                        state->types ? state->types : 1, (long long)state->written);
    if (!progress) return ERR_NOMEM;
    answer_header(r, "x-progress", progress);
    answer_header(r, "retry-after", "1");
    return answer_empty(r, 202);
}

static void put_url(struct request *r, struct json_out *o, const char *key, const char *base,
                    const char *more)
{
    const char *url = arena_printf(r->arena, "%s%s", base, more ? more : "");
    json_put_text(o, key, url && more ? url : "");
    if (!url || !more) r->answer.body.err = ERR_NOMEM;
}

static enum err answer_manifest(struct request *r, int64_t id, const struct export_bulk *begun,
                                const struct bulk_state *state)
{
    struct json_out o;
    const char *base = fhir_reader(r).base.at;
    answer_json(r, 200, &o);
    json_open(&o, NULL);
    json_put_instant(&o, "transactionTime", begun->begun);
    put_url(r, &o, "request", base, begun->request.at);
    json_put_bool(&o, "requiresAccessToken", true);
    json_open_array(&o, "output");
    for (uint32_t i = 0; i < state->count; i++) {
        json_open(&o, NULL);
        json_put_str(&o, "type", state->files[i].type);
        put_url(r, &o, "url", base, arena_printf(r->arena, "/$export/%lld/%u", (long long)id, i + 1));
        json_put_int(&o, "count", state->files[i].count);
        json_close(&o);
    }
    json_close_array(&o);
    json_open_array(&o, "error");
    json_close_array(&o);
    json_close(&o);
    r->answer.content_type = "application/json; charset=utf-8";
    return OK;
}

static enum err find_begun(struct request *r, struct tx *tx, int64_t *ret_id, struct export_bulk *ret)
{
    if (!record_parts_number(r, ret_id)) return OK;
    enum err err = export_bulk_find(tx, r->arena, *ret_id, r->who.account, ret);
    return err == ERR_NOT_FOUND ? answer_fault(r, 404, "not_found", NULL) : err;
}

enum err bulk_state_look(struct request *r, struct tx *tx)
{
    struct bulk *bulk = request_site(r)->bulk;
    struct export_bulk begun = {0};
    struct bulk_state state;
    int64_t id;
    enum err err = find_begun(r, tx, &id, &begun);
    if (err || r->fault.status) return err;
    err = bulk_look(bulk, r->arena, id, &state);
    if (!err && state.is == BULK_FAILED) return state.err;
    if (!err && state.is == BULK_ABSENT) err = begin_again(r, tx, id, &begun);
    if (err) return err;
    return state.is == BULK_DONE ? answer_manifest(r, id, &begun, &state) : answer_waiting(r, &state);
}

/* -- a file -- */

static void let_go(void *stash)
{
    bulk_let_go(stash);
}

enum err bulk_file_look(struct request *r, struct tx *tx)
{
    struct export_bulk begun;
    struct bulk_file file;
    char hex[2 * DIGEST_BYTES + 1], tag[sizeof hex + 2];
    int64_t id, number = 0;
    enum err err = find_begun(r, tx, &id, &begun);
    if (err || r->fault.status) return err;
    struct bulk_run *run =
        str_to_i64(r->captures[1], &number) ? bulk_hold(request_site(r)->bulk, id, number, &file) : NULL;
    if (!run) return answer_fault(r, 404, "not_found", NULL);
    r->stash = run;
    r->stash_free = let_go;
    str_hex(file.seal.sha256.at, DIGEST_BYTES, hex);
    snprintf(tag, sizeof tag, "\"%s\"", hex);
    const char *detail = arena_printf(r->arena, "{\"type\":\"%.*s\",\"count\":%lld,\"sha256\":\"%s\"}",
                                      (int)file.type.bytes, file.type.at, (long long)file.count, hex);
    err = answer_file(r, &file.seal, "application/fhir+ndjson", tag);
    return err || r->fault.status ? err : note(r, "export.file", id, detail);
}

/* -- given up -- */

static void drop(struct request *r)
{
    int64_t id;
    if (record_parts_number(r, &id)) bulk_drop(request_site(r)->bulk, id);
}

enum err bulk_end_write(struct request *r, struct tx *tx)
{
    int64_t id;
    if (!record_parts_number(r, &id)) return OK;
    enum err err = export_bulk_end(tx, id, r->who.account);
    if (err == ERR_NOT_FOUND) return answer_fault(r, 404, "not_found", NULL);
    if (!err) err = note(r, "export.end", id, "{}");
    if (err) return err;
    r->apply = drop;
    say(r, 202, "export_ended");
    return OK;
}
