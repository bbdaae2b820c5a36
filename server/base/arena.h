/* arena: memory freed at once. Owned by one request; one thread at a time. Blocks are 16-byte aligned.
 * Allocation returns NULL when memory or the arena's own limit is used up. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H
#include "base/err.h"
#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(size_t limit_bytes) MUST_USE;
void arena_free(struct arena *a); /* NULL allowed; contents are wiped */
void *arena_alloc(struct arena *a, size_t bytes) MUST_USE;
void *arena_zalloc(struct arena *a, size_t bytes) MUST_USE;
void *arena_copy(struct arena *a, const void *from, size_t bytes) MUST_USE;
/* Copies bytes and adds a NUL. */
char *arena_text(struct arena *a, const char *from, size_t bytes) MUST_USE;
char *arena_printf(struct arena *a, const char *format, ...) PRINTF_LIKE(2, 3) MUST_USE;
size_t arena_used(const struct arena *a);

#endif
