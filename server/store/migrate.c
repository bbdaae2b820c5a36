#include "store/migrate.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "store/audit_chain.h"
#include "store/db_open.h"
#include "store/fact.h"
#include "store/migrate_run.h"
#include <inttypes.h>
#include <stdio.h>

enum { OWN_SCHEMA = 2 };
static const char own_tables[] =
    "CREATE TABLE fact(name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TABLE migration(number INTEGER PRIMARY KEY, name TEXT NOT NULL, at INTEGER NOT NULL) STRICT;";

static enum err number_of(struct db *db, const char *sql, int64_t *ret_n)
{
    struct stmt *s;
    bool row = false;
    enum err err = db_stmt(db, sql, &s);
    if (!err) err = stmt_step(s, &row);
    if (err) return err;
    *ret_n = row ? stmt_get_int(s, 0) : 0;
    stmt_done(s);
    return OK;
}

static enum err own_facts(struct db *db)
{
    uint8_t site[ANCHOR_SITE_BYTES], seed[ANCHOR_SEED_BYTES];
    rnd_bytes(site, sizeof site);
    rnd_bytes(seed, sizeof seed);
    enum err err = fact_put(db, "site", site, sizeof site);
    if (!err) err = fact_put(db, "anchor_seed", seed, sizeof seed);
    if (!err) err = fact_put_int(db, "epoch", 1);
    if (!err) err = fact_put_int(db, "own_schema", OWN_SCHEMA);
    mem_wipe(seed, sizeof seed);
    return err;
}

static enum err end(struct db *db, enum err err)
{
    if (!err) return db_commit(db);
    db_rollback(db);
    return err;
}

/* 1 to 2: rows of the trail are found by whose record they are about. */
static enum err own_raise(struct db *db)
{
    enum err err = db_begin(db);
    if (err) return err;
    err = db_exec(db, audit_subject_schema);
    if (!err) err = fact_put_int(db, "own_schema", OWN_SCHEMA);
    return end(db, err);
}

static enum err own_make(struct db *db)
{
    int64_t tables = 0, own = 0;
    enum err err = number_of(db, "SELECT count(*) FROM sqlite_schema WHERE name = 'fact'", &tables);
    if (err) return err;
    if (tables > 0) {
        err = fact_get_int(db, "own_schema", &own);
        return err ? err : own > OWN_SCHEMA ? ERR_NEWER : own < OWN_SCHEMA ? own_raise(db) : OK;
    }
    err = db_begin(db);
    if (err) return err;
    err = db_exec(db, own_tables);
    if (!err) err = db_exec(db, audit_schema);
    if (!err) err = db_exec(db, audit_subject_schema);
    if (!err) err = own_facts(db);
    return end(db, err);
}

static enum err note(struct db *db, const struct migration *m, struct instant now)
{
    struct stmt *s;
    enum err err = db_stmt(db, "INSERT INTO migration(number, name, at) VALUES(?1, ?2, ?3)", &s);
    if (err) return err;
    stmt_int(s, 1, m->number);
    stmt_text(s, 2, m->name);
    stmt_instant(s, 3, now);
    return stmt_run(s);
}

static enum err step(struct db *db, const struct migration *m, struct instant now)
{
    enum err err = db_begin(db);
    if (err) return err;
    err = db_exec(db, m->sql);
    if (!err) err = note(db, m, now);
    err = end(db, err);
    if (!err) log_info("store", "migrated", LOG_I("number", m->number), LOG_T("name", m->name));
    return err;
}

static enum err is_done(struct db *db, int number, bool *ret_is)
{
    struct stmt *s;
    enum err err = db_stmt(db, "SELECT 1 FROM migration WHERE number = ?1", &s);
    if (err) return err;
    stmt_int(s, 1, number);
    err = stmt_step(s, ret_is);
    stmt_done(s);
    return err;
}

/* Each module has a range of numbers of its own, so a later version may add a step below the highest one done: what counts is
 * which steps are done, not how far. */
static enum err steps(struct db *db, const struct migration *table, struct instant now, int *ret_last,
                      char ret_why[256])
{
    enum err err = OK;
    for (const struct migration *m = table; m && m->number && !err; m++) {
        bool done = false;
        ASSERT(m->number > *ret_last);
        *ret_last = m->number;
        err = is_done(db, m->number, &done);
        if (!err && !done) err = step(db, m, now);
        if (err)
            snprintf(ret_why, 256, "Step %d of the schema (%.100s) failed: %.60s.", m->number, m->name,
                     db_raised(db));
    }
    return err;
}

/* Before anything is written: has the store steps that the table does not name? */
static enum err check_known(struct db *db, const struct migration *table, char ret_why[256])
{
    int64_t have = 0, known = 0, highest = 0;
    enum err err = number_of(db, "SELECT count(*) FROM migration", &have);
    if (!err) err = number_of(db, "SELECT ifnull(max(number), 0) FROM migration", &highest);
    for (const struct migration *m = table; m && m->number && !err; m++) {
        bool done = false;
        err = is_done(db, m->number, &done);
        known += done;
    }
    if (err || known == have) return err;
    snprintf(ret_why, 256,
             "The store's schema has steps (the highest is %" PRId64
             ") that this version does not know. Use a newer one.",
             highest);
    return ERR_NEWER;
}

enum err migrate_run(struct db *db, const struct migration *table, struct instant now, int *ret_schema,
                     char ret_why[256])
{
    int last = 0;
    enum err err = own_make(db);
    snprintf(ret_why, 256,
             err == ERR_NEWER ? "The store was written by a newer version of Yunqiao."
                              : "The store's own tables cannot be read or made.");
    if (!err) err = check_known(db, table, ret_why);
    if (!err) err = steps(db, table, now, &last, ret_why);
    if (err) return err;
    ret_why[0] = 0;
    *ret_schema = last;
    return OK;
}
