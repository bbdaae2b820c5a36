/* What is read as JSON can be walked, is no deeper than said, and comes out of the writer as JSON that reads
 * the same. */
#include "base/json.h"
#include "tests/fuzz/fuzz.h"

static void write_value(struct json_out *o, const char *key, const struct json *v, int depth)
{
    struct str text;
    int64_t n;
    bool b;
    ASSERT(depth <= JSON_DEPTH_MAX);
    if (json_is_object(v)) {
        void *it = NULL;
        const char *name;
        const struct json *member;
        size_t members = 0;
        json_open(o, key);
        for (; json_next(v, &it, &name, &member); members++) {
            ASSERT(json_get(v, name) == member);
            write_value(o, name, member, depth + 1);
        }
        ASSERT(members == json_count(v));
        json_close(o);
    } else if (json_is_array(v)) {
        json_open_array(o, key);
        for (size_t i = 0; i < json_count(v); i++)
            write_value(o, NULL, json_at(v, i), depth + 1);
        json_close_array(o);
    } else if (json_text(v, &text)) {
        ASSERT(str_is_utf8(text));
        json_put_str(o, key, text);
    } else if (json_int(v, &n)) {
        json_put_int(o, key, n);
    } else if (json_bool(v, &b)) {
        json_put_bool(o, key, b);
    } else {
        json_put_null(o, key); /* null, and fractions, which have no writer */
    }
}

static bool write_root(const struct json *v, struct buf *to)
{
    struct json_out o;
    json_out_init(&o, to);
    write_value(&o, NULL, v, 0);
    ASSERT(o.depth == 0);
    return to->err == OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct json *v, *back;
    struct buf first, second;
    char why[96] = "";
    enum err err = json_parse(fuzz_str(bytes, n), &v, why);
    if (err != OK) {
        ASSERT(err == ERR_NOMEM || (err == ERR_BAD_INPUT && why[0] && strlen(why) < sizeof why));
        return 0;
    }
    ASSERT(str_is_utf8(fuzz_str(bytes, n)));
    buf_init(&first, 16 * n + 1024);
    buf_init(&second, 16 * n + 1024);
    if (write_root(v, &first) && (err = json_parse(buf_str(&first), &back, NULL)) != ERR_NOMEM) {
        ASSERT(err == OK);
        if (write_root(back, &second)) ASSERT(str_is(buf_str(&first), buf_str(&second)));
        json_free(back);
    }
    json_free(v);
    buf_done(&first);
    buf_done(&second);
    return 0;
}
