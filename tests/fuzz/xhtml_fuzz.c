/* A narrative of any bytes becomes lines of text: no longer than it was, none empty, and UTF-8 where it was. */
#include "desk/xhtml.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct str div = {(const char *)bytes, n};
    struct str text;
    struct arena *arena = arena_new(8 << 20);
    if (arena && xhtml_plain(arena, div, &text) == OK) {
        ASSERT(text.bytes <= n);
        ASSERT(!text.bytes || (text.at[0] != '\n' && text.at[text.bytes - 1] != '\n'));
        for (size_t i = 1; i < text.bytes; i++)
            ASSERT(text.at[i] != '\n' || text.at[i - 1] != '\n');
        ASSERT(!str_is_utf8(div) || str_is_utf8(text));
    }
    arena_free(arena);
    return 0;
}
