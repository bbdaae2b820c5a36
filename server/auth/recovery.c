#include "auth/recovery.h"
#include "base/mem.h"
#include "base/rnd.h"

enum { LETTERS = 10 };
static const char letters[] = "abcdefghijkmnpqrstuvwxyz23456789";

static void code_new(char ret_code[RECOVERY_TEXT])
{
    int at = 0;
    for (int i = 0; i < LETTERS; i++) {
        if (i == LETTERS / 2) ret_code[at++] = '-';
        ret_code[at++] = letters[rnd_below(sizeof letters - 1)];
    }
    ret_code[at] = 0;
}

/* Folds what a person types: capitals, with or without the dash. */
static bool code_fold(struct str code, char ret_folded[LETTERS])
{
    int at = 0;
    for (size_t i = 0; i < code.bytes; i++) {
        char c = code.at[i];
        if (c == '-' || c == ' ') continue;
        if (c >= 'A' && c <= 'Z') c = (char)(c + 32);
        if (at == LETTERS || !memchr(letters, c, sizeof letters - 1)) return false;
        ret_folded[at++] = c;
    }
    return at == LETTERS;
}

bool recovery_is_like(struct str code)
{
    char folded[LETTERS];
    return code_fold(code, folded);
}

static struct digest_value code_hash(struct str account, const char folded[LETTERS])
{
    return digest_hmac(account.at, account.bytes, folded, LETTERS);
}

enum err recovery_end_all(struct tx *tx, struct str account)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "DELETE FROM recovery_code WHERE account = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, account);
    return stmt_run(s);
}

static enum err add(struct tx *tx, struct str account, struct str code)
{
    char folded[LETTERS];
    struct stmt *s;
    enum err err = db_stmt(tx->db, "INSERT INTO recovery_code (account, hash) VALUES (?1, ?2)", &s);
    if (err) return err;
    ASSERT(code_fold(code, folded));
    struct digest_value hash = code_hash(account, folded);
    stmt_str(s, 1, account);
    stmt_blob(s, 2, hash.at, sizeof hash.at);
    return stmt_run(s);
}

enum err recovery_new(struct tx *tx, struct str account, char ret_codes[RECOVERY_CODES][RECOVERY_TEXT])
{
    enum err err = recovery_end_all(tx, account);
    for (int i = 0; i < RECOVERY_CODES && !err; i++) {
        code_new(ret_codes[i]);
        err = add(tx, account, str_of(ret_codes[i]));
    }
    return err;
}

enum err recovery_use(struct tx *tx, struct str account, struct str code)
{
    char folded[LETTERS];
    struct stmt *s;
    if (!code_fold(code, folded)) return ERR_NOT_FOUND;
    enum err err = db_stmt(
        tx->db, "UPDATE recovery_code SET used = ?3 WHERE account = ?1 AND hash = ?2 AND used IS NULL", &s);
    if (err) return err;
    struct digest_value hash = code_hash(account, folded);
    stmt_str(s, 1, account);
    stmt_blob(s, 2, hash.at, sizeof hash.at);
    stmt_instant(s, 3, tx->now);
    err = stmt_run(s);
    if (!err && db_changes(tx->db) == 0) err = ERR_NOT_FOUND;
    return err;
}

enum err recovery_left(struct tx *tx, struct str account, int64_t *ret_left)
{
    struct stmt *s;
    bool row;
    enum err err =
        db_stmt(tx->db, "SELECT count(*) FROM recovery_code WHERE account = ?1 AND used IS NULL", &s);
    if (err) return err;
    stmt_str(s, 1, account);
    err = stmt_step(s, &row);
    if (!err && row) *ret_left = stmt_get_int(s, 0);
    stmt_done(s);
    return err;
}
