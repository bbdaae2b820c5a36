/* db_open: opening, transactions, checkpoints and copies of sealed databases; for server/store only.
 *
 * The main file changes only inside db_checkpoint (automatic checkpoints are off) and the log only grows in
 * between, so that between two checkpoints the main file and log[0 .. db_log.end) are together a consistent
 * sealed copy, and may be read as raw bytes by anybody (they need no key, and no lock of SQLite's). */
#ifndef STORE_DB_OPEN_H
#define STORE_DB_OPEN_H
#include "store/db.h"
#include "store/vault.h"
#include <sqlite3.h>

enum db_mode {
    DB_CREATE, /* writing; made (0600) when absent or empty. A crash while it is being made can leave a file
                  that will not open: make it under a temporary name and rename it */
    DB_WRITE,  /* writing; must exist: ERR_NOT_FOUND */
    DB_READ    /* SQLITE_OPEN_READONLY and PRAGMA query_only; still recovers a log left by a crash */
};

/* ERR_KEY: none of the vault's keys opens it; ERR_CORRUPT: no vault's file, or damaged; ERR_BUSY: another
 * process, or another vault of this one, has it open; ERR_NOT_FOUND, ERR_DISK_FULL, ERR_IO, ERR_NOMEM.
 * Page 1, and a log if there is one, are verified. */
enum err db_open(struct vault *vault, const char *path, enum db_mode mode, struct db **ret_db) MUST_USE;
/* All statements die with it; a transaction still open is rolled back. Does not checkpoint: the log stays for
 * the next opening. NULL allowed. */
void db_close(struct db *db);
sqlite3 *db_handle(struct db *db);
enum err db_err(struct db *db,
                int rc); /* SQLite's (extended) result as ours; remembers the text for db_raised */
const char *db_path(const struct db *db);
const char *db_key_name(const struct db *db); /* the name of the key this file is sealed with */

/* BEGIN IMMEDIATE for DB_CREATE and DB_WRITE, a read snapshot (taken at once) for DB_READ. */
enum err db_begin(struct db *db) MUST_USE;
enum err db_commit(struct db *db) MUST_USE; /* on failure the transaction has been rolled back */
void db_rollback(struct db *db);            /* nothing to do is no error */
bool db_in_transaction(const struct db *db);
/* hook is called inside each commit of this connection, when the log is durable and before the commit can be seen by
 * anybody; false: db_commit fails (ERR_IO) and the transaction is rolled back. (Only a crash before the next commit
 * would still bring it back.) It must not use the connection. */
void db_on_commit(struct db *db, bool (*hook)(void *ctx), void *ctx);
/* From now on the connection takes pages that its vault remembers as opened (store/vault_cache.h). */
enum err db_share_pages(struct db *db) MUST_USE;
/* From now on what the connection's checkpoints write is synced every half megabyte: the syncs of commits, which wait in the same line,
 * never find a log's length of pages before them. */
void db_sync_in_steps(struct db *db);
void db_forget_pages(struct db *db); /* outside of a transaction: the pages that the connection holds go */
/* One level of savepoint, for a job inside the group's transaction. db_save_undo cannot fail unless the whole
 * transaction is lost (memory, disk): then it says so, and db_in_transaction may be false. */
enum err db_save(struct db *db) MUST_USE;
enum err db_save_keep(struct db *db) MUST_USE;
enum err db_save_undo(struct db *db) MUST_USE;

/* Drops the cached statements (before migrations that change what they were prepared for: not needed for
 * correctness, SQLite prepares again by itself; only to give memory back). */
void db_forget_stmts(struct db *db);

/* The log as of the last commit that this connection made or saw. Generation: changes when the log starts anew
 * after a complete checkpoint (these are the bytes at 16..31 of the file). */
struct db_log {
    uint8_t generation[16];
    int64_t end; /* bytes of header and committed frames; 0: no log yet */
};
enum err db_log(struct db *db, struct db_log *ret) MUST_USE;
int64_t db_wal_bytes(struct db *db); /* db_log.end, 0 on failure */

enum db_checkpoint {
    DB_CHECKPOINT_PASSIVE, /* as far as readers allow */
    DB_CHECKPOINT_RESTART, /* and let the next commit begin the log anew; ERR_BUSY when a reader is in the way */
    DB_CHECKPOINT_TRUNCATE /* and cut the log to nothing */
};
/* *ret_frames_left: frames not yet in the main file (may be NULL). Syncs both files. */
enum err db_checkpoint(struct db *db, enum db_checkpoint mode, int64_t *ret_frames_left) MUST_USE;

/* Copies a whole database page by page into `to` (opened DB_CREATE from any vault, its content is lost), each
 * page sealed anew. Between steps `from` may write (its changes are carried along); writes of other connections
 * make the copy start over. */
struct db_copy;
enum err db_copy_new(struct db *from, struct db *to, struct db_copy **ret_copy) MUST_USE;
/* pages < 0: all. ERR_BUSY: try again. */
enum err db_copy_step(struct db_copy *c, int pages, int64_t *ret_left, int64_t *ret_total) MUST_USE;
void db_copy_free(struct db_copy *c); /* unfinished: `to` is rolled back. NULL allowed */

enum err db_vacuum(struct db *db) MUST_USE; /* no transaction may be open */
int64_t db_pages(struct db *db);            /* of the database as this connection sees it */

#endif
