/* The header fields of a request, by the first byte. */
#include "net/field.h"
#include "tests/fuzz/fuzz.h"

static void length(struct str s)
{
    uint64_t n;
    if (field_length(s, &n)) ASSERT(n < 1000000000000000000u);
}

static void lists(struct str s)
{
    (void)field_accepts(s, "gzip");
    (void)field_matches_etag(s, "\"abc\"");
    (void)field_prefers_english(s);
}

static void path(struct str s)
{
    if (!field_path_is_clean(s)) return;
    ASSERT(s.bytes > 0 && s.at[0] == '/' && str_is_utf8(s));
    for (size_t i = 0; i < s.bytes; i++)
        ASSERT((unsigned char)s.at[i] >= ' ' && s.at[i] != '\\' && s.at[i] != 0x7f);
    for (struct str rest = {s.at + 1, s.bytes - 1}; rest.bytes;) {
        struct str part = str_cut(&rest, '/');
        ASSERT(!str_is_text(part, "..") && !str_is_text(part, "."));
    }
}

static void origin(struct str s)
{
    struct str host = str_cut(&s, ' ');
    (void)field_origin_is_own(s, host, true);
    (void)field_origin_is_own(s, host, false);
}

static void addresses(struct str s)
{
    struct in6_addr a, peer = {.s6_addr = {[15] = 1}};
    struct field_block trusted[2] = {{.bits = 0}};
    char text[INET6_ADDRSTRLEN];
    if (field_address(s, &a)) {
        struct in6_addr back;
        field_address_text(&a, text);
        ASSERT(field_address(str_of(text), &back) && memcmp(&a, &back, sizeof a) == 0);
    }
    if (field_block_of(s, &trusted[0])) {
        ASSERT(trusted[0].bits >= 0 && trusted[0].bits <= 128);
        ASSERT(field_block_holds(&trusted[0], &trusted[0].at));
    }
    ASSERT(field_block_of(STR("::1"), &trusted[1]));
    field_forwarded(s, &trusted[1], 1, &peer);
}

static void parameter(struct str s)
{
    struct buf b;
    buf_init(&b, 16 * s.bytes + 64);
    field_add_query(&b, s);
    for (size_t i = 0; i < b.bytes; i++)
        ASSERT(b.at[i] > ' ' && b.at[i] < 0x7f);
    buf_done(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    static void (*const readers[])(struct str) = {length, lists, path, origin, addresses, parameter};
    if (n < 1) return 0;
    readers[bytes[0] % COUNT_OF(readers)](fuzz_str(bytes + 1, n - 1));
    return 0;
}
