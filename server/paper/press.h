/* press: how yunqiao-press ends, and how its answer begins: the number of pages in PRESS_HEAD_BYTES, of which the last is a newline. */
#ifndef PAPER_PRESS_H
#define PAPER_PRESS_H

#define PRESS_HEAD_BYTES 8
enum press_end {
    PRESS_PRINTED,
    PRESS_ORDER = 2, /* what was asked is no paper */
    PRESS_NO_BOX,
    PRESS_LIMIT,
    PRESS_NOMEM,
    PRESS_NO_FONT,
    PRESS_OTHER
};

#endif
