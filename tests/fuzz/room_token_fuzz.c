/* A room's token that nobody signed is never read; one that is read is written again the same. */
#include "desk/room_token.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const uint8_t key[ROOM_KEY_BYTES] = {1};
    struct room_token t;
    char text[ROOM_TOKEN_TEXT];
    for (int kind = ROOM_TOKEN_JOIN; kind < ROOM_TOKEN_KINDS; kind++) {
        if (!room_token_read(fuzz_str(bytes, n), (enum room_token_kind)kind, key, (struct instant){0}, &t))
            continue;
        room_token_write(&t, key, text);
        ASSERT(strlen(text) == n);
    }
    (void)room_pattern_is(fuzz_str(bytes, n));
    (void)room_pattern_fits(fuzz_str(bytes, n), STR("bench-1"));
    return 0;
}
