#include "object.h"
#include "tests/unit/check.h"

static void put_shape(struct buf *b, const char *const vr[2], uint32_t rows, uint32_t columns,
                      const char *frames, bool is_big)
{
    put_number(b, 0x00280002, vr[0], 1, is_big);
    put(b, 0x00280008, vr[1], frames, strlen(frames), is_big);
    put_number(b, 0x00280010, vr[0], rows, is_big);
    put_number(b, 0x00280011, vr[0], columns, is_big);
    put_number(b, 0x00280100, vr[0], 8, is_big);
}

static void whole(struct buf *b, const char *syntax, uint32_t rows, uint32_t columns, const char *frames,
                  size_t pixel_bytes)
{
    static const uint8_t pixels[4096] = {7};
    static const char *const named[] = {"US", "IS"}, *const bare[] = {NULL, NULL};
    bool is_big = strcmp(syntax, BIG) == 0, is_implicit = strcmp(syntax, IMPLICIT) == 0;
    object_begin(b, syntax);
    put_shape(b, is_implicit ? bare : named, rows, columns, frames, is_big);
    put(b, 0x7fe00010, is_implicit ? NULL : "OW", pixels, pixel_bytes, is_big);
}

static enum err look(struct buf *b, struct dicom *d, const char **why)
{
    struct source s = object_source(b);
    return dicom_read(&s, d, why);
}

TEST(the_shape_and_the_pixels_are_found_in_every_plain_syntax)
{
    static const char *const syntaxes[] = {EXPLICIT, IMPLICIT, BIG};
    for (size_t i = 0; i < COUNT_OF(syntaxes); i++) {
        struct buf b;
        struct dicom d;
        struct dicom_stretch at[2];
        size_t n;
        const char *why;
        whole(&b, syntaxes[i], 6, 10, "3", 180);
        struct source s = object_source(&b);
        CHECK_OK(look(&b, &d, &why));
        CHECK(d.rows == 6 && d.columns == 10 && d.frames == 3 && d.has_pixels && d.kind == DICOM_PLAIN);
        CHECK_INT(d.pixels + d.pixel_bytes, b.bytes);
        CHECK_STR(str_of(d.sop_instance), "1.2.3.4");
        CHECK_OK(dicom_frame(&s, &d, 2, at, 2, &n));
        CHECK(n == 1 && at[0].offset == d.pixels + 60 && at[0].bytes == 60);
        CHECK_ERR(dicom_frame(&s, &d, 4, at, 2, &n), ERR_NOT_FOUND);
        CHECK_ERR(dicom_frame(&s, &d, 0, at, 2, &n), ERR_NOT_FOUND);
        buf_done(&b);
    }
}

TEST(a_file_cut_anywhere_is_refused_or_has_no_pixels)
{
    struct buf b;
    struct dicom d;
    const char *why;
    whole(&b, EXPLICIT, 4, 4, "1", 16);
    size_t all = b.bytes;
    for (size_t cut = 0; cut < all; cut++) {
        b.bytes = cut;
        enum err err = look(&b, &d, &why);
        CHECK(err == ERR_BAD_INPUT ? why != NULL : err == OK && !d.has_pixels);
    }
    buf_done(&b);
}

TEST(lengths_that_lie_are_refused)
{
    struct buf b;
    struct dicom d;
    const char *why;
    whole(&b, EXPLICIT, 100, 100, "1", 16); /* fewer pixels than the shape */
    CHECK_ERR(look(&b, &d, &why), ERR_BAD_INPUT);
    buf_done(&b);
    object_begin(&b, EXPLICIT);
    put_head(&b, 0x00081030, "UN", 0xfffffffe, false);
    CHECK_ERR(look(&b, &d, &why), ERR_BAD_INPUT);
    buf_done(&b);
    object_begin(&b, EXPLICIT);
    put_head(&b, 0x00081030, "OB", 0xffffffff, false); /* no sequence */
    CHECK_ERR(look(&b, &d, &why), ERR_BAD_INPUT);
    buf_done(&b);
    object_begin(&b, EXPLICIT);
    for (int i = 0; i < 2 * DICOM_DEPTH_MAX; i++) {
        put_head(&b, 0x00081140, "SQ", 0xffffffff, false);
        put_head(&b, 0xfffee000, NULL, 0xffffffff, false);
    }
    CHECK_ERR(look(&b, &d, &why), ERR_BAD_INPUT);
    CHECK_STR(str_of(why), "sequences too deep");
    buf_done(&b);
}

TEST(what_stands_in_a_sequence_is_not_the_pictures)
{
    struct buf b;
    struct dicom d;
    const char *why;
    object_begin(&b, EXPLICIT);
    put_head(&b, 0x00081140, "SQ", 0xffffffff, false);
    put_head(&b, 0xfffee000, NULL, 0xffffffff, false);
    put_number(&b, 0x00280010, "US", 999, false);
    put_head(&b, 0xfffee00d, NULL, 0, false);
    put_head(&b, 0xfffee0dd, NULL, 0, false);
    put_number(&b, 0x00280010, "US", 2, false);
    CHECK_OK(look(&b, &d, &why));
    CHECK(d.rows == 2 && !d.has_pixels && d.frames == 0 && d.head == (int64_t)b.bytes);
    buf_done(&b);
}

static void packed(struct buf *b, const char *frames, const uint32_t *table, size_t table_n,
                   const size_t *sizes, size_t n)
{
    static const uint8_t bytes[64];
    object_begin(b, RLE);
    put(b, 0x00280008, "IS", frames, strlen(frames), false);
    put_head(b, 0x7fe00010, "OB", 0xffffffff, false);
    put_head(b, 0xfffee000, NULL, (uint32_t)table_n * 4, false);
    for (size_t i = 0; i < table_n; i++)
        put_u32(b, table[i], false);
    for (size_t i = 0; i < n; i++) {
        put_head(b, 0xfffee000, NULL, (uint32_t)sizes[i], false);
        buf_add(b, bytes, sizes[i]);
    }
    put_head(b, 0xfffee0dd, NULL, 0, false);
}

TEST(packed_frames_are_found_by_table_by_count_or_not_at_all)
{
    struct buf b;
    struct dicom d;
    struct dicom_stretch at[4];
    struct source s;
    size_t n;
    const char *why;
    packed(&b, "2", (const uint32_t[]){0, 10 + 8 + 4 + 8}, 2, (const size_t[]){10, 4, 6}, 3);
    s = object_source(&b);
    CHECK_OK(look(&b, &d, &why));
    CHECK_OK(dicom_frame(&s, &d, 1, at, 4, &n));
    CHECK(n == 2 && at[0].bytes == 10 && at[1].bytes == 4);
    CHECK_OK(dicom_frame(&s, &d, 2, at, 4, &n));
    CHECK(n == 1 && at[0].bytes == 6);
    CHECK_ERR(dicom_frame(&s, &d, 1, at, 1, &n), ERR_LIMIT);
    buf_done(&b);
    packed(&b, "3", NULL, 0, (const size_t[]){10, 4, 6}, 3);
    s = object_source(&b);
    CHECK_OK(look(&b, &d, &why));
    CHECK_OK(dicom_frame(&s, &d, 3, at, 4, &n));
    CHECK(n == 1 && at[0].bytes == 6);
    buf_done(&b);
    packed(&b, "2", NULL, 0, (const size_t[]){10, 4, 6}, 3);
    s = object_source(&b);
    CHECK_OK(look(&b, &d, &why));
    CHECK_ERR(dicom_frame(&s, &d, 1, at, 4, &n), ERR_UNSUPPORTED);
    buf_done(&b);
    packed(&b, "2", (const uint32_t[]){0, 4000}, 2, (const size_t[]){10, 4}, 2);
    s = object_source(&b);
    CHECK_OK(look(&b, &d, &why));
    CHECK_ERR(dicom_frame(&s, &d, 2, at, 4, &n), ERR_NOT_FOUND);
    buf_done(&b);
}
