#include "desk/invitation.h"
#include "base/digest.h"
#include "base/rnd.h"
#include "scheduler/terms.h"

const char invitation_sql[] =
    "CREATE TABLE invitation ("
    " id INTEGER PRIMARY KEY,"
    " hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),"
    " name TEXT NOT NULL, hospital TEXT NOT NULL, specialty TEXT NOT NULL, title TEXT NOT NULL,"
    " made INTEGER NOT NULL,"
    " made_by TEXT NOT NULL REFERENCES account (id),"
    " ends INTEGER NOT NULL,"
    " used INTEGER, account TEXT REFERENCES account (id),"
    " withdrawn INTEGER,"
    " CHECK (used IS NULL OR withdrawn IS NULL)"
    ") STRICT;"
    "CREATE TRIGGER invitation_is_used_once BEFORE UPDATE OF used ON invitation WHEN OLD.used IS NOT NULL"
    " BEGIN SELECT RAISE(ABORT, 'invitation_used'); END;";

static bool copy(struct arena *arena, struct stmt *s, int at, struct str *ret)
{
    struct str text = stmt_get_str(s, at);
    *ret = (struct str){arena_text(arena, text.at, text.bytes), text.bytes};
    return ret->at != NULL;
}

enum err invitation_make(struct tx *tx, const struct invitation *of, struct str by, int days,
                         struct invitation *ret, char ret_secret[INVITATION_TEXT])
{
    struct stmt *s;
    uint8_t secret[INVITATION_SECRET_BYTES];
    enum err err =
        db_stmt(tx->db,
                "INSERT INTO invitation (hash, name, hospital, specialty, title, made, made_by, ends)"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                &s);
    if (err) return err;
    rnd_bytes(secret, sizeof secret);
    struct digest_value hash = digest_of(secret, sizeof secret);
    *ret = *of;
    ret->made = tx->now;
    ret->ends = instant_add(tx->now, days * DAY_MS);
    stmt_blob(s, 1, hash.at, sizeof hash.at);
    stmt_str(s, 2, of->name);
    stmt_str(s, 3, of->hospital);
    stmt_str(s, 4, of->specialty);
    stmt_str(s, 5, of->title);
    stmt_instant(s, 6, ret->made);
    stmt_str(s, 7, by);
    stmt_instant(s, 8, ret->ends);
    err = stmt_run(s);
    if (err) return err;
    ret->id = db_last_rowid(tx->db);
    str_base64url(secret, sizeof secret, ret_secret);
    return OK;
}

enum err invitation_find_open(struct tx *tx, struct arena *arena, struct str secret, struct invitation *ret)
{
    struct stmt *s;
    uint8_t bytes[INVITATION_SECRET_BYTES];
    size_t n;
    bool row;
    if (!str_from_base64url(secret, bytes, sizeof bytes, &n) || n != sizeof bytes) return ERR_NOT_FOUND;
    struct digest_value hash = digest_of(bytes, n);
    enum err err = db_stmt(tx->db,
                           "SELECT id, name, hospital, specialty, title, made, ends FROM invitation"
                           " WHERE hash = ?1 AND used IS NULL AND withdrawn IS NULL AND ends > ?2",
                           &s);
    if (err) return err;
    stmt_blob(s, 1, hash.at, sizeof hash.at);
    stmt_instant(s, 2, tx->now);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) {
        *ret = (struct invitation){.id = stmt_get_int(s, 0), .made = stmt_get_instant(s, 5)};
        ret->ends = stmt_get_instant(s, 6);
        bool is_whole = copy(arena, s, 1, &ret->name) && copy(arena, s, 2, &ret->hospital) &&
                        copy(arena, s, 3, &ret->specialty) && copy(arena, s, 4, &ret->title);
        if (!is_whole) err = ERR_NOMEM;
    }
    stmt_done(s);
    return err;
}

enum err invitation_use(struct tx *tx, int64_t id, struct str account)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db,
                           "UPDATE invitation SET used = ?2, account = ?3"
                           " WHERE id = ?1 AND used IS NULL AND withdrawn IS NULL AND ends > ?2",
                           &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_instant(s, 2, tx->now);
    stmt_str(s, 3, account);
    err = stmt_run(s);
    return err ? err : db_changes(tx->db) ? OK : ERR_NOT_FOUND;
}

enum err invitation_withdraw(struct tx *tx, int64_t id)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db,
                           "UPDATE invitation SET withdrawn = ?2"
                           " WHERE id = ?1 AND used IS NULL AND withdrawn IS NULL AND ends > ?2",
                           &s);
    if (err) return err;
    stmt_int(s, 1, id);
    stmt_instant(s, 2, tx->now);
    err = stmt_run(s);
    return err ? err : db_changes(tx->db) ? OK : ERR_NOT_FOUND;
}

enum err invitation_list(struct tx *tx, struct json_out *to)
{
    struct stmt *s;
    bool row;
    enum err err =
        db_stmt(tx->db,
                "SELECT i.id, i.name, i.hospital, i.specialty, i.title, i.made, a.display, i.ends,"
                " CASE WHEN i.used IS NOT NULL THEN 'used' WHEN i.withdrawn IS NOT NULL THEN 'withdrawn'"
                " WHEN i.ends <= ?1 THEN 'over' ELSE 'open' END"
                " FROM invitation i JOIN account a ON a.id = i.made_by ORDER BY i.id DESC LIMIT 200",
                &s);
    if (err) return err;
    stmt_instant(s, 1, tx->now);
    while (!(err = stmt_step(s, &row)) && row) {
        json_open(to, NULL);
        json_put_int(to, "id", stmt_get_int(s, 0));
        json_put_str(to, "name", stmt_get_str(s, 1));
        json_put_str(to, "hospital", stmt_get_str(s, 2));
        json_put_str(to, "specialty", stmt_get_str(s, 3));
        json_put_str(to, "title", stmt_get_str(s, 4));
        json_put_instant(to, "made", stmt_get_instant(s, 5));
        json_put_str(to, "by", stmt_get_str(s, 6));
        json_put_instant(to, "ends", stmt_get_instant(s, 7));
        json_put_str(to, "state", stmt_get_str(s, 8));
        json_close(to);
    }
    stmt_done(s);
    return err;
}
