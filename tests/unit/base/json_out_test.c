#include "base/json.h"
#include "tests/unit/check.h"

TEST(objects_arrays_and_commas_come_out_right)
{
    struct buf b;
    struct json_out o;
    buf_init(&b, 10000);
    json_out_init(&o, &b);
    json_open(&o, NULL);
    json_put_text(&o, "t", "x");
    json_put_text(&o, "none", NULL);
    json_put_str(&o, "s", (struct str){NULL, 0});
    json_put_int(&o, "n", INT64_MIN);
    json_put_bool(&o, "b", true);
    json_put_null(&o, "z");
    json_put_instant(&o, "at", (struct instant){1795418647031});
    json_put_instant(&o, "never", (struct instant){0});
    json_put_raw(&o, "raw", STR("[1,2]"));
    json_open_array(&o, "a");
    json_close_array(&o);
    json_open_array(&o, "l");
    json_put_int(&o, NULL, 1);
    json_open(&o, NULL);
    json_close(&o);
    json_open_array(&o, NULL);
    json_put_bool(&o, NULL, false);
    json_close_array(&o);
    json_close_array(&o);
    json_open(&o, "o");
    json_put_int(&o, "k", 2);
    json_close(&o);
    json_close(&o);
    CHECK_OK(b.err);
    CHECK_INT(o.depth, 0);
    CHECK_STR(
        buf_str(&b),
        "{\"t\":\"x\",\"none\":null,\"s\":\"\",\"n\":-9223372036854775808,\"b\":true,\"z\":null,"
        "\"at\":\"2026-11-23T07:24:07.031Z\",\"never\":null,\"raw\":[1,2],\"a\":[],\"l\":[1,{},[false]],"
        "\"o\":{\"k\":2}}");
    buf_done(&b);
}

TEST(every_character_survives_the_way_out_and_in)
{
    char text[0x500];
    size_t n = 0;
    for (int c = 1; c < 0x80; c++)
        text[n++] = (char)c;
    for (int c = 0x80; c < 0x250; c++) {
        text[n++] = (char)(0xc0 | c >> 6);
        text[n++] = (char)(0x80 | (c & 0x3f));
    }
    memcpy(text + n, "云桥\xf0\x9f\xa9\xba\xe2\x80\xa8</script>", 22);
    n += 22;
    struct str whole = {text, n}, back;
    struct buf b;
    struct json_out o;
    struct json *v;
    buf_init(&b, 100000);
    json_out_init(&o, &b);
    json_open(&o, NULL);
    json_put_str(&o, "k\"\\\n", whole);
    json_close(&o);
    CHECK_OK(b.err);
    CHECK(str_is_utf8(buf_str(&b)));
    for (size_t i = 0; i < b.bytes; i++)
        CHECK((unsigned char)b.at[i] >= ' ');
    CHECK_OK(json_parse(buf_str(&b), &v, NULL));
    CHECK(json_text(json_get(v, "k\"\\\n"), &back));
    CHECK(str_is(back, whole));
    json_free(v);
    buf_done(&b);
}

SWEEP(an_answer_is_written)
{
    struct buf b;
    struct json_out o;
    buf_init(&b, 100000);
    json_out_init(&o, &b);
    json_open_array(&o, NULL);
    for (int i = 0; i < 300; i++)
        json_put_text(&o, NULL, "a\x01 text");
    json_close_array(&o);
    enum err err = b.err;
    buf_done(&b);
    return err;
}
