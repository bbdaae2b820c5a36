#include "base/str.h"

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

bool str_starts(struct str s, struct str with)
{
    return s.bytes >= with.bytes && (with.bytes == 0 || memcmp(s.at, with.at, with.bytes) == 0);
}

bool str_is_nocase(struct str a, struct str b)
{
    if (a.bytes != b.bytes) return false;
    for (size_t i = 0; i < a.bytes; i++)
        if (lower(a.at[i]) != lower(b.at[i])) return false;
    return true;
}

struct str str_trim(struct str s)
{
    while (s.bytes && (s.at[0] == ' ' || s.at[0] == '\t'))
        s.at++, s.bytes--;
    while (s.bytes && (s.at[s.bytes - 1] == ' ' || s.at[s.bytes - 1] == '\t'))
        s.bytes--;
    return s;
}

struct str str_cut(struct str *s, char c)
{
    const char *found = s->bytes ? memchr(s->at, c, s->bytes) : NULL;
    struct str head = *s;
    if (!found) {
        *s = (struct str){s->at ? s->at + s->bytes : NULL, 0};
        return head;
    }
    head.bytes = (size_t)(found - s->at);
    s->at = found + 1;
    s->bytes -= head.bytes + 1;
    return head;
}

bool str_to_u64(struct str s, uint64_t *ret_n)
{
    uint64_t n = 0;
    if (s.bytes == 0) return false;
    for (size_t i = 0; i < s.bytes; i++) {
        if (s.at[i] < '0' || s.at[i] > '9') return false;
        if (__builtin_mul_overflow(n, 10u, &n) || __builtin_add_overflow(n, (uint64_t)(s.at[i] - '0'), &n))
            return false;
    }
    *ret_n = n;
    return true;
}

bool str_to_i64(struct str s, int64_t *ret_n)
{
    uint64_t n;
    bool negative = s.bytes && s.at[0] == '-';
    if (negative) s.at++, s.bytes--;
    if (!str_to_u64(s, &n) || n > (uint64_t)INT64_MAX + negative) return false;
    *ret_n = negative ? (int64_t)(0 - n) : (int64_t)n;
    return true;
}

/* RFC 3629 §4, by the ranges of its ABNF. */
bool str_is_utf8(struct str s)
{
    const unsigned char *p = (const unsigned char *)s.at, *end = p + s.bytes;
    while (p < end) {
        unsigned char c = *p++;
        unsigned least = 0x80, most = 0xbf;
        int more;
        if (c == 0) return false;
        if (c < 0x80) continue;
        if (c >= 0xc2 && c <= 0xdf)
            more = 1;
        else if (c >= 0xe0 && c <= 0xef)
            more = 2;
        else if (c >= 0xf0 && c <= 0xf4)
            more = 3;
        else
            return false;
        if (c == 0xe0) least = 0xa0;
        if (c == 0xed) most = 0x9f; /* no surrogates */
        if (c == 0xf0) least = 0x90;
        if (c == 0xf4) most = 0x8f; /* not above U+10FFFF */
        for (; more; more--, least = 0x80, most = 0xbf)
            if (p == end || *p < least || *p++ > most) return false;
    }
    return true;
}

bool str_is_secret(struct str a, struct str b)
{
    unsigned char differ = 0;
    if (a.bytes != b.bytes) return false;
    for (size_t i = 0; i < a.bytes; i++)
        differ |= (unsigned char)(a.at[i] ^ b.at[i]);
    return differ == 0;
}

void str_hex(const void *from, size_t bytes, char *ret_text)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *p = from;
    for (size_t i = 0; i < bytes; i++) {
        ret_text[2 * i] = digits[p[i] >> 4];
        ret_text[2 * i + 1] = digits[p[i] & 15];
    }
    ret_text[2 * bytes] = 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool str_from_hex(struct str hex, void *ret_bytes, size_t bytes)
{
    unsigned char *out = ret_bytes;
    if (hex.bytes % 2 || hex.bytes / 2 != bytes) return false;
    for (size_t i = 0; i < bytes; i++) {
        int high = hex_digit(hex.at[2 * i]), low = hex_digit(hex.at[2 * i + 1]);
        if (high < 0 || low < 0) return false;
        out[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

static const char base64url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

size_t str_base64url(const void *from, size_t bytes, char *ret_text)
{
    const unsigned char *p = from;
    char *out = ret_text;
    uint32_t bits = 0;
    int held = 0;
    for (size_t i = 0; i < bytes; i++) {
        bits = bits << 8 | p[i];
        for (held += 8; held >= 6; held -= 6)
            *out++ = base64url[bits >> (held - 6) & 63];
    }
    if (held) *out++ = base64url[bits << (6 - held) & 63];
    *out = 0;
    return (size_t)(out - ret_text);
}

size_t str_base64(const void *from, size_t bytes, char *ret_text)
{
    size_t n = str_base64url(from, bytes, ret_text);
    for (size_t i = 0; i < n; i++)
        ret_text[i] = ret_text[i] == '-' ? '+' : ret_text[i] == '_' ? '/' : ret_text[i];
    while (n % 4)
        ret_text[n++] = '=';
    ret_text[n] = 0;
    return n;
}

bool str_from_base64url(struct str text, void *ret_bytes, size_t bytes_max, size_t *ret_bytes_n)
{
    unsigned char *out = ret_bytes;
    uint32_t bits = 0;
    size_t n = 0;
    int held = 0;
    if (text.bytes % 4 == 1 || text.bytes / 4 * 3 + (text.bytes % 4 ? text.bytes % 4 - 1 : 0) > bytes_max)
        return false;
    for (size_t i = 0; i < text.bytes; i++) {
        const char *at = text.at[i] ? strchr(base64url, text.at[i]) : NULL;
        if (!at) return false;
        bits = bits << 6 | (uint32_t)(at - base64url);
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[n++] = (unsigned char)(bits >> held);
        }
    }
    if (bits & ((1u << held) - 1)) return false; /* one text for each value */
    *ret_bytes_n = n;
    return true;
}
