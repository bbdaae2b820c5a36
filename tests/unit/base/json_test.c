#include "base/json.h"
#include "base/mem.h"
#include "tests/unit/check.h"

static struct json *parse(const char *text)
{
    struct json *v = NULL;
    char why[96] = "";
    enum err err = json_parse(str_of(text), &v, why);
    if (err) check_fail(__FILE__, __LINE__, "%s: %s", text, why);
    return v;
}

TEST(values_are_read_by_their_type_and_no_other)
{
    struct json *v = parse(
        "{\"t\": \"文本\", \"n\": -42, \"r\": 1.5, \"b\": true, \"z\": null, \"a\": [1, 2, 3], \"o\": {}}");
    struct str text = STR("untouched");
    int64_t n = 7;
    bool b = false;
    CHECK(json_is_object(v) && !json_is_array(v));
    CHECK_INT(json_count(v), 7);
    CHECK(json_text(json_get(v, "t"), &text));
    CHECK_STR(text, "文本");
    CHECK(json_int(json_get(v, "n"), &n));
    CHECK_INT(n, -42);
    CHECK(json_bool(json_get(v, "b"), &b) && b);
    CHECK(!json_int(json_get(v, "r"), &n)); /* a fraction is no whole number */
    CHECK(!json_int(json_get(v, "t"), &n));
    CHECK(!json_int(json_get(v, "z"), &n));
    CHECK(!json_bool(json_get(v, "n"), &b));
    CHECK(!json_text(json_get(v, "n"), &text));
    CHECK(!json_text(json_get(v, "absent"), &text));
    CHECK_INT(n, -42);
    CHECK(json_is_array(json_get(v, "a")));
    CHECK_INT(json_count(json_get(v, "a")), 3);
    CHECK(json_int(json_at(json_get(v, "a"), 2), &n));
    CHECK_INT(n, 3);
    CHECK(json_at(json_get(v, "a"), 3) == NULL);
    CHECK(json_at(v, 0) == NULL);
    CHECK(json_get(json_get(v, "a"), "x") == NULL);
    CHECK(json_get(NULL, "x") == NULL);
    CHECK_INT(json_count(json_get(v, "t")), 0);
    json_free(v);
    json_free(NULL);
}

TEST(members_are_walked_and_unknown_ones_named)
{
    static const char *const known[] = {"a", "b", NULL}, *const fewer[] = {"a", NULL};
    struct json *v = parse("{\"a\": 1, \"b\": 2}");
    void *it = NULL;
    const char *key;
    const struct json *value;
    int64_t n, sum = 0;
    while (json_next(v, &it, &key, &value)) {
        CHECK(json_int(value, &n));
        sum += n;
        CHECK_INT(key[0], n == 1 ? 'a' : 'b');
    }
    CHECK_INT(sum, 3);
    CHECK(json_unknown_key(v, known) == NULL);
    CHECK_STR(str_of(json_unknown_key(v, fewer)), "b");
    json_free(v);
}

TEST(what_is_not_strict_json_is_refused_with_its_place)
{
    static const char *const bad[] = {"",
                                      " ",
                                      "{",
                                      "[1,]",
                                      "{\"a\":1,}",
                                      "{\"a\":1 \"b\":2}",
                                      "{a:1}",
                                      "{'a':1}",
                                      "[1] 2",
                                      "[01]",
                                      "[+1]",
                                      "[.5]",
                                      "[1.]",
                                      "[NaN]",
                                      "[Infinity]",
                                      "[1e999]",
                                      "[99999999999999999999]",
                                      "// c\n[1]",
                                      "[1] // c",
                                      "{\"a\":1,\"a\":2}",
                                      "[\"\\x41\"]",
                                      "[\"\\ud800\"]",
                                      "[\"\\udc00\\ud800\"]",
                                      "[\"\\u0000\"]",
                                      "[\"a\nb\"]",
                                      "[\"\t\"]",
                                      "[\"\xff\"]",
                                      "[\"\xed\xa0\x80\"]",
                                      "[\"\xc0\xaf\"]",
                                      "[\"\xf4\x90\x80\x80\"]",
                                      "[tru]",
                                      "\xef\xbb\xbf[1]",
                                      "[\"unended]",
                                      "]"};
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct json *v = NULL;
        char why[96] = "";
        if (json_parse(str_of(bad[i]), &v, why) != ERR_BAD_INPUT)
            check_fail(__FILE__, __LINE__, "%s is read", bad[i]);
        CHECK(v == NULL);
        CHECK(why[0] != 0);
        CHECK_ERR(json_parse(str_of(bad[i]), &v, NULL), ERR_BAD_INPUT);
    }
    struct json *v = NULL;
    CHECK_ERR(json_parse((struct str){"[1]\0", 4}, &v, NULL), ERR_BAD_INPUT);
    CHECK_ERR(json_parse((struct str){"[true\0]", 7}, &v, NULL), ERR_BAD_INPUT);
    CHECK_ERR(json_parse((struct str){NULL, 0}, &v, NULL), ERR_BAD_INPUT);
}

TEST(sixteen_levels_are_read_and_seventeen_are_not)
{
    char text[4096];
    struct json *v = NULL;
    for (int depth = 1; depth <= 1000; depth++) {
        memset(text, '[', (size_t)depth);
        memset(text + depth, ']', (size_t)depth);
        enum err err = json_parse((struct str){text, (size_t)depth * 2}, &v, NULL);
        CHECK_ERR(err, depth <= JSON_DEPTH_MAX ? OK : ERR_BAD_INPUT);
        if (err == OK) json_free(v);
    }
    v = parse(
        "[\"[[[[[[[[[[[[[[[[[[[[\", \"\\\"[[[[[[[[[[[[[[[[[[[[\", {\"[[[[[[[[[[[[[[[[[[\": 1}]"); /* in strings they are text */
    json_free(v);
}

TEST(a_password_does_not_stay_behind_in_freed_memory)
{
    /* The heap's first-fit makes it likely, not certain, that a leftover would be met; the wiping itself is
     * what json.c does. */
    struct json *v = parse("{\"password\": \"canary-7f3a-canary-7f3a-canary-7f3a\"}");
    struct str text;
    CHECK(json_text(json_get(v, "password"), &text));
    CHECK_INT(text.bytes, 35);
    json_free(v);
    for (int i = 0; i < 64; i++) {
        char *p = mem_alloc(48 + (size_t)i);
        CHECK(p != NULL);
#if !defined(YQ_SANITIZED)
        CHECK(memmem(p, 48, "canary-7f3a", 11) == NULL);
#endif
        mem_free(p);
    }
}

SWEEP(a_request_is_parsed)
{
    struct json *v = NULL;
    enum err err = json_parse(
        STR("{\"a\": [1, 2, {\"b\": \"text\"}], \"c\": null, \"d\": 1.25, \"e\": {\"f\": []}}"), &v, NULL);
    if (err == OK) json_free(v);
    return err;
}

/* A number in place of the first #, which makes keys differ. */
static void add_unit(struct buf *b, const char *unit, int i)
{
    for (; *unit; unit++)
        if (*unit == '#')
            buf_printf(b, "%x", (unsigned)i);
        else
            buf_add_char(b, *unit);
}

/* The room that json.c takes before it parses must suffice: it stops the process otherwise. */
static void parse_flood(const char *head, const char *unit, const char *tail, size_t bytes_max)
{
    struct buf b;
    struct json *v = NULL;
    buf_init(&b, bytes_max * 2 + 4096);
    for (int n = 0; b.bytes < bytes_max; n++) {
        buf_clear(&b);
        buf_add_text(&b, head);
        for (int i = 0; i < n; i++) {
            if (i) buf_add_char(&b, ',');
            add_unit(&b, unit, i);
        }
        buf_add_text(&b, tail);
        CHECK_OK(b.err);
        CHECK_OK(json_parse(buf_str(&b), &v, NULL));
        json_free(v);
        if (n > 100) n += n / 3;
    }
    buf_done(&b);
}

TEST(no_text_needs_more_memory_than_was_laid_by)
{
    static const char *const units[] = {
        "{}",
        "[]",
        "\"\"",
        "1",
        "1.5",
        "null",
        "[[]]",
        "[{}]",
        "{\"\":{}}",
        "{\"\":[]}",
        "[[[[[[[[[[]]]]]]]]]]",
        "\"\\u4e91\\ud83e\\ude7a\"",
        "\"0123456789abcdef\"",
        "\"\\\\\\\"\\\\\"",
        "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\""};
    for (size_t i = 0; i < COUNT_OF(units); i++)
        parse_flood("[", units[i], "]", 20000);
    parse_flood("{", "\"#\":1", "}", 70000);
    parse_flood("{",
                "\"0123456789abcdef0123456789abcdef#\":\"0123456789abcdef0123456789abcdef0123456789abcdef\"",
                "}", 70000);
    for (size_t bytes = 1; bytes < 5000000; bytes += 1 + bytes / 5) {
        struct buf b;
        struct json *v = NULL;
        struct str read;
        buf_init(&b, bytes * 2 + 100);
        buf_add_text(&b, "[\"");
        for (size_t i = 0; i < bytes; i++)
            buf_add_char(&b, (char)('A' + i % 26));
        buf_add_text(&b, "\",{\"a\":\"b\"}]");
        CHECK_OK(b.err);
        CHECK_OK(json_parse(buf_str(&b), &v, NULL));
        CHECK(json_text(json_at(v, 0), &read) && read.bytes == bytes);
        json_free(v);
        buf_done(&b);
    }
    parse_flood("{", "\"#\":{}", "}", 70000);
    parse_flood("{", "\"#\":[]", "}", 70000);
    for (size_t n = 1; n < 70000; n += 1 + n / 7) { /* one long string, and one long number that is none */
        char *text = mem_alloc(n + 2);
        struct json *v = NULL;
        CHECK(text != NULL);
        memset(text, 'x', n + 2);
        text[0] = '[';
        CHECK_ERR(json_parse((struct str){text, n}, &v, NULL), ERR_BAD_INPUT);
        text[0] = '"';
        CHECK_ERR(json_parse((struct str){text, n}, &v, NULL), ERR_BAD_INPUT);
        memset(text, '1', n);
        CHECK_ERR(json_parse((struct str){text, n}, &v, NULL), ERR_BAD_INPUT); /* no root of its own */
        mem_free(text);
    }
}
