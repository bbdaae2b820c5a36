#include "auth/session.h"
#include "auth/account.h"
#include "auth/ident.h"
#include "auth/idle.h"
#include "auth/token.h"
#include "base/rnd.h"

enum { TOKEN_BYTES = 32, AGENT_BYTES_MAX = 256 };
static const int64_t kept_after_end_ms =
    (int64_t)24 * 60 * 60 * 1000; /* so that "expired" can be told from "unknown" */

/* RFC 6265 §4.2.1: pairs by "; ". */
static struct str cookie_value(struct str header)
{
    while (header.bytes) {
        struct str value = str_trim(str_cut(&header, ';'));
        struct str name = str_cut(&value, '=');
        if (str_is_text(name, SESSION_COOKIE)) return value;
    }
    return (struct str){0};
}

/* RFC 6750 §2.1. */
static struct str bearer_value(struct str header)
{
    struct str scheme = str_cut(&header, ' ');
    return str_is_nocase(scheme, STR("bearer")) ? str_trim(header) : (struct str){0};
}

static void derive(const uint8_t token[TOKEN_BYTES], const char *label, char ret_text[SESSION_TOKEN_TEXT])
{
    struct digest_value mac = digest_hmac(token, TOKEN_BYTES, label, strlen(label));
    str_base64url(mac.at, sizeof mac.at, ret_text);
}

static bool copy(struct arena *arena, struct str from, struct str *ret)
{
    const char *at = arena_text(arena, from.at ? from.at : "", from.bytes);
    *ret = (struct str){at, from.bytes};
    return at != NULL;
}

/* Columns 0-4 are the same for both: id, account, name, display, roles. */
static bool copy_who(struct stmt *s, struct arena *arena, struct session *ret)
{
    ret->roles.bits = (uint32_t)stmt_get_int(s, 4);
    return copy(arena, stmt_get_str(s, 0), &ret->id) && copy(arena, stmt_get_str(s, 1), &ret->account) &&
           copy(arena, stmt_get_str(s, 2), &ret->name) && copy(arena, stmt_get_str(s, 3), &ret->display);
}

#define WHO_COLUMNS(table)                                                                                   \
    table ".id, account.id, account.name, account.display,"                                                  \
          " (SELECT sum(bit) FROM account_role JOIN role ON role.name = account_role.role"                   \
          "  WHERE account_role.account = account.id)"

static enum session_state judge(const struct session *s, struct instant now)
{
    return now.ms >= s->ends.ms || now.ms >= s->idle_ends.ms ? SESSION_EXPIRED : SESSION_LIVE;
}

int64_t session_idle_s(struct role_set roles, int64_t idle_s)
{
    bool is_terminal = role_set_has(roles, ROLE_DETAINEE) && idle_s > SESSION_TERMINAL_IDLE_S;
    return is_terminal ? SESSION_TERMINAL_IDLE_S : idle_s;
}

static enum err read_session(struct stmt *s, struct arena *arena, struct idle *idle, int64_t idle_s,
                             struct session *ret)
{
    if (!copy_who(s, arena, ret) || !copy(arena, stmt_get_str(s, 9), &ret->before_from)) return ERR_NOMEM;
    ret->started = stmt_get_instant(s, 5);
    ret->stored_seen = stmt_get_instant(s, 6);
    ret->ends = stmt_get_instant(s, 7);
    ret->before = stmt_get_instant(s, 8);
    ret->failed_before = stmt_get_int(s, 10);
    ret->seen = idle_seen(idle, ret->id, ret->stored_seen);
    ret->idle_ends.ms = ret->seen.ms + session_idle_s(ret->roles, idle_s) * 1000;
    return OK;
}

static enum err find_cookie(struct tx *tx, struct arena *arena, struct str value, struct idle *idle,
                            int64_t idle_s, struct session *ret, enum session_state *ret_state)
{
    uint8_t token[TOKEN_BYTES];
    size_t n;
    struct stmt *s;
    bool row;
    if (!str_from_base64url(value, token, sizeof token, &n) || n != sizeof token) return OK;
    struct digest_value hash = digest_of(token, sizeof token);
    enum err err =
        db_stmt(tx->db,
                "SELECT " WHO_COLUMNS(
                    "session") ", started, seen, ends, before, before_address,"
                               " failed_before FROM session JOIN account ON account.id = session.account"
                               " WHERE token_hash = ?1 AND disabled IS NULL",
                &s);
    if (err) return err;
    stmt_blob(s, 1, hash.at, sizeof hash.at);
    err = stmt_step(s, &row);
    if (!err && row) {
        struct session found = {0};
        err = read_session(s, arena, idle, idle_s, &found);
        derive(token, "csrf", found.csrf);
        derive(token, "resume", found.resume);
        if (!err) *ret_state = judge(&found, tx->now);
        if (!err && *ret_state == SESSION_LIVE) *ret = found;
    }
    stmt_done(s);
    explicit_bzero(token, sizeof token);
    return err;
}

static enum err find_bearer(struct tx *tx, struct arena *arena, struct str value, struct session *ret,
                            enum session_state *ret_state)
{
    struct stmt *s;
    bool row;
    if (!str_starts(value, STR(TOKEN_PREFIX)) || value.bytes >= TOKEN_TEXT) return OK;
    struct digest_value hash = digest_of(value.at, value.bytes);
    enum err err =
        db_stmt(tx->db,
                "SELECT " WHO_COLUMNS("token") ", token.created, used, ends"
                                               " FROM token JOIN account ON account.id = token.account"
                                               " WHERE token_hash = ?1 AND disabled IS NULL",
                &s);
    if (err) return err;
    stmt_blob(s, 1, hash.at, sizeof hash.at);
    err = stmt_step(s, &row);
    if (!err && row) {
        struct session found = {.is_token = true};
        if (!copy_who(s, arena, &found)) err = ERR_NOMEM;
        found.started = stmt_get_instant(s, 5);
        found.seen = found.stored_seen = stmt_get_instant(s, 6);
        found.ends = stmt_get_instant(s, 7);
        if (!err) *ret_state = tx->now.ms >= found.ends.ms ? SESSION_EXPIRED : SESSION_LIVE;
        if (!err && *ret_state == SESSION_LIVE) *ret = found;
    }
    stmt_done(s);
    return err;
}

enum err session_find(struct tx *tx, struct arena *arena, struct str cookie_header, struct str authorization,
                      struct idle *idle, int64_t idle_s, struct session *ret, enum session_state *ret_state)
{
    *ret_state = SESSION_NONE;
    if (authorization.bytes) return find_bearer(tx, arena, bearer_value(authorization), ret, ret_state);
    struct str value = cookie_value(cookie_header);
    return value.bytes ? find_cookie(tx, arena, value, idle, idle_s, ret, ret_state) : OK;
}

static enum err forget_old(struct tx *tx)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "DELETE FROM session WHERE ends < ?1", &s);
    if (err) return err;
    stmt_int(s, 1, tx->now.ms - kept_after_end_ms);
    return stmt_run(s);
}

static enum err insert(struct tx *tx, const struct session_start *start, const char *id,
                       struct digest_value hash)
{
    struct stmt *s;
    struct str agent = start->agent;
    if (agent.bytes > AGENT_BYTES_MAX) agent.bytes = AGENT_BYTES_MAX;
    while (agent.bytes && !str_is_utf8(agent)) /* what is no text, or was cut inside a character */
        agent.bytes--;
    enum err err =
        db_stmt(tx->db,
                "INSERT INTO session (id, token_hash, account, started, seen, ends, address, agent,"
                " before, before_address, failed_before) SELECT ?1, ?2, ?3, ?4, ?4, ?5, ?6, ?7,"
                " last_login, last_from, ?8 FROM account WHERE id = ?3",
                &s);
    if (err) return err;
    stmt_text(s, 1, id);
    stmt_blob(s, 2, hash.at, sizeof hash.at);
    stmt_str(s, 3, start->account);
    stmt_instant(s, 4, tx->now);
    stmt_int(s, 5, tx->now.ms + start->ends_s * 1000);
    stmt_str(s, 6, start->from);
    stmt_str(s, 7, agent.bytes ? agent : STR(""));
    stmt_int(s, 8, start->failed_before);
    err = stmt_run(s);
    return err ? err : db_changes(tx->db) == 1 ? OK : ERR_NOT_FOUND;
}

enum err session_new(struct tx *tx, const struct session_start *start, char ret_token[SESSION_TOKEN_TEXT],
                     char ret_id[SESSION_ID_TEXT])
{
    uint8_t token[TOKEN_BYTES];
    char id[SESSION_ID_TEXT];
    rnd_bytes(token, sizeof token);
    ident_new(id);
    enum err err = forget_old(tx);
    if (!err) err = insert(tx, start, id, digest_of(token, sizeof token));
    if (!err) err = account_note_login(tx, start->account, start->from);
    if (!err) {
        str_base64url(token, sizeof token, ret_token);
        memcpy(ret_id, id, sizeof id);
    }
    explicit_bzero(token, sizeof token);
    return err;
}

enum err session_end(struct tx *tx, struct str account, struct str id)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "DELETE FROM session WHERE id = ?1 AND account = ?2", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_str(s, 2, account);
    err = stmt_run(s);
    return err ? err : db_changes(tx->db) ? OK : ERR_NOT_FOUND;
}

enum err session_end_all(struct tx *tx, struct str account, struct str but, int64_t *ret_ended)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "DELETE FROM session WHERE account = ?1 AND id <> ?2", &s);
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_str(s, 2, but.at ? but : STR(""));
    err = stmt_run(s);
    if (!err) *ret_ended = db_changes(tx->db);
    return err;
}

enum err session_each(struct tx *tx, struct str account, struct str but,
                      enum err (*each)(void *ctx, struct str id), void *ctx)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT id FROM session WHERE account = ?1 AND id <> ?2", &s);
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_str(s, 2, but.at ? but : STR(""));
    while (!(err = stmt_step(s, &row)) && row)
        if ((err = each(ctx, stmt_get_str(s, 0)))) break;
    stmt_done(s);
    return err;
}

enum err session_touch(struct tx *tx, struct str id, struct instant seen)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "UPDATE session SET seen = max(seen, ?2) WHERE id = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_instant(s, 2, seen);
    return stmt_run(s);
}

enum err session_list(struct tx *tx, struct str account, struct str current, struct idle *idle,
                      int64_t idle_s, struct json_out *to)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT id, started, seen, address, agent FROM session"
                           " WHERE account = ?1 AND ends > ?2 ORDER BY started DESC LIMIT 100",
                           &s);
    if (err) return err;
    stmt_str(s, 1, account);
    stmt_instant(s, 2, tx->now);
    while (!(err = stmt_step(s, &row)) && row) {
        struct str id = stmt_get_str(s, 0);
        struct instant seen = idle_seen(idle, id, stmt_get_instant(s, 2));
        if (tx->now.ms >= seen.ms + idle_s * 1000) continue;
        json_open(to, NULL);
        json_put_str(to, "id", id);
        json_put_instant(to, "started", stmt_get_instant(s, 1));
        json_put_instant(to, "seen", seen);
        json_put_str(to, "from", stmt_get_str(s, 3));
        json_put_str(to, "agent", stmt_get_str(s, 4));
        json_put_bool(to, "current", str_is(id, current));
        json_close(to);
    }
    stmt_done(s);
    return err;
}

enum err session_count(struct tx *tx, int64_t idle_s, int64_t *ret_n)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT count(*) FROM session WHERE ends > ?1 AND seen > ?2", &s);
    if (err) return err;
    stmt_instant(s, 1, tx->now);
    stmt_int(s, 2, tx->now.ms - idle_s * 1000);
    err = stmt_step(s, &row);
    if (!err) *ret_n = stmt_get_int(s, 0);
    stmt_done(s);
    return err;
}
