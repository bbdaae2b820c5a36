/* vault_file: what the parts of the vault share. Only vault*.c and scrub.c include it.
 *
 *   vault.c       the VFS                     vault_file.c    an open file's methods, sealing
 *   vault_key.c   keys, prefixes              vault_forget.c  the journal of a file still empty
 *   vault_db.c    pages of the main file      vault_wal.c     the log's frames and their recovery
 *   vault_shm.c   the wal-index in the heap, its locks
 */
#ifndef STORE_VAULT_FILE_H
#define STORE_VAULT_FILE_H
#include "base/cipher.h"
#include "store/vault.h"
#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { PREFIX_BYTES = 16, MARK_BYTES = 4, FRAME_HEAD = 24, FRAMES_HELD = 16 };
enum { BODY_BYTES = VAULT_PAGE_BYTES - VAULT_RESERVE_BYTES };
enum { AD_BYTES = 24 };                           /* the longest associated data of both kinds of file */
#define FORMAT_XAES_4096 ((uint8_t)(4 << 4 | 12)) /* cipher 4; 1-3 were trials; page 2^12 */
#define DB_MAGIC "SQLite format 3"                /* with its NUL: the 16 bytes that the prefix takes away */

_Static_assert(VAULT_PAGE_BYTES == 1 << 12, "the prefix says 2^12");
_Static_assert(VAULT_RESERVE_BYTES == CIPHER_NONCE_BYTES + CIPHER_TAG_BYTES,
               "nonce and tag fill the reserve");
_Static_assert(VAULT_FRAME_BYTES == FRAME_HEAD + VAULT_PAGE_BYTES, "a frame is a header and a page");
_Static_assert(VAULT_KEY_BYTES == CIPHER_KEY_BYTES, "the master key keys the same cipher");
_Static_assert(sizeof(DB_MAGIC) == PREFIX_BYTES, "the prefix stands where the magic stood");

struct shm_node;
struct vault_cache;

struct vault_key {
    uint8_t key[VAULT_KEY_BYTES];
    char name[VAULT_KEY_NAME_BYTES];
};

/* struct vault_counters, countable from any thread. */
struct vault_counts {
    _Atomic int64_t sealed, opened, bad_pages, torn_pages, past_end, zero_pages, log_damage, odd_io,
        dirty_reserve, refused_files, log_tails, in_place, reread;
};

struct vault {
    sqlite3_vfs vfs; /* first: SQLite hands it back */
    sqlite3_vfs *under;
    char name[24];
    struct vault_counts counts;
    struct vault_cache *cache;
    pthread_mutex_t lock; /* keys, key_count */
    struct vault_key *keys;
    int key_count;
};

/* The keys of one file, derived from a master key and the file's prefix. */
struct file_keys {
    uint8_t page[VAULT_KEY_BYTES], log[VAULT_KEY_BYTES], sums[VAULT_KEY_BYTES];
};

struct log_state { /* of a WAL's handle */
    struct cipher_block *sums;
    uint8_t salts[8];         /* of the generation that frames are bound to */
    uint8_t head[FRAME_HEAD]; /* a frame header that waits for its page */
    int64_t head_at;
    bool head_waits;
    uint8_t *held; /* whole frames that wait to be written at once */
    size_t held_bytes;
    int64_t held_at;
    uint8_t *trial; /* recovery's look ahead */
};

struct vault_file {
    sqlite3_file base; /* first */
    struct vault *vault;
    struct vault_file *db; /* the main file that a WAL belongs to; itself for a main file */
    enum { FILE_DB, FILE_LOG } kind;
    bool is_ready;     /* the keys are known; false: still empty */
    bool is_sharing;   /* main file: this connection takes pages from the cache, too */
    bool is_in_steps;  /* main file: what this connection writes is synced a little at a time */
    uint32_t unsynced; /* pages written since */
    bool is_rewriting; /* main file: this connection's transaction has rewritten a frame in place */
    bool is_commit;    /* main file: the commit of the running transaction is written, not yet synced */
    uint8_t prefix[PREFIX_BYTES];
    char key_name[VAULT_KEY_NAME_BYTES];
    struct file_keys *keys; /* main file */
    struct cipher *cipher;
    uint8_t *frame; /* room for one header and page */
    struct log_state log;
    bool (*on_commit)(void *ctx); /* main file: db_on_commit; false takes the commit back */
    void *on_commit_ctx;
    struct shm_node *node; /* main file */
    bool is_mapped;
    uint16_t shared, exclusive; /* wal-index locks held */
    sqlite3_file *under;
};

/* -- vault.c -- */
/* Counts, tells the log, and returns rc. */
int vault_refuse(struct vault_file *f, _Atomic int64_t *count, int rc, const char *what, int64_t at);

/* -- vault_key.c -- */
int vault_ready(struct vault_file *f);      /* finds the keys; SQLITE_OK and !is_ready: an empty file */
int vault_new_prefix(struct vault_file *f); /* gives an empty file its prefix and keys */

/* -- vault_forget.c -- */
extern const sqlite3_io_methods vault_forgets;

/* -- vault_file.c -- */
int under_read(struct vault_file *f, void *out, int n, int64_t at); /* of the file below */
int under_write(struct vault_file *f, const void *in, int n, int64_t at);
int vault_file_open(struct vault_file *f, const char *name, int flags, int *ret_flags);
bool vault_is_file(const sqlite3_file *file);
/* Only what holds for whole sealed pages; without power-safe overwrite SQLite would split and pad frames. */
int vault_traits(sqlite3_file *file);
/* false: out of memory */
bool vault_seal(struct vault_file *f, uint8_t *out, const uint8_t *in, size_t skip, const uint8_t *ad,
                size_t ad_n);
/* In place; the reserve is zeroed; false: refused, and the page is zeroed. */
bool vault_unseal(struct vault_file *f, uint8_t *page, size_t skip, const uint8_t *ad, size_t ad_n);

/* The page at `at` by its nonce and tag alone, of a connection that shares pages; its reserve is zeroed. false: it is to be read whole. ad:
 * what it is bound to; of a frame, its header's part of it is not looked at. */
bool vault_known(struct vault_file *f, uint8_t *page, int64_t at, const uint8_t ad[AD_BYTES], size_t ad_n);

static inline void vault_count(_Atomic int64_t *count)
{
    atomic_fetch_add_explicit(count, 1, memory_order_relaxed);
}
static inline int under_size(struct vault_file *f, int64_t *ret_size)
{
    sqlite3_int64 size;
    int rc = f->under->pMethods->xFileSize(f->under, &size);
    if (rc == SQLITE_OK) *ret_size = size;
    return rc;
}
static inline bool is_zero(const uint8_t *p, size_t n)
{
    uint8_t any = 0;
    for (size_t i = 0; i < n; i++)
        any |= p[i];
    return any == 0;
}
static inline uint32_t get_u32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}
static inline void put_u32(uint8_t *p, uint32_t n)
{
    p[0] = (uint8_t)(n >> 24), p[1] = (uint8_t)(n >> 16), p[2] = (uint8_t)(n >> 8), p[3] = (uint8_t)n;
}
static inline void put_u64(uint8_t *p, uint64_t n)
{
    put_u32(p, (uint32_t)(n >> 32));
    put_u32(p + 4, (uint32_t)n);
}

/* -- vault_db.c -- */
int vault_db_read(struct vault_file *f, uint8_t *out, int n, int64_t at);
int vault_db_write(struct vault_file *f, const uint8_t *in, int n, int64_t at);
/* Verifies one page as it stands on the disk: SQLITE_OK, SQLITE_IOERR_DATA, or another error. */
int vault_db_check(struct vault_file *f, int64_t page);

/* -- vault_wal.c -- */
int vault_wal_start(struct vault_file *f); /* its contexts, from the main file's keys */
void vault_wal_done(struct vault_file *f);
int vault_wal_read(struct vault_file *f, uint8_t *out, int n, int64_t at);
int vault_wal_write(struct vault_file *f, const uint8_t *in, int n, int64_t at);
int vault_wal_flush(struct vault_file *f); /* writes what waits */

/* -- vault_shm.c -- */
/* Joins the file's node, or makes it and takes the file for this process: SQLITE_BUSY. */
int vault_shm_join(struct vault_file *f, const char *path);
void vault_shm_leave(struct vault_file *f); /* after the file below is closed */
int vault_shm_map(sqlite3_file *file, int region, int bytes, int extend, void volatile **ret_at);
int vault_shm_lock(sqlite3_file *file, int at, int n, int flags);
void vault_shm_barrier(sqlite3_file *file);
int vault_shm_unmap(sqlite3_file *file, int delete);
/* Frames of the last commit, from the index's header; 0: none. */
uint32_t vault_shm_frames(struct vault_file *f);
bool vault_shm_has_page(struct vault_file *f, uint32_t page); /* does the log hold a version of it? */
/* The number of the page in the frame whose page stands at this place of the log; 0: none is there. */
uint32_t vault_shm_page(struct vault_file *f, int64_t at);

#endif
