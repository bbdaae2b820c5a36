/* RED that is read stays inside its bytes, and is written again as it stood. */
#include "media/red.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static uint8_t again[2000];
    struct red r;
    if (n > 1500 || red_parse(bytes, n, &r) != OK) return 0;
    ASSERT(r.count >= 1 && r.count <= RED_BLOCKS_MAX && r.blocks[r.count - 1].offset == 0);
    const uint8_t *end = bytes + r.count * 4 - 3;
    for (unsigned i = 0; i < r.count; i++) {
        ASSERT(r.blocks[i].at == end); /* one behind the other */
        end += r.blocks[i].bytes;
    }
    ASSERT(end == bytes + n);
    ASSERT(red_write(&r, again, n) == n && memcmp(again, bytes, n) == 0);
    ASSERT(red_write(&r, again, n - 1) == 0);
    return 0;
}
