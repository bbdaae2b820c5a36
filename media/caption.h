/* caption: words burnt into a picture: digits, small letters and - + : . in a font of 5 by 7, white on black. Anything else is a space. Pure. */
#ifndef MEDIA_CAPTION_H
#define MEDIA_CAPTION_H
#include <stddef.h>
#include <stdint.h>

enum { CAPTION_SCALE = 2, CAPTION_HEIGHT = 11 * CAPTION_SCALE, CAPTION_ADVANCE = 6 * CAPTION_SCALE };

/* Into the left of a luma plane's lowest CAPTION_HEIGHT lines; what does not fit is cut off. */
void caption_put(uint8_t *luma, size_t stride, unsigned width, unsigned height, const char *words);

#endif
