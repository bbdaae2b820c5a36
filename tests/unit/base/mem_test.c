#include "base/mem.h"
#include "tests/unit/check.h"

TEST(memory_is_counted)
{
    long before = mem_live();
    void *a = mem_alloc(0), *b = mem_zalloc(100), *c = mem_copy("xyz", 3);
    char *d = mem_copy_text("text");
    CHECK(a && b && c && d);
    CHECK_INT(mem_live(), before + 4);
    CHECK_STR(str_of(d), "text");
    CHECK(memcmp(c, "xyz", 3) == 0);
    for (int i = 0; i < 100; i++)
        CHECK(((char *)b)[i] == 0);
    b = mem_resize(b, 1000);
    CHECK(b != NULL);
    CHECK_INT(mem_live(), before + 4);
    void *e = mem_resize(NULL, 10);
    CHECK(e != NULL);
    CHECK_INT(mem_live(), before + 5);
    mem_free(a);
    mem_free(b);
    mem_free(c);
    mem_wipe_free(d, 5);
    mem_free(e);
    mem_free(NULL);
    mem_wipe_free(NULL, 0);
    CHECK_INT(mem_live(), before);
}

TEST(the_nth_allocation_fails_and_only_that)
{
    mem_fail_at(3);
    void *a = mem_alloc(1), *b = mem_zalloc(1), *c = mem_alloc(1), *d = mem_alloc(1);
    CHECK(a && b && !c && d);
    CHECK_INT(mem_fail_left(), 0);
    mem_fail_at(1);
    CHECK(mem_resize(a, 1000) == NULL); /* a stays good */
    mem_free(a);
    mem_free(b);
    mem_free(d);
    mem_fail_at(5);
    CHECK_INT(mem_fail_left(), 5);
    mem_fail_at(0);
}

TEST(wiped_bytes_are_gone)
{
    char secret[32] = "a secret that must not stay";
    mem_wipe(secret, sizeof secret);
    for (size_t i = 0; i < sizeof secret; i++)
        CHECK(secret[i] == 0);
}
