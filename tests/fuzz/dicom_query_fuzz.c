/* First line: an address below /dicom-web/; second: a query; the rest: what an object says. */
#include "api/dicom.h"
#include "api/dicom_match.h"
#include "desk/study.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const char *const none[] = {NULL};
    struct dicom_path path;
    struct dicom_query q;
    struct str where;
    struct tape said;
    struct tape_fault fault;
    struct str rest = fuzz_str(bytes, n), address = str_cut(&rest, '\n'), query = str_cut(&rest, '\n');
    struct arena *arena = arena_new(1 << 22);
    if (!arena) return 0;
    if (dicom_path_read(address, &path)) {
        ASSERT(path.study.bytes < PICTURE_UID_BYTES && path.instance.bytes < PICTURE_UID_BYTES);
        ASSERT(!path.instance.bytes || (path.series.bytes && path.study.bytes));
        struct str list = path.frames;
        while (list.bytes)
            ASSERT(dicom_path_frame(&list) > 0);
    }
    bool is_read = dicom_query_read(query, arena, &q, &where);
    if (is_read) ASSERT(q.limit <= DICOM_PAGE_MAX && q.matches <= DICOM_MATCH_MAX);
    if (tape_read(arena, rest, 20000, &said, &fault) == OK) {
        char when[40];
        if (is_read) (void)dicom_query_fits(&q, &said, arena, none);
        (void)study_int(&said, "00200013");
        struct str day = study_text(&said, "00080020", arena), hour = study_text(&said, "00080030", arena);
        if (study_date(day, hour, NULL, when)) ASSERT(str_is_utf8(str_of(when)));
    }
    arena_free(arena);
    return 0;
}
