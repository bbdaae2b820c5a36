/* A resume text that nobody signed is never read. */
#include "net/resume.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct instant now = {1795418647031}, written;
    struct resume_tab tab;
    char text[RESUME_TEXT_BYTES];
    if (!resume_read(fuzz_str(bytes, n), now, STR("a session's secret"), &tab, &written)) return 0;
    resume_write(tab, written, STR("a session's secret"), text);
    ASSERT(str_is(fuzz_str(bytes, n), str_of(text)));
    return 0;
}
