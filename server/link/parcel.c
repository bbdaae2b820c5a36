#include "link/parcel.h"
#include "base/mem.h"
#include <string.h>

struct parcel *parcel_new(int worker, enum link_side from, const struct link_msg *m)
{
    uint8_t *bytes =
        mem_alloc(LINK_BYTES_MAX); /* not the thread's own: each thread of the process would have it */
    if (!bytes) return NULL;
    size_t n = link_msg_encode(m, bytes);
    struct parcel *p = mem_alloc(sizeof *p + n);
    if (!p) {
        mem_wipe_free(bytes, n);
        return NULL;
    }
    p->item.next = NULL;
    p->worker = worker;
    p->from = from;
    p->bytes_n = n;
    memcpy(p->bytes, bytes, n);
    mem_wipe_free(bytes, n); /* it may hold a key */
    return p;
}

void parcel_open(const struct parcel *p, struct link_msg *ret_msg)
{
    enum err err = link_msg_decode(p->bytes, p->bytes_n, p->from, ret_msg);
    ASSERT(err == OK); /* our own bytes */
}

void parcel_free(struct parcel *p)
{
    if (p) mem_wipe_free(p, sizeof *p + p->bytes_n);
}
