/* parcel: a message on its way between threads: its bytes, as the link would carry them, in one block of memory. The texts of
 * what parcel_open gives point into it. One owner at a time. */
#ifndef LINK_PARCEL_H
#define LINK_PARCEL_H
#include "base/box.h"
#include "link/msg.h"

struct parcel {
    struct box_item item; /* first */
    int worker;
    enum link_side from;
    size_t bytes_n;
    uint8_t bytes[];
};

struct parcel *parcel_new(int worker, enum link_side from,
                          const struct link_msg *m) MUST_USE; /* NULL: memory */
void parcel_open(const struct parcel *p, struct link_msg *ret_msg);
void parcel_free(struct parcel *p); /* NULL allowed */

#endif
