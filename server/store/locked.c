#include "store/locked.h"
#include "base/mem.h"
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

static size_t whole_pages(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (bytes + page - 1) / page * page;
}

void *locked_new(size_t bytes)
{
    void *p = mmap(NULL, whole_pages(bytes), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) return NULL;
    /* Each is a second line behind encrypted or no swap and no core dumps: going on without it is right. */
    (void)mlock(p, bytes);
    (void)madvise(p, whole_pages(bytes), MADV_DONTDUMP);
    return p;
}

void locked_free(void *p, size_t bytes)
{
    if (!p) return;
    mem_wipe(p, bytes);
    (void)munmap(p, whole_pages(bytes));
}
