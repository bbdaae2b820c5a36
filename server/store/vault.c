#include "store/vault.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rnd.h"
#include "store/heap.h"
#include "store/locked.h"
#include "store/vault_cache.h"
#include "store/vault_file.h"
#include <stdio.h>

/* -- counters -- */

int vault_refuse(struct vault_file *f, _Atomic int64_t *count, int rc, const char *what, int64_t at)
{
    vault_count(count);
    log_error("vault", "refused", LOG_T("what", what), LOG_T("file", f->kind == FILE_DB ? "main" : "log"),
              LOG_I("at", at));
    return rc;
}

void vault_counters(const struct vault *v, struct vault_counters *ret)
{
#define COPY(name) .name = atomic_load_explicit(&v->counts.name, memory_order_relaxed)
    *ret = (struct vault_counters){
        COPY(sealed),     COPY(opened),     COPY(bad_pages), COPY(torn_pages),    COPY(past_end),
        COPY(zero_pages), COPY(log_damage), COPY(odd_io),    COPY(dirty_reserve), COPY(refused_files),
        COPY(log_tails),  COPY(in_place),   COPY(reread)};
#undef COPY
}

/* -- the VFS -- */

static struct vault *vault_of(sqlite3_vfs *vfs)
{
    return (struct vault *)vfs;
}

static int journal_open(struct vault_file *f, const char *name, int flags, int *ret_flags)
{
    sqlite3_file *db = sqlite3_database_file_object(name);
    if (!(flags & SQLITE_OPEN_CREATE) || !vault_is_file(db) || ((struct vault_file *)db)->is_ready)
        return vault_refuse(f, &f->vault->counts.refused_files, SQLITE_CANTOPEN, "journal", flags);
    f->base.pMethods = &vault_forgets;
    if (ret_flags) *ret_flags = flags;
    return SQLITE_OK;
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *ret_flags)
{
    struct vault_file *f = (struct vault_file *)file;
    memset(f, 0, sizeof *f);
    f->vault = vault_of(vfs);
    f->kind = flags & SQLITE_OPEN_WAL ? FILE_LOG : FILE_DB;
    if (name && flags & SQLITE_OPEN_MAIN_JOURNAL) return journal_open(f, name, flags, ret_flags);
    if (!name || !(flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL)))
        return vault_refuse(f, &f->vault->counts.refused_files, SQLITE_CANTOPEN, "file_kind", flags);
    f->under = (sqlite3_file *)(void *)(f + 1);
    f->under->pMethods = NULL;
    return vault_file_open(f, name, flags, ret_flags);
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_dir)
{
    sqlite3_vfs *under = vault_of(vfs)->under;
    int rc = under->xDelete(under, name, sync_dir);
    return rc == SQLITE_IOERR_DELETE_NOENT ? SQLITE_OK : rc; /* the journal that forgets */
}

/* A rollback journal is never ours: one planted beside the file must not stop it from opening. */
static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *ret_is)
{
    sqlite3_vfs *under = vault_of(vfs)->under;
    size_t n = strlen(name), tail = strlen("-journal");
    if (n > tail && strcmp(name + n - tail, "-journal") == 0) {
        *ret_is = 0;
        return SQLITE_OK;
    }
    return under->xAccess(under, name, flags, ret_is);
}

static int vfs_full_path(sqlite3_vfs *vfs, const char *name, int bytes, char *ret_path)
{
    return vault_of(vfs)->under->xFullPathname(vault_of(vfs)->under, name, bytes, ret_path);
}

static int vfs_random(sqlite3_vfs *vfs, int n, char *ret_bytes)
{
    (void)vfs;
    rnd_bytes(ret_bytes, (size_t)n);
    return n;
}

static int vfs_sleep(sqlite3_vfs *vfs, int us)
{
    return vault_of(vfs)->under->xSleep(vault_of(vfs)->under, us);
}

static int vfs_time(sqlite3_vfs *vfs, double *ret_days)
{
    return vault_of(vfs)->under->xCurrentTime(vault_of(vfs)->under, ret_days);
}

static int vfs_time64(sqlite3_vfs *vfs, sqlite3_int64 *ret_ms)
{
    return vault_of(vfs)->under->xCurrentTimeInt64(vault_of(vfs)->under, ret_ms);
}

static int vfs_error(sqlite3_vfs *vfs, int bytes, char *ret_text)
{
    return vault_of(vfs)->under->xGetLastError(vault_of(vfs)->under, bytes, ret_text);
}

/* -- a vault's life -- */

static pthread_once_t sqlite_once = PTHREAD_ONCE_INIT;

/* Counting memory takes a lock for each allocation. Refused when SQLite is at work already: no harm. */
static void sqlite_settle(void)
{
    mem_settle();
    (void)heap_install();
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    (void)sqlite3_config(SQLITE_CONFIG_URI, 0); /* a name is a name, never "file:…?vfs=unix" */
}

static int vault_register(struct vault *v)
{
    static _Atomic uint32_t number;
    snprintf(v->name, sizeof v->name, "vault-%u", atomic_fetch_add(&number, 1) + 1);
    v->under = sqlite3_vfs_find(NULL);
    if (!v->under) return SQLITE_ERROR;
    v->vfs = (sqlite3_vfs){.iVersion = 2,
                           .szOsFile = (int)sizeof(struct vault_file) + v->under->szOsFile,
                           .mxPathname = v->under->mxPathname,
                           .zName = v->name,
                           .xOpen = vfs_open,
                           .xDelete = vfs_delete,
                           .xAccess = vfs_access,
                           .xFullPathname = vfs_full_path,
                           .xRandomness = vfs_random,
                           .xSleep = vfs_sleep,
                           .xCurrentTime = vfs_time,
                           .xGetLastError = vfs_error,
                           .xCurrentTimeInt64 = vfs_time64};
    return sqlite3_vfs_register(&v->vfs, 0);
}

enum err vault_new(struct vault **ret_vault)
{
    _Static_assert(sizeof(struct vault_file) % 8 == 0, "the file below stands behind ours, aligned");
    pthread_once(&sqlite_once, sqlite_settle);
    int rc = sqlite3_initialize();
    if (rc != SQLITE_OK) return rc == SQLITE_NOMEM ? ERR_NOMEM : ERR_UNSUPPORTED;
    struct vault *v = mem_zalloc(sizeof *v);
    struct vault_key *keys = locked_new(VAULT_KEYS_MAX * sizeof *keys);
    if (!v || !keys) {
        mem_free(v);
        locked_free(keys, VAULT_KEYS_MAX * sizeof *keys);
        return ERR_NOMEM;
    }
    v->keys = keys;
    v->cache = vault_cache_new();
    pthread_mutex_init(&v->lock, NULL);
    bool has_cache = v->cache != NULL;
    if (!has_cache || vault_register(v) != SQLITE_OK) {
        vault_free(v);
        return has_cache ? ERR_UNSUPPORTED : ERR_NOMEM;
    }
    *ret_vault = v;
    return OK;
}

void vault_free(struct vault *v)
{
    if (!v) return;
    sqlite3_vfs_unregister(&v->vfs);
    locked_free(v->keys, VAULT_KEYS_MAX * sizeof *v->keys);
    pthread_mutex_destroy(&v->lock);
    vault_cache_free(v->cache);
    mem_free(v);
}
