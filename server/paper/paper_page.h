/* paper_page: one PDF being drawn: fonts, text, lines. For paper_draw alone; one thread. */
#ifndef PAPER_PAPER_PAGE_H
#define PAPER_PAPER_PAGE_H
#include "paper/paper.h"
#include <pango/pangocairo.h>

/* Points of 1/72 inch. */
#define PAGE_WIDTH 595.28
#define PAGE_HEIGHT 841.89
#define PAGE_EDGE 51.0
#define PAGE_INNER (PAGE_WIDTH - 2 * PAGE_EDGE)

enum paper_style { STYLE_TEXT, STYLE_BOLD, STYLE_HEADING, STYLE_TITLE, STYLE_SMALL, STYLE_COUNT };

struct paper_page {
    PangoFontMap *fonts;
    PangoContext *context;
    PangoFontDescription *styles[STYLE_COUNT];
    cairo_surface_t *surface;
    cairo_t *cr;
    struct buf *to;
    struct buf shown; /* of one text at a time */
    bool is_english;
};

/* ERR_NOMEM, ERR_UNSUPPORTED. page_done also after a failure. */
enum err page_init(struct paper_page *p, const struct paper *paper, struct buf *to) MUST_USE;
void page_done(struct paper_page *p);
/* Ends the file: what cairo says of it. */
enum err page_finish(struct paper_page *p) MUST_USE;

/* A text set in lines of the width; NULL: no memory. The caller unrefs it. */
PangoLayout *page_set(struct paper_page *p, enum paper_style style, struct str text, double width) MUST_USE;
double page_height(PangoLayout *l);
double page_width(PangoLayout *l);
/* Draws it with its upper left corner there, darker or lighter (0 black, 1 white). */
void page_draw(struct paper_page *p, PangoLayout *l, double x, double y, double gray);
void page_line(struct paper_page *p, double x, double y, double to_x, double gray);
void page_frame(struct paper_page *p, double x, double y, double width, double height);
void page_mark(struct paper_page *p, struct str text); /* again and again, slanting */
void page_show(struct paper_page *p);                  /* the page is full: a new one */

#endif
