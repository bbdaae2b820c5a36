#include "paper/paper_picture.h"
#include "base/mem.h"
#include <math.h>

enum { BYTES_MAX = 12 << 20, SIDE_MAX = 8192, SQUARES_MAX = 177 };
#define PIXELS_MAX (24 * 1000 * 1000)
#define DOTS_A_POINT 2.5 /* 180 dots an inch: a thumbnail, the whole picture is in the record */

struct source {
    const unsigned char *at;
    size_t left;
};

static cairo_status_t give(void *ctx, unsigned char *to, unsigned n)
{
    struct source *s = ctx;
    if (n > s->left) return CAIRO_STATUS_READ_ERROR;
    memcpy(to, s->at, n);
    s->at += n, s->left -= n;
    return CAIRO_STATUS_SUCCESS;
}

static bool is_sane(int64_t width, int64_t height)
{
    return width > 0 && height > 0 && width <= SIDE_MAX && height <= SIDE_MAX && width * height <= PIXELS_MAX;
}

static uint32_t be(const unsigned char *p, int bytes)
{
    uint32_t n = 0;
    for (int i = 0; i < bytes; i++)
        n = n << 8 | p[i];
    return n;
}

/* IHDR stands first: its size is known before anything is unpacked. */
static cairo_surface_t *open_png(const unsigned char *at, size_t n)
{
    static const unsigned char head[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    struct source s = {at, n};
    if (n < 33 || memcmp(at, head, sizeof head) != 0 || !is_sane(be(at + 16, 4), be(at + 20, 4))) return NULL;
    return cairo_image_surface_create_from_png_stream(give, &s);
}

/* The frame's header (ITU-T T.81, B.2.2) says how large it is. */
static bool jpeg_size(const unsigned char *at, size_t n, int *ret_width, int *ret_height)
{
    for (size_t i = 2; i + 9 < n && at[i] == 0xff;) {
        unsigned char kind = at[i + 1];
        bool is_frame = kind >= 0xc0 && kind <= 0xcf && kind != 0xc4 && kind != 0xc8 && kind != 0xcc;
        if (is_frame) {
            *ret_height = (int)be(at + i + 5, 2), *ret_width = (int)be(at + i + 7, 2);
            return is_sane(*ret_width, *ret_height);
        }
        i += 2 + be(at + i + 2, 2);
    }
    return false;
}

/* Goes into the PDF as it is: cairo asks for pixels that nobody sees. */
static cairo_surface_t *open_jpeg(const unsigned char *at, size_t n)
{
    int width, height;
    if (n < 12 || at[0] != 0xff || at[1] != 0xd8 || !jpeg_size(at, n, &width, &height)) return NULL;
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_RGB24, width, height);
    unsigned char *copy = mem_copy(at, n);
    if (!copy) return s;
    if (cairo_surface_set_mime_data(s, CAIRO_MIME_TYPE_JPEG, copy, n, mem_free, copy)) mem_free(copy);
    return s;
}

/* No more dots than are seen. */
static cairo_surface_t *made_small(cairo_surface_t *whole, double width)
{
    int from = cairo_image_surface_get_width(whole), high = cairo_image_surface_get_height(whole);
    int to = (int)ceil(width * DOTS_A_POINT);
    if (from <= to) return whole;
    double scale = (double)to / from;
    cairo_surface_t *small = cairo_image_surface_create(CAIRO_FORMAT_RGB24, to, (int)ceil(high * scale));
    cairo_t *cr = cairo_create(small);
    cairo_set_source_rgb(cr, 1, 1, 1);
    cairo_paint(cr);
    cairo_scale(cr, scale, scale);
    cairo_set_source_surface(cr, whole, 0, 0);
    cairo_pattern_set_filter(cairo_get_source(cr), CAIRO_FILTER_GOOD);
    cairo_paint(cr);
    cairo_destroy(cr);
    cairo_surface_destroy(whole);
    return small;
}

cairo_surface_t *picture_open(struct str text, double room_width, double room_height, double *ret_width,
                              double *ret_height)
{
    size_t n;
    unsigned char *bytes = text.bytes / 4 * 3 < BYTES_MAX ? mem_alloc(text.bytes + 4) : NULL;
    cairo_surface_t *s = NULL;
    if (!bytes) return NULL;
    bool is_jpeg = false;
    if (str_from_base64url(text, bytes, text.bytes + 4, &n)) {
        s = open_png(bytes, n);
        is_jpeg = !s;
        if (!s) s = open_jpeg(bytes, n);
    }
    mem_free(bytes);
    if (!s) return NULL;
    if (cairo_surface_status(s) != CAIRO_STATUS_SUCCESS) {
        cairo_surface_destroy(s);
        return NULL;
    }
    double width = cairo_image_surface_get_width(s), height = cairo_image_surface_get_height(s);
    double scale = fmin(room_width / width, room_height / height);
    *ret_width = width * scale, *ret_height = height * scale;
    return is_jpeg ? s : made_small(s, *ret_width);
}

void picture_draw(struct paper_page *p, cairo_surface_t *picture, double x, double y, double width)
{
    double scale = width / cairo_image_surface_get_width(picture);
    cairo_save(p->cr);
    cairo_translate(p->cr, x, y);
    cairo_scale(p->cr, scale, scale);
    cairo_set_source_surface(p->cr, picture, 0, 0);
    cairo_paint(p->cr);
    cairo_restore(p->cr);
}

uint32_t picture_squares(struct str rows)
{
    struct str rest = rows, first = str_cut(&rest, '\n');
    uint32_t n = 1;
    while (rest.bytes) {
        struct str row = str_cut(&rest, '\n');
        if (row.bytes != first.bytes) return 0;
        n++;
    }
    return n == first.bytes && n <= SQUARES_MAX ? n : 0;
}

void picture_draw_squares(struct paper_page *p, struct str rows, double x, double y, double side)
{
    uint32_t n = picture_squares(rows);
    cairo_save(p->cr);
    cairo_set_source_rgb(p->cr, 0, 0, 0);
    for (uint32_t r = 0; r < n; r++) {
        struct str row = str_cut(&rows, '\n');
        for (uint32_t c = 0; c < n; c++)
            if (row.at[c] == '1') cairo_rectangle(p->cr, x + c * side, y + r * side, side, side);
    }
    cairo_fill(p->cr);
    cairo_restore(p->cr);
}
