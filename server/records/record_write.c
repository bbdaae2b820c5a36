/* Writing: the interactions, which come to one put (record_put.c), and what an erasure takes away. */
#include "records/closed.h"
#include "records/guard.h"
#include "records/index_text.h"
#include "records/led.h"
#include "records/number.h"
#include "records/patch.h"
#include "records/patient_key.h"
#include "records/primitive.h"
#include "records/record_own.h"
#include "records/search.h"

/* The one record that the criteria find: ERR_NOT_FOUND: none; a fault: several, or criteria that select nothing. */
static enum err find_one(struct tx *tx, struct record_reader *who, uint16_t resource, struct str criteria,
                         struct record_head *ret, struct record_fault *fault)
{
    int64_t rows[2];
    uint32_t n;
    enum err err = search_rows(tx, who, resource, criteria, rows, 2, &n, fault);
    if (!err && fault->status) err = ERR_DENIED;
    if (err) return err;
    if (n > 1)
        return record_refuse(fault, 412, "multiple-matches", "the criteria find several resources", NULL);
    return n == 0 ? ERR_NOT_FOUND : record_head_at(tx, who->arena, rows[0], ret);
}

/* What a writer may not see is not there. */
static enum err find_for_writing(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                                 struct record_head *ret)
{
    enum err err = record_head_find(tx, who->arena, resource, id, ret);
    return !err && !record_may_see(who, ret) ? ERR_DENIED : err;
}

static enum err check_version(const struct record_if *cond, const struct record_head *old,
                              struct record_fault *fault)
{
    if (cond && cond->version && (!old || old->version != cond->version))
        return record_refuse(fault, 412, "conflict", "the version is no longer the current one", NULL);
    if (cond && cond->none_match && old && !old->is_deleted)
        return record_refuse(fault, 412, "conflict", "there is one already", NULL);
    return OK;
}

enum err record_create(struct tx *tx, struct record_reader *who, uint16_t resource, const struct tape *tape,
                       uint32_t node, const struct record_if *cond, struct record *ret,
                       enum record_done *ret_done, struct record_fault *fault)
{
    struct record_put put = {.resource = resource, .tape = tape, .node = node};
    *ret_done = RECORD_CREATED;
    if (cond && cond->criteria.at) {
        enum err err = find_one(tx, who, resource, cond->criteria, &ret->head, fault);
        if (!err) {
            *ret_done = RECORD_FOUND;
            return record_body(tx, who, &ret->head, &ret->body);
        }
        if (err != ERR_NOT_FOUND) return err;
    }
    return record_put(tx, who, &put, ret, fault);
}

enum err record_create_ours(struct tx *tx, struct record_reader *who, uint16_t resource,
                            const struct tape *tape, struct record *ret, struct record_fault *fault)
{
    struct record_put put = {.resource = resource, .tape = tape, .is_ours = true};
    return record_put(tx, who, &put, ret, fault);
}

/* The body of an update names the id that it is put to. */
static enum err check_id(const struct record_put *put, struct record_fault *fault)
{
    uint32_t id = put->tape->nodes[put->node].kind == TAPE_OBJECT ? tape_get(put->tape, put->node, STR("id"))
                                                                  : TAPE_NONE;
    struct str text = id == TAPE_NONE ? (struct str){0} : tape_raw(put->tape, id);
    bool is_same =
        text.at && text.bytes == put->id.bytes + 2 && memcmp(text.at + 1, put->id.at, put->id.bytes) == 0;
    return is_same ? OK
                   : record_refuse(fault, 400, "value", "the body's id is not the one in the address", "id");
}

static enum err update_found(struct tx *tx, struct record_reader *who, struct record_put *put,
                             const struct record_if *cond, struct record *ret, enum record_done *ret_done,
                             struct record_fault *fault)
{
    struct record_head old;
    enum err err = find_for_writing(tx, who, put->resource, put->id, &old);
    bool is_hidden = err == ERR_DENIED; /* there is one, for others: the id cannot be taken */
    bool is_nobodys = err == ERR_NOT_FOUND && who->guard && !guard_writes(who->guard);
    if (is_hidden || is_nobodys) {
        (void)record_fault_absent(fault);
        return ERR_DENIED;
    }
    if (err && err != ERR_NOT_FOUND) return err;
    if (!err)
        put->old = &old;
    else
        put->row = record_planned(who, put->resource, put->id);
    *ret_done = err || old.is_deleted ? RECORD_CREATED : RECORD_UPDATED;
    err = check_version(cond, put->old, fault);
    if (!err) err = record_put(tx, who, put, ret, fault);
    put->old = NULL; /* it stands here */
    return err;
}

enum err record_update(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                       const struct tape *tape, uint32_t node, const struct record_if *cond,
                       struct record *ret, enum record_done *ret_done, struct record_fault *fault)
{
    struct record_put put = {.resource = resource, .id = id, .tape = tape, .node = node};
    struct record_head found;
    if (!cond || !cond->criteria.at) {
        if (primitive_fault(FHIR_ID, id)) return record_refuse(fault, 400, "value", "not an id", "id");
        enum err err = check_id(&put, fault);
        return err ? err : update_found(tx, who, &put, cond, ret, ret_done, fault);
    }
    enum err err = find_one(tx, who, resource, cond->criteria, &found, fault);
    if (err && err != ERR_NOT_FOUND) return err;
    *ret_done = err ? RECORD_CREATED : RECORD_UPDATED;
    if (!err) {
        put.old = &found;
        put.id = found.id;
        if (tape->nodes[node].kind == TAPE_OBJECT && tape_get(tape, node, STR("id")) != TAPE_NONE &&
            (err = check_id(&put, fault)))
            return err;
    }
    return record_put(tx, who, &put, ret, fault);
}

static enum err apply(struct tx *tx, struct record_reader *who, const struct record_head *old,
                      const struct tape *patch, struct buf *to, struct record_fault *fault)
{
    struct str body;
    struct tape tape;
    struct tape_fault where;
    struct patch_fault wrong = {0};
    enum err err = record_body(tx, who, old, &body);
    if (!err) err = tape_read(who->arena, body, RECORD_NODES_MAX, &tape, &where);
    if (!err) err = patch_apply(&tape, patch, who->arena, RECORD_NODES_MAX, to, &wrong);
    if (err != ERR_BAD_INPUT) return err;
    const char *path = arena_printf(who->arena, "[%u]", wrong.operation);
    return record_refuse(fault, wrong.is_test ? 422 : 400, wrong.is_test ? "conflict" : "invalid",
                         wrong.why ? wrong.why : "a patch that cannot be applied", path);
}

static enum err patch_found(struct tx *tx, struct record_reader *who, const struct record_head *old,
                            const struct tape *patch, struct record *ret, struct record_fault *fault)
{
    struct buf text;
    struct tape tape;
    struct tape_fault where = {0};
    buf_init(&text, RECORD_BODY_BYTES_MAX);
    enum err err = apply(tx, who, old, patch, &text, fault);
    if (!err) err = tape_read(who->arena, buf_str(&text), RECORD_NODES_MAX, &tape, &where);
    struct record_put put = {.resource = old->resource, .id = old->id, .old = old, .tape = &tape};
    if (!err) err = check_id(&put, fault);
    if (!err) err = record_put(tx, who, &put, ret, fault);
    buf_done(&text);
    return err;
}

/* The record meant by an id, or by criteria. */
static enum err find_meant(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                           const struct record_if *cond, struct record_head *ret, struct record_fault *fault)
{
    enum err err = cond && cond->criteria.at ? find_one(tx, who, resource, cond->criteria, ret, fault)
                                             : find_for_writing(tx, who, resource, id, ret);
    return err == ERR_DENIED && !fault->status ? ERR_NOT_FOUND : err;
}

enum err record_patch(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                      const struct tape *patch, const struct record_if *cond, struct record *ret,
                      enum record_done *ret_done, struct record_fault *fault)
{
    struct record_head old;
    enum err err = find_meant(tx, who, resource, id, cond, &old, fault);
    if (err == ERR_NOT_FOUND) {
        (void)record_fault_absent(fault);
        return ERR_DENIED;
    }
    if (err) return err;
    if (old.is_deleted) return record_refuse(fault, 410, "deleted", "it has been deleted", NULL);
    *ret_done = RECORD_UPDATED;
    /* Who may not change it is told so, whatever the patch makes of what they see of it. */
    if (!record_may_change(who, &old, fault)) return ERR_DENIED;
    err = check_version(cond, &old, fault);
    return err ? err : patch_found(tx, who, &old, patch, ret, fault);
}

static bool is_leaving(const struct record_reader *who, int64_t row)
{
    for (uint32_t i = 0; who->plan && i < who->plan->leaving_count; i++)
        if (who->plan->leaving[i] == row) return true;
    return false;
}

/* Does another record that stands name this one? Only those that the reader sees count: a refusal for the sake of a hidden one would tell
 * of it (rule 9). A Provenance tells of what was, whatever becomes of it. */
static enum err is_named(struct tx *tx, struct record_reader *who, const struct record_head *old,
                         bool *ret_is)
{
    enum { LOOKED_AT_MAX = 10000 };
    struct stmt *s;
    bool row;
    enum err err = db_stmt(
        tx->db,
        "SELECT " RECORD_HEAD_COLUMNS " FROM record_link l JOIN record r ON r.row = l.record"
        " WHERE l.target = ?1 AND r.row <> ?1 AND r.is_deleted = 0 AND r.type <> ?3"
        " UNION ALL SELECT " RECORD_HEAD_COLUMNS " FROM record r"
        " WHERE r.patient = ?1 AND r.patient <> 0 AND r.row <> ?1 AND r.is_deleted = 0 AND r.type <> ?3"
        " LIMIT ?2",
        &s);
    *ret_is = false;
    if (err) return err;
    stmt_int(s, 1, old->row);
    stmt_int(s, 2, LOOKED_AT_MAX);
    stmt_int(s, 3, number_of_type(fhir_resource_of(STR("Provenance"))));
    while (!*ret_is && !(err = stmt_step(s, &row)) && row) {
        struct record_head head;
        record_head_values(s, &head);
        *ret_is = !is_leaving(who, head.row) && record_may_see(who, &head);
    }
    stmt_done(s);
    return err;
}

static enum err check_named(struct tx *tx, struct record_reader *who, const struct record_head *old,
                            struct record_fault *fault)
{
    bool is = false;
    enum err err = is_named(tx, who, old, &is);
    return !err && is ? record_refuse(fault, 409, "conflict", "others refer to it", NULL) : err;
}

enum err record_delete(struct tx *tx, struct record_reader *who, uint16_t resource, struct str id,
                       const struct record_if *cond, struct record *ret, enum record_done *ret_done,
                       struct record_fault *fault)
{
    struct record_head old;
    enum err err = find_meant(tx, who, resource, id, cond, &old, fault);
    *ret_done = RECORD_UNCHANGED;
    if (err == ERR_NOT_FOUND) return OK;
    if (err) return err;
    *ret = (struct record){.head = old};
    if (old.is_deleted) return OK;
    err = check_version(cond, &old, fault);
    if (!err && !record_may_write(who, &old, NULL, fault)) err = ERR_DENIED;
    if (!err) err = check_named(tx, who, &old, fault);
    if (!err) err = closed_check(tx, who, &old, fault);
    if (!err) err = led_check(tx, who, &old, old.resource, NULL, fault);
    if (!err) err = record_bury(tx, &old, ret);
    if (!err) err = record_note_written(who, &ret->head);
    if (!err) *ret_done = RECORD_DELETED;
    return err;
}

/* -- erasure -- */

static enum err bury_all(struct tx *tx, int64_t patient)
{
    enum err err = OK;
    for (bool row = true; row && !err;) {
        struct arena *arena = arena_new(1 << 16);
        struct record_head head;
        struct record gone;
        struct stmt *s;
        if (!arena) return ERR_NOMEM;
        err = db_stmt(tx->db,
                      "SELECT " RECORD_HEAD_COLUMNS
                      " FROM record r WHERE r.patient = ?1 AND r.patient <> 0 AND r.is_deleted = 0 LIMIT 1",
                      &s);
        if (!err) {
            stmt_int(s, 1, patient);
            err = stmt_step(s, &row);
            if (!err && row) err = record_head_from(s, arena, &head);
            stmt_done(s);
        }
        if (!err && row) err = record_bury(tx, &head, &gone);
        arena_free(arena);
    }
    return err;
}

enum err record_purge(struct tx *tx, struct records *records, int64_t patient, int64_t *ret_versions)
{
    struct stmt *s;
    enum err err = bury_all(tx, patient);
    if (!err) err = patient_key_destroy(tx, records, patient);
    if (!err)
        err = db_stmt(tx->db,
                      "UPDATE record_version SET body = NULL WHERE patient = ?1 AND body IS NOT NULL"
                      " AND record IN (SELECT row FROM record WHERE patient = ?1 AND patient <> 0)",
                      &s);
    if (err) return err;
    stmt_int(s, 1, patient);
    err = stmt_run(s);
    if (!err) *ret_versions = db_changes(tx->db);
    /* What was deleted from the text index stays in its older segments until they are merged. */
    if (!err) err = index_text_settle(tx);
    if (!err) err = db_exec(tx->db, "INSERT INTO record_text (record_text) VALUES ('optimize')");
    return err;
}
