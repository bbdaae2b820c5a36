#include "records/cosign.h"
#include "records/record_own.h"

static enum err count(struct tx *tx, const char *sql, int64_t version, struct str account, int64_t *ret)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, sql, &s);
    if (err) return err;
    stmt_int(s, 1, version);
    stmt_str(s, 2, account);
    err = stmt_step(s, &row);
    if (!err) *ret = stmt_get_int(s, 0);
    stmt_done(s);
    return err;
}

static enum err has_signed(struct tx *tx, int64_t version, struct str account, int64_t *ret)
{
    return count(tx, "SELECT count(*) FROM signature WHERE version = ?1 AND account = ?2", version, account,
                 ret);
}

enum err cosign_ask(struct tx *tx, const struct record_head *head, struct str account, struct str by)
{
    struct stmt *s;
    int64_t others = 0, signatures = 0;
    enum err err = count(tx, "SELECT count(*) FROM cosigner WHERE version = ?1 AND account <> ?2", head->seq,
                         account, &others);
    if (!err) err = has_signed(tx, head->seq, account, &signatures);
    if (!err && others >= COSIGNERS_MAX) err = ERR_LIMIT;
    if (!err && signatures) err = ERR_EXISTS;
    if (!err)
        err = db_stmt(tx->db,
                      "INSERT INTO cosigner (version, record, account, asked, asked_by)"
                      " VALUES (?1, ?2, ?3, ?4, ?5)",
                      &s);
    if (err) return err;
    stmt_int(s, 1, head->seq);
    stmt_int(s, 2, head->row);
    stmt_str(s, 3, account);
    stmt_instant(s, 4, tx->now);
    stmt_str(s, 5, by);
    return stmt_run(s);
}

enum err cosign_dissent(struct tx *tx, int64_t version, struct str account, struct str reason)
{
    struct stmt *s;
    int64_t asked = 0, answered = 0, signatures = 0;
    enum err err = count(tx, "SELECT count(*) FROM cosigner WHERE version = ?1 AND account = ?2", version,
                         account, &asked);
    if (!err)
        err = count(
            tx, "SELECT count(*) FROM cosigner WHERE version = ?1 AND account = ?2 AND dissented IS NOT NULL",
            version, account, &answered);
    if (!err) err = has_signed(tx, version, account, &signatures);
    if (!err && !asked) err = ERR_NOT_FOUND;
    if (!err && (answered || signatures)) err = ERR_EXISTS;
    if (!err)
        err = db_stmt(tx->db,
                      "UPDATE cosigner SET dissented = ?3, dissent = ?4 WHERE version = ?1 AND account = ?2",
                      &s);
    if (err) return err;
    stmt_int(s, 1, version);
    stmt_str(s, 2, account);
    stmt_instant(s, 3, tx->now);
    stmt_str(s, 4, reason);
    return stmt_run(s);
}

static void put_account(struct stmt *s, int at, struct json_out *to, const char *key)
{
    json_open(to, key);
    json_put_str(to, "id", stmt_get_str(s, at));
    json_put_str(to, "display", stmt_get_str(s, at + 1));
    json_close(to);
}

enum err cosign_list(struct tx *tx, int64_t version, struct json_out *to, int64_t *ret_waiting)
{
    struct stmt *s;
    bool row;
    int64_t waiting = 0;
    enum err err =
        db_stmt(tx->db,
                "SELECT a.id, a.display, c.asked, b.id, b.display, g.at, c.dissented, c.dissent"
                " FROM cosigner c JOIN account a ON a.id = c.account JOIN account b ON b.id = c.asked_by"
                " LEFT JOIN signature g ON g.version = c.version AND g.account = c.account"
                " WHERE c.version = ?1 ORDER BY c.id",
                &s);
    if (err) return err;
    stmt_int(s, 1, version);
    while (!(err = stmt_step(s, &row)) && row) {
        bool is_waiting = stmt_is_null(s, 5) && stmt_is_null(s, 6);
        json_open(to, NULL);
        put_account(s, 0, to, "account");
        json_put_instant(to, "asked", stmt_get_instant(s, 2));
        put_account(s, 3, to, "asked_by");
        json_put_instant(to, "signed", stmt_get_instant(s, 5));
        json_put_instant(to, "dissented", stmt_get_instant(s, 6));
        if (stmt_is_null(s, 7))
            json_put_null(to, "dissent");
        else
            json_put_str(to, "dissent", stmt_get_str(s, 7));
        json_close(to);
        waiting += is_waiting;
    }
    stmt_done(s);
    if (!err) *ret_waiting = waiting;
    return err;
}

static bool keep(struct arena *arena, struct str s, struct str *ret)
{
    *ret = (struct str){arena_text(arena, s.bytes ? s.at : "", s.bytes), s.bytes};
    return ret->at != NULL;
}

enum err cosign_people(struct tx *tx, struct arena *arena, int64_t version,
                       struct cosigner ret[COSIGNERS_MAX + 1], uint32_t *ret_n)
{
    struct stmt *s;
    bool row;
    uint32_t n = 0;
    enum err err = db_stmt(tx->db,
                           "SELECT a.id, a.display, c.dissent, c.asked, g.at, c.dissented FROM cosigner c"
                           " JOIN account a ON a.id = c.account"
                           " LEFT JOIN signature g ON g.version = c.version AND g.account = c.account"
                           " WHERE c.version = ?1 ORDER BY c.id LIMIT ?2",
                           &s);
    if (err) return err;
    stmt_int(s, 1, version);
    stmt_int(s, 2, COSIGNERS_MAX + 1);
    while (!(err = stmt_step(s, &row)) && row) {
        struct cosigner *c = &ret[n++];
        bool is_kept = keep(arena, stmt_get_str(s, 0), &c->account) &&
                       keep(arena, stmt_get_str(s, 1), &c->display) &&
                       keep(arena, stmt_get_str(s, 2), &c->dissent);
        c->asked = stmt_get_instant(s, 3), c->signed_at = stmt_get_instant(s, 4);
        c->dissented = stmt_get_instant(s, 5);
        if (!is_kept) {
            err = ERR_NOMEM;
            break;
        }
    }
    stmt_done(s);
    if (!err) *ret_n = n;
    return err;
}

/* Columns: the head, asked, who asked, the patient's id. */
static enum err put_waiting(struct stmt *s, struct arena *arena, const struct guard *guard,
                            struct json_out *to)
{
    struct record_head head;
    enum err err = record_head_from(s, arena, &head);
    if (err || head.is_deleted || !guard_may_see(guard, &head)) return err;
    json_open(to, NULL);
    json_put_str(to, "type", fhir_name(fhir_types[fhir_resources[head.resource].type].name));
    json_put_str(to, "id", head.id);
    json_put_int(to, "version", head.version);
    json_put_str(to, "patient", stmt_get_str(s, 14));
    json_put_instant(to, "asked", stmt_get_instant(s, 11));
    put_account(s, 12, to, "asked_by");
    json_close(to);
    return OK;
}

enum err cosign_waiting(struct tx *tx, struct arena *arena, const struct guard *guard, struct str account,
                        struct json_out *to)
{
    struct stmt *s;
    bool row;
    enum err err =
        db_stmt(tx->db,
                "SELECT " RECORD_HEAD_COLUMNS ", c.asked, b.id, b.display, ifnull(p.id, '') FROM cosigner c"
                " JOIN record r ON r.row = c.record AND r.seq = c.version JOIN account b ON b.id = c.asked_by"
                " LEFT JOIN record p ON p.row = r.patient"
                " WHERE c.account = ?1 AND c.dissented IS NULL AND NOT EXISTS"
                " (SELECT 1 FROM signature g WHERE g.version = c.version AND g.account = c.account)"
                " ORDER BY c.id LIMIT ?2",
                &s);
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_int(s, 2, COSIGN_WAITING_MAX);
    while (!(err = stmt_step(s, &row)) && row && !(err = put_waiting(s, arena, guard, to)))
        ;
    stmt_done(s);
    return err;
}
