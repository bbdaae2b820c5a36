/* An anchor's line from the backup target: only a line whose signature fits is read. */
#include "store/anchor.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct anchor a, same;
    enum err err = anchor_parse(fuzz_str(bytes, n), &a);
    if (err != OK) return 0;
    ASSERT(anchor_parse(fuzz_str(bytes, n), &same) == OK);
    ASSERT(anchor_compare(&a, &same) == 0);
    ASSERT(a.head.seq >= 0 && a.head.epoch >= 0);
    return 0;
}
