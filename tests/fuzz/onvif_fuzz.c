/* A camera's answer. */
#include "camera/onvif.h"
#include "tests/fuzz/fuzz.h"
#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct onvif_range r[ONVIF_AXES];
    struct onvif_place p;
    struct str text = fuzz_str(bytes, n);
    enum err nodes = onvif_read_nodes(text, r), status = onvif_read_status(text, &p),
             moved = onvif_read_moved(text);
    ASSERT(nodes == OK || nodes == ERR_BAD_INPUT);
    ASSERT(status == OK || status == ERR_BAD_INPUT);
    ASSERT(moved == OK || moved == ERR_BAD_INPUT);
    for (int i = 0; i < ONVIF_AXES && nodes == OK; i++) {
        if (!r[i].is_there) continue;
        ASSERT(r[i].least < r[i].most && isfinite(r[i].least) && isfinite(r[i].most));
        int part = onvif_part(&r[i], onvif_at(&r[i], 5000));
        ASSERT(part >= 0 && part <= ONVIF_UNIT);
    }
    for (int i = 0; i < ONVIF_AXES && status == OK; i++)
        ASSERT(!p.is_known[i] || isfinite(p.at[i]));
    return 0;
}
