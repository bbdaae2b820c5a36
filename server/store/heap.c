#include "store/heap.h"
#include "base/mem.h"
#include <sqlite3.h>
#include <string.h>

static void *take(int bytes)
{
    return mem_library_alloc((size_t)bytes);
}

static int size_of(void *p)
{
    return (int)mem_library_bytes(p);
}

/* Never in place of the old where it moves: that would leave the old place as it was. */
static void *grow(void *old, int bytes)
{
    size_t had = mem_library_bytes(old);
    if (had >= (size_t)bytes && had / 2 <= (size_t)bytes) return old;
    void *p = mem_library_alloc((size_t)bytes);
    if (!p) return NULL;
    memcpy(p, old, had < (size_t)bytes ? had : (size_t)bytes);
    mem_library_free(old);
    return p;
}

static int round_up(int bytes)
{
    return (bytes + 7) & ~7;
}

static int begin(void *ctx)
{
    (void)ctx;
    return SQLITE_OK;
}

static void end(void *ctx)
{
    (void)ctx;
}

bool heap_install(void)
{
    static const sqlite3_mem_methods methods = {.xMalloc = take,
                                                .xFree = mem_library_free,
                                                .xRealloc = grow,
                                                .xSize = size_of,
                                                .xRoundup = round_up,
                                                .xInit = begin,
                                                .xShutdown = end};
    /* No pages in bulk: one that is dropped from a cache is given back, and wiped, at once. */
    return sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK &&
           sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0) == SQLITE_OK;
}
