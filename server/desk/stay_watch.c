#include "desk/stay_watch.h"
#include "desk/intake.h"
#include "desk/release_summary.h"

/* A person whose consequences are to be looked after: one row, however many changes there were. */
static const char due_sql[] = "CREATE TABLE custody_due ("
                              " patient INTEGER PRIMARY KEY," /* row of a Patient */
                              " made INTEGER NOT NULL) STRICT;"
                              "CREATE INDEX custody_due_by_made ON custody_due (made);";

const struct migration stay_watch_migrations[] = {
    {620, "people whose custody has changed", due_sql},
    {0, NULL, NULL},
};

static enum err note_due(struct tx *tx, int64_t patient)
{
    struct stmt *q;
    enum err err =
        db_stmt(tx->db, "INSERT INTO custody_due (patient, made) VALUES (?1, ?2) ON CONFLICT DO NOTHING", &q);
    if (err) return err;
    stmt_int(q, 1, patient);
    stmt_int(q, 2, tx->now.ms);
    return stmt_run(q);
}

enum err stay_changed(struct tx *tx, struct record_reader *server, const struct stay_change *change)
{
    enum err err = note_due(tx, change->patient);
    if (!err) err = intake_stay_changed(tx, server, change);
    return err ? err : release_stay_changed(tx, server, change);
}
