/* Payloads of one stream: the first byte is the codec, then packets: | flags 1 | timestamp 1 | bytes 1 | payload |. What is called whole has
 * bytes, and begins with a picture that can be decoded by itself. */
#include "media/assemble.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const enum codec codecs[] = {CODEC_VP8, CODEC_VP9, CODEC_H264, CODEC_AV1};
    struct assemble a;
    struct assemble_unit unit;
    bool has_key = false;
    if (n < 1) return 0;
    assemble_init(&a, codecs[bytes[0] % COUNT_OF(codecs)]);
    for (size_t at = 1; at + 3 <= n;) {
        uint8_t flags = bytes[at], stamp = bytes[at + 1];
        size_t some = bytes[at + 2] < n - at - 3 ? bytes[at + 2] : n - at - 3;
        bool is_whole = assemble_payload(&a, bytes + at + 3, some, stamp, flags & 1, flags & 2, &unit);
        at += 3 + some;
        if (flags & 2) has_key = false;
        if (!is_whole) continue;
        has_key |= unit.is_key;
        ASSERT(has_key && unit.bytes > 0 && unit.bytes <= ASSEMBLE_BYTES_MAX && unit.stamp == stamp);
        ASSERT(a.codec != CODEC_AV1);
    }
    assemble_done(&a);
    return 0;
}
