#include "records/seal.h"
#include "base/mem.h"
#include <stdlib.h>

enum { LINE_BYTES_MAX = 512, SEAL_NODES_MAX = 200000 };

/* -- canonical bytes -- */

struct member {
    struct str name;
    uint32_t node;
};

static int by_name(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    size_t n = x->name.bytes < y->name.bytes ? x->name.bytes : y->name.bytes;
    int order = memcmp(x->name.at, y->name.at, n);
    return order ? order : x->name.bytes < y->name.bytes ? -1 : x->name.bytes > y->name.bytes;
}

static enum err write_node(const struct tape *t, uint32_t node, struct arena *arena, struct buf *to);

static enum err write_object(const struct tape *t, uint32_t node, struct arena *arena, struct buf *to)
{
    uint32_t n = t->nodes[node].count, at = node + 1;
    struct member *members = arena_alloc(arena, (n + 1) * sizeof *members);
    if (!members) return ERR_NOMEM;
    for (uint32_t i = 0; i < n; i++, at = t->nodes[at].end)
        members[i] = (struct member){tape_name(t, at), at};
    qsort(members, n, sizeof *members, by_name);
    buf_add_char(to, '{');
    for (uint32_t i = 0; i < n; i++) {
        buf_add_text(to, i ? ",\"" : "\"");
        buf_add_str(to, members[i].name);
        buf_add_text(to, "\":");
        enum err err = write_node(t, members[i].node, arena, to);
        if (err) return err;
    }
    buf_add_char(to, '}');
    return to->err;
}

/* The tape bounds the depth (TAPE_DEPTH_MAX). */
static enum err write_node(const struct tape *t, uint32_t node, struct arena *arena, struct buf *to)
{
    const struct tape_node *n = &t->nodes[node];
    if (n->kind == TAPE_OBJECT) return write_object(t, node, arena, to);
    if (n->kind != TAPE_ARRAY) {
        buf_add_str(to, tape_raw(t, node));
        return to->err;
    }
    buf_add_char(to, '[');
    for (uint32_t i = 0, at = node + 1; i < n->count; i++, at = t->nodes[at].end) {
        if (i) buf_add_char(to, ',');
        enum err err = write_node(t, at, arena, to);
        if (err) return err;
    }
    buf_add_char(to, ']');
    return to->err;
}

enum err seal_canonical(const struct tape *tape, uint32_t node, struct arena *arena, struct buf *to)
{
    return write_node(tape, node, arena, to);
}

static enum err add_body(const struct record *record, struct arena *arena, struct buf *to)
{
    struct tape tape;
    struct tape_fault fault;
    enum err err = tape_read(arena, record->body, SEAL_NODES_MAX, &tape, &fault);
    return err ? err : seal_canonical(&tape, 0, arena, to);
}

/* -- keys -- */

struct key {
    int64_t id;
    uint8_t secret[SIGN_SECRET_BYTES_MAX];
    size_t secret_bytes;
};

static enum err make_key(struct tx *tx, const struct seal_ask *ask, struct key *key)
{
    char public[SIGN_PUBLIC_TEXT];
    struct stmt *s;
    enum err err = sign_key_new(ask->algorithm, key->secret, &key->secret_bytes, public);
    if (!err)
        err = db_stmt(tx->db,
                      "INSERT INTO signing_key (account, algorithm, secret, public, made)"
                      " VALUES (?1, ?2, ?3, ?4, ?5)",
                      &s);
    if (err) return err;
    stmt_str(s, 1, ask->account);
    stmt_text(s, 2, sign_name(ask->algorithm));
    stmt_blob(s, 3, key->secret, key->secret_bytes);
    stmt_text(s, 4, public);
    stmt_instant(s, 5, tx->now);
    err = stmt_run(s);
    if (!err) key->id = db_last_rowid(tx->db);
    return err;
}

static enum err find_key(struct tx *tx, const struct seal_ask *ask, struct key *key)
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db,
                           "SELECT id, secret FROM signing_key WHERE account = ?1 AND algorithm = ?2"
                           " ORDER BY id DESC LIMIT 1",
                           &s);
    if (err) return err;
    stmt_str(s, 1, ask->account);
    stmt_text(s, 2, sign_name(ask->algorithm));
    err = stmt_step(s, &row);
    if (!err && row) {
        struct str secret = stmt_get_blob(s, 1);
        key->id = stmt_get_int(s, 0);
        if (secret.bytes > sizeof key->secret)
            err = ERR_CORRUPT;
        else
            memcpy(key->secret, secret.at, key->secret_bytes = secret.bytes);
    }
    stmt_done(s);
    return err || row ? err : make_key(tx, ask, key);
}

/* -- signing -- */

static const char *statement(struct arena *arena, const struct seal_ask *ask, struct instant now)
{
    const struct record_head *h = &ask->record->head;
    struct str type = fhir_name(fhir_types[fhir_resources[h->resource].type].name);
    char at[INSTANT_TEXT_BYTES];
    instant_text(now, at);
    return arena_printf(arena,
                        "yunqiao seal 1 %.*s/%.*s version=%lld account=%.*s role=%s at=%s algorithm=%s",
                        (int)type.bytes, type.at, (int)h->id.bytes, h->id.at, (long long)h->version,
                        (int)ask->account.bytes, ask->account.at, ask->role, at, sign_name(ask->algorithm));
}

static enum err insert(struct tx *tx, const struct seal_ask *ask, const struct key *key, const char *line,
                       struct str value, int64_t *ret_id)
{
    struct stmt *s;
    enum err err = db_stmt(tx->db,
                           "INSERT INTO signature (version, signing_key, account, role, at, statement, value)"
                           " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                           &s);
    if (err) return err;
    stmt_int(s, 1, ask->record->head.seq);
    stmt_int(s, 2, key->id);
    stmt_str(s, 3, ask->account);
    stmt_text(s, 4, ask->role);
    stmt_instant(s, 5, tx->now);
    stmt_text(s, 6, line);
    stmt_blob(s, 7, value.at, value.bytes);
    err = stmt_run(s);
    if (!err) *ret_id = db_last_rowid(tx->db);
    return err;
}

enum err seal_sign(struct tx *tx, struct arena *arena, const struct seal_ask *ask, int64_t *ret_id)
{
    struct key key = {0};
    struct buf text;
    uint8_t value[SIGN_VALUE_BYTES_MAX];
    size_t value_bytes = 0;
    const char *line = statement(arena, ask, tx->now);
    if (!line) return ERR_NOMEM;
    buf_init(&text, RECORD_BODY_BYTES_MAX + LINE_BYTES_MAX);
    buf_add_text(&text, line);
    buf_add_char(&text, '\n');
    enum err err = add_body(ask->record, arena, &text);
    if (!err) err = find_key(tx, ask, &key);
    if (!err)
        err = sign_make(ask->algorithm, (struct str){(const char *)key.secret, key.secret_bytes},
                        buf_str(&text), value, &value_bytes);
    if (!err) err = insert(tx, ask, &key, line, (struct str){(const char *)value, value_bytes}, ret_id);
    mem_wipe(key.secret, sizeof key.secret);
    buf_done(&text);
    return err;
}

static enum err public_of(struct tx *tx, int64_t key, char ret_public[SIGN_PUBLIC_TEXT])
{
    struct stmt *s;
    bool row;
    enum err err = db_stmt(tx->db, "SELECT public FROM signing_key WHERE id = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, key);
    err = stmt_step(s, &row);
    struct str text = !err && row ? stmt_get_str(s, 0) : (struct str){0};
    if (!err && (text.bytes == 0 || text.bytes >= SIGN_PUBLIC_TEXT)) err = ERR_CORRUPT;
    if (!err) {
        memcpy(ret_public, text.at, text.bytes);
        ret_public[text.bytes] = 0;
    }
    stmt_done(s);
    return err;
}

enum err seal_text(struct tx *tx, struct str account, enum sign_algorithm algorithm, struct str text,
                   struct seal_text *ret)
{
    struct key key = {0};
    const struct seal_ask ask = {.account = account, .algorithm = algorithm};
    *ret = (struct seal_text){0};
    enum err err = find_key(tx, &ask, &key);
    if (!err)
        err = sign_make(algorithm, (struct str){(const char *)key.secret, key.secret_bytes}, text, ret->value,
                        &ret->value_bytes);
    if (!err) err = public_of(tx, key.id, ret->public);
    mem_wipe(key.secret, sizeof key.secret);
    return err;
}

/* -- reading -- */

/* Columns: id, account, display, role, at, statement, value, algorithm, public. The texts live until the next step. */
static enum err read_seal(struct stmt *s, struct str canonical, struct buf *text, struct seal *ret)
{
    struct str value = stmt_get_blob(s, 6);
    *ret = (struct seal){.id = stmt_get_int(s, 0),
                         .account = stmt_get_str(s, 1),
                         .display = stmt_get_str(s, 2),
                         .role = stmt_get_str(s, 3),
                         .at = stmt_get_instant(s, 4),
                         .value = value,
                         .public = stmt_get_str(s, 8)};
    if (value.bytes > SIGN_VALUE_BYTES_MAX || !sign_from_name(stmt_get_str(s, 7), &ret->algorithm))
        return ERR_CORRUPT;
    buf_clear(text);
    buf_add_str(text, stmt_get_str(s, 5));
    buf_add_char(text, '\n');
    buf_add_str(text, canonical);
    if (text->err) return text->err;
    ret->text = buf_str(text);
    return sign_check(ret->algorithm, ret->public, ret->text, value, &ret->holds);
}

static enum err each_of(struct tx *tx, int64_t version, struct str canonical, seal_take *take, void *ctx)
{
    struct stmt *s;
    struct buf text;
    struct seal seal;
    bool row;
    enum err err = db_stmt(
        tx->db,
        "SELECT g.id, a.id, a.display, g.role, g.at, g.statement, g.value, k.algorithm, k.public"
        " FROM signature g JOIN account a ON a.id = g.account JOIN signing_key k ON k.id = g.signing_key"
        " WHERE g.version = ?1 ORDER BY g.id",
        &s);
    if (err) return err;
    stmt_int(s, 1, version);
    buf_init(&text, RECORD_BODY_BYTES_MAX + LINE_BYTES_MAX);
    while (!(err = stmt_step(s, &row)) && row && !(err = read_seal(s, canonical, &text, &seal)))
        take(ctx, &seal);
    stmt_done(s);
    buf_done(&text);
    return err;
}

enum err seal_each(struct tx *tx, struct arena *arena, const struct record *record, seal_take *take,
                   void *ctx)
{
    struct buf canonical;
    buf_init(&canonical, RECORD_BODY_BYTES_MAX);
    enum err err = add_body(record, arena, &canonical);
    if (!err) err = each_of(tx, record->head.seq, buf_str(&canonical), take, ctx);
    buf_done(&canonical);
    return err;
}

struct listing {
    struct json_out *to;
    int64_t n;
};

static void put_seal(void *ctx, const struct seal *seal)
{
    struct listing *l = ctx;
    char value[STR_BASE64_BYTES(SIGN_VALUE_BYTES_MAX)];
    str_base64url(seal->value.at, seal->value.bytes, value);
    json_open(l->to, NULL);
    json_put_int(l->to, "id", seal->id);
    json_open(l->to, "account");
    json_put_str(l->to, "id", seal->account);
    json_put_str(l->to, "display", seal->display);
    json_close(l->to);
    json_put_str(l->to, "role", seal->role);
    json_put_instant(l->to, "at", seal->at);
    json_put_text(l->to, "algorithm", sign_name(seal->algorithm));
    json_put_str(l->to, "public", seal->public);
    json_put_text(l->to, "value", value);
    json_put_str(l->to, "text", seal->text);
    json_put_bool(l->to, "holds", seal->holds);
    json_close(l->to);
    l->n++;
}

enum err seal_list(struct tx *tx, struct arena *arena, const struct record *record, struct json_out *to,
                   int64_t *ret_n)
{
    struct listing l = {.to = to};
    enum err err = seal_each(tx, arena, record, put_seal, &l);
    if (!err) *ret_n = l.n;
    return err;
}
