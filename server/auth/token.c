#include "auth/token.h"
#include "auth/ident.h"
#include "base/rnd.h"

enum { PAGE = 50 };

enum err token_new(struct tx *tx, struct str account, struct str label, int64_t ttl_s, struct token_made *ret)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db,
                           "INSERT INTO token (id, token_hash, account, label, created, ends)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                           &s);
    if (err) return err;
    ASSERT(ttl_s > 0);
    ident_new(ret->id);
    rnd_token(TOKEN_PREFIX, 32, ret->text);
    ret->ends.ms = tx->now.ms + ttl_s * 1000;
    struct digest_value hash = digest_of(ret->text, strlen(ret->text));
    stmt_text(s, 1, ret->id);
    stmt_blob(s, 2, hash.at, sizeof hash.at);
    stmt_str(s, 3, account);
    stmt_str(s, 4, label);
    stmt_instant(s, 5, tx->now);
    stmt_instant(s, 6, ret->ends);
    return stmt_run(s);
}

static enum err owner(struct tx *tx, struct str id, char ret_account[TOKEN_ID_TEXT])
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT account FROM token WHERE id = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) {
        struct str account = stmt_get_str(s, 0);
        ASSERT(account.bytes < TOKEN_ID_TEXT);
        memcpy(ret_account, account.at, account.bytes);
        ret_account[account.bytes] = 0;
    }
    stmt_done(s);
    return err;
}

enum err token_revoke(struct tx *tx, struct str id, char ret_account[TOKEN_ID_TEXT])
{
    struct stmt *s;
    enum err err = owner(tx, id, ret_account);
    if (!err) err = db_stmt(tx->db, "DELETE FROM token WHERE id = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    return stmt_run(s);
}

enum err token_end_all(struct tx *tx, struct str account, int64_t *ret_ended)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "DELETE FROM token WHERE account = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, account);
    err = stmt_run(s);
    if (!err) *ret_ended = db_changes(tx->db);
    return err;
}

enum err token_touch(struct tx *tx, struct str id, struct instant used)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "UPDATE token SET used = ?2 WHERE id = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_instant(s, 2, used);
    return stmt_run(s);
}

/* Columns: id, label, created, ends, used. */
static void put_members(struct stmt *s, struct json_out *to)
{
    json_put_str(to, "label", stmt_get_str(s, 1));
    json_put_instant(to, "created", stmt_get_instant(s, 2));
    json_put_instant(to, "ends", stmt_get_instant(s, 3));
    json_put_instant(to, "used", stmt_get_instant(s, 4));
}

enum err token_list_own(struct tx *tx, struct str account, struct json_out *to)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT id, label, created, ends, used FROM token"
                           " WHERE account = ?1 AND ends > ?2 ORDER BY created LIMIT 200",
                           &s);
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_instant(s, 2, tx->now);
    while (!(err = stmt_step(s, &row)) && row) {
        json_open(to, NULL);
        json_put_str(to, "id", stmt_get_str(s, 0));
        put_members(s, to);
        json_close(to);
    }
    stmt_done(s);
    return err;
}

enum err token_list(struct tx *tx, struct str after, struct json_out *to, char ret_next[TOKEN_ID_TEXT])
{
    struct stmt *s;
    bool row;
    int n = 0;
    char last[TOKEN_ID_TEXT] = "";
    enum err err =
        db_stmt(tx->db,
                "SELECT token.id, label, token.created, ends, used, account.id, name, display FROM token"
                " JOIN account ON account.id = token.account"
                " WHERE token.id > ?1 AND ends > ?2 ORDER BY token.id LIMIT ?3",
                &s);
    if (err) return err;
    stmt_str(s, 1, after.at ? after : STR(""));
    stmt_instant(s, 2, tx->now);
    stmt_int(s, 3, PAGE + 1);
    ret_next[0] = 0;
    while (!(err = stmt_step(s, &row)) && row) {
        if (n++ == PAGE) {
            memcpy(ret_next, last, sizeof last);
            break;
        }
        struct str id = stmt_get_str(s, 0);
        ASSERT(id.bytes == TOKEN_ID_TEXT - 1);
        memcpy(last, id.at, id.bytes);
        json_open(to, NULL);
        json_put_str(to, "id", id);
        json_open(to, "account");
        json_put_str(to, "id", stmt_get_str(s, 5));
        json_put_str(to, "name", stmt_get_str(s, 6));
        json_put_str(to, "display", stmt_get_str(s, 7));
        json_close(to);
        put_members(s, to);
        json_close(to);
    }
    stmt_done(s);
    return err;
}
