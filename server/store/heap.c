#include "store/heap.h"
#include "base/mem.h"
#include <pthread.h>
#include <sqlite3.h>
#include <stdint.h>
#include <string.h>

/* Two sizes are asked for again and again, some hundred times for each record that is written: a part of the journal that a savepoint
 * keeps its pages in, and a page of the cache. malloc's own quick lists hold seven of the one and none of the other, so each thread
 * keeps its own; wiped, as whatever is given back. */
enum { PART, PAGE, SIZES };
static const struct {
    size_t least, bytes; /* what asks for least to bytes gets bytes */
    uint32_t kept_max;
} sizes[SIZES] = {[PART] = {1000, 1040, 512}, [PAGE] = {4300, 4400, 128}};

struct kept {
    struct kept *next;
};

struct shelf {
    struct kept *first[SIZES];
    uint32_t count[SIZES];
};
static pthread_key_t shelf_key;
static _Thread_local struct shelf *shelf; /* NULL: of a thread that has none (yet, or any more) */

static void shelf_free(void *ctx)
{
    struct shelf *mine = ctx;
    shelf = NULL;
    for (int i = 0; i < SIZES; i++)
        for (struct kept *k = mine->first[i], *next; k; k = next) {
            next = k->next;
            mem_library_free(k);
        }
    mem_library_free(mine);
}

static struct shelf *shelf_of_thread(void)
{
#ifdef YQ_SANITIZED /* who uses a block after its end must be found */
    return NULL;
#endif
    if (shelf) return shelf;
    struct shelf *mine = mem_library_alloc(sizeof *mine);
    if (!mine) return NULL;
    memset(mine, 0, sizeof *mine);
    if (pthread_setspecific(shelf_key, mine) != 0) {
        mem_library_free(mine);
        return NULL;
    }
    return shelf = mine;
}

static int size_for(size_t bytes)
{
    for (int i = 0; i < SIZES; i++)
        if (bytes >= sizes[i].least && bytes <= sizes[i].bytes) return i;
    return -1;
}

/* A thread's heap grows by what was asked for, rounded to a page of memory: one call of the system for each page of the cache. Asking for
 * sixty at once, now and then, makes room for those that follow (mem_settle keeps it there). */
static void grow_once(int size)
{
    enum { AT_ONCE = 60 };
    static _Thread_local uint32_t asked;
    if (size == PAGE && asked++ % AT_ONCE == 0)
        mem_library_free(mem_library_alloc(sizes[PAGE].bytes * AT_ONCE));
}

static void *take(int bytes)
{
    int i = size_for((size_t)bytes);
    if (i < 0) return mem_library_alloc((size_t)bytes);
    struct shelf *mine = shelf;
    struct kept *k = mine ? mine->first[i] : NULL;
    if (!k) {
        grow_once(i);
        return mem_library_alloc(sizes[i].bytes);
    }
    mine->first[i] = k->next;
    mine->count[i]--;
    return k;
}

/* malloc may have given a little more than was asked for. */
static int size_given(size_t bytes)
{
    for (int i = 0; i < SIZES; i++)
        if (bytes >= sizes[i].bytes && bytes <= sizes[i].bytes + 32) return i;
    return -1;
}

static void give_back(void *p)
{
    size_t bytes = mem_library_bytes(p);
    int i = p ? size_given(bytes) : -1;
    struct shelf *mine = i >= 0 ? shelf_of_thread() : NULL;
    if (!mine || mine->count[i] >= sizes[i].kept_max) {
        mem_library_free(p);
        return;
    }
    struct kept *k = p;
    mem_wipe(p, bytes);
    k->next = mine->first[i];
    mine->first[i] = k;
    mine->count[i]++;
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
    void *p = take(bytes);
    if (!p) return NULL;
    memcpy(p, old, had < (size_t)bytes ? had : (size_t)bytes);
    give_back(old);
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
                                                .xFree = give_back,
                                                .xRealloc = grow,
                                                .xSize = size_of,
                                                .xRoundup = round_up,
                                                .xInit = begin,
                                                .xShutdown = end};
    /* No pages in bulk: one that is dropped from a cache is given back, and wiped, at once. */
    return pthread_key_create(&shelf_key, shelf_free) == 0 &&
           sqlite3_config(SQLITE_CONFIG_MALLOC, &methods) == SQLITE_OK &&
           sqlite3_config(SQLITE_CONFIG_PAGECACHE, NULL, 0, 0) == SQLITE_OK;
}
