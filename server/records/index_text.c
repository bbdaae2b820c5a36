#include "records/index_text.h"

/* is_old: words of an earlier version may stand in record_text. */
static enum err due(struct tx *tx, const char *sql, int64_t row, struct str narrative, struct str content)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, sql, &s);
    if (err) return err;
    stmt_int(s, 1, row);
    if (content.at) {
        stmt_str(s, 2, narrative);
        stmt_str(s, 3, content);
    }
    return stmt_run(s);
}

enum err index_text_put(struct tx *tx, int64_t row, struct str narrative, struct str content)
{
    return due(tx,
               "INSERT INTO record_text_due (row, narrative, content, is_old) VALUES (?1, ?2, ?3, 0)"
               " ON CONFLICT (row) DO UPDATE SET narrative = ?2, content = ?3",
               row, narrative, content);
}

enum err index_text_clear(struct tx *tx, int64_t row)
{
    return due(tx,
               "INSERT INTO record_text_due (row, narrative, content, is_old) VALUES (?1, NULL, NULL, 1)"
               " ON CONFLICT (row) DO UPDATE SET narrative = NULL, content = NULL",
               row, (struct str){0}, (struct str){0});
}

static enum err is_any_due(struct tx *tx, bool *ret_is)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "SELECT 1 FROM record_text_due LIMIT 1", &s);
    if (err) return err;
    err = stmt_step(s, ret_is);
    stmt_done(s);
    return err;
}

enum err index_text_settle(struct tx *tx)
{
    static const char *const steps[] = {
        "DELETE FROM record_text WHERE rowid IN (SELECT row FROM record_text_due WHERE is_old = 1)",
        ("INSERT INTO record_text (rowid, narrative, content)"
         " SELECT row, narrative, content FROM record_text_due WHERE content IS NOT NULL ORDER BY row"),
        "DELETE FROM record_text_due",
    };
    bool is_due = false;
    enum err err = is_any_due(tx, &is_due);
    for (size_t i = 0; is_due && i < COUNT_OF(steps) && !err; i++) {
        struct stmt *s;
        err = db_stmt(tx->db, steps[i], &s);
        if (!err) err = stmt_run(s);
    }
    return err;
}
