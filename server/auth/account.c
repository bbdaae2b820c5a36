#include "auth/account.h"
#include "auth/ident.h"
#include "auth/lockout.h"

#define ACCOUNT_COLUMNS                                                                                      \
    "account.id, account.name, display, staff_number, password, last_from,"                                  \
    " (SELECT sum(bit) FROM account_role JOIN role ON role.name = account_role.role"                         \
    "  WHERE account_role.account = account.id),"                                                            \
    " created, disabled, password_at, last_login, lockout.locked_until, coalesce(lockout.failed, 0),"        \
    " password_given, totp_secret, totp_next, totp_step"                                                     \
    " FROM account LEFT JOIN lockout ON lockout.account = account.id"

static bool is_lower_or_digit(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool account_name_is(struct str name)
{
    if (name.bytes < 2 || name.bytes > ACCOUNT_NAME_MAX || !is_lower_or_digit(name.at[0])) return false;
    for (size_t i = 1; i < name.bytes; i++)
        if (!is_lower_or_digit(name.at[i]) && name.at[i] != '.' && name.at[i] != '_' && name.at[i] != '-')
            return false;
    return true;
}

bool account_display_is(struct str display)
{
    size_t chars = 0;
    if (!str_is_utf8(display) || str_trim(display).bytes != display.bytes) return false;
    for (size_t i = 0; i < display.bytes; i++) {
        unsigned char c = (unsigned char)display.at[i];
        if (c < ' ' || c == 0x7f) return false;
        chars += (c & 0xc0) != 0x80;
    }
    return chars >= 1 && chars <= ACCOUNT_DISPLAY_CHARS_MAX;
}

bool account_staff_number_is(struct str staff_number)
{
    if (staff_number.bytes < 1 || staff_number.bytes > ACCOUNT_STAFF_NUMBER_MAX) return false;
    for (size_t i = 0; i < staff_number.bytes; i++) {
        char c = staff_number.at[i];
        if (!is_lower_or_digit(c) && !(c >= 'A' && c <= 'Z') && c != '-') return false;
    }
    return true;
}

static bool copy(struct arena *arena, struct str from, struct str *ret)
{
    const char *at = arena_text(arena, from.at ? from.at : "", from.bytes);
    *ret = (struct str){at, from.bytes};
    return at != NULL;
}

static enum err read_row(struct stmt *s, struct instant now, struct arena *arena, struct account *ret)
{
    struct account a = {
        .roles = {(uint32_t)stmt_get_int(s, 6)},
        .created = stmt_get_instant(s, 7),
        .disabled = stmt_get_instant(s, 8),
        .password_at = stmt_get_instant(s, 9),
        .last_login = stmt_get_instant(s, 10),
        .locked_until = stmt_get_instant(s, 11),
        .failed = stmt_get_int(s, 12),
        .password_given = stmt_get_int(s, 13) != 0,
        .totp_step = stmt_get_int(s, 16),
    };
    if (a.locked_until.ms <= now.ms) a.locked_until.ms = 0;
    if (!copy(arena, stmt_get_str(s, 0), &a.id) || !copy(arena, stmt_get_str(s, 1), &a.name) ||
        !copy(arena, stmt_get_str(s, 2), &a.display) || !copy(arena, stmt_get_str(s, 3), &a.staff_number) ||
        !copy(arena, stmt_get_str(s, 4), &a.password) || !copy(arena, stmt_get_str(s, 5), &a.last_from) ||
        !copy(arena, stmt_get_blob(s, 14), &a.totp_secret) ||
        !copy(arena, stmt_get_blob(s, 15), &a.totp_next))
        return ERR_NOMEM;
    *ret = a;
    return OK;
}

static enum err find(struct tx *tx, struct arena *arena, const char *sql, struct str key, struct account *ret)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, sql, &s);
    if (err) return err;
    stmt_str(s, 1, key.at ? key : STR(""));
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) err = read_row(s, tx->now, arena, ret);
    stmt_done(s);
    return err;
}

enum err account_find(struct tx *tx, struct arena *arena, struct str id, struct account *ret)
{
    return find(tx, arena, "SELECT " ACCOUNT_COLUMNS " WHERE account.id = ?1", id, ret);
}

enum err account_find_name(struct tx *tx, struct arena *arena, struct str name, struct account *ret)
{
    return find(tx, arena, "SELECT " ACCOUNT_COLUMNS " WHERE account.name = ?1", name, ret);
}

enum err account_find_number(struct tx *tx, struct arena *arena, struct str number, struct account *ret)
{
    return find(tx, arena, "SELECT " ACCOUNT_COLUMNS " WHERE account.staff_number = ?1", number, ret);
}

static enum err exists(struct tx *tx, const char *sql, struct str key, bool *ret_is)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, sql, &s);
    if (err) return err;
    stmt_str(s, 1, key);
    err = stmt_step(s, ret_is);
    stmt_done(s);
    return err;
}

static enum err refuse_taken(struct tx *tx, const struct account_start *start, const char **ret_code)
{
    bool is;
    enum err err = exists(tx, "SELECT 1 FROM account WHERE name = ?1", start->name, &is);
    if (!err && is) {
        *ret_code = "name_taken";
        return ERR_EXISTS;
    }
    if (!err) err = exists(tx, "SELECT 1 FROM account WHERE staff_number = ?1", start->staff_number, &is);
    if (!err && is) {
        *ret_code = "staff_number_taken";
        return ERR_EXISTS;
    }
    return err;
}

static enum err insert(struct tx *tx, const struct account_start *start, const char *id)
{
    struct stmt *s;
    enum err err =
        db_stmt(tx->db,
                "INSERT INTO account (id, name, display, staff_number, created, password, password_at,"
                " password_given) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5, 1)",
                &s);
    if (err) return err;
    stmt_text(s, 1, id);
    stmt_str(s, 2, start->name);
    stmt_str(s, 3, start->display);
    stmt_str(s, 4, start->staff_number);
    stmt_instant(s, 5, tx->now);
    stmt_str(s, 6, start->password);
    return stmt_run(s);
}

/* The store's trigger is the judge of what excludes what. */
static enum err add_role(struct tx *tx, struct str id, enum role role, const char **ret_code)
{
    struct stmt *s;
    enum err err = db_stmt(
        tx->db, "INSERT INTO account_role (account, role) VALUES (?1, ?2) ON CONFLICT DO NOTHING", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_text(s, 2, role_name(role));
    err = stmt_run(s);
    if (err == ERR_DENIED) *ret_code = "roles_exclude";
    return err;
}

static enum err add_roles(struct tx *tx, struct str id, struct role_set roles, const char **ret_code)
{
    enum err err = OK;
    for (enum role r = 0; r < ROLE_COUNT && !err; r++)
        if (role_set_has(roles, r)) err = add_role(tx, id, r, ret_code);
    return err;
}

enum err account_add(struct tx *tx, const struct account_start *start, char ret_id[ACCOUNT_ID_TEXT],
                     const char **ret_code)
{
    char id[ACCOUNT_ID_TEXT];
    ASSERT(start->roles.bits != 0);
    enum err err = refuse_taken(tx, start, ret_code);
    if (err) return err;
    ident_new(id);
    err = lockout_clear(tx, start->name); /* of the days when nobody had the name */
    if (!err) err = insert(tx, start, id);
    if (!err) err = add_roles(tx, str_of(id), start->roles, ret_code);
    if (!err) memcpy(ret_id, id, sizeof id);
    return err;
}

/* Would taking `taken` away from this account leave one of the three administrators with nobody? */
static enum err refuse_last_admin(struct tx *tx, const struct account *account, struct role_set taken,
                                  const char **ret_code)
{
    if (account->disabled.ms) return OK;
    for (enum role r = 0; r < ROLE_COUNT; r++) {
        struct stmt *s;
        bool row = false;
        if (!role_is_admin(r) || !role_set_has(taken, r)) continue;
        enum err err = db_stmt(tx->db,
                               "SELECT 1 FROM account_role JOIN account ON account.id = account_role.account"
                               " WHERE role = ?1 AND account <> ?2 AND disabled IS NULL LIMIT 1",
                               &s);
        if (err) return err;
        stmt_text(s, 1, role_name(r));
        stmt_str(s, 2, account->id);
        err = stmt_step(s, &row);
        stmt_done(s);
        if (err) return err;
        if (row) continue;
        *ret_code = "last_admin";
        return ERR_DENIED;
    }
    return OK;
}

static enum err remove_role(struct tx *tx, struct str id, enum role role)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "DELETE FROM account_role WHERE account = ?1 AND role = ?2", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_text(s, 2, role_name(role));
    return stmt_run(s);
}

enum err account_set_roles(struct tx *tx, const struct account *account, struct role_set roles,
                           const char **ret_code)
{
    struct role_set taken = {account->roles.bits & ~roles.bits};
    ASSERT(roles.bits != 0);
    /* A detainee's account (a number and a PIN) never becomes a member of staff's, nor the other way round. */
    if (role_set_has(account->roles, ROLE_DETAINEE) != role_set_has(roles, ROLE_DETAINEE)) {
        *ret_code = "roles_exclude";
        return ERR_DENIED;
    }
    enum err err = refuse_last_admin(tx, account, taken, ret_code);
    for (enum role r = 0; r < ROLE_COUNT && !err; r++)
        if (role_set_has(taken, r)) err = remove_role(tx, account->id, r);
    return err ? err : add_roles(tx, account->id, roles, ret_code);
}

enum err account_disable(struct tx *tx, const struct account *account, const char **ret_code)
{
    struct stmt *s;
    enum err err = refuse_last_admin(tx, account, account->roles, ret_code);
    if (!err)
        err = db_stmt(tx->db, "UPDATE account SET disabled = ?2 WHERE id = ?1 AND disabled IS NULL", &s);
    if (err) return err;
    stmt_str(s, 1, account->id);
    stmt_instant(s, 2, tx->now);
    return stmt_run(s);
}

enum err account_enable(struct tx *tx, struct str id)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "UPDATE account SET disabled = NULL WHERE id = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    return stmt_run(s);
}

enum err account_set_password(struct tx *tx, struct str id, struct str hash, bool given)
{
    struct stmt *s;
    enum err err = db_stmt(
        tx->db, "UPDATE account SET password = ?2, password_at = ?3, password_given = ?4 WHERE id = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_str(s, 2, hash);
    stmt_instant(s, 3, tx->now);
    stmt_int(s, 4, given);
    return stmt_run(s);
}

enum err account_refresh_hash(struct tx *tx, struct str id, struct str old_hash, struct str hash)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "UPDATE account SET password = ?3 WHERE id = ?1 AND password = ?2", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_str(s, 2, old_hash);
    stmt_str(s, 3, hash);
    return stmt_run(s);
}

enum err account_set_totp(struct tx *tx, struct str id, const uint8_t secret[TOTP_SECRET_BYTES], int64_t step)
{
    struct stmt *s;
    enum err err = db_stmt(
        tx->db, "UPDATE account SET totp_secret = ?2, totp_step = ?3, totp_next = NULL WHERE id = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_blob(s, 2, secret, TOTP_SECRET_BYTES);
    stmt_int(s, 3, step);
    return stmt_run(s);
}

enum err account_set_totp_next(struct tx *tx, struct str id, const uint8_t secret[TOTP_SECRET_BYTES])
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "UPDATE account SET totp_next = ?2 WHERE id = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_blob(s, 2, secret, TOTP_SECRET_BYTES);
    return stmt_run(s);
}

enum err account_clear_totp(struct tx *tx, struct str id)
{
    struct stmt *s;
    enum err err = db_stmt(
        tx->db, "UPDATE account SET totp_secret = NULL, totp_next = NULL, totp_step = 0 WHERE id = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    return stmt_run(s);
}

enum err account_used_totp(struct tx *tx, struct str id, int64_t step)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "UPDATE account SET totp_step = ?2 WHERE id = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_int(s, 2, step);
    return stmt_run(s);
}

enum err account_note_login(struct tx *tx, struct str id, struct str from)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "UPDATE account SET last_login = ?2, last_from = ?3 WHERE id = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_instant(s, 2, tx->now);
    stmt_str(s, 3, from);
    return stmt_run(s);
}

enum err account_count(struct tx *tx, int64_t *ret_n)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT count(*) FROM account", &s);
    if (!err) err = stmt_step(s, &row);
    if (err) return err;
    *ret_n = stmt_get_int(s, 0);
    stmt_done(s);
    return OK;
}

void account_write_roles(struct json_out *to, struct role_set roles)
{
    json_open_array(to, "roles");
    for (enum role r = 0; r < ROLE_COUNT; r++)
        if (role_set_has(roles, r)) json_put_text(to, NULL, role_name(r));
    json_close_array(to);
}

void account_write_world(struct json_out *to, struct role_set roles)
{
    enum world world = role_set_world(roles);
    json_put_text(to, "world", world == WORLD_COUNT ? NULL : world_name(world));
}

void account_write(struct json_out *to, const char *key, const struct account *account)
{
    json_open(to, key);
    json_put_str(to, "id", account->id);
    json_put_str(to, "name", account->name);
    json_put_str(to, "display", account->display);
    json_put_str(to, "staff_number", account->staff_number);
    account_write_roles(to, account->roles);
    account_write_world(to, account->roles);
    json_put_text(to, "state",
                  account->disabled.ms       ? "disabled"
                  : account->locked_until.ms ? "locked"
                                             : "active");
    json_put_bool(to, "totp", account->totp_secret.bytes != 0);
    json_put_instant(to, "last_login", account->last_login);
    json_put_instant(to, "created", account->created);
    json_put_instant(to, "locked_until", account->locked_until);
    json_close(to);
}

static void bind_query(struct stmt *s, const struct account_query *q, struct instant now)
{
    stmt_str(s, 1, q->after.at ? q->after : STR(""));
    stmt_str(s, 2, q->text.at ? q->text : STR(""));
    stmt_text(s, 3, q->role == ROLE_COUNT ? "" : role_name(q->role));
    stmt_str(s, 4, q->state.at ? q->state : STR(""));
    stmt_instant(s, 5, now);
    stmt_int(s, 6, q->limit + 1);
}

enum err account_list(struct tx *tx, struct arena *arena, const struct account_query *query,
                      struct json_out *to, char ret_next[ACCOUNT_NAME_MAX + 1], int64_t *ret_n)
{
    struct stmt *s;
    struct account a = {0};
    bool row;
    int64_t n = 0;
    ASSERT(query->limit > 0);
    enum err err = db_stmt(tx->db,
                           "SELECT " ACCOUNT_COLUMNS " WHERE account.name > ?1"
                           " AND (?2 = '' OR instr(account.name, lower(?2)) OR instr(display, ?2)"
                           "      OR instr(lower(staff_number), lower(?2)))"
                           " AND (?3 = '' OR EXISTS (SELECT 1 FROM account_role"
                           "      WHERE account_role.account = account.id AND account_role.role = ?3))"
                           " AND (?4 = '' OR ?4 = CASE WHEN disabled IS NOT NULL THEN 'disabled'"
                           "      WHEN lockout.locked_until > ?5 THEN 'locked' ELSE 'active' END)"
                           " ORDER BY account.name LIMIT ?6",
                           &s);
    if (err) return err;
    bind_query(s, query, tx->now);
    ret_next[0] = 0;
    while (!(err = stmt_step(s, &row)) && row) {
        if (n == query->limit) {
            ASSERT(a.name.bytes <= ACCOUNT_NAME_MAX);
            memcpy(ret_next, a.name.at, a.name.bytes + 1);
            break;
        }
        if ((err = read_row(s, tx->now, arena, &a))) break;
        account_write(to, NULL, &a);
        n++;
    }
    stmt_done(s);
    if (!err) *ret_n = n;
    return err;
}
