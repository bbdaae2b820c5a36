#include "auth/lockout.h"

static const int64_t day_ms = (int64_t)24 * 60 * 60 * 1000;

static struct digest_value key_of(struct str name)
{
    return digest_of(name.at, name.bytes);
}

enum err lockout_look(struct tx *tx, struct str name, struct lockout *ret)
{
    struct lockout found = {.left = LOCKOUT_TRIES};
    struct digest_value key = key_of(name);
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT failed, locked_until FROM lockout WHERE name_hash = ?1", &s);
    if (err) return err;
    stmt_blob(s, 1, key.at, sizeof key.at);
    err = stmt_step(s, &row);
    if (!err && row) {
        found.failed = stmt_get_int(s, 0);
        found.left = LOCKOUT_TRIES - (int)(found.failed % LOCKOUT_TRIES);
        found.until = stmt_get_instant(s, 1);
        if (found.until.ms <= tx->now.ms) found.until.ms = 0;
    }
    stmt_done(s);
    if (!err) *ret = found;
    return err;
}

/* A name that nobody has is forgotten after a quiet day, and the quietest beyond the maximum. */
static enum err forget_strangers(struct tx *tx)
{
    struct stmt *s;
    enum err err =
        db_stmt(tx->db,
                "DELETE FROM lockout WHERE account IS NULL AND (last < ?1 OR last <= "
                "(SELECT last FROM lockout WHERE account IS NULL ORDER BY last DESC LIMIT 1 OFFSET ?2))",
                &s);
    if (err) return err;
    stmt_int(s, 1, tx->now.ms - 2 * day_ms);
    stmt_int(s, 2, LOCKOUT_STRANGERS_MAX - 1);
    return stmt_run(s);
}

static enum err count_one(struct tx *tx, struct digest_value key, struct str account)
{
    struct stmt *s;
    enum err err =
        db_stmt(tx->db,
                "INSERT INTO lockout (name_hash, account, failed, locks, last) VALUES (?1, ?2, 1, 0, ?3)"
                " ON CONFLICT (name_hash) DO UPDATE SET failed = failed + 1, account = excluded.account,"
                " locks = CASE WHEN excluded.last - last > ?4 THEN 0 ELSE locks END, last = excluded.last",
                &s);
    if (err) return err;
    stmt_blob(s, 1, key.at, sizeof key.at);
    stmt_str(s, 2, account.bytes ? account : (struct str){0});
    stmt_instant(s, 3, tx->now);
    stmt_int(s, 4, 2 * day_ms);
    return stmt_run(s);
}

static enum err close_if_due(struct tx *tx, struct digest_value key)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db,
                           "UPDATE lockout SET locks = min(locks + 1, 32),"
                           " locked_until = ?2 + min(?3 << min(locks, 16), ?4)"
                           " WHERE name_hash = ?1 AND failed % ?5 = 0",
                           &s);
    if (err) return err;
    stmt_blob(s, 1, key.at, sizeof key.at);
    stmt_int(s, 2, tx->now.ms);
    stmt_int(s, 3, LOCKOUT_FIRST_MS);
    stmt_int(s, 4, LOCKOUT_LONGEST_MS);
    stmt_int(s, 5, LOCKOUT_TRIES);
    return stmt_run(s);
}

enum err lockout_fail(struct tx *tx, struct str name, struct str account, struct lockout *ret)
{
    struct digest_value key = key_of(name);
    enum err err = forget_strangers(tx); /* for known names too: the same work, the same time */
    if (!err) err = count_one(tx, key, account);
    if (!err) err = close_if_due(tx, key);
    if (!err) err = lockout_look(tx, name, ret);
    if (!err && ret->until.ms) ret->left = 0;
    return err;
}

enum err lockout_clear(struct tx *tx, struct str name)
{
    struct digest_value key = key_of(name);
    struct stmt *s;
    enum err err = db_stmt(tx->db, "DELETE FROM lockout WHERE name_hash = ?1", &s);
    if (err) return err;
    stmt_blob(s, 1, key.at, sizeof key.at);
    return stmt_run(s);
}

enum err lockout_list(struct tx *tx, struct json_out *to)
{
    struct stmt *s;
    bool row = false;
    enum err err = db_stmt(tx->db,
                           "SELECT account.id, name, display, locked_until, failed FROM lockout"
                           " JOIN account ON account.id = lockout.account"
                           " ORDER BY coalesce(locked_until, 0) DESC, failed DESC LIMIT 200",
                           &s);
    if (err) return err;
    while (!(err = stmt_step(s, &row)) && row) {
        struct instant until = stmt_get_instant(s, 3);
        json_open(to, NULL);
        json_put_str(to, "id", stmt_get_str(s, 0));
        json_put_str(to, "name", stmt_get_str(s, 1));
        json_put_str(to, "display", stmt_get_str(s, 2));
        json_put_instant(to, "locked_until", until.ms > tx->now.ms ? until : (struct instant){0});
        json_put_int(to, "failed", stmt_get_int(s, 4));
        json_close(to);
    }
    stmt_done(s);
    return err;
}
