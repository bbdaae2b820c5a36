#include "base/mem.h"
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static _Atomic long live;
static _Thread_local long fail_in; /* 0: never; 1: the next one */

static int fails_now(void)
{
    return fail_in > 0 && --fail_in == 0;
}

void *mem_alloc(size_t bytes)
{
    if (fails_now()) return NULL;
    void *p = malloc(bytes ? bytes : 1);
    if (p) atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
    return p;
}

void *mem_zalloc(size_t bytes)
{
    if (fails_now()) return NULL;
    void *p = calloc(1, bytes ? bytes : 1);
    if (p) atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
    return p;
}

void *mem_resize(void *old, size_t bytes)
{
    if (!old) return mem_alloc(bytes);
    if (fails_now()) return NULL;
    return realloc(old, bytes ? bytes : 1);
}

void *mem_copy(const void *from, size_t bytes)
{
    void *p = mem_alloc(bytes);
    if (p && bytes) memcpy(p, from, bytes);
    return p;
}

char *mem_copy_text(const char *text)
{
    return mem_copy(text, strlen(text) + 1);
}

void mem_free(void *p)
{
    if (!p) return;
    atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
    free(p);
}

#ifdef YQ_SANITIZED /* who uses a block after its end must be found */
void *mem_block(void)
{
    return mem_alloc(MEM_BLOCK_BYTES);
}

void mem_block_free(void *block)
{
    mem_free(block);
}
#else
enum { BLOCKS_KEPT_MAX = 512 };

struct kept {
    struct kept *next;
};
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static struct kept *kept;
static int kept_count;

void *mem_block(void)
{
    if (fails_now()) return NULL;
    pthread_mutex_lock(&kept_lock);
    struct kept *block = kept;
    if (block) {
        kept = block->next;
        kept_count--;
    }
    pthread_mutex_unlock(&kept_lock);
    void *p = block ? (void *)block : malloc(MEM_BLOCK_BYTES);
    if (p) atomic_fetch_add_explicit(&live, 1, memory_order_relaxed);
    return p;
}

void mem_block_free(void *block)
{
    struct kept *last = block;
    if (!last) return;
    atomic_fetch_sub_explicit(&live, 1, memory_order_relaxed);
    pthread_mutex_lock(&kept_lock);
    bool is_kept = kept_count < BLOCKS_KEPT_MAX;
    if (is_kept) {
        last->next = kept;
        kept = last;
        kept_count++;
    }
    pthread_mutex_unlock(&kept_lock);
    if (!is_kept) free(block);
}
#endif

void mem_wipe(void *p, size_t bytes)
{
    if (p) explicit_bzero(p, bytes);
}

void mem_wipe_free(void *p, size_t bytes)
{
    mem_wipe(p, bytes);
    mem_free(p);
}

long mem_live(void)
{
    return atomic_load_explicit(&live, memory_order_relaxed);
}

void mem_fail_at(long n)
{
    fail_in = n;
}

long mem_fail_left(void)
{
    return fail_in;
}

void mem_settle(void)
{
    (void)mallopt(M_TOP_PAD, 512 * 1024);
    (void)mallopt(M_TRIM_THRESHOLD, 4 * 1024 * 1024);
    (void)mallopt(M_MMAP_THRESHOLD, 1024 * 1024);
}

void *mem_library_alloc(size_t bytes)
{
    return malloc(bytes ? bytes : 1);
}

void mem_library_free(void *p)
{
    if (p) mem_wipe(p, malloc_usable_size(p));
    free(p);
}

size_t mem_library_bytes(void *p)
{
    return p ? malloc_usable_size(p) : 0;
}
