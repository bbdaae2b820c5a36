/* paper_draw: the pages of a paper, by cairo and pango, in the program yunqiao-press. One thread, and a process that ends soon: GLib ends it
 * when small memory runs out, and fontconfig keeps what it has found until then. */
#ifndef PAPER_PAPER_DRAW_H
#define PAPER_PAPER_DRAW_H
#include "paper/paper.h"

/* Appends the PDF to *to. ERR_LIMIT: more than PAPER_PAGES_MAX pages, or more than *to may hold; ERR_NOMEM; ERR_UNSUPPORTED: no font at all. */
enum err paper_draw(const struct paper *p, struct buf *to, uint32_t *ret_pages) MUST_USE;

#endif
