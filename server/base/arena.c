#include "base/arena.h"
#include "base/mem.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { ALIGN = 16 };

struct block {
    struct block *next;
    size_t room, used;
    _Alignas(ALIGN) unsigned char at[];
};

enum { BLOCK_BYTES = MEM_BLOCK_BYTES - sizeof(struct block) };

struct arena {
    struct block *blocks; /* newest first */
    size_t limit, taken, used;
};

struct arena *arena_new(size_t limit_bytes)
{
    struct arena *a = mem_zalloc(sizeof *a);
    if (a) a->limit = limit_bytes;
    return a;
}

void arena_free(struct arena *a)
{
    if (!a) return;
    while (a->blocks) {
        struct block *b = a->blocks;
        bool is_usual = b->room == BLOCK_BYTES;
        a->blocks = b->next;
        mem_wipe(b, sizeof *b + b->used);
        if (is_usual)
            mem_block_free(b);
        else
            mem_free(b);
    }
    mem_free(a);
}

static struct block *block_add(struct arena *a, size_t bytes)
{
    size_t room = bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES;
    if (room > a->limit - a->taken) room = bytes;
    if (room > a->limit - a->taken) return NULL;
    struct block *b = room == BLOCK_BYTES ? mem_block() : mem_alloc(sizeof *b + room);
    if (!b) return NULL;
    b->room = room;
    b->used = 0;
    b->next = a->blocks;
    a->blocks = b;
    a->taken += room;
    return b;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
    if (bytes > SIZE_MAX - ALIGN) return NULL;
    bytes = (bytes + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    struct block *b = a->blocks;
    if (!b || b->room - b->used < bytes) b = block_add(a, bytes);
    if (!b) return NULL;
    void *p = b->at + b->used;
    b->used += bytes;
    a->used += bytes;
    return p;
}

void *arena_zalloc(struct arena *a, size_t bytes)
{
    void *p = arena_alloc(a, bytes);
    if (p) memset(p, 0, bytes);
    return p;
}

void *arena_copy(struct arena *a, const void *from, size_t bytes)
{
    void *p = arena_alloc(a, bytes);
    if (p && bytes) memcpy(p, from, bytes);
    return p;
}

char *arena_text(struct arena *a, const char *from, size_t bytes)
{
    if (bytes == SIZE_MAX) return NULL;
    char *p = arena_alloc(a, bytes + 1);
    if (!p) return NULL;
    if (bytes) memcpy(p, from, bytes);
    p[bytes] = 0;
    return p;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    ASSERT(n >= 0);
    char *p = arena_alloc(a, (size_t)n + 1);
    if (p) vsnprintf(p, (size_t)n + 1, format, again);
    va_end(again);
    return p;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}
