#include "desk/death_review.h"
#include "records/person.h"

#define COLUMNS                                                                                              \
    "SELECT v.patient, r.id, v.since, v.made, v.opened, a.id, a.display, v.closed, b.id, b.display, "        \
    "v.remark"                                                                                               \
    " FROM custody_review v LEFT JOIN record r ON r.row = v.patient"                                         \
    " LEFT JOIN account a ON a.id = v.opened_by LEFT JOIN account b ON b.id = v.closed_by "

static void put_text(struct stmt *q, int at, struct json_out *to, const char *key)
{
    if (stmt_is_null(q, at))
        json_put_null(to, key);
    else
        json_put_str(to, key, stmt_get_str(q, at));
}

static void put_review(struct stmt *q, struct json_out *to)
{
    json_open(to, NULL);
    json_put_int(to, "id", stmt_get_int(q, 0));
    put_text(q, 1, to, "patient");
    json_put_instant(to, "since", stmt_get_instant(q, 2));
    json_put_instant(to, "made", stmt_get_instant(q, 3));
    json_put_instant(to, "opened", stmt_get_instant(q, 4));
    person_put(q, 5, to, "opened_by");
    json_put_instant(to, "closed", stmt_get_instant(q, 7));
    person_put(q, 8, to, "closed_by");
    put_text(q, 10, to, "remark");
    json_close(to);
}

enum err death_review_list(struct tx *tx, struct json_out *to)
{
    struct stmt *q;
    bool row;
    enum err err =
        db_stmt(tx->db, COLUMNS "ORDER BY v.closed IS NOT NULL, v.made DESC, v.patient DESC LIMIT ?1", &q);
    if (err) return err;
    stmt_int(q, 1, DEATH_LIST_MAX);
    while (!(err = stmt_step(q, &row)) && row)
        put_review(q, to);
    stmt_done(q);
    return err;
}

enum err death_review_one(struct tx *tx, int64_t patient, struct json_out *to, struct instant *ret_since)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db, COLUMNS "WHERE v.patient = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, patient);
    err = stmt_step(q, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) {
        *ret_since = stmt_get_instant(q, 2);
        put_review(q, to);
    }
    stmt_done(q);
    return err;
}

static enum err is_there(struct tx *tx, int64_t patient)
{
    struct stmt *q;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT 1 FROM custody_review WHERE patient = ?1", &q);
    if (err) return err;
    stmt_int(q, 1, patient);
    err = stmt_step(q, &row);
    stmt_done(q);
    return err ? err : row ? OK : ERR_NOT_FOUND;
}

/* Of a statement that tells whom it changed. */
static enum err changed(struct tx *tx, struct stmt *q, int64_t patient)
{
    bool row;
    enum err err = stmt_step(q, &row);
    stmt_done(q);
    if (err || row) return err;
    err = is_there(tx, patient);
    return err ? err : ERR_EXISTS;
}

enum err death_review_open(struct tx *tx, int64_t patient, struct str by)
{
    struct stmt *q;
    enum err err = db_stmt(tx->db,
                           "UPDATE custody_review SET opened = ?2, opened_by = ?3"
                           " WHERE patient = ?1 AND opened IS NULL AND closed IS NULL RETURNING 1",
                           &q);
    if (err) return err;
    stmt_int(q, 1, patient);
    stmt_instant(q, 2, tx->now);
    stmt_str(q, 3, by);
    return changed(tx, q, patient);
}

enum err death_review_close(struct tx *tx, int64_t patient, struct str by, struct str remark)
{
    struct stmt *q;
    enum err err =
        db_stmt(tx->db,
                "UPDATE custody_review SET opened = ifnull(opened, ?2), opened_by = ifnull(opened_by, ?3),"
                " closed = ?2, closed_by = ?3, remark = ?4 WHERE patient = ?1 AND closed IS NULL RETURNING 1",
                &q);
    if (err) return err;
    stmt_int(q, 1, patient);
    stmt_instant(q, 2, tx->now);
    stmt_str(q, 3, by);
    stmt_str(q, 4, remark);
    return changed(tx, q, patient);
}
