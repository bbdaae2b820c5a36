#include "base/arena.h"
#include "tests/unit/check.h"

TEST(an_arena_gives_aligned_bytes_that_do_not_overlap)
{
    struct arena *a = arena_new(1 << 20);
    unsigned char *last = NULL;
    CHECK(a != NULL);
    for (size_t n = 0; n < 300; n++) {
        unsigned char *p = arena_alloc(a, n);
        CHECK(p != NULL);
        CHECK_INT((uintptr_t)p % 16, 0);
        memset(p, (int)(n & 0xff), n);
        if (last && n > 1) CHECK_INT(last[n - 2], (n - 1) & 0xff);
        last = p;
    }
    CHECK(arena_used(a) >= 300 * 299 / 2);
    arena_free(a);
}

TEST(a_block_larger_than_usual_is_given_whole)
{
    struct arena *a = arena_new(1 << 20);
    CHECK(a != NULL);
    char *large = arena_zalloc(a, 100000);
    CHECK(large != NULL);
    for (size_t i = 0; i < 100000; i++)
        CHECK(large[i] == 0);
    CHECK(arena_alloc(a, 8) != NULL);
    arena_free(a);
}

TEST(the_limit_holds_and_what_was_given_stays_good)
{
    struct arena *a = arena_new(10000);
    size_t given = 0;
    char *first;
    CHECK(a != NULL);
    first = arena_text(a, "hello", 5);
    CHECK(first != NULL);
    while (arena_alloc(a, 100) && given < 1000000)
        given += 112;
    CHECK(given <= 10000);
    CHECK(given >= 5000);
    CHECK(arena_alloc(a, SIZE_MAX) == NULL);
    CHECK(arena_alloc(a, SIZE_MAX - 8) == NULL);
    CHECK(arena_text(a, "", SIZE_MAX) == NULL);
    CHECK_STR(str_of(first), "hello");
    CHECK(arena_used(a) <= 10000);
    arena_free(a);
}

TEST(copies_texts_and_prints_stand_by_themselves)
{
    struct arena *a = arena_new(65536);
    char from[] = "abc";
    CHECK(a != NULL);
    char *copy = arena_copy(a, from, 4), *text = arena_text(a, from, 2), *empty = arena_text(a, NULL, 0);
    char *printed = arena_printf(a, "%s-%d", from, 42);
    from[0] = 'x';
    CHECK_STR(str_of(copy), "abc");
    CHECK_STR(str_of(text), "ab");
    CHECK_STR(str_of(empty), "");
    CHECK_STR(str_of(printed), "abc-42");
    CHECK(arena_copy(a, NULL, 0) != NULL);
    arena_free(a);
    arena_free(NULL);
}

SWEEP(an_arena_grows)
{
    struct arena *a = arena_new(1 << 20);
    enum err err = a ? OK : ERR_NOMEM;
    for (int i = 0; err == OK && i < 10; i++)
        if (!arena_alloc(a, 3000) || !arena_printf(a, "%d", i)) err = ERR_NOMEM;
    arena_free(a);
    return err;
}
