#include "records/export_bulk.h"
#include "base/json.h"
#include "records/export_own.h"

/* -- what is asked for, and what was granted -- */

enum err export_bulk_scope_read(struct arena *arena, struct str text, struct export_bulk_scope *ret)
{
    struct json *scope;
    struct str value;
    enum err err = json_parse(text, &scope, NULL);
    if (err) return err;
    *ret = (struct export_bulk_scope){.of_patients = json_text(json_get(scope, "level"), &value) &&
                                                     str_is_text(value, "patient")};
    if (json_text(json_get(scope, "types"), &value)) {
        ret->types = (struct str){arena_text(arena, value.at, value.bytes), value.bytes};
        if (!ret->types.at) err = ERR_NOMEM;
    }
    if (json_text(json_get(scope, "since"), &value)) (void)instant_from_text(value, &ret->since);
    json_free(scope);
    return err;
}

static bool is_among(struct str list, struct str name)
{
    while (list.bytes)
        if (str_is(str_cut(&list, ','), name)) return true;
    return false;
}

bool export_bulk_covers(const struct export_bulk_scope *granted, const struct export_bulk_scope *want)
{
    struct str rest = want->types;
    bool is_within = !granted->of_patients || want->of_patients;
    bool is_later = granted->since.ms == 0 || want->since.ms >= granted->since.ms;
    if (!is_within || !is_later) return false;
    if (granted->types.bytes == 0) return true;
    if (rest.bytes == 0) return false;
    while (rest.bytes)
        if (!is_among(granted->types, str_cut(&rest, ','))) return false;
    return true;
}

/* -- its life -- */

/* The oldest of the open grants that covers what is wanted; 0: none does. */
static enum err find_grant(struct tx *tx, struct str by, const struct export_bulk_scope *want,
                           int64_t *ret_id)
{
    struct stmt *s;
    bool row;
    struct arena *arena = arena_new(1 << 20);
    if (!arena) return ERR_NOMEM;
    enum err err = db_stmt(tx->db,
                           "SELECT id, scope FROM export WHERE kind = 'bulk' AND is_granted = 1"
                           " AND fetched IS NULL AND decided > ?2 AND " EXPORT_FETCHER " = ?1 ORDER BY id",
                           &s);
    *ret_id = 0;
    if (!err) {
        stmt_str(s, 1, by);
        stmt_int(s, 2, tx->now.ms - EXPORT_OPEN_MS);
        while (!(err = stmt_step(s, &row)) && row && *ret_id == 0) {
            struct export_bulk_scope granted;
            if ((err = export_bulk_scope_read(arena, stmt_get_str(s, 1), &granted))) break;
            if (export_bulk_covers(&granted, want)) *ret_id = stmt_get_int(s, 0);
        }
        stmt_done(s);
    }
    arena_free(arena);
    return err;
}

enum err export_bulk_begin(struct tx *tx, struct str by, const struct export_bulk_scope *want,
                           struct str request, int64_t *ret_id)
{
    struct stmt *s;
    int64_t id;
    enum err err = find_grant(tx, by, want, &id);
    if (!err && id == 0) err = ERR_NOT_FOUND;
    if (!err) err = db_stmt(tx->db, "UPDATE export SET fetched = ?2, request = ?3 WHERE id = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_int(s, 2, tx->now.ms);
    stmt_str(s, 3, request);
    err = stmt_run(s);
    if (!err) *ret_id = id;
    return err;
}

enum err export_bulk_find(struct tx *tx, struct arena *arena, int64_t id, struct str by,
                          struct export_bulk *ret)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT fetched, request FROM export WHERE id = ?1 AND kind = 'bulk'"
                           " AND fetched > ?3 AND ended IS NULL AND " EXPORT_FETCHER " = ?2",
                           &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_str(s, 2, by);
    stmt_int(s, 3, tx->now.ms - EXPORT_BULK_KEEP_MS);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) {
        struct str request = stmt_get_str(s, 1);
        *ret = (struct export_bulk){.begun = stmt_get_instant(s, 0),
                                    .request = {arena_text(arena, request.at, request.bytes), request.bytes}};
        ret->ends.ms = ret->begun.ms + EXPORT_BULK_KEEP_MS;
        if (!ret->request.at) err = ERR_NOMEM;
    }
    stmt_done(s);
    return err;
}

enum err export_bulk_end(struct tx *tx, int64_t id, struct str by)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "UPDATE export SET ended = ?4 WHERE id = ?1 AND kind = 'bulk' AND fetched > ?3"
                           " AND ended IS NULL AND " EXPORT_FETCHER " = ?2 RETURNING id",
                           &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_str(s, 2, by);
    stmt_int(s, 3, tx->now.ms - EXPORT_BULK_KEEP_MS);
    stmt_int(s, 4, tx->now.ms);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    stmt_done(s);
    return err;
}

/* -- the table, which a third kind joins -- */

const char export_bulk_sql[] =
    "CREATE TABLE export_anew ("
    " id INTEGER PRIMARY KEY,"
    " kind TEXT NOT NULL CHECK (kind IN ('record', 'audit', 'bulk')),"
    " is_zip INTEGER NOT NULL CHECK (is_zip IN (0, 1)),"
    " patient INTEGER NOT NULL," /* row; 0: rows of the trail about anybody, or many records */
    " scope TEXT NOT NULL,"
    " recipient TEXT NOT NULL CHECK (length(trim(recipient)) > 0),"
    " reason TEXT NOT NULL CHECK (length(trim(reason)) > 0),"
    " asked INTEGER NOT NULL, asked_by TEXT NOT NULL REFERENCES account (id),"
    " asked_role TEXT NOT NULL CHECK (asked_role IN ('clinic-doctor', 'privacy-officer')),"
    " decided INTEGER, decided_by TEXT REFERENCES account (id), decided_role TEXT,"
    " is_granted INTEGER CHECK (is_granted IN (0, 1)), remark TEXT,"
    " key_hash BLOB, key_ends INTEGER,"
    " fetched INTEGER,"             /* of a bulk: begun */
    " request TEXT, ended INTEGER," /* of a bulk: what was asked for then; given up */
    " CHECK (decided_by IS NOT asked_by),"
    " CHECK ((kind = 'record') <= (patient <> 0) AND (kind <> 'bulk' OR patient = 0)),"
    " CHECK (kind <> 'audit' OR asked_role = 'privacy-officer'),"
    " CHECK (kind = 'audit' OR decided_role IS NOT asked_role),"
    " CHECK ((decided IS NULL) = (decided_by IS NULL) AND (decided IS NULL) = (is_granted IS NULL)),"
    " CHECK ((key_hash IS NULL AND fetched IS NULL) OR is_granted = 1),"
    " CHECK (kind = 'bulk' OR (request IS NULL AND ended IS NULL)),"
    " CHECK (ended IS NULL OR fetched IS NOT NULL)"
    ") STRICT;"
    "INSERT INTO export_anew SELECT id, kind, is_zip, patient, scope, recipient, reason, asked, asked_by,"
    " asked_role, decided, decided_by, decided_role, is_granted, remark, key_hash, key_ends, fetched, NULL, "
    "NULL"
    " FROM export;"
    "DROP TABLE export;"
    "ALTER TABLE export_anew RENAME TO export;"
    "CREATE INDEX export_by_asker ON export (asked_by, asked);"
    "CREATE TRIGGER export_is_kept BEFORE DELETE ON export BEGIN SELECT RAISE(ABORT, 'export_kept'); END;"
    "CREATE TRIGGER export_goes_on BEFORE UPDATE ON export"
    " WHEN OLD.ended IS NOT NULL OR (OLD.fetched IS NOT NULL AND (NEW.fetched IS NOT OLD.fetched"
    " OR NEW.request IS NOT OLD.request OR NEW.key_hash IS NOT OLD.key_hash OR NEW.ended IS NULL))"
    " OR NEW.id IS NOT OLD.id OR NEW.kind IS NOT OLD.kind"
    " OR NEW.is_zip IS NOT OLD.is_zip OR NEW.patient IS NOT OLD.patient OR NEW.scope IS NOT OLD.scope"
    " OR NEW.recipient IS NOT OLD.recipient OR NEW.reason IS NOT OLD.reason OR NEW.asked IS NOT OLD.asked"
    " OR NEW.asked_by IS NOT OLD.asked_by OR NEW.asked_role IS NOT OLD.asked_role"
    " OR (OLD.decided IS NOT NULL AND (NEW.decided IS NOT OLD.decided OR NEW.decided_by IS NOT OLD.decided_by"
    " OR NEW.decided_role IS NOT OLD.decided_role OR NEW.is_granted IS NOT OLD.is_granted"
    " OR NEW.remark IS NOT OLD.remark))"
    " BEGIN SELECT RAISE(ABORT, 'export_goes_on'); END;";
