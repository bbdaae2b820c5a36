/* Addresses of /dicom-web (PS3.18 §10.2), and what Accept says. Pure. */
#include "api/dicom.h"

enum { PARTS_MAX = 9 };

static bool is_uid(struct str s)
{
    if (s.bytes == 0 || s.bytes >= PICTURE_UID_BYTES) return false;
    for (size_t i = 0; i < s.bytes; i++)
        if (!((s.at[i] >= '0' && s.at[i] <= '9') || s.at[i] == '.')) return false;
    return true;
}

uint32_t dicom_path_frame(struct str *list)
{
    uint64_t n;
    if (!list->bytes) return 0;
    struct str one = str_cut(list, ',');
    return str_to_u64(one, &n) && n >= 1 && n <= DICOM_FRAMES_MAX ? (uint32_t)n : 0;
}

static bool is_frames(struct str list, bool is_one)
{
    uint32_t n = 0;
    while (list.bytes) {
        if (!dicom_path_frame(&list)) return false;
        n++;
    }
    return n >= 1 && (!is_one || n == 1);
}

/* What stands at the end of any level. */
static bool read_ending(struct str word, enum dicom_what *ret)
{
    if (str_is_text(word, "metadata"))
        *ret = DICOM_METADATA;
    else if (str_is_text(word, "rendered"))
        *ret = DICOM_RENDERED;
    else if (str_is_text(word, "thumbnail"))
        *ret = DICOM_THUMBNAIL;
    else
        return false;
    return true;
}

static bool read_instance(const struct str *part, size_t n, struct dicom_path *p)
{
    if (n == 0) return true;
    if (n == 1) return read_ending(part[0], &p->what);
    if (str_is_text(part[0], "bulkdata") && n == 2) {
        p->what = DICOM_BULK;
        return str_is_nocase(part[1], STR("7FE00010"));
    }
    if (!str_is_text(part[0], "frames")) return false;
    p->frames = part[1];
    p->what = DICOM_FRAMES;
    if (n == 2) return is_frames(part[1], false);
    return n == 3 && is_frames(part[1], true) && read_ending(part[2], &p->what) && p->what != DICOM_METADATA;
}

static bool read_series(const struct str *part, size_t n, struct dicom_path *p)
{
    if (n == 0) return true;
    if (str_is_text(part[0], "instances")) {
        p->what = DICOM_LIST_INSTANCES;
        if (n == 1) return true;
        p->what = DICOM_OBJECTS;
        p->instance = part[1];
        return is_uid(part[1]) && read_instance(part + 2, n - 2, p);
    }
    return n == 1 && read_ending(part[0], &p->what);
}

static bool read_study(const struct str *part, size_t n, struct dicom_path *p)
{
    if (n == 0) return true;
    if (str_is_text(part[0], "series")) {
        p->what = DICOM_LIST_SERIES;
        if (n == 1) return true;
        p->what = DICOM_OBJECTS;
        p->series = part[1];
        return is_uid(part[1]) && read_series(part + 2, n - 2, p);
    }
    if (str_is_text(part[0], "instances")) {
        p->what = DICOM_LIST_INSTANCES;
        return n == 1;
    }
    return n == 1 && read_ending(part[0], &p->what);
}

bool dicom_path_read(struct str path, struct dicom_path *ret)
{
    struct str part[PARTS_MAX];
    size_t n = 0;
    struct dicom_path p = {.what = DICOM_OBJECTS};
    if (!path.bytes || path.at[path.bytes - 1] == '/') return false;
    while (path.bytes) {
        if (n == PARTS_MAX) return false;
        part[n++] = str_cut(&path, '/');
    }
    bool ok = false;
    if (n == 1) {
        ok = true;
        if (str_is_text(part[0], "studies"))
            p.what = DICOM_LIST_STUDIES;
        else if (str_is_text(part[0], "series"))
            p.what = DICOM_LIST_SERIES;
        else if (str_is_text(part[0], "instances"))
            p.what = DICOM_LIST_INSTANCES;
        else
            ok = false;
    } else if (n > 1 && str_is_text(part[0], "studies")) {
        p.study = part[1];
        ok = is_uid(part[1]) && read_study(part + 2, n - 2, &p);
    }
    if (ok) *ret = p;
    return ok;
}

/* type/subtype against one of Accept, with its wildcards; a weight of 0 refuses (RFC 9110 §12.5.1). */
static bool fits(struct str want, struct str type)
{
    struct str rest = type, family = str_cut(&rest, '/');
    struct str want_rest = want, want_family = str_cut(&want_rest, '/');
    if (str_is_text(want, "*/*")) return true;
    return str_is_nocase(want_family, family) &&
           (str_is_text(want_rest, "*") || str_is_nocase(want_rest, rest));
}

bool dicom_accepts(const struct request *r, const char *type)
{
    struct str rest = r->accept;
    if (!rest.bytes) return true;
    while (rest.bytes) {
        struct str item = str_cut(&rest, ',');
        struct str media = str_trim(str_cut(&item, ';'));
        bool is_refused = memmem(item.at, item.bytes, "q=0", 3) && !memmem(item.at, item.bytes, "q=0.", 4);
        if (fits(media, str_of(type))) return !is_refused;
        /* The type of the parts counts as well: multipart/related; type="application/dicom". */
        if (str_is_nocase(media, STR("multipart/related")) && memmem(item.at, item.bytes, type, strlen(type)))
            return true;
    }
    return false;
}
