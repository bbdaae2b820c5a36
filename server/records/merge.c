#include "records/merge.h"
#include "records/record_own.h"
#include <stdio.h>

/* was_active: of the source before: -1 unsaid. */
const char merge_sql[] = "CREATE TABLE patient_merge ("
                         " source INTEGER PRIMARY KEY,"
                         " target INTEGER NOT NULL CHECK (target <> source),"
                         " at INTEGER NOT NULL,"
                         " was_active INTEGER NOT NULL CHECK (was_active BETWEEN -1 AND 1)"
                         ") STRICT;"
                         "CREATE INDEX patient_merge_by_target ON patient_merge (target);";

static enum err refuse(struct record_fault *fault, const char *what)
{
    (void)record_fault_add(fault, 409, "conflict", what, NULL);
    return ERR_DENIED;
}

/* -- which rows are one -- */

static enum err add_sources(struct tx *tx, int64_t target, struct merge_rows *to)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT source FROM patient_merge WHERE target = ?1 ORDER BY source", &s);
    if (err) return err;
    stmt_int(s, 1, target);
    while (to->count < MERGE_ROWS_MAX && !(err = stmt_step(s, &row)) && row)
        if (!merge_has(to, stmt_get_int(s, 0))) to->at[to->count++] = stmt_get_int(s, 0);
    stmt_done(s);
    return err;
}

/* Nearly nobody was merged, and each search by a patient asks: one look into an index, and no more where it has nothing. */
enum err merge_rows(struct tx *tx, int64_t patient, struct merge_rows *ret)
{
    enum err err = OK;
    *ret = (struct merge_rows){.at = {patient}, .count = 1};
    for (uint32_t i = 0; i < ret->count && !err; i++)
        err = add_sources(tx, ret->at[i], ret);
    return err;
}

bool merge_has(const struct merge_rows *rows, int64_t patient)
{
    for (uint32_t i = 0; i < rows->count; i++)
        if (rows->at[i] == patient) return true;
    return false;
}

static enum err find(struct tx *tx, int64_t source, int64_t *ret_target, int64_t *ret_active)
{
    struct stmt *s;
    bool row;
    *ret_target = 0;
    enum err err = db_stmt(tx->db, "SELECT target, was_active FROM patient_merge WHERE source = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, source);
    err = stmt_step(s, &row);
    if (!err && row) {
        *ret_target = stmt_get_int(s, 0);
        *ret_active = stmt_get_int(s, 1);
    }
    stmt_done(s);
    return err;
}

enum err merge_target(struct tx *tx, int64_t patient, int64_t *ret_target)
{
    int64_t was_active;
    return find(tx, patient, ret_target, &was_active);
}

enum err merge_family(struct tx *tx, int64_t patient, struct merge_rows *ret)
{
    int64_t up = patient;
    enum err err = OK;
    for (int i = 0; i < MERGE_ROWS_MAX && up && !err; i++) {
        patient = up;
        err = merge_target(tx, patient, &up);
    }
    return err ? err : merge_rows(tx, patient, ret);
}

enum err merge_check(struct tx *tx, struct record_reader *who, const struct record_head *old,
                     const struct record_head *now, struct record_fault *fault)
{
    int64_t target;
    bool is_itself = now->row == now->patient;
    if (!who->guard || now->patient == 0 || (old && !is_itself)) return OK;
    enum err err = merge_target(tx, now->patient, &target);
    return !err && target ? refuse(fault, "the patient was merged into another: write there") : err;
}

/* -- the two Patients -- */

static enum err find_patient(struct tx *tx, struct record_reader *who, struct str id, struct record_head *ret,
                             struct record_fault *fault)
{
    enum err err = record_head_find(tx, who->arena, fhir_resource_of(STR("Patient")), id, ret);
    bool is_there = !err && !ret->is_deleted && record_may_see(who, ret);
    if (err && err != ERR_NOT_FOUND) return err;
    if (is_there) return OK;
    (void)record_fault_absent(fault);
    return ERR_DENIED;
}

static enum err read_body(struct tx *tx, struct record_reader *who, const struct record_head *head,
                          struct tape *ret)
{
    struct str body;
    struct tape_fault where;
    enum err err = record_body(tx, who, head, &body);
    if (!err) err = tape_read(who->arena, body, RECORD_NODES_MAX, ret, &where);
    return err == ERR_BAD_INPUT ? ERR_CORRUPT : err;
}

static enum err patch(struct tx *tx, struct record_reader *who, const struct record_head *head,
                      struct buf *steps, struct record *ret, struct record_fault *fault)
{
    struct tape tape;
    struct tape_fault where;
    enum record_done done;
    const char *text = steps->err ? NULL : arena_text(who->arena, steps->at, steps->bytes);
    enum err err = steps->err ? steps->err : text ? OK : ERR_NOMEM;
    if (!err) err = tape_read(who->arena, (struct str){text, steps->bytes}, RECORD_NODES_MAX, &tape, &where);
    if (!err) err = record_patch(tx, who, head->resource, head->id, &tape, NULL, ret, &done, fault);
    return err;
}

/* {"other":{"reference":"Patient/…"},"type":"…"} at the end of link; that of `id` is the other's. */
static void put_link(struct buf *to, const struct tape *t, struct str id, const char *type)
{
    bool is_first = tape_get(t, 0, STR("link")) == TAPE_NONE;
    buf_printf(to,
               "{\"op\":\"add\",\"path\":\"/link%s\",\"value\":%s{\"other\":{\"reference\":\"Patient/%.*s\"},"
               "\"type\":\"%s\"}%s}",
               is_first ? "" : "/-", is_first ? "[" : "", (int)id.bytes, id.at, type, is_first ? "]" : "");
}

/* The link to the other goes; false: there is none. */
static bool drop_link(struct buf *to, const struct tape *t, struct arena *arena, struct str id,
                      const char *type)
{
    uint32_t list = tape_get(t, 0, STR("link"));
    for (uint32_t i = 0, at; list != TAPE_NONE && (at = tape_at(t, list, i)) != TAPE_NONE; i++) {
        struct str text;
        uint32_t other = tape_get(t, tape_get(t, at, STR("other")), STR("reference"));
        bool is_it = other != TAPE_NONE && tape_text(t, other, arena, &text) &&
                     str_is_text(str_cut(&text, '/'), "Patient") && str_is(text, id) &&
                     tape_is_text(t, tape_get(t, at, STR("type")), type);
        if (!is_it) continue;
        if (t->nodes[list].count == 1)
            buf_add_text(to, "{\"op\":\"remove\",\"path\":\"/link\"}");
        else
            buf_printf(to, "{\"op\":\"remove\",\"path\":\"/link/%u\"}", i);
        return true;
    }
    return false;
}

/* -- merging -- */

static enum err check_pair(struct tx *tx, const struct record_head *source, const struct record_head *target,
                           struct record_fault *fault)
{
    struct merge_rows mine, theirs;
    int64_t first, second;
    if (source->row == target->row) return refuse(fault, "a patient is not merged with itself");
    enum err err = merge_target(tx, source->row, &first);
    if (!err) err = merge_target(tx, target->row, &second);
    if (!err && (first || second)) return refuse(fault, "the patient was merged before");
    if (!err) err = merge_rows(tx, source->row, &mine);
    if (!err) err = merge_rows(tx, target->row, &theirs);
    if (!err && mine.count + theirs.count > MERGE_ROWS_MAX)
        return refuse(fault, "more patients than can be one");
    return err;
}

static int64_t active_of(const struct tape *t)
{
    uint32_t active = tape_get(t, 0, STR("active"));
    return active == TAPE_NONE ? -1 : t->nodes[active].kind == TAPE_TRUE;
}

static enum err retire(struct tx *tx, struct record_reader *who, const struct record_head *source,
                       const struct record_head *target, int64_t *ret_active, struct record_fault *fault)
{
    struct tape t;
    struct buf steps;
    struct record done;
    enum err err = read_body(tx, who, source, &t);
    if (err) return err;
    *ret_active = active_of(&t);
    buf_init(&steps, 1 << 12);
    /* Replaced where it is: undone, it stands in the same place. */
    buf_printf(&steps, "[{\"op\":\"%s\",\"path\":\"/active\",\"value\":false},",
               *ret_active < 0 ? "add" : "replace");
    put_link(&steps, &t, target->id, "replaced-by");
    buf_add_char(&steps, ']');
    err = patch(tx, who, source, &steps, &done, fault);
    buf_done(&steps);
    return err;
}

static enum err widen(struct tx *tx, struct record_reader *who, const struct record_head *target,
                      const struct record_head *source, struct record *ret, struct record_fault *fault)
{
    struct tape t;
    struct buf steps;
    enum err err = read_body(tx, who, target, &t);
    if (err) return err;
    buf_init(&steps, 1 << 12);
    buf_add_char(&steps, '[');
    put_link(&steps, &t, source->id, "replaces");
    buf_add_char(&steps, ']');
    err = patch(tx, who, target, &steps, ret, fault);
    buf_done(&steps);
    return err;
}

enum err merge_do(struct tx *tx, struct record_reader *who, struct str source, struct str target,
                  struct record *ret_target, struct record_fault *fault)
{
    struct record_head from, to;
    struct stmt *s;
    int64_t was_active = -1;
    enum err err = find_patient(tx, who, source, &from, fault);
    if (!err) err = find_patient(tx, who, target, &to, fault);
    if (!err) err = check_pair(tx, &from, &to, fault);
    if (!err) err = retire(tx, who, &from, &to, &was_active, fault);
    if (!err) err = widen(tx, who, &to, &from, ret_target, fault);
    if (!err)
        err = db_stmt(
            tx->db, "INSERT INTO patient_merge (source, target, at, was_active) VALUES (?1, ?2, ?3, ?4)", &s);
    if (err) return err;
    stmt_int(s, 1, from.row);
    stmt_int(s, 2, to.row);
    stmt_instant(s, 3, tx->now);
    stmt_int(s, 4, was_active);
    return stmt_run(s);
}

/* -- undoing -- */

static enum err forget(struct tx *tx, int64_t source)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "DELETE FROM patient_merge WHERE source = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, source);
    return stmt_run(s);
}

static enum err restore(struct tx *tx, struct record_reader *who, const struct record_head *source,
                        const struct record_head *target, int64_t was_active, struct record *ret,
                        struct record_fault *fault)
{
    struct tape t;
    struct buf steps;
    enum err err = read_body(tx, who, source, &t);
    if (err) return err;
    buf_init(&steps, 1 << 12);
    buf_add_char(&steps, '[');
    if (drop_link(&steps, &t, who->arena, target->id, "replaced-by")) buf_add_char(&steps, ',');
    if (was_active < 0)
        buf_add_text(&steps, "{\"op\":\"remove\",\"path\":\"/active\"}]");
    else
        buf_printf(&steps, "{\"op\":\"replace\",\"path\":\"/active\",\"value\":%s}]",
                   was_active ? "true" : "false");
    err = patch(tx, who, source, &steps, ret, fault);
    buf_done(&steps);
    return err;
}

static enum err narrow(struct tx *tx, struct record_reader *who, const struct record_head *target,
                       const struct record_head *source, struct record_fault *fault)
{
    struct tape t;
    struct buf steps;
    struct record done;
    enum err err = read_body(tx, who, target, &t);
    if (err) return err;
    buf_init(&steps, 1 << 12);
    buf_add_char(&steps, '[');
    bool is_there = drop_link(&steps, &t, who->arena, source->id, "replaces");
    buf_add_char(&steps, ']');
    if (is_there) err = patch(tx, who, target, &steps, &done, fault);
    buf_done(&steps);
    return err;
}

enum err merge_undo(struct tx *tx, struct record_reader *who, struct str source, struct str target,
                    struct record *ret_source, struct record_fault *fault)
{
    struct record_head from, to;
    int64_t into, was_active = -1;
    enum err err = find_patient(tx, who, source, &from, fault);
    if (!err) err = find_patient(tx, who, target, &to, fault);
    if (!err) err = find(tx, from.row, &into, &was_active);
    if (!err && into != to.row) return refuse(fault, "these patients were not merged");
    if (!err) err = forget(tx, from.row);
    if (!err) err = narrow(tx, who, &to, &from, fault);
    return err ? err : restore(tx, who, &from, &to, was_active, ret_source, fault);
}
