#include "records/bundle.h"
#include "base/mem.h"
#include "records/interact.h"
#include "records/primitive.h"
#include "records/record_own.h"
#include "records/search.h"
#include <stdio.h>

/* An entry on its way. */
struct entry {
    uint32_t node, resource; /* places in the tape; resource TAPE_NONE: none */
    enum interact_method method;
    struct interact_ask ask;
    uint16_t type;   /* of what it makes or changes; FHIR_NONE: none */
    struct str id;   /* of what it makes, given before; or found by criteria */
    int64_t row;     /* of what it makes; 0: it changes what is there */
    bool is_planned; /* made by POST, under the id that was given */
    bool is_found;   /* If-None-Exist found one: nothing is made */
    struct interact_answer answer;
    struct buf text;
    struct record_fault *fault; /* a batch's own */
};

struct bundle {
    struct tx *tx;
    struct record_reader *who;
    const struct tape *tape;
    struct record_fault *fault;
    bool is_batch;
    struct entry *entries;
    uint32_t count;
    struct map *names; /* fullUrl -> entry */
    struct record_plan plan;
    int64_t next_row;
    enum err err; /* of a rewriting */
};

static enum err refuse(struct bundle *b, uint32_t entry, int status, const char *code, const char *what)
{
    const char *path = arena_printf(b->who->arena, "Bundle.entry[%u]", entry);
    if (!path) return ERR_NOMEM;
    (void)record_fault_add(b->fault, status, code, what, path);
    return ERR_DENIED;
}

/* -- reading the entries -- */

static struct str text_at(struct bundle *b, uint32_t object, const char *name)
{
    struct str text = {0};
    uint32_t node = tape_get(b->tape, object, str_of(name));
    if (node != TAPE_NONE) (void)tape_text(b->tape, node, b->who->arena, &text);
    return text;
}

static bool read_method(struct str text, enum interact_method *ret)
{
    static const char *const names[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (str_is_text(text, names[i])) {
            *ret = (enum interact_method)i;
            return true;
        }
    return false;
}

/* W/"3" */
static bool read_etag(struct str text, int64_t *ret_version)
{
    if (str_starts(text, STR("W/"))) text.at += 2, text.bytes -= 2;
    if (text.bytes >= 2 && text.at[0] == '"') text.at++, text.bytes -= 2;
    return str_to_i64(text, ret_version) && *ret_version > 0;
}

static void read_url(struct bundle *b, struct str url, struct interact_ask *ask)
{
    if (!url.at) return;
    if (b->who->base.bytes && str_starts(url, b->who->base))
        url.at += b->who->base.bytes, url.bytes -= b->who->base.bytes;
    while (url.bytes && url.at[0] == '/')
        url.at++, url.bytes--;
    ask->path = str_cut(&url, '?');
    ask->query = url;
}

static enum err read_entry(struct bundle *b, uint32_t n, uint32_t node)
{
    struct entry *e = &b->entries[n];
    uint32_t request = tape_get(b->tape, node, STR("request"));
    *e =
        (struct entry){.node = node, .resource = tape_get(b->tape, node, STR("resource")), .type = FHIR_NONE};
    buf_init(&e->text, RECORD_BODY_BYTES_MAX);
    if (request == TAPE_NONE || !read_method(text_at(b, request, "method"), &e->method))
        return refuse(b, n, 400, "required", "an entry wants request.method and request.url");
    e->ask = (struct interact_ask){.method = e->method, .tape = b->tape, .node = e->resource};
    read_url(b, text_at(b, request, "url"), &e->ask);
    struct str match = text_at(b, request, "ifMatch"), none = text_at(b, request, "ifNoneExist");
    if (match.bytes && !read_etag(match, &e->ask.cond.version))
        return refuse(b, n, 400, "value", "ifMatch takes a version");
    if (none.bytes) e->ask.cond.criteria = none;
    bool wants = e->method == INTERACT_POST || e->method == INTERACT_PUT || e->method == INTERACT_PATCH;
    if (wants && e->resource == TAPE_NONE) return refuse(b, n, 400, "required", "an entry wants a resource");
    return OK;
}

static enum err read_entries(struct bundle *b)
{
    uint32_t list = tape_get(b->tape, 0, STR("entry"));
    if (list == TAPE_NONE) return OK;
    uint32_t n = b->tape->nodes[list].count, at = list + 1;
    if (b->tape->nodes[list].kind != TAPE_ARRAY || n > BUNDLE_ENTRIES_MAX)
        return refuse(b, 0, 413, "too-long", "more entries than a bundle may have");
    b->entries = arena_zalloc(b->who->arena, (n ? n : 1) * sizeof *b->entries);
    if (!b->entries) return ERR_NOMEM;
    for (uint32_t i = 0; i < n; i++, at = b->tape->nodes[at].end) {
        enum err err = read_entry(b, b->count++, at);
        if (err) return err;
    }
    return OK;
}

/* -- the plan: what is made gets its id and row before anything refers to it -- */

static struct str full_name(struct arena *arena, uint16_t type, struct str id)
{
    struct str name = fhir_name(fhir_types[fhir_resources[type].type].name);
    const char *text = arena_printf(arena, "%.*s/%.*s", (int)name.bytes, name.at, (int)id.bytes, id.at);
    return str_of(text);
}

static enum err plan_row(struct bundle *b, struct entry *e)
{
    enum err err = b->next_row ? OK : record_new_row(b->tx, &b->next_row);
    if (err) return err;
    struct str name = full_name(b->who->arena, e->type, e->id);
    if (!name.at) return ERR_NOMEM;
    e->row = b->next_row++;
    return map_put(b->plan.rows, name, (void *)(intptr_t)e->row);
}

static enum err plan_id(struct bundle *b, struct entry *e)
{
    e->id = record_new_id(b->who->arena, b->tx->now);
    e->is_planned = true;
    return e->id.at ? plan_row(b, e) : ERR_NOMEM;
}

/* By criteria: what is found gives the id; nothing: it is made (unless only to be changed). */
static enum err plan_by_criteria(struct bundle *b, uint32_t n, struct str criteria, bool may_make)
{
    struct entry *e = &b->entries[n];
    int64_t rows[2];
    uint32_t found;
    struct record_head head;
    enum err err = search_rows(b->tx, b->who, e->type, criteria, rows, 2, &found, b->fault);
    if (!err && b->fault->status) return ERR_DENIED;
    if (err) return err;
    if (found > 1) return refuse(b, n, 412, "multiple-matches", "the criteria find several resources");
    if (found == 0) return may_make ? plan_id(b, e) : OK;
    err = record_head_at(b->tx, b->who->arena, rows[0], &head);
    e->id = head.id;
    e->is_found = true;
    return err;
}

static enum err plan_by_id(struct bundle *b, struct entry *e)
{
    struct record_head head;
    enum err err = record_head_find(b->tx, b->who->arena, e->type, e->id, &head);
    return err == ERR_NOT_FOUND ? plan_row(b, e) : err;
}

static enum err plan_entry(struct bundle *b, uint32_t n)
{
    struct entry *e = &b->entries[n];
    struct str rest = e->ask.path, type = str_cut(&rest, '/');
    if (e->method != INTERACT_POST && e->method != INTERACT_PUT) return OK;
    e->type = fhir_resource_of(type);
    if (e->type == FHIR_NONE) return refuse(b, n, 404, "not-found", "there is no such resource");
    if (e->method == INTERACT_PUT && rest.bytes) {
        e->id = rest;
        return primitive_fault(FHIR_ID, rest) ? refuse(b, n, 400, "value", "not an id") : plan_by_id(b, e);
    }
    if (rest.bytes) { /* an operation */
        e->type = FHIR_NONE;
        return OK;
    }
    if (e->method == INTERACT_PUT) return plan_by_criteria(b, n, e->ask.query, true);
    return e->ask.cond.criteria.at ? plan_by_criteria(b, n, e->ask.cond.criteria, true) : plan_id(b, e);
}

static enum err plan_all(struct bundle *b)
{
    enum err err = OK;
    for (uint32_t i = 0; i < b->count && !err; i++) {
        struct entry *e = &b->entries[i];
        err = plan_entry(b, i);
        struct str url = text_at(b, e->node, "fullUrl");
        if (err || !url.bytes) continue;
        if (map_get(b->names, url)) return refuse(b, i, 400, "invariant", "two entries have one fullUrl");
        err = map_put(b->names, url, e);
    }
    return err;
}

/* -- texts that stand for others -- */

static struct str by_criteria(struct bundle *b, struct str text)
{
    struct str none = {0}, criteria = text, name = str_cut(&criteria, '?');
    uint16_t type = fhir_resource_of(name);
    int64_t rows[2];
    uint32_t found;
    struct record_head head;
    if (type == FHIR_NONE) return none;
    b->err = search_rows(b->tx, b->who, type, criteria, rows, 2, &found, b->fault);
    if (b->err || b->fault->status) return none;
    if (found != 1) {
        (void)record_fault_add(b->fault, 412, "multiple-matches",
                               "a conditional reference finds none or several", NULL);
        return none;
    }
    b->err = record_head_at(b->tx, b->who->arena, rows[0], &head);
    return b->err ? none : full_name(b->who->arena, type, head.id);
}

static struct str rewrite(void *ctx, struct str name, struct str text)
{
    struct bundle *b = ctx;
    bool is_reference = str_is_text(name, "reference");
    if (text.bytes == 0 || (text.at[0] != 'u' && !is_reference)) return (struct str){0};
    const struct entry *e = map_get(b->names, text);
    if (e && e->type != FHIR_NONE) return full_name(b->who->arena, e->type, e->id);
    if (is_reference && memchr(text.at, '?', text.bytes)) return by_criteria(b, text);
    return (struct str){0};
}

/* -- running -- */

static enum err make_planned(struct bundle *b, struct entry *e, struct record_fault *fault)
{
    struct record_put put = {
        .resource = e->type, .id = e->id, .row = e->row, .tape = b->tape, .node = e->resource};
    enum err err = record_put(b->tx, b->who, &put, &e->answer.record, fault);
    e->answer.what = "create";
    e->answer.status = 201;
    e->answer.has_record = true;
    return err;
}

static enum err give_found(struct bundle *b, struct entry *e, struct record_fault *fault)
{
    e->answer.what = "create";
    e->answer.status = 200;
    e->answer.has_record = true;
    return record_read(b->tx, b->who, e->type, e->id, &e->answer.record, fault);
}

/* A PUT whose criteria found one is a PUT to its id. */
static enum err change_found(struct bundle *b, struct entry *e, struct record_fault *fault)
{
    struct record_head old;
    enum err err = record_head_find(b->tx, b->who->arena, e->type, e->id, &old);
    struct record_put put = {
        .resource = e->type, .id = e->id, .old = &old, .tape = b->tape, .node = e->resource};
    if (!err) err = record_put(b->tx, b->who, &put, &e->answer.record, fault);
    e->answer.what = "update";
    e->answer.status = 200;
    e->answer.has_record = true;
    return err;
}

static enum err run_entry(struct bundle *b, struct entry *e, struct record_fault *fault)
{
    if (e->is_planned) return make_planned(b, e, fault);
    if (e->is_found) return e->method == INTERACT_POST ? give_found(b, e, fault) : change_found(b, e, fault);
    const struct interact_kind *kind = interact_find(&e->ask, fault);
    if (!kind) return ERR_DENIED;
    enum err err = interact_run(b->tx, b->who, kind, &e->ask, &e->text, &e->answer, fault);
    return err ? err : b->err;
}

static bool is_of_turn(enum interact_method method, int turn)
{
    switch (method) {
    case INTERACT_DELETE:
        return turn == 0;
    case INTERACT_POST:
        return turn == 1;
    case INTERACT_PUT:
    case INTERACT_PATCH:
        return turn == 2;
    case INTERACT_GET:
        return turn == 3;
    }
    return false;
}

/* Two entries that change one resource cannot both be right. */
static enum err check_once(struct bundle *b)
{
    struct map *seen = map_new(BUNDLE_ENTRIES_MAX);
    enum err err = seen ? OK : ERR_NOMEM;
    for (uint32_t i = 0; i < b->count && !err; i++) {
        struct entry *e = &b->entries[i];
        bool changes =
            e->method == INTERACT_PUT || e->method == INTERACT_PATCH || e->method == INTERACT_DELETE;
        if (!changes || !memchr(e->ask.path.at, '/', e->ask.path.bytes)) continue;
        if (map_get(seen, e->ask.path))
            err = refuse(b, i, 400, "invariant", "two entries change one resource");
        if (!err) err = map_put(seen, e->ask.path, e);
    }
    map_free(seen);
    return err;
}

/* Those that go together may name each other. */
static enum err plan_leaving(struct bundle *b)
{
    b->plan.leaving = arena_alloc(b->who->arena, (b->count + 1) * sizeof *b->plan.leaving);
    if (!b->plan.leaving) return ERR_NOMEM;
    for (uint32_t i = 0; i < b->count; i++) {
        struct record_head head;
        struct str id = b->entries[i].ask.path, type = str_cut(&id, '/');
        uint16_t resource = fhir_resource_of(type);
        if (b->entries[i].method != INTERACT_DELETE || !id.bytes || resource == FHIR_NONE) continue;
        enum err err = record_head_find(b->tx, b->who->arena, resource, id, &head);
        if (!err) b->plan.leaving[b->plan.leaving_count++] = head.row;
        if (err && err != ERR_NOT_FOUND) return err;
    }
    return OK;
}

static enum err run_transaction(struct bundle *b)
{
    enum err err = check_once(b);
    if (!err) err = plan_leaving(b);
    if (!err) err = plan_all(b);
    b->plan.rewrite = rewrite;
    b->plan.ctx = b;
    b->who->plan = &b->plan;
    for (int turn = 0; turn < 4 && !err; turn++)
        for (uint32_t i = 0; i < b->count && !err; i++) {
            if (!is_of_turn(b->entries[i].method, turn)) continue;
            err = run_entry(b, &b->entries[i], b->fault);
            if (!err && b->err) err = b->err;
            if (!err && b->fault->status) err = ERR_DENIED;
            if (err == ERR_DENIED)
                (void)refuse(b, i, b->fault->status, "processing", "the entry that failed");
        }
    b->who->plan = NULL;
    return err;
}

/* Each entry by itself: what fails is undone alone. */
static enum err run_batch(struct bundle *b)
{
    enum err err = OK;
    for (int turn = 0; turn < 4 && !err; turn++)
        for (uint32_t i = 0; i < b->count && !err; i++) {
            struct entry *e = &b->entries[i];
            if (!is_of_turn(e->method, turn)) continue;
            e->fault = arena_zalloc(b->who->arena, sizeof *e->fault);
            if (!e->fault) return ERR_NOMEM;
            uint32_t written = b->who->written_count;
            err = db_exec(b->tx->db, "SAVEPOINT entry");
            if (err) return err;
            err = run_entry(b, e, e->fault);
            if (err == ERR_DENIED && e->fault->status) {
                b->who->written_count = written;
                err = db_exec(b->tx->db, "ROLLBACK TO entry");
            }
            if (!err) err = db_exec(b->tx->db, "RELEASE entry");
        }
    return err;
}

/* -- the answer -- */

static void write_response(struct bundle *b, const struct entry *e, struct buf *to)
{
    const struct interact_answer *a = &e->answer;
    const struct record_head *h = &a->record.head;
    bool is_wrong = e->fault && e->fault->status;
    char when[INSTANT_TEXT_BYTES];
    buf_printf(to, "\"response\":{\"status\":\"%d\"", is_wrong ? e->fault->status : a->status);
    if (!is_wrong && h->row) {
        struct str type = fhir_name(fhir_types[fhir_resources[h->resource].type].name);
        instant_text(h->updated, when);
        if (a->has_record)
            buf_printf(to, ",\"location\":\"%.*s/%.*s/_history/%lld\"", (int)type.bytes, type.at,
                       (int)h->id.bytes, h->id.at, (long long)h->version);
        buf_printf(to, ",\"etag\":\"W/\\\"%lld\\\"\",\"lastModified\":\"%s\"", (long long)h->version, when);
    }
    if (is_wrong) {
        buf_add_text(to, ",\"outcome\":");
        interact_outcome(e->fault, to);
    }
    buf_add_char(to, '}');
    (void)b;
}

static void write_entry(struct bundle *b, const struct entry *e, enum bundle_return prefer, struct buf *to)
{
    const struct interact_answer *a = &e->answer;
    bool is_wrong = e->fault && e->fault->status;
    bool is_read = e->method == INTERACT_GET || (a->has_text && !is_wrong);
    buf_add_char(to, '{');
    if (!is_wrong && a->has_record && (is_read || prefer == BUNDLE_REPRESENTATION)) {
        struct str type = fhir_name(fhir_types[fhir_resources[a->record.head.resource].type].name);
        buf_printf(to, "\"fullUrl\":\"%.*s/%.*s/%.*s\",\"resource\":", (int)b->who->base.bytes,
                   b->who->base.at, (int)type.bytes, type.at, (int)a->record.head.id.bytes,
                   a->record.head.id.at);
        buf_add_str(to, a->record.body);
        buf_add_char(to, ',');
    } else if (!is_wrong && a->has_text) {
        buf_add_text(to, "\"resource\":");
        buf_add_str(to, buf_str(&e->text));
        buf_add_char(to, ',');
    }
    write_response(b, e, to);
    buf_add_char(to, '}');
}

static void write_answer(struct bundle *b, enum bundle_return prefer, struct buf *to)
{
    struct str id = record_new_id(b->who->arena, b->tx->now);
    buf_printf(to, "{\"resourceType\":\"Bundle\",\"id\":\"%.*s\",\"type\":\"%s-response\"", (int)id.bytes,
               id.at ? id.at : "", b->is_batch ? "batch" : "transaction");
    if (!id.at) to->err = ERR_NOMEM;
    for (uint32_t i = 0; i < b->count; i++) {
        buf_add_text(to, i ? "," : ",\"entry\":[");
        write_entry(b, &b->entries[i], prefer, to);
    }
    buf_add_text(to, b->count ? "]}" : "}");
}

static void count(const struct bundle *b, struct bundle_counts *ret)
{
    *ret = (struct bundle_counts){0};
    for (uint32_t i = 0; i < b->count; i++) {
        const struct entry *e = &b->entries[i];
        if (e->fault && e->fault->status)
            ret->failed++;
        else if (e->answer.status == 201)
            ret->created++;
        else if (e->method == INTERACT_POST && e->is_found)
            ret->found++;
        else if (e->method == INTERACT_PUT || e->method == INTERACT_PATCH)
            ret->updated++;
        else if (e->method == INTERACT_DELETE)
            ret->deleted++;
        else
            ret->read++;
    }
}

static enum err read_type(struct bundle *b)
{
    uint32_t type = tape_get(b->tape, 0, STR("type")), named = tape_get(b->tape, 0, STR("resourceType"));
    b->is_batch = type != TAPE_NONE && tape_is_text(b->tape, type, "batch");
    bool is_ours = type != TAPE_NONE && named != TAPE_NONE && tape_is_text(b->tape, named, "Bundle") &&
                   (b->is_batch || tape_is_text(b->tape, type, "transaction"));
    if (is_ours) return OK;
    (void)record_fault_add(b->fault, 400, "value", "a Bundle of type batch or transaction is wanted",
                           "Bundle.type");
    return ERR_DENIED;
}

enum err bundle_run(struct tx *tx, struct record_reader *who, const struct tape *tape,
                    enum bundle_return prefer, struct buf *to, struct bundle_counts *ret,
                    struct record_fault *fault)
{
    struct bundle b = {.tx = tx, .who = who, .tape = tape, .fault = fault};
    b.names = map_new(BUNDLE_ENTRIES_MAX);
    b.plan.rows = map_new(BUNDLE_ENTRIES_MAX);
    enum err err = b.names && b.plan.rows ? OK : ERR_NOMEM;
    if (!err) err = read_type(&b);
    if (!err) err = read_entries(&b);
    if (!err) err = b.is_batch ? run_batch(&b) : run_transaction(&b);
    if (!err) {
        write_answer(&b, prefer, to);
        count(&b, ret);
        err = to->err;
    }
    for (uint32_t i = 0; i < b.count; i++)
        buf_done(&b.entries[i].text);
    map_free(b.names);
    map_free(b.plan.rows);
    return err;
}
