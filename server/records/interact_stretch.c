#include "records/interact_own.h"
#include "records/number.h"

/* What was made after the time is left out; what was changed after it is there as it is now, and is told again to who asks since then. */
static enum err rows_of(struct tx *tx, const struct stretch *s, int64_t rows[INTERACT_STRETCH],
                        uint32_t *ret_n)
{
    struct stmt *q;
    bool row;
    uint32_t n = 0;
    enum err err =
        db_stmt(tx->db,
                "SELECT row FROM record WHERE type = ?1 AND row > ?2 AND is_deleted = 0"
                " AND (?3 = 0 OR patient <> 0) AND updated >= ?4 AND (version > 1 OR updated <= ?5)"
                " ORDER BY row LIMIT ?6",
                &q);
    if (err) return err;
    stmt_int(q, 1, number_of_type(s->resource));
    stmt_int(q, 2, s->after);
    stmt_int(q, 3, s->of_patients);
    stmt_int(q, 4, s->since.ms);
    stmt_int(q, 5, s->made.ms);
    stmt_int(q, 6, INTERACT_STRETCH);
    while (!(err = stmt_step(q, &row)) && row)
        rows[n++] = stmt_get_int(q, 0);
    stmt_done(q);
    *ret_n = n;
    return err;
}

enum err interact_stretch(struct everything *e, struct stretch *s)
{
    int64_t rows[INTERACT_STRETCH];
    uint32_t n = 0;
    enum err err = rows_of(e->tx, s, rows, &n);
    for (uint32_t i = 0; i < n && !err; i++) {
        err = interact_give(e, rows[i]);
        s->after = rows[i];
    }
    s->is_end = n < INTERACT_STRETCH;
    return err;
}
