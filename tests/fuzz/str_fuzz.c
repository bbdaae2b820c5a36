/* Texts that stand for bytes and numbers: what decodes is the one text for its value. The first byte chooses
 * the reader. */
#include "base/buf.h"
#include "tests/fuzz/fuzz.h"

static void base64(struct str text)
{
    static uint8_t bytes[65536];
    static char again[STR_BASE64_BYTES(65536)];
    size_t n;
    if (!str_from_base64url(text, bytes, sizeof bytes, &n)) return;
    ASSERT(str_base64url(bytes, n, again) == text.bytes);
    ASSERT(str_is_text(text, again));
}

static void hex(struct str text)
{
    static uint8_t bytes[32768];
    static char again[65537];
    if (text.bytes / 2 > sizeof bytes || !str_from_hex(text, bytes, text.bytes / 2)) return;
    str_hex(bytes, text.bytes / 2, again);
    ASSERT(str_is_nocase(text, str_of(again)));
}

static void numbers(struct str text)
{
    uint64_t u;
    int64_t i;
    struct buf b;
    buf_init(&b, 64);
    if (str_to_u64(text, &u)) {
        buf_add_u64(&b, u);
        while (text.bytes > 1 && text.at[0] == '0')
            text.at++, text.bytes--;
        if (b.err == OK) ASSERT(str_is(text, buf_str(&b)));
    } else if (str_to_i64(text, &i)) {
        ASSERT(i <= 0);
    }
    buf_done(&b);
}

static void pieces(struct str text)
{
    size_t bytes = 0;
    struct str rest = text;
    ASSERT(str_trim(text).bytes <= text.bytes);
    while (rest.bytes)
        bytes += str_cut(&rest, ',').bytes;
    ASSERT(bytes <= text.bytes);
    (void)str_is_utf8(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static void (*const readers[])(struct str) = {base64, hex, numbers, pieces};
    if (n < 1 || n > 65535) return 0;
    readers[bytes[0] % COUNT_OF(readers)](fuzz_str(bytes + 1, n - 1));
    return 0;
}
