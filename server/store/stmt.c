#include "store/stmt.h"
#include "base/mem.h"

enum { ROOM_FIRST = 64, STATEMENTS_MAX = 4096 };

static uint32_t slot_first(const struct stmts *all, const char *sql)
{
    return (uint32_t)((uintptr_t)sql * 0x9E3779B97F4A7C15u >> 32) & (all->room - 1);
}

static struct stmt **slot_of(const struct stmts *all, const char *sql)
{
    uint32_t i = slot_first(all, sql);
    while (all->slots[i] && all->slots[i]->sql != sql)
        i = (i + 1) & (all->room - 1);
    return &all->slots[i];
}

static enum err stmts_grow(struct stmts *all)
{
    if (all->count * 2 < all->room) return OK;
    if (all->count >= STATEMENTS_MAX) return ERR_LIMIT;
    struct stmts wider = {.count = all->count, .room = all->room ? all->room * 2 : ROOM_FIRST};
    wider.slots = mem_zalloc(wider.room * sizeof *wider.slots);
    if (!wider.slots) return ERR_NOMEM;
    for (uint32_t i = 0; i < all->room; i++)
        if (all->slots[i]) *slot_of(&wider, all->slots[i]->sql) = all->slots[i];
    mem_free(all->slots);
    *all = wider;
    return OK;
}

void stmts_free(struct stmts *all)
{
    for (uint32_t i = 0; i < all->room; i++) {
        if (!all->slots[i]) continue;
        (void)sqlite3_finalize(
            all->slots[i]->handle); /* repeats the last step's error, which was told then */
        mem_free(all->slots[i]);
    }
    mem_free(all->slots);
    *all = (struct stmts){0};
}

static enum err stmt_prepare(struct db *db, const char *sql, struct stmt **ret_stmt)
{
    enum err err = stmts_grow(&db->stmts);
    if (err != OK) return err;
    struct stmt *s = mem_zalloc(sizeof *s);
    if (!s) return ERR_NOMEM;
    int rc = sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->handle, NULL);
    if (rc != SQLITE_OK) {
        mem_free(s);
        return db_err(db, rc);
    }
    ASSERT(s->handle != NULL); /* empty text is no statement */
    s->db = db;
    s->sql = sql;
    *slot_of(&db->stmts, sql) = s;
    db->stmts.count++;
    *ret_stmt = s;
    return OK;
}

enum err db_stmt(struct db *db, const char *sql, struct stmt **ret_stmt)
{
    struct stmt *s = db->stmts.room ? *slot_of(&db->stmts, sql) : NULL;
    if (!s) return stmt_prepare(db, sql, ret_stmt);
#ifdef YQ_SANITIZED
    ASSERT(strcmp(sqlite3_sql(s->handle), sql) == 0); /* the text is a literal: it never changes */
#endif
    stmt_done(s);
    *ret_stmt = s;
    return OK;
}

static int64_t pages_of(struct db *db, int which)
{
    int now = 0, most;
    return sqlite3_db_status(db->handle, which, &now, &most, 0) == SQLITE_OK ? now : 0;
}

void db_worked(struct db *db, struct db_work *ret)
{
    *ret = (struct db_work){.pages = pages_of(db, SQLITE_DBSTATUS_CACHE_HIT) +
                                     pages_of(db, SQLITE_DBSTATUS_CACHE_MISS)};
    for (uint32_t i = 0; i < db->stmts.room; i++) {
        if (!db->stmts.slots[i]) continue;
        ret->steps += sqlite3_stmt_status(db->stmts.slots[i]->handle, SQLITE_STMTSTATUS_VM_STEP, 0);
        ret->plans += sqlite3_stmt_status(db->stmts.slots[i]->handle, SQLITE_STMTSTATUS_REPREPARE, 0);
    }
}

void stmt_done(struct stmt *s)
{
    if (!s || !s->is_used) return;
    (void)sqlite3_reset(s->handle); /* repeats the last step's error, which was told then */
    (void)sqlite3_clear_bindings(s->handle);
    s->bound = OK;
    s->is_used = false;
}

static void bound(struct stmt *s, int rc)
{
    ASSERT(rc != SQLITE_RANGE && rc != SQLITE_MISUSE); /* no such parameter, or a statement still running */
    s->is_used = true;
    if (rc != SQLITE_OK && s->bound == OK) s->bound = db_err(s->db, rc);
}

void stmt_str(struct stmt *s, int at, struct str text)
{
    if (text.at)
        bound(s, sqlite3_bind_text64(s->handle, at, text.at, text.bytes, SQLITE_TRANSIENT, SQLITE_UTF8));
    else
        stmt_null(s, at);
}

void stmt_text(struct stmt *s, int at, const char *text)
{
    stmt_str(s, at, str_of(text));
}

void stmt_blob(struct stmt *s, int at, const void *bytes, size_t n)
{
    /* A NULL pointer would bind SQL NULL: nothing at all is still a blob. */
    bound(s, sqlite3_bind_blob64(s->handle, at, n ? bytes : "", n, SQLITE_TRANSIENT));
}

void stmt_str_kept(struct stmt *s, int at, struct str text)
{
    if (text.at)
        bound(s, sqlite3_bind_text64(s->handle, at, text.at, text.bytes, SQLITE_STATIC, SQLITE_UTF8));
    else
        stmt_null(s, at);
}

void stmt_blob_kept(struct stmt *s, int at, const void *bytes, size_t n)
{
    bound(s, sqlite3_bind_blob64(s->handle, at, n ? bytes : "", n, SQLITE_STATIC));
}

void stmt_int(struct stmt *s, int at, int64_t n)
{
    bound(s, sqlite3_bind_int64(s->handle, at, n));
}

void stmt_real(struct stmt *s, int at, double n)
{
    bound(s, sqlite3_bind_double(s->handle, at, n));
}

void stmt_null(struct stmt *s, int at)
{
    bound(s, sqlite3_bind_null(s->handle, at));
}

void stmt_instant(struct stmt *s, int at, struct instant when)
{
    if (when.ms)
        stmt_int(s, at, when.ms);
    else
        stmt_null(s, at);
}

enum err stmt_step(struct stmt *s, bool *ret_row)
{
    if (s->bound != OK) return s->bound;
    s->is_used = true;
    int rc = sqlite3_step(s->handle);
    if (rc == SQLITE_ROW) {
        *ret_row = true;
        return OK;
    }
    enum err err = rc == SQLITE_DONE ? OK : db_err(s->db, rc);
    (void)sqlite3_reset(s->handle); /* the same error once more */
    if (err == OK) *ret_row = false;
    return err;
}

enum err stmt_run(struct stmt *s)
{
    bool row = true;
    enum err err = OK;
    while (err == OK && row)
        err = stmt_step(s, &row);
    stmt_done(s);
    return err;
}

int64_t stmt_get_int(struct stmt *s, int column)
{
    return sqlite3_column_int64(s->handle, column);
}

double stmt_get_real(struct stmt *s, int column)
{
    return sqlite3_column_double(s->handle, column);
}

struct str stmt_get_str(struct stmt *s, int column)
{
    const char *at = (const char *)sqlite3_column_text(s->handle, column);
    return (struct str){at, at ? (size_t)sqlite3_column_bytes(s->handle, column) : 0};
}

struct str stmt_get_blob(struct stmt *s, int column)
{
    const void *at = sqlite3_column_blob(s->handle, column);
    return (struct str){at, at ? (size_t)sqlite3_column_bytes(s->handle, column) : 0};
}

struct instant stmt_get_instant(struct stmt *s, int column)
{
    return (struct instant){stmt_get_int(s, column)};
}

bool stmt_is_null(struct stmt *s, int column)
{
    return sqlite3_column_type(s->handle, column) == SQLITE_NULL;
}
