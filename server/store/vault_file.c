/* The methods of an open file, and sealing itself. */
#include "store/vault_file.h"
#include "base/mem.h"
#include "store/vault_cache.h"
#include <errno.h>

int under_read(struct vault_file *f, void *out, int n, int64_t at)
{
    int rc = f->under->pMethods->xRead(f->under, out, n, at);
    if (rc == SQLITE_IOERR_CORRUPTFS)
        return SQLITE_IOERR_READ; /* EIO: the disk fails, nothing of ours is damaged */
    return rc;
}

int under_write(struct vault_file *f, const void *in, int n, int64_t at)
{
    int number = 0, rc = f->under->pMethods->xWrite(f->under, in, n, at);
    if (rc != SQLITE_IOERR_WRITE) return rc;
    /* The VFS below tells a full disk from a failing one, but not a full quota. */
    (void)f->under->pMethods->xFileControl(f->under, SQLITE_FCNTL_LAST_ERRNO, &number);
    return number == EDQUOT ? SQLITE_FULL : rc;
}

/* -- sealing -- */

bool vault_seal(struct vault_file *f, uint8_t *out, const uint8_t *in, size_t skip, const uint8_t *ad,
                size_t ad_n)
{
    vault_count(&f->vault->counts.sealed);
    if (cipher_seal(f->cipher, ad, ad_n, in + skip, BODY_BYTES - skip, out + skip, out + BODY_BYTES,
                    out + BODY_BYTES + CIPHER_NONCE_BYTES) != OK)
        return false;
    vault_cache_put(f->vault->cache, f, out + BODY_BYTES, ad, ad_n, in, skip);
    return true;
}

bool vault_unseal(struct vault_file *f, uint8_t *page, size_t skip, const uint8_t *ad, size_t ad_n)
{
    uint8_t sealed[VAULT_RESERVE_BYTES];
    memcpy(sealed, page + BODY_BYTES, sizeof sealed);
    if (f->db->is_sharing && vault_cache_get(f->vault->cache, f, sealed, ad, ad_n, page, skip)) {
        memset(page + BODY_BYTES, 0, VAULT_RESERVE_BYTES);
        return true;
    }
    vault_count(&f->vault->counts.opened);
    if (cipher_open(f->cipher, page + BODY_BYTES, page + BODY_BYTES + CIPHER_NONCE_BYTES, ad, ad_n,
                    page + skip, BODY_BYTES - skip, page + skip) != OK) {
        memset(page, 0, VAULT_PAGE_BYTES);
        return false;
    }
    if (f->db->is_sharing) vault_cache_put(f->vault->cache, f, sealed, ad, ad_n, page, skip);
    memset(page + BODY_BYTES, 0, VAULT_RESERVE_BYTES);
    return true;
}

bool vault_known(struct vault_file *f, uint8_t *page, int64_t at, const uint8_t ad[AD_BYTES], size_t ad_n)
{
    uint8_t sealed[VAULT_RESERVE_BYTES];
    if (!f->db->is_sharing || under_read(f, sealed, sizeof sealed, at + BODY_BYTES) != SQLITE_OK)
        return false;
    bool is_known = f->kind == FILE_LOG ? vault_cache_get_frame(f->vault->cache, f, sealed, ad,
                                                                vault_shm_page(f->db, at), page)
                                        : vault_cache_get(f->vault->cache, f, sealed, ad, ad_n, page, 0);
    if (is_known) memset(page + BODY_BYTES, 0, VAULT_RESERVE_BYTES);
    return is_known;
}

/* -- file methods -- */

static struct vault_file *file_of(sqlite3_file *file)
{
    return (struct vault_file *)file;
}

static void file_done(struct vault_file *f)
{
    if (f->keys) mem_wipe_free(f->keys, sizeof *f->keys);
    if (f->frame) mem_wipe_free(f->frame, VAULT_FRAME_BYTES);
    vault_wal_done(f);
    cipher_free(f->cipher);
    vault_shm_leave(f);
    f->keys = NULL;
    f->frame = NULL;
    f->cipher = NULL;
}

static int file_close(sqlite3_file *file)
{
    struct vault_file *f = file_of(file);
    int late = f->kind == FILE_LOG && f->is_ready ? vault_wal_flush(f) : SQLITE_OK;
    int rc = f->under->pMethods->xClose(f->under);
    file_done(f);
    return rc != SQLITE_OK ? rc : late;
}

static int file_read(sqlite3_file *file, void *out, int n, sqlite3_int64 at)
{
    struct vault_file *f = file_of(file);
    return f->kind == FILE_DB ? vault_db_read(f, out, n, at) : vault_wal_read(f, out, n, at);
}

static int file_write(sqlite3_file *file, const void *in, int n, sqlite3_int64 at)
{
    struct vault_file *f = file_of(file);
    return f->kind == FILE_DB ? vault_db_write(f, in, n, at) : vault_wal_write(f, in, n, at);
}

/* What the log holds back must be there before its length is asked or changed, or it is synced. */
static int file_flush(struct vault_file *f)
{
    return f->kind == FILE_LOG && f->is_ready ? vault_wal_flush(f) : SQLITE_OK;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    int rc = file_flush(file_of(file));
    return rc != SQLITE_OK ? rc : file_of(file)->under->pMethods->xTruncate(file_of(file)->under, size);
}

static int file_sync(sqlite3_file *file, int flags)
{
    struct vault_file *f = file_of(file);
    int rc = file_flush(f);
    if (rc == SQLITE_OK) rc = f->under->pMethods->xSync(f->under, flags);
    bool is_commit = f->kind == FILE_LOG && f->db->is_commit && f->db->on_commit;
    if (f->kind == FILE_LOG) f->db->is_commit = false;
    /* The commit is durable, but nobody sees it before we return. */
    if (rc == SQLITE_OK && is_commit && !f->db->on_commit(f->db->on_commit_ctx)) rc = SQLITE_IOERR_FSYNC;
    return rc;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    int rc = file_flush(file_of(file));
    return rc != SQLITE_OK ? rc : file_of(file)->under->pMethods->xFileSize(file_of(file)->under, ret_size);
}

static int file_lock(sqlite3_file *file, int level)
{
    return file_of(file)->under->pMethods->xLock(file_of(file)->under, level);
}

static int file_unlock(sqlite3_file *file, int level)
{
    return file_of(file)->under->pMethods->xUnlock(file_of(file)->under, level);
}

static int file_reserved(sqlite3_file *file, int *ret_is)
{
    return file_of(file)->under->pMethods->xCheckReservedLock(file_of(file)->under, ret_is);
}

static int file_sector(sqlite3_file *file)
{
    return file_of(file)->under->pMethods->xSectorSize(file_of(file)->under);
}

int vault_traits(sqlite3_file *file)
{
    (void)file;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static bool value_is(const char *value, const char *a, const char *b)
{
    return sqlite3_stricmp(value, a) == 0 || sqlite3_stricmp(value, b) == 0;
}

/* Settings that would put something unsealed on the disk are refused with a reason. */
static int pragma_check(const struct vault_file *f, char **args)
{
    const char *name = args[1], *value = args[2], *why = NULL;
    if (!value) return SQLITE_NOTFOUND;
    if (sqlite3_stricmp(name, "journal_mode") == 0 && !value_is(value, "wal", "wal")) {
        if (f->is_ready || !value_is(value, "memory", "off")) why = "a vault stays in WAL mode";
    } else if (sqlite3_stricmp(name, "temp_store") == 0 && !value_is(value, "memory", "2")) {
        why = "a vault keeps temporary data in memory";
    } else if (sqlite3_stricmp(name, "mmap_size") == 0 && !value_is(value, "0", "0")) {
        why = "a vault is not mapped";
    } else if (sqlite3_stricmp(name, "auto_vacuum") == 0 && !value_is(value, "0", "none")) {
        why = "a vault has no auto_vacuum";
    } else if (sqlite3_stricmp(name, "locking_mode") == 0 && !value_is(value, "normal", "normal")) {
        why = "a vault is shared by its process's connections";
    }
    if (!why) return SQLITE_NOTFOUND;
    args[0] = sqlite3_mprintf("%s", why);
    return SQLITE_ERROR;
}

static int file_control(sqlite3_file *file, int op, void *arg)
{
    struct vault_file *f = file_of(file);
    if (op == SQLITE_FCNTL_PRAGMA && f->kind == FILE_DB) return pragma_check(f, arg);
    if (op == SQLITE_FCNTL_VFSNAME) {
        *(char **)arg = sqlite3_mprintf("%s", f->vault->name);
        return SQLITE_OK;
    }
    /* Of the rest only what leaves pages whole: chunks would grow the file by unsealed zeroes. */
    if (op != SQLITE_FCNTL_PERSIST_WAL && op != SQLITE_FCNTL_LAST_ERRNO && op != SQLITE_FCNTL_HAS_MOVED)
        return SQLITE_NOTFOUND;
    return f->under->pMethods->xFileControl(f->under, op, arg);
}

/* Version 2: there is no xFetch, so no page is ever mapped past the seal. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = vault_traits,
    .xShmMap = vault_shm_map,
    .xShmLock = vault_shm_lock,
    .xShmBarrier = vault_shm_barrier,
    .xShmUnmap = vault_shm_unmap,
};

bool vault_is_file(const sqlite3_file *file)
{
    return file && file->pMethods == &methods;
}

/* An emptied file would make SQLite delete its log and begin afresh: only who creates may open one. */
static int main_start(struct vault_file *f, const char *name, int flags)
{
    int rc = vault_shm_join(f, name);
    if (rc == SQLITE_OK) rc = vault_ready(f);
    if (rc == SQLITE_OK && !f->is_ready && !(flags & SQLITE_OPEN_CREATE)) rc = SQLITE_NOTADB;
    return rc;
}

int vault_file_open(struct vault_file *f, const char *name, int flags, int *ret_flags)
{
    sqlite3_vfs *under = f->vault->under;
    f->db = f->kind == FILE_LOG ? file_of(sqlite3_database_file_object(name)) : f;
    f->frame = mem_alloc(VAULT_FRAME_BYTES);
    int rc = f->frame ? under->xOpen(under, name, f->under, flags, ret_flags) : SQLITE_NOMEM;
    if (rc == SQLITE_OK && f->kind == FILE_DB) rc = main_start(f, name, flags);
    if (rc == SQLITE_OK) {
        f->base.pMethods = &methods;
        return SQLITE_OK;
    }
    if (f->under->pMethods) f->under->pMethods->xClose(f->under);
    file_done(f);
    return rc;
}
