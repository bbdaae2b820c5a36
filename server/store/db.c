#include "base/mem.h"
#include "store/db_open.h"
#include "store/stmt.h"
#include "store/vault_file.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* While another connection recovers the log, a newcomer waits for it. */
enum { BUSY_WAIT_MS = 5000 };

/* -- errors -- */

static enum err err_of_constraint(int rc)
{
    switch (rc) {
    case SQLITE_CONSTRAINT_UNIQUE:
    case SQLITE_CONSTRAINT_PRIMARYKEY:
    case SQLITE_CONSTRAINT_ROWID:
        return ERR_EXISTS;
    case SQLITE_CONSTRAINT_TRIGGER:
        return ERR_DENIED;
    default:
        return ERR_BAD_INPUT;
    }
}

static enum err err_of_rc(int rc)
{
    if (rc == SQLITE_IOERR_DATA || rc == SQLITE_IOERR_SHORT_READ) return ERR_CORRUPT;
    if (rc == SQLITE_IOERR_NOMEM) return ERR_NOMEM;
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return OK;
    case SQLITE_NOMEM:
        return ERR_NOMEM;
    case SQLITE_FULL:
        return ERR_DISK_FULL;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ERR_CORRUPT;
    case SQLITE_AUTH:
        return ERR_KEY; /* by the vault; the authorizer's refusal is SQLITE_ERROR to us: see denied */
    case SQLITE_CONSTRAINT:
        return err_of_constraint(rc);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL:
        return ERR_BUSY;
    case SQLITE_READONLY:
        return ERR_DENIED;
    case SQLITE_TOOBIG:
        return ERR_LIMIT;
    case SQLITE_MISMATCH:
        return ERR_BAD_INPUT;
    case SQLITE_INTERRUPT:
        return ERR_CLOSED;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        return ERR_IO;
    default:
        return ERR_BAD_INPUT; /* the SQL itself: a bug that tests find, or a query typed by a user */
    }
}

enum err db_err(struct db *db, int rc)
{
    enum err err = err_of_rc(rc);
    if (err != OK) snprintf(db->raised, sizeof db->raised, "%s", sqlite3_errmsg(db->handle));
    return err;
}

const char *db_raised(struct db *db)
{
    return db->raised;
}

/* -- opening -- */

static int authorize(void *ctx, int action, const char *a, const char *b, const char *c, const char *d)
{
    const struct db *db = ctx;
    (void)a, (void)b, (void)c, (void)d;
    bool is_other_file = action == SQLITE_ATTACH || action == SQLITE_DETACH;
    return is_other_file && !db->is_vacuuming ? SQLITE_DENY : SQLITE_OK; /* VACUUM attaches by itself */
}

/* The same for every connection. QPSG: a statement is planned once; a value bound beside a partial index would else have it planned at each use. */
static enum err db_settle(struct db *db)
{
    static const struct {
        int op, value;
    } switches[] = {{SQLITE_DBCONFIG_DEFENSIVE, 1},        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
                    {SQLITE_DBCONFIG_DQS_DML, 0},          {SQLITE_DBCONFIG_DQS_DDL, 0},
                    {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1}, {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
                    {SQLITE_DBCONFIG_ENABLE_QPSG, 1}};
    int rc = sqlite3_extended_result_codes(db->handle, 1);
    for (size_t i = 0; rc == SQLITE_OK && i < COUNT_OF(switches); i++)
        rc = sqlite3_db_config(db->handle, switches[i].op, switches[i].value, NULL);
    if (rc == SQLITE_OK) rc = sqlite3_busy_timeout(db->handle, BUSY_WAIT_MS);
    if (rc == SQLITE_OK) rc = sqlite3_set_authorizer(db->handle, authorize, db);
    if (rc != SQLITE_OK) return db_err(db, rc);
    return db_exec(db, "PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
                       "PRAGMA synchronous = FULL; PRAGMA cache_size = -65536; PRAGMA wal_autocheckpoint = 0;"
                       "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
}

/* Page size before the reserve: setting it after would forget the reserve again. */
static enum err db_make(struct db *db)
{
    int reserve = VAULT_RESERVE_BYTES; /* SQLite writes the old value back into it */
    enum err err = db_exec(db, "PRAGMA page_size = 4096");
    if (err != OK) return err;
    int rc = sqlite3_file_control(db->handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);
    if (rc != SQLITE_OK) return db_err(db, rc);
    return db_exec(db, "PRAGMA journal_mode = WAL");
}

/* Reads page 1 and, where a crash left a log, all of the log. */
static enum err db_look(struct db *db)
{
    struct stmt *s;
    enum err err = db_stmt(db, "SELECT count(*) FROM sqlite_schema", &s);
    if (err == OK) err = stmt_run(s);
    if (err == OK && db->mode != DB_READ && sqlite3_db_readonly(db->handle, "main")) err = ERR_IO;
    if (err == OK && db->mode == DB_READ) err = db_exec(db, "PRAGMA query_only = ON");
    return err;
}

/* Made by us, so that its mode is ours. *ret_is_new: it was absent or empty. */
static enum err file_prepare(const char *path, enum db_mode mode, bool *ret_is_new)
{
    struct stat st;
    *ret_is_new = false;
    if (stat(path, &st) == 0) {
        if (!S_ISREG(st.st_mode)) return ERR_CORRUPT;
        if (st.st_size > 0) return OK;
        if (mode != DB_CREATE) return ERR_CORRUPT; /* emptied: SQLite would take it for a new one */
        *ret_is_new = true;
        return OK;
    }
    if (errno != ENOENT) return err_from_errno(errno);
    if (mode != DB_CREATE) return ERR_NOT_FOUND;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) return err_from_errno(errno);
    close(fd);
    *ret_is_new = true;
    return OK;
}

/* A new file beside an old log: SQLite would delete the log. Somebody emptied or removed the main file. */
static enum err log_check_absent(const char *path)
{
    struct stat st;
    size_t bytes = strlen(path);
    char *log = mem_alloc(bytes + sizeof "-wal");
    if (!log) return ERR_NOMEM;
    memcpy(log, path, bytes);
    memcpy(log + bytes, "-wal", sizeof "-wal");
    bool stands = stat(log, &st) == 0 && st.st_size > 0;
    mem_free(log);
    return stands ? ERR_CORRUPT : OK;
}

static enum err db_start(struct db *db)
{
    bool is_new;
    enum err err = file_prepare(db->path, db->mode, &is_new);
    if (err == OK && is_new) err = log_check_absent(db->path);
    if (err != OK) return err;
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE;
    flags |= db->mode == DB_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
    if (is_new) flags |= SQLITE_OPEN_CREATE;
    int rc = sqlite3_open_v2(db->path, &db->handle, flags, db->vault->name);
    if (rc != SQLITE_OK) return db->handle ? db_err(db, sqlite3_extended_errcode(db->handle)) : ERR_NOMEM;
    err = db_settle(db);
    if (err == OK && is_new) err = db_make(db);
    return err == OK ? db_look(db) : err;
}

enum err db_open(struct vault *vault, const char *path, enum db_mode mode, struct db **ret_db)
{
    struct db *db = mem_zalloc(sizeof *db);
    if (!db) return ERR_NOMEM;
    db->vault = vault;
    db->mode = mode;
    db->path = mem_copy_text(path);
    enum err err = db->path ? db_start(db) : ERR_NOMEM;
    if (err != OK) {
        db_close(db);
        return err;
    }
    *ret_db = db;
    return OK;
}

void db_close(struct db *db)
{
    if (!db) return;
    stmts_free(&db->stmts);
    if (db->handle)
        ASSERT(sqlite3_close(db->handle) == SQLITE_OK); /* a copy or statement outlives it: a bug */
    mem_free(db->path);
    mem_free(db);
}

sqlite3 *db_handle(struct db *db)
{
    return db->handle;
}

const char *db_path(const struct db *db)
{
    return db->path;
}

static struct vault_file *db_file(const struct db *db, int which)
{
    sqlite3_file *file = NULL;
    if (sqlite3_file_control(db->handle, "main", which, &file) != SQLITE_OK || !vault_is_file(file))
        return NULL;
    return (struct vault_file *)file;
}

void db_forget_pages(struct db *db)
{
    (void)sqlite3_db_release_memory(db->handle);
}

/* What it holds by itself lasts to the next commit of another: the pages shared with others are those worth memory. */
enum err db_share_pages(struct db *db)
{
    struct vault_file *f = db_file(db, SQLITE_FCNTL_FILE_POINTER);
    ASSERT(f != NULL);
    f->is_sharing = true;
    return db_exec(db, "PRAGMA cache_size = -16384");
}

void db_sync_in_steps(struct db *db)
{
    struct vault_file *f = db_file(db, SQLITE_FCNTL_FILE_POINTER);
    ASSERT(f != NULL);
    f->is_in_steps = true;
}

const char *db_key_name(const struct db *db)
{
    const struct vault_file *f = db_file(db, SQLITE_FCNTL_FILE_POINTER);
    return f ? f->key_name : "";
}

void db_forget_stmts(struct db *db)
{
    stmts_free(&db->stmts);
}

/* -- running -- */

enum err db_exec(struct db *db, const char *sql)
{
    return db_err(db, sqlite3_exec(db->handle, sql, NULL, NULL, NULL));
}

static enum err db_run(struct db *db, const char *literal)
{
    struct stmt *s;
    enum err err = db_stmt(db, literal, &s);
    return err == OK ? stmt_run(s) : err;
}

int64_t db_changes(struct db *db)
{
    return sqlite3_changes64(db->handle);
}

int64_t db_last_rowid(struct db *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

enum err db_begin(struct db *db)
{
    if (db->mode != DB_READ) return db_run(db, "BEGIN IMMEDIATE");
    enum err err = db_run(db, "BEGIN");
    if (err == OK) err = db_run(db, "SELECT 1 FROM sqlite_schema LIMIT 1"); /* takes the snapshot now */
    if (err != OK) db_rollback(db);
    return err;
}

enum err db_commit(struct db *db)
{
    enum err err = db_run(db, "COMMIT");
    if (err != OK) db_rollback(db);
    return err;
}

void db_on_commit(struct db *db, bool (*hook)(void *ctx), void *ctx)
{
    struct vault_file *f = db_file(db, SQLITE_FCNTL_FILE_POINTER);
    ASSERT(f != NULL);
    f->on_commit = hook;
    f->on_commit_ctx = ctx;
}

void db_rollback(struct db *db)
{
    /* After some errors SQLite has rolled back by itself; when this fails too, closing rolls back. */
    if (db_in_transaction(db)) (void)!db_run(db, "ROLLBACK");
}

bool db_in_transaction(const struct db *db)
{
    return !sqlite3_get_autocommit(db->handle);
}

enum err db_save(struct db *db)
{
    return db_run(db, "SAVEPOINT job");
}

enum err db_save_keep(struct db *db)
{
    return db_run(db, "RELEASE job");
}

enum err db_save_undo(struct db *db)
{
    enum err err = db_run(db, "ROLLBACK TO job");
    return err == OK ? db_run(db, "RELEASE job") : err;
}

/* -- the log -- */

enum err db_log(struct db *db, struct db_log *ret)
{
    struct db_log log = {.end = db_wal_bytes(db)};
    if (log.end > 0) {
        struct vault_file *f = db_file(db, SQLITE_FCNTL_JOURNAL_POINTER);
        if (!f || f->kind != FILE_LOG) return ERR_IO;
        int rc = under_read(f, log.generation, sizeof log.generation, VAULT_WAL_HEAD_BYTES - 16);
        if (rc != SQLITE_OK) return db_err(db, rc);
    }
    *ret = log;
    return OK;
}

int64_t db_wal_bytes(struct db *db)
{
    struct vault_file *f = db_file(db, SQLITE_FCNTL_FILE_POINTER);
    int64_t frames = f ? vault_shm_frames(f) : 0;
    return frames ? VAULT_WAL_HEAD_BYTES + frames * VAULT_FRAME_BYTES : 0;
}

enum err db_checkpoint(struct db *db, enum db_checkpoint mode, int64_t *ret_frames_left)
{
    static const int modes[] = {[DB_CHECKPOINT_PASSIVE] = SQLITE_CHECKPOINT_PASSIVE,
                                [DB_CHECKPOINT_RESTART] = SQLITE_CHECKPOINT_RESTART,
                                [DB_CHECKPOINT_TRUNCATE] = SQLITE_CHECKPOINT_TRUNCATE};
    int frames = 0, moved = 0;
    (void)sqlite3_busy_timeout(db->handle, 0); /* a reader in the way is told of, not waited for */
    int rc = sqlite3_wal_checkpoint_v2(db->handle, "main", modes[mode], &frames, &moved);
    (void)sqlite3_busy_timeout(db->handle, BUSY_WAIT_MS);
    if (ret_frames_left && frames >= 0) *ret_frames_left = frames - moved;
    return db_err(db, rc);
}

/* -- copies -- */

struct db_copy {
    sqlite3_backup *handle;
    struct db *to;
};

enum err db_copy_new(struct db *from, struct db *to, struct db_copy **ret_copy)
{
    /* Only ever into a struct db: a copy into a plain SQLite handle would be plaintext. */
    struct db_copy *c = mem_zalloc(sizeof *c);
    if (!c) return ERR_NOMEM;
    c->to = to;
    c->handle = sqlite3_backup_init(to->handle, "main", from->handle, "main");
    if (!c->handle) {
        mem_free(c);
        return db_err(to, sqlite3_extended_errcode(to->handle));
    }
    *ret_copy = c;
    return OK;
}

enum err db_copy_step(struct db_copy *c, int pages, int64_t *ret_left, int64_t *ret_total)
{
    int rc = sqlite3_backup_step(c->handle, pages);
    if (rc != SQLITE_OK && rc != SQLITE_DONE) return db_err(c->to, rc);
    *ret_left = rc == SQLITE_DONE ? 0 : sqlite3_backup_remaining(c->handle);
    *ret_total = sqlite3_backup_pagecount(c->handle);
    /* Nothing remains but the last step, which commits. */
    if (rc == SQLITE_OK && *ret_left == 0) *ret_left = 1;
    return OK;
}

void db_copy_free(struct db_copy *c)
{
    if (!c) return;
    (void)sqlite3_backup_finish(c->handle); /* repeats the last step's error */
    mem_free(c);
}

enum err db_vacuum(struct db *db)
{
    db->is_vacuuming = true;
    enum err err = db_run(db, "VACUUM");
    db->is_vacuuming = false;
    return err;
}

int64_t db_pages(struct db *db)
{
    struct stmt *s;
    bool row = false;
    if (db_stmt(db, "PRAGMA page_count", &s) != OK || stmt_step(s, &row) != OK || !row) return 0;
    int64_t pages = stmt_get_int(s, 0);
    stmt_done(s);
    return pages;
}
