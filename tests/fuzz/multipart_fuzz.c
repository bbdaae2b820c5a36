/* First line: the field of the request; the rest its body. Parts follow each other and lie within it. */
#include "imaging/multipart.h"
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
    char boundary[MULTIPART_BOUNDARY_BYTES + 1], type[64];
    struct multipart m;
    struct multipart_part part;
    int64_t before = 0;
    struct str body = fuzz_str(bytes, n), field = str_cut(&body, '\n');
    if (!multipart_boundary(field, boundary, type)) return 0;
    ASSERT(strlen(boundary) >= 1 && strlen(boundary) <= MULTIPART_BOUNDARY_BYTES);
    all = body;
    struct source s = {read_some, NULL, (int64_t)body.bytes};
    multipart_begin(&m, &s, boundary);
    for (int i = 0; i < 1000 && multipart_next(&m, &part) == OK; i++) {
        ASSERT(part.bytes >= 0 && part.offset >= before && part.offset + part.bytes <= s.bytes);
        before = part.offset + part.bytes;
    }
    return 0;
}
