/* vault: the SQLite VFS that seals every page of a database and of its log (XAES-256-GCM), for one process.
 *
 * A vault is a set of keys and a VFS of its own name; several may stand in one process (tests do). Connections
 * are opened through store/db_open.h. The vault opens two kinds of file only: a main database and its WAL.
 * Rollback journals, temporary files and shared memory never reach the disk; the wal-index lives in the heap, so
 * a database belongs to one process at a time: the first connection takes flock(2) on the file, a second process
 * gets ERR_BUSY.
 *
 * On disk (4096-byte pages, the last 40 bytes of each reserved):
 *
 *   page      ciphertext 4056 | nonce 24 | tag 16        bound to its page number; page 1 also to the prefix
 *   page 1    prefix 16 | ciphertext 4040 | nonce | tag
 *   prefix    "YV" | cipher 4 bit, log2(page) 4 bit | key mark 4 | salt 9      plain
 *   WAL       magic, version, page size, checkpoint number | salts and sum, as one AES block
 *   frame     page number, size after commit | salts and sum, as one AES block | page, sealed as above and bound
 *             to its offset, page number, commit mark and the log's salts
 *
 * What this does not catch (an older page, file or log put back whole) the anchored audit head does.
 * Any thread may call these; a connection belongs to one thread at a time. docs/decisions/0010-sealed-pages.md
 */
#ifndef STORE_VAULT_H
#define STORE_VAULT_H
#include "base/err.h"
#include <stdint.h>

#define VAULT_KEY_BYTES 32
#define VAULT_KEY_NAME_BYTES 16 /* with its NUL */
#define VAULT_KEYS_MAX 16
#define VAULT_PAGE_BYTES 4096
#define VAULT_RESERVE_BYTES 40
#define VAULT_WAL_HEAD_BYTES 32
#define VAULT_FRAME_BYTES (24 + VAULT_PAGE_BYTES)

struct vault;

/* ERR_NOMEM; ERR_UNSUPPORTED: this SQLite or OpenSSL cannot do it. */
enum err vault_new(struct vault **ret_vault) MUST_USE;
void vault_free(struct vault *v); /* NULL allowed; all its connections are closed; keys are wiped */

/* The key added last seals new files; all open old ones. The same key again only becomes the last. ERR_LIMIT. */
enum err vault_add_key(struct vault *v, const uint8_t key[VAULT_KEY_BYTES], const char *name) MUST_USE;
/* Files already open keep working; ERR_NOT_FOUND. */
enum err vault_forget_key(struct vault *v, const char *name) MUST_USE;

struct vault_counters {
    int64_t sealed, opened; /* pages and frames */
    /* These stay 0 unless the disk was damaged or tampered with, or a file handed to us is no vault's. */
    int64_t bad_pages;  /* did not verify, or a foreign prefix */
    int64_t torn_pages; /* cut short by the end of the file */
    int64_t past_end;   /* a page that the file does not reach */
    int64_t zero_pages; /* a page never sealed */
    int64_t log_damage; /* a committed frame, or the log's header, did not verify */
    /* These stay 0 always: SQLite asked for something that the vault was not built for. */
    int64_t odd_io;        /* a read or write that is no page, frame or header */
    int64_t dirty_reserve; /* a page with something in its reserved bytes */
    int64_t refused_files; /* another kind of file */
    /* These may count. */
    int64_t log_tails; /* logs that ended in frames never committed (after a crash) */
    int64_t in_place;  /* frames rewritten within their own transaction */
    int64_t reread;    /* a page read again, as a checkpoint was writing it */
};
void vault_counters(const struct vault *v, struct vault_counters *ret);

#endif
