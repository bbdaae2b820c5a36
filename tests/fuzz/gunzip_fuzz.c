/* What calls itself gzip: never more than the buffer may hold, and nothing that is not given back. */
#include "base/gunzip.h"
#include "tests/fuzz/fuzz.h"

enum { BECOMES_MAX = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct buf to;
    buf_init(&to, BECOMES_MAX);
    enum err err = gunzip(fuzz_str(bytes, n), &to);
    ASSERT(to.bytes <= BECOMES_MAX);
    ASSERT(err == OK || err == ERR_BAD_INPUT || err == ERR_LIMIT || err == ERR_NOMEM);
    if (err == OK) ASSERT(gunzip_is(fuzz_str(bytes, n)) || n == 0);
    buf_done(&to);
    return 0;
}
