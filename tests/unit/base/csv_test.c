/* Rows as spreadsheets write them. */
#include "base/buf.h"
#include "base/csv.h"
#include "tests/unit/check.h"

static struct arena *room(void)
{
    struct arena *a = arena_new(1 << 20);
    CHECK(a != NULL);
    return a;
}

TEST(rows_are_read_with_their_quotes_and_line_ends)
{
    struct arena *a = room();
    struct str rest = STR("号,姓名 ,\"a, \"\"b\"\"\"\r\n\n1,\"two\nlines\",\n,x");
    struct csv_row r;
    CHECK_OK(csv_read(a, ',', &rest, &r));
    CHECK_INT(r.count, 3);
    CHECK_STR(r.fields[1], "姓名");
    CHECK_STR(r.fields[2], "a, \"b\"");
    CHECK_OK(csv_read(a, ',', &rest, &r));
    CHECK_INT(r.count, 1);
    CHECK_STR(r.fields[0], "");
    CHECK_OK(csv_read(a, ',', &rest, &r));
    CHECK_INT(r.count, 3);
    CHECK_STR(r.fields[1], "two\nlines");
    CHECK_INT(r.lines, 2);
    CHECK_OK(csv_read(a, ',', &rest, &r));
    CHECK_INT(r.count, 2);
    CHECK_STR(r.fields[1], "x");
    CHECK_INT(rest.bytes, 0);
    arena_free(a);
}

TEST(a_broken_row_is_told_and_the_next_one_is_read)
{
    static const char *const bad[] = {"\"no end\n1,2\n", "\"end\"x,1\n1,2\n"};
    struct arena *a = room();
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        struct str rest = str_of(bad[i]);
        struct csv_row r;
        CHECK_ERR(csv_read(a, ',', &rest, &r), ERR_BAD_INPUT);
        CHECK_OK(csv_read(a, ',', &rest, &r));
        CHECK_STR(r.fields[1], "2");
    }
    char wide[2 * CSV_FIELDS_MAX + 8] = "";
    memset(wide, ',', CSV_FIELDS_MAX);
    memcpy(wide + CSV_FIELDS_MAX, "\n1,2\n", 6);
    struct str rest = str_of(wide);
    struct csv_row r;
    CHECK_ERR(csv_read(a, ',', &rest, &r), ERR_LIMIT);
    CHECK_OK(csv_read(a, ',', &rest, &r));
    CHECK_INT(r.count, 2);
    arena_free(a);
}

TEST(the_separator_is_the_one_that_the_first_line_uses)
{
    CHECK_INT(csv_separator(STR("a,b;c,d\n;;;;")), ',');
    CHECK_INT(csv_separator(STR("a;b;c")), ';');
    CHECK_INT(csv_separator(STR("a\tb")), '\t');
    CHECK_INT(csv_separator(STR("a")), ',');
}

TEST(what_is_put_is_read_back)
{
    struct arena *a = room();
    struct buf out;
    struct csv_row r;
    buf_init(&out, 256);
    csv_put(&out, STR("a \"b\""));
    buf_add_char(&out, ',');
    csv_put(&out, STR("one;\ntwo"));
    CHECK_OK(out.err);
    struct str rest = buf_str(&out);
    CHECK_OK(csv_read(a, ',', &rest, &r));
    CHECK_INT(r.count, 2);
    CHECK_STR(r.fields[0], "a \"b\"");
    CHECK_STR(r.fields[1], "one;\ntwo");
    buf_done(&out);
    arena_free(a);
}

SWEEP(a_row_is_read)
{
    struct arena *a = arena_new(1 << 16);
    struct str rest = STR("a,\"b\"");
    struct csv_row r;
    if (!a) return ERR_NOMEM;
    enum err err = csv_read(a, ',', &rest, &r);
    arena_free(a);
    return err;
}
