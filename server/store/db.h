/* db: one connection to the sealed SQLite store (DIR/yunqiao.db), and prepared statements on it.
 * Owned by one thread at a time; handles never cross threads. Only server/store includes sqlite3.h.
 *
 * A connection is opened through the vault VFS (store/vault.h): WAL, synchronous=FULL, foreign keys on,
 * STRICT tables, secure_delete on, temp_store in memory, 64 MiB cache, no ATTACH, no mapped pages. Times of
 * waiting: none; the desk is the only writer and its process holds the folder's lock (store/store.h). */
#ifndef STORE_DB_H
#define STORE_DB_H
#include "base/clock.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/str.h"
#include <stdbool.h>
#include <stdint.h>

struct db;   /* a connection */
struct stmt; /* a prepared statement of it */

/* -- statements --
 * db_stmt gives the connection's cached statement for this SQL (literal text in the file that uses it: the
 * pointer is the cache key), reset and with nothing bound. Use, then stmt_done (or let the next db_stmt for
 * the same text do it). The order of ?1, ?2 … is the order of the binds. */
enum err db_stmt(struct db *db, const char *sql, struct stmt **ret_stmt) MUST_USE;
void stmt_str(struct stmt *s, int at, struct str text); /* at NULL pointer: SQL NULL; copied by SQLite */
void stmt_text(struct stmt *s, int at, const char *text);
void stmt_blob(struct stmt *s, int at, const void *bytes, size_t n);
/* Not copied: they stay where they are until the statement is done. */
void stmt_str_kept(struct stmt *s, int at, struct str text);
void stmt_blob_kept(struct stmt *s, int at, const void *bytes, size_t n);
void stmt_int(struct stmt *s, int at, int64_t n);
void stmt_real(struct stmt *s, int at, double n);
void stmt_null(struct stmt *s, int at);
void stmt_instant(struct stmt *s, int at, struct instant when); /* ms; 0 is bound as NULL */
/* *ret_row true: a row is there, read it by column; false: done (and reset).
 * ERR_EXISTS: a UNIQUE or primary key is taken; ERR_DENIED: a trigger raised (db_raised tells its text);
 * ERR_BAD_INPUT: CHECK, NOT NULL or foreign key; ERR_DISK_FULL, ERR_CORRUPT, ERR_IO, ERR_NOMEM. */
enum err stmt_step(struct stmt *s, bool *ret_row) MUST_USE;
/* For statements that return no rows: step to the end and reset. */
enum err stmt_run(struct stmt *s) MUST_USE;
void stmt_done(struct stmt *s); /* NULL allowed */
int64_t stmt_get_int(struct stmt *s, int column);
double stmt_get_real(struct stmt *s, int column);
struct str stmt_get_str(struct stmt *s, int column); /* valid until the next step or done */
struct str stmt_get_blob(struct stmt *s, int column);
struct instant stmt_get_instant(struct stmt *s, int column);
bool stmt_is_null(struct stmt *s, int column);

/* Runs SQL text without parameters or rows (pragmas, migrations). */
enum err db_exec(struct db *db, const char *sql) MUST_USE;
int64_t db_changes(struct db *db); /* rows of the last write */
/* What SQLite has done on this connection: steps of its machine in the statements above, how often one of them was planned again, and pages
 * asked for. Counts and no times: by them tests tell what grows with the store. */
struct db_work {
    int64_t steps, plans, pages;
};
void db_worked(struct db *db, struct db_work *ret);
int64_t db_last_rowid(struct db *db);
/* SQLite's text of the last error: a trigger's code such as 'roles_exclude'. It may quote SQL or the words of a search,
 * so it is for comparing with codes, never for the log. */
const char *db_raised(struct db *db);

#endif
