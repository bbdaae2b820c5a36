/* Reading: heads, bodies, versions, histories. */
#include "records/guard.h"
#include "records/index_place.h"
#include "records/number.h"
#include "records/patient_key.h"
#include "records/project.h"
#include "records/record_own.h"
#include <stdlib.h>

/* -- heads -- */

void record_head_values(struct stmt *s, struct record_head *ret)
{
    *ret = (struct record_head){.row = stmt_get_int(s, 0),
                                .resource = number_type(stmt_get_int(s, 1)),
                                .seq = stmt_get_int(s, 3),
                                .version = stmt_get_int(s, 4),
                                .updated = {stmt_get_int(s, 5)},
                                .patient = stmt_get_int(s, 6),
                                .encounter = stmt_get_int(s, 7),
                                .labels = (uint32_t)stmt_get_int(s, 8),
                                .lifecycle = (enum record_lifecycle)stmt_get_int(s, 9),
                                .is_deleted = stmt_get_int(s, 10) != 0};
}

enum err record_head_from(struct stmt *s, struct arena *arena, struct record_head *ret)
{
    struct str id = stmt_get_str(s, 2);
    char *copy = arena_text(arena, id.at, id.bytes);
    if (!copy) return ERR_NOMEM;
    record_head_values(s, ret);
    ret->id = (struct str){copy, id.bytes};
    return OK;
}

static enum err one_head(struct stmt *s, struct arena *arena, struct record_head *ret)
{
    bool row;
    enum err err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) err = record_head_from(s, arena, ret);
    stmt_done(s);
    return err;
}

enum err record_head_find(struct tx *tx, struct arena *arena, uint16_t resource, struct str id,
                          struct record_head *ret)
{
    struct stmt *s;
    enum err err =
        db_stmt(tx->db, "SELECT " RECORD_HEAD_COLUMNS " FROM record r WHERE r.type = ?1 AND r.id = ?2", &s);
    if (err) return err;
    stmt_int(s, 1, number_of_type(resource));
    stmt_str_kept(s, 2, id);
    return one_head(s, arena, ret);
}

enum err record_head_at(struct tx *tx, struct arena *arena, int64_t row, struct record_head *ret)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "SELECT " RECORD_HEAD_COLUMNS " FROM record r WHERE r.row = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, row);
    return one_head(s, arena, ret);
}

/* -- the guard -- */

bool record_may_see(const struct record_reader *who, const struct record_head *head)
{
    return !who->guard || guard_may_see(who->guard, head);
}

/* The server itself may write everything but what is final: an operator's import is no way around it either (rule 21). */
static enum guard_verdict verdict_of(const struct record_reader *who, const struct record_head *old,
                                     const struct record_head *now)
{
    if (who->guard) return guard_may_write(who->guard, old, now);
    return old && !old->is_deleted && old->lifecycle == RECORD_FINAL ? GUARD_FINISHED : GUARD_ALLOWED;
}

static bool is_allowed(enum guard_verdict verdict, struct record_fault *fault)
{
    switch (verdict) {
    case GUARD_ALLOWED:
        return true;
    case GUARD_HIDDEN:
        (void)record_fault_absent(fault);
        break;
    case GUARD_REFUSED:
        (void)record_fault_add(fault, 403, "forbidden", "not allowed", NULL);
        break;
    case GUARD_FINISHED:
        (void)record_fault_add(fault, 409, "business-rule", "nothing final changes: write an amendment",
                               NULL);
        break;
    }
    return false;
}

bool record_may_write(const struct record_reader *who, const struct record_head *old,
                      const struct record_head *now, struct record_fault *fault)
{
    return is_allowed(verdict_of(who, old, now), fault);
}

bool record_may_change(const struct record_reader *who, const struct record_head *old,
                       struct record_fault *fault)
{
    enum guard_verdict verdict = who->guard ? guard_may_change(who->guard, old) : GUARD_ALLOWED;
    return verdict == GUARD_FINISHED || is_allowed(verdict, fault);
}

/* -- bodies -- */

static enum err list_add(struct arena *arena, int64_t **at, uint32_t *count, uint32_t *room, int64_t n)
{
    if (*count == *room) {
        uint32_t more = *room ? *room * 2 : 32;
        int64_t *copy = arena_alloc(arena, more * sizeof *copy);
        if (!copy) return ERR_NOMEM;
        if (*count) memcpy(copy, *at, *count * sizeof *copy);
        *at = copy;
        *room = more;
    }
    (*at)[(*count)++] = n;
    return OK;
}

enum err record_traced(struct record_reader *who, const struct record_head *head)
{
    struct record_trace *t = &who->trace;
    enum err err = list_add(who->arena, &t->seqs, &t->count, &t->room, head->seq);
    bool is_new = head->patient && (!t->patient_count || t->patients[t->patient_count - 1] != head->patient);
    if (!err && is_new)
        err = list_add(who->arena, &t->patients, &t->patient_count, &t->patient_room, head->patient);
    return err;
}

static int in_order(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

enum err record_trace_patients(const struct record_trace *t, struct arena *arena, int64_t **ret_rows,
                               uint32_t *ret_n)
{
    uint32_t n = 0;
    int64_t *rows = arena_alloc(arena, (t->patient_count + 1) * sizeof *rows);
    if (!rows) return ERR_NOMEM;
    if (t->patient_count) memcpy(rows, t->patients, t->patient_count * sizeof *rows);
    qsort(rows, t->patient_count, sizeof *rows, in_order);
    for (uint32_t i = 0; i < t->patient_count; i++)
        if (n == 0 || rows[n - 1] != rows[i]) rows[n++] = rows[i];
    *ret_rows = rows;
    *ret_n = n;
    return OK;
}

static void bound(const struct record_head *head, uint8_t ret[16])
{
    for (int i = 0; i < 8; i++) {
        ret[i] = (uint8_t)((uint64_t)head->row >> (56 - 8 * i));
        ret[8 + i] = (uint8_t)((uint64_t)head->version >> (56 - 8 * i));
    }
}

static enum err open_body(struct tx *tx, struct record_reader *who, const struct record_head *head,
                          struct str stored, struct str *ret_body)
{
    uint8_t ad[16];
    if (head->patient == 0) {
        char *copy = arena_text(who->arena, stored.at, stored.bytes);
        if (!copy) return ERR_NOMEM;
        *ret_body = (struct str){copy, stored.bytes};
        return OK;
    }
    if (stored.bytes < CIPHER_BOX_BYTES) return ERR_CORRUPT;
    size_t bytes = stored.bytes - CIPHER_BOX_BYTES;
    char *plain = arena_alloc(who->arena, bytes + 1);
    if (!plain) return ERR_NOMEM;
    bound(head, ad);
    enum err err =
        patient_key_open(tx, who->records, head->patient, ad, sizeof ad, stored.at, stored.bytes, plain);
    *ret_body = (struct str){plain, bytes};
    return err;
}

/* What the guard hides from this reader is taken out. */
static enum err project(struct record_reader *who, uint16_t resource, struct str *body)
{
    struct buf to;
    if (!body->at || !who->guard || !project_is_needed(who->guard, resource)) return OK;
    buf_init(&to, RECORD_BODY_BYTES_MAX);
    enum err err = project_body(who->guard, resource, *body, who->arena, &to);
    char *copy = err ? NULL : arena_text(who->arena, to.at, to.bytes);
    if (!err && !copy) err = ERR_NOMEM;
    if (!err) *body = (struct str){copy, to.bytes};
    buf_done(&to);
    return err;
}

static enum err finish_body(struct record_reader *who, const struct record_head *head, struct str *body)
{
    enum err err = project(who, head->resource, body);
    return err ? err : record_traced(who, head);
}

enum err record_body(struct tx *tx, struct record_reader *who, const struct record_head *head,
                     struct str *ret_body)
{
    struct stmt *s;
    bool row;
    struct str body = {0};
    enum err err = db_stmt(tx->db, "SELECT body FROM record_version WHERE seq = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, head->seq);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_CORRUPT;
    if (!err && !stmt_is_null(s, 0)) err = open_body(tx, who, head, stmt_get_blob(s, 0), &body);
    stmt_done(s);
    if (!err) err = finish_body(who, head, &body);
    if (!err) *ret_body = body;
    return err;
}

enum err record_whole(struct tx *tx, struct record_reader *who, int64_t row, struct record *ret)
{
    struct stmt *s;
    bool found;
    *ret = (struct record){0};
    enum err err = db_stmt(tx->db,
                           "SELECT " RECORD_HEAD_COLUMNS ", v.body FROM record r JOIN record_version v"
                           " ON v.seq = r.seq WHERE r.row = ?1",
                           &s);
    if (err) return err;
    stmt_int(s, 1, row);
    err = stmt_step(s, &found);
    if (!err && !found) err = ERR_NOT_FOUND;
    if (!err) err = record_head_from(s, who->arena, &ret->head);
    if (!err && !stmt_is_null(s, RECORD_HEAD_WIDTH))
        err = open_body(tx, who, &ret->head, stmt_get_blob(s, RECORD_HEAD_WIDTH), &ret->body);
    stmt_done(s);
    return err ? err : finish_body(who, &ret->head, &ret->body);
}

/* -- read, vread -- */

static enum err gone(struct record_fault *fault)
{
    return record_fault_add(fault, 410, "deleted", "it has been deleted", NULL);
}

static enum err serve(struct tx *tx, struct record_reader *who, struct record *r, struct record_fault *fault)
{
    if (r->head.is_deleted) return gone(fault);
    enum err err = record_body(tx, who, &r->head, &r->body);
    if (!err && !r->body.at) return gone(fault);
    return err;
}

enum err record_read(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                     struct record *ret, struct record_fault *fault)
{
    *ret = (struct record){0};
    enum err err = record_head_find(tx, who->arena, resource, id, &ret->head);
    if (err == ERR_NOT_FOUND || (!err && !record_may_see(who, &ret->head))) return record_fault_absent(fault);
    return err ? err : serve(tx, who, ret, fault);
}

#define VERSION_COLUMNS                                                                                      \
    "v.record, v.type, (SELECT id FROM record WHERE row = v.record), v.seq, v.version, v.updated, "          \
    "v.patient, v.encounter, v.labels, v.lifecycle, v.is_deleted"

enum err record_vread(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                      int64_t version, struct record *ret, struct record_fault *fault)
{
    struct record_head now;
    struct stmt *s;
    *ret = (struct record){0};
    enum err err = record_head_find(tx, who->arena, resource, id, &now);
    if (err == ERR_NOT_FOUND) return record_fault_absent(fault);
    if (!err)
        err = db_stmt(
            tx->db, "SELECT " VERSION_COLUMNS " FROM record_version v WHERE v.record = ?1 AND v.version = ?2",
            &s);
    if (err) return err;
    stmt_int(s, 1, now.row);
    stmt_int(s, 2, version);
    err = one_head(s, who->arena, &ret->head);
    bool is_hidden = !record_may_see(who, &now) || (!err && !record_may_see(who, &ret->head));
    if (err == ERR_NOT_FOUND || (!err && is_hidden)) return record_fault_absent(fault);
    return err ? err : serve(tx, who, ret, fault);
}

/* -- history -- */

enum { HISTORY_COUNT = 50, HISTORY_COUNT_MAX = 1000, STRIDE = 128 };

static const char *history_sql(const struct record_history *ask)
{
    if (ask->id.bytes)
        return "SELECT " VERSION_COLUMNS " FROM record_version v WHERE v.record = ?1 AND v.seq < ?2"
               " AND v.updated >= ?3 ORDER BY v.seq DESC LIMIT ?4";
    if (ask->resource != FHIR_NONE && !index_place_is_apart(ask->resource))
        return "SELECT " VERSION_COLUMNS " FROM record_version v WHERE v.type = ?1 AND v.seq < ?2"
               " AND v.type <> " NUMBER_PROVENANCE " AND v.updated >= ?3 ORDER BY v.seq DESC LIMIT ?4";
    if (ask->resource != FHIR_NONE)
        return "SELECT " VERSION_COLUMNS " FROM record_version v NOT INDEXED WHERE v.type = ?1 AND v.seq < ?2"
               " AND v.updated >= ?3 ORDER BY v.seq DESC LIMIT ?4";
    return "SELECT " VERSION_COLUMNS " FROM record_version v WHERE ?1 IS NOT NULL AND v.seq < ?2"
           " AND v.updated >= ?3 ORDER BY v.seq DESC LIMIT ?4";
}

/* The next heads before a place, seen or not. */
static enum err stride(struct tx *tx, struct record_reader *who, const struct record_history *ask, int64_t of,
                       int64_t before, struct record_head heads[STRIDE], uint32_t *ret_n)
{
    struct stmt *s;
    bool row;
    uint32_t n = 0;
    enum err err = db_stmt(tx->db, history_sql(ask), &s);
    if (err) return err;
    stmt_int(s, 1, of);
    stmt_int(s, 2, before);
    stmt_int(s, 3, ask->since.ms);
    stmt_int(s, 4, STRIDE);
    while (n < STRIDE && !(err = stmt_step(s, &row)) && row)
        if ((err = record_head_from(s, who->arena, &heads[n++]))) break;
    stmt_done(s);
    *ret_n = n;
    return err;
}

/* An old version is seen by who sees both it and the record as it stands: a label given later closes what was before it too. */
static enum err sees_version(struct tx *tx, struct record_reader *who, const struct record_head *head,
                             bool *ret_sees)
{
    struct record_head now;
    *ret_sees = record_may_see(who, head);
    if (!*ret_sees || !who->guard) return OK;
    enum err err = record_head_at(tx, who->arena, head->row, &now);
    if (!err) *ret_sees = record_may_see(who, &now);
    return err;
}

static enum err walk_history(struct tx *tx, struct record_reader *who, const struct record_history *ask,
                             int64_t of, uint32_t count, struct record_page *page)
{
    int64_t before = ask->before ? ask->before : INT64_MAX;
    for (;;) {
        struct record_head heads[STRIDE];
        uint32_t n = 0;
        enum err err = stride(tx, who, ask, of, before, heads, &n);
        for (uint32_t i = 0; i < n && !err; i++) {
            bool is_seen;
            err = sees_version(tx, who, &heads[i], &is_seen);
            if (err) return err;
            if (!is_seen) continue;
            if (page->count == count) {
                page->next = page->at[count - 1].head.seq;
                return OK;
            }
            struct record *r = &page->at[page->count++];
            *r = (struct record){.head = heads[i]};
            err = heads[i].is_deleted ? record_traced(who, &heads[i])
                                      : record_body(tx, who, &r->head, &r->body);
        }
        if (err || n < STRIDE) return err;
        before = heads[n - 1].seq;
    }
}

enum err record_history(struct tx *tx, struct record_reader *who, const struct record_history *ask,
                        struct record_page *ret, struct record_fault *fault)
{
    struct record_head now = {0};
    uint32_t count = ask->count <= 0                  ? HISTORY_COUNT
                     : ask->count > HISTORY_COUNT_MAX ? HISTORY_COUNT_MAX
                                                      : (uint32_t)ask->count;
    int64_t of = ask->resource == FHIR_NONE ? 0 : number_of_type(ask->resource);
    enum err err = OK;
    if (ask->id.bytes) {
        err = record_head_find(tx, who->arena, ask->resource, ask->id, &now);
        if (err == ERR_NOT_FOUND) return record_fault_absent(fault);
        of = now.row;
    }
    *ret = (struct record_page){.total = -1};
    if (!err && !(ret->at = arena_alloc(who->arena, count * sizeof *ret->at))) err = ERR_NOMEM;
    if (!err) err = walk_history(tx, who, ask, of, count, ret);
    /* Of a record that is there but not for this reader: as one that is not there. */
    if (!err && ask->id.bytes && ret->count == 0 && !record_may_see(who, &now))
        return record_fault_absent(fault);
    return err;
}
