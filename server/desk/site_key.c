#include "desk/site_key.h"
#include "base/mem.h"

static const char key_sql[] =
    "CREATE TABLE site_key ("
    " algorithm TEXT PRIMARY KEY CHECK (algorithm IN ('ecdsa-p256-sha256', 'sm2-sm3')),"
    " secret BLOB NOT NULL,"
    " public TEXT NOT NULL,"
    " made INTEGER NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER site_key_is_kept BEFORE DELETE ON site_key"
    " BEGIN SELECT RAISE(ABORT, 'site_key_kept'); END;"
    "CREATE TRIGGER site_key_is_final BEFORE UPDATE ON site_key"
    " BEGIN SELECT RAISE(ABORT, 'site_key_final'); END;";

const struct migration site_key_migrations[] = {
    {436, "the key by which the site vouches", key_sql},
    {0, NULL, NULL},
};

enum err site_key_find(struct tx *tx, enum sign_algorithm algorithm, struct site_key *ret)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT secret, public FROM site_key WHERE algorithm = ?1", &s);
    if (err) return err;
    stmt_text(s, 1, sign_name(algorithm));
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) {
        struct str secret = stmt_get_blob(s, 0), public = stmt_get_str(s, 1);
        if (secret.bytes > sizeof ret->secret || public.bytes >= sizeof ret->public) {
            err = ERR_CORRUPT;
        } else {
            ret->algorithm = algorithm;
            memcpy(ret->secret, secret.at, ret->secret_bytes = secret.bytes);
            memcpy(ret->public, public.at, public.bytes);
            ret->public[public.bytes] = 0;
        }
    }
    stmt_done(s);
    return err;
}

enum err site_key_make(struct tx *tx, enum sign_algorithm algorithm, struct site_key *ret)
{
    struct stmt *s;
    struct site_key key = {.algorithm = algorithm};
    enum err err = site_key_find(tx, algorithm, ret);
    if (err != ERR_NOT_FOUND) return err;
    err = sign_key_new(algorithm, key.secret, &key.secret_bytes, key.public);
    if (!err)
        err = db_stmt(tx->db,
                      "INSERT INTO site_key (algorithm, secret, public, made) VALUES (?1, ?2, ?3, ?4)", &s);
    if (!err) {
        stmt_text(s, 1, sign_name(algorithm));
        stmt_blob(s, 2, key.secret, key.secret_bytes);
        stmt_text(s, 3, key.public);
        stmt_instant(s, 4, tx->now);
        err = stmt_run(s);
    }
    if (!err) *ret = key;
    mem_wipe(&key, sizeof key);
    return err;
}

/* Base64 of the PEM's lines, with + and / put the way of base64url, which base/str reads. */
static bool pem_bytes(struct str pem, uint8_t *ret, size_t most, size_t *ret_n)
{
    const struct str head = STR("-----BEGIN PUBLIC KEY-----\n"), foot = STR("-----END PUBLIC KEY-----");
    char text[SIGN_PUBLIC_TEXT];
    size_t n = 0, at = head.bytes;
    if (!str_starts(pem, head)) return false;
    for (; at < pem.bytes && pem.at[at] != '-'; at++) {
        char c = pem.at[at];
        if (c == '\n' || c == '=') continue;
        if (n == sizeof text) return false;
        text[n++] = (char)(c == '+' ? '-' : c == '/' ? '_' : c);
    }
    return str_starts((struct str){pem.at + at, pem.bytes - at}, foot) &&
           str_from_base64url((struct str){text, n}, ret, most, ret_n);
}

enum err site_key_fingerprint(struct str public, char ret[SITE_KEY_FINGERPRINT_BYTES])
{
    uint8_t der[SIGN_PUBLIC_TEXT];
    size_t n;
    if (!pem_bytes(public, der, sizeof der, &n)) return ERR_BAD_INPUT;
    struct digest_value d = digest_of(der, n);
    str_hex(d.at, DIGEST_BYTES, ret);
    return OK;
}
