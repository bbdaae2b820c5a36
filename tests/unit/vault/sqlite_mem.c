/* In this program SQLite takes its memory from mem_*, so that a leak of SQLite's shows in mem_live and the sweeps
 * make its allocations fail too. The product leaves SQLite its own allocator: its caches live longer than the body
 * of any sweep elsewhere, and would look like leaks there. And a sync does nothing here: what syncs are worth is
 * shown in tests/faults, and the sweeps make many thousands. */
#include "base/mem.h"
#include <sqlite3.h>
#include <stdint.h>
#include <unistd.h>

enum { HEAD = 16 }; /* holds the size, keeps the alignment */

static int size_of(void *p)
{
    return p ? *(int *)(void *)((char *)p - HEAD) : 0;
}

static void *take(int bytes)
{
    char *p = mem_alloc((size_t)bytes + HEAD);
    if (!p) return NULL;
    *(int *)(void *)p = bytes;
    return p + HEAD;
}

static void give(void *p)
{
    if (p) mem_free((char *)p - HEAD);
}

static void *resize(void *p, int bytes)
{
    char *wider = mem_resize((char *)p - HEAD, (size_t)bytes + HEAD);
    if (!wider) return NULL;
    *(int *)(void *)wider = bytes;
    return wider + HEAD;
}

static int round_up(int bytes)
{
    return (bytes + 7) & ~7;
}

static int start(void *ctx)
{
    (void)ctx;
    return SQLITE_OK;
}

static void stop(void *ctx)
{
    (void)ctx;
}

__attribute__((visibility("default"))) int fdatasync(int fildes)
{
    (void)fildes;
    return 0;
}

__attribute__((constructor)) static void sqlite_mem_route(void)
{
    static const sqlite3_mem_methods methods = {take, give, resize, size_of, round_up, start, stop, NULL};
    ASSERT(sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK);
    ASSERT(sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK);
    ASSERT(sqlite3_initialize() == SQLITE_OK);
}
