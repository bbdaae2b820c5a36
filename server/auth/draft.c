#include "auth/draft.h"

static const int64_t kept_ms = (int64_t)DRAFT_DAYS * 24 * 60 * 60 * 1000;

bool draft_key_is(struct str key)
{
    if (key.bytes == 0 || key.bytes > DRAFT_KEY_MAX) return false;
    for (size_t i = 0; i < key.bytes; i++) {
        char c = key.at[i];
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '/' || c == '-'))
            return false;
    }
    return true;
}

enum err draft_get(struct tx *tx, struct arena *arena, struct str account, struct str key,
                   struct str *ret_text, struct instant *ret_saved)
{
    struct stmt *s;
    bool row;
    enum err err =
        db_stmt(tx->db, "SELECT text, saved FROM draft WHERE account = ?1 AND key = ?2 AND saved > ?3", &s);
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_str(s, 2, key);
    stmt_int(s, 3, tx->now.ms - kept_ms);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) {
        struct str text = stmt_get_str(s, 0);
        const char *copy = arena_text(arena, text.at, text.bytes);
        if (!copy) err = ERR_NOMEM;
        if (copy) {
            *ret_text = (struct str){copy, text.bytes};
            *ret_saved = stmt_get_instant(s, 1);
        }
    }
    stmt_done(s);
    return err;
}

static enum err forget_old(struct tx *tx)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "DELETE FROM draft WHERE saved <= ?1", &s);
    if (err) return err;
    stmt_int(s, 1, tx->now.ms - kept_ms);
    return stmt_run(s);
}

/* Others than this one: saving again is no new draft. */
static enum err count_others(struct tx *tx, struct str account, struct str key, int64_t *ret_n)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT count(*) FROM draft WHERE account = ?1 AND key <> ?2", &s);
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_str(s, 2, key);
    err = stmt_step(s, &row);
    if (!err) *ret_n = stmt_get_int(s, 0);
    stmt_done(s);
    return err;
}

enum err draft_put(struct tx *tx, struct str account, struct str key, struct str text)
{
    struct stmt *s;
    int64_t others = 0;
    enum err err = forget_old(tx);
    if (!err) err = count_others(tx, account, key, &others);
    if (!err && others >= DRAFTS_MAX) err = ERR_LIMIT;
    if (!err)
        err =
            db_stmt(tx->db,
                    "INSERT INTO draft (account, key, text, saved) VALUES (?1, ?2, ?3, ?4)"
                    " ON CONFLICT (account, key) DO UPDATE SET text = excluded.text, saved = excluded.saved",
                    &s);
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_str(s, 2, key);
    stmt_str(s, 3, text.at ? text : STR(""));
    stmt_instant(s, 4, tx->now);
    return stmt_run(s);
}

enum err draft_delete(struct tx *tx, struct str account, struct str key)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "DELETE FROM draft WHERE account = ?1 AND key = ?2", &s);
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_str(s, 2, key);
    err = stmt_run(s);
    return err ? err : db_changes(tx->db) ? OK : ERR_NOT_FOUND;
}
