/* A Range field against a file of a size: the first eight bytes are the size. */
#include "api/range.h"
#include "tests/fuzz/fuzz.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    uint64_t size = 0;
    int64_t offset = -1, stretch = -1;
    size_t head = n < sizeof size ? n : sizeof size;
    if (head) memcpy(&size, bytes, head);
    int64_t file = (int64_t)(size % ((uint64_t)1 << 40));
    enum range range = range_read(fuzz_str(bytes + head, n - head), file, &offset, &stretch);
    if (range == RANGE_PART)
        ASSERT(offset >= 0 && stretch > 0 && offset <= file && stretch <= file - offset);
    else
        ASSERT(offset == -1 && stretch == -1);
    return 0;
}
