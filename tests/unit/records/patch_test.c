#include "../check.h"
#include "records/patch.h"

static struct tape read_good(struct arena *arena, const char *text)
{
    struct tape tape;
    CHECK_OK(tape_read(arena, str_of(text), 10000, &tape, NULL));
    return tape;
}

/* What becomes of the body, or "N: why" of the fault. */
static void outcome(const char *body, const char *patch, struct buf *to)
{
    struct arena *arena = arena_new(1 << 20);
    struct tape b = read_good(arena, body), p = read_good(arena, patch);
    struct patch_fault fault;
    enum err err = patch_apply(&b, &p, arena, 1000, to, &fault);
    if (err) {
        CHECK_ERR(err, ERR_BAD_INPUT);
        CHECK_INT(to->bytes, 0);
        buf_printf(to, "%u%s: %s", fault.operation, fault.is_test ? " test" : "", fault.why);
    }
    arena_free(arena);
}

/* RFC 6902's appendix, and what FHIR brings. */
static const struct {
    const char *body, *patch, *after;
} cases[] = {
    {"{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\"}]",
     "{\"foo\":\"bar\",\"baz\":\"qux\"}"},
    {"{\"foo\":[\"bar\",\"baz\"]}", "[{\"op\":\"add\",\"path\":\"/foo/1\",\"value\":\"qux\"}]",
     "{\"foo\":[\"bar\",\"qux\",\"baz\"]}"},
    {"{\"baz\":\"qux\",\"foo\":\"bar\"}", "[{\"op\":\"remove\",\"path\":\"/baz\"}]", "{\"foo\":\"bar\"}"},
    {"{\"foo\":[\"bar\",\"qux\",\"baz\"]}", "[{\"op\":\"remove\",\"path\":\"/foo/1\"}]",
     "{\"foo\":[\"bar\",\"baz\"]}"},
    {"{\"baz\":\"qux\",\"foo\":\"bar\"}", "[{\"op\":\"replace\",\"path\":\"/baz\",\"value\":\"boo\"}]",
     "{\"baz\":\"boo\",\"foo\":\"bar\"}"},
    {"{\"foo\":{\"bar\":\"baz\",\"waldo\":\"fred\"},\"qux\":{\"corge\":\"grault\"}}",
     "[{\"op\":\"move\",\"from\":\"/foo/waldo\",\"path\":\"/qux/thud\"}]",
     "{\"foo\":{\"bar\":\"baz\"},\"qux\":{\"corge\":\"grault\",\"thud\":\"fred\"}}"},
    {"{\"foo\":[\"all\",\"grass\",\"cows\",\"eat\"]}",
     "[{\"op\":\"move\",\"from\":\"/foo/1\",\"path\":\"/foo/3\"}]",
     "{\"foo\":[\"all\",\"cows\",\"eat\",\"grass\"]}"},
    {"{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}",
     "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"qux\"},{\"op\":\"test\",\"path\":\"/foo/"
     "1\",\"value\":2.0}]",
     "{\"baz\":\"qux\",\"foo\":[\"a\",2,\"c\"]}"},
    {"{\"baz\":\"qux\"}", "[{\"op\":\"test\",\"path\":\"/baz\",\"value\":\"bar\"}]",
     "0 test: the test is not met"},
    {"{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/child\",\"value\":{\"grandchild\":{}}}]",
     "{\"foo\":\"bar\",\"child\":{\"grandchild\":{}}}"},
    {"{\"foo\":\"bar\"}", "[{\"op\":\"add\",\"path\":\"/baz/bat\",\"value\":\"qux\"}]",
     "0: nothing stands at the pointer"},
    {"{\"/\":9,\"~1\":10}",
     "[{\"op\":\"test\",\"path\":\"/~01\",\"value\":10},{\"op\":\"remove\",\"path\":\"/~1\"}]",
     "{\"~1\":10}"},
    {"{\"foo\":[\"bar\"]}", "[{\"op\":\"add\",\"path\":\"/foo/-\",\"value\":[\"abc\",\"def\"]}]",
     "{\"foo\":[\"bar\",[\"abc\",\"def\"]]}"},
    {"{\"foo\":1}", "[{\"op\":\"add\",\"path\":\"\",\"value\":[1.50]}]", "[1.50]"},
    {"{\"v\":1.50,\"w\":[0.10]}",
     "[{\"op\":\"copy\",\"from\":\"/w/0\",\"path\":\"/x\"},{\"op\":\"replace\",\"path\":\"/"
     "w\",\"value\":2.00}]",
     "{\"v\":1.50,\"w\":2.00,\"x\":0.10}"},
    {"{\"t\":\"\\u5f20\"}", "[{\"op\":\"test\",\"path\":\"/t\",\"value\":\"张\"}]", "{\"t\":\"\\u5f20\"}"},
    {"{\"o\":{\"a\":1,\"b\":[true,null]}}",
     "[{\"op\":\"test\",\"path\":\"/o\",\"value\":{\"b\":[true,null],\"a\":1e0}}]",
     "{\"o\":{\"a\":1,\"b\":[true,null]}}"},
    {"{\"a\":{\"b\":1}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]",
     "0: a value cannot be moved into itself"},
    {"{\"a\":[1]}", "[{\"op\":\"add\",\"path\":\"/a/2\",\"value\":1}]",
     "0: the index is beyond the array's end"},
    {"{\"a\":[1]}", "[{\"op\":\"remove\",\"path\":\"/a/-\"}]", "0: nothing stands at the pointer"},
    {"{\"a\":[1]}", "[{\"op\":\"remove\",\"path\":\"/a/00\"}]",
     "0: an array's index is a whole number, or -"},
    {"{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"\"}]", "0: the whole body cannot be removed"},
    {"{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"a\"}]", "0: a pointer begins with /"},
    {"{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/a\"},{\"op\":\"remove\",\"path\":\"/a\"}]",
     "1: nothing stands at the pointer"},
    {"{\"a\":1}", "[{\"op\":\"spam\",\"path\":\"/a\"}]",
     "0: op is one of add, remove, replace, move, copy, test"},
    {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a\"}]", "0: value is missing"},
    {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b\\\"\",\"value\":1}]", "0: no name for a property"},
    {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a~2\",\"value\":1}]",
     "0: ~ in a pointer stands before 0 or 1"},
    {"{\"a\":1}", "{}", "0: a patch is an array of operations"},
    {"{\"a\":1}", "[]", "{\"a\":1}"},
};

TEST(a_patch_does_what_the_standard_says)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct buf after;
        buf_init(&after, 1 << 16);
        outcome(cases[i].body, cases[i].patch, &after);
        if (!str_is_text(buf_str(&after), cases[i].after)) printf("  %s\n", cases[i].patch);
        CHECK_STR(buf_str(&after), cases[i].after);
        buf_done(&after);
    }
}

TEST(numbers_are_compared_by_value_and_not_by_their_text)
{
    static const struct {
        const char *a, *b;
        bool is_same;
    } pairs[] = {
        {"1.50", "1.5", true},
        {"1e2", "100", true},
        {"100", "1.00e+2", true},
        {"0", "-0.00", true},
        {"0.001", "1e-3", true},
        {"1", "-1", false},
        {"1", "10", false},
        {"1e2", "1e3", false},
        {"12", "21", false},
        {"0", "1", false},
        {"1e999999999999", "1e999999999998", true}, /* so far away that they are one */
    };
    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        CHECK(patch_is_same_number(str_of(pairs[i].a), str_of(pairs[i].b)) == pairs[i].is_same);
        CHECK(patch_is_same_number(str_of(pairs[i].b), str_of(pairs[i].a)) == pairs[i].is_same);
    }
}

TEST(a_patch_that_copies_without_end_meets_its_limit)
{
    struct arena *arena = arena_new(1 << 20);
    struct tape body = read_good(arena, "{\"a\":[1,2,3,4,5,6,7,8]}");
    struct tape patch = read_good(
        arena,
        "[{\"op\":\"copy\",\"from\":\"\",\"path\":\"/b\"},{\"op\":\"copy\",\"from\":\"\",\"path\":\"/c\"},"
        "{\"op\":\"copy\",\"from\":\"\",\"path\":\"/d\"},{\"op\":\"copy\",\"from\":\"\",\"path\":\"/e\"}]");
    struct buf to;
    buf_init(&to, 1 << 16);
    CHECK_ERR(patch_apply(&body, &patch, arena, 60, &to, NULL), ERR_LIMIT);
    CHECK_INT(to.bytes, 0);
    CHECK_OK(patch_apply(&body, &patch, arena, 1000, &to, NULL));
    buf_done(&to);
    arena_free(arena);
}

TEST(a_body_gets_no_deeper_by_patches_than_one_that_is_read)
{
    struct arena *arena = arena_new(1 << 22);
    struct tape body = read_good(arena, "{\"a\":{}}");
    struct buf text, to;
    struct patch_fault fault;
    buf_init(&text, 1 << 20);
    buf_init(&to, 1 << 20);
    /* Each pair of operations hangs all there is one level lower, by pointers that stay short. */
    for (int i = 0; i < 200; i++)
        buf_printf(&text,
                   "%s{\"op\":\"add\",\"path\":\"/b\",\"value\":{}},{\"op\":\"move\",\"from\":\"/"
                   "a\",\"path\":\"/b/a\"},"
                   "{\"op\":\"move\",\"from\":\"/b\",\"path\":\"/a\"}",
                   i ? "," : "[");
    buf_add_text(&text, "]");
    buf_add_char(&text, 0);
    CHECK_OK(text.err);
    struct tape patch = read_good(arena, text.at);
    CHECK_ERR(patch_apply(&body, &patch, arena, 100000, &to, &fault), ERR_BAD_INPUT);
    CHECK_STR(str_of(fault.why), "too many levels");
    buf_done(&text);
    buf_done(&to);
    arena_free(arena);
}

SWEEP(a_body_is_patched_or_memory_is_short)
{
    struct arena *arena = arena_new(1 << 16);
    struct tape body, patch;
    struct buf to;
    if (!arena) return ERR_NOMEM;
    buf_init(&to, 1 << 12);
    enum err err = tape_read(arena, STR("{\"a\":[1,\"\\u0041\"]}"), 100, &body, NULL);
    if (!err)
        err = tape_read(arena,
                        STR("[{\"op\":\"test\",\"path\":\"/a/"
                            "1\",\"value\":\"A\"},{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"}]"),
                        100, &patch, NULL);
    if (!err) err = patch_apply(&body, &patch, arena, 1000, &to, NULL);
    buf_done(&to);
    arena_free(arena);
    return err;
}
