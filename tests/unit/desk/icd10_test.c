#include "desk/icd10.h"
#include "tests/unit/check.h"

static const char *first(const char *text)
{
    struct arena *arena = arena_new(32 << 20);
    const struct icd10 *found[8];
    uint32_t n = icd10_search(arena, str_of(text), found, 8);
    arena_free(arena);
    return n ? found[0]->code : "";
}

TEST(a_diagnosis_is_found_by_code_name_pinyin_and_initials)
{
    CHECK_STR(str_of(first("I10")), "I10");
    CHECK_STR(str_of(first("i10")), "I10");
    CHECK_STR(str_of(first("霍乱")), "A00");
    CHECK_STR(str_of(first("huoluan")), "A00");
    CHECK_STR(str_of(first("hl")), "A00");
    CHECK_STR(str_of(first("没有这个病")), "");
    CHECK_STR(str_of(first("   ")), "");
}

TEST(the_list_is_whole_and_in_order)
{
    int n = 0;
    for (const struct icd10 *c = icd10_codes; c->code; c++, n++)
        if (c[1].code) CHECK(strcmp(c->code, c[1].code) < 0);
    CHECK_INT(n, 1586);
}
