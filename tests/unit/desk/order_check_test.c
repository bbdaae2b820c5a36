/* Rule 37: a recorded allergen always alerts, and what cannot be judged is said, never passed over. */
#include "desk/order_check.h"
#include "tests/unit/check.h"
#include <stdlib.h>
#include <unistd.h>

static struct order_verdict checked(const char *drug, const char *allergen, const char *code,
                                    const char *taken)
{
    struct order_allergen a = {str_of(code), str_of(allergen)};
    struct order_current c = {str_of(taken), str_of(taken)};
    struct order_ask ask = {.drug = str_of(drug),
                            .allergens = &a,
                            .currents = &c,
                            .allergen_count = allergen || code,
                            .current_count = taken != NULL};
    struct order_verdict v;
    order_check(&ask, &v);
    return v;
}

TEST(a_recorded_allergen_alerts_by_its_code_by_its_words_and_by_the_drugs_own_name)
{
    static const char *const words[] = {"青霉素类",           "青霉素",        "阿莫西林", "Penicillin V",
                                        "AMOXICILLIN 250 MG", "对氨苄西林过敏"};
    for (size_t i = 0; i < COUNT_OF(words); i++) {
        struct order_verdict v = checked("amoxicillin", words[i], NULL, NULL);
        if (v.alert_count != 1 || v.alerts[0].kind != ORDER_ALLERGY || !v.alerts[0].is_high)
            check_fail(__FILE__, __LINE__, "no alert for %s", words[i]);
    }
    CHECK_INT(checked("penicillin-g", NULL, "penicillin", NULL).alert_count, 1);
    CHECK_INT(checked("co-trimoxazole", "磺胺类", "sulfonamide", NULL).alert_count, 1);
    CHECK_INT(checked("ibuprofen", "阿司匹林", "aspirin", NULL).alert_count, 1);
}

TEST(every_drug_alerts_for_an_allergy_to_its_own_name)
{
    for (const struct drug *d = formulary; d->code; d++)
        if (checked(d->code, d->zh, NULL, NULL).alert_count == 0)
            check_fail(__FILE__, __LINE__, "%s is silent", d->code);
}

TEST(a_related_family_alerts_more_softly)
{
    struct order_verdict v = checked("cefalexin", "青霉素类", NULL, NULL);
    CHECK_INT(v.alert_count, 1);
    CHECK(!v.alerts[0].is_high);
}

TEST(what_does_not_concern_the_drug_is_silent)
{
    CHECK_INT(checked("loratadine", "青霉素类", "penicillin", "amlodipine").alert_count, 0);
    CHECK(checked("loratadine", "海鲜", "seafood", NULL).unavailable == NULL);
    CHECK_INT(checked("amlodipine", NULL, NULL, NULL).alert_count, 0);
}

TEST(drugs_that_do_not_go_together_alert_whichever_comes_first)
{
    for (const struct drug *a = formulary; a->code; a++)
        for (const struct drug *b = formulary; b->code; b++) {
            struct order_verdict one = checked(a->code, NULL, NULL, b->code),
                                 other = checked(b->code, NULL, NULL, a->code);
            if ((one.alert_count > 0) != (other.alert_count > 0))
                check_fail(__FILE__, __LINE__, "%s and %s differ by order", a->code, b->code);
        }
    struct order_verdict v = checked("ibuprofen", NULL, NULL, "warfarin");
    CHECK_INT(v.alert_count, 1);
    CHECK(v.alerts[0].kind == ORDER_INTERACTION && v.alerts[0].is_high);
    CHECK_INT(checked("paracetamol", NULL, NULL, "paracetamol").alerts[0].kind, ORDER_DUPLICATE);
}

TEST(a_drug_or_an_order_that_the_table_does_not_know_makes_the_check_unavailable)
{
    CHECK(checked("moon-dust", "青霉素类", NULL, NULL).unavailable != NULL);
    struct order_verdict v = checked("amoxicillin", "青霉素类", NULL, "moon-dust");
    CHECK(v.unavailable != NULL);
    CHECK_INT(v.alert_count, 1); /* and what is known is told all the same */
    struct order_ask cut = {.drug = STR("loratadine"), .is_cut = true};
    order_check(&cut, &v);
    CHECK(v.unavailable != NULL);
}

TEST(more_alerts_than_are_kept_is_no_clean_answer)
{
    static struct order_allergen many[ORDER_ALERTS_MAX + 5];
    static char words[ORDER_ALERTS_MAX + 5][32];
    struct order_verdict v;
    for (size_t i = 0; i < COUNT_OF(many); i++) {
        snprintf(words[i], sizeof words[i], "penicillin %zu", i);
        many[i].words = str_of(words[i]);
    }
    order_check(
        &(struct order_ask){.drug = STR("amoxicillin"), .allergens = many, .allergen_count = COUNT_OF(many)},
        &v);
    CHECK_INT(v.alert_count, ORDER_ALERTS_MAX);
    CHECK(v.unavailable != NULL);
}

TEST(controlled_drugs_are_marked)
{
    CHECK(checked("morphine", NULL, NULL, NULL).is_controlled);
    CHECK(checked("zopiclone", NULL, NULL, NULL).is_controlled);
    CHECK(!checked("ibuprofen", NULL, NULL, NULL).is_controlled);
}

static bool finds(struct arena *arena, const char *text, const char *code)
{
    const struct drug *found[20];
    uint32_t n = formulary_search(arena, str_of(text), found, 20);
    for (uint32_t i = 0; i < n; i++)
        if (str_is_text(str_of(found[i]->code), code)) return true;
    return false;
}

TEST(a_drug_is_found_by_characters_pinyin_initials_and_english)
{
    struct arena *arena = arena_new(4 << 20);
    CHECK(finds(arena, "阿莫西林", "amoxicillin"));
    CHECK(finds(arena, "莫西", "amoxicillin"));
    CHECK(finds(arena, "amxl", "amoxicillin"));
    CHECK(finds(arena, "amoxilin", "amoxicillin"));
    CHECK(finds(arena, "Ibuprofen", "ibuprofen"));
    CHECK(!finds(arena, "xyz", "amoxicillin") && !finds(arena, "  ", "amoxicillin"));
    arena_free(arena);
}

TEST(each_code_stands_once_and_the_demos_drugs_are_all_there)
{
    static const char *const demo[] = {
        "ibuprofen",  "amlodipine", "metformin",        "omeprazole", "diclofenac-gel", "terbinafine-cream",
        "zopiclone",  "loratadine", "levofloxacin-eye", "ambroxol",   "sertraline",     "paracetamol",
        "salbutamol", "valproate",  "colchicine",       "aztriple",   "lactulose"};
    for (const struct drug *d = formulary; d->code; d++)
        CHECK(formulary_find(str_of(d->code)) == d);
    for (size_t i = 0; i < COUNT_OF(demo); i++)
        if (!formulary_find(str_of(demo[i])))
            check_fail(__FILE__, __LINE__, "%s is not in the formulary", demo[i]);
}

SWEEP(a_drug_is_searched)
{
    const struct drug *found[4];
    struct arena *arena = arena_new(1 << 20);
    if (!arena) return ERR_NOMEM;
    formulary_search(arena, STR("bl"), found, 4);
    arena_free(arena);
    return OK;
}

/* -- a site's own table -- */

/* The answer of formulary_open to a file that holds the text. */
static enum err table_of(const char *text, char why[160])
{
    char path[] = "/tmp/yunqiao-drugs-XXXXXX";
    int fd = mkstemp(path);
    ASSERT(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
    close(fd);
    enum err err = formulary_open(path, why);
    (void)unlink(path);
    return err;
}

#define DRUG                                                                                                 \
    "drug\tmoon-dust\t月尘散\tMoon dust\t1 g\tg\t口服\t月尘|moon dust\tpenicillin|nsaid\tcontrolled\n"
#define PLAIN "drug\tchalk\t白垩片\tChalk\t1 g\tg\t口服\t白垩|chalk\tanticoagulant\tfree\r\n"
#define PAIR "pair\tanticoagulant|opioid\tnsaid\tavoid\t出血。\tBleeding.\n"

TEST(a_sites_own_table_takes_the_place_of_the_programs)
{
    char why[160] = "";
    CHECK_OK(table_of("# ours\n" DRUG "\n" PLAIN PAIR "end\t3\n", why));
    CHECK(formulary_is_whole());
    CHECK(formulary_find(STR("moon-dust")) && !formulary_find(STR("amoxicillin")));
    CHECK(checked("moon-dust", NULL, NULL, NULL).is_controlled);
    CHECK_INT(checked("moon-dust", "青霉素", NULL, NULL).alerts[0].kind, ORDER_ALLERGY);
    struct order_verdict v = checked("moon-dust", NULL, NULL, "chalk");
    CHECK(v.alert_count == 1 && v.alerts[0].kind == ORDER_INTERACTION && v.alerts[0].is_high &&
          !v.unavailable);
    formulary_close();
    CHECK(formulary_find(STR("amoxicillin")) && formulary_is_whole());
}

TEST(a_table_that_is_missing_cut_off_or_half_edited_is_not_used_and_no_check_runs)
{
    static const char *const bad[] = {
        "",                                                    /* emptied */
        DRUG PLAIN,                                            /* its end is gone */
        DRUG PLAIN PAIR "end\t2\n",                            /* a line more */
        DRUG "end\t2\n",                                       /* a line less */
        "end\t0\n",                                            /* no drug at all */
        DRUG PLAIN PAIR "end\t3\n" PAIR,                       /* behind the end */
        DRUG DRUG "end\t2\n",                                  /* twice */
        "drug\tx\tx\tx\tx\tx\tx\tx\tmoonlike\tfree\nend\t1\n", /* a family that nobody knows */
        "drug\tx\tx\tx\tx\tx\tx\tx\t-\tperhaps\nend\t1\n",
        "drug\tx\tx\t\tx\tx\tx\tx\t-\tfree\nend\t1\n", /* no name */
        "pair\tnsaid\t-\tavoid\tx\tx\nend\t1\n",
        "pair\tnsaid\tnsaid\tavoid\tx\tx\tx\tx\tx\tx\tx\tx\nend\t1\n",
        "drug\t\xff\tx\tx\tx\tx\tx\tx\t-\tfree\nend\t1\n",
        "SQLite format 3",
    };
    char why[160] = "";
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        if (table_of(bad[i], why) == OK || formulary_is_whole())
            check_fail(__FILE__, __LINE__, "table %zu was taken", i);
        struct order_verdict v = checked("loratadine", NULL, NULL, NULL);
        CHECK(v.unavailable && strcmp(v.unavailable, "table") == 0);
    }
    CHECK_ERR(formulary_open("/nowhere/drugs.tsv", why), ERR_NOT_FOUND);
    CHECK(!formulary_is_whole() && formulary_find(STR("loratadine"))); /* there is something to choose from */
    CHECK_ERR(table_of(DRUG "x\n", why), ERR_BAD_INPUT);
    CHECK(strstr(why, "line 2"));
    CHECK_OK(formulary_open("", why));
    CHECK(formulary_is_whole() && !checked("loratadine", NULL, NULL, NULL).unavailable);
}

SWEEP(a_sites_table_is_read)
{
    char why[160] = "";
    enum err err = table_of(DRUG PLAIN PAIR "end\t3\n", why);
    formulary_close();
    return err;
}
