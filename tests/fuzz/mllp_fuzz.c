/* A stream of frames, cut where the input says. */
#include "registry/mllp.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct mllp m;
    size_t cut = n ? bytes[0] % 17 + 1 : 1;
    enum err err = OK;
    mllp_init(&m);
    for (size_t at = 0; at < n && !err; at += cut) {
        struct str rest = fuzz_str(bytes + at, n - at < cut ? n - at : cut);
        bool is_whole = true;
        while (!err && is_whole)
            err = mllp_take(&m, &rest, &is_whole);
        ASSERT(err || rest.bytes == 0);
        ASSERT(m.message.bytes <= MLLP_BYTES_MAX);
    }
    ASSERT(err == OK || err == ERR_BAD_INPUT || err == ERR_LIMIT || err == ERR_NOMEM);
    mllp_done(&m);
    return 0;
}
