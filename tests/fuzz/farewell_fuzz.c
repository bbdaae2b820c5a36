/* Datagrams of a stranger to what is left of a DTLS connection, with keys that the seeds know. One that is taken for a good-bye verifies
 * no more with any byte of its last record changed. */
#include "media/farewell.h"
#include "tests/fuzz/fuzz.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct farewell f = {.in = {{1}, {2}}, .out = {{1}, {2}}, .key_bytes = 16};
    uint8_t at[2048], ours[FAREWELL_BYTES];
    if (n < 1 || n > sizeof at) return 0;
    if (bytes[0] & 1) f.key_bytes = 32;
    memcpy(at, bytes + 1, n - 1);
    if (farewell_is(&f, at, n - 1)) {
        f.in.key[0] ^= 1;
        ASSERT(!farewell_is(&f, at, n - 1));
        f.in.key[0] ^= 1;
    }
    if (farewell_write(&f, ours) != OK) return 0;
    ASSERT(farewell_is(&f, ours, sizeof ours));
    ours[bytes[0] % sizeof ours] ^= (uint8_t)(bytes[0] | 1);
    ASSERT(!farewell_is(&f, ours, sizeof ours));
    return 0;
}
