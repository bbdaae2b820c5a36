#include "api/binary_type.h"
#include "api/dicom.h"
#include "api/dicom_match.h"
#include "tests/unit/check.h"

TEST(addresses_of_images_are_read_and_others_are_none)
{
    static const struct {
        const char *path;
        enum dicom_what what;
    } good[] = {
        {"studies", DICOM_LIST_STUDIES},
        {"series", DICOM_LIST_SERIES},
        {"instances", DICOM_LIST_INSTANCES},
        {"studies/1.2", DICOM_OBJECTS},
        {"studies/1.2/series", DICOM_LIST_SERIES},
        {"studies/1.2/instances", DICOM_LIST_INSTANCES},
        {"studies/1.2/metadata", DICOM_METADATA},
        {"studies/1.2/series/3", DICOM_OBJECTS},
        {"studies/1.2/series/3/thumbnail", DICOM_THUMBNAIL},
        {"studies/1.2/series/3/instances", DICOM_LIST_INSTANCES},
        {"studies/1.2/series/3/instances/4", DICOM_OBJECTS},
        {"studies/1.2/series/3/instances/4/frames/1,2,3", DICOM_FRAMES},
        {"studies/1.2/series/3/instances/4/frames/2/rendered", DICOM_RENDERED},
        {"studies/1.2/series/3/instances/4/bulkdata/7fe00010", DICOM_BULK},
    };
    static const char *const bad[] = {"",
                                      "/",
                                      "studies/",
                                      "studies/x",
                                      "studies/1.2/",
                                      "studies/1.2/nothing",
                                      "studies/1.2/instances/4",
                                      "studies//series/3",
                                      "studies/1.2/series/3/instances/4/frames/",
                                      "studies/1.2/series/3/instances/4/frames/0",
                                      "studies/1.2/series/3/instances/4/frames/1,x",
                                      "studies/1.2/series/3/instances/4/frames/1,2/rendered",
                                      "studies/1.2/series/3/instances/4/frames/1/metadata",
                                      "studies/1.2/series/3/instances/4/bulkdata/00100010",
                                      "studies/1.2/series/3/instances/4/frames/1/rendered/more",
                                      "patients/1"};
    struct dicom_path p;
    for (size_t i = 0; i < COUNT_OF(good); i++)
        CHECK(dicom_path_read(str_of(good[i].path), &p) && p.what == good[i].what);
    for (size_t i = 0; i < COUNT_OF(bad); i++)
        CHECK(!dicom_path_read(str_of(bad[i]), &p));
}

TEST(values_fit_by_pattern_range_and_list)
{
    static const struct {
        const char *want, *have;
        bool is_range, fits;
    } cases[] = {
        {"wang*", "Wang^XiaoDong", false, true},
        {"*dong", "Wang^XiaoDong", false, true},
        {"w?ng*", "Wang^XiaoDong", false, true},
        {"wang", "Wang^XiaoDong", false, false},
        {"王?小东", "王^小东", false, true},
        {"?小东", "王小东", false, true},
        {"??小东", "王小东", false, false},
        {"*", "", false, true},
        {"a*b*c*d", "aXbYcZd", false, true},
        {"a*b*c*d", "aXbYcZ", false, false},
        {"20260101-20260131", "20260131", true, true},
        {"20260101-", "20251231", true, false},
        {"-2025", "20251231", true, true},
        {"20260101-", "", true, false},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        CHECK(dicom_value_fits(str_of(cases[i].want), str_of(cases[i].have), cases[i].is_range) ==
              cases[i].fits);
}

TEST(a_query_is_read_strictly)
{
    struct arena *arena = arena_new(65536);
    struct dicom_query q;
    struct str where;
    CHECK(dicom_query_read(STR("PatientName=%E7%8E%8B*&00100020=7&limit=9999999&offset=3&includefield=all"),
                           arena, &q, &where));
    CHECK(q.matches == 2 && q.limit == DICOM_PAGE_MAX && q.offset == 3 && q.wants_all);
    CHECK_STR(dicom_query_value(&q, "00100010"), "王*");
    CHECK(!dicom_query_read(STR("NoSuch=1"), arena, &q, &where));
    CHECK_STR(where, "NoSuch");
    CHECK(!dicom_query_read(STR("limit=x"), arena, &q, &where));
    CHECK(!dicom_query_read(STR("PatientName=%FF"), arena, &q, &where));
    CHECK(!dicom_query_read(STR("fuzzymatching=perhaps"), arena, &q, &where));
    arena_free(arena);
}

TEST(a_file_is_taken_by_its_type_and_its_beginning)
{
    CHECK(binary_type_fits(STR("application/pdf"), "%PDF-1.7", 8));
    CHECK(!binary_type_fits(STR("application/pdf"), "<html>", 6));
    CHECK(binary_type_fits(STR("text/plain; charset=utf-8"), "\xe7\x8e\x8b", 3));
    CHECK(!binary_type_fits(STR("text/plain"), "a\0b", 3));
    CHECK(!binary_type_is_taken(STR("text/html")) && !binary_type_is_taken(STR("image/svg+xml")));
    CHECK(!binary_type_is_taken(STR("application/xhtml+xml")) &&
          !binary_type_is_taken(STR("text/javascript")));
    CHECK(binary_type_is_shown(STR("image/png")) && !binary_type_is_shown(STR("application/octet-stream")));
}
