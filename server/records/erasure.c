#include "records/erasure.h"
#include "records/merge.h"
#include "records/person.h"

enum err erasure_ask(struct tx *tx, int64_t patient, struct str reason, struct str by, int64_t *ret_id)
{
    struct stmt *s;
    enum err err =
        db_stmt(tx->db, "INSERT INTO erasure (patient, reason, asked, asked_by) VALUES (?1, ?2, ?3, ?4)", &s);
    if (err) return err;
    stmt_int(s, 1, patient);
    stmt_str(s, 2, reason);
    stmt_int(s, 3, tx->now.ms);
    stmt_str(s, 4, by);
    err = stmt_run(s);
    if (!err) *ret_id = db_last_rowid(tx->db);
    return err;
}

static enum err find(struct tx *tx, int64_t id, struct str by, int64_t *ret_patient)
{
    struct stmt *s;
    bool row;
    enum err err =
        db_stmt(tx->db, "SELECT patient, asked_by = ?2 FROM erasure WHERE id = ?1 AND decided IS NULL", &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_str(s, 2, by);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err && stmt_get_int(s, 1)) err = ERR_DENIED;
    if (!err) *ret_patient = stmt_get_int(s, 0);
    stmt_done(s);
    return err;
}

/* What is one with the patient goes too. */
static enum err purge_all(struct tx *tx, struct records *records, int64_t patient, int64_t *ret_versions)
{
    struct merge_rows all;
    int64_t versions;
    enum err err = merge_rows(tx, patient, &all);
    for (uint32_t i = 0; i < all.count && !err; i++) {
        err = record_purge(tx, records, all.at[i], &versions);
        if (!err) *ret_versions += versions;
    }
    return err;
}

enum err erasure_decide(struct tx *tx, struct records *records, int64_t id, struct str by, bool is_done,
                        int64_t *ret_patient, int64_t *ret_versions)
{
    struct stmt *s;
    int64_t patient, versions = 0;
    enum err err = find(tx, id, by, &patient);
    if (!err)
        err = db_stmt(tx->db, "UPDATE erasure SET decided = ?2, decided_by = ?3, is_done = ?4 WHERE id = ?1",
                      &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_int(s, 2, tx->now.ms);
    stmt_str(s, 3, by);
    stmt_int(s, 4, is_done);
    err = stmt_run(s);
    if (!err && is_done) err = purge_all(tx, records, patient, &versions);
    if (err) return err;
    *ret_patient = patient;
    *ret_versions = versions;
    return OK;
}

static void put_erasure(struct stmt *s, struct json_out *to)
{
    json_open(to, NULL);
    json_put_int(to, "id", stmt_get_int(s, 0));
    json_put_str(to, "patient", stmt_get_str(s, 1));
    json_put_str(to, "reason", stmt_get_str(s, 2));
    json_put_instant(to, "asked", stmt_get_instant(s, 3));
    person_put(s, 4, to, "asked_by");
    json_put_instant(to, "decided", stmt_get_instant(s, 6));
    person_put(s, 7, to, "decided_by");
    json_put_bool(to, "done", stmt_get_int(s, 9) != 0);
    json_close(to);
}

enum err erasure_list(struct tx *tx, struct json_out *to)
{
    struct stmt *s;
    bool row;
    enum err err =
        db_stmt(tx->db,
                "SELECT e.id, r.id, e.reason, e.asked, a.id, a.display, e.decided, b.id, b.display,"
                " ifnull(e.is_done, 0) FROM erasure e JOIN record r ON r.row = e.patient"
                " JOIN account a ON a.id = e.asked_by LEFT JOIN account b ON b.id = e.decided_by"
                " ORDER BY e.id DESC LIMIT ?1",
                &s);
    if (err) return err;
    stmt_int(s, 1, ERASURE_PAGE);
    while (!(err = stmt_step(s, &row)) && row)
        put_erasure(s, to);
    stmt_done(s);
    return err;
}
