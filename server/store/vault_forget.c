/* The journal that forgets: a file still empty has nothing to journal; if the transaction that fills it fails,
 * the file is thrown away. */
#include "store/vault_file.h"

static int forget_nothing(sqlite3_file *file)
{
    (void)file;
    return SQLITE_OK;
}

static int forget_read(sqlite3_file *file, void *out, int n, sqlite3_int64 at)
{
    (void)file, (void)at;
    memset(out, 0, (size_t)n);
    return SQLITE_IOERR_SHORT_READ;
}

static int forget_write(sqlite3_file *file, const void *in, int n, sqlite3_int64 at)
{
    (void)file, (void)in, (void)n, (void)at;
    return SQLITE_OK;
}

static int forget_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    (void)file, (void)size;
    return SQLITE_OK;
}

static int forget_number(sqlite3_file *file, int n)
{
    (void)file, (void)n;
    return SQLITE_OK;
}

static int forget_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    (void)file;
    *ret_size = 0;
    return SQLITE_OK;
}

static int forget_reserved(sqlite3_file *file, int *ret_is)
{
    (void)file;
    *ret_is = 0;
    return SQLITE_OK;
}

static int forget_control(sqlite3_file *file, int op, void *arg)
{
    (void)file, (void)op, (void)arg;
    return SQLITE_NOTFOUND;
}

static int forget_sector(sqlite3_file *file)
{
    (void)file;
    return VAULT_PAGE_BYTES;
}

const sqlite3_io_methods vault_forgets = {
    .iVersion = 1,
    .xClose = forget_nothing,
    .xRead = forget_read,
    .xWrite = forget_write,
    .xTruncate = forget_truncate,
    .xSync = forget_number,
    .xFileSize = forget_size,
    .xLock = forget_number,
    .xUnlock = forget_number,
    .xCheckReservedLock = forget_reserved,
    .xFileControl = forget_control,
    .xSectorSize = forget_sector,
    .xDeviceCharacteristics = vault_traits,
};
