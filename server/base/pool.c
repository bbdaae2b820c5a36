#include "base/pool.h"
#include "base/mem.h"

enum { ALIGN = 64 };

struct pool {
    void *memory;
    void **spare; /* a stack of the items that are in */
    uint32_t left, items;
};

struct pool *pool_new(size_t item_bytes, uint32_t items)
{
    size_t step = (item_bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1), all;
    ASSERT(item_bytes > 0 && items > 0);
    if (__builtin_mul_overflow(step, (size_t)items, &all) || all > SIZE_MAX - ALIGN) return NULL;
    struct pool *p = mem_zalloc(sizeof *p);
    if (!p) return NULL;
    p->memory = mem_alloc(all + ALIGN);
    p->spare = mem_alloc(items * sizeof *p->spare);
    if (!p->memory || !p->spare) {
        mem_free(p->memory);
        mem_free(p->spare);
        mem_free(p);
        return NULL;
    }
    p->items = p->left = items;
    unsigned char *at = (unsigned char *)(((uintptr_t)p->memory + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1));
    for (uint32_t i = 0; i < items; i++)
        p->spare[items - 1 - i] = at + i * step;
    return p;
}

void pool_free(struct pool *p)
{
    if (!p) return;
    ASSERT(p->left == p->items);
    mem_free(p->memory);
    mem_free(p->spare);
    mem_free(p);
}

void *pool_take(struct pool *p)
{
    return p->left ? p->spare[--p->left] : NULL;
}

void pool_give(struct pool *p, void *item)
{
    ASSERT(p->left < p->items && item);
    p->spare[p->left++] = item;
}

uint32_t pool_left(const struct pool *p)
{
    return p->left;
}
