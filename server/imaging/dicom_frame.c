/* Which bytes a frame is. Plain: all are equally long. Packed (PS3.5 §A.4): the first item is a table of offsets, or empty; without a
 * table, one frame is all fragments, and as many fragments as frames are one each. */
#include "imaging/dicom.h"

enum { ITEM_HEAD = 8 };

struct fragments {
    const struct source *from;
    const struct dicom *d;
    int64_t at, end;
    enum err err;
};

static uint32_t le32(const uint8_t *at)
{
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

/* The next item's value; false at the end mark, or what cannot be. */
static bool next(struct fragments *f, struct dicom_stretch *ret)
{
    uint8_t head[ITEM_HEAD];
    if (f->err || f->end - f->at < ITEM_HEAD) return false;
    f->err = f->from->read(f->from->ctx, f->at, head, sizeof head);
    if (f->err) return false;
    bool is_item = head[0] == 0xfe && head[1] == 0xff && head[2] == 0x00 && head[3] == 0xe0;
    int64_t bytes = le32(head + 4);
    if (!is_item || bytes > f->end - f->at - ITEM_HEAD) return false;
    *ret = (struct dicom_stretch){f->at + ITEM_HEAD, bytes};
    f->at += ITEM_HEAD + bytes;
    return true;
}

static uint32_t count(struct fragments f)
{
    struct dicom_stretch one;
    uint32_t n = 0;
    while (next(&f, &one))
        n++;
    return n;
}

static enum err plain(const struct dicom *d, uint32_t frame, struct dicom_stretch *ret, size_t *ret_n)
{
    int64_t bytes = d->frames ? d->pixel_bytes / d->frames : 0;
    int64_t exact = (int64_t)d->rows * d->columns * d->samples * d->allocated / 8;
    if (exact > 0 && exact * d->frames <= d->pixel_bytes) bytes = exact; /* but for padding at the end */
    if (bytes == 0) return ERR_NOT_FOUND;
    ret[0] = (struct dicom_stretch){d->pixels + (int64_t)(frame - 1) * bytes, bytes};
    *ret_n = 1;
    return OK;
}

/* Where frame and the one after it begin, as the table says; false: there is none. */
static bool from_table(struct fragments *f, const struct dicom_stretch *table, uint32_t frame,
                       int64_t ret_between[2])
{
    uint8_t at[4];
    int64_t first = table->offset + table->bytes;
    if (table->bytes != (int64_t)f->d->frames * 4) return false;
    for (uint32_t i = 0; i < 2; i++) {
        ret_between[i] = f->end;
        if (frame + i > f->d->frames) continue;
        f->err = f->from->read(f->from->ctx, table->offset + 4 * (int64_t)(frame - 1 + i), at, sizeof at);
        if (f->err) return false;
        ret_between[i] = first + le32(at);
    }
    return true;
}

static enum err collect(struct fragments *f, int64_t from, int64_t to, struct dicom_stretch *ret, size_t most,
                        size_t *ret_n)
{
    size_t n = 0;
    struct dicom_stretch one;
    f->at = from;
    while (f->at < to && next(f, &one)) {
        if (n == most) return ERR_LIMIT;
        ret[n++] = one;
    }
    if (f->err) return f->err;
    if (n == 0) return ERR_NOT_FOUND;
    *ret_n = n;
    return OK;
}

enum err dicom_frame(const struct source *from, const struct dicom *d, uint32_t frame,
                     struct dicom_stretch *ret, size_t stretches_max, size_t *ret_n)
{
    struct fragments f = {from, d, d->pixels, d->pixels + d->pixel_bytes, OK};
    struct dicom_stretch table, one;
    int64_t between[2];
    if (!d->has_pixels || frame < 1 || frame > d->frames || stretches_max == 0) return ERR_NOT_FOUND;
    if (d->kind == DICOM_PLAIN) return plain(d, frame, ret, ret_n);
    if (!next(&f, &table)) return f.err ? f.err : ERR_NOT_FOUND;
    int64_t first = f.at;
    if (d->frames == 1) return collect(&f, first, f.end, ret, stretches_max, ret_n);
    if (from_table(&f, &table, frame, between)) {
        if (between[0] < first || between[0] > f.end) return ERR_NOT_FOUND;
        return collect(&f, between[0], between[1], ret, stretches_max, ret_n);
    }
    if (f.err) return f.err;
    if (count(f) != d->frames) return ERR_UNSUPPORTED;
    for (uint32_t i = 0; i < frame; i++)
        if (!next(&f, &one)) return f.err ? f.err : ERR_NOT_FOUND;
    ret[0] = one;
    *ret_n = 1;
    return OK;
}
