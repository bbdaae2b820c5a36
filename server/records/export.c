#include "records/export.h"
#include "records/export_bulk.h"
#include "records/export_own.h"
#include "records/person.h"

enum { DAY_MS = 24 * 3600 * 1000 };

static const char *const kinds[] = {"record", "audit", "bulk"};

const char *export_kind_name(enum export_kind kind)
{
    return kinds[kind];
}

bool export_kind_read(struct str name, enum export_kind *ret)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (str_is_text(name, kinds[i])) {
            *ret = (enum export_kind)i;
            return true;
        }
    return false;
}

static const char *format_name(enum export_kind kind, bool is_zip)
{
    return kind == EXPORT_BULK ? "ndjson" : is_zip ? "zip" : "pdf";
}

/* -- asking -- */

/* When the one that is the last allowed of the day was asked; none: 0. */
static enum err full_since(struct tx *tx, struct str by, int64_t *ret_ms)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT asked FROM export WHERE asked_by = ?1 AND asked > ?2"
                           " ORDER BY asked DESC LIMIT 1 OFFSET ?3",
                           &s);
    if (err) return err;
    stmt_str(s, 1, by);
    stmt_int(s, 2, tx->now.ms - DAY_MS);
    stmt_int(s, 3, EXPORTS_A_DAY - 1);
    err = stmt_step(s, &row);
    if (!err) *ret_ms = row ? stmt_get_int(s, 0) : 0;
    stmt_done(s);
    return err;
}

enum err export_ask(struct tx *tx, const struct export_ask *ask, int64_t *ret_id, struct instant *ret_until)
{
    struct stmt *s;
    int64_t full;
    if (ask->kind == EXPORT_AUDIT && ask->role != ROLE_PRIVACY_OFFICER) return ERR_DENIED;
    enum err err = full_since(tx, ask->by, &full);
    if (!err && full) {
        ret_until->ms = full + DAY_MS;
        return ERR_LIMIT;
    }
    if (!err)
        err = db_stmt(tx->db,
                      "INSERT INTO export (kind, patient, scope, is_zip, recipient, reason, asked, asked_by, "
                      "asked_role)"
                      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                      &s);
    if (err) return err;
    stmt_text(s, 1, export_kind_name(ask->kind));
    stmt_int(s, 2, ask->patient);
    stmt_str(s, 3, ask->scope);
    stmt_int(s, 4, ask->is_zip);
    stmt_str(s, 5, ask->recipient);
    stmt_str(s, 6, ask->reason);
    stmt_int(s, 7, tx->now.ms);
    stmt_str(s, 8, ask->by);
    stmt_text(s, 9, role_name(ask->role));
    err = stmt_run(s);
    if (!err) *ret_id = db_last_rowid(tx->db);
    return err;
}

enum err export_left(struct tx *tx, struct str account, int64_t *ret_left)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT count(*) FROM export WHERE asked_by = ?1 AND asked > ?2", &s);
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_int(s, 2, tx->now.ms - DAY_MS);
    err = stmt_step(s, &row);
    if (!err) *ret_left = stmt_get_int(s, 0) < EXPORTS_A_DAY ? EXPORTS_A_DAY - stmt_get_int(s, 0) : 0;
    stmt_done(s);
    return err;
}

/* -- deciding -- */

/* Always two duties: who knows what is in it, and who answers for what leaves. */
static bool may_decide(bool is_audit, bool by_officer, struct role_set roles, enum role *ret_role)
{
    bool is_officer = role_set_has(roles, ROLE_PRIVACY_OFFICER),
         is_doctor = role_set_has(roles, ROLE_CLINIC_DOCTOR);
    bool may_officer = is_officer && (is_audit || !by_officer);
    *ret_role = may_officer ? ROLE_PRIVACY_OFFICER : ROLE_CLINIC_DOCTOR;
    return may_officer || (is_doctor && by_officer);
}

enum err export_decide(struct tx *tx, int64_t id, const struct export_verdict *verdict)
{
    struct stmt *s;
    bool row;
    enum role role = ROLE_COUNT;
    enum err err = db_stmt(tx->db,
                           "SELECT kind = 'audit', asked_role = 'privacy-officer', asked_by = ?2 FROM export"
                           " WHERE id = ?1 AND decided IS NULL",
                           &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_str(s, 2, verdict->by);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err && stmt_get_int(s, 2)) err = ERR_EXISTS;
    if (!err && !may_decide(stmt_get_int(s, 0), stmt_get_int(s, 1), verdict->roles, &role)) err = ERR_DENIED;
    stmt_done(s);
    if (!err)
        err = db_stmt(
            tx->db,
            "UPDATE export SET decided = ?2, decided_by = ?3, decided_role = ?4, is_granted = ?5, remark = ?6"
            " WHERE id = ?1",
            &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_int(s, 2, tx->now.ms);
    stmt_str(s, 3, verdict->by);
    stmt_text(s, 4, role_name(role));
    stmt_int(s, 5, verdict->is_granted);
    stmt_str(s, 6, verdict->remark);
    return stmt_run(s);
}

/* -- fetching -- */

static struct str kept(struct stmt *s, int at, struct arena *arena, enum err *err)
{
    struct str text = stmt_get_str(s, at);
    const char *copy = arena_text(arena, text.at ? text.at : "", text.bytes);
    if (!copy) *err = ERR_NOMEM;
    return (struct str){copy, copy ? text.bytes : 0};
}

enum err export_find(struct tx *tx, struct arena *arena, int64_t id, struct export_row *ret)
{
    struct stmt *s;
    bool row;
    enum export_kind kind = EXPORT_RECORD;
    enum err err =
        db_stmt(tx->db,
                "SELECT kind, is_zip, patient, scope, recipient, reason, asked_by, asked,"
                " ifnull(decided, 0), a.display, ifnull(b.display, ''), ifnull(is_granted, 0),"
                " fetched IS NOT NULL, ifnull(" EXPORT_FETCHER ", ''), asked_role"
                " FROM export e JOIN account a ON a.id = asked_by LEFT JOIN account b ON b.id = decided_by"
                " WHERE e.id = ?1",
                &s);
    if (err) return err;
    stmt_int(s, 1, id);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err && !export_kind_read(stmt_get_str(s, 0), &kind)) err = ERR_CORRUPT;
    if (!err)
        *ret = (struct export_row){.ask = {.kind = kind,
                                           .is_zip = stmt_get_int(s, 1) != 0,
                                           .patient = stmt_get_int(s, 2),
                                           .scope = kept(s, 3, arena, &err),
                                           .recipient = kept(s, 4, arena, &err),
                                           .reason = kept(s, 5, arena, &err),
                                           .by = kept(s, 6, arena, &err),
                                           .role = str_is_text(stmt_get_str(s, 14), "clinic-doctor")
                                                       ? ROLE_CLINIC_DOCTOR
                                                       : ROLE_PRIVACY_OFFICER},
                                   .asked = stmt_get_instant(s, 7),
                                   .decided = stmt_get_instant(s, 8),
                                   .asked_by = kept(s, 9, arena, &err),
                                   .decided_by = kept(s, 10, arena, &err),
                                   .is_granted = stmt_get_int(s, 11) != 0,
                                   .is_fetched = stmt_get_int(s, 12) != 0,
                                   .fetcher = kept(s, 13, arena, &err)};
    stmt_done(s);
    return err;
}

enum err export_key(struct tx *tx, int64_t id, struct str by, const struct digest_value *hash,
                    struct instant *ret_ends)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "UPDATE export SET key_hash = ?3, key_ends = ?4 WHERE id = ?1 AND is_granted = 1"
                           " AND kind <> 'bulk' AND fetched IS NULL AND decided > ?5 AND " EXPORT_FETCHER
                           " = ?2 RETURNING id",
                           &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_str(s, 2, by);
    stmt_blob(s, 3, hash->at, sizeof hash->at);
    stmt_int(s, 4, tx->now.ms + EXPORT_KEY_MS);
    stmt_int(s, 5, tx->now.ms - EXPORT_OPEN_MS);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    stmt_done(s);
    if (!err) ret_ends->ms = tx->now.ms + EXPORT_KEY_MS;
    return err;
}

enum err export_key_is_good(struct tx *tx, int64_t id, struct str by, const struct digest_value *hash,
                            bool *ret_is)
{
    struct stmt *s;
    enum err err =
        db_stmt(tx->db,
                "SELECT 1 FROM export WHERE id = ?1 AND key_hash = ?3 AND key_ends > ?4 AND fetched IS NULL"
                " AND is_granted = 1 AND " EXPORT_FETCHER " = ?2",
                &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_str(s, 2, by);
    stmt_blob(s, 3, hash->at, sizeof hash->at);
    stmt_int(s, 4, tx->now.ms);
    err = stmt_step(s, ret_is);
    stmt_done(s);
    return err;
}

enum err export_fetch(struct tx *tx, int64_t id, struct str by, const struct digest_value *hash)
{
    struct stmt *s;
    bool is_good;
    enum err err = export_key_is_good(tx, id, by, hash, &is_good);
    if (!err && !is_good) err = ERR_NOT_FOUND;
    if (!err)
        err = db_stmt(tx->db,
                      "UPDATE export SET fetched = ?2, key_hash = NULL, key_ends = NULL WHERE id = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_int(s, 2, tx->now.ms);
    return stmt_run(s);
}

/* -- lists -- */

static void put_text(struct stmt *s, int at, struct json_out *to, const char *key)
{
    if (stmt_is_null(s, at))
        json_put_null(to, key);
    else
        json_put_str(to, key, stmt_get_str(s, at));
}

static void put_row(struct tx *tx, struct stmt *s, const struct export_reader *reader, struct json_out *to)
{
    enum role role;
    enum export_kind kind = EXPORT_RECORD;
    (void)export_kind_read(stmt_get_str(s, 1), &kind);
    bool by_officer = str_is_text(stmt_get_str(s, 10), "privacy-officer");
    bool is_decided = !stmt_is_null(s, 11), has_files = !stmt_is_null(s, 18);
    bool is_open = has_files || (stmt_get_int(s, 14) && stmt_is_null(s, 16) &&
                                 stmt_get_instant(s, 11).ms > tx->now.ms - EXPORT_OPEN_MS);
    bool is_own = str_is(stmt_get_str(s, 8), reader->account);
    json_open(to, NULL);
    json_put_int(to, "id", stmt_get_int(s, 0));
    json_put_text(to, "kind", export_kind_name(kind));
    json_put_text(to, "format", format_name(kind, stmt_get_int(s, 2)));
    put_text(s, 3, to, "patient");
    json_put_raw(to, "scope", stmt_get_str(s, 4));
    json_put_str(to, "recipient", stmt_get_str(s, 5));
    json_put_str(to, "reason", stmt_get_str(s, 6));
    json_put_instant(to, "asked", stmt_get_instant(s, 7));
    person_put(s, 8, to, "asked_by");
    json_put_str(to, "asked_role", stmt_get_str(s, 10));
    json_put_instant(to, "decided", stmt_get_instant(s, 11));
    person_put(s, 12, to, "decided_by");
    json_put_bool(to, "granted", stmt_get_int(s, 14) != 0);
    put_text(s, 15, to, "remark");
    json_put_instant(to, "fetched", stmt_get_instant(s, 16));
    json_put_instant(to, "ends", stmt_get_instant(s, 18));
    json_put_bool(to, "mine", is_open && str_is(stmt_get_str(s, 17), reader->account));
    json_put_bool(to, "to_decide",
                  !is_decided && !is_own &&
                      may_decide(kind == EXPORT_AUDIT, by_officer, reader->roles, &role));
    json_close(to);
}

enum err export_list(struct tx *tx, const struct export_reader *reader, struct json_out *to)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(
        tx->db,
        "SELECT e.id, kind, is_zip, r.id, scope, recipient, reason, asked, a.id, a.display,"
        " asked_role, decided, b.id, b.display, ifnull(is_granted, 0), remark, fetched, " EXPORT_FETCHER ","
        " iif(kind = 'bulk' AND ended IS NULL AND fetched > ?4, fetched + ?5, NULL)"
        " FROM export e JOIN account a ON a.id = asked_by LEFT JOIN account b ON b.id = decided_by"
        " LEFT JOIN record r ON r.row = e.patient"
        " WHERE ?1 = 1 OR asked_by = ?2 OR decided_by = ?2"
        " OR (asked_role = 'privacy-officer' AND decided IS NULL)"
        " ORDER BY e.id DESC LIMIT ?3",
        &s);
    if (err) return err;
    stmt_int(s, 1, role_set_has(reader->roles, ROLE_PRIVACY_OFFICER));
    stmt_str(s, 2, reader->account);
    stmt_int(s, 3, EXPORT_PAGE);
    stmt_int(s, 4, tx->now.ms - EXPORT_BULK_KEEP_MS);
    stmt_int(s, 5, EXPORT_BULK_KEEP_MS);
    while (!(err = stmt_step(s, &row)) && row)
        put_row(tx, s, reader, to);
    stmt_done(s);
    return err;
}

enum err export_counts(struct tx *tx, struct json_out *to)
{
    struct stmt *s;
    bool row;
    enum err err =
        db_stmt(tx->db,
                "SELECT a.id, a.display,"
                " (SELECT count(*) FROM export WHERE asked_by = a.id AND asked > ?1) AS n,"
                " (SELECT count(*) FROM export WHERE " EXPORT_FETCHER " = a.id AND fetched > ?1)"
                " FROM account a WHERE a.id IN (SELECT asked_by FROM export WHERE asked > ?1"
                " UNION SELECT " EXPORT_FETCHER " FROM export WHERE fetched > ?1) ORDER BY n DESC, a.display",
                &s);
    if (err) return err;
    stmt_int(s, 1, tx->now.ms - DAY_MS);
    while (!(err = stmt_step(s, &row)) && row) {
        json_open(to, NULL);
        person_put(s, 0, to, "account");
        json_put_int(to, "asked", stmt_get_int(s, 2));
        json_put_int(to, "fetched", stmt_get_int(s, 3));
        json_close(to);
    }
    stmt_done(s);
    return err;
}
