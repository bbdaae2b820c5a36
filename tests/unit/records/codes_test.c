#include "../check.h"
#include "base/log.h"
#include "records/codes.h"
#include "records/codes_own.h"

static struct store *store;

struct step {
    struct job job; /* first */
    void (*story)(struct tx *tx, struct arena *arena);
};

static enum err run_step(struct job *job, struct tx *tx)
{
    struct arena *arena = arena_new(4 << 20);
    ((struct step *)job)->story(tx, arena);
    arena_free(arena);
    return OK;
}

static void with_store(void (*story)(struct tx *tx, struct arena *arena))
{
    char data[200], key[200], why[256] = "";
    log_level_set(LOG_ERROR);
    snprintf(data, sizeof data, "%s/data", check_tmp_dir());
    snprintf(key, sizeof key, "%s.key", data);
    struct migration tables[16] = {0};
    int n = 0;
    for (const struct migration *m = codes_migrations; m->number; m++)
        tables[n++] = *m;
    tables[n++] = (struct migration){359, "three", codes_three_sql};
    tables[n++] = (struct migration){360, "drugs", codes_drug_gone_sql};
    struct store_settings how = {
        .dir = data, .key_path = key, .create = true, .migrations = tables, .queue_max = 8};
    CHECK_OK(store_open(&how, &store, why));
    struct step step = {.job.run = run_step, .story = story};
    CHECK_OK(store_run(store, &step.job));
    store_close(store, 1000);
}

static struct str first(struct tx *tx, struct arena *arena, const char *list, const char *text)
{
    struct code codes[20];
    size_t n = 0;
    CHECK_OK(codes_search(tx, arena, str_of(list), str_of(text), 20, codes, &n));
    return n > 0 ? codes[0].code : STR("(none)");
}

static void searches(struct tx *tx, struct arena *arena)
{
    struct code codes[3];
    size_t n;
    CHECK_STR(first(tx, arena, "icd10", "I10.x00"), "I10.x00");
    CHECK_STR(first(tx, arena, "icd10", "i10"), "I10");
    CHECK_STR(first(tx, arena, "icd10", "高血压"), "I10.x00");
    CHECK_STR(first(tx, arena, "icd10", "gaoxueya"), "I10.x00");
    CHECK_STR(first(tx, arena, "icd10", "gxyb"), "I10.x00");
    CHECK_STR(first(tx, arena, "icd10", "dcpz"), "B00.100"); /* read as a word, not as a family name */
    CHECK_STR(first(tx, arena, "icd10", "突眼"), "H05.200");
    CHECK_STR(first(tx, arena, "icd10", "霍乱"), "A00");
    CHECK_STR(first(tx, arena, "icd10", "huoluan"), "A00");
    CHECK_STR(first(tx, arena, "icd10", "a17"), "A17+");
    CHECK_STR(first(tx, arena, "icd10", "没有这个病"), "(none)");
    CHECK_STR(first(tx, arena, "drug", "amoxicillin"), "(none)"); /* they have their own home */
    CHECK_STR(first(tx, arena, "icd10", "%"), "(none)");
    CHECK_STR(first(tx, arena, "none", ""), "(none)");
    CHECK_OK(codes_search(tx, arena, STR("icd10"), STR(""), 3, codes, &n));
    CHECK_INT(n, 3);
}

TEST(a_code_is_found_by_code_characters_pinyin_and_initials)
{
    with_store(searches);
}

static void loads(struct tx *tx, struct arena *arena)
{
    int64_t rows, line;
    struct code_list list;
    CHECK_OK(codes_list(tx, arena, STR("icd10"), &list));
    CHECK(list.is_starter && list.count == 1586 + 279);
    CHECK_OK(codes_load(tx, STR("icd10"),
                        STR("\xef\xbb\xbf"
                            "code,name\r\nA00,霍乱\r\n\"A01\",\"伤寒,\"\"副\"\"伤寒\"\n"),
                        &rows, &line));
    CHECK_INT(rows, 2);
    CHECK_OK(codes_list(tx, arena, STR("icd10"), &list));
    CHECK(!list.is_starter && list.count == 2);
    CHECK_STR(first(tx, arena, "icd10", "huoluan"), "A00");
    CHECK_STR(first(tx, arena, "icd10", "\"副\""), "A01");
    CHECK_ERR(codes_load(tx, STR("icd10"), STR("A00,x\nA01\n"), &rows, &line), ERR_BAD_INPUT);
    CHECK_INT(line, 2);
    CHECK_ERR(codes_load(tx, STR("icd10"), STR("A00,x\nA00,y\n"), &rows, &line), ERR_BAD_INPUT);
    CHECK_ERR(codes_load(tx, STR("icd10"), STR("A00,\xff\n"), &rows, &line), ERR_BAD_INPUT);
    CHECK_ERR(codes_load(tx, STR("nothing"), STR("A00,x\n"), &rows, &line), ERR_NOT_FOUND);
}

TEST(a_site_loads_its_own_list_over_the_starter_list)
{
    with_store(loads);
}
