/* str: a run of bytes that somebody else owns; not NUL-terminated. Any thread. */
#ifndef BASE_STR_H
#define BASE_STR_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
    const char *at;
    size_t bytes;
};

#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
static inline struct str str_of(const char *text)
{
    return (struct str){text, text ? strlen(text) : 0};
}
static inline bool str_is(struct str a, struct str b)
{
    return a.bytes == b.bytes && (a.bytes == 0 || memcmp(a.at, b.at, a.bytes) == 0);
}
static inline bool str_is_text(struct str a, const char *text)
{
    return str_is(a, str_of(text));
}
bool str_starts(struct str s, struct str with);
bool str_is_nocase(struct str a, struct str b); /* ASCII */
struct str str_trim(struct str s);              /* spaces and tabs at both ends */
/* Splits at the first c: returns what stands before it and leaves the rest in *s; all of it when there is
 * none. */
struct str str_cut(struct str *s, char c);
bool str_to_u64(struct str s, uint64_t *ret_n); /* decimal digits only, no overflow */
bool str_to_i64(struct str s, int64_t *ret_n);
bool str_is_utf8(struct str s); /* well-formed, no NUL, no surrogates (RFC 3629) */
/* Equal or not in constant time for equal lengths: for tokens and MACs. */
bool str_is_secret(struct str a, struct str b);
/* hex and base64url (RFC 4648 §5, unpadded); ret_text gets a NUL. */
void str_hex(const void *from, size_t bytes, char *ret_text /* 2 n + 1 */);
bool str_from_hex(struct str hex, void *ret_bytes, size_t bytes);
size_t str_base64url(const void *from, size_t bytes, char *ret_text /* STR_BASE64_BYTES(n) */);
#define STR_BASE64_BYTES(n) (((n) + 2) / 3 * 4 + 1)
size_t str_base64(const void *from, size_t bytes, char *ret_text /* likewise */); /* RFC 4648 §4, padded */
/* Decodes at most bytes_max; false when malformed or too long. */
bool str_from_base64url(struct str text, void *ret_bytes, size_t bytes_max, size_t *ret_bytes_n);

#endif
