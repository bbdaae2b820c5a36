#include "imaging/dicom.h"
#include <string.h>

/* An element's head: tag 4 | VR 2, length 2 (or VR 2, 0 2, length 4) | value; without a VR: tag 4, length 4 (PS3.5 §7.1). */

enum { WINDOW = 4096, UNDEFINED = 0x7fffffff };
#define UNDEFINED_LENGTH 0xffffffffu

enum tags {
    TAG_SYNTAX = 0x00020010,
    TAG_CLASS = 0x00020002,
    TAG_INSTANCE = 0x00020003,
    TAG_SAMPLES = 0x00280002,
    TAG_FRAMES = 0x00280008,
    TAG_ROWS = 0x00280010,
    TAG_COLUMNS = 0x00280011,
    TAG_ALLOCATED = 0x00280100,
    TAG_PIXELS = 0x7fe00010,
};
#define TAG_ITEM 0xfffee000u
#define TAG_ITEM_END 0xfffee00du
#define TAG_SEQUENCE_END 0xfffee0ddu

struct walk {
    const struct source *from;
    int64_t at, window_at; /* window_at -1: nothing in it */
    size_t window_bytes;
    uint8_t window[WINDOW];
    bool is_big, is_implicit;
    uint32_t elements;
    const char *why;
    enum err err;
};

struct element {
    uint32_t tag;
    uint32_t bytes; /* UNDEFINED_LENGTH: up to its end mark */
    bool is_sequence, is_unknown;
    int64_t value;
};

static bool fail(struct walk *w, const char *why)
{
    if (!w->err) {
        w->err = ERR_BAD_INPUT;
        w->why = why;
    }
    return false;
}

static bool take(struct walk *w, void *to, size_t bytes)
{
    if (w->err) return false;
    if ((int64_t)bytes > w->from->bytes - w->at) return fail(w, "the file ends within an element");
    bool is_here = w->window_at >= 0 && w->at >= w->window_at &&
                   w->at + (int64_t)bytes <= w->window_at + (int64_t)w->window_bytes;
    if (!is_here) {
        int64_t left = w->from->bytes - w->at;
        w->window_bytes = left < WINDOW ? (size_t)left : WINDOW;
        w->window_at = w->at;
        w->err = w->from->read(w->from->ctx, w->at, w->window, w->window_bytes);
        if (w->err) return false;
    }
    memcpy(to, w->window + (w->at - w->window_at), bytes);
    w->at += (int64_t)bytes;
    return true;
}

static uint32_t number(const struct walk *w, const uint8_t *at, size_t bytes)
{
    uint32_t n = 0;
    for (size_t i = 0; i < bytes; i++)
        n |= (uint32_t)at[i] << 8 * (w->is_big ? bytes - 1 - i : i);
    return n;
}

static bool is_vr(const uint8_t *vr, const char *names)
{
    for (; *names; names += 2)
        if (vr[0] == (uint8_t)names[0] && vr[1] == (uint8_t)names[1]) return true;
    return false;
}

/* PS3.5 table 7.1-1: these have two reserved bytes and a long length. */
static bool is_long(const uint8_t *vr)
{
    return is_vr(vr, "OBODOFOLOVOWSQSVUCUNURUTUV");
}

/* Item and its marks have no VR in any transfer syntax. */
static bool element_read(struct walk *w, struct element *ret)
{
    uint8_t head[8], more[4];
    if (++w->elements > DICOM_ELEMENTS_MAX) return fail(w, "too many elements");
    if (!take(w, head, sizeof head)) return false;
    *ret = (struct element){.tag = number(w, head, 2) << 16 | number(w, head + 2, 2)};
    bool is_mark = (ret->tag & 0xffff0000u) == 0xfffe0000u;
    if (w->is_implicit || is_mark) {
        ret->bytes = number(w, head + 4, 4);
        ret->is_unknown = true;
    } else {
        bool is_letters = head[4] >= 'A' && head[4] <= 'Z' && head[5] >= 'A' && head[5] <= 'Z';
        if (!is_letters) return fail(w, "an element without a value representation");
        ret->is_sequence = is_vr(head + 4, "SQ");
        ret->is_unknown = is_vr(head + 4, "UN");
        if (!is_long(head + 4))
            ret->bytes = number(w, head + 6, 2);
        else if (take(w, more, sizeof more))
            ret->bytes = number(w, more, 4);
    }
    ret->value = w->at;
    if (w->err) return false;
    if (ret->bytes != UNDEFINED_LENGTH && (int64_t)ret->bytes > w->from->bytes - w->at)
        return fail(w, "an element is longer than the file");
    return true;
}

/* The marks that end a sequence or item of undefined length are looked for element by element; what has a length is stepped over. A
 * sequence of unknown VR and undefined length is implicit little endian inside (PS3.5 §6.2.2). */
static bool skip_items(struct walk *w, int depth);

static bool skip_value(struct walk *w, const struct element *e, int depth)
{
    if (e->bytes != UNDEFINED_LENGTH) {
        w->at = e->value + (int64_t)e->bytes;
        return true;
    }
    if (!e->is_sequence && !e->is_unknown) return fail(w, "an undefined length where none may be");
    bool was_implicit = w->is_implicit;
    if (e->is_unknown) w->is_implicit = true;
    bool ok = skip_items(w, depth + 1);
    w->is_implicit = was_implicit;
    return ok;
}

static bool skip_item(struct walk *w, int depth)
{
    struct element e;
    while (element_read(w, &e)) {
        if (e.tag == TAG_ITEM_END) return true;
        if (!skip_value(w, &e, depth)) return false;
    }
    return false;
}

static bool skip_items(struct walk *w, int depth)
{
    struct element e;
    if (depth > DICOM_DEPTH_MAX) return fail(w, "sequences too deep");
    while (element_read(w, &e)) {
        if (e.tag == TAG_SEQUENCE_END) return true;
        if (e.tag != TAG_ITEM) return fail(w, "a sequence with something else than items");
        if (e.bytes != UNDEFINED_LENGTH)
            w->at = e.value + (int64_t)e.bytes;
        else if (!skip_item(w, depth))
            return false;
    }
    return false;
}

/* -- values -- */

static bool read_uid(struct walk *w, const struct element *e, char ret[DICOM_UID_BYTES])
{
    char text[DICOM_UID_BYTES] = "";
    if (e->bytes >= DICOM_UID_BYTES) return fail(w, "a UID longer than 64 characters");
    if (!take(w, text, e->bytes)) return false;
    size_t n = strnlen(text, e->bytes);
    while (n && text[n - 1] == ' ')
        n--;
    for (size_t i = 0; i < n; i++)
        if (!((text[i] >= '0' && text[i] <= '9') || text[i] == '.'))
            return fail(w, "a UID with something else than digits");
    memcpy(ret, text, n);
    ret[n] = 0;
    return true;
}

static bool read_short(struct walk *w, const struct element *e, uint32_t *ret)
{
    uint8_t at[2];
    if (e->bytes != 2) return fail(w, "a number of another size");
    if (!take(w, at, 2)) return false;
    *ret = number(w, at, 2);
    return true;
}

static bool read_count(struct walk *w, const struct element *e, uint32_t *ret)
{
    char text[16] = "";
    uint64_t n;
    if (e->bytes == 0) return true;
    if (e->bytes >= sizeof text) return fail(w, "a number of frames that is none");
    if (!take(w, text, e->bytes)) return false;
    struct str s = str_trim((struct str){text, strnlen(text, e->bytes)});
    if (!str_to_u64(s, &n) || n < 1 || n > DICOM_FRAMES_MAX)
        return fail(w, "a number of frames that is none");
    *ret = (uint32_t)n;
    return true;
}

/* -- the file -- */

static void walk_begin(struct walk *w, const struct source *from)
{
    w->from = from;
    w->at = 0;
    w->window_at = -1;
    w->window_bytes = 0;
    w->is_big = w->is_implicit = false;
    w->elements = 0;
    w->why = NULL;
    w->err = OK;
}

/* The meta information ends before the first element of another group; its stated length is not relied on. */
static bool read_meta(struct walk *w, struct dicom *d)
{
    char magic[4];
    struct element e;
    w->at = 128;
    if (w->from->bytes < 132 || !take(w, magic, sizeof magic) || memcmp(magic, "DICM", 4) != 0)
        return fail(w, "not a DICOM file");
    while (w->at < w->from->bytes) {
        uint8_t group[2];
        int64_t start = w->at;
        if (!take(w, group, sizeof group)) return false;
        w->at = start;
        if (group[0] != 2 || group[1] != 0) break;
        if (!element_read(w, &e) || e.bytes == UNDEFINED_LENGTH) return fail(w, "a broken file head");
        if (e.tag == TAG_SYNTAX && !read_uid(w, &e, d->syntax)) return false;
        if (e.tag == TAG_CLASS && !read_uid(w, &e, d->sop_class)) return false;
        if (e.tag == TAG_INSTANCE && !read_uid(w, &e, d->sop_instance)) return false;
        w->at = e.value + (int64_t)e.bytes;
    }
    d->data_set = w->at;
    return d->syntax[0] ? true : fail(w, "no transfer syntax");
}

static void set_syntax(struct walk *w, struct dicom *d)
{
    static const char deflated[] = "1.2.840.10008.1.2.1.99", big[] = "1.2.840.10008.1.2.2",
                      implicit[] = "1.2.840.10008.1.2", explicit[] = "1.2.840.10008.1.2.1";
    d->is_implicit = strcmp(d->syntax, implicit) == 0;
    d->is_big = strcmp(d->syntax, big) == 0;
    bool is_plain = d->is_implicit || d->is_big || strcmp(d->syntax, explicit) == 0;
    d->kind = strcmp(d->syntax, deflated) == 0 ? DICOM_DEFLATED : is_plain ? DICOM_PLAIN : DICOM_PACKED;
    w->is_big = d->is_big;
    w->is_implicit = d->is_implicit;
}

static bool read_one(struct walk *w, struct dicom *d, const struct element *e)
{
    if (e->tag == TAG_ROWS) return read_short(w, e, &d->rows);
    if (e->tag == TAG_COLUMNS) return read_short(w, e, &d->columns);
    if (e->tag == TAG_SAMPLES) return read_short(w, e, &d->samples);
    if (e->tag == TAG_ALLOCATED) return read_short(w, e, &d->allocated);
    if (e->tag == TAG_FRAMES) return read_count(w, e, &d->frames);
    return true;
}

static bool read_pixels(struct walk *w, struct dicom *d, const struct element *e)
{
    d->has_pixels = true;
    d->pixels = e->value;
    bool is_open = e->bytes == UNDEFINED_LENGTH;
    if (is_open != (d->kind == DICOM_PACKED)) return fail(w, "pixels of another transfer syntax");
    if (!is_open) {
        d->pixel_bytes = (int64_t)e->bytes;
        return true;
    }
    bool ok = skip_items(w, 0);
    d->pixel_bytes = w->at - e->value;
    return ok;
}

static bool read_data_set(struct walk *w, struct dicom *d)
{
    uint32_t before = 0;
    struct element e;
    d->head = w->from->bytes;
    while (w->at < w->from->bytes) {
        int64_t start = w->at;
        if (!element_read(w, &e)) return false;
        if (e.tag <= before) return fail(w, "elements out of order");
        before = e.tag;
        if (e.tag >= TAG_PIXELS) {
            d->head = start;
            return e.tag == TAG_PIXELS ? read_pixels(w, d, &e) : true;
        }
        if (!read_one(w, d, &e)) return false;
        w->at = e.value;
        if (!skip_value(w, &e, 0)) return false;
    }
    return true;
}

/* Plain pixels must be as many as the picture's shape says. */
static bool check_shape(struct walk *w, const struct dicom *d)
{
    if (!d->has_pixels || d->kind != DICOM_PLAIN || !d->rows || !d->columns || !d->allocated) return true;
    int64_t bits = (int64_t)d->rows * d->columns * (d->samples ? d->samples : 1) * d->allocated;
    int64_t need = bits / 8 * d->frames;
    /* YBR_FULL_422 holds two of three samples; PS3.3 C.7.6.3.1.2 */
    if (d->samples == 3) need = need / 3 * 2;
    return need / 8 * 8 <= d->pixel_bytes + 8 ? true : fail(w, "fewer pixels than the picture has");
}

enum err dicom_read(const struct source *from, struct dicom *ret, const char **ret_why)
{
    struct walk w;
    struct dicom d = {.frames = 1};
    walk_begin(&w, from);
    *ret_why = NULL;
    bool ok = read_meta(&w, &d);
    if (ok) set_syntax(&w, &d);
    d.head = from->bytes;
    if (ok && d.kind != DICOM_DEFLATED) ok = read_data_set(&w, &d) && check_shape(&w, &d);
    if (ok && d.kind != DICOM_DEFLATED && d.head > DICOM_HEAD_BYTES_MAX) {
        *ret_why = "a head longer than 16 MiB";
        return ERR_LIMIT;
    }
    if (!d.has_pixels) d.frames = 0;
    if (!ok) {
        *ret_why = w.why;
        return w.err;
    }
    *ret = d;
    return OK;
}
