#include "records/interact.h"
#include "records/audit_event.h"
#include "records/audit_event_find.h"
#include "records/bundle.h"
#include "records/interact_own.h"
#include "records/primitive.h"
#include "records/search.h"
#include "records/subset.h"
#include <stdio.h>

/* -- the table -- */

static enum err interact_elsewhere(struct interaction *i);

#define ONE "{type}/{id}"

const struct interact_kind interact_kinds[] = {
    {"read", INTERACT_GET, ONE, AT_INSTANCE, false, interact_read},
    {"vread", INTERACT_GET, ONE "/_history/{version}", AT_INSTANCE, false, interact_vread},
    {"history-instance", INTERACT_GET, ONE "/_history", AT_INSTANCE, false, interact_history},
    {"history-type", INTERACT_GET, "{type}/_history", AT_TYPE, false, interact_history},
    {"history-system", INTERACT_GET, "_history", AT_SYSTEM, false, interact_history},
    {"search-type", INTERACT_GET, "{type}", AT_TYPE, false, interact_search},
    {"search-type", INTERACT_POST, "{type}/_search", AT_TYPE, false, interact_search},
    {"search-compartment", INTERACT_GET, "Patient/{id}/{type}", AT_INSTANCE, false, interact_search},
    {"search-compartment", INTERACT_POST, "Patient/{id}/{type}/_search", AT_INSTANCE, false, interact_search},
    {"page", INTERACT_GET, "", AT_SYSTEM, false, interact_page},
    {"create", INTERACT_POST, "{type}", AT_TYPE, true, interact_create},
    {"update", INTERACT_PUT, ONE, AT_INSTANCE, true, interact_update},
    {"update", INTERACT_PUT, "{type}", AT_TYPE, true, interact_update},
    {"patch", INTERACT_PATCH, ONE, AT_INSTANCE, true, interact_patch},
    {"patch", INTERACT_PATCH, "{type}", AT_TYPE, true, interact_patch},
    {"delete", INTERACT_DELETE, ONE, AT_INSTANCE, true, interact_delete},
    {"delete", INTERACT_DELETE, "{type}", AT_TYPE, true, interact_delete},
    {"validate", INTERACT_POST, "{type}/$validate", AT_OPERATION, false, interact_validate},
    {"validate", INTERACT_POST, ONE "/$validate", AT_OPERATION, false, interact_validate},
    {"everything", INTERACT_GET, "Patient/{id}/$everything", AT_OPERATION, false, interact_everything},
    {"merge", INTERACT_POST, "Patient/$merge", AT_OPERATION, true, interact_merge},
    {"unmerge", INTERACT_POST, "Patient/$unmerge", AT_OPERATION, true, interact_unmerge},
    {"meta", INTERACT_GET, ONE "/$meta", AT_OPERATION, false, interact_meta},
    {"lookup", INTERACT_GET, "CodeSystem/$lookup", AT_OPERATION, false, interact_lookup},
    {"validate-code", INTERACT_GET, "CodeSystem/$validate-code", AT_OPERATION, false,
     interact_validate_system},
    {"validate-code", INTERACT_GET, "ValueSet/$validate-code", AT_OPERATION, false, interact_validate_set},
    {"expand", INTERACT_GET, "ValueSet/$expand", AT_OPERATION, false, interact_expand},
    /* Told here, done by the desk (api/fhir_book): they are no part of a bundle. */
    {"find", INTERACT_POST, "Appointment/$find", AT_OPERATION, false, interact_elsewhere},
    {"hold", INTERACT_POST, "Appointment/$hold", AT_OPERATION, true, interact_elsewhere},
    {"book", INTERACT_POST, "Appointment/$book", AT_OPERATION, true, interact_elsewhere},
    /* Exports of many records (api/bulk): nor are they. */
    {"export", INTERACT_GET, "$export", AT_OPERATION, false, interact_elsewhere},
    {"export", INTERACT_POST, "$export", AT_OPERATION, false, interact_elsewhere},
    {"export", INTERACT_GET, "Patient/$export", AT_OPERATION, false, interact_elsewhere},
    {"export", INTERACT_POST, "Patient/$export", AT_OPERATION, false, interact_elsewhere},
    {NULL, INTERACT_GET, NULL, AT_SYSTEM, false, NULL},
};

static enum err interact_elsewhere(struct interaction *i)
{
    return record_fault_add(i->fault, 405, "not-supported", "this cannot be done here", NULL);
}

const char *interact_code(const struct interact_kind *kind)
{
    return kind->code;
}

bool interact_writes(const struct interact_kind *kind)
{
    return kind->is_write;
}

/* -- finding -- */

/* A part of the pattern against a part of the path: a word, a type, an id, a version. */
static bool part_fits(struct str want, struct str have, struct interact_target *t)
{
    int64_t n;
    if (str_is_text(want, "{type}")) {
        t->resource = fhir_resource_of(have);
        return t->resource != FHIR_NONE;
    }
    if (str_is_text(want, "{id}")) {
        t->id = have;
        return primitive_fault(FHIR_ID, have) == NULL;
    }
    if (str_is_text(want, "{version}")) {
        bool is_number = str_to_i64(have, &n) && n > 0;
        t->version = is_number ? n : 0;
        return is_number;
    }
    return str_is(want, have);
}

static bool path_fits(struct str pattern, struct str path, struct interact_target *t)
{
    *t = (struct interact_target){.resource = FHIR_NONE};
    while (pattern.bytes && path.bytes) {
        struct str want = str_cut(&pattern, '/'), have = str_cut(&path, '/');
        if (!part_fits(want, have, t)) return false;
    }
    return pattern.bytes == 0 && path.bytes == 0;
}

/* The trail is read and searched, and nothing else is done to it. */
bool interact_is_done(const struct interact_kind *k, uint16_t resource)
{
    static const char *const done[] = {"read", "search-type", "search-compartment", "validate"};
    if (resource != audit_event_type()) return true;
    for (size_t i = 0; i < COUNT_OF(done); i++)
        if (strcmp(k->code, done[i]) == 0) return true;
    return false;
}

const struct interact_kind *interact_find(const struct interact_ask *ask, struct record_fault *fault)
{
    bool is_known = false;
    struct interact_target t;
    for (const struct interact_kind *k = interact_kinds; k->code; k++) {
        if (!path_fits(str_of(k->path), ask->path, &t)) continue;
        if (k->method == ask->method && interact_is_done(k, t.resource)) return k;
        is_known = true;
    }
    if (is_known)
        (void)record_fault_add(fault, 405, "not-supported", "this cannot be done here", NULL);
    else
        (void)record_fault_absent(fault);
    return NULL;
}

bool interact_target_of(const struct interact_kind *kind, const struct interact_ask *ask,
                        struct interact_target *ret)
{
    return path_fits(str_of(kind->path), ask->path, ret);
}

enum err interact_run(struct tx *tx, struct record_reader *who, const struct interact_kind *kind,
                      const struct interact_ask *ask, struct buf *to, struct interact_answer *ret,
                      struct record_fault *fault)
{
    struct interaction i = {tx, who, ask, to, ret, fault, {0}};
    *ret = (struct interact_answer){.what = kind->code};
    bool fits = path_fits(str_of(kind->path), ask->path, &i.target);
    ASSERT(fits);
    enum err err = kind->run(&i);
    if (fault->status) ret->status = fault->status;
    return err;
}

/* -- reading -- */

static enum err answer_record(struct interaction *i, int status)
{
    i->ret->status = status;
    i->ret->has_record = true;
    return OK;
}

/* _summary and _elements of one resource. */
static enum err cut_down(struct interaction *i)
{
    struct query query;
    struct str pairs = i->ask->query;
    if (pairs.bytes == 0) return OK;
    enum err err = search_read(i->who, i->target.resource, pairs, i->ask->is_lenient, &query, i->fault);
    if (err || i->fault->status) return err;
    if (query.terms)
        return record_fault_add(i->fault, 400, "invalid", "a read takes no search parameters", NULL);
    if (query.summary == QUERY_SUMMARY_FALSE && !query.elements.bytes) return OK;
    struct buf text;
    buf_init(&text, RECORD_BODY_BYTES_MAX);
    err = subset_write(i->who->arena, i->ret->record.body, query.summary, query.elements, &text);
    char *copy = err ? NULL : arena_text(i->who->arena, text.at, text.bytes);
    if (copy) i->ret->record.body = (struct str){copy, text.bytes};
    buf_done(&text);
    return err ? err : copy ? OK : ERR_NOMEM;
}

enum err interact_read(struct interaction *i)
{
    if (i->target.resource == audit_event_type()) return audit_event_read(i);
    enum err err = record_read(i->tx, i->who, i->target.resource, i->target.id, &i->ret->record, i->fault);
    if (!err && !i->fault->status) err = cut_down(i);
    return err || i->fault->status ? err : answer_record(i, 200);
}

enum err interact_vread(struct interaction *i)
{
    enum err err = record_vread(i->tx, i->who, i->target.resource, i->target.id, i->target.version,
                                &i->ret->record, i->fault);
    return err || i->fault->status ? err : answer_record(i, 200);
}

/* -- writing -- */

enum err interact_create(struct interaction *i)
{
    enum record_done done;
    enum err err = record_create(i->tx, i->who, i->target.resource, i->ask->tape, i->ask->node, &i->ask->cond,
                                 &i->ret->record, &done, i->fault);
    return err ? err : answer_record(i, done == RECORD_FOUND ? 200 : 201);
}

/* Without an id in the path, the query is the criterion. */
static struct record_if condition_of(struct interaction *i)
{
    struct record_if cond = i->ask->cond;
    cond.criteria = (struct str){0};
    if (i->target.id.bytes == 0) cond.criteria = i->ask->query.bytes ? i->ask->query : STR("");
    return cond;
}

enum err interact_update(struct interaction *i)
{
    enum record_done done;
    struct record_if cond = condition_of(i);
    enum err err = record_update(i->tx, i->who, i->target.resource, i->target.id, i->ask->tape, i->ask->node,
                                 &cond, &i->ret->record, &done, i->fault);
    return err ? err : answer_record(i, done == RECORD_CREATED ? 201 : 200);
}

enum err interact_patch(struct interaction *i)
{
    enum record_done done;
    struct record_if cond = condition_of(i);
    enum err err = record_patch(i->tx, i->who, i->target.resource, i->target.id, i->ask->tape, &cond,
                                &i->ret->record, &done, i->fault);
    return err ? err : answer_record(i, 200);
}

enum err interact_delete(struct interaction *i)
{
    enum record_done done;
    struct record_if cond = condition_of(i);
    enum err err = record_delete(i->tx, i->who, i->target.resource, i->target.id, &cond, &i->ret->record,
                                 &done, i->fault);
    if (!err) i->ret->status = 204;
    return err;
}

/* -- outcomes -- */

static void quote(struct buf *to, const char *text)
{
    buf_add_char(to, '"');
    for (const char *p = text; *p; p++) {
        if (*p == '"' || *p == '\\') buf_add_char(to, '\\');
        if ((uint8_t)*p < 0x20)
            buf_printf(to, "\\u%04x", (uint8_t)*p);
        else
            buf_add_char(to, *p);
    }
    buf_add_char(to, '"');
}

void interact_outcome(const struct record_fault *fault, struct buf *to)
{
    buf_add_text(to, "{\"resourceType\":\"OperationOutcome\",\"issue\":[");
    for (uint32_t k = 0; k < fault->count; k++) {
        const struct record_issue *issue = &fault->issues[k];
        buf_printf(to, "%s{\"severity\":\"error\",\"code\":\"%s\",\"details\":{", k ? "," : "", issue->code);
        if (issue->own)
            buf_printf(to, "\"coding\":[{\"system\":\"" INTERACT_FAULTS "\",\"code\":\"%s\"}],", issue->own);
        buf_add_text(to, "\"text\":");
        quote(to, issue->what);
        buf_add_char(to, '}');
        if (fault->known && k == 0) {
            buf_add_text(to, ",\"diagnostics\":");
            quote(to, fault->known);
        }
        if (issue->path) {
            buf_add_text(to, ",\"expression\":[");
            quote(to, issue->path);
            buf_add_char(to, ']');
        }
        buf_add_char(to, '}');
    }
    buf_add_text(to, "]}");
}
