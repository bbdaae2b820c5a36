#include "paper/paper_page.h"
#include <cairo-pdf.h>

/* WenQuanYi Micro Hei first: its subsets are the smallest; the Noto faces where it is not installed. */
static const char *const styles[STYLE_COUNT] = {
    "WenQuanYi Micro Hei,Noto Serif CJK SC,sans 10", "WenQuanYi Micro Hei,Noto Serif CJK SC,sans Bold 10",
    "WenQuanYi Micro Hei,Noto Serif CJK SC,sans Bold 11.5",
    "WenQuanYi Micro Hei,Noto Serif CJK SC,sans Bold 16", "WenQuanYi Micro Hei,Noto Serif CJK SC,sans 8.5"};

static cairo_status_t take(void *ctx, const unsigned char *bytes, unsigned count)
{
    struct paper_page *p = ctx;
    buf_add(p->to, bytes, count);
    return p->to->err ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void metadata(struct paper_page *p, const struct paper *paper)
{
    char made[INSTANT_TEXT_BYTES], title[256];
    instant_text(paper->made, made);
    snprintf(title, sizeof title, "%.*s", (int)paper->title.bytes, paper->title.at ? paper->title.at : "");
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_TITLE, title);
    cairo_pdf_surface_set_metadata(p->surface, CAIRO_PDF_METADATA_CREATE_DATE, made);
}

static enum err has_font(struct paper_page *p)
{
    PangoFont *font = pango_font_map_load_font(p->fonts, p->context, p->styles[STYLE_TEXT]);
    if (!font) return ERR_UNSUPPORTED;
    g_object_unref(font);
    return OK;
}

enum err page_init(struct paper_page *p, const struct paper *paper, struct buf *to)
{
    *p = (struct paper_page){.to = to, .is_english = paper->is_english};
    buf_init(&p->shown, 1 << 20);
    p->surface = cairo_pdf_surface_create_for_stream(take, p, PAGE_WIDTH, PAGE_HEIGHT);
    p->cr = cairo_create(p->surface);
    if (cairo_status(p->cr) != CAIRO_STATUS_SUCCESS) return ERR_NOMEM;
    metadata(p, paper);
    p->fonts = pango_cairo_font_map_new();
    p->context = pango_font_map_create_context(p->fonts);
    pango_cairo_context_set_resolution(p->context, 72);
    pango_context_set_language(p->context, pango_language_from_string(paper->is_english ? "en" : "zh-cn"));
    for (int i = 0; i < STYLE_COUNT; i++)
        p->styles[i] = pango_font_description_from_string(styles[i]);
    pango_cairo_update_context(p->cr, p->context);
    return has_font(p);
}

void page_done(struct paper_page *p)
{
    for (int i = 0; i < STYLE_COUNT; i++)
        if (p->styles[i]) pango_font_description_free(p->styles[i]);
    if (p->context) g_object_unref(p->context);
    if (p->fonts) g_object_unref(p->fonts);
    if (p->cr) cairo_destroy(p->cr);
    if (p->surface) cairo_surface_destroy(p->surface);
    buf_done(&p->shown);
}

enum err page_finish(struct paper_page *p)
{
    cairo_surface_finish(p->surface);
    if (p->to->err) return p->to->err;
    if (p->shown.err) return p->shown.err;
    cairo_status_t status = cairo_surface_status(p->surface);
    return status == CAIRO_STATUS_SUCCESS ? OK : status == CAIRO_STATUS_NO_MEMORY ? ERR_NOMEM : ERR_IO;
}

/* One sign for degrees Celsius, which WenQuanYi draws as nothing: written as the two that it has. */
#define CELSIUS "\xe2\x84\x83"

static struct str with_drawn_signs(struct paper_page *p, struct str s)
{
    buf_clear(&p->shown);
    for (const char *at; s.bytes && (at = memmem(s.at, s.bytes, CELSIUS, sizeof CELSIUS - 1));) {
        size_t before = (size_t)(at - s.at);
        buf_add(&p->shown, s.at, before);
        buf_add_text(&p->shown, "\xc2\xb0"
                                "C");
        s.at += before + sizeof CELSIUS - 1, s.bytes -= before + sizeof CELSIUS - 1;
    }
    buf_add_str(&p->shown, s);
    return buf_str(&p->shown);
}

PangoLayout *page_set(struct paper_page *p, enum paper_style style, struct str text, double width)
{
    struct str shown = with_drawn_signs(p, text);
    if (p->shown.err) return NULL;
    PangoLayout *l = pango_layout_new(p->context);
    pango_layout_set_font_description(l, p->styles[style]);
    pango_layout_set_width(l, width > 0 ? (int)(width * PANGO_SCALE) : -1);
    pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_line_spacing(l, style == STYLE_SMALL ? 1.1f : 1.3f);
    pango_layout_set_text(l, shown.at ? shown.at : "", (int)shown.bytes);
    return l;
}

double page_height(PangoLayout *l)
{
    int height;
    pango_layout_get_size(l, NULL, &height);
    return (double)height / PANGO_SCALE;
}

double page_width(PangoLayout *l)
{
    int width;
    pango_layout_get_size(l, &width, NULL);
    return (double)width / PANGO_SCALE;
}

void page_draw(struct paper_page *p, PangoLayout *l, double x, double y, double gray)
{
    cairo_set_source_rgb(p->cr, gray, gray, gray);
    cairo_move_to(p->cr, x, y);
    pango_cairo_show_layout(p->cr, l);
}

void page_line(struct paper_page *p, double x, double y, double to_x, double gray)
{
    cairo_set_source_rgb(p->cr, gray, gray, gray);
    cairo_set_line_width(p->cr, 0.6);
    cairo_move_to(p->cr, x, y);
    cairo_line_to(p->cr, to_x, y);
    cairo_stroke(p->cr);
}

void page_frame(struct paper_page *p, double x, double y, double width, double height)
{
    cairo_set_source_rgb(p->cr, 0, 0, 0);
    cairo_set_line_width(p->cr, 1.2);
    cairo_rectangle(p->cr, x, y, width, height);
    cairo_stroke(p->cr);
}

void page_mark(struct paper_page *p, struct str text)
{
    static const double rows[] = {-340, -170, 0, 170, 340}; /* from the middle of the page */
    PangoLayout *l = page_set(p, STYLE_HEADING, text, 0);
    if (!l) return; /* the buffer says why: page_finish */
    cairo_save(p->cr);
    cairo_translate(p->cr, PAGE_WIDTH / 2, PAGE_HEIGHT / 2);
    cairo_rotate(p->cr, -0.52);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        page_draw(p, l, -page_width(l) / 2, rows[i], 0.86);
    cairo_restore(p->cr);
    g_object_unref(l);
}

void page_show(struct paper_page *p)
{
    cairo_show_page(p->cr);
}
