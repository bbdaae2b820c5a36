#include "records/roll.h"
#include "records/index_place.h"
#include "records/number.h"

enum err roll_seq(struct tx *tx, uint16_t resource, int64_t *ret_seq)
{
    struct stmt *s;
    bool row;
    ASSERT(!index_place_is_apart(resource));
    enum err err = db_stmt(
        tx->db,
        "SELECT ifnull(max(seq), 0) FROM record_version WHERE type = ?1 AND type <> " NUMBER_PROVENANCE, &s);
    if (err) return err;
    stmt_int(s, 1, number_of_type(resource));
    err = stmt_step(s, &row);
    if (!err) *ret_seq = stmt_get_int(s, 0);
    stmt_done(s);
    return err;
}

enum err roll_rows(struct tx *tx, uint16_t resource, int64_t after, int64_t *ret_rows, uint32_t most,
                   uint32_t *ret_n)
{
    struct stmt *s;
    bool row;
    uint32_t n = 0;
    ASSERT(!index_place_is_apart(resource));
    enum err err = db_stmt(tx->db,
                           "SELECT row FROM record WHERE type = ?1 AND type <> " NUMBER_PROVENANCE
                           " AND is_deleted = 0 AND row > ?2"
                           " ORDER BY row LIMIT ?3",
                           &s);
    if (err) return err;
    stmt_int(s, 1, number_of_type(resource));
    stmt_int(s, 2, after);
    stmt_int(s, 3, most);
    while (!(err = stmt_step(s, &row)) && row && n < most)
        ret_rows[n++] = stmt_get_int(s, 0);
    stmt_done(s);
    *ret_n = n;
    return err;
}
