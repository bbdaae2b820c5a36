#include "../check.h"
#include "base/json.h"
#include "base/rnd.h"
#include "records/tape.h"

static struct tape read_good(struct arena *arena, const char *body)
{
    struct tape tape;
    struct tape_fault fault = {.why = ""};
    enum err err = tape_read(arena, str_of(body), 10000, &tape, &fault);
    if (err) check_fail(__FILE__, __LINE__, "%s: %s at %u", body, fault.why, fault.byte);
    return tape;
}

TEST(a_body_becomes_nodes_that_point_into_it)
{
    struct arena *arena = arena_new(1 << 20);
    struct tape t = read_good(arena, " {\"a\":[1,\"x\"], \"b\" : {\"c\":null}} ");
    CHECK_INT(t.count, 6);
    CHECK_INT(t.nodes[0].end, 6);
    CHECK_INT(t.nodes[0].count, 2);
    uint32_t a = tape_get(&t, 0, STR("a")), b = tape_get(&t, 0, STR("b"));
    CHECK_STR(tape_raw(&t, a), "[1,\"x\"]");
    CHECK_STR(tape_raw(&t, tape_at(&t, a, 1)), "\"x\"");
    CHECK_STR(tape_raw(&t, tape_get(&t, b, STR("c"))), "null");
    CHECK_STR(tape_name(&t, b), "b");
    CHECK_INT(tape_at(&t, a, 2), TAPE_NONE);
    CHECK_INT(tape_get(&t, 0, STR("z")), TAPE_NONE);
    CHECK_INT(tape_get(&t, TAPE_NONE, STR("z")), TAPE_NONE);
    arena_free(arena);
}

TEST(a_number_keeps_the_text_it_was_written_with)
{
    static const char *const numbers[] = {
        "1.50", "0", "-0", "-0.10", "1e5", "1E+05", "100000000000000000000000000.000", "3.0e-9"};
    struct arena *arena = arena_new(1 << 20);
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        struct tape t = read_good(arena, numbers[i]);
        CHECK_INT(t.nodes[0].kind, TAPE_NUMBER);
        CHECK_STR(tape_raw(&t, 0), numbers[i]);
    }
    arena_free(arena);
}

TEST(escapes_are_undone_and_surrogates_joined)
{
    static const struct {
        const char *body, *text;
    } cases[] = {
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"\\u5f20\\u4e09\"", "张三"},
        {"\"\\uD83D\\uDE00!\"", "😀!"},
        {"\"张\\u0041三\"", "张A三"},
        {"\"\\u00e9\\u07ff\\uffff\"", "é߿\xef\xbf\xbf"},
        {"\"plain text of more than eight bytes\"", "plain text of more than eight bytes"},
    };
    struct arena *arena = arena_new(1 << 20);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tape t = read_good(arena, cases[i].body);
        struct str text;
        CHECK(tape_text(&t, 0, arena, &text));
        CHECK_STR(text, cases[i].text);
    }
    arena_free(arena);
}

TEST(what_is_not_json_is_refused_with_its_place)
{
    static const struct {
        const char *body, *why, *path;
        uint32_t byte;
    } cases[] = {
        {"", "the body ends too early", "", 0},
        {"{\"a\":1} x", "bytes after the value", "", 8},
        {"{\"a\":1,\"a\":2}", "a name given twice", "a", 7},
        {"{\"name\":[{\"given\":[\"x\",\"\\q\"]}]}", "an escape that JSON does not know", "name[0].given[1]",
         24},
        {"{\"a\":01}", "a number that begins with 0", "a", 5},
        {"[1,]", "neither a value nor a bracket", "[1]", 3},
        {"[1 2]", "a comma or the closing bracket is wanted here", "[1]", 3},
        {"{\"a\" 1}", "a colon is wanted after the name", "", 5},
        {"{a:1}", "a name in quotes is wanted here", "", 1},
        {"{\"\\u0061\":1}", "a name with an escape", "", 1},
        {"{\"\":1}", "a name that is empty or too long", "", 1},
        {"\"\xc0\xaf\"", "bytes that are not UTF-8", "", 1},
        {"\"\xed\xa0\x80\"", "bytes that are not UTF-8", "", 1},
        {"\"\xf4\x90\x80\x80\"", "bytes that are not UTF-8", "", 1},
        {"\"\\ud800\"", "half of a surrogate pair", "", 1},
        {"\"\\udc00\\ud800\"", "half of a surrogate pair", "", 1},
        {"\"\\u0000\"", "the character U+0000", "", 1},
        {"\"a\nb\"", "a control character in a text", "", 2},
        {"\"abc", "the text does not end", "", 1},
        {"1.", "a number that ends with a point", "", 0},
        {"1e", "a number whose exponent has no digits", "", 0},
        {"-", "a number without digits", "", 0},
        {"tru", "neither a value nor a bracket", "", 0},
        {"NaN", "neither a value nor a bracket", "", 0},
        {"\xef\xbb\xbf{}", "neither a value nor a bracket", "", 0},
    };
    struct arena *arena = arena_new(1 << 20);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct tape tape;
        struct tape_fault fault = {0};
        CHECK_ERR(tape_read(arena, str_of(cases[i].body), 100, &tape, &fault), ERR_BAD_INPUT);
        CHECK_STR(str_of(fault.why), cases[i].why);
        CHECK_STR(str_of(fault.path), cases[i].path);
        CHECK_INT(fault.byte, cases[i].byte);
    }
    arena_free(arena);
}

/* An object with n members; the last one repeats the first when `twice`. */
static void write_members(struct buf *to, int n, bool twice)
{
    buf_clear(to);
    buf_add_char(to, '{');
    for (int i = 0; i < n; i++)
        buf_printf(to, "%s\"k%d\":%d", i ? "," : "", twice && i == n - 1 ? 0 : i, i);
    buf_add_char(to, '}');
    CHECK_OK(to->err);
}

TEST(a_name_given_twice_is_found_in_objects_of_any_size)
{
    struct arena *arena = arena_new(1 << 24);
    struct buf body;
    buf_init(&body, 1 << 20);
    for (int n = 2; n < 5000; n = n < 20 ? n + 1 : n * 3) {
        struct tape tape;
        struct tape_fault fault = {0};
        write_members(&body, n, false);
        CHECK_OK(tape_read(arena, buf_str(&body), 10000, &tape, &fault));
        CHECK_INT(tape.nodes[0].count, n);
        write_members(&body, n, true);
        CHECK_ERR(tape_read(arena, buf_str(&body), 10000, &tape, &fault), ERR_BAD_INPUT);
        CHECK_STR(str_of(fault.why), "a name given twice");
    }
    buf_done(&body);
    arena_free(arena);
}

TEST(depth_nodes_and_memory_have_their_limits)
{
    struct arena *arena = arena_new(1 << 20);
    struct tape tape;
    struct tape_fault fault = {0};
    char deep[2 * TAPE_DEPTH_MAX + 2];
    memset(deep, '[', TAPE_DEPTH_MAX);
    memset(deep + TAPE_DEPTH_MAX, ']', TAPE_DEPTH_MAX);
    CHECK_OK(tape_read(arena, (struct str){deep, 2 * TAPE_DEPTH_MAX}, 1000, &tape, &fault));
    memset(deep, '[', TAPE_DEPTH_MAX + 1);
    memset(deep + TAPE_DEPTH_MAX + 1, ']', TAPE_DEPTH_MAX + 1);
    CHECK_ERR(tape_read(arena, (struct str){deep, 2 * TAPE_DEPTH_MAX + 2}, 1000, &tape, &fault),
              ERR_BAD_INPUT);
    CHECK_STR(str_of(fault.why), "too many levels");
    CHECK_OK(tape_read(arena, STR("[1,2,3]"), 4, &tape, &fault));
    CHECK_ERR(tape_read(arena, STR("[1,2,3,4]"), 4, &tape, &fault), ERR_LIMIT);
    arena_free(arena);
    arena = arena_new(64);
    CHECK_ERR(tape_read(arena, STR("[1,2,3,4,5,6,7,8]"), 100, &tape, &fault), ERR_NOMEM);
    arena_free(arena);
}

/* The same value in both readers, all the way down: kinds, names, texts. */
static void compare(const struct tape *t, uint32_t node, const struct json *theirs, struct arena *arena)
{
    struct str ours, text;
    const struct tape_node *n = &t->nodes[node];
    CHECK(json_is_object(theirs) == (n->kind == TAPE_OBJECT));
    CHECK(json_is_array(theirs) == (n->kind == TAPE_ARRAY));
    CHECK(json_text(theirs, &text) == (n->kind == TAPE_TEXT));
    if (n->kind == TAPE_TEXT) {
        CHECK(tape_text(t, node, arena, &ours));
        CHECK(str_is(ours, text));
    }
    if (n->kind != TAPE_OBJECT && n->kind != TAPE_ARRAY) return;
    CHECK_INT(json_count(theirs), n->count);
    uint32_t child = node + 1;
    for (uint32_t i = 0; i < n->count; i++, child = t->nodes[child].end) {
        struct str name = tape_name(t, child);
        char key[256];
        snprintf(key, sizeof key, "%.*s", (int)name.bytes, name.at);
        const struct json *value = n->kind == TAPE_ARRAY ? json_at(theirs, i) : json_get(theirs, key);
        CHECK(value != NULL);
        compare(t, child, value, arena);
    }
    CHECK_INT(child, n->end);
}

static void write_value(struct buf *to, int depth)
{
    static const char *const scalars[] = {
        "1",     "1.50",    "-2e3",   "true",    "false",           "null", "\"\"",
        "\"a\"", "\"\\n\"", "\"张\"", "\"x y\"", "\"\\u00e9\\\"\"", "0",    "\"\\ud83d\\ude00\""};
    uint64_t kind = rnd_below(depth > 3 ? 1 : 4);
    bool is_object = kind == 1;
    if (kind == 0 || (kind == 3 && depth > 0)) {
        buf_add_text(to, scalars[rnd_below(COUNT_OF(scalars))]);
        return;
    }
    buf_add_char(to, is_object ? '{' : '[');
    for (uint64_t i = 0, n = rnd_below(4); i < n; i++) {
        if (i) buf_add_text(to, rnd_below(3) ? "," : " , ");
        if (is_object) buf_printf(to, "\"%c\":", (char)('a' + rnd_below(8)));
        write_value(to, depth + 1);
    }
    buf_add_char(to, is_object ? '}' : ']');
}

static void spoil(struct buf *body)
{
    static const char bytes[] = "{}[],:\"\\0e.-tn \x01\x80\xed";
    for (uint64_t n = 1 + rnd_below(2); n && body->bytes; n--)
        body->at[rnd_below(body->bytes)] = bytes[rnd_below(sizeof bytes - 1)];
}

/* Both take it, and see the same; or both refuse it. We alone refuse names with escapes and empty ones; jansson alone a root that
 * is a scalar. */
static bool both_take(struct str body)
{
    struct arena *arena = arena_new(1 << 18);
    struct tape tape;
    struct tape_fault fault = {0};
    struct json *theirs = NULL;
    enum err mine = tape_read(arena, body, 10000, &tape, &fault);
    enum err jansson = json_parse(body, &theirs, NULL);
    bool is_scalar = mine == OK && tape.nodes[0].kind > TAPE_ARRAY;
    bool is_name =
        mine == ERR_BAD_INPUT && (str_is_text(str_of(fault.why), "a name with an escape") ||
                                  str_is_text(str_of(fault.why), "a name that is empty or too long"));
    if (!is_scalar && !is_name && (mine == OK) != (jansson == OK))
        check_fail(__FILE__, __LINE__, "%.*s: %s, jansson %s", (int)body.bytes, body.at, err_text(mine),
                   err_text(jansson));
    if (mine == OK && jansson == OK) compare(&tape, 0, theirs, arena);
    json_free(theirs);
    arena_free(arena);
    return mine == OK && jansson == OK;
}

TEST(bodies_made_at_random_read_the_same_as_jansson_reads_them)
{
    long turns = check_count(100000, 10000000), taken = 0;
    rnd_seed(20261123);
    for (long turn = 0; turn < turns; turn++) {
        struct buf body;
        buf_init(&body, 1 << 16);
        write_value(&body, 0);
        if (turn % 2) spoil(&body);
        CHECK_OK(body.err);
        taken += both_take(buf_str(&body));
        buf_done(&body);
    }
    rnd_seed(0);
    CHECK(taken > turns / 4);
    CHECK(taken < turns * 9 / 10);
}

SWEEP(a_body_is_read_or_memory_is_short)
{
    static const char body[] =
        "{\"a\":[1,2,{\"b\":\"\\u5f20\"}],\"k0\":0,\"k1\":0,\"k2\":0,\"k3\":0,\"k4\":0,\"k5\":0,\"k6\":0,"
        "\"k7\":0,\"k8\":0,\"k9\":0,\"ka\":0,\"kb\":0,\"kc\":0}";
    struct tape tape;
    struct tape_fault fault;
    struct arena *arena = arena_new(1 << 16);
    if (!arena) return ERR_NOMEM;
    enum err err = tape_read(arena, str_of(body), 1000, &tape, &fault);
    arena_free(arena);
    return err;
}
