/* An order for one film of a recording: what is read, is written again as it was. */
#include "link/montage.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static struct montage_order o;
    uint8_t again[MONTAGE_ORDER_BYTES_MAX];
    if (montage_order_read(bytes, n, &o) != OK) return 0;
    ASSERT(o.count <= MONTAGE_FILES_MAX && memchr(o.visit, 0, sizeof o.visit));
    ASSERT(montage_order_put(&o, again) == n && memcmp(again, bytes, n) == 0);
    return 0;
}
