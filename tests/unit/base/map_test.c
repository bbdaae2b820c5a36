#include "base/map.h"
#include "base/rnd.h"
#include "tests/unit/check.h"

TEST(values_are_found_by_their_keys)
{
    struct map *m = map_new(10);
    int a, b;
    CHECK(m != NULL);
    CHECK(map_get(m, STR("absent")) == NULL);
    CHECK(map_remove(m, STR("absent")) == NULL);
    char key[] = "alpha";
    CHECK_OK(map_put(m, str_of(key), &a));
    key[0] = 'x'; /* the map has its own copy */
    CHECK(map_get(m, STR("alpha")) == &a);
    CHECK_OK(map_put(m, STR(""), &b)); /* no bytes are a key too */
    CHECK(map_get(m, STR("")) == &b);
    CHECK_OK(map_put(m, (struct str){"a\0b", 3}, &a));
    CHECK(map_get(m, (struct str){"a\0c", 3}) == NULL);
    CHECK_INT(map_count(m), 3);
    CHECK_OK(map_put(m, STR("alpha"), &b));
    CHECK(map_get(m, STR("alpha")) == &b);
    CHECK_INT(map_count(m), 3);
    CHECK(map_remove(m, STR("alpha")) == &b);
    CHECK(map_get(m, STR("alpha")) == NULL);
    CHECK_INT(map_count(m), 2);
    map_free(m);
    map_free(NULL);
}

TEST(the_maximum_holds)
{
    struct map *m = map_new(3);
    int v;
    CHECK(m != NULL);
    CHECK_OK(map_put(m, STR("a"), &v));
    CHECK_OK(map_put(m, STR("b"), &v));
    CHECK_OK(map_put(m, STR("c"), &v));
    CHECK_ERR(map_put(m, STR("d"), &v), ERR_LIMIT);
    CHECK_OK(map_put(m, STR("a"), &v)); /* replacing needs no room */
    CHECK(map_remove(m, STR("b")) == &v);
    CHECK_OK(map_put(m, STR("d"), &v));
    map_free(m);
}

TEST(a_map_agrees_with_a_table_through_many_changes)
{
    enum { KEYS = 500 };
    static char there[KEYS];
    struct map *m = map_new(KEYS);
    uint32_t count = 0;
    CHECK(m != NULL);
    memset(there, 0, sizeof there);
    rnd_seed(3);
    for (long turn = 0; turn < check_count(100000, 3000000); turn++) {
        char key[16];
        int i = (int)rnd_below(KEYS);
        int n = snprintf(key, sizeof key, "key-%d", i);
        struct str k = {key, (size_t)n};
        CHECK(map_get(m, k) == (there[i] ? &there[i] : NULL));
        if (rnd_below(2)) {
            CHECK_OK(map_put(m, k, &there[i]));
            count += !there[i];
            there[i] = 1;
        } else {
            CHECK(map_remove(m, k) == (there[i] ? &there[i] : NULL));
            count -= there[i] != 0;
            there[i] = 0;
        }
        CHECK_INT(map_count(m), count);
    }
    uint32_t at = 0, seen = 0;
    struct str key;
    void *value;
    while (map_next(m, &at, &key, &value)) {
        CHECK(*(char *)value == 1);
        CHECK(str_starts(key, STR("key-")));
        seen++;
    }
    CHECK_INT(seen, count);
    map_free(m);
    rnd_seed(0);
}

TEST(a_walk_may_remove_what_it_stands_on)
{
    struct map *m = map_new(100);
    static int v[100];
    CHECK(m != NULL);
    for (int i = 0; i < 100; i++) {
        char key[8];
        CHECK_OK(map_put(m, (struct str){key, (size_t)snprintf(key, sizeof key, "%d", i)}, &v[i]));
    }
    uint32_t at = 0;
    struct str key;
    void *value;
    int seen = 0;
    while (map_next(m, &at, &key, &value)) {
        seen++;
        CHECK(map_remove(m, key) == value);
    }
    CHECK_INT(seen, 100);
    CHECK_INT(map_count(m), 0);
    map_free(m);
}

SWEEP(a_map_grows)
{
    static int v;
    struct map *m = map_new(1000);
    enum err err = m ? OK : ERR_NOMEM;
    for (int i = 0; err == OK && i < 60; i++) {
        char key[8];
        err = map_put(m, (struct str){key, (size_t)snprintf(key, sizeof key, "%d", i)}, &v);
        if (err == OK) ASSERT(map_count(m) == (uint32_t)i + 1);
    }
    map_free(m);
    return err;
}
