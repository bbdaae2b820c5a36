/* field: what the header fields of a request mean; pure parsers over (pointer, length), for hostile input. Any thread.
 * RFC 9110, RFC 7239 (for the de-facto X-Forwarded-For). */
#ifndef NET_FIELD_H
#define NET_FIELD_H
#include "base/buf.h"
#include <netinet/in.h>

/* Content-Length: digits only, at most 18; false for anything else (a list, a sign, blanks inside). */
bool field_length(struct str value, uint64_t *ret_bytes);
/* Whether the comma-separated list names the token with a weight above 0 ("gzip;q=0" does not). */
bool field_accepts(struct str list, const char *token);
/* If-None-Match: the strong or weak tag is in the list, or it is "*" (weak comparison, RFC 9110 §8.8.3.2). */
bool field_matches_etag(struct str list, const char *etag);
/* Accept-Language prefers English over Chinese; Chinese when unsaid. */
bool field_prefers_english(struct str value);
/* A decoded path is UTF-8, starts with '/', and holds no control character, backslash or dot segment. */
bool field_path_is_clean(struct str path);
/* One decoded query parameter, as "name=value", is appended percent-encoded again, after "&" unless it is the first. */
void field_add_query(struct buf *to, struct str parameter);
/* Origin names the same host and port as Host, with the scheme that the page must have had. */
bool field_origin_is_own(struct str origin, struct str host, bool is_tls);

/* An address block as in "10.0.0.0/8" or "::1". */
struct field_block {
    struct in6_addr at;
    int bits;
};
bool field_block_of(struct str text, struct field_block *ret_block);
bool field_block_holds(const struct field_block *block, const struct in6_addr *address);
/* An address text as IPv6 (IPv4 mapped); false when it is none. */
bool field_address(struct str text, struct in6_addr *ret_address);
/* Writes the text of an address, IPv4 where it is a mapped one. */
void field_address_text(const struct in6_addr *address, char ret_text[INET6_ADDRSTRLEN]);
bool field_is_trusted(const struct in6_addr *address, const struct field_block *trusted, int trusted_n);
/* Whom the proxies say they speak for: from the right, the first address of X-Forwarded-For that is no trusted proxy.
 * A malformed entry ends the walk: what stands right of it counts. */
void field_forwarded(struct str forwarded, const struct field_block *trusted, int trusted_n,
                     struct in6_addr *inout_peer);

#endif
