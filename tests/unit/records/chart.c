#include "chart.h"
#include "auth/schema.h"
#include "base/log.h"
#include "records/chart_schema.h"
#include "records/guard_schema.h"

static int add(struct chart *c, int n, const struct migration *from)
{
    for (; from->number; from++)
        c->migrations[n++] = *from;
    return n;
}

static enum err open_store(struct chart *c)
{
    char why[256] = "";
    struct store_settings how = {
        .dir = c->dir, .key_path = c->key, .create = true, .migrations = c->migrations, .queue_max = 16};
    enum err err = store_open(&how, &c->store, why);
    return err ? err : records_new(c->store, &c->records);
}

void chart_shut(struct chart *c)
{
    records_free(c->records);
    if (c->store) store_close(c->store, 1000);
    c->records = NULL;
    c->store = NULL;
}

enum err chart_again(struct chart *c)
{
    chart_shut(c);
    return open_store(c);
}

enum err chart_open(struct chart *c)
{
    *c = (struct chart){0};
    log_level_set(LOG_ERROR + 1);
    int n = add(c, add(c, add(c, 0, auth_migrations), records_migrations), guard_migrations);
    add(c, add(c, n, records_late_migrations), chart_migrations);
    snprintf(c->dir, sizeof c->dir, "%s/site", check_tmp_dir());
    snprintf(c->key, sizeof c->key, "%s.key", c->dir);
    enum err err = open_store(c);
    if (!err && !(c->arena = arena_new((size_t)64 << 20))) err = ERR_NOMEM;
    return err;
}

void chart_close(struct chart *c)
{
    chart_shut(c);
    arena_free(c->arena);
}

struct call {
    struct job job; /* first */
    struct chart *chart;
    enum { CREATE, UPDATE, DELETE, PATCH, READ, VREAD, BUNDLE, PURGE, RECHECK, SQL, SEARCH } what;
    uint16_t resource;
    struct str id, body;
    int64_t version;
    struct str cursor;
    struct search_result *result;
    struct recheck *recheck;
};

static enum err with_body(struct call *k, struct tx *tx, struct record_reader *who, struct record_if *cond)
{
    struct chart *c = k->chart;
    struct tape tape;
    struct tape_fault where;
    struct bundle_counts counts;
    struct buf to;
    enum err err = tape_read(c->arena, k->body, RECORD_NODES_MAX, &tape, &where);
    if (err) return err;
    switch ((int)k->what) {
    case CREATE:
        return record_create(tx, who, k->resource, &tape, 0, cond, &c->last, &c->done, &c->fault);
    case UPDATE:
        return record_update(tx, who, k->resource, k->id, &tape, 0, cond, &c->last, &c->done, &c->fault);
    case PATCH:
        return record_patch(tx, who, k->resource, k->id, &tape, cond, &c->last, &c->done, &c->fault);
    default:
        buf_init(&to, 1 << 24);
        err = bundle_run(tx, who, &tape, BUNDLE_MINIMAL, &to, &counts, &c->fault);
        snprintf(c->text, sizeof c->text, "%.*s", (int)to.bytes, to.at ? to.at : "");
        buf_done(&to);
        return err;
    }
}

static enum err search(struct call *k, struct tx *tx, struct record_reader *who)
{
    struct query query;
    enum err err = search_read(who, k->resource, k->body, false, &query, &k->chart->fault);
    if (err || k->chart->fault.status) return err;
    query.page = k->cursor;
    return search_run(tx, who, &query, 0, k->result, &k->chart->fault);
}

static enum err purge(struct call *k, struct tx *tx)
{
    struct record_head head;
    int64_t versions;
    enum err err = record_head_find(tx, k->chart->arena, k->resource, k->id, &head);
    return err ? err : record_purge(tx, k->chart->records, head.row, &versions);
}

static enum err do_it(struct job *job, struct tx *tx)
{
    struct call *k = (struct call *)job;
    struct chart *c = k->chart;
    struct record_if cond = {.version = k->version};
    struct record_reader who = {
        .records = c->records, .guard = c->guard, .arena = c->arena, .base = STR("https://here/fhir")};
    bool more = true;
    enum err err = OK;
    switch (k->what) {
    case CREATE:
    case UPDATE:
    case PATCH:
    case BUNDLE:
        return with_body(k, tx, &who, &cond);
    case DELETE:
        return record_delete(tx, &who, k->resource, k->id, &cond, &c->last, &c->done, &c->fault);
    case READ:
        return record_read(tx, &who, k->resource, k->id, &c->last, &c->fault);
    case VREAD:
        return record_vread(tx, &who, k->resource, k->id, k->version, &c->last, &c->fault);
    case PURGE:
        return purge(k, tx);
    case RECHECK:
        while (more && !err)
            err = recheck_step(tx, c->records, 100, k->recheck, &more);
        return err;
    case SQL:
        return db_exec(tx->db, k->body.at);
    case SEARCH:
        return search(k, tx, &who);
    }
    return OK;
}

static enum err run(struct job *job, struct tx *tx)
{
    struct db_work before, *work = &((struct call *)job)->chart->work;
    db_worked(tx->db, &before);
    enum err err = do_it(job, tx);
    db_worked(tx->db, work);
    work->steps -= before.steps;
    work->plans -= before.plans;
    work->pages -= before.pages;
    return err;
}

static void done(struct job *job, enum err err)
{
    (void)job;
    (void)err;
}

static enum err call(struct chart *c, struct call *k, const char *type, const char *id)
{
    k->job = (struct job){.run = run, .done = done};
    k->chart = c;
    k->resource = type ? fhir_resource_of(str_of(type)) : FHIR_NONE;
    k->id = id ? str_of(id) : (struct str){0};
    c->fault = (struct record_fault){0};
    bool reads = k->what == READ || k->what == VREAD || k->what == SEARCH || k->what == RECHECK;
    return reads ? store_run_read(c->store, &k->job) : store_run(c->store, &k->job);
}

enum err chart_create(struct chart *c, const char *type, const char *body)
{
    return call(c, &(struct call){.what = CREATE, .body = str_of(body)}, type, NULL);
}

enum err chart_update(struct chart *c, const char *type, const char *id, int64_t version, const char *body)
{
    return call(c, &(struct call){.what = UPDATE, .body = str_of(body), .version = version}, type, id);
}

enum err chart_patch(struct chart *c, const char *type, const char *id, const char *patch)
{
    return call(c, &(struct call){.what = PATCH, .body = str_of(patch)}, type, id);
}

enum err chart_delete(struct chart *c, const char *type, const char *id)
{
    return call(c, &(struct call){.what = DELETE}, type, id);
}

enum err chart_read(struct chart *c, const char *type, const char *id)
{
    return call(c, &(struct call){.what = READ}, type, id);
}

enum err chart_vread(struct chart *c, const char *type, const char *id, int64_t version)
{
    return call(c, &(struct call){.what = VREAD, .version = version}, type, id);
}

enum err chart_bundle(struct chart *c, const char *body)
{
    return call(c, &(struct call){.what = BUNDLE, .body = str_of(body)}, NULL, NULL);
}

enum err chart_purge(struct chart *c, const char *patient)
{
    return call(c, &(struct call){.what = PURGE}, "Patient", patient);
}

enum err chart_recheck(struct chart *c, struct recheck *ret)
{
    *ret = (struct recheck){0};
    return call(c, &(struct call){.what = RECHECK, .recheck = ret}, NULL, NULL);
}

enum err chart_sql(struct chart *c, const char *sql)
{
    return call(c, &(struct call){.what = SQL, .body = str_of(sql)}, NULL, NULL);
}

enum err chart_search(struct chart *c, const char *type, const char *query, struct str cursor,
                      struct search_result *ret)
{
    struct call k = {.what = SEARCH, .body = str_of(query), .cursor = cursor, .result = ret};
    return call(c, &k, type, NULL);
}

int chart_count(struct chart *c, const char *type, const char *query)
{
    struct search_result result = {0};
    CHECK_OK(chart_search(c, type, query, (struct str){0}, &result));
    if (c->fault.status) return -1;
    int n = 0;
    for (uint32_t i = 0; i < result.count; i++)
        n += !result.at[i].is_include;
    return n;
}

bool chart_says(const struct chart *c, const char *part)
{
    return c->last.body.at && memmem(c->last.body.at, c->last.body.bytes, part, strlen(part)) != NULL;
}
