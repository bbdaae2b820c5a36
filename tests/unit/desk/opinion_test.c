/* An opinion's text as JSON, and a signed one verified: whole, changed, and with memory failing. */
#include "desk/opinion_text.h"
#include "desk/opinion_verify.h"
#include "tests/unit/check.h"
#include <stdlib.h>

static enum err read_part(struct arena *arena, enum opinion_part part, const char *json,
                          struct opinion_text *to)
{
    struct json *v;
    const char *where = NULL;
    enum err err = json_parse(str_of(json), &v, NULL);
    if (err) return err;
    err = opinion_text_read(arena, part, v, to, &where);
    json_free(v);
    return err;
}

TEST(a_part_is_read_strictly_and_written_as_it_was)
{
    static const struct {
        enum opinion_part part;
        const char *json;
    } good[] = {
        {OPINION_FINDINGS, "{\"text\":\"a\\nb\"}"},
        {OPINION_ASSESSMENT, "{\"text\":\"\",\"codes\":[{\"code\":\"H40.2\",\"display\":\"x\"}]}"},
        {OPINION_ADVICE, "{\"items\":[{\"id\":\"a1\",\"kind\":\"referral\",\"words\":\"now\"}]}"},
        {OPINION_FOLLOW_UP, "{\"text\":\"\",\"due\":\"2026-12-03\"}"},
    };
    static const struct {
        enum opinion_part part;
        const char *json;
    } bad[] = {
        {OPINION_FINDINGS, "{}"},
        {OPINION_FINDINGS, "{\"text\":\"a\",\"due\":\"\"}"},
        {OPINION_FINDINGS, "{\"text\":\"\\u0007\"}"},
        {OPINION_ASSESSMENT, "{\"text\":\"\",\"codes\":[{\"code\":\"H 4\",\"display\":\"x\"}]}"},
        {OPINION_ASSESSMENT,
         "{\"text\":\"\",\"codes\":[{\"code\":\"A\",\"display\":\"x\"},{\"code\":\"A\",\"display\":\"y\"}]}"},
        {OPINION_ADVICE, "{\"items\":[{\"id\":\"A\",\"kind\":\"other\",\"words\":\"\"}]}"},
        {OPINION_ADVICE, "{\"items\":[{\"id\":\"a\",\"kind\":\"else\",\"words\":\"\"}]}"},
        {OPINION_FOLLOW_UP, "{\"text\":\"\",\"due\":\"2026-02-30\"}"},
    };
    struct arena *arena = arena_new(4 << 20);
    struct opinion_text *text = arena_zalloc(arena, sizeof *text);
    for (size_t i = 0; i < COUNT_OF(good); i++) {
        struct buf out;
        struct json_out o;
        CHECK_OK(read_part(arena, good[i].part, good[i].json, text));
        buf_init(&out, 4096);
        json_out_init(&o, &out);
        opinion_text_write(text, good[i].part, &o, NULL);
        CHECK(str_is_text(buf_str(&out), good[i].json));
        buf_done(&out);
    }
    CHECK(!opinion_text_is_empty(text));
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK_ERR(read_part(arena, bad[i].part, bad[i].json, text), ERR_BAD_INPUT);
    CHECK_INT(text->item_count, 1); /* what was refused left what stood */
    arena_free(arena);
}

static char bundle[64 * 1024];

/* A seed of the fuzz test, without its first byte. */
static struct str load(void)
{
    char path[512];
    const char *source = getenv("YQ_SOURCE");
    snprintf(path, sizeof path, "%s/tests/fuzz/corpus/opinion/bundle", source ? source : ".");
    FILE *f = fopen(path, "r");
    CHECK(f != NULL);
    size_t n = fread(bundle, 1, sizeof bundle, f);
    fclose(f);
    return (struct str){bundle + 1, n - 1};
}

static enum err verify(struct str file, enum opinion_verdict *ret)
{
    struct buf report;
    struct arena *arena = arena_new(64 << 20);
    if (!arena) return ERR_NOMEM;
    buf_init(&report, 1 << 20);
    enum err err = opinion_verify(arena, file, (struct str){0}, true, &report, ret);
    buf_done(&report);
    arena_free(arena);
    return err;
}

TEST(a_changed_byte_of_the_text_is_told)
{
    struct str file = load();
    enum opinion_verdict verdict;
    CHECK_OK(verify(file, &verdict));
    CHECK_INT(verdict, OPINION_HOLDS);
    char *word = strstr(bundle, "38 mmHg");
    CHECK(word != NULL);
    word[1] = '3';
    CHECK_OK(verify(file, &verdict));
    CHECK_INT(verdict, OPINION_HOLDS_NOT);
    CHECK_OK(verify(STR("{}"), &verdict));
    CHECK_INT(verdict, OPINION_IS_NO_FILE);
}

SWEEP(an_opinion_is_verified)
{
    enum opinion_verdict verdict = OPINION_IS_NO_FILE;
    enum err err = verify(load(), &verdict);
    if (!err) CHECK_INT(verdict, OPINION_HOLDS);
    return err;
}
