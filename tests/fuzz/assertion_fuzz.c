/* What a face device hands in, read at one terminal with a device and at one without. */
#include "auth/assertion.h"
#include "tests/fuzz/fuzz.h"

static const char key[] = "-----BEGIN PUBLIC KEY-----\n"
                          "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEjHQwdidVQKhycQanaJ9p424sAm59\n"
                          "LST08EPcz+WSEsBUjJNh4NOx0WsBoviI/+zMbnzbHnUUI/g7o6o3gd9BvQ==\n"
                          "-----END PUBLIC KEY-----\n";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static const struct instant now = {1800000010000};
    const struct terminal with = {STR("t-1"), STR("T1"), {key, sizeof key - 1}, SIGN_ECDSA};
    const struct terminal without = {.id = STR("t-1"), .name = STR("T1")};
    struct arena *arena = arena_new(1 << 16);
    struct assertion a;
    enum assertion_no no = ASSERTION_YES;
    if (!arena) return 0;
    enum err err = assertion_read(arena, fuzz_str(bytes, n), &with, now, &a, &no);
    ASSERT(err == OK || err == ERR_NOMEM);
    if (!err && no == ASSERTION_YES)
        ASSERT(str_is_text(a.number, "3120417") && str_is_text(a.nonce, "0123456789abcdef") &&
               a.ends.ms > now.ms); /* nothing else was ever signed with that key */
    err = assertion_read(arena, fuzz_str(bytes, n), &without, now, &a, &no);
    ASSERT(err == ERR_NOMEM || (err == OK && (no == ASSERTION_NO_FORM || no == ASSERTION_NO_KEY)));
    arena_free(arena);
    return 0;
}
