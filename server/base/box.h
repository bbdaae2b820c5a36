/* box: a bounded mailbox between threads. Items are embedded (struct box_item); the box owns none of them.
 * Many put, one or many take. When it is full, box_put says ERR_BUSY at once: nobody waits to put. */
#ifndef BASE_BOX_H
#define BASE_BOX_H
#include "base/err.h"
#include <stdint.h>

struct box_item {
    struct box_item *next;
};

struct box;

struct box *box_new(uint32_t items_max) MUST_USE;
void box_free(struct box *b);                                    /* must be empty, nobody waiting */
enum err box_put(struct box *b, struct box_item *item) MUST_USE; /* ERR_BUSY: full; ERR_CLOSED */
/* Put although it is full: for work that must be finished, of which the caller bounds the number. */
enum err box_put_always(struct box *b, struct box_item *item) MUST_USE;
/* Waits until something is there (at most wait_ms; < 0: for ever) and takes up to items_max of it, oldest
 * first, as a list; NULL on time-out, or when the box is closed and empty. */
struct box_item *box_take(struct box *b, uint32_t items_max, int wait_ms);
void box_close(struct box *b); /* later puts: ERR_CLOSED; takers drain what is there */
uint32_t box_count(const struct box *b);

#endif
