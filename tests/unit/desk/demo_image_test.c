#include "base/zone_file.h"
#include "desk/demo_image.h"
#include "desk/study.h"
#include "imaging/dicom.h"
#include "tests/unit/check.h"

static enum err read_some(void *ctx, int64_t offset, void *to, size_t bytes)
{
    const struct buf *b = ctx;
    ASSERT(offset >= 0 && (size_t)offset + bytes <= b->bytes);
    memcpy(to, b->at + offset, bytes);
    return OK;
}

TEST(the_drawn_images_are_objects_that_say_what_their_rows_say)
{
    for (int i = 0; i < DEMO_IMAGES; i++) {
        struct demo_image image;
        struct dicom d;
        struct tape said;
        struct tape_fault where;
        struct buf file, text;
        const char *why;
        struct arena *arena = arena_new(1 << 20);
        buf_init(&file, 1 << 20);
        buf_init(&text, 1 << 16);
        demo_image(i, (struct instant){1769850000000}, STR("3120417"), &image, &file, &text);
        CHECK_OK(file.err);
        CHECK_OK(text.err);
        struct source s = {read_some, &file, (int64_t)file.bytes};
        CHECK_OK(dicom_read(&s, &d, &why));
        CHECK(d.has_pixels && d.frames == 1 && d.pixels + d.pixel_bytes == s.bytes);
        CHECK_INT(d.pixel_bytes, (int64_t)d.rows * d.columns * d.samples * d.allocated / 8);
        CHECK_STR(str_of(d.sop_instance), image.picture.instance);
        CHECK_OK(tape_read(arena, buf_str(&text), 1000, &said, &where));
        CHECK_STR(study_text(&said, "0020000D", arena), image.picture.study);
        CHECK_STR(study_text(&said, "0020000E", arena), image.picture.series);
        CHECK_STR(study_text(&said, "00100020", arena), "3120417");
        CHECK_INT(study_int(&said, "00200013"), image.picture.number);
        arena_free(arena);
        buf_done(&file);
        buf_done(&text);
    }
}

TEST(dates_and_times_of_objects_become_instants_at_the_site_or_nothing)
{
    char when[40];
    struct zone *china, *berlin;
    CHECK_OK(zone_china(&china));
    CHECK(study_date(STR("20260131"), STR("101500.123"), china, when));
    CHECK_STR(str_of(when), "2026-01-31T10:15:00+08:00");
    CHECK(study_date(STR("20260131"), STR(""), china, when));
    CHECK_STR(str_of(when), "2026-01-31");
    CHECK(!study_date(STR("2026"), STR(""), china, when));
    CHECK(!study_date(STR("20261331"), STR(""), china, when));
    CHECK(!study_date(STR("20260230"), STR(""), china, when));
    CHECK(study_date(STR("20260131"), STR("256000"), china, when));
    CHECK_STR(str_of(when), "2026-01-31");
    zone_free(china);
    if (zone_load(STR("Europe/Berlin"), &berlin)) return; /* no tzdata here */
    CHECK(study_date(STR("20260731"), STR("101500"), berlin, when));
    CHECK_STR(str_of(when), "2026-07-31T10:15:00+02:00");
    zone_free(berlin);
}
