#include "records/closed.h"
#include "records/merge.h"
#include "records/record_own.h"

static enum err run(struct tx *tx, const char *sql, int64_t patient)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, sql, &q);
    if (err) return err;
    stmt_int(q, 1, patient);
    stmt_int(q, 2, tx->now.ms);
    return stmt_run(q);
}

enum err closed_put(struct tx *tx, int64_t patient)
{
    return run(tx, "INSERT INTO record_closed (patient, since) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
               patient);
}

enum err closed_lift(struct tx *tx, int64_t patient)
{
    return run(tx, "DELETE FROM record_closed WHERE patient = ?1 AND since <= ?2", patient);
}

static enum err is_noted(struct tx *tx, int64_t patient, bool *ret)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db, "SELECT 1 FROM record_closed WHERE patient = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, patient);
    err = stmt_step(q, ret);
    stmt_done(q);
    return err;
}

enum err closed_is(struct tx *tx, int64_t patient, bool *ret)
{
    struct merge_rows rows;
    bool is_closed = false;
    enum err err = merge_family(tx, patient, &rows);
    for (uint32_t i = 0; !err && i < rows.count && !is_closed; i++)
        err = is_noted(tx, rows.at[i], &is_closed);
    if (!err) *ret = is_closed;
    return err;
}

enum err closed_check(struct tx *tx, const struct record_reader *who, const struct record_head *head,
                      struct record_fault *fault)
{
    bool is_closed = false;
    if (!who->guard || !head->patient) return OK;
    enum err err = closed_is(tx, head->patient, &is_closed);
    if (err || !is_closed) return err;
    return record_refuse(fault, 409, "business-rule", "this record is closed: nobody writes in it", NULL);
}
