#include "auth/ticket.h"
#include "base/rnd.h"

static const char *const names[] = {
    [TICKET_PASSWORD] = "password", [TICKET_TOTP] = "totp", [TICKET_ENROL] = "enrol"};

const char *ticket_next_name(enum ticket_next next)
{
    ASSERT(next < COUNT_OF(names));
    return names[next];
}

static void bind_hash(struct stmt *s, int at, struct str text)
{
    struct digest_value hash = digest_of(text.at, text.bytes);
    stmt_blob(s, at, hash.at, sizeof hash.at);
}

static enum err forget_old(struct tx *tx)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "DELETE FROM ticket WHERE ends <= ?1", &s);
    if (err) return err;
    stmt_instant(s, 1, tx->now);
    return stmt_run(s);
}

enum err ticket_new(struct tx *tx, struct str account, enum ticket_next next, char ret_text[TICKET_TEXT])
{
    struct stmt *s;
    enum err err = forget_old(tx);
    if (!err)
        err = db_stmt(tx->db, "INSERT INTO ticket (hash, account, next, ends) VALUES (?1, ?2, ?3, ?4)", &s);
    if (err) return err;
    rnd_token(TICKET_PREFIX, 24, ret_text);
    bind_hash(s, 1, str_of(ret_text));
    stmt_str(s, 2, account);
    stmt_text(s, 3, ticket_next_name(next));
    stmt_int(s, 4, tx->now.ms + TICKET_TTL_MS);
    return stmt_run(s);
}

static void read_row(struct stmt *s, enum ticket_next next, struct ticket *ret)
{
    struct str account = stmt_get_str(s, 0), secret = stmt_get_blob(s, 1);
    *ret = (struct ticket){.next = next};
    ASSERT(account.bytes < sizeof ret->account);
    memcpy(ret->account, account.at, account.bytes);
    ret->has_secret = secret.bytes == TOTP_SECRET_BYTES;
    if (ret->has_secret) memcpy(ret->secret, secret.at, TOTP_SECRET_BYTES);
}

enum err ticket_find(struct tx *tx, struct str text, enum ticket_next next, struct ticket *ret)
{
    struct stmt *s;
    bool row;
    enum err err =
        db_stmt(tx->db, "SELECT account, secret FROM ticket WHERE hash = ?1 AND next = ?2 AND ends > ?3", &s);
    if (err) return err;
    bind_hash(s, 1, text);
    stmt_text(s, 2, ticket_next_name(next));
    stmt_instant(s, 3, tx->now);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) read_row(s, next, ret);
    stmt_done(s);
    return err;
}

enum err ticket_keep_secret(struct tx *tx, struct str text, const uint8_t secret[TOTP_SECRET_BYTES])
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "UPDATE ticket SET secret = ?2 WHERE hash = ?1", &s);
    if (err) return err;
    bind_hash(s, 1, text);
    stmt_blob(s, 2, secret, TOTP_SECRET_BYTES);
    return stmt_run(s);
}

enum err ticket_use(struct tx *tx, struct str text)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "DELETE FROM ticket WHERE hash = ?1", &s);
    if (err) return err;
    bind_hash(s, 1, text);
    err = stmt_run(s);
    return err ? err : db_changes(tx->db) ? OK : ERR_NOT_FOUND;
}

enum err ticket_end_all(struct tx *tx, struct str account)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "DELETE FROM ticket WHERE account = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, account);
    return stmt_run(s);
}
