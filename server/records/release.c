#include "records/release.h"
#include "records/guard.h"
#include "records/record_own.h"
#include <assert.h>

enum err release_give(struct tx *tx, const struct record_head *head, struct str by)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db,
                           "INSERT INTO release (record, patient, at, by) SELECT ?1, ?2, ?3, ?4"
                           " WHERE NOT EXISTS (SELECT 1 FROM release_clock WHERE record = ?1)",
                           &s);
    if (err) return err;
    stmt_int(s, 1, head->row);
    stmt_int(s, 2, head->patient);
    stmt_instant(s, 3, tx->now);
    stmt_str(s, 4, by);
    err = stmt_run(s);
    return err ? err : db_changes(tx->db) ? OK : ERR_EXISTS;
}

enum err release_hold(struct tx *tx, const struct record_head *head, struct str by, struct str reason)
{
    struct stmt *s;
    bool is_released;
    enum err err = db_stmt(tx->db,
                           "SELECT 1 FROM release WHERE record = ?1 UNION ALL"
                           " SELECT 1 FROM release_clock WHERE record = ?1",
                           &s);
    if (err) return err;
    stmt_int(s, 1, head->row);
    err = stmt_step(s, &is_released);
    stmt_done(s);
    if (err || is_released) return err ? err : ERR_EXISTS;
    err = db_stmt(tx->db,
                  "INSERT OR IGNORE INTO release_hold (record, patient, at, by, reason)"
                  " VALUES (?1, ?2, ?3, ?4, ?5)",
                  &s);
    if (err) return err;
    stmt_int(s, 1, head->row);
    stmt_int(s, 2, head->patient);
    stmt_instant(s, 3, tx->now);
    stmt_str(s, 4, by);
    stmt_str(s, 5, reason);
    return stmt_run(s);
}

/* -- by the clock -- */

static enum err seen(struct tx *tx, int64_t *ret_seq)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT seq FROM release_seen", &s);
    if (err) return err;
    err = stmt_step(s, &row);
    if (!err) *ret_seq = row ? stmt_get_int(s, 0) : -1;
    stmt_done(s);
    return err;
}

/* The first time: from now on. */
static enum err see(struct tx *tx, int64_t seq)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db,
                           "INSERT OR REPLACE INTO release_seen (one, seq) VALUES (1, CASE WHEN ?1 >= 0 THEN"
                           " ?1 ELSE (SELECT ifnull(max(seq), 0) FROM record_version) END)",
                           &s);
    if (err) return err;
    stmt_int(s, 1, seq);
    return stmt_run(s);
}

static enum err give_by_clock(struct tx *tx, const struct record_head *head, bool *ret_given)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db,
                           "INSERT INTO release_clock (record, patient, at) SELECT ?1, ?2, ?3"
                           " WHERE NOT EXISTS (SELECT 1 FROM release WHERE record = ?1)"
                           " AND NOT EXISTS (SELECT 1 FROM release_hold WHERE record = ?1)"
                           " AND NOT EXISTS (SELECT 1 FROM release_clock WHERE record = ?1)",
                           &s);
    if (err) return err;
    stmt_int(s, 1, head->row);
    stmt_int(s, 2, head->patient);
    stmt_instant(s, 3, tx->now);
    err = stmt_run(s);
    *ret_given = !err && db_changes(tx->db) > 0;
    return err;
}

static bool is_result(const struct record_head *h)
{
    bool is_kind = h->resource == fhir_resource_of(STR("Observation")) ||
                   h->resource == fhir_resource_of(STR("DiagnosticReport"));
    return is_kind && !h->is_deleted && h->lifecycle == RECORD_FINAL && h->patient != 0 &&
           !(h->labels & (GUARD_SECRET | RECORD_LABEL_RELEASED));
}

/* The versions after `seq` that are old enough, with their records' heads of today. */
static enum err look(struct tx *tx, struct arena *arena, int64_t seq, struct instant before,
                     struct record_head heads[RELEASE_LOOK_MAX], uint32_t *ret_n, int64_t *ret_last)
{
    struct stmt *s;
    bool row;
    uint32_t n = 0;
    enum err err = db_stmt(tx->db,
                           "SELECT " RECORD_HEAD_COLUMNS
                           ", v.seq FROM record_version v JOIN record r ON r.row = v.record"
                           " WHERE v.seq > ?1 AND v.updated <= ?2 ORDER BY v.seq LIMIT ?3",
                           &s);
    if (err) return err;
    stmt_int(s, 1, seq);
    stmt_instant(s, 2, before);
    stmt_int(s, 3, RELEASE_LOOK_MAX);
    *ret_last = seq;
    while (n < RELEASE_LOOK_MAX && !(err = stmt_step(s, &row)) && row) {
        *ret_last = stmt_get_int(s, RECORD_HEAD_WIDTH);
        err = record_head_from(s, arena, &heads[n]);
        if (err) break;
        n += heads[n].seq == *ret_last &&
             is_result(&heads[n]); /* a version that another has replaced waits for that one */
    }
    stmt_done(s);
    *ret_n = n;
    return err;
}

enum err release_by_clock(struct tx *tx, struct arena *arena, int64_t after_ms,
                          struct record_head ret[RELEASE_LOOK_MAX], uint32_t *ret_n)
{
    int64_t from, last = 0;
    uint32_t found = 0, n = 0;
    enum err err = seen(tx, &from);
    *ret_n = 0;
    if (err || from < 0) return err ? err : see(tx, -1);
    err = look(tx, arena, from, (struct instant){tx->now.ms - after_ms}, ret, &found, &last);
    for (uint32_t i = 0; i < found && !err; i++) {
        bool is_given = false;
        err = give_by_clock(tx, &ret[i], &is_given);
        if (!err && is_given) ret[n++] = ret[i];
    }
    if (!err && last > from) err = see(tx, last);
    if (!err) *ret_n = n;
    return err;
}

enum err release_find(struct tx *tx, struct arena *arena, int64_t row, struct instant *ret_at,
                      struct str *ret_by)
{
    struct stmt *s;
    bool is_there;
    *ret_at = (struct instant){0};
    *ret_by = (struct str){0};
    enum err err = db_stmt(
        tx->db,
        "SELECT l.at, a.display FROM release l JOIN account a ON a.id = l.by WHERE l.record = ?1 UNION ALL"
        " SELECT at, NULL FROM release_clock WHERE record = ?1",
        &s);
    if (err) return err;
    stmt_int(s, 1, row);
    err = stmt_step(s, &is_there);
    if (!err && is_there) {
        struct str by = stmt_get_str(s, 1);
        const char *copy = by.bytes ? arena_text(arena, by.at, by.bytes) : NULL;
        *ret_at = stmt_get_instant(s, 0);
        *ret_by = (struct str){copy, by.bytes};
        if (by.bytes && !copy) err = ERR_NOMEM;
    }
    stmt_done(s);
    return err;
}

static_assert(MERGE_ROWS_MAX == 8, "the statements bind eight");

static void bind_patients(struct stmt *s, const struct merge_rows *patients)
{
    for (uint32_t i = 0; i < MERGE_ROWS_MAX; i++)
        stmt_int(s, (int)i + 1, i < patients->count ? patients->at[i] : 0);
}

enum err release_rows(struct tx *tx, struct arena *arena, const struct merge_rows *patients,
                      const int64_t **ret_rows, uint32_t *ret_n)
{
    struct stmt *s;
    bool row;
    uint32_t n = 0;
    int64_t *rows = arena_alloc(arena, RELEASES_LOADED_MAX * sizeof *rows);
    if (!rows) return ERR_NOMEM;
    enum err err = db_stmt(tx->db,
                           "SELECT record FROM (SELECT record FROM release"
                           " WHERE patient IN (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) UNION"
                           " SELECT record FROM release_clock"
                           " WHERE patient IN (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
                           " ORDER BY record DESC LIMIT ?9) ORDER BY record",
                           &s);
    if (err) return err;
    bind_patients(s, patients);
    stmt_int(s, 9, RELEASES_LOADED_MAX);
    while (n < RELEASES_LOADED_MAX && !(err = stmt_step(s, &row)) && row)
        rows[n++] = stmt_get_int(s, 0);
    stmt_done(s);
    if (err) return err;
    *ret_rows = rows;
    *ret_n = n;
    return OK;
}

/* -- how it stands -- */

#define THEIRS "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"

static bool keep(struct arena *arena, struct str text, struct str *ret)
{
    const char *copy = text.bytes ? arena_text(arena, text.at, text.bytes) : NULL;
    *ret = (struct str){copy, text.bytes};
    return copy || !text.bytes;
}

enum err release_states(struct tx *tx, struct arena *arena, const struct merge_rows *patients,
                        struct release_state **ret, uint32_t *ret_n)
{
    struct stmt *s;
    bool row;
    uint32_t n = 0;
    struct release_state *states = arena_alloc(arena, RELEASE_STATES_MAX * sizeof *states);
    if (!states) return ERR_NOMEM;
    enum err err = db_stmt(tx->db,
                           "SELECT record, released, held, display, reason FROM ("
                           "SELECT record, at AS released, NULL AS held, by, NULL AS reason FROM release"
                           " WHERE patient IN " THEIRS " UNION ALL"
                           " SELECT record, at, NULL, NULL, NULL FROM release_clock WHERE patient IN " THEIRS
                           " UNION ALL SELECT record, NULL, at, by, reason FROM release_hold h"
                           " WHERE patient IN " THEIRS
                           " AND NOT EXISTS (SELECT 1 FROM release r WHERE r.record = h.record))"
                           " LEFT JOIN account ON account.id = by ORDER BY record DESC LIMIT ?9",
                           &s);
    if (err) return err;
    bind_patients(s, patients);
    stmt_int(s, 9, RELEASE_STATES_MAX);
    while (n < RELEASE_STATES_MAX && !(err = stmt_step(s, &row)) && row) {
        struct release_state *to = &states[n++];
        *to = (struct release_state){
            .row = stmt_get_int(s, 0), .released = stmt_get_instant(s, 1), .held = stmt_get_instant(s, 2)};
        if (keep(arena, stmt_get_str(s, 3), &to->by) && keep(arena, stmt_get_str(s, 4), &to->reason))
            continue;
        err = ERR_NOMEM;
        break;
    }
    stmt_done(s);
    if (err) return err;
    *ret = states;
    *ret_n = n;
    return OK;
}

enum err release_news(struct tx *tx, const struct merge_rows *patients, int64_t *ret_n)
{
    struct stmt *s;
    bool row;
    enum err err =
        db_stmt(tx->db,
                "SELECT count(*) FROM (SELECT at FROM release WHERE patient IN " THEIRS
                " UNION ALL SELECT at FROM release_clock WHERE patient IN " THEIRS
                ") WHERE at > (SELECT ifnull(max(at), 0) FROM release_look WHERE patient IN " THEIRS ")",
                &s);
    if (err) return err;
    bind_patients(s, patients);
    err = stmt_step(s, &row);
    if (!err) *ret_n = stmt_get_int(s, 0);
    stmt_done(s);
    return err;
}

enum err release_looked(struct tx *tx, const struct merge_rows *patients)
{
    struct stmt *s;
    if (patients->count == 0) return OK;
    enum err err = db_stmt(tx->db, "INSERT OR REPLACE INTO release_look (patient, at) VALUES (?1, ?2)", &s);
    if (err) return err;
    stmt_int(s, 1, patients->at[0]);
    stmt_instant(s, 2, tx->now);
    return stmt_run(s);
}
