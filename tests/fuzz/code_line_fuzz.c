/* Lines of a code list. */
#include "records/code_line.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    struct str rest = fuzz_str(bytes, n);
    while (rest.bytes) {
        struct arena *arena = arena_new(1 << 20);
        struct str line = str_cut(&rest, '\n');
        struct code_line c;
        if (!arena) return 0;
        enum err err = code_line_read(arena, line, &c);
        ASSERT(err == OK || err == ERR_BAD_INPUT || err == ERR_NOMEM);
        if (err == OK)
            ASSERT(c.code.bytes && c.words.bytes &&
                   c.code.bytes + c.words.bytes + c.classes.bytes < line.bytes);
        arena_free(arena);
    }
    return 0;
}
