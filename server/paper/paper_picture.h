/* paper_picture: a PNG or JPEG out of an order, made small, and squares of a code. For paper_draw alone; one thread. */
#ifndef PAPER_PAPER_PICTURE_H
#define PAPER_PAPER_PICTURE_H
#include "paper/paper_page.h"

/* base64url. NULL: it is no picture that is drawn here, or too large; the caller destroys it. ret: its size as drawn, within the room. */
cairo_surface_t *picture_open(struct str text, double room_width, double room_height, double *ret_width,
                              double *ret_height) MUST_USE;
void picture_draw(struct paper_page *p, cairo_surface_t *picture, double x, double y, double width);
/* Rows of '0' and '1' parted by newlines, all of one length: as many squares of this side together. 0: no such rows. */
uint32_t picture_squares(struct str rows);
void picture_draw_squares(struct paper_page *p, struct str rows, double x, double y, double side);

#endif
