/* pool: equal-sized buffers made once, handed out and taken back in O(1) with no malloc after pool_new: for
 * packets. One thread. */
#ifndef BASE_POOL_H
#define BASE_POOL_H
#include "base/err.h"
#include <stddef.h>
#include <stdint.h>

struct pool;

struct pool *pool_new(size_t item_bytes, uint32_t items) MUST_USE; /* items are 64-byte aligned */
void pool_free(struct pool *p);                                    /* all items must be back */
void *pool_take(struct pool *p);                                   /* NULL: all are out */
void pool_give(struct pool *p, void *item);
uint32_t pool_left(const struct pool *p);

#endif
