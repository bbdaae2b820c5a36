#include "imaging/multipart.h"
#include "object.h"
#include "tests/unit/check.h"

static struct multipart_part parts[8];

static enum err read_all(const char *text, size_t bytes, const char *boundary, int *ret_n)
{
    struct buf b;
    struct multipart m;
    enum err err = OK;
    int n = 0;
    buf_init(&b, 1 << 20);
    buf_add(&b, text, bytes);
    struct source s = object_source(&b);
    multipart_begin(&m, &s, boundary);
    while (n < 8 && !(err = multipart_next(&m, &parts[n])))
        n++;
    *ret_n = n;
    buf_done(&b);
    return err;
}

TEST(parts_are_found_with_their_types_and_exact_bytes)
{
    static const char body[] =
        "preface\r\n--b\r\nContent-Type: application/dicom\r\nX: y\r\n\r\none\r\n--b \t\r\n\r\n\r\n--bx\r\n"
        "\r\n--b\r\ncontent-type: text/plain; q=1\r\n\r\n\r\n--b--\r\nafterwards";
    int n;
    CHECK_ERR(read_all(body, sizeof body - 1, "b", &n), ERR_NOT_FOUND);
    CHECK_INT(n, 3);
    CHECK_STR(str_of(parts[0].type), "application/dicom");
    CHECK(memcmp(body + parts[0].offset, "one", 3) == 0 && parts[0].bytes == 3);
    CHECK_INT(parts[1].bytes, 8); /* a mark that only begins like ours is content */
    CHECK_STR(str_of(parts[2].type), "text/plain; q=1");
    CHECK_INT(parts[2].bytes, 0);
}

TEST(a_mark_across_any_block_is_seen)
{
    for (size_t pad = 16384 - 40; pad < 16384 + 10; pad++) {
        struct buf b;
        int n;
        buf_init(&b, 1 << 20);
        buf_add_text(&b, "--mark\r\n\r\n");
        for (size_t i = 0; i < pad; i++)
            buf_add_char(&b, i % 3 ? '-' : '\r');
        buf_add_text(&b, "\r\n--mark--");
        CHECK_ERR(read_all(b.at, b.bytes, "mark", &n), ERR_NOT_FOUND);
        CHECK(n == 1 && parts[0].bytes == (int64_t)pad);
        buf_done(&b);
    }
}

TEST(a_body_without_its_end_or_with_a_broken_head_is_refused)
{
    static const char *const bodies[] = {"",
                                         "--b",
                                         "--b\r\n",
                                         "--b\r\nA: b\r\n\r\nx",
                                         "--b\r\nA: b\r\n\r\nx\r\n--b",

                                         "--b\r\nA: b\r\n\r\nx\r\n--bx--"};
    int n;
    for (size_t i = 0; i < COUNT_OF(bodies); i++)
        CHECK_ERR(read_all(bodies[i], strlen(bodies[i]), "b", &n), ERR_BAD_INPUT);
}

TEST(the_boundary_is_read_as_it_may_be_written)
{
    static const struct {
        const char *field, *boundary; /* NULL: refused */
    } cases[] = {
        {"multipart/related; type=\"application/dicom\"; boundary=abc", "abc"},
        {"Multipart/Related;boundary=\"a b'()+_,-./:=?\";type=application/dicom", "a b'()+_,-./:=?"},
        {"multipart/related; type=\"application/dicom\"", NULL},
        {"multipart/related; boundary=\"\"", NULL},
        {"multipart/related; boundary=\"x \"", NULL},
        {"multipart/related; boundary=a\"b", NULL},
        {"multipart/form-data; boundary=abc", NULL},
        {"multipart/related; "
         "boundary=0123456789012345678901234567890123456789012345678901234567890123456789x",
         NULL},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        char boundary[MULTIPART_BOUNDARY_BYTES + 1], type[64];
        bool ok = multipart_boundary(str_of(cases[i].field), boundary, type);
        CHECK(ok == (cases[i].boundary != NULL));
        if (ok) CHECK_STR(str_of(boundary), cases[i].boundary);
    }
}
