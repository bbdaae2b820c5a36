#include "auth/assertion.h"
#include "base/digest.h"
#include <stdio.h>

enum { PART_BYTES_MAX = 1024, SIGNATURE_BYTES = 64 };

/* -- its parts -- */

static bool decode(struct arena *arena, struct str text, struct str *ret)
{
    uint8_t *at = arena_alloc(arena, PART_BYTES_MAX);
    size_t n;
    if (!at || !str_from_base64url(text, at, PART_BYTES_MAX, &n)) return false;
    *ret = (struct str){(const char *)at, n};
    return true;
}

/* The member's text in the arena; false: absent, or no text. */
static bool member(struct arena *arena, const struct json *of, const char *key, struct str *ret)
{
    struct str text;
    if (!json_text(json_get(of, key), &text)) return false;
    const char *copy = arena_text(arena, text.at, text.bytes);
    *ret = (struct str){copy, text.bytes};
    return copy != NULL;
}

static bool read_header(struct arena *arena, struct str text, struct str *ret_kid)
{
    struct json *root = NULL;
    struct str alg, typ;
    if (json_parse(text, &root, NULL)) return false;
    bool is_good = json_is_object(root) && !json_get(root, "crit") && member(arena, root, "alg", &alg) &&
                   str_is_text(alg, "ES256") && member(arena, root, "kid", ret_kid);
    if (is_good && json_get(root, "typ"))
        is_good = member(arena, root, "typ", &typ) && str_is_nocase(typ, STR("JWT"));
    json_free(root);
    return is_good;
}

struct claims {
    struct str aud, sub, nonce;
    int64_t iat, exp;
};

static bool read_claims(struct arena *arena, struct str text, struct claims *ret)
{
    static const int64_t most = INT64_C(1) << 40; /* seconds; far from any limit of ours */
    struct json *root = NULL;
    if (json_parse(text, &root, NULL)) return false;
    bool is_good = json_is_object(root) && member(arena, root, "aud", &ret->aud) &&
                   member(arena, root, "sub", &ret->sub) && member(arena, root, "nonce", &ret->nonce) &&
                   json_int(json_get(root, "iat"), &ret->iat) && json_int(json_get(root, "exp"), &ret->exp);
    json_free(root);
    return is_good && ret->sub.bytes > 0 && ret->nonce.bytes >= ASSERTION_NONCE_LEAST &&
           ret->nonce.bytes <= ASSERTION_NONCE_MOST && ret->iat > 0 && ret->iat < most && ret->exp > 0 &&
           ret->exp < most;
}

/* -- the signature -- */

/* X.690 §8.3: no leading zeros but one before a high bit. */
static size_t put_integer(const uint8_t from[32], uint8_t *to)
{
    size_t skip = 0, n;
    while (skip < 31 && from[skip] == 0)
        skip++;
    n = 32 - skip;
    bool is_high = from[skip] & 0x80;
    to[0] = 0x02;
    to[1] = (uint8_t)(n + is_high);
    to[2] = 0;
    memcpy(to + 2 + is_high, from + skip, n);
    return 2 + is_high + n;
}

/* RFC 7518 §3.4 has r | s; what checks it here has DER: SEQUENCE { r, s }. */
static struct str der_signature(const uint8_t raw[SIGNATURE_BYTES], uint8_t ret[SIGN_VALUE_BYTES_MAX])
{
    size_t n = put_integer(raw, ret + 2);
    n += put_integer(raw + 32, ret + 2 + n);
    ret[0] = 0x30;
    ret[1] = (uint8_t)n;
    return (struct str){(const char *)ret, n + 2};
}

static enum err is_signed(const struct terminal *terminal, struct str message, struct str value, bool *ret)
{
    uint8_t der[SIGN_VALUE_BYTES_MAX];
    *ret = false;
    if (value.bytes != SIGNATURE_BYTES) return OK;
    struct str as_der = der_signature((const uint8_t *)value.at, der);
    return sign_check(SIGN_ECDSA, terminal->device, message, as_der, ret);
}

/* -- the verdict -- */

static bool is_in_time(const struct claims *c, struct instant now)
{
    int64_t now_s = now.ms / 1000;
    return c->exp > c->iat && c->exp - c->iat <= ASSERTION_LIFE_S && c->exp > now_s &&
           c->iat <= now_s + ASSERTION_SKEW_S;
}

enum err assertion_read(struct arena *arena, struct str text, const struct terminal *terminal,
                        struct instant now, struct assertion *ret, enum assertion_no *ret_no)
{
    struct str rest = text, header, payload, value, kid, message;
    struct claims c;
    char own_kid[TERMINAL_DEVICE_ID_TEXT];
    bool is_good;
    struct str header_text = str_cut(&rest, '.'), payload_text = str_cut(&rest, '.');
    *ret_no = ASSERTION_NO_FORM;
    if (text.bytes > ASSERTION_BYTES_MAX || !header_text.bytes || !payload_text.bytes || !rest.bytes ||
        !decode(arena, header_text, &header) || !decode(arena, payload_text, &payload) ||
        !decode(arena, rest, &value) || !read_header(arena, header, &kid) || !read_claims(arena, payload, &c))
        return OK;
    *ret_no = ASSERTION_NO_KEY;
    if (!terminal->device.bytes || terminal->device_algorithm != SIGN_ECDSA ||
        !terminal_device_id(terminal->device, own_kid) || !str_is_text(kid, own_kid))
        return OK;
    message = (struct str){text.at, header_text.bytes + 1 + payload_text.bytes};
    enum err err = is_signed(terminal, message, value, &is_good);
    *ret_no = ASSERTION_NO_SIGNATURE;
    if (err || !is_good) return err;
    *ret_no = !str_is(c.aud, terminal->id) ? ASSERTION_NO_AUDIENCE
              : !is_in_time(&c, now)       ? ASSERTION_NO_TIME
                                           : ASSERTION_YES;
    if (*ret_no == ASSERTION_YES) *ret = (struct assertion){c.sub, c.nonce, {c.exp * 1000}};
    return OK;
}

/* -- waiting at the terminal -- */

static enum err forget_old(struct tx *tx)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db, "DELETE FROM assertion WHERE ends <= ?1", &s);
    if (err) return err;
    stmt_instant(s, 1, tx->now);
    return stmt_run(s);
}

/* The nonce's hash at this terminal, kept for as long as a copy of it could be good. */
static struct digest_value hash_of(const struct terminal *terminal, const struct assertion *a)
{
    char text[TERMINAL_ID_TEXT + ASSERTION_NONCE_MOST + 2];
    int n = snprintf(text, sizeof text, "%.*s\n%.*s", (int)terminal->id.bytes, terminal->id.at,
                     (int)a->nonce.bytes, a->nonce.at);
    ASSERT(n > 0 && (size_t)n < sizeof text);
    return digest_of(text, (size_t)n);
}

enum err assertion_keep(struct tx *tx, const struct terminal *terminal, struct str account,
                        const struct assertion *a)
{
    struct stmt *s;
    struct digest_value hash = hash_of(terminal, a);
    enum err err = forget_old(tx);
    if (!err)
        err = db_stmt(tx->db,
                      "INSERT INTO assertion (hash, terminal, account, ends) VALUES (?1, ?2, ?3, ?4)"
                      " ON CONFLICT (hash) DO NOTHING",
                      &s);
    if (err) return err;
    stmt_blob(s, 1, hash.at, sizeof hash.at);
    stmt_str(s, 2, terminal->id);
    stmt_str(s, 3, account);
    stmt_instant(s, 4, a->ends);
    err = stmt_run(s);
    return err ? err : db_changes(tx->db) == 0 ? ERR_EXISTS : OK;
}

enum err assertion_take(struct tx *tx, struct str terminal, char ret_account[ACCOUNT_ID_TEXT])
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT account FROM assertion WHERE terminal = ?1 AND ends > ?2 AND used IS NULL"
                           " ORDER BY ends DESC LIMIT 1",
                           &s);
    if (err) return err;
    stmt_str(s, 1, terminal);
    stmt_instant(s, 2, tx->now);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) {
        struct str account = stmt_get_str(s, 0);
        ASSERT(account.bytes < ACCOUNT_ID_TEXT);
        memcpy(ret_account, account.at, account.bytes);
        ret_account[account.bytes] = '\0';
    }
    stmt_done(s);
    if (!err)
        err = db_stmt(tx->db, "UPDATE assertion SET used = ?2 WHERE terminal = ?1 AND used IS NULL", &s);
    if (err) return err;
    stmt_str(s, 1, terminal);
    stmt_instant(s, 2, tx->now);
    return stmt_run(s);
}
