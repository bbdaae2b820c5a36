#include "records/reindex.h"
#include "records/number.h"
#include "records/record_own.h"

enum { ROWS_A_JOB = 256, ARENA_BYTES = 256 * 1024 * 1024 };

struct reindexing {
    struct job job; /* first */
    struct records *records;
    int64_t row, made;
    bool is_over;
};

static enum err resolve(void *ctx, uint16_t resource, struct str id, int64_t *ret_row)
{
    struct record_resolving *r = ctx;
    struct record_head head;
    enum err err = record_head_find(r->tx, r->who->arena, resource, id, &head);
    *ret_row = err ? 0 : head.row;
    return err == ERR_NOT_FOUND ? OK : err;
}

static enum err index_again(struct tx *tx, struct record_reader *who, const struct record_head *head)
{
    struct record_resolving resolving = {.tx = tx, .who = who};
    struct index_set set = {0};
    struct tape tape;
    struct tape_fault where;
    struct str body;
    enum err err = record_body(tx, who, head, &body);
    if (err == ERR_DENIED || (!err && !body.at)) return OK; /* erased */
    if (!err) err = tape_read(who->arena, body, RECORD_NODES_MAX, &tape, &where);
    if (err) return err;
    struct index_ask ask = {.tape = &tape,
                            .resource = head->resource,
                            .row = head->row,
                            .arena = who->arena,
                            .hash = &who->records->hash,
                            .zone = who->records->zone,
                            .resolve = resolve,
                            .ctx = &resolving};
    err = index_extract(&ask, &set);
    struct index_of of = {head, head->patient};
    if (!err) err = index_change(tx, &of, &set);
    buf_done(&set.narrative);
    buf_done(&set.content);
    return err;
}

static enum err step_head(struct stmt *s, struct arena *arena, struct record_head *ret, bool *ret_found)
{
    enum err err = stmt_step(s, ret_found);
    if (!err && *ret_found) err = record_head_from(s, arena, ret);
    stmt_done(s);
    return err;
}

/* The type whose values do not stand by patient (records/index_place). */
static int64_t apart(void)
{
    return number_of_type(fhir_resource_of(STR("Provenance")));
}

/* From the last to the first, so that the first tells whether it was all done. */
static enum err next_missing(struct tx *tx, struct reindexing *r, struct arena *arena,
                             struct record_head *ret)
{
    struct stmt *s;
    bool found = false;
    enum err err =
        db_stmt(tx->db,
                "SELECT " RECORD_HEAD_COLUMNS " FROM record r WHERE r.row < ?1 AND r.is_deleted = 0"
                " AND NOT EXISTS (SELECT 1 FROM record_value v"
                " WHERE v.type = r.type AND v.record = r.row"
                " AND v.patient = iif(r.type = ?2, 0, r.patient))"
                " ORDER BY r.row DESC LIMIT 1",
                &s);
    if (err) return err;
    stmt_int(s, 1, r->row);
    stmt_int(s, 2, apart());
    err = step_head(s, arena, ret, &found);
    r->is_over = !found;
    return err;
}

static enum err look(struct job *job, struct tx *tx)
{
    struct reindexing *r = (struct reindexing *)job;
    struct stmt *s;
    bool found = false;
    enum err err =
        db_stmt(tx->db,
                "SELECT 1 FROM record r WHERE r.row = (SELECT min(row) FROM record WHERE is_deleted = 0)"
                " AND NOT EXISTS (SELECT 1 FROM record_value v"
                " WHERE v.type = r.type AND v.record = r.row"
                " AND v.patient = iif(r.type = ?2, 0, r.patient))",
                &s);
    if (err) return err;
    stmt_int(s, 2, apart());
    err = stmt_step(s, &found);
    stmt_done(s);
    r->is_over = !found;
    return err;
}

static enum err run(struct job *job, struct tx *tx)
{
    struct reindexing *r = (struct reindexing *)job;
    enum err err = OK;
    for (int i = 0; i < ROWS_A_JOB && !err && !r->is_over; i++) {
        struct record_head head;
        struct record_reader who = {.records = r->records, .arena = arena_new(ARENA_BYTES)};
        if (!who.arena) return ERR_NOMEM;
        err = next_missing(tx, r, who.arena, &head);
        if (!err && !r->is_over) {
            err = index_again(tx, &who, &head);
            r->row = head.row;
            r->made++;
        }
        arena_free(who.arena);
    }
    return err;
}

enum err reindex_missing(struct store *store, struct records *records, int64_t *ret_records)
{
    struct reindexing r = {.job.run = look, .records = records, .row = INT64_MAX};
    enum err err = store_run_read(store, &r.job);
    r.job.run = run;
    while (!err && !r.is_over)
        err = store_run(store, &r.job);
    *ret_records = r.made;
    return err;
}
