/* An instant that is read can be written, and reads back as itself. */
#include "base/clock.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct instant at, back;
    char text[INSTANT_TEXT_BYTES];
    if (!instant_from_text(fuzz_str(bytes, n), &at)) return 0;
    instant_text(at, text);
    ASSERT(instant_from_text(str_of(text), &back));
    ASSERT(back.ms == at.ms);
    return 0;
}
