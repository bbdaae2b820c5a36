#include "api/dicom_match.h"
#include "desk/study.h"
#include <ctype.h>
#include <stdio.h>

/* Attributes that may be asked for by their keyword; any other by its tag. */
static const struct {
    const char *word, *tag;
} words[] = {
    {"StudyInstanceUID", "0020000D"},
    {"SeriesInstanceUID", "0020000E"},
    {"SOPInstanceUID", "00080018"},
    {"SOPClassUID", "00080016"},
    {"PatientID", "00100020"},
    {"PatientName", "00100010"},
    {"PatientBirthDate", "00100030"},
    {"PatientSex", "00100040"},
    {"StudyDate", "00080020"},
    {"StudyTime", "00080030"},
    {"SeriesDate", "00080021"},
    {"AccessionNumber", "00080050"},
    {"Modality", "00080060"},
    {"ModalitiesInStudy", "00080061"},
    {"StudyID", "00200010"},
    {"StudyDescription", "00081030"},
    {"SeriesDescription", "0008103E"},
    {"SeriesNumber", "00200011"},
    {"InstanceNumber", "00200013"},
    {"BodyPartExamined", "00180015"},
    {"ReferringPhysicianName", "00080090"},
    {"InstitutionName", "00080080"},
    {"Manufacturer", "00080070"},
    {"NumberOfFrames", "00280008"},
    {"Rows", "00280010"},
    {"Columns", "00280011"},
    {"BitsAllocated", "00280100"},
    {"StationName", "00081010"},
    {"PerformedProcedureStepStartDate", "00400244"},
    {"PerformedProcedureStepStartTime", "00400245"},
    {"NumberOfStudyRelatedSeries", "00201206"},
    {"NumberOfStudyRelatedInstances", "00201208"},
    {"NumberOfSeriesRelatedInstances", "00201209"},
};

static bool read_tag(struct str name, char ret[9])
{
    uint8_t bytes[4];
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (str_is_text(name, words[i].word)) {
            memcpy(ret, words[i].tag, 9);
            return true;
        }
    if (name.bytes != 8 || !str_from_hex(name, bytes, sizeof bytes)) return false;
    for (int i = 0; i < 8; i++)
        ret[i] = (char)toupper((unsigned char)name.at[i]);
    ret[8] = 0;
    return true;
}

static bool decode(struct str text, struct arena *arena, struct str *ret)
{
    char *to = arena_alloc(arena, text.bytes + 1);
    size_t n = 0;
    if (!to) return false;
    for (size_t i = 0; i < text.bytes; i++) {
        uint8_t c = (uint8_t)(text.at[i] == '+' ? ' ' : text.at[i]);
        if (c == '%') {
            if (i + 2 >= text.bytes || !str_from_hex((struct str){text.at + i + 1, 2}, &c, 1)) return false;
            i += 2;
        }
        to[n++] = (char)c;
    }
    *ret = (struct str){to, n};
    return n == 0 || str_is_utf8(*ret);
}

static bool read_count(struct str value, uint32_t most, uint32_t *ret)
{
    uint64_t n;
    if (!str_to_u64(value, &n)) return false;
    *ret = n < most ? (uint32_t)n : most;
    return true;
}

static bool read_fields(struct str list, struct dicom_query *q)
{
    while (list.bytes) {
        struct str one = str_trim(str_cut(&list, ','));
        if (str_is_text(one, "all")) {
            q->wants_all = true;
            continue;
        }
        if (q->field_n == DICOM_FIELDS_MAX || !read_tag(one, q->fields[q->field_n])) return false;
        q->field_n++;
    }
    return true;
}

static bool read_pair(struct str name, struct str value, struct dicom_query *q)
{
    if (str_is_text(name, "limit")) return read_count(value, DICOM_PAGE_MAX, &q->limit);
    if (str_is_text(name, "offset")) return read_count(value, UINT32_MAX, &q->offset);
    if (str_is_text(name, "includefield")) return read_fields(value, q);
    if (str_is_text(name, "fuzzymatching")) return str_is_text(value, "true") || str_is_text(value, "false");
    if (q->matches == DICOM_MATCH_MAX || !read_tag(name, q->match[q->matches].tag)) return false;
    if (value.bytes == 0 || str_is_text(value, "*")) return true; /* anything */
    q->match[q->matches++].value = value;
    return true;
}

bool dicom_query_read(struct str query, struct arena *arena, struct dicom_query *ret, struct str *ret_where)
{
    struct dicom_query q = {.limit = DICOM_PAGE};
    while (query.bytes) {
        struct str value = str_cut(&query, '&'), name = str_cut(&value, '='), plain;
        *ret_where = name;
        if (!decode(value, arena, &plain) || !read_pair(name, plain, &q)) return false;
    }
    *ret = q;
    return true;
}

struct str dicom_query_value(const struct dicom_query *q, const char *tag)
{
    for (uint32_t i = 0; i < q->matches; i++)
        if (strcmp(q->match[i].tag, tag) == 0) return q->match[i].value;
    return (struct str){0};
}

/* -- matching -- */

static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* * any run, ? one character; linear in time but for the last star tried again. */
static bool fits_pattern(struct str want, struct str have)
{
    size_t w = 0, h = 0, star = SIZE_MAX, from = 0;
    while (h < have.bytes) {
        if (w < want.bytes && want.at[w] == '*') {
            star = w++;
            from = h;
        } else if (w < want.bytes && (want.at[w] == '?' || fold(want.at[w]) == fold(have.at[h]))) {
            h++, w++;
            /* a ? stands for a whole character */
            while (want.at[w - 1] == '?' && h < have.bytes && ((uint8_t)have.at[h] & 0xc0) == 0x80)
                h++;
        } else if (star != SIZE_MAX) {
            w = star + 1;
            h = ++from;
        } else {
            return false;
        }
    }
    while (w < want.bytes && want.at[w] == '*')
        w++;
    return w == want.bytes;
}

static int compare(struct str a, struct str b)
{
    size_t n = a.bytes < b.bytes ? a.bytes : b.bytes;
    return n ? memcmp(a.at, b.at, n) : 0; /* 2026 stands for all of it */
}

bool dicom_value_fits(struct str want, struct str have, bool is_range)
{
    if (is_range && memchr(want.at, '-', want.bytes)) {
        struct str to = want, from = str_trim(str_cut(&to, '-'));
        to = str_trim(to);
        return have.bytes && (from.bytes == 0 || compare(have, from) >= 0) &&
               (to.bytes == 0 || compare(have, to) <= 0);
    }
    return fits_pattern(want, have);
}

static bool is_time(const char *tag)
{
    static const char *const tags[] = {"00080020", "00080021", "00080030", "00080031",
                                       "00100030", "00400244", "00400245"};
    for (size_t i = 0; i < COUNT_OF(tags); i++)
        if (strcmp(tag, tags[i]) == 0) return true;
    return false;
}

static bool is_listed(const char *tag)
{
    return strcmp(tag, "0020000D") == 0 || strcmp(tag, "0020000E") == 0 || strcmp(tag, "00080018") == 0;
}

/* A name fits by any of its groups: letters, 汉字, phonetic. */
static bool fits_any(struct str want, struct str have, const char *tag)
{
    if (is_listed(tag)) {
        while (want.bytes) {
            struct str one = str_cut(&want, ',');
            struct str rest = one, first = str_cut(&rest, '\\');
            if (str_is(str_trim(first), have) || (rest.bytes && str_is(str_trim(rest), have))) return true;
        }
        return false;
    }
    if (dicom_value_fits(want, have, is_time(tag))) return true;
    while (have.bytes && memchr(have.at, '=', have.bytes)) {
        struct str group = str_cut(&have, '=');
        if (dicom_value_fits(want, group, false) || dicom_value_fits(want, have, false)) return true;
    }
    return false;
}

bool dicom_query_fits(const struct dicom_query *q, const struct tape *said, struct arena *arena,
                      const char *const *elsewhere)
{
    for (uint32_t i = 0; i < q->matches; i++) {
        bool is_elsewhere = false;
        for (const char *const *e = elsewhere; *e; e++)
            is_elsewhere |= strcmp(*e, q->match[i].tag) == 0;
        if (is_elsewhere) continue;
        struct str have = study_text(said, q->match[i].tag, arena);
        if (!fits_any(q->match[i].value, have, q->match[i].tag)) return false;
    }
    return true;
}
