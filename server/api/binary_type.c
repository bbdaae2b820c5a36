#include "api/binary_type.h"
#include "base/err.h"

/* With magic, a file must begin so; without, it is opaque, and offered for saving. What a browser would run or restyle a page with
 * (HTML, SVG, XML, scripts, style sheets) is not here, and so not taken. */
static const struct type {
    const char *name;
    size_t magic_at;
    const char *magic;
    bool is_shown;
} types[] = {
    {"application/pdf", 0, "%PDF-", true},
    {"image/jpeg", 0, "\xff\xd8\xff", true},
    {"image/png", 0, "\x89PNG\r\n\x1a\n", true},
    {"image/webp", 8, "WEBP", true},
    {"image/tiff", 0, NULL, false},
    {"application/dicom", 128, "DICM", false},
    {"text/plain", 0, NULL, true},
    {"text/csv", 0, NULL, false},
    {"audio/mpeg", 0, NULL, false},
    {"audio/wav", 0, "RIFF", false},
    {"audio/ogg", 0, "OggS", false},
    {"video/mp4", 4, "ftyp", false},
    {"video/webm", 0, "\x1a\x45\xdf\xa3", false},
    {"application/zip", 0, "PK", false},
    {"application/msword", 0, NULL, false},
    {"application/vnd.openxmlformats-officedocument.wordprocessingml.document", 0, "PK", false},
    {"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", 0, "PK", false},
    {"application/octet-stream", 0, NULL, false},
};

static const struct type *find(struct str content_type)
{
    struct str plain = str_trim(str_cut(&content_type, ';'));
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (str_is_nocase(plain, str_of(types[i].name))) return &types[i];
    return NULL;
}

bool binary_type_is_taken(struct str content_type)
{
    return find(content_type) != NULL;
}

bool binary_type_is_shown(struct str content_type)
{
    const struct type *t = find(content_type);
    return t && t->is_shown;
}

/* Text holds no NUL and is UTF-8 as far as it was looked at (a character may be cut at the end). */
static bool is_text(const char *head, size_t bytes)
{
    struct str s = {head, bytes};
    for (int cut = 0; cut < 4; cut++) {
        if (str_is_utf8(s)) return true;
        if (bytes < BINARY_HEAD_BYTES || s.bytes == 0) return false;
        s.bytes--;
    }
    return false;
}

bool binary_type_fits(struct str content_type, const void *head, size_t bytes)
{
    const struct type *t = find(content_type);
    if (!t) return false;
    if (str_starts(str_of(t->name), STR("text/"))) return is_text(head, bytes);
    if (!t->magic) return true;
    size_t n = strlen(t->magic);
    return bytes >= t->magic_at + n && memcmp((const char *)head + t->magic_at, t->magic, n) == 0;
}
