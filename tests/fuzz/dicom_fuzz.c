/* Any bytes as a DICOM file: whatever is found lies within it, and every frame too. */
#include "imaging/dicom.h"
#include "tests/fuzz/fuzz.h"
#include <string.h>

static struct str all;

static enum err read_some(void *ctx, int64_t offset, void *to, size_t bytes)
{
    (void)ctx;
    ASSERT(offset >= 0 && (uint64_t)offset + bytes <= all.bytes);
    memcpy(to, all.at + offset, bytes);
    return OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct source s = {read_some, NULL, (int64_t)n};
    struct dicom d;
    struct dicom_stretch at[32];
    const char *why;
    all = fuzz_str(bytes, n);
    enum err err = dicom_read(&s, &d, &why);
    if (err) {
        ASSERT(err != ERR_BAD_INPUT || why);
        return 0;
    }
    ASSERT(d.head >= 0 && d.head <= s.bytes && d.data_set <= s.bytes);
    ASSERT(!d.has_pixels || (d.pixels >= d.head && d.pixels + d.pixel_bytes <= s.bytes));
    for (uint32_t frame = 0; frame <= d.frames + 1 && frame < 40; frame++) {
        size_t k = 0;
        if (dicom_frame(&s, &d, frame, at, 32, &k) != OK) continue;
        ASSERT(frame >= 1 && frame <= d.frames && k >= 1);
        for (size_t i = 0; i < k; i++)
            ASSERT(at[i].bytes >= 0 && at[i].offset >= d.pixels && at[i].offset + at[i].bytes <= s.bytes);
    }
    return 0;
}
