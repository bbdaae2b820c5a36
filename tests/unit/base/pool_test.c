#include "base/pool.h"
#include "tests/unit/check.h"

TEST(items_are_aligned_apart_and_all_come_back)
{
    enum { ITEMS = 50, BYTES = 100 };
    unsigned char *items[ITEMS];
    struct pool *p = pool_new(BYTES, ITEMS);
    CHECK(p != NULL);
    CHECK_INT(pool_left(p), ITEMS);
    for (int i = 0; i < ITEMS; i++) {
        items[i] = pool_take(p);
        CHECK(items[i] != NULL);
        CHECK_INT((uintptr_t)items[i] % 64, 0);
        memset(items[i], i, BYTES);
    }
    CHECK(pool_take(p) == NULL);
    CHECK_INT(pool_left(p), 0);
    for (int i = 0; i < ITEMS; i++)
        for (int k = 0; k < BYTES; k++)
            CHECK(items[i][k] == i);
    pool_give(p, items[7]);
    CHECK(pool_take(p) == items[7]); /* the warmest first */
    for (int i = 0; i < ITEMS; i++)
        pool_give(p, items[i]);
    CHECK_INT(pool_left(p), ITEMS);
    pool_free(p);
    pool_free(NULL);
}

TEST(a_pool_that_cannot_be_is_none)
{
    CHECK(pool_new(SIZE_MAX / 2, 3) == NULL);
}

SWEEP(a_pool_is_made)
{
    struct pool *p = pool_new(2048, 100);
    if (!p) return ERR_NOMEM;
    pool_free(p);
    return OK;
}
