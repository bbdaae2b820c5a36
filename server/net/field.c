#include "net/field.h"
#include <arpa/inet.h>
#include <stdio.h>

bool field_length(struct str value, uint64_t *ret_bytes)
{
    return value.bytes <= 18 && str_to_u64(value, ret_bytes);
}

/* "q=0", "q=0.0…": refused; anything else that is said of a token lets it stand. */
static bool weight_is_zero(struct str parameters)
{
    while (parameters.bytes > 0) {
        struct str one = str_trim(str_cut(&parameters, ';'));
        if (one.bytes < 3 || (one.at[0] != 'q' && one.at[0] != 'Q') || one.at[1] != '=') continue;
        for (size_t i = 2; i < one.bytes; i++)
            if (one.at[i] != '0' && one.at[i] != '.') return false;
        return true;
    }
    return false;
}

bool field_accepts(struct str list, const char *token)
{
    while (list.bytes > 0) {
        struct str one = str_cut(&list, ',');
        struct str name = str_trim(str_cut(&one, ';'));
        if (str_is_nocase(name, str_of(token))) return !weight_is_zero(one);
    }
    return false;
}

bool field_matches_etag(struct str list, const char *etag)
{
    if (str_is(str_trim(list), STR("*"))) return true;
    while (list.bytes > 0) {
        struct str one = str_trim(str_cut(&list, ','));
        if (str_starts(one, STR("W/"))) one = (struct str){one.at + 2, one.bytes - 2};
        if (str_is_text(one, etag)) return true;
    }
    return false;
}

/* Thousandths; 1000 when unsaid or unreadable. */
static int weight_of(struct str parameters)
{
    while (parameters.bytes > 0) {
        struct str one = str_trim(str_cut(&parameters, ';'));
        if (!str_starts(one, STR("q="))) continue;
        int n = 0, scale = 1000;
        bool after = false;
        for (size_t i = 2; i < one.bytes && scale > 0; i++) {
            if (one.at[i] == '.') {
                after = true;
            } else if (one.at[i] >= '0' && one.at[i] <= '9') {
                if (after) scale /= 10;
                n += (one.at[i] - '0') * scale;
            } else {
                return 1000;
            }
            if (n >= 1000) return 1000;
        }
        return n;
    }
    return 1000;
}

bool field_prefers_english(struct str value)
{
    int english = 0, chinese = 0;
    while (value.bytes > 0) {
        struct str one = str_cut(&value, ',');
        struct str tag = str_trim(str_cut(&one, ';'));
        int weight = weight_of(one);
        struct str main_tag = str_cut(&tag, '-');
        if (str_is_nocase(main_tag, STR("en")) && weight > english) english = weight;
        if (str_is_nocase(main_tag, STR("zh")) && weight > chinese) chinese = weight;
    }
    return english > chinese;
}

bool field_path_is_clean(struct str path)
{
    if (path.bytes == 0 || path.at[0] != '/' || !str_is_utf8(path)) return false;
    for (size_t i = 0; i < path.bytes; i++)
        if ((unsigned char)path.at[i] < 0x20 || path.at[i] == 0x7f || path.at[i] == '\\') return false;
    struct str rest = path;
    while (rest.bytes > 0) {
        struct str part = str_cut(&rest, '/');
        if (str_is(part, STR(".")) || str_is(part, STR(".."))) return false;
    }
    return true;
}

static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

void field_add_query(struct buf *to, struct str parameter)
{
    static const char digits[] = "0123456789ABCDEF";
    bool in_name = true;
    if (to->bytes > 0) buf_add_char(to, '&');
    for (size_t i = 0; i < parameter.bytes; i++) {
        unsigned char c = (unsigned char)parameter.at[i];
        if (is_unreserved(c) || (c == '=' && in_name)) {
            buf_add_char(to, (char)c);
        } else {
            char escape[3] = {'%', digits[c >> 4], digits[c & 15]};
            buf_add(to, escape, 3);
        }
        if (c == '=') in_name = false;
    }
}

bool field_origin_is_own(struct str origin, struct str host, bool is_tls)
{
    struct str scheme = is_tls ? STR("https://") : STR("http://");
    if (host.bytes == 0 || !str_starts(origin, scheme)) return false;
    struct str named = {origin.at + scheme.bytes, origin.bytes - scheme.bytes};
    return str_is_nocase(named, host);
}

/* -- addresses -- */

bool field_address(struct str text, struct in6_addr *ret_address)
{
    char copy[INET6_ADDRSTRLEN];
    struct in_addr four;
    if (text.bytes == 0 || text.bytes >= sizeof copy) return false;
    memcpy(copy, text.at, text.bytes);
    copy[text.bytes] = '\0';
    if (strlen(copy) != text.bytes) return false;
    if (inet_pton(AF_INET6, copy, ret_address) == 1) return true;
    if (inet_pton(AF_INET, copy, &four) != 1) return false;
    *ret_address = (struct in6_addr){.s6_addr = {[10] = 0xff, [11] = 0xff}};
    memcpy(ret_address->s6_addr + 12, &four, 4);
    return true;
}

void field_address_text(const struct in6_addr *address, char ret_text[INET6_ADDRSTRLEN])
{
    ret_text[0] = '\0';
    if (IN6_IS_ADDR_V4MAPPED(address))
        inet_ntop(AF_INET, address->s6_addr + 12, ret_text, INET6_ADDRSTRLEN);
    else
        inet_ntop(AF_INET6, address, ret_text, INET6_ADDRSTRLEN);
}

bool field_block_of(struct str text, struct field_block *ret_block)
{
    struct field_block block;
    struct str address = str_cut(&text, '/');
    uint64_t bits = 0;
    if (!field_address(address, &block.at)) return false;
    int base = memchr(address.at, ':', address.bytes) ? 0 : 96;
    if (text.bytes == 0)
        bits = (uint64_t)(128 - base);
    else if (text.bytes > 3 || !str_to_u64(text, &bits) || bits > (uint64_t)(128 - base))
        return false;
    block.bits = base + (int)bits;
    *ret_block = block;
    return true;
}

bool field_block_holds(const struct field_block *block, const struct in6_addr *address)
{
    int whole = block->bits / 8, rest = block->bits % 8;
    if (memcmp(block->at.s6_addr, address->s6_addr, (size_t)whole) != 0) return false;
    if (rest == 0) return true;
    uint8_t mask = (uint8_t)(0xff << (8 - rest));
    return (block->at.s6_addr[whole] & mask) == (address->s6_addr[whole] & mask);
}

bool field_is_trusted(const struct in6_addr *address, const struct field_block *trusted, int trusted_n)
{
    for (int i = 0; i < trusted_n; i++)
        if (field_block_holds(&trusted[i], address)) return true;
    return false;
}

void field_forwarded(struct str forwarded, const struct field_block *trusted, int trusted_n,
                     struct in6_addr *inout_peer)
{
    while (forwarded.bytes > 0 && field_is_trusted(inout_peer, trusted, trusted_n)) {
        size_t at = forwarded.bytes;
        while (at > 0 && forwarded.at[at - 1] != ',')
            at--;
        struct str last = str_trim((struct str){forwarded.at + at, forwarded.bytes - at});
        struct in6_addr named;
        if (!field_address(last, &named)) return;
        *inout_peer = named;
        forwarded.bytes = at > 0 ? at - 1 : 0;
    }
}
