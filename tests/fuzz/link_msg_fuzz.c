/* What reads as a link message is written again as the same bytes. The first byte says whose message it is.
 * */
#include "link/msg.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static uint8_t again[LINK_BYTES_MAX];
    struct link_msg m;
    if (n < 1) return 0;
    if (link_msg_decode(bytes + 1, n - 1, bytes[0] & 1 ? LINK_WORKER : LINK_SERVER, &m) != OK) return 0;
    ASSERT(link_msg_encode(&m, again) == n - 1);
    ASSERT(memcmp(again, bytes + 1, n - 1) == 0);
    ASSERT(link_type_text(m.type) != NULL);
    return 0;
}
