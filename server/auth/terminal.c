#include "auth/terminal.h"
#include "auth/ident.h"
#include "base/digest.h"
#include "base/mem.h"
#include "base/rnd.h"
#include <stdio.h>

enum { KEY_BYTES = 32, LIST_MAX = 500, DER_BYTES_MAX = 256 };

bool terminal_name_is(struct str name)
{
    size_t chars = 0;
    if (str_trim(name).bytes != name.bytes || !str_is_utf8(name)) return false;
    for (size_t i = 0; i < name.bytes; i++) {
        unsigned char c = (unsigned char)name.at[i];
        if (c < ' ' || c == 0x7f) return false;
        chars += (c & 0xc0) != 0x80;
    }
    return chars >= 1 && chars <= TERMINAL_NAME_CHARS_MAX;
}

/* -- finding -- */

/* RFC 6265 §4.2.1: pairs by "; ". */
static struct str cookie_value(struct str header)
{
    while (header.bytes) {
        struct str value = str_trim(str_cut(&header, ';'));
        struct str name = str_cut(&value, '=');
        if (str_is_text(name, TERMINAL_COOKIE)) return value;
    }
    return (struct str){0};
}

static bool copy(struct arena *arena, struct str from, struct str *ret)
{
    const char *at = arena_text(arena, from.at ? from.at : "", from.bytes);
    *ret = (struct str){at, from.bytes};
    return at != NULL;
}

/* Columns: id, name, device, device_algorithm. Ends the statement. */
static enum err read_one(struct stmt *s, struct arena *arena, struct terminal *ret)
{
    bool row;
    struct terminal t = {0};
    enum err err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err && (!copy(arena, stmt_get_str(s, 0), &t.id) || !copy(arena, stmt_get_str(s, 1), &t.name) ||
                 !copy(arena, stmt_get_str(s, 2), &t.device)))
        err = ERR_NOMEM;
    if (!err && t.device.bytes && !sign_from_name(stmt_get_str(s, 3), &t.device_algorithm)) err = ERR_CORRUPT;
    stmt_done(s);
    if (!err) *ret = t;
    return err;
}

enum err terminal_find(struct tx *tx, struct arena *arena, struct str cookie_header, struct terminal *ret)
{
    struct stmt *s;
    struct str key = cookie_value(cookie_header);
    *ret = (struct terminal){0};
    if (key.bytes == 0 || key.bytes >= TERMINAL_KEY_TEXT) return OK;
    enum err err = db_stmt(tx->db,
                           "SELECT id, name, device, device_algorithm FROM terminal"
                           " WHERE key_hash = ?1 AND revoked IS NULL",
                           &s);
    if (err) return err;
    struct digest_value hash = digest_of(key.at, key.bytes);
    stmt_blob(s, 1, hash.at, sizeof hash.at);
    err = read_one(s, arena, ret);
    return err == ERR_NOT_FOUND ? OK : err;
}

enum err terminal_find_id(struct tx *tx, struct arena *arena, struct str id, struct terminal *ret)
{
    struct stmt *s;
    enum err err = db_stmt(
        tx->db, "SELECT id, name, device, device_algorithm FROM terminal WHERE id = ?1 AND revoked IS NULL",
        &s);
    if (err) return err;
    stmt_str(s, 1, id);
    return read_one(s, arena, ret);
}

enum err terminal_find_name(struct tx *tx, struct arena *arena, struct str name, struct terminal *ret)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db,
                           "SELECT id, name, device, device_algorithm FROM terminal"
                           " WHERE name = ?1 AND revoked IS NULL ORDER BY created LIMIT 1",
                           &s);
    if (err) return err;
    stmt_str(s, 1, name);
    return read_one(s, arena, ret);
}

/* -- codes -- */

static void new_code(struct terminal_made *m, struct instant now, int64_t ttl_s)
{
    snprintf(m->code, sizeof m->code, "%010llu", (unsigned long long)rnd_below(10000000000));
    m->ends.ms = now.ms + ttl_s * 1000;
}

enum err terminal_new(struct tx *tx, struct str name, struct str by, int64_t ttl_s, struct terminal_made *ret)
{
    struct stmt *s;
    struct terminal_made m;
    ASSERT(terminal_name_is(name) && ttl_s > 0);
    enum err err = db_stmt(tx->db,
                           "INSERT INTO terminal (id, name, made_by, created, code_hash, code_ends)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                           &s);
    if (err) return err;
    ident_new(m.id);
    new_code(&m, tx->now, ttl_s);
    struct digest_value hash = digest_of(m.code, strlen(m.code));
    stmt_text(s, 1, m.id);
    stmt_str(s, 2, name);
    stmt_str(s, 3, by.at ? by : STR(""));
    stmt_instant(s, 4, tx->now);
    stmt_blob(s, 5, hash.at, sizeof hash.at);
    stmt_instant(s, 6, m.ends);
    err = stmt_run(s);
    if (!err) *ret = m;
    mem_wipe(&m, sizeof m);
    return err;
}

enum err terminal_code_new(struct tx *tx, struct str id, int64_t ttl_s, struct terminal_made *ret)
{
    struct stmt *s;
    struct terminal_made m = {0};
    ASSERT(ttl_s > 0);
    enum err err = db_stmt(
        tx->db, "UPDATE terminal SET code_hash = ?2, code_ends = ?3 WHERE id = ?1 AND revoked IS NULL", &s);
    if (err) return err;
    new_code(&m, tx->now, ttl_s);
    struct digest_value hash = digest_of(m.code, strlen(m.code));
    stmt_str(s, 1, id);
    stmt_blob(s, 2, hash.at, sizeof hash.at);
    stmt_instant(s, 3, m.ends);
    err = stmt_run(s);
    if (!err && db_changes(tx->db) == 0) err = ERR_NOT_FOUND;
    if (!err) {
        memcpy(m.id, id.at, id.bytes); /* it is one of ours */
        *ret = m;
    }
    mem_wipe(&m, sizeof m);
    return err;
}

static enum err find_code(struct tx *tx, struct arena *arena, const struct digest_value *hash,
                          struct terminal *ret)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db,
                           "SELECT id, name, device, device_algorithm FROM terminal"
                           " WHERE code_hash = ?1 AND code_ends > ?2 AND revoked IS NULL",
                           &s);
    if (err) return err;
    stmt_blob(s, 1, hash->at, sizeof hash->at);
    stmt_instant(s, 2, tx->now);
    return read_one(s, arena, ret);
}

enum err terminal_enrol(struct tx *tx, struct arena *arena, struct str code, struct str from,
                        struct terminal *ret, char ret_key[TERMINAL_KEY_TEXT])
{
    struct stmt *s;
    char key[TERMINAL_KEY_TEXT];
    struct digest_value hash = digest_of(code.at, code.bytes);
    enum err err = find_code(tx, arena, &hash, ret);
    if (!err)
        err = db_stmt(tx->db,
                      "UPDATE terminal SET code_hash = NULL, code_ends = NULL, key_hash = ?2, enrolled = ?3,"
                      " address = ?4 WHERE id = ?1",
                      &s);
    if (err) return err;
    rnd_token("", KEY_BYTES, key);
    hash = digest_of(key, strlen(key));
    stmt_str(s, 1, ret->id);
    stmt_blob(s, 2, hash.at, sizeof hash.at);
    stmt_instant(s, 3, tx->now);
    stmt_str(s, 4, from);
    err = stmt_run(s);
    if (!err) memcpy(ret_key, key, sizeof key);
    mem_wipe(key, sizeof key);
    return err;
}

enum err terminal_revoke(struct tx *tx, struct str id)
{
    struct stmt *s;
    enum err err =
        db_stmt(tx->db,
                "UPDATE terminal SET revoked = ?2, key_hash = NULL, code_hash = NULL, code_ends = NULL,"
                " device = '', device_algorithm = '' WHERE id = ?1 AND revoked IS NULL",
                &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_instant(s, 2, tx->now);
    err = stmt_run(s);
    if (!err && db_changes(tx->db) == 0) err = ERR_NOT_FOUND;
    if (!err)
        err = db_stmt(
            tx->db,
            "DELETE FROM session WHERE id IN (SELECT session FROM terminal_session WHERE terminal = ?1)", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    return stmt_run(s);
}

/* -- the device beside it -- */

/* RFC 7468: base64 between the lines that say what it is. */
static bool der_of(struct str pem, uint8_t ret[DER_BYTES_MAX], size_t *ret_bytes)
{
    static const char head[] = "-----BEGIN PUBLIC KEY-----", foot[] = "-----END PUBLIC KEY-----";
    char text[2 * DER_BYTES_MAX];
    size_t n = 0;
    while (pem.bytes && (pem.at[pem.bytes - 1] == '\n' || pem.at[pem.bytes - 1] == '\r'))
        pem.bytes--;
    if (!str_starts(pem, str_of(head)) || pem.bytes < sizeof head + sizeof foot) return false;
    struct str tail = {pem.at + pem.bytes - (sizeof foot - 1), sizeof foot - 1};
    if (!str_is_text(tail, foot)) return false;
    for (size_t i = sizeof head - 1; i < pem.bytes - (sizeof foot - 1); i++) {
        char c = pem.at[i];
        if (c == '\n' || c == '\r' || c == ' ' || c == '=') continue;
        if (n == sizeof text) return false;
        text[n++] = c == '+' ? '-' : c == '/' ? '_' : c;
    }
    return str_from_base64url((struct str){text, n}, ret, DER_BYTES_MAX, ret_bytes);
}

bool terminal_device_id(struct str public, char ret_id[TERMINAL_DEVICE_ID_TEXT])
{
    uint8_t der[DER_BYTES_MAX];
    size_t n;
    if (!der_of(public, der, &n)) return false;
    struct digest_value hash = digest_of(der, n);
    str_hex(hash.at, DIGEST_BYTES, ret_id);
    return true;
}

/* A key of the algorithm, by what checks signatures: over any bytes it finds no fault with the key itself. */
static bool is_key(enum sign_algorithm algorithm, struct str public)
{
    bool is_good;
    return sign_check(algorithm, public, STR("terminal"), STR("0"), &is_good) != ERR_CORRUPT;
}

enum err terminal_set_device(struct tx *tx, struct str id, enum sign_algorithm algorithm, struct str public)
{
    struct stmt *s;
    if (public.bytes && !is_key(algorithm, public)) return ERR_BAD_INPUT;
    enum err err = db_stmt(
        tx->db, "UPDATE terminal SET device = ?2, device_algorithm = ?3 WHERE id = ?1 AND revoked IS NULL",
        &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_str(s, 2, public.bytes ? public : STR(""));
    stmt_text(s, 3, public.bytes ? sign_name(algorithm) : "");
    err = stmt_run(s);
    return err ? err : db_changes(tx->db) == 0 ? ERR_NOT_FOUND : OK;
}

/* -- sessions -- */

enum err terminal_note_session(struct tx *tx, struct str id, struct str session)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "INSERT INTO terminal_session (session, terminal) VALUES (?1, ?2)", &s);
    if (err) return err;
    stmt_str(s, 1, session);
    stmt_str(s, 2, id);
    err = stmt_run(s);
    if (!err) err = db_stmt(tx->db, "UPDATE terminal SET seen = ?2 WHERE id = ?1", &s);
    if (err) return err;
    stmt_str(s, 1, id);
    stmt_instant(s, 2, tx->now);
    return stmt_run(s);
}

enum err terminal_each_session(struct tx *tx, struct str id,
                               enum err (*each)(void *ctx, struct str session, struct str account), void *ctx)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT session.id, session.account FROM terminal_session"
                           " JOIN session ON session.id = terminal_session.session WHERE terminal = ?1",
                           &s);
    if (err) return err;
    stmt_str(s, 1, id);
    while (!(err = stmt_step(s, &row)) && row && !err)
        if ((err = each(ctx, stmt_get_str(s, 0), stmt_get_str(s, 1)))) break;
    stmt_done(s);
    return err;
}

/* -- the list -- */

static const char *state_of(struct stmt *s, struct instant now)
{
    if (stmt_get_instant(s, 6).ms) return "revoked";
    if (stmt_get_instant(s, 4).ms) return "enrolled";
    return stmt_get_instant(s, 3).ms > now.ms ? "waiting" : "lapsed";
}

enum err terminal_list(struct tx *tx, struct json_out *to)
{
    struct stmt *s;
    bool row;
    char device[TERMINAL_DEVICE_ID_TEXT];
    enum err err = db_stmt(tx->db,
                           "SELECT id, name, created, code_ends, enrolled, seen, revoked, address, device"
                           " FROM terminal ORDER BY revoked IS NOT NULL, name, created LIMIT ?1",
                           &s);
    if (err) return err;
    stmt_int(s, 1, LIST_MAX);
    while (!(err = stmt_step(s, &row)) && row) {
        json_open(to, NULL);
        json_put_str(to, "id", stmt_get_str(s, 0));
        json_put_str(to, "name", stmt_get_str(s, 1));
        json_put_text(to, "state", state_of(s, tx->now));
        json_put_instant(to, "created", stmt_get_instant(s, 2));
        json_put_instant(to, "code_ends", stmt_get_instant(s, 3));
        json_put_instant(to, "enrolled", stmt_get_instant(s, 4));
        json_put_instant(to, "seen", stmt_get_instant(s, 5));
        json_put_str(to, "from", stmt_get_str(s, 7));
        bool has_device = terminal_device_id(stmt_get_str(s, 8), device);
        json_put_bool(to, "device", has_device);
        json_put_text(to, "device_id", has_device ? device : NULL);
        json_close(to);
    }
    stmt_done(s);
    return err;
}
