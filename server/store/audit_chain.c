#include "store/audit_chain.h"
#include "base/map.h"
#include "store/audit_hash.h"

/* Nothing but the triggers stands between the SQL of this program and the chain; who edits the sealed file with
 * the key at hand is found by the hashes. */
const char audit_schema[] =
    "CREATE TABLE audit("
    " seq INTEGER PRIMARY KEY,"
    " epoch INTEGER NOT NULL,"
    " at INTEGER NOT NULL,"
    " actor TEXT NOT NULL,"
    " role TEXT NOT NULL,"
    " from_ TEXT NOT NULL,"
    " action TEXT NOT NULL,"
    " target TEXT NOT NULL,"
    " outcome INTEGER NOT NULL CHECK(outcome BETWEEN 0 AND 2),"
    " detail TEXT NOT NULL,"
    " hash BLOB NOT NULL CHECK(length(hash) = 32)"
    ") STRICT;"
    "CREATE INDEX audit_at ON audit(at);"
    "CREATE TABLE audit_find(kind INTEGER NOT NULL, value TEXT NOT NULL, block INTEGER NOT NULL,"
    " PRIMARY KEY(kind, value, block)) STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'audit_append_only'); END;"
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'audit_append_only'); END;"
    "CREATE TRIGGER audit_find_no_update BEFORE UPDATE ON audit_find"
    " BEGIN SELECT RAISE(ABORT, 'audit_append_only'); END;"
    "CREATE TRIGGER audit_find_no_delete BEFORE DELETE ON audit_find"
    " BEGIN SELECT RAISE(ABORT, 'audit_append_only'); END;";

const char audit_subject_schema[] =
    "CREATE TABLE audit_subject(block INTEGER NOT NULL, subject INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " PRIMARY KEY(block, subject, seq)) STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER audit_subject_no_update BEFORE UPDATE ON audit_subject"
    " BEGIN SELECT RAISE(ABORT, 'audit_append_only'); END;"
    "CREATE TRIGGER audit_subject_no_delete BEFORE DELETE ON audit_subject"
    " BEGIN SELECT RAISE(ABORT, 'audit_append_only'); END;";

struct digest_value audit_genesis(const uint8_t site[ANCHOR_SITE_BYTES])
{
    static const char label[] = "yunqiao audit chain 1";
    char bytes[sizeof label - 1 + ANCHOR_SITE_BYTES];
    memcpy(bytes, label, sizeof label - 1);
    memcpy(bytes + sizeof label - 1, site, ANCHOR_SITE_BYTES);
    return digest_of(bytes, sizeof bytes);
}

static void head_from(struct stmt *s, struct audit_head *ret)
{
    ret->seq = stmt_get_int(s, 0);
    ret->epoch = stmt_get_int(s, 1);
    ret->at = stmt_get_instant(s, 2);
    struct str hash = stmt_get_blob(s, 3);
    if (hash.bytes == sizeof ret->hash.at) memcpy(ret->hash.at, hash.at, sizeof ret->hash.at);
}

enum err audit_chain_load(struct audit_chain *c, struct db *db, const uint8_t site[ANCHOR_SITE_BYTES],
                          int64_t epoch)
{
    struct stmt *s;
    bool row = false;
    struct audit_head head = {.hash = audit_genesis(site)};
    enum err err = db_stmt(db, "SELECT seq, epoch, at, hash FROM audit ORDER BY seq DESC LIMIT 1", &s);
    if (!err) err = stmt_step(s, &row);
    if (err) return err;
    if (row) head_from(s, &head);
    stmt_done(s);
    head.epoch = epoch;
    struct digest *digest = digest_new();
    if (!digest) return ERR_NOMEM;
    *c = (struct audit_chain){.digest = digest, .head = head};
    return OK;
}

static void forget_found(struct audit_chain *c)
{
    map_free(c->found);
    c->found = NULL;
}

void audit_chain_done(struct audit_chain *c)
{
    forget_found(c);
    digest_free(c->digest);
    c->digest = NULL;
}

void audit_chain_back(struct audit_chain *c, const struct audit_head *before)
{
    forget_found(c); /* some of it was rolled back */
    c->head = *before;
}

enum err audit_chain_at(struct db *db, int64_t seq, struct audit_head *ret)
{
    struct stmt *s;
    bool row = false;
    enum err err = db_stmt(db, "SELECT seq, epoch, at, hash FROM audit WHERE seq = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, seq);
    err = stmt_step(s, &row);
    if (!err && !row) err = ERR_NOT_FOUND;
    if (!err) head_from(s, ret);
    stmt_done(s);
    return err;
}

bool audit_row_fits(const struct audit_row *row)
{
    return row->actor.bytes <= AUDIT_TEXT_BYTES_MAX && row->role.bytes <= AUDIT_TEXT_BYTES_MAX &&
           row->from.bytes <= AUDIT_TEXT_BYTES_MAX && row->action.bytes <= AUDIT_TEXT_BYTES_MAX &&
           row->target.bytes <= AUDIT_TEXT_BYTES_MAX && row->detail.bytes <= AUDIT_DETAIL_BYTES_MAX;
}

static enum err insert(struct db *db, const struct audit_full *full)
{
    struct stmt *s;
    enum err err =
        db_stmt(db,
                "INSERT INTO audit(seq, epoch, at, outcome, hash, actor, role, from_, action, target,"
                " detail) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                &s);
    if (err) return err;
    stmt_int(s, 1, full->head.seq);
    stmt_int(s, 2, full->head.epoch);
    stmt_int(s, 3, full->head.at.ms);
    stmt_int(s, 4, full->outcome);
    stmt_blob_kept(s, 5, full->head.hash.at, sizeof full->head.hash.at);
    for (int i = 0; i < AUDIT_TEXTS; i++)
        stmt_str_kept(s, 6 + i, full->texts[i]);
    return stmt_run(s);
}

/* -- finding -- */

static enum err find_insert(struct db *db, enum audit_find_kind kind, struct str value, int64_t block)
{
    struct stmt *s;
    enum err err = db_stmt(db, "INSERT INTO audit_find VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING", &s);
    if (err) return err;
    stmt_int(s, 1, kind);
    stmt_str_kept(s, 2, value);
    stmt_int(s, 3, block);
    return stmt_run(s);
}

/* What is in memory only spares asking again; without memory for it the table is asked each time. */
static enum err find_note(struct audit_chain *c, struct db *db, enum audit_find_kind kind, struct str value)
{
    char key[1 + AUDIT_TEXT_BYTES_MAX];
    struct str known = {key, value.bytes + 1};
    if (!value.bytes) return OK;
    key[0] = (char)kind;
    memcpy(key + 1, value.at, value.bytes);
    if (c->found && map_get(c->found, known)) return OK;
    enum err err = find_insert(db, kind, value, c->block);
    if (!err && c->found && map_put(c->found, known, c) != OK) forget_found(c);
    return err;
}

static enum err find_row(struct audit_chain *c, struct db *db, const struct audit_full *row)
{
    int64_t block = row->head.seq / AUDIT_BLOCK;
    if (block != c->block) forget_found(c);
    c->block = block;
    if (!c->found) c->found = map_new(2 * AUDIT_BLOCK);
    enum err err = find_note(c, db, AUDIT_FIND_ACTOR, row->texts[0]);
    return err ? err : find_note(c, db, AUDIT_FIND_ACTION, row->texts[3]);
}

static enum err subjects_insert(struct db *db, int64_t seq, const struct audit_row *row)
{
    enum err err = OK;
    for (uint32_t i = 0; i < row->subject_count && !err; i++) {
        struct stmt *s;
        err = db_stmt(db, "INSERT INTO audit_subject VALUES(?1, ?2, ?3)", &s);
        if (err) return err;
        stmt_int(s, 1, seq / AUDIT_BLOCK);
        stmt_int(s, 2, row->subjects[i]);
        stmt_int(s, 3, seq);
        err = stmt_run(s);
    }
    return err;
}

/* -- appending -- */

static struct str never_null(struct str s)
{
    return s.at ? s : (struct str){"", 0};
}

enum err audit_chain_append(struct audit_chain *c, struct db *db, struct instant at,
                            const struct audit_row *row)
{
    if (!audit_row_fits(row)) return ERR_LIMIT;
    struct audit_full full = {
        .head = {.epoch = c->head.epoch, .seq = c->head.seq + 1, .at = at},
        .outcome = row->outcome,
        .texts = {never_null(row->actor), never_null(row->role), never_null(row->from),
                  never_null(row->action), never_null(row->target), never_null(row->detail)},
    };
    full.head.hash = audit_hash(c->digest, &c->head.hash, &full);
    enum err err = insert(db, &full);
    if (!err) err = find_row(c, db, &full);
    if (!err) err = subjects_insert(db, full.head.seq, row);
    if (!err) c->head = full.head;
    return err;
}
