#include "base/mem.h"
#include "media/picture.h"
#include <png.h>

struct writing {
    const struct picture_sink *to;
    enum err err;
};

static void put(png_structp png, png_bytep bytes, size_t n)
{
    struct writing *w = png_get_io_ptr(png);
    if (!w->err) w->err = w->to->put(w->to->ctx, bytes, n);
    if (w->err) png_error(png, "sink");
}

static void flush(png_structp png)
{
    (void)png;
}

/* libpng comes back by longjmp: to here, and nothing that it leaves behind is ours. */
static void failed(png_structp png, png_const_charp why)
{
    (void)why;
    png_longjmp(png, 1);
}

static void warned(png_structp png, png_const_charp why)
{
    (void)png;
    (void)why;
}

static void *take(png_structp png, png_alloc_size_t bytes)
{
    (void)png;
    return mem_alloc(bytes);
}

static void give(png_structp png, void *p)
{
    (void)png;
    mem_free(p);
}

/* Camera noise does not get much smaller by trying harder: level 3 takes a third of the time of 6 and a few hundredths more room. */
enum { LEVEL = 3 };

static void write_all(png_structp png, png_infop info, const struct picture *p, uint8_t *line)
{
    png_set_IHDR(png, info, p->width, p->height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
    png_set_compression_level(png, LEVEL);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB | PNG_FILTER_UP | PNG_FILTER_PAETH);
    png_write_info(png, info);
    for (unsigned y = 0; y < p->height; y++) {
        picture_line(p, y, line);
        png_write_row(png, line);
    }
    png_write_end(png, info);
}

enum err picture_png(const struct picture *p, const struct picture_sink *to)
{
    struct writing w = {to, OK};
    ASSERT(p->width > 0 && p->height > 0 && p->width <= PICTURE_SIDE_MAX && p->height <= PICTURE_SIDE_MAX);
    uint8_t *line = mem_alloc((size_t)p->width * 3);
    png_structp png =
        line ? png_create_write_struct_2(PNG_LIBPNG_VER_STRING, NULL, failed, warned, NULL, take, give)
             : NULL;
    png_infop info = png ? png_create_info_struct(png) : NULL;
    volatile bool is_whole = false;
    if (info && setjmp(png_jmpbuf(png)) == 0) {
        png_set_write_fn(png, &w, put, flush);
        write_all(png, info, p, line);
        is_whole = true;
    }
    if (png) png_destroy_write_struct(&png, &info);
    mem_free(line);
    return w.err ? w.err : is_whole ? OK : ERR_NOMEM;
}
