/* A stranger's opinion: whatever the bytes, the verification ends, and what it says is text without control characters. With a first byte of
 * 'v' the rest is verified; else a little PDF is built around it and taken apart again. */
#include "desk/opinion_verify.h"
#include "paper/paper_attach.h"
#include "tests/fuzz/fuzz.h"

static const char pages[] =
    "%PDF-1.5\n1 0 obj\n<< /Type /Catalog\n>>\nendobj\nxref\n0 2\n0000000000 65535 f \n0000000009 00000 n \n"
    "trailer\n<< /Size 2 /Root 1 0 R /Info 1 0 R >>\nstartxref\n45\n%%EOF\n";

static void check_text(struct str said)
{
    ASSERT(str_is_utf8(said));
    for (size_t i = 0; i < said.bytes; i++)
        ASSERT((unsigned char)said.at[i] >= 0x20 || said.at[i] == '\n');
}

static void check_round(struct str file)
{
    struct buf pdf;
    struct str front, taken;
    buf_init(&pdf, 8 << 20);
    buf_add_text(&pdf, pages);
    if (paper_attach(&pdf, "bundle.json", file) == OK &&
        paper_attached(buf_str(&pdf), &front, &taken) == OK) {
        ASSERT(front.bytes == sizeof pages - 1);
        ASSERT(str_is(taken, file));
    }
    buf_done(&pdf);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct buf report;
    enum opinion_verdict verdict;
    if (n == 0) return 0;
    struct str rest = {(const char *)bytes + 1, n - 1};
    if (bytes[0] != 'v') {
        check_round(rest);
        return 0;
    }
    struct arena *arena = arena_new(32 << 20);
    buf_init(&report, 4 << 20);
    if (arena && opinion_verify(arena, rest, (struct str){0}, true, &report, &verdict) == OK)
        check_text(buf_str(&report));
    buf_done(&report);
    arena_free(arena);
    return 0;
}
