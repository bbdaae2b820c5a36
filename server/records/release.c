#include "records/release.h"
#include <assert.h>

enum err release_give(struct tx *tx, const struct record_head *head, struct str by)
{
    struct stmt *s;
    enum err err =
        db_stmt(tx->db, "INSERT INTO release (record, patient, at, by) VALUES (?1, ?2, ?3, ?4)", &s);
    if (err) return err;
    stmt_int(s, 1, head->row);
    stmt_int(s, 2, head->patient);
    stmt_instant(s, 3, tx->now);
    stmt_str(s, 4, by);
    return stmt_run(s);
}

enum err release_find(struct tx *tx, struct arena *arena, int64_t row, struct instant *ret_at,
                      struct str *ret_by)
{
    struct stmt *s;
    bool is_there;
    *ret_at = (struct instant){0};
    *ret_by = (struct str){0};
    enum err err = db_stmt(
        tx->db, "SELECT l.at, a.display FROM release l JOIN account a ON a.id = l.by WHERE l.record = ?1",
        &s);
    if (err) return err;
    stmt_int(s, 1, row);
    err = stmt_step(s, &is_there);
    if (!err && is_there) {
        struct str by = stmt_get_str(s, 1);
        const char *copy = arena_text(arena, by.at, by.bytes);
        *ret_at = stmt_get_instant(s, 0);
        *ret_by = (struct str){copy, by.bytes};
        if (!copy) err = ERR_NOMEM;
    }
    stmt_done(s);
    return err;
}

static_assert(MERGE_ROWS_MAX == 8, "the statement binds eight");

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
                           " WHERE patient IN (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
                           " ORDER BY record DESC LIMIT ?9) ORDER BY record",
                           &s);
    if (err) return err;
    for (uint32_t i = 0; i < MERGE_ROWS_MAX; i++)
        stmt_int(s, (int)i + 1, i < patients->count ? patients->at[i] : 0);
    stmt_int(s, 9, RELEASES_LOADED_MAX);
    while (n < RELEASES_LOADED_MAX && !(err = stmt_step(s, &row)) && row)
        rows[n++] = stmt_get_int(s, 0);
    stmt_done(s);
    if (err) return err;
    *ret_rows = rows;
    *ret_n = n;
    return OK;
}
